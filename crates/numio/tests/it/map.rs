//! Memory maps, in every mode.

#![allow(unsafe_code, reason = "mapping is unsafe: here, no one else has the files")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use ndarray::{Array2, Ix1, Ix2, array};
use numio::npy::{Header, MemmapOptions};
use numio::{DType, DynArray, ErrorKind, LoadOptions, Loaded, MmapMode, Order, Result};

use crate::npy::cases;

pub fn load(path: &Path, mode: MmapMode) -> Result<Loaded> {
    // SAFETY: the tests' files are in directories of their own.
    unsafe { LoadOptions::new().mmap(mode).load(path) }
}

fn open(options: &MemmapOptions, path: &Path) -> Result<DynArray> {
    // SAFETY: as above.
    unsafe { options.open(path) }
}

fn sample() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    numio::save(&path, &array![[1_i32, 2], [3, 4]]).unwrap();
    (dir, path)
}

#[test]
fn reading_maps_are_views_that_cannot_be_written() {
    let (_dir, path) = sample();
    let mut mapped = load(&path, MmapMode::Read).unwrap().into_array().unwrap();
    assert!(mapped.is_mapped());
    assert_eq!(mapped.view::<i32, Ix2>().unwrap(), array![[1, 2], [3, 4]]);
    assert_eq!(mapped.view_mut::<i32, Ix2>().unwrap_err().kind(), ErrorKind::InvalidInput);
    mapped.close().unwrap();
}

