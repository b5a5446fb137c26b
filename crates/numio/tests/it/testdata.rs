//! The files in `testdata/` are what their generator makes, and NumPy does with them what their manifest says.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::numpy;

/// Where the files stand.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").canonicalize().unwrap()
}

/// What the manifest says of each file, by its path within `testdata/`.
pub fn manifest() -> Map<String, Value> {
    let text = std::fs::read_to_string(folder().join("MANIFEST.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn is_what_its_generator_makes() {
    let generator = folder().join("generate.py");
    let said = numpy::run(generator.to_str().unwrap(), &[Path::new("--check")]);
    assert_eq!(said.trim(), "testdata: no difference");
}

#[test]
fn numpy_does_with_hostile_files_what_the_manifest_says() {
    let manifest = manifest();
    let said = numpy::run("testdata.py", &[&folder()]);
    let hostile = manifest.values().filter(|entry| entry.get("numpy").is_some()).count();
    assert_eq!(said.lines().count(), hostile);
    for line in said.lines() {
        let (name, outcome) = line.split_once('\t').unwrap();
        let wanted = manifest[name]["numpy"].as_str().unwrap();
        assert!(wanted.split(" or ").any(|wanted| wanted == outcome), "{name}: {outcome}, not {wanted}");
    }
}
