//! Typed views of an array, without a copy.

use std::sync::Arc;

use ndarray::{ArrayView, ArrayViewMut, Axis, Dimension, IxDyn, ShapeBuilder};

use super::elements::holds;
use super::error::{Fault, other_dtype};
use super::layout::Layout;
use super::{Data, DynArray, PlainElement};
use crate::Result;

impl DynArray {
    /// The elements where they stand, as `T`s with `D` axes.
    ///
    /// # Errors
    /// `InvalidInput`, saying why, where the dtype is another one or in the other byte order, where the elements are not
    /// aligned as `T` must be, or where the number of axes is not that of `D`.
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

    /// The elements where they stand, to be changed. Memory that clones or slices share is copied first.
    ///
    /// # Errors
    /// As [`view`](Self::view), and where the array is a memory map that is read-only or shared.
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

    /// Before a write: where memory is shared, copies the elements of this array and no others.
    fn own_elements(&mut self) -> Result<()> {
        if let Data::Owned(buffer) = &mut self.data
            && Arc::get_mut(buffer).is_none()
        {
            *self = self.copied_in(self.order())?;
        }
        Ok(())
    }
}

/// How `ndarray` reaches the elements: the bytes from the first to the last in memory, and non-negative strides.
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
