//! Elements as values of Rust types.

use ndarray::{Array, Dimension, IxDyn, ShapeBuilder};

use super::error::Fault;
use super::{DynArray, Element, Fill, Memory, Order, Then};
use crate::Result;

impl DynArray {
    /// A copy of the elements as `T`s with `D` axes, in this machine's byte order. Fortran order is kept.
    ///
    /// # Errors
    /// `InvalidInput` if `T` does not hold this dtype as it is, or if the number of axes is not that of `D`;
    /// `InvalidData` if an element's bytes mean nothing, such as a boolean of 2.
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
        let all = self.nbytes();
        let mut copy = None;
        let mut at = 0;
        let mut fill = |memory: &mut dyn Memory, len: usize, then: Then<'_>| {
            memory.grow(len)?;
            let out = memory.bytes_mut().get_mut(..len).unwrap_or_default();
            if len == all && !self.layout.is_contiguous(self.dtype.itemsize(), order) {
                self.gather(order, out);
                then(out);
                return Ok(());
            }
            // Chunk by chunk, from contiguous elements.
            let side_by_side = match &mut copy {
                Some(copy) => copy,
                None => copy.insert(self.contiguous_in(order)?),
            };
            let bytes = side_by_side.data.bytes().get(side_by_side.layout.offset + at..);
            let bytes = bytes.and_then(|rest| rest.get(..len)).unwrap_or_default();
            for (bytes, out) in bytes.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
                out.copy_from_slice(bytes);
                then(out);
            }
            at += len;
            Ok(())
        };
        T::read(&self.dtype, self.size(), Fill::new(&mut fill, None))
    }
}

/// Bytes copied before they are processed: fits the cache, and is a multiple of every number's size.
const CHUNK: usize = 64 << 10;
