//! Arrays and scalars from the calls that make them (`array_setstate` in NumPy's `methods.c`, `_frombuffer` in
//! `numeric.py`).

use std::borrow::Cow;
use std::sync::Arc;

use super::dtype::{Found, Reading, StringDType};
use super::error::Fault;
use super::forms::{self, Form};
use super::read::{bytes, int, shape, shown, text, truth, tuple};
use super::store::{self, Finders};
use crate::array::{Buffer, Data, Layout, byte_len};
use crate::pickle::{Call, Items, Object, Within};
use crate::{DType, DynArray, Error, ErrorKind, Limits, Order, Result};

/// What is done with a dtype takes time for each of its parts: as much as copying this many bytes.
const PART_STEPS: u64 = 8;

/// What records of objects find in their elements.
const FINDERS: Finders = Finders {
    array: |object, wanted, reading| Ok(raw(object, Some(wanted), reading)?.map(|(_, array)| array)),
    scalar: |object, wanted, reading| raw_scalar(object, Some(wanted), reading),
};

/// What a state says of an array.
pub(super) struct Parts<'g> {
    pub(super) dtype: DType,
    pub(super) shape: Vec<usize>,
    pub(super) order: Order,
    /// Whether the elements are `numpy.record`.
    pub(super) records: bool,
    pub(super) dtype_object: Object<'g>,
    /// Whether `dtype` and `records` tell all of the dtype.
    pub(super) exact: bool,
    /// The dtype, where it is of strings of any length.
    pub(super) strings: Option<StringDType<'g>>,
    data: Object<'g>,
}

/// The array that an object is; nothing where it is something else.
pub(super) fn find(object: Object<'_>) -> Result<Option<DynArray>> {
    find_in(object, &mut Reading::of(object.graph()))
}

/// The same among other objects that are read.
pub(super) fn find_in(object: Object<'_>, reading: &mut Reading) -> Result<Option<DynArray>> {
    match raw(object, None, reading)? {
        // What was a buffer stays as it was written, like records.
        Some((Form::Reconstruct, array)) if array.dtype().as_scalar().is_some() => {
            array.to_native().map(Some)
        }
        Some((_, array)) => Ok(Some(array)),
        None => Ok(None),
    }
}

/// The same in the byte order of the file; if it is to be of the `wanted` dtype, no element of another one is read.
fn raw(
    object: Object<'_>,
    wanted: Option<&DType>,
    reading: &mut Reading,
) -> Result<Option<(Form, DynArray)>> {
    let Some((form, call)) = forms::of(object) else { return Ok(None) };
    let here = |error: Error| error.at(call.offset() as u64);
    let array = match form {
        Form::Reconstruct => match call.args().array() {
            Some([class, _, _]) if forms::is_array_class(class) => reconstructed(&call, wanted, reading),
            Some(_) => return Ok(None),
            None => Err(Fault::part("_reconstruct", "3 arguments", call.args().len().to_string()).into()),
        },
        Form::FromBuffer => from_buffer(&call, wanted, reading),
        _ => return Ok(None),
    };
    Ok(Some((form, array.map_err(here)?)))
}

fn reconstructed(call: &Call<'_>, wanted: Option<&DType>, reading: &mut Reading) -> Result<DynArray> {
    let parts = parts(call, reading)?;
    expect(&parts.dtype, wanted)?;
    parts.build(reading)
}

/// What the state says of a reconstructed array.
pub(super) fn parts<'g>(call: &Call<'g>, reading: &mut Reading) -> Result<Parts<'g>> {
    let state = forms::state(call, "an array")?.ok_or(Fault::NoState { of: "an array" })?;
    let state = tuple(state, "array state")?;
    match state.len() {
        5 => {
            let version = state.get(0).map_or(Ok(1), |version| int(version, "array state"))?;
            if version != 1 {
                return Err(Fault::Version { of: "an array", found: version.to_string() }.into());
            }
            Parts::of(state.iter().skip(1), reading)
        }
        // Version 0, of NumPy's predecessors.
        4 => Parts::of(state.iter(), reading),
        count => Err(Fault::part("array state", "5 parts", count.to_string()).into()),
    }
}

fn expect(found: &DType, wanted: Option<&DType>) -> Result<(), Fault> {
    match wanted {
        Some(wanted) if wanted != found => {
            Err(Fault::Element { dtype: wanted.clone(), found: format!("an array of {found}") })
        }
        _ => Ok(()),
    }
}

