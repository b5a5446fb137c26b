//! The printer: what Python's `repr` writes.

use std::fmt::{self, Write};

use super::{Literal, Value};

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Python's `repr`, except that equal keys, which Python drops, are printed as often as they stand in the text.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Ellipsis => f.write_str("Ellipsis"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(int) => int.fmt(f),
            Self::Float(value) => push_float(f, *value, true),
            Self::Complex(real, imag) => complex(f, *real, *imag),
            Self::Str(text) => push_str(f, text),
            Self::Bytes(bytes) => push_bytes(f, bytes),
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

/// The shortest digits that give the float back: with an exponent below 1e-4 and from 1e16 on. `dot` puts `.0` after a
/// whole number, as floats have it and the halves of complex numbers do not.
fn push_float(out: &mut impl Write, value: f64, dot: bool) -> fmt::Result {
    if !value.is_finite() {
        let text = if value.is_nan() { "nan" } else { "inf" };
        return write!(out, "{}{text}", if value < 0.0 { "-" } else { "" });
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        return write!(out, "{digits}e{sign}{exponent:0>2}");
    }
    write!(out, "{value}")?;
    if dot && value.fract() == 0.0 { out.write_str(".0") } else { Ok(()) }
}

fn complex(f: &mut fmt::Formatter<'_>, real: f64, imag: f64) -> fmt::Result {
    let is_bare = real == 0.0 && real.is_sign_positive();
    if !is_bare {
        f.write_str("(")?;
        push_float(f, real, false)?;
        if imag.is_nan() || imag.is_sign_positive() {
            f.write_str("+")?;
        }
    }
    push_float(f, imag, false)?;
    f.write_str(if is_bare { "j" } else { "j)" })
}

/// Text in quotes, double ones only where it holds single ones and no double ones; what Unicode does not count as
/// printable is escaped.
pub(crate) fn push_str(out: &mut impl Write, text: &str) -> fmt::Result {
    let quote = quote_for(text.as_bytes());
    out.write_char(quote)?;
    for found in text.chars() {
        match found {
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\\' => out.write_str("\\\\")?,
            _ if found == quote => write!(out, "\\{found}")?,
            ' '..='~' => out.write_char(found)?,
            _ if is_printable(found) => out.write_char(found)?,
            _ => match u32::from(found) {
                code @ ..=0xff => write!(out, "\\x{code:02x}")?,
                code @ ..=0xffff => write!(out, "\\u{code:04x}")?,
                code => write!(out, "\\U{code:08x}")?,
            },
        }
    }
    out.write_char(quote)
}

fn push_bytes(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    let quote = quote_for(bytes);
    write!(out, "b{quote}")?;
    for &byte in bytes {
        match byte {
            b'\n' => out.write_str("\\n")?,
            b'\r' => out.write_str("\\r")?,
            b'\t' => out.write_str("\\t")?,
            b'\\' => out.write_str("\\\\")?,
            _ if char::from(byte) == quote => write!(out, "\\{quote}")?,
            b' '..=b'~' => out.write_char(char::from(byte))?,
            _ => write!(out, "\\x{byte:02x}")?,
        }
    }
    out.write_char(quote)
}

fn quote_for(text: &[u8]) -> char {
    if text.contains(&b'\'') && !text.contains(&b'"') { '"' } else { '\'' }
}

/// Whether Python's `str.isprintable` holds: the standard library escapes the same categories when a character stands
/// after another.
fn is_printable(found: char) -> bool {
    let mut buffer = [b'a'; 5];
    let Some(rest) = buffer.get_mut(1..) else { return false };
    let len = found.encode_utf8(rest).len();
    let text = buffer.get(..=len).and_then(|text| std::str::from_utf8(text).ok());
    text.is_some_and(|text| text.escape_debug().eq(text.chars()))
}

/// The first characters of a text, as many as a message has room for.
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
