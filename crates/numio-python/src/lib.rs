//! The Python module `numio._numio`: the library's calls under NumPy's names. It translates and never decides.

#![allow(clippy::doc_lazy_continuation, reason = "docstrings are Python's, and no Markdown")]

mod array;
mod compression;
mod dtype;
mod errors;
mod input;
mod kinds;
mod load;
mod memory;
mod objects;
mod output;
mod save;
mod writer;

/// What the package `numio` is built on.
#[pyo3::pymodule(gil_used = false)]
mod _numio {
    #[pymodule_export]
    use super::load::load;
    #[pymodule_export]
    use super::save::{append, save, savez, savez_compressed, write_npz};
    #[pymodule_export]
    use super::writer::Writer;
}
