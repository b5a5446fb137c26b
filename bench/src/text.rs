//! Text: reading it, beside NumPy and the columnar readers of Python.
//!
//! Without NumPy there are no cases; of polars, pyarrow and pandas those that are installed take part.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use numio::text::{GenFromTxt, LoadTxt, SaveTxt};
use numio::{DType, DynArray};

use crate::harness::{Candidate, Case, bounded, candidate};
use crate::peak;
use crate::python::Python;
use crate::settings::Settings;

/// Runs every case, if the settings ask for this group.
pub fn run(settings: &Settings) {
    if !settings.wants("text") {
        return;
    }
    let dir = settings.temporary();
    let path = |name: &str| dir.path().join(name);
    let Some(python) = Python::start() else { return };
    let python = RefCell::new(python);
    let rows = 200_000;
    let floats = Array2::from_shape_fn((rows, 10), |(row, column)| noise(row * 10 + column));
    let commas = write(&path("commas.csv"), &floats, "%.18e", ",");
    let blanks = write(&path("blanks.txt"), &floats, "%.18e", " ");
    let packed = write(&path("commas.csv.gz"), &floats, "%.18e", ",");
    let integers = write(&path("integers.csv"), &floats.mapv(|value| (value * 1e6) as i64), "%d", ",");
    let wide = Array2::from_shape_fn((20_000, 100), |(row, column)| noise(row * 100 + column));
    let wide = write(&path("wide.csv"), &wide, "%.6f", ",");
    let few = write(&path("few.csv"), &floats.slice(ndarray::s![..10, ..3]).to_owned(), "%.6f", ",");
    let part = write(&path("part.csv"), &floats.slice(ndarray::s![..40_000, ..]).to_owned(), "%.18e", ",");
    let records = path("records.csv");
    std::fs::write(&records, lines_of_records(rows)).expect("a file");

    let rounds = settings.rounds(5);
    for (name, path, kind, wanted) in [
        ("loadtxt floats", &commas, "commas", 13.0),
        ("loadtxt integers", &integers, "integers", 8.0),
        ("loadtxt 3 of 100 columns", &wide, "columns", 8.0),
        ("loadtxt records", &records, "records", 8.0),
        ("loadtxt blanks", &blanks, "blanks", 8.0),
        ("loadtxt 10 lines", &few, "commas", 3.0),
    ] {
        let other = vec![numpy(&python, "loadtxt", path, kind)];
        case(name, candidate("numio", || load(path, kind)), other, wanted).run(rounds);
    }
    let readers = ["polars", "pyarrow", "pandas"];
    let installed =
        readers.into_iter().filter(|name| Python::start().is_some_and(|mut one| one.can("has", name)));
    let other: Vec<_> = installed
        .map(|name| {
            let (python, commas) = (&python, &commas);
            Candidate { name, run: Box::new(move || python.borrow_mut().run(name, &[commas])) }
        })
        .collect();
    if !other.is_empty() {
        let ours = candidate("numio", || load(&commas, "commas"));
        case("floats, columnar readers", ours, other, 1.0).run(rounds);
    }
    let ours = candidate("numio", || GenFromTxt::new().delimiter(",").load(&part).expect("ours"));
    let other = vec![numpy(&python, "genfromtxt", &part, "commas")];
    case("genfromtxt floats", ours, other, 20.0).run(settings.rounds(3));
    for (name, file) in [("peak of loadtxt, over it", &commas), ("the same of .gz", &packed)] {
        let over = peak::of_child("text", file) as f64 - (floats.len() * 8) as f64;
        bounded(name, over / f64::from(1 << 20), 64.0, "MiB");
    }
}

pub fn case<'a>(name: &'a str, ours: Candidate<'a>, other: Vec<Candidate<'a>>, wanted: f64) -> Case<'a> {
    Case { name, ours, rust: Vec::new(), other, wanted: 0.0, wanted_of_other: Some(wanted) }
}

fn numpy<'a>(python: &'a RefCell<Python>, job: &'a str, path: &'a Path, kind: &'a str) -> Candidate<'a> {
    Candidate { name: "numpy", run: Box::new(move || python.borrow_mut().run(job, &[path, Path::new(kind)])) }
}

/// The same as `TEXTS` in `peer.py`.
fn load(path: &Path, kind: &str) -> DynArray {
    let mut reader = LoadTxt::new();
    if kind != "blanks" {
        reader.delimiter(",");
    }
    match kind {
        "integers" => reader.dtype(DType::INT64),
        "columns" => reader.usecols([3, 50, 97]),
        "records" => reader.dtype(DType::parse("U8,i8,f8,S4").expect("a dtype")),
        _ => &mut reader,
    };
    reader.load(path).expect("ours").into_array()
}

fn write<T: numio::Element>(path: &Path, array: &Array2<T>, fmt: &str, delimiter: &str) -> PathBuf
where
    Array2<T>: numio::ArrayLike,
{
    SaveTxt::new().fmt(fmt).delimiter(delimiter).save(path, array).expect("ours");
    path.to_path_buf()
}

/// A number that has all its digits.
pub fn noise(at: usize) -> f64 {
    let mixed = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 32)) as f64 / u64::MAX as f64 * 2000.0 - 1000.0
}

fn lines_of_records(rows: usize) -> String {
    (0..rows).map(|row| format!("name{},{},{:.6},ab\n", row % 5000, row * 7, noise(row))).collect()
}
