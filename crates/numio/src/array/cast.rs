//! Conversion between element types, by NumPy's `same_kind` rules.

use std::sync::Arc;

use half::f16;
use ndarray::{Array, Dimension};

use crate::array::error::Fault;
use crate::array::print::scalar_text;
use crate::array::{Buffer, Data, DynArray, Element, Layout, LongDouble, Order, byte_len, swap};
use crate::datetime::{Conversion, TimeKind};
use crate::error::{reserve, zeros};
use crate::{
    ByteOrder, ComplexWidth, DType, DatetimeUnit, Field, FloatWidth, IntWidth, Result, Scalar, TimeUnit,
};

/// Bytes of the larger side converted at a time.
const CHUNK: usize = 64 << 10;

impl DynArray {
    /// The elements converted to `dtype`: NumPy's `a.astype(dtype, casting='same_kind')`. Integers wrap around, floats
    /// round to nearest, texts are cut or padded. If nothing changes, memory is shared as by a clone.
    ///
    /// As in NumPy, `S`, `U` and `V` of no length take the length that holds every value of this dtype, `M8` and `m8`
    /// without a unit keep the unit, and a subarray repeats each element.
    ///
    /// # Errors
    /// `InvalidInput` if [`DType::can_cast`] is false, if a time does not fit the new unit (NumPy 2.4 wraps it
    /// around), or `Encoding` if bytes that are not ASCII should become text. `Unsupported` if values should become
    /// objects: numio does not create any.
    ///
    /// ```
    /// use numio::{DType, DynArray};
    ///
    /// let wide = DynArray::from(ndarray::array![1_i64, -1, 300]);
    /// let narrow = wide.cast(&DType::INT8)?;
    /// assert_eq!(narrow, DynArray::from(ndarray::array![1_i8, -1, 44]));
    /// assert!(wide.cast(&DType::UINT8).is_err(), "signed to unsigned is another kind");
    /// assert_eq!(wide.cast(&DType::parse("U")?)?.dtype(), &DType::parse("U21")?);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn cast(&self, dtype: &DType) -> Result<Self> {
        let dtype = adapted(&self.dtype, dtype);
        if self.dtype == dtype {
            return Ok(self.clone());
        }
        if !self.dtype.can_cast(&dtype) {
            return Err(Fault::Cast { from: self.dtype.clone(), to: dtype }.into());
        }
        if makes_objects(&self.dtype, &dtype) {
            return Err(Fault::MakesObjects { from: self.dtype.clone(), to: dtype }.into());
        }
        let (base, shape, order) = match &dtype {
            // Each element becomes a small array, in axes of their own after the others.
            DType::Subarray(subarray) if !matches!(self.dtype, DType::Subarray(_)) => {
                let shape = [self.shape(), subarray.shape()].concat();
                (subarray.base().clone(), shape, Order::C)
            }
            _ => (dtype.clone(), self.shape().to_vec(), self.order()),
        };
        let mut buffer = Buffer::zeroed(byte_len(&shape, base.itemsize())?)?;
        self.convert_into(&dtype, order, buffer.bytes_mut())?;
        let layout = Layout::contiguous(&shape, base.itemsize(), order);
        let data = Data::Owned(Arc::new(buffer));
        Ok(Self { dtype: base, layout, data, objects: self.objects.clone() })
    }

    /// The elements converted to the dtype of `T` by [`cast`](Self::cast), as `T`s.
    ///
    /// # Errors
    /// As [`cast`](Self::cast) and [`to_array`](Self::to_array).
    ///
    /// ```
    /// use ndarray::Array1;
    /// use numio::DynArray;
    ///
    /// let small = DynArray::from(ndarray::array![1_u8, 2]);
    /// let floats: Array1<f64> = small.cast_to()?;
    /// assert_eq!(floats.to_vec(), [1.0, 2.0]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn cast_to<T: Element, D: Dimension>(&self) -> Result<Array<T, D>> {
        let wanted = T::fixed_dtype().unwrap_or_else(|| {
            match T::dtype_for(&mut std::iter::empty()) {
                // As long as need be.
                DType::Scalar(Scalar::Str(_, order)) => DType::Scalar(Scalar::Str(0, order)),
                DType::Scalar(Scalar::Bytes(_)) => DType::Scalar(Scalar::Bytes(0)),
                dtype => dtype,
            }
        });
        self.cast(&wanted)?.to_array()
    }

    /// Writes all elements, in `order`, to `out` as elements of `dtype`.
    fn convert_into(&self, dtype: &DType, order: Order, mut out: &mut [u8]) -> Result<()> {
        let (from, to) = (self.dtype.itemsize(), dtype.itemsize());
        if from == 0 {
            return convert(&self.dtype, dtype, self.size(), &[], out);
        }
        let step = (CHUNK / from.max(to)).max(1) * from;
        self.pieces(order, &mut |piece| {
            piece.chunks(step).try_for_each(|chunk| {
                let count = chunk.len() / from;
                let (head, rest) =
                    std::mem::take(&mut out).split_at_mut_checked(count * to).unwrap_or_default();
                out = rest;
                convert(&self.dtype, dtype, count, chunk, head)
            })
        })
    }
}

