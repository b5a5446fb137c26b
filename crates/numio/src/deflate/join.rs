//! Blocks of data compressed on their own, and put one after another as one stream.

use libdeflater::{CompressionLvl, Compressor};

use super::walk::{LastBlock, last_block};

/// How many bytes of data are compressed on their own. Each block starts without the 32 KiB before it to look back to,
/// which costs a few hundred bytes; smaller ones cost ratio, larger ones leave cores without work.
pub(crate) const BLOCK: usize = 1 << 20;

/// An empty stored block's length and its complement, which follow a block header of three zero bits and the padding to
/// a whole byte. zlib ends what it flushes in the same way.
const EMPTY_STORED: [u8; 4] = [0, 0, 0xff, 0xff];

/// The most that one stored block holds.
const STORED: usize = 65_535;

/// Compresses `data` at `level`: as the end of a stream, or as a part of one that ends at a whole byte, so that the next
/// part is put right after it. No part looks back into another.
pub(crate) fn compress(compressor: &mut Compressor, data: &[u8], last: bool) -> Vec<u8> {
    let mut out = vec![0; compressor.deflate_compress_bound(data.len()) + EMPTY_STORED.len() + 1];
    match compressor.deflate_compress(data, &mut out) {
        Ok(len) => {
            out.truncate(len);
            if last || open_end(&mut out) { out } else { store(data, last) }
        }
        // The bound is libdeflate's own promise; but if it ever did not hold, the data would still fit like this.
        Err(_) => store(data, last),
    }
}

/// Takes the mark of the last block off a stream, and ends it at a whole byte. False where it is no such stream.
fn open_end(stream: &mut Vec<u8>) -> bool {
    let Some(LastBlock { mark, end }) = last_block(stream) else { return false };
    if end.div_ceil(8) != stream.len() {
        return false;
    }
    if let Some(byte) = stream.get_mut(mark / 8) {
        *byte &= !(1 << (mark % 8));
    }
    // The three bits of the header fit into what is left of the last byte, or need another.
    if !(1..=5).contains(&(end % 8)) {
        stream.push(0);
    }
    stream.extend_from_slice(&EMPTY_STORED);
    true
}

/// `data` in stored blocks.
fn store(data: &[u8], last: bool) -> Vec<u8> {
    let count = data.len().div_ceil(STORED).max(1);
    let mut out = Vec::with_capacity(data.len() + count * 5);
    for at in 0..count {
        let start = at * STORED;
        let block = data.get(start..data.len().min(start + STORED)).unwrap_or_default();
        let len = block.len() as u16;
        out.push(u8::from(last && at + 1 == count));
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    out
}

/// The most of a member that is compressed for trial. Half as much tells levels apart less well than they differ.
const SAMPLE: usize = 128 << 10;

/// The part of the first block of a member of `size` bytes on which [`choose`] decides: its middle.
pub(crate) fn sample(block: &[u8], size: u64) -> &[u8] {
    // Each trial of four then costs little against the member itself.
    let share = usize::try_from(size / 32).unwrap_or(usize::MAX);
    let len = share.clamp(SAMPLE / 8, SAMPLE).min(block.len());
    let start = (block.len() - len) / 2;
    block.get(start..start + len).unwrap_or_default()
}

/// The level for data like `sample`: the fastest that is no larger than zlib's level 6, NumPy's, as far as a sample can
/// tell.
///
/// Levels 4 and 5 (greedy and lazy matching) win on noise; 7 (as deep as zlib's 6) where there are long repeats, and 8
/// where these are of few values.
pub(crate) fn choose(sample: &[u8]) -> i32 {
    let size = |level| compress(&mut compressor(level), sample, true).len() as f64;
    let (four, five) = (size(4), size(5));
    let (fast, fast_size) = if four <= five { (4, four) } else { (5, five) };
    if fast_size > 0.85 * sample.len() as f64 {
        // What hardly compresses has nothing to look deeper for.
        return fast;
    }
    let (seven, eight) = (size(7), size(8));
    if eight < seven * 0.97 && eight < fast_size * 0.99 {
        8
    } else if seven < fast_size * 0.99 {
        7
    } else {
        fast
    }
}

/// A compressor of `level`, from 0 (none) to 12 (best); others are brought to the nearest.
pub(crate) fn compressor(level: i32) -> Compressor {
    Compressor::new(CompressionLvl::new(level.clamp(0, 12)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::tests::{inflate, kinds};

    #[test]
    fn parts_join_into_one_stream() {
        for (name, data) in kinds(300_000) {
            for level in [0, 1, 4, 6, 9, 12] {
                for len in [1, 100, 5_000, 70_000, data.len()] {
                    let mut compressor = compressor(level);
                    let parts: Vec<&[u8]> = data.chunks(len).take(7).collect();
                    let last = parts.len() - 1;
                    let stream: Vec<u8> = parts
                        .iter()
                        .enumerate()
                        .flat_map(|(at, part)| compress(&mut compressor, part, at == last))
                        .collect();
                    assert!(inflate(&stream) == parts.concat(), "{name} at level {level} by {len}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_a_stream_too() {
        let mut compressor = compressor(5);
        let stream = [compress(&mut compressor, b"", false), compress(&mut compressor, b"", true)].concat();
        assert_eq!(inflate(&stream), b"");
    }

    #[test]
    fn stored_blocks_stand_for_any_data() {
        for len in [0, 1, STORED, STORED + 1, 3 * STORED] {
            let data: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            assert!(
                inflate(&[store(&data, false), store(&data, true)].concat()) == [&data[..], &data].concat()
            );
        }
    }

    #[test]
    fn what_is_no_stream_is_not_joined() {
        assert!(!open_end(&mut vec![0xff; 20]));
        assert!(!open_end(&mut vec![]));
        let mut trailing = compress(&mut compressor(5), b"some data", true);
        trailing.push(0);
        assert!(!open_end(&mut trailing));
    }
}
