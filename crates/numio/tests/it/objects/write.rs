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

/// A dict of NumPy's scalars and arrays, pickled in every protocol and as an object array, and what they are in JSON.
#[cfg(feature = "serde")]
const NUMPY_VALUES: &str = r#"
import json, os, pickle, sys
import numpy as np
os.chdir(sys.argv[1])
points = np.array([(1.5, 2), (3, 4)], [("x", "f4"), ("y", "i2")])
values = dict(
    i=np.int64(-3), u=np.uint64(2**64 - 1), f=np.float32(1.5), b=np.bool_(True), s=np.str_("\u00e9"), mode=np.str_("fast"),
    none=None, c=np.complex128(1 - 2j), when=np.datetime64("2020-01-01"), zero=np.array(7.0), point=points[0],
    v=np.array([1.0, 2.0]), m=np.arange(6, dtype=">i4").reshape(2, 3).T, words=np.array(["a", "bc"]), points=points,
    objects=np.array(["a", None, np.int8(1)], object), nested=[{"k": np.array([1, 2], "u2")}],
    days=np.array(["2020-01-01"], "M8[D]"), empty=np.zeros((2, 0)), parts=np.zeros(1, [("q", "i2", (2,))]))
for protocol in range(6):
    with open(f"{protocol}.pkl", "wb") as file:
        pickle.dump(values, file, protocol)
np.save("values.npy", np.array([values, values], object))

def plain(value):
    if isinstance(value, np.void):
        return {name: plain(value[name]) for name in value.dtype.names}
    if isinstance(value, np.ndarray):
        return plain(value[()]) if value.ndim == 0 else [plain(item) for item in value]
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.datetime64):
        return str(value)
    if isinstance(value, np.complexfloating):
        return [value.real.item(), value.imag.item()]
    return value.item() if isinstance(value, np.generic) else value

print(json.dumps(plain(values)))
"#;

#[cfg(feature = "serde")]
#[test]
fn values_of_numpy_are_read_by_serde() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Fast,
        Slow,
    }

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Point {
        x: f64,
        y: i32,
    }

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Values {
        u: u64,
        f: Option<f32>,
        none: Option<f32>,
        mode: Mode,
        c: (f64, f64),
        m: Vec<[i32; 2]>,
        points: Vec<Point>,
    }

    let dir = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(numpy::interpreter())
        .args(["-c", NUMPY_VALUES])
        .arg(dir.path())
        .output()
        .unwrap();
    let wanted: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let check = |object: pickle::Object<'_>| {
        assert_eq!(object.deserialize::<serde_json::Value>().unwrap(), wanted);
        let values: Values = object.deserialize().unwrap();
        let points = vec![Point { x: 1.5, y: 2 }, Point { x: 3.0, y: 4 }];
        let (f, none, mode, c, m) = (Some(1.5), None, Mode::Fast, (1.0, -2.0), vec![[0, 3], [1, 4], [2, 5]]);
        assert_eq!(values, Values { u: u64::MAX, f, none, mode, c, m, points });
        let error = object.get("v").unwrap().deserialize::<Vec<i32>>().unwrap_err();
        assert!(error.to_string().contains("floating point `1.0`, expected i32"), "{error}");
    };
    for protocol in 0..6 {
        let path = dir.path().join(format!("{protocol}.pkl"));
        check(numio::load(path).unwrap().into_object().unwrap().root());
    }
    let array = numio::load(dir.path().join("values.npy")).unwrap().into_array().unwrap();
    array.objects().unwrap().for_each(check);
}

/// A list of one array, again and again, of which little is read each time; and an array in itself.
#[cfg(feature = "serde")]
#[test]
fn arrays_that_occur_too_often_are_refused_by_serde() {
    let dir = tempfile::tempdir().unwrap();
    let script = "import os, pickle, sys, numpy as np\n\
                  os.chdir(sys.argv[1])\n\
                  pickle.dump([np.zeros(1 << 17)] * 100_000, open('many.pkl', 'wb'))\n\
                  itself = np.empty(1, object); itself[0] = itself\n\
                  pickle.dump(itself, open('itself.pkl', 'wb'))";
    let run = std::process::Command::new(numpy::interpreter()).args(["-c", script]).arg(dir.path()).status();
    assert!(run.unwrap().success());
    let load = |name: &str| numio::load(dir.path().join(name)).unwrap().into_object().unwrap();
    for error in [
        load("many.pkl").root().deserialize::<Vec<[f64; 1]>>().map(drop),
        load("itself.pkl").root().deserialize::<serde_json::Value>().map(drop),
    ] {
        assert_eq!(error.unwrap_err().kind(), pickle::ErrorKind::LimitExceeded);
    }
}
