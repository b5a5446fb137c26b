//! Large positioned reads on several threads.

use std::io;
use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::ReadAt;

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
    let share = buf.len().div_ceil(threads.max(1)).next_multiple_of(PIECE).min(SHARE);
    let work = Work { rest: Mutex::new(Rest { offset, buf }), failure: Mutex::new(None), share };
    let run = || {
        while let Some((offset, share)) = work.take() {
            if let Err(error) = read_pieces(source, offset, share, then) {
                work.fail(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // Where the system gives no more threads, those that there are do it all.
            if std::thread::Builder::new().spawn_scoped(scope, run).is_err() {
                break;
            }
        }
        run();
    });
    work.failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

fn read_pieces<S: ReadAt + ?Sized>(
    source: &S,
    mut offset: u64,
    share: &mut [u8],
    then: &dyn Fn(&mut [u8]),
) -> io::Result<()> {
    for piece in share.chunks_mut(PIECE) {
        source.read_exact_at(piece, offset)?;
        offset += piece.len() as u64;
        then(piece);
    }
    Ok(())
}

/// What is still to be read, and what went wrong.
struct Work<'a> {
    rest: Mutex<Rest<'a>>,
    failure: Mutex<Option<io::Error>>,
    share: usize,
}

struct Rest<'a> {
    offset: u64,
    buf: &'a mut [u8],
}

impl<'a> Work<'a> {
    fn take(&self) -> Option<(u64, &'a mut [u8])> {
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        let buf = std::mem::take(&mut rest.buf);
        let (share, left) = buf.split_at_mut(self.share.min(buf.len()));
        let offset = rest.offset;
        rest.offset += share.len() as u64;
        rest.buf = left;
        (!share.is_empty()).then_some((offset, share))
    }

    /// Keeps the first failure, and takes the rest of the work away.
    fn fail(&self, error: io::Error) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.rest.lock().unwrap_or_else(PoisonError::into_inner).buf = &mut [];
    }
}

/// How many threads can run at once.
pub(crate) fn cores() -> usize {
    // Asking costs 30 µs, as it looks into the process's control group.
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, NonZero::get))
}

/// How many threads, this one included, reading `len` bytes is worth.
fn threads_for(len: usize) -> usize {
    if len < 2 * BYTES_PER_THREAD {
        return 1;
    }
    cores().min(MAX_THREADS).min(len / BYTES_PER_THREAD)
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
