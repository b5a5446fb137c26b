//! Archives that need zip64: many members, and large ones.

use std::path::Path;

use ndarray::Array1;
use numio::NpzArchive;
use numio::npz::{Compression, NpzWriter};

use crate::numpy;

#[test]
fn members_beyond_65_535_are_written_and_read() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, theirs) = (dir.path().join("ours.npz"), dir.path().join("theirs.npz"));
    numio::savez(&ours, (0..65_600_i64).map(|at| (format!("m{at}"), [at]))).unwrap();
    let said = numpy::run("npz/large.py", &[Path::new("many"), &ours, &theirs]);
    assert_eq!(said.trim(), "65600 136");
    for path in [ours, theirs] {
        let archive = NpzArchive::open(&path).unwrap();
        assert_eq!(archive.len(), 65_600);
        for (at, (name, member)) in archive.read_all().into_iter().enumerate() {
            assert_eq!(name, format!("m{at}"));
            let item = member.unwrap().into_array().unwrap().item(&[0]).unwrap();
            assert_eq!(item.as_i64(), Some(at as i64));
        }
        let mut writer = NpzWriter::append(&path).unwrap();
        writer.add("last", &[1.5]).unwrap();
        writer.finish().unwrap();
        let archive = NpzArchive::open(&path).unwrap();
        assert_eq!(archive.len(), 65_601);
        assert_eq!(archive.read::<Vec<f64>>("last").unwrap(), [1.5]);
        assert_eq!(archive.read::<Vec<i64>>("m65599").unwrap(), [65_599]);
    }
}

#[test]
#[ignore = "writes 9 GB: cargo test -- --ignored"]
fn members_above_4_gib_are_written_and_read() {
    let dir = tempfile::tempdir().unwrap();
    let large = Array1::<u8>::zeros((1 << 32) + 7);
    for compression in [Compression::Stored, Compression::Deflated] {
        let (ours, theirs) = (dir.path().join("ours.npz"), dir.path().join("theirs.npz"));
        let mut writer = NpzWriter::create(&ours).unwrap();
        writer.compression(compression);
        writer.add("x", &large).unwrap();
        writer.add("y", &[1, 2, 3]).unwrap();
        writer.finish().unwrap();
        let said = numpy::run("npz/large.py", &[Path::new("large"), &ours, &theirs]);
        assert_eq!(said.trim(), "2 4294967431");
        for path in [&ours, &theirs] {
            let mut options = numio::LoadOptions::new();
            let archive = options.max_compression_ratio(2000).load(path).unwrap().into_npz().unwrap();
            let x: Array1<u8> = archive.read("x").unwrap();
            assert!(x.len() == large.len() && x.iter().all(|&item| item == 0));
            assert_eq!(archive.get("y").unwrap().into_array().unwrap().shape(), [3]);
        }
    }
}

/// Writers such as cnpy know no zip64, and count their members modulo 65,536.
#[test]
fn more_members_than_an_end_record_counts_are_read() {
    for count in [65_535, 65_536, 65_540_u32] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        numio::npz_to_writer(&mut bytes, (0..count).map(|at| (format!("m{at}"), [at]))).unwrap();
        let mut bytes = bytes.into_inner();
        let records = bytes.split_off(bytes.len() - 98);
        let number = |at: usize| u64::from_le_bytes(records[at..at + 8].try_into().unwrap()) as u32;
        let (size, offset) = (number(40).to_le_bytes(), number(48).to_le_bytes());
        let modulo = (count as u16).to_le_bytes();
        bytes.extend([&b"PK\x05\x06\0\0\0\0"[..], &modulo, &modulo, &size, &offset, &[0, 0]].concat());
        let archive = NpzArchive::from_bytes(bytes).unwrap();
        assert_eq!(archive.len(), count as usize);
        assert_eq!(archive.read::<Vec<u32>>(&format!("m{}", count - 1)).unwrap(), [count - 1]);
    }
}
