//! What numio writes, everyone reads.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use ndarray::{Array2, array, s};
use numio::npz::{Compression, NpzWriter};
use numio::{ArrayLike, ErrorKind, NpzArchive};

use super::{arrays, loaded};
use crate::numpy;

const ALL: [Compression; 6] = [
    Compression::Stored,
    Compression::Deflated,
    Compression::DeflatedAt(0),
    Compression::DeflatedAt(1),
    Compression::DeflatedAt(6),
    Compression::DeflatedAt(9),
];

#[test]
fn numpy_zipfile_unzip_and_cnpy_read_every_archive() {
    let dir = tempfile::tempdir().unwrap();
    let arrays_given = loaded();
    let mut paths = Vec::new();
    for (at, compression) in ALL.into_iter().enumerate() {
        let path = dir.path().join(format!("{at}.npz"));
        let mut writer = NpzWriter::create(&path).unwrap();
        writer.compression(compression);
        arrays_given.iter().for_each(|(name, array)| writer.add(name, array).unwrap());
        writer.finish().unwrap();
        paths.push(path);
    }
    // Each member in another way.
    let path = dir.path().join("mixed.npz");
    let mut writer = NpzWriter::create(&path).unwrap();
    for (at, (name, array)) in arrays_given.iter().enumerate() {
        writer.compression(ALL[at % ALL.len()]).add(name, array).unwrap();
    }
    writer.finish().unwrap();
    paths.push(path);
    // One after another, in place of the old archive.
    let path = dir.path().join("appended.npz");
    for (at, (name, array)) in arrays_given.iter().enumerate() {
        let mut writer = NpzWriter::append(&path).unwrap();
        writer.compression(ALL[at % 2]).add(name, array).unwrap();
        writer.finish().unwrap();
    }
    paths.push(path);
    let args: Vec<&Path> = std::iter::once(arrays()).chain(paths.iter().map(|path| &**path)).collect();
    let printed = numpy::run("npz/check.py", &args);
    assert_eq!(printed.lines().count(), paths.len());
    for path in paths {
        let archive = NpzArchive::open(&path).unwrap();
        for (name, array) in &arrays_given {
            assert!(archive.get(name).unwrap().into_array().unwrap().identical(array), "{name}");
        }
        for ((name, found), (_, array)) in archive.read_all().into_iter().zip(&arrays_given) {
            assert!(found.unwrap().into_array().unwrap().identical(array), "{name}");
        }
    }
}

#[test]
fn files_writers_and_streams_get_equal_bytes() {
    let arrays = loaded();
    for compression in ALL {
        let write = |mut writer: NpzWriter<'_>| {
            writer.compression(compression);
            arrays.iter().for_each(|(name, array)| writer.add(name, array).unwrap());
            writer.finish().unwrap();
        };
        let (mut sought, mut again, mut streamed) = (Cursor::new(Vec::new()), Vec::new(), Vec::new());
        write(NpzWriter::new(&mut sought));
        write(NpzWriter::streaming(&mut again));
        write(NpzWriter::streaming(&mut streamed));
        assert!(sought.into_inner() == streamed, "{compression:?}");
        assert!(again == streamed, "{compression:?}");
        let dir = tempfile::tempdir().unwrap();
        write(NpzWriter::create(dir.path().join("a")).unwrap());
        assert!(std::fs::read(dir.path().join("a")).unwrap() == streamed, "{compression:?}");
    }
}

// zlib-rs has other levels.
#[cfg(feature = "libdeflate")]
#[test]
fn savez_compressed_is_no_larger_than_numpys() {
    let dir = tempfile::tempdir().unwrap();
    let sizes = numpy::run("npz/sizes.py", &[dir.path()]);
    let (mut ours, mut theirs) = (0, 0);
    for line in sizes.lines() {
        let (name, size) = line.split_once(' ').unwrap();
        let size: u64 = size.parse().unwrap();
        let path = dir.path().join(name);
        let array = numio::load(path.with_extension("npy")).unwrap().into_array().unwrap();
        numio::savez_compressed(&path, [("x", &array)]).unwrap();
        let found = std::fs::metadata(path.with_extension("npz")).unwrap().len();
        // Half a percent for the members that hardly compress, or hardly exist then.
        assert!(found <= size + size / 200 + 600, "{name}: {found} bytes, NumPy {size}");
        ours += found;
        theirs += size;
    }
    assert!(ours <= theirs, "{ours} bytes in all, NumPy {theirs}");
}

