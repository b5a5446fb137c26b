//! NumPy inside pickles: dtypes, arrays and scalars from the calls that would make them.
//!
//! NumPy pickles an array as a call of `_reconstruct`, and gives the empty array a state: version, shape, dtype, order,
//! and its elements as bytes, or as a list where they are Python objects (`array_reduce` in `methods.c`). From protocol 5
//! on, plain elements are a buffer handed to `_frombuffer` (`numeric.py`). A scalar is `scalar(dtype, bytes)`, a dtype a
//! call of `dtype` with a short text and a state (`arraydescr_reduce` in `descriptor.c`), a masked array
//! `_mareconstruct` with the state of its data, and the bytes of its mask (`numpy/ma/core.py`).
//!
//! NumPy's own readers of those states believe them. Here everything a state says twice is compared, and what is built
//! is built from checked parts: dtype, shape and bytes agree, or there is an error.

mod array;
mod audit;
mod dtype;
mod error;
mod forms;
mod made;
mod masked;
mod read;
mod store;
mod texts;
mod unit;
mod write;

pub use self::audit::{audit, audit_within};
pub use self::dtype::StringDType;
pub use self::made::{ArrayObject, Elements, NumpyObject, NumpyReader};
pub use self::masked::MaskedArray;
pub(crate) use self::texts::TEXTS;
pub(crate) use self::write::dump;

use self::error::Fault;
use self::forms::Form;
use crate::pickle::Object;
use crate::{DType, DynArray, Result};

/// What NumPy makes of its own objects.
///
/// ```
/// // pickle.dumps(numpy.array([1.5, 2.5]), 2)
/// let bytes = b"\x80\x02cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01K\x02\x85cnumpy\n\
///     dtype\nX\x02\0\0\0f8\x89\x88\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89C\x10\
///     \0\0\0\0\0\0\xf8?\0\0\0\0\0\0\x04@tb.";
/// let graph = numio::pickle::load(bytes)?;
/// let array = graph.root().as_array()?;
/// assert_eq!(array.view::<f64, ndarray::Ix1>()?, ndarray::array![1.5, 2.5]);
/// # Ok::<(), numio::Error>(())
/// ```
impl Object<'_> {
    /// The array that it is: an `ndarray`, or a `matrix`, `recarray`, `chararray` or `memmap`. The elements of an array of
    /// objects are objects of the same graph.
    ///
    /// As NumPy does, elements that were written in the other byte order are brought into this machine's, but for those
    /// of records, and those that protocol 5 wrote as a buffer.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else; `InvalidData` where its state contradicts itself.
    pub fn as_array(self) -> Result<DynArray> {
        match array::find(self)? {
            Some(array) => Ok(array),
            None if matches!(forms::of(self), Some((Form::Masked, _))) => Err(Fault::Masked.into()),
            None => Err(self.other("an array")),
        }
    }

    /// The dtype that it is. Metadata, which files other than pickles do not keep, is left out.
    ///
    /// # Errors
    /// As [`as_array`](Self::as_array).
    pub fn as_dtype(self) -> Result<DType> {
        match forms::of(self) {
            Some((Form::DType, _)) => dtype::of(self),
            _ => Err(self.other("a dtype")),
        }
    }

    /// The scalar of NumPy's that it is, such as a `numpy.float32`, as an array without axes: its
    /// [`item`](DynArray::item) is the value.
    ///
    /// # Errors
    /// As [`as_array`](Self::as_array).
    pub fn as_scalar(self) -> Result<DynArray> {
        match array::scalar(self)? {
            Some(scalar) => Ok(scalar),
            None => Err(self.other("a scalar of NumPy's")),
        }
    }

    /// The masked array that it is.
    ///
    /// # Errors
    /// As [`as_array`](Self::as_array).
    pub fn as_masked(self) -> Result<MaskedArray> {
        match masked::find(self)? {
            Some(masked) => Ok(masked),
            None => Err(self.other("a masked array")),
        }
    }

    fn other(self, wanted: &'static str) -> crate::Error {
        Fault::Other { wanted, found: read::shown(self) }.into()
    }
}

/// The array that an object is; nothing where it is something else.
///
/// # Errors
/// `InvalidData` where its state contradicts itself.
pub(crate) fn find_array(object: Object<'_>) -> Result<Option<DynArray>> {
    array::find(object)
}
