//! NumPy's arrays as Arrow's.

use std::io;
use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, StringBuilder};
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTimestampType, Date32Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    ArrayRef, BooleanArray, FixedSizeBinaryArray, FixedSizeListArray, PrimitiveArray, StructArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields, TimeUnit as ArrowUnit};
use numio::{
    DType, DatetimeUnit, DynArray, Error, ErrorKind, FloatWidth, IntWidth, Result, Scalar, TimeUnit,
};

/// The ticks of NumPy's "not a time".
const NAT: i64 = i64::MIN;

/// The type of a column with this name for elements of `dtype`. Parquet has no times in seconds: they become milliseconds, as
/// pyarrow writes them.
///
/// # Errors
/// `Unsupported`, by name, for dtypes that there is no type for.
pub fn field(name: &str, dtype: &DType, is_parquet: bool) -> Result<Field> {
    let kind = match dtype {
        DType::Scalar(scalar) => scalar_type(*scalar, is_parquet)
            .map_err(|error| error.with_context(format!("column {name:?}")))?,
        DType::Record(record) => {
            let inner = |part: &numio::Field| {
                let whole = format!("{name}.{}", part.name);
                Ok(field(&whole, &part.dtype, is_parquet)?.with_name(&*part.name))
            };
            if record.fields().is_empty() {
                return Err(unsupported("records without fields").with_context(format!("column {name:?}")));
            }
            DataType::Struct(record.fields().iter().map(inner).collect::<Result<Fields>>()?)
        }
        DType::Subarray(subarray) => {
            let mut inner = field(name, subarray.base(), is_parquet)?.with_name("item");
            for &count in subarray.shape().iter().rev() {
                inner = list(inner, count, name)?.with_name("item");
            }
            return Ok(inner.with_name(name));
        }
    };
    Ok(Field::new(name, kind, true))
}

/// A column of lists of this length.
///
/// # Errors
/// `Unsupported` for lists without elements, and those too long.
pub fn list(inner: Field, count: usize, name: &str) -> Result<Field> {
    let size = i32::try_from(count).ok().filter(|&size| size > 0);
    let size = size.ok_or_else(|| {
        unsupported(&format!("lists of length {count}")).with_context(format!("column {name:?}"))
    })?;
    Ok(Field::new(name, DataType::FixedSizeList(Arc::new(inner.with_name("item")), size), true))
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("Arrow and Parquet have no type for {what}"))
}

fn scalar_type(scalar: Scalar, is_parquet: bool) -> Result<DataType> {
    Ok(match scalar {
        Scalar::Bool => DataType::Boolean,
        Scalar::Int8 => DataType::Int8,
        Scalar::UInt8 => DataType::UInt8,
        Scalar::Int(IntWidth::Bits16, _) => DataType::Int16,
        Scalar::Int(IntWidth::Bits32, _) => DataType::Int32,
        Scalar::Int(IntWidth::Bits64, _) => DataType::Int64,
        Scalar::UInt(IntWidth::Bits16, _) => DataType::UInt16,
        Scalar::UInt(IntWidth::Bits32, _) => DataType::UInt32,
        Scalar::UInt(IntWidth::Bits64, _) => DataType::UInt64,
        Scalar::Float(FloatWidth::Bits16, _) => DataType::Float16,
        Scalar::Float(FloatWidth::Bits32, _) => DataType::Float32,
        Scalar::Float(FloatWidth::Bits64, _) => DataType::Float64,
        Scalar::Datetime(unit, _) if unit == TimeUnit::one(DatetimeUnit::Day) => DataType::Date32,
        Scalar::Datetime(unit, _) => match ticks(unit).ok_or_else(|| without_unit(scalar))? {
            ArrowUnit::Second if is_parquet => DataType::Timestamp(ArrowUnit::Millisecond, None),
            unit => DataType::Timestamp(unit, None),
        },
        Scalar::Timedelta(unit, _) => DataType::Duration(ticks(unit).ok_or_else(|| without_unit(scalar))?),
        Scalar::Str(..) => DataType::Utf8,
        Scalar::Bytes(_) => DataType::Binary,
        Scalar::Void(size) if size > 0 => DataType::FixedSizeBinary(size.cast_signed()),
        Scalar::Float(FloatWidth::Bits128, _) | Scalar::Complex(..) | Scalar::Object | Scalar::Void(_) => {
            return Err(unsupported(&DType::Scalar(scalar).name()));
        }
    })
}

/// The unit of Arrow's timestamps and durations that is this one of NumPy's.
fn ticks(unit: TimeUnit) -> Option<ArrowUnit> {
    let units = [
        (DatetimeUnit::Second, ArrowUnit::Second),
        (DatetimeUnit::Millisecond, ArrowUnit::Millisecond),
        (DatetimeUnit::Microsecond, ArrowUnit::Microsecond),
        (DatetimeUnit::Nanosecond, ArrowUnit::Nanosecond),
    ];
    units.into_iter().find(|(own, _)| unit == TimeUnit::one(*own)).map(|(_, other)| other)
}

