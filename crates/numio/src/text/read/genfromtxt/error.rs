//! Errors of `genfromtxt`, with NumPy's messages where it has them.

use std::fmt;

use crate::error::{Cause, ExceptionClass};
use crate::{ErrorKind, repr};

#[derive(Debug)]
pub(crate) enum GenFromTxtError {
    Ndmin(usize),
    FooterAndMost,
    Most,
    EmptySeparator,
    /// A column that is not among the names.
    NoName(String),
    /// A column is named, and none has a name.
    Nameless(String),
    /// No such column, or no first line to take names from.
    NoColumn,
    /// No such column to fill.
    NoFilling,
    ReplaceNames(usize),
    /// Lines of the wrong number of columns.
    Invalid(String),
    /// Rows and columns count from 0.
    Misfit {
        found: String,
        row: u64,
        column: usize,
    },
    /// A value that an element cannot represent.
    Unheld {
        why: Refusal,
        row: u64,
        column: usize,
    },
    Locked {
        column: usize,
        line: u64,
        found: String,
    },
    Fields {
        found: usize,
        wanted: usize,
    },
    /// A converter that fails at its first value: Python would make objects of the column.
    Objects(usize),
    Unsupported(String),
}

/// NumPy's sentence for a value that an element does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) said: String,
    /// True if the exception is an OverflowError, as `int` and NumPy's integers raise it; else it is a ValueError.
    pub(crate) is_overflow: bool,
}

impl Refusal {
    pub(crate) fn overflow(said: impl Into<String>) -> Self {
        Self { said: said.into(), is_overflow: true }
    }
}

impl From<String> for Refusal {
    fn from(said: String) -> Self {
        Self { said, is_overflow: false }
    }
}

impl From<&str> for Refusal {
    fn from(said: &str) -> Self {
        said.to_owned().into()
    }
}

impl Cause for GenFromTxtError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::Misfit { .. } | Self::Unheld { .. } | Self::Locked { .. } => {
                ErrorKind::InvalidData
            }
            Self::Unsupported(_) | Self::Objects(_) => ErrorKind::Unsupported,
            _ => ErrorKind::InvalidInput,
        }
    }

    fn cell(&self) -> (Option<u64>, Option<usize>) {
        match self {
            Self::Misfit { row, column, .. } | Self::Unheld { row, column, .. } => {
                (Some(row.saturating_add(1)), Some(column.saturating_add(1)))
            }
            Self::Locked { column, .. } => (None, Some(column.saturating_add(1))),
            _ => (None, None),
        }
    }

    fn exception(&self) -> Option<ExceptionClass> {
        match self {
            Self::NoColumn | Self::NoFilling => Some(ExceptionClass::Index),
            Self::Unheld { why, .. } if why.is_overflow => Some(ExceptionClass::Overflow),
            Self::Locked { .. } => Some(ExceptionClass::Converter),
            _ => None,
        }
    }
}

/// Python's `'{text}'`, of which no more is shown than helps.
struct Short<'a>(&'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 100;
        match self.0.char_indices().nth(MOST) {
            Some((end, _)) => write!(f, "'{}...'", self.0.get(..end).unwrap_or_default()),
            None => write!(f, "'{}'", self.0),
        }
    }
}

impl fmt::Display for GenFromTxtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ndmin(found) => write!(f, "Illegal value of ndmin keyword: {found}"),
            Self::FooterAndMost => f.write_str(
                "The keywords 'skip_footer' and 'max_rows' can not be specified at the same time.",
            ),
            Self::Most => f.write_str("'max_rows' must be at least 1."),
            Self::EmptySeparator => f.write_str("empty separator"),
            Self::NoName(name) => {
                repr::str(f, name)?;
                f.write_str(" is not in list")
            }
            Self::Nameless(name) => {
                f.write_str("column ")?;
                repr::str(f, name)?;
                f.write_str(" is asked for, and the columns have no names: name them by `names`")
            }
            Self::NoColumn => f.write_str("list index out of range"),
            Self::NoFilling => f.write_str("list assignment index out of range"),
            Self::ReplaceNames(wanted) => {
                write!(f, "must replace all names at once with a sequence of length {wanted}")
            }
            Self::Invalid(lines) => f.write_str(lines),
            Self::Misfit { found, row, column } => {
                write!(f, "Cannot convert string {} at row {row}, column {column}", Short(found))
            }
            Self::Unheld { why, row, column } => write!(f, "{} at row {row}, column {column}", why.said),
            Self::Locked { column, line, found } => write!(
                f,
                "Converter #{column} is locked and cannot be upgraded: (occurred line #{line} for value {})",
                Short(found)
            ),
            Self::Fields { found, wanted } => {
                write!(f, "could not assign tuple of length {found} to structure with {wanted} fields.")
            }
            Self::Objects(column) => write!(
                f,
                "the converter of column {column} fails for its first value, so that the column's dtype is not known: \
                 give a filling value"
            ),
            Self::Unsupported(dtype) => write!(f, "text is not read as {dtype}"),
        }
    }
}