impl DType {
    /// Returns whether this dtype may be converted to `to` by NumPy's `same_kind` rules: to the same kind of any
    /// width, and to a kind that holds more (booleans, unsigned, signed, floats, complex numbers, in this order).
    ///
    /// ```
    /// use numio::DType;
    ///
    /// assert!(DType::FLOAT64.can_cast(&DType::FLOAT32));
    /// assert!(!DType::FLOAT64.can_cast(&DType::INT64));
    /// ```
    pub fn can_cast(&self, to: &Self) -> bool {
        match (self, to) {
            (_, Self::Scalar(Scalar::Object)) => true,
            (Self::Scalar(Scalar::Object), _) => false,
            // Raw bytes without a length accept any dtype.
            (_, Self::Scalar(Scalar::Void(0))) => true,
            (Self::Scalar(from), Self::Scalar(to)) => scalars(*from, *to),
            (Self::Subarray(from), Self::Subarray(to)) => {
                from.shape() == to.shape() && from.base().can_cast(to.base())
            }
            (_, Self::Subarray(to)) => self.can_cast(to.base()),
            // Fields by their place, whatever their names.
            (Self::Record(from), Self::Record(to)) => {
                from.fields().len() == to.fields().len()
                    && from.fields().iter().zip(to.fields()).all(|(from, to)| from.dtype.can_cast(&to.dtype))
            }
            _ => false,
        }
    }
}

fn scalars(from: Scalar, to: Scalar) -> bool {
    use Scalar::{Bool, Bytes, Complex, Datetime, Float, Int, Int8, Str, Timedelta, UInt, UInt8, Void};
    match (from, to) {
        (Void(_), Void(_)) => true,
        (from, Void(length)) => from.itemsize() <= length as usize,
        (Datetime(from, _), Datetime(to, _)) => from == TimeUnit::Generic || to != TimeUnit::Generic,
        (Timedelta(from, _), Timedelta(to, _)) => match (from, to) {
            (TimeUnit::Generic, _) => true,
            (_, TimeUnit::Generic) => false,
            // Years and months have no length.
            (TimeUnit::Multiple(_, from), TimeUnit::Multiple(_, to)) => {
                (from <= DatetimeUnit::Month) == (to <= DatetimeUnit::Month)
            }
        },
        (Bool | Int8 | Int(..) | UInt8 | UInt(..), Timedelta(..)) => true,
        (Bytes(_), Bytes(_) | Str(..)) | (Str(..), Str(..)) => true,
        (Bool | Int8 | Int(..) | UInt8 | UInt(..) | Float(..) | Complex(..), Bytes(_) | Str(..)) => true,
        (from, to) => rank(from).zip(rank(to)).is_some_and(|(from, to)| from <= to),
    }
}

