//! The `numio` command as Python's script of that name runs it.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the ``numio`` command and returns its exit code.
///
/// Parameters
/// ----------
/// arguments : list of str
///     The arguments, the first of which is the program's name.
/// host : str
///     A line for ``numio --version``.
///
/// The interpreter is released meanwhile. Output goes to the process's own standard output, not to ``sys.stdout``.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>, host: &str) -> u8 {
    py.detach(|| numio_cli::run(arguments, Some(host)))
}
