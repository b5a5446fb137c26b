//! Members as memory maps.

#![expect(unsafe_code, reason = "maps are asked for")]

use std::path::Path;

use ndarray::Ix1;
use numio::npz::{Compression, Method, MmapFallback, NpzWriter};
use numio::{ErrorKind, LoadOptions, MmapMode, NpzArchive};

use super::{archives, arrays, loaded};
use crate::numpy;

fn mapped(path: &Path, mode: MmapMode) -> NpzArchive {
    // SAFETY: the test's own file, which nothing else changes.
    unsafe { LoadOptions::new().mmap(mode).load(path) }.unwrap().into_npz().unwrap()
}

/// An archive of all arrays, stored and deflated in turn.
fn archive(dir: &Path) -> std::path::PathBuf {
    let path = dir.join("a.npz");
    let mut writer = NpzWriter::create(&path).unwrap();
    for (at, (name, array)) in loaded().iter().enumerate() {
        let compression = if at % 2 == 0 { Compression::Stored } else { Compression::Deflated };
        writer.compression(compression).add(name, array).unwrap();
    }
    writer.compression(Compression::Stored).add("own", &vec![5; 30_000]).unwrap();
    writer.add_bytes("notes", b"no array").unwrap();
    writer.finish().unwrap();
    path
}

#[test]
fn stored_members_are_mapped_and_others_say_why_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = archive(dir.path());
    for mode in [MmapMode::Read, MmapMode::ReadWrite, MmapMode::CopyOnWrite] {
        let archive = mapped(&path, mode);
        for (at, (name, array)) in loaded().iter().enumerate() {
            let member = archive.get(name).unwrap();
            let found = member.as_array().unwrap();
            assert!(found.identical(array), "{name}");
            assert_eq!(found.is_mapped(), at % 2 == 0 && !array.to_bytes().is_empty(), "{name}");
            let warning = (at % 2 == 1).then_some(MmapFallback::Compressed(Method::Deflated));
            assert_eq!(member.mmap_fallback(), warning, "{name}");
        }
        let text = archive.get("notes").unwrap();
        assert_eq!(text.as_bytes(), Some(&b"no array"[..]));
        // Typed reads own their memory.
        assert_eq!(archive.read::<Vec<i32>>("big_endian").unwrap()[7], 7);
    }
    let said = MmapFallback::Compressed(Method::Deflated).to_string();
    assert_eq!(
        said,
        "read into memory, not mapped: the member is deflated; save it with savez, or `numio repack` it"
    );
    assert!(MmapFallback::Objects.to_string().ends_with("holds Python objects"));
    assert!(MmapFallback::Bytes.to_string().ends_with("is no array"));
}

#[test]
fn changes_reach_the_file_and_its_checksums() {
    let dir = tempfile::tempdir().unwrap();
    // NumPy's, zipfile's, and one with data descriptors.
    for name in ["savez.npz", "stored.npz", "stored_descriptors.npz", "prefixed.npz"] {
        let path = dir.path().join(name);
        if name == "prefixed.npz" {
            let body = std::fs::read(archives().join("savez.npz")).unwrap();
            std::fs::write(&path, [b"PK\x03\x04, and something else", &body[..]].concat()).unwrap();
        } else {
            std::fs::copy(archives().join(name), &path).unwrap();
        }
        let archive = mapped(&path, MmapMode::ReadWrite);
        // Bytes, as Python does not align larger elements.
        let mut zeros = archive.get("zeros").unwrap().into_array().unwrap();
        zeros.view_mut::<u8, Ix1>().unwrap().fill(3);
        let mut edge = archive.get("edge").unwrap().into_array().unwrap();
        edge.view_mut::<u8, Ix1>().unwrap()[4] = 1;
        zeros.flush().unwrap();
        edge.close().unwrap();
        // The same archive and a new one see it, and find all checksums right.
        for archive in [archive, NpzArchive::open(&path).unwrap()] {
            assert!(archive.read::<Vec<u8>>("zeros").unwrap() == vec![3; 3_000_000], "{name}");
            assert_eq!(archive.read::<Vec<u8>>("edge").unwrap()[3..6], [0, 1, 0]);
            assert!(archive.read_all().iter().all(|(_, member)| member.is_ok()));
        }
        zeros.view_mut::<u8, Ix1>().unwrap()[0] = 7;
        drop(zeros);
        let printed = numpy::run("npz/after_map.py", &[&path]);
        assert_eq!(printed.trim(), "7 3 1", "{name}");
    }
}

