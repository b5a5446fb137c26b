//! Parts of pickles that stand elsewhere: buffers, objects by a name, globals by a number.

use std::io::Write;
use std::process::{Command, Stdio};

use numio::ObjectExt;
use numio::pickle::{self, Graph, GraphLoader, Pickler, Protocol};
use serde_json::{Value, json};

use crate::numpy;

const PROTOCOLS: [Protocol; 4] = [Protocol::Two, Protocol::Three, Protocol::Four, Protocol::Five];

fn script(what: &str, input: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/objects/beside.py");
    let mut child = Command::new(numpy::interpreter())
        .args(["-B", path, what])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The pickle in every protocol.
fn written(graph: &Graph) -> Vec<String> {
    let dump = |protocol| Pickler::new().protocol(protocol).dump(graph.root()).unwrap();
    let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    PROTOCOLS.into_iter().map(dump).map(hex).collect()
}

#[test]
fn what_stands_beside_a_pickle_is_found_and_written_again() {
    let given: Value = serde_json::from_str(&script("write", "")).unwrap();
    let mut named = Vec::new();
    for hex in given["named"].as_array().unwrap() {
        let graph = GraphLoader::new().load(bytes(hex)).unwrap();
        assert_eq!(format!("{graph:?}"), "[<persistent 'kept'>, 1]");
        named.extend(written(&graph));
    }

    let (data, beside) = (bytes(&given["buffers"][0]), &given["buffers"][1]);
    let beside: Vec<Vec<u8>> = beside.as_array().unwrap().iter().map(bytes).collect();
    let graph = GraphLoader::new().buffers(beside.clone()).load(data.as_slice()).unwrap();
    let items = graph.root().as_list().unwrap();
    let array = items.get(0).unwrap().as_array().unwrap();
    assert_eq!(array.view::<f64, ndarray::Ix1>().unwrap(), ndarray::array![0.0, 1.0, 2.0]);
    assert_eq!(*items.get(2).unwrap().as_bytes().unwrap(), b"bytes"[..]);
    assert!(items.get(0).unwrap().ptr_eq(items.get(4).unwrap()));
    let fewer = GraphLoader::new().buffers(beside[1..].to_vec()).load(data.as_slice()).unwrap_err();
    assert_eq!(fewer.kind(), pickle::ErrorKind::InvalidInput);
    assert!(
        fewer.to_string().contains("NEXT_BUFFER: wants one buffer more from beside the pickle"),
        "{fewer}"
    );

    let mut numbered = Vec::new();
    for row in given["numbered"].as_array().unwrap() {
        let code = i32::try_from(row[0].as_i64().unwrap()).unwrap();
        let graph = GraphLoader::new().extension(code, "decimal", "Decimal").load(bytes(&row[1])).unwrap();
        assert_eq!(format!("{graph:?}"), "Decimal('1.50')");
        // What nobody has named stays a number, which is written again.
        let graph = GraphLoader::new().load(bytes(&row[1])).unwrap();
        assert_eq!(format!("{graph:?}"), format!("<extension {code}>('1.50')"));
        numbered.extend(written(&graph).into_iter().map(|hex| json!([code, hex])));
    }
    let made = json!({ "named": named, "buffers": written(&graph), "numbered": numbered });
    assert_eq!(script("check", &made.to_string()).trim(), "equal");
}
