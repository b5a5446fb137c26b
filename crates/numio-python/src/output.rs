//! The target of saving: a path, a file of the system that Python has open, or anything that has `write`.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

use pyo3::exceptions::{PyBlockingIOError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};

use crate::file::{duplicate, is_file};

/// A file as NumPy takes it for saving.
pub(crate) enum Output {
    Path(PathBuf),
    /// A regular file under a Python file object, at the same position as the object.
    File(Py<PyAny>, File),
    /// Has `write`.
    Object(Py<PyAny>),
}

impl Output {
    /// Classifies `file`.
    ///
    /// # Errors
    /// `TypeError` if it is neither a path of text nor has `write`.
    pub(crate) fn from_arg(file: &Bound<'_, PyAny>) -> PyResult<Self> {
        // To find that a text has no such attribute takes longer than much of a save.
        if file.is_exact_instance_of::<PyString>() || !file.hasattr(intern!(file.py(), "write"))? {
            return path(file).map(Self::Path);
        }
        Ok(match behind(file)? {
            Some(found) => Self::File(file.clone().unbind(), found),
            None => Self::Object(file.clone().unbind()),
        })
    }

    /// Moves a file object to the position of its file.
    ///
    /// # Errors
    /// Errors raised by the object.
    pub(crate) fn settle(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Path(_) | Self::Object(_) => Ok(()),
            Self::File(object, file) => {
                let mut file = file;
                object.bind(py).call_method1(intern!(py, "seek"), (file.stream_position()?,)).map(|_| ())
            }
        }
    }

    /// Flushes file-like objects at the end of an archive, as `zipfile` does.
    ///
    /// # Errors
    /// Errors raised by the object.
    pub(crate) fn conclude(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Path(_) | Self::File(..) => self.settle(py),
            Self::Object(object) => match object.bind(py).getattr_opt(intern!(py, "flush"))? {
                Some(flush) => flush.call0().map(|_| ()),
                None => Ok(()),
            },
        }
    }
}

/// The regular file under a Python object that is open for writing, after flushing it: only for the exact types of
/// Python's own `io`, as classes derived from them may write anything.
fn behind(object: &Bound<'_, PyAny>) -> PyResult<Option<File>> {
    let py = object.py();
    // One that is not open raises when it is written to.
    if !is_file(object)?
        || object.getattr(intern!(py, "closed"))?.is_truthy()?
        || !object.call_method0(intern!(py, "writable"))?.is_truthy()?
    {
        return Ok(None);
    }
    object.call_method0(intern!(py, "flush"))?;
    let found = duplicate(object)?;
    Ok(if found.metadata()?.is_file() { Some(found) } else { None })
}

/// True if all writes go to the end of the object, regardless of its position.
pub(crate) fn appends(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let mode = object.getattr_opt(intern!(object.py(), "mode"))?;
    Ok(mode.and_then(|mode| mode.extract::<String>().ok()).is_some_and(|mode| mode.contains('a')))
}

/// The path that `os.fspath` gives.
///
/// # Errors
/// `TypeError` for a value that is no path, or a path of bytes.
pub(crate) fn path(file: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    file.extract()
}

/// True for a text that is a URL and no path.
pub(crate) fn is_url(file: &Bound<'_, PyAny>) -> bool {
    file.cast::<PyString>().is_ok_and(|text| text.to_str().is_ok_and(|text| text.contains("://")))
}

/// What is to be at a URL, if `file` is one: its attribute `file` is written, and then `commit` or `discard` is called. `suffix` is
/// added where it is missing.
///
/// # Errors
/// `ImportError` where no package for URLs is installed.
pub(crate) fn upload<'py>(file: &Bound<'py, PyAny>, suffix: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !is_url(file) {
        return Ok(None);
    }
    let remote = file.py().import("numio._remote")?;
    let made = remote.getattr(intern!(file.py(), "upload"))?.call1((file, suffix))?;
    Ok((!made.is_none()).then_some(made))
}

/// Bytes per `write` of a file-like object, as in NumPy.
const CHUNK: usize = 16 << 20;

/// A file-like object as a writer. Each call takes the interpreter.
pub(crate) struct Writer {
    object: Py<PyAny>,
    /// True if `write` returns how much it has written, and may write less than it is given. The result of others is
    /// ignored, as in NumPy: some return the length of their output.
    is_raw: bool,
    /// Distance from the initial position.
    at: u64,
    /// The initial position, if the object can seek back there.
    start: Option<u64>,
}

impl Writer {
    /// # Errors
    /// Errors raised by the object.
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        static RAW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let is_raw = object.is_instance(RAW.import(object.py(), "io", "RawIOBase")?)?;
        Ok(Self { object: object.clone().unbind(), is_raw, at: 0, start: None })
    }

    /// Returns whether it can seek back, which it must not do if all writes go to the end.
    ///
    /// # Errors
    /// Errors raised by the object's `seekable`.
    pub(crate) fn find_start(&mut self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = object.py();
        let seekable = match object.getattr_opt(intern!(py, "seekable"))? {
            Some(seekable) => seekable.call0()?.is_truthy()?,
            None => object.hasattr(intern!(py, "seek"))?,
        };
        // `gzip` goes forward only when it writes, and says that it is seekable.
        let is_gzip = object.get_type().module().is_ok_and(|module| module == "gzip");
        if seekable && !is_gzip && !appends(object)? {
            // An object that claims to be seekable but fails is treated as not seekable, as in `zipfile`.
            let found = object.call_method0(intern!(py, "tell")).and_then(|at| at.extract::<u64>());
            let stays = |at: &u64| object.call_method1(intern!(py, "seek"), (*at,)).is_ok();
            self.start = found.ok().filter(stays);
        }
        Ok(self.start.is_some())
    }

    fn write_some(&self, py: Python<'_>, bytes: &[u8]) -> PyResult<usize> {
        let given = PyBytes::new_with(py, bytes.len(), |room| {
            room.copy_from_slice(bytes);
            Ok(())
        })?;
        let told = self.object.bind(py).call_method1(intern!(py, "write"), (given,))?;
        if !self.is_raw {
            return Ok(bytes.len());
        }
        if told.is_none() {
            return Err(PyBlockingIOError::new_err("write could not complete without blocking"));
        }
        match told.extract::<usize>() {
            Ok(count) if count <= bytes.len() => Ok(count),
            _ => {
                let text = format!("write() of {} bytes says that it wrote {told}", bytes.len());
                Err(PyValueError::new_err(text))
            }
        }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = bytes.get(..CHUNK).unwrap_or(bytes);
        let count = Python::attach(|py| self.write_some(py, bytes)).map_err(io::Error::other)?;
        self.at += count as u64;
        Ok(count)
    }

    /// Does nothing, as NumPy does: flushing costs a compressing object bytes.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Writer {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(_) => None,
        };
        let at = at.ok_or(io::ErrorKind::InvalidInput)?;
        let place = self.start.and_then(|start| start.checked_add(at)).ok_or(io::ErrorKind::NotSeekable)?;
        Python::attach(|py| self.object.bind(py).call_method1(intern!(py, "seek"), (place,)).map(|_| ()))
            .map_err(io::Error::other)?;
        self.at = at;
        Ok(at)
    }
}
