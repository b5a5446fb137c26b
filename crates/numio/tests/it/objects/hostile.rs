//! States that lie: always an error that says how, at the byte of the call.

use numio::pickle::{self, Object};
use numio::{ErrorKind, ObjectExt, Result};

use crate::numpy;

fn read(object: Object<'_>) -> Result<()> {
    let name = object.as_call().and_then(|call| call.global()).map_or("", |global| global.name);
    match name {
        "dtype" => object.as_dtype().map(drop),
        "scalar" => object.as_scalar().map(drop),
        "_mareconstruct" => object.as_masked().map(drop),
        _ => object.as_array().map(drop),
    }
}

#[test]
fn objects_whose_states_lie_are_refused() {
    let printed = numpy::run("objects/hostile.py", &[]);
    let mut wrong = String::new();
    let mut count = 0;
    for line in printed.lines() {
        let (name, hex) = line.split_once('\t').unwrap();
        let bytes = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = bytes.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        let graph = pickle::load(bytes).unwrap();
        count += 1;
        match read(graph.root()) {
            Ok(()) => wrong += &format!("{name}: read\n"),
            Err(error) => {
                let wanted = match name {
                    "version" | "old version" | "no version" | "array version" => ErrorKind::Unsupported,
                    "too deep" | "too many" => ErrorKind::LimitExceeded,
                    _ => ErrorKind::InvalidData,
                };
                if error.kind() != wanted || error.offset().is_none() || error.to_string().len() > 300 {
                    wrong += &format!("{name}: {error:?}\n");
                }
            }
        }
    }
    assert!(count > 100 && wrong.is_empty(), "{count}\n{wrong}");
}

/// Lists of arrays in one another, and a dtype that holds itself.
#[test]
fn objects_that_hold_themselves_are_refused() {
    let start = b"\x80\x02cnumpy\ndtype\nX\x02\0\0\0V8\x89\x88\x87Rq\0".to_vec();
    let state = b"(K\x03X\x01\0\0\0|NX\x01\0\0\0a\x85}X\x01\0\0\0ah\0K\0\x86sK\x08K\x01K\x10tb.";
    let graph = pickle::load([start.as_slice(), state].concat()).unwrap();
    let error = graph.root().as_dtype().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    assert_eq!(error.message(), "the dtype has more than 64 levels");
}

#[test]
fn objects_that_are_others_say_what_they_are() {
    let graph = pickle::load(b"]K\x01a.").unwrap();
    let root = graph.root();
    let messages = [
        (root.as_array().map(drop), "expected an array, found [1]"),
        (root.as_dtype().map(drop), "expected a dtype, found [1]"),
        (root.as_scalar().map(drop), "expected a scalar of NumPy's, found [1]"),
        (root.as_masked().map(drop), "expected a masked array, found [1]"),
    ];
    for (result, wanted) in messages {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.message().as_str()), (ErrorKind::InvalidInput, wanted));
    }
}
