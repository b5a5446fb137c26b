//! Conversion between element types, by NumPy's `same_kind` rules.

mod convert;
mod read;
mod rules;
mod text;
mod write;

use std::sync::Arc;

use ndarray::{Array, Dimension};

use self::convert::convert;
use super::error::Fault;
use super::{Buffer, Data, DynArray, Element, Layout, Order, byte_len};
use crate::{DType, Result, Scalar};

/// How many bytes of the larger side are converted at a time.
const CHUNK: usize = 64 << 10;

impl DynArray {
    /// The elements converted to `dtype`: NumPy's `a.astype(dtype, casting='same_kind')`. Integers wrap around, floats
    /// round to nearest, texts are cut or padded. Where nothing changes, memory is shared as by a clone.
    ///
    /// As in NumPy, `S`, `U` and `V` of no length take the length that holds every value of this dtype, `M8` and `m8`
    /// without a unit keep the unit, and a subarray repeats each element.
    ///
    /// # Errors
    /// `InvalidInput` where [`DType::can_cast`] is false, where a time does not fit the new unit (NumPy 2.4 wraps it
    /// around), or `Encoding` where bytes that are not ASCII should become text. `Unsupported` where values should become
    /// objects: numio makes none.
    ///
    /// ```
    /// use numio::{DType, DynArray};
    ///
    /// let wide = DynArray::from(ndarray::array![1_i64, -1, 300]);
    /// let narrow = wide.cast(&DType::INT8)?;
    /// assert_eq!(narrow, DynArray::from(ndarray::array![1_i8, -1, 44]));
    /// assert!(wide.cast(&DType::UINT8).is_err(), "signed to unsigned is another kind");
    /// assert_eq!(wide.cast(&DType::parse("U")?)?.dtype(), &DType::parse("U21")?);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn cast(&self, dtype: &DType) -> Result<Self> {
        let dtype = rules::adapted(&self.dtype, dtype);
        if self.dtype == dtype {
            return Ok(self.clone());
        }
        if !self.dtype.can_cast(&dtype) {
            return Err(Fault::Cast { from: self.dtype.clone(), to: dtype }.into());
        }
        if rules::makes_objects(&self.dtype, &dtype) {
            return Err(Fault::MakesObjects { from: self.dtype.clone(), to: dtype }.into());
        }
        let (base, shape, order) = match &dtype {
            // Each element becomes a small array, in axes of their own after the others.
            DType::Subarray(subarray) if !matches!(self.dtype, DType::Subarray(_)) => {
                let shape = [self.shape(), subarray.shape()].concat();
                (subarray.base().clone(), shape, Order::C)
            }
            _ => (dtype.clone(), self.shape().to_vec(), self.order()),
        };
        let mut buffer = Buffer::zeroed(byte_len(&shape, base.itemsize())?)?;
        self.convert_into(&dtype, order, buffer.bytes_mut())?;
        let layout = Layout::contiguous(&shape, base.itemsize(), order);
        let data = Data::Owned(Arc::new(buffer));
        Ok(Self { dtype: base, layout, data, objects: self.objects.clone() })
    }

    /// The elements converted to the dtype of `T` by [`cast`](Self::cast), as `T`s.
    ///
    /// # Errors
    /// As [`cast`](Self::cast) and [`to_array`](Self::to_array).
    ///
    /// ```
    /// use ndarray::Array1;
    /// use numio::DynArray;
    ///
    /// let small = DynArray::from(ndarray::array![1_u8, 2]);
    /// let floats: Array1<f64> = small.cast_to()?;
    /// assert_eq!(floats.to_vec(), [1.0, 2.0]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn cast_to<T: Element, D: Dimension>(&self) -> Result<Array<T, D>> {
        let wanted = T::fixed_dtype().unwrap_or_else(|| {
            match T::dtype_for(&mut std::iter::empty()) {
                // As long as need be.
                DType::Scalar(Scalar::Str(_, order)) => DType::Scalar(Scalar::Str(0, order)),
                DType::Scalar(Scalar::Bytes(_)) => DType::Scalar(Scalar::Bytes(0)),
                dtype => dtype,
            }
        });
        self.cast(&wanted)?.to_array()
    }

    /// Writes all elements, in `order`, to `out` as elements of `dtype`.
    fn convert_into(&self, dtype: &DType, order: Order, mut out: &mut [u8]) -> Result<()> {
        let (from, to) = (self.dtype.itemsize(), dtype.itemsize());
        if from == 0 {
            return convert(&self.dtype, dtype, self.size(), &[], out);
        }
        let step = (CHUNK / from.max(to)).max(1) * from;
        self.pieces(order, &mut |piece| {
            piece.chunks(step).try_for_each(|chunk| {
                let count = chunk.len() / from;
                let (head, rest) =
                    std::mem::take(&mut out).split_at_mut_checked(count * to).unwrap_or_default();
                out = rest;
                convert(&self.dtype, dtype, count, chunk, head)
            })
        })
    }
}
