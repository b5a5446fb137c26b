//! Numbers of every width as the widest of their kind, and back: the middle of each conversion.

use half::f16;

use crate::array::LongDouble;
use crate::dtype::dispatch_scalar;
use crate::{ByteOrder, FloatWidth, IntWidth, Scalar};

/// Numbers, each as the widest of its kind. Complex numbers are two.
pub(crate) enum Wide {
    Int(Vec<i64>),
    UInt(Vec<u64>),
    Float(Vec<f64>),
    Long(Vec<LongDouble>),
}

/// Reads contiguous numbers.
pub(crate) fn read(from: Scalar, source: &[u8]) -> Wide {
    dispatch_scalar!(from,
        signed(T, _) => Wide::Int(each(source, from, |bytes| T::from_ne_bytes(bytes).into())),
        unsigned(T, _) => Wide::UInt(each(source, from, |bytes| T::from_ne_bytes(bytes).into())),
        // Any byte but 0 is true.
        Scalar::Bool => Wide::UInt(source.iter().map(|&byte| u64::from(byte != 0)).collect()),
        Scalar::Float(width, _) => floats(source, from, width),
        Scalar::Complex(width, _) => floats(source, from, width.part()),
        // Texts, times and raw bytes come here in another way.
        _ => Wide::UInt(Vec::new()),
    )
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
        Scalar::Datetime(..) | Scalar::Timedelta(..) => ints(wide, to, out, u64::to_ne_bytes),
        Scalar::Bool => ints(wide, to, out, |value| [u8::from(value != 0)]),
        Scalar::Float(width, _) => write_floats(wide, to, width, out),
        Scalar::Complex(width, _) => write_floats(wide, to, width.part(), out),
        // Texts and raw bytes are written in another way.
        _ => {}
    }
}

/// Signed and unsigned numbers of one width are the same bits.
fn ints<const N: usize>(wide: &Wide, to: Scalar, out: &mut Places<'_>, narrow: impl Fn(u64) -> [u8; N]) {
    match wide {
        Wide::Int(values) => write_each(values, to, out, |value| narrow(value as u64)),
        Wide::UInt(values) => write_each(values, to, out, narrow),
        // Floats are made integers before.
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
