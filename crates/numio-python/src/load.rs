//! `numio.load`.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use numio::{LoadOptions, Loaded, MmapMode, ReadAt};
use pyo3::exceptions::{PyEOFError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::file::{Behind, Input, Reader, peek};
use crate::npz::NpzFile;
use crate::objects::{self, Trust};
use crate::settings::{Settings, encoding_of, header_size};
use crate::{array, errors, memmap, run};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Load arrays or pickled objects from `.npy`, `.npz` or pickled files.
///
/// Parameters
/// ----------
/// file : file-like object, str, or path-like
///     The file to read. A file-like object needs `read`, opened in binary mode; it is left right after what was read,
///     so that several arrays in one file load one after another. `seek` is used where there is one.
/// mmap_mode : {None, 'r+', 'r', 'c'}, optional
///     Map the file instead of reading it. Stored members of an archive are mapped in place; compressed ones are read,
///     with a `RuntimeWarning`. 'w+' would empty the file, and is refused.
/// allow_pickle : bool, optional
///     Whether Python objects are read. Reading them runs nothing that the file names, unless `trust` allows it. Given
///     explicitly, true lifts `max_header_size`.
/// fix_imports : bool, optional
///     Whether names in pickles of Python 2 are those of Python 3.
/// encoding : {'ASCII', 'latin1', 'bytes'}, optional
///     What strings of Python 2 become.
/// max_header_size : int, optional
///     The longest header accepted, in characters.
/// trust : bool or list of str, optional
///     Names such as ``'mymodule.MyClass'`` that a pickle may import and call; true leaves all to Python's own
///     unpickler, which runs whatever the file says.
///
/// Returns
/// -------
/// result : ndarray, memmap, NpzFile, or any object
///     What the file holds, as `numpy.load` returns it.
///
/// Raises
/// ------
/// OSError
///     If the file cannot be read.
/// EOFError
///     If there is nothing left in the file.
/// pickle.UnpicklingError
///     If a pickle is damaged, or names something that is not allowed.
/// ValueError
///     If the file is damaged, or holds objects and `allow_pickle` is false.
///
/// See Also
/// --------
/// save, savez, savez_compressed, open_memmap
///
/// Examples
/// --------
/// >>> import os, tempfile
/// >>> import numio
/// >>> import numpy as np
/// >>> path = os.path.join(tempfile.mkdtemp(), '123.npy')
/// >>> numio.save(path, np.array([[1, 2, 3], [4, 5, 6]]))
/// >>> numio.load(path)
/// array([[1, 2, 3],
///        [4, 5, 6]])
/// >>> numio.load(path, mmap_mode='r')[1, :]
/// memmap([4, 5, 6])
#[pyfunction]
#[pyo3(
    signature = (file, mmap_mode=None, allow_pickle=None, fix_imports=None, encoding=None, *, max_header_size=None, trust=None),
    text_signature = "(file, mmap_mode=None, allow_pickle=True, fix_imports=True, encoding='ASCII', *, max_header_size=10000, trust=False)"
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
    trust: Option<&Bound<'py, PyAny>>,
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
    let mode = match mmap_mode {
        Some(mode) if mode.is_truthy()? => Some(memmap::mode_of(mode.extract()?)?),
        _ => None,
    };
    if mode == Some(MmapMode::Create) {
        let text = "mode 'w+' would empty the file: make new files with open_memmap";
        return Err(PyValueError::new_err(text));
    }
    let settings = Settings {
        options,
        mode,
        trust: Trust::from_arg(trust.unwrap_or(PyBool::new(py, false).as_any()))?
            .reading(encoding, fix_imports),
        allow_pickle: allowed.unwrap_or(true),
        encoding: encoding.to_owned(),
        fix_imports,
        max_header_size,
    };
    match Input::from_arg(file)? {
        Input::Path(path) => settings.path(file, &path),
        Input::Object(object) => settings.object(&object),
    }
}

impl Settings {
    fn path<'py>(mut self, file: &Bound<'py, PyAny>, path: &Path) -> PyResult<Bound<'py, PyAny>> {
        let py = file.py();
        if let Some(mode) = self.mode {
            self.map(mode);
        }
        let loaded =
            run::detached(py, || self.options.load(path)).map_err(|error| errors::to_python(&error))?;
        match (loaded, self.mode) {
            (Loaded::Array(found), Some(mode)) => {
                let offset = match found.map_offset() {
                    Some(offset) => offset,
                    None => data_offset(py, path)?,
                };
                memmap::to_python(file, found, mode, offset)
            }
            (Loaded::Npz(archive), _) => NpzFile::of_path(file, archive, self),
            (other, _) => self
                .object_of(py, other, || std::fs::File::open(path).is_ok_and(|file| holds_array(&file, 0))),
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
        let loaded = run::detached(py, || self.options.load_at(source.clone(), at));
        let (loaded, end) = loaded.map_err(|error| errors::to_python(&error))?;
        if let Loaded::Npz(archive) = loaded {
            return NpzFile::of_object(object, archive, self);
        }
        object.call_method1(intern!(py, "seek"), (end,))?;
        self.object_of(py, loaded, || holds_array(&source, at))
    }

    fn stream<'py>(self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = object.py();
        let first = peek(object, MAGIC.len())?;
        if first.as_ref().is_some_and(Vec::is_empty) {
            return Err(PyEOFError::new_err("no data left in file"));
        }
        let is_array = first.as_deref() == Some(MAGIC);
        if self.mode.is_some() && is_array {
            return Err(unmappable(object));
        }
        let mut reader = Reader::new(object, Vec::new());
        let is_zip =
            first.is_some_and(|first| first.starts_with(b"PK\x03\x04") || first.starts_with(b"PK\x05\x06"));
        let loaded = run::detached(py, || match is_zip {
            true => self.options.load_npz_from(reader).map(Loaded::Npz),
            false => self.options.load_from(reader.by_ref()),
        });
        match loaded.map_err(|error| errors::to_python(&error))? {
            Loaded::Npz(archive) => NpzFile::of_object(object, archive, self),
            other => self.object_of(py, other, || is_array),
        }
    }

    /// `is_array` says of what holds objects whether it is an array or a pickle, whose errors differ.
    fn object_of<'py>(
        &self,
        py: Python<'py>,
        loaded: Loaded,
        is_array: impl FnOnce() -> bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        match loaded {
            Loaded::Array(found) => array::to_python(py, found),
            Loaded::Object(graph) => match objects::graph_to_python(py, graph.root(), &self.trust) {
                Ok(object) => Ok(object.into_bound(py)),
                Err(raised) if is_array() => Err(raised),
                Err(raised) => Err(errors::not_a_pickle(py, raised)),
            },
            _ => Err(PyValueError::new_err("the file holds what this version of numio does not know")),
        }
    }
}

fn holds_array(source: &dyn ReadAt, at: u64) -> bool {
    let mut head = [0; MAGIC.len()];
    source.read_exact_at(&mut head, at).is_ok() && head == MAGIC
}

/// Where the elements of a file start of which there are none.
fn data_offset(py: Python<'_>, path: &Path) -> PyResult<u64> {
    let open = || numio::npy::NpyFile::open(path).map(|file| file.data_offset() as u64);
    run::detached(py, open).map_err(|error| errors::to_python(&error))
}

/// NumPy's two ways of refusing to map what has no path.
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
