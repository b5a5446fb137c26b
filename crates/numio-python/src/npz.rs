//! `NpzFile`: an archive as NumPy's users know it, and as a table for notebooks.

use std::collections::HashSet;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::SystemTime;

use numio::npz::{MemberValue, ReadAhead, Sparse};
use numio::{FileFormat, NpzArchive};
use pyo3::exceptions::{PyAttributeError, PyKeyError, PyRuntimeWarning, PyTypeError, PyUserWarning};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::arguments::{header_size, ratio, warn_of_python2};
use crate::errors::ClosedFile;
use crate::objects::{self, PickleOrigin};
use crate::run::lock;
use crate::settings::Settings;
use crate::{alloc, array, dtype, errors, memmap, run};

/// A dictionary-like object over a `.npz` archive, whose members are read when they are asked for.
///
/// `load` makes it. Several threads may read at once, and then do so side by side.
/// Where it maps members, a file that another process makes shorter ends this process with SIGBUS once a page that is gone
/// is touched.
///
/// Attributes
/// ----------
/// files : list of str
///     The names of the members, without ``.npy``.
/// f : BagObj
///     The members as attributes: ``npz.f.x`` is ``npz['x']``.
/// zip : zipfile.ZipFile
///     The archive as Python's `zipfile` sees it, opened when it is first asked for.
/// fid : file or None
///     The file under `zip`, where the archive was given by its path.
/// allow_pickle : bool
///     Whether members that hold Python objects are read.
/// max_header_size : int
///     The longest header of a member accepted.
/// max_ratio : int
///     How many times larger than its compressed bytes a member of more than 64 MiB may be.
/// pickle_kwargs : dict
///     How pickles of Python 2 are read: ``encoding`` and ``fix_imports``.
///
/// The last four can be set, for members that are read from then on.
///
/// Examples
/// --------
/// >>> import os, tempfile
/// >>> import numio
/// >>> import numpy as np
/// >>> path = os.path.join(tempfile.mkdtemp(), 'xy.npz')
/// >>> numio.savez(path, x=np.arange(3), y=np.ones(2))
/// >>> with numio.load(path) as npz:
/// ...     print(npz.files, npz['x'], npz.f.y)
/// ['x', 'y'] [0 1 2] [1. 1.]
#[pyclass(frozen, mapping, weakref, dict, module = "numio")]
pub(crate) struct NpzFile {
    /// Reads ahead where the archive was opened by its path: the position of a file object is its owner's.
    archive: Mutex<Option<Arc<ReadAhead>>>,
    settings: Mutex<Arc<Settings>>,
    /// The caller's argument: a path, or a file-like object.
    file: Py<PyAny>,
    /// The path as text or bytes, if there is one.
    path: Option<Py<PyAny>>,
    /// The whole path, and the file's identity at opening: for pickles of this object, which open it again.
    origin: Option<Origin>,
    /// The members' full names, once it is closed.
    closed_names: OnceLock<HashSet<String>>,
    files: PyOnceLock<Py<PyList>>,
    zip: PyOnceLock<Zip>,
}

/// The path of an opened archive, and the identity of the file.
#[derive(Clone)]
struct Origin {
    path: PathBuf,
    size: u64,
    /// When it was changed last, in nanoseconds.
    changed: i128,
}

impl Origin {
    fn of(path: &Path, size: u64, changed: Option<SystemTime>) -> io::Result<Self> {
        let since = |time: SystemTime| match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => after.as_nanos() as i128,
            Err(before) => -(before.duration().as_nanos() as i128),
        };
        let path = if path.has_root() { path.to_path_buf() } else { std::path::absolute(path)? };
        Ok(Self { path, size, changed: changed.map_or(0, since) })
    }
}

/// The archive as Python's own modules see it. Both are closed with the archive, or with the last reference to it.
struct Zip {
    zip: Py<PyAny>,
    fid: Option<Py<PyAny>>,
}

