//! Names of Python 2 and 3, compared with CPython's tables, both ways.

use numio_pickle::ErrorKind;
use numio_pickle::{self as pickle, GraphLoader, Pickler, Protocol};
use serde_json::Value;

/// A pickle of one global.
fn global(protocol: u8, module: &str, name: &str) -> Vec<u8> {
    [&[0x80, protocol][..], format!("c{module}\n{name}\n.").as_bytes()].concat()
}

fn pair(value: &Value) -> (&str, &str) {
    (value[0].as_str().unwrap(), value[1].as_str().unwrap())
}

#[test]
fn names_go_by_cpythons_tables() {
    let tables: Value = serde_json::from_str(&numio_testkit::run("names.py", &[])).unwrap();
    let rows = |table: &str| tables[table].as_array().unwrap().clone();
    assert!(rows("to3").len() > 150 && rows("to2").len() > 150);
    for row in rows("to3") {
        let (old, new) = (pair(&row[0]), pair(&row[1]));
        let named = |graph: &pickle::Graph| {
            let global = graph.root().as_global().unwrap();
            (global.module.to_owned(), global.name.to_owned())
        };
        let owned = |(module, name): (&str, &str)| (module.to_owned(), name.to_owned());
        for (protocol, fix, wanted) in [(2, true, new), (2, false, old), (3, true, old)] {
            let bytes = global(protocol, old.0, old.1);
            let graph = GraphLoader::new().fix_imports(fix).load(bytes).unwrap();
            assert_eq!(named(&graph), owned(wanted), "{old:?} by {protocol}, {fix}");
        }
    }
    for row in rows("to2") {
        let (new, old) = (pair(&row[0]), pair(&row[1]));
        let graph = pickle::load(global(3, new.0, new.1)).unwrap();
        for (protocol, fix, wanted) in
            [(Protocol::Two, true, old), (Protocol::Two, false, new), (Protocol::Three, true, new)]
        {
            let bytes = Pickler::new().protocol(protocol).fix_imports(fix).dump(graph.root()).unwrap();
            let text = format!("c{}\n{}\n", wanted.0, wanted.1);
            assert!(bytes[2..].starts_with(text.as_bytes()), "{new:?}: {}", bytes.escape_ascii());
        }
    }
}

#[test]
fn without_fix_imports_names_stay_what_they_are() {
    let bytes = b"c__builtin__\nxrange\n(I0\nI3\nI1\ntR.";
    assert_eq!(format!("{:?}", pickle::load(bytes).unwrap()), "range(0, 3)");
    let graph = GraphLoader::new().fix_imports(false).load(bytes).unwrap();
    assert_eq!(format!("{graph:?}"), "__builtin__.xrange(0, 3, 1)");
}

#[test]
fn what_a_protocol_cannot_name_says_so() {
    let named = |module: &str, name: &str| {
        let mut bytes = b"\x80\x04".to_vec();
        for text in [module, name] {
            bytes.extend([0x8c, text.len() as u8]);
            bytes.extend(text.as_bytes());
        }
        bytes.extend(b"\x93.");
        pickle::load(bytes).unwrap()
    };
    for (module, name, protocol) in
        [("a\nb", "c", Protocol::Three), ("é", "c", Protocol::Two), ("a", "b\n", Protocol::Two)]
    {
        let graph = named(module, name);
        let error = Pickler::new().protocol(protocol).dump(graph.root()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().ends_with("can carry: take protocol 4"), "{error}");
        assert!(Pickler::new().dump(graph.root()).is_ok());
    }
    assert_eq!(
        Protocol::try_from(1).unwrap_err().to_string(),
        "pickles are written in protocols 2 to 5, not 1"
    );
}
