//! Single values: arrays without axes.

use std::io::{self, Write};
use std::slice;

use half::f16;
use num_complex::Complex;

use super::dtype_of;
use crate::DType;
use crate::array::element::Element;
use crate::array::{ArrayLike, Datetime64, LongDouble, Order, Timedelta64};

macro_rules! scalars {
    ($($kind:ty),+ $(,)?) => {$(
        impl ArrayLike for $kind {
            fn dtype(&self) -> DType {
                dtype_of(std::iter::once(self))
            }

            fn shape(&self) -> Vec<usize> {
                Vec::new()
            }

            fn order(&self) -> Order {
                Order::C
            }

            fn as_bytes(&self) -> Option<&[u8]> {
                <$kind as Element>::as_bytes(slice::from_ref(self))
            }

            fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
                let mut bytes = Vec::new();
                self.encode(&ArrayLike::dtype(self), &mut bytes).map_err(io::Error::other)?;
                out.write_all(&bytes)
            }
        }
    )+};
}

scalars! {
    bool, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f16, f32, f64, LongDouble,
    Complex<f32>, Complex<f64>, Complex<LongDouble>, String, Datetime64, Timedelta64,
}
