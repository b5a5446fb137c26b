//! The `file` argument: a path, a file of the operating system, bytes in memory, or any object with `read`.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use numio::MmapMode;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyInt, PyString, PyType};
use pyo3::{PyTypeInfo, intern};

use crate::alloc;
use crate::errors::tolerated;

/// A file as NumPy takes it, in the order in which NumPy looks.
pub(crate) enum Input<'py> {
    Path(PathBuf),
    /// Has `read`.
    Object(Bound<'py, PyAny>),
}

impl<'py> Input<'py> {
    /// Classifies `file`.
    ///
    /// # Errors
    /// `TypeError` if it is neither a path nor has `read`.
    pub(crate) fn from_arg(file: &Bound<'py, PyAny>) -> PyResult<Self> {
        if !file.is_exact_instance_of::<PyString>() && file.hasattr(intern!(file.py(), "read"))? {
            return Ok(Self::Object(file.clone()));
        }
        path(file).map(Self::Path)
    }
}

/// The path that `os.fspath` gives.
///
/// # Errors
/// `TypeError` for a value that is no path.
pub(crate) fn path(file: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    if file.is_exact_instance_of::<PyString>() {
        return Ok(file.extract::<OsString>()?.into());
    }
    static FSDECODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let text = FSDECODE.import(file.py(), "os", "fsdecode")?.call1((file,))?;
    Ok(text.extract::<OsString>()?.into())
}

/// The way in which a file at a path is opened.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    Read,
    Write,
    Update,
}

impl From<MmapMode> for Access {
    fn from(mode: MmapMode) -> Self {
        match mode {
            MmapMode::Read | MmapMode::CopyOnWrite => Self::Read,
            MmapMode::ReadWrite => Self::Update,
            MmapMode::Create => Self::Write,
        }
    }
}

/// Tells Python's audit hooks that the library opens a file, as `open` does (PEP 578; CPython's Modules/_io/fileio.c).
///
/// # Errors
/// Errors raised by hooks: the file must not be opened.
pub(crate) fn announce(py: Python<'_>, path: &Path, access: Access) -> PyResult<()> {
    announce_text(path.as_os_str().into_pyobject(py)?.as_any(), access)
}

/// As [`announce`], of the path that the caller gave as `file`: a text is handed on as it is.
///
/// # Errors
/// As [`announce`].
pub(crate) fn announce_given(file: &Bound<'_, PyAny>, path: &Path, access: Access) -> PyResult<()> {
    match file.is_exact_instance_of::<PyString>() {
        true => announce_text(file, access),
        false => announce(file.py(), path, access),
    }
}

fn announce_text(path: &Bound<'_, PyAny>, access: Access) -> PyResult<()> {
    static AUDIT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static FLAGS: PyOnceLock<[Py<PyAny>; 3]> = PyOnceLock::new();
    let py = path.py();
    let [read, write, update] = FLAGS.get_or_try_init(py, || flags(py))?;
    let (mode, flags) = match access {
        Access::Read => (intern!(py, "r"), read),
        Access::Write => (intern!(py, "w"), write),
        Access::Update => (intern!(py, "r+"), update),
    };
    let arguments = [intern!(py, "open").as_any(), path, mode.as_any(), flags.bind(py)];
    alloc::call_with_four(AUDIT.import(py, "sys", "audit")?, arguments).map(drop)
}

/// The system's flags with which Python opens files for reading, writing and updating.
fn flags(py: Python<'_>) -> PyResult<[Py<PyAny>; 3]> {
    let os = py.import("os")?;
    let flags = |names: &[&str]| -> PyResult<Py<PyAny>> {
        // Each system has some of those that are the same for all files.
        let common = ["O_CLOEXEC", "O_NOINHERIT", "O_BINARY"]
            .iter()
            .filter(|name| os.hasattr(**name).unwrap_or(false));
        let all = |all, name: &&str| Ok::<_, PyErr>(all | os.getattr(*name)?.extract::<i32>()?);
        let all: i32 = names.iter().chain(common).try_fold(0, all)?;
        Ok(all.into_pyobject(py)?.into_any().unbind())
    };
    Ok([flags(&["O_RDONLY"])?, flags(&["O_WRONLY", "O_CREAT", "O_TRUNC"])?, flags(&["O_RDWR"])?])
}

