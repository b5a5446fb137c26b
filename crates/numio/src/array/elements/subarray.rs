//! Rust arrays as elements: NumPy's subarrays, one axis a level.

use crate::array::error::other_dtype;
use crate::array::{Element, PlainElement};
use crate::{DType, Result, Subarray};

impl<T: Element, const N: usize> Element for [T; N] {
    fn dtype_for(items: &mut dyn Iterator<Item = &Self>) -> DType {
        of(T::dtype_for(&mut items.flatten()), N)
    }

    fn fixed_dtype() -> Option<DType> {
        T::fixed_dtype().map(|base| of(base, N))
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
    Self: bytemuck::Pod,
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
        Err(_) => DType::Scalar(crate::Scalar::Void(u32::MAX)),
    }
}
