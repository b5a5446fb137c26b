//! A field as a value of Python's types: `StringConverter` in NumPy's `_iotools.py`.

use std::borrow::Cow;

use num_complex::Complex64;

use crate::array::LongDouble;
use crate::datetime::parse_datetime_as;
use crate::num::parse;
use crate::text::read::convert::{Value, long_double};
use crate::text::read::genfromtxt::error::Refusal;
use crate::text::read::genfromtxt::names::trim;
use crate::{ByteOrder, ComplexWidth, DType, FloatWidth, IntWidth, Scalar, repr};

/// The type that a column's fields are read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// `True` or `False`, in any case.
    Bool,
    /// An integer.
    Int,
    /// An integer of 64 bits without sign.
    UInt,
    /// The whole part of a float: how NumPy reads all other widths of integers.
    Whole,
    Float,
    /// A long double.
    Long,
    Complex,
    /// Characters, which go into `U`, `S` or `M8`.
    Text,
    /// The value of a caller's converter.
    Given,
}

/// The value of one field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ParsedField<'a> {
    Bool(bool),
    Int(i128),
    Float(f64),
    Long(LongDouble),
    Complex(Complex64),
    Text(Cow<'a, str>),
}

/// The reason a field is not of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Python's ValueError: the default may replace it.
    Invalid,
    /// Python's OverflowError, which nothing catches.
    Overflow(Refusal),
}

impl FieldKind {
    /// The kind of fields for elements of `scalar`. `None` if they are not read.
    pub(crate) fn of(scalar: Scalar) -> Option<Self> {
        Some(match scalar {
            Scalar::Bool => Self::Bool,
            Scalar::Int(IntWidth::Bits64, _) => Self::Int,
            Scalar::UInt(IntWidth::Bits64, _) => Self::UInt,
            Scalar::Int8 | Scalar::UInt8 | Scalar::Int(..) | Scalar::UInt(..) | Scalar::Timedelta(..) => {
                Self::Whole
            }
            Scalar::Float(FloatWidth::Bits128, _) => Self::Long,
            Scalar::Float(..) => Self::Float,
            Scalar::Complex(..) => Self::Complex,
            Scalar::Str(..) | Scalar::Bytes(_) | Scalar::Datetime(..) => Self::Text,
            Scalar::Void(_) | Scalar::Object => return None,
        })
    }

    /// NumPy's value for a missing one if the caller has named none.
    pub(crate) fn default(self, scalar: Scalar) -> Option<Value> {
        Some(match self {
            Self::Bool => Value::Bool(false),
            Self::Int | Self::UInt | Self::Whole => Value::Int(-1),
            Self::Float | Self::Long => Value::Float(f64::NAN),
            Self::Complex => Value::Complex(Complex64::new(f64::NAN, 0.0)),
            Self::Text if matches!(scalar, Scalar::Datetime(..)) => return None,
            Self::Given => return None,
            Self::Text => Value::from("???"),
        })
    }

    /// The result of assigning a text of Latin-1 as bytes to an element: their truth, or Python's message.
    pub(crate) fn said_of_bytes(self, field: &str, scalar: Scalar) -> Result<bool, Refusal> {
        let latin1: Vec<u8> = field.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
        let mut bytes = String::new();
        let _ = repr::bytes(&mut bytes, &latin1);
        Err(match self {
            Self::Bool => return Ok(!field.is_empty()),
            Self::Whole if matches!(scalar, Scalar::Timedelta(..)) => NO_TIMEDELTA.into(),
            Self::Int | Self::UInt | Self::Whole => {
                format!("invalid literal for int() with base 10: {bytes}").into()
            }
            Self::Complex => "complex() arg is a malformed string".into(),
            Self::Long => {
                // A string of C, which ends at a NUL.
                let shown = latin1.split(|&byte| byte == 0).next().unwrap_or_default();
                no_long_double(&String::from_utf8_lossy(shown))
            }
            Self::Float | Self::Text | Self::Given => {
                format!("could not convert string to float: {bytes}").into()
            }
        })
    }

