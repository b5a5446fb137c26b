//! Archives, compared with NumPy's and Python's own.

mod hostile;
mod large;
mod maps;
mod names;
mod reading;
mod sparse;
mod streams;
mod writing;
mod zipfile;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use numio::DynArray;

use crate::numpy;

/// `.npy` files of many kinds, written by NumPy once for all tests.
fn arrays() -> &'static Path {
    static DIR: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = DIR.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        numpy::run("npz/arrays.py", &[dir.path()]);
        dir
    });
    made.path()
}

/// The folder of the same arrays in archives of every kind that Python can make.
fn archives() -> &'static Path {
    static DIR: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = DIR.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        numpy::run("npz/archives.py", &[arrays(), dir.path()]);
        dir
    });
    made.path()
}

/// The arrays, by name.
fn loaded() -> Vec<(String, DynArray)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(arrays()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let array = |path: &Path| numio::load(path).unwrap().into_array().unwrap();
    paths.iter().map(|path| (name(path), array(path))).collect()
}
