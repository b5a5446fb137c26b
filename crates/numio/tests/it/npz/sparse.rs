//! Sparse matrices, compared with SciPy's: read and written byte for byte, refused where an index is wrong.

use std::path::Path;

use numio::npz::{NpzWriter, Sparse, SparseFormat};
use numio::{DynArray, ErrorKind, NpzArchive};
use serde_json::Value;

use crate::numpy;
use crate::testdata::{folder, manifest};

/// The matrices that SciPy wrote into `dir`, or nothing without SciPy.
fn by_scipy(dir: &Path) -> Vec<Value> {
    let said = numpy::run("npz/sparse.py", &[Path::new("make"), dir]);
    if said.trim() == "no SciPy" {
        return Vec::new();
    }
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_scipy_writes_is_read_and_written_again_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    for known in by_scipy(dir.path()) {
        let name = known["name"].as_str().unwrap();
        let archive = NpzArchive::open(dir.path().join(format!("{name}.npz"))).unwrap();
        let matrix = Sparse::read(&archive).unwrap_or_else(|error| panic!("{name}: {error}"));
        let info = Sparse::describe(&archive).unwrap().unwrap();
        assert_eq!(matrix.format().name(), known["format"], "{name}");
        assert_eq!((matrix.nnz() as u64, info.nnz), (known["nnz"].as_u64().unwrap(), matrix.nnz()), "{name}");
        assert_eq!(serde_json::json!(matrix.shape()), known["shape"], "{name}");
        assert_eq!(matrix.is_array(), known["is_array"] == true, "{name}");
        assert_eq!(matrix.dtype().to_string(), known["dtype"].as_str().unwrap(), "{name}");
        assert_eq!((info.format, info.is_array), (matrix.format(), matrix.is_array()));
        assert_eq!((&info.shape[..], &info.dtype), (matrix.shape(), matrix.dtype()));
        matrix.save(dir.path().join(format!("{name}.back.npz"))).unwrap();
    }
    numpy::run("npz/sparse.py", &[Path::new("check"), dir.path()]);
}

#[test]
fn hostile_matrices_are_refused_with_what_is_wrong() {
    let mut count = 0;
    for (name, entry) in manifest() {
        let Some(wanted) = entry.get("sparse") else { continue };
        let archive = NpzArchive::open(folder().join(&name)).unwrap();
        let error = Sparse::read(&archive).unwrap_err();
        let said = error.to_string();
        assert_eq!(format!("{:?}", error.kind()), wanted["kind"], "{name}: {said}");
        for word in wanted["words"].as_array().unwrap() {
            assert!(said.contains(word.as_str().unwrap()), "{name}: {said}");
        }
        assert!(said.contains(&name), "{said}");
        // Describing one looks at no index, and must not fail in other ways.
        if let Err(error) = Sparse::describe(&archive) {
            assert!(said.contains(&error.message()), "{name}: {error}");
        }
        count += 1;
    }
    assert!(count > 30);
}

