//! The grammar of a format: texts, and conversions between them.

use super::super::error::TextError;

/// One conversion: `%-8.3f`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Spec {
    pub(super) left: bool,
    pub(super) plus: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) alternate: bool,
    pub(super) width: usize,
    pub(super) precision: Option<usize>,
    pub(super) letter: char,
}

impl Spec {
    /// The digits asked for.
    pub(super) fn digits(&self) -> usize {
        self.precision.unwrap_or(6)
    }
}

/// A format for one row: each conversion with the text before it, and the text after the last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Format {
    pub(in super::super) parts: Vec<(String, Spec)>,
    pub(in super::super) rest: String,
}

/// More characters than this no number is padded to or printed with.
const MOST: usize = 1 << 16;

impl Format {
    /// Reads a format as Python's `%` does.
    ///
    /// # Errors
    /// `InvalidInput` for a conversion that Python does not have, `Unsupported` for one that a row does not go into.
    pub(in super::super) fn parse(text: &str) -> Result<Self, TextError> {
        let mut format = Self::default();
        let mut chars = text.char_indices().peekable();
        let mut before = String::new();
        while let Some((at, c)) = chars.next() {
            if c != '%' {
                before.push(c);
                continue;
            }
            let mut spec = Spec {
                left: false,
                plus: false,
                space: false,
                zero: false,
                alternate: false,
                width: 0,
                precision: None,
                letter: ' ',
            };
            while let Some((_, flag)) = chars.next_if(|(_, c)| matches!(c, '-' | '+' | ' ' | '0' | '#')) {
                match flag {
                    '-' => spec.left = true,
                    '+' => spec.plus = true,
                    ' ' => spec.space = true,
                    '0' => spec.zero = true,
                    _ => spec.alternate = true,
                }
            }
            let number = |chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>| {
                let mut value = 0_usize;
                while let Some((_, digit)) = chars.next_if(|(_, c)| c.is_ascii_digit()) {
                    value = value.saturating_mul(10).saturating_add(digit.to_digit(10).unwrap_or(0) as usize);
                }
                if value > MOST { Err(TextError::WideFormat(MOST)) } else { Ok(value) }
            };
            spec.width = number(&mut chars)?;
            if chars.next_if(|(_, c)| *c == '.').is_some() {
                spec.precision = Some(number(&mut chars)?);
            }
            chars.next_if(|(_, c)| matches!(c, 'h' | 'l' | 'L'));
            match chars.next() {
                // Python takes nothing between the two.
                Some((second, '%')) if second == at + 1 => before.push('%'),
                Some((_, letter)) if "diuoxXeEfFgGs".contains(letter) => {
                    spec.letter = letter;
                    format.parts.push((std::mem::take(&mut before), spec));
                }
                Some((at, letter)) => {
                    let at = text.get(..at).map_or(0, |before| before.chars().count());
                    return Err(TextError::Conversion { letter, at });
                }
                None => return Err(TextError::IncompleteFormat),
            }
        }
        format.rest = before;
        Ok(format)
    }
}