/// The order of the kinds of numbers.
fn rank(scalar: Scalar) -> Option<u8> {
    match scalar {
        Scalar::Bool => Some(0),
        Scalar::UInt8 | Scalar::UInt(..) => Some(1),
        Scalar::Int8 | Scalar::Int(..) => Some(2),
        Scalar::Float(..) => Some(3),
        Scalar::Complex(..) => Some(4),
        _ => None,
    }
}

/// Returns whether a cast that the rules allow would have to create Python objects from other values.
pub(crate) fn makes_objects(from: &DType, to: &DType) -> bool {
    match (from, to) {
        (DType::Scalar(Scalar::Object), _) => false,
        (_, DType::Scalar(Scalar::Object)) => true,
        (DType::Subarray(from), DType::Subarray(to)) => makes_objects(from.base(), to.base()),
        (_, DType::Subarray(to)) => makes_objects(from, to.base()),
        (DType::Record(from), DType::Record(to)) => {
            let mut pairs = from.fields().iter().zip(to.fields());
            pairs.any(|(from, to)| makes_objects(&from.dtype, &to.dtype))
        }
        _ => false,
    }
}

/// `to`, with what it leaves open taken from `from`: a length, or a unit of time.
pub(crate) fn adapted(from: &DType, to: &DType) -> DType {
    let (&DType::Scalar(wanted), found) = (to, from.as_scalar()) else { return to.clone() };
    DType::Scalar(match (found, wanted) {
        (None, Scalar::Void(0)) => return from.clone(),
        // Of the same kind, NumPy keeps the byte order too.
        (Some(from @ Scalar::Str(..)), Scalar::Str(0, _))
        | (Some(from @ Scalar::Datetime(..)), Scalar::Datetime(TimeUnit::Generic, _))
        | (Some(from @ Scalar::Timedelta(..)), Scalar::Timedelta(TimeUnit::Generic, _)) => from,
        (Some(from), Scalar::Void(0)) => Scalar::Void(from.itemsize() as u32),
        (Some(from), Scalar::Bytes(0)) => Scalar::Bytes(text_length(from)),
        (Some(from), Scalar::Str(0, _)) => Scalar::Str(text_length(from), ByteOrder::NATIVE),
        (_, wanted) => wanted,
    })
}

/// Number of characters that NumPy reserves for the text of such values.
fn text_length(from: Scalar) -> u32 {
    let of_int = |width: IntWidth| match width {
        IntWidth::Bits16 => 5,
        IntWidth::Bits32 => 10,
        IntWidth::Bits64 => 20,
    };
    match from {
        Scalar::Bool => 5,
        Scalar::Int8 => 4,
        Scalar::UInt8 => 3,
        Scalar::Int(width, _) => of_int(width) + 1,
        Scalar::UInt(width, _) => of_int(width),
        Scalar::Float(FloatWidth::Bits128, _) => 48,
        Scalar::Float(..) => 32,
        Scalar::Complex(ComplexWidth::Bits256, _) => 96,
        Scalar::Complex(..) => 64,
        Scalar::Bytes(length) => length,
        _ => 0,
    }
}

