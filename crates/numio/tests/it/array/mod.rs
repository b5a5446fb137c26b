//! Arrays held against NumPy's.

mod casts;
mod slices;
mod times;

use serde_json::Value;

use crate::numpy;

/// What `tests/it/array/<script>` prints: one JSON value a line.
fn cases(script: &str) -> Vec<Value> {
    let printed = numpy::run(&format!("array/{script}"), &[]);
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
