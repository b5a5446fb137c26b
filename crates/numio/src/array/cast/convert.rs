//! Elements of one dtype as elements of another.

use super::read::read;
use super::text;
use super::write::{Places, write};
use crate::array::swap;
use crate::array::time::{Conversion, Kind};
use crate::{ByteOrder, DType, Field, Result, Scalar};

/// Converts `count` elements side by side, to memory that is zero. The rules allow it.
pub(super) fn convert(from: &DType, to: &DType, count: usize, source: &[u8], out: &mut [u8]) -> Result<()> {
    if to.itemsize() == 0 {
        return Ok(());
    }
    match (from, to) {
        _ if from == to => {
            copy(source, out);
            Ok(())
        }
        (DType::Scalar(from), DType::Scalar(to)) => scalars(*from, *to, count, source, out),
        (DType::Subarray(from), DType::Subarray(to)) => {
            let inner: usize = to.shape().iter().product();
            convert(from.base(), to.base(), count.saturating_mul(inner), source, out)
        }
        (_, DType::Subarray(to)) => {
            let (size, base) = (to.itemsize(), to.base());
            let mut one = vec![0; count.saturating_mul(base.itemsize())];
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
                let column = taken(source_field, from.itemsize(), count, source);
                let mut converted = vec![0; count.saturating_mul(field.dtype.itemsize())];
                convert(&source_field.dtype, &field.dtype, count, &column, &mut converted)?;
                put(field, to.itemsize(), &converted, out);
            }
            Ok(())
        }
        // The rules allow no other pair.
        _ => Ok(()),
    }
}

/// One field of records side by side, side by side itself.
fn taken(field: &Field, itemsize: usize, count: usize, records: &[u8]) -> Vec<u8> {
    let size = field.dtype.itemsize();
    let mut column = Vec::with_capacity(count.saturating_mul(size));
    if size > 0 {
        let fields =
            records.chunks_exact(itemsize).filter_map(|record| record.get(field.offset..)?.get(..size));
        fields.for_each(|bytes| column.extend_from_slice(bytes));
    }
    column
}

/// Sets one field of records side by side.
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

fn scalars(from: Scalar, to: Scalar, count: usize, source: &[u8], out: &mut [u8]) -> Result<()> {
    match (from, to) {
        _ if to.byte_order().is_some_and(|order| from.with_byte_order(order) == to) => {
            copy(source, out);
            swap::in_place(out, to.swap_size());
            Ok(())
        }
        (Scalar::Datetime(unit, order), Scalar::Datetime(wanted, other)) => {
            ticks(Conversion::new(Kind::Moment, unit, wanted)?, (order, other), source, out)
        }
        (Scalar::Timedelta(unit, order), Scalar::Timedelta(wanted, other)) => {
            ticks(Conversion::new(Kind::Length, unit, wanted)?, (order, other), source, out)
        }
        (_, Scalar::Void(_)) => {
            raw(from, to.itemsize(), source, out);
            Ok(())
        }
        (Scalar::Bytes(_) | Scalar::Str(..), Scalar::Bytes(_) | Scalar::Str(..)) => {
            text::between(from, to, source, out)
        }
        (_, Scalar::Bytes(_) | Scalar::Str(..)) => text::from_numbers(from, to, count, source, out),
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
