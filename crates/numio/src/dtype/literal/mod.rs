//! Python literals: the text of a `.npy` header.
//!
//! A header is a Python expression, and NumPy reads it with `ast.literal_eval`, so whatever that takes occurs in files:
//! numbers in any base, strings with prefixes and escapes, adjacent strings that join, comments, brackets over several
//! lines. `parse` reads exactly those expressions, with CPython's own bound of 200 nested brackets, and keeps the
//! byte at which each value starts; printing a value gives Python's `repr`.
//!
//! Read differently from CPython: `\N{name}` escapes are refused, and so are the private characters from U+10F800 on, for here
//! they mean lone surrogates.

use std::borrow::Cow;
use std::fmt;

use crate::ErrorKind;
use crate::error::Cause;

mod int;
mod parse;
mod print;

pub use crate::dtype::literal::int::Int;
pub use crate::dtype::literal::parse::{Dialect, Parsed, parse};
pub(crate) use crate::dtype::literal::print::excerpt;

/// A value, and the byte of the text at which it starts. Equality looks at the value alone.
#[derive(Debug, Clone)]
pub struct Literal<'a> {
    /// The value.
    pub value: Value<'a>,
    /// Its offset in bytes from the start of the text.
    pub offset: usize,
}

/// A Python value that can be written as a literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// `True` or `False`
    Bool(bool),
    /// An integer of any size.
    Int(Int),
    /// A float.
    Float(f64),
    /// A complex number: real and imaginary part.
    Complex(f64, f64),
    /// Text, adjacent strings joined.
    Str(Cow<'a, str>),
    /// Bytes, adjacent ones joined.
    Bytes(Cow<'a, [u8]>),
    /// `(a, b)`
    Tuple(Vec<Literal<'a>>),
    /// `[a, b]`
    List(Vec<Literal<'a>>),
    /// `{a, b}`, items as written: equal ones are kept.
    Set(Vec<Literal<'a>>),
    /// `{a: b}`, pairs as written: of pairs with equal keys Python keeps the last.
    Dict(Vec<(Literal<'a>, Literal<'a>)>),
}

impl PartialEq for Literal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Str(Cow::Borrowed(text))
    }
}

impl Value<'_> {
    /// True if Python accepts it as a key.
    pub(crate) fn is_hashable(&self) -> bool {
        match self {
            Self::List(_) | Self::Set(_) | Self::Dict(_) => false,
            Self::Tuple(items) => items.iter().all(|item| item.value.is_hashable()),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests;

/// An error and its byte offset in the text.
pub(crate) type Fault = (usize, LiteralError);

#[derive(Debug)]
pub(crate) enum LiteralError {
    /// Something other than the expected value, comma, bracket or end.
    Unexpected { found: FoundToken, wanted: &'static str },
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
    /// An operator or a sign that literals do not allow.
    Arithmetic,
    /// A call of anything but `set()`.
    Call,
}

/// The token or character at the offset of an error.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FoundToken {
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
            Self::Unexpected { found: FoundToken::Char(found), wanted } => {
                write!(f, "expected {wanted}, found {found:?}")
            }
            Self::Unexpected { found: FoundToken::End, wanted } => write!(f, "expected {wanted}, found the end"),
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