fn without_unit(scalar: Scalar) -> Error {
    let dtype = DType::Scalar(scalar).name();
    let kind = if matches!(scalar, Scalar::Datetime(..)) { "M8" } else { "m8" };
    unsupported(&format!("{dtype}, only for seconds to nanoseconds: cast it first, as to {kind}[s]"))
}

/// The elements of an array whose first axis is that of rows, as a column of the type that [`field`] found for them.
///
/// # Errors
/// `InvalidData`, with the row, for values that the type does not have.
pub fn column(array: &DynArray, field: &Field) -> Result<ArrayRef> {
    let rows = array.shape().first().copied().unwrap_or(1);
    match (array.shape(), field.data_type()) {
        ([_, count, rest @ ..], DataType::FixedSizeList(inner, size)) => {
            let flat = array.reshape(&[&[rows * count], rest].concat())?;
            let values = column(&flat, inner)?;
            let list = FixedSizeListArray::try_new_with_length(Arc::clone(inner), *size, values, None, rows);
            Ok(Arc::new(list.map_err(refused)?))
        }
        (_, DataType::Struct(fields)) => {
            let parts = fields.iter().map(|field| column(&array.field(field.name())?, field));
            let parts = parts.collect::<Result<Vec<_>>>()?;
            let whole = StructArray::try_new_with_length(fields.clone(), parts, None, rows);
            Ok(Arc::new(whole.map_err(refused)?))
        }
        (_, kind) => {
            scalars(array, kind).map_err(|error| error.with_context(format!("column {:?}", field.name())))
        }
    }
}

/// What the crates say to what is written: their error is the cause.
pub(super) fn refused(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    io::Error::new(io::ErrorKind::InvalidInput, error).into()
}

fn scalars(array: &DynArray, kind: &DataType) -> Result<ArrayRef> {
    let array = array.to_native()?;
    let size = array.dtype().itemsize();
    let gathered;
    let bytes = match array.as_bytes() {
        Some(bytes) if array.ndim() <= 1 => bytes,
        _ => {
            gathered = array.to_bytes();
            &gathered
        }
    };
    let elements = |size: usize| bytes.chunks_exact(size.max(1)).enumerate();
    Ok(match kind {
        DataType::Boolean => {
            Arc::new(BooleanArray::new(BooleanBuffer::from_iter(bytes.iter().map(|&byte| byte != 0)), None))
        }
        DataType::Int8 => plain::<Int8Type, 1>(bytes, i8::from_ne_bytes),
        DataType::UInt8 => plain::<UInt8Type, 1>(bytes, u8::from_ne_bytes),
        DataType::Int16 => plain::<Int16Type, 2>(bytes, i16::from_ne_bytes),
        DataType::Int32 => plain::<Int32Type, 4>(bytes, i32::from_ne_bytes),
        DataType::Int64 => plain::<Int64Type, 8>(bytes, i64::from_ne_bytes),
        DataType::UInt16 => plain::<UInt16Type, 2>(bytes, u16::from_ne_bytes),
        DataType::UInt32 => plain::<UInt32Type, 4>(bytes, u32::from_ne_bytes),
        DataType::UInt64 => plain::<UInt64Type, 8>(bytes, u64::from_ne_bytes),
        DataType::Float16 => plain::<Float16Type, 2>(bytes, numio::half::f16::from_ne_bytes),
        DataType::Float32 => plain::<Float32Type, 4>(bytes, f32::from_ne_bytes),
        DataType::Float64 => plain::<Float64Type, 8>(bytes, f64::from_ne_bytes),
        DataType::Date32 => {
            let days = |(row, bytes): (usize, &[u8])| match tick(bytes) {
                NAT => Ok(0),
                days => i32::try_from(days).map_err(|_| too_far(row, "days")),
            };
            let days = elements(8).map(days).collect::<Result<Vec<_>>>()?;
            Arc::new(PrimitiveArray::<Date32Type>::new(days.into(), times(bytes)))
        }
        DataType::Timestamp(ArrowUnit::Millisecond, _)
            if matches!(array.dtype().as_scalar(), Some(Scalar::Datetime(unit, _))
                if unit == TimeUnit::one(DatetimeUnit::Second)) =>
        {
            let milliseconds = |(row, bytes): (usize, &[u8])| match tick(bytes) {
                NAT => Ok(0),
                seconds => seconds.checked_mul(1000).ok_or_else(|| too_far(row, "milliseconds")),
            };
            let ticks = elements(8).map(milliseconds).collect::<Result<Vec<_>>>()?;
            Arc::new(PrimitiveArray::<TimestampMillisecondType>::new(ticks.into(), times(bytes)))
        }
        DataType::Timestamp(ArrowUnit::Second, _) => timestamps::<TimestampSecondType>(bytes),
        DataType::Timestamp(ArrowUnit::Millisecond, _) => timestamps::<TimestampMillisecondType>(bytes),
        DataType::Timestamp(ArrowUnit::Microsecond, _) => timestamps::<TimestampMicrosecondType>(bytes),
        DataType::Timestamp(ArrowUnit::Nanosecond, _) => timestamps::<TimestampNanosecondType>(bytes),
        DataType::Duration(ArrowUnit::Second) => ticked::<DurationSecondType>(bytes),
        DataType::Duration(ArrowUnit::Millisecond) => ticked::<DurationMillisecondType>(bytes),
        DataType::Duration(ArrowUnit::Microsecond) => ticked::<DurationMicrosecondType>(bytes),
        DataType::Duration(ArrowUnit::Nanosecond) => ticked::<DurationNanosecondType>(bytes),
        DataType::FixedSizeBinary(size) => {
            let bytes = Buffer::from_slice_ref(bytes);
            Arc::new(FixedSizeBinaryArray::try_new(*size, bytes, None).map_err(refused)?)
        }
        DataType::Binary => {
            let mut builder = BinaryBuilder::with_capacity(array.size(), bytes.len());
            for index in 0..array.size() {
                let value = bytes.get(index * size..(index + 1) * size).unwrap_or_default();
                builder.append_value(trimmed(value));
            }
            Arc::new(builder.finish())
        }
        DataType::Utf8 => {
            let mut builder = StringBuilder::with_capacity(array.size(), bytes.len() / 4);
            let mut text = String::new();
            for index in 0..array.size() {
                let value = bytes.get(index * size..(index + 1) * size).unwrap_or_default();
                text.clear();
                let mut end = 0;
                for code in value.chunks_exact(4) {
                    let code = code.first_chunk().map_or(0, |code| u32::from_ne_bytes(*code));
                    text.push(char::from_u32(code).ok_or_else(|| {
                        let what = format!("row {index}: a text with U+{code:04X}, which is no character");
                        Error::new(ErrorKind::InvalidData, what)
                    })?);
                    if code != 0 {
                        end = text.len();
                    }
                }
                text.truncate(end);
                builder.append_value(&text);
            }
            Arc::new(builder.finish())
        }
        other => return Err(unsupported(&other.to_string())),
    })
}