#[test]
fn a_member_is_mapped_for_writing_once_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let archive = mapped(&archive(dir.path()), MmapMode::ReadWrite);
    let first = archive.get("own").unwrap();
    for archive in [&archive, &archive.clone()] {
        let error = archive.get("own").unwrap_err();
        assert_eq!((error.kind(), error.member()), (ErrorKind::InvalidInput, Some("own.npy")));
        assert!(error.message().contains("mapped for writing already"), "{error}");
    }
    let all = archive.read_all();
    let (_, copied) = all.into_iter().find(|(name, _)| *name == "own").unwrap();
    let copied = copied.unwrap();
    assert_eq!(copied.mmap_fallback(), Some(MmapFallback::Writable));
    assert!(!copied.as_array().unwrap().is_mapped());
    drop(first);
    assert!(archive.get("own").is_ok());
}

/// Two archives of one member `x`, of so many numbers.
fn numbers(path: &Path, count: i64) -> Vec<u8> {
    numio::savez(path, [("x", &(0..count).collect::<Vec<i64>>())]).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn nothing_is_written_into_a_file_that_another_has_written() {
    let dir = tempfile::tempdir().unwrap();
    let (path, other) = (dir.path().join("a.npz"), dir.path().join("other.npz"));
    for (count, touched) in [(1000, false), (1000, true), (5000, false), (5000, true), (3, false), (3, true)]
    {
        numbers(&path, 1000);
        let archive = mapped(&path, MmapMode::ReadWrite);
        let mut array = archive.get("x").unwrap().into_array().unwrap();
        if touched {
            array.view_mut::<i64, Ix1>().unwrap()[0] = 7;
        }
        // Written in place, as NumPy does: the same file, shorter, longer, or of other numbers.
        let mut bytes = numbers(&other, count);
        if count == 1000 {
            let mut writer = NpzWriter::create(&other).unwrap();
            writer.add("x", &(5..1005).collect::<Vec<i64>>()).unwrap();
            writer.finish().unwrap();
            bytes = std::fs::read(&other).unwrap();
        }
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(array.flush().is_err(), touched, "{count}");
        drop(array);
        assert!(std::fs::read(&path).unwrap() == bytes, "{count} {touched}");
    }
}

#[test]
fn a_map_that_was_not_written_to_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npz");
    let before = numbers(&path, 1000);
    let mut array = mapped(&path, MmapMode::ReadWrite).get("x").unwrap().into_array().unwrap();
    // Borrowed for writing, and left as it is; then in a file that cannot be written.
    array.view_mut::<i64, Ix1>().unwrap();
    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    array.close().unwrap();
    assert!(std::fs::read(&path).unwrap() == before);
    assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), modified);
}

#[test]
fn checksums_of_killed_writers_are_made_right() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["savez.npz", "stored.npz", "stored_descriptors.npz"] {
        let path = dir.path().join(name);
        std::fs::copy(archives().join(name), &path).unwrap();
        assert!(numio::npz::fix_checksums(&path).unwrap().is_empty());
        let mut zeros = mapped(&path, MmapMode::ReadWrite).get("zeros").unwrap().into_array().unwrap();
        zeros.view_mut::<u8, Ix1>().unwrap()[0] = 3;
        std::mem::forget(zeros);
        let error = NpzArchive::open(&path).unwrap().get("zeros").unwrap_err();
        assert!(error.message().contains("CRC"), "{name}: {error}");
        assert_eq!(numio::npz::fix_checksums(&path).unwrap(), ["zeros.npy"], "{name}");
        let printed = numpy::run("npz/after_map.py", &[&path]);
        assert!(printed.starts_with("3 0 "), "{name}: {printed}");
    }
}

