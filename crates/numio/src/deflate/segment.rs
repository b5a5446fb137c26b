//! A part of a stream, from one block to another, made into a stream of its own.
//!
//! Before its blocks comes a stored block with the 32 KiB that they look back to, behind them a last block with a mark of
//! eight bytes. So a strict inflater decodes just that part, and only if the part ends where a block ends does it find the
//! mark there: the mark is random, so that no stream can hold it.

use std::hash::{BuildHasher, RandomState};
use std::io;

/// How far a stream looks back.
pub(crate) const WINDOW: usize = 32 << 10;

/// The header of a stored block of that length.
const STORED: [u8; 5] = {
    let [a, b] = (WINDOW as u16).to_le_bytes();
    [0, a, b, !a, !b]
};

/// How many bytes the mark adds behind what a segment inflates to.
pub(crate) const MARK: usize = 8;

/// The bits of the last block: three of its header, eight literals of eight bits, and seven for its end.
const MARK_BITS: usize = 3 + 8 * MARK + 7;

/// A buffer for segments.
pub(crate) struct Segment {
    /// The stored block, the shifted bits, and the mark.
    bytes: Vec<u8>,
    mark: [u8; MARK],
}

impl Segment {
    pub(crate) fn new() -> Self {
        // Keyed anew for every process and every state.
        let random = RandomState::new().hash_one(0_u8);
        Self { bytes: Vec::new(), mark: random.to_le_bytes().map(|byte| byte & 0x7f) }
    }

    /// Takes the bits from `from` to `to` of a stream, from `read`, which fills a buffer with its bytes from a place on.
    ///
    /// # Errors
    /// Those of `read`.
    pub(crate) fn take(
        &mut self,
        from: u64,
        to: u64,
        read: impl FnOnce(&mut [u8], u64) -> io::Result<()>,
    ) -> io::Result<()> {
        let (first, last) = (from / 8, to.div_ceil(8));
        let len = last.saturating_sub(first) as usize;
        let start = STORED.len() + WINDOW;
        // What is left of the segment before goes with the length.
        self.bytes.resize(start + len, 0);
        self.bytes.resize(start + (len + MARK_BITS.div_ceil(8) + 8).next_multiple_of(8), 0);
        self.bytes.iter_mut().zip(STORED).for_each(|(byte, header)| *byte = header);
        let (_, bits) = self.bytes.split_at_mut(start);
        let (taken, rest) = bits.split_at_mut(len);
        rest.fill(0);
        read(taken, first)?;
        shift_down(bits, (from % 8) as u32);
        let end = (to - from) as usize;
        end_at(bits, end, self.mark);
        self.bytes.truncate(start + (end + MARK_BITS).div_ceil(8));
        Ok(())
    }

    /// The stream that starts with the segment, as at the start of the whole.
    pub(crate) fn alone(&self) -> &[u8] {
        self.bytes.get(STORED.len() + WINDOW..).unwrap_or_default()
    }

    /// The stream that starts with `window`, the 32 KiB that the segment looks back to.
    pub(crate) fn after(&mut self, window: &[u8]) -> &[u8] {
        self.bytes.iter_mut().skip(STORED.len()).zip(window).for_each(|(byte, &known)| *byte = known);
        &self.bytes
    }

    /// What the segment inflated to, of `inflated` bytes of a buffer: all but the mark. Nothing where that is not there.
    pub(crate) fn without_mark(&self, out: &[u8], inflated: usize) -> Option<usize> {
        out.get(..inflated)?.strip_suffix(&self.mark).map(<[u8]>::len)
    }
}

/// Moves all bits of `bytes`, a multiple of eight, down by `shift`, below eight.
fn shift_down(bytes: &mut [u8], shift: u32) {
    if shift == 0 {
        return;
    }
    let mut above = 0;
    for eight in bytes.as_chunks_mut::<8>().0.iter_mut().rev() {
        let word = u64::from_le_bytes(*eight);
        *eight = (word >> shift | above << (64 - shift)).to_le_bytes();
        above = word;
    }
}

/// Puts a last block of fixed codes with the literals `mark`, each below 128, to bit `end` (RFC 1951, 3.2.6).
fn end_at(bytes: &mut [u8], end: usize, mark: [u8; MARK]) {
    let literals = mark.map(|byte| (0x30 + byte).reverse_bits());
    let block = 0b011 | u128::from(u64::from_le_bytes(literals)) << 3;
    let Some(bytes) = bytes.get_mut(end / 8..) else { return };
    let kept = bytes.first().map_or(0, |&byte| byte & ((1 << (end % 8)) - 1));
    let all = u128::from(kept) | block << (end % 8);
    bytes.iter_mut().zip(all.to_le_bytes()).for_each(|(byte, new)| *byte = new);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::tests::kinds;
    use crate::deflate::walk::starts;
    use crate::deflate::{compress, compressor};

    fn inflate(stream: &[u8], out: &mut [u8]) -> Option<usize> {
        libdeflater::Decompressor::new().deflate_decompress(stream, out).ok()
    }

    #[test]
    fn segments_are_streams_after_their_window_and_end_where_blocks_do() {
        for (name, data) in kinds(700_000) {
            let stream = compress(&mut compressor(1), &data, true);
            let starts = starts(&stream);
            let read = |out: &mut [u8], at: u64| {
                out.copy_from_slice(&stream[at as usize..][..out.len()]);
                Ok(())
            };
            let mut segment = Segment::new();
            let mut out = vec![0; data.len() + WINDOW + MARK];
            let mut done = 0;
            for (at, ends) in starts.windows(2).enumerate() {
                let [from, to] = [ends[0], ends[1]].map(|bit| bit as u64);
                segment.take(from, to, read).unwrap();
                done = match done {
                    0 => {
                        let inflated = inflate(segment.alone(), &mut out).unwrap();
                        segment.without_mark(&out, inflated).unwrap()
                    }
                    done if done < WINDOW => break,
                    done => {
                        let window = &data[done - WINDOW..done];
                        let inflated = inflate(segment.after(window), &mut out).unwrap();
                        let len = segment.without_mark(&out, inflated).unwrap();
                        assert!(out[..len] == data[done - WINDOW..][..len], "{name}, block {at}");
                        done + len - WINDOW
                    }
                };
                let window = out[..WINDOW].to_vec();
                for wrong in [to - 9, to - 1, to + 1, to + 8] {
                    segment.take(from, wrong.min(stream.len() as u64 * 8), read).unwrap();
                    let inflated = inflate(segment.after(&window), &mut out);
                    let len = inflated.and_then(|inflated| segment.without_mark(&out, inflated));
                    assert_eq!(len, None, "{name}, block {at}");
                }
            }
            assert!(data.starts_with(&data[..done]) && (done > 0 || starts.len() < 2), "{name}");
        }
    }

    #[test]
    fn bits_move_down() {
        let bytes: Vec<u8> = (0..64).map(|at: u8| at.wrapping_mul(37)).collect();
        for shift in 0..8 {
            let mut moved = bytes.clone();
            shift_down(&mut moved, shift);
            let bit = |bytes: &[u8], at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (at % 8) & 1);
            assert!((0..512).all(|at| bit(&moved, at) == bit(&bytes, at + shift as usize)), "{shift}");
        }
    }

    #[test]
    fn a_failure_to_read_is_told() {
        let failed = Segment::new().take(0, 99, |_, _| Err(io::ErrorKind::UnexpectedEof.into()));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
