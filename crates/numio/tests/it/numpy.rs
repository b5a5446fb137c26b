//! Runs Python scripts with the NumPy that numio is compared with.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python that has NumPy.
pub fn interpreter() -> PathBuf {
    let given = std::env::var_os("NUMIO_PYTHON").map(PathBuf::from);
    let made = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let python = given.unwrap_or_else(made);
    assert!(python.exists(), "{} is not there: run `make venv`, or set NUMIO_PYTHON", python.display());
    python
}

/// Runs `tests/it/<script>` with `args` and gives what it printed. A script that fails fails the test with its words.
pub fn run(script: &str, args: &[&Path]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(script);
    let output = Command::new(interpreter()).arg("-B").arg(&script).args(args).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", script.display());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_oracle_is_numpy_2() {
    let python = interpreter();
    let output =
        Command::new(python).args(["-c", "import numpy; print(numpy.__version__)"]).output().unwrap();
    assert!(output.stdout.starts_with(b"2."), "{output:?}");
}
