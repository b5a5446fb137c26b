//! `NpzFile`: an archive as NumPy's users know it.

use std::sync::{Arc, Mutex, PoisonError};

use numio::NpzArchive;
use numio::npz::Member;
use pyo3::exceptions::{PyAttributeError, PyKeyError, PyRuntimeWarning};
use pyo3::import_exception;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::objects;
use crate::settings::{Settings, header_size};
use crate::{array, errors, html, memmap, run};

import_exception!(numio._errors, ClosedFile);

/// A dictionary-like object over a `.npz` archive, whose members are read when they are asked for.
///
/// `load` makes it. Several threads may read at once, and then do so side by side.
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
/// pickle_kwargs : dict
///     How pickles of Python 2 are read: ``encoding`` and ``fix_imports``.
///
/// The last three can be set, for members that are read from then on.
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
#[pyclass(frozen, mapping, weakref, module = "numio")]
pub(crate) struct NpzFile {
    archive: Mutex<Option<NpzArchive>>,
    settings: Mutex<Arc<Settings>>,
    /// What the caller gave: a path, or a file-like object.
    file: Py<PyAny>,
    /// The path as text or bytes, where there is one.
    path: Option<Py<PyAny>>,
    files: PyOnceLock<Py<PyList>>,
    zip: PyOnceLock<Zip>,
}

/// The archive as Python's own modules see it.
struct Zip {
    zip: Py<PyAny>,
    fid: Option<Py<PyAny>>,
}

impl NpzFile {
    pub(crate) fn of_path<'py>(
        file: &Bound<'py, PyAny>,
        archive: NpzArchive,
        settings: Settings,
    ) -> PyResult<Bound<'py, PyAny>> {
        static FSPATH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let path = FSPATH.import(file.py(), "os", "fspath")?.call1((file,))?;
        Self::made(file, Some(path), archive, settings)
    }

    pub(crate) fn of_object<'py>(
        object: &Bound<'py, PyAny>,
        archive: NpzArchive,
        settings: Settings,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::made(object, None, archive, settings)
    }

    fn made<'py>(
        file: &Bound<'py, PyAny>,
        path: Option<Bound<'py, PyAny>>,
        archive: NpzArchive,
        settings: Settings,
    ) -> PyResult<Bound<'py, PyAny>> {
        let made = Self {
            archive: Mutex::new(Some(archive)),
            settings: Mutex::new(Arc::new(settings)),
            file: file.clone().unbind(),
            path: path.map(Bound::unbind),
            files: PyOnceLock::new(),
            zip: PyOnceLock::new(),
        };
        Ok(Bound::new(file.py(), made)?.into_any())
    }

    /// The archive, or the error that it is closed.
    fn archive(&self) -> PyResult<NpzArchive> {
        let archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        archive.clone().ok_or_else(|| ClosedFile::new_err("the archive has been closed"))
    }

    fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads members otherwise from here on.
    fn change(&self, change: impl FnOnce(&mut Settings) -> PyResult<()>) -> PyResult<()> {
        let mut settings = Settings::clone(&self.settings());
        change(&mut settings)?;
        if let Some(archive) = &mut *self.archive.lock().unwrap_or_else(PoisonError::into_inner) {
            *archive = settings.options.archive(archive);
        }
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
        Ok(())
    }

    fn is_closed(&self) -> bool {
        self.archive.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn member<'py>(&self, py: Python<'py>, member: Member) -> PyResult<Bound<'py, PyAny>> {
        if let Some(warning) = member.warning() {
            let text = std::ffi::CString::new(warning.to_string()).unwrap_or_default();
            PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &text, 1)?;
        }
        if let Some(bytes) = member.as_bytes() {
            return Ok(PyBytes::new(py, bytes).into_any());
        }
        if let Some(graph) = member.as_object() {
            let made = objects::graph_to_python(py, graph.root(), &self.settings().trust)?;
            return Ok(made.into_bound(py));
        }
        let found = member.into_array().map_err(|error| errors::to_python(&error))?;
        match (self.settings().mode, found.map_offset()) {
            (Some(mode), Some(offset)) => memmap::to_python(self.file.bind(py), found, mode, offset),
            _ => array::to_python(py, found),
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
        let archive = self.archive()?;
        let missing = || PyKeyError::new_err(format!("{key} is not a file in the archive"));
        let Ok(name) = key.cast::<PyString>() else {
            // What cannot be a key at all is a TypeError.
            key.hash()?;
            return Err(missing());
        };
        let name = name.to_str().map_err(|_| missing())?;
        if !archive.contains(name) {
            return Err(missing());
        }
        let member = run::detached(py, || archive.get(name)).map_err(|error| errors::to_python(&error))?;
        self.member(py, member)
    }

    fn __contains__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        let archive = self.archive()?;
        match key.cast::<PyString>() {
            Ok(name) => Ok(name.to_str().is_ok_and(|name| archive.contains(name))),
            Err(_) => key.hash().map(|_| false),
        }
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.files(py)?.bind(py).len())
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
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
        if !self.is_closed() {
            self.files(py)?;
        }
        self.archive.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Zip { zip, fid }) = self.zip.get(py) {
            zip.call_method0(py, "close")?;
            if let Some(fid) = fid {
                fid.call_method0(py, "close")?;
            }
        }
        Ok(())
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
    fn pickle_kwargs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let kwargs = PyDict::new(py);
        let settings = self.settings();
        kwargs.set_item("encoding", &settings.encoding)?;
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
        Ok(format!("NpzFile {name} with keys: {}{more}", first.join(", ")))
    }

    /// A table of the members, for notebooks.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let (title, archive) = (self.__repr__(py)?, self.archive()?);
        Ok(py.detach(|| html::table(&title, &archive)))
    }
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
