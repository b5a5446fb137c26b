//! Arrays whose dtype is known at run time.

use std::io::{self, Write};

use crate::DType;
use crate::array::{ArrayLike, DynArray, Order};

impl ArrayLike for DynArray {
    fn dtype(&self) -> DType {
        Self::dtype(self).clone()
    }

    fn shape(&self) -> Vec<usize> {
        Self::shape(self).to_vec()
    }

    fn order(&self) -> Order {
        Self::order(self)
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        Self::as_bytes(self)
    }

    fn as_dynamic(&self) -> Option<&DynArray> {
        Some(self)
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.pieces(Self::order(self), &mut |piece| out.write_all(piece))
    }
}
