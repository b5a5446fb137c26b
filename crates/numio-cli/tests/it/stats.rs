//! `numio stats` beside NumPy, and how it prints.

use std::path::Path;

use serde_json::Value;

use crate::command::{failed, numio, printed};
use crate::numpy;

#[test]
fn stats_of_arrays_are_numpys_values() {
    let folder = tempfile::tempdir().unwrap();
    numpy::run("stats.py", &[Path::new(env!("CARGO_BIN_EXE_numio")), folder.path()]);
}

#[test]
fn stats_of_an_array_print_a_histogram() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    numio::save(&path, &vec![0.0, 1.0, 1.0, 2.0, f64::NAN, 10.0]).unwrap();
    let said = printed(["stats", "--bins", "5", path.to_str().unwrap()]);
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    assert!(lines[0].ends_with("x.npy: float64 (6,)"), "{said}");
    for line in [
        "count      6",
        "nan        1",
        "zero       1",
        "min        0.0 at [0]",
        "max        10.0 at [5]",
        "mean       2.8",
        "25%        1.0",
        "median     1.0",
        "75%        2.0",
        "histogram  0.0 █▃  ▃ 10.0",
    ] {
        assert!(lines.contains(&line), "{line}: {said}");
    }
    let by_axis = printed(["stats", "--axis", "0", "npy/grid.npy"]);
    assert!(by_axis.lines().nth(1).unwrap().contains("median"), "{by_axis}");
    // The others are summarised.
    let both = numio(["stats", "--axis", "1", "npy/float.npy", "npy/grid.npy"]).output().unwrap();
    assert_eq!(both.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&both.stderr),
        "numio: npy/float.npy: --axis 1: the array has 1 axes\n"
    );
    assert!(String::from_utf8_lossy(&both.stdout).starts_with("npy/grid.npy: int32 (40, 60)\n"));
    assert_eq!(failed(["stats", "--quantiles", "1.5", "npy/grid.npy"]).0, Some(2));
}

#[test]
fn stats_of_archives_directories_and_patterns_go_through_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(at("in")).unwrap();
    numio::savez(at("a.npz"), [("x", vec![1, 2]), ("y", vec![3])]).unwrap();
    numio::save(at("b.npy"), &vec![1.5]).unwrap();
    numio::save(at("in/c.npy"), &vec![2.5]).unwrap();
    std::fs::write(at("notes.txt"), "no array").unwrap();
    let names = |arguments: &[&str]| -> Vec<String> {
        let said = printed(["stats", "--json"].iter().chain(arguments));
        let rows: Vec<Value> = serde_json::from_str(&said).unwrap();
        let name = |row: &Value| {
            let file = row["file"].as_str().unwrap().strip_prefix(&at("")).unwrap();
            row["member"].as_str().map_or(file.to_owned(), |member| format!("{file}:{member}"))
        };
        rows.iter().map(name).collect()
    };
    assert_eq!(names(&[&at("")[..at("").len() - 1]]), ["a.npz:x", "a.npz:y", "b.npy"]);
    assert_eq!(names(&["-r", &at("")[..at("").len() - 1]]), ["a.npz:x", "a.npz:y", "b.npy", "in/c.npy"]);
    assert_eq!(names(&[&at("*.npy"), &at("a.np?:y")]), ["b.npy", "a.npz:y"]);
    assert_eq!(names(&[&at("**/*.npy")]), ["b.npy", "in/c.npy"]);
    // What cannot be read is told, and the rest is still gone through.
    std::fs::write(at("bad.npy"), "no array").unwrap();
    let output = numio(["stats".to_owned(), at("bad.npy"), at("b.npy")]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("b.npy: float64 (1,)"));
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
}
