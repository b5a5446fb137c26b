//! NumPy's objects: arrays from checked parts, and the slots in them that take Python objects.

use std::collections::HashMap;

use numio::pickle::{Global, Graph, InlineValue, Object, Value};
use numio::{
    ArrayObject, ByteOrder, DType, DynArray, Elements, GlobalExt, NumpyObject, ObjectExt, Order, StringDType,
};
use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyEllipsis, PyFloat, PyString, PyTuple};

use super::budget::Budget;
use super::build::Builder;
use super::frame::Parts;
use super::target::{Target, only};
use super::{UnpicklingError, call, classes, malformed};
use crate::{alloc, array, dtype, memmap, memory};

/// An object of NumPy's, whole or waiting for the Python objects in it.
pub(super) enum Made<'py, 'g> {
    Value(Bound<'py, PyAny>),
    Target(Target<'py>, Parts<'g>),
    Strings(Box<Strings<'g>>, Vec<Object<'g>>),
}

fn numpy(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    static NUMPY: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let numpy = NUMPY.get_or_try_init(py, || py.import("numpy").map(Bound::unbind))?;
    Ok(numpy.bind(py).clone())
}

impl<'py, 'g> Builder<'_, 'py, 'g> {
    /// Builds NumPy's own object from its description in a pickle. `object` is the one that was found to be `found`.
    ///
    /// # Errors
    /// NumPy's own errors for dtypes and shapes that it does not have.
    pub(super) fn numpy_object(
        &mut self,
        object: Object<'g>,
        found: NumpyObject<'g>,
    ) -> PyResult<Made<'py, 'g>> {
        let py = self.py;
        match found {
            NumpyObject::DType { dtype, records, exact } => {
                let described =
                    if exact { described(py, &dtype, records)? } else { self.full_dtype(object, &dtype)? };
                Ok(Made::Value(described.into_any()))
            }
            NumpyObject::StringDType(dtype) => {
                let missing = dtype.na_object.map(|object| self.apart(object)).transpose()?;
                string_dtype(py, &dtype, missing).map(|dtype| Made::Value(dtype.into_any()))
            }
            NumpyObject::MaskedConstant => classes::masked(py).map(|masked| Made::Value(masked.clone())),
            NumpyObject::Array(array) => match self.mapped(object, &array)? {
                Some(mapped) => Ok(Made::Value(mapped)),
                None => self.array(array),
            },
            NumpyObject::Scalar { scalar, records, dtype, exact } => {
                let dtype = self.dtype(dtype, scalar.dtype(), records, exact)?;
                Ok(match elements(py, object.graph(), "ndarray", &scalar, dtype)? {
                    Made::Value(array) => Made::Value(only(&array)?),
                    Made::Target(target, parts) => Made::Target(Target { is_scalar: true, ..target }, parts),
                    strings @ Made::Strings(..) => strings,
                })
            }
            NumpyObject::Masked { class, base, array, dtype, exact } => {
                let fill = object.as_call().and_then(|call| call.state()?.as_tuple().ok()?.get(6));
                let fill = fill.filter(|fill| !fill.is_none());
                self.masked(Masks { class, base, mask: array.mask }, &array.data, fill, (dtype, exact))
            }
            _ => Err(UnpicklingError::new_err("an object of NumPy's of a kind that is not known here")),
        }
    }

    /// An array of joblib's whose elements are mapped in the file, if that is wanted and possible.
    fn mapped(&mut self, object: Object<'g>, array: &ArrayObject<'g>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(map) = self.map else { return Ok(None) };
        let call = object.as_call();
        let Some(InlineValue::Bytes { bytes, start }) = call.and_then(|call| call.inline_value()) else {
            return Ok(None);
        };
        let allowed = call.and_then(|call| call.state()?.get("allow_mmap").ok()?.as_bool().ok());
        let (shape, order, found) = match &array.elements {
            Elements::Bytes { shape, order, dtype, .. } => (shape.clone(), *order, dtype.clone()),
            Elements::Array(found) => (found.shape().to_vec(), found.order(), found.dtype().clone()),
            _ => return Ok(None),
        };
        if allowed != Some(true) || bytes.is_empty() {
            return Ok(None);
        }
        let dtype = if array.exact {
            // As it is in the file, in whatever byte order.
            let dtype = array.dtype.as_dtype().map_err(|error| malformed(&error))?;
            described(self.py, &dtype, array.records)?
        } else {
            self.full_dtype(array.dtype, &found)?
        };
        let Some(offset) = object.graph().file_offset() else { return Ok(None) };
        let offset = offset.saturating_add(start as u64);
        if shape.iter().product::<usize>().checked_mul(dtype.itemsize()) != Some(bytes.len()) {
            return Ok(None);
        }
        memmap::map_part(map.filename, map.file, map.mode, &dtype, (&shape, order), offset).map(Some)
    }

