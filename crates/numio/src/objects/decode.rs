//! Arrays and scalars from the calls that make them (`array_setstate` in NumPy's `methods.c`, `_frombuffer` in
//! `numeric.py`).

use std::borrow::Cow;
use std::sync::Arc;

use half::f16;

use crate::array::{Buffer, Data, Layout, byte_len};
use crate::objects::dtype_state::{Found, PART_BYTES, Reading, StringDType, micros_of};
use crate::objects::forms::Form;
use crate::objects::{ObjectError, bytes, forms, int, shape, shown, text, truth, tuple};
use crate::pickle::{Call, Children, DateTime, InlineValue, Object, ReprBudget, Time, Value};
use crate::{
    ByteOrder, ComplexWidth, DType, Datetime64, DynArray, Error, ErrorKind, Field, FloatWidth, Limits, Order,
    Record, Result, Scalar, Subarray, TimeUnit,
};

/// The cost of each part of a dtype, in bytes that could be copied in the same time.
const PART_STEPS: u64 = 8;

/// The items that records of objects have in their elements.
const FINDERS: Finders = Finders {
    array: |object, wanted, reading| Ok(raw(object, Some(wanted), reading)?.map(|(_, array)| array)),
    scalar: |object, wanted, reading| raw_scalar(object, Some(wanted), reading),
};

/// The parts of an array's state.
pub(crate) struct Parts<'g> {
    pub(crate) dtype: DType,
    pub(crate) shape: Vec<usize>,
    pub(crate) order: Order,
    /// True if the elements are `numpy.record`.
    pub(crate) records: bool,
    pub(crate) dtype_object: Object<'g>,
    /// True if `dtype` and `records` tell all of the dtype.
    pub(crate) exact: bool,
    /// The dtype, where it is of strings of any length.
    pub(crate) strings: Option<StringDType<'g>>,
    data: ArrayData<'g>,
}

/// The elements of an array.
#[derive(Clone, Copy)]
enum ArrayData<'g> {
    /// As a state has them.
    State(Object<'g>),
    /// As joblib writes them behind the description of the array.
    Inline(&'g [u8]),
}

/// The array that an object is; nothing where it is something else.
pub(crate) fn find(object: Object<'_>) -> Result<Option<DynArray>> {
    find_in(object, &mut Reading::of(object.graph()))
}

/// The same among other objects that are read.
pub(crate) fn find_in(object: Object<'_>, reading: &mut Reading) -> Result<Option<DynArray>> {
    match raw(object, None, reading)? {
        // Buffers stay as they were written, like records.
        Some((Form::Reconstruct | Form::Joblib, array)) if array.dtype().as_scalar().is_some() => {
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
    let here = |error: Error| error.with_offset(call.offset() as u64);
    let array = match form {
        Form::Reconstruct => match call.args().array() {
            Some([class, _, _]) if forms::is_array_class(class) => reconstructed(&call, wanted, reading),
            Some(_) => return Ok(None),
            None => {
                Err(ObjectError::part("_reconstruct", "3 arguments", call.args().len().to_string()).into())
            }
        },
        Form::FromBuffer => from_buffer(&call, wanted, reading),
        Form::Joblib => match call.inline_value() {
            // A pickle within a pickle holds no such array itself.
            Some(InlineValue::Pickled(inner)) => return raw(inner, wanted, reading),
            _ => joblib(&call, reading).and_then(|parts| {
                expect(&parts.dtype, wanted)?;
                parts.build(reading)
            }),
        },
        _ => return Ok(None),
    };
    Ok(Some((form, array.map_err(here)?)))
}

fn reconstructed(call: &Call<'_>, wanted: Option<&DType>, reading: &mut Reading) -> Result<DynArray> {
    let parts = parts(call, reading)?;
    expect(&parts.dtype, wanted)?;
    parts.build(reading)
}

/// The parts of a reconstructed array's state.
pub(crate) fn parts<'g>(call: &Call<'g>, reading: &mut Reading) -> Result<Parts<'g>> {
    let state = forms::state(call, "an array")?.ok_or(ObjectError::NoState { of: "an array" })?;
    let state = tuple(state, "array state")?;
    match state.len() {
        5 => {
            let version = state.get(0).map_or(Ok(1), |version| int(version, "array state"))?;
            if version != 1 {
                return Err(ObjectError::Version { of: "an array", found: version.to_string() }.into());
            }
            Parts::of(state.iter().skip(1), reading)
        }
        // Version 0, of NumPy's predecessors.
        4 => Parts::of(state.iter(), reading),
        count => Err(ObjectError::part("array state", "5 parts", count.to_string()).into()),
    }
}

/// The array that joblib describes, of which the elements are bytes behind the description.
pub(crate) fn joblib<'g>(call: &Call<'g>, reading: &mut Reading) -> Result<Parts<'g>> {
    let attributes = call.state().map(Object::as_dict).transpose()?;
    let missing = || ObjectError::NoState { of: "an array of joblib's" };
    let attributes = attributes.ok_or_else(missing)?;
    let get = |name| attributes.get(name).ok_or_else(missing);
    let order = match text(get("order")?).as_deref() {
        Some("C") => Order::C,
        Some("F") => Order::Fortran,
        _ => return Err(ObjectError::part("order", "'C' or 'F'", shown(get("order")?)).into()),
    };
    let Some(InlineValue::Bytes { bytes, .. }) = call.inline_value() else { return Err(missing().into()) };
    Parts::with(get("shape")?, get("dtype")?, order, ArrayData::Inline(bytes), reading)
}