impl Zip {
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.zip.call_method0(py, "close")?;
        match &self.fid {
            Some(fid) => fid.call_method0(py, "close").map(|_| ()),
            None => Ok(()),
        }
    }
}

impl Drop for Zip {
    fn drop(&mut self) {
        Python::attach(|py| {
            // The last reference may go while an exception is on its way.
            let pending = PyErr::take(py);
            if let Err(raised) = self.close(py) {
                raised.write_unraisable(py, None);
            }
            if let Some(pending) = pending {
                pending.restore(py);
            }
        });
    }
}

/// Warns of an archive that is another program's, in which there are no arrays to NumPy.
fn warn_of_format(py: Python<'_>, archive: &NpzArchive, path: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let format = FileFormat::of_archive(archive);
    let Some(advice) = format.advice() else { return Ok(()) };
    let file = match path {
        Some(path) => path.repr()?.to_string(),
        None => "the file".to_owned(),
    };
    let text = numio::escape_controls(&format!("{file} is {format}: {advice}")).into_owned();
    let text = std::ffi::CString::new(text).unwrap_or_default();
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &text, 2)
}

impl NpzFile {
    pub(crate) fn of_path<'py>(
        file: &Bound<'py, PyAny>,
        archive: NpzArchive,
        settings: Settings,
    ) -> PyResult<Bound<'py, PyAny>> {
        static FSPATH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let path = match file.is_exact_instance_of::<PyString>() {
            true => file.clone(),
            false => FSPATH.import(file.py(), "os", "fspath")?.call1((file,))?,
        };
        warn_of_format(file.py(), &archive, Some(&path))?;
        let origin = match (archive.path(), archive.identity()) {
            (Some(path), Some((size, changed))) => Some(Origin::of(path, size, changed)?),
            _ => None,
        };
        Self::made(file, Some(path), origin, archive, settings)
    }

    pub(crate) fn of_object<'py>(
        object: &Bound<'py, PyAny>,
        archive: NpzArchive,
        settings: Settings,
    ) -> PyResult<Bound<'py, PyAny>> {
        warn_of_format(object.py(), &archive, None)?;
        Self::made(object, None, None, archive, settings)
    }

    fn made<'py>(
        file: &Bound<'py, PyAny>,
        path: Option<Bound<'py, PyAny>>,
        origin: Option<Origin>,
        archive: NpzArchive,
        settings: Settings,
    ) -> PyResult<Bound<'py, PyAny>> {
        let made = Self {
            archive: Mutex::new(Some(Arc::new(archive.read_ahead()))),
            settings: Mutex::new(Arc::new(settings)),
            file: file.clone().unbind(),
            path: path.map(Bound::unbind),
            origin,
            closed_names: OnceLock::new(),
            files: PyOnceLock::new(),
            zip: PyOnceLock::new(),
        };
        Ok(Bound::new(file.py(), made)?.into_any())
    }

    /// The archive, or the error that it is closed.
    fn archive(&self) -> PyResult<NpzArchive> {
        Ok(self.ahead()?.archive().clone())
    }

    fn ahead(&self) -> PyResult<Arc<ReadAhead>> {
        let archive = lock(&self.archive);
        archive.clone().ok_or_else(|| ClosedFile::new_err("the archive has been closed"))
    }

    fn settings(&self) -> Arc<Settings> {
        Arc::clone(&lock(&self.settings))
    }

    /// Reads members otherwise from here on.
    fn change(&self, change: impl FnOnce(&mut Settings) -> PyResult<()>) -> PyResult<()> {
        let mut settings = Settings::clone(&self.settings());
        change(&mut settings)?;
        if let Some(archive) = &mut *lock(&self.archive) {
            *archive = Arc::new(archive.archive().with_options(&settings.options).read_ahead());
        }
        *lock(&self.settings) = Arc::new(settings);
        Ok(())
    }

    fn is_closed(&self) -> bool {
        lock(&self.archive).is_none()
    }

    fn member<'py>(
        &self,
        py: Python<'py>,
        archive: &NpzArchive,
        member: MemberValue,
        name: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let settings = self.settings();
        // NumPy reads members in every mode, and so does not warn.
        if let Some(warning) = member.mmap_fallback().filter(|_| !settings.as_numpy) {
            let text = std::ffi::CString::new(warning.to_string()).unwrap_or_default();
            PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &text, 1)?;
        }
        if let Some(bytes) = member.as_bytes() {
            return Ok(alloc::bytes(py, bytes)?.into_any());
        }
        if let Some(graph) = member.as_object() {
            let path = self.path.as_ref().and_then(|path| path.extract::<PathBuf>(py).ok());
            let origin = PickleOrigin { path: path.as_deref(), member: Some(name) };
            let made = objects::graph_to_python(py, graph.root(), &settings.trust, origin, None)?;
            return Ok(made.into_bound(py));
        }
        let found = member.into_array().map_err(|error| errors::to_python(&error))?;
        match (settings.mode, found.map_offset(), archive.file()) {
            (Some(mode), Some(offset), Some(file)) => {
                let descr = dtype::spelled(py, found.dtype(), array::spelled().as_deref())?;
                memmap::map_member(self.file.bind(py), file, mode, found, descr, offset)
            }
            _ => array::of_file(py, found),
        }
    }

    /// What Python gets for a member that was read, or the error that it gets.
    fn found<'py>(
        &self,
        py: Python<'py>,
        archive: &NpzArchive,
        name: &str,
        read: numio::Result<MemberValue>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let settings = self.settings();
        let member = read.map_err(|error| errors::to_python(&error));
        match member.and_then(|member| self.member(py, archive, member, name)) {
            Err(raised) if settings.is_allowed.is_none() => Err(errors::as_both(py, raised)),
            Ok(member) => {
                warn_of_python2(py, &settings.python2, 1)?;
                Ok(member)
            }
            raised => raised,
        }
    }

    fn zip<'py>(&self, py: Python<'py>) -> PyResult<&Zip> {
        self.zip.get_or_try_init(py, || {
            let zipfile = py.import("zipfile")?.getattr("ZipFile")?;
            let fid = match &self.path {
                Some(path) => Some(py.import("io")?.getattr("open")?.call1((path, "rb"))?),
                None => None,
            };
            let zip = zipfile.call1((fid.as_ref().unwrap_or(self.file.bind(py)),))?;
            Ok(Zip { zip: zip.unbind(), fid: fid.map(Bound::unbind) })
        })
    }

    fn view<'py>(slf: &Bound<'py, Self>, kind: &str) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("collections.abc")?.getattr(kind)?.call1((slf,))
    }
}

