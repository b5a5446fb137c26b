//! NumPy's arrays from dtypes, shapes and elements that were checked: empty ones, views in other classes, masked arrays and
//! arrays of strings.

use std::collections::HashMap;

use numio::{DType, DynArray, Order, StringDType};
use numpy::PyArrayDescr;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyEllipsis, PyFloat, PyString, PyTuple};

use super::budget::Budget;
use super::classes;
use super::target::Target;
use crate::errors::{UnpicklingError, malformed};
use crate::{alloc, dtype, memory};

pub(super) fn numpy(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    static NUMPY: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let numpy = NUMPY.get_or_try_init(py, || py.import("numpy").map(Bound::unbind))?;
    Ok(numpy.bind(py).clone())
}

/// The dtype, of `numpy.record` elements if so.
pub(super) fn described<'py>(
    py: Python<'py>,
    dtype: &DType,
    records: bool,
) -> PyResult<Bound<'py, PyArrayDescr>> {
    let described = dtype::to_python(py, dtype)?;
    if !records {
        return Ok(described);
    }
    PyArrayDescr::new(py, (numpy(py)?.getattr(intern!(py, "record"))?, described))
}

pub(super) fn string_dtype<'py>(
    py: Python<'py>,
    dtype: &StringDType<'_>,
    missing: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArrayDescr>> {
    let named = alloc::dict(py)?;
    named.set_item(intern!(py, "coerce"), dtype.coerce)?;
    if let Some(missing) = missing {
        named.set_item(intern!(py, "na_object"), missing)?;
    }
    let class = py.import("numpy.dtypes")?.getattr(intern!(py, "StringDType"))?;
    Ok(class.call((), Some(&named))?.cast_into()?)
}

/// The parts that turn an array into a masked array.
pub(super) struct Masks<'g> {
    pub(super) class: &'g str,
    pub(super) base: &'g str,
    pub(super) mask: DynArray,
}

impl Masks<'_> {
    /// The masked array; with NumPy's own fill value unless another one is set right after.
    pub(super) fn wrap<'py>(&self, data: Bound<'py, PyAny>, has_fill: bool) -> PyResult<Bound<'py, PyAny>> {
        let py = data.py();
        let named = alloc::dict(py)?;
        named.set_item(intern!(py, "mask"), contiguous(py, &self.mask, None)?)?;
        let made = classes::masked_array(py)?.call((data,), Some(&named))?;
        let made = match self.class {
            "MaskedArray" => made,
            class => made.call_method1(intern!(py, "view"), (class_of(py, class)?,))?,
        };
        if !has_fill {
            made.setattr(intern!(py, "fill_value"), py.None())?;
        }
        Ok(made)
    }
}

/// An array of strings of any length that waits for them.
pub(super) struct Strings<'g> {
    pub(super) dtype: StringDType<'g>,
    pub(super) class: &'g str,
    pub(super) shape: Vec<usize>,
    pub(super) order: Order,
    pub(super) count: usize,
    pub(super) masks: Option<Masks<'g>>,
    /// True if the last part is the fill value of a masked array.
    pub(super) fill: bool,
}

impl Strings<'_> {
    /// The array of these strings, which the value for missing ones and the fill value follow, if there are such.
    ///
    /// # Errors
    /// `UnpicklingError` if something else than a string is among them; errors raised by NumPy.
    pub(super) fn build<'py>(
        self,
        py: Python<'py>,
        budget: &mut Budget,
        mut parts: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let fill = if self.fill { parts.pop() } else { None };
        let missing = if self.dtype.na_object.is_some() { parts.pop() } else { None };
        let is_nan =
            |value: &Bound<'py, PyAny>| value.cast::<PyFloat>().is_ok_and(|value| value.value().is_nan());
        for part in &parts {
            match part.cast::<PyString>() {
                // NumPy copies each, though one may stand in many places.
                Ok(text) => budget.spend(text.len()? as u64)?,
                Err(_) => {
                    let is_missing =
                        |missing: &Bound<'py, PyAny>| part.is(missing) || (is_nan(part) && is_nan(missing));
                    if !missing.as_ref().is_some_and(is_missing) {
                        let found = part.get_type().name()?;
                        let text = format!("expected a string in an array of StringDType, found a {found}");
                        return Err(UnpicklingError::new_err(text));
                    }
                }
            }
        }
        let objects = empty(py, "ndarray", &[self.count], PyArrayDescr::object(py), Order::C)?;
        Target::new(objects.clone(), vec![objects.clone()]).fill(parts.into_iter())?;
        let objects = objects.call_method1(intern!(py, "reshape"), (PyTuple::new(py, &self.shape)?,))?;
        let whole = empty(py, self.class, &self.shape, string_dtype(py, &self.dtype, missing)?, self.order)?;
        plain(&whole)?.set_item(PyEllipsis::get(py), objects)?;
        let Some(masks) = self.masks else { return Ok(whole) };
        let made = masks.wrap(whole, fill.is_some())?;
        if let Some(fill) = fill {
            made.setattr(intern!(py, "fill_value"), fill)?;
        }
        Ok(made)
    }
}

