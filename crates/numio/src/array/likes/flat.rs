//! Slices, vectors and Rust arrays: one axis, side by side.

use std::io::{self, Write};

use super::{dtype_of, inner_shape, outermost, write_items};
use crate::DType;
use crate::array::element::Element;
use crate::array::{ArrayLike, DynArray, Order};

impl<T: Element> ArrayLike for [T] {
    fn dtype(&self) -> DType {
        outermost(dtype_of(self.iter()))
    }

    fn shape(&self) -> Vec<usize> {
        [vec![self.len()], inner_shape::<T>()].concat()
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        T::as_bytes(self)
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        match T::as_bytes(self) {
            Some(bytes) => out.write_all(bytes),
            None => write_items(self.iter(), &dtype_of(self.iter()), out),
        }
    }
}

/// Hands every method on to what `$this` reaches.
macro_rules! as_its {
    ([$($generics:tt)*] $kind:ty, $this:ident => $inner:expr) => {
        impl<$($generics)*> ArrayLike for $kind {
            fn dtype(&self) -> DType {
                let $this = self;
                ArrayLike::dtype($inner)
            }

            fn shape(&self) -> Vec<usize> {
                let $this = self;
                ArrayLike::shape($inner)
            }

            fn order(&self) -> Order {
                let $this = self;
                ArrayLike::order($inner)
            }

            fn as_bytes(&self) -> Option<&[u8]> {
                let $this = self;
                ArrayLike::as_bytes($inner)
            }

            fn as_dynamic(&self) -> Option<&DynArray> {
                let $this = self;
                ArrayLike::as_dynamic($inner)
            }

            fn pickle(&self) -> Option<&[u8]> {
                let $this = self;
                ArrayLike::pickle($inner)
            }

            fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
                let $this = self;
                ArrayLike::write_to($inner, out)
            }
        }
    };
}

as_its!([T: Element] Vec<T>, this => this.as_slice());
as_its!([T: Element, const N: usize] [T; N], this => this.as_slice());
as_its!([] Vec<&str>, this => this.as_slice());
as_its!([const N: usize] [&str; N], this => this.as_slice());
as_its!([A: ArrayLike + ?Sized] &A, this => &**this);
as_its!([A: ArrayLike + ?Sized] &mut A, this => &**this);
as_its!([A: ArrayLike + ?Sized] Box<A>, this => &**this);
as_its!([A: ArrayLike + ?Sized] std::sync::Arc<A>, this => &**this);
