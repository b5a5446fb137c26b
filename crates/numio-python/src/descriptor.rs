//! The file under a Python file object.

#![allow(unsafe_code, reason = "a descriptor is a number until someone says that it is open")]

use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};

use pyo3::intern;
use pyo3::prelude::*;

/// A file of our own over what the Python file object `file` has open.
///
/// # Errors
/// What its `fileno` raises; `OSError` where the system gives no more descriptors.
pub(crate) fn duplicate(file: &Bound<'_, PyAny>) -> PyResult<File> {
    let number: RawFd = file.call_method0(intern!(file.py(), "fileno"))?.extract()?;
    if number < 0 {
        return Err(io::Error::from(io::ErrorKind::InvalidInput).into());
    }
    // SAFETY: `file` has the descriptor open, is not closed while it is borrowed here, for it takes the interpreter to
    // close it, and the number is not -1.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(File::from(borrowed.try_clone_to_owned()?))
}
