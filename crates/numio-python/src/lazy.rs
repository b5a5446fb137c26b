//! Lazy arrays: what `numio._lazy` builds on.

use std::sync::Arc;

use numio::lazy::{
    FileStamp, IndexItem, LazyArchive, LazyContents, LazyMember, LazyOptions, NewArray, create,
};
use numio::{ErrorKind, LazyArray, Order, ReadAt, SliceItem};
use numpy::{PyArrayDescr, PyArrayDescrMethods, PyReadonlyArrayDyn, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyEllipsis, PyInt, PyList, PySlice, PyString, PyTuple};
use pyo3::{IntoPyObjectExt, intern};

use crate::errors::ClosedFile;
use crate::file::{Access, announce, announce_given};
use crate::source::PythonSource;
use crate::{alloc, dtype, errors, file, input, memory, run};

/// An open array. `numio.LazyArray` is the class of which users know.
#[pyclass(frozen, module = "numio._numio")]
pub(crate) struct LazyArrayFile {
    array: LazyArray,
}

/// An open archive.
#[pyclass(frozen, module = "numio._numio")]
pub(crate) struct LazyArchiveFile {
    archive: LazyArchive,
}

/// A file that is being written.
#[pyclass(frozen, module = "numio._numio")]
pub(crate) struct NewArrayFile {
    new: std::sync::Mutex<Option<NewArray>>,
}

/// The options of an open file, as `numio._lazy` hands them on.
fn options_of(
    max_gap: Option<u64>,
    max_request: Option<usize>,
    cache_bytes: Option<u64>,
    max_header_size: Option<usize>,
    max_ratio: Option<u64>,
) -> LazyOptions {
    let mut options = LazyOptions::new();
    if let Some(gap) = max_gap {
        options.max_gap(gap);
    }
    if let Some(most) = max_request {
        options.max_request(most);
    }
    if let Some(bytes) = cache_bytes {
        options.cache_bytes(bytes);
    }
    let mut limits = numio::Limits::default();
    limits.max_header_chars = max_header_size.unwrap_or(limits.max_header_chars);
    limits.max_compression_ratio = max_ratio.unwrap_or(limits.max_compression_ratio);
    options.limits(limits);
    options
}

fn opened(py: Python<'_>, contents: LazyContents) -> PyResult<Bound<'_, PyAny>> {
    match contents {
        LazyContents::Array(array) => LazyArrayFile { array }.into_bound_py_any(py),
        LazyContents::Archive(archive) => LazyArchiveFile { archive }.into_bound_py_any(py),
        _ => Err(PyValueError::new_err("the file holds what this version of numio does not know")),
    }
}

/// Opens a file of the system.
#[pyfunction]
#[pyo3(signature = (path, write=false, *, max_gap=None, max_request=None, cache_bytes=None, max_header_size=None, max_ratio=None))]
pub(crate) fn lazy_open<'py>(
    path: &Bound<'py, PyAny>,
    write: bool,
    max_gap: Option<u64>,
    max_request: Option<usize>,
    cache_bytes: Option<u64>,
    max_header_size: Option<usize>,
    max_ratio: Option<u64>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, given, path) = (path.py(), path, file::path(path)?);
    let mut options = options_of(max_gap, max_request, cache_bytes, max_header_size, max_ratio);
    options.write(write);
    announce_given(given, &path, if write { Access::Update } else { Access::Read })?;
    let contents = run::detached(py, || options.open(&path));
    opened(py, contents.map_err(|error| errors::to_python(&error))?)
}

/// Opens what a Python object reads: `source.read_ranges(starts, lengths)` gives a buffer for each. If it has
/// `source.begin_ranges(starts, lengths, pieces)`, that is called for many bytes, and `source.end_ranges` with what it returned once it
/// has called `pieces.close()`; before it calls `pieces.add(index, offset, data)`.
#[pyfunction]
#[pyo3(signature = (source, location, size, modified, etag, known, *, max_gap=None, max_request=None, cache_bytes=None, max_header_size=None, max_ratio=None))]
#[expect(clippy::too_many_arguments, reason = "the identity of a file, and options")]
pub(crate) fn lazy_open_source<'py>(
    source: &Bound<'py, PyAny>,
    location: &str,
    size: u64,
    modified: Option<i128>,
    etag: Option<String>,
    known: Vec<(u64, Vec<u8>)>,
    max_gap: Option<u64>,
    max_request: Option<usize>,
    cache_bytes: Option<u64>,
    max_header_size: Option<usize>,
    max_ratio: Option<u64>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = source.py();
    let options = options_of(max_gap, max_request, cache_bytes, max_header_size, max_ratio);
    let source: Arc<dyn ReadAt> = Arc::new(PythonSource::new(source, size));
    let stamp = FileStamp::new(size, modified, etag);
    let contents = run::detached(py, || options.open_source(source, location, stamp, known));
    opened(py, contents.map_err(|error| errors::to_python(&error))?)
}

