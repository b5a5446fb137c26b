//! Rows that are kept as they are, and what their columns may be.

use super::super::number::fortran_number;
use super::kind::fits;
use super::names::trim;

/// Fields of rows, as ranges of their text.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) text: String,
    pub(super) ranges: Vec<(u32, u32)>,
    pub(super) count: usize,
}

impl Kept {
    pub(super) fn rows(&self) -> usize {
        self.ranges.len().checked_div(self.count).unwrap_or(0)
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.ranges.truncate(rows * self.count);
    }

    pub(super) fn field(&self, row: usize, column: usize) -> &str {
        let range = self.ranges.get(row * self.count + column);
        range.and_then(|&(start, end)| self.text.get(start as usize..end as usize)).unwrap_or_default()
    }

    /// Bytes in memory, about.
    pub(super) fn size(&self) -> usize {
        self.text.len() + self.ranges.len() * size_of::<(u32, u32)>()
    }
}

/// What a column of kept rows is: the kinds that take every value, and whether one is missing that is no boolean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) kinds: u8,
    pub(super) is_unsure: bool,
    /// Characters of the longest field.
    pub(super) longest: usize,
    /// Whether there are characters outside Latin-1.
    pub(super) is_wide: bool,
}

impl Default for Found {
    fn default() -> Self {
        Self { kinds: u8::MAX, is_unsure: false, longest: 0, is_wide: false }
    }
}

impl Found {
    pub(super) fn add(&mut self, field: &str, missing: &[String], fortran: bool) {
        let number = fortran.then(|| fortran_number(field)).flatten();
        let mut kinds = fits(number.as_deref().unwrap_or(field));
        if kinds & 1 == 0 && is_missing(field, missing) {
            self.is_unsure = true;
            kinds = u8::MAX;
        }
        self.kinds &= kinds;
        self.longest = self.longest.max(chars(field));
        self.is_wide |= !field.is_ascii() && field.chars().any(|c| u32::from(c) > 0xff);
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            kinds: self.kinds & other.kinds,
            is_unsure: self.is_unsure || other.is_unsure,
            longest: self.longest.max(other.longest),
            is_wide: self.is_wide || other.is_wide,
        }
    }
}

pub(super) fn chars(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

pub(super) fn is_missing(field: &str, missing: &[String]) -> bool {
    let field = trim(field);
    missing.iter().any(|text| text == field)
}
