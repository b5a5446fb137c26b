//! Elements as values of Rust types.

use ndarray::{Array, Dimension, IxDyn, ShapeBuilder};

use super::error::Fault;
use super::{Buffer, Data, DynArray, Element, Layout, Order, byte_len};
use crate::Result;

impl DynArray {
    /// A copy of the elements as `T`s with `D` axes, in this machine's byte order. Fortran order is kept.
    ///
    /// # Errors
    /// `Argument` where `T` does not hold this dtype as it is, or where the number of axes is not that of `D`; `Format`
    /// where an element's bytes mean nothing, such as a boolean of 2.
    ///
    /// ```
    /// use ndarray::Array1;
    /// use numio::{DType, DynArray, Order};
    ///
    /// let array = DynArray::zeros(DType::BOOL, &[3], Order::C)?;
    /// let values: Array1<bool> = array.to_array()?;
    /// assert_eq!(values.to_vec(), [false; 3]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn to_array<T: Element, D: Dimension>(&self) -> Result<Array<T, D>> {
        let rank = || Fault::Rank { found: self.ndim(), wanted: D::NDIM };
        if D::NDIM.is_some_and(|wanted| wanted != self.ndim()) {
            return Err(rank().into());
        }
        let order = self.order();
        let items = self.to_vec(order)?;
        let shape = IxDyn(self.shape()).set_f(order == Order::Fortran);
        let array = Array::from_shape_vec(shape, items).map_err(|_| rank())?;
        Ok(array.into_dimensionality().map_err(|_| rank())?)
    }

    /// All elements in `order`.
    pub(crate) fn to_vec<T: Element>(&self, order: Order) -> Result<Vec<T>> {
        let itemsize = self.dtype.itemsize();
        let mut items = Vec::with_capacity(self.size());
        if itemsize == 0 || self.size() == 0 {
            T::decode(&self.dtype, &[], self.size(), &mut items)?;
            return Ok(items);
        }
        let step = (CHUNK / itemsize).max(1) * itemsize;
        self.pieces(order, &mut |piece| {
            let mut chunks = piece.chunks(step);
            chunks.try_for_each(|chunk| T::decode(&self.dtype, chunk, chunk.len() / itemsize, &mut items))
        })?;
        Ok(items)
    }

    /// The order in which the elements stand: Fortran only where that is so and C is not.
    pub fn order(&self) -> Order {
        let is = |order| self.layout.is_contiguous(self.dtype.itemsize(), order);
        if !is(Order::C) && is(Order::Fortran) { Order::Fortran } else { Order::C }
    }

    /// The same elements, side by side in memory of their own.
    pub(crate) fn copied(&self) -> Result<Self> {
        let (itemsize, order) = (self.dtype.itemsize(), self.order());
        let mut buffer = Buffer::zeroed(byte_len(self.shape(), itemsize)?)?;
        let mut rest = buffer.bytes_mut();
        self.pieces::<crate::Error>(order, &mut |piece| {
            if let Some((head, tail)) = std::mem::take(&mut rest).split_at_mut_checked(piece.len()) {
                head.copy_from_slice(piece);
                rest = tail;
            }
            Ok(())
        })?;
        let layout = Layout::contiguous(self.shape(), itemsize, order);
        Ok(Self::from_parts(self.dtype.clone(), layout, Data::Owned(std::sync::Arc::new(buffer))))
    }
}

/// How many bytes are decoded at a time, see [`Element::read`].
const CHUNK: usize = 64 << 10;
