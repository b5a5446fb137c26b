//! Memory maps as `numpy.memmap`: opening and creating files, and handing them to Python's `mmap`.

use std::fs::File;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use numio::npy::{MemmapOptions, NpyFile, Version};
use numio::{DType, DynArray, ErrorKind, Limits, MmapMode, Order};
use numpy::{PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PySequence, PyString};

use crate::file::{announce_given, with_descriptor};
use crate::run::lock;
use crate::{arguments, dtype, errors, file, input, kinds, run};

/// Open or make a `.npy` file as a memory-mapped array: `numpy.lib.format.open_memmap`.
///
/// A file that is shorter than its header says is refused in every mode; with 'r+' NumPy makes it longer.
/// If another process makes the file shorter, touching a page that is gone ends this process with SIGBUS.
///
/// Parameters
/// ----------
/// filename : str or path-like
///     The file.
/// mode : {'r+', 'r', 'w+', 'c'}, optional
///     'w+' makes a new file of zeros, which replaces an old one when it is complete, as by `save`.
/// dtype : data-type, optional
///     Of a new file; by default float64.
/// shape : int or tuple of int
///     Of a new file.
/// fortran_order : bool, optional
///     Whether the first index of a new file varies fastest.
/// version : tuple of two int, optional
///     The version of a new file; by default the oldest that holds it.
/// max_header_size : int, optional
///     The longest header accepted, in characters.
/// preallocate : bool, optional
///     Whether a new file takes its space on the disk at once. Without it, as in NumPy, the disk is used as elements are
///     written, and a disk that is full by then ends the program with a bus error; with it, `OSError` is raised here.
///
/// Returns
/// -------
/// array : numpy.memmap
///     An array over an `mmap.mmap`, as NumPy's.
///
/// See Also
/// --------
/// memmap, close, load
///
/// Examples
/// --------
/// >>> import os, tempfile
/// >>> import numio
/// >>> path = os.path.join(tempfile.mkdtemp(), 'big.npy')
/// >>> array = numio.open_memmap(path, 'w+', dtype='f4', shape=(1000, 3))
/// >>> array[7] = 1, 2, 3
/// >>> array.flush()
/// >>> numio.load(path)[7]
/// array([1., 2., 3.], dtype=float32)
#[pyfunction]
#[pyo3(
    signature = (filename, mode="r+", dtype=None, shape=None, fortran_order=None, version=None, *, max_header_size=None, preallocate=false),
    text_signature = "(filename, mode='r+', dtype=None, shape=None, fortran_order=False, version=None, *, max_header_size=10000, preallocate=False)"
)]
#[expect(clippy::too_many_arguments, reason = "NumPy's")]
pub(crate) fn open_memmap<'py>(
    filename: &Bound<'py, PyAny>,
    mode: &str,
    dtype: Option<&Bound<'py, PyAny>>,
    shape: Option<&Bound<'py, PyAny>>,
    fortran_order: Option<&Bound<'py, PyAny>>,
    version: Option<(u8, u8)>,
    max_header_size: Option<&Bound<'py, PyAny>>,
    preallocate: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = filename.py();
    if file::is_file(filename)? {
        let text =
            "Filename must be a string or a path-like object.  Memmap cannot use existing file handles.";
        return Err(PyValueError::new_err(text));
    }
    let (path, mode) = (file::path(filename)?, mode_of(mode)?);
    let mut options = MemmapOptions::new(mode);
    let mut limits = Limits::default();
    if let Some(size) = max_header_size {
        limits.max_header_chars = arguments::header_size(size)?;
    }
    options.limits(limits).preallocate(preallocate);
    let mut descr = None;
    if mode == MmapMode::Create {
        if let Some(dtype) = dtype {
            let wanted = PyArrayDescr::new(py, dtype.clone())?;
            options.dtype(match input::described(&wanted)? {
                // The axes of a subarray become the array's, and its header has the bytes of an element alone, as NumPy's.
                DType::Subarray(_) => DType::parse(&format!("|V{}", wanted.itemsize()))
                    .map_err(|error| errors::to_python(&error))?,
                plain => plain,
            });
            if let Some(text) = kinds::user_descr(&wanted)? {
                options.descr(&text);
            }
            descr = Some(wanted);
        }
        if let Some(shape) = shape {
            options.shape(&shape_of(shape)?);
        }
        let is_fortran = fortran_order.map_or(Ok(false), Bound::is_truthy)?;
        options.order(if is_fortran { Order::Fortran } else { Order::C });
        if let Some((major, minor)) = version {
            let version = Version::from_numbers(major, minor);
            options.version(version.map_err(|error| errors::to_python(&error))?);
        }
    }
    announce_given(filename, &path, mode.into())?;
    let opened = run::detached(py, || options.open_file(&path));
    let opened = opened.map_err(|error| match error.kind() {
        // A header that ends early, though `load` finds nothing left.
        ErrorKind::EndOfStream => PyValueError::new_err(error.to_string()),
        _ => errors::to_python(&error),
    })?;
    if mode == MmapMode::Create && version.is_none() {
        input::warn_of_version(py, opened.header(), 1)?;
    }
    arguments::warn_of_python2(py, &AtomicBool::new(opened.header().is_from_python2()), 1)?;
    map_npy(filename, &opened, mode, descr)
}

