//! Element types: NumPy's `dtype` as a Rust value.
//!
//! A [`DType`] is a [`Scalar`], a [`Record`] of named fields, or a [`Subarray`]. What cannot exist in NumPy cannot be
//! built here, so nothing downstream checks a dtype again.

use std::fmt;
use std::sync::Arc;

use crate::ErrorKind;
use crate::dtype::literal::{Value, excerpt};
use crate::error::Cause;

pub(crate) mod descr;
pub mod literal;
mod parse;
mod print;
mod scalar;
pub(crate) mod structured;

pub use crate::datetime::{DatetimeUnit, TimeUnit};
pub(crate) use crate::dtype::print::ShapeTuple;
pub(crate) use crate::dtype::scalar::dispatch_scalar;
pub use crate::dtype::scalar::{ByteOrder, ComplexWidth, FloatWidth, IntWidth, Scalar};
pub use crate::dtype::structured::FieldName;
pub use crate::dtype::structured::{Field, Record, Subarray, Title};

/// The type of an array's elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DType {
    /// One value.
    Scalar(Scalar),
    /// Named fields.
    Record(Arc<Record>),
    /// A small array in each element.
    Subarray(Arc<Subarray>),
}

impl DType {
    /// `?`
    pub const BOOL: Self = Self::Scalar(Scalar::Bool);
    /// `i1`
    pub const INT8: Self = Self::Scalar(Scalar::Int8);
    /// `u1`
    pub const UINT8: Self = Self::Scalar(Scalar::UInt8);
    /// `i2` in this machine's byte order.
    pub const INT16: Self = Self::Scalar(Scalar::Int(IntWidth::Bits16, ByteOrder::NATIVE));
    /// `i4` in this machine's byte order.
    pub const INT32: Self = Self::Scalar(Scalar::Int(IntWidth::Bits32, ByteOrder::NATIVE));
    /// `i8` in this machine's byte order.
    pub const INT64: Self = Self::Scalar(Scalar::Int(IntWidth::Bits64, ByteOrder::NATIVE));
    /// `u2` in this machine's byte order.
    pub const UINT16: Self = Self::Scalar(Scalar::UInt(IntWidth::Bits16, ByteOrder::NATIVE));
    /// `u4` in this machine's byte order.
    pub const UINT32: Self = Self::Scalar(Scalar::UInt(IntWidth::Bits32, ByteOrder::NATIVE));
    /// `u8` in this machine's byte order.
    pub const UINT64: Self = Self::Scalar(Scalar::UInt(IntWidth::Bits64, ByteOrder::NATIVE));
    /// `f2` in this machine's byte order.
    pub const FLOAT16: Self = Self::Scalar(Scalar::Float(FloatWidth::Bits16, ByteOrder::NATIVE));
    /// `f4` in this machine's byte order.
    pub const FLOAT32: Self = Self::Scalar(Scalar::Float(FloatWidth::Bits32, ByteOrder::NATIVE));
    /// `f8` in this machine's byte order.
    pub const FLOAT64: Self = Self::Scalar(Scalar::Float(FloatWidth::Bits64, ByteOrder::NATIVE));
    /// `c8` in this machine's byte order.
    pub const COMPLEX64: Self = Self::Scalar(Scalar::Complex(ComplexWidth::Bits64, ByteOrder::NATIVE));
    /// `c16` in this machine's byte order.
    pub const COMPLEX128: Self = Self::Scalar(Scalar::Complex(ComplexWidth::Bits128, ByteOrder::NATIVE));
    /// `O`
    pub const OBJECT: Self = Self::Scalar(Scalar::Object);

    /// Bytes that one element takes. At most 2^31 - 1, as in NumPy.
    pub fn itemsize(&self) -> usize {
        match self {
            Self::Scalar(scalar) => scalar.itemsize(),
            Self::Record(record) => record.itemsize(),
            Self::Subarray(subarray) => subarray.itemsize(),
        }
    }

    /// True if the element contains a Python object at any depth, so that files hold it pickled.
    pub fn has_objects(&self) -> bool {
        match self {
            Self::Scalar(scalar) => *scalar == Scalar::Object,
            Self::Record(record) => record.fields().iter().any(|field| field.dtype.has_objects()),
            Self::Subarray(subarray) => subarray.base().has_objects(),
        }
    }

    /// The scalar kind, if it is one.
    pub fn as_scalar(&self) -> Option<Scalar> {
        match self {
            Self::Scalar(scalar) => Some(*scalar),
            _ => None,
        }
    }

    /// The record, if it has fields.
    pub fn as_record(&self) -> Option<&Record> {
        match self {
            Self::Record(record) => Some(record),
            _ => None,
        }
    }
}

impl From<Scalar> for DType {
    fn from(scalar: Scalar) -> Self {
        Self::Scalar(scalar)
    }
}

#[cfg(test)]
mod tests;

#[derive(Debug)]
pub(crate) enum DTypeError {
    /// No dtype has this text.
    Unknown(String),
    /// A dtype NumPy has and files do not keep, or that this crate does not do.
    Unsupported(String),
    /// A time unit that breaks its rules: its text, and why.
    Unit(String, &'static str),
    /// A divisor that no smaller unit makes whole.
    Divisor(String),
    /// Two different byte orders in one format: its text.
    TwoOrders(String),
    /// A descr of the wrong kind: what was wanted, what was found.
    Descr { wanted: &'static str, found: String },
    /// The shape of a subarray.
    Shape(String),
    /// Fields that a header cannot describe.
    Undescribable(String),
}

impl Cause for DTypeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unsupported(_) => ErrorKind::Unsupported,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl fmt::Display for DTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text) => {
                write!(
                    f,
                    "data type {text} not understood: expected a dtype such as '<f8', 'float64' or 'S5'"
                )
            }
            Self::Unsupported(text) => write!(f, "data type {text} is not supported: files do not hold it"),
            Self::Unit(text, why) => write!(f, "invalid time unit {text}: {why}"),
            Self::Divisor(text) => {
                write!(f, "the divisor in {text} does not give a whole number of a smaller unit")
            }
            Self::TwoOrders(text) => write!(f, "two different byte orders in {text}"),
            Self::Descr { wanted, found } => write!(f, "expected {wanted}, found {found}"),
            Self::Shape(found) => {
                write!(
                    f,
                    "expected the shape of a subarray: up to 64 integers from 0 to 2147483647, found {found}"
                )
            }
            Self::Undescribable(name) => write!(
                f,
                "field {name} starts before the one in front of it ends: a header describes only fields in order \
                 without overlap"
            ),
        }
    }
}

/// The start of a string, as Python quotes it.
pub(crate) fn quoted(text: &str) -> String {
    excerpt(&Value::from(text))
}
