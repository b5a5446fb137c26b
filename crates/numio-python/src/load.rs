//! `numio.load`, and loading the members of an archive that it opens.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use numio::pickle::Python2Encoding;
use numio::{Error, ErrorKind, FileFormat, Limits, LoadOptions, Loaded, MmapMode, ReadAt};
use pyo3::exceptions::{PyEOFError, PyTypeError, PyUserWarning, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};

use crate::file::{Behind, Input, Reader, peek};
use crate::npz::NpzFile;
use crate::objects::{self, PickleOrigin, Trust};
use crate::{array, errors, memmap, run};

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// `numio.load`, whose docstring and defaults are in Python.
///
/// `as_numpy` is set while NumPy's own names mean numio's functions: members of archives are then mapped for reading only, as
/// programs expect that are written for NumPy, which reads them.
#[pyfunction]
#[pyo3(
    signature = (file, mmap_mode=None, allow_pickle=None, fix_imports=None, encoding=None, *, max_header_size=None, max_ratio=None, trust=None, as_numpy=false),
    text_signature = "(file, mmap_mode=None, allow_pickle=True, fix_imports=True, encoding='ASCII', *, max_header_size=10000, max_ratio=100, trust=False)"
)]
#[expect(clippy::too_many_arguments, reason = "NumPy's")]
pub(crate) fn load<'py>(
    py: Python<'py>,
    file: &Bound<'py, PyAny>,
    mmap_mode: Option<&Bound<'py, PyAny>>,
    allow_pickle: Option<&Bound<'py, PyAny>>,
    fix_imports: Option<&Bound<'py, PyAny>>,
    encoding: Option<&str>,
    max_header_size: Option<&Bound<'py, PyAny>>,
    max_ratio: Option<&Bound<'py, PyAny>>,
    trust: Option<&Bound<'py, PyAny>>,
    as_numpy: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let encoding = encoding.unwrap_or("ASCII");
    let mut options = LoadOptions::new();
    options.encoding(encoding_of(encoding)?);
    let allowed = allow_pickle.map(Bound::is_truthy).transpose()?;
    if let Some(allowed) = allowed {
        options.allow_pickle(allowed);
    }
    let fix_imports = fix_imports.map_or(Ok(true), Bound::is_truthy)?;
    options.fix_imports(fix_imports).keep_pickle_graphs(true);
    let max_header_size = max_header_size.map_or(Ok(10_000), header_size)?;
    options.max_header_size(max_header_size);
    let max_ratio = max_ratio.map_or(Ok(DEFAULT_RATIO), ratio)?;
    options.max_compression_ratio(max_ratio);
    let mode = match mmap_mode {
        Some(mode) if mode.is_truthy()? => Some(memmap::mode_of(mode.extract()?)?),
        _ => None,
    };
    if mode == Some(MmapMode::Create) {
        let text = "mode 'w+' would empty the file: make new files with open_memmap";
        return Err(PyValueError::new_err(text));
    }
    let python2 = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&python2);
    options.on_header(move |header| {
        flag.fetch_or(header.is_from_python2(), Ordering::Relaxed);
        array::note_header(header);
    });
    let settings = Settings {
        options,
        python2,
        mode,
        trust_given: trust.map(|given| Arc::new(given.clone().unbind())),
        trust: Trust::from_arg(trust.unwrap_or(PyBool::new(py, false).as_any()))?
            .reading(encoding, fix_imports),
        allow_pickle: allowed.unwrap_or(true),
        is_allowed: allowed,
        as_numpy,
        encoding: encoding.to_owned(),
        fix_imports,
        max_header_size,
        max_ratio,
    };
    let (not_said, python2) = (settings.is_allowed.is_none(), Arc::clone(&settings.python2));
    let loaded = match Input::from_arg(file)? {
        Input::Path(path) => settings.path(file, &path),
        Input::Object(object) => settings.object(&object),
    };
    match loaded {
        Err(raised) if not_said => Err(errors::as_both(py, raised)),
        Ok(loaded) => {
            warn_of_python2(py, &python2, 2)?;
            Ok(loaded)
        }
        raised => raised,
    }
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

/// The options of a call.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) options: LoadOptions,
    /// Set when a header of Python 2 was read.
    pub(crate) python2: Arc<AtomicBool>,
    pub(crate) mode: Option<MmapMode>,
    pub(crate) trust: Trust,
    /// The caller's argument for it.
    pub(crate) trust_given: Option<Arc<Py<PyAny>>>,
    pub(crate) allow_pickle: bool,
    /// The caller's explicit `allow_pickle`, if any. A true lifts the bound on headers.
    pub(crate) is_allowed: Option<bool>,
    /// True if members are mapped in the way that suits programs written for NumPy, which reads them.
    pub(crate) as_numpy: bool,
    pub(crate) encoding: String,
    pub(crate) fix_imports: bool,
    pub(crate) max_header_size: usize,
    pub(crate) max_ratio: u64,
}

