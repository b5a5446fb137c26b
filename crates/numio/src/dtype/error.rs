//! Faults of dtypes and their texts.

use std::fmt;

use crate::ErrorKind;
use crate::error::Cause;
use crate::literal::{Value, excerpt};

#[derive(Debug)]
pub(super) enum DTypeError {
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
pub(super) fn quoted(text: &str) -> String {
    excerpt(&Value::from(text))
}