    fn array(&mut self, array: ArrayObject<'g>) -> PyResult<Made<'py, 'g>> {
        let py = self.py;
        let ArrayObject { class, records, dtype: object, exact, writable, elements: found, .. } = array;
        let made = match found {
            Elements::Objects { items, shape, order } => {
                let dtype = self.dtype(object, &DType::OBJECT, false, exact)?;
                let whole = empty(py, class, &shape, dtype, order)?;
                let places = vec![plain(&whole)?];
                return Ok(Made::Target(Target::new(whole, places), Parts::Items(items)));
            }
            Elements::Strings { items, shape, order, dtype } => {
                let strings =
                    Strings { dtype, class, shape, order, count: items.len(), masks: None, fill: false };
                let parts = items.into_iter().chain(dtype.na_object).collect();
                return Ok(Made::Strings(Box::new(strings), parts));
            }
            Elements::Array(array) => {
                let dtype = self.dtype(object, array.dtype(), records, exact)?;
                elements(py, object.graph(), class, &array, dtype)?
            }
            Elements::Bytes { bytes, dtype, shape, order } => {
                let dtype = self.dtype(object, &dtype, records, exact)?;
                let made = memory::copied(py, &bytes, dtype, &shape, order)?;
                Made::Value(in_class(made, class)?)
            }
        };
        if let (Made::Value(made), false) = (&made, writable) {
            made.call_method1(intern!(py, "setflags"), (false,))?;
        }
        Ok(made)
    }

