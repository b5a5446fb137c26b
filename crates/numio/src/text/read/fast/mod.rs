//! Fast paths for rows of plain numbers and strings.

pub(crate) mod index;
pub(crate) mod numbers;
pub(crate) mod rows;
#[cfg(test)]
mod tests;

use crate::text::read::convert::RowLayout;
use crate::text::read::dialect::Dialect;
use crate::text::read::fast::index::{ByteSeparator, FieldIndex};
use crate::text::read::fast::rows::{NumericRows, RecordRows, numeric_rows};

/// The fast path of a text.
#[derive(Debug)]
pub(crate) enum FastRows {
    /// All columns are numbers of one kind.
    Each {
        numeric_rows: NumericRows,
        separator: ByteSeparator,
        /// Values per row.
        count: usize,
    },
    RecordRows(RecordRows),
}

impl FastRows {
    /// The fast path for rows of `count` values, where there is one.
    pub(crate) fn new(
        dialect: &Dialect,
        columns: &RowLayout,
        usecols: Option<&[isize]>,
        count: usize,
    ) -> Option<Self> {
        match numeric_rows(dialect, columns).filter(|_| usecols.is_none()) {
            Some((numeric_rows, separator)) => Some(Self::Each { numeric_rows, separator, count }),
            None => RecordRows::new(dialect, columns, usecols, count).map(Self::RecordRows),
        }
    }

    pub(crate) fn marks(&self) -> FieldIndex {
        match self {
            Self::Each { separator, .. } => FieldIndex::new(*separator, None),
            Self::RecordRows(mixed) => FieldIndex::new(mixed.separator, Some(mixed.odd)),
        }
    }

    /// Converts the next lines of a text up to the first row for the general path, and returns the number of rows.
    /// Lines that are not ASCII pass only where the text is known to be text (`is_text`).
    pub(crate) fn rows(&self, text: &[u8], marks: &mut FieldIndex, is_text: bool, out: &mut [u8]) -> usize {
        match self {
            Self::Each { numeric_rows, count, .. } => numeric_rows(text, marks, *count, out),
            Self::RecordRows(mixed) => mixed.rows(text, marks, is_text, out),
        }
    }
}
