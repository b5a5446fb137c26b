//! `.npy` files: what NumPy wrote is read, and what is written is what NumPy writes.

use std::fs;
use std::path::{Path, PathBuf};

use half::f16;
use ndarray::{Array, Array1, Array3, ArrayD, IxDyn, ShapeBuilder, s};
use num_complex::Complex;
use numio::npy::{NpyFile, Version};
use numio::{DynArray, Element, ErrorKind, LoadOptions, MmapMode, Order, SliceItem, WriteOptions};

use crate::{map, numpy};

/// The files that `npy_cases.py` makes for `job`.
pub fn cases(job: &str) -> (tempfile::TempDir, Vec<PathBuf>) {
    let dir = tempfile::tempdir().unwrap();
    numpy::run("npy_cases.py", &[Path::new(job), dir.path()]);
    let mut files: Vec<PathBuf> =
        fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    (dir, files)
}

#[test]
fn what_numpy_writes_is_read_and_written_back_to_the_byte() {
    let (_dir, files) = cases("every");
    assert!(files.len() > 1000, "{} files", files.len());
    for path in &files {
        let bytes = fs::read(path).unwrap();
        let options = LoadOptions::new();
        let file = NpyFile::open(path).unwrap();
        file.check().unwrap();
        let all = [
            ("load", numio::load(path).unwrap()),
            ("from_slice", options.from_slice(&bytes).unwrap()),
            ("from_reader", options.from_reader(&bytes[..]).unwrap()),
            ("map", map::load(path, MmapMode::Read).unwrap()),
        ];
        for (how, loaded) in all {
            let array = loaded.into_array().unwrap();
            assert_eq!(array.dtype(), file.header().dtype(), "{how} {}", path.display());
            assert_eq!(array.shape(), file.header().shape(), "{how} {}", path.display());
            let mut written = Vec::new();
            numio::to_writer(&mut written, &array).unwrap();
            assert!(written == bytes, "{how} {} is written otherwise", path.display());
        }
    }
}

/// The shape of a file of the `typed` cases, by its name.
fn shape_of(stem: &str) -> Vec<usize> {
    let parts: Vec<&str> = stem.split('-').collect();
    match parts[2].parse().unwrap() {
        0 => vec![],
        64 => [vec![2], vec![1; 62], vec![2]].concat(),
        _ => parts[1].split('x').map(|axis| axis.parse().unwrap()).collect(),
    }
}

