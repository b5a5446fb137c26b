//! Saving: whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use ndarray::Array2;
use numio::npy::Appender;
use numio::npz::{Compression, NpzWriter};
use numio::{ArrayLike, DType, ErrorKind, Limits, Order, RowWriter, WriteOptions};

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// An array whose elements cannot all be had.
struct Broken {
    panics: bool,
}

impl ArrayLike for Broken {
    fn dtype(&self) -> DType {
        DType::UINT8
    }

    fn shape(&self) -> Vec<usize> {
        vec![3 << 20]
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&[7; 2 << 20])?;
        if self.panics {
            panic!("in the middle");
        }
        Err(io::Error::other("no more"))
    }
}

#[test]
fn a_failed_save_leaves_the_old_file_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    numio::save(&path, &[1, 2, 3]).unwrap();
    let error = numio::save(&path, &Broken { panics: false }).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: no more", path.display()));
    catch_unwind(AssertUnwindSafe(|| numio::save(&path, &Broken { panics: true }))).unwrap_err();
    assert_eq!(numio::read_npy::<Vec<i32>>(&path).unwrap(), [1, 2, 3]);
    assert_eq!(names(dir.path()), ["a.npy"]);
}

/// After an array that could not be written whole, an archive and a file of rows are never finished, and an appender goes on
/// without it.
#[test]
fn writers_after_an_array_that_broke_off_say_so_or_leave_it_out() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for panics in [false, true] {
        let fails = |call: &mut dyn FnMut() -> numio::Result<()>| match catch_unwind(AssertUnwindSafe(call)) {
            Ok(returned) => assert!(returned.is_err() && !panics),
            Err(_) => assert!(panics),
        };
        numio::savez(at("z.npz"), [("old", &[1])]).unwrap();
        for compression in [Compression::Stored, Compression::Deflated, Compression::DeflatedAt(1)] {
            let mut writer = NpzWriter::create(at("z.npz")).unwrap();
            writer.compression(compression).add("a", &[1]).unwrap();
            fails(&mut || writer.add("b", &Broken { panics }));
            assert_eq!(writer.add("c", &[1]).unwrap_err().kind(), ErrorKind::InvalidInput);
            assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::InvalidInput);
            assert_eq!(numio::NpzArchive::open(at("z.npz")).unwrap().names().collect::<Vec<_>>(), ["old"]);
        }
        numio::save(at("rows.npy"), &[1]).unwrap();
        let mut writer = RowWriter::create(at("rows.npy")).unwrap();
        writer.extend(&[1_u8, 2]).unwrap();
        fails(&mut || writer.extend(&Broken { panics }));
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(numio::read_npy::<Vec<i32>>(at("rows.npy")).unwrap(), [1]);

        numio::save(at("log.npy"), &[1_u8]).unwrap();
        let mut appender = Appender::open(at("log.npy")).unwrap();
        appender.push(&[2_u8]).unwrap();
        fails(&mut || appender.push(&Broken { panics }));
        appender.push(&[3_u8]).unwrap();
        appender.finish().unwrap();
        assert_eq!(numio::read_npy::<Vec<u8>>(at("log.npy")).unwrap(), [1, 2, 3]);
    }
    assert_eq!(names(dir.path()), ["log.npy", "rows.npy", "z.npz"]);
}

#[test]
fn save_without_the_suffix_adds_it_as_numpy() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b.npy", "c.dat"] {
        numio::save(dir.path().join(name), &[1]).unwrap();
    }
    assert_eq!(names(dir.path()), ["a.npy", "b.npy", "c.dat.npy"]);
}

#[test]
fn synced_and_large_saves_are_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let array = Array2::from_shape_fn((3000, 1000), |(i, j)| (i * 1000 + j) as f64);
    let mut wanted = Vec::new();
    numio::to_writer(&mut wanted, &array).unwrap();
    for sync in [false, true] {
        let path = dir.path().join("a.npy");
        WriteOptions::new().sync(sync).save(&path, &array).unwrap();
        assert!(fs::read(&path).unwrap() == wanted);
    }
}

