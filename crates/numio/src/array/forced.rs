//! Conversions that only NumPy's `unsafe` rule allows: of values between kinds, and of texts into values.

use std::borrow::Cow;

use crate::array::elements::{code_points, unpadded};
use crate::array::error::Fault;
use crate::array::numbers::{Places, Wide, read, write};
use crate::array::{LongDouble, swap};
use crate::datetime::{NAT, datetime_text, parse_datetime_as, timedelta_text};
use crate::num::parse;
use crate::{ByteOrder, DType, Error, ErrorKind, IntWidth, Result, Scalar};

/// Converts contiguous elements of a pair that no stricter rule allows, to memory that is zero.
///
/// # Errors
/// `InvalidData` if a text says no such value, `InvalidInput` if it does not fit; `Encoding` if a text that is not ASCII
/// should become bytes; `Unsupported` for pairs that numio does not convert.
pub(super) fn convert_forced(from: Scalar, to: Scalar, source: &[u8], out: &mut [u8]) -> Result<()> {
    use Scalar::{Bool, Bytes, Complex, Datetime, Float, Int, Int8, Str, Timedelta, UInt, UInt8};
    let is_time = |scalar: Scalar| matches!(scalar, Datetime(..) | Timedelta(..));
    match (from, to) {
        (Str(..), Bytes(_)) => to_ascii(from, to, source, out),
        (Str(..) | Bytes(_), Datetime(unit, _)) => {
            let ticks = texts(from, source).map(|text| parse_datetime_as(&text?, unit));
            write(&Wide::Int(ticks.collect::<Result<_>>()?), to, &mut Places { step: 1, out });
            Ok(())
        }
        (Str(..) | Bytes(_), Bool) => {
            let set = texts(from, source).map(|text| Ok(u64::from(!text?.is_empty())));
            write(&Wide::UInt(set.collect::<Result<_>>()?), to, &mut Places { step: 1, out });
            Ok(())
        }
        (Str(..) | Bytes(_), Int8 | Int(..) | UInt8 | UInt(..)) => integers(from, to, source, out),
        (Str(..) | Bytes(_), Float(width, _)) if width.bytes() <= 8 => {
            let values = texts(from, source).map(|text| {
                let text = text?;
                parse::lenient_float(text.as_bytes()).ok_or_else(|| unreadable(&text, "a float"))
            });
            write(&Wide::Float(values.collect::<Result<_>>()?), to, &mut Places { step: 1, out });
            Ok(())
        }
        (Str(..) | Bytes(_), Complex(width, _)) if width.bytes() <= 16 => {
            let mut parts = Vec::new();
            for text in texts(from, source) {
                let text = text?;
                let value = parse::python_complex(text.as_bytes());
                let value = value.ok_or_else(|| unreadable(&text, "a complex number"))?;
                parts.extend([value.re, value.im]);
            }
            write(&Wide::Float(parts), to, &mut Places { step: 1, out });
            Ok(())
        }
        // A number of ticks, whatever the unit.
        (Datetime(..), Timedelta(..)) | (Timedelta(..), Datetime(..)) => {
            out.copy_from_slice(source);
            if from.byte_order() != to.byte_order() {
                swap::in_place(out, to.swap_size());
            }
            Ok(())
        }
        (_, Str(..) | Bytes(_)) if is_time(from) => from_times(from, to, source, out),
        (
            _,
            Bool | Int8 | Int(..) | UInt8 | UInt(..) | Float(..) | Complex(..) | Datetime(..) | Timedelta(..),
        ) if !matches!(from, Str(..) | Bytes(_) | Scalar::Void(_) | Scalar::Object) => {
            numbers(from, to, source, out);
            Ok(())
        }
        _ => Err(Fault::Unconverted { from: DType::Scalar(from), to: DType::Scalar(to) }.into()),
    }
}

