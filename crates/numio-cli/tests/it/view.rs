//! `numio view` in a real pseudo-terminal, beside NumPy.

use std::path::Path;

use crate::command::failed;
use crate::numpy;

#[test]
fn view_of_arrays_shows_what_numpy_has() {
    let folder = tempfile::tempdir().unwrap();
    numpy::run("view.py", &[Path::new(env!("CARGO_BIN_EXE_numio")), folder.path()]);
}

#[test]
fn view_without_a_terminal_is_refused() {
    let (code, complaint) = failed(["view", "npy/grid.npy"]);
    assert_eq!(code, Some(2));
    assert_eq!(complaint, "numio: view needs a terminal: numio show and numio head print arrays\n");
}
