//! Errors of sparse matrices.

use std::fmt;

use crate::error::Cause;
use crate::npz::sparse::SparseFormat;
use crate::{Container, DType, ErrorKind};

/// A fault of a sparse matrix.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SparseFault {
    /// An archive without a member `format`.
    NotSparse,
    /// A member `format` that is no short text.
    NoFormat,
    Unknown {
        name: String,
    },
    /// A format of SciPy's that `save_npz` does not write.
    NotWritten {
        name: String,
    },
    /// An array with another number of axes.
    Axes {
        what: &'static str,
        found: usize,
        wanted: usize,
    },
    NoIntegers {
        what: &'static str,
        found: DType,
    },
    Objects,
    Rank {
        format: SparseFormat,
        is_array: bool,
        found: usize,
    },
    /// A `shape` that is no list of lengths.
    Shape {
        found: String,
    },
    /// Two arrays whose lengths should be equal.
    Lengths {
        what: &'static str,
        found: usize,
        other: &'static str,
        wanted: usize,
    },
    /// An `indptr` whose length does not follow from the shape.
    Pointers {
        found: usize,
        wanted: usize,
    },
    Start {
        found: i64,
    },
    Decrease {
        position: usize,
    },
    End {
        found: usize,
        len: usize,
    },
    Outside {
        what: &'static str,
        position: usize,
        found: i128,
        end: usize,
    },
    /// Blocks that do not divide the shape.
    Block {
        block: Vec<usize>,
        shape: Vec<usize>,
    },
    Diagonal {
        position: usize,
        found: i64,
    },
    DiagonalTwice {
        found: i64,
    },
    Flag,
}

impl Cause for SparseFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotWritten { .. } => ErrorKind::Unsupported,
            Self::Objects => ErrorKind::NotAllowed,
            _ => ErrorKind::InvalidData,
        }
    }

    fn container(&self) -> Option<Container> {
        // In Python, a format that is not read is a NotImplementedError, and other faults are ValueErrors.
        matches!(self, Self::NotWritten { .. }).then_some(Container::Zip)
    }
}

impl fmt::Display for SparseFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSparse => {
                write!(f, "the archive does not contain a sparse array or matrix: no member 'format'")
            }
            Self::NoFormat => write!(f, "the member 'format' is not the name of a sparse format"),
            Self::Unknown { name } => {
                write!(f, "unknown format '{}': expected csr, csc, coo, bsr or dia", name.escape_debug())
            }
            Self::NotWritten { name } => {
                write!(f, "sparse matrices of format {name} are not read: expected csr, csc, coo, bsr or dia")
            }
            Self::Axes { what, found, wanted } => {
                write!(f, "{what} has {found} axes: expected {wanted}")
            }
            Self::NoIntegers { what, found } => write!(f, "{what} has dtype {found}: expected integers"),
            Self::Objects => {
                write!(f, "the elements are Python objects, which sparse matrices are not read with")
            }
            Self::Rank { format, is_array, found } => {
                let wanted = match (format, is_array) {
                    (SparseFormat::Coo, true) => "1 to 64",
                    (SparseFormat::Csr, true) => "1 or 2",
                    _ => "2",
                };
                let kind = if *is_array { "array" } else { "matrix" };
                write!(f, "the shape of a {format} {kind} has {wanted} axes, and this has {found}")
            }
            Self::Shape { found } => write!(f, "the shape is {found}: expected the lengths of axes"),
            Self::Lengths { what, found, other, wanted } => {
                write!(f, "{what} has {found} elements and {other} has {wanted}: expected as many")
            }
            Self::Pointers { found, wanted } => {
                write!(f, "indptr has {found} elements, where the shape needs {wanted}")
            }
            Self::Start { found } => write!(f, "indptr starts with {found}: expected 0"),
            Self::Decrease { position } => {
                write!(f, "indptr decreases at position {position}: it needs to be non-decreasing")
            }
            Self::End { found, len } => {
                write!(f, "indptr ends with {found}, where indices has {len} elements")
            }
            Self::Outside { what, position, found, end } => {
                write!(f, "{what} has {found} at position {position}, outside of an axis of length {end}")
            }
            Self::Block { block, shape } => {
                write!(f, "blocks of shape {block:?} do not divide a matrix of shape {shape:?}")
            }
            Self::Diagonal { position, found } => {
                write!(f, "offsets has {found} at position {position}, too far from any matrix of this shape")
            }
            Self::DiagonalTwice { found } => write!(f, "offsets has {found} twice"),
            Self::Flag => write!(f, "the member '_is_array' is not one truth value"),
        }
    }
}