/// Numbers and ticks of other kinds. Floats lose their fraction, and what no integer holds becomes the least one of 64
/// bits before it is narrowed; complex numbers lose their imaginary part.
fn numbers(from: Scalar, to: Scalar, source: &[u8], out: &mut [u8]) {
    let mut wide = match from {
        Scalar::Datetime(_, order) | Scalar::Timedelta(_, order) => {
            read(Scalar::Int(IntWidth::Bits64, order), source)
        }
        _ => read(from, source),
    };
    let (is_complex, gets_complex) = (matches!(from, Scalar::Complex(..)), matches!(to, Scalar::Complex(..)));
    if to == Scalar::Bool {
        let mut set = truths(&wide);
        if is_complex {
            set = set.chunks(2).map(|parts| u64::from(parts.contains(&1))).collect();
        }
        write(&Wide::UInt(set), to, &mut Places { step: 1, out });
        return;
    }
    if is_complex && !gets_complex {
        wide = match wide {
            Wide::Float(parts) => Wide::Float(parts.into_iter().step_by(2).collect()),
            Wide::Long(parts) => Wide::Long(parts.into_iter().step_by(2).collect()),
            other => other,
        };
    }
    if !matches!(to, Scalar::Float(..) | Scalar::Complex(..)) {
        wide = match wide {
            Wide::Float(values) => Wide::UInt(values.into_iter().map(truncated).collect()),
            Wide::Long(values) => Wide::UInt(values.into_iter().map(truncated_long).collect()),
            other => other,
        };
    }
    let step = if gets_complex && !is_complex { 2 } else { 1 };
    write(
        &wide,
        if let Scalar::Datetime(_, order) = to { ticks(order) } else { to },
        &mut Places { step, out },
    );
}

/// Moments are written like the integers that they are.
fn ticks(order: ByteOrder) -> Scalar {
    Scalar::Int(IntWidth::Bits64, order)
}

fn truths(wide: &Wide) -> Vec<u64> {
    match wide {
        Wide::Int(values) => values.iter().map(|&value| u64::from(value != 0)).collect(),
        Wide::UInt(values) => values.iter().map(|&value| u64::from(value != 0)).collect(),
        Wide::Float(values) => values.iter().map(|&value| u64::from(value != 0.0)).collect(),
        Wide::Long(values) => {
            let zero = LongDouble::from(0.0);
            values.iter().map(|&value| u64::from(value != zero)).collect()
        }
    }
}

/// The bits of a float's integer part in 64 bits, signed or, above those, unsigned.
fn truncated(value: f64) -> u64 {
    const SIGNED_END: f64 = 9_223_372_036_854_775_808.0;
    match value {
        value if (-SIGNED_END..SIGNED_END).contains(&value) => value as i64 as u64,
        value if (SIGNED_END..2.0 * SIGNED_END).contains(&value) => value as u64,
        _ => i64::MIN as u64,
    }
}

/// The same of a long double.
fn truncated_long(value: LongDouble) -> u64 {
    let (sign_exponent, mantissa) = value.to_bits();
    let exponent = i32::from(sign_exponent & 0x7fff) - 0x3fff;
    let magnitude = match exponent {
        ..0 => 0,
        // The mantissa is 64 bits with the point after the first.
        0..=63 => mantissa >> (63 - exponent),
        _ => return i64::MIN as u64,
    };
    match value.is_sign_negative() {
        true if magnitude > 1 << 63 => i64::MIN as u64,
        true => magnitude.wrapping_neg(),
        false => magnitude,
    }
}

/// The texts of contiguous elements.
fn texts(from: Scalar, source: &[u8]) -> impl Iterator<Item = Result<Cow<'_, str>>> {
    let items = source.chunks_exact(from.itemsize().max(1));
    items.map(move |item| match from {
        Scalar::Str(_, order) => {
            let chars = code_points(item, order);
            let char = |code| char::from_u32(code).ok_or_else(|| Error::from(Fault::NotText(code)));
            chars.map(char).collect::<Result<String>>().map(Cow::Owned)
        }
        _ => {
            let bytes = unpadded(item);
            std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| {
                let byte = bytes.iter().copied().find(|byte| !byte.is_ascii());
                Fault::NotAscii(byte.unwrap_or_default()).into()
            })
        }
    })
}