/// A text in which URLs are without what they keep secret.
#[pyfunction]
pub(crate) fn redact_urls(text: &str) -> String {
    numio::redact_urls(text).into_owned()
}

/// An index from Python.
struct Index {
    items: Vec<IndexItem>,
    /// True if it is nothing but integers: of as many as there are axes, NumPy makes a scalar.
    is_integers: bool,
    /// The error of the first range that cannot be one. In `items` it has no step, for NumPy raises others before it.
    fault: Option<PyErr>,
}

impl Index {
    fn from_arg(index: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut made = Self { items: Vec::new(), is_integers: true, fault: None };
        match index.cast::<PyTuple>() {
            Ok(tuple) => tuple.iter().try_for_each(|item| made.add(&item))?,
            Err(_) => made.add(index)?,
        }
        Ok(made)
    }

    fn add(&mut self, item: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = item.py();
        let basic = IndexItem::Basic;
        let is_array = item.is_instance_of::<PyUntypedArray>();
        let made = if item.is_none() {
            basic(SliceItem::NewAxis)
        } else if item.is_instance_of::<PyEllipsis>() {
            basic(SliceItem::Ellipsis)
        } else if let Ok(slice) = item.cast::<PySlice>() {
            basic(range_of(slice).unwrap_or_else(|error| {
                self.fault.get_or_insert(error);
                SliceItem::Range { start: None, stop: None, step: 0 }
            }))
        } else if let Ok(value) = item.cast_exact::<PyBool>() {
            IndexItem::Mask { shape: Vec::new(), values: vec![value.is_true()] }
        } else if !is_array && let Some(number) = integer(item)? {
            return self.integer(number);
        } else {
            let (made, scalar) = array_of(py, item, is_array)?;
            if let Some(number) = scalar {
                return self.integer(number);
            }
            made
        };
        self.is_integers = false;
        self.items.push(made);
        Ok(())
    }

    fn integer(&mut self, number: isize) -> PyResult<()> {
        self.items.push(IndexItem::Basic(SliceItem::Index(number)));
        Ok(())
    }

    fn is_whole(&self) -> bool {
        let is_whole =
            |item: &IndexItem| matches!(item, IndexItem::Basic(SliceItem::Ellipsis | SliceItem::ALL));
        match self.items.as_slice() {
            [] => true,
            [only] => is_whole(only),
            _ => false,
        }
    }
}

