//! The files in `testdata/` are what their generator makes, and NumPy does with them what their manifest says.

use std::path::Path;

pub use numio_testkit::{folder, manifest};

use crate::numpy;

#[test]
fn testdata_is_what_its_generator_makes() {
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