fn expect(found: &DType, wanted: Option<&DType>) -> Result<(), ObjectError> {
    match wanted {
        Some(wanted) if wanted != found => {
            Err(ObjectError::Element { dtype: wanted.clone(), found: format!("an array of {found}") })
        }
        _ => Ok(()),
    }
}

impl<'g> Parts<'g> {
    /// From shape, dtype, whether the order is Fortran's, and the elements.
    pub(crate) fn of(mut items: impl Iterator<Item = Object<'g>>, reading: &mut Reading) -> Result<Self> {
        let parts = (items.next(), items.next(), items.next(), items.next());
        let (Some(lengths), Some(dtype), Some(fortran), Some(data)) = parts else {
            return Err(ObjectError::part("array state", "5 parts", "fewer").into());
        };
        let order = if truth(fortran, "order")? { Order::Fortran } else { Order::C };
        Self::with(lengths, dtype, order, ArrayData::State(data), reading)
    }

    fn with(
        lengths: Object<'g>,
        dtype: Object<'g>,
        order: Order,
        data: ArrayData<'g>,
        reading: &mut Reading,
    ) -> Result<Self> {
        let dtype_object = dtype;
        let Found { dtype, records, exact, parts } = reading.found(dtype)?;
        let strings = if exact { None } else { StringDType::of(dtype_object)? };
        reading.spend(PART_STEPS * parts)?;
        if matches!(dtype, DType::Subarray(_)) {
            // An array of them would have their axes as its own.
            return Err(ObjectError::part("dtype", "one that is no subarray", dtype.to_string()).into());
        }
        Ok(Self { dtype, shape: shape(lengths)?, order, records, dtype_object, exact, strings, data })
    }

    /// The array as it is found in a pickle: in this machine's byte order, but for records.
    pub(crate) fn found(self, reading: &mut Reading) -> Result<DynArray> {
        let array = self.build(reading)?;
        if array.dtype().as_scalar().is_some() { array.to_native() } else { Ok(array) }
    }

