//! Large positioned reads on several threads.

use std::io;

use super::ReadAt;
use crate::parallel::{check, for_each, num_threads};

/// One read: small enough that what it brought is still in the core's own cache when it is worked on.
const PIECE: usize = 256 << 10;

/// What a thread takes at a time: large enough that huge pages are not shared between threads, small enough that a
/// thread that is held up does not hold up the rest.
const SHARE: usize = 8 << 20;

/// Starting a thread costs about as much as reading this many bytes.
const BYTES_PER_THREAD: usize = 2 << 20;

/// More threads than this only wait for memory.
const MAX_THREADS: usize = 8;

/// Fills `buf` with the bytes of `source` from `offset` on, large ones on several threads, and hands each piece to `then`
/// while it is in the cache. Pieces start at multiples of 256 KiB of `buf`, so no power of two up to that is torn.
///
/// # Errors
/// As [`ReadAt::read_exact_at`].
pub(crate) fn read_parallel<S: ReadAt + ?Sized>(
    source: &S,
    offset: u64,
    buf: &mut [u8],
    then: &(dyn Fn(&mut [u8]) + Sync),
) -> io::Result<()> {
    let threads = threads_for(buf.len());
    let share = buf.len().div_ceil(threads.max(1)).next_multiple_of(PIECE).clamp(PIECE, SHARE);
    let offsets = (0..).map(|index: u64| offset + index * share as u64);
    for_each(threads, buf.chunks_mut(share).zip(offsets), |(share, offset)| {
        read_pieces(source, offset, share, then)
    })
}

fn read_pieces<S: ReadAt + ?Sized>(
    source: &S,
    mut offset: u64,
    share: &mut [u8],
    then: &dyn Fn(&mut [u8]),
) -> io::Result<()> {
    for piece in share.chunks_mut(PIECE) {
        check()?;
        source.read_exact_at(piece, offset)?;
        offset += piece.len() as u64;
        then(piece);
    }
    Ok(())
}

/// How many threads, this one included, reading `len` bytes is worth.
fn threads_for(len: usize) -> usize {
    if len < 2 * BYTES_PER_THREAD {
        return 1;
    }
    num_threads().min(MAX_THREADS).min(len / BYTES_PER_THREAD)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn pattern(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn every_size_arrives_whole() {
        let source = pattern((17 << 20) + 13);
        for len in [0, 1, PIECE - 1, PIECE + 1, 2 * BYTES_PER_THREAD, SHARE + 1, 2 * SHARE + 5, 17 << 20] {
            for offset in [0, 13] {
                let mut buf = vec![0; len];
                read_parallel(&source[..], offset as u64, &mut buf, &|_| {}).unwrap();
                assert!(buf == source[offset..offset + len], "{len} bytes from {offset}");
            }
        }
    }

    #[test]
    fn every_piece_is_worked_on_once() {
        let source = pattern(9 << 20);
        let mut buf = vec![0; source.len()];
        let seen = AtomicUsize::new(0);
        read_parallel(&source[..], 0, &mut buf, &|piece| {
            seen.fetch_add(piece.len(), Ordering::Relaxed);
            piece.iter_mut().for_each(|byte| *byte = !*byte);
        })
        .unwrap();
        assert_eq!(seen.into_inner(), source.len());
        assert!(buf.iter().zip(&source).all(|(&found, &wanted)| found == !wanted));
    }

    #[test]
    fn a_source_that_ends_early_says_so() {
        let source = pattern(20 << 20);
        let mut buf = vec![0; source.len()];
        let error = read_parallel(&source[..], 1, &mut buf, &|_| {}).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
