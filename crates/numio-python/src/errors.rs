//! The library's errors as Python's exceptions.

use numio::{Container, Error, ErrorKind, ExceptionClass};
use pyo3::exceptions::{
    PyEOFError, PyException, PyKeyError, PyMemoryError, PyNotImplementedError, PyOSError, PyUnicodeError,
    PyValueError,
};
use pyo3::panic::PanicException;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};
use pyo3::{import_exception, intern};

import_exception!(pickle, UnpicklingError);
import_exception!(numio._errors, ClosedFile);
import_exception!(numio._errors, InternalError);
import_exception!(numio._errors, NotRecognized);
import_exception!(numio._errors, StaleFileError);

/// Imports the exception classes. `import_exception` does it when a class is first used, and panics if that is interrupted.
pub(crate) fn import_early(py: Python<'_>) {
    py.get_type::<UnpicklingError>();
    py.get_type::<ClosedFile>();
    py.get_type::<InternalError>();
    py.get_type::<NotRecognized>();
    py.get_type::<StaleFileError>();
}

/// `BadZipFile`, whose module is loaded only if an archive is damaged; the error of loading it if that fails.
fn bad_zip_file(text: String) -> PyErr {
    Python::attach(|py| {
        let class = py.import("numio._errors").and_then(|errors| errors.getattr(intern!(py, "BadZipFile")));
        match class.and_then(|class| Ok(class.cast_into::<PyType>()?)) {
            Ok(class) => PyErr::from_type(class, text),
            Err(error) => error,
        }
    })
}

/// The result, or `None` if an `Exception` was raised that the caller can ignore. Others, such as `KeyboardInterrupt`,
/// propagate.
///
/// # Errors
/// Anything that is not an `Exception`.
pub(crate) fn tolerated<T>(py: Python<'_>, result: PyResult<T>) -> PyResult<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(raised) if raised.is_instance_of::<PyException>(py) => Ok(None),
        Err(raised) => Err(raised),
    }
}

/// The error if the caller did not say whether pickles are allowed. NumPy then allows none, and raises a `ValueError`
/// for anything that is neither an array nor an archive; numio allows them, and raises an `UnpicklingError`. Programs
/// catch one or the other, and so this is both.
pub(crate) fn as_both(py: Python<'_>, raised: PyErr) -> PyErr {
    if !raised.is_instance_of::<UnpicklingError>(py) || raised.is_instance_of::<PyValueError>(py) {
        return raised;
    }
    as_class(py, raised, &py.get_type::<NotRecognized>())
}

/// The error of a file that is no array and no archive: that of [`as_both`], or an `UnpicklingError` if the caller has
/// allowed pickles.
pub(crate) fn not_recognized(py: Python<'_>, raised: PyErr, is_allowed: bool) -> PyErr {
    let is_plain = raised.get_type(py).is(py.get_type::<PyValueError>());
    match (is_allowed, is_plain) {
        (true, true) => as_class(py, raised, &py.get_type::<UnpicklingError>()),
        (true, false) => raised,
        (false, true) => as_class(py, raised, &py.get_type::<NotRecognized>()),
        (false, false) => as_both(py, raised),
    }
}

/// The exception as one of another class, with the same arguments and cause.
fn as_class<'py>(py: Python<'py>, raised: PyErr, class: &Bound<'py, PyType>) -> PyErr {
    let args = raised.value(py).getattr(intern!(py, "args"));
    match args.and_then(|args| class.call1(args.cast::<PyTuple>()?)) {
        Ok(other) => {
            let error = PyErr::from_value(other);
            error.set_cause(py, raised.cause(py));
            error
        }
        Err(_) => raised,
    }
}

