//! What Python wrote, numio reads.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ndarray::{Array1, Array2, ArrayD};
use numio::npz::Method;
use numio::{ErrorKind, Limits, LoadOptions, NpzArchive};

use super::{archives, loaded};

fn paths() -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        std::fs::read_dir(archives()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert_eq!(paths.len(), 12);
    paths
}

#[test]
fn every_archive_of_python_is_read_in_every_way() {
    let wanted = loaded();
    for path in paths() {
        let name = path.display();
        let archive = NpzArchive::open(&path).unwrap();
        let mut names: Vec<_> = archive.names().collect();
        names.sort_unstable();
        assert!(names.iter().eq(wanted.iter().map(|(name, _)| name)), "{name}");
        assert_eq!(archive.len(), wanted.len());
        for (member, array) in &wanted {
            let found = archive.get(member).unwrap().into_array().unwrap();
            assert!(found.identical(array), "{name}: {member}");
            let header = archive.by_name(member).and_then(|member| member.header()).unwrap().unwrap();
            assert_eq!((header.shape(), header.dtype()), (array.shape(), array.dtype()), "{name}: {member}");
            assert!(archive.get(&format!("{member}.npy")).unwrap().into_array().unwrap().identical(array));
        }
        for archive in [
            NpzArchive::from_reader(File::open(&path).unwrap()).unwrap(),
            NpzArchive::from_bytes(std::fs::read(&path).unwrap()).unwrap(),
        ] {
            for (member, found) in archive.read_all() {
                let (_, array) = wanted.iter().find(|(name, _)| name == member).unwrap();
                assert!(found.unwrap().into_array().unwrap().identical(array), "{name}: {member}");
            }
        }
    }
}

#[test]
fn typed_reads_take_the_dtype_from_the_archive() {
    for path in paths() {
        let archive = NpzArchive::open(&path).unwrap();
        let read = |name: &str| archive.get(name).unwrap().into_array().unwrap();
        let noise: Vec<f64> = archive.read("noise").unwrap();
        assert_eq!(noise, read("noise").to_array::<f64, ndarray::Ix1>().unwrap().into_raw_vec_and_offset().0);
        let rows: Array2<i16> = archive.read("rows").unwrap();
        assert_eq!(rows, read("rows").to_array::<i16, _>().unwrap());
        let big: Array1<i32> = archive.read("big_endian").unwrap();
        assert_eq!(big, Array1::from_iter(0..100));
        let text: Vec<String> = archive.read("text").unwrap();
        assert_eq!(text[..3], ["alpha", "béta", "γ"]);
        let empty: ArrayD<f32> = archive.read("empty").unwrap();
        assert_eq!(empty.shape(), [0, 3]);
    }
}

#[test]
fn typed_read_of_another_dtype_names_the_member() {
    for path in paths() {
        let archive = NpzArchive::open(&path).unwrap();
        let error = archive.read::<Array1<f32>>("noise").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.member(), Some("noise.npy"));
    }
}

#[test]
fn load_finds_archives_by_their_first_bytes() {
    for path in &paths() {
        let loaded = numio::load(path);
        if path.ends_with("prefixed.npz") {
            // As in NumPy: this is taken for a pickle.
            assert!(loaded.and_then(numio::Loaded::into_npz).is_err());
            continue;
        }
        let archive = loaded.unwrap().into_npz().unwrap();
        assert_eq!(archive.get("small").unwrap().into_array().unwrap().shape(), [10]);
        // From a pipe, which NumPy does not read.
        let stream = LoadOptions::new().from_reader(File::open(path).unwrap()).unwrap().into_npz().unwrap();
        assert_eq!(stream.len(), archive.len());
        let bytes = std::fs::read(path).unwrap();
        assert_eq!(LoadOptions::new().from_slice(&bytes).unwrap().into_npz().unwrap().len(), archive.len());
    }
}

#[test]
fn load_of_more_members_than_the_limit_is_refused() {
    let mut limits = Limits::default();
    limits.max_members = 3;
    let error = LoadOptions::new().limits(limits).load(&paths()[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn the_directory_tells_what_members_cost() {
    for path in paths() {
        let archive = NpzArchive::open(&path).unwrap();
        let zeros = archive.members().find(|info| info.name == "zeros.npy").unwrap();
        assert_eq!(zeros.size, 3_000_128);
        assert_eq!(zeros.method == Method::Stored, zeros.compressed_size == zeros.size, "{}", path.display());
    }
}

/// Takes three seconds for each read of what is beyond an offset, once it is told to.
struct Slow {
    inner: Cursor<Vec<u8>>,
    from: u64,
    is_slow: Arc<AtomicBool>,
}

impl Read for Slow {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if self.is_slow.load(Ordering::Relaxed) && self.inner.position() + buf.len() as u64 > self.from {
            std::thread::sleep(Duration::from_secs(3));
        }
        self.inner.read(buf)
    }
}

impl Seek for Slow {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(to)
    }
}

#[test]
fn waiting_for_a_member_that_is_read_ahead_is_cancelled() {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let arrays: Vec<Vec<u8>> = (0..2).map(|_| (0..300_000).map(|_| random()).collect()).collect();
    let mut file = Cursor::new(Vec::new());
    let mut writer = numio::npz::NpzWriter::new(&mut file);
    writer.compression(numio::npz::Compression::Deflated);
    writer.add("a", &arrays[0]).unwrap();
    writer.add("b", &arrays[1]).unwrap();
    writer.finish().unwrap();
    let is_slow = Arc::new(AtomicBool::new(false));
    let reader = Slow { inner: file, from: 400_000, is_slow: Arc::clone(&is_slow) };
    let token = numio::CancelToken::new();
    let mut options = LoadOptions::new();
    let archive = options.threads(2).cancel(&token).npz_from_reader(reader).unwrap();
    is_slow.store(true, Ordering::Relaxed);
    let ahead = archive.read_ahead();
    ahead.rewind();
    assert!(ahead.get("a").is_ok());
    // The other thread has begun with it.
    std::thread::sleep(Duration::from_millis(200));
    let elsewhere = token.clone();
    let start = Instant::now();
    let cancelling = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        elsewhere.cancel();
    });
    assert_eq!(ahead.get("b").unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    cancelling.join().unwrap();
}

#[test]
fn members_are_written_elsewhere_in_pieces() {
    use numio::npz::{Compression, NpzWriter};

    struct Pieces(Vec<u8>, usize);

    impl std::io::Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.extend_from_slice(bytes);
            self.1 = self.1.max(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let array: Vec<u32> = (0..800_000).map(|at| at * 7).collect();
    for compression in [Compression::Stored, Compression::Deflated, Compression::Zstd(3)] {
        let mut file = Cursor::new(Vec::new());
        let mut writer = NpzWriter::new(&mut file);
        writer.compression(compression);
        writer.add("a", &array).unwrap();
        writer.add_bytes("empty", b"").unwrap();
        writer.finish().unwrap();
        let archive = NpzArchive::from_bytes(file.get_ref().clone()).unwrap();
        for name in ["a", "empty"] {
            let member = archive.by_name(name).unwrap();
            let mut pieces = Pieces(Vec::new(), 0);
            member.write_to(&mut pieces).unwrap();
            assert!(pieces.0 == member.bytes().unwrap() && pieces.1 <= 1 << 20, "{compression:?}");
        }
        let mut damaged = file.into_inner();
        damaged[10_000] ^= 0x10;
        let archive = NpzArchive::from_bytes(damaged).unwrap();
        let error = archive.by_name("a").unwrap().write_to(&mut std::io::sink()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{compression:?}: {error}");
    }
}
