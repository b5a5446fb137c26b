//! NumPy's objects among others, printed as NumPy prints them.

use std::fs;

use numio::pickle::{self, Graph};
use numio::{Limits, LoadOptions, Loaded};
use serde_json::Value;

use crate::numpy;

fn loaded(bytes: &[u8]) -> Graph {
    match LoadOptions::new().from_slice(bytes).unwrap() {
        Loaded::Object(graph) => graph,
        other => panic!("{other:?}"),
    }
}

#[test]
fn objects_print_as_numpy_prints_them() {
    let dir = tempfile::tempdir().unwrap();
    let count: usize = numpy::run("objects/print.py", &[dir.path()]).trim().parse().unwrap();
    assert!(count > 200, "{count}");
    let mut wrong = Vec::new();
    for n in 0..count {
        let graph = loaded(&fs::read(dir.path().join(format!("{n}.pkl"))).unwrap());
        let text = fs::read_to_string(dir.path().join(format!("{n}.json"))).unwrap();
        let wanted: Value = serde_json::from_str(&text).unwrap();
        let found = format!("{graph:?}");
        if Some(found.as_str()) != wanted["repr"].as_str() {
            wrong.push(format!("{n}: {found:.300}\n   {:.300}", wanted["repr"]));
        }
        assert_eq!(graph.root().to_repr(Limits::default()).unwrap(), found);
        let json = graph.root().to_json(Limits::default());
        match wanted.get("json") {
            Some(wanted) => {
                let found: Value = serde_json::from_str(&json.unwrap()).unwrap();
                if found != *wanted {
                    wrong.push(format!("{n}: {found:.300}\n   {wanted:.300}"));
                }
            }
            None if found.contains("...") => {
                assert_eq!(json.unwrap_err().kind(), pickle::ErrorKind::Unsupported)
            }
            None => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Arrays of objects in one another, each holding the one before it twice.
fn laughs(depth: usize) -> Graph {
    let script = format!(
        "import numpy, pickle, sys\n\
         value = None\n\
         for _ in range({depth}):\n    \
             outer = numpy.empty(2, object)\n    \
             outer[0] = outer[1] = value\n    \
             value = outer\n\
         sys.setrecursionlimit(10**6)\n\
         sys.stdout.buffer.write(pickle.dumps(value))"
    );
    let output = std::process::Command::new(numpy::interpreter()).args(["-c", &script]).output();
    loaded(&output.unwrap().stdout)
}

#[test]
fn objects_that_share_print_within_the_limits() {
    let graph = laughs(60);
    let mut limits = Limits::default();
    limits.max_repr_chars = 100_000;
    assert_eq!(graph.root().to_repr(&limits).unwrap_err().kind(), pickle::ErrorKind::LimitExceeded);
    assert_eq!(graph.root().to_json(&limits).unwrap_err().kind(), pickle::ErrorKind::LimitExceeded);
    assert!(laughs(4).root().to_repr(&limits).unwrap().starts_with("array([array([array("));
}