    /// All bytes of an array of plain elements.
    pub(crate) fn plain(&self) -> Result<Cow<'g, [u8]>> {
        let data = match self.data {
            ArrayData::Inline(bytes) => Cow::Borrowed(bytes),
            ArrayData::State(data) => {
                bytes(data).ok_or_else(|| ObjectError::part("elements", "bytes", shown(data)))?
            }
        };
        expect_bytes(&self.dtype, &self.shape, data.len())?;
        Ok(data)
    }

    pub(crate) fn build(self, reading: &mut Reading) -> Result<DynArray> {
        let len = byte_len(&self.shape, self.dtype.itemsize()).map_err(too_large)?;
        if self.dtype.has_objects() {
            return self.listed(len, reading);
        }
        let data = self.plain()?;
        reading.spend(data.len() as u64)?;
        filled(self.dtype, &self.shape, self.order, &data)
    }

    /// The elements of an array of objects, the last index varying fastest.
    pub(crate) fn items(&self) -> Result<Children<'g>> {
        const WANTED: &str = "a list, for the dtype holds objects";
        let items = match self.data {
            ArrayData::State(data) => {
                data.as_list().map_err(|_| ObjectError::part("elements", WANTED, shown(data)))?
            }
            ArrayData::Inline(_) => return Err(ObjectError::part("elements", WANTED, "bytes").into()),
        };
        let wanted = byte_len(&self.shape, 1).map_err(too_large)?;
        if items.len() != wanted {
            let (found, dtype, shape) = (items.len(), self.dtype.clone(), self.shape.clone());
            return Err(ObjectError::Count { unit: "elements", found, shape, dtype, wanted }.into());
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
                *element = item.id().to_ne_bytes();
            }
        } else {
            for (start, item) in layout.offsets(Order::C).zip(items.iter()) {
                let element = all.get_mut(start..).and_then(|rest| rest.get_mut(..itemsize));
                self::element(&self.dtype, item, element.unwrap_or_default(), FINDERS, reading)?;
            }
        }
        let array = DynArray::from_parts(self.dtype, layout, Data::Owned(Arc::new(buffer)));
        let array = array.with_objects(self.dtype_object.graph().clone());
        Ok(match self.strings {
            Some(dtype) => {
                let within = ReprBudget::new(self.dtype_object.graph(), Limits::default());
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
pub(crate) fn filled(dtype: DType, shape: &[usize], order: Order, data: &[u8]) -> Result<DynArray> {
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
    Err(ObjectError::Count { unit: "bytes", found, shape, dtype, wanted }.into())
}

/// `_frombuffer(buffer, dtype, shape, order)`, with the order of the axes behind it where that is `K`.
fn from_buffer(call: &Call<'_>, wanted: Option<&DType>, reading: &mut Reading) -> Result<DynArray> {
    if forms::state(call, "an array")?.is_some() {
        return Err(ObjectError::Extra { of: "a buffer's array", what: "a state" }.into());
    }
    let args = call.args();
    let count = || ObjectError::part("_frombuffer", "4 or 5 arguments", args.len().to_string());
    let part = |index: usize| args.get(index).filter(|_| args.len() <= 5).ok_or_else(count);
    let Found { dtype, parts, .. } = reading.found(part(1)?)?;
    reading.spend(PART_STEPS * parts)?;
    expect(&dtype, wanted)?;
    if dtype.has_objects() || matches!(dtype, DType::Subarray(_)) {
        return Err(ObjectError::part(
            "dtype",
            "one without objects or subarray, for a buffer",
            dtype.to_string(),
        )
        .into());
    }
    let shape = shape(part(2)?)?;
    let data = bytes(part(0)?).ok_or_else(|| ObjectError::part("elements", "a buffer", "something else"))?;
    reading.spend(data.len() as u64)?;
    let order = text(part(3)?);
    match (order.as_deref(), args.get(4)) {
        (Some("C"), None) => filled(dtype, &shape, Order::C, &data),
        (Some("F"), None) => filled(dtype, &shape, Order::Fortran, &data),
        (Some("K"), Some(axes)) => {
            let fault = || ObjectError::part("order", "each axis once", shown(axes));
            let axes = self::axes(axes).ok_or_else(fault)?;
            filled(dtype, &shape, Order::C, &data)?.permuted_axes(&axes).map_err(|_| fault().into())
        }
        _ => Err(ObjectError::part("order", "'C', 'F', or 'K' and the axes", shown(part(3)?)).into()),
    }
}

fn axes(object: Object<'_>) -> Option<Vec<usize>> {
    let items = object.as_tuple().ok()?;
    items.iter().map(|axis| usize::try_from(axis.as_i64().ok()?).ok()).collect()
}

/// The scalar that an object is, as an array without axes; nothing where it is something else.
pub(crate) fn scalar(object: Object<'_>) -> Result<Option<DynArray>> {
    scalar_in(object, &mut Reading::of(object.graph()))
}

/// The same among other objects that are read.
pub(crate) fn scalar_in(object: Object<'_>, reading: &mut Reading) -> Result<Option<DynArray>> {
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
            return Err(ObjectError::Extra { of: "a scalar", what: "a state" }.into());
        }
        let args = call.args();
        let [dtype, data] = args.array().ok_or_else(|| {
            ObjectError::part("scalar", "a dtype and bytes", format!("{} arguments", args.len()))
        })?;
        let Found { dtype, parts, .. } = reading.found(dtype)?;
        reading.spend(PART_STEPS * parts)?;
        expect(&dtype, wanted)?;
        if dtype.has_objects() {
            // A record with objects is written as an array without axes.
            return match raw(data, Some(&dtype), reading)? {
                Some((_, array)) if array.ndim() == 0 => Ok(array),
                _ => Err(ObjectError::Element { dtype, found: shown(data) }.into()),
            };
        }
        let data = bytes(data).ok_or_else(|| ObjectError::part("scalar", "bytes", shown(data)))?;
        reading.spend(data.len() as u64)?;
        filled(dtype, &[], Order::C, &data)
    };
    read().map(Some).map_err(|error: Error| error.with_offset(call.offset() as u64))
}

/// Finds an array or a scalar of just that dtype, nothing where the object is something else. Dtypes of a finite depth
/// bound how often one leads to another.
type Find = for<'g> fn(Object<'g>, &DType, &mut Reading) -> Result<Option<DynArray>>;

