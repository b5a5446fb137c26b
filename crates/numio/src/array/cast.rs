//! Conversion between element types, as NumPy's `astype` does it.

use std::sync::Arc;

use ndarray::{Array, Dimension};

use crate::array::casting::{Casting, text_length};
use crate::array::error::Fault;
use crate::array::forced::convert_forced;
use crate::array::numbers::{Places, read, write};
use crate::array::print::scalar_text;
use crate::array::{Buffer, Data, DynArray, Element, Layout, Order, byte_len, swap};
use crate::datetime::{Conversion, TimeKind};
use crate::error::{reserve, zeros};
use crate::{ByteOrder, DType, Field, Result, Scalar, TimeUnit};

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
        self.cast_with(dtype, Casting::SameKind)
    }

    /// The elements converted to `dtype` as far as a rule allows: NumPy's `a.astype(dtype, casting=...)`. The rest is as
    /// in [`cast`](Self::cast).
    ///
    /// Under [`Casting::Unsafe`] floats lose their fraction, and those that no integer of the width holds become any (as in
    /// NumPy, where it depends on the processor); complex numbers lose their imaginary part; texts are read as Python's
    /// `int`, `float` and `complex` and NumPy's `datetime64` read them; times become their number of ticks.
    ///
    /// # Errors
    /// As [`cast`](Self::cast), for [`DType::can_cast_with`]; `InvalidData` if a text says no such value, `InvalidInput` if
    /// that does not fit. `Unsupported` for what NumPy converts by Python's means: raw bytes to values, texts to long doubles
    /// and durations, and arrays within elements to others.
    ///
    /// ```
    /// use numio::{Casting, DType, DynArray};
    ///
    /// let array = DynArray::from(ndarray::array![1.75, -2.5]);
    /// assert!(array.cast_with(&DType::INT32, Casting::SameKind).is_err());
    /// let whole = array.cast_with(&DType::INT32, Casting::Unsafe)?;
    /// assert_eq!(whole, DynArray::from(ndarray::array![1, -2]));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn cast_with(&self, dtype: &DType, casting: Casting) -> Result<Self> {
        let dtype = adapted(&self.dtype, dtype);
        if self.dtype == dtype {
            return Ok(self.clone());
        }
        if !self.dtype.can_cast_with(&dtype, casting) {
            return Err(Fault::Cast { from: self.dtype.clone(), to: dtype, casting }.into());
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
    // A record of one field is cast like its value.
    let value = match (from, to) {
        (DType::Record(record), DType::Scalar(Scalar::Bytes(0) | Scalar::Str(0, _))) => match record.fields()
        {
            [field] => &field.dtype,
            _ => from,
        },
        _ => from,
    };
    let (&DType::Scalar(wanted), found) = (to, value.as_scalar()) else { return to.clone() };
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
        (DType::Scalar(from), DType::Scalar(to)) => match scalars_are_convertible(*from, *to) {
            true => convert_scalars(*from, *to, count, source, out),
            false => convert_forced(*from, *to, source, out),
        },
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
        // Every field gets the value.
        (DType::Scalar(_), DType::Record(to)) => {
            for field in to.fields() {
                let mut converted = zeros(count.saturating_mul(field.dtype.itemsize()))?;
                convert(from, &field.dtype, count, source, &mut converted)?;
                put(field, to.itemsize(), &converted, out);
            }
            Ok(())
        }
        // A record of one field is its value.
        (DType::Record(record), DType::Scalar(_)) if record.fields().len() == 1 => {
            record.fields().iter().try_for_each(|field| {
                let column = taken(field, record.itemsize(), count, source)?;
                convert(&field.dtype, to, count, &column, out)
            })
        }
        _ => Err(Fault::Unconverted { from: from.clone(), to: to.clone() }.into()),
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

/// Returns whether the rules before `unsafe` allow the pair.
fn scalars_are_convertible(from: Scalar, to: Scalar) -> bool {
    DType::Scalar(from).can_cast(&DType::Scalar(to)) || matches!(to, Scalar::Void(_))
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
    let mut native = vec![0; size];
    for (item, out) in source.chunks_exact(size).zip(out.chunks_exact_mut(length)) {
        native.copy_from_slice(item);
        swap::to_native(&DType::Scalar(from), &mut native);
        out.split_at_mut(kept).0.copy_from_slice(native.split_at(kept).0);
    }
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
