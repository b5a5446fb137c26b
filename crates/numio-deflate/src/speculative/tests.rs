//! Streams of several encoders, whole and damaged: several threads give the bytes that one gives.

use std::io::Write;

use flate2::write::DeflateEncoder;

use super::*;
use crate::blocks::compress;
use crate::codec::compressor;
use crate::{Error, Inflate, Rayon};

/// zlib's way of making blocks.
fn zlib(data: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Data whose bytes hardly ever become independent of the window: small numbers, of which whole ones repeat.
fn numbers(count: u32) -> Vec<u8> {
    let noise = |at: u32| (at.wrapping_mul(2_654_435_761) ^ (at >> 7).wrapping_mul(97_787)) >> 13;
    (0..count).flat_map(|at| (noise(at) % 23 + noise(at / 3) % 19 * 7).to_le_bytes()).collect()
}

/// Data whose bytes soon do: the upper bytes of larger numbers.
fn walk(count: u32) -> Vec<u8> {
    let steps = (0..count).scan(0_u32, |sum, at| {
        *sum = sum.wrapping_add(at.wrapping_mul(2_654_435_761) >> 20);
        Some(*sum)
    });
    steps.flat_map(u32::to_le_bytes).collect()
}

#[test]
fn several_offsets_give_the_bytes_that_one_gives() {
    for (name, data) in [("numbers", numbers(2 << 20)), ("walk", walk(2 << 20))] {
        let streams = [
            ("zlib 9", zlib(&data, 9)),
            ("zlib 6", zlib(&data, 6)),
            ("libdeflate 6", compress(&mut compressor(6), &data, true).unwrap()),
        ];
        for (encoder, stream) in streams {
            for threads in [2, 5] {
                let executor = Rayon::with_threads(threads);
                let plan = SplitPlan::find(&stream, data.len() as u64, &executor)
                    .unwrap_or_else(|| panic!("{name} by {encoder}: {} bytes", stream.len()));
                assert!(plan.cuts.iter().any(|cut| cut.helper.is_some()), "{name} by {encoder}: {plan:?}");
                let (mut head, mut body) = (vec![0; 128], vec![0; data.len() - 128]);
                let inflated = inflate(&stream, &plan, &mut head, &mut body, &executor);
                assert!(inflated.is_some(), "{name} by {encoder} on {threads}");
                assert!([head, body].concat() == data, "{name} by {encoder} on {threads}");
            }
        }
    }
}

#[test]
fn speculative_inflate_of_damage_reports_what_one_thread_reports() {
    let data = numbers(1 << 20);
    let stream = zlib(&data, 6);
    for at in (0..12).map(|part| stream.len() * part / 12 + part) {
        let mut damaged = stream.clone();
        damaged[at] ^= 0x10;
        compare(&damaged, data.len(), &format!("byte {at}"));
    }
    for (len, what) in
        [(data.len() - 1, "shorter"), (data.len() - 70_000, "much shorter"), (data.len() + 9, "longer")]
    {
        compare(&stream, len, what);
    }
    compare(&stream[..stream.len() - 5], data.len(), "cut off");
    let trailing = [&stream[..], b"trailing"].concat();
    compare(&trailing, data.len(), "trailing");
}

fn compare(stream: &[u8], len: usize, what: &str) {
    let inflate = |threads| {
        let executor = Rayon::with_threads(threads);
        Inflate::new(stream).executor(&executor).to_vec(len).map_err(|error| error.to_string())
    };
    assert!(inflate(3) == inflate(1), "{what}");
}

/// Two streams, one after the other: a reader stops after the first.
#[test]
fn speculative_inflate_reads_nothing_after_the_end() {
    let data = numbers(1 << 20);
    let stream = zlib(&data, 6);
    let twice = [&stream[..], &stream].concat();
    let executor = Rayon::with_threads(2);
    let plan = SplitPlan::find(&twice, 2 * data.len() as u64, &executor).unwrap();
    let (mut head, mut body) = (vec![0; 128], vec![0; 2 * data.len() - 128]);
    assert_eq!(inflate(&twice, &plan, &mut head, &mut body, &executor), None);
    let error = Inflate::new(&twice).to_vec(2 * data.len()).unwrap_err();
    assert!(matches!(error, Error::Length { found: Some(4_194_304), .. }), "{error}");
}
