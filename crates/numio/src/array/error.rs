//! What can go wrong with arrays in memory.

use std::fmt;

use crate::error::{Cause, ErrorKind};
use crate::{DType, Error};

#[derive(Debug)]
pub(super) enum Fault {
    /// The elements are of another dtype than the Rust type holds.
    OtherDType { found: DType, wanted: String },
    /// A struct's field that the record does not have.
    NoField { wanted: &'static str, of: &'static str, found: Vec<String> },
    /// The elements' bytes are in the other order, so that they cannot be viewed.
    Swapped { found: DType },
    /// The elements do not stand where the Rust type may stand.
    Unaligned { align: usize },
    /// The array has another number of axes than the type asked for.
    Rank { found: usize, wanted: Option<usize> },
    /// A mutable view would reach the same byte twice.
    Overlapping,
    /// Text or bytes that do not fit a fixed length.
    TooLong { length: usize, most: usize, unit: &'static str },
    /// A byte that is no boolean.
    NotBool(u8),
    /// Four bytes that are no code point.
    NotText(u32),
    /// Bytes above 127 in a byte string that was to become text.
    NotAscii(u8),
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherDType { .. }
            | Self::NoField { .. }
            | Self::Swapped { .. }
            | Self::Unaligned { .. }
            | Self::Rank { .. }
            | Self::TooLong { .. }
            | Self::Overlapping => ErrorKind::Argument,
            Self::NotBool(_) | Self::NotText(_) => ErrorKind::Format,
            Self::NotAscii(_) => ErrorKind::Encoding,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherDType { found, wanted } => {
                write!(
                    f,
                    "the elements are {found}, which {wanted} does not hold as it is: cast the array first"
                )
            }
            Self::NoField { wanted, of, found } => {
                write!(f, "{of} needs a field '{wanted}', and the record has {found:?}")
            }
            Self::Swapped { found } => write!(
                f,
                "the elements are {found}, in the other byte order than this machine's: \
                 copy them with to_array, or convert the array in memory with to_native"
            ),
            Self::Unaligned { align } => write!(
                f,
                "the elements do not stand on multiples of {align} bytes and cannot be viewed in place: \
                 copy them with to_array"
            ),
            Self::Rank { found, wanted: Some(wanted) } => {
                write!(f, "the array has {found} axes, and {wanted} were asked for")
            }
            Self::Rank { found, wanted: None } => {
                write!(f, "the array has {found} axes, which is not what was asked for")
            }
            Self::Overlapping => {
                f.write_str("elements of the array overlap in memory: copy it before writing")
            }
            Self::TooLong { length, most, unit } => write!(f, "{length} {unit} where {most} are the most"),
            Self::NotBool(byte) => write!(f, "a boolean is 0 or 1, and this byte is {byte}"),
            Self::NotText(code) => write!(f, "{code:#x} is not a Unicode code point"),
            Self::NotAscii(byte) => {
                write!(f, "byte {byte:#04x} of a byte string is not ASCII: read it as bytes")
            }
        }
    }
}

/// The error for elements of `found` that were to become `T`s.
pub(super) fn other_dtype<T>(found: &DType) -> Error {
    let name = std::any::type_name::<T>();
    Fault::OtherDType { found: found.clone(), wanted: name.to_owned() }.into()
}
