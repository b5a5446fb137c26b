//! Arrays of indices: integers of 32 or 64 bits in native order, side by side.

use ndarray::Ix1;

use crate::array::Order;
use crate::npz::sparse::error::SparseFault;
use crate::{DType, DynArray, Result};

/// An array of `int32` or `int64` with one axis, whose memory can be viewed.
#[derive(Debug, Clone)]
pub(super) struct Index {
    array: DynArray,
}

/// The numbers of an [`Index`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Indices<'a> {
    Int32(&'a [i32]),
    Int64(&'a [i64]),
}

impl Index {
    /// Integers of any width and byte order; an array without elements may be of any dtype, since NumPy makes `[]` of
    /// `float64`.
    pub(super) fn new(what: &'static str, array: &DynArray) -> Result<Self> {
        if array.ndim() != 1 {
            return Err(SparseFault::Axes { what, found: array.ndim(), wanted: 1 }.into());
        }
        let kind = array.dtype().as_scalar().map_or('V', crate::Scalar::kind);
        // As SciPy's arrays have them: of 32 bits if those hold every number of the dtype.
        let is_narrow = match kind {
            'i' => array.dtype().itemsize() <= 4,
            'u' => array.dtype().itemsize() <= 2,
            kind => kind == 'b',
        };
        let dtype = if is_narrow { DType::INT32 } else { DType::INT64 };
        if array.size() == 0 {
            return Ok(Self { array: DynArray::zeros(dtype, &[0], Order::C)? });
        }
        let native = match kind {
            'i' | 'u' => array.to_native()?,
            _ => return Err(SparseFault::NoIntegers { what, found: array.dtype().clone() }.into()),
        };
        let native = match native.dtype() {
            &DType::INT32 | &DType::INT64 => native,
            &DType::UINT64 => {
                let large = native
                    .items()
                    .enumerate()
                    .find(|(_, item)| !item.as_ref().is_ok_and(|item| item.as_i64().is_some()));
                if let Some((position, item)) = large {
                    let found = item?.as_u64().unwrap_or(u64::MAX).into();
                    return Err(SparseFault::Outside { what, position, found, end: i64::MAX as usize }.into());
                }
                let bytes = native.to_bytes();
                DynArray::from_bytes(DType::INT64, native.shape(), &bytes)?
            }
            _ => native.cast(&dtype)?,
        };
        let is_viewable = match native.dtype() {
            &DType::INT32 => native.view::<i32, Ix1>().is_ok_and(|view| view.as_slice().is_some()),
            _ => native.view::<i64, Ix1>().is_ok_and(|view| view.as_slice().is_some()),
        };
        Ok(Self { array: if is_viewable { native } else { native.copied_in(Order::C)? } })
    }

    pub(super) fn array(&self) -> &DynArray {
        &self.array
    }

    pub(super) fn into_array(self) -> DynArray {
        self.array
    }

    pub(super) fn len(&self) -> usize {
        self.array.size()
    }

    pub(super) fn numbers(&self) -> Indices<'_> {
        // An Index is made of nothing else than these.
        match self.array.dtype() {
            &DType::INT32 => Indices::Int32(items::<i32>(&self.array)),
            _ => Indices::Int64(items::<i64>(&self.array)),
        }
    }

    /// The last number, or 0 if there is none.
    pub(super) fn last(&self) -> usize {
        self.len().checked_sub(1).map_or(0, |at| self.numbers().at(at))
    }
}

fn items<T: crate::PlainElement>(array: &DynArray) -> &[T] {
    array.as_bytes().and_then(|bytes| bytemuck::try_cast_slice(bytes).ok()).unwrap_or_default()
}

impl Indices<'_> {
    /// The number at `at` of what was checked, where none is negative; 0 past the end.
    pub(super) fn at(self, at: usize) -> usize {
        usize::try_from(self.get(at).unwrap_or_default()).unwrap_or_default()
    }

    pub(super) fn get(self, at: usize) -> Option<i64> {
        match self {
            Self::Int32(numbers) => numbers.get(at).copied().map(i64::from),
            Self::Int64(numbers) => numbers.get(at).copied(),
        }
    }

    /// The first number that is negative or not below `end`, with its position.
    pub(super) fn first_outside(self, end: usize) -> Option<(usize, i64)> {
        let found = match self {
            Self::Int32(numbers) => outside(numbers, end, i32::MAX as usize, |end| end as i32),
            Self::Int64(numbers) => outside(numbers, end, i64::MAX as usize, |end| end as i64),
        };
        found.and_then(|position| Some((position, self.get(position)?)))
    }

    /// The position of the first number that is below the one before it.
    pub(super) fn first_decrease(self) -> Option<usize> {
        let before = match self {
            Self::Int32(numbers) => numbers.windows(2).position(|pair| pair.first() > pair.last()),
            Self::Int64(numbers) => numbers.windows(2).position(|pair| pair.first() > pair.last()),
        };
        before.map(|before| before + 1)
    }
}

/// Looks at a chunk without a branch for each number, and only searches the chunk that has a bad one.
fn outside<T: Copy + PartialOrd + Default>(
    numbers: &[T],
    end: usize,
    most: usize,
    narrow: impl Fn(usize) -> T,
) -> Option<usize> {
    const CHUNK: usize = 1 << 12;
    let zero = T::default();
    let limit = (end <= most).then(|| narrow(end));
    let is_bad = |&number: &T| (number < zero) | limit.is_some_and(|limit| number >= limit);
    numbers.chunks(CHUNK).enumerate().find_map(|(chunk, numbers)| {
        let any = numbers.iter().fold(false, |any, number| any | is_bad(number));
        any.then(|| numbers.iter().position(is_bad).map(|at| chunk * CHUNK + at)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_are_found_at_the_ends_of_chunks() {
        for at in [0, 1, 4095, 4096, 4097, 8191] {
            let mut numbers = vec![6_i32; 8192];
            assert_eq!(Indices::Int32(&numbers).first_outside(7), None);
            numbers[at] = 7;
            assert_eq!(Indices::Int32(&numbers).first_outside(7), Some((at, 7)));
            numbers[at] = -1;
            assert_eq!(Indices::Int32(&numbers).first_outside(usize::MAX), Some((at, -1)));
        }
        let most = isize::MAX as i64;
        assert_eq!(Indices::Int64(&[0, most]).first_outside(isize::MAX as usize), Some((1, most)));
        assert_eq!(Indices::Int64(&[0, most]).first_outside(usize::MAX), None);
    }

    #[test]
    fn integers_of_any_width_and_order_become_two() {
        for (dtype, wanted) in [
            ("<i4", "int32"),
            (">i4", "int32"),
            (">i8", "int64"),
            ("|u1", "int32"),
            ("<u2", "int32"),
            ("<u4", "int64"),
            (">u8", "int64"),
            ("<i2", "int32"),
        ] {
            for length in [0, 3] {
                let array = DynArray::zeros(DType::parse(dtype).unwrap(), &[length], Order::C).unwrap();
                let index = Index::new("indices", &array).unwrap();
                assert_eq!(index.array().dtype().name(), wanted, "{dtype}");
            }
        }
        // What NumPy makes of `[]`.
        let empty = DynArray::zeros(DType::FLOAT64, &[0], Order::C).unwrap();
        assert_eq!(Index::new("indices", &empty).unwrap().array().dtype(), &DType::INT64);
        let large = DynArray::from(ndarray::array![1, u64::MAX]);
        let said = Index::new("indices", &large).unwrap_err().to_string();
        assert!(said.contains("18446744073709551615") && said.contains("position 1"), "{said}");
    }
}