    pub(crate) fn parse<'a>(self, field: &'a str, is_bytes: bool) -> Result<ParsedField<'a>, Misfit> {
        let bytes = field.as_bytes();
        match self {
            Self::Bool if field.eq_ignore_ascii_case("true") => Ok(ParsedField::Bool(true)),
            Self::Bool if field.eq_ignore_ascii_case("false") => Ok(ParsedField::Bool(false)),
            Self::Bool => Err(Misfit::Invalid),
            Self::Int => match integer(field)? {
                value if i64::try_from(value).is_ok() => Ok(ParsedField::Int(value)),
                _ => Err(Misfit::Overflow(Refusal::overflow("Python int too large to convert to C long"))),
            },
            Self::UInt => match integer(field)? {
                value if u64::try_from(value).is_ok() => Ok(ParsedField::Int(value)),
                value if i64::try_from(value).is_ok() => {
                    let said = format!("Python integer {value} out of bounds for uint64");
                    Err(Misfit::Overflow(Refusal::overflow(said)))
                }
                _ => Err(Misfit::Overflow(Refusal::overflow("Python int too large to convert to C long"))),
            },
            Self::Whole => match parse::lenient_float(bytes).ok_or(Misfit::Invalid)? {
                value if value.is_nan() => Err(Misfit::Invalid),
                value if value.is_infinite() => {
                    Err(Misfit::Overflow(Refusal::overflow("cannot convert float infinity to integer")))
                }
                value => Ok(ParsedField::Int(value as i128)),
            },
            Self::Float => parse::lenient_float(bytes).map(ParsedField::Float).ok_or(Misfit::Invalid),
            Self::Long => long_double(bytes).map(ParsedField::Long).ok_or(Misfit::Invalid),
            Self::Complex => parse::python_complex(bytes).map(ParsedField::Complex).ok_or(Misfit::Invalid),
            Self::Text if is_bytes && field.chars().any(|c| u32::from(c) > 0xff) => Err(Misfit::Invalid),
            Self::Text => Ok(ParsedField::Text(Cow::Borrowed(field))),
            Self::Given => Err(Misfit::Invalid),
        }
    }
}

/// Python's `int(field)`. Integers beyond 127 bits saturate: no dtype represents either.
fn integer(field: &str) -> Result<i128, Misfit> {
    if field.bytes().any(|byte| matches!(byte, 0x1c..=0x1f)) {
        return Err(Misfit::Invalid);
    }
    let text = parse::without_underscores(trim(field).as_bytes()).ok_or(Misfit::Invalid)?;
    let (negative, digits) = match &text[..] {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Misfit::Invalid);
    }
    let mut value = 0_i128;
    for digit in digits {
        value = value.saturating_mul(10).saturating_add(i128::from(digit - b'0'));
    }
    Ok(if negative { -value } else { value })
}

const NATIVE: ByteOrder = ByteOrder::NATIVE;
pub(crate) const INT64: Scalar = Scalar::Int(IntWidth::Bits64, NATIVE);
const FLOAT32: Scalar = Scalar::Float(FloatWidth::Bits32, NATIVE);
pub(crate) const FLOAT64: Scalar = Scalar::Float(FloatWidth::Bits64, NATIVE);
const LONG_DOUBLE: Scalar = Scalar::Float(FloatWidth::Bits128, NATIVE);
pub(crate) const COMPLEX128: Scalar = Scalar::Complex(ComplexWidth::Bits128, NATIVE);

/// The kinds that NumPy tries one after another where the dtype is to be found.
pub(crate) const FOUND: [(FieldKind, Scalar); 6] = [
    (FieldKind::Bool, Scalar::Bool),
    (FieldKind::Int, INT64),
    (FieldKind::Float, FLOAT64),
    (FieldKind::Complex, COMPLEX128),
    (FieldKind::Long, LONG_DOUBLE),
    (FieldKind::Text, Scalar::Str(0, NATIVE)),
];

/// The kinds of [`FOUND`] that a field fits, one bit each.
pub(crate) fn fits(field: &str) -> u8 {
    const LONG: u8 = 1 << 4;
    const TEXT: u8 = 1 << 5;
    // Most fields that are no floats are no other numbers either.
    let is_number = |(kind, _): &(FieldKind, Scalar)| kind.parse(field, false).is_ok();
    let [truth, int, float, complex, long, _] = &FOUND;
    let mut bits = TEXT;
    if is_number(float) {
        bits |= 1 << 2 | 1 << 3 | u8::from(is_number(int)) << 1;
        // Other scripts' digits, underscores and white space behind a number are Python's, and not C's.
        let is_simple = field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        bits |= if is_simple || is_number(long) { LONG } else { 0 };
    } else if is_number(complex) {
        bits |= 1 << 3;
    } else if is_number(truth) {
        bits |= 1;
    } else if is_number(long) {
        // Hexadecimal numbers, and NaNs with a payload.
        bits |= LONG;
    }
    bits
}

