//! Errors of arrays in memory.

use std::fmt;

use crate::array::casting::Casting;
use crate::error::{Cause, ErrorKind};
use crate::{DType, Error};

#[derive(Debug)]
pub(super) enum Fault {
    /// The elements are of another dtype than the Rust type holds.
    OtherDType { found: DType, wanted: String },
    /// A struct's field that the record does not have.
    #[cfg(feature = "derive")]
    NoField { wanted: &'static str, of: &'static str, found: Vec<String> },
    /// A number that is none of an enum's.
    #[cfg(feature = "derive")]
    NoVariant { of: &'static str, number: String },
    /// A conversion that NumPy's rules do not allow.
    Cast { from: DType, to: DType, casting: Casting },
    /// A conversion that NumPy does by Python's means.
    Unconverted { from: DType, to: DType },
    /// A code point above 127 in a text that was to become bytes.
    TextNotAscii(u32),
    /// Rows of different lengths.
    Ragged { row: usize, found: usize, first: usize },
    /// Elements that do not make up the shape given with them.
    ShapeSize { found: usize, shape: Vec<usize> },
    /// A conversion to Python objects.
    MakesObjects { from: DType, to: DType },
    /// The elements' bytes are in the other order, so that they cannot be viewed.
    Swapped { found: DType },
    /// The elements are not aligned for the Rust type.
    Unaligned { align: usize },
    /// The array has another number of axes than the type asked for.
    Rank { found: usize, wanted: Option<usize> },
    /// A mutable view would reach the same byte twice.
    Overlapping,
    /// Text or bytes that do not fit a fixed length.
    TooLong { length: usize, most: usize, unit: &'static str },
    /// An index with more or fewer numbers than there are axes.
    IndexCount { found: usize, wanted: usize },
    /// An index past the end of its axis.
    OutOfBounds { index: String, axis: usize, size: usize },
    /// A slice with more indexes than there are axes.
    TooManyIndices { ndim: usize, indexes: usize },
    /// A slice with more than one `...`.
    Ellipses,
    /// A slice that would give more axes than NumPy's arrays have.
    TooManyAxes(usize),
    /// A range that would not move.
    ZeroStep,
    /// Text that is no index.
    NotAnIndex(String),
    /// An index past 64 bits.
    IndexSize(String),
    /// A name that is no field's.
    NoSuchField { name: String, dtype: DType },
    /// A shape of another number of elements.
    Reshape { size: usize, shape: Vec<usize> },
    /// Another number of bytes than the shape needs.
    ByteCount { found: usize, wanted: usize },
    /// Axes that are not each of the array's once.
    Axes { axes: Vec<usize>, ndim: usize },
    /// More elements of no bytes than become values of Rust's.
    TooManyEmpty { count: usize, most: usize },
    /// A byte that is no boolean.
    NotBool(u8),
    /// Four bytes that are no code point.
    NotText(u32),
    /// Bytes above 127 in a byte string that was to become text.
    NotAscii(u8),
    /// Elements that are no Python objects.
    NoObjects(DType),
    /// The number of an object that the array does not carry.
    NoObject(u64),
    /// Elements outside the memory that they are said to be in.
    Outside { shape: Vec<usize>, strides: Vec<isize> },
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            #[cfg(feature = "derive")]
            Self::NoField { .. } => ErrorKind::InvalidInput,
            #[cfg(feature = "derive")]
            Self::NoVariant { .. } => ErrorKind::InvalidData,
            Self::OtherDType { .. }
            | Self::Cast { .. }
            | Self::Swapped { .. }
            | Self::Unaligned { .. }
            | Self::Rank { .. }
            | Self::TooLong { .. }
            | Self::IndexCount { .. }
            | Self::OutOfBounds { .. }
            | Self::TooManyIndices { .. }
            | Self::Ellipses
            | Self::TooManyAxes(_)
            | Self::ZeroStep
            | Self::NotAnIndex(_)
            | Self::IndexSize(_)
            | Self::Reshape { .. }
            | Self::ByteCount { .. }
            | Self::Axes { .. }
            | Self::NoObjects(_)
            | Self::NoObject(_)
            | Self::Outside { .. }
            | Self::Ragged { .. }
            | Self::ShapeSize { .. }
            | Self::Overlapping => ErrorKind::InvalidInput,
            Self::NoSuchField { .. } => ErrorKind::NotFound,
            Self::TooManyEmpty { .. } => ErrorKind::LimitExceeded,
            Self::NotBool(_) | Self::NotText(_) => ErrorKind::InvalidData,
            Self::NotAscii(_) | Self::TextNotAscii(_) => ErrorKind::Encoding,
            Self::MakesObjects { .. } | Self::Unconverted { .. } => ErrorKind::Unsupported,
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
            #[cfg(feature = "derive")]
            Self::NoField { wanted, of, found } => {
                write!(f, "{of} needs a field '{wanted}', and the record has {found:?}")
            }
            #[cfg(feature = "derive")]
            Self::NoVariant { of, number } => write!(f, "{number} is no value of {of}"),
            Self::Cast { from, to, casting } => {
                write!(f, "cannot cast from {from} to {to} by the rule '{casting}'")
            }
            Self::Unconverted { from, to } => write!(f, "numio does not convert {from} to {to}"),
            Self::TextNotAscii(code) => {
                write!(f, "code point U+{code:04X} cannot become bytes: they hold ASCII alone")
            }
            Self::Ragged { row, found, first } => write!(
                f,
                "row {row} has {found} elements where the first has {first}: the rows of an array are of one length"
            ),
            Self::ShapeSize { found, shape } => {
                write!(f, "{found} elements do not make up an array of shape {shape:?}")
            }
            Self::MakesObjects { from, to } => {
                write!(f, "cannot cast from {from} to {to}: numio makes no Python objects")
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
            Self::IndexCount { found, wanted } => {
                write!(f, "an index of {found} numbers into an array of {wanted} axes")
            }
            Self::OutOfBounds { index, axis, size } => {
                write!(f, "index {index} is out of bounds for axis {axis} with size {size}")
            }
            Self::TooManyIndices { ndim, indexes } => write!(
                f,
                "too many indices for array: array is {ndim}-dimensional, but {indexes} were indexed"
            ),
            Self::Ellipses => f.write_str("an index can only have a single ellipsis ('...')"),
            Self::TooManyAxes(found) => {
                write!(f, "number of dimensions must be within [0, 64], indexing result would have {found}")
            }
            Self::ZeroStep => f.write_str("slice step cannot be zero"),
            Self::NotAnIndex(text) => write!(
                f,
                "{text:?} is not an index: only integers, slices (`:`), ellipsis (`...`) and None are"
            ),
            Self::IndexSize(text) => write!(f, "the index {text} does not fit 64 bits"),
            Self::NoSuchField { name, dtype } => match dtype.as_record() {
                None => write!(f, "no field of name {name:?}: elements of {dtype} have no fields"),
                Some(record) => {
                    let names: Vec<_> = record.fields().iter().map(|field| &*field.name).collect();
                    write!(f, "no field of name {name:?}: the fields are {}", names.join(", "))
                }
            },
            Self::Reshape { size, shape } => {
                write!(f, "cannot reshape array of size {size} into shape {shape:?}")
            }
            Self::ByteCount { found, wanted } => {
                write!(f, "{found} bytes for an array of {wanted}")
            }
            Self::Axes { axes, ndim } => {
                write!(f, "axes {axes:?} do not name each of the {ndim} axes of the array once")
            }
            Self::TooManyEmpty { count, most } => {
                write!(f, "{count} elements without bytes: at most {most} become values of their own")
            }
            Self::NotBool(byte) => write!(f, "a boolean is 0 or 1, and this byte is {byte}"),
            Self::NotText(code) => write!(f, "{code:#x} is not a Unicode code point"),
            Self::NotAscii(byte) => {
                write!(f, "byte {byte:#04x} of a byte string is not ASCII: read it as bytes")
            }
            Self::NoObjects(dtype) => {
                write!(f, "the elements are of dtype {dtype}: only those of dtype object are Python objects")
            }
            Self::NoObject(number) => write!(f, "the array carries no object of number {number}"),
            Self::Outside { shape, strides } => {
                write!(
                    f,
                    "elements of shape {shape:?} and strides {strides:?} do not all stand in the bytes given"
                )
            }
        }
    }
}

/// The error for elements of `found` that were to become `T`s.
pub(super) fn other_dtype<T>(found: &DType) -> Error {
    let wanted = without_paths(std::any::type_name::<T>());
    Fault::OtherDType { found: found.clone(), wanted }.into()
}

/// A type as its program writes it: the modules in which types are defined may be private.
fn without_paths(name: &str) -> String {
    let mut short = String::new();
    for part in name.split_inclusive(|char: char| !(char.is_alphanumeric() || matches!(char, '_' | ':'))) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_without_their_modules() {
        for (name, short) in [
            ("f64", "f64"),
            ("my::space::Point", "Point"),
            ("[numio::array::elements::text::FixedStr<5>; 3]", "[FixedStr<5>; 3]"),
            ("num_complex::Complex<f32>", "Complex<f32>"),
            ("a::Pair<b::c::One, [d::Two; 2]>", "Pair<One, [Two; 2]>"),
        ] {
            assert_eq!(without_paths(name), short);
        }
    }

    /// The messages that no other test of this module reads.
    #[test]
    fn messages_say_what_was_found_and_what_to_do() {
        let big = DType::parse(">f8").unwrap();
        for (fault, text) in [
            (
                Fault::Swapped { found: big },
                "the elements are >f8, in the other byte order than this machine's: copy them with to_array, or \
                 convert the array in memory with to_native",
            ),
            (Fault::Rank { found: 2, wanted: None }, "the array has 2 axes, which is not what was asked for"),
            (Fault::TooLong { length: 9, most: 4, unit: "bytes" }, "9 bytes where 4 are the most"),
            (
                Fault::TooManyEmpty { count: 9, most: 8 },
                "9 elements without bytes: at most 8 become values of their own",
            ),
            (Fault::NotBool(7), "a boolean is 0 or 1, and this byte is 7"),
            (
                Fault::Outside { shape: vec![2], strides: vec![-8] },
                "elements of shape [2] and strides [-8] do not all stand in the bytes given",
            ),
        ] {
            assert_eq!(fault.to_string(), text);
        }
        let error = other_dtype::<f32>(&DType::FLOAT64);
        assert_eq!(
            error.message(),
            "the elements are float64, which f32 does not hold as it is: cast the array first"
        );
    }
}
