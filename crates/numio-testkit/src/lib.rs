//! Helpers of the tests of this workspace: the Python that results are compared with, and the files in `testdata/`.
//!
//! Python with NumPy runs in a virtual environment that `make test` makes. To run a test by hand, name a Python that has NumPy
//! in `NUMIO_PYTHON`, or have one in `.venv`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};

#[doc(hidden)]
pub use insta;

pub mod server;
pub mod snapshot;
#[cfg(target_os = "linux")]
pub mod strace;

/// The Python that has NumPy.
///
/// # Panics
/// If there is none.
pub fn interpreter() -> PathBuf {
    let given = std::env::var_os("NUMIO_PYTHON").map(PathBuf::from);
    let made = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let python = given.unwrap_or_else(made);
    assert!(python.exists(), "{} is not there: run `make venv`, or set NUMIO_PYTHON", python.display());
    python
}

/// Runs `tests/it/<script>` of the crate under test with `args` and returns what it printed.
///
/// # Panics
/// If the script fails, with what it wrote to standard error.
pub fn run(script: &str, args: &[&Path]) -> String {
    let tested = std::env::var_os("CARGO_MANIFEST_DIR").expect("tests run under cargo");
    let script = Path::new(&tested).join("tests/it").join(script);
    let output = Command::new(interpreter()).arg("-B").arg(&script).args(args).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", script.display());
    String::from_utf8(output.stdout).unwrap()
}

/// The folder of the test files.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").canonicalize().unwrap()
}

/// The facts that the manifest states of each test file, by its path within `testdata/`.
pub fn manifest() -> Map<String, Value> {
    let text = std::fs::read_to_string(folder().join("MANIFEST.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The bytes that a script printed as hexadecimal digits.
pub fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}