#[pymethods]
impl NpzFile {
    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let ahead = self.ahead()?;
        let name = name_of(ahead.archive(), key)?;
        let read = || if self.path.is_some() { ahead.get(name) } else { ahead.archive().get(name) };
        self.found(py, ahead.archive(), name, run::detached(py, read))
    }

    fn __contains__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(name) = key.cast::<PyString>() else { return key.hash().map(|_| false) };
        // No member has a name that is no text.
        let Ok(name) = name.to_str() else { return Ok(false) };
        Ok(match (&*lock(&self.archive), self.closed_names.get()) {
            (Some(ahead), _) => ahead.archive().contains(name),
            (None, Some(names)) => names.contains(name) || names.contains(&format!("{name}.npy")),
            (None, None) => false,
        })
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.files(py)?.bind(py).len())
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(ahead) = self.ahead() {
            ahead.rewind();
        }
        Ok(self.files(py)?.bind(py).try_iter()?.into_any())
    }

    #[getter]
    fn files(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        let make = || Ok::<_, PyErr>(PyList::new(py, self.archive()?.names())?.unbind());
        self.files.get_or_try_init(py, make).map(|files| files.clone_ref(py))
    }

    /// A set-like view of the names.
    fn keys<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::view(slf, "KeysView")
    }

    /// A view of the members; each is read when it is reached.
    fn values<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::view(slf, "ValuesView")
    }

    /// A set-like view of names and members.
    fn items<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::view(slf, "ItemsView")
    }

    /// The member of that name, or `default` if there is none.
    #[pyo3(signature = (key, default=None, /))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.__contains__(key)? {
            true => self.__getitem__(py, key),
            false => Ok(default.unwrap_or_else(|| py.None().into_bound(py))),
        }
    }

    /// Reads many members at once, on all cores, which is faster than one after another.
    ///
    /// Parameters
    /// ----------
    /// names : iterable of str, optional
    ///     The members to read; by default all of them.
    ///
    /// Returns
    /// -------
    /// dict
    ///     The members by their names, in the order of `names`, by default that of the file. Members that are mapped are in it as
    ///     maps.
    ///
    /// Raises
    /// ------
    /// KeyError
    ///     For a name without a member, before anything is read.
    /// ValueError, OSError, ...
    ///     Where members cannot be read, what ``npz[name]`` raises for the first of them.
    ///
    /// Examples
    /// --------
    /// >>> import os, tempfile
    /// >>> import numio
    /// >>> path = os.path.join(tempfile.mkdtemp(), 'xyz.npz')
    /// >>> numio.savez(path, x=[1], y=[2], z=[3])
    /// >>> with numio.load(path) as npz:
    /// ...     print(npz.read_all(['z', 'x']))
    /// {'z': array([3]), 'x': array([1])}
    #[pyo3(signature = (names=None))]
    fn read_all<'py>(
        &self,
        py: Python<'py>,
        names: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let ahead = self.ahead()?;
        let names: Vec<Bound<'py, PyAny>> = match names {
            Some(names) if names.is_instance_of::<PyString>() => {
                return Err(PyTypeError::new_err("names must be an iterable of names, and not one name"));
            }
            Some(names) => names.try_iter()?.collect::<PyResult<_>>()?,
            None => self.files(py)?.bind(py).iter().collect(),
        };
        // A name that is there twice is read once.
        let wanted = PyDict::new(py);
        for name in &names {
            name_of(ahead.archive(), name)?;
            wanted.set_item(name, py.None())?;
        }
        let names: Vec<Bound<'py, PyAny>> = wanted.keys().iter().collect();
        let texts: Vec<&str> =
            names.iter().map(|name| name_of(ahead.archive(), name)).collect::<PyResult<_>>()?;
        if self.settings().mode.is_some() {
            for (name, text) in names.iter().zip(texts) {
                let read = run::detached(py, || ahead.archive().get(text));
                wanted.set_item(name, self.found(py, ahead.archive(), text, read)?)?;
            }
            return Ok(wanted);
        }
        let read = run::detached(py, || ahead.archive().read_many(&texts));
        let read = read.map_err(|error| errors::to_python(&error))?;
        for ((name, text), read) in names.iter().zip(texts).zip(read) {
            wanted.set_item(name, self.found(py, ahead.archive(), text, read)?)?;
        }
        Ok(wanted)
    }

    fn __eq__<'py>(slf: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let mapping = slf.py().import("collections.abc")?.getattr("Mapping")?;
        mapping.call_method1("__eq__", (slf, other))
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    /// Close the file. Arrays that were read or mapped stay.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        // Before it is gone: `files` and `repr` still know the names then.
        if let Ok(archive) = self.archive() {
            self.files(py)?;
            self.closed_names
                .get_or_init(|| archive.members().map(|member| member.name.to_owned()).collect());
        }
        lock(&self.archive).take();
        self.zip.get(py).map_or(Ok(()), |zip| zip.close(py))
    }

    /// Another object over the same open archive, with the same settings and attributes.
    fn __copy__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        let path = this.path.as_ref().map(|path| path.bind(py).clone());
        let settings = Settings::clone(&this.settings());
        let copy = Self::made(this.file.bind(py), path, this.origin.clone(), this.archive()?, settings)?;
        let attributes = intern!(py, "__dict__");
        copy.getattr(attributes)?.call_method1(intern!(py, "update"), (slf.getattr(attributes)?,))?;
        Ok(copy)
    }

    /// Pickled as its path, under which it is opened again.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let (py, this) = (slf.py(), slf.get());
        this.archive()?;
        let Some(Origin { path, size, changed }) = &this.origin else {
            let text = "cannot pickle 'NpzFile' object: it was opened by a file object, not by its path";
            return Err(PyTypeError::new_err(text));
        };
        let arguments = this.settings().to_kwargs(py)?;
        let reopen = py.import("numio._load")?.getattr("_reopen")?;
        let path = path.as_os_str().into_pyobject(py)?;
        let attributes = slf.getattr(intern!(py, "__dict__"))?;
        let state = if attributes.is_truthy()? { attributes } else { py.None().into_bound(py) };
        (reopen, (path, *size, *changed, arguments), state).into_pyobject(py)
    }

    /// Size and modification time of the file at opening, for later comparison.
    fn _origin(&self) -> Option<(u64, i128)> {
        self.origin.as_ref().map(|origin| (origin.size, origin.changed))
    }

    /// The sparse matrix of which the archive consists: its format, whether it is a sparse array, its shape, and its arrays.
    fn _sparse<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let archive = self.archive()?;
        let sparse =
            run::detached(py, || Sparse::read(&archive)).map_err(|error| errors::to_python(&error))?;
        let (format, is_array) = (sparse.format().name(), sparse.is_array());
        let shape = PyTuple::new(py, sparse.shape())?;
        let arrays = PyDict::new(py);
        for (name, found) in sparse.into_arrays().map_err(|error| errors::to_python(&error))? {
            arrays.set_item(name, array::to_python(py, found)?)?;
        }
        (format, is_array, shape, arrays).into_pyobject(py)
    }

    /// The names that IPython completes after ``npz[``.
    fn _ipython_key_completions_(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        self.files(py)
    }

    #[getter]
    fn f(slf: &Bound<'_, Self>) -> Option<BagObj> {
        (!slf.get().is_closed()).then(|| BagObj { npz: slf.clone().unbind() })
    }

    #[getter(zip)]
    fn zip_file(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if self.is_closed() { Ok(None) } else { Ok(Some(self.zip(py)?.zip.clone_ref(py))) }
    }

    #[getter]
    fn fid(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if self.is_closed() || self.path.is_none() {
            return Ok(None);
        }
        Ok(self.zip(py)?.fid.as_ref().map(|fid| fid.clone_ref(py)))
    }

    #[getter]
    fn allow_pickle(&self) -> bool {
        self.settings().allow_pickle
    }

    #[setter]
    fn set_allow_pickle(&self, allow: &Bound<'_, PyAny>) -> PyResult<()> {
        let allow = allow.is_truthy()?;
        self.change(|settings| {
            settings.set_allow_pickle(allow);
            Ok(())
        })
    }

    #[getter]
    fn max_header_size(&self) -> usize {
        self.settings().max_header_size
    }

    #[setter]
    fn set_max_header_size(&self, size: &Bound<'_, PyAny>) -> PyResult<()> {
        let size = header_size(size)?;
        self.change(|settings| {
            settings.set_max_header_size(size);
            Ok(())
        })
    }

    #[getter]
    fn max_ratio(&self) -> u64 {
        self.settings().max_ratio
    }

    #[setter]
    fn set_max_ratio(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let value = ratio(value)?;
        self.change(|settings| {
            settings.set_max_ratio(value);
            Ok(())
        })
    }

    #[getter]
    fn pickle_kwargs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let kwargs = PyDict::new(py);
        let settings = self.settings();
        kwargs.set_item("encoding", settings.encoding)?;
        kwargs.set_item("fix_imports", settings.fix_imports)?;
        Ok(kwargs)
    }

    #[setter]
    fn set_pickle_kwargs(&self, kwargs: Option<Bound<'_, PyDict>>) -> PyResult<()> {
        let get = |name| kwargs.as_ref().map_or(Ok(None), |kwargs| kwargs.get_item(name));
        let encoding = get("encoding")?.map_or(Ok("ASCII".to_owned()), |encoding| encoding.extract())?;
        let fix_imports = get("fix_imports")?.map_or(Ok(true), |fix| fix.is_truthy())?;
        self.change(|settings| settings.set_python2(&encoding, fix_imports))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = match &self.path {
            Some(path) => path.bind(py).repr()?.to_string(),
            None => "'object'".to_owned(),
        };
        let files: Vec<String> = self.files(py)?.extract(py)?;
        let first: Vec<&str> = files.iter().take(5).map(String::as_str).collect();
        let more = if files.len() > first.len() { "..." } else { "" };
        let text = format!("NpzFile {name} with keys: {}{more}", first.join(", "));
        Ok(numio::escape_controls(&text).into_owned())
    }

    /// A table of the members, for notebooks.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let (title, archive) = (self.__repr__(py)?, self.archive()?);
        Ok(py.detach(|| table(&title, &archive)))
    }
}

