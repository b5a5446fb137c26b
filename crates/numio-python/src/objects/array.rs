//! NumPy's objects: arrays from checked parts, and the slots in them that take Python objects.

use numio::pickle::{Global, Graph, InlineValue, Object, Value};
use numio::{
    ArrayObject, ByteOrder, DType, DynArray, Elements, GlobalExt, NumpyObject, ObjectExt, StringDType,
};
use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyEllipsis, PyTuple};

use super::build::Builder;
use super::frame::Parts;
use super::ndarray::{Masks, Strings, contiguous, described, empty, in_class, numpy, plain, string_dtype};
use super::target::{Target, only};
use super::{call, classes};
use crate::errors::{UnpicklingError, malformed};
use crate::{alloc, array, dtype, memmap, memory};

/// An object of NumPy's, whole or waiting for the Python objects in it.
pub(super) enum Made<'py, 'g> {
    Value(Bound<'py, PyAny>),
    Target(Target<'py>, Parts<'g>),
    Strings(Box<Strings<'g>>, Vec<Object<'g>>),
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
        if let Some(known) = self.dtypes.get(object.id()) {
            return native_like(known, dtype);
        }
        let made = if exact { described(self.py, dtype, records)? } else { self.full_dtype(object, dtype)? };
        // Also where the dtype itself has one position only: the state that holds it may have many.
        self.dtypes.insert(object.id(), made.clone());
        native_like(&made, dtype)
    }

    /// The same for a dtype within another one, which many of its fields can share.
    fn full_part(&mut self, object: Object<'g>, dtype: &DType) -> PyResult<Bound<'py, PyArrayDescr>> {
        if let Some(known) = self.dtypes.part(object.id()) {
            return Ok(known.clone());
        }
        let made = self.full_dtype(object, dtype)?;
        self.dtypes.insert_part(object.id(), made.clone());
        Ok(made)
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
                let base = self.full_part(base, subarray.base())?;
                PyArrayDescr::new(py, (base, PyTuple::new(py, subarray.shape())?))?
            }
            DType::Record(record) => {
                let mut formats = Vec::new();
                for field in record.fields() {
                    let found = part(4).and_then(|fields| fields.get(&field.name).ok()).ok_or_else(odd)?;
                    let found = found.as_tuple().ok().and_then(|parts| parts.get(0)).ok_or_else(odd)?;
                    formats.push(self.full_part(found, &field.dtype)?);
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
            && let Value::Dict(dict) = metadata.value()
            && !dict.is_empty()
        {
            // NumPy copies it twice, and keeps one copy.
            let bytes = (dict.len() as u64).saturating_mul(200).saturating_add(500);
            self.numpy.spend(bytes).map_err(|error| malformed(&error))?;
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
