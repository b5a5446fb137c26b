//! Faults of headers.

use std::fmt;

use crate::dtype::ShapeTuple;
use crate::error::Cause;
use crate::{DType, ErrorKind};

#[derive(Debug, Clone)]
pub(super) enum HeaderError {
    /// The first six bytes.
    Magic(Vec<u8>),
    /// Numbers of no known version.
    Version(u8, u8),
    /// The file ends within: what, how many bytes it takes, how many there are.
    Short { what: &'static str, wanted: usize, found: usize },
    /// Characters of a text that passes the limit.
    Long(usize),
    /// Version 3.0's text is not UTF-8.
    NotUtf8,
    /// The text is no literal: why.
    Literal(String),
    /// The text is a literal, and no dict: what it is.
    NotADict(String),
    /// The dict has other keys than the three.
    Keys(Vec<String>),
    /// A value of the wrong kind: its key, what was wanted, what was found.
    Value { key: &'static str, wanted: &'static str, found: String },
    /// A descr that describes no dtype: why.
    Descr { why: String, kind: ErrorKind },
    /// More dimensions than an array may have.
    Dimensions(usize, ErrorKind),
    /// An array of no dimensions, which cannot grow.
    NoAxis,
    /// A dtype that no array has.
    Subarray(String, ErrorKind),
    /// A header that does not fit the version asked for.
    DoesNotFit { version: (u8, u8), why: &'static str },
}

impl Cause for HeaderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Version(..) => ErrorKind::Unsupported,
            Self::Long(_) => ErrorKind::LimitExceeded,
            Self::NoAxis | Self::DoesNotFit { .. } => ErrorKind::InvalidInput,
            Self::Descr { kind, .. } | Self::Subarray(_, kind) | Self::Dimensions(_, kind) => *kind,
            _ => ErrorKind::InvalidData,
        }
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic(found) => {
                let found = found.escape_ascii();
                write!(f, "the magic string is not correct; expected b'\\x93NUMPY', got b'{found}'")
            }
            Self::Version(major, minor) => {
                write!(f, "we only support format version (1,0), (2,0), and (3,0), not ({major}, {minor})")
            }
            Self::Short { what, wanted, found } => {
                write!(f, "EOF: reading {what}, expected {wanted} bytes got {found}")
            }
            Self::Long(chars) => write!(
                f,
                "Header info length ({chars}) is large and may not be safe to load securely.\nTo allow loading, adjust \
                 `max_header_size` or fully trust the `.npy` file using `allow_pickle=True`.\nFor safety against large \
                 resource use or crashes, sandboxing may be necessary."
            ),
            Self::NotUtf8 => f.write_str("the header of version 3.0 is not UTF-8"),
            Self::Literal(why) => write!(f, "cannot parse the header: {why}"),
            Self::NotADict(found) => write!(f, "the header is not a dictionary: {found}"),
            Self::Keys(found) => write!(
                f,
                "the header must have the keys 'descr', 'fortran_order' and 'shape', found {}",
                if found.is_empty() { "none".to_owned() } else { found.join(", ") }
            ),
            Self::Value { key, wanted, found } => {
                write!(f, "header key '{key}': expected {wanted}, found {found}")
            }
            Self::Descr { why, .. } => write!(f, "header key 'descr': {why}"),
            Self::Dimensions(found, _) => {
                write!(f, "header key 'shape': {found} dimensions, and an array has at most 64")
            }
            Self::NoAxis => f.write_str("an array of shape () has no axis to grow along"),
            Self::Subarray(dtype, _) => write!(
                f,
                "dtype {dtype} is a subarray, which only fields have: its shape belongs after the array's"
            ),
            Self::DoesNotFit { version: (major, minor), why } => {
                write!(f, "the header does not fit format version {major}.{minor}: {why}")
            }
        }
    }
}