/// The reader of arrays and scalars in elements.
#[derive(Clone, Copy)]
pub(crate) struct Finders {
    pub(crate) array: Find,
    pub(crate) scalar: Find,
}

/// Writes the element that `object` is into `out`, which has its size and is all zeros.
///
/// # Errors
/// `InvalidData` if NumPy does not write such an object for the dtype.
pub(crate) fn element(
    dtype: &DType,
    object: Object<'_>,
    out: &mut [u8],
    finders: Finders,
    reading: &mut Reading,
) -> Result<()> {
    let fault = || ObjectError::Element { dtype: dtype.clone(), found: shown(object) };
    match dtype {
        DType::Scalar(Scalar::Object) => put(out, &object.id().to_ne_bytes()).ok_or_else(fault)?,
        DType::Scalar(scalar) => match long(*scalar, dtype, object, finders, reading)? {
            Some(bytes) => put(out, &bytes).ok_or_else(fault)?,
            None => plain(*scalar, object, out).ok_or_else(fault)?,
        },
        DType::Record(record) => {
            let items = object.as_tuple().map_err(|_| fault())?;
            if items.len() != record.fields().len() {
                return Err(fault().into());
            }
            for (field, item) in record.fields().iter().zip(items.iter()) {
                let part = out.get_mut(field.offset..field.offset.saturating_add(field.dtype.itemsize()));
                element(&field.dtype, item, part.ok_or_else(fault)?, finders, reading)?;
            }
        }
        DType::Subarray(subarray) => {
            let inner = (finders.array)(object, subarray.base(), reading)?.ok_or_else(fault)?;
            if inner.shape() != subarray.shape() {
                return Err(fault().into());
            }
            put(out, &inner.to_bytes()).ok_or_else(fault)?;
        }
    }
    Ok(())
}

/// Long doubles have no type of Python's, and are written as scalars.
fn long(
    scalar: Scalar,
    dtype: &DType,
    object: Object<'_>,
    finders: Finders,
    reading: &mut Reading,
) -> Result<Option<Vec<u8>>> {
    let is_long =
        matches!(scalar, Scalar::Float(FloatWidth::Bits128, _) | Scalar::Complex(ComplexWidth::Bits256, _));
    if !is_long {
        return Ok(None);
    }
    // NumPy makes one in its own byte order from an element in the other.
    let native = DType::Scalar(scalar.with_byte_order(ByteOrder::NATIVE));
    let Some(mut found) = (finders.scalar)(object, &native, reading)?.map(|found| found.to_bytes()) else {
        return Err(ObjectError::Element { dtype: dtype.clone(), found: shown(object) }.into());
    };
    if scalar.byte_order() != Some(ByteOrder::NATIVE) {
        found.chunks_mut(16).for_each(<[u8]>::reverse);
    }
    Ok(Some(found))
}

/// Copies all of `bytes` to the start of `out`.
fn put(out: &mut [u8], bytes: &[u8]) -> Option<()> {
    out.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(())
}

