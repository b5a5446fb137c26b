//! What every plain element does alike: its memory is the file's bytes.

use crate::array::Fill;
use crate::array::compare::same_up_to_order;
use crate::array::element::PlainElement;
use crate::array::error::other_dtype;
use crate::array::swap;
use crate::{DType, Result};

pub(crate) fn decode<T: PlainElement>(
    dtype: &DType,
    bytes: &[u8],
    count: usize,
    out: &mut Vec<T>,
) -> Result<()> {
    if !holds::<T>(dtype) {
        return Err(other_dtype::<T>(dtype));
    }
    if size_of::<T>() == 0 {
        out.append(&mut bytemuck::zeroed_vec(count));
        return Ok(());
    }
    let start = out.len();
    let items = bytes.chunks_exact(size_of::<T>());
    out.extend(items.take(count).map(bytemuck::pod_read_unaligned::<T>));
    let added = out.get_mut(start..).unwrap_or_default();
    swap::to_native(dtype, bytemuck::cast_slice_mut(added));
    Ok(())
}

pub(super) fn read<T: PlainElement>(dtype: &DType, count: usize, mut fill: Fill<'_>) -> Result<Vec<T>> {
    if !holds::<T>(dtype) {
        return Err(other_dtype::<T>(dtype));
    }
    if size_of::<T>() == 0 {
        return Ok(bytemuck::zeroed_vec(count));
    }
    let mut out = Vec::new();
    // Pieces may end within a record, and never within a number.
    let by_piece = !matches!(dtype, DType::Record(_));
    let then = |piece: &mut [u8]| {
        if by_piece {
            swap::to_native(dtype, piece);
        }
    };
    fill.read(&mut out, count.saturating_mul(size_of::<T>()), &then)?;
    if !by_piece {
        swap::to_native(dtype, bytemuck::cast_slice_mut(&mut out));
    }
    Ok(out)
}

/// Whether `T` has the memory of `dtype` up to byte order. A type that claims a dtype of another size has not.
pub(crate) fn holds<T: PlainElement>(dtype: &DType) -> bool {
    same_up_to_order(dtype, &T::dtype()) && dtype.itemsize() == size_of::<T>()
}

/// Implements [`Element`](crate::Element) and [`PlainElement`] for types that `bytemuck` knows as plain.
macro_rules! plain {
    ($($kind:ty => $dtype:expr),+ $(,)?) => {$(
        $crate::array::elements::pod::plain_as!([] $kind, $dtype);
    )+};
}

/// The same for a type with a length `N`, whose dtype is a function of it.
macro_rules! plain_sized {
    ($kind:ident => $dtype:expr) => {
        $crate::array::elements::pod::plain_as!([const N: usize] $kind<N>, {
            let dtype: fn(u32) -> $crate::DType = $dtype;
            // NumPy's itemsize ends at 2^31 - 1, and no Rust array on a stack is that long.
            dtype(u32::try_from(N).unwrap_or(u32::MAX))
        });
    };
}

macro_rules! plain_as {
    ([$($generics:tt)*] $kind:ty, $dtype:expr) => {
        impl<$($generics)*> $crate::array::Element for $kind {
            fn dtype_for(_: &mut dyn Iterator<Item = &Self>) -> $crate::DType {
                $dtype
            }

            fn decode(
                dtype: &$crate::DType,
                bytes: &[u8],
                count: usize,
                out: &mut Vec<Self>,
            ) -> $crate::Result<()> {
                $crate::array::elements::pod::decode(dtype, bytes, count, out)
            }

            fn encode(&self, _: &$crate::DType, out: &mut Vec<u8>) -> $crate::Result<()> {
                out.extend_from_slice(bytemuck::bytes_of(self));
                Ok(())
            }

            fn fixed_dtype() -> Option<$crate::DType> {
                Some($dtype)
            }

            fn as_bytes(items: &[Self]) -> Option<&[u8]> {
                bytemuck::try_cast_slice(items).ok()
            }

            fn read(
                dtype: &$crate::DType,
                count: usize,
                fill: $crate::array::Fill<'_>,
            ) -> $crate::Result<Vec<Self>> {
                $crate::array::elements::pod::read(dtype, count, fill)
            }
        }

        impl<$($generics)*> $crate::array::PlainElement for $kind {
            fn dtype() -> $crate::DType {
                $dtype
            }
        }
    };
}
pub(super) use {plain, plain_as, plain_sized};
