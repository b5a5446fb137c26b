//! Arrays in memory that belongs to someone else.

use std::io::{self, Write};

use super::error::Fault;
use super::gather::pieces;
use super::layout::byte_len;
use super::{ArrayLike, Layout, Order};
use crate::{DType, Result};

/// An array in borrowed memory, of any dtype and layout: what another library has, ready to be saved without a copy.
///
/// ```
/// use numio::{DType, DynView};
///
/// // Every other number of four, backwards.
/// let memory: Vec<u8> = [1_u16, 2, 3, 4].iter().flat_map(|number| number.to_ne_bytes()).collect();
/// let view = DynView::new(DType::UINT16, &[2], &[-4], 6, &memory)?;
/// let mut file = Vec::new();
/// numio::save_to(&mut file, &view)?;
/// let array = numio::LoadOptions::new().load_bytes(&file)?.into_array()?;
/// assert_eq!(array.to_array::<u16, _>()?, ndarray::arr1(&[4, 2]));
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DynView<'a> {
    dtype: DType,
    layout: Layout,
    bytes: &'a [u8],
}

impl<'a> DynView<'a> {
    /// Elements in `bytes`, the first of which starts at `offset`; a step along each axis goes as many bytes as `strides`
    /// says, which may be none, backwards, or over other elements.
    ///
    /// # Errors
    /// `InvalidInput` where there are not as many strides as axes, or an element is not in `bytes`; `LimitExceeded` where the elements,
    /// side by side, would pass the address space.
    pub fn new(
        dtype: DType,
        shape: &[usize],
        strides: &[isize],
        offset: usize,
        bytes: &'a [u8],
    ) -> Result<Self> {
        byte_len(shape, dtype.itemsize())?;
        let outside = || Fault::Outside { shape: shape.to_vec(), strides: strides.to_vec() };
        if strides.len() != shape.len() {
            return Err(outside().into());
        }
        let (mut first, mut end) = (offset as i128, offset as i128 + dtype.itemsize() as i128);
        for (&axis, &stride) in shape.iter().zip(strides) {
            // The steps of all axes are below 2^63, for so are the elements: 128 bits do not overflow.
            let reach = (axis as i128 - 1) * stride as i128;
            if reach < 0 { first += reach } else { end += reach }
        }
        if !shape.contains(&0) && (first < 0 || end > bytes.len() as i128) {
            return Err(outside().into());
        }
        let layout = Layout { shape: shape.to_vec(), strides: strides.to_vec(), offset };
        Ok(Self { dtype, layout, bytes })
    }

    fn is_contiguous(&self, order: Order) -> bool {
        self.layout.is_contiguous(self.dtype.itemsize(), order)
    }
}

impl ArrayLike for DynView<'_> {
    fn dtype(&self) -> DType {
        self.dtype.clone()
    }

    fn shape(&self) -> Vec<usize> {
        self.layout.shape.clone()
    }

    fn order(&self) -> Order {
        let only_fortran = !self.is_contiguous(Order::C) && self.is_contiguous(Order::Fortran);
        if only_fortran { Order::Fortran } else { Order::C }
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        let len = self.layout.size().saturating_mul(self.dtype.itemsize());
        match len {
            0 => Some(&[]),
            _ => {
                self.bytes.get(self.layout.offset..)?.get(..len).filter(|_| self.is_contiguous(self.order()))
            }
        }
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.as_bytes() {
            Some(bytes) => out.write_all(bytes),
            None => {
                let itemsize = self.dtype.itemsize();
                pieces(&self.layout, itemsize, self.bytes, self.order(), &mut |piece| out.write_all(piece))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_that_are_not_in_the_bytes_are_refused() {
        let view = |shape: &[usize], strides: &[isize], offset| {
            DynView::new(DType::UINT16, shape, strides, offset, &[0; 8]).map(|view| view.as_bytes().is_some())
        };
        assert!(view(&[4], &[2], 0).unwrap());
        assert!(view(&[2, 2], &[2, 4], 0).unwrap());
        assert!(!view(&[4], &[-2], 6).unwrap());
        assert!(!view(&[9, 9], &[0, 0], 6).unwrap());
        assert!(view(&[0, 9], &[1 << 40, 2], 99).unwrap());
        for (shape, strides, offset) in [
            (&[5][..], &[2][..], 0),
            (&[4], &[2], 1),
            (&[2], &[-2], 0),
            (&[], &[], 7),
            (&[2], &[], 0),
            (&[1 << 61, 1], &[isize::MAX, isize::MIN], 0),
        ] {
            assert_eq!(view(shape, strides, offset).unwrap_err().kind(), crate::ErrorKind::InvalidInput);
        }
        assert_eq!(view(&[1 << 63], &[0], 0).unwrap_err().kind(), crate::ErrorKind::LimitExceeded);
    }
}