/// Reads every file of `letter` as `T`, and writes the same array from Rust.
fn hold<T: Element + Clone + PartialEq + std::fmt::Debug>(
    files: &[PathBuf],
    letter: &str,
    item: fn(usize) -> T,
) {
    let mut seen = 0;
    for path in files {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if stem.split('-').next() != Some(letter) {
            continue;
        }
        seen += 1;
        let shape = shape_of(stem);
        let count = shape.iter().product();
        let wanted = ArrayD::from_shape_vec(IxDyn(&shape), (0..count).map(item).collect()).unwrap();
        let read: ArrayD<T> = numio::read_npy(path).unwrap();
        assert_eq!(read, wanted, "{stem}");
        let bytes = fs::read(path).unwrap();
        let streamed: ArrayD<T> = numio::npy::NpyStream::new(&bytes[..]).read().unwrap();
        assert_eq!(streamed, wanted, "{stem}");
        if shape.len() == 1 {
            assert_eq!(numio::read_npy::<Vec<T>>(path).unwrap(), wanted.as_slice().unwrap());
            assert_eq!(numio::read_npy::<Array1<T>>(path).unwrap().into_dyn(), wanted);
        } else {
            assert_eq!(numio::read_npy::<Vec<T>>(path).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        if stem.ends_with("le") {
            let stored = match stem.contains("-F-") {
                false => wanted,
                true => {
                    Array::from_shape_vec(IxDyn(&shape).f(), wanted.t().iter().cloned().collect()).unwrap()
                }
            };
            let mut written = Vec::new();
            numio::to_writer(&mut written, &stored).unwrap();
            assert!(written == bytes, "{stem} is written otherwise");
        }
    }
    assert_eq!(seen, 36, "{letter}");
}

#[cfg(target_endian = "little")]
#[test]
fn rust_arrays_are_read_and_written_as_numpy_does() {
    let (_dir, files) = cases("typed");
    hold::<i8>(&files, "i1", |n| n as i8);
    hold::<i16>(&files, "i2", |n| n as i16);
    hold::<i32>(&files, "i4", |n| n as i32);
    hold::<i64>(&files, "i8", |n| n as i64);
    hold::<u8>(&files, "u1", |n| n as u8);
    hold::<u16>(&files, "u2", |n| n as u16);
    hold::<u32>(&files, "u4", |n| n as u32);
    hold::<u64>(&files, "u8", |n| n as u64);
    hold::<f16>(&files, "f2", |n| f16::from_f64(n as f64));
    hold::<f32>(&files, "f4", |n| n as f32);
    hold::<f64>(&files, "f8", |n| n as f64);
    hold::<Complex<f32>>(&files, "c8", |n| Complex::new(n as f32, 0.0));
    hold::<Complex<f64>>(&files, "c16", |n| Complex::new(n as f64, 0.0));
}

#[test]
fn views_are_saved_as_numpy_saves_them() {
    let (dir, _) = cases("views");
    let base = Array3::from_shape_fn((3, 4, 5), |(i, j, k)| (i * 20 + j * 5 + k) as i32);
    let same = |name: &str, array: &dyn Fn(&mut Vec<u8>)| {
        let mut written = Vec::new();
        array(&mut written);
        assert!(written == fs::read(dir.path().join(name)).unwrap(), "{name}");
    };
    same("step.npy", &|out| numio::to_writer(out, &base.slice(s![..;2, 1.., ..;-1])).unwrap());
    same("transposed.npy", &|out| {
        numio::to_writer(out, &base.view().permuted_axes([2, 0, 1])).unwrap();
    });
    same("reversed.npy", &|out| numio::to_writer(out, &base.t()).unwrap());
    same("row.npy", &|out| numio::to_writer(out, &base.slice(s![1, .., ..])).unwrap());
    same("column.npy", &|out| numio::to_writer(out, &base.slice(s![.., .., 2])).unwrap());
    same("broadcast.npy", &|out| {
        numio::to_writer(out, &base.slice(s![0, 0, ..]).broadcast((2, 5)).unwrap()).unwrap();
    });
}

#[test]
fn versions_of_headers_are_numpys() {
    let (dir, _) = cases("versions");
    for version in Version::ALL {
        let mut written = Vec::new();
        WriteOptions::new().version(version).to_writer(&mut written, &[0.0, 1.0, 2.0]).unwrap();
        let name = format!("v{}.npy", version.to_tuple().0);
        assert!(written == fs::read(dir.path().join(name)).unwrap(), "{version}");
    }
    let error = Version::from_numbers(1, 1).unwrap_err();
    assert_eq!(error.to_string(), "we only support format version (1,0), (2,0), and (3,0), not (1, 1)");
}

#[test]
fn rows_are_what_slices_of_the_first_axis_are() {
    let dir = tempfile::tempdir().unwrap();
    let base = Array3::from_shape_fn((6, 4, 5), |(i, j, k)| (i * 20 + j * 5 + k) as i32);
    let fortran = Array3::from_shape_fn((6, 4, 5).f(), |at| base[at]);
    for (array, order) in [(&base, Order::C), (&fortran, Order::Fortran)] {
        let path = dir.path().join("rows.npy");
        numio::save(&path, array).unwrap();
        let file = NpyFile::open(&path).unwrap();
        assert_eq!(file.header().order(), order);
        for start in 0..=6 {
            for end in start..=6 {
                let rows: Array3<i32> = file.rows(start..end).unwrap();
                assert_eq!(rows, base.slice(s![start..end, .., ..]));
                let rows = file.rows::<DynArray>(start..end).unwrap();
                assert_eq!(rows.to_array::<i32, _>().unwrap(), base.slice(s![start..end, .., ..]));
            }
        }
        assert_eq!(file.rows::<Array3<i32>>(..).unwrap(), base);
        assert_eq!(file.rows::<Array3<i32>>(2..=3).unwrap(), base.slice(s![2..=3, .., ..]));
        assert_eq!(file.rows::<Array3<i32>>(5..7).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

/// Slices of every kind along one axis of length `len`.
fn axis_items(len: isize) -> Vec<SliceItem> {
    let range = |start, stop, step| SliceItem::Range { start, stop, step };
    vec![
        SliceItem::ALL,
        SliceItem::Index(0),
        SliceItem::Index(-1),
        range(Some(1), None, 1),
        range(None, None, -1),
        range(None, None, 2),
        range(Some(-2), Some(0), -1),
        range(Some(len), None, 1),
    ]
}

#[test]
fn slices_read_from_the_file_are_those_of_the_array() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slices.npy");
    for shape in [[5, 4, 3], [3, 700, 2], [2, 3, 5000]] {
        let base = Array3::from_shape_fn(shape, |(i, j, k)| (i * 100_000 + j * 1000 + k) as i32);
        let fortran = Array3::from_shape_fn(shape.f(), |at| base[at]);
        for array in [&base, &fortran] {
            numio::save(&path, array).unwrap();
            let file = NpyFile::open(&path).unwrap();
            let whole: DynArray = file.read().unwrap();
            for first in axis_items(shape[0] as isize) {
                for second in axis_items(shape[1] as isize) {
                    for third in axis_items(shape[2] as isize) {
                        let items = [first, second, SliceItem::NewAxis, third];
                        let found = file.slice(&items).unwrap();
                        assert!(found == whole.slice(&items).unwrap(), "{shape:?} {items:?}");
                    }
                }
            }
            assert!(file.slice(&[]).unwrap() == whole);
            assert!(file.slice(&[SliceItem::Ellipsis, SliceItem::Index(1)]).is_ok());
            assert_eq!(file.slice(&[SliceItem::Index(9)]).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}

#[test]
fn texts_and_swapped_numbers_are_sliced_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("texts.npy");
    let texts = ndarray::Array2::from_shape_fn((300, 20).f(), |(i, j)| format!("{i} {j}"));
    numio::save(&path, &texts).unwrap();
    let rows: ndarray::Array2<String> = NpyFile::open(&path).unwrap().rows(100..250).unwrap();
    assert_eq!(rows, texts.slice(s![100..250, ..]));
    let (_dir, files) = cases("typed");
    for path in files.iter().filter(|path| path.to_str().unwrap().ends_with("f8-2x3x4-3-F-be.npy")) {
        let whole: Array3<f64> = numio::read_npy(path).unwrap();
        let rows: Array3<f64> = NpyFile::open(path).unwrap().rows(1..).unwrap();
        assert_eq!(rows, whole.slice(s![1.., .., ..]));
    }
}

#[test]
fn rows_of_a_file_larger_than_memory_are_read_without_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sparse.npy");
    for order in [Order::C, Order::Fortran] {
        let shape = vec![1 << 27, 1 << 10];
        let header = numio::npy::Header::new(numio::DType::FLOAT64, shape, order).unwrap();
        fs::write(&path, header.to_bytes()).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_len(header.to_bytes().len() as u64 + (1 << 40)).unwrap();
        let rows: ndarray::Array2<f64> = NpyFile::open(&path).unwrap().rows(77_777_777..77_777_779).unwrap();
        assert_eq!(rows.shape(), [2, 1 << 10]);
    }
}

#[test]
fn a_short_file_says_so_in_numpys_words() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("short.npy");
    numio::save(&path, &Array::<f64, _>::zeros((3, 4))).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let wanted = "byte 223: failed to read all data for array: expected (3, 4) = 12 elements, could only read 11 \
                  elements, 95 of 96 bytes (file seems not fully written?)";
    assert_eq!(numio::load(&path).unwrap_err().to_string(), format!("{}: {wanted}", path.display()));
    assert_eq!(NpyFile::open(&path).unwrap().check().unwrap_err().kind(), ErrorKind::InvalidData);
    let error = LoadOptions::new().from_reader(&bytes[..bytes.len() - 1]).unwrap_err();
    assert_eq!(error.to_string(), wanted);
}

#[test]
fn bytes_after_the_array_are_left_alone() {
    let mut bytes = Vec::new();
    numio::to_writer(&mut bytes, &[1_u8, 2, 3]).unwrap();
    bytes.extend(b"trailing");
    assert_eq!(LoadOptions::new().from_slice(&bytes).unwrap().into_array().unwrap().shape(), [3]);
}

#[test]
fn another_type_or_rank_is_refused_before_reading() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    numio::save(&path, &[[1.0_f32, 2.0], [3.0, 4.0]]).unwrap();
    let error = numio::read_npy::<ndarray::Array2<f64>>(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("float32") && error.to_string().contains("f64"), "{error}");
    let error = numio::read_npy::<Array3<f32>>(&path).unwrap_err();
    assert_eq!(
        error.message(),
        "an array of shape (2, 2) where one of 3 axes is wanted: use an array of 2 axes, or IxDyn"
    );
}