#[derive(Debug)]
pub(crate) enum Fault {
    /// A shape that `ndarray` does not take.
    NdArray(ndarray::ShapeError),
    /// No data at the offset where an array could start.
    NoData,
    /// Fewer bytes than the header says.
    Short { shape: Vec<usize>, itemsize: usize, wanted: usize, found: usize },
    /// More bytes than [`Limits::max_array_bytes`](crate::Limits::max_array_bytes).
    TooLarge { bytes: usize, limit: u64 },
    /// Python objects where only plain elements can be.
    Objects { dtype: DType, doing: &'static str },
    /// Python objects that no [`DynArray`](crate::DynArray) carries.
    NotCarried { dtype: DType },
    /// A Rust type of another rank.
    Rank { shape: Vec<usize>, wanted: usize },
    /// A Rust array of another length.
    OtherLength { shape: Vec<usize>, wanted: usize },
    /// Elements that are small arrays of another shape.
    OtherAxes { shape: Vec<usize>, wanted: Vec<usize> },
    /// An array that cannot grow.
    NoAxes,
    /// Elements of another dtype than the file's.
    OtherDType { found: DType, wanted: DType },
    /// Elements that do not fit next to the file's.
    OtherShape { found: Vec<usize>, file: Vec<usize>, growing: usize },
    /// A row of another shape than those before it.
    OtherRow { found: Vec<usize>, wanted: Vec<usize> },
    /// Another array is at the offset of the new elements.
    Neighbour,
    /// A header that does not fit in its space.
    NoRoom,
    /// Elements without bytes, whose number no input justifies.
    NoBytes { dtype: DType },
    /// A call after one that failed to write.
    Failed,
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoData => ErrorKind::EndOfStream,
            Self::Short { .. } => ErrorKind::InvalidData,
            Self::TooLarge { .. } | Self::NdArray(_) => ErrorKind::LimitExceeded,
            Self::Objects { .. }
            | Self::NotCarried { .. }
            | Self::Rank { .. }
            | Self::OtherLength { .. }
            | Self::OtherAxes { .. }
            | Self::NoAxes
            | Self::OtherDType { .. }
            | Self::OtherShape { .. }
            | Self::OtherRow { .. }
            | Self::Neighbour
            | Self::NoRoom
            | Self::Failed
            | Self::NoBytes { .. } => ErrorKind::InvalidInput,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NdArray(error) => error.fmt(f),
            Self::NoData => f.write_str("no data left in file"),
            Self::Short { shape, itemsize, wanted, found } => {
                let (elements, read) = (shape.iter().product::<usize>(), found / (*itemsize).max(1));
                write!(
                    f,
                    "failed to read all data for array: expected {} = {elements} elements, could only read {read} \
                     elements, {found} of {wanted} bytes (file seems not fully written?)",
                    ShapeTuple(shape)
                )
            }
            Self::TooLarge { bytes, limit } => {
                write!(
                    f,
                    "an array of {bytes} bytes; the limit is {limit}: raise Limits::max_array_bytes to read it"
                )
            }
            Self::Objects { dtype, doing } => {
                write!(f, "an array of dtype {dtype} holds Python objects and cannot be {doing}: use load")
            }
            Self::NotCarried { dtype } => {
                write!(f, "an array of dtype {dtype} carries no Python objects: save it as a DynArray")
            }
            Self::Rank { shape, wanted } => write!(
                f,
                "an array of shape {} where one of {wanted} axes is wanted: use an array of {} axes, or IxDyn",
                ShapeTuple(shape),
                shape.len()
            ),
            Self::OtherLength { shape, wanted } => {
                write!(f, "an array of shape {} where {wanted} elements are wanted", ShapeTuple(shape))
            }
            Self::OtherAxes { shape, wanted } => write!(
                f,
                "an array of shape {} where the last axes should be those of elements of shape {}",
                ShapeTuple(shape),
                ShapeTuple(wanted)
            ),
            Self::NoAxes => f.write_str("an array without axes cannot grow: save it with an axis of 1"),
            Self::OtherDType { found, wanted } => {
                write!(
                    f,
                    "elements of dtype {found} cannot be appended to those of {wanted}: cast them first"
                )
            }
            Self::OtherShape { found, file, growing } => write!(
                f,
                "an array of shape {} cannot be appended to one of {}: only axis {growing} may differ",
                ShapeTuple(found),
                ShapeTuple(file)
            ),
            Self::OtherRow { found, wanted } => write!(
                f,
                "a row of shape {} after rows of shape {}: all rows of a file have one shape",
                ShapeTuple(found),
                ShapeTuple(wanted)
            ),
            Self::Neighbour => f.write_str(
                "another array follows in the file, and appending to the first would overwrite it",
            ),
            Self::NoRoom => f.write_str("the header has no room for the new shape"),
            Self::Failed => f.write_str("an earlier call has failed to write the file"),
            Self::NoBytes { dtype } => {
                write!(f, "elements of dtype {dtype} take no bytes and cannot be read by type: use load")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_npy_files_have_these_messages() {
        let dtype = || DType::FLOAT64;
        let cases = [
            (Fault::NoData, "no data left in file"),
            (
                Fault::Short { shape: vec![3, 4], itemsize: 8, wanted: 96, found: 95 },
                "failed to read all data for array: expected (3, 4) = 12 elements, could only read 11 elements, 95 of \
                 96 bytes (file seems not fully written?)",
            ),
            (
                Fault::TooLarge { bytes: 9, limit: 8 },
                "an array of 9 bytes; the limit is 8: raise Limits::max_array_bytes to read it",
            ),
            (
                Fault::Objects { dtype: DType::OBJECT, doing: "memory-mapped" },
                "an array of dtype object holds Python objects and cannot be memory-mapped: use load",
            ),
            (
                Fault::NotCarried { dtype: DType::OBJECT },
                "an array of dtype object carries no Python objects: save it as a DynArray",
            ),
            (
                Fault::Rank { shape: vec![2], wanted: 2 },
                "an array of shape (2,) where one of 2 axes is wanted: use an array of 1 axes, or IxDyn",
            ),
            (Fault::NoAxes, "an array without axes cannot grow: save it with an axis of 1"),
            (
                Fault::OtherDType { found: DType::INT64, wanted: dtype() },
                "elements of dtype int64 cannot be appended to those of float64: cast them first",
            ),
            (
                Fault::OtherShape { found: vec![1, 3], file: vec![2, 2], growing: 0 },
                "an array of shape (1, 3) cannot be appended to one of (2, 2): only axis 0 may differ",
            ),
            (
                Fault::Neighbour,
                "another array follows in the file, and appending to the first would overwrite it",
            ),
            (Fault::NoRoom, "the header has no room for the new shape"),
            (Fault::Failed, "an earlier call has failed to write the file"),
            (
                Fault::NoBytes { dtype: dtype() },
                "elements of dtype float64 take no bytes and cannot be read by type: use load",
            ),
        ];
        for (fault, text) in cases {
            assert_eq!(fault.to_string(), text);
        }
    }
}
