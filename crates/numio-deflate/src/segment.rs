//! A part of a stream, from one block to another, made into a stream of its own.
//!
//! Before its blocks comes a stored block with the 32 KiB that they look back to, behind them a last block that inflates to
//! a secret mark. A strict decoder finds the mark only if it is between two blocks when it comes there: see [`EndMark`].

use std::hash::{BuildHasher, RandomState};
use std::io;

use crate::codes;
use crate::codes::{Bits, Block, END_OF_BLOCK, Lengths, MAX_CODE};

/// The distance that a stream refers back at most.
pub(crate) const WINDOW: usize = 32 << 10;

/// The header of a stored block of that length.
const STORED: [u8; 5] = {
    let [a, b] = (WINDOW as u16).to_le_bytes();
    [0, a, b, !a, !b]
};

/// The length of the mark in bytes, which comes after a segment's own bytes.
pub(crate) const MARK: usize = 24;

/// The number of different bytes in a mark. Their codes and that of the block's end take four bits each.
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

/// Blocks that inflate to nothing, and end at a given bit of a byte.
pub(crate) struct Filler {
    bits: BitString,
}

impl Filler {
    /// Blocks that end before bit `bit` of their last byte.
    pub(crate) fn of(bit: usize) -> Self {
        let mut bits = BitString::default();
        // An empty block of fixed codes takes ten bits, so that two more remain; one of dynamic codes makes a number odd.
        if !bit.is_multiple_of(2) {
            bits.push(0b100, 3); // dynamic codes, not the last block
            bits.push(0, 5 + 5); // codes for 257 literals and one distance
            bits.push(19 - 4, 4);
            // Two bits for the code of length 18, one for length 1, two for length 0.
            for at in 0..19 {
                bits.push(if matches!(at, 2 | 3) { 2 } else { u32::from(at == 17) }, 3);
            }
            // Codes in the order of their lengths, then of their symbols: 1 is 0, 0 is 10, 18 is 11.
            for run in [138, 118] {
                bits.push_code(0b11, 2);
                bits.push(run - 11, 7);
            }
            bits.push_code(0b0, 1); // the end of a block has a code of one bit
            bits.push_code(0b0, 1); // and so has a distance
            bits.push_code(0b0, 1); // the end of this block
        }
        while bits.len % 8 != bit % 8 {
            bits.push(0b010, 10);
        }
        Self { bits }
    }

    /// The bytes, the last of them completed by the upper bits of `byte`.
    pub(crate) fn then(self, byte: u8) -> Vec<u8> {
        let BitString { mut bytes, len } = self.bits;
        if let Some(last) = bytes.last_mut().filter(|_| !len.is_multiple_of(8)) {
            *last |= byte & (u8::MAX << (len % 8));
        }
        bytes
    }
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

    /// Takes the bits from `from` to `to` of a stream, from `read`, which fills a buffer with its bytes from an offset on.
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
        // The rest of the segment before goes with the length.
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

    /// The length of the segment's bytes among `inflated` bytes of a buffer: all but the mark. Nothing where that is missing.
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

/// The number of window positions that share their first byte: one for each other second byte.
const ROW: usize = 255;

/// The first bytes of the pairs.
pub(crate) static FIRST: [u8; WINDOW] = pairs(false);
/// The second bytes of the pairs.
pub(crate) static SECOND: [u8; WINDOW] = pairs(true);

#[expect(clippy::indexing_slicing, reason = "the index stays below the length")]
const fn pairs(second: bool) -> [u8; WINDOW] {
    let mut bytes = [0; WINDOW];
    let mut at = 0;
    while at < WINDOW {
        let (first, rank) = (at / ROW, at % ROW);
        bytes[at] = if second { (rank + (rank >= first) as usize) as u8 } else { first as u8 };
        at += 1;
    }
    bytes
}

/// The byte of each pair, once the window is known.
pub(crate) struct WindowMap(Box<[[u8; 256]; 256]>);

impl WindowMap {
    pub(crate) fn new() -> Self {
        let mut rows: Box<[[u8; 256]; 256]> = bytemuck::zeroed_box();
        for ((first, row), byte) in rows.iter_mut().enumerate().zip(0..=u8::MAX) {
            // A pair of equal bytes is that byte.
            row.iter_mut().skip(first).take(1).for_each(|equal| *equal = byte);
        }
        Self(rows)
    }

    /// Learns the window.
    pub(crate) fn learn(&mut self, window: &[u8]) {
        for ((first, row), known) in self.0.iter_mut().enumerate().zip(window.chunks(ROW)) {
            let (below, from) = row.split_at_mut(first);
            let (known_below, known_above) = known.split_at_checked(first).unwrap_or((known, &[]));
            below.iter_mut().zip(known_below).for_each(|(byte, &known)| *byte = known);
            from.iter_mut().skip(1).zip(known_above).for_each(|(byte, &known)| *byte = known);
        }
    }

