//! The Python module `numio._numio`: the library's calls under NumPy's names. It translates and never decides.

#![allow(clippy::doc_lazy_continuation, reason = "docstrings are Python's, and no Markdown")]

mod array;
mod compression;
mod descriptor;
mod dispatch;
mod dtype;
mod errors;
mod file;
mod html;
mod input;
mod kinds;
mod load;
mod map;
mod memmap;
mod memory;
mod npz;
mod objects;
mod open;
mod output;
mod run;
mod save;
mod settings;
mod text;
mod writer;

/// What the package `numio` is built on.
#[pyo3::pymodule(gil_used = false)]
mod _numio {
    /// The version of the package.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        super::errors::tame_panics(module.py())
    }

    #[pymodule_export]
    use super::load::load;
    #[pymodule_export]
    use super::npz::NpzFile;
    #[pymodule_export]
    use super::open::{Mapping, close, open_memmap};
    #[pymodule_export]
    use super::run::{Threads, get_num_threads, set_num_threads};
    #[pymodule_export]
    use super::save::{append, save, savez, savez_compressed, write_npz};
    #[pymodule_export]
    use super::text::{AtomicText, read_text, read_with_gaps, write_text};
    #[pymodule_export]
    use super::writer::Writer;
}
