//! `numio.open_memmap`, and maps that are closed.

use std::sync::{Mutex, PoisonError};

use numio::npy::{MemmapOptions, NpyFile, Version};
use numio::{Limits, MmapMode, Order};
use numpy::PyArrayDescr;
use pyo3::exceptions::{PyBufferError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::map::Map;
use crate::{errors, file, input, memmap, memory, run, settings};

/// Open or make a `.npy` file as a memory-mapped array: `numpy.lib.format.open_memmap`.
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
///
/// Returns
/// -------
/// array : numpy.memmap
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
    signature = (filename, mode="r+", dtype=None, shape=None, fortran_order=false, version=None, *, max_header_size=None),
    text_signature = "(filename, mode='r+', dtype=None, shape=None, fortran_order=False, version=None, *, max_header_size=10000)"
)]
pub(crate) fn open_memmap<'py>(
    filename: &Bound<'py, PyAny>,
    mode: &str,
    dtype: Option<&Bound<'py, PyAny>>,
    shape: Option<&Bound<'py, PyAny>>,
    fortran_order: bool,
    version: Option<(u8, u8)>,
    max_header_size: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = filename.py();
    if file::is_file(filename)? {
        let text =
            "Filename must be a string or a path-like object.  Memmap cannot use existing file handles.";
        return Err(PyValueError::new_err(text));
    }
    let (path, mode) = (file::path(filename)?, memmap::mode_of(mode)?);
    let mut options = MemmapOptions::new(mode);
    let mut limits = Limits::default();
    if let Some(size) = max_header_size {
        limits.max_header_chars = settings::header_size(size)?;
    }
    options.limits(limits.clone());
    if mode == MmapMode::Create {
        if let Some(dtype) = dtype {
            options.dtype(input::described(&PyArrayDescr::new(py, dtype.clone())?)?);
        }
        if let Some(shape) = shape {
            options.shape(&shape_of(shape)?);
        }
        options.order(if fortran_order { Order::Fortran } else { Order::C });
        if let Some((major, minor)) = version {
            let version = Version::from_numbers(major, minor);
            options.version(version.map_err(|error| errors::to_python(&error))?);
        }
    }
    // SAFETY: NumPy's contract is the caller's, whose file this is: no one may truncate it while it is mapped.
    #[expect(unsafe_code, reason = "as with NumPy, who maps a file answers for what else happens to it")]
    let opened = run::detached(py, || unsafe { options.open(&path) });
    let array = opened.map_err(|error| errors::to_python(&error))?;
    let offset = match array.map_offset() {
        Some(offset) => offset,
        None => {
            let opened = run::detached(py, || NpyFile::with_limits(&path, limits));
            opened.map_err(|error| errors::to_python(&error))?.data_offset() as u64
        }
    };
    memmap::to_python(filename, array, mode, offset)
}

/// A shape, or the length of one axis.
fn shape_of(shape: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    match shape.extract::<usize>() {
        Ok(axis) => Ok(vec![axis]),
        Err(_) => shape.try_iter()?.map(|axis| axis?.extract()).collect(),
    }
}

