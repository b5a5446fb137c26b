//! A text assigned to an element, as NumPy assigns one of Python's `str`.

use super::super::number;
use super::super::value::Value;
use super::kind::{Kind, Unfit, store};
use crate::{DType, IntWidth, Scalar, repr};

/// The longest text that is shown.
const SHOWN: usize = 100;

/// Writes `text` into `out`, a zero element of `scalar`: what Python's `int`, `float`, `complex` and `bool` make of it.
///
/// # Errors
/// Python's or NumPy's sentence, where the dtype does not hold it.
pub(in super::super) fn assign(text: &str, scalar: Scalar, out: &mut [u8]) -> Result<(), String> {
    let unknown = || format!("text is not read as {}", DType::from(scalar));
    let kind = match Kind::of(scalar).ok_or_else(unknown)? {
        Kind::Bool => {
            out.fill(u8::from(!text.is_empty()));
            return Ok(());
        }
        Kind::Text => {
            return match (scalar, text.char_indices().find(|(_, c)| !c.is_ascii())) {
                (Scalar::Bytes(_), Some((at, found))) => Err(not_ascii(found, at)),
                _ => store(&Value::from(text), scalar, out),
            };
        }
        Kind::Whole if matches!(scalar, Scalar::Timedelta(..)) => {
            let ticks = Some(text)
                .filter(|text| text.trim() == *text)
                .and_then(|text| number::ticks(text.as_bytes()));
            return match ticks {
                Some(_) => store(&Value::from(text), scalar, out),
                None => Err("Could not convert object to NumPy timedelta".to_owned()),
            };
        }
        // All widths of integers are read by `int` here.
        Kind::Whole if matches!(scalar, Scalar::UInt(IntWidth::Bits32, _)) && !text.contains('-') => {
            Kind::UInt
        }
        Kind::Whole => Kind::Int,
        kind => kind,
    };
    match kind.parse(text, false) {
        Ok(parsed) => parsed.store(scalar, out),
        Err(Unfit::Overflow(said)) => Err(said),
        Err(Unfit::Invalid) => {
            let is_malformed = number::without_underscores(text.trim().as_bytes()).is_some();
            if kind == Kind::Complex && is_malformed {
                return Err("complex() arg is a malformed string".to_owned());
            }
            let start: String = text.chars().take(SHOWN).collect();
            let wanted = match kind {
                Kind::Int | Kind::UInt => "invalid literal for int() with base 10: ",
                Kind::Complex => "could not convert string to complex: ",
                _ => "could not convert string to float: ",
            };
            let mut said = wanted.to_owned();
            let _ = repr::str(&mut said, &start);
            Err(said)
        }
    }
}

fn not_ascii(found: char, at: usize) -> String {
    let code = u32::from(found);
    let escaped = match code {
        ..0x100 => format!("\\x{code:02x}"),
        0x100..0x1_0000 => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    };
    format!("'ascii' codec can't encode character '{escaped}' in position {at}: ordinal not in range(128)")
}