    /// The dtype of an array. One that the pickle refers to several times is made once.
    fn dtype(
        &mut self,
        object: Object<'g>,
        dtype: &DType,
        records: bool,
        exact: bool,
    ) -> PyResult<Bound<'py, PyArrayDescr>> {
        if let Some(known) = self.dtypes.0.get(&object.id()) {
            return native_like(known, dtype);
        }
        let made = if exact { described(self.py, dtype, records)? } else { self.full_dtype(object, dtype)? };
        // Also where the dtype itself has one position only: the state that holds it may have many.
        self.dtypes.0.insert(object.id(), made.clone());
        native_like(&made, dtype)
    }

    /// The dtype with the details in the pickle that a [`DType`] lacks: metadata, fields of a number, the class of
    /// records in fields, C's `long long`. The library has checked the pickle's object against `dtype`.
    fn full_dtype(&mut self, object: Object<'g>, dtype: &DType) -> PyResult<Bound<'py, PyArrayDescr>> {
        let py = self.py;
        let odd = || UnpicklingError::new_err("a dtype in a form that is not known here");
        let call = object.as_call().ok_or_else(odd)?;
        let spec = call.args().get(0).ok_or_else(odd)?;
        let state = call.state().and_then(|state| state.as_tuple().ok());
        let part = |index: usize| state.as_ref()?.get(index).filter(|part| !part.is_none());
        let mut made = match dtype {
            // A class of `ml_dtypes`, which is imported, or trusted.
            DType::Scalar(_) if spec.as_global().and_then(Global::ml_dtype_size).is_some() => {
                let class = spec.as_global().ok_or_else(odd)?;
                if !self.trust.has(class) {
                    return Err(self.trust.refusal(object.graph(), Some((class, call.offset()))));
                }
                let made = PyArrayDescr::new(py, call::import(py, class)?)?;
                if made.itemsize() != dtype.itemsize() {
                    return Err(odd());
                }
                made
            }
            DType::Scalar(_) => {
                let made = dtype::to_python(py, dtype)?;
                match longlong(spec) {
                    Some(letter) => with_order(PyArrayDescr::new(py, letter)?, part(1))?,
                    None => made,
                }
            }
            DType::Subarray(subarray) => {
                let base = part(2).and_then(|pair| pair.as_tuple().ok()?.get(0)).ok_or_else(odd)?;
                let base = self.full_dtype(base, subarray.base())?;
                PyArrayDescr::new(py, (base, PyTuple::new(py, subarray.shape())?))?
            }
            DType::Record(record) => {
                let mut formats = Vec::new();
                for field in record.fields() {
                    let found = part(4).and_then(|fields| fields.get(&field.name).ok()).ok_or_else(odd)?;
                    let found = found.as_tuple().ok().and_then(|parts| parts.get(0)).ok_or_else(odd)?;
                    formats.push(self.full_dtype(found, &field.dtype)?);
                }
                let fields = PyArrayDescr::new(py, dtype::record_form(py, record, formats)?)?;
                match (spec.as_global(), text_of(spec)) {
                    (Some(class), _) if class.name == "record" => {
                        PyArrayDescr::new(py, (numpy(py)?.getattr(intern!(py, "record"))?, fields))?
                    }
                    // A number, or a text of some length, of whose parts these are the names.
                    (None, Some(text)) if !text.starts_with(['V', '|']) => {
                        let number = with_order(PyArrayDescr::new(py, text)?, part(1))?;
                        PyArrayDescr::new(py, (number, fields))?
                    }
                    _ => fields,
                }
            }
        };
        let metadata = part(8).and_then(|metadata| match metadata.value() {
            Value::Tuple(parts) => parts.get(0),
            _ => Some(metadata),
        });
        if let Some(metadata) = metadata
            && matches!(metadata.value(), Value::Dict(dict) if !dict.is_empty())
        {
            let named = alloc::dict(py)?;
            named.set_item(intern!(py, "metadata"), self.apart(metadata)?)?;
            let class = numpy(py)?.getattr(intern!(py, "dtype"))?;
            made = class.call((made,), Some(&named))?.cast_into()?;
        }
        Ok(made)
    }

    fn masked(
        &mut self,
        masks: Masks<'g>,
        data: &DynArray,
        fill: Option<Object<'g>>,
        (object, exact): (Object<'g>, bool),
    ) -> PyResult<Made<'py, 'g>> {
        let py = self.py;
        if !exact && let Some(dtype) = StringDType::of(object).map_err(|error| malformed(&error))? {
            let items = data.objects().map_err(|error| malformed(&error))?;
            let graph = object.graph();
            let mut parts: Vec<_> = items.filter_map(|item| graph.get(item.id())).collect();
            let (count, has_fill) = (parts.len(), fill.is_some());
            parts.extend(dtype.na_object.into_iter().chain(fill));
            let (class, shape, order) = (masks.base, data.shape().to_vec(), data.order());
            let strings = Strings { dtype, class, shape, order, count, masks: Some(masks), fill: has_fill };
            return Ok(Made::Strings(Box::new(strings), parts));
        }
        let dtype = self.dtype(object, data.dtype(), masks.base == "recarray", exact)?;
        let found = elements(py, object.graph(), masks.base, data, dtype)?;
        Ok(match (found, fill) {
            (Made::Target(target, parts), fill) => {
                let target = Target { whole: masks.wrap(target.whole, fill.is_some())?, ..target };
                Made::Target(target.with_fill(fill.is_some()), with_first(fill, parts))
            }
            (Made::Value(array), None) => Made::Value(masks.wrap(array, false)?),
            (Made::Value(array), Some(fill)) => {
                let target = Target::new(masks.wrap(array, true)?, Vec::new());
                Made::Target(target.with_fill(true), Parts::Objects(vec![fill]))
            }
            (strings @ Made::Strings(..), _) => strings,
        })
    }
}

/// The parts with one before them.
fn with_first<'g>(first: Option<Object<'g>>, parts: Parts<'g>) -> Parts<'g> {
    let Some(first) = first else { return parts };
    Parts::Objects(match parts {
        Parts::Items(items) => std::iter::once(first).chain(items.iter()).collect(),
        Parts::Objects(objects) => std::iter::once(first).chain(objects).collect(),
    })
}

/// The letter of C's `long long`, if a dtype is named so.
fn longlong(spec: Object<'_>) -> Option<&'static str> {
    match text_of(spec)?.trim_start_matches(['<', '>', '=', '|']) {
        "q" | "longlong" => Some("q"),
        "Q" | "ulonglong" => Some("Q"),
        _ => None,
    }
}

/// Text, which Python 2 may have written as bytes.
fn text_of(object: Object<'_>) -> Option<String> {
    match object.value() {
        Value::Str(text) => text.as_str().map(str::to_owned),
        Value::Bytes(bytes) => String::from_utf8(bytes.into_owned()).ok(),
        _ => None,
    }
}

/// The dtype in the byte order that the pickle says.
fn with_order<'py>(
    dtype: Bound<'py, PyArrayDescr>,
    order: Option<Object<'_>>,
) -> PyResult<Bound<'py, PyArrayDescr>> {
    match order.and_then(text_of).as_deref() {
        Some(order @ ("<" | ">")) => {
            Ok(dtype.call_method1(intern!(dtype.py(), "newbyteorder"), (order,))?.cast_into()?)
        }
        _ => Ok(dtype),
    }
}

