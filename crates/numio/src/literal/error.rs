//! Faults of literals.

use std::fmt;

use crate::ErrorKind;
use crate::error::Cause;

/// A fault, and the byte of the text at which it stands.
pub(super) type Fault = (usize, LiteralError);

#[derive(Debug)]
pub(super) enum LiteralError {
    /// Something else stands where a value, a comma, a bracket or the end was wanted.
    Unexpected { found: Found, wanted: &'static str },
    /// More open brackets than CPython reads.
    TooDeep,
    /// A number that breaks Python's rules: why.
    Number(&'static str),
    /// A string that breaks Python's rules: why.
    Str(&'static str),
    /// A list, set or dict as a key.
    Unhashable,
    /// A NUL byte.
    Nul,
    /// An operator or a sign where literals have none.
    Arithmetic,
    /// A call of anything but `set()`.
    Call,
}

/// What stands at the place of a fault.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found {
    Char(char),
    End,
}

impl Cause for LiteralError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidData
    }
}

impl fmt::Display for LiteralError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { found: Found::Char(found), wanted } => {
                write!(f, "expected {wanted}, found {found:?}")
            }
            Self::Unexpected { found: Found::End, wanted } => write!(f, "expected {wanted}, found the end"),
            Self::TooDeep => f.write_str("more than 200 nested brackets: Python reads no more either"),
            Self::Number(why) => write!(f, "not a Python number: {why}"),
            Self::Str(why) => write!(f, "not a Python string: {why}"),
            Self::Unhashable => f.write_str("a list, set or dict cannot be a key or an item of a set"),
            Self::Nul => f.write_str("a NUL character: Python's source text has none"),
            Self::Call => f.write_str("of all calls, only set() is a literal"),
            Self::Arithmetic => f.write_str(
                "a sign belongs before one number, and a sum of a real and an imaginary number makes a complex one",
            ),
        }
    }
}
