//! What can be saved.

use std::io::{self, Write};

use super::DynArray;
use super::layout::Order;
use crate::DType;

/// Anything that is written as an array: `ndarray` arrays and views of any layout, slices, vectors, Rust arrays,
/// single values, [`DynArray`](crate::DynArray), and references to them.
///
/// ```
/// use numio::{ArrayLike, DType, Order};
///
/// let square = ndarray::array![[1_i32, 2], [3, 4]];
/// assert_eq!(square.dtype(), DType::INT32);
/// assert_eq!(square.t().order(), Order::Fortran);
/// assert_eq!([0.5, 1.5].shape(), [2]);
/// ```
pub trait ArrayLike {
    /// The dtype of the elements, as written.
    fn dtype(&self) -> DType;

    /// How many elements along each axis.
    fn shape(&self) -> Vec<usize>;

    /// The order in which [`write_to`](Self::write_to) writes: Fortran only for arrays that are contiguous in Fortran
    /// order and not in C order, as NumPy decides.
    fn order(&self) -> Order;

    /// All bytes as they will be written, where they stand in memory already.
    fn as_bytes(&self) -> Option<&[u8]>;

    /// The array, where it is a [`DynArray`]: its elements may be Python objects, which are written as a pickle.
    fn as_dynamic(&self) -> Option<&DynArray> {
        None
    }

    /// The pickle of the whole array, for one of Python objects that someone has pickled: it stands in a file in place of
    /// elements. Default: none.
    fn pickle(&self) -> Option<&[u8]> {
        None
    }

    /// Writes the elements, one after another in [`order`](Self::order).
    ///
    /// # Errors
    /// What `out` says.
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()>;
}
