//! Numbers as the widest of their kind, which holds them exactly.

use half::f16;

use crate::array::LongDouble;
use crate::{ByteOrder, FloatWidth, IntWidth, Scalar};

/// Numbers, each as the widest of its kind. Complex numbers are two.
pub(super) enum Wide {
    Int(Vec<i64>),
    UInt(Vec<u64>),
    Float(Vec<f64>),
    Long(Vec<LongDouble>),
}

/// Reads numbers side by side.
pub(super) fn read(from: Scalar, source: &[u8]) -> Wide {
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