fn plain(scalar: Scalar, object: Object<'_>, out: &mut [u8]) -> Option<()> {
    let native = scalar.byte_order().is_none_or(|order| order == ByteOrder::NATIVE);
    match scalar {
        Scalar::Bool => put(out, &[object.as_bool().ok()?.into()])?,
        Scalar::Int8 | Scalar::Int(..) => {
            let value = object.as_i64().ok()?;
            let bits = out.len() as u32 * 8;
            (value >> (bits - 1) == 0 || value >> (bits - 1) == -1).then_some(())?;
            lowest(out, &value.to_le_bytes())?;
        }
        Scalar::UInt8 | Scalar::UInt(..) => {
            let value = u64::try_from(object.as_int().ok()?.to_i128()?).ok()?;
            (out.len() == 8 || value >> (out.len() * 8) == 0).then_some(())?;
            lowest(out, &value.to_le_bytes())?;
        }
        Scalar::Float(width, _) => float(width, object.as_float().ok()?, out)?,
        Scalar::Complex(width, _) => {
            let Value::Complex(re, im) = object.value() else { return None };
            let (first, second) = out.split_at_mut_checked(width.part().bytes())?;
            float(width.part(), re, first)?;
            float(width.part(), im, second)?;
        }
        Scalar::Datetime(unit, _) => put(out, &moment(object, unit)?.to_ne_bytes())?,
        Scalar::Timedelta(unit, _) => put(out, &duration(object, unit)?.to_ne_bytes())?,
        Scalar::Bytes(_) => put(out, &bytes(object)?)?,
        // All of them, as the file says how many there are.
        Scalar::Void(_) => put(out, bytes(object).filter(|bytes| bytes.len() == out.len())?.as_ref())?,
        Scalar::Str(..) => {
            let text = object.as_text().ok()?;
            let mut units = out.chunks_exact_mut(4);
            for code in text.code_points() {
                put(units.next()?, &code.to_ne_bytes())?;
            }
        }
        Scalar::Object => return None,
    }
    if !native {
        out.chunks_exact_mut(scalar.swap_size()).for_each(<[u8]>::reverse);
    }
    Some(())
}

/// The low bytes of a little-endian number, in this machine's byte order.
fn lowest(out: &mut [u8], number: &[u8]) -> Option<()> {
    let low = number.get(..out.len())?;
    put(out, low)?;
    if ByteOrder::NATIVE == ByteOrder::Big {
        out.reverse();
    }
    Some(())
}

fn float(width: FloatWidth, value: f64, out: &mut [u8]) -> Option<()> {
    match width {
        FloatWidth::Bits16 => put(out, &f16::from_f64(value).to_ne_bytes()),
        FloatWidth::Bits32 => put(out, &(value as f32).to_ne_bytes()),
        FloatWidth::Bits64 => put(out, &value.to_ne_bytes()),
        FloatWidth::Bits128 => None,
    }
}

/// `None` for NaT, a `date` or `datetime` for units that those have, or the ticks.
fn moment(object: Object<'_>, unit: TimeUnit) -> Option<i64> {
    let text = match object.value() {
        Value::None => return Some(i64::MIN),
        Value::Int(ticks) => return ticks.to_i64(),
        Value::Date(date) => format!("{:04}-{:02}-{:02}", date.year, date.month, date.day),
        Value::DateTime(DateTime { date, time }) => {
            let Time { hour, minute, second, microsecond, tzinfo: None, .. } = time else { return None };
            format!(
                "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{microsecond:06}",
                date.year, date.month, date.day
            )
        }
        _ => return None,
    };
    text.parse::<Datetime64>().ok()?.to_unit(unit).ok()?.ticks()
}

/// `None` for NaT, a `timedelta` for units that it has, or the ticks.
fn duration(object: Object<'_>, unit: TimeUnit) -> Option<i64> {
    match object.value() {
        Value::None => Some(i64::MIN),
        Value::Int(ticks) => ticks.to_i64(),
        Value::TimeDelta(delta) => i64::try_from(delta.to_microseconds().div_euclid(micros_of(unit)?)).ok(),
        _ => None,
    }
}

/// NumPy's masked array: data, and which of them do not count.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MaskedArray {
    /// The elements, the masked ones too.
    pub data: DynArray,
    /// True where an element is masked: of the data's shape, and of its dtype with a boolean for each number in it.
    pub mask: DynArray,
    /// The value that replaces masked elements, as an array without axes; `None` if that is NumPy's default.
    pub fill_value: Option<DynArray>,
}

pub(crate) fn masked_find(object: Object<'_>) -> Result<Option<MaskedArray>> {
    masked_find_in(object, &mut Reading::of(object.graph()))
}

/// The same among other objects that are read.
pub(crate) fn masked_find_in(object: Object<'_>, reading: &mut Reading) -> Result<Option<MaskedArray>> {
    let Some((Form::Masked, call)) = forms::of(object) else { return Ok(None) };
    let Some([class, base, _, _]) = call.args().array() else { return Ok(None) };
    if !forms::is_masked_class(class) || !forms::is_array_class(base) {
        return Ok(None);
    }
    let mut read = || {
        let state =
            forms::state(&call, "a masked array")?.ok_or(ObjectError::NoState { of: "a masked array" })?;
        masked(state, reading)
    };
    read().map(Some).map_err(|error: Error| error.with_offset(call.offset() as u64))
}