#[test]
fn views_of_any_layout_are_written() {
    let square = Array2::from_shape_fn((700, 800), |(row, column)| (row * 1000 + column) as i32);
    let views: [(&str, &dyn ArrayLike); 4] = [
        ("whole", &square),
        ("transposed", &square.t()),
        ("strided", &square.slice(s![..;3, ..;-2])),
        ("one", &7_u8),
    ];
    for compression in [Compression::Stored, Compression::Deflated] {
        let mut bytes = Vec::new();
        let mut writer = NpzWriter::streaming(&mut bytes);
        writer.compression(compression);
        views.iter().for_each(|(name, view)| writer.add(name, view).unwrap());
        writer.finish().unwrap();
        let archive = NpzArchive::from_bytes(bytes).unwrap();
        let read = |name| archive.read::<Array2<i32>>(name).unwrap();
        assert_eq!(read("whole"), square);
        assert_eq!(read("transposed"), square.t());
        assert_eq!(read("strided"), square.slice(s![..;3, ..;-2]));
        assert_eq!(archive.get("one").unwrap().into_array().unwrap().shape(), [0_usize; 0]);
    }
}

#[cfg(feature = "zstd")]
#[test]
fn members_in_zstd_are_written_and_read() {
    let arrays = loaded();
    let mut bytes = Vec::new();
    let mut writer = NpzWriter::streaming(&mut bytes);
    writer.compression(Compression::Zstd(3));
    arrays.iter().for_each(|(name, array)| writer.add(name, array).unwrap());
    let large: Vec<f64> = (0..2 << 20).map(f64::from).collect();
    writer.add("large", &large).unwrap();
    writer.finish().unwrap();
    let archive = NpzArchive::from_bytes(bytes).unwrap();
    for (name, array) in &arrays {
        assert_eq!(
            archive.by_name(name).and_then(|member| member.header()).unwrap().unwrap().shape(),
            array.shape()
        );
        assert!(archive.get(name).unwrap().into_array().unwrap().identical(array), "{name}");
    }
    assert!(archive.read::<Vec<f64>>("large").unwrap() == large);
}

#[test]
fn member_of_a_name_that_is_there_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npz");
    std::fs::write(&path, "old").unwrap();
    let arrays: BTreeMap<&str, Vec<i32>> = [("arr_0", vec![1])].into();
    let named = arrays.iter().map(|(name, array)| ((*name).to_owned(), array));
    let twice = numio::savez(&path, named.chain(numio::positional([&vec![2]]))).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::InvalidInput);
    assert!(
        twice.to_string().ends_with("a.npz: member arr_0.npy: the archive has a member of this name already")
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"old", "the old file stays");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "and nothing beside it");
    let mut writer = NpzWriter::streaming(std::io::sink());
    assert_eq!(writer.add(&"n".repeat(70_000), &[1]).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(writer.add("a\0b", &[1]).unwrap_err().kind(), ErrorKind::InvalidInput);
    writer.add("ünïcode/name", &[1]).unwrap();
    writer.finish().unwrap();
}

#[test]
fn no_arrays_are_a_valid_archive() {
    let dir = tempfile::tempdir().unwrap();
    numio::savez(dir.path().join("none"), std::iter::empty::<(&str, Vec<u8>)>()).unwrap();
    let bytes = std::fs::read(dir.path().join("none.npz")).unwrap();
    assert_eq!(bytes.len(), 22);
    assert!(numio::load(dir.path().join("none.npz")).unwrap().into_npz().unwrap().is_empty());
}

