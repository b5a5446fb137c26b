//! One field's characters as the bytes of one value.

use half::f16;

use super::number;
use crate::array::LongDouble;
use crate::array::time::parse_datetime_as;
use crate::{ByteOrder, ComplexWidth, FloatWidth, IntWidth, Scalar};

/// Writes the value of `field` to `out`, which is zero and of the scalar's size. `None` where the field is no such value.
pub(super) fn convert(field: &[u8], scalar: Scalar, out: &mut [u8]) -> Option<()> {
    match scalar {
        Scalar::Bool => put(out, [u8::from(number::signed(field)? != 0)], ByteOrder::NATIVE),
        Scalar::Int8 => put(out, i8::try_from(number::signed(field)?).ok()?.to_ne_bytes(), ByteOrder::NATIVE),
        Scalar::UInt8 => {
            put(out, u8::try_from(number::unsigned(field)?).ok()?.to_ne_bytes(), ByteOrder::NATIVE)
        }
        Scalar::Int(width, order) => {
            let value = number::signed(field)?;
            match width {
                IntWidth::Bits16 => put(out, i16::try_from(value).ok()?.to_ne_bytes(), order),
                IntWidth::Bits32 => put(out, i32::try_from(value).ok()?.to_ne_bytes(), order),
                IntWidth::Bits64 => put(out, value.to_ne_bytes(), order),
            }
        }
        Scalar::UInt(width, order) => {
            let value = number::unsigned(field)?;
            match width {
                IntWidth::Bits16 => put(out, u16::try_from(value).ok()?.to_ne_bytes(), order),
                IntWidth::Bits32 => put(out, u32::try_from(value).ok()?.to_ne_bytes(), order),
                IntWidth::Bits64 => put(out, value.to_ne_bytes(), order),
            }
        }
        Scalar::Float(FloatWidth::Bits16, order) => {
            put(out, f16::from_f64(number::lenient_float(field)?).to_ne_bytes(), order)
        }
        // NumPy rounds twice here: to a double first, then to a float.
        Scalar::Float(FloatWidth::Bits32, order) => {
            put(out, (number::float(field)? as f32).to_ne_bytes(), order)
        }
        Scalar::Float(FloatWidth::Bits64, order) => put(out, number::float(field)?.to_ne_bytes(), order),
        Scalar::Complex(ComplexWidth::Bits64, order) => {
            let value = number::complex(field)?;
            let (re, im) = out.split_at_mut_checked(4)?;
            put(re, (value.re as f32).to_ne_bytes(), order)?;
            put(im, (value.im as f32).to_ne_bytes(), order)
        }
        Scalar::Complex(ComplexWidth::Bits128, order) => {
            let value = number::complex(field)?;
            let (re, im) = out.split_at_mut_checked(8)?;
            put(re, value.re.to_ne_bytes(), order)?;
            put(im, value.im.to_ne_bytes(), order)
        }
        Scalar::Timedelta(_, order) => put(out, number::ticks(field)?.to_ne_bytes(), order),
        Scalar::Datetime(unit, order) => {
            let ticks = parse_datetime_as(std::str::from_utf8(field).ok()?, unit).ok()?;
            put(out, ticks.to_ne_bytes(), order)
        }
        Scalar::Bytes(_) => bytes(field, out),
        Scalar::Str(_, order) => {
            let (units, _) = out.as_chunks_mut::<4>();
            for (unit, c) in units.iter_mut().zip(std::str::from_utf8(field).ok()?.chars()) {
                put(unit, u32::from(c).to_ne_bytes(), order)?;
            }
            Some(())
        }
        Scalar::Float(FloatWidth::Bits128, order) => put(out, number::long(field)?.to_ne_bytes(), order),
        // NumPy goes through Python's complex numbers here, which are of doubles.
        Scalar::Complex(ComplexWidth::Bits256, order) => {
            let value = number::python_complex(field)?;
            let (re, im) = out.split_at_mut_checked(16)?;
            put(re, LongDouble::from(value.re).to_ne_bytes(), order)?;
            put(im, LongDouble::from(value.im).to_ne_bytes(), order)
        }
        Scalar::Void(_) | Scalar::Object => None,
    }
}

/// Whether a float or complex number of `scalar`'s width is infinite where `value` is not: NumPy warns of it where it casts
/// Python's floats.
pub(super) fn overflows(value: f64, scalar: Scalar) -> bool {
    value.is_finite()
        && match scalar {
            Scalar::Float(FloatWidth::Bits16, _) => f16::from_f64(value).is_infinite(),
            Scalar::Float(FloatWidth::Bits32, _) | Scalar::Complex(ComplexWidth::Bits64, _) => {
                (value as f32).is_infinite()
            }
            _ => false,
        }
}

/// Latin-1: NumPy's `S` takes no other characters. What is too long is cut.
fn bytes(field: &[u8], out: &mut [u8]) -> Option<()> {
    if field.is_ascii() {
        let len = field.len().min(out.len());
        out.get_mut(..len)?.copy_from_slice(field.get(..len)?);
        return Some(());
    }
    // NumPy looks no further than it writes.
    for (byte, c) in out.iter_mut().zip(std::str::from_utf8(field).ok()?.chars()) {
        *byte = u8::try_from(c).ok()?;
    }
    Some(())
}

#[inline]
pub(super) fn put<const N: usize>(out: &mut [u8], mut bytes: [u8; N], order: ByteOrder) -> Option<()> {
    if order != ByteOrder::NATIVE {
        bytes.reverse();
    }
    *out.as_mut_array::<N>()? = bytes;
    Some(())
}
