//! What can be wrong with NumPy's objects in a pickle.

use std::fmt;

use crate::DType;
use crate::error::{Cause, Container, ErrorKind};

#[derive(Debug)]
pub(super) enum Fault {
    /// Another object than the one asked for: what was wanted, what was found.
    Other { wanted: &'static str, found: String },
    /// A masked array, where one without a mask was asked for.
    Masked,
    /// A part of an object of NumPy's that is not what NumPy writes: which, what was wanted, what was found.
    Part { part: &'static str, wanted: String, found: String },
    /// A state of a version that is not known.
    Version { of: &'static str, found: String },
    /// Something that NumPy never gives to such an object.
    Extra { of: &'static str, what: &'static str },
    /// An object without the state that makes it one.
    NoState { of: &'static str },
    /// A fact that contradicts the dtype it stands beside: which, what was said, what holds.
    Lie { what: &'static str, found: String, dtype: DType, wanted: String },
    /// More dtypes in one another, or in all, than any program has.
    Large { what: &'static str, most: usize },
    /// More than the size of the pickle justifies.
    Cost,
    /// More or fewer elements than the shape says.
    Count { unit: &'static str, found: usize, shape: Vec<usize>, dtype: DType, wanted: usize },
    /// A value that an element of this dtype does not hold.
    Element { dtype: DType, found: String },
}

impl Fault {
    pub(super) fn part(part: &'static str, wanted: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Part { part, wanted: wanted.into(), found: found.into() }
    }
}

impl Cause for Fault {
    fn container(&self) -> Option<Container> {
        Some(Container::Pickle)
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Other { .. } | Self::Masked => ErrorKind::InvalidInput,
            Self::Version { .. } => ErrorKind::Unsupported,
            Self::Large { .. } | Self::Cost => ErrorKind::LimitExceeded,
            _ => ErrorKind::InvalidData,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other { wanted, found } => write!(f, "expected {wanted}, found {found}"),
            Self::Masked => {
                f.write_str("expected an array, found a masked array: as_masked gives both its parts")
            }
            Self::Part { part, wanted, found } => write!(f, "{part}: expected {wanted}, found {found}"),
            Self::Version { of, found } => {
                write!(f, "the state of {of} is of version {found}, which is not known")
            }
            Self::Extra { of, what } => write!(f, "{of} is given {what}, which NumPy does not write"),
            Self::NoState { of } => write!(f, "{of} is given no state: its dtype and elements are missing"),
            Self::Lie { what, found, dtype, wanted } => {
                write!(f, "{what} of {found} for the dtype {dtype}, where it is {wanted}")
            }
            Self::Cost => f.write_str(
                "the pickle repeats its parts so often that it would take far more time or memory than its size justifies",
            ),
            Self::Large { what, most } => write!(f, "the dtype has more than {most} {what}"),
            Self::Count { unit, found, shape, dtype, wanted } => {
                write!(
                    f,
                    "{found} {unit} for an array of shape {shape:?} and dtype {dtype}, which has {wanted}"
                )
            }
            Self::Element { dtype, found } => {
                write!(f, "expected an element of dtype {dtype}, found {found}")
            }
        }
    }
}
