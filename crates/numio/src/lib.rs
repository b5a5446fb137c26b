//! numio
mod array;
mod dtype;
mod error;
mod limits;
pub mod literal;
pub mod npy;
pub mod pickle;
mod repr;
mod source;

pub use array::{ArrayLike, DynArray, Element, FixedBytes, FixedStr, LongDouble, Order, Pod, Void};
pub use dtype::{
    ByteOrder, ComplexWidth, DType, Field, FieldName, FloatWidth, IntWidth, Record, Scalar, Subarray,
    TimeUnit, Unit,
};
pub use error::{Error, ErrorKind, Result};
pub use limits::Limits;
pub use source::{MmapMode, ReadAt};