/// Write what a mapped array holds to its file, and let go of the file now.
///
/// The array has no elements afterwards. What has taken its address without being an array, a `memoryview` or an object
/// of ``ctypes``, is not counted among its views, and reads zeros.
///
/// Parameters
/// ----------
/// array : numpy.memmap
///     An array that numio has mapped, not a view of one.
///
/// Raises
/// ------
/// BufferError
///     If views of the array are alive. The file stays mapped.
///
/// See Also
/// --------
/// memmap, open_memmap
///
/// Examples
/// --------
/// >>> import os, tempfile
/// >>> import numio
/// >>> path = os.path.join(tempfile.mkdtemp(), 'a.npy')
/// >>> numio.save(path, [1, 2, 3])
/// >>> array = numio.load(path, mmap_mode='r+')
/// >>> view = array[1:]
/// >>> numio.close(array)
/// Traceback (most recent call last):
///     ...
/// BufferError: views of the array are alive: drop them before closing it
/// >>> del view
/// >>> numio.close(array)
#[pyfunction]
pub(crate) fn close(array: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = array.py();
    let found = array.getattr_opt(intern!(py, "_mmap"))?;
    let Some(map) = found.as_ref().and_then(|found| found.cast::<Map>().ok()) else {
        return Err(PyTypeError::new_err("expected an array that numio has mapped"));
    };
    if map.get().is_closed() {
        return Ok(());
    }
    let plain = array.getattr(intern!(py, "base"))?;
    let is_whole = plain.getattr_opt(intern!(py, "base"))?.is_some_and(|base| base.is(map))
        && !plain.hasattr(intern!(py, "_mmap"))?;
    if !is_whole {
        return Err(PyValueError::new_err("this is a view: close the array that it is a view of"));
    }
    // The plain array and the two attributes refer to the map, and so does this function; one array and this function to
    // the plain array. Every other reference is a view's.
    let (maps, plains) = (memory::references(map), memory::references(&plain));
    if maps > 4 || plains > 2 {
        return Err(PyBufferError::new_err("views of the array are alive: drop them before closing it"));
    }
    map.get().close(py)?;
    memory::empty(array);
    Ok(())
}

/// A memory-mapped array for the length of a ``with`` block.
///
/// What is opened and how is as in `open_memmap`. The block's end closes the file as `close` does.
///
/// Parameters
/// ----------
/// filename : str or path-like
///     The file.
/// mode : {'r+', 'r', 'w+', 'c'}, optional
///     'w+' makes a new file.
/// dtype : data-type, optional
///     Of a new file.
/// shape : int or tuple of int
///     Of a new file.
/// fortran_order : bool, optional
///     Whether the first index of a new file varies fastest.
/// version : tuple of two int, optional
///     The version of a new file.
/// max_header_size : int, optional
///     The longest header accepted, in characters.
///
/// Raises
/// ------
/// BufferError
///     At the block's end, if views of the array are alive.
///
/// Examples
/// --------
/// >>> import os, tempfile
/// >>> import numio
/// >>> path = os.path.join(tempfile.mkdtemp(), 'a.npy')
/// >>> with numio.memmap(path, 'w+', shape=3) as array:
/// ...     array[:] = 1, 2, 3
/// >>> numio.load(path)
/// array([1., 2., 3.])
#[pyclass(frozen, name = "memmap", module = "numio")]
pub(crate) struct Mapping(Mutex<Option<Py<PyAny>>>);

#[pymethods]
impl Mapping {
    #[new]
    #[pyo3(
        signature = (filename, mode="r+", dtype=None, shape=None, fortran_order=false, version=None, *, max_header_size=None),
        text_signature = "(filename, mode='r+', dtype=None, shape=None, fortran_order=False, version=None, *, max_header_size=10000)"
    )]
    fn new<'py>(
        filename: &Bound<'py, PyAny>,
        mode: &str,
        dtype: Option<&Bound<'py, PyAny>>,
        shape: Option<&Bound<'py, PyAny>>,
        fortran_order: bool,
        version: Option<(u8, u8)>,
        max_header_size: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let array = open_memmap(filename, mode, dtype, shape, fortran_order, version, max_header_size)?;
        Ok(Self(Mutex::new(Some(array.unbind()))))
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let array = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        array.as_ref().map(|array| array.clone_ref(py)).ok_or_else(|| PyValueError::new_err("already closed"))
    }

    #[pyo3(signature = (*raised))]
    fn __exit__<'py>(&self, py: Python<'py>, raised: &Bound<'py, PyTuple>) -> PyResult<()> {
        let array = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let closed = array.map_or(Ok(()), |array| close(array.bind(py)));
        // What went wrong in the block is the better news.
        if raised.iter().any(|part| !part.is_none()) { Ok(()) } else { closed }
    }
}
