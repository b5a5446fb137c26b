//! `numio view` in a real pseudo-terminal, beside NumPy.

use std::path::Path;

use crate::command::failed;
use crate::numpy;

#[test]
fn the_browser_shows_what_numpy_has() {
    let folder = tempfile::tempdir().unwrap();
    numpy::run("view.py", &[Path::new(env!("CARGO_BIN_EXE_numio")), folder.path()]);
}

#[test]
fn without_a_terminal_it_says_so() {
    let (code, complaint) = failed(["view", "npy/grid.npy"]);
    assert_eq!(code, Some(2));
    assert_eq!(complaint, "numio: view needs a terminal: numio show and numio head print arrays\n");
}
