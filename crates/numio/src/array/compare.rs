//! When dtypes and arrays are the same.

use crate::DType;

/// Whether elements of both dtypes are the same once their bytes are in one order: equal kinds, widths, units, lengths,
/// names and offsets.
pub(crate) fn same_up_to_order(a: &DType, b: &DType) -> bool {
    match (a, b) {
        (DType::Scalar(a), DType::Scalar(b)) => {
            a == b || b.byte_order().is_some_and(|order| a.with_byte_order(order) == *b)
        }
        (DType::Subarray(a), DType::Subarray(b)) => {
            a.shape() == b.shape() && same_up_to_order(a.base(), b.base())
        }
        (DType::Record(a), DType::Record(b)) => {
            a.itemsize() == b.itemsize()
                && a.fields().len() == b.fields().len()
                && a.fields().iter().zip(b.fields()).all(|(a, b)| {
                    a.name == b.name
                        && a.title == b.title
                        && a.offset == b.offset
                        && same_up_to_order(&a.dtype, &b.dtype)
                })
        }
        _ => false,
    }
}