/// `found`, in this machine's byte order if the elements have been converted to that.
fn native_like<'py>(found: &Bound<'py, PyArrayDescr>, dtype: &DType) -> PyResult<Bound<'py, PyArrayDescr>> {
    let native = dtype.as_scalar().is_some_and(|scalar| scalar.byte_order() == Some(ByteOrder::NATIVE));
    if !native || found.is_native_byteorder() != Some(false) {
        return Ok(found.clone());
    }
    Ok(found.call_method1(intern!(found.py(), "newbyteorder"), ("=",))?.cast_into()?)
}

/// The dtype, of `numpy.record` elements if so.
fn described<'py>(py: Python<'py>, dtype: &DType, records: bool) -> PyResult<Bound<'py, PyArrayDescr>> {
    let described = dtype::to_python(py, dtype)?;
    if !records {
        return Ok(described);
    }
    PyArrayDescr::new(py, (numpy(py)?.getattr(intern!(py, "record"))?, described))
}

fn string_dtype<'py>(
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
    class: &'g str,
    base: &'g str,
    mask: DynArray,
}

impl Masks<'_> {
    /// The masked array; with NumPy's own fill value unless another one is set right after.
    fn wrap<'py>(&self, data: Bound<'py, PyAny>, has_fill: bool) -> PyResult<Bound<'py, PyAny>> {
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
    dtype: StringDType<'g>,
    class: &'g str,
    shape: Vec<usize>,
    order: Order,
    count: usize,
    masks: Option<Masks<'g>>,
    /// True if the last part is the fill value of a masked array.
    fill: bool,
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
fn class_of<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    match name {
        "chararray" => numpy(py)?.getattr("char")?.getattr(name),
        "MaskedRecords" => classes::masked_records(py).cloned(),
        "mvoid" => classes::masked_record(py).cloned(),
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

/// A new array, with `None` in the slots of objects.
fn empty<'py>(
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
fn plain<'py>(array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let ndarray = numpy(py)?.getattr(intern!(py, "ndarray"))?;
    if array.get_type().is(&ndarray) {
        return Ok(array.clone());
    }
    array.call_method1(intern!(py, "view"), (ndarray,))
}

/// An array of any dtype; in records there may be objects.
fn elements<'py, 'g>(
    py: Python<'py>,
    graph: &'g Graph,
    class: &str,
    array: &DynArray,
    dtype: Bound<'py, PyArrayDescr>,
) -> PyResult<Made<'py, 'g>> {
    if !array.dtype().has_objects() {
        return in_class(contiguous(py, array, Some(dtype))?, class).map(Made::Value);
    }
    let whole = empty(py, class, array.shape(), dtype, array.order())?;
    let (mut places, mut objects) = (Vec::new(), Vec::new());
    scatter(graph, array, &plain(&whole)?, &mut places, &mut objects)?;
    Ok(Made::Target(Target::new(whole, places), Parts::Objects(objects)))
}

/// The array, with elements in memory in any order of the axes; of that dtype, if one is given.
fn contiguous<'py>(
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

/// Copies everything but the objects into `made`, and collects the slots of the objects. The dtype bounds the depth.
fn scatter<'py, 'g>(
    graph: &'g Graph,
    array: &DynArray,
    made: &Bound<'py, PyAny>,
    places: &mut Vec<Bound<'py, PyAny>>,
    objects: &mut Vec<Object<'g>>,
) -> PyResult<()> {
    let py = made.py();
    match array.dtype() {
        dtype if !dtype.has_objects() => {
            made.set_item(PyEllipsis::get(py), array::to_python(py, array.clone())?)
        }
        DType::Record(record) => {
            for field in record.fields() {
                let part = array.field(&field.name).map_err(|error| malformed(&error))?;
                let name = dtype::name_to_python(py, &field.name)?;
                scatter(graph, &part, &made.get_item(name)?, places, objects)?;
            }
            Ok(())
        }
        _ => {
            places.push(made.clone());
            let found = array.objects().map_err(|error| malformed(&error))?;
            objects.extend(found.filter_map(|object| graph.get(object.id())));
            Ok(())
        }
    }
}