/// The shape of a new file: lengths in order, or the length of one axis.
fn shape_of(shape: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    let axes: Vec<Bound<'_, PyAny>> = match shape.cast::<PySequence>() {
        Ok(axes) => axes.try_iter()?.collect::<PyResult<_>>()?,
        // Arrays are no `Sequence` to Python.
        Err(_) if shape.cast::<PyUntypedArray>().is_ok_and(|axes| axes.ndim() > 0) => {
            shape.try_iter()?.collect::<PyResult<_>>()?
        }
        // NumPy takes no single length, and nothing that is in no order.
        Err(_) if shape.hasattr(intern!(shape.py(), "__len__"))? => {
            let name = shape.get_type().name()?;
            return Err(PyTypeError::new_err(format!("'{name}' object is not subscriptable")));
        }
        Err(_) if shape.hasattr(intern!(shape.py(), "__index__"))? => vec![shape.clone()],
        Err(_) => shape.try_iter()?.collect::<PyResult<_>>()?,
    };
    let len = |axis: &Bound<'_, PyAny>| {
        if axis.is_exact_instance_of::<PyBool>() {
            return Err(PyTypeError::new_err("an integer is required"));
        }
        match axis.extract::<i128>()? {
            negative @ ..0 => {
                let text = format!("negative dimensions are not allowed (got {negative})");
                Err(PyValueError::new_err(text))
            }
            len => usize::try_from(len).map_err(|_| PyValueError::new_err("array is too big")),
        }
    };
    axes.iter().map(len).collect()
}

/// NumPy's mode for `mode`, by any of its names.
///
/// # Errors
/// `ValueError`, with NumPy's message.
pub(crate) fn mode_of(mode: &str) -> PyResult<MmapMode> {
    Ok(match mode {
        "r" | "readonly" => MmapMode::Read,
        "c" | "copyonwrite" => MmapMode::CopyOnWrite,
        "r+" | "readwrite" => MmapMode::ReadWrite,
        "w+" | "write" => MmapMode::Create,
        _ => {
            let modes = "['r', 'c', 'r+', 'w+', 'readonly', 'copyonwrite', 'readwrite', 'write']";
            let text = format!("mode must be one of {modes} (got {mode:?})");
            return Err(PyValueError::new_err(text));
        }
    })
}

/// The value of `numpy.memmap.mode` for it.
pub(crate) fn name_of(mode: MmapMode) -> &'static str {
    match mode {
        MmapMode::Read => "r",
        MmapMode::CopyOnWrite => "c",
        MmapMode::ReadWrite | MmapMode::Create => "r+",
    }
}

/// The array of a `.npy` file that the library has opened to be mapped, and that the caller gave as `filename`.
///
/// # Errors
/// As [`open_memmap`].
pub(crate) fn map_existing<'py>(
    filename: &Bound<'py, PyAny>,
    opened: &NpyFile,
    mode: MmapMode,
    python2: &AtomicBool,
) -> PyResult<Bound<'py, PyAny>> {
    python2.fetch_or(opened.header().is_from_python2(), Ordering::Relaxed);
    map_npy(filename, opened, mode, None)
}

/// The array of an open file. `descr` is its dtype if the caller has chosen it: in NumPy it may carry more than a
/// header does.
fn map_npy<'py>(
    filename: &Bound<'py, PyAny>,
    file: &NpyFile,
    mode: MmapMode,
    descr: Option<Bound<'py, PyArrayDescr>>,
) -> PyResult<Bound<'py, PyAny>> {
    let header = file.header();
    let descr = match descr {
        Some(descr) => descr,
        None => dtype::spelled(filename.py(), header.dtype(), header.spelled_descr())?,
    };
    let part = Part { shape: header.shape(), order: header.order(), offset: file.data_offset() as u64 };
    part.map(filename, file.file(), mode, &descr, None)
}