/// Converts `count` contiguous elements, to memory that is zero. The rules allow it.
pub(crate) fn convert(from: &DType, to: &DType, count: usize, source: &[u8], out: &mut [u8]) -> Result<()> {
    if to.itemsize() == 0 {
        return Ok(());
    }
    match (from, to) {
        _ if from == to => {
            copy(source, out);
            Ok(())
        }
        (DType::Scalar(from), DType::Scalar(to)) => convert_scalars(*from, *to, count, source, out),
        (DType::Subarray(from), DType::Subarray(to)) => {
            let inner: usize = to.shape().iter().product();
            convert(from.base(), to.base(), count.saturating_mul(inner), source, out)
        }
        (_, DType::Subarray(to)) => {
            let (size, base) = (to.itemsize(), to.base());
            let mut one = zeros(count.saturating_mul(base.itemsize()))?;
            convert(from, base, count, source, &mut one)?;
            if base.itemsize() > 0 {
                let items = one.chunks_exact(base.itemsize());
                out.chunks_exact_mut(size).zip(items).for_each(|(repeated, item)| {
                    repeated.chunks_exact_mut(item.len()).for_each(|out| out.copy_from_slice(item));
                });
            }
            Ok(())
        }
        (DType::Record(from), DType::Record(to)) => {
            for (source_field, field) in from.fields().iter().zip(to.fields()) {
                let column = taken(source_field, from.itemsize(), count, source)?;
                let mut converted = zeros(count.saturating_mul(field.dtype.itemsize()))?;
                convert(&source_field.dtype, &field.dtype, count, &column, &mut converted)?;
                put(field, to.itemsize(), &converted, out);
            }
            Ok(())
        }
        // The rules allow no other pair.
        _ => Ok(()),
    }
}

/// Copies one field of contiguous records to contiguous memory.
fn taken(field: &Field, itemsize: usize, count: usize, records: &[u8]) -> Result<Vec<u8>> {
    let size = field.dtype.itemsize();
    let mut column = Vec::new();
    reserve(&mut column, count.saturating_mul(size))?;
    if size > 0 {
        let fields =
            records.chunks_exact(itemsize).filter_map(|record| record.get(field.offset..)?.get(..size));
        fields.for_each(|bytes| column.extend_from_slice(bytes));
    }
    Ok(column)
}

/// Sets one field of contiguous records.
fn put(field: &Field, itemsize: usize, column: &[u8], records: &mut [u8]) {
    let size = field.dtype.itemsize();
    if size == 0 {
        return;
    }
    for (record, bytes) in records.chunks_exact_mut(itemsize).zip(column.chunks_exact(size)) {
        if let Some(place) = record.get_mut(field.offset..).and_then(|rest| rest.get_mut(..size)) {
            place.copy_from_slice(bytes);
        }
    }
}

fn copy(source: &[u8], out: &mut [u8]) {
    if let (Some(source), len) = (source.get(..out.len()), out.len())
        && let Some(out) = out.get_mut(..len)
    {
        out.copy_from_slice(source);
    }
}

fn convert_scalars(from: Scalar, to: Scalar, count: usize, source: &[u8], out: &mut [u8]) -> Result<()> {
    match (from, to) {
        _ if to.byte_order().is_some_and(|order| from.with_byte_order(order) == to) => {
            copy(source, out);
            swap::in_place(out, to.swap_size());
            Ok(())
        }
        (Scalar::Datetime(unit, order), Scalar::Datetime(wanted, other)) => {
            ticks(Conversion::new(TimeKind::Moment, unit, wanted)?, (order, other), source, out)
        }
        (Scalar::Timedelta(unit, order), Scalar::Timedelta(wanted, other)) => {
            ticks(Conversion::new(TimeKind::Length, unit, wanted)?, (order, other), source, out)
        }
        (_, Scalar::Void(_)) => {
            raw(from, to.itemsize(), source, out);
            Ok(())
        }
        (Scalar::Bytes(_) | Scalar::Str(..), Scalar::Bytes(_) | Scalar::Str(..)) => {
            between(from, to, source, out)
        }
        (_, Scalar::Bytes(_) | Scalar::Str(..)) => from_numbers(from, to, count, source, out),
        _ => {
            let gets_imaginary = matches!(to, Scalar::Complex(..)) && !matches!(from, Scalar::Complex(..));
            // The imaginary parts are there already: zero bytes are a zero in every format.
            let step = if gets_imaginary { 2 } else { 1 };
            write(&read(from, source), to, &mut Places { step, out });
            Ok(())
        }
    }
}

