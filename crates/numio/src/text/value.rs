//! What a converter makes of a field.

use std::fmt::Write;

use num_complex::Complex64;

use super::convert::{convert, put};
use crate::num::python_float;
use crate::{ByteOrder, FloatWidth, IntWidth, Scalar};

/// A converted field, on its way into an element: numbers go into any dtype that holds them, texts are read as the file's
/// own are.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that may pass `i64::MAX`.
    UInt(u64),
    /// A number; into integers only its whole part goes.
    Float(f64),
    /// A complex number; into real dtypes it does not go.
    Complex(Complex64),
    /// Characters.
    Text(String),
    /// The bytes of the element itself, as many as the column's dtype has and in its byte order: for `V`, of which texts
    /// have no other values.
    Element(Vec<u8>),
}

macro_rules! from {
    ($($variant:ident: $($type:ty),*);*) => {$($(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*)*};
}

from!(Bool: bool; Int: i8, i16, i32, i64, u8, u16, u32; UInt: u64; Float: f32, f64; Complex: Complex64; Text: &str, String);

impl Value {
    /// Writes it into `out`, an element of `scalar`. `None` where the dtype does not hold it.
    pub(super) fn store(&self, scalar: Scalar, out: &mut [u8]) -> Option<()> {
        use Scalar as S;
        const NATIVE: ByteOrder = ByteOrder::NATIVE;
        out.fill(0);
        let is_text = matches!(scalar, S::Bytes(_) | S::Str(..));
        // Numbers pass through their exact text, which every kind reads as it reads the file's.
        let mut text = String::new();
        match (self, scalar) {
            (Self::Element(bytes), _) => {
                let fits = bytes.len() == out.len();
                return fits.then(|| out.copy_from_slice(bytes));
            }
            (Self::Text(text), _) => return convert(text.as_bytes(), scalar, out),
            // What most columns are needs no text.
            (Self::Float(value), S::Float(FloatWidth::Bits64, NATIVE)) => {
                return put(out, value.to_ne_bytes(), NATIVE);
            }
            (Self::Int(value), S::Int(IntWidth::Bits64, NATIVE)) => {
                return put(out, value.to_ne_bytes(), NATIVE);
            }
            (Self::UInt(value), S::UInt(IntWidth::Bits64, NATIVE)) => {
                return put(out, value.to_ne_bytes(), NATIVE);
            }
            (Self::Bool(value), _) if is_text => text.push_str(if *value { "True" } else { "False" }),
            (Self::Bool(value), _) => text.push(if *value { '1' } else { '0' }),
            (Self::Int(value), _) => write!(text, "{value}").ok()?,
            (Self::UInt(value), _) => write!(text, "{value}").ok()?,
            (Self::Float(value), S::Bool) => text.push(if *value == 0.0 { '0' } else { '1' }),
            (Self::Float(value), S::Int8 | S::UInt8 | S::Int(..) | S::UInt(..)) if value.is_finite() => {
                write!(text, "{}", value.trunc() as i128).ok()?;
            }
            (Self::Float(value), _) => python_float::float(&mut text, *value).ok()?,
            (Self::Complex(value), _) => {
                python_float::float(&mut text, value.re).ok()?;
                text.push('+');
                python_float::float(&mut text, value.im).ok()?;
                text.push('j');
            }
        }
        convert(text.as_bytes(), scalar, out)
    }

    /// Its characters, for columns whose length is not known yet.
    pub(super) fn text(&self) -> Option<String> {
        let mut text = String::new();
        match self {
            Self::Text(found) => text.push_str(found),
            Self::Bool(value) => text.push_str(if *value { "True" } else { "False" }),
            Self::Int(value) => write!(text, "{value}").ok()?,
            Self::UInt(value) => write!(text, "{value}").ok()?,
            Self::Float(value) => python_float::float(&mut text, *value).ok()?,
            Self::Complex(value) => python_float::complex(&mut text, value.re, value.im).ok()?,
            Self::Element(_) => return None,
        }
        Some(text)
    }
}
