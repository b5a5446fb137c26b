//! Memory that the library and NumPy share: arrays of the library under an `ndarray`, without a copy.

#![allow(unsafe_code, reason = "NumPy takes memory by its address")]

use std::ffi::c_void;
use std::ptr;

use numio::{DynArray, Order};
use numpy::npyffi::flags::{
    NPY_ARRAY_C_CONTIGUOUS, NPY_ARRAY_F_CONTIGUOUS, NPY_ARRAY_UPDATE_ALL, NPY_ARRAY_WRITEABLE,
};
use numpy::npyffi::{NpyTypes, PY_ARRAY_API, PyArrayObject, get_type_object, npy_intp};
use numpy::{PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

use crate::{alloc, errors};

/// Keeps the memory of an array alive while an `ndarray` shows it: the `base` of that `ndarray`.
#[pyclass(frozen, module = "numio")]
pub(crate) struct Memory {
    /// Never looked at: its elements belong to the `ndarray`.
    _array: DynArray,
}

/// Arrays up to this many bytes are copied: that costs less than an object to keep their memory alive.
const SMALL: usize = 1 << 10;

/// An `ndarray` over the memory of `array`, whose elements are contiguous.
///
/// # Errors
/// Errors raised by NumPy, for a shape with too many axes, say.
pub(crate) fn lend<'py>(
    py: Python<'py>,
    mut array: DynArray,
    dtype: Bound<'py, PyArrayDescr>,
) -> PyResult<Bound<'py, PyAny>> {
    let (order, shape) = (array.order(), array.shape().to_vec());
    let bytes = array.as_bytes_mut().map_err(|error| errors::to_python(&error))?;
    if bytes.len() <= SMALL {
        return copied(py, bytes, dtype, &shape, order);
    }
    let layout = MemoryLayout { shape: &shape, order };
    let data = bytes.as_mut_ptr().cast();
    // SAFETY: the memory holds the elements of this dtype and shape, side by side. `array` owns it, is handed to the
    // new array's base below, and is not used again, so that NumPy alone reads and writes it from here on.
    let made = unsafe { layout.array(py, dtype, data, true) }?;
    set_base(&made, Bound::new(py, Memory { _array: array })?.into_any())?;
    Ok(made)
}

/// An `ndarray` of plain elements with a copy of these bytes.
///
/// # Errors
/// `ValueError` if their number does not match the dtype and the shape, or the elements hold references; errors raised
/// by NumPy.
pub(crate) fn copied<'py>(
    py: Python<'py>,
    bytes: &[u8],
    dtype: Bound<'py, PyArrayDescr>,
    shape: &[usize],
    order: Order,
) -> PyResult<Bound<'py, PyAny>> {
    if bytes_of(shape, dtype.itemsize()) != Some(bytes.len()) || dtype.has_object() {
        return Err(PyValueError::new_err("the bytes are not the elements of that dtype and shape"));
    }
    // SAFETY: no memory is given.
    let made = unsafe { MemoryLayout { shape, order }.array(py, dtype, ptr::null_mut(), true) }?;
    // SAFETY: the new array was checked to have that dtype and shape, and so as many contiguous bytes; nobody else has
    // seen it yet.
    unsafe {
        let data = (*made.as_ptr().cast::<PyArrayObject>()).fields.data;
        ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast(), bytes.len());
    }
    Ok(made)
}

fn set_base<'py>(array: &Bound<'py, PyAny>, base: Bound<'py, PyAny>) -> PyResult<()> {
    let py = array.py();
    // SAFETY: `array` is an array that has no base yet; the reference to `base` is handed over, even on failure.
    let set = unsafe { PY_ARRAY_API.PyArray_SetBaseObject(py, array.as_ptr().cast(), base.into_ptr()) };
    if set < 0 { Err(PyErr::fetch(py)) } else { Ok(()) }
}

/// The shape and order of elements in memory.
struct MemoryLayout<'a> {
    shape: &'a [usize],
    order: Order,
}