impl<'g> Parts<'g> {
    /// From shape, dtype, whether the order is Fortran's, and the elements.
    pub(super) fn of(mut items: impl Iterator<Item = Object<'g>>, reading: &mut Reading) -> Result<Self> {
        let parts = (items.next(), items.next(), items.next(), items.next());
        let (Some(lengths), Some(dtype), Some(fortran), Some(data)) = parts else {
            return Err(Fault::part("array state", "5 parts", "fewer").into());
        };
        let dtype_object = dtype;
        let Found { dtype, records, exact } = reading.found(dtype)?;
        let strings = if exact { None } else { StringDType::of(dtype_object)? };
        reading.spend(PART_STEPS * reading.parts(dtype_object))?;
        if matches!(dtype, DType::Subarray(_)) {
            // An array of them would have their axes as its own.
            return Err(Fault::part("dtype", "one that is no subarray", dtype.to_string()).into());
        }
        let order = if truth(fortran, "order")? { Order::Fortran } else { Order::C };
        Ok(Self { dtype, shape: shape(lengths)?, order, records, dtype_object, exact, strings, data })
    }

    /// The array as it is found in a pickle: in this machine's byte order, but for records.
    pub(super) fn found(self, reading: &mut Reading) -> Result<DynArray> {
        let array = self.build(reading)?;
        if array.dtype().as_scalar().is_some() { array.to_native() } else { Ok(array) }
    }

    /// All bytes of an array of plain elements.
    pub(super) fn plain(&self) -> Result<Cow<'g, [u8]>> {
        let data = bytes(self.data).ok_or_else(|| Fault::part("elements", "bytes", shown(self.data)))?;
        expect_bytes(&self.dtype, &self.shape, data.len())?;
        Ok(data)
    }

    pub(super) fn build(self, reading: &mut Reading) -> Result<DynArray> {
        let len = byte_len(&self.shape, self.dtype.itemsize()).map_err(too_large)?;
        if self.dtype.has_objects() {
            return self.listed(len, reading);
        }
        let data = self.plain()?;
        reading.spend(data.len() as u64)?;
        filled(self.dtype, &self.shape, self.order, &data)
    }

    /// The elements of an array of objects, the last index varying fastest.
    pub(super) fn items(&self) -> Result<Items<'g>> {
        let items = self
            .data
            .as_list()
            .map_err(|_| Fault::part("elements", "a list, for the dtype holds objects", shown(self.data)))?;
        let wanted = byte_len(&self.shape, 1).map_err(too_large)?;
        if items.len() != wanted {
            let (found, dtype, shape) = (items.len(), self.dtype.clone(), self.shape.clone());
            return Err(Fault::Count { unit: "elements", found, shape, dtype, wanted }.into());
        }
        Ok(items)
    }

    /// Elements in a list, the last index varying fastest whatever the order in memory.
    fn listed(self, len: usize, reading: &mut Reading) -> Result<DynArray> {
        let items = self.items()?;
        reading.spend(len as u64)?;
        // Each item leads to the parts of the dtype, however often it occurs in the list.
        reading.spend((items.len() as u64).saturating_mul(reading.parts(self.dtype_object)))?;
        let itemsize = self.dtype.itemsize();
        let layout = Layout::contiguous(&self.shape, itemsize, self.order);
        let mut buffer = Buffer::zeroed(len)?;
        let all = buffer.bytes_mut();
        if self.dtype == DType::OBJECT && self.order == Order::C {
            let (elements, _) = all.as_chunks_mut();
            for (element, item) in elements.iter_mut().zip(items.iter()) {
                *element = item.number().to_ne_bytes();
            }
        } else {
            for (start, item) in layout.offsets(Order::C).zip(items.iter()) {
                let element = all.get_mut(start..).and_then(|rest| rest.get_mut(..itemsize));
                store::element(&self.dtype, item, element.unwrap_or_default(), FINDERS, reading)?;
            }
        }
        let array = DynArray::from_parts(self.dtype, layout, Data::Owned(Arc::new(buffer)));
        let array = array.with_objects(self.data.graph().clone());
        Ok(match self.strings {
            Some(dtype) => {
                let within = Within::nothing(self.data.graph(), &Limits::default());
                array.with_dtype_name(&dtype.repr(&within))
            }
            None => array,
        })
    }
}

/// An overflow that the file is to blame for.
fn too_large(error: Error) -> Error {
    error.with_kind(ErrorKind::InvalidData)
}

/// An array of plain elements from all their bytes.
pub(super) fn filled(dtype: DType, shape: &[usize], order: Order, data: &[u8]) -> Result<DynArray> {
    expect_bytes(&dtype, shape, data.len())?;
    let layout = Layout::contiguous(shape, dtype.itemsize(), order);
    Ok(DynArray::from_parts(dtype, layout, Data::Owned(Arc::new(Buffer::copy_of(data)?))))
}

