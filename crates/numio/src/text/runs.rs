//! Columns one after another that are written alike.

use half::f16;

use super::format::{Between, Direct, Format, Spec};
use super::layout::Column;
use crate::{ByteOrder, FloatWidth, IntWidth, Scalar};

/// No more columns than this are written in one go, into room that is taken for all of them.
const MOST: usize = 64;
/// Some columns of one dtype and format, with one distance and one text between them.
pub(super) struct Run {
    /// The number of the first column.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) scalar: Scalar,
    pub(super) spec: Spec,
    /// Where in a row the first value stands.
    pub(super) offset: usize,
    /// How far each is from the one before.
    pub(super) step: usize,
    /// How they are written; nothing for those that take [`Spec::print`].
    pub(super) direct: Option<Direct>,
}

/// The columns of a row, in order.
pub(super) fn runs(columns: &[Column], format: &Format) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut first = 0;
    while let (Some(columns @ [start, ..]), Some(parts @ [(_, spec), ..])) =
        (columns.get(first..), format.parts.get(first..))
    {
        let Alike { count, step, between } = Alike::of(columns, parts);
        let direct = direct(start.scalar, spec, between);
        runs.push(Run {
            first,
            count,
            scalar: start.scalar,
            spec: spec.clone(),
            offset: start.offset,
            step,
            direct,
        });
        first += count;
    }
    runs
}

/// How many columns are as the first one, and what is between them.
struct Alike {
    count: usize,
    step: usize,
    between: Between,
}

impl Alike {
    fn of(columns: &[Column], parts: &[(String, Spec)]) -> Self {
        let alone = Self { count: 1, step: 0, between: Between::default() };
        let ([first, second, ..], [(_, spec), (text, _), ..]) = (columns, parts) else { return alone };
        let (Some(step), Some(between)) = (second.offset.checked_sub(first.offset), Between::new(text))
        else {
            return alone;
        };
        let followers = columns.iter().zip(parts).zip(0..MOST).skip(1);
        let alike = followers.take_while(|((column, (before, follower)), place)| {
            column.scalar == first.scalar
                && column.offset == first.offset + place * step
                && before == text
                && follower == spec
        });
        Self { count: 1 + alike.count(), step, between }
    }
}

/// How elements of `scalar` are written in `spec` from memory, where they can be.
fn direct(scalar: Scalar, spec: &Spec, between: Between) -> Option<Direct> {
    match scalar {
        Scalar::Int8 => Direct::new::<i8>(spec, between),
        Scalar::UInt8 => Direct::new::<u8>(spec, between),
        Scalar::Int(width, ByteOrder::NATIVE) => match width {
            IntWidth::Bits16 => Direct::new::<i16>(spec, between),
            IntWidth::Bits32 => Direct::new::<i32>(spec, between),
            IntWidth::Bits64 => Direct::new::<i64>(spec, between),
        },
        Scalar::UInt(width, ByteOrder::NATIVE) => match width {
            IntWidth::Bits16 => Direct::new::<u16>(spec, between),
            IntWidth::Bits32 => Direct::new::<u32>(spec, between),
            IntWidth::Bits64 => Direct::new::<u64>(spec, between),
        },
        Scalar::Float(FloatWidth::Bits16, ByteOrder::NATIVE) => Direct::new::<f16>(spec, between),
        Scalar::Float(FloatWidth::Bits32, ByteOrder::NATIVE) => Direct::new::<f32>(spec, between),
        Scalar::Float(FloatWidth::Bits64, ByteOrder::NATIVE) => Direct::new::<f64>(spec, between),
        _ => None,
    }
}