    /// Fills `out` with the bytes that the pairs of `first` and `second` mean.
    pub(crate) fn resolve(&self, first: &[u8], second: &[u8], out: &mut [u8]) {
        for ((out, &first), &second) in out.iter_mut().zip(first).zip(second) {
            #[expect(clippy::indexing_slicing, reason = "the table has a place for each pair of bytes")]
            {
                *out = self.0[usize::from(first)][usize::from(second)];
            }
        }
    }
}

/// The number of bits that are tried at once: the eight bytes from the first hold the first bits of a header at each of them.
const AT_ONCE: usize = 48;

/// The most headers that are read before a search is given up: chance makes a few dozen of them look right at first.
const MOST_READ: usize = 1 << 10;

/// The first bit of `from..to` at which a block of dynamic codes that is not the last plausibly starts. Headers that are
/// cut off by the end of `bytes` are not found.
pub(crate) fn find_block(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    let mut at = from / 8;
    let mut skipped = from % 8;
    let mut read = 0;
    while at * 8 < to {
        let mut places = plausible(eight(bytes, at)?) >> skipped << skipped;
        while places != 0 {
            let bit = at * 8 + places.trailing_zeros() as usize;
            if bit >= to {
                return None;
            }
            if is_complete_precode(bytes, bit) {
                if is_block(bytes, bit) {
                    return Some(bit);
                }
                read += 1;
                if read == MOST_READ {
                    return None;
                }
            }
            places &= places - 1;
        }
        (at, skipped) = (at + AT_ONCE / 8, 0);
    }
    None
}

fn eight(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|&eight| u64::from_le_bytes(eight))
}

/// The positions, a bit each, at which `bits` could begin a header: not the last block (0), of dynamic codes (0, 1), and with
/// no more codes for literals and for distances than there are symbols (two numbers of five bits, up to 29).
fn plausible(bits: u64) -> u64 {
    let all_four =
        |first: u32| (bits >> first) & (bits >> (first + 1)) & (bits >> (first + 2)) & (bits >> (first + 3));
    !bits & !(bits >> 1) & (bits >> 2) & !all_four(4) & !all_four(9) & ((1 << AT_ONCE) - 1)
}

/// The share of the code space that four lengths of three bits each take, in 128ths.
static TAKEN: [u16; 1 << 12] = {
    let mut taken = [0; 1 << 12];
    let mut lengths = 0;
    while lengths < taken.len() {
        let mut rest = lengths;
        while rest != 0 {
            if rest & 7 != 0 {
                #[expect(clippy::indexing_slicing, reason = "the index stays below the length")]
                {
                    taken[lengths] += 128 >> (rest & 7);
                }
            }
            rest >>= 3;
        }
        lengths += 1;
    }
    taken
};

/// Returns true if the lengths of the code in which the code lengths are written, 17 bits into the header at `bit`, take all the
/// room that there is, and no more.
fn is_complete_precode(bytes: &[u8], bit: usize) -> bool {
    let (Some(head), Some(lengths)) = (eight(bytes, (bit + 13) / 8), eight(bytes, (bit + 17) / 8)) else {
        return false;
    };
    let count = (head >> ((bit + 13) % 8)) & 15;
    let lengths = (lengths >> ((bit + 17) % 8)) & ((1 << (3 * (count + 4))) - 1);
    let taken = |first: u32| TAKEN.get((lengths >> first) as usize & 0xfff).copied().unwrap_or_default();
    taken(0) + taken(12) + taken(24) + taken(36) + taken(48) == 128
}

/// Returns true if there is a whole header at `bit`, with codes as encoders make them.
fn is_block(bytes: &[u8], bit: usize) -> bool {
    let mut bits = Bits::new(bytes.get(bit / 8..).unwrap_or_default());
    bits.take((bit % 8) as u32);
    match codes::block(&mut bits) {
        Some((false, Block::Coded(lengths))) => is_usual(&lengths),
        _ => false,
    }
}

/// Returns true if the code for literals is complete and ends the block, and that for distances is complete or has one symbol at
/// most.
fn is_usual(lengths: &Lengths) -> bool {
    let ends = lengths.literals.get(END_OF_BLOCK).is_some_and(|&length| length > 0);
    let few = lengths.distances.iter().filter(|&&length| length > 0).count() <= 1;
    ends && is_complete(&lengths.literals) && (few || is_complete(&lengths.distances))
}

fn is_complete(lengths: &[u8]) -> bool {
    let taken = lengths.iter().filter(|&&length| length > 0).map(|&length| 1_usize << MAX_CODE >> length);
    taken.sum::<usize>() == 1 << MAX_CODE
}

#[cfg(test)]
mod segment_tests {
    use super::*;
    use crate::blocks::{compress, starts};
    use crate::codec::{Decompressor, compressor};
    use crate::tests::kinds;

    fn inflate(stream: &[u8], out: &mut [u8]) -> Option<usize> {
        Decompressor::new().deflate_decompress(stream, out).ok()
    }

