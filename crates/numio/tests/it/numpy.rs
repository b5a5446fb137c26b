//! The oracle of these tests.

use std::process::Command;

pub use numio_testkit::{interpreter, run};

#[test]
fn oracle_of_the_tests_is_numpy_2() {
    let python = interpreter();
    let output =
        Command::new(python).args(["-c", "import numpy; print(numpy.__version__)"]).output().unwrap();
    assert!(output.stdout.starts_with(b"2."), "{output:?}");
}