/// The source underneath a file-like object.
pub(crate) enum Behind {
    /// A regular file, and the object's position in it.
    File(File, u64),
    /// All bytes of a `BytesIO`, and its position.
    Bytes(Bytes, u64),
    /// Only the object knows.
    Unknown,
}

impl Behind {
    /// Finds a file or bytes that can be read without the object: only for the exact types of Python's own `io`, as
    /// classes derived from them may read anything.
    ///
    /// # Errors
    /// Errors raised by the object.
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        static BYTES_IO: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let py = object.py();
        if object.get_type().is(BYTES_IO.import(py, "io", "BytesIO")?) {
            let bytes = object.call_method0(intern!(py, "getvalue"))?.cast_into::<PyBytes>()?;
            return Ok(Self::Bytes(Bytes(bytes.into()), tell(object)?));
        }
        // One that is open only for writing raises when it is read from.
        if !is_file(object)? || !object.call_method0(intern!(py, "readable"))?.is_truthy()? {
            return Ok(Self::Unknown);
        }
        let file = duplicate(object)?;
        if !file.metadata()?.is_file() {
            return Ok(Self::Unknown);
        }
        Ok(Self::File(file, tell(object)?))
    }
}

/// True if the object is nothing but a file of the system: an exact `FileIO`, or an exact buffer over one.
pub(crate) fn is_file(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    static FILE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static READER: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static WRITER: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static BOTH: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let (py, kind) = (object.py(), object.get_type());
    let file = FILE.import(py, "io", "FileIO")?;
    if kind.is(file) {
        return Ok(true);
    }
    for (cell, name) in [(&READER, "BufferedReader"), (&WRITER, "BufferedWriter"), (&BOTH, "BufferedRandom")]
    {
        if kind.is(cell.import(py, "io", name)?) {
            return Ok(object.getattr(intern!(py, "raw"))?.get_type().is(file));
        }
    }
    Ok(false)
}

/// A second handle of the file that the Python object `file` has open, which stays open when the first is closed.
///
/// # Errors
/// Errors raised by its `fileno`; `OSError` if the system gives no more descriptors.
#[expect(unsafe_code, reason = "a descriptor is a number until someone says that it is open")]
pub(crate) fn duplicate(file: &Bound<'_, PyAny>) -> PyResult<File> {
    let number: i32 = file.call_method0(intern!(file.py(), "fileno"))?.extract()?;
    if number < 0 {
        return Err(io::Error::from(io::ErrorKind::InvalidInput).into());
    }
    #[cfg(not(windows))]
    // SAFETY: `file` has the descriptor open, is not closed while it is borrowed here, for it takes the interpreter to
    // close it, and the number is not -1.
    let borrowed = unsafe { std::os::fd::BorrowedFd::borrow_raw(number) };
    #[cfg(windows)]
    let borrowed = {
        let handle: isize =
            file.py().import("msvcrt")?.call_method1("get_osfhandle", (number,))?.extract()?;
        // SAFETY: as above, for the handle of that descriptor: where there is none, an error was raised.
        unsafe {
            std::os::windows::io::BorrowedHandle::borrow_raw(std::ptr::with_exposed_provenance_mut(
                handle as usize,
            ))
        }
    };
    Ok(File::from(borrowed.try_clone_to_owned()?))
}

/// Calls `call` with the number by which Python's functions know an open file.
///
/// # Errors
/// Errors of `call`.
#[cfg(not(windows))]
pub(crate) fn with_descriptor<R>(
    _: Python<'_>,
    file: &File,
    call: impl FnOnce(i32) -> PyResult<R>,
) -> PyResult<R> {
    call(std::os::fd::AsRawFd::as_raw_fd(file))
}

/// Calls `call` with the number by which Python's functions know an open file: one of the C library, made for the call.
///
/// # Errors
/// Errors of `call`; `OSError` where the C library has no more numbers.
#[cfg(windows)]
pub(crate) fn with_descriptor<R>(
    py: Python<'_>,
    file: &File,
    call: impl FnOnce(i32) -> PyResult<R>,
) -> PyResult<R> {
    use std::os::windows::io::{AsRawHandle, IntoRawHandle};
    let owned = file.try_clone()?;
    let handle = owned.as_raw_handle().expose_provenance();
    let number: i32 = py.import("msvcrt")?.call_method1("open_osfhandle", (handle, 0))?.extract()?;
    // It is the number's from here on.
    let _ = owned.into_raw_handle();
    let done = call(number);
    py.import("os")?.call_method1("close", (number,))?;
    done
}

