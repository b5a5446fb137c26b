//! What Python 2 wrote, under each encoding, compared with what Python 3 loads.

use numio_pickle::ErrorKind;
use numio_pickle::{GraphLoader, Python2Encoding};
use serde_json::Value;

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

#[test]
fn what_python_2_wrote_is_what_python_3_loads() {
    let cases: Value = serde_json::from_str(&numio_testkit::run("python2.py", &[])).unwrap();
    let mut wrong = Vec::new();
    for case in cases.as_array().unwrap() {
        let data = bytes(case["hex"].as_str().unwrap());
        for encoding in [Python2Encoding::Ascii, Python2Encoding::Latin1, Python2Encoding::Bytes] {
            let found = match GraphLoader::new().encoding(encoding).load(data.as_slice()) {
                Ok(graph) => Some(format!("{graph:?}")),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Encoding, "{error}");
                    assert!(error.message().contains("pass the encoding 'latin1', or 'bytes'"), "{error}");
                    None
                }
            };
            let wanted = case[&encoding.to_string()].as_str();
            if wanted != Some("") && found.as_deref() != wanted {
                wrong.push(format!("{} as {encoding}: {found:?}, not {wanted:?}", data.escape_ascii()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bare_objects_and_constants_have_values_of_their_own() {
    let script = "import pickle, sys\n\
                  for value in object(), NotImplemented, ..., slice(1, None, [2]), range(3, 10**30, 7):\n    \
                      for protocol in range(6):\n        \
                          print(pickle.dumps(value, protocol).hex())";
    let output =
        std::process::Command::new(numio_testkit::interpreter()).args(["-c", script]).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let wanted = [
        "<object object>",
        "NotImplemented",
        "Ellipsis",
        "slice(1, None, [2])",
        "range(3, 1000000000000000000000000000000, 7)",
    ];
    for (at, line) in lines.lines().enumerate() {
        let graph = numio_pickle::load(bytes(line)).unwrap();
        assert_eq!(format!("{graph:?}"), wanted[at / 6], "protocol {}", at % 6);
    }
    assert_eq!(lines.lines().count(), 30);
}