/// Converts times; NaT stays.
fn ticks(
    conversion: Conversion,
    (from, to): (ByteOrder, ByteOrder),
    source: &[u8],
    out: &mut [u8],
) -> Result<()> {
    for (ticks, out) in source.as_chunks().0.iter().zip(out.as_chunks_mut().0) {
        let ticks = match from {
            ByteOrder::Little => i64::from_le_bytes(*ticks),
            ByteOrder::Big => i64::from_be_bytes(*ticks),
        };
        let converted = conversion.apply(ticks)?;
        *out = match to {
            ByteOrder::Little => converted.to_le_bytes(),
            ByteOrder::Big => converted.to_be_bytes(),
        };
    }
    Ok(())
}

/// Elements as raw bytes in this machine's order, cut or padded with zeros.
fn raw(from: Scalar, length: usize, source: &[u8], out: &mut [u8]) {
    let size = from.itemsize();
    if size == 0 || length == 0 {
        return;
    }
    let kept = size.min(length);
    for (item, out) in source.chunks_exact(size).zip(out.chunks_exact_mut(length)) {
        copy(item, out.split_at_mut(kept).0);
        swap::to_native(&DType::Scalar(from), out.split_at_mut(kept).0);
    }
}

/// Numbers, each as the widest of its kind. Complex numbers are two.
pub(crate) enum Wide {
    Int(Vec<i64>),
    UInt(Vec<u64>),
    Float(Vec<f64>),
    Long(Vec<LongDouble>),
}

/// Reads contiguous numbers.
pub(crate) fn read(from: Scalar, source: &[u8]) -> Wide {
    match from {
        // Any byte but 0 is true.
        Scalar::Bool => Wide::UInt(source.iter().map(|&byte| u64::from(byte != 0)).collect()),
        Scalar::Int8 => Wide::Int(each(source, from, |bytes| i8::from_ne_bytes(bytes).into())),
        Scalar::UInt8 => Wide::UInt(each(source, from, |bytes| u8::from_ne_bytes(bytes).into())),
        Scalar::Int(width, _) => Wide::Int(match width {
            IntWidth::Bits16 => each(source, from, |bytes| i16::from_ne_bytes(bytes).into()),
            IntWidth::Bits32 => each(source, from, |bytes| i32::from_ne_bytes(bytes).into()),
            IntWidth::Bits64 => each(source, from, i64::from_ne_bytes),
        }),
        Scalar::UInt(width, _) => Wide::UInt(match width {
            IntWidth::Bits16 => each(source, from, |bytes| u16::from_ne_bytes(bytes).into()),
            IntWidth::Bits32 => each(source, from, |bytes| u32::from_ne_bytes(bytes).into()),
            IntWidth::Bits64 => each(source, from, u64::from_ne_bytes),
        }),
        Scalar::Float(width, _) => floats(source, from, width),
        Scalar::Complex(width, _) => floats(source, from, width.part()),
        // The rules let nothing else become a number.
        _ => Wide::UInt(Vec::new()),
    }
}

fn floats(source: &[u8], from: Scalar, width: FloatWidth) -> Wide {
    match width {
        FloatWidth::Bits16 => Wide::Float(each(source, from, |bytes| f16::from_ne_bytes(bytes).to_f64())),
        FloatWidth::Bits32 => Wide::Float(each(source, from, |bytes| f32::from_ne_bytes(bytes).into())),
        FloatWidth::Bits64 => Wide::Float(each(source, from, f64::from_ne_bytes)),
        FloatWidth::Bits128 => Wide::Long(each(source, from, LongDouble::from_ne_bytes)),
    }
}

fn each<const N: usize, T>(source: &[u8], from: Scalar, value: impl Fn([u8; N]) -> T) -> Vec<T> {
    let groups = source.as_chunks().0.iter();
    match from.byte_order() {
        None | Some(ByteOrder::NATIVE) => groups.map(|&group| value(group)).collect(),
        Some(_) => groups
            .map(|&group| {
                let mut group = group;
                group.reverse();
                value(group)
            })
            .collect(),
    }
}

