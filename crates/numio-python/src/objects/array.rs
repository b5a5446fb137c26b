//! NumPy's objects: arrays from checked parts, and the places in them that take Python objects.

use std::collections::HashMap;

use numio::pickle::{Graph, Object};
use numio::{ArrayObject, DType, DynArray, Elements, MaskedArray, NumpyObject, Order};
use numpy::PyArrayDescr;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyEllipsis, PyTuple};

use super::frame::Parts;
use super::target::{Target, only};
use super::{UnpicklingError, classes, malformed};
use crate::{array, dtype, memory};

/// An object of NumPy's, whole or waiting for the Python objects in it.
pub(super) enum Made<'py, 'g> {
    Value(Bound<'py, PyAny>),
    Target(Target<'py>, Parts<'g>),
}

fn numpy(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    static NUMPY: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let numpy = NUMPY.get_or_try_init(py, || py.import("numpy").map(Bound::unbind))?;
    Ok(numpy.bind(py).clone())
}

/// NumPy's own object for what a pickle says of it.
///
/// # Errors
/// What NumPy raises for dtypes and shapes that it does not have.
pub(super) fn made<'py, 'g>(
    py: Python<'py>,
    graph: &'g Graph,
    found: NumpyObject<'g>,
    dtypes: &mut DTypes<'py>,
) -> PyResult<Made<'py, 'g>> {
    match found {
        NumpyObject::DType { dtype, records } => {
            described(py, &dtype, records).map(|dtype| Made::Value(dtype.into_any()))
        }
        NumpyObject::MaskedConstant => classes::masked(py).map(|masked| Made::Value(masked.clone())),
        NumpyObject::Array(ArrayObject {
            class,
            elements: Elements::Objects { items, shape, order },
            ..
        }) => {
            let whole = empty(py, class, &shape, PyArrayDescr::object(py), order)?;
            let places = vec![plain(&whole)?];
            Ok(Made::Target(Target::new(whole, places), Parts::Items(items)))
        }
        NumpyObject::Array(ArrayObject { class, records, elements: Elements::Array(array), .. }) => {
            elements(py, graph, class, records, &array)
        }
        NumpyObject::Array(ArrayObject {
            class,
            records,
            dtype: object,
            elements: Elements::Bytes { bytes, dtype, shape, order },
        }) => {
            let dtype = dtypes.of(py, object, &dtype, records)?;
            let made = memory::copied(py, &bytes, dtype, &shape, order)?;
            in_class(made, class).map(Made::Value)
        }
        NumpyObject::Scalar { scalar, records } => {
            Ok(match elements(py, graph, "ndarray", records, &scalar)? {
                Made::Value(array) => Made::Value(only(&array)?),
                Made::Target(target, parts) => Made::Target(Target { is_scalar: true, ..target }, parts),
            })
        }
        NumpyObject::Masked { class, base, array } => masked(py, graph, class, base, &array),
        _ => Err(UnpicklingError::new_err("an object of NumPy's of a kind that is not known here")),
    }
}

/// The dtype, of `numpy.record` elements if so.
fn described<'py>(py: Python<'py>, dtype: &DType, records: bool) -> PyResult<Bound<'py, PyArrayDescr>> {
    let described = dtype::to_python(py, dtype)?;
    if !records {
        return Ok(described);
    }
    PyArrayDescr::new(py, (numpy(py)?.getattr(intern!(py, "record"))?, described))
}

/// The class of that name. The names are those that the library knows.
fn class_of<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    match name {
        "chararray" => numpy(py)?.getattr("char")?.getattr(name),
        "MaskedRecords" => classes::masked_records(py).cloned(),
        "MaskedArray" => classes::masked_array(py).cloned(),
        _ => numpy(py)?.getattr(name),
    }
}

/// The array in that class.
fn in_class<'py>(made: Bound<'py, PyAny>, class: &str) -> PyResult<Bound<'py, PyAny>> {
    if class == "ndarray" {
        return Ok(made);
    }
    let py = made.py();
    made.call_method1(intern!(py, "view"), (class_of(py, class)?,))
}

/// Dtypes that have been made, by the numbers of their objects: many arrays share one.
#[derive(Default)]
pub(super) struct DTypes<'py>(HashMap<u64, Bound<'py, PyArrayDescr>>);

impl<'py> DTypes<'py> {
    fn of(
        &mut self,
        py: Python<'py>,
        object: Object<'_>,
        dtype: &DType,
        records: bool,
    ) -> PyResult<Bound<'py, PyArrayDescr>> {
        if let Some(known) = self.0.get(&object.number()) {
            return Ok(known.clone());
        }
        let made = described(py, dtype, records)?;
        if object.is_shared() {
            self.0.insert(object.number(), made.clone());
        }
        Ok(made)
    }
}

/// A new array, `None` where objects are to be.
fn empty<'py>(
    py: Python<'py>,
    class: &str,
    shape: &[usize],
    dtype: Bound<'py, PyArrayDescr>,
    order: Order,
) -> PyResult<Bound<'py, PyAny>> {
    let named = PyDict::new(py);
    named.set_item(intern!(py, "dtype"), dtype)?;
    named.set_item(intern!(py, "order"), if order == Order::Fortran { "F" } else { "C" })?;
    let ndarray = numpy(py)?.getattr(intern!(py, "ndarray"))?;
    let shape = PyTuple::new(py, shape)?;
    ndarray.call_method(intern!(py, "__new__"), (class_of(py, class)?, shape), Some(&named))
}

