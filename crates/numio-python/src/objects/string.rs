//! Python's strings, which may hold surrogates, from the bytes of a pickle.

#![allow(
    unsafe_code,
    reason = "only Python decodes what is no Rust string, and a second look at each string costs time"
)]

use numio::pickle::Text;
use pyo3::ffi;
use pyo3::prelude::*;

/// The string.
///
/// # Errors
/// `MemoryError`.
#[inline]
pub(super) fn string<'py>(py: Python<'py>, text: &Text<'_>) -> PyResult<Bound<'py, PyAny>> {
    let bytes = text.as_bytes();
    // No slice is longer than `isize::MAX`.
    let len = bytes.len() as ffi::Py_ssize_t;
    // SAFETY: there are `len` bytes at that address, which are only read; the last argument is a C string. What comes back
    // is a new reference, or null with an exception set.
    unsafe {
        let made = ffi::PyUnicode_DecodeUTF8(bytes.as_ptr().cast(), len, c"surrogatepass".as_ptr());
        Bound::from_owned_ptr_or_err(py, made)
    }
}
