//! Errors of lazy arrays.

use std::fmt;

use crate::ErrorKind;
use crate::dtype::ShapeTuple;
use crate::error::Cause;

#[derive(Debug)]
pub(super) enum Fault {
    /// More indexes than axes.
    TooManyIndices { ndim: usize, indexes: usize },
    /// More than one `...`.
    Ellipses,
    /// More axes than NumPy's arrays have.
    TooManyAxes(usize),
    /// A range that does not move.
    ZeroStep,
    /// An index past the end of its axis.
    OutOfBounds { index: i64, axis: usize, size: usize },
    /// Index arrays that do not fit each other.
    Broadcast(Vec<Vec<usize>>),
    /// A mask of another length than its axis.
    MaskLength { axis: usize, size: usize, found: usize },
    /// An index array whose values are more or fewer than its shape says.
    ValueCount { shape: Vec<usize>, found: usize },
    /// An axis that the array does not have.
    NoAxis { axis: isize, ndim: usize },
    /// A name that is no field's.
    NoField(String),
    /// Elements that are pickles.
    Objects,
    /// The file is another than the one that was opened.
    Stale { what: &'static str, was: String, is: String },
    /// A write to an array that was opened for reading.
    ReadOnly,
    /// Bytes to be written that are more or fewer than those of the elements.
    ByteCount { found: usize, wanted: usize },
    /// An array to be written whose shape is not that of the elements.
    Shape { found: Vec<usize>, wanted: Vec<usize> },
    /// The result would be larger than allowed.
    TooLarge { size: usize, limit: u64 },
    /// The file ends before the array does.
    Short { found: u64, wanted: u64 },
    /// A member whose index of blocks is not that of its stream.
    BlockIndex,
    /// A member that is no array.
    NotNpy,
    /// A compressed member, which has no positions to write to.
    WriteMember,
    /// An object in a store, or another source that is only read.
    WriteSource,
    /// A location that is no file's.
    Url,
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Stale { .. } => ErrorKind::StaleFile,
            Self::TooLarge { .. } => ErrorKind::LimitExceeded,
            Self::Short { .. } | Self::BlockIndex => ErrorKind::InvalidData,
            Self::NoField(_) => ErrorKind::NotFound,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyIndices { ndim, indexes } => write!(
                f,
                "too many indices for array: array is {ndim}-dimensional, but {indexes} were indexed"
            ),
            Self::Ellipses => f.write_str("an index can only have a single ellipsis ('...')"),
            Self::TooManyAxes(axes) => write!(f, "the result would have {axes} axes: NumPy has 64 at most"),
            Self::ZeroStep => f.write_str("slice step cannot be zero"),
            Self::OutOfBounds { index, axis, size } => {
                write!(f, "index {index} is out of bounds for axis {axis} with size {size}")
            }
            Self::Broadcast(shapes) => {
                f.write_str("shape mismatch: indexing arrays could not be broadcast together with shapes")?;
                // NumPy prints these without blanks.
                shapes.iter().try_for_each(|shape| write!(f, " {}", ShapeTuple(shape).to_string().replace(' ', "")))
            }
            Self::MaskLength { axis, size, found } => write!(
                f,
                "boolean index did not match indexed array along axis {axis}; size of axis is {size} but size of \
                 corresponding boolean axis is {found}"
            ),
            Self::ValueCount { shape, found } => {
                write!(f, "an index array of shape {shape:?} with {found} values")
            }
            Self::NoAxis { axis, ndim } => {
                write!(f, "axis {axis} is out of bounds for array of dimension {ndim}")
            }
            Self::NoField(name) => write!(f, "no field of name {name:?}"),
            Self::Objects => f.write_str(
                "the elements are Python objects, which have no offsets in the file: load reads them all",
            ),
            Self::Stale { what, was, is } => write!(
                f,
                "the file has changed since it was opened: its {what} was {was} and is {is}; open it again"
            ),
            Self::ReadOnly => f.write_str("the array was opened for reading: open it with \"r+\" to write"),
            Self::ByteCount { found, wanted } => {
                write!(f, "{found} bytes to write to elements of {wanted} bytes")
            }
            Self::Shape { found, wanted } => {
                write!(f, "an array of shape {found:?} to write to elements of shape {wanted:?}")
            }
            Self::TooLarge { size, limit } => {
                write!(f, "the result has {size} bytes, and the limit is {limit}: raise Limits::max_array_bytes")
            }
            Self::Short { found, wanted } => {
                write!(f, "the file ends after {found} bytes, and its array after {wanted}")
            }
            Self::BlockIndex => f.write_str(
                "the index of its blocks is not that of its stream, so that no part is read alone: load reads \
                 all of it, and numio repack writes another",
            ),
            Self::NotNpy => f.write_str("the member is no array"),
            Self::Url => {
                f.write_str("a URL, which StoreOptions::reopen opens, with numio's feature object-store")
            }
            Self::WriteMember => f.write_str("members of archives are not written to: save the archive anew"),
            Self::WriteSource => f.write_str("objects in a store are written whole: see save"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_lazy_arrays_have_these_messages() {
        let stale = Fault::Stale { what: "size", was: "8".into(), is: "16".into() };
        let text = "the file has changed since it was opened: its size was 8 and is 16; open it again";
        assert_eq!((stale.to_string().as_str(), stale.kind()), (text, ErrorKind::StaleFile));
        let short = Fault::Short { found: 100, wanted: 128 };
        assert_eq!(short.to_string(), "the file ends after 100 bytes, and its array after 128");
        assert_eq!(
            Fault::BlockIndex.to_string(),
            "the index of its blocks is not that of its stream, so that no part is read alone: load reads all \
             of it, and numio repack writes another"
        );
        assert_eq!(Fault::WriteSource.to_string(), "objects in a store are written whole: see save");
        assert_eq!(Fault::NoField("x\n".into()).to_string(), "no field of name \"x\\n\"");
        let unlike = Fault::Broadcast(vec![vec![2], vec![], vec![3, 1]]);
        assert_eq!(
            unlike.to_string(),
            "shape mismatch: indexing arrays could not be broadcast together with shapes (2,) () (3,1)"
        );
        let large = Fault::TooLarge { size: 10, limit: 5 };
        assert_eq!(
            large.to_string(),
            "the result has 10 bytes, and the limit is 5: raise Limits::max_array_bytes"
        );
    }
}