/// The class of that name, one of those that the library knows.
pub(super) fn class_of<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    match name {
        "chararray" => numpy(py)?.getattr("char")?.getattr(name),
        "MaskedRecords" => classes::masked_records(py).cloned(),
        "mvoid" => classes::masked_record(py).cloned(),
        "MaskedArray" => classes::masked_array(py).cloned(),
        _ => numpy(py)?.getattr(name),
    }
}

/// The array in that class.
pub(super) fn in_class<'py>(made: Bound<'py, PyAny>, class: &str) -> PyResult<Bound<'py, PyAny>> {
    if class == "ndarray" {
        return Ok(made);
    }
    let py = made.py();
    made.call_method1(intern!(py, "view"), (class_of(py, class)?,))
}

/// Dtypes that have been made, by the ids of their objects: many arrays share one.
#[derive(Default)]
pub(super) struct DTypes<'py> {
    known: HashMap<u64, Bound<'py, PyArrayDescr>>,
    /// The one that was asked for last.
    last: Option<(u64, Bound<'py, PyArrayDescr>)>,
    /// Those within other dtypes, always in the byte order of the file.
    parts: HashMap<u64, Bound<'py, PyArrayDescr>>,
}

impl<'py> DTypes<'py> {
    pub(super) fn get(&mut self, id: u64) -> Option<&Bound<'py, PyArrayDescr>> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != id) {
            self.last = Some((id, self.known.get(&id)?.clone()));
        }
        self.last.as_ref().map(|(_, dtype)| dtype)
    }

    pub(super) fn insert(&mut self, id: u64, dtype: Bound<'py, PyArrayDescr>) {
        self.known.insert(id, dtype);
    }

    pub(super) fn part(&self, id: u64) -> Option<&Bound<'py, PyArrayDescr>> {
        self.parts.get(&id)
    }

    pub(super) fn insert_part(&mut self, id: u64, dtype: Bound<'py, PyArrayDescr>) {
        self.parts.insert(id, dtype);
    }
}

/// A new array, with `None` in the slots of objects.
pub(super) fn empty<'py>(
    py: Python<'py>,
    class: &str,
    shape: &[usize],
    dtype: Bound<'py, PyArrayDescr>,
    order: Order,
) -> PyResult<Bound<'py, PyAny>> {
    let named = alloc::dict(py)?;
    named.set_item(intern!(py, "dtype"), dtype)?;
    named.set_item(intern!(py, "order"), if order == Order::Fortran { "F" } else { "C" })?;
    let ndarray = numpy(py)?.getattr(intern!(py, "ndarray"))?;
    let shape = PyTuple::new(py, shape)?;
    ndarray.call_method(intern!(py, "__new__"), (class_of(py, class)?, shape), Some(&named))
}

/// The same memory as a plain `ndarray`.
pub(super) fn plain<'py>(array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let ndarray = numpy(py)?.getattr(intern!(py, "ndarray"))?;
    if array.get_type().is(&ndarray) {
        return Ok(array.clone());
    }
    array.call_method1(intern!(py, "view"), (ndarray,))
}

/// The array, with elements in memory in any order of the axes; of that dtype, if one is given.
pub(super) fn contiguous<'py>(
    py: Python<'py>,
    array: &DynArray,
    dtype: Option<Bound<'py, PyArrayDescr>>,
) -> PyResult<Bound<'py, PyAny>> {
    let dtype = match dtype {
        Some(dtype) => dtype,
        None => dtype::to_python(py, array.dtype())?,
    };
    if array.as_bytes().is_some() {
        return memory::lend(py, array.clone(), dtype);
    }
    let mut axes: Vec<usize> = (0..array.ndim()).collect();
    axes.sort_by_key(|&axis| std::cmp::Reverse(array.strides().get(axis).copied()));
    let straight = array.permuted_axes(&axes).map_err(|error| malformed(&error))?;
    let mut back = vec![0; axes.len()];
    for (place, &axis) in axes.iter().enumerate() {
        if let Some(back) = back.get_mut(axis) {
            *back = place;
        }
    }
    if straight.as_bytes().is_none() {
        // Copied into C order.
        return memory::lend(py, array.clone(), dtype);
    }
    let made = memory::lend(py, straight, dtype)?;
    made.call_method1(intern!(py, "transpose"), (PyTuple::new(py, back)?,))
}
