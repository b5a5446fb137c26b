//! A part of a stream, from one block to another, made into a stream of its own.
//!
//! Before its blocks comes a stored block with the 32 KiB that they look back to, behind them a last block that inflates to
//! a secret mark. A strict decoder finds the mark only if it is between two blocks when it comes there: see [`EndMark`].

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
pub(crate) const MARK: usize = 24;

/// How many different bytes a mark is made of. Their codes and that of the block's end take four bits each.
const LETTERS: usize = 15;

/// A last block of dynamic codes (RFC 1951, 3.2.7) that inflates to [`MARK`] secret bytes.
///
/// It proves that a decoder which reads up to it is between two blocks there. A block that is still open would go on into
/// these bits by codes of its own; so it must not be possible to write a file whose codes give the mark all the same. A
/// constant end, or a mark in fixed codes or stored, can be taken over by an open block of the same kind, whatever its
/// bytes are: one that lacks just the bits of the header. Here the codes themselves are secret. Which 15 of the 256 bytes
/// have one is drawn at random, so an open block with codes from the file decodes other bytes (about 10 of the 15 occur in
/// each mark, and there are 2^58 choices of 10). An open header cannot become this one either: it has already counted at
/// least one length, which moves all letters.
struct EndMark {
    /// The block, from its first bit on.
    bits: BitString,
    bytes: [u8; MARK],
}

/// Bits that are appended, lowest first.
#[derive(Default)]
struct BitString {
    bytes: Vec<u8>,
    len: usize,
}

impl BitString {
    /// Appends the `count` lowest bits of `value`.
    fn push(&mut self, value: u32, count: usize) {
        for at in 0..count {
            if self.len.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> at & 1) as u8) << (self.len % 8);
            }
            self.len += 1;
        }
    }

    /// Appends a Huffman code, which starts with its highest bit.
    fn push_code(&mut self, code: u32, count: usize) {
        self.push(code.reverse_bits() >> (u32::BITS as usize - count), count);
    }
}

/// Codes of two bits for the lengths of codes: 0, 4, and the two kinds of runs of zeros.
const NO_CODE: u32 = 0;
const FOUR_BITS: u32 = 1;
const SHORT_RUN: u32 = 2;
const LONG_RUN: u32 = 3;

impl EndMark {
    fn random() -> Self {
        // Keyed anew for every process and every state.
        let state = RandomState::new();
        let mut drawn = 0_u64;
        let mut below = |bound: u64| {
            drawn += 1;
            state.hash_one(drawn) % bound
        };
        let mut left: Vec<u8> = (0..=u8::MAX).collect();
        let mut letters: Vec<u8> =
            (0..LETTERS).map(|_| left.swap_remove(below(left.len() as u64) as usize)).collect();
        letters.sort_unstable();
        let mut bits = BitString::default();
        bits.push(0b101, 3); // last block, dynamic codes
        bits.push(0, 5 + 5); // codes for 257 literals and one distance
        bits.push(19 - 4, 4);
        // Two bits each for the codes of lengths 17, 18, 0 and 4.
        for at in 0..19 {
            bits.push(if matches!(at, 1 | 2 | 3 | 11) { 2 } else { 0 }, 3);
        }
        let mut next = 0;
        for symbol in letters.iter().map(|&letter| usize::from(letter)).chain([256]) {
            zeros(&mut bits, symbol - next);
            bits.push_code(FOUR_BITS, 2);
            next = symbol + 1;
        }
        zeros(&mut bits, 1);
        let mut bytes = [0; MARK];
        for byte in &mut bytes {
            let code = below(LETTERS as u64);
            *byte = letters.get(code as usize).copied().unwrap_or_default();
            bits.push_code(code as u32, 4);
        }
        bits.push_code(LETTERS as u32, 4);
        Self { bits, bytes }
    }

    /// Puts the block to bit `end` of `bytes`, where all bits from there on are to be replaced.
    fn put(&self, bytes: &mut [u8], end: usize) {
        let shift = end % 8;
        let Some(bytes) = bytes.get_mut(end / 8..) else { return };
        let mut carried = bytes.first().map_or(0, |&byte| u16::from(byte) & ((1 << shift) - 1));
        for (byte, &new) in bytes.iter_mut().zip(self.bits.bytes.iter().chain(&[0])) {
            let both = carried | u16::from(new) << shift;
            *byte = both as u8;
            carried = both >> 8;
        }
    }
}