fn tell(object: &Bound<'_, PyAny>) -> PyResult<u64> {
    object.call_method0(intern!(object.py(), "tell"))?.extract()
}

/// A Python `bytes` as a source.
pub(crate) struct Bytes(pyo3::pybacked::PyBackedBytes);

impl numio::ReadAt for Bytes {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.0[..].read_exact_at(buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }
}

/// A file-like object as a reader. Each call takes the interpreter.
pub(crate) struct Reader {
    object: Py<PyAny>,
    /// Bytes that were already read from it.
    first: io::Cursor<Vec<u8>>,
}

impl Reader {
    pub(crate) fn new(object: &Bound<'_, PyAny>, first: Vec<u8>) -> Self {
        Self { object: object.clone().unbind(), first: io::Cursor::new(first) }
    }
}

impl Read for Reader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let came = self.first.read(buf)?;
        if came > 0 || buf.is_empty() {
            return Ok(came);
        }
        Python::attach(|py| read_into(self.object.bind(py), buf)).map_err(io::Error::other)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (offset, whence) = match to {
            SeekFrom::Start(at) => (i128::from(at), 0),
            SeekFrom::Current(by) => (i128::from(by), 1),
            SeekFrom::End(by) => (i128::from(by), 2),
        };
        Python::attach(|py| {
            let object = self.object.bind(py);
            let found = object.call_method1(intern!(py, "seek"), (offset, whence))?;
            // NumPy's minimal file-like object need not return its position from `seek`.
            if found.is_exact_instance_of::<PyInt>() { found.extract() } else { tell(object) }
        })
        .map_err(io::Error::other)
    }
}

/// One `read` of the object.
///
/// # Errors
/// Errors raised by the object; `TypeError` if it returns no bytes, `ValueError` if it returns more than requested.
fn read_into(object: &Bound<'_, PyAny>, buf: &mut [u8]) -> PyResult<usize> {
    let data = object.call_method1(intern!(object.py(), "read"), (buf.len(),))?;
    let fill = |found: &[u8], buf: &mut [u8]| match buf.get_mut(..found.len()) {
        Some(room) => {
            room.copy_from_slice(found);
            Ok(found.len())
        }
        None => {
            let (wanted, found) = (buf.len(), found.len());
            Err(PyValueError::new_err(format!("read({wanted}) of the file-like object gave {found} bytes")))
        }
    };
    if let Ok(bytes) = data.cast::<PyBytes>() {
        return fill(bytes.as_bytes(), buf);
    }
    if let Ok(bytes) = data.cast::<PyByteArray>() {
        return fill(&bytes.to_vec(), buf);
    }
    if data.is_none() || data.is_instance_of::<PyString>() {
        let kind = data.get_type();
        let name = kind.name()?;
        let text =
            format!("read() of the file-like object gave {name}, not bytes: is it open in binary mode?");
        return Err(PyTypeError::new_err(text));
    }
    // A memoryview, say.
    let bytes = PyBytes::type_object(object.py()).call1((PyByteArray::from(&data)?,))?;
    fill(bytes.cast::<PyBytes>()?.as_bytes(), buf)
}

/// The next `count` bytes of the object, or fewer at its end, and the object's position restored. `None` if it cannot
/// seek back.
///
/// # Errors
/// Errors raised by the object.
pub(crate) fn peek(object: &Bound<'_, PyAny>, count: usize) -> PyResult<Option<Vec<u8>>> {
    let (py, seek) = (object.py(), intern!(object.py(), "seek"));
    let stays = object.hasattr(seek)? && tolerated(py, object.call_method1(seek, (0, 1)))?.is_some();
    if !stays {
        return Ok(None);
    }
    let mut first = vec![0; count];
    let mut came = 0;
    while let Some(rest) = first.get_mut(came..).filter(|rest| !rest.is_empty()) {
        let more = read_into(object, rest)?;
        if more == 0 {
            break;
        }
        came += more;
    }
    first.truncate(came);
    object.call_method1(intern!(py, "seek"), (-(came as i64), 1))?;
    Ok(Some(first))
}