#[test]
fn shared_maps_write_through_and_private_ones_do_not() {
    let (_dir, path) = sample();
    for (mode, left) in [(MmapMode::CopyOnWrite, 1), (MmapMode::ReadWrite, 9)] {
        let mut mapped = load(&path, mode).unwrap().into_array().unwrap();
        mapped.view_mut::<i32, Ix2>().unwrap()[[0, 0]] = 9;
        assert_eq!(mapped.view::<i32, Ix2>().unwrap()[[0, 0]], 9);
        mapped.flush().unwrap();
        let read: Array2<i32> = numio::read_npy(&path).unwrap();
        assert_eq!(read, array![[left, 2], [3, 4]], "{mode:?}");
        mapped.close().unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn map_for_which_there_are_no_addresses_leaves_the_old_file() {
    // Files may be that long there.
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = dir.path().join("a.npy");
    numio::save(&path, &[1_i32, 2]).unwrap();
    let mut options = MemmapOptions::new(MmapMode::Create);
    options.shape(&[1 << 45]);
    assert!(open(&options, &path).unwrap_err().to_string().contains("a.npy"));
    options.open_file(&path).unwrap_err();
    assert_eq!(numio::read_npy::<Vec<i32>>(&path).unwrap(), [1, 2]);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn open_files_are_mapped_too() {
    let (_dir, path) = sample();
    let file = numio::npy::NpyFile::open(&path).unwrap();
    for mode in [MmapMode::Read, MmapMode::CopyOnWrite, MmapMode::ReadWrite] {
        // SAFETY: as above.
        let mapped = unsafe { file.map(mode) }.unwrap();
        assert_eq!(mapped.view::<i32, Ix2>().unwrap(), array![[1, 2], [3, 4]]);
    }
    // SAFETY: as above.
    assert_eq!(unsafe { file.map(MmapMode::Create) }.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_map_in_use_is_not_closed() {
    let (_dir, path) = sample();
    let mapped = load(&path, MmapMode::ReadWrite).unwrap().into_array().unwrap();
    let clone = mapped.clone();
    let error = mapped.close().unwrap_err();
    assert_eq!(error.to_string(), "the memory map is shared: drop its clones and slices before closing it");
    clone.close().unwrap();
}

#[test]
fn a_map_outlives_the_saving_of_another_file_in_its_place() {
    let (_dir, path) = sample();
    let mapped = load(&path, MmapMode::Read).unwrap().into_array().unwrap();
    numio::save(&path, &[0_u8]).unwrap();
    let mut options = MemmapOptions::new(MmapMode::Create);
    open(options.shape(&[1]), &path).unwrap();
    assert_eq!(mapped.view::<i32, Ix2>().unwrap(), array![[1, 2], [3, 4]]);
}

#[test]
fn loading_with_w_is_refused_and_leaves_the_file_alone() {
    let (_dir, path) = sample();
    let before = fs::read(&path).unwrap();
    let error = load(&path, MmapMode::Create).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.message(), "mode 'w+' would empty the file: make new files with MemmapOptions");
    let error = open(&MemmapOptions::new(MmapMode::Create), &path).unwrap_err().to_string();
    assert!(error.ends_with("mode 'w+' makes a new file, and needs its shape"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn python_objects_are_refused_before_a_file_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let mut options = MemmapOptions::new(MmapMode::Create);
    let error = open(options.dtype(DType::OBJECT).shape(&[3]), &path).unwrap_err().to_string();
    assert!(error.contains("cannot be memory-mapped"), "{error}");
    assert!(!path.exists());
}

#[test]
fn new_maps_are_the_files_that_numpy_makes() {
    let (_dir, files) = cases("memmaps");
    assert!(files.len() > 300, "{} files", files.len());
    let dir = tempfile::tempdir().unwrap();
    for theirs in &files {
        let header = numio::npy::NpyFile::open(theirs).unwrap().header().clone();
        let mut options = MemmapOptions::new(MmapMode::Create);
        options.dtype(header.dtype().clone()).shape(header.shape()).order(header.order());
        let path = dir.path().join("ours.npy");
        let mapped = open(&options, &path).unwrap();
        assert_eq!(mapped.shape(), header.shape());
        assert!(fs::read(&path).unwrap() == fs::read(theirs).unwrap(), "{}", theirs.display());
    }
}

#[test]
fn a_new_map_is_float64_unless_said_otherwise() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let mut mapped = open(MemmapOptions::new(MmapMode::Create).shape(&[3]), &path).unwrap();
    mapped.view_mut::<f64, Ix1>().unwrap().fill(1.5);
    mapped.close().unwrap();
    assert_eq!(numio::read_npy::<Vec<f64>>(&path).unwrap(), [1.5; 3]);
}

#[test]
fn a_tebibyte_is_mapped_and_made_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("big.npy");
    let start = Instant::now();
    let mut options = MemmapOptions::new(MmapMode::Create);
    let made = open(options.shape(&[1 << 17, 1 << 20]), &path).unwrap();
    assert_eq!(made.nbytes(), 1 << 40);
    let mapped = load(&path, MmapMode::Read).unwrap().into_array().unwrap();
    assert_eq!(mapped.shape(), [1 << 17, 1 << 20]);
    assert_eq!(mapped.view::<f64, Ix2>().unwrap()[[99_999, 999_999]], 0.0);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn arrays_without_bytes_are_mapped_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let mapped = open(MemmapOptions::new(MmapMode::Create).shape(&[0, 3]), &path).unwrap();
    assert_eq!(mapped.shape(), [0, 3]);
    mapped.close().unwrap();
    for mode in [MmapMode::Read, MmapMode::ReadWrite, MmapMode::CopyOnWrite] {
        assert_eq!(load(&path, mode).unwrap().into_array().unwrap().size(), 0);
    }
}

#[test]
fn a_file_that_ends_inside_its_array_is_refused() {
    let (_dir, path) = sample();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    for mode in [MmapMode::Read, MmapMode::ReadWrite, MmapMode::CopyOnWrite] {
        let error = load(&path, mode).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().contains("could only read 3 elements"), "{error}");
    }
}

#[test]
fn what_is_no_file_is_not_mapped() {
    let error = load(Path::new("/dev/null"), MmapMode::Read).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    // SAFETY: nothing is mapped.
    let options = unsafe { LoadOptions::new().mmap(MmapMode::Read).clone() };
    assert_eq!(options.from_reader(&b"\x93NUMPY"[..]).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn mapped_fortran_files_keep_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let header = Header::new(DType::INT32, vec![2, 3], Order::Fortran).unwrap();
    let data: Vec<u8> = (0..6_i32).flat_map(i32::to_le_bytes).collect();
    fs::write(&path, [header.to_bytes(), data].concat()).unwrap();
    let mapped = load(&path, MmapMode::Read).unwrap().into_array().unwrap();
    assert_eq!(mapped.strides(), [4, 8]);
    if cfg!(target_endian = "little") {
        assert_eq!(mapped.view::<i32, Ix2>().unwrap(), array![[0, 2, 4], [1, 3, 5]]);
    }
}
