//! Element types: NumPy's `dtype` as a value of ours.
//!
//! A [`DType`] is a [`Scalar`], a [`Record`] of named fields, or a [`Subarray`]. What cannot exist in NumPy cannot be
//! built here, so nothing downstream checks a dtype again.

mod build;
mod comma;
mod descr;
mod describe;
mod error;
mod integer;
mod kinds;
mod letters;
mod parse;
mod print;
mod record;
mod scalar;
mod subarray;
mod time;
mod unit;

use std::sync::Arc;

pub use self::build::FieldName;
pub use self::record::{Field, Record, Subarray};
pub use self::scalar::{ByteOrder, ComplexWidth, FloatWidth, IntWidth, Scalar};
pub use self::time::{DatetimeUnit, TimeUnit};

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

    /// Whether a Python object stands anywhere in the element, so that files carry it pickled.
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
