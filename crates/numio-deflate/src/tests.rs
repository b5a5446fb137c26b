//! Data of many kinds, and streams of all levels, as other encoders make them.

use crate::blocks::{LastBlock, choose, compress, last_block, sample};
use crate::codec::{DecompressionError, Decompressor, compressor};
use crate::codes::{self, Block};
use crate::index::peek;

/// Numbers that look random and are the same every time.
fn noise(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    })
}

/// `len` bytes of each kind.
pub(super) fn kinds(len: usize) -> Vec<(&'static str, Vec<u8>)> {
    let take = |bytes: &mut dyn Iterator<Item = u8>| bytes.take(len).collect::<Vec<u8>>();
    vec![
        ("zeros", vec![0; len]),
        ("noise", take(&mut noise(1).map(|n| n as u8))),
        ("small integers", take(&mut noise(2).flat_map(|n| ((n % 1000) as u32).to_le_bytes()))),
        ("two values", take(&mut noise(3).map(|n| (n % 16 == 0) as u8))),
        ("counting", take(&mut (0_u64..).flat_map(u64::to_le_bytes))),
        ("text", take(&mut noise(4).flat_map(|n| ["alpha ", "beta ", "gamma "][(n % 3) as usize].bytes()))),
    ]
}

/// Decompresses a whole stream with a strict decoder.
pub(super) fn inflate(stream: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for len in [1 << 16, 1 << 24] {
        out.resize(len, 0);
        match Decompressor::new().deflate_decompress(stream, &mut out) {
            Ok(len) => {
                out.truncate(len);
                return out;
            }
            Err(DecompressionError::InsufficientSpace) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("more than {} bytes", out.len());
}

#[test]
fn peek_gives_the_first_bytes_of_the_whole() {
    for (name, data) in kinds(100_000) {
        for level in [0, 1, 6, 12] {
            let stream = compress(&mut compressor(level), &data, true).unwrap();
            for wanted in [0, 1, 6, 128, 70_000, data.len()] {
                assert!(peek(&stream, wanted).unwrap() == data[..wanted], "{name}, level {level}, {wanted}");
            }
            assert_eq!(peek(&stream, data.len() + 1).unwrap().len(), data.len());
            let half = peek(&stream[..stream.len() / 2], data.len()).unwrap_or_default();
            assert!(data.starts_with(&half), "{name}, level {level}");
        }
    }
}

#[test]
fn a_walk_ends_at_the_last_bit() {
    for (name, data) in kinds(700_000) {
        for level in 0..=12 {
            let mut stream = compress(&mut compressor(level), &data, true).unwrap();
            let LastBlock { mark, end } = last_block(&stream).unwrap();
            assert_eq!(end.div_ceil(8), stream.len(), "{name}, level {level}");
            // Without its mark the stream goes on, and there is nothing to go on with.
            stream[mark / 8] ^= 1 << (mark % 8);
            assert_eq!(last_block(&stream), None, "{name}, level {level}");
        }
    }
}

/// A final block of fixed codes: a literal, then a length whose distance reaches before the stream.
const LOOKS_BACK_TOO_FAR: [u8; 4] = [0x63, 0x60, 0x04, 0x01];

#[test]
fn damaged_streams_give_an_answer() {
    let data = &kinds(3_000)[2].1;
    let stream = compress(&mut compressor(6), data, true).unwrap();
    for at in 0..stream.len() {
        for bit in 0..8 {
            let mut damaged = stream.clone();
            damaged[at] ^= 1 << bit;
            last_block(&damaged);
            peek(&damaged, 4_000);
        }
        last_block(&stream[..at]);
        peek(&stream[..at], 4_000);
    }
    peek(&LOOKS_BACK_TOO_FAR, 100);
    for first in 0..=255 {
        let bytes: Vec<u8> = noise(first).map(|n| n as u8).take(400).collect();
        last_block(&bytes);
        peek(&bytes, 4_000);
    }
}

#[test]
fn codes_of_impossible_lengths_are_refused() {
    assert!(codes::Canonical::new(&[1, 1, 1]).is_none());
    assert!(codes::Canonical::new(&[16]).is_none());
    assert!(codes::Canonical::new(&[2, 2, 1]).is_some());
    let reserved = codes::block(&mut codes::Bits::new(&[0b111]));
    assert!(reserved.is_none());
    let stored = [1, 2, 0, 0xfd, 0xff, 7, 8];
    assert!(matches!(codes::block(&mut codes::Bits::new(&stored)), Some((true, Block::Stored(&[7, 8])))));
}

#[test]
fn level_chosen_follows_the_data() {
    let level = |name: &str| {
        let (_, data) = kinds(1 << 20).into_iter().find(|(kind, _)| *kind == name).unwrap();
        choose(sample(&data, 32 << 20)).unwrap()
    };
    assert!(level("noise") <= 5);
    assert!(level("two values") >= 7);
}