impl ParsedField<'_> {
    /// Writes it into `out`, a zero element of `scalar`.
    ///
    /// # Errors
    /// NumPy's sentence, where the dtype does not hold it.
    pub(crate) fn store(&self, scalar: Scalar, out: &mut [u8]) -> Result<(), Refusal> {
        match (self, scalar) {
            (Self::Float(value), FLOAT64) => out.copy_from_slice(&value.to_ne_bytes()),
            (Self::Long(value), Scalar::Float(FloatWidth::Bits128, order)) => {
                let mut bytes = value.to_ne_bytes();
                if order != NATIVE {
                    bytes.reverse();
                }
                out.copy_from_slice(&bytes);
            }
            (Self::Float(value), FLOAT32) => out.copy_from_slice(&(*value as f32).to_ne_bytes()),
            (Self::Int(value), INT64) => {
                let value = i64::try_from(*value).map_err(|_| out_of_bounds(*value, scalar))?;
                out.copy_from_slice(&value.to_ne_bytes());
            }
            _ => return store(&self.value(scalar)?, scalar, out),
        }
        Ok(())
    }

    fn value(&self, scalar: Scalar) -> Result<Value, Refusal> {
        Ok(match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => match (i64::try_from(*value), u64::try_from(*value)) {
                (Ok(value), _) => Value::Int(value),
                (_, Ok(value)) if !matches!(scalar, Scalar::Timedelta(..)) => Value::UInt(value),
                _ => return Err(out_of_bounds(*value, scalar)),
            },
            Self::Float(value) => Value::Float(*value),
            Self::Long(value) => Value::Float(value.to_f64()),
            Self::Complex(value) => Value::Complex(*value),
            Self::Text(text) => Value::Text(text.clone().into_owned()),
        })
    }
}

/// Writes `value` into `out`, an element of `scalar`, as NumPy assigns a Python object.
pub(crate) fn store(value: &Value, scalar: Scalar, out: &mut [u8]) -> Result<(), Refusal> {
    if let (Value::Int(ticks), Scalar::Datetime(_, order)) = (value, scalar) {
        let bytes = if order == NATIVE { *ticks } else { ticks.swap_bytes() };
        out.copy_from_slice(&bytes.to_ne_bytes());
        return Ok(());
    }
    if let (Value::Text(text), Scalar::Bool) = (value, scalar) {
        out.fill(u8::from(!text.is_empty()));
        return Ok(());
    }
    value.store(scalar, out).ok_or_else(|| match value {
        Value::Float(_) | Value::Text(_) if matches!(scalar, Scalar::Timedelta(..)) => {
            "Could not convert object to NumPy timedelta".into()
        }
        Value::Int(value) => out_of_bounds((*value).into(), scalar),
        Value::UInt(value) => out_of_bounds((*value).into(), scalar),
        Value::Float(value) if value.is_nan() => "cannot convert float NaN to integer".into(),
        Value::Float(value) if value.is_infinite() => {
            Refusal::overflow("cannot convert float infinity to integer")
        }
        Value::Float(value) => out_of_bounds(*value as i128, scalar),
        value => {
            let found = value.text().unwrap_or_default();
            if let Scalar::Datetime(unit, _) = scalar
                && let Err(why) = parse_datetime_as(&found, unit)
            {
                return format!("Error parsing datetime string \"{found}\": {}", why.message()).into();
            }
            let mut text = String::new();
            let _ = repr::str(&mut text, &found);
            match FieldKind::of(scalar) {
                _ if matches!(scalar, Scalar::Timedelta(..)) => NO_TIMEDELTA.into(),
                Some(FieldKind::Long) => no_long_double(found.split('\0').next().unwrap_or_default()),
                Some(FieldKind::Int | FieldKind::UInt | FieldKind::Whole) => {
                    format!("invalid literal for int() with base 10: {text}").into()
                }
                Some(FieldKind::Complex) => "complex() arg is a malformed string".into(),
                _ => format!("could not convert string to float: {text}").into(),
            }
        }
    })
}

const NO_TIMEDELTA: &str = "Could not convert object to NumPy timedelta";

fn no_long_double(text: &str) -> Refusal {
    format!("invalid literal for long double: {text}").into()
}