fn expect_bytes(dtype: &DType, shape: &[usize], found: usize) -> Result<()> {
    let wanted = byte_len(shape, dtype.itemsize()).map_err(too_large)?;
    if found == wanted {
        return Ok(());
    }
    let (dtype, shape) = (dtype.clone(), shape.to_vec());
    Err(Fault::Count { unit: "bytes", found, shape, dtype, wanted }.into())
}

/// `_frombuffer(buffer, dtype, shape, order)`, with the order of the axes behind it where that is `K`.
fn from_buffer(call: &Call<'_>, wanted: Option<&DType>, reading: &mut Reading) -> Result<DynArray> {
    if forms::state(call, "an array")?.is_some() {
        return Err(Fault::Extra { of: "a buffer's array", what: "a state" }.into());
    }
    let args = call.args();
    let count = || Fault::part("_frombuffer", "4 or 5 arguments", args.len().to_string());
    let part = |index: usize| args.get(index).filter(|_| args.len() <= 5).ok_or_else(count);
    let dtype = reading.dtype(part(1)?)?;
    reading.spend(PART_STEPS * reading.parts(part(1)?))?;
    expect(&dtype, wanted)?;
    if dtype.has_objects() || matches!(dtype, DType::Subarray(_)) {
        return Err(
            Fault::part("dtype", "one without objects or subarray, for a buffer", dtype.to_string()).into()
        );
    }
    let shape = shape(part(2)?)?;
    let data = bytes(part(0)?).ok_or_else(|| Fault::part("elements", "a buffer", "something else"))?;
    reading.spend(data.len() as u64)?;
    let order = text(part(3)?);
    match (order.as_deref(), args.get(4)) {
        (Some("C"), None) => filled(dtype, &shape, Order::C, &data),
        (Some("F"), None) => filled(dtype, &shape, Order::Fortran, &data),
        (Some("K"), Some(axes)) => {
            let fault = || Fault::part("order", "each axis once", shown(axes));
            let axes = self::axes(axes).ok_or_else(fault)?;
            filled(dtype, &shape, Order::C, &data)?.permuted(&axes).map_err(|_| fault().into())
        }
        _ => Err(Fault::part("order", "'C', 'F', or 'K' and the axes", shown(part(3)?)).into()),
    }
}

fn axes(object: Object<'_>) -> Option<Vec<usize>> {
    let items = object.as_tuple().ok()?;
    items.iter().map(|axis| usize::try_from(axis.as_i64().ok()?).ok()).collect()
}

/// The scalar that an object is, as an array without axes; nothing where it is something else.
pub(super) fn scalar(object: Object<'_>) -> Result<Option<DynArray>> {
    scalar_in(object, &mut Reading::of(object.graph()))
}

/// The same among other objects that are read.
pub(super) fn scalar_in(object: Object<'_>, reading: &mut Reading) -> Result<Option<DynArray>> {
    raw_scalar(object, None, reading)?
        .map(|scalar| match scalar.dtype().as_scalar() {
            Some(_) => scalar.to_native(),
            None => Ok(scalar),
        })
        .transpose()
}

/// The same in the byte order of the file.
fn raw_scalar(object: Object<'_>, wanted: Option<&DType>, reading: &mut Reading) -> Result<Option<DynArray>> {
    let Some((Form::Scalar, call)) = forms::of(object) else { return Ok(None) };
    let mut read = || {
        if forms::state(&call, "a scalar")?.is_some() {
            return Err(Fault::Extra { of: "a scalar", what: "a state" }.into());
        }
        let args = call.args();
        let [dtype, data] = args
            .array()
            .ok_or_else(|| Fault::part("scalar", "a dtype and bytes", format!("{} arguments", args.len())))?;
        let dtype_object = dtype;
        let dtype = reading.dtype(dtype)?;
        reading.spend(PART_STEPS * reading.parts(dtype_object))?;
        expect(&dtype, wanted)?;
        if dtype.has_objects() {
            // A record with objects is written as an array without axes.
            return match raw(data, Some(&dtype), reading)? {
                Some((_, array)) if array.ndim() == 0 => Ok(array),
                _ => Err(Fault::Element { dtype, found: shown(data) }.into()),
            };
        }
        let data = bytes(data).ok_or_else(|| Fault::part("scalar", "bytes", shown(data)))?;
        reading.spend(data.len() as u64)?;
        filled(dtype, &[], Order::C, &data)
    };
    read().map(Some).map_err(|error: Error| error.at(call.offset() as u64))
}
