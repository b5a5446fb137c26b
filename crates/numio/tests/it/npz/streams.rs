//! Large members, whatever encoder made their streams.

use std::path::PathBuf;

use ndarray::Array1;
use numio::NpzArchive;

use crate::numpy;

/// Enough to be inflated from several places at once, where that can be done.
#[test]
fn every_stream_of_zlib_gives_its_array() {
    let dir = tempfile::tempdir().unwrap();
    numpy::run("npz/streams.py", &[dir.path()]);
    for kind in ["noise", "walk"] {
        let wanted: Array1<i32> = numio::read_npy(dir.path().join(format!("{kind}.npy"))).unwrap();
        let all = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_of_kind = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(kind) && name.ends_with(".npz")
        };
        let paths: Vec<PathBuf> = all.filter(is_of_kind).collect();
        assert_eq!(paths.len(), 10);
        for path in paths {
            let name = path.display();
            let archive = NpzArchive::open(&path).unwrap();
            assert!(archive.read::<Array1<i32>>("x").unwrap() == wanted, "{name}");
            let found = archive.get("x").unwrap().into_array().unwrap();
            assert!(found.to_array::<i32, ndarray::Ix1>().unwrap() == wanted, "{name}");
            let [(_, found)] = &archive.read_all()[..] else { panic!("{name}") };
            let found = found.as_ref().unwrap().as_array().unwrap();
            assert!(found.to_array::<i32, ndarray::Ix1>().unwrap() == wanted, "{name}");
            archive.by_index(0).and_then(|member| member.verify()).unwrap();
        }
    }
}
