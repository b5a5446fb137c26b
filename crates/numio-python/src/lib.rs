//! The Python module `numio._numio`: the library's calls under NumPy's names. It translates and never decides.

#![allow(clippy::doc_lazy_continuation, reason = "docstrings are Python's, and no Markdown")]

use pyo3::prelude::*;

mod alloc;
mod arguments;
mod array;
mod command;
mod compression;
mod dispatch;
mod dtype;
mod errors;
mod file;
mod input;
mod kinds;
mod lazy;
mod load;
mod memmap;
mod memory;
mod npz;
mod objects;
mod output;
mod reserve;
mod run;
mod save;
mod settings;
mod source;
mod text;
mod writer;

/// The extension module under the package `numio`.
#[pyo3::pymodule(gil_used = false)]
mod _numio {
    /// The version of the package.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        super::reserve::renew();
        super::run::init_thread();
        super::run::watch_forks(module)?;
        super::errors::tame_panics(module.py())?;
        super::import_early(module.py())
    }

    #[pymodule_export]
    use super::command::{convert, run_command};
    #[pymodule_export]
    use super::dispatch::Function;

    #[pymodule_export]
    use super::lazy::{
        LazyArchiveFile, LazyArrayFile, NewArrayFile, lazy_create, lazy_open, lazy_open_source, redact_urls,
    };
    #[pymodule_export]
    use super::load::{load, load_plain};
    #[pymodule_export]
    use super::memmap::open_memmap;
    #[pymodule_export]
    use super::memory::{discard_pages, empty};
    #[pymodule_export]
    use super::npz::NpzFile;
    #[pymodule_export]
    use super::run::{Threads, get_num_threads, set_num_threads};
    #[pymodule_export]
    use super::save::{append, save, savez, savez_compressed, write_npz};
    #[pymodule_export]
    use super::text::{AtomicText, decompress, read_text, read_with_gaps, write_text};
    #[pymodule_export]
    use super::writer::Writer;
}

/// Imports what rust-numpy and the exception classes otherwise import when they are first used. An import can be
/// interrupted, by Ctrl-C for one; it then fails with an exception here, where those would panic.
fn import_early(py: Python<'_>) -> PyResult<()> {
    use numpy::{PyArray1, PyArrayMethods};

    // The array and its elements' type bring the C API of NumPy, the borrow its table of borrowed arrays.
    py.import("numpy")?;
    drop(PyArray1::<u8>::zeros(py, 1, false).try_readonly());
    numpy::npyffi::is_numpy_2(py);
    errors::import_early(py);
    Ok(())
}
