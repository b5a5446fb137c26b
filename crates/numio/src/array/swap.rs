//! Turning the byte order of elements around, in place.

use crate::{ByteOrder, DType, Scalar};

/// Reverses each group of `size` bytes: 2, 4, 8 or 16. Other sizes have no order, and bytes after the last whole group
/// stay as they are.
pub(crate) fn in_place(bytes: &mut [u8], size: usize) {
    // Integers of a known width, so that the compiler makes vector shuffles of the loops.
    match size {
        2 => each(bytes, |group| u16::from_ne_bytes(group).swap_bytes().to_ne_bytes()),
        4 => each(bytes, |group| u32::from_ne_bytes(group).swap_bytes().to_ne_bytes()),
        8 => each(bytes, |group| u64::from_ne_bytes(group).swap_bytes().to_ne_bytes()),
        16 => each(bytes, |group| u128::from_ne_bytes(group).swap_bytes().to_ne_bytes()),
        _ => {}
    }
}

fn each<const N: usize>(bytes: &mut [u8], swapped: impl Fn([u8; N]) -> [u8; N]) {
    for group in bytes.as_chunks_mut().0 {
        *group = swapped(*group);
    }
}

/// Brings elements of `dtype`, contiguous in `bytes`, into native byte order. What they mean then is
/// `dtype` with every byte order native.
pub(crate) fn to_native(dtype: &DType, bytes: &mut [u8]) {
    match dtype {
        DType::Scalar(scalar) => {
            if needs_swap(*scalar) {
                in_place(bytes, scalar.swap_size());
            }
        }
        DType::Subarray(subarray) => to_native(subarray.base(), bytes),
        DType::Record(record) => {
            if is_native(dtype) || record.itemsize() == 0 {
                return;
            }
            for element in bytes.chunks_exact_mut(record.itemsize()) {
                for field in record.fields() {
                    let end = field.offset.saturating_add(field.dtype.itemsize());
                    if let Some(bytes) = element.get_mut(field.offset..end) {
                        to_native(&field.dtype, bytes);
                    }
                }
            }
        }
    }
}

/// Returns whether every number in an element of `dtype` is in native byte order.
pub(crate) fn is_native(dtype: &DType) -> bool {
    match dtype {
        DType::Scalar(scalar) => !needs_swap(*scalar),
        DType::Subarray(subarray) => is_native(subarray.base()),
        DType::Record(record) => record.fields().iter().all(|field| is_native(&field.dtype)),
    }
}

fn needs_swap(scalar: Scalar) -> bool {
    scalar.byte_order().is_some_and(|order| order != ByteOrder::NATIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swap_at_every_size_and_length_is_its_slow_twin() {
        for size in [1, 2, 4, 8, 16] {
            for len in [0, 1, 15, 16, 64, 100, 1000, 4096] {
                let bytes: Vec<u8> = (0..len).map(|i| (i * 7 % 251) as u8).collect();
                let mut slow = bytes.clone();
                slow.chunks_exact_mut(size).for_each(<[u8]>::reverse);
                let mut fast = bytes.clone();
                in_place(&mut fast, size);
                assert_eq!(fast, slow, "{size} {len}");
            }
        }
    }
}
