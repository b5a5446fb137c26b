//! The first bytes of a deflate stream, without inflating the rest.

use super::bits::Bits;
use super::codes::{self, Block, Canonical, DISTANCE, END_OF_BLOCK, LENGTH};

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

/// Whether the block came to its end.
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
