//! Arrays compared with NumPy's.

mod casts;
mod elements;
mod slices;
mod times;

use serde_json::Value;

use crate::numpy;

/// What `tests/it/array/<script>` prints: one JSON value a line.
fn cases(script: &str) -> Vec<Value> {
    let printed = numpy::run(&format!("array/{script}"), &[]);
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Bytes in hexadecimal.
fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
