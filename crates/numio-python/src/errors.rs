//! The library's errors as Python's exceptions.

use numio::{Container, Error, ErrorKind};
use pyo3::exceptions::{
    PyEOFError, PyException, PyKeyError, PyMemoryError, PyNotImplementedError, PyOSError, PyUnicodeError,
    PyValueError,
};
use pyo3::panic::PanicException;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{import_exception, intern};

import_exception!(pickle, UnpicklingError);
import_exception!(numio._errors, BadZipFile);
import_exception!(numio._errors, InternalError);

/// Makes a panic, at every way into this module, a `RuntimeError`. PyO3 raises an exception of its own class there, which
/// it derives from `BaseException`, so that `except Exception` lets it through and the program ends: here that class
/// gets another base.
///
/// # Errors
/// What Python raises where a class cannot be given another base.
pub(crate) fn tame_panics(py: Python<'_>) -> PyResult<()> {
    let bases = PyTuple::new(py, [py.get_type::<InternalError>()])?;
    py.get_type::<PanicException>().setattr(intern!(py, "__bases__"), bases)
}

/// The exception that NumPy raises for such a fault. One that was raised by Python code under the library, such as the
/// `read` of a file-like object, comes out as it went in.
pub(crate) fn to_python(error: &Error) -> PyErr {
    let text = error.to_string();
    match (error.kind(), error.container()) {
        (ErrorKind::Io, _) => os_error(error),
        (ErrorKind::EndOfStream, _) => PyEOFError::new_err(text),
        (ErrorKind::NotFound, _) => PyKeyError::new_err(text),
        (
            ErrorKind::InvalidData | ErrorKind::Unsupported | ErrorKind::LimitExceeded | ErrorKind::Encoding,
            Some(Container::Pickle),
        ) => UnpicklingError::new_err(text),
        (ErrorKind::Encoding, _) => PyUnicodeError::new_err(text),
        (ErrorKind::Unsupported, Some(Container::Zip)) => PyNotImplementedError::new_err(text),
        (ErrorKind::InvalidData, Some(Container::Zip)) => BadZipFile::new_err(text),
        _ => PyValueError::new_err(text),
    }
}

/// A whole file was taken for a pickle, and this was raised: NumPy makes one exception of all.
pub(crate) fn not_a_pickle(py: Python<'_>, raised: PyErr) -> PyErr {
    if raised.is_instance_of::<UnpicklingError>(py) || !raised.is_instance_of::<PyException>(py) {
        return raised;
    }
    let error = UnpicklingError::new_err(format!("failed to interpret the file as a pickle: {raised}"));
    error.set_cause(py, Some(raised));
    error
}

fn os_error(error: &Error) -> PyErr {
    let Some(io) = error.io_error() else { return PyOSError::new_err(error.to_string()) };
    if let Some(raised) = io.get_ref().and_then(|inner| inner.downcast_ref::<PyErr>()) {
        return Python::attach(|py| raised.clone_ref(py));
    }
    match io.kind() {
        std::io::ErrorKind::OutOfMemory => return PyMemoryError::new_err(error.to_string()),
        // A path with a NUL in it.
        std::io::ErrorKind::InvalidInput if io.raw_os_error().is_none() => {
            return PyValueError::new_err(error.to_string());
        }
        _ => {}
    }
    // The system has no text for a lock that fits: "Resource temporarily unavailable".
    let text = match io.kind() {
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::StaleNetworkFileHandle => error.message(),
        _ => os_text(io),
    };
    match (io.raw_os_error(), error.path()) {
        // Python chooses the subclass by the number: FileNotFoundError and the like.
        (Some(number), Some(path)) => PyOSError::new_err((number, text, path.as_os_str().to_os_string())),
        (Some(number), None) => PyOSError::new_err((number, text)),
        (None, _) => PyOSError::new_err(error.to_string()),
    }
}

/// What the system calls the error, without the number that Rust adds.
fn os_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text).to_owned()
}
