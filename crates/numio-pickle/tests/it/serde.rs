//! Values of pickles as Rust types.

use std::collections::{BTreeMap, HashMap, HashSet};

use numio_pickle::{self as pickle, ErrorKind};
use serde::Deserialize;

fn read<T: for<'g> Deserialize<'g>>(bytes: &[u8]) -> numio_pickle::Result<T> {
    pickle::load(bytes)?.root().deserialize()
}

#[derive(Debug, PartialEq, Deserialize)]
struct Row {
    id: u8,
    name: String,
    v: (f64, i64),
    #[serde(default)]
    note: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawValue {
    Point,
    Circle(f64),
    Box { w: u32, h: u32 },
}

#[test]
fn dicts_are_structs_and_maps() {
    let bytes = b"(dVid\nI7\nsVname\nVx\nsVv\n(F1.5\nI2\ntsVunknown\ncos\nsystem\ns.";
    let row: Row = read(bytes).unwrap();
    assert_eq!(row, Row { id: 7, name: "x".into(), v: (1.5, 2), note: None });
    let map: BTreeMap<String, i32> = read(b"(dVa\nI1\nsVb\nI2\ns.").unwrap();
    assert_eq!(map, BTreeMap::from([("a".into(), 1), ("b".into(), 2)]));
    let map: HashMap<(i32, i32), bool> = read(b"(d(I1\nI2\ntI01\ns.").unwrap();
    assert_eq!(map, HashMap::from([((1, 2), true)]));
}

#[test]
fn attributes_of_objects_are_structs() {
    let row: Row = read(b"cpkg\nRow\n)\x81}(Vid\nI7\nVname\nVx\nVv\nF1.5\nI2\n\x86Vnote\nVy\nub.").unwrap();
    assert_eq!(row, Row { id: 7, name: "x".into(), v: (1.5, 2), note: Some("y".into()) });
}

#[test]
fn strings_and_dicts_are_variants() {
    assert_eq!(read::<RawValue>(b"Vpoint\n.").unwrap(), RawValue::Point);
    assert_eq!(read::<RawValue>(b"}Vcircle\nF2.5\ns.").unwrap(), RawValue::Circle(2.5));
    assert_eq!(read::<RawValue>(b"}Vbox\n}(Vw\nI1\nVh\nI2\nus.").unwrap(), RawValue::Box { w: 1, h: 2 });
    assert_eq!(
        read::<RawValue>(b"I1\n.").unwrap_err().to_string(),
        "a value of type int has no counterpart in this type"
    );
}

#[test]
fn values_of_the_standard_library_have_rust_types() {
    assert_eq!(read::<HashSet<i32>>(b"\x8f(I1\nI2\n\x90.").unwrap(), HashSet::from([1, 2]));
    assert_eq!(read::<Vec<Option<bool>>>(b"](N\x88e.").unwrap(), [None, Some(true)]);
    assert_eq!(read::<String>(b"cdecimal\nDecimal\n(V1.50\ntR.").unwrap(), "1.50");
    assert_eq!(read::<(f64, f64)>(b"cbuiltins\ncomplex\n(F1.0\nF2.0\ntR.").unwrap(), (1.0, 2.0));
    assert_eq!(read::<(i64, i64)>(b"cfractions\nFraction\n(I1\nI3\ntR.").unwrap(), (1, 3));
    assert_eq!(read::<(i32, u32, u32)>(b"cdatetime\ntimedelta\n(I-1\nI5\nI7\ntR.").unwrap(), (-1, 5, 7));
    assert_eq!(read::<String>(b"cdatetime\ndate\nC\x04\x07\xea\x01\x1f\x85R.").unwrap(), "2026-01-31");
    assert_eq!(read::<u64>(b"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\0.").unwrap(), u64::MAX);
    assert_eq!(read::<i128>(b"L170141183460469231731687303715884105727L\n.").unwrap(), i128::MAX);
}

#[test]
fn text_and_bytes_are_borrowed() {
    let graph = pickle::load(b"\x8c\x04text\x94C\x02ab\x94\x86.").unwrap();
    let (text, bytes): (&str, &[u8]) = graph.root().deserialize().unwrap();
    assert_eq!((text, bytes), ("text", &b"ab"[..]));
}

#[test]
fn value_that_does_not_fit_its_type_is_named() {
    for (bytes, wanted) in [
        (&b"I300\n."[..], "invalid value: integer `300`, expected u8"),
        (b"Vx\n.", "invalid type: string \"x\", expected u8"),
        (b"N.", "invalid type: unit value, expected u8"),
        (b"cos\nsystem\n.", "a value of type global os.system has no counterpart in this type"),
    ] {
        let error = read::<u8>(bytes).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, wanted));
    }
    #[derive(Debug, Deserialize)]
    struct List(#[expect(dead_code, reason = "only its depth counts")] Vec<List>);
    let error = read::<List>(&[&b"]".repeat(200)[..], &b"a".repeat(199), b"."].concat()).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::LimitExceeded, "values are nested more than 128 deep")
    );
}

#[test]
fn value_that_is_repeated_too_often_is_refused() {
    let mut bytes = b"\x80\x04](K\x01K\x02e\x94".to_vec();
    for level in 0..9_u8 {
        bytes.extend(b"]\x94(");
        bytes.extend([b'h', level].repeat(10));
        bytes.push(b'e');
    }
    bytes.push(b'.');
    let graph = pickle::load(bytes).unwrap();
    let error = graph.root().deserialize::<serde_json::Value>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}
