//! Appending in place, and what a crash leaves.

use std::fs;
use std::mem;
use std::path::{Path, PathBuf};

use ndarray::{Array2, Array3, Axis, ShapeBuilder, array, concatenate, s};
use numio::npy::{self, Appender, Header};
use numio::{DType, ErrorKind, Order};

fn fresh(array: &Array2<i32>) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    numio::save(&path, array).unwrap();
    (dir, path)
}

fn bytes_of(array: &impl numio::ArrayLike) -> Vec<u8> {
    let mut bytes = Vec::new();
    numio::to_writer(&mut bytes, array).unwrap();
    bytes
}

#[test]
fn appending_gives_the_bytes_that_saving_all_gives() {
    let whole = Array2::from_shape_fn((1200, 3), |(i, j)| (i * 3 + j) as i32);
    for starts in [vec![0, 1], vec![9, 10, 11, 100, 1001], vec![5, 5, 700]] {
        let (_dir, path) = fresh(&whole.slice(s![..starts[0], ..]).to_owned());
        for (from, to) in starts.iter().zip(starts.iter().skip(1).chain([&1200])) {
            npy::append(&path, &whole.slice(s![*from..*to, ..])).unwrap();
            let now = whole.slice(s![..*to, ..]);
            assert!(fs::read(&path).unwrap() == bytes_of(&now), "{starts:?} up to {to}");
        }
    }
}

#[test]
fn files_in_fortran_order_grow_along_the_last_axis() {
    let whole = Array3::from_shape_fn((2, 3, 50).f(), |(i, j, k)| (i * 150 + j * 50 + k) as f64);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    numio::save(&path, &whole.slice(s![.., .., ..8])).unwrap();
    assert_eq!(npy::NpyFile::open(&path).unwrap().header().order(), Order::Fortran);
    let mut appender = Appender::open(&path).unwrap();
    appender.push(&whole.slice(s![.., .., 8..20])).unwrap();
    // In C order, of which each element has to find its place.
    appender.push(&whole.slice(s![.., .., 20..]).as_standard_layout()).unwrap();
    assert_eq!(appender.shape(), [2, 3, 50]);
    appender.finish().unwrap();
    assert!(fs::read(&path).unwrap() == bytes_of(&whole));
}

#[test]
fn a_batch_in_fortran_order_is_turned() {
    let (_dir, path) = fresh(&array![[1, 2, 3]]);
    npy::append(&path, &array![[4, 7], [5, 8], [6, 9]].t()).unwrap();
    assert!(fs::read(&path).unwrap() == bytes_of(&array![[1, 2, 3], [4, 5, 6], [7, 8, 9]]));
}

