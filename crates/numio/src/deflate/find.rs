//! Where a block starts in the middle of a stream that nobody has decoded up to there.
//!
//! A block of dynamic codes gives itself away: its three codes must each be complete, which random bits hardly ever are.
//! Other kinds of blocks, and the last one, are not looked for.

use super::bits::Bits;
use super::codes::{self, Block, END_OF_BLOCK, Lengths, MAX_CODE};

/// So many places are tried at once: the eight bytes from the first hold the first bits of a header at each of them.
const AT_ONCE: usize = 48;

/// So many headers are read at most before a search is given up: chance makes a few dozen of them look right at first.
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

/// The places, a bit each, at which `bits` could begin a header: not the last block (0), of dynamic codes (0, 1), and with
/// no more codes for literals and for distances than there are symbols (two numbers of five bits, up to 29).
fn plausible(bits: u64) -> u64 {
    let all_four =
        |first: u32| (bits >> first) & (bits >> (first + 1)) & (bits >> (first + 2)) & (bits >> (first + 3));
    !bits & !(bits >> 1) & (bits >> 2) & !all_four(4) & !all_four(9) & ((1 << AT_ONCE) - 1)
}

/// How much of the room for codes four lengths of three bits each take, in 128ths.
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

/// Whether the lengths of the code in which the code lengths are written, 17 bits into the header at `bit`, take all the
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

/// Whether a header stands at `bit`, whole, with codes as encoders make them.
fn is_block(bytes: &[u8], bit: usize) -> bool {
    let mut bits = Bits::new(bytes.get(bit / 8..).unwrap_or_default());
    bits.take((bit % 8) as u32);
    match codes::block(&mut bits) {
        Some((false, Block::Coded(lengths))) => is_usual(&lengths),
        _ => false,
    }
}

/// Whether the code for literals is complete and ends the block, and that for distances is complete or has one symbol at
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
mod tests {
    use super::*;
    use crate::deflate::tests::kinds;
    use crate::deflate::walk::starts;
    use crate::deflate::{compress, compressor};

    #[test]
    fn finds_each_block_and_nothing_else() {
        for (name, data) in kinds(700_000) {
            for level in [1, 6] {
                let stream = compress(&mut compressor(level), &data, true);
                let dynamic = |&bit: &usize| {
                    plausible(eight(&stream[bit / 8..], 0).unwrap_or_default() >> (bit % 8)) & 1 == 1
                };
                let wanted: Vec<usize> = starts(&stream).into_iter().filter(dynamic).collect();
                let mut found = Vec::new();
                while let Some(bit) =
                    find_block(&stream, found.last().map_or(0, |last| last + 1), stream.len() * 8)
                {
                    found.push(bit);
                }
                assert_eq!(found, wanted, "{name}, level {level}");
            }
        }
    }

    /// What passes for a header until its first code length is to be repeated, and none came before.
    const DECOY: u32 = 1 << 2 | 1 << 17 | 1 << 21 | 1 << 24;

    #[test]
    fn gives_up_where_all_looks_like_headers() {
        let stream = compress(&mut compressor(6), &kinds(700_000)[2].1, true);
        for (decoys, found) in [(0, true), (100, true), (2 * MOST_READ, false)] {
            let bytes = [DECOY.to_le_bytes().repeat(decoys), stream.clone()].concat();
            assert!(decoys == 0 || is_complete_precode(&bytes, 0));
            let wanted = found.then_some(decoys * 32);
            assert_eq!(find_block(&bytes, 0, bytes.len() * 8), wanted, "{decoys} decoys");
        }
    }

    #[test]
    fn looks_only_where_it_is_asked() {
        let stream = compress(&mut compressor(6), &kinds(700_000)[2].1, true);
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
