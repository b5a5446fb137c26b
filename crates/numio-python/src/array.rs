//! Arrays: the library's and NumPy's.

use std::cell::RefCell;

use numio::DynArray;
use numio::npy::Header;
use pyo3::prelude::*;

use crate::{dtype, memory};

thread_local! {
    /// The dtype of the last header that this thread has read, if NumPy makes more of it than the library.
    static SPELLED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes how the dtype of a header was written, for [`of_file`].
pub(crate) fn note_header(header: &Header) {
    SPELLED.set(header.spelled_descr().map(str::to_owned));
}

/// Returns how the dtype of the header that this thread has read last was written, if that matters, and forgets it.
pub(crate) fn spelled() -> Option<String> {
    SPELLED.take()
}

/// As [`to_python`], for an array that this thread has just read from a file.
///
/// # Errors
/// As [`to_python`].
pub(crate) fn of_file<'py>(py: Python<'py>, array: DynArray) -> PyResult<Bound<'py, PyAny>> {
    let dtype = dtype::spelled(py, array.dtype(), spelled().as_deref())?;
    memory::lend(py, array, dtype)
}

/// The array as an `ndarray`, without a copy of its memory if that is large enough to matter.
///
/// # Errors
/// NumPy's own error for a dtype or shape that it does not have.
pub(crate) fn to_python<'py>(py: Python<'py>, array: DynArray) -> PyResult<Bound<'py, PyAny>> {
    let dtype = dtype::to_python(py, array.dtype())?;
    memory::lend(py, array, dtype)
}
