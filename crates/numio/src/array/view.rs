//! Typed views of an array, without a copy.

use std::io;
use std::io::Write;
use std::sync::Arc;

use ndarray::{ArrayView, ArrayViewMut, Axis, Dimension, IxDyn, ShapeBuilder};

use crate::array::elements::holds;
use crate::array::error::{Fault, other_dtype};
use crate::array::layout::{byte_len, pieces};
use crate::array::{ArrayLike, Data, DynArray, Layout, Order, PlainElement};
use crate::{DType, Result};

impl DynArray {
    /// A view of the elements as `T`s with `D` axes.
    ///
    /// # Errors
    /// `InvalidInput`, saying why, if the dtype is another one or in the other byte order, if the elements are not
    /// aligned as `T` must be, or if the number of axes is not that of `D`.
    ///
    /// ```
    /// use numio::{DType, DynArray, Order};
    ///
    /// let array = DynArray::zeros(DType::FLOAT64, &[2, 3], Order::C)?;
    /// let view = array.view::<f64, ndarray::Ix2>()?;
    /// assert_eq!(view.dim(), (2, 3));
    /// assert!(array.view::<f32, ndarray::Ix2>().is_err());
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn view<T: PlainElement, D: Dimension>(&self) -> Result<ArrayView<'_, T, D>> {
        let plan = Plan::new::<T, D>(self)?;
        let bytes = self.data.bytes().get(plan.start..plan.end).unwrap_or_default();
        let items = bytemuck::try_cast_slice(bytes).map_err(|_| unaligned::<T>())?;
        let view = ArrayView::from_shape(plan.shape.strides(plan.strides), items);
        let mut view = view.map_err(|_| Fault::Overlapping)?;
        plan.inverted.iter().for_each(|&axis| view.invert_axis(axis));
        view.into_dimensionality().map_err(|_| rank::<D>(self))
    }

    /// A mutable view of the elements. Memory that clones or slices share is copied first.
    ///
    /// # Errors
    /// As [`view`](Self::view), and if the array is a memory map that is read-only or shared.
    ///
    /// ```
    /// use numio::{DType, DynArray, Order};
    ///
    /// let mut array = DynArray::zeros(DType::INT32, &[4], Order::C)?;
    /// array.view_mut::<i32, ndarray::Ix1>()?.fill(7);
    /// assert_eq!(array.view::<i32, ndarray::Ix1>()?.sum(), 28);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn view_mut<T: PlainElement, D: Dimension>(&mut self) -> Result<ArrayViewMut<'_, T, D>> {
        Plan::new::<T, D>(self)?;
        self.own_elements()?;
        let plan = Plan::new::<T, D>(self)?;
        let rank = rank::<D>(self);
        let bytes = self.data.bytes_mut()?.get_mut(plan.start..plan.end).unwrap_or_default();
        let items = bytemuck::try_cast_slice_mut(bytes).map_err(|_| unaligned::<T>())?;
        let view = ArrayViewMut::from_shape(plan.shape.strides(plan.strides), items);
        let mut view = view.map_err(|_| Fault::Overlapping)?;
        plan.inverted.iter().for_each(|&axis| view.invert_axis(axis));
        view.into_dimensionality().map_err(|_| rank)
    }

    /// Called before a write: if memory is shared, copies the elements of this array only.
    fn own_elements(&mut self) -> Result<()> {
        if let Data::Owned(buffer) = &mut self.data
            && Arc::get_mut(buffer).is_none()
        {
            *self = self.copied_in(self.order())?;
        }
        Ok(())
    }
}

/// The layout that `ndarray` needs: the bytes from the first to the last in memory, and non-negative strides.
struct Plan {
    start: usize,
    end: usize,
    shape: IxDyn,
    strides: IxDyn,
    /// The axes that run backwards.
    inverted: Vec<Axis>,
}

impl Plan {
    fn new<T: PlainElement, D: Dimension>(array: &DynArray) -> Result<Self> {
        let wanted = T::dtype();
        if array.dtype != wanted || wanted.itemsize() != size_of::<T>() {
            return Err(match holds::<T>(&array.dtype) {
                true => Fault::Swapped { found: array.dtype.clone() }.into(),
                false => other_dtype::<T>(&array.dtype),
            });
        }
        if D::NDIM.is_some_and(|wanted| wanted != array.ndim()) {
            return Err(rank::<D>(array));
        }
        let itemsize = size_of::<T>();
        let Layout { shape, strides, offset } = &array.layout;
        let empty = shape.contains(&0) || itemsize == 0;
        let (mut start, mut last) = (*offset as isize, *offset as isize);
        let mut steps = Vec::with_capacity(shape.len());
        let mut inverted = Vec::new();
        for (index, (&axis, &stride)) in shape.iter().zip(strides).enumerate() {
            if empty || axis == 1 {
                // Such an axis is never stepped along, and `ndarray` wants no odd stride there.
                steps.push(usize::from(!empty));
                continue;
            }
            let reach = stride * (axis as isize - 1);
            if stride < 0 {
                start += reach;
                inverted.push(Axis(index));
            } else {
                last += reach;
            }
            if !stride.unsigned_abs().is_multiple_of(itemsize) {
                return Err(unaligned::<T>().into());
            }
            steps.push(stride.unsigned_abs() / itemsize);
        }
        let (start, end) = if empty { (0, 0) } else { (start as usize, last as usize + itemsize) };
        Ok(Self { start, end, shape: IxDyn(shape), strides: IxDyn(&steps), inverted })
    }
}

fn unaligned<T>() -> Fault {
    Fault::Unaligned { align: align_of::<T>() }
}

fn rank<D: Dimension>(array: &DynArray) -> crate::Error {
    Fault::Rank { found: array.ndim(), wanted: D::NDIM }.into()
}

/// An array in borrowed memory, of any dtype and layout: what another library has, ready to be saved without a copy.
///
/// ```
/// use numio::{DType, DynView};
///
/// // Every other number of four, backwards.
/// let memory: Vec<u8> = [1_u16, 2, 3, 4].iter().flat_map(|number| number.to_ne_bytes()).collect();
/// let view = DynView::new(DType::UINT16, &[2], &[-4], 6, &memory)?;
/// let mut file = Vec::new();
/// numio::to_writer(&mut file, &view)?;
/// let array = numio::LoadOptions::new().from_slice(&file)?.into_array()?;
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
    /// Elements in `bytes`, the first of which starts at `offset`; a step along each axis goes as many bytes as
    /// `strides` says, which may be none, backwards, or over other elements.
    ///
    /// # Errors
    /// `InvalidInput` if there are not as many strides as axes, or an element is not in `bytes`; `LimitExceeded` if the
    /// elements, if contiguous, would pass the address space.
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

    #[cfg(target_pointer_width = "64")]
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