/// Makes a panic, at every way into this module, a `RuntimeError`. PyO3 raises an exception of its own class there, which
/// it derives from `BaseException`, so that `except Exception` lets it through and the program ends: here that class
/// gets another base.
///
/// # Errors
/// Python's error if a class cannot be given another base.
pub(crate) fn tame_panics(py: Python<'_>) -> PyResult<()> {
    let bases = PyTuple::new(py, [py.get_type::<InternalError>()])?;
    py.get_type::<PanicException>().setattr(intern!(py, "__bases__"), bases)
}

/// The exception that NumPy raises for such an error. An exception raised by Python code under the library, such as the
/// `read` of a file-like object, is passed on unchanged.
pub(crate) fn to_python(error: &Error) -> PyErr {
    let text = error.to_string();
    match (error.kind(), error.container()) {
        (ErrorKind::Io, _) => os_error(error),
        (ErrorKind::StaleFile, _) => StaleFileError::new_err(text),
        (ErrorKind::EndOfStream, _) => PyEOFError::new_err(text),
        (ErrorKind::NotFound, _) => PyKeyError::new_err(text),
        (
            ErrorKind::InvalidData | ErrorKind::Unsupported | ErrorKind::LimitExceeded | ErrorKind::Encoding,
            Some(Container::Pickle),
        ) => UnpicklingError::new_err(text),
        (ErrorKind::Encoding, _) => PyUnicodeError::new_err(text),
        (ErrorKind::Unsupported, Some(Container::Zip)) => PyNotImplementedError::new_err(text),
        (ErrorKind::InvalidData, Some(Container::Zip)) => bad_zip_file(text),
        _ => PyValueError::new_err(text),
    }
}

/// The exception for an error of a text, of the class that NumPy raises there.
pub(crate) fn of_text(error: &Error) -> PyErr {
    let (module, class) = match error.exception() {
        None => return to_python(error),
        Some(ExceptionClass::Type) => ("builtins", "TypeError"),
        Some(ExceptionClass::Index) => ("builtins", "IndexError"),
        Some(ExceptionClass::Overflow) => ("builtins", "OverflowError"),
        Some(ExceptionClass::Attribute) => ("builtins", "AttributeError"),
        Some(ExceptionClass::EndOfFile) => ("builtins", "EOFError"),
        Some(ExceptionClass::Os) => ("builtins", "OSError"),
        Some(ExceptionClass::BadGzipFile) => ("gzip", "BadGzipFile"),
        Some(ExceptionClass::Zlib) => ("zlib", "error"),
        Some(ExceptionClass::Lzma) => ("lzma", "LZMAError"),
        Some(ExceptionClass::Converter) => ("numpy.lib._iotools", "ConverterError"),
        Some(_) => ("builtins", "ValueError"),
    };
    // Some of the modules are loaded only for such a file.
    Python::attach(|py| {
        match py.import(module).and_then(|module| Ok(module.getattr(class)?.cast_into()?)) {
            Ok(class) => PyErr::from_type(class, error.to_string()),
            Err(raised) => raised,
        }
    })
}

/// The error of unpickling a whole file, whose text starts with `place`: NumPy raises one exception for all causes.
pub(crate) fn not_a_pickle(py: Python<'_>, raised: PyErr, place: &str) -> PyErr {
    let is_told = raised.is_instance_of::<UnpicklingError>(py) || raised.is_instance_of::<PyMemoryError>(py);
    if is_told || !raised.is_instance_of::<PyException>(py) {
        return raised;
    }
    // Python's own message may have names from the file in it.
    let text = format!("{place}failed to interpret the file as a pickle: {raised}");
    let error = UnpicklingError::new_err(numio::escape_controls(&text).into_owned());
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

/// The system's message for the error, without the number that Rust adds.
fn os_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text).to_owned()
}

/// The error for a pickle that contradicts itself.
pub(crate) fn malformed(error: &Error) -> PyErr {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::Unsupported => UnpicklingError::new_err(error.to_string()),
        ErrorKind::LimitExceeded => {
            UnpicklingError::new_err(format!("{error}: if you trust the file, pass trust=True"))
        }
        _ => to_python(error),
    }
}
