//! One element's bytes as the values a row's format takes.

use half::f16;

use super::format::{FloatFormat, Printed};
use crate::array::LongDouble;
use crate::array::time::{datetime_text, timedelta_text};
use crate::{ByteOrder, FloatWidth, IntWidth, Scalar};

/// The value in `bytes`, an element of `scalar`. `None` for elements that are not printed.
#[inline]
pub(super) fn printed(bytes: &[u8], scalar: Scalar) -> Option<Printed> {
    Some(match scalar {
        Scalar::Bool => Printed::Bool(*bytes.first()? != 0),
        Scalar::Int8 => Printed::Int(i8::from_ne_bytes(native(bytes, ByteOrder::NATIVE)?).into()),
        Scalar::UInt8 => Printed::Int((*bytes.first()?).into()),
        Scalar::Int(width, order) => Printed::Int(match width {
            IntWidth::Bits16 => i16::from_ne_bytes(native(bytes, order)?).into(),
            IntWidth::Bits32 => i32::from_ne_bytes(native(bytes, order)?).into(),
            IntWidth::Bits64 => i64::from_ne_bytes(native(bytes, order)?).into(),
        }),
        Scalar::UInt(width, order) => Printed::Int(match width {
            IntWidth::Bits16 => u16::from_ne_bytes(native(bytes, order)?).into(),
            IntWidth::Bits32 => u32::from_ne_bytes(native(bytes, order)?).into(),
            IntWidth::Bits64 => u64::from_ne_bytes(native(bytes, order)?).into(),
        }),
        Scalar::Float(FloatWidth::Bits16, order) => {
            Printed::Float(f16::from_ne_bytes(native(bytes, order)?).to_f64(), FloatFormat::HALF)
        }
        Scalar::Float(FloatWidth::Bits32, order) => {
            Printed::Float(f32::from_ne_bytes(native(bytes, order)?).into(), FloatFormat::SINGLE)
        }
        Scalar::Float(FloatWidth::Bits64, order) => {
            Printed::Float(f64::from_ne_bytes(native(bytes, order)?), FloatFormat::DOUBLE)
        }
        Scalar::Str(_, order) => {
            let (units, _) = bytes.as_chunks::<4>();
            let code = |unit: &[u8; 4]| native(unit, order).map(u32::from_ne_bytes);
            let mut codes = units.iter().map(code).collect::<Option<Vec<_>>>()?;
            codes.truncate(codes.iter().rposition(|&code| code != 0).map_or(0, |last| last + 1));
            Printed::Text(codes.into_iter().map(char::from_u32).collect::<Option<String>>()?)
        }
        Scalar::Bytes(_) => {
            let len = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            let mut text = String::new();
            crate::repr::bytes(&mut text, bytes.get(..len)?).ok()?;
            Printed::Text(text)
        }
        Scalar::Datetime(unit, order) => {
            Printed::Text(datetime_text(i64::from_ne_bytes(native(bytes, order)?), unit))
        }
        Scalar::Timedelta(unit, order) => {
            Printed::Text(timedelta_text(i64::from_ne_bytes(native(bytes, order)?), unit))
        }
        Scalar::Float(FloatWidth::Bits128, order) => {
            Printed::LongDouble(LongDouble::from_ne_bytes(native(bytes, order)?))
        }
        Scalar::Complex(..) | Scalar::Void(_) | Scalar::Object => {
            return None;
        }
    })
}

#[inline]
fn native<const N: usize>(bytes: &[u8], order: ByteOrder) -> Option<[u8; N]> {
    let mut bytes = *bytes.as_array::<N>()?;
    if order != ByteOrder::NATIVE {
        bytes.reverse();
    }
    Some(bytes)
}
