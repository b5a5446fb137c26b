//! Wide numbers as narrower ones: integers wrap around, floats round to nearest, ties to even.

use half::f16;

use super::read::Wide;
use crate::array::LongDouble;
use crate::{ByteOrder, FloatWidth, IntWidth, Scalar};

/// Where numbers go: side by side, or to every second place.
pub(super) struct Places<'a> {
    pub(super) step: usize,
    pub(super) out: &'a mut [u8],
}

/// Writes numbers as `to`, or as its halves where it is complex.
pub(super) fn write(wide: &Wide, to: Scalar, out: &mut Places<'_>) {
    match to {
        Scalar::Int8 | Scalar::UInt8 => ints(wide, to, out, |value| [value as u8]),
        Scalar::Int(width, _) | Scalar::UInt(width, _) => match width {
            IntWidth::Bits16 => ints(wide, to, out, |value| (value as u16).to_ne_bytes()),
            IntWidth::Bits32 => ints(wide, to, out, |value| (value as u32).to_ne_bytes()),
            IntWidth::Bits64 => ints(wide, to, out, u64::to_ne_bytes),
        },
        Scalar::Timedelta(..) => ints(wide, to, out, u64::to_ne_bytes),
        Scalar::Bool => ints(wide, to, out, |value| [u8::from(value != 0)]),
        Scalar::Float(width, _) => floats(wide, to, width, out),
        Scalar::Complex(width, _) => floats(wide, to, width.part(), out),
        // The rules let numbers become nothing else.
        _ => {}
    }
}

/// Signed and unsigned numbers of one width are the same bits.
fn ints<const N: usize>(wide: &Wide, to: Scalar, out: &mut Places<'_>, narrow: impl Fn(u64) -> [u8; N]) {
    match wide {
        Wide::Int(values) => each(values, to, out, |value| narrow(value as u64)),
        Wide::UInt(values) => each(values, to, out, narrow),
        // The rules let no float become an integer.
        Wide::Float(_) | Wide::Long(_) => {}
    }
}

fn floats(wide: &Wide, to: Scalar, width: FloatWidth, out: &mut Places<'_>) {
    match (width, wide) {
        // What an f32 rounds, an f16 does not hold.
        (FloatWidth::Bits16, Wide::Int(values)) => {
            each(values, to, out, |v| f16::from_f32(v as f32).to_ne_bytes())
        }
        (FloatWidth::Bits16, Wide::UInt(values)) => {
            each(values, to, out, |v| f16::from_f32(v as f32).to_ne_bytes())
        }
        (FloatWidth::Bits16, Wide::Float(values)) => each(values, to, out, |v| half(v).to_ne_bytes()),
        // NumPy rounds twice here.
        (FloatWidth::Bits16, Wide::Long(values)) => {
            each(values, to, out, |v| f16::from_f32(v.to_f32()).to_ne_bytes())
        }
        (FloatWidth::Bits32, Wide::Int(values)) => each(values, to, out, |v| (v as f32).to_ne_bytes()),
        (FloatWidth::Bits32, Wide::UInt(values)) => each(values, to, out, |v| (v as f32).to_ne_bytes()),
        (FloatWidth::Bits32, Wide::Float(values)) => each(values, to, out, |v| (v as f32).to_ne_bytes()),
        (FloatWidth::Bits32, Wide::Long(values)) => each(values, to, out, |v| v.to_f32().to_ne_bytes()),
        (FloatWidth::Bits64, Wide::Int(values)) => each(values, to, out, |v| (v as f64).to_ne_bytes()),
        (FloatWidth::Bits64, Wide::UInt(values)) => each(values, to, out, |v| (v as f64).to_ne_bytes()),
        (FloatWidth::Bits64, Wide::Float(values)) => each(values, to, out, f64::to_ne_bytes),
        (FloatWidth::Bits64, Wide::Long(values)) => each(values, to, out, |v| v.to_f64().to_ne_bytes()),
        (FloatWidth::Bits128, Wide::Int(values)) => {
            each(values, to, out, |v| LongDouble::from(v).to_ne_bytes())
        }
        (FloatWidth::Bits128, Wide::UInt(values)) => {
            each(values, to, out, |v| LongDouble::from(v).to_ne_bytes())
        }
        (FloatWidth::Bits128, Wide::Float(values)) => {
            each(values, to, out, |v| LongDouble::from(v).to_ne_bytes())
        }
        (FloatWidth::Bits128, Wide::Long(values)) => each(values, to, out, LongDouble::to_ne_bytes),
    }
}

fn each<const N: usize, T: Copy>(
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
