//! Memory that the library and NumPy share: arrays of the library under an `ndarray`, without a copy.

#![allow(unsafe_code, reason = "NumPy takes memory by its address")]

use std::ffi::c_void;
use std::ptr;

use numio::{DynArray, Order};
use numpy::npyffi::flags::{NPY_ARRAY_C_CONTIGUOUS, NPY_ARRAY_F_CONTIGUOUS, NPY_ARRAY_WRITEABLE};
use numpy::npyffi::{NpyTypes, PY_ARRAY_API, PyArrayObject, get_type_object, npy_intp};
use numpy::{PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::errors;
use crate::map::Map;

/// What keeps the memory of an array alive while an `ndarray` shows it: the `base` of that `ndarray`.
#[pyclass(frozen, module = "numio")]
pub(crate) struct Memory {
    /// Never looked at: its elements belong to the `ndarray`.
    _array: DynArray,
}

/// Arrays up to this many bytes are copied: that costs less than an object to keep their memory alive.
const SMALL: usize = 1 << 10;

/// An `ndarray` over the memory of `array`, whose elements stand side by side.
///
/// # Errors
/// What NumPy raises, for a shape of more axes than it has, say.
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
    let place = Place { shape: &shape, order, kind: None };
    let data = bytes.as_mut_ptr().cast();
    // SAFETY: the memory holds the elements of this dtype and shape, side by side. `array` owns it, is handed to the
    // new array's base below, and is not used again, so that NumPy alone reads and writes it from here on.
    let made = unsafe { place.array(py, dtype, data, true) }?;
    set_base(&made, Bound::new(py, Memory { _array: array })?.into_any())?;
    Ok(made)
}

/// An `ndarray` of plain elements with a copy of these bytes.
///
/// # Errors
/// `ValueError` where they are not as many as the dtype and the shape take, or the elements hold references; what NumPy
/// raises.
pub(crate) fn copied<'py>(
    py: Python<'py>,
    bytes: &[u8],
    dtype: Bound<'py, PyArrayDescr>,
    shape: &[usize],
    order: Order,
) -> PyResult<Bound<'py, PyAny>> {
    let itemsize = dtype.itemsize();
    let wanted = shape.iter().try_fold(itemsize, |all, &axis| all.checked_mul(axis));
    if wanted != Some(bytes.len()) || dtype.has_object() {
        return Err(PyValueError::new_err("the bytes are not the elements of that dtype and shape"));
    }
    // SAFETY: no memory is given.
    let made = unsafe { Place { shape, order, kind: None }.array(py, dtype, ptr::null_mut(), true) }?;
    // SAFETY: the new array has that dtype and shape, and so as many bytes, side by side; nobody else has seen it yet.
    unsafe {
        let data = (*made.as_ptr().cast::<PyArrayObject>()).fields.data;
        ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast(), bytes.len());
    }
    Ok(made)
}

/// An array of class `kind`, `numpy.memmap`, over the mapped `array`; its map, which keeps the file mapped; and the plain
/// array that stands between the two, which every plain view of the first refers to.
///
/// # Errors
/// As [`lend`].
pub(crate) fn lend_map<'py>(
    py: Python<'py>,
    mut array: DynArray,
    dtype: Bound<'py, PyArrayDescr>,
    kind: &Bound<'py, PyType>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, Map>)> {
    let (order, shape) = (array.order(), array.shape().to_vec());
    let (data, writable) = match array.as_bytes_mut() {
        Ok(bytes) => (bytes.as_mut_ptr(), true),
        Err(_) => (array.as_bytes().unwrap_or_default().as_ptr().cast_mut(), false),
    };
    let map = Bound::new(py, Map::new(array))?;
    let place = Place { shape: &shape, order, kind: None };
    // SAFETY: the map holds the elements of this dtype and shape, side by side, and may be written to where `writable`
    // says so. It stays where it is until `map`, the new array's base, is closed or gone.
    let plain = unsafe { place.array(py, dtype.clone(), data.cast(), writable) }?;
    set_base(&plain, map.clone().into_any())?;
    let place = Place { kind: Some(kind), ..place };
    // SAFETY: as above; its base is the plain array, whose base is the map.
    let made = unsafe { place.array(py, dtype, data.cast(), writable) }?;
    set_base(&made, plain)?;
    Ok((made, map))
}

