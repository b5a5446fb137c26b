//! Arrow's arrays as NumPy's.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, Date32Type, Date64Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, TimeUnit as ArrowUnit};
use numio::{
    ByteOrder, DType, DatetimeUnit, Error, ErrorKind, FloatWidth, IntWidth, Record, Result, Scalar, Subarray,
    TimeUnit,
};

use super::super::json_lines::filling;
use super::super::names::Fill;
use super::{damaged, zeroed};

/// The deepest nesting of lists and structs that is read.
const MOST_DEEP: usize = 32;

/// A column of a table, or a part of one, as elements of an array.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name, after those of the structs that it is in.
    pub name: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Scalar(Leaf),
    /// Lists of one length.
    List(usize, Box<Column>),
    /// Structs, each part under its own name.
    Record(Vec<(String, Column)>),
}

#[derive(Debug, Clone)]
struct Leaf {
    /// Texts have a length when all of them have been measured.
    scalar: Scalar,
    fill: Option<String>,
    /// The element that missing values become; none where they are an error.
    missing: Option<Vec<u8>>,
}

/// The position of elements in the table, for messages.
#[derive(Debug, Clone, Copy)]
struct Position {
    /// The number of the first row.
    row: u64,
    /// The number of elements in each row.
    per_row: usize,
}

impl Column {
    /// The column of a field. `notes` are added to where its values keep less than they had.
    ///
    /// # Errors
    /// `Unsupported`, by name, for types that there is no dtype for.
    pub fn new(field: &Field, fill: &Fill, notes: &mut Vec<String>) -> Result<Self> {
        Self::within(field, field.name().clone(), fill, notes, 0)
    }

    fn within(
        field: &Field,
        name: String,
        fill: &Fill,
        notes: &mut Vec<String>,
        depth: usize,
    ) -> Result<Self> {
        let about = |error: Error| error.with_context(format!("column {name:?}"));
        if depth > MOST_DEEP {
            let what = format!("lists and structs more than {MOST_DEEP} levels deep");
            return Err(about(Error::new(ErrorKind::LimitExceeded, what)));
        }
        let kind = match field.data_type() {
            DataType::FixedSizeList(inner, size) => {
                let size = usize::try_from(*size).ok().filter(|&size| size > 0);
                let size = size.ok_or_else(|| about(unsupported(field.data_type())))?;
                Kind::List(size, Box::new(Self::within(inner, name.clone(), fill, notes, depth + 1)?))
            }
            DataType::Struct(fields) => {
                let (names, _) =
                    super::super::names::distinct(fields.iter().map(|field| field.name().clone()).collect());
                let mut parts = Vec::with_capacity(fields.len());
                for (field, own) in fields.iter().zip(names) {
                    let whole = format!("{name}.{own}");
                    parts.push((own, Self::within(field, whole, fill, notes, depth + 1)?));
                }
                Kind::Record(parts)
            }
            kind => {
                let kind = match kind {
                    DataType::Dictionary(_, values) => values,
                    kind => kind,
                };
                if let DataType::Timestamp(_, Some(zone)) = kind
                    && !matches!(&**zone, "UTC" | "+00:00" | "Z")
                {
                    notes.push(format!("column {name:?}: times of the zone {zone} are in UTC"));
                }
                let scalar = scalar(kind).ok_or_else(|| about(unsupported(field.data_type())))?;
                Kind::Scalar(Leaf { scalar, fill: fill.of(&name).map(str::to_owned), missing: None })
            }
        };
        Ok(Self { name, kind })
    }