fn out_of_bounds(value: i128, scalar: Scalar) -> Refusal {
    Refusal::overflow(match scalar {
        Scalar::Timedelta(..) => "int too big to convert".to_owned(),
        // NumPy goes by `unsigned long` here, and by `long` for all others.
        Scalar::UInt(IntWidth::Bits32, _) if u64::try_from(value).is_ok() => {
            format!("Python integer {value} out of bounds for uint32")
        }
        _ if i64::try_from(value).is_err() => "Python int too large to convert to C long".to_owned(),
        _ => {
            let dtype = DType::from(scalar.with_byte_order(ByteOrder::NATIVE));
            format!("Python integer {value} out of bounds for {dtype}")
        }
    })
}

#[cfg(feature = "regex")]
/// The longest text that is shown.
const SHOWN: usize = 100;

#[cfg(feature = "regex")]
/// Writes `text` into `out`, a zero element of `scalar`: what Python's `int`, `float`, `complex` and `bool` make of it.
///
/// # Errors
/// Python's or NumPy's sentence, where the dtype does not hold it.
pub(crate) fn assign(text: &str, scalar: Scalar, out: &mut [u8]) -> Result<(), Refusal> {
    let unknown = || format!("text is not read as {}", DType::from(scalar));
    let kind = match FieldKind::of(scalar).ok_or_else(unknown)? {
        FieldKind::Bool => {
            out.fill(u8::from(!text.is_empty()));
            return Ok(());
        }
        FieldKind::Text => {
            return match (scalar, text.char_indices().find(|(_, c)| !c.is_ascii())) {
                (Scalar::Bytes(_), Some((at, found))) => Err(not_ascii(found, at).into()),
                _ => store(&Value::from(text), scalar, out),
            };
        }
        FieldKind::Whole if matches!(scalar, Scalar::Timedelta(..)) => {
            let ticks =
                Some(text).filter(|text| text.trim() == *text).and_then(|text| parse::ticks(text.as_bytes()));
            return match ticks {
                Some(_) => store(&Value::from(text), scalar, out),
                None => Err(NO_TIMEDELTA.into()),
            };
        }
        // All widths of integers are read by `int` here.
        FieldKind::Whole if matches!(scalar, Scalar::UInt(IntWidth::Bits32, _)) && !text.contains('-') => {
            FieldKind::UInt
        }
        FieldKind::Whole => FieldKind::Int,
        kind => kind,
    };
    match kind.parse(text, false) {
        Ok(parsed) => parsed.store(scalar, out),
        Err(Misfit::Overflow(said)) => Err(said),
        Err(Misfit::Invalid) => {
            let is_malformed = parse::without_underscores(text.trim().as_bytes()).is_some();
            if kind == FieldKind::Complex && is_malformed {
                return Err("complex() arg is a malformed string".into());
            }
            let start: String = text.chars().take(SHOWN).collect();
            let wanted = match kind {
                FieldKind::Int | FieldKind::UInt => "invalid literal for int() with base 10: ",
                FieldKind::Complex => "could not convert string to complex: ",
                _ => "could not convert string to float: ",
            };
            let mut said = wanted.to_owned();
            let _ = repr::str(&mut said, &start);
            Err(said.into())
        }
    }
}

#[cfg(feature = "regex")]
fn not_ascii(found: char, at: usize) -> String {
    let code = u32::from(found);
    let escaped = match code {
        ..0x100 => format!("\\x{code:02x}"),
        0x100..0x1_0000 => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    };
    format!("'ascii' codec can't encode character '{escaped}' in position {at}: ordinal not in range(128)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_fit_what_python_takes() {
        for (field, bits) in [
            ("True", 0b10_0001),
            ("fALSE", 0b10_0001),
            ("1", 0b11_1110),
            (" 1_000 ", 0b10_1110),
            ("9223372036854775808", 0b11_1100),
            ("1.", 0b11_1100),
            ("inf", 0b11_1100),
            ("1+2j", 0b10_1000),
            ("j", 0b10_1000),
            ("0x1.8p3", 0b11_0000),
            ("nan(123)", 0b11_0000),
            ("x", 0b10_0000),
            ("", 0b10_0000),
        ] {
            assert_eq!(fits(field), bits, "{field}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said_in_numpys_words() {
        assert_eq!(
            FieldKind::Whole.parse("inf", false),
            Err(Misfit::Overflow(Refusal::overflow("cannot convert float infinity to integer")))
        );
        let stored = ParsedField::Int(300).store(Scalar::Int8, &mut [0]);
        assert_eq!(stored, Err(Refusal::overflow("Python integer 300 out of bounds for int8")));
    }
}
