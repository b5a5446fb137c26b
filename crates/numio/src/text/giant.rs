//! Rows and arrays out of all proportion: refused before memory is taken for them.

use super::dialect::{Delimiter, Dialect};
use super::error::TextError;
use super::space;
use crate::Limits;

/// A row that is refused, and what it passes.
pub(super) enum Giant {
    Long(u64),
    Wide(u64),
}

impl Giant {
    pub(super) fn into_error(self, row: u64) -> TextError {
        match self {
            Self::Long(limit) => TextError::LongRow { limit, row },
            Self::Wide(limit) => TextError::WideRow { limit, row },
        }
    }
}

type Count<'a> = Box<dyn Fn(&[u8]) -> u64 + 'a>;

/// How long a row may be, and how many fields it may have.
pub(super) struct RowLimits<'a> {
    bytes: u64,
    fields: u64,
    count: Count<'a>,
}

impl<'a> RowLimits<'a> {
    /// `count` says how many fields the start of a row has at least.
    pub(super) fn new(limits: &Limits, count: impl Fn(&[u8]) -> u64 + 'a) -> Self {
        Self { bytes: limits.max_row_bytes, fields: limits.max_row_fields, count: Box::new(count) }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Looks at the start of a row whose end has not come yet, in which so many fields are known to have ended.
    pub(super) fn check(&self, row: &[u8], fields: u64) -> Result<(), Giant> {
        let len = row.len() as u64;
        if len > self.bytes {
            return Err(Giant::Long(self.bytes));
        }
        // A field takes a byte at least, with what ends it.
        if len > self.fields && fields.max((self.count)(row)) > self.fields {
            return Err(Giant::Wide(self.fields));
        }
        Ok(())
    }
}

/// How many fields the start of a row has; nothing where there are quotes, for then only a scanner can tell.
pub(super) fn fields(dialect: &Dialect, row: &[u8]) -> u64 {
    if dialect.quote.is_some() {
        return 0;
    }
    let row = dialect.without_comment(row);
    match &dialect.delimiter {
        Delimiter::Space => words(row),
        Delimiter::Char(mark) => memchr::memmem::find_iter(row, mark.bytes()).count() as u64,
    }
}

/// How many runs of anything but white space there are.
pub(super) fn words(mut text: &[u8]) -> u64 {
    let mut count = 0;
    let mut is_inside = false;
    while !text.is_empty() {
        let blank = space::leading(text);
        count += u64::from(blank == 0 && !is_inside);
        is_inside = blank == 0;
        text = text.get(blank.max(1)..).unwrap_or_default();
    }
    count
}

/// Below this nothing is held against what it was read from.
const UNSUSPICIOUS: u64 = 16 << 20;

/// Holds an array whose texts all have the length of the longest against the `read` bytes that its rows took: one long
/// field among many short ones makes terabytes of a small file.
///
/// # Errors
/// Where it is more than [`Limits::max_text_ratio`] times as large.
pub(super) fn in_proportion(bytes: u64, read: u64, limits: &Limits) -> Result<(), TextError> {
    let most = read.saturating_mul(limits.max_text_ratio);
    if bytes <= UNSUSPICIOUS.max(most) { Ok(()) } else { Err(TextError::Swollen { bytes, read }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_as_they_are_cut() {
        for (delimiter, row, wanted) in [
            (Some(","), ",a,,b", 3),
            (Some(","), "1,2#,,,", 1),
            (Some("é"), "1é2é", 2),
            (None, "  a b\t\u{a0}c ", 3),
            (None, " # a b", 0),
            (None, "", 0),
        ] {
            let dialect = Dialect::new(delimiter, &["#".to_owned()], None).unwrap();
            assert_eq!(fields(&dialect, row.as_bytes()), wanted, "{row:?}");
        }
    }

    #[test]
    fn what_is_small_is_never_out_of_proportion() {
        let limits = Limits::default();
        assert!(in_proportion(16 << 20, 0, &limits).is_ok());
        assert!(in_proportion(4 << 30, 4 << 20, &limits).is_ok());
        assert!(in_proportion(4 << 40, 4 << 20, &limits).is_err());
        assert!(in_proportion(u64::MAX, u64::MAX, &limits).is_ok());
    }
}