/// The same memory as a plain `ndarray`.
fn plain<'py>(array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let ndarray = numpy(py)?.getattr(intern!(py, "ndarray"))?;
    if array.get_type().is(&ndarray) {
        return Ok(array.clone());
    }
    array.call_method1(intern!(py, "view"), (ndarray,))
}

/// An array of any dtype but that of objects; in records there may be some.
fn elements<'py, 'g>(
    py: Python<'py>,
    graph: &'g Graph,
    class: &str,
    records: bool,
    array: &DynArray,
) -> PyResult<Made<'py, 'g>> {
    if !array.dtype().has_objects() {
        let made = contiguous(py, array)?;
        if records {
            // Only the class of the elements changes.
            made.setattr(intern!(py, "dtype"), described(py, array.dtype(), true)?)?;
        }
        return in_class(made, class).map(Made::Value);
    }
    let dtype = described(py, array.dtype(), records)?;
    let whole = empty(py, class, array.shape(), dtype, array.order())?;
    let (mut places, mut objects) = (Vec::new(), Vec::new());
    scatter(graph, array, &plain(&whole)?, &mut places, &mut objects)?;
    Ok(Made::Target(Target::new(whole, places), Parts::Objects(objects)))
}

/// The array, whose elements may stand in memory in the order of any axes.
fn contiguous<'py>(py: Python<'py>, array: &DynArray) -> PyResult<Bound<'py, PyAny>> {
    if array.as_bytes().is_some() {
        return array::to_python(py, array.clone());
    }
    let mut axes: Vec<usize> = (0..array.ndim()).collect();
    axes.sort_by_key(|&axis| std::cmp::Reverse(array.strides().get(axis).copied()));
    let straight = array.permuted(&axes).map_err(|error| malformed(&error))?;
    let mut back = vec![0; axes.len()];
    for (place, &axis) in axes.iter().enumerate() {
        if let Some(back) = back.get_mut(axis) {
            *back = place;
        }
    }
    let made =
        if straight.as_bytes().is_some() { array::to_python(py, straight)? } else { copied(py, array)? };
    made.call_method1(intern!(py, "transpose"), (PyTuple::new(py, back)?,))
}

/// A copy of elements that stand apart.
fn copied<'py>(py: Python<'py>, array: &DynArray) -> PyResult<Bound<'py, PyAny>> {
    let copy = DynArray::from_bytes(array.dtype().clone(), array.shape(), &array.to_bytes());
    array::to_python(py, copy.map_err(|error| malformed(&error))?)
}

/// Copies what is no object into `made`, and finds the places of the objects. The dtype bounds the depth.
fn scatter<'py, 'g>(
    graph: &'g Graph,
    array: &DynArray,
    made: &Bound<'py, PyAny>,
    places: &mut Vec<Bound<'py, PyAny>>,
    objects: &mut Vec<Object<'g>>,
) -> PyResult<()> {
    let py = made.py();
    match array.dtype() {
        dtype if !dtype.has_objects() => made.set_item(PyEllipsis::get(py), copied(py, array)?),
        DType::Record(record) => {
            for field in record.fields() {
                let part = array.field(&field.name).map_err(|error| malformed(&error))?;
                scatter(graph, &part, &made.get_item(&*field.name)?, places, objects)?;
            }
            Ok(())
        }
        _ => {
            places.push(made.clone());
            let found = array.objects().map_err(|error| malformed(&error))?;
            objects.extend(found.filter_map(|object| graph.object(object.number())));
            Ok(())
        }
    }
}

fn masked<'py, 'g>(
    py: Python<'py>,
    graph: &'g Graph,
    class: &str,
    base: &str,
    MaskedArray { data, mask, fill_value, .. }: &MaskedArray,
) -> PyResult<Made<'py, 'g>> {
    let fill = match fill_value {
        None => py.None().into_bound(py),
        Some(fill) => match elements(py, graph, "ndarray", false, fill)? {
            Made::Value(fill) => fill,
            _ => return Err(UnpicklingError::new_err("a fill value with Python objects in it")),
        },
    };
    let wrap = |data: Bound<'py, PyAny>| {
        let named = PyDict::new(py);
        named.set_item(intern!(py, "mask"), contiguous(py, mask)?)?;
        let mut made = classes::masked_array(py)?.call((data,), Some(&named))?;
        if class != "MaskedArray" {
            made = made.call_method1(intern!(py, "view"), (class_of(py, class)?,))?;
        }
        made.setattr(intern!(py, "fill_value"), fill)?;
        Ok::<_, PyErr>(made)
    };
    let records = base == "recarray";
    if data.dtype() == &DType::OBJECT {
        let whole = empty(py, base, data.shape(), PyArrayDescr::object(py), data.order())?;
        let (mut places, mut objects) = (Vec::new(), Vec::new());
        scatter(graph, data, &plain(&whole)?, &mut places, &mut objects)?;
        let target = Target::new(wrap(whole)?, places);
        return Ok(Made::Target(target, Parts::Objects(objects)));
    }
    Ok(match elements(py, graph, base, records, data)? {
        Made::Value(array) => Made::Value(wrap(array)?),
        Made::Target(target, parts) => Made::Target(Target { whole: wrap(target.whole)?, ..target }, parts),
    })
}
