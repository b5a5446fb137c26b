//! The Python module `numio._numio`: the library's calls under NumPy's names. It translates and never decides.

mod array;
mod dtype;
mod errors;
mod load;
mod memory;
mod objects;

/// What the package `numio` is built on.
#[pyo3::pymodule(gil_used = false)]
mod _numio {
    #[pymodule_export]
    use super::load::load;
}
