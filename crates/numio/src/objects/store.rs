//! Python values as the bytes of elements: how records that hold objects are written is as tuples of Python's own types
//! (`VOID_getitem` and its neighbours in NumPy's `arraytypes.c.src`).

use half::f16;

use super::dtype::Reading;
use super::error::Fault;
use super::read::{bytes, shown};
use super::unit::micros_of;
use crate::pickle::{DateTime, Object, Time, Value};
use crate::{ByteOrder, ComplexWidth, DType, Datetime64, DynArray, FloatWidth, Result, Scalar, TimeUnit};

/// Finds an array or a scalar of just that dtype, nothing where the object is something else. Dtypes of a finite depth
/// bound how often one leads to another.
type Find = for<'g> fn(Object<'g>, &DType, &mut Reading) -> Result<Option<DynArray>>;

/// What reads the arrays and scalars that stand in elements.
#[derive(Clone, Copy)]
pub(super) struct Finders {
    pub(super) array: Find,
    pub(super) scalar: Find,
}

/// Writes the element that `object` stands for into `out`, which has its size and is all zeros.
///
/// # Errors
/// `InvalidData` where the object is none that NumPy writes for the dtype.
pub(super) fn element(
    dtype: &DType,
    object: Object<'_>,
    out: &mut [u8],
    finders: Finders,
    reading: &mut Reading,
) -> Result<()> {
    let fault = || Fault::Element { dtype: dtype.clone(), found: shown(object) };
    match dtype {
        DType::Scalar(Scalar::Object) => put(out, &object.number().to_ne_bytes()).ok_or_else(fault)?,
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
        return Err(Fault::Element { dtype: dtype.clone(), found: shown(object) }.into());
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