fn set_base<'py>(array: &Bound<'py, PyAny>, base: Bound<'py, PyAny>) -> PyResult<()> {
    let py = array.py();
    // SAFETY: `array` is an array that has no base yet; the reference to `base` is handed over, even on failure.
    let set = unsafe { PY_ARRAY_API.PyArray_SetBaseObject(py, array.as_ptr().cast(), base.into_ptr()) };
    if set < 0 { Err(PyErr::fetch(py)) } else { Ok(()) }
}

/// Where elements stand, and what shows them.
struct Place<'a, 'py> {
    shape: &'a [usize],
    order: Order,
    /// A class derived from `ndarray`, or that itself.
    kind: Option<&'a Bound<'py, PyType>>,
}

impl<'py> Place<'_, 'py> {
    /// A new array over `data`, or over memory of NumPy's own where that is null.
    ///
    /// # Safety
    /// `data`, if not null, is the address of elements of that dtype, shape and order, which may be changed if
    /// `writable`, which nobody else changes, and which stay until the array's base is gone.
    unsafe fn array(
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
        let written = if writable { NPY_ARRAY_WRITEABLE } else { 0 };
        let flags = match self.order {
            Order::Fortran => NPY_ARRAY_F_CONTIGUOUS | written,
            // Without memory to describe, any flag at all means Fortran order.
            Order::C if data.is_null() => 0,
            Order::C => NPY_ARRAY_C_CONTIGUOUS | written,
        };
        // SAFETY: the shape has `rank` axes and outlives the call; NumPy takes the reference to the dtype; the class is
        // `ndarray` or derives from it; the rest is the caller's. What comes back is a new reference, or null with an
        // exception set.
        unsafe {
            let kind = match self.kind {
                Some(kind) => kind.as_type_ptr(),
                None => get_type_object(py, NpyTypes::PyArray_Type),
            };
            let made = PY_ARRAY_API.PyArray_NewFromDescr(
                py,
                kind,
                dtype.into_dtype_ptr(),
                rank,
                shape.as_mut_ptr(),
                ptr::null_mut(),
                data,
                flags,
                ptr::null_mut(),
            );
            Bound::from_owned_ptr_or_err(py, made)
        }
    }
}

/// All bytes from the first to the last that an element of `array` has, and where among them the first element starts.
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
    // SAFETY: an array of one element or more has an address, and by its shape and strides all bytes from `before` it to
    // `after` it are of the one piece of memory that its elements are in. That stays while the array is borrowed here, for
    // an array's memory cannot be resized while there is another reference to it. Someone who writes to the array on
    // another thread meanwhile makes it uncertain which of the two values is saved, as in NumPy; no byte is interpreted.
    let bytes = unsafe {
        let data = (*array.as_array_ptr()).fields.data.cast::<u8>().cast_const();
        std::slice::from_raw_parts(data.sub(before), len)
    };
    Ok((bytes, before))
}

/// Leaves `array`, whose memory is gone, without elements.
pub(crate) fn empty(array: &Bound<'_, PyAny>) {
    let Ok(array) = array.cast::<PyUntypedArray>() else { return };
    if array.ndim() > 0 {
        // SAFETY: an array of one axis or more has as many lengths, and none of its elements are looked at once the first
        // of these is zero. The interpreter keeps others from looking at them meanwhile.
        unsafe {
            *(*array.as_array_ptr()).fields.dimensions = 0;
        }
    }
}

/// How many references to the object there are.
pub(crate) fn references(object: &Bound<'_, PyAny>) -> isize {
    // SAFETY: the object is alive.
    unsafe { pyo3::ffi::Py_REFCNT(object.as_ptr()) }
}
