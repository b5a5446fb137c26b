//! Object arrays written, compared with NumPy both ways.

use std::fs;
use std::path::Path;

use numio::npz::{Compression, NpzWriter};
use numio::pickle::{self, Protocol};
use numio::{DType, DynArray, ErrorKind, LoadOptions, Order, WriteOptions};

use crate::numpy;

const PROTOCOLS: [Protocol; 4] = [Protocol::Two, Protocol::Three, Protocol::Four, Protocol::Five];

#[test]
fn objects_written_are_what_numpy_writes() {
    let dir = tempfile::tempdir().unwrap();
    let run = |what: &str| -> usize {
        numpy::run("objects/write.py", &[Path::new(what), dir.path()]).trim().parse().unwrap()
    };
    let count = run("write");
    assert!(count > 40, "{count}");
    for n in 0..count {
        let path = |suffix: &str| dir.path().join(format!("{n}.{suffix}"));
        let original = fs::read(path("npy")).unwrap();
        let is_exact = fs::read_to_string(path("as")).unwrap() == "exact";
        let array = numio::load(path("npy")).unwrap().into_array().unwrap();
        for protocol in PROTOCOLS {
            let number = protocol.to_u8();
            let mut bytes = Vec::new();
            WriteOptions::new().protocol(protocol).to_writer(&mut bytes, &array).unwrap();
            if protocol == Protocol::Four && is_exact {
                assert!(bytes == original, "{n}:\n{}\n{}", shown(&bytes), shown(&original));
            }
            fs::write(path(&format!("{number}.npy")), &bytes).unwrap();
            let mut writer = NpzWriter::create(path(&format!("{number}.npz"))).unwrap();
            writer.options(WriteOptions::new().protocol(protocol)).compression(Compression::Deflated);
            writer.add("x", &array).unwrap();
            writer.finish().unwrap();
            let back = LoadOptions::new().from_slice(&bytes).unwrap().into_array().unwrap();
            assert_eq!(format!("{back:?}"), format!("{array:?}"));
        }
    }
    assert_eq!(run("compare"), count * PROTOCOLS.len());
}

fn shown(bytes: &[u8]) -> String {
    format!("{:.1500}", bytes.escape_ascii().to_string())
}

#[test]
fn objects_are_not_saved_when_pickles_are_not_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let array = DynArray::zeros(DType::OBJECT, &[2], Order::C).unwrap();
    let error = WriteOptions::new().allow_pickle(false).save(&path, &array).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed);
    assert!(error.to_string().ends_with("object arrays cannot be saved when allow_pickle=False"), "{error}");
    assert!(!path.exists());
    let mut writer = NpzWriter::create(dir.path().join("a.npz")).unwrap();
    let error = writer.options(WriteOptions::new().allow_pickle(false)).add("x", &array).unwrap_err();
    assert_eq!((error.kind(), error.member()), (ErrorKind::NotAllowed, Some("x.npy")));
    // The archive can still be completed.
    writer.add("y", &[1, 2]).unwrap();
    writer.finish().unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn slices_of_objects_are_saved_with_what_they_hold() {
    let list = pickle::load(b"](K\x01K\x02K\x03K\x04e.").unwrap();
    let array = DynArray::from_objects(list.root()).unwrap().reshape(&[2, 2]).unwrap().t();
    let mut bytes = Vec::new();
    numio::to_writer(&mut bytes, &array).unwrap();
    let back = LoadOptions::new().from_slice(&bytes).unwrap().into_array().unwrap();
    assert_eq!(format!("{back:?}"), "array([[1, 3],\n       [2, 4]], dtype=object)");
    assert_eq!(back.order(), Order::Fortran);
    let error = DynArray::from_objects(pickle::load(b"N.").unwrap().root()).unwrap_err();
    assert_eq!(error.to_string(), "expected a tuple, found None");
}

#[cfg(feature = "serde")]
#[test]
fn rust_values_are_objects_to_numpy() {
    use std::collections::BTreeMap;

    #[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq, Clone)]
    enum Kind {
        Unit,
        New(u8),
        Pair(u8, i64),
        Named { a: Option<bool>, b: () },
    }

    #[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq, Clone)]
    struct Row {
        id: u64,
        name: String,
        v: Vec<f64>,
        kinds: Vec<Kind>,
        map: BTreeMap<String, i8>,
        big: (i128, char),
    }

    let row = |id: u64| Row {
        id,
        name: format!("é{id}"),
        v: (0..id % 3).map(|n| n as f64 / 2.0).collect(),
        kinds: vec![Kind::Unit, Kind::New(1), Kind::Pair(2, -3), Kind::Named { a: None, b: () }],
        map: (0..id % 2500).map(|n| (n.to_string(), n as i8)).collect(),
        big: (i128::from(id) << 70, 'x'),
    };
    let rows: Vec<Row> = [0, 1, 2, u64::MAX, 999, 1000, 2000].map(row).into();
    let graph = pickle::Graph::from_serialize(&rows).unwrap();
    let array = DynArray::from_objects(graph.root()).unwrap();
    let read: Vec<Row> = array.objects().unwrap().map(|object| object.deserialize().unwrap()).collect();
    assert_eq!(read, rows);

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rows.npy");
    numio::save(&path, &array).unwrap();
    let script = "import json, numpy, sys\n\
                  rows = numpy.load(sys.argv[1], allow_pickle=True)\n\
                  print(json.dumps([row for row in rows]))";
    let output = std::process::Command::new(numpy::interpreter()).args(["-c", script]).arg(&path).output();
    let found: serde_json::Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let mut wanted = Vec::new();
    for row in &rows {
        // JSON of Python's has integers of any size.
        let mut value = serde_json::to_value(Row { big: (0, 'x'), ..row.clone() }).unwrap();
        value["big"] = serde_json::json!([0, "x"]);
        wanted.push(value);
    }
    let mut found = found;
    for row in found.as_array_mut().unwrap() {
        row["big"][0] = 0.into();
    }
    assert_eq!(found, serde_json::Value::Array(wanted));

    // And as whole pickles, in every protocol.
    for protocol in PROTOCOLS {
        let bytes = pickle::Pickler::new().protocol(protocol).dump_value(&rows).unwrap();
        let back: Vec<Row> = pickle::load(bytes).unwrap().root().deserialize().unwrap();
        assert_eq!(back, rows);
    }
}
