//! The fast ways of reading rows.

mod ascii;
mod kernel;
mod marks;
mod mixed;
mod search;
mod sixteen;
#[cfg(test)]
mod tests;

pub(super) use self::kernel::{Kernel, kernel};
pub(super) use self::marks::Marks;
use self::mixed::Mixed;
pub(super) use self::search::Separator;
use super::columns::Columns;
use super::dialect::Dialect;

/// How most rows of a file become elements.
#[derive(Debug)]
pub(super) enum Fast {
    /// All columns are numbers of one kind.
    Each {
        kernel: Kernel,
        separator: Separator,
        /// How many a row has.
        count: usize,
    },
    Mixed(Mixed),
}

impl Fast {
    /// The way for rows of `count` values. `None` where there is none.
    pub(super) fn new(
        dialect: &Dialect,
        columns: &Columns,
        usecols: Option<&[isize]>,
        count: usize,
    ) -> Option<Self> {
        match kernel(dialect, columns).filter(|_| usecols.is_none()) {
            Some((kernel, separator)) => Some(Self::Each { kernel, separator, count }),
            None => Mixed::new(dialect, columns, usecols, count).map(Self::Mixed),
        }
    }

    pub(super) fn marks(&self) -> Marks {
        match self {
            Self::Each { separator, .. } => Marks::new(*separator, None),
            Self::Mixed(mixed) => Marks::new(mixed.separator, Some(mixed.odd)),
        }
    }

    /// Fills the bytes of rows from the next lines of a text, up to the first row that
    /// is for the general path: how many rows there are. What is not ASCII passes only where it `is_text`.
    pub(super) fn rows(&self, text: &[u8], marks: &mut Marks, is_text: bool, out: &mut [u8]) -> usize {
        match self {
            Self::Each { kernel, count, .. } => kernel(text, marks, *count, out),
            Self::Mixed(mixed) => mixed.rows(text, marks, is_text, out),
        }
    }
}
