//! Texts that are borrowed.

use std::io::{self, Write};

use super::write_encoded;
use crate::DType;
use crate::array::elements::{encode_text, text_dtype};
use crate::array::{ArrayLike, Order};

impl ArrayLike for [&str] {
    fn dtype(&self) -> DType {
        text_dtype(self.iter().copied())
    }

    fn shape(&self) -> Vec<usize> {
        vec![self.len()]
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        write_encoded(self.iter(), &ArrayLike::dtype(self), out, encode_text)
    }
}

impl ArrayLike for str {
    fn dtype(&self) -> DType {
        text_dtype([self].into_iter())
    }

    fn shape(&self) -> Vec<usize> {
        Vec::new()
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        [self].as_slice().write_to(out)
    }
}