/// Python's name of an object's type. NumPy's arrays and scalars are calls in a pickle, and are named by what these make.
pub(crate) fn type_name(object: Object<'_>, reading: &mut Reading) -> String {
    let class = |call: &Call<'_>| Some(call.args().get(0)?.as_global()?.to_string());
    let found = match forms::of(object) {
        Some((Form::Reconstruct | Form::Masked, call)) => class(&call),
        Some((Form::FromBuffer | Form::Joblib, _)) => Some("numpy.ndarray".to_owned()),
        Some((Form::DType, _)) => Some("numpy.dtype".to_owned()),
        Some((Form::Scalar, call)) => call.args().get(0).and_then(|dtype| {
            let dtype = reading.dtype(dtype).ok()?;
            Some(match dtype.as_scalar() {
                Some(Scalar::Str(..)) => "numpy.str_".to_owned(),
                Some(Scalar::Bytes(_)) => "numpy.bytes_".to_owned(),
                Some(Scalar::Datetime(..)) => "numpy.datetime64".to_owned(),
                Some(Scalar::Timedelta(..)) => "numpy.timedelta64".to_owned(),
                Some(Scalar::Float(FloatWidth::Bits128, _)) => "numpy.longdouble".to_owned(),
                Some(Scalar::Complex(ComplexWidth::Bits256, _)) => "numpy.clongdouble".to_owned(),
                Some(Scalar::Void(_)) | None => "numpy.void".to_owned(),
                Some(_) => format!("numpy.{}", dtype.name()),
            })
        }),
        Some((Form::MaskedConstant | Form::StringDType, _)) | None => None,
    };
    found.unwrap_or_else(|| object.value().type_name())
}

/// The dtype in the state of a masked array.
pub(crate) fn dtype<'g>(call: &Call<'g>) -> Option<Object<'g>> {
    call.state()?.as_tuple().ok()?.get(2)
}

/// `(version, shape, dtype, is Fortran, elements, mask, fill value)`.
fn masked(state: Object<'_>, reading: &mut Reading) -> Result<MaskedArray> {
    let items = tuple(state, "masked array state")?;
    let Some([version, .., mask, fill]) = items.array::<7>() else {
        return Err(ObjectError::part("masked array state", "7 parts", items.len().to_string()).into());
    };
    let version = int(version, "masked array state")?;
    if version != 1 {
        return Err(ObjectError::Version { of: "a masked array", found: version.to_string() }.into());
    }
    let parts = Parts::of(items.iter().skip(1), reading)?;
    // The mask has a dtype of its own.
    reading.spend(PART_BYTES.saturating_mul(reading.parts(parts.dtype_object)))?;
    let bits = bytes(mask).ok_or_else(|| ObjectError::part("mask", "bytes", shown(mask)))?;
    reading.spend(bits.len() as u64)?;
    let mask = filled(mask_of(&parts.dtype)?, &parts.shape, parts.order, &bits)?;
    let data = parts.build(reading)?;
    let data = if data.dtype().as_scalar().is_some() { data.to_native()? } else { data };
    let fill_value = if fill.is_none() { None } else { Some(single(fill, reading)?) };
    Ok(MaskedArray { data, mask, fill_value })
}

fn single(object: Object<'_>, reading: &mut Reading) -> Result<DynArray> {
    if let Some(scalar) = scalar_in(object, reading)? {
        return Ok(scalar);
    }
    match find_in(object, reading)? {
        Some(array) if array.ndim() == 0 => Ok(array),
        _ => Err(ObjectError::part("fill value", "a single element", shown(object)).into()),
    }
}

/// The dtype with a boolean in place of each scalar, and its fields packed.
fn mask_of(dtype: &DType) -> Result<DType> {
    Ok(match dtype {
        DType::Scalar(_) => DType::BOOL,
        DType::Subarray(subarray) => {
            let masks = Subarray::new(mask_of(subarray.base())?, subarray.shape().to_vec());
            DType::Subarray(Arc::new(masks.map_err(large)?))
        }
        DType::Record(record) => {
            let mut offset = 0_usize;
            let mut fields = Vec::new();
            for field in record.fields() {
                let dtype = mask_of(&field.dtype)?;
                let end = offset.saturating_add(dtype.itemsize());
                fields.push(Field { dtype, offset, ..field.clone() });
                offset = end;
            }
            Record::new(fields, offset, false).map_err(large)?.into()
        }
    })
}

fn large(error: Error) -> Error {
    error.with_kind(ErrorKind::InvalidData)
}