impl MemoryLayout<'_> {
    /// A new array over `data`, or over memory of NumPy's own if that is null.
    ///
    /// # Safety
    /// `data`, if not null, is the address of elements of that dtype, shape and order, which may be changed if
    /// `writable`, which nobody else changes, and which stay until the array's base is gone.
    unsafe fn array<'py>(
        &self,
        py: Python<'py>,
        dtype: Bound<'py, PyArrayDescr>,
        data: *mut c_void,
        writable: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let too_large = |_| PyValueError::new_err("array is too big");
        let axes = self.shape.iter().map(|&axis| npy_intp::try_from(axis));
        let mut shape: Vec<npy_intp> = axes.collect::<Result<_, _>>().map_err(too_large)?;
        let rank = i32::try_from(shape.len()).map_err(too_large)?;
        if data.is_null() && dtype.itemsize() == 0 {
            return self.without_bytes(py, dtype);
        }
        let written = if writable { NPY_ARRAY_WRITEABLE } else { 0 };
        let flags = match self.order {
            Order::Fortran => NPY_ARRAY_F_CONTIGUOUS | written,
            // Without memory to describe, any flag at all means Fortran order.
            Order::C if data.is_null() => 0,
            Order::C => NPY_ARRAY_C_CONTIGUOUS | written,
        };
        let wanted = dtype.clone();
        // SAFETY: the shape has `rank` axes and outlives the call; NumPy takes the reference to the dtype; the rest is the
        // caller's. The result is a new reference, or null with an exception set.
        let made = unsafe {
            let made = PY_ARRAY_API.PyArray_NewFromDescr(
                py,
                get_type_object(py, NpyTypes::PyArray_Type),
                dtype.into_dtype_ptr(),
                rank,
                shape.as_mut_ptr(),
                ptr::null_mut(),
                data,
                flags,
                ptr::null_mut(),
            );
            Bound::from_owned_ptr_or_err(py, made)?
        };
        self.check(&made, &wanted)?;
        Ok(made)
    }

    /// A new array whose elements have no bytes. NumPy's C functions make `S1` of `S0` and `U1` of `U0` where they allocate,
    /// so that there would be bytes that nobody writes; its constructor keeps the dtype.
    fn without_bytes<'py>(
        &self,
        py: Python<'py>,
        dtype: Bound<'py, PyArrayDescr>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static NDARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let named = alloc::dict(py)?;
        named.set_item(intern!(py, "order"), if self.order == Order::Fortran { "F" } else { "C" })?;
        let shape = PyTuple::new(py, self.shape)?;
        let made = NDARRAY.import(py, "numpy", "ndarray")?.call((shape, dtype.clone()), Some(&named))?;
        self.check(&made, &dtype)?;
        if self.order == Order::Fortran {
            // SAFETY: `made` is an array, and only its flags are set, to what its shape and strides say: without bytes it is
            // contiguous in both orders. NumPy sees that where it has turned the axes round after reading.
            unsafe { PY_ARRAY_API.PyArray_UpdateFlags(py, made.as_ptr().cast(), NPY_ARRAY_UPDATE_ALL) };
        }
        Ok(made)
    }

    /// Compares NumPy's array with the request, before anyone reads or fills it: dtype, shape and the bytes of all
    /// elements. A subarray's axes become those of the array.
    fn check(&self, made: &Bound<'_, PyAny>, dtype: &Bound<'_, PyArrayDescr>) -> PyResult<()> {
        let array = made.cast::<PyUntypedArray>()?;
        let is_alike = dtype.has_subarray() || (array.dtype().is(dtype) && array.shape() == self.shape);
        let found = bytes_of(array.shape(), array.dtype().itemsize());
        if is_alike && found.is_some() && found == bytes_of(self.shape, dtype.itemsize()) {
            return Ok(());
        }
        let (found, shape) = (array.dtype(), array.shape());
        let (wanted, asked) = (dtype, self.shape);
        let text = format!(
            "NumPy made an array of {found} and shape {shape:?} where {wanted} and {asked:?} were asked for"
        );
        Err(PyValueError::new_err(text))
    }
}

/// Number of bytes that the elements take.
fn bytes_of(shape: &[usize], itemsize: usize) -> Option<usize> {
    if itemsize == 0 || shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(itemsize, |all, &axis| all.checked_mul(axis))
}