/// An integer that is one by Python's rules, `__index__` included.
fn integer(item: &Bound<'_, PyAny>) -> PyResult<Option<isize>> {
    let py = item.py();
    if !item.is_instance_of::<PyInt>() && !item.hasattr(intern!(py, "__index__"))? {
        return Ok(None);
    }
    match item.extract::<isize>() {
        Ok(number) => Ok(Some(number)),
        // Booleans of NumPy have the method, and no integer. What is too large NumPy tries as an array.
        Err(raised)
            if raised.is_instance_of::<PyOverflowError>(py) || raised.is_instance_of::<PyTypeError>(py) =>
        {
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

/// An array of integers, a mask, or a single integer in an array without axes.
fn array_of(py: Python<'_>, item: &Bound<'_, PyAny>, is_array: bool) -> PyResult<(IndexItem, Option<isize>)> {
    static AS_ARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static CONTIGUOUS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let found = AS_ARRAY.import(py, "numpy", "asarray")?.call1((item,))?.cast_into::<PyUntypedArray>()?;
    let (kind, shape) = (found.dtype().kind(), found.shape().to_vec());
    let nothing = IndexItem::Basic(SliceItem::NewAxis);
    let as_type = |name| CONTIGUOUS.import(py, "numpy", "ascontiguousarray")?.call1((&found, name));
    match kind {
        b'b' => {
            let values: PyReadonlyArrayDyn<'_, bool> = as_type(intern!(py, "?"))?.extract()?;
            Ok((IndexItem::Mask { shape, values: values.as_slice()?.to_vec() }, None))
        }
        b'i' | b'u' if shape.is_empty() => {
            let number = found.call_method0(intern!(py, "item"))?;
            match integer(&number)? {
                Some(number) => Ok((nothing, Some(number))),
                None => Err(PyOverflowError::new_err("Python int too large to convert to C long")),
            }
        }
        // Numbers past 63 bits become negative ones, as in NumPy, which refuses those that are out of bounds.
        b'i' | b'u' => {
            let values: PyReadonlyArrayDyn<'_, i64> = as_type(intern!(py, "i8"))?.extract()?;
            Ok((IndexItem::Integers { shape, values: values.as_slice()?.to_vec() }, None))
        }
        // Of an empty list NumPy makes integers.
        _ if !is_array && shape.contains(&0) && item.hasattr(intern!(py, "__len__"))? => {
            Ok((IndexItem::Integers { shape, values: Vec::new() }, None))
        }
        _ if is_array => {
            Err(PyIndexError::new_err("arrays used as indices must be of integer (or boolean) type"))
        }
        _ => Err(PyIndexError::new_err(
            "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices",
        )),
    }
}

fn range_of(slice: &Bound<'_, PySlice>) -> PyResult<SliceItem> {
    let py = slice.py();
    let bound = |name: &Bound<'_, PyString>| -> PyResult<Option<isize>> {
        let bound = slice.getattr(name)?;
        if bound.is_none() {
            return Ok(None);
        }
        let number = bound.call_method0(intern!(py, "__index__")).map_err(|_| {
            PyTypeError::new_err("slice indices must be integers or None or have an __index__ method")
        })?;
        match number.extract::<isize>() {
            Ok(number) => Ok(Some(number)),
            // Beyond any axis is beyond any axis.
            Err(_) => Ok(Some(if number.lt(0)? { isize::MIN + 1 } else { isize::MAX })),
        }
    };
    let step = bound(intern!(py, "step"))?.unwrap_or(1);
    if step == 0 {
        return Err(PyValueError::new_err("slice step cannot be zero"));
    }
    Ok(SliceItem::Range { start: bound(intern!(py, "start"))?, stop: bound(intern!(py, "stop"))?, step })
}

/// The exception for an error of reading by an index.
fn raised(error: &numio::Error, index: Index) -> PyErr {
    match (error.kind(), index.fault) {
        (ErrorKind::InvalidInput, Some(fault)) if error.message() == "slice step cannot be zero" => fault,
        (ErrorKind::InvalidInput, _) => PyIndexError::new_err(error.message()),
        _ => errors::to_python(error),
    }
}

impl LazyArrayFile {
    /// Elements that have been read, with the dtype as it was written in the header.
    fn lent<'py>(&self, py: Python<'py>, found: numio::DynArray) -> PyResult<Bound<'py, PyAny>> {
        let text = self.array.spelled_descr().filter(|_| found.dtype() == self.array.dtype());
        let dtype = dtype::spelled(py, found.dtype(), text)?;
        memory::lend(py, found, dtype)
    }
}

