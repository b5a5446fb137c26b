//! Python literals: the text of a `.npy` header.
//!
//! A header is a Python expression, and NumPy reads it with `ast.literal_eval`, so whatever that takes occurs in files:
//! numbers in any base, strings with prefixes and escapes, adjacent strings that join, comments, brackets over several
//! lines. [`parse`] reads exactly those expressions, with CPython's own bound of 200 nested brackets, and keeps the byte
//! at which each value stands; printing a value gives what Python's `repr` gives.
//!
//! Read differently from CPython: `\N{name}` escapes and lone surrogates are refused.

mod cursor;
mod error;
mod int;
mod number;
mod parse;
mod print;
mod string;

use std::borrow::Cow;

pub use self::int::Int;
pub use self::parse::{Dialect, Parsed, parse};
pub(crate) use self::print::excerpt;

/// A value, and the byte of the text at which it starts. Equality looks at the value alone.
#[derive(Debug, Clone)]
pub struct Literal<'a> {
    /// What was written.
    pub value: Value<'a>,
    /// Where, in bytes from the start of the text.
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
    /// Whether Python takes it as a key.
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