/// All bytes from the first to the last of any element of `array`, and the offset of the first element among them.
///
/// # Errors
/// `ValueError` for an array whose elements would pass the address space.
pub(crate) fn borrow<'a>(array: &'a Bound<'_, PyUntypedArray>) -> PyResult<(&'a [u8], usize)> {
    let too_large = || PyValueError::new_err("array is too big");
    let (mut before, mut after) = (0_usize, array.dtype().itemsize());
    for (&axis, &stride) in array.shape().iter().zip(array.strides()) {
        let Some(last) = axis.checked_sub(1) else { return Ok((&[], 0)) };
        let reach = last.checked_mul(stride.unsigned_abs()).ok_or_else(too_large)?;
        let side = if stride < 0 { &mut before } else { &mut after };
        *side = side.checked_add(reach).ok_or_else(too_large)?;
    }
    let len = before.checked_add(after).filter(|&len| isize::try_from(len).is_ok()).ok_or_else(too_large)?;
    if len == 0 {
        return Ok((&[], 0));
    }
    // SAFETY: an array of one element or more has an address, and by its shape and strides all bytes from `before` it
    // to `after` it belong to the one allocation that holds its elements. That stays while the array is borrowed here,
    // for an array's memory cannot be resized while there is another reference to it. If another thread writes to the
    // array meanwhile, it is uncertain which of the two values is saved, as in NumPy; no byte is interpreted.
    let bytes = unsafe {
        let data = (*array.as_array_ptr()).fields.data.cast::<u8>().cast_const();
        std::slice::from_raw_parts(data.sub(before), len)
    };
    Ok((bytes, before))
}

/// Leaves `array`, whose memory is gone, without elements.
#[pyfunction]
pub(crate) fn empty(array: &Bound<'_, PyUntypedArray>) {
    if array.ndim() > 0 {
        // SAFETY: an array of one axis or more has as many lengths, and none of its elements are looked at once the first
        // of these is zero. The interpreter keeps others from looking at them meanwhile.
        unsafe {
            *(*array.as_array_ptr()).fields.dimensions = 0;
        }
    }
}

/// Puts zeros where `array`, which is all of a mapped part of a file, has its pages, and so lets go of the file. Whoever
/// still has the address of an element reads zeros.
///
/// # Errors
/// `TypeError` for an array that is not over an `mmap.mmap`; `OSError` where the system refuses, and on systems that cannot
/// do this at once. The file stays mapped then.
#[pyfunction]
pub(crate) fn discard_pages(array: &Bound<'_, PyUntypedArray>) -> PyResult<()> {
    static MMAP: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let py = array.py();
    let base = array.getattr(intern!(py, "base"))?;
    if !base.is_instance(MMAP.import(py, "mmap", "mmap")?)?
        || base.getattr(intern!(py, "closed"))?.is_truthy()?
    {
        return Err(PyTypeError::new_err("expected an array over an open mmap.mmap"));
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::mm::{MapFlags, ProtFlags};

        let (bytes, _) = borrow(array)?;
        let protection =
            match array.getattr(intern!(py, "flags"))?.getattr(intern!(py, "writeable"))?.is_truthy()? {
                true => ProtFlags::READ | ProtFlags::WRITE,
                false => ProtFlags::READ,
            };
        let (start, page) = (bytes.as_ptr().addr(), rustix::param::page_size());
        let before = start % page;
        let len = (before + bytes.len()).next_multiple_of(page);
        let first = bytes.as_ptr().wrapping_sub(before).cast_mut().cast();
        // SAFETY: the elements are in the pages of an open `mmap.mmap`, which starts and ends at whole pages and has no
        // resize while it is borrowed here. The pages stay readable, and writable if the array says that they were; they are
        // unmapped with the `mmap.mmap`, as those of the file would have been.
        unsafe {
            rustix::mm::mmap_anonymous(first, len, protection, MapFlags::PRIVATE | MapFlags::FIXED)
                .map_err(std::io::Error::from)?;
        }
        Ok(())
    }
    #[cfg(not(target_os = "linux"))]
    Err(std::io::Error::from(std::io::ErrorKind::Unsupported).into())
}