#[test]
fn what_a_caller_gets_wrong_is_invalid_input() {
    let numbers = |numbers: &[i32]| DynArray::from_array(numbers).unwrap();
    let data = || DynArray::from_array(&[1.0, 2.0]).unwrap();
    let good = Sparse::csr(&[2, 3], data(), numbers(&[2, 0]), numbers(&[0, 1, 2])).unwrap();
    assert_eq!(good.indices().unwrap().shape(), [2]);
    assert!(good.coords().is_none() && good.offsets().is_none());
    let error = Sparse::csr(&[2, 3], data(), numbers(&[3, 0]), numbers(&[0, 1, 2])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "indices has 3 at position 0, outside of an axis of length 3");
    for shape in [&[2][..], &[2, 3, 1], &[]] {
        let made = Sparse::csc(shape, data(), numbers(&[0, 0]), numbers(&[0, 1, 2]));
        assert_eq!(made.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    let mut vector = Sparse::csr(&[3], data(), numbers(&[2, 0]), numbers(&[0, 2])).unwrap();
    assert!(vector.is_array());
    let said = vector.set_is_array(false).unwrap_err().to_string();
    assert_eq!(said, "the shape of a csr matrix has 2 axes, and this has 1");
}

#[test]
fn other_archives_are_no_sparse_matrices() {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = NpzWriter::new(&mut bytes);
    for name in ["format", "shape", "data"] {
        writer.add(name, &vec![1.5, 2.5]).unwrap();
    }
    writer.finish().unwrap();
    let archive = NpzArchive::from_bytes(bytes.into_inner()).unwrap();
    assert_eq!(Sparse::describe(&archive).unwrap(), None);
    let said = Sparse::read(&archive).unwrap_err().to_string();
    assert_eq!(said, "the member 'format' is not the name of a sparse format");
}

#[test]
fn members_that_are_mapped_are_read_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npz");
    let coords = [DynArray::from_array(&[0_i64, 4]).unwrap(), DynArray::from_array(&[1_i64, 0]).unwrap()];
    let matrix = Sparse::coo(&[5, 2], DynArray::from_array(&[1.5, 2.5]).unwrap(), &coords).unwrap();
    let mut writer = NpzWriter::create(&path).unwrap();
    matrix.write(&mut writer).unwrap();
    writer.finish().unwrap();
    let found = Sparse::load(&path).unwrap();
    assert_eq!((found.format(), found.nnz()), (SparseFormat::Coo, 2));
    assert!(found.coords().unwrap()[0].identical(&coords[0]));
}

#[cfg(feature = "sprs")]
mod sprs {
    use ndarray::Array2;
    use num_complex::Complex;
    use numio::LoadOptions;

    use super::*;

    /// A matrix of `sprs` in full.
    fn dense(matrix: &::sprs::CsMat<f64>) -> Array2<f64> {
        let mut dense = Array2::zeros((matrix.rows(), matrix.cols()));
        for (value, (row, column)) in matrix {
            dense[[row, column]] += *value;
        }
        dense
    }

    #[test]
    fn matrices_of_sprs_have_the_elements_of_scipys() {
        let dir = tempfile::tempdir().unwrap();
        let mut count = 0;
        for known in by_scipy(dir.path()) {
            let name = known["name"].as_str().unwrap();
            let matrix = Sparse::load(dir.path().join(format!("{name}.npz"))).unwrap();
            let Some(path) = known["dense"].as_str().filter(|_| matrix.dtype().to_string() == "float64")
            else {
                continue;
            };
            let wanted: Array2<f64> = LoadOptions::new()
                .load(dir.path().join(path))
                .unwrap()
                .into_array()
                .unwrap()
                .to_array()
                .unwrap();
            let compressed: ::sprs::CsMat<f64> = matrix.to_csmat().unwrap();
            assert_eq!(dense(&compressed), wanted, "{name}");
            assert_eq!(compressed.is_csc(), matrix.format() == SparseFormat::Csc);
            let triplets: ::sprs::TriMatI<f64, i32> = matrix.to_trimat().unwrap();
            assert_eq!(triplets.nnz(), matrix.nnz(), "{name}");
            for (kind, back) in [
                ("1", Sparse::from_csmat(&compressed).unwrap()),
                ("2", Sparse::from_trimat(&triplets).unwrap()),
            ] {
                let back_path = dir.path().join(format!("{name}.npz"));
                let other = dir.path().join(format!("{name}{kind}.npz"));
                std::fs::copy(back_path, other).unwrap();
                back.save(dir.path().join(format!("{name}{kind}.sprs.npz"))).unwrap();
            }
            count += 1;
        }
        let said = numpy::run("npz/sparse.py", &[Path::new("check"), dir.path()]);
        assert_eq!(said.lines().count() % 2, 0);
        assert!(count == 0 || count > 15, "{count}");
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_costs_no_memory() {
        let coords = [DynArray::from_array(&[1_i64 << 40]).unwrap(), DynArray::from_array(&[0_i64]).unwrap()];
        let matrix = Sparse::coo(&[1 << 41, 2], DynArray::from_array(&[1.5]).unwrap(), &coords).unwrap();
        let error = matrix.to_csmat::<f64, usize>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        let error = matrix.to_trimat::<f64, u32>().unwrap_err();
        assert!(error.to_string().contains("1099511627776 does not fit"), "{error}");
        assert_eq!(matrix.to_trimat::<f64, usize>().unwrap().nnz(), 1);
        let error = matrix.to_trimat::<f32, usize>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let cube = Sparse::coo(
            &[2, 2, 2],
            DynArray::from_array(&[1.5]).unwrap(),
            &[0, 1, 1].map(|at: i32| DynArray::from_array(&[at]).unwrap()),
        );
        let said = cube.unwrap().to_csmat::<f64, usize>().unwrap_err().to_string();
        assert_eq!(said, "a sparse array of 3 axes, where matrices have 2");
    }

    #[test]
    fn slices_of_matrices_have_indices_of_their_own() {
        let whole: ::sprs::CsMat<f64> = ::sprs::CsMat::eye(5);
        let middle = Sparse::from_csmat(&whole.slice_outer(1..4)).unwrap();
        assert_eq!((middle.shape(), middle.nnz()), (&[3, 5][..], 3));
        let complex = ::sprs::CsMat::new((1, 1), vec![0, 1], vec![0], vec![Complex::new(1.0, 2.0)]);
        let back: ::sprs::CsMat<Complex<f64>> = Sparse::from_csmat(&complex).unwrap().to_csmat().unwrap();
        assert_eq!(back, complex);
    }
}
