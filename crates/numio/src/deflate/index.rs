//! The index of the blocks of a compressed member, by which all cores can inflate them.
//!
//! The index is numio's own extra field in the archive's directory (APPNOTE 4.5.2); every other reader skips it. All
//! numbers are little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 2 | `n1` |
//! | 4 | how many bytes each block inflates to; the last to the rest |
//! | 4 for each block but the last | how many bytes it takes in the stream |
//!
//! It is never believed: a reader that cannot prove it inflates the stream as one.

use crate::deflate::blocks::BLOCK;
use crate::deflate::codes;
use crate::deflate::codes::{Bits, Block, Canonical, DISTANCE, END_OF_BLOCK, LENGTH};

/// The extra field's id: `np`. None of those that APPNOTE lists.
pub(crate) const ID: u16 = u16::from_le_bytes(*b"np");

const MAGIC: [u8; 2] = *b"n1";

/// An extra field is at most 65,535 bytes, and there are others.
const MAX_BLOCKS: u64 = 15_000;

/// The parts of a deflate stream that can be inflated on their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    /// The decompressed size of each part; the last one has the rest.
    pub(crate) block: u32,
    /// The compressed size of each part; the last one has the rest.
    pub(crate) compressed: Vec<u32>,
}

/// A part of a stream: `compressed` bytes that inflate to `len`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) start: u64,
    pub(crate) compressed: usize,
    pub(crate) len: usize,
}

/// The size of the blocks of a member of `len` bytes.
pub(crate) fn block_len(len: u64) -> usize {
    let needed = len.div_ceil(MAX_BLOCKS).next_multiple_of(BLOCK as u64);
    usize::try_from(needed).unwrap_or(usize::MAX).max(BLOCK)
}

impl Index {
    /// The bytes of the extra field.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.block.to_le_bytes());
        let inner = self.compressed.split_last().map_or(&[][..], |(_, inner)| inner);
        out.extend(inner.iter().flat_map(|len| len.to_le_bytes()));
        out
    }

    /// The parts of a stream of `compressed` bytes that inflates to `len`, as the extra field `bytes` has them. Nothing
    /// where it does not cover them exactly.
    pub(crate) fn parts(bytes: &[u8], compressed: u64, len: u64) -> Option<Vec<Part>> {
        let (block, ends) = bytes.strip_prefix(&MAGIC)?.split_first_chunk()?;
        let block = u64::from(u32::from_le_bytes(*block));
        let (inner, []) = ends.as_chunks::<4>() else { return None };
        if block == 0 || len.div_ceil(block) != inner.len() as u64 + 1 {
            return None;
        }
        let mut parts = Vec::with_capacity(inner.len() + 1);
        let (mut start, mut left) = (0_u64, len);
        for part in inner {
            let part = u32::from_le_bytes(*part);
            parts.push(Part { start, compressed: part as usize, len: block as usize });
            start += u64::from(part);
            left -= block;
        }
        let rest = usize::try_from(compressed.checked_sub(start)?).ok()?;
        parts.push(Part { start, compressed: rest, len: usize::try_from(left).ok()? });
        parts.iter().all(|part| part.compressed > 0).then_some(parts)
    }
}

/// The first `wanted` bytes that `stream` inflates to, fewer where it or the part of it that is given ends before.
/// Bit by bit, so only for few.
///
/// Nothing where the stream is malformed; also where it breaks off inside a block's header.
pub(crate) fn peek(stream: &[u8], wanted: usize) -> Option<Vec<u8>> {
    let mut bits = Bits::new(stream);
    let mut out = Vec::new();
    let mut last = false;
    while !last && out.len() < wanted {
        let block;
        (last, block) = codes::block(&mut bits)?;
        match block {
            Block::Stored(bytes) => out.extend_from_slice(bytes),
            Block::Coded(lengths) => {
                let literals = Canonical::new(&lengths.literals)?;
                let distances = Canonical::new(&lengths.distances)?;
                if !inflate(&mut bits, &literals, &distances, wanted, &mut out)? {
                    break;
                }
            }
        }
    }
    out.truncate(wanted);
    Some(out)
}

/// Returns true if the block came to its end.
fn inflate(
    bits: &mut Bits<'_>,
    literals: &Canonical,
    distances: &Canonical,
    wanted: usize,
    out: &mut Vec<u8>,
) -> Option<bool> {
    while out.len() < wanted {
        let symbol = literals.decode(bits)?;
        if bits.overran() {
            return Some(false);
        }
        if let Ok(literal) = u8::try_from(symbol) {
            out.push(literal);
        } else if symbol == END_OF_BLOCK {
            return Some(true);
        } else {
            let &(length, extra) = LENGTH.get(symbol - END_OF_BLOCK - 1)?;
            let length = u32::from(length) + bits.take(extra.into());
            let &(distance, extra) = DISTANCE.get(distances.decode(bits)?)?;
            let distance = u32::from(distance) + bits.take(extra.into());
            if bits.overran() {
                return Some(false);
            }
            for _ in 0..length {
                out.push(*out.get(out.len().checked_sub(distance as usize)?)?);
            }
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parses() {
        let index = Index { block: 1000, compressed: vec![10, 20, 5] };
        let parts = Index::parts(&index.to_bytes(), 35, 2001).unwrap();
        let part = |start, compressed, len| Part { start, compressed, len };
        assert_eq!(parts, [part(0, 10, 1000), part(10, 20, 1000), part(30, 5, 1)]);
    }

    #[test]
    fn what_does_not_cover_the_stream_is_no_index() {
        let bytes = Index { block: 1000, compressed: vec![10, 20, 5] }.to_bytes();
        for (compressed, len) in [(30, 2001), (29, 2001), (35, 2000), (35, 3001), (35, 0)] {
            assert_eq!(Index::parts(&bytes, compressed, len), None, "{compressed} {len}");
        }
        for end in 0..bytes.len() {
            assert_eq!(Index::parts(&bytes[..end], 35, 2001), None, "{end}");
        }
        let empty = Index { block: 0, compressed: vec![10, 20, 5] }.to_bytes();
        assert_eq!(Index::parts(&empty, 35, 2001), None);
        let hollow = Index { block: 1000, compressed: vec![0, 20, 5] }.to_bytes();
        assert_eq!(Index::parts(&hollow, 25, 2001), None);
    }

    #[test]
    fn every_member_has_an_index_that_fits() {
        for len in [0, 1, BLOCK as u64, 1 << 34, 1 << 40, u64::from(u32::MAX) * 14_000] {
            let block = block_len(len);
            assert!(len.div_ceil(block as u64) <= MAX_BLOCKS && block.is_multiple_of(BLOCK), "{len}");
        }
    }
}
