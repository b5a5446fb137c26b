//! Object arrays in `.npy`, and pickle files.

use std::fs;
use std::path::Path;

use numio::pickle::Python2Encoding;
use numio::{ErrorKind, Limits, LoadOptions, Loaded};
use serde_json::Value;

use super::check_array;
use crate::numpy;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata"))
}

fn check(loaded: Loaded, wanted: &Value) -> Result<(), String> {
    match loaded {
        Loaded::Array(array) => {
            let mut wanted = wanted.clone();
            wanted["dtype"] = "object".into();
            check_array(&array, &wanted)?;
            for (part, found) in [("str", array.to_string()), ("whole", format!("{array:?}"))] {
                if let Some(text) = wanted[part].as_str() {
                    super::same(part, found.as_str(), text)?;
                }
            }
            Ok(())
        }
        Loaded::Object(graph) => {
            super::same("repr", format!("{graph:?}").as_str(), wanted["repr"].as_str().unwrap())
        }
        _ => Err("an archive".to_owned()),
    }
}

#[test]
fn objects_in_files_are_what_numpy_loads() {
    let dir = tempfile::tempdir().unwrap();
    let count: usize = numpy::run("objects/files.py", &[dir.path()]).trim().parse().unwrap();
    assert!(count > 20, "{count}");
    for n in 0..count {
        let path = dir.path().join(format!("{n}.bin"));
        let wanted: Value =
            serde_json::from_slice(&fs::read(dir.path().join(format!("{n}.json"))).unwrap()).unwrap();
        let bytes = fs::read(&path).unwrap();
        let options = LoadOptions::new();
        let mut stream = &[bytes.as_slice(), b"rest"].concat()[..];
        let followed = [bytes.as_slice(), b"rest"].concat();
        for loaded in [
            options.load(&path),
            options.from_slice(&bytes),
            options.from_slice(&followed),
            options.from_reader(&mut stream),
        ] {
            if let Err(found) = check(loaded.unwrap(), &wanted) {
                panic!("{n}: {found}");
            }
        }
        assert_eq!(stream, b"rest", "{n}");
        let mut options = LoadOptions::new();
        options.allow_pickle(false);
        for refused in [options.load(&path), options.from_slice(&bytes), options.from_reader(&bytes[..])] {
            let error = refused.err().unwrap();
            assert_eq!(error.kind(), ErrorKind::NotAllowed, "{error}");
            assert!(error.message().ends_with("cannot be loaded when allow_pickle=False"), "{error}");
        }
    }
}

#[test]
fn objects_stand_in_a_stream_with_others() {
    let objects = fs::read(folder().join("npy/objects.npy")).unwrap();
    let plain = fs::read(folder().join("npy/123.npy")).unwrap();
    let stream = [plain.as_slice(), &objects, b"K\x07.", &objects, &plain].concat();
    let mut reader = &stream[..];
    let options = LoadOptions::new();
    let mut found = Vec::new();
    while !reader.is_empty() {
        found.push(match options.from_reader(&mut reader).unwrap() {
            Loaded::Array(array) => array.dtype().to_string(),
            Loaded::Object(graph) => format!("{graph:?}"),
            _ => panic!(),
        });
    }
    assert_eq!(found, ["int64", "object", "7", "object", "int64"]);
}

#[test]
fn objects_of_python_2_want_an_encoding() {
    for name in ["py2-objarr.npy", "py2-np0-objarr.npy"] {
        let path = folder().join("numpy").join(name);
        let error = numio::load(&path).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Encoding, "{error}");
        assert!(error.message().contains("pass the encoding 'latin1', or 'bytes'"), "{error}");
        let mut printed = Vec::new();
        for encoding in [Python2Encoding::Latin1, Python2Encoding::Bytes] {
            let array = LoadOptions::new().encoding(encoding).load(&path).unwrap().into_array().unwrap();
            assert_eq!(array.shape(), [4]);
            printed.push(
                array.objects().unwrap().map(|object| format!("{object:?}")).collect::<Vec<_>>().join(" "),
            );
        }
        let script = "import numpy, sys\nfor encoding in ('latin1', 'bytes'):\n    print(*map(repr, \
                      numpy.load(sys.argv[1], encoding=encoding, allow_pickle=True)))";
        let output = std::process::Command::new(numpy::interpreter())
            .args(["-X", "utf8", "-c", script])
            .arg(&path)
            .output();
        let wanted = String::from_utf8(output.unwrap().stdout).unwrap();
        assert_eq!(printed, wanted.lines().collect::<Vec<_>>());
    }
    let array = numio::load(folder().join("numpy/py3-objarr.npy")).unwrap().into_array().unwrap();
    assert_eq!(array.objects().unwrap().count(), 4);
}

#[test]
fn objects_keep_within_the_limits() {
    let bytes = fs::read(folder().join("npy/objects.npy")).unwrap();
    let mut limits = Limits::default();
    limits.max_array_bytes = 100;
    let mut options = LoadOptions::new();
    options.limits(limits);
    for result in [options.from_slice(&bytes), options.from_reader(&bytes[..])] {
        let error = result.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
        assert!(error.message().contains("raise Limits::max_array_bytes"), "{error}");
    }
}

#[test]
fn objects_that_are_garbage_say_so() {
    let error = LoadOptions::new().from_slice(b"garbage").err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(error.to_string().contains("failed to interpret the file as a pickle: "), "{error}");
    let objects = fs::read(folder().join("npy/objects.npy")).unwrap();
    let start = objects.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for bytes in [&objects[..start], &objects[..start + 1], &[&objects[..start], b"garbage"].concat()] {
        for result in [LoadOptions::new().from_slice(bytes), LoadOptions::new().from_reader(bytes)] {
            let error = result.err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
            assert!(error.offset().unwrap() >= start as u64, "{error}");
        }
    }
}

#[test]
fn objects_survive_slices_and_shapes() {
    let array = numio::load(folder().join("npy/objects.npy")).unwrap().into_array().unwrap();
    let all: Vec<_> = array.objects().unwrap().map(|object| format!("{object:?}")).collect();
    let reversed = array.slice(&"::-1".parse::<numio::Slice>().unwrap()).unwrap();
    let found: Vec<_> = reversed.objects().unwrap().map(|object| format!("{object:?}")).collect();
    assert_eq!(found, all.iter().rev().cloned().collect::<Vec<_>>());
    let grid = reversed.reshape(&[2, 2]).unwrap();
    assert_eq!(grid.objects().unwrap().count(), 4);
    let numio::Item::Object(number) = grid.item(&[0, 0]).unwrap() else { panic!() };
    assert_eq!(format!("{:?}", grid.object_by_id(number).unwrap()), all[3]);
    assert!(array == array.clone() && array != grid);
    let error = numio::DynArray::from(ndarray::array![1_i64]).objects().err().unwrap();
    assert_eq!(
        error.to_string(),
        "the elements are of dtype int64: only those of dtype object are Python objects"
    );
    let zeros = numio::DynArray::zeros(numio::DType::OBJECT, &[1], numio::Order::C).unwrap();
    assert_eq!(zeros.objects().err().unwrap().to_string(), "the array carries no object of number 0");
}