    /// The same column under another name, before it is [`settled`](Self::settle).
    pub fn renamed(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// Returns whether its dtype depends on its values.
    pub fn is_measured(&self) -> bool {
        match &self.kind {
            Kind::Scalar(leaf) => matches!(leaf.scalar, Scalar::Str(..) | Scalar::Bytes(_)),
            Kind::List(_, inner) => inner.is_measured(),
            Kind::Record(parts) => parts.iter().any(|(_, part)| part.is_measured()),
        }
    }

    /// Takes the lengths of texts into account.
    ///
    /// # Errors
    /// `InvalidData` for texts that end in a NUL, which NumPy's do not keep; `LimitExceeded` for those too long.
    pub fn measure(&mut self, array: &dyn Array, row: u64) -> Result<()> {
        let about = |error: Error, name: &str| error.with_context(format!("column {name:?}"));
        match &mut self.kind {
            Kind::Scalar(Leaf { scalar, .. }) => {
                let longest = longest(array, Some(row)).map_err(|error| about(error, &self.name))?;
                let most =
                    u32::try_from(longest).ok().filter(|&length| length <= i32::MAX.unsigned_abs() / 4);
                let most = most.ok_or_else(|| {
                    let what = format!("a text of {longest} characters, where NumPy's have up to 2^29");
                    about(Error::new(ErrorKind::LimitExceeded, what), &self.name)
                })?;
                match scalar {
                    Scalar::Str(length, _) | Scalar::Bytes(length) => *length = most.max(*length),
                    _ => {}
                }
                Ok(())
            }
            Kind::List(size, inner) => inner.measure(&*items(array, *size)?, row),
            Kind::Record(parts) => {
                let whole = array.as_struct_opt().ok_or_else(|| damaged("no structs in a column of them"))?;
                for ((_, part), array) in parts.iter_mut().zip(whole.columns()) {
                    if part.is_measured() {
                        part.measure(array, row)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Ends the measuring: finds the elements that missing values become.
    ///
    /// # Errors
    /// `InvalidInput` for a fill that the dtype does not have.
    pub fn settle(&mut self) -> Result<()> {
        match &mut self.kind {
            Kind::Scalar(Leaf { scalar, fill, missing }) => {
                let own = fill.as_ref().map_or(0, |fill| fill.chars().count());
                if let Scalar::Str(length, _) | Scalar::Bytes(length) = scalar {
                    // NumPy has a length of one for texts that are all empty.
                    *length = (*length).max(u32::try_from(own).unwrap_or(u32::MAX)).max(1);
                }
                *missing = match fill {
                    Some(fill) => {
                        let filled = filling(*scalar, fill).map_err(|_| {
                            let dtype = DType::Scalar(*scalar);
                            let what =
                                format!("--fill {}={fill}: {} has no such value", self.name, dtype.name());
                            Error::new(ErrorKind::InvalidInput, what)
                        })?;
                        Some(filled.to_bytes())
                    }
                    None => match scalar {
                        Scalar::Float(FloatWidth::Bits16, _) => {
                            Some(numio::half::f16::NAN.to_ne_bytes().to_vec())
                        }
                        Scalar::Float(FloatWidth::Bits32, _) => Some(f32::NAN.to_ne_bytes().to_vec()),
                        Scalar::Float(..) => Some(f64::NAN.to_ne_bytes().to_vec()),
                        Scalar::Datetime(..) | Scalar::Timedelta(..) => Some(i64::MIN.to_ne_bytes().to_vec()),
                        _ => None,
                    },
                };
                Ok(())
            }
            Kind::List(_, inner) => inner.settle(),
            Kind::Record(parts) => parts.iter_mut().try_for_each(|(_, part)| part.settle()),
        }
    }

    /// The dtype of its elements: lists are subarrays.
    ///
    /// # Errors
    /// `InvalidInput` where NumPy's elements would be too large.
    pub fn dtype(&self) -> Result<DType> {
        match &self.kind {
            Kind::Scalar(leaf) => Ok(DType::Scalar(leaf.scalar)),
            Kind::Record(parts) => {
                let fields = parts.iter().map(|(name, part)| Ok((name.as_str(), part.dtype()?)));
                Ok(Record::packed(fields.collect::<Result<Vec<_>>>()?)?.into())
            }
            Kind::List(..) => {
                let (base, shape) = self.base()?;
                Ok(DType::Subarray(Arc::new(Subarray::new(base, shape)?)))
            }
        }
    }

    /// The dtype of what is in its lists, and their lengths.
    ///
    /// # Errors
    /// As [`dtype`](Self::dtype).
    pub fn base(&self) -> Result<(DType, Vec<usize>)> {
        match &self.kind {
            Kind::List(size, inner) => {
                let (base, mut shape) = inner.base()?;
                shape.insert(0, *size);
                Ok((base, shape))
            }
            _ => Ok((self.dtype()?, Vec::new())),
        }
    }

    /// The bytes of its elements in an array of the column, one after another.
    ///
    /// # Errors
    /// `InvalidData`, with the row, for missing values that have no element; `Io` if memory does not suffice.
    pub fn elements(&self, array: &dyn Array, row: u64) -> Result<Vec<u8>> {
        self.decode(array, None, Position { row, per_row: 1 })
    }

    /// Recurses as deep as the column's type, which [`MOST_DEEP`] bounds.
    fn decode(&self, array: &dyn Array, outer: Option<&NullBuffer>, position: Position) -> Result<Vec<u8>> {
        match &self.kind {
            Kind::Scalar(leaf) => self.values(leaf, array, outer, position),
            Kind::List(size, inner) => {
                let nulls = NullBuffer::union(array.nulls(), outer).map(|nulls| nulls.expand(*size));
                let per_row = position.per_row.saturating_mul(*size);
                inner.decode(&*items(array, *size)?, nulls.as_ref(), Position { per_row, ..position })
            }
            Kind::Record(parts) => {
                let whole = array.as_struct_opt().ok_or_else(|| damaged("no structs in a column of them"))?;
                let nulls = NullBuffer::union(array.nulls(), outer);
                let columns = parts.iter().zip(whole.columns()).map(|((_, part), array)| {
                    let size = part.dtype()?.itemsize();
                    Ok((size, part.decode(array, nulls.as_ref(), position)?))
                });
                interleaved(&columns.collect::<Result<Vec<_>>>()?, array.len())
            }
        }
    }

    fn values(
        &self,
        leaf: &Leaf,
        array: &dyn Array,
        outer: Option<&NullBuffer>,
        position: Position,
    ) -> Result<Vec<u8>> {
        let size = leaf.scalar.itemsize();
        let mut bytes = scalars(array, leaf.scalar)
            .map_err(|error| error.with_context(format!("column {:?}", self.name)))?;
        let nulls = NullBuffer::union(array.logical_nulls().as_ref(), outer);
        let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else { return Ok(bytes) };
        for index in (0..nulls.len()).filter(|&index| nulls.is_null(index)) {
            let missing = leaf.missing.as_ref().ok_or_else(|| {
                let row = position.row + (index / position.per_row.max(1)) as u64;
                let (name, dtype) = (&self.name, DType::Scalar(leaf.scalar).name());
                let (kind, example) = match leaf.scalar {
                    Scalar::Str(..) | Scalar::Bytes(_) => ("texts", "''"),
                    Scalar::Void(_) => ("raw bytes, which --columns '!NAME' leaves out", ""),
                    Scalar::Bool => ("booleans", "false"),
                    _ => (dtype.as_str(), "-1"),
                };
                let advice = if example.is_empty() {
                    String::new()
                } else {
                    format!(": --fill {name}={example} fills it")
                };
                let what = format!("column {name:?}, row {row}: null among {kind}{advice}");
                Error::new(ErrorKind::InvalidData, what)
            })?;
            if let Some(element) = bytes.get_mut(index * size..(index + 1) * size)
                && element.len() == missing.len()
            {
                element.copy_from_slice(missing);
            }
        }
        Ok(bytes)
    }
}

/// Elements of several arrays side by side: the first of each, the second of each.
///
/// # Errors
/// `Io` if memory does not suffice.
pub fn interleaved(columns: &[(usize, Vec<u8>)], rows: usize) -> Result<Vec<u8>> {
    let itemsize: usize = columns.iter().map(|(size, _)| size).sum();
    let mut whole = zeroed(rows.saturating_mul(itemsize))?;
    let mut offset = 0;
    for (size, bytes) in columns {
        let targets = whole.chunks_exact_mut(itemsize.max(1));
        for (element, target) in bytes.chunks_exact((*size).max(1)).zip(targets) {
            if let Some(target) = target.get_mut(offset..offset + size) {
                target.copy_from_slice(element);
            }
        }
        offset += size;
    }
    Ok(whole)
}

/// The values of all lists, each of which has this length.
fn items(array: &dyn Array, size: usize) -> Result<ArrayRef> {
    let list = array.as_fixed_size_list_opt().ok_or_else(|| damaged("no lists in a column of them"))?;
    let start = list.value_offset_at(0);
    let count = list.len().saturating_mul(size);
    if start.checked_add(count).is_none_or(|end| end > list.values().len()) {
        return Err(damaged("lists that reach past their values"));
    }
    Ok(list.values().slice(start, count))
}

fn unsupported(kind: &DataType) -> Error {
    let words = match kind {
        DataType::List(_) | DataType::LargeList(_) | DataType::ListView(_) | DataType::LargeListView(_) => {
            "lists of any length".to_owned()
        }
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => {
            format!("{kind}, exact decimal numbers")
        }
        DataType::Map(..) => "maps".to_owned(),
        DataType::Union(..) => "unions".to_owned(),
        kind => kind.to_string(),
    };
    let what = format!("NumPy has no dtype for {words}: --columns chooses others");
    Error::new(ErrorKind::Unsupported, what)
}

/// The dtype of values of a type that does not nest; texts have no length yet.
fn scalar(kind: &DataType) -> Option<Scalar> {
    const NATIVE: ByteOrder = ByteOrder::NATIVE;
    let unit = |unit: &ArrowUnit| {
        TimeUnit::one(match unit {
            ArrowUnit::Second => DatetimeUnit::Second,
            ArrowUnit::Millisecond => DatetimeUnit::Millisecond,
            ArrowUnit::Microsecond => DatetimeUnit::Microsecond,
            ArrowUnit::Nanosecond => DatetimeUnit::Nanosecond,
        })
    };
    Some(match kind {
        DataType::Boolean => Scalar::Bool,
        DataType::Int8 => Scalar::Int8,
        DataType::UInt8 => Scalar::UInt8,
        DataType::Int16 => Scalar::Int(IntWidth::Bits16, NATIVE),
        DataType::Int32 => Scalar::Int(IntWidth::Bits32, NATIVE),
        DataType::Int64 => Scalar::Int(IntWidth::Bits64, NATIVE),
        DataType::UInt16 => Scalar::UInt(IntWidth::Bits16, NATIVE),
        DataType::UInt32 => Scalar::UInt(IntWidth::Bits32, NATIVE),
        DataType::UInt64 => Scalar::UInt(IntWidth::Bits64, NATIVE),
        DataType::Float16 => Scalar::Float(FloatWidth::Bits16, NATIVE),
        DataType::Float32 => Scalar::Float(FloatWidth::Bits32, NATIVE),
        // A column of nothing but nulls.
        DataType::Float64 | DataType::Null => Scalar::Float(FloatWidth::Bits64, NATIVE),
        DataType::Date32 => Scalar::Datetime(TimeUnit::one(DatetimeUnit::Day), NATIVE),
        DataType::Date64 => Scalar::Datetime(TimeUnit::one(DatetimeUnit::Millisecond), NATIVE),
        DataType::Timestamp(own, _) => Scalar::Datetime(unit(own), NATIVE),
        DataType::Duration(own) => Scalar::Timedelta(unit(own), NATIVE),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Scalar::Str(0, NATIVE),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Scalar::Bytes(0),
        DataType::FixedSizeBinary(size) => Scalar::Void(u32::try_from(*size).ok().filter(|&size| size > 0)?),
        _ => return None,
    })
}

/// The texts or byte strings of an array, by position.
enum Words<'a> {
    Text(Box<dyn Fn(usize) -> &'a str + 'a>),
    Bytes(Box<dyn Fn(usize) -> &'a [u8] + 'a>),
}

impl<'a> Words<'a> {
    fn of(array: &'a dyn Array) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => {
                let array = array.as_string::<i32>();
                Self::Text(Box::new(|index| array.value(index)))
            }
            DataType::LargeUtf8 => {
                let array = array.as_string::<i64>();
                Self::Text(Box::new(|index| array.value(index)))
            }
            DataType::Utf8View => {
                let array = array.as_string_view();
                Self::Text(Box::new(|index| array.value(index)))
            }
            DataType::Binary => {
                let array = array.as_binary::<i32>();
                Self::Bytes(Box::new(|index| array.value(index)))
            }
            DataType::LargeBinary => {
                let array = array.as_binary::<i64>();
                Self::Bytes(Box::new(|index| array.value(index)))
            }
            DataType::BinaryView => {
                let array = array.as_binary_view();
                Self::Bytes(Box::new(|index| array.value(index)))
            }
            _ => return None,
        })
    }
}

/// The number of characters or bytes of the longest text. `row` is the number of the first one; values of a dictionary have none.
fn longest(array: &dyn Array, row: Option<u64>) -> Result<usize> {
    if let Some(dictionary) = array.as_any_dictionary_opt() {
        return longest(dictionary.values(), None);
    }
    let words = Words::of(array).ok_or_else(|| damaged("no texts in a column of them"))?;
    let nulls = array.nulls();
    let mut most = 0;
    for index in (0..array.len()).filter(|&index| nulls.is_none_or(|nulls| nulls.is_valid(index))) {
        let (length, ends_in_nul) = match &words {
            Words::Text(text) => {
                let text = text(index);
                (text.chars().count(), text.ends_with('\0'))
            }
            Words::Bytes(bytes) => {
                let bytes = bytes(index);
                (bytes.len(), bytes.last() == Some(&0))
            }
        };
        if ends_in_nul {
            let position = row.map(|row| format!("row {}: ", row + index as u64)).unwrap_or_default();
            let what = format!(
                "{position}a text that ends in a zero, which NumPy does not keep: --columns chooses others"
            );
            return Err(Error::new(ErrorKind::InvalidData, what));
        }
        most = most.max(length);
    }
    Ok(most)
}

/// The bytes of elements, whatever they are where a value is missing.
fn scalars(array: &dyn Array, scalar: Scalar) -> Result<Vec<u8>> {
    let size = scalar.itemsize();
    let wide = |ticks: &mut dyn Iterator<Item = i64>| Ok(ticks.flat_map(i64::to_ne_bytes).collect());
    match array.data_type() {
        DataType::Boolean => Ok(array.as_boolean().values().iter().map(u8::from).collect()),
        DataType::Int8 => Ok(plain::<Int8Type>(array)),
        DataType::Int16 => Ok(plain::<Int16Type>(array)),
        DataType::Int32 => Ok(plain::<Int32Type>(array)),
        DataType::Int64 => Ok(plain::<Int64Type>(array)),
        DataType::UInt8 => Ok(plain::<UInt8Type>(array)),
        DataType::UInt16 => Ok(plain::<UInt16Type>(array)),
        DataType::UInt32 => Ok(plain::<UInt32Type>(array)),
        DataType::UInt64 => Ok(plain::<UInt64Type>(array)),
        DataType::Float16 => Ok(plain::<Float16Type>(array)),
        DataType::Float32 => Ok(plain::<Float32Type>(array)),
        DataType::Float64 => Ok(plain::<Float64Type>(array)),
        DataType::Null => zeroed(array.len().saturating_mul(size)),
        DataType::Date32 => {
            wide(&mut array.as_primitive::<Date32Type>().values().iter().map(|&day| i64::from(day)))
        }
        DataType::Date64 => Ok(plain::<Date64Type>(array)),
        DataType::Timestamp(ArrowUnit::Second, _) => Ok(plain::<TimestampSecondType>(array)),
        DataType::Timestamp(ArrowUnit::Millisecond, _) => Ok(plain::<TimestampMillisecondType>(array)),
        DataType::Timestamp(ArrowUnit::Microsecond, _) => Ok(plain::<TimestampMicrosecondType>(array)),
        DataType::Timestamp(ArrowUnit::Nanosecond, _) => Ok(plain::<TimestampNanosecondType>(array)),
        DataType::Duration(ArrowUnit::Second) => Ok(plain::<DurationSecondType>(array)),
        DataType::Duration(ArrowUnit::Millisecond) => Ok(plain::<DurationMillisecondType>(array)),
        DataType::Duration(ArrowUnit::Microsecond) => Ok(plain::<DurationMicrosecondType>(array)),
        DataType::Duration(ArrowUnit::Nanosecond) => Ok(plain::<DurationNanosecondType>(array)),
        DataType::FixedSizeBinary(_) => {
            let array = array.as_fixed_size_binary();
            let mut bytes = zeroed(array.len().saturating_mul(size))?;
            for (index, element) in bytes.chunks_exact_mut(size.max(1)).enumerate() {
                let value = array.value(index);
                if value.len() == size {
                    element.copy_from_slice(value);
                }
            }
            Ok(bytes)
        }
        DataType::Dictionary(keys, _) => match &**keys {
            DataType::Int8 => looked_up::<Int8Type>(array, scalar),
            DataType::Int16 => looked_up::<Int16Type>(array, scalar),
            DataType::Int32 => looked_up::<Int32Type>(array, scalar),
            DataType::Int64 => looked_up::<Int64Type>(array, scalar),
            DataType::UInt8 => looked_up::<UInt8Type>(array, scalar),
            DataType::UInt16 => looked_up::<UInt16Type>(array, scalar),
            DataType::UInt32 => looked_up::<UInt32Type>(array, scalar),
            DataType::UInt64 => looked_up::<UInt64Type>(array, scalar),
            other => Err(damaged(format_args!("a dictionary with keys of {other}"))),
        },
        other => texts(array, size).ok_or_else(|| damaged(format_args!("a column of {other}")))?,
    }
}

fn plain<T: ArrowPrimitiveType>(array: &dyn Array) -> Vec<u8> {
    array.as_primitive::<T>().values().inner().as_slice().to_vec()
}

/// The values of a dictionary that the keys of an array name.
fn looked_up<K: ArrowDictionaryKeyType>(array: &dyn Array, scalar: Scalar) -> Result<Vec<u8>> {
    use arrow_buffer::ArrowNativeType;

    let dictionary = array.as_dictionary::<K>();
    let size = scalar.itemsize();
    let values = scalars(&**dictionary.values(), scalar)?;
    let mut bytes = zeroed(dictionary.len().saturating_mul(size))?;
    for (element, key) in bytes.chunks_exact_mut(size.max(1)).zip(dictionary.keys().values()) {
        // The keys of missing values may be any.
        let key = key.as_usize();
        if let Some(value) =
            key.checked_mul(size).and_then(|start| values.get(start..start.checked_add(size)?))
        {
            element.copy_from_slice(value);
        }
    }
    Ok(bytes)
}

/// Texts as elements of this size: characters of four bytes, or bytes.
fn texts(array: &dyn Array, size: usize) -> Option<Result<Vec<u8>>> {
    let words = Words::of(array)?;
    let too_long = || damaged("a text that was not there before: the file has changed");
    let all = || {
        let mut elements = zeroed(array.len().saturating_mul(size))?;
        for (index, element) in elements.chunks_exact_mut(size.max(1)).enumerate() {
            if array.is_null(index) {
                continue;
            }
            match &words {
                Words::Text(text) => {
                    let mut codes = element.chunks_exact_mut(4);
                    for char in text(index).chars() {
                        codes.next().ok_or_else(too_long)?.copy_from_slice(&u32::from(char).to_ne_bytes());
                    }
                }
                Words::Bytes(bytes) => {
                    let bytes = bytes(index);
                    element.get_mut(..bytes.len()).ok_or_else(too_long)?.copy_from_slice(bytes);
                }
            }
        }
        Ok(elements)
    };
    Some(all())
}
