//! Arguments of `numio.load` that other functions have too.

use std::sync::atomic::{AtomicBool, Ordering};

use numio::pickle::Python2Encoding;
use pyo3::exceptions::{PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyInt;

/// The name of the encoding, for good.
///
/// # Errors
/// As [`encoding_of`].
pub(crate) fn encoding_name(name: &str) -> PyResult<&'static str> {
    Ok(match encoding_of(name)? {
        Python2Encoding::Latin1 => "latin1",
        Python2Encoding::Bytes => "bytes",
        _ => "ASCII",
    })
}

/// The encoding that decodes strings of Python 2.
///
/// # Errors
/// `ValueError`, with NumPy's message.
pub(crate) fn encoding_of(name: &str) -> PyResult<Python2Encoding> {
    Ok(match name {
        "ASCII" => Python2Encoding::Ascii,
        "latin1" => Python2Encoding::Latin1,
        "bytes" => Python2Encoding::Bytes,
        _ => return Err(PyValueError::new_err("encoding must be 'ASCII', 'latin1', or 'bytes'")),
    })
}

/// A number of characters; numbers that are too large mean no bound.
pub(crate) fn header_size(size: &Bound<'_, PyAny>) -> PyResult<usize> {
    if let Some(size) = small(size) {
        return Ok(size);
    }
    let size: i128 = size.extract()?;
    Ok(usize::try_from(size.max(0)).unwrap_or(usize::MAX))
}

/// A number of Python's own that is not negative: most are, and any other type of number takes much longer to read.
fn small(number: &Bound<'_, PyAny>) -> Option<usize> {
    let number = number.cast_exact::<PyInt>().ok()?;
    number.extract::<isize>().ok().and_then(|number| usize::try_from(number).ok())
}

/// The library's default for `max_ratio`.
pub(crate) const DEFAULT_RATIO: u64 = 100;

/// A ratio; numbers that are too large mean no bound.
pub(crate) fn ratio(ratio: &Bound<'_, PyAny>) -> PyResult<u64> {
    if let Some(ratio) = small(ratio) {
        return Ok(ratio as u64);
    }
    let ratio: i128 = ratio.extract()?;
    Ok(u64::try_from(ratio.max(0)).unwrap_or(u64::MAX))
}

/// Warns, as NumPy does, of a file of Python 2 if one was read. numio takes no longer for it; NumPy does.
pub(crate) fn warn_of_python2(py: Python<'_>, was_read: &AtomicBool, stacklevel: i32) -> PyResult<()> {
    if !was_read.swap(false, Ordering::Relaxed) {
        return Ok(());
    }
    let text = c"Reading `.npy` or `.npz` file required additional header parsing as it was created on Python 2. Save the \
                 file again to speed up loading and avoid this warning.";
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), text, stacklevel)
}
