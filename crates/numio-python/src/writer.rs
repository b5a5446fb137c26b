//! `numio.NpzWriter`: archives written array by array.

use std::process;
use std::sync::Mutex;
use std::thread::{self, ThreadId};

use numio::npz::NpzWriter;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyType};

use crate::file::{Access, announce};
use crate::input::{Input, truth};
use crate::output::{Output, is_url};
use crate::run::lock;
use crate::save::{archive, seconds};
use crate::{compression, errors, run};

#[doc = include_str!("doc/NpzWriter.txt")]
#[pyclass(name = "NpzWriter", module = "numio", frozen)]
pub(crate) struct Writer {
    /// Nothing once it is closed.
    open: Mutex<Option<Open>>,
    /// Who is working on it.
    user: Mutex<Option<ThreadId>>,
    allow_pickle: bool,
    /// The caller's arguments, for `repr`.
    file: Py<PyAny>,
    compression: String,
}

struct Open {
    writer: NpzWriter<'static>,
    output: Output,
    /// The process that has opened the archive. One that was forked from it has the same file, and would write into the middle of what
    /// this one writes.
    maker: u32,
}

impl Open {
    fn is_ours(&self) -> bool {
        self.maker == process::id()
    }
}

#[pymethods]
impl Writer {
    #[new]
    #[pyo3(signature = (file, mode="w", *, compression="stored", level=None, allow_pickle=true, wait=None))]
    fn new<'py>(
        file: &Bound<'py, PyAny>,
        mode: &str,
        compression: &str,
        level: Option<i32>,
        #[pyo3(from_py_with = truth)] allow_pickle: bool,
        wait: Option<f64>,
    ) -> PyResult<Self> {
        let wait = seconds(wait)?;
        let named = compression.to_owned();
        let compression = compression::from_args(compression, level)?;
        if is_url(file) {
            let text = "archives at URLs are written whole: by numio.savez, numio.savez_compressed or numio.write_npz";
            return Err(PyValueError::new_err(text));
        }
        let output = Output::from_arg(file)?;
        let mut writer = match (mode, &output) {
            ("w", output) => archive(file.py(), output)?,
            ("a", Output::Path(path)) => {
                let path = numio::with_suffix(path, ".npz");
                announce(file.py(), &path, Access::Update)?;
                run::detached(file.py(), || NpzWriter::append_within(path, wait))
                    .map_err(|error| errors::to_python(&error))?
            }
            ("a", Output::File(..) | Output::Object(_)) => {
                return Err(PyValueError::new_err("mode 'a' needs a path: the old archive is copied"));
            }
            _ => return Err(PyValueError::new_err(format!("mode must be 'w' or 'a', not {mode:?}"))),
        };
        writer.compression(compression);
        let (open, user) =
            (Mutex::new(Some(Open { writer, output, maker: process::id() })), Mutex::new(None));
        Ok(Self { open, user, allow_pickle, file: file.clone().unbind(), compression: named })
    }

    /// Add an array to the archive.
    ///
    /// Parameters
    /// ----------
    /// name : str
    ///     Its name, without ``.npy``.
    /// array : array_like
    ///     The array.
    ///
    /// Raises
    /// ------
    /// OSError
    ///     If the file cannot be written. The archive cannot be completed then.
    /// ValueError
    ///     If there is an array of that name, the name holds a NUL, the array is of Python objects and `allow_pickle` is
    ///     false, or the archive is closed.
    fn write(&self, py: Python<'_>, name: &str, array: &Bound<'_, PyAny>) -> PyResult<()> {
        let input = Input::from_arg(array, self.allow_pickle)?;
        let array = input.to_save()?;
        let threads = run::count(py);
        self.with(py, |open| {
            let writer = writer(open)?;
            run::within(threads, || writer.add(name, &array)).map_err(fault)
        })?
    }

    /// Add bytes to the archive, as a member that is no array.
    ///
    /// Parameters
    /// ----------
    /// name : str
    ///     Its name, just as it is.
    /// data : bytes
    ///     What it holds.
    fn write_bytes(&self, py: Python<'_>, name: &str, data: &[u8]) -> PyResult<()> {
        let threads = run::count(py);
        self.with(py, |open| {
            let writer = writer(open)?;
            run::within(threads, || writer.add_bytes(name, data)).map_err(fault)
        })?
    }

    /// Complete the archive, and put it in its place; nothing is done if it is closed, or another process has opened it.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let threads = run::count(py);
        let finished = self.with(py, |open| {
            let Some(Open { writer, output, .. }) = open.take().filter(Open::is_ours) else {
                return Ok(None);
            };
            run::within(threads, || writer.finish()).map_err(fault).map(|()| Some(output))
        })??;
        finished.map_or(Ok(()), |output| output.conclude(py))
    }

    /// Give the archive up: a file that was there stays as it was.
    fn discard(&self, py: Python<'_>) -> PyResult<()> {
        let output =
            self.with(py, |open| open.take().filter(Open::is_ours).map(|Open { output, .. }| output))?;
        output.map_or(Ok(()), |output| output.settle(py))
    }

    /// Whether it has been closed or discarded.
    #[getter]
    fn closed(&self, py: Python<'_>) -> PyResult<bool> {
        self.with(py, |open| open.is_none())
    }

    fn __enter__(this: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        match this.get().closed(this.py())? {
            true => Err(closed()),
            false => Ok(this),
        }
    }

    /// Completes the archive, or discards it if the block has raised.
    fn __exit__(
        &self,
        py: Python<'_>,
        kind: Option<&Bound<'_, PyType>>,
        _value: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        match kind {
            None => self.close(py),
            Some(_) => self.discard(py),
        }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let file = match self.file.bind(py) {
            path if path.is_instance_of::<PyString>() || path.is_instance_of::<PyBytes>() => path.repr()?,
            path if path.hasattr("__fspath__")? => path.call_method0("__fspath__")?.repr()?,
            _ => PyString::new(py, "object").repr()?,
        };
        let (file, compression) = (numio::escape_controls(file.to_str()?).into_owned(), &self.compression);
        self.with(py, |open| match open {
            Some(open) => {
                let members = open.writer.len();
                format!("<numio.NpzWriter {file} compression='{compression}' members={members}>")
            }
            None => format!("<numio.NpzWriter {file} [closed]>"),
        })
    }
}

impl Writer {
    /// Works on the archive with the interpreter released, as writing to an object takes it; waits for other threads.
    ///
    /// # Errors
    /// `RuntimeError` if this thread is at work on it already: the file's own `write` has called.
    fn with<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut Option<Open>) -> T + Send) -> PyResult<T> {
        let this = Some(thread::current().id());
        if *lock(&self.user) == this {
            return Err(PyRuntimeError::new_err("reentrant call: the archive is being written to"));
        }
        let set_user = |user| *lock(&self.user) = user;
        Ok(py.detach(|| {
            let mut open = lock(&self.open);
            set_user(this);
            let done = work(&mut open);
            set_user(None);
            done
        }))
    }
}

/// # Errors
/// `ValueError` if it is closed, or opened by another process.
fn writer(open: &mut Option<Open>) -> PyResult<&mut NpzWriter<'static>> {
    match open {
        Some(open) if open.is_ours() => Ok(&mut open.writer),
        Some(_) => {
            let text = "the archive belongs to the process that this one was forked from: open one here";
            Err(PyValueError::new_err(text))
        }
        None => Err(closed()),
    }
}

fn closed() -> PyErr {
    PyValueError::new_err("the archive is closed")
}

fn fault(error: numio::Error) -> PyErr {
    errors::to_python(&error)
}