/// Destination for converted numbers: contiguous, or every second one (the parts of complex values).
pub(crate) struct Places<'a> {
    pub(crate) step: usize,
    pub(crate) out: &'a mut [u8],
}

/// Writes numbers as `to`, or as its parts if it is complex.
pub(crate) fn write(wide: &Wide, to: Scalar, out: &mut Places<'_>) {
    match to {
        Scalar::Int8 | Scalar::UInt8 => ints(wide, to, out, |value| [value as u8]),
        Scalar::Int(width, _) | Scalar::UInt(width, _) => match width {
            IntWidth::Bits16 => ints(wide, to, out, |value| (value as u16).to_ne_bytes()),
            IntWidth::Bits32 => ints(wide, to, out, |value| (value as u32).to_ne_bytes()),
            IntWidth::Bits64 => ints(wide, to, out, u64::to_ne_bytes),
        },
        Scalar::Timedelta(..) => ints(wide, to, out, u64::to_ne_bytes),
        Scalar::Bool => ints(wide, to, out, |value| [u8::from(value != 0)]),
        Scalar::Float(width, _) => write_floats(wide, to, width, out),
        Scalar::Complex(width, _) => write_floats(wide, to, width.part(), out),
        // The rules let numbers become nothing else.
        _ => {}
    }
}

/// Signed and unsigned numbers of one width are the same bits.
fn ints<const N: usize>(wide: &Wide, to: Scalar, out: &mut Places<'_>, narrow: impl Fn(u64) -> [u8; N]) {
    match wide {
        Wide::Int(values) => write_each(values, to, out, |value| narrow(value as u64)),
        Wide::UInt(values) => write_each(values, to, out, narrow),
        // The rules let no float become an integer.
        Wide::Float(_) | Wide::Long(_) => {}
    }
}

fn write_floats(wide: &Wide, to: Scalar, width: FloatWidth, out: &mut Places<'_>) {
    match (width, wide) {
        // Integers that an f32 rounds are out of range for an f16.
        (FloatWidth::Bits16, Wide::Int(values)) => {
            write_each(values, to, out, |v| f16::from_f32(v as f32).to_ne_bytes())
        }
        (FloatWidth::Bits16, Wide::UInt(values)) => {
            write_each(values, to, out, |v| f16::from_f32(v as f32).to_ne_bytes())
        }
        (FloatWidth::Bits16, Wide::Float(values)) => write_each(values, to, out, |v| half(v).to_ne_bytes()),
        // NumPy rounds twice here.
        (FloatWidth::Bits16, Wide::Long(values)) => {
            write_each(values, to, out, |v| f16::from_f32(v.to_f32()).to_ne_bytes())
        }
        (FloatWidth::Bits32, Wide::Int(values)) => write_each(values, to, out, |v| (v as f32).to_ne_bytes()),
        (FloatWidth::Bits32, Wide::UInt(values)) => write_each(values, to, out, |v| (v as f32).to_ne_bytes()),
        (FloatWidth::Bits32, Wide::Float(values)) => {
            write_each(values, to, out, |v| (v as f32).to_ne_bytes())
        }
        (FloatWidth::Bits32, Wide::Long(values)) => write_each(values, to, out, |v| v.to_f32().to_ne_bytes()),
        (FloatWidth::Bits64, Wide::Int(values)) => write_each(values, to, out, |v| (v as f64).to_ne_bytes()),
        (FloatWidth::Bits64, Wide::UInt(values)) => write_each(values, to, out, |v| (v as f64).to_ne_bytes()),
        (FloatWidth::Bits64, Wide::Float(values)) => write_each(values, to, out, f64::to_ne_bytes),
        (FloatWidth::Bits64, Wide::Long(values)) => write_each(values, to, out, |v| v.to_f64().to_ne_bytes()),
        (FloatWidth::Bits128, Wide::Int(values)) => {
            write_each(values, to, out, |v| LongDouble::from(v).to_ne_bytes())
        }
        (FloatWidth::Bits128, Wide::UInt(values)) => {
            write_each(values, to, out, |v| LongDouble::from(v).to_ne_bytes())
        }
        (FloatWidth::Bits128, Wide::Float(values)) => {
            write_each(values, to, out, |v| LongDouble::from(v).to_ne_bytes())
        }
        (FloatWidth::Bits128, Wide::Long(values)) => write_each(values, to, out, LongDouble::to_ne_bytes),
    }
}

