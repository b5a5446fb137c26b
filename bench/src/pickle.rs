//! Object arrays: `.npy` files whose elements are one pickle, by NumPy in protocol 4.
//!
//! `serde-pickle` gets the same pickle, without the header. It makes no objects: globals are replaced by `None`, and what
//! an object is given takes its place.

use std::cell::RefCell;
use std::path::Path;

use serde_pickle::{DeOptions, Value, value_from_slice};

use crate::harness::{Case, bounded, candidate};
use crate::npy::numpy;
use crate::peak;
use crate::python::Python;
use crate::settings::Settings;

/// What stands in the arrays, with how many elements.
const ARRAYS: [(&str, usize); 3] = [("dicts", 200_000), ("strings", 1_000_000), ("arrays", 20_000)];

/// Runs every case, if the settings ask for this group.
pub fn run(settings: &Settings) {
    if !settings.wants("pickle") {
        return;
    }
    let dir = settings.temporary();
    let Some(mut python) = Python::start() else { return };
    let files = ARRAYS.map(|(what, count)| {
        let path = dir.path().join(format!("{what}.npy"));
        python.run("objects", &[&path, Path::new(what), Path::new(&count.to_string())]);
        (what, count, path)
    });
    let python = RefCell::new(Some(python));
    for (what, count, path) in &files {
        Case {
            name: &format!("load {count} {what}"),
            ours: candidate("numio", || numio::load(path).expect("ours").into_array().expect("an array")),
            rust: vec![candidate("serde-pickle", || serde_pickle(path, *count))],
            other: numpy(&python, "load_objects", vec![path.clone()]),
            wanted: 5.0,
            wanted_of_other: Some(2.0),
        }
        .run(settings.rounds(5));
    }
    let (_, _, dicts) = &files[0];
    let size = std::fs::metadata(dicts).expect("the file").len();
    bounded("peak of dicts, of the file", peak::of_child("load", dicts) as f64 / size as f64, 3.0, "times");
}

fn serde_pickle(path: &Path, count: usize) -> Value {
    let bytes = std::fs::read(path).expect("the file");
    let start = bytes.iter().position(|&byte| byte == b'\n').expect("a header") + 1;
    let value = value_from_slice(&bytes[start..], DeOptions::new().replace_unresolved_globals());
    let value = value.expect("serde-pickle");
    // Version, shape, dtype, order, elements.
    let Value::Tuple(state) = &value else { panic!("{value:?}") };
    assert!(matches!(state.last(), Some(Value::List(items)) if items.len() == count));
    value
}