#[test]
fn nothing_is_written_where_no_checksum_stands() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npz");
    // Its first member claims to have its CRC after its data, where the next member starts.
    let hostile = crate::testdata::folder().join("hostile/Z59-descriptor.npz");
    // A prefix brings its elements to a multiple of 8.
    let before = [b"PK\x03\x04.".as_slice(), &std::fs::read(hostile).unwrap()].concat();
    std::fs::write(&path, &before).unwrap();
    let archive = mapped(&path, MmapMode::ReadWrite);
    let mut array = archive.get("w").unwrap().into_array().unwrap();
    array.view_mut::<f64, Ix1>().unwrap()[0] = 7.0;
    array.close().unwrap();
    for archive in [archive, NpzArchive::open(&path).unwrap()] {
        assert_eq!(archive.read::<Vec<f64>>("w").unwrap(), [7.0, 2.0]);
        assert_eq!(archive.read::<Vec<f64>>("good").unwrap(), [1.0, 2.0]);
    }
    let after = std::fs::read(&path).unwrap();
    let changed: Vec<usize> = (0..before.len()).filter(|&at| before[at] != after[at]).collect();
    // The element, and the CRC in the directory.
    assert!(
        changed.len() <= 12 && changed.iter().all(|&at| (168..176).contains(&at) || at > 305),
        "{changed:?}"
    );
}

#[test]
fn copies_on_write_leave_the_file_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = archive(dir.path());
    let before = std::fs::read(&path).unwrap();
    let mut array = mapped(&path, MmapMode::CopyOnWrite).get("own").unwrap().into_array().unwrap();
    array.view_mut::<i32, Ix1>().unwrap().fill(9);
    array.flush().unwrap();
    drop(array);
    assert!(std::fs::read(&path).unwrap() == before);
    let mut array = mapped(&path, MmapMode::Read).get("own").unwrap().into_array().unwrap();
    assert_eq!(array.view_mut::<i32, Ix1>().unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn maps_are_of_files_and_of_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = archive(dir.path());
    let bytes = std::fs::read(&path).unwrap();
    // SAFETY: nothing is mapped.
    let options = unsafe { LoadOptions::new().mmap(MmapMode::Read).clone() };
    assert_eq!(options.from_slice(&bytes).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(options.from_reader(&bytes[..]).unwrap_err().kind(), ErrorKind::InvalidInput);
    let reader = std::io::Cursor::new(bytes);
    assert_eq!(options.npz_from_reader(reader).unwrap_err().kind(), ErrorKind::InvalidInput);
    // SAFETY: nothing is mapped.
    let error = unsafe { LoadOptions::new().mmap(MmapMode::Create).load(&path) }.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(NpzArchive::open(&path).unwrap().contains("small"), "the file is as it was");
    // A member that ends before its array does.
    let mut short = Vec::new();
    let mut writer = NpzWriter::streaming(&mut short);
    writer.add_bytes("x.npy", &std::fs::read(arrays().join("noise.npy")).unwrap()[..70_000]).unwrap();
    writer.finish().unwrap();
    let path = dir.path().join("short.npz");
    std::fs::write(&path, short).unwrap();
    for archive in [mapped(&path, MmapMode::Read), NpzArchive::open(&path).unwrap()] {
        let error = archive.get("x").unwrap_err();
        assert_eq!((error.kind(), error.member()), (ErrorKind::InvalidData, Some("x.npy")), "{error}");
    }
}

#[test]
fn a_map_outlives_its_archive() {
    let dir = tempfile::tempdir().unwrap();
    let path = archive(dir.path());
    let archive = mapped(&path, MmapMode::ReadWrite);
    let mut found = archive.get("own").unwrap().into_array().unwrap();
    drop(archive);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(found.view::<i32, Ix1>().unwrap().sum(), 150_000);
    found.view_mut::<i32, Ix1>().unwrap()[0] = 1;
    found.close().unwrap();
}