/// What a program that died after `push` leaves.
fn crashed(path: &Path, rows: &Array2<i32>) {
    let mut appender = Appender::open(path).unwrap();
    appender.push(rows).unwrap();
    // The lock goes with the process; here another handle on the file stands for it.
    let bytes = fs::read(path).unwrap();
    mem::forget(appender);
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_crash_before_the_header_leaves_the_old_array() {
    let old = array![[1, 2], [3, 4]];
    let new = Array2::from_shape_fn((40, 2), |(i, j)| (100 + i * 2 + j) as i32);
    let (_dir, path) = fresh(&old);
    let old_len = fs::read(&path).unwrap().len();
    crashed(&path, &new);
    let left = fs::read(&path).unwrap();
    assert_eq!(left.len(), old_len + 40 * 8);
    for cut in old_len..=left.len() {
        fs::write(&path, &left[..cut]).unwrap();
        assert_eq!(numio::read_npy::<Array2<i32>>(&path).unwrap(), old);
        npy::append(&path, &array![[5, 6]]).unwrap();
        assert!(fs::read(&path).unwrap() == bytes_of(&array![[1, 2], [3, 4], [5, 6]]), "cut at {cut}");
    }
}

#[test]
fn the_header_changes_in_one_short_write_after_the_data() {
    let old = Array2::from_elem((99, 2), 7);
    let (_dir, path) = fresh(&old);
    let before = fs::read(&path).unwrap();
    let mut appender = Appender::open(&path).unwrap();
    appender.push(&array![[1, 2]]).unwrap();
    assert_eq!(&fs::read(&path).unwrap()[..before.len()], before);
    assert_eq!(numio::read_npy::<Array2<i32>>(&path).unwrap(), old);
    appender.commit().unwrap();
    let after = fs::read(&path).unwrap();
    let changed: Vec<usize> = (0..before.len()).filter(|&at| before[at] != after[at]).collect();
    assert!(changed[changed.len() - 1] - changed[0] < 64 && changed[changed.len() - 1] < 128, "{changed:?}");
    assert_eq!(numio::read_npy::<Array2<i32>>(&path).unwrap().nrows(), 100);
}

#[test]
fn appender_that_is_dropped_commits() {
    let (_dir, path) = fresh(&array![[1, 2]]);
    let mut appender = Appender::open(&path).unwrap();
    appender.push(&array![[3, 4]]).unwrap();
    drop(appender);
    assert_eq!(numio::read_npy::<Array2<i32>>(&path).unwrap(), array![[1, 2], [3, 4]]);
}

#[test]
fn a_commit_that_has_failed_is_not_said_to_be_done_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.npy");
    let mut appender = Appender::open_or_create(&path).unwrap();
    appender.push(&array![[3, 4]]).unwrap();
    // Another makes the file meanwhile, of other numbers.
    numio::save(&path, &array![[1.5, 2.5]]).unwrap();
    assert!(appender.commit().is_err());
    for _ in 0..2 {
        assert_eq!(appender.commit().unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(appender.push(&array![[5, 6]]).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(appender.finish().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(numio::read_npy::<Array2<f64>>(&path).unwrap(), array![[1.5, 2.5]]);

    // The same of a file that was replaced.
    let (_dir, path) = fresh(&array![[1, 2]]);
    let mut appender = Appender::open(&path).unwrap();
    appender.push(&array![[3, 4]]).unwrap();
    numio::save(&path, &array![[7, 8]]).unwrap();
    assert!(appender.commit().is_err());
    assert!(appender.finish().is_err());
    assert_eq!(numio::read_npy::<Array2<i32>>(&path).unwrap(), array![[7, 8]]);
}

#[test]
fn a_header_without_room_is_given_some() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    // As tight as a header can be.
    let text = "{'descr':'<i4','fortran_order':False,'shape':(9,2)}\n";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes.extend((0..18_i32).flat_map(i32::to_le_bytes));
    fs::write(&path, bytes).unwrap();
    let mut appender = Appender::open(&path).unwrap();
    appender.push(&array![[18, 19]]).unwrap();
    appender.push(&array![[20, 21]]).unwrap();
    assert_eq!(Appender::open(&path).unwrap_err().kind(), ErrorKind::Io, "still locked");
    appender.finish().unwrap();
    let wanted = Array2::from_shape_fn((11, 2), |(i, j)| (i * 2 + j) as i32);
    assert!(fs::read(&path).unwrap() == bytes_of(&wanted));
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let (_dir, path) = fresh(&array![[1, 2], [3, 4]]);
    let before = fs::read(&path).unwrap();
    let refused = |result: numio::Result<()>, text: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert_eq!(error.message(), text);
        assert_eq!(fs::read(&path).unwrap(), before);
    };
    refused(
        npy::append(&path, &array![[1.0, 2.0]]),
        "elements of dtype float64 cannot be appended to those of int32: cast them first",
    );
    refused(
        npy::append(&path, &array![[1, 2, 3]]),
        "an array of shape (1, 3) cannot be appended to one of (2, 2): only axis 0 may differ",
    );
    refused(
        npy::append(&path, &array![1, 2]),
        "an array of shape (2,) cannot be appended to one of (2, 2): only axis 0 may differ",
    );
}

#[test]
fn arrays_that_cannot_grow_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    numio::save(&path, &1.5).unwrap();
    let error = npy::append(&path, &1.5).unwrap_err();
    assert_eq!(error.message(), "an array without axes cannot grow: save it with an axis of 1");
    let header = Header::new(DType::OBJECT, vec![1], Order::C).unwrap();
    fs::write(&path, [header.to_bytes(), vec![0; 100]].concat()).unwrap();
    let error = npy::append(&path, &[1.5]).unwrap_err();
    assert!(error.message().contains("cannot be appended to"), "{error}");
}

#[test]
fn an_array_that_follows_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("two.npy");
    fs::write(&path, [bytes_of(&[1, 2]), bytes_of(&[3, 4])].concat()).unwrap();
    let error = npy::append(&path, &[5]).unwrap_err();
    assert_eq!(
        error.message(),
        "another array follows in the file, and appending to the first would overwrite it"
    );
    assert_eq!(error.offset(), Some(136));
}

#[test]
fn appender_of_an_open_file_waits_for_the_other() {
    let (_dir, path) = fresh(&array![[1, 2]]);
    let first = Appender::open(&path).unwrap();
    assert_eq!(
        Appender::open(&path).unwrap_err().message(),
        "the file is open for appending already, here or in another program: try again, or wait for it"
    );
    drop(first);
    Appender::open(&path).unwrap();
}

#[test]
fn many_batches_are_one_array() {
    let (_dir, path) = fresh(&Array2::zeros((0, 4)));
    let batches: Vec<Array2<i32>> = (0..50)
        .map(|n| Array2::from_shape_fn((n % 7, 4), move |(i, j)| (n * 100 + i * 4 + j) as i32))
        .collect();
    let mut appender = Appender::open(&path).unwrap();
    for (n, batch) in batches.iter().enumerate() {
        appender.push(batch).unwrap();
        if n % 10 == 0 {
            appender.commit().unwrap();
        }
    }
    appender.finish().unwrap();
    let views: Vec<_> = batches.iter().map(|batch| batch.view()).collect();
    assert!(fs::read(&path).unwrap() == bytes_of(&concatenate(Axis(0), &views).unwrap()));
}

#[cfg(unix)]
#[test]
fn a_disk_without_room_leaves_the_old_array_alone() {
    let (_dir, path) = fresh(&array![[1, 2], [3, 4]]);
    let before = fs::read(&path).unwrap();
    crate::save::run_with_small_files("append::child_appends_too_much", &path);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
#[ignore = "run by a_disk_without_room_leaves_the_old_array_alone"]
fn child_appends_too_much() {
    let path = std::env::var_os("NUMIO_TEST_PATH").unwrap();
    let error = npy::append(&path, &Array2::<i32>::zeros((1 << 20, 2))).unwrap_err();
    assert_eq!(error.io_error().unwrap().kind(), std::io::ErrorKind::FileTooLarge);
}