impl Settings {
    /// Sets, at the caller's explicit request, whether Python objects are read.
    pub(crate) fn set_allow_pickle(&mut self, allow: bool) {
        self.options.allow_pickle(allow);
        (self.allow_pickle, self.is_allowed) = (allow, Some(allow));
    }

    pub(crate) fn set_max_header_size(&mut self, size: usize) {
        self.options.max_header_size(size);
        self.max_header_size = size;
    }

    pub(crate) fn set_max_ratio(&mut self, ratio: u64) {
        self.options.max_compression_ratio(ratio);
        self.max_ratio = ratio;
    }

    /// The arguments of `numio._numio.load` that make these settings.
    ///
    /// # Errors
    /// Errors raised by Python.
    pub(crate) fn to_kwargs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let kwargs = PyDict::new(py);
        kwargs.set_item("mmap_mode", self.mode.map(memmap::name_of))?;
        kwargs.set_item("allow_pickle", self.is_allowed)?;
        kwargs.set_item("fix_imports", self.fix_imports)?;
        kwargs.set_item("encoding", &self.encoding)?;
        kwargs.set_item("max_header_size", self.max_header_size)?;
        kwargs.set_item("max_ratio", self.max_ratio)?;
        kwargs.set_item("trust", self.trust_given.as_ref().map(|given| given.bind(py)))?;
        kwargs.set_item("as_numpy", self.as_numpy)?;
        Ok(kwargs)
    }

    /// Sets the options for reading pickles of Python 2.
    ///
    /// # Errors
    /// `ValueError` for an encoding that changes what numbers are.
    pub(crate) fn set_python2(&mut self, encoding: &str, fix_imports: bool) -> PyResult<()> {
        self.options.encoding(encoding_of(encoding)?).fix_imports(fix_imports);
        self.trust = std::mem::take(&mut self.trust).reading(encoding, fix_imports);
        (self.encoding, self.fix_imports) = (encoding.to_owned(), fix_imports);
        Ok(())
    }
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
    let size: i128 = size.extract()?;
    Ok(usize::try_from(size.max(0)).unwrap_or(usize::MAX))
}

/// The file at `path`, where it is a regular one: a pipe would be waited for, and what was in it has been read.
fn regular(path: &Path) -> Option<std::fs::File> {
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    std::fs::File::open(path).ok()
}

/// The library's default for [`Settings::max_ratio`].
pub(crate) const DEFAULT_RATIO: u64 = 100;

/// A ratio; numbers that are too large mean no bound.
pub(crate) fn ratio(ratio: &Bound<'_, PyAny>) -> PyResult<u64> {
    let ratio: i128 = ratio.extract()?;
    Ok(u64::try_from(ratio.max(0)).unwrap_or(u64::MAX))
}

