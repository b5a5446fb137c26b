//! What `repr` says after the elements, where they alone would not give the same array back.

use super::options::PrintOptions;
use crate::{ByteOrder, ComplexWidth, DType, FloatWidth, IntWidth, Scalar};

/// `shape=(0, 3), dtype=float32`, or less, or nothing.
pub(super) fn suffix(dtype: &DType, shape: &[usize], size: usize, options: &PrintOptions) -> String {
    let mut parts = Vec::new();
    if size == 0 && *shape != [0] || size > options.threshold {
        parts.push(format!("shape={}", shape_text(shape)));
    }
    if size == 0 || !is_implied(dtype) {
        parts.push(format!("dtype={}", dtype_text(dtype)));
    }
    parts.join(", ")
}

/// The tuple as Python prints it.
fn shape_text(shape: &[usize]) -> String {
    match shape {
        [len] => format!("({len},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Whether the elements' texts alone tell the dtype.
fn is_implied(dtype: &DType) -> bool {
    const NATIVE: ByteOrder = ByteOrder::NATIVE;
    matches!(
        dtype,
        DType::Scalar(
            Scalar::Bool
                | Scalar::Int(IntWidth::Bits64, NATIVE)
                | Scalar::Float(FloatWidth::Bits64, NATIVE)
                | Scalar::Complex(ComplexWidth::Bits128, NATIVE)
        )
    )
}

/// The shortest Python expression for the dtype (NumPy's `dtype_short_repr`).
fn dtype_text(dtype: &DType) -> String {
    let DType::Scalar(scalar) = dtype else { return dtype.to_string() };
    let foreign = scalar.byte_order().is_some_and(|order| order != ByteOrder::NATIVE);
    if foreign || matches!(scalar, Scalar::Bytes(_) | Scalar::Str(..) | Scalar::Void(_)) {
        return format!("'{dtype}'");
    }
    let name = dtype.name();
    // `datetime64[ns]` is no name in Python.
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) { name } else { format!("'{name}'") }
}