#[test]
fn a_failing_writer_is_told_and_nothing_is_kept() {
    /// Takes this many bytes.
    struct Full(usize);

    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    for compression in [Compression::Stored, Compression::Deflated] {
        for room in [0, 10, 300, 5_000] {
            let mut writer = NpzWriter::streaming(Full(room));
            writer.compression(compression);
            let noise = &loaded()[8].1;
            let added = (0..20).try_for_each(|at| writer.add(&at.to_string(), noise));
            let failed = added.is_err();
            let finished = writer.finish();
            assert!(finished.is_err(), "{compression:?} {room}");
            assert!(!failed || finished.unwrap_err().kind() == ErrorKind::InvalidInput);
        }
    }
}

#[test]
fn appending_keeps_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npz");
    numio::savez(&path, [("a", &array![1.5])]).unwrap();
    // Something before the archive, and a comment after it.
    let mut bytes = [b"prefix".as_slice(), &std::fs::read(&path).unwrap()].concat();
    let comment = bytes.len() - 2;
    bytes[comment] = 4;
    bytes.extend_from_slice(b"note");
    std::fs::write(&path, &bytes).unwrap();
    let mut writer = NpzWriter::append(&path).unwrap();
    assert_eq!(writer.add("a", &[1]).unwrap_err().kind(), ErrorKind::InvalidInput);
    writer.add("b", &[2_u8]).unwrap();
    drop(writer);
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "not finished");
    let mut writer = NpzWriter::append(&path).unwrap();
    writer.add("b", &[2_u8]).unwrap();
    writer.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"prefixPK\x03\x04") && bytes.ends_with(b"\x04\0note"));
    let archive = NpzArchive::open(&path).unwrap();
    assert_eq!(archive.read::<Vec<f64>>("a").unwrap(), [1.5]);
    assert_eq!(archive.read::<Vec<u8>>("b").unwrap(), [2]);
}

#[test]
fn progress_is_told_within_large_members() {
    let large = Array2::from_elem((1500, 1000), 7.0);
    let turned = large.t();
    let size = 128 + 12_000_000;
    for compression in ALL {
        for array in [&large as &dyn ArrayLike, &turned, &large.slice(s![.., ..999])] {
            let told = std::sync::Mutex::new(Vec::new());
            let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
            writer.compression(compression).on_progress(|bytes| told.lock().unwrap().push(bytes));
            writer.add("large", array).unwrap();
            writer.add_bytes("small", &[7; 10]).unwrap();
            writer.finish().unwrap();
            let told = told.into_inner().unwrap();
            let wanted = if array.shape()[1] == 999 { size - 12_000 } else { size } + 10;
            assert_eq!(told.iter().sum::<u64>(), wanted, "{compression:?}");
            assert!(
                told.len() > 2 && told.iter().all(|&bytes| bytes <= 8 << 20),
                "{compression:?}: {told:?}"
            );
        }
    }
}

/// Of two writers that make one file, the second adds to what the first has made; an archive that nobody could read with the
/// addition stays what it was.
#[test]
fn writers_that_make_one_file_replace_only_what_stays_readable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.npz");
    let second = || {
        let mut writer = NpzWriter::append(&path).unwrap();
        writer.add("numio fuzz", &[7_u8, 8, 9]).unwrap();
        writer
    };
    let writer = second();
    numio::savez(&path, [("a", &[1, 2])]).unwrap();
    writer.finish().unwrap();
    assert_eq!(NpzArchive::open(&path).unwrap().names().collect::<Vec<_>>(), ["a", "numio fuzz"]);

    std::fs::remove_file(&path).unwrap();
    let writer = second();
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/append/two-readings-once-appended");
    let first = std::fs::read(corpus).unwrap().split_off(1);
    std::fs::write(&path, &first).unwrap();
    assert!(NpzArchive::open(&path).is_ok());
    let error = writer.finish().unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidData && error.to_string().contains("two ways"), "{error}");
    assert!(std::fs::read(&path).unwrap() == first);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}