fn unreadable(text: &str, what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("could not convert string to {what}: '{text}'"))
}

/// Texts as `int()` reads them.
fn integers(from: Scalar, to: Scalar, source: &[u8], out: &mut [u8]) -> Result<()> {
    let is_signed = matches!(to, Scalar::Int8 | Scalar::Int(..));
    let bits = to.itemsize() as u32 * 8;
    let (least, most) = match is_signed {
        true => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
        false => (0, (1_i128 << bits) - 1),
    };
    let value = |text: Result<Cow<'_, str>>| {
        let text = text?;
        let digits = parse::without_underscores(text.trim().as_bytes());
        let value = digits.and_then(|digits| std::str::from_utf8(&digits).ok()?.parse::<i128>().ok());
        let value = value.ok_or_else(|| unreadable(&text, "an integer"))?;
        match (least..=most).contains(&value) {
            true => Ok(value as u64),
            false => {
                let what = format!("{value} does not fit {}", DType::Scalar(to));
                Err(Error::new(ErrorKind::InvalidInput, what))
            }
        }
    };
    let values = texts(from, source).map(value).collect::<Result<_>>()?;
    write(&Wide::UInt(values), to, &mut Places { step: 1, out });
    Ok(())
}

fn to_ascii(from: Scalar, to: Scalar, source: &[u8], out: &mut [u8]) -> Result<()> {
    let Scalar::Str(_, order) = from else { return Ok(()) };
    if from.itemsize() == 0 {
        return Ok(());
    }
    for (item, place) in source.chunks_exact(from.itemsize()).zip(out.chunks_exact_mut(to.itemsize())) {
        for (code, byte) in code_points(item, order).zip(place) {
            let ascii = u8::try_from(code).ok().filter(u8::is_ascii);
            *byte = ascii.ok_or(Fault::TextNotAscii(code))?;
        }
    }
    Ok(())
}

/// Times as NumPy prints them.
fn from_times(from: Scalar, to: Scalar, source: &[u8], out: &mut [u8]) -> Result<()> {
    let (unit, order) = match from {
        Scalar::Datetime(unit, order) | Scalar::Timedelta(unit, order) => (unit, order),
        _ => return Ok(()),
    };
    let is_moment = matches!(from, Scalar::Datetime(..));
    for (ticks, place) in source.as_chunks::<8>().0.iter().zip(out.chunks_exact_mut(to.itemsize())) {
        let ticks = match order {
            ByteOrder::Little => i64::from_le_bytes(*ticks),
            ByteOrder::Big => i64::from_be_bytes(*ticks),
        };
        let text = match (ticks, is_moment) {
            (NAT, _) => "NaT".to_owned(),
            (ticks, true) => datetime_text(ticks, unit),
            (ticks, false) => timedelta_text(ticks, unit),
        };
        match to {
            Scalar::Bytes(length) => {
                fits(&text, length, is_moment)?;
                place.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
            }
            Scalar::Str(length, order) => {
                fits(&text, length, is_moment)?;
                for (place, byte) in place.as_chunks_mut::<4>().0.iter_mut().zip(text.bytes()) {
                    *place = match order {
                        ByteOrder::Little => u32::from(byte).to_le_bytes(),
                        ByteOrder::Big => u32::from(byte).to_be_bytes(),
                    };
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// NumPy cuts the texts of durations, and refuses to cut those of moments.
fn fits(text: &str, length: u32, is_moment: bool) -> Result<()> {
    if is_moment && text.len() > length as usize {
        let what = format!("the text of a date was cut to a length of {length}");
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    Ok(())
}