    #[test]
    fn segments_are_streams_after_their_window_and_end_where_blocks_do() {
        for (name, data) in kinds(700_000) {
            let stream = compress(&mut compressor(1), &data, true).unwrap();
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

    /// Returns true if a decoder finds the mark behind the bits of `part`.
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
    fn fillers_end_at_each_bit_and_inflate_to_nothing() {
        for bit in 0..8 {
            // A stored block of three bytes starts at the bit; its padding is what is left of the byte, or the next.
            let mut stream = Filler::of(bit).then(1 << bit);
            assert_eq!(Filler::of(bit).bits.len % 8, bit);
            if bit == 0 {
                stream.push(1);
            } else if bit > 5 {
                stream.push(0);
            }
            stream.extend(*b"\x03\0\xfc\xffabc");
            let mut out = [0; 8];
            assert_eq!(inflate(&stream, &mut out), Some(3), "bit {bit}");
            let mut by_another = Vec::new();
            io::Read::read_to_end(&mut flate2::read::DeflateDecoder::new(&stream[..]), &mut by_another)
                .unwrap();
            assert_eq!(by_another, b"abc", "bit {bit}");
        }
    }

    #[test]
    fn bits_shifted_to_a_byte_keep_their_order() {
        let bytes: Vec<u8> = (0..64).map(|at: u8| at.wrapping_mul(37)).collect();
        for shift in 0..8 {
            let mut moved = bytes.clone();
            shift_down(&mut moved, shift);
            let bit = |bytes: &[u8], at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (at % 8) & 1);
            assert!((0..512).all(|at| bit(&moved, at) == bit(&bytes, at + shift as usize)), "{shift}");
        }
    }

    #[test]
    fn read_failure_in_a_segment_is_reported() {
        let failed = Segment::new().take(0, 99, |_, _| Err(io::ErrorKind::UnexpectedEof.into()));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}

#[cfg(test)]
mod unknown_tests {
    use super::*;

    #[test]
    fn each_window_position_has_a_pair_of_its_own() {
        let pairs: std::collections::HashSet<(u8, u8)> = FIRST.into_iter().zip(SECOND).collect();
        assert_eq!(pairs.len(), WINDOW);
        assert!(pairs.iter().all(|(first, second)| first != second));
    }

    #[test]
    fn pairs_resolve_to_window_bytes_or_to_themselves() {
        let mut known = WindowMap::new();
        for factor in [7, 11] {
            let window: Vec<u8> = (0..WINDOW).map(|at| (at * factor / 3) as u8).collect();
            known.learn(&window);
            let mut out = vec![0; WINDOW];
            known.resolve(&FIRST, &SECOND, &mut out);
            assert!(out == window);
            let bytes: Vec<u8> = (0..=255).collect();
            known.resolve(&bytes, &bytes, &mut out);
            assert_eq!(out[..256], bytes);
        }
    }
}

#[cfg(test)]
mod find_tests {
    use super::*;
    use crate::blocks::{compress, starts};
    use crate::codec::compressor;
    use crate::tests::kinds;

    #[test]
    fn search_finds_each_block_and_nothing_else() {
        for (name, data) in kinds(700_000) {
            for level in [1, 6] {
                let stream = compress(&mut compressor(level), &data, true).unwrap();
                let dynamic = |&bit: &usize| {
                    plausible(eight(&stream[bit / 8..], 0).unwrap_or_default() >> (bit % 8)) & 1 == 1
                };
                let wanted: Vec<usize> = starts(&stream).into_iter().filter(dynamic).collect();
                let mut found: Vec<usize> = Vec::new();
                while let Some(bit) =
                    find_block(&stream, found.last().map_or(0, |last| last + 1), stream.len() * 8)
                {
                    found.push(bit);
                }
                assert_eq!(found, wanted, "{name}, level {level}");
            }
        }
    }

    /// Bits that pass for a header until the first code length is to be repeated, and none came before.
    const DECOY: u32 = 1 << 2 | 1 << 17 | 1 << 21 | 1 << 24;

    #[test]
    fn search_gives_up_where_all_looks_like_headers() {
        let stream = compress(&mut compressor(6), &kinds(700_000)[2].1, true).unwrap();
        for (decoys, found) in [(0, true), (100, true), (2 * MOST_READ, false)] {
            let bytes = [DECOY.to_le_bytes().repeat(decoys), stream.clone()].concat();
            assert!(decoys == 0 || is_complete_precode(&bytes, 0));
            let wanted = found.then_some(decoys * 32);
            assert_eq!(find_block(&bytes, 0, bytes.len() * 8), wanted, "{decoys} decoys");
        }
    }

    #[test]
    fn search_looks_only_where_it_is_asked() {
        let stream = compress(&mut compressor(6), &kinds(700_000)[2].1, true).unwrap();
        let starts = starts(&stream);
        let (first, second) = (starts[0], starts[1]);
        assert_eq!(first, 0);
        assert_eq!(find_block(&stream, 1, second), None);
        assert_eq!(find_block(&stream, 1, second + 1), Some(second));
        assert_eq!(find_block(&stream, second, second + 1), Some(second));
        assert_eq!(find_block(&stream[..second / 8 + 20], 1, second + 1), None);
        for (from, to) in [(5, 4), (stream.len() * 8, usize::MAX), (stream.len() * 9, usize::MAX)] {
            assert_eq!(find_block(&stream, from, to), None);
        }
    }
}
