//! What can be saved.

use std::io::{self, Write};

use super::layout::Order;
use crate::DType;

/// Anything that is written as an array: `ndarray` arrays and views of any layout, slices, vectors, Rust arrays,
/// [`DynArray`](crate::DynArray).
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

    /// Writes the elements, one after another in [`order`](Self::order).
    ///
    /// # Errors
    /// What `out` says.
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()>;
}