/// Appends `count` lengths of zero.
fn zeros(bits: &mut BitString, mut count: usize) {
    while count >= 3 {
        let run = count.min(138);
        match run {
            3..11 => {
                bits.push_code(SHORT_RUN, 2);
                bits.push((run - 3) as u32, 3);
            }
            _ => {
                bits.push_code(LONG_RUN, 2);
                bits.push((run - 11) as u32, 7);
            }
        }
        count -= run;
    }
    (0..count).for_each(|_| bits.push_code(NO_CODE, 2));
}

/// A buffer for segments.
pub(crate) struct Segment {
    /// The stored block, the shifted bits, and the mark.
    bytes: Vec<u8>,
    mark: EndMark,
}

impl Segment {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), mark: EndMark::random() }
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
        let whole = start + (len + self.mark.bits.bytes.len() + 8).next_multiple_of(8);
        self.bytes.try_reserve(whole.saturating_sub(self.bytes.len()))?;
        self.bytes.resize(start + len, 0);
        self.bytes.resize(whole, 0);
        self.bytes.iter_mut().zip(STORED).for_each(|(byte, header)| *byte = header);
        let (_, bits) = self.bytes.split_at_mut(start);
        let (taken, rest) = bits.split_at_mut(len);
        rest.fill(0);
        read(taken, first)?;
        shift_down(bits, (from % 8) as u32);
        let end = (to - from) as usize;
        self.mark.put(bits, end);
        self.bytes.truncate(start + (end + self.mark.bits.len).div_ceil(8));
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
        out.get(..inflated)?.strip_suffix(&self.mark.bytes).map(<[u8]>::len)
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

    /// What a decoder makes of a segment of the bits of `part`.
    fn accepted(part: &BitString) -> bool {
        let mut segment = Segment::new();
        let read = |out: &mut [u8], at: u64| {
            out.copy_from_slice(&part.bytes[at as usize..][..out.len()]);
            Ok(())
        };
        segment.take(0, part.len as u64, read).unwrap();
        let mut out = vec![0; 1 << 12];
        let inflated = inflate(segment.alone(), &mut out);
        inflated.and_then(|inflated| segment.without_mark(&out, inflated)).is_some()
    }

    fn bits(parts: &[(u32, usize)]) -> BitString {
        let mut bits = BitString::default();
        parts.iter().for_each(|&(value, count)| bits.push(value, count));
        bits
    }

    #[test]
    fn each_mark_is_another_and_ends_what_is_between_two_blocks() {
        let mut marks = std::collections::HashSet::new();
        for shift in 0..200 {
            // Empty blocks of fixed codes, of ten bits each, and a literal in the last.
            let mut part = BitString::default();
            (0..shift % 8).for_each(|_| part.push(0b010, 10));
            assert!(accepted(&part));
            assert!(marks.insert(EndMark::random().bytes));
        }
    }

    #[test]
    fn no_open_block_takes_over_the_mark() {
        for count in [0, 3, 5, 7, 9] {
            // A stored block, last or not, that lacks some bytes.
            for last in [0, 1] {
                for lacks in 1..120_u32 {
                    let part = bits(&[(last, 3), (0, 5), (lacks, 16), (!lacks, 16)]);
                    assert!(!accepted(&part), "{lacks}");
                }
                // Fixed codes, and a symbol of which some bits are there.
                for symbol in 0..1 << 9 {
                    let part = bits(&[(2 | last, 3), (symbol, count)]);
                    let ends = count == 7 && symbol & 0x7f == 0 && last == 0;
                    assert!(ends || !accepted(&part), "{symbol:b} of {count} bits");
                }
            }
            // Another mark, cut anywhere, and any few bits behind the cut.
            let other = EndMark::random();
            for cut in 1..other.bits.len {
                for (more, count) in [(0, 0), (0, 1), (1, 1), (0, 3), (6, 3), (7, 3), (0, 8), (0xff, 8)] {
                    let mut part = BitString::default();
                    (0..cut).for_each(|at| part.push((other.bits.bytes[at / 8] >> (at % 8)).into(), 1));
                    part.push(more, count);
                    assert!(!accepted(&part), "cut at {cut}, {count} bits more");
                }
            }
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
