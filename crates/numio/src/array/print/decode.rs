//! Elements' bytes as the values that print.

use crate::array::elements;
use crate::num::dragon4::{FloatFormat, Real};
use crate::{ByteOrder, FloatWidth, Scalar};

/// The bytes of one number as bits; at most 16 bytes count.
fn bits(order: ByteOrder, bytes: &[u8]) -> u128 {
    let push = |all: u128, &byte: &u8| all << 8 | u128::from(byte);
    match order {
        ByteOrder::Little => bytes.iter().rev().fold(0, push),
        ByteOrder::Big => bytes.iter().fold(0, push),
    }
}

fn order(scalar: Scalar) -> ByteOrder {
    scalar.byte_order().unwrap_or(ByteOrder::NATIVE)
}

/// Whether a byte of dtype `bool` is true.
pub(super) fn boolean(_: Scalar, bytes: &[u8]) -> bool {
    bytes.iter().any(|&byte| byte != 0)
}

/// The value of an integer of any width, signed or not.
pub(super) fn integer(scalar: Scalar, bytes: &[u8]) -> i128 {
    let bits = bits(order(scalar), bytes) as i128;
    match scalar {
        Scalar::UInt8 | Scalar::UInt(..) => bits,
        _ => {
            let above = 128 - 8 * scalar.itemsize() as u32;
            bits << above >> above
        }
    }
}

/// The ticks of a datetime or timedelta.
pub(super) fn ticks(scalar: Scalar, bytes: &[u8]) -> i64 {
    bits(order(scalar), bytes) as i64
}

/// The index that stands for a Python object.
pub(super) fn object(_: Scalar, bytes: &[u8]) -> u64 {
    bits(ByteOrder::NATIVE, bytes) as u64
}

/// The width of a float, or of either half of a complex number.
pub(super) fn width(scalar: Scalar) -> FloatWidth {
    match scalar {
        Scalar::Float(width, _) => width,
        Scalar::Complex(width, _) => width.part(),
        _ => FloatWidth::Bits64,
    }
}

/// The binary format of floats of a width.
pub(super) fn format(width: FloatWidth) -> FloatFormat {
    match width {
        FloatWidth::Bits16 => FloatFormat::HALF,
        FloatWidth::Bits32 => FloatFormat::SINGLE,
        FloatWidth::Bits64 => FloatFormat::DOUBLE,
        FloatWidth::Bits128 => FloatFormat::EXTENDED,
    }
}

/// A float, or the real half of a complex number.
pub(super) fn real(scalar: Scalar, bytes: &[u8]) -> Real {
    let bytes = bytes.get(..width(scalar).bytes()).unwrap_or_default();
    Real::from_bits(format(width(scalar)), bits(order(scalar), bytes))
}

/// The imaginary half of a complex number.
pub(super) fn imaginary(scalar: Scalar, bytes: &[u8]) -> Real {
    real(scalar, bytes.get(width(scalar).bytes()..).unwrap_or_default())
}

/// The code points of a `U` element, without the NULs that pad it.
pub(super) fn code_points(scalar: Scalar, bytes: &[u8]) -> impl Iterator<Item = u32> + Clone {
    elements::code_points(bytes, order(scalar))
}

/// The bytes of an `S` element, without the NULs that pad it.
pub(super) fn unpadded(_: Scalar, bytes: &[u8]) -> &[u8] {
    elements::unpadded(bytes)
}

/// The bytes of a `V` element.
pub(super) fn raw(_: Scalar, bytes: &[u8]) -> &[u8] {
    bytes
}
