//! Integers, floats and complex numbers.

use half::f16;
use num_complex::Complex;

use super::pod::plain;
use crate::{ByteOrder, ComplexWidth, DType, FloatWidth, IntWidth, Scalar};

use super::LongDouble;

/// The width of a pointer, NumPy's `intp`.
const POINTER: IntWidth = if size_of::<usize>() == 4 { IntWidth::Bits32 } else { IntWidth::Bits64 };

plain! {
    i8 => DType::INT8,
    i16 => DType::INT16,
    i32 => DType::INT32,
    i64 => DType::INT64,
    isize => DType::Scalar(Scalar::Int(POINTER, ByteOrder::NATIVE)),
    u8 => DType::UINT8,
    u16 => DType::UINT16,
    u32 => DType::UINT32,
    u64 => DType::UINT64,
    usize => DType::Scalar(Scalar::UInt(POINTER, ByteOrder::NATIVE)),
    f16 => DType::FLOAT16,
    f32 => DType::FLOAT32,
    f64 => DType::FLOAT64,
    LongDouble => DType::Scalar(Scalar::Float(FloatWidth::Bits128, ByteOrder::NATIVE)),
    Complex<f32> => DType::COMPLEX64,
    Complex<f64> => DType::COMPLEX128,
    Complex<LongDouble> => DType::Scalar(Scalar::Complex(ComplexWidth::Bits256, ByteOrder::NATIVE)),
}