fn write_each<const N: usize, T: Copy>(
    values: &[T],
    to: Scalar,
    out: &mut Places<'_>,
    bytes: impl Fn(T) -> [u8; N],
) {
    let native = matches!(to.byte_order(), None | Some(ByteOrder::NATIVE));
    let places = out.out.as_chunks_mut().0.iter_mut();
    // Steps of one by themselves: the compiler makes vectors of plain loops only.
    match (native, out.step) {
        (true, 1) => places.zip(values).for_each(|(place, &value)| *place = bytes(value)),
        (false, 1) => places.zip(values).for_each(|(place, &value)| *place = reversed(bytes(value))),
        (true, step) => places.step_by(step).zip(values).for_each(|(place, &value)| *place = bytes(value)),
        (false, step) => {
            places.step_by(step).zip(values).for_each(|(place, &value)| *place = reversed(bytes(value)));
        }
    }
}

fn reversed<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    bytes.reverse();
    bytes
}

/// The nearest `f16`, ties to even. `f16::from_f64` drops the lower half of the fraction before it rounds.
fn half(value: f64) -> f16 {
    LongDouble::from(value).to_f16()
}

/// Converts between `S` and `U` of any lengths.
///
/// # Errors
/// `Encoding` if bytes that are not ASCII should become text.
pub(crate) fn between(from: Scalar, to: Scalar, source: &[u8], out: &mut [u8]) -> Result<()> {
    let (size, wanted) = (from.itemsize(), to.itemsize());
    if size == 0 || wanted == 0 {
        return Ok(());
    }
    let pairs = source.chunks_exact(size).zip(out.chunks_exact_mut(wanted));
    if let (Scalar::Bytes(_), Scalar::Str(..)) = (from, to) {
        for (item, place) in pairs {
            for (&byte, unit) in item.iter().zip(place.as_chunks_mut::<4>().0) {
                if !byte.is_ascii() {
                    return Err(Fault::NotAscii(byte).into());
                }
                *unit = u32::from(byte).to_ne_bytes();
            }
        }
        from_native(to, out);
        return Ok(());
    }
    let kept = size.min(wanted);
    for (item, place) in pairs {
        place.split_at_mut(kept).0.copy_from_slice(item.split_at(kept).0);
    }
    if from.byte_order() != to.byte_order() {
        swap::in_place(out, to.swap_size());
    }
    Ok(())
}

/// Writes numbers as NumPy's `str` does, cut to the length of `to`.
pub(crate) fn from_numbers(
    from: Scalar,
    to: Scalar,
    count: usize,
    source: &[u8],
    out: &mut [u8],
) -> Result<()> {
    let mut text = String::new();
    let pairs = source.chunks_exact(from.itemsize()).zip(out.chunks_exact_mut(to.itemsize()));
    for (item, place) in pairs.take(count) {
        text.clear();
        scalar_text(from, item, &mut text);
        // Numbers are ASCII.
        match to {
            Scalar::Str(..) => {
                let units = place.as_chunks_mut::<4>().0.iter_mut();
                units.zip(text.bytes()).for_each(|(unit, byte)| *unit = u32::from(byte).to_ne_bytes());
            }
            _ => place.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte),
        }
    }
    from_native(to, out);
    Ok(())
}

/// Brings texts from this machine's byte order into that of `to`.
fn from_native(to: Scalar, out: &mut [u8]) {
    if to.byte_order().is_some_and(|order| order != ByteOrder::NATIVE) {
        swap::in_place(out, to.swap_size());
    }
}
