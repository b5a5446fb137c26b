//! The printer: what Python's `repr` writes.

use std::fmt;
use std::fmt::Write;

use crate::dtype::literal::{Literal, Value};
use crate::num::python_float;
use crate::repr;

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Python's `repr`, except that equal keys, which Python drops, are printed as often as they occur in the text.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Ellipsis => f.write_str("Ellipsis"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(int) => int.fmt(f),
            Self::Float(value) => python_float::float(f, *value),
            Self::Complex(real, imag) => complex(f, *real, *imag),
            Self::Str(text) => repr::str(f, text),
            Self::Bytes(bytes) => repr::bytes(f, bytes),
            Self::Tuple(items) => {
                f.write_str("(")?;
                join(f, items)?;
                f.write_str(if items.len() == 1 { ",)" } else { ")" })
            }
            Self::List(items) => {
                f.write_str("[")?;
                join(f, items)?;
                f.write_str("]")
            }
            Self::Set(items) if items.is_empty() => f.write_str("set()"),
            Self::Set(items) => {
                f.write_str("{")?;
                join(f, items)?;
                f.write_str("}")
            }
            Self::Dict(pairs) => {
                f.write_str("{")?;
                for (index, (key, value)) in pairs.iter().enumerate() {
                    write!(f, "{}{key}: {value}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, items: &[Literal<'_>]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
    }
    Ok(())
}

/// A bare imaginary part if the real one is 0, else both in parentheses. Whole numbers go without `.0`.
fn complex(f: &mut fmt::Formatter<'_>, real: f64, imag: f64) -> fmt::Result {
    let is_bare = real == 0.0 && real.is_sign_positive();
    if !is_bare {
        f.write_str("(")?;
        part(f, real)?;
        f.write_str(if imag.is_nan() || imag.is_sign_positive() { "+" } else { "" })?;
    }
    part(f, imag)?;
    f.write_str(if is_bare { "j" } else { "j)" })
}

fn part(f: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    let mut text = String::new();
    python_float::float(&mut text, value)?;
    f.write_str(text.strip_suffix(".0").unwrap_or(&text))
}

/// The first characters of a text, as many as fit a message.
pub(crate) fn excerpt(text: &dyn fmt::Display) -> String {
    struct Start {
        text: String,
        room: usize,
    }
    impl Write for Start {
        fn write_str(&mut self, more: &str) -> fmt::Result {
            for found in more.chars() {
                self.room = self.room.checked_sub(1).ok_or(fmt::Error)?;
                self.text.push(found);
            }
            Ok(())
        }
    }
    let mut start = Start { text: String::new(), room: 80 };
    if write!(start, "{text}").is_err() {
        start.text.push_str("...");
    }
    start.text
}
