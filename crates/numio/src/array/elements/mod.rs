//! The Rust types that are elements.

use bytemuck::{Pod, Zeroable};
use half::{bf16, f16};
use num_complex::Complex;

use crate::array::compare::same_up_to_order;
use crate::array::error::{Fault, other_dtype};
use crate::array::{Element, Fill, PlainElement, swap};
use crate::error::reserve;
use crate::{ByteOrder, ComplexWidth, DType, Error, FloatWidth, IntWidth, Result, Scalar, Subarray};

pub(crate) mod longdouble;
mod text;
mod time;

#[cfg(feature = "derive")]
pub(crate) use self::decode as decode_pod;
pub use crate::array::elements::longdouble::LongDouble;
pub use crate::array::elements::text::{ByteString, FixedBytes, FixedStr};
pub(crate) use crate::array::elements::text::{code_points, encode_text, text, text_dtype, unpadded};
pub use crate::array::elements::time::{Datetime64, Timedelta64};

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
    reserve(out, items.len().min(count))?;
    out.extend(items.take(count).map(bytemuck::pod_read_unaligned::<T>));
    let added = out.get_mut(start..).unwrap_or_default();
    swap::to_native(dtype, bytemuck::cast_slice_mut(added));
    Ok(())
}

pub(crate) fn read<T: PlainElement>(dtype: &DType, count: usize, mut fill: Fill<'_>) -> Result<Vec<T>> {
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

/// True if `T` has the memory of `dtype` except for byte order; false if it claims a dtype of another size.
pub(crate) fn holds<T: PlainElement>(dtype: &DType) -> bool {
    same_up_to_order(dtype, &T::dtype()) && dtype.itemsize() == size_of::<T>()
}

/// Implements [`Element`](crate::Element) and [`PlainElement`] for types that `bytemuck` knows as plain.
macro_rules! plain {
    ($($kind:ty => $dtype:expr),+ $(,)?) => {$(
        $crate::array::elements::plain_as!([] $kind, $dtype);
    )+};
}

/// The same for a type with a length `N`, whose dtype is a function of it.
macro_rules! plain_sized {
    ($kind:ident => $dtype:expr) => {
        $crate::array::elements::plain_as!([const N: usize] $kind<N>, {
            let dtype: fn(u32) -> $crate::DType = $dtype;
            // NumPy's itemsize ends at 2^31 - 1, and no Rust array on a stack is that long.
            dtype(u32::try_from(N).unwrap_or(u32::MAX))
        });
    };
}

macro_rules! plain_as {
    ([$($generics:tt)*] $kind:ty, $dtype:expr $(, $descr:literal)?) => {
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
                $crate::array::elements::decode(dtype, bytes, count, out)
            }

            fn encode(&self, _: &$crate::DType, out: &mut Vec<u8>) -> $crate::Result<()> {
                out.extend_from_slice(bytemuck::bytes_of(self));
                Ok(())
            }

            fn fixed_dtype() -> Option<$crate::DType> {
                Some($dtype)
            }

            $(
                fn descr() -> Option<&'static str> {
                    Some($descr)
                }
            )?

            fn as_bytes(items: &[Self]) -> Option<&[u8]> {
                bytemuck::try_cast_slice(items).ok()
            }

            fn read(
                dtype: &$crate::DType,
                count: usize,
                fill: $crate::array::Fill<'_>,
            ) -> $crate::Result<Vec<Self>> {
                $crate::array::elements::read(dtype, count, fill)
            }
        }

        impl<$($generics)*> $crate::array::PlainElement for $kind {
            fn dtype() -> $crate::DType {
                $dtype
            }
        }
    };
}
pub(crate) use plain_as;
pub(crate) use plain_sized;

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

plain_as!([] bf16, DType::Scalar(Scalar::Void(2)), "'<V2'");

impl Element for bool {
    fn dtype_for(_: &mut dyn Iterator<Item = &Self>) -> DType {
        DType::BOOL
    }