#[pymethods]
impl LazyArrayFile {
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.array.shape())
    }

    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArrayDescr>> {
        dtype::spelled(py, self.array.dtype(), self.array.spelled_descr())
    }

    #[getter]
    fn order(&self) -> &'static str {
        if self.array.order() == Order::Fortran { "F" } else { "C" }
    }

    #[getter]
    fn nbytes(&self) -> usize {
        self.array.nbytes()
    }

    #[getter]
    fn data_offset(&self) -> u64 {
        self.array.data_offset()
    }

    #[getter]
    fn block_bytes(&self) -> Option<usize> {
        self.array.block_bytes()
    }

    /// Location, member, size, modification time, entity tag, and whether it can be written.
    fn handle(&self) -> (std::ffi::OsString, Option<String>, u64, Option<i128>, Option<String>, bool) {
        let handle = self.array.handle();
        let stamp = handle.stamp;
        let location = handle.location.into_os_string();
        (location, handle.member, stamp.size, stamp.modified, stamp.etag, handle.is_writable)
    }

    fn field(&self, name: &Bound<'_, PyAny>) -> PyResult<Self> {
        let name = dtype::name_from_python(name)?;
        let array = self.array.field(&name).map_err(|error| PyValueError::new_err(error.message()))?;
        Ok(Self { array })
    }

    fn read<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let found = run::detached(py, || self.array.read());
        self.lent(py, found.map_err(|error| errors::to_python(&error))?)
    }

    fn get<'py>(&self, py: Python<'py>, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let index = Index::from_arg(index)?;
        let found = run::detached(py, || match index.is_whole() && self.array.ndim() > 0 {
            true => self.array.read(),
            false => self.array.get(&index.items),
        });
        let is_scalar = index.is_integers && index.items.len() == self.array.ndim();
        let made = self.lent(py, found.map_err(|error| raised(&error, index))?)?;
        match is_scalar {
            true => made.get_item(PyTuple::empty(py)),
            false => Ok(made),
        }
    }

    /// The shape and order of what an index selects.
    fn selection<'py>(
        &self,
        py: Python<'py>,
        index: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyTuple>, &'static str)> {
        let index = Index::from_arg(index)?;
        let selected = self.array.selection(&index.items);
        let (shape, order) = selected.map_err(|error| raised(&error, index))?;
        Ok((PyTuple::new(py, shape)?, if order == Order::Fortran { "F" } else { "C" }))
    }

    /// Writes `block`, which has the shape and order that `selection` gives.
    fn set(
        &self,
        py: Python<'_>,
        index: &Bound<'_, PyAny>,
        block: &Bound<'_, PyUntypedArray>,
    ) -> PyResult<()> {
        let index = Index::from_arg(index)?;
        let contiguous = block.is_c_contiguous() || block.is_fortran_contiguous();
        let (bytes, start) = memory::borrow(block)?;
        let bytes = bytes.get(start..).filter(|_| contiguous).unwrap_or_default();
        let written = run::detached(py, || self.array.set(&index.items, bytes));
        written.map_err(|error| errors::to_python(&error))
    }
}

#[pymethods]
impl LazyArchiveFile {
    fn names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.archive.names())
    }

    fn contains(&self, name: &str) -> bool {
        self.archive.archive().contains(name)
    }

    /// The array, or the bytes, of a member.
    fn member<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let found = run::detached(py, || self.archive.member(name));
        match found.map_err(|error| errors::to_python(&error))? {
            LazyMember::Array(array) => LazyArrayFile { array }.into_bound_py_any(py),
            LazyMember::Bytes(bytes) => Ok(alloc::bytes(py, &bytes)?.into_any()),
            _ => Err(PyValueError::new_err("the member is what this version of numio does not know")),
        }
    }

    /// Size, modification time and entity tag of the file when it was opened.
    fn stamp(&self) -> (u64, Option<i128>, Option<String>) {
        let stamp = self.archive.stamp();
        (stamp.size, stamp.modified, stamp.etag)
    }
}

/// Creates a file that is written in regions.
#[pyfunction]
#[pyo3(signature = (path, shape, dtype, fortran_order=false, overwrite=false))]
pub(crate) fn lazy_create(
    path: &Bound<'_, PyAny>,
    shape: Vec<usize>,
    dtype: &Bound<'_, PyArrayDescr>,
    fortran_order: bool,
    overwrite: bool,
) -> PyResult<NewArrayFile> {
    let (py, path) = (path.py(), file::path(path)?);
    let dtype = input::described(dtype)?;
    let order = if fortran_order { Order::Fortran } else { Order::C };
    announce(py, &path, Access::Write)?;
    let new = run::detached(py, || create(&path, dtype, shape, order, overwrite));
    let new = new.map_err(|error| errors::to_python(&error))?;
    Ok(NewArrayFile { new: std::sync::Mutex::new(Some(new)) })
}

impl NewArrayFile {
    fn take(&self) -> Option<NewArray> {
        self.new.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }
}

#[pymethods]
impl NewArrayFile {
    fn array(&self) -> PyResult<LazyArrayFile> {
        let new = self.new.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let new = new.as_ref().ok_or_else(|| ClosedFile::new_err("the array has been closed"))?;
        Ok(LazyArrayFile { array: new.array().clone() })
    }

    /// Gives the file its name.
    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        match self.take() {
            Some(new) => run::detached(py, || new.commit()).map_err(|error| errors::to_python(&error)),
            None => Ok(()),
        }
    }

    /// Leaves what was there before.
    fn discard(&self) {
        drop(self.take());
    }
}