/// The name of a member.
///
/// # Errors
/// `KeyError` where there is none for `key`; `TypeError` for a key that cannot be hashed.
fn name_of<'a>(archive: &NpzArchive, key: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    let missing = || PyKeyError::new_err(format!("{key} is not a file in the archive"));
    let Ok(name) = key.cast::<PyString>() else {
        key.hash()?;
        return Err(missing());
    };
    let name = name.to_str().map_err(|_| missing())?;
    if archive.contains(name) { Ok(name) } else { Err(missing()) }
}

/// The members of an archive as attributes.
#[pyclass(frozen, module = "numio")]
pub(crate) struct BagObj {
    npz: Py<NpzFile>,
}

#[pymethods]
impl BagObj {
    fn __getattr__<'py>(&self, py: Python<'py>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let npz = self.npz.get();
        match npz.__contains__(name)? {
            true => npz.__getitem__(py, name),
            false => Err(PyAttributeError::new_err(name.to_string())),
        }
    }

    fn __dir__(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        self.npz.get().files(py)
    }
}

/// The most members that a table lists.
const ROWS: usize = 100;

/// A table of the members: content and size of each.
fn table(title: &str, archive: &NpzArchive) -> String {
    let mut html = format!("<table><caption>{}</caption>", escaped(title));
    html.push_str("<thead><tr>");
    for head in ["name", "dtype", "shape", "size", "stored", "method"] {
        let _ = write!(html, "<th>{head}</th>");
    }
    html.push_str("</tr></thead><tbody>");
    for (at, member) in archive.members().enumerate().take(ROWS) {
        let name = member.name.strip_suffix(".npy").unwrap_or(member.name);
        let (dtype, shape) = match archive.by_index(at).and_then(|member| member.header()) {
            Ok(Some(header)) => (header.dtype().to_string(), shape_text(header.shape())),
            Ok(None) => ("bytes".to_owned(), String::new()),
            Err(error) => (error.message(), String::new()),
        };
        let (size, stored) = (size_text(member.size), size_text(member.compressed_size));
        html.push_str("<tr>");
        for cell in [name, &dtype, &shape, &size, &stored, &member.method.to_string()] {
            let _ = write!(html, "<td>{}</td>", escaped(cell));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody>");
    if let Some(more) = archive.len().checked_sub(ROWS).filter(|&more| more > 0) {
        let _ = write!(html, "<tfoot><tr><td colspan=\"6\">and {more} more</td></tr></tfoot>");
    }
    html + "</table>"
}

/// As Python prints a tuple.
fn shape_text(shape: &[usize]) -> String {
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    format!("({}{comma})", axes.join(", "))
}

/// A number of bytes, in the largest unit of which there is at least one.
fn size_text(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        // A size that would be printed as 1024 moves to the next unit.
        if size < 1023.95 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1024.0;
    }
    format!("{size:.1} TiB")
}

fn escaped(text: &str) -> String {
    numio::escape_controls(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