#[test]
fn a_version_that_does_not_fit_is_refused_before_the_file_is_touched() {
    use numio::npy::Version;

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let dtype = DType::parse("f4,".repeat(5000).trim_end_matches(',')).unwrap();
    let wide = numio::DynArray::zeros(dtype, &[1], Order::C).unwrap();
    let error = WriteOptions::new().version(Version::V1).save(&path, &wide).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("does not fit format version 1.0: it is too long"), "{error}");
    assert!(names(dir.path()).is_empty());
    WriteOptions::new().save(&path, &wide).unwrap();
    let mut limits = Limits::default();
    limits.max_header_chars = 100_000;
    let file = numio::npy::NpyFile::with_limits(&path, limits).unwrap();
    assert_eq!(file.header().version(), Version::V2);
    assert_eq!(numio::load(&path).unwrap_err().kind(), ErrorKind::LimitExceeded);
    numio::LoadOptions::new().allow_pickle(true).load(&path).unwrap();
}

#[cfg(unix)]
#[test]
fn permissions_are_kept_and_links_followed() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    let dir = tempfile::tempdir().unwrap();
    let (path, link) = (dir.path().join("a.npy"), dir.path().join("link.npy"));
    numio::save(&path, &[1]).unwrap();
    let before = fs::metadata(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
    symlink("a.npy", &link).unwrap();
    numio::save(&link, &[2]).unwrap();
    assert_eq!(numio::read_npy::<Vec<i32>>(&path).unwrap(), [2]);
    let after = fs::metadata(&path).unwrap();
    assert_eq!(after.permissions().mode() & 0o7777, 0o604);
    assert_eq!((before.uid(), before.gid()), (after.uid(), after.gid()));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(names(dir.path()), ["a.npy", "link.npy"]);
}

#[cfg(target_os = "linux")]
#[test]
fn save_to_a_device_writes_it_directly() {
    numio::save("/dev/null", &[1]).unwrap();
    let error = numio::save("/dev/full", &[1]).unwrap_err();
    assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::StorageFull);
}

#[cfg(target_os = "linux")]
#[test]
fn save_in_a_directory_that_takes_no_files_names_it() {
    // Not even root makes files here.
    let error = numio::save("/sys/a.npy", &[1]).unwrap_err().to_string();
    assert!(error.starts_with("/sys/a.npy: cannot make a file in /sys (Permission denied"), "{error}");
    assert!(error.ends_with("so the directory must exist and be writable"), "{error}");
}

/// Runs one ignored test of this program in a process whose files may not pass 512 KiB.
#[cfg(unix)]
pub fn run_with_small_files(test: &str, path: &Path) {
    let program = std::env::current_exe().unwrap();
    let limited = "ulimit -f 512; trap '' XFSZ; exec \"$0\" --exact \"$1\" --ignored --nocapture";
    let output = Command::new("bash")
        .args(["-c", limited])
        .arg(program)
        .arg(test)
        .env("NUMIO_TEST_PATH", path)
        .output();
    let output = output.unwrap();
    let printed =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
}

#[cfg(unix)]
#[test]
fn save_on_a_disk_without_room_leaves_the_old_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    numio::save(&path, &[1, 2, 3]).unwrap();
    run_with_small_files("save::child_saves_too_much", &path);
    assert_eq!(numio::read_npy::<Vec<i32>>(&path).unwrap(), [1, 2, 3]);
    assert_eq!(names(dir.path()), ["a.npy"]);
}

#[test]
#[ignore = "run by save_on_a_disk_without_room_leaves_the_old_file"]
fn child_saves_too_much() {
    let path = std::env::var_os("NUMIO_TEST_PATH").unwrap();
    // Too large to be reserved, and too small to be.
    for size in [4 << 20, 900 << 10] {
        let error = numio::save(&path, &vec![1_u8; size]).unwrap_err();
        assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::FileTooLarge);
    }
}