/// Bytes without the zeros at their end, as NumPy reads them.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    bytes.get(..end).unwrap_or_default()
}

fn tick(bytes: &[u8]) -> i64 {
    bytes.first_chunk().map_or(NAT, |bytes| i64::from_ne_bytes(*bytes))
}

fn too_far(row: usize, unit: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("row {row}: a time too far from 1970 for its {unit}"))
}

fn plain<T: ArrowPrimitiveType, const N: usize>(bytes: &[u8], read: fn([u8; N]) -> T::Native) -> ArrayRef {
    let (elements, _) = bytes.as_chunks::<N>();
    let values: Vec<T::Native> = elements.iter().map(|bytes| read(*bytes)).collect();
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), None))
}

/// A mask of the ticks that are times; none where all of them are.
fn times(bytes: &[u8]) -> Option<NullBuffer> {
    let is_time = bytes.chunks_exact(8).map(|bytes| tick(bytes) != NAT);
    Some(NullBuffer::from_iter(is_time)).filter(|nulls| nulls.null_count() > 0)
}

fn ticked<T: ArrowPrimitiveType<Native = i64>>(bytes: &[u8]) -> ArrayRef {
    let values: Vec<i64> = bytes.chunks_exact(8).map(tick).collect();
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), times(bytes)))
}

fn timestamps<T: ArrowTimestampType>(bytes: &[u8]) -> ArrayRef {
    ticked::<T>(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dtypes_without_a_type_are_refused_by_name() {
        for (text, words) in [
            ("c16", "column \"x\": Arrow and Parquet have no type for complex128"),
            ("O", "no type for object"),
            ("g", "no type for float128"),
            ("V0", "no type for void"),
            (
                "M8[h]",
                "no type for datetime64[h], only for seconds to nanoseconds: cast it first, as to M8[s]",
            ),
            ("m8[D]", "as to m8[s]"),
            ("M8[25s]", "no type for datetime64[25s]"),
            ("M8", "no type for datetime64,"),
        ] {
            let error = field("x", &DType::parse(text).unwrap(), false).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        let nested = DType::from_descr("[('a', [('b', '<c8', (2,))])]").unwrap();
        let error = field("x", &nested, true).unwrap_err().to_string();
        assert!(
            error.starts_with("column \"x.a.b\": Arrow and Parquet have no type for complex64"),
            "{error}"
        );
    }
}
