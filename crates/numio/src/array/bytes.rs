//! An array's elements as bytes.

use std::sync::Arc;

use super::swap;
use super::{Buffer, Data, DynArray, Layout, Memory, Order, byte_len};
use crate::{DType, Error, ErrorKind, Result};

impl DynArray {
    /// The order in which the elements stand: Fortran only where that is so and C is not.
    pub fn order(&self) -> Order {
        let is = |order| self.layout.is_contiguous(self.dtype.itemsize(), order);
        if !is(Order::C) && is(Order::Fortran) { Order::Fortran } else { Order::C }
    }

    /// How many bytes the elements are.
    pub fn nbytes(&self) -> usize {
        self.size().saturating_mul(self.dtype.itemsize())
    }

    /// All bytes in [`order`](Self::order), where they stand side by side in memory.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        let contiguous = self.layout.is_contiguous(self.dtype.itemsize(), self.order());
        let rest = self.data.bytes().get(self.layout.offset..).filter(|_| contiguous)?;
        rest.get(..self.nbytes())
    }

    /// All bytes in [`order`](Self::order), to be changed. Memory that clones or slices share is copied first, and so are
    /// elements that do not stand side by side.
    ///
    /// # Errors
    /// `InvalidInput` where the array is a memory map that is read-only, shared, or not contiguous; `Io` where memory does not
    /// suffice.
    ///
    /// ```
    /// use numio::{DType, DynArray, Order};
    ///
    /// let mut array = DynArray::zeros(DType::UINT8, &[2, 2], Order::C)?;
    /// array.as_bytes_mut()?.copy_from_slice(&[1, 2, 3, 4]);
    /// assert_eq!(array.item(&[1, 0])?.as_i64(), Some(3));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn as_bytes_mut(&mut self) -> Result<&mut [u8]> {
        let (order, len) = (self.order(), self.nbytes());
        let contiguous = self.layout.is_contiguous(self.dtype.itemsize(), order);
        let shared = match &mut self.data {
            Data::Owned(buffer) => Arc::get_mut(buffer).is_none(),
            Data::Mapped(_) => false,
        };
        if shared || (!contiguous && !self.is_mapped()) {
            *self = self.copied_in(order)?;
        } else if !contiguous {
            return Err(Error::new(ErrorKind::InvalidInput, "the mapped elements do not stand side by side"));
        }
        let start = self.layout.offset;
        Ok(self.data.bytes_mut()?.get_mut(start..).and_then(|rest| rest.get_mut(..len)).unwrap_or_default())
    }

    /// A copy of all bytes, the last index varying fastest: NumPy's `tobytes`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if bytes.grow(self.nbytes()).is_err() {
            // As any vector does where memory does not suffice: end the program.
            bytes = vec![0; self.nbytes()];
        }
        self.gather(Order::C, &mut bytes);
        bytes
    }

    /// The elements in this machine's byte order: the array itself where they are, else a copy.
    ///
    /// # Errors
    /// `Io` where memory does not suffice.
    ///
    /// ```
    /// use numio::{DType, DynArray};
    ///
    /// let big = DynArray::from_bytes(DType::parse(">f4")?, &[1], &1.5_f32.to_be_bytes())?;
    /// assert_eq!(big.to_native()?.view::<f32, ndarray::Ix1>()?[0], 1.5);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn to_native(&self) -> Result<Self> {
        if swap::is_native(&self.dtype) {
            return Ok(self.clone());
        }
        let mut copy = self.copied_in(self.order())?;
        swap::to_native(&self.dtype, copy.data.bytes_mut()?);
        copy.dtype = native(&self.dtype)?;
        Ok(copy)
    }

    /// The array itself where its elements stand side by side in `order`, else a copy.
    pub(crate) fn contiguous_in(&self, order: Order) -> Result<Self> {
        match self.layout.is_contiguous(self.dtype.itemsize(), order) {
            true => Ok(self.clone()),
            false => self.copied_in(order),
        }
    }

    /// The same elements, side by side in memory of their own.
    pub(crate) fn copied_in(&self, order: Order) -> Result<Self> {
        let itemsize = self.dtype.itemsize();
        let mut buffer = Buffer::zeroed(byte_len(self.shape(), itemsize)?)?;
        self.gather(order, buffer.bytes_mut());
        let layout = Layout::contiguous(self.shape(), itemsize, order);
        Ok(Self {
            dtype: self.dtype.clone(),
            layout,
            data: Data::Owned(Arc::new(buffer)),
            objects: self.objects.clone(),
        })
    }
}

/// `dtype` with every byte order that of this machine.
fn native(dtype: &DType) -> Result<DType> {
    Ok(match dtype {
        DType::Scalar(scalar) => DType::Scalar(scalar.with_byte_order(crate::ByteOrder::NATIVE)),
        DType::Subarray(subarray) => DType::Subarray(Arc::new(crate::Subarray::new(
            native(subarray.base())?,
            subarray.shape().to_vec(),
        )?)),
        DType::Record(record) => {
            let fields = record.fields().iter();
            let field =
                |field: &crate::Field| Ok(crate::Field { dtype: native(&field.dtype)?, ..field.clone() });
            let fields = fields.map(field).collect::<Result<_>>()?;
            crate::Record::new(fields, record.itemsize(), record.is_aligned())?.into()
        }
    })
}
