//! Compressed texts: those of Python are read, and Python reads those that are written here.

use std::io::{self, Write};
use std::path::Path;

use ndarray::{Array2, Ix2};
use numio::compression::Encoder;
use numio::text::{LoadTxt, SaveTxt};
use numio::{ErrorKind, Limits};
use serde_json::Value;

use crate::numpy;

fn run(way: &str, folder: &Path) -> String {
    numpy::run("text/compressed.py", &[Path::new(way), folder])
}

#[test]
fn texts_that_python_compressed_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let said = run("make", folder.path());
    assert!(said.lines().count() > 20);
    for line in said.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let path = case["path"].as_str().unwrap();
        let read = LoadTxt::new().load(path);
        let Some(wanted) = case["found"]["error"].as_str() else {
            let table = read.unwrap_or_else(|error| panic!("{error}"));
            let shape: Vec<usize> = case["found"]["shape"]
                .as_array()
                .unwrap()
                .iter()
                .map(|axis| axis.as_u64().unwrap() as usize)
                .collect();
            assert_eq!(table.array().shape(), shape, "{path}");
            if let Ok(array) = table.to_array::<f64, Ix2>() {
                // Quarters, whose sum is exact in any order.
                assert_eq!(array.sum(), case["found"]["sum"].as_f64().unwrap(), "{path}");
            }
            continue;
        };
        let error = read.err().unwrap_or_else(|| panic!("{path}: NumPy says {wanted}"));
        // What is damaged may be no text, which Python finds before it looks for numbers in what stands before.
        let is_other_text = wanted.starts_with("UnicodeDecodeError: ");
        let is_meant =
            error.kind() == ErrorKind::InvalidData || (is_other_text && error.kind() == ErrorKind::Encoding);
        assert!(is_meant, "{error}, not {wanted}");
        assert!(error.to_string().starts_with(path), "{error}");
        if let Some(wanted) = wanted.strip_prefix("EOFError: ").filter(|_| !path.contains("damage")) {
            assert!(error.message().ends_with(wanted), "{error}, not {wanted}");
        }
    }
}

#[test]
fn texts_that_are_compressed_are_read_by_python() {
    let folder = tempfile::tempdir().unwrap();
    let array = Array2::from_shape_fn((30_000, 4), |(row, column)| (row * column) as f64 / 4.0);
    for suffix in ["txt", "gz", "bz2", "xz", "lzma"] {
        SaveTxt::new().save(folder.path().join(format!("a.{suffix}")), &array).unwrap();
    }
    let said = run("read", folder.path());
    let wanted = format!("30000 4 {:?}", array.sum());
    assert_eq!(said.lines().count(), 5);
    for line in said.lines() {
        assert_eq!(line.split_once(' ').unwrap().1, wanted, "{line}");
    }
    let path = folder.path().join("a.zst");
    SaveTxt::new().save(&path, &array).unwrap();
    assert!(std::fs::read(&path).unwrap().starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    assert_eq!(LoadTxt::new().load(&path).unwrap().to_array::<f64, Ix2>().unwrap(), array);
}

#[test]
fn texts_that_expand_too_much_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.txt.zst");
    // 64 MiB of one line after another.
    let zeros = Array2::<u8>::zeros((16 << 20, 2));
    SaveTxt::new().fmt("%d").save(&path, &zeros).unwrap();
    let error = LoadTxt::new().load(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    assert!(
        error.message().contains("the limit is 2000 times as many: raise `limits.max_text_ratio`"),
        "{error}"
    );
    let mut limits = Limits::default();
    limits.max_text_ratio = u64::MAX;
    let table = LoadTxt::new().limits(limits).load(&path).unwrap();
    assert_eq!(table.array().shape(), [16 << 20, 2]);
}

/// An output that fails once.
struct FailsOnce {
    writes: usize,
    failing: usize,
}

impl Write for FailsOnce {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        match self.writes == self.failing {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn encoder_after_a_failed_write_never_says_that_the_text_is_whole() {
    // Bytes that no codec makes smaller.
    let mut state = 7_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    let data: Vec<u8> = (0..12 << 20).map(|_| byte()).collect();
    for (suffix, size) in [("gz", 12 << 20), ("bz2", 1 << 20), ("xz", 1 << 20), ("zst", 1 << 20)] {
        let data = &data[..size];
        let mut failed_early = 0;
        for failing in 1..=8 {
            let output = FailsOnce { writes: 0, failing };
            let Ok(mut encoder) = Encoder::new(output, format!("a.{suffix}")) else { continue };
            let failed = data.chunks(100_000).filter(|chunk| encoder.write_all(chunk).is_err()).count();
            failed_early += usize::from(failed > 0);
            let finished = encoder.finish();
            assert!(
                finished.is_err() || finished.is_ok_and(|output| output.writes < failing),
                "{suffix}, {failing}"
            );
        }
        assert!(failed_early > 0, "{suffix}");
    }
}
