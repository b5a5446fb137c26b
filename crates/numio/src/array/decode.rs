//! Elements as values of Rust types.

use ndarray::{Array, Dimension, IxDyn, ShapeBuilder};

use super::error::Fault;
use super::{DynArray, Element, Order};
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
}

/// How many bytes are decoded at a time, see [`Element::read`].
const CHUNK: usize = 64 << 10;
