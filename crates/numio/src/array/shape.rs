//! The same elements in other shapes.

use super::error::Fault;
use super::{DynArray, Layout, Order};
use crate::{DType, Result};

impl DynArray {
    /// Another arrangement of the same memory.
    pub(crate) fn part(&self, dtype: DType, layout: Layout) -> Self {
        Self { dtype, layout, data: self.data.clone(), objects: self.objects.clone() }
    }

    /// The axes in reverse: NumPy's `a.T`.
    ///
    /// ```
    /// use numio::DynArray;
    ///
    /// let array = DynArray::from(ndarray::array![[1_u8, 2, 3]]);
    /// assert_eq!(array.transposed().shape(), [3, 1]);
    /// ```
    pub fn transposed(&self) -> Self {
        let mut layout = self.layout.clone();
        layout.shape.reverse();
        layout.strides.reverse();
        self.part(self.dtype.clone(), layout)
    }

    /// The axes in another order: NumPy's `a.transpose(axes)`.
    ///
    /// # Errors
    /// `InvalidInput` where `axes` does not name each axis once.
    pub fn permuted(&self, axes: &[usize]) -> Result<Self> {
        let mut layout = Layout { shape: Vec::new(), strides: Vec::new(), offset: self.layout.offset };
        let refused = || Fault::Axes { axes: axes.to_vec(), ndim: self.ndim() };
        let mut seen = vec![false; self.ndim()];
        for &axis in axes {
            let found = self.shape().get(axis).zip(self.strides().get(axis)).zip(seen.get_mut(axis));
            let ((&size, &stride), seen) = found.ok_or_else(refused)?;
            if std::mem::replace(seen, true) {
                return Err(refused().into());
            }
            layout.shape.push(size);
            layout.strides.push(stride);
        }
        if axes.len() != self.ndim() {
            return Err(refused().into());
        }
        Ok(self.part(self.dtype.clone(), layout))
    }

    /// The same elements, counted with the last index varying fastest, in another shape. Memory is shared where the
    /// elements stand in that order, and copied where they do not.
    ///
    /// # Errors
    /// `InvalidInput` where the shape has another number of elements; `Io` where memory for a copy does not suffice.
    ///
    /// ```
    /// use numio::DynArray;
    ///
    /// let array = DynArray::from(ndarray::array![[1_u8, 2, 3], [4, 5, 6]]);
    /// assert_eq!(array.reshape(&[3, 2])?.slice(&"2".parse::<numio::Slice>()?)?.as_bytes(), Some(&[5, 6][..]));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn reshape(&self, shape: &[usize]) -> Result<Self> {
        let size = shape.iter().try_fold(1_usize, |all, &axis| all.checked_mul(axis));
        if size != Some(self.size()) {
            return Err(Fault::Reshape { size: self.size(), shape: shape.to_vec() }.into());
        }
        let itemsize = self.dtype.itemsize();
        let source = self.contiguous_in(Order::C)?;
        let layout = Layout { offset: source.layout.offset, ..Layout::contiguous(shape, itemsize, Order::C) };
        Ok(source.part(self.dtype.clone(), layout))
    }

    /// One field of each record, in the same memory; a title finds it too. A field that is a small array adds its axes.
    ///
    /// # Errors
    /// `NotFound` where there is no such field.
    ///
    /// ```
    /// use numio::{DType, DynArray, Order};
    ///
    /// let points = DynArray::zeros(DType::parse("f8, 3u1")?, &[2], Order::C)?;
    /// assert_eq!(points.field("f0")?.dtype(), &DType::FLOAT64);
    /// assert_eq!(points.field("f1")?.shape(), [2, 3]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn field(&self, name: &str) -> Result<Self> {
        let found = self.dtype.as_record().and_then(|record| record.field(name));
        let Some(field) = found else {
            return Err(Fault::NoSuchField { name: name.to_owned(), dtype: self.dtype.clone() }.into());
        };
        let mut layout = self.layout.clone();
        layout.offset += field.offset;
        let DType::Subarray(subarray) = &field.dtype else {
            return Ok(self.part(field.dtype.clone(), layout));
        };
        let inner = Layout::contiguous(subarray.shape(), subarray.base().itemsize(), Order::C);
        layout.shape.extend(inner.shape);
        layout.strides.extend(inner.strides);
        Ok(self.part(subarray.base().clone(), layout))
    }
}