impl Settings {
    fn path<'py>(mut self, file: &Bound<'py, PyAny>, path: &Path) -> PyResult<Bound<'py, PyAny>> {
        let py = file.py();
        if let Some(mode) = self.mode
            && regular(path).is_some_and(|file| holds_array(&file, 0))
        {
            let mut limits = Limits::default();
            // As in the library, an explicit true means that the file is trusted.
            limits.max_header_chars =
                if self.is_allowed == Some(true) { usize::MAX } else { self.max_header_size };
            return memmap::open_npy(file, path, mode, limits, &self.python2);
        }
        if self.as_numpy && self.mode.is_some() {
            // NumPy reads members, which its users then change without changing the file.
            self.mode = Some(MmapMode::CopyOnWrite);
        }
        if let Some(mode) = self.mode {
            self.map(mode);
        }
        let loaded = run::detached(py, || self.options.load(path)).map_err(|error| {
            let start = || regular(path).map_or([0; MAGIC.len()], |file| start_of(&file, 0));
            self.raised(py, &error, start)
        })?;
        match loaded {
            Loaded::Npz(archive) => NpzFile::of_path(file, archive, self),
            other => {
                let is_array = || regular(path).is_some_and(|file| holds_array(&file, 0));
                let mapped = match self.mode {
                    Some(mode) => Some((
                        std::fs::File::options().read(true).write(mode == MmapMode::ReadWrite).open(path)?,
                        mode,
                    )),
                    None => None,
                };
                let map = mapped.as_ref().map(|(of, mode)| objects::MapFile {
                    filename: file,
                    file: of,
                    mode: *mode,
                });
                self.object_of(py, other, Some(path), map, is_array)
            }
        }
    }

    #[expect(unsafe_code, reason = "as with NumPy, who maps a file answers for what else happens to it")]
    fn map(&mut self, mode: MmapMode) {
        // SAFETY: NumPy's contract is the caller's, whose files these are: no one may truncate them while they are mapped.
        unsafe { self.options.mmap(mode) };
    }

    fn object<'py>(self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = object.py();
        let (source, at): (Arc<dyn ReadAt>, u64) = match Behind::of(object)? {
            Behind::File(file, at) => (Arc::new(file), at),
            Behind::Bytes(bytes, at) => (Arc::new(bytes), at),
            Behind::Unknown => return self.stream(object),
        };
        if self.mode.is_some() && holds_array(&source, at) {
            return Err(unmappable(object));
        }
        let loaded = run::detached(py, || self.options.from_reader_at(source.clone(), at));
        let (loaded, end) = loaded.map_err(|error| self.raised(py, &error, || start_of(&source, at)))?;
        if let Loaded::Npz(archive) = loaded {
            return NpzFile::of_object(object, archive, self);
        }
        object.call_method1(intern!(py, "seek"), (end,))?;
        self.object_of(py, loaded, name_of(object).as_deref(), None, || holds_array(&source, at))
    }

    fn stream<'py>(self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = object.py();
        let first = peek(object, MAGIC.len())?;
        if first.as_ref().is_some_and(Vec::is_empty) {
            return Err(PyEOFError::new_err("no data left in file"));
        }
        let is_array = first.as_deref() == Some(&MAGIC[..]);
        if self.mode.is_some() && is_array {
            return Err(unmappable(object));
        }
        let mut reader = Reader::new(object, Vec::new());
        let is_zip = first.as_ref().is_some_and(|first| starts_archive(first));
        let loaded = run::detached(py, || match is_zip {
            true => self.options.npz_from_reader(reader).map(Loaded::Npz),
            false => self.options.from_reader(reader.by_ref()),
        });
        let start = || first.as_deref().and_then(|first| first.try_into().ok()).unwrap_or(*MAGIC);
        match loaded.map_err(|error| self.raised(py, &error, start))? {
            Loaded::Npz(archive) => NpzFile::of_object(object, archive, self),
            other => self.object_of(py, other, name_of(object).as_deref(), None, || is_array),
        }
    }

    /// The exception for an error of a whole file, which starts with `start`.
    fn raised(&self, py: Python<'_>, error: &Error, start: impl FnOnce() -> [u8; MAGIC.len()]) -> PyErr {
        let raised = errors::to_python(error);
        if self.is_allowed == Some(false) || error.kind() == ErrorKind::Io {
            return raised;
        }
        let start = start();
        if start == *MAGIC || starts_archive(&start) {
            return raised;
        }
        errors::not_recognized(py, raised, self.is_allowed == Some(true))
    }

    /// `is_array` tells, for loaded objects, an array from a pickle: their errors differ.
    fn object_of<'py>(
        &self,
        py: Python<'py>,
        loaded: Loaded,
        path: Option<&Path>,
        map: Option<objects::MapFile<'_, 'py>>,
        is_array: impl FnOnce() -> bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        match loaded {
            Loaded::Array(found) => array::of_file(py, found),
            Loaded::Object(graph) => {
                let origin = PickleOrigin { path, member: None };
                // What was decompressed is nowhere in the file.
                let map = map.filter(|_| graph.file_offset().is_some());
                match objects::graph_to_python(py, graph.root(), &self.trust, origin, map) {
                    Ok(object) => Ok(object.into_bound(py)),
                    Err(raised) if is_array() => Err(raised),
                    Err(raised) => Err(errors::not_a_pickle(py, raised)),
                }
            }
            _ => Err(PyValueError::new_err("the file holds what this version of numio does not know")),
        }
    }
}

/// The path that a file object says it was opened by, for errors.
fn name_of(object: &Bound<'_, PyAny>) -> Option<PathBuf> {
    object.getattr("name").ok()?.extract::<String>().ok().map(PathBuf::from)
}

fn holds_array(source: &dyn ReadAt, at: u64) -> bool {
    start_of(source, at) == *MAGIC
}

/// The first bytes, or zeros if there are fewer.
fn start_of(source: &dyn ReadAt, at: u64) -> [u8; MAGIC.len()] {
    let mut start = [0; MAGIC.len()];
    match source.read_exact_at(&mut start, at) {
        Ok(()) => start,
        Err(_) => [0; MAGIC.len()],
    }
}

fn starts_archive(start: &[u8]) -> bool {
    FileFormat::detect(start).is_zip()
}

/// NumPy's two errors for mapping an object that has no path.
fn unmappable(object: &Bound<'_, PyAny>) -> PyErr {
    match crate::file::is_file(object) {
        Ok(true) => PyValueError::new_err(
            "Filename must be a string or a path-like object.  Memmap cannot use existing file handles.",
        ),
        _ => match object.get_type().name() {
            Ok(name) => {
                PyTypeError::new_err(format!("expected str, bytes or os.PathLike object, not {name}"))
            }
            Err(error) => error,
        },
    }
}