/// A part of a file that holds the elements of an array.
///
/// # Errors
/// Errors raised by Python's `mmap`.
pub(crate) fn map_part<'py>(
    filename: &Bound<'py, PyAny>,
    file: &File,
    mode: MmapMode,
    descr: &Bound<'py, PyArrayDescr>,
    (shape, order): (&[usize], Order),
    offset: u64,
) -> PyResult<Bound<'py, PyAny>> {
    Part { shape, order, offset }.map(filename, file, mode, descr, None)
}

/// The member of an archive that the library has mapped as `array`, mapped by Python.
///
/// # Errors
/// Errors raised by Python's `mmap`.
pub(crate) fn map_member<'py>(
    filename: &Bound<'py, PyAny>,
    file: &File,
    mode: MmapMode,
    mut array: DynArray,
    descr: Bound<'py, PyArrayDescr>,
    offset: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let (shape, order) = (array.shape().to_vec(), array.order());
    let part = Part { shape: &shape, order, offset };
    let checksum = match mode {
        // The library's map of the same pages keeps the checksum up to date with writes through Python's map.
        MmapMode::ReadWrite => {
            array.as_bytes_mut().map_err(|error| errors::to_python(&error))?;
            Some(Checksum(Mutex::new(Some(array))))
        }
        _ => None,
    };
    part.map(filename, file, mode, &descr, checksum)
}

/// The part of a file that an array occupies.
struct Part<'a> {
    shape: &'a [usize],
    order: Order,
    offset: u64,
}

impl Part<'_> {
    fn map<'py>(
        &self,
        filename: &Bound<'py, PyAny>,
        file: &File,
        mode: MmapMode,
        descr: &Bound<'py, PyArrayDescr>,
        checksum: Option<Checksum>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static BUILD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = filename.py();
        let shape = pyo3::types::PyTuple::new(py, self.shape)?;
        let order = match self.order {
            Order::C => intern!(py, "C"),
            Order::Fortran => intern!(py, "F"),
        };
        let too_big = || PyValueError::new_err("array is too big");
        let nbytes = self.shape.iter().try_fold(descr.itemsize(), |all, &axis| all.checked_mul(axis));
        let (build, nbytes) = (BUILD.import(py, "numio._maps", "build")?, nbytes.ok_or_else(too_big)?);
        let name = name(filename)?;
        with_descriptor(py, file, |number| {
            build.call1((name, number, name_of(mode), descr, shape, order, self.offset, nbytes, checksum))
        })
    }
}

/// NumPy's `filename` for the file: its whole path, a `Path` for a `Path`, `None` for a path of bytes. Paths of other classes,
/// for which NumPy has no map, have a text.
fn name<'py>(file: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static ABSPATH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static FSPATH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = file.py();
    if file.is_exact_instance_of::<PyString>() {
        return match file.cast::<PyString>()?.to_str().is_ok_and(is_whole) {
            true => Ok(file.clone()),
            false => ABSPATH.import(py, "os.path", "abspath")?.call1((file,)),
        };
    }
    if let Some(resolve) = file.getattr_opt(intern!(py, "resolve"))? {
        return resolve.call0();
    }
    let path = FSPATH.import(py, "os", "fspath")?.call1((file,))?;
    match path.is_instance_of::<PyString>() {
        true => ABSPATH.import(py, "os.path", "abspath")?.call1((path,)),
        false => Ok(py.None().into_bound(py)),
    }
}

/// Returns whether a path is what `os.path.abspath` makes of it.
fn is_whole(path: &str) -> bool {
    cfg!(unix)
        && path.len() > 1
        && path
            .strip_prefix('/')
            .is_some_and(|rest| !rest.split('/').any(|part| matches!(part, "" | "." | "..")))
}

/// The CRC-32 of a member that is mapped for writing: the library's own map of it, which brings the archive up to date when
/// it is flushed or gone.
#[pyclass(frozen, module = "numio")]
pub(crate) struct Checksum(Mutex<Option<DynArray>>);

#[pymethods]
impl Checksum {
    /// Writes the checksum of the member's current bytes.
    fn update(&self, py: Python<'_>) -> PyResult<()> {
        let update = || match &*lock(&self.0) {
            Some(array) => array.flush(),
            None => Ok(()),
        };
        py.detach(update).map_err(|error| errors::to_python(&error))
    }

    /// Does so for the last time, and lets go of the file.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let close = || match lock(&self.0).take() {
            Some(array) => array.close(),
            None => Ok(()),
        };
        py.detach(close).map_err(|error| errors::to_python(&error))
    }
}
