//! The index of the blocks of a stream, by which all cores can inflate it; and the first bytes of a stream.

use crate::blocks::BLOCK;
use crate::codes;
use crate::codes::{Bits, Block, Canonical, DISTANCE, END_OF_BLOCK, LENGTH};

/// The first bytes of an index.
const MAGIC: [u8; 2] = *b"n1";

/// The most blocks, so that an index stays below 64 KiB: that is as much as an extra field of a zip archive or of gzip
/// can be.
const MAX_BLOCKS: u64 = 15_000;

/// The index of the blocks of a deflate stream, by which they are inflated independently.
///
/// An index is a hint that a reader proves, never believes: [`Inflate`](crate::Inflate) inflates the stream as one where
/// the proof fails. As bytes it has, with little-endian numbers:
///
/// | bytes | contents |
/// |---|---|
/// | 2 | `n1` |
/// | 4 | the number of bytes that each block inflates to; the last inflates to the rest |
/// | 4 for each block but the last | the number of bytes that it takes in the stream |
///
/// ```
/// use numio_deflate::BlockIndex;
///
/// let mut index = BlockIndex::new(1000);
/// index.push(10);
/// index.push(20);
/// let parts = index.parts(30, 1500).unwrap();
/// assert_eq!((parts[1].start, parts[1].compressed, parts[1].len), (10, 20, 500));
/// // Not the index of a stream of other lengths.
/// assert_eq!(index.parts(30, 2500), None);
/// assert_eq!(BlockIndex::from_bytes(&index.to_bytes()).unwrap().parts(30, 1500), Some(parts));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockIndex {
    block: u32,
    /// The compressed size of each part but the last, which has the rest.
    inner: Vec<u32>,
    /// The compressed size of the last part, if it is known.
    last: Option<u32>,
}

/// A part of a stream: `compressed` bytes that inflate to `len`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The offset of its first byte in the stream.
    pub start: u64,
    /// The number of bytes that it takes in the stream.
    pub compressed: usize,
    /// The number of bytes that it inflates to.
    pub len: usize,
}

impl Part {
    /// The most bytes of a part, compressed or not, that one thread has memory for.
    const LARGEST: usize = 128 << 20;

    /// Returns whether it is inflated alone. Streams with larger parts are left to one core.
    pub fn is_small(&self) -> bool {
        self.len <= Self::LARGEST && self.compressed <= Self::LARGEST
    }
}

/// The size of the blocks of a stream of `len` bytes: 1 MiB, or as much as it takes to keep the index below 64 KiB.
///
/// ```
/// assert_eq!(numio_deflate::block_len(5), 1 << 20);
/// assert_eq!(numio_deflate::block_len(1 << 40), 70 << 20);
/// ```
pub fn block_len(len: u64) -> usize {
    let needed = len.div_ceil(MAX_BLOCKS).next_multiple_of(BLOCK as u64);
    usize::try_from(needed).unwrap_or(usize::MAX).max(BLOCK)
}

impl BlockIndex {
    /// The index of a stream of blocks of `block` bytes, none of which is known yet.
    pub fn new(block: u32) -> Self {
        Self { block, inner: Vec::new(), last: None }
    }

    /// Adds the compressed length of the next block.
    pub fn push(&mut self, compressed: u32) {
        self.inner.extend(self.last.replace(compressed));
    }

    /// The number of bytes that each block but the last inflates to.
    pub fn block_len(&self) -> u32 {
        self.block
    }

    /// The index as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.block.to_le_bytes());
        out.extend(self.inner.iter().flat_map(|len| len.to_le_bytes()));
        out
    }

    /// The index that `bytes` are; `None` if they are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (block, ends) = bytes.strip_prefix(&MAGIC)?.split_first_chunk()?;
        let (inner, []) = ends.as_chunks::<4>() else { return None };
        let inner = inner.iter().map(|len| u32::from_le_bytes(*len)).collect();
        Some(Self { block: u32::from_le_bytes(*block), inner, last: None })
    }

    /// The parts of a stream of `compressed` bytes that inflates to `len`; `None` if the index does not cover it exactly.
    pub fn parts(&self, compressed: u64, len: u64) -> Option<Vec<Part>> {
        let block = u64::from(self.block);
        if block == 0 || len.div_ceil(block) != self.inner.len() as u64 + 1 {
            return None;
        }
        let mut parts = Vec::with_capacity(self.inner.len() + 1);
        let (mut start, mut left) = (0_u64, len);
        for &part in &self.inner {
            parts.push(Part { start, compressed: part as usize, len: block as usize });
            start += u64::from(part);
            left -= block;
        }
        let rest = usize::try_from(compressed.checked_sub(start)?).ok()?;
        if self.last.is_some_and(|last| last as usize != rest) {
            return None;
        }
        parts.push(Part { start, compressed: rest, len: usize::try_from(left).ok()? });
        parts.iter().all(|part| part.compressed > 0).then_some(parts)
    }
}

/// The first `wanted` bytes that `stream`, the start of a deflate stream, inflates to; fewer if it ends before. It is
/// inflated bit by bit, without setting up a decoder: the fastest way to a few bytes, and slow for many.
///
/// `None` if the stream is malformed; also if it breaks off inside a block's header.
///
/// ```
/// // A stored block of five bytes.
/// let stream = b"\x01\x05\x00\xfa\xffhello";
/// assert_eq!(numio_deflate::peek(stream, 2).unwrap(), b"he");
/// ```
pub fn peek(stream: &[u8], wanted: usize) -> Option<Vec<u8>> {
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

    fn index(block: u32, compressed: &[u32]) -> BlockIndex {
        let mut index = BlockIndex::new(block);
        compressed.iter().for_each(|&len| index.push(len));
        index
    }

    fn parts(bytes: &[u8], compressed: u64, len: u64) -> Option<Vec<Part>> {
        BlockIndex::from_bytes(bytes)?.parts(compressed, len)
    }

    #[test]
    fn index_that_is_parsed_prints_the_same() {
        let index = index(1000, &[10, 20, 5]);
        let part = |start, compressed, len| Part { start, compressed, len };
        let wanted = vec![part(0, 10, 1000), part(10, 20, 1000), part(30, 5, 1)];
        assert_eq!(parts(&index.to_bytes(), 35, 2001), Some(wanted.clone()));
        assert_eq!(index.parts(35, 2001), Some(wanted));
        assert_eq!(index.parts(36, 2001), None);
    }

    #[test]
    fn index_that_does_not_cover_the_stream_is_refused() {
        let bytes = index(1000, &[10, 20, 5]).to_bytes();
        for (compressed, len) in [(30, 2001), (29, 2001), (35, 2000), (35, 3001), (35, 0)] {
            assert_eq!(parts(&bytes, compressed, len), None, "{compressed} {len}");
        }
        for end in 0..bytes.len() {
            assert_eq!(parts(&bytes[..end], 35, 2001), None, "{end}");
        }
        assert_eq!(parts(&index(0, &[10, 20, 5]).to_bytes(), 35, 2001), None);
        assert_eq!(parts(&index(1000, &[0, 20, 5]).to_bytes(), 25, 2001), None);
    }

    #[test]
    fn every_length_has_an_index_that_fits() {
        for len in [0, 1, BLOCK as u64, 1 << 34, 1 << 40, u64::from(u32::MAX) * 14_000] {
            let block = block_len(len);
            assert!(len.div_ceil(block as u64) <= MAX_BLOCKS && block.is_multiple_of(BLOCK), "{len}");
        }
    }
}