    fn decode(dtype: &DType, bytes: &[u8], count: usize, out: &mut Vec<Self>) -> Result<()> {
        if *dtype != DType::BOOL {
            return Err(other_dtype::<Self>(dtype));
        }
        // Most bytes are valid: search for the offset only if one is not.
        if bytes.iter().fold(0, |all, byte| all | byte) > 1
            && let Some((at, &byte)) = bytes.iter().enumerate().find(|(_, byte)| **byte > 1)
        {
            return Err(Error::from(Fault::NotBool(byte)).with_offset(at as u64));
        }
        reserve(out, count.min(bytes.len()))?;
        out.extend(bytes.iter().take(count).map(|&byte| byte == 1));
        Ok(())
    }

    fn encode(&self, _: &DType, out: &mut Vec<u8>) -> Result<()> {
        out.push(u8::from(*self));
        Ok(())
    }

    fn fixed_dtype() -> Option<DType> {
        Some(DType::BOOL)
    }

    fn as_bytes(items: &[Self]) -> Option<&[u8]> {
        Some(bytemuck::cast_slice(items))
    }
}

/// `N` raw bytes, NumPy's `V`.
///
/// ```
/// use numio::{DType, PlainElement, Scalar, Void};
///
/// assert_eq!(Void::<3>::dtype(), DType::Scalar(Scalar::Void(3)));
/// assert_eq!(Void([1, 2, 3]).0, [1, 2, 3]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct Void<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Void<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

plain_sized!(Void => |n| DType::Scalar(Scalar::Void(n)));

impl<T: Element, const N: usize> Element for [T; N] {
    fn dtype_for(items: &mut dyn Iterator<Item = &Self>) -> DType {
        of(T::dtype_for(&mut items.flatten()), N)
    }

    fn fixed_dtype() -> Option<DType> {
        T::fixed_dtype().map(|base| of(base, N))
    }

    fn descr() -> Option<&'static str> {
        T::descr()
    }

    fn decode(dtype: &DType, bytes: &[u8], count: usize, out: &mut Vec<Self>) -> Result<()> {
        let DType::Subarray(subarray) = dtype else { return Err(other_dtype::<Self>(dtype)) };
        let Some((_, rest)) = subarray.shape().split_first().filter(|(length, _)| **length == N) else {
            return Err(other_dtype::<Self>(dtype));
        };
        let base = subarray.base().clone();
        let inner =
            if rest.is_empty() { base } else { DType::Subarray(Subarray::new(base, rest.to_vec())?.into()) };
        let mut items = Vec::new();
        T::decode(&inner, bytes, count.saturating_mul(N), &mut items)?;
        let mut items = items.into_iter();
        for _ in 0..count {
            let row: Vec<T> = items.by_ref().take(N).collect();
            out.extend(<[T; N]>::try_from(row).ok());
        }
        Ok(())
    }

    fn encode(&self, dtype: &DType, out: &mut Vec<u8>) -> Result<()> {
        let base = match dtype {
            DType::Subarray(subarray) => subarray.base(),
            dtype => dtype,
        };
        self.iter().try_for_each(|item| item.encode(base, out))
    }
}

/// Small arrays of plain elements are plain.
impl<T: PlainElement, const N: usize> PlainElement for [T; N]
where
    Self: Pod,
{
    fn dtype() -> DType {
        of(T::dtype(), N)
    }
}

/// `N` of `base`; the axes of a base that is a subarray itself come after, as NumPy joins them.
fn of(base: DType, length: usize) -> DType {
    let (base, inner) = match &base {
        DType::Subarray(subarray) => (subarray.base().clone(), subarray.shape()),
        _ => (base.clone(), &[][..]),
    };
    let shape = std::iter::once(length).chain(inner.iter().copied()).collect();
    match Subarray::new(base, shape) {
        Ok(subarray) => DType::Subarray(subarray.into()),
        // No Rust array on a stack is as long as NumPy's bound of 2^31 - 1 bytes.
        Err(_) => DType::Scalar(Scalar::Void(u32::MAX)),
    }
}
