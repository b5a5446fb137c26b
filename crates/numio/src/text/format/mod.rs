//! Python's `%` formatting of numbers and texts (`Objects/unicodeobject.c`, `PyUnicode_Format`).

mod float;
mod spec;

pub(super) use self::spec::{Format, Spec};

use std::fmt::Write;

/// One value to print.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Printed {
    Int(i128),
    /// A number, and how `str` writes it.
    Float(f64, Width),
    Bool(bool),
    Text(String),
}

/// The kind of float that a number came from: `str` gives the fewest digits that tell it from its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Half,
    Single,
    Double,
}

impl Spec {
    /// Appends `value` as this format has it.
    ///
    /// # Errors
    /// `Mismatch` for a text as a number, `Argument` for an infinity as an integer.
    pub(super) fn print(&self, out: &mut String, value: &Printed) -> Result<(), Fault> {
        match self.letter {
            's' => self.pad_text(out, &value.text()),
            'd' | 'i' | 'u' => {
                let (negative, digits) = value.integer()?;
                self.pad_integer(out, negative, &digits);
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let number = value.number().ok_or(Fault::Mismatch)?;
                if self.is_plain()
                    && matches!(self.letter, 'e')
                    && float::scientific(out, number, self.digits())
                {
                    return Ok(());
                }
                let digits = float::layout(number.abs(), self);
                self.pad_number(out, number.is_sign_negative() && !number.is_nan(), "", &digits, self.zero);
            }
            _ => {
                let Printed::Int(number) = *value else { return Err(Fault::Mismatch) };
                let magnitude = number.unsigned_abs();
                let (prefix, digits) = match self.letter {
                    'x' => ("0x", format!("{magnitude:x}")),
                    'X' => ("0X", format!("{magnitude:X}")),
                    _ => ("0o", format!("{magnitude:o}")),
                };
                let digits = format!("{digits:0>width$}", width = self.precision.unwrap_or(0));
                self.pad_number(
                    out,
                    number < 0,
                    if self.alternate { prefix } else { "" },
                    &digits,
                    self.zero,
                );
            }
        }
        Ok(())
    }

    fn pad_integer(&self, out: &mut String, negative: bool, digits: &str) {
        let width = self.precision.unwrap_or(0);
        if digits.len() >= width {
            self.pad_number(out, negative, "", digits, self.zero);
        } else {
            self.pad_number(out, negative, "", &format!("{digits:0>width$}"), self.zero);
        }
    }

    fn pad_text(&self, out: &mut String, text: &str) {
        let most = self.precision.unwrap_or(usize::MAX);
        let len = text.chars().count().min(most);
        let end = text.char_indices().nth(most).map_or(text.len(), |(end, _)| end);
        let fill = self.width.saturating_sub(len);
        let (before, after) = if self.left { (0, fill) } else { (fill, 0) };
        out.extend(std::iter::repeat_n(' ', before));
        out.push_str(text.get(..end).unwrap_or(text));
        out.extend(std::iter::repeat_n(' ', after));
    }

    fn pad_number(&self, out: &mut String, negative: bool, prefix: &str, digits: &str, zeros: bool) {
        let sign = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let fill = self.width.saturating_sub(sign.len() + prefix.len() + digits.len());
        let (before, between, after) = match (self.left, zeros) {
            (true, _) => (0, 0, fill),
            (_, true) => (0, fill, 0),
            _ => (fill, 0, 0),
        };
        out.extend(std::iter::repeat_n(' ', before));
        out.push_str(sign);
        out.push_str(prefix);
        out.extend(std::iter::repeat_n('0', between));
        out.push_str(digits);
        out.extend(std::iter::repeat_n(' ', after));
    }
}

/// Why a value does not go into a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Python's TypeError.
    Mismatch,
    /// Not a number, as an integer.
    Nan,
    /// An infinity, as an integer.
    Infinity,
}

impl Printed {
    fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value, _) => Some(*value),
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Text(_) => None,
        }
    }

    /// The sign and the digits of the whole part.
    fn integer(&self) -> Result<(bool, String), Fault> {
        match self {
            Self::Int(value) => Ok((*value < 0, value.unsigned_abs().to_string())),
            Self::Bool(value) => Ok((false, u8::from(*value).to_string())),
            Self::Float(value, _) if value.is_nan() => Err(Fault::Nan),
            Self::Float(value, _) if value.is_infinite() => Err(Fault::Infinity),
            Self::Float(value, _) => {
                let whole = value.trunc();
                Ok((whole < 0.0, format!("{:.0}", whole.abs())))
            }
            Self::Text(_) => Err(Fault::Mismatch),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let _ = match self {
            Self::Int(value) => write!(out, "{value}"),
            Self::Bool(value) => out.write_str(if *value { "True" } else { "False" }),
            Self::Text(text) => out.write_str(text),
            Self::Float(value, width) => float::shortest(&mut out, *value, *width),
        };
        out
    }
}
