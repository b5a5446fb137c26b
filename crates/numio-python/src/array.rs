//! Arrays: the library's and NumPy's.

use numio::DynArray;
use pyo3::prelude::*;

use crate::{dtype, memory};

/// The array as an `ndarray`, without a copy of its memory if that is large enough to matter.
///
/// # Errors
/// NumPy's own error for a dtype or shape that it does not have.
pub(crate) fn to_python<'py>(py: Python<'py>, array: DynArray) -> PyResult<Bound<'py, PyAny>> {
    let dtype = dtype::to_python(py, array.dtype())?;
    memory::lend(py, array, dtype)
}
