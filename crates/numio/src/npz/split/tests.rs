//! Streams of several encoders, whole and damaged: several threads give the bytes that one gives.

use std::cell::RefCell;
use std::io::Write;

use flate2::write::DeflateEncoder;

use super::*;
use crate::Limits;
use crate::deflate;
use crate::npz::NpzArchive;
use crate::npz::directory::Directory;
use crate::npz::read::Threads;

/// An archive of one deflated member `x` that holds `data`.
pub(in crate::npz) fn archive(stream: &[u8], data: &[u8]) -> Vec<u8> {
    let common = [
        &[20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0][..],
        &crc32fast::hash(data).to_le_bytes(),
        &(stream.len() as u32).to_le_bytes(),
        &(data.len() as u32).to_le_bytes(),
        &[1, 0, 0, 0],
    ]
    .concat();
    let local = [b"PK\x03\x04", &common[..], b"x", stream].concat();
    let record = [b"PK\x01\x02\x14\x00", &common[..], &[0; 14], b"x"].concat();
    let end = [
        &b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..],
        &(record.len() as u32).to_le_bytes(),
        &(local.len() as u32).to_le_bytes(),
        &[0, 0],
    ];
    [&local[..], &record, &end.concat()].concat()
}

fn with_member<R>(bytes: &[u8], test: impl FnOnce(&MemberData<'_>) -> R) -> R {
    let limits = Limits::default();
    let directory = Directory::read(&bytes, &limits).unwrap();
    test(&MemberData::find(&bytes, &directory, &directory.entries[0], &limits).unwrap())
}

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
fn several_places_give_what_one_does() {
    for (name, data) in [("numbers", numbers(2 << 20)), ("walk", walk(2 << 20))] {
        let streams = [
            ("zlib 9", zlib(&data, 9)),
            ("zlib 6", zlib(&data, 6)),
            ("libdeflate 6", deflate::compress(&mut deflate::compressor(6), &data, true)),
        ];
        for (encoder, stream) in streams {
            let bytes = archive(&stream, &data);
            for threads in [2, 5] {
                with_member(&bytes, |member| {
                    let plan = SplitPlan::find(member, threads)
                        .unwrap_or_else(|| panic!("{name} by {encoder}: {} bytes", stream.len()));
                    assert!(
                        plan.cuts.iter().any(|cut| cut.helper.is_some()),
                        "{name} by {encoder}: {plan:?}"
                    );
                    let (mut head, mut body) = (vec![0; 128], vec![0; data.len() - 128]);
                    let inflated = inflate(member, &plan, &mut head, &mut body);
                    assert!(inflated.is_some(), "{name} by {encoder} on {threads}");
                    assert!([head, body].concat() == data, "{name} by {encoder} on {threads}");
                });
            }
        }
    }
}

#[test]
fn damage_is_told_as_by_one_thread() {
    let data = numbers(1 << 20);
    let stream = zlib(&data, 6);
    for at in (0..12).map(|part| stream.len() * part / 12 + part) {
        let mut damaged = stream.clone();
        damaged[at] ^= 0x10;
        compare(&archive(&damaged, &data), data.len(), &format!("byte {at}"));
    }
    for (len, what) in [(data.len() - 1, "shorter"), (data.len() - 70_000, "much shorter")] {
        compare(&archive(&stream, &data[..len]), len, what);
    }
    let longer = [&data[..], &[0; 9]].concat();
    compare(&archive(&stream, &longer), longer.len(), "longer");
    compare(&archive(&stream[..stream.len() - 5], &data), data.len(), "cut off");
    let trailing = [&stream[..], b"trailing"].concat();
    compare(&archive(&trailing, &data), data.len(), "trailing");
}

fn compare(bytes: &[u8], len: usize, what: &str) {
    with_member(bytes, |member| {
        let decompress = |threads| {
            let mut out = vec![0; len];
            let start = member.decompress(&mut out, 128, threads).map_err(|error| error.to_string())?;
            Ok::<_, String>(out[start..][..len - 128].to_vec())
        };
        assert!(decompress(Threads::All) == decompress(Threads::One(&RefCell::default())), "{what}");
    });
}

/// Two streams, one after the other: a reader stops behind the first.
#[test]
fn nothing_is_read_behind_the_end() {
    let data = numbers(1 << 20);
    let stream = zlib(&data, 6);
    let twice = [&stream[..], &stream].concat();
    let both = [&data[..], &data].concat();
    let bytes = archive(&twice, &both);
    with_member(&bytes, |member| {
        let plan = SplitPlan::find(member, 2).unwrap();
        let (mut head, mut body) = (vec![0; 128], vec![0; both.len() - 128]);
        assert_eq!(inflate(member, &plan, &mut head, &mut body), None);
    });
    let error = NpzArchive::from_bytes(bytes)
        .unwrap()
        .by_index(0)
        .and_then(|member| member.bytes())
        .unwrap_err()
        .to_string();
    assert!(error.contains("the data end after 4194304"), "{error}");
}
