//! Constructors of Python objects whose size or number a file decides: they raise `MemoryError` if memory runs out.
//! PyO3's own panic. And calls for each field of a text.

#![allow(unsafe_code, reason = "PyO3 offers no constructor of these that can fail, and no quick call")]

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyTuple};

/// The length for C. No slice is longer than `isize::MAX`.
const fn c_len(len: usize) -> ffi::Py_ssize_t {
    len as ffi::Py_ssize_t
}

/// `bytes` with a copy of these.
pub(crate) fn bytes<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    // SAFETY: there are as many bytes at that address, which are copied. The result is a new `bytes`, or null with an
    // exception set.
    unsafe {
        let made = ffi::PyBytes_FromStringAndSize(bytes.as_ptr().cast(), c_len(bytes.len()));
        Ok(Bound::from_owned_ptr_or_err(py, made)?.cast_into_unchecked())
    }
}

/// `bytearray` with a copy of these.
pub(crate) fn bytearray<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyByteArray>> {
    // SAFETY: as for `bytes`.
    unsafe {
        let made = ffi::PyByteArray_FromStringAndSize(bytes.as_ptr().cast(), c_len(bytes.len()));
        Ok(Bound::from_owned_ptr_or_err(py, made)?.cast_into_unchecked())
    }
}

/// `str` from UTF-8 in which surrogates may be encoded too.
#[inline]
pub(crate) fn string<'py>(py: Python<'py>, utf8: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: there are as many bytes at that address, which are only read; the last argument is a C string. The result is
    // a new `str`, or null with an exception set.
    unsafe {
        let made =
            ffi::PyUnicode_DecodeUTF8(utf8.as_ptr().cast(), c_len(utf8.len()), c"surrogatepass".as_ptr());
        Bound::from_owned_ptr_or_err(py, made)
    }
}

/// `int`.
#[inline]
pub(crate) fn int(py: Python<'_>, value: i64) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: the result is a new reference, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyLong_FromLongLong(value)) }
}

/// `float`.
#[inline]
pub(crate) fn float(py: Python<'_>, value: f64) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: as for `int`.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyFloat_FromDouble(value)) }
}

/// An empty `dict`.
pub(crate) fn dict(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    // SAFETY: the result is a new `dict`, or null with an exception set.
    unsafe { Ok(Bound::from_owned_ptr_or_err(py, ffi::PyDict_New())?.cast_into_unchecked()) }
}

/// `list` of these.
pub(crate) fn list<'py>(
    py: Python<'py>,
    mut items: impl ExactSizeIterator<Item = Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: the result is a new `list`, or null with an exception set. Each index is below its length, and
    // `PyList_SetItem` takes over the reference. A slot that is not filled stays null, which every reader of lists takes
    // for an error; the iterator yields as many as it says.
    unsafe {
        let made = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(c_len(items.len())))?;
        for index in 0..items.len() {
            let Some(item) = items.next() else { break };
            if ffi::PyList_SetItem(made.as_ptr(), c_len(index), item.into_ptr()) < 0 {
                return Err(PyErr::fetch(py));
            }
        }
        Ok(made.cast_into_unchecked())
    }
}

/// `tuple` of these.
pub(crate) fn tuple<'py>(
    py: Python<'py>,
    mut items: impl ExactSizeIterator<Item = Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyTuple>> {
    // SAFETY: as for `list`; nobody else has seen the tuple yet.
    unsafe {
        let made = Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(c_len(items.len())))?;
        for index in 0..items.len() {
            let Some(item) = items.next() else { break };
            if ffi::PyTuple_SetItem(made.as_ptr(), c_len(index), item.into_ptr()) < 0 {
                return Err(PyErr::fetch(py));
            }
        }
        Ok(made.cast_into_unchecked())
    }
}

/// The result of a call with one argument. The interpreter's quickest calls are in the stable ABI of later versions only, and
/// those with a tuple make one; this makes a quick call of the kind that the function supports.
#[inline]
pub(crate) fn call<'py>(
    function: &Bound<'py, PyAny>,
    argument: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let end = std::ptr::null_mut::<ffi::PyObject>();
    // SAFETY: the arguments are Python objects, which live as long as the call, and null ends them. The result is a new
    // reference, or null with an exception set.
    unsafe {
        let made = ffi::PyObject_CallFunctionObjArgs(function.as_ptr(), argument.as_ptr(), end);
        Bound::from_owned_ptr_or_err(function.py(), made)
    }
}

/// The result of a call with four arguments: see [`call`].
pub(crate) fn call_with_four<'py>(
    function: &Bound<'py, PyAny>,
    arguments: [&Bound<'py, PyAny>; 4],
) -> PyResult<Bound<'py, PyAny>> {
    let end = std::ptr::null_mut::<ffi::PyObject>();
    let [one, two, three, four] = arguments.map(Bound::as_ptr);
    // SAFETY: as for `call`.
    unsafe {
        let made = ffi::PyObject_CallFunctionObjArgs(function.as_ptr(), one, two, three, four, end);
        Bound::from_owned_ptr_or_err(function.py(), made)
    }
}
