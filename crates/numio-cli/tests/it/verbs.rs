//! The small verbs beside NumPy: parts of arrays, members of archives, checksums, trees.

use std::path::Path;

use crate::numpy;

#[test]
fn small_verbs_do_what_numpy_does() {
    let folder = tempfile::tempdir().unwrap();
    numpy::run("verbs.py", &[Path::new(env!("CARGO_BIN_EXE_numio")), folder.path()]);
}
