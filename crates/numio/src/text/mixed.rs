//! The fast path for rows of unlike columns, or of which only some are read: one pass over their bytes, as in `kernel`.
//!
//! It takes rows of ASCII from pieces without returns and comments, and leaves all others to the general path.

use super::ascii::{Field, near_end};
use super::columns::Columns;
use super::dialect::{Comments, Delimiter, Dialect};
use super::kernel::{Put, number};
use crate::{ByteOrder, Scalar};

/// One column that is read.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// How many columns stand between it and the one before.
    skip: usize,
    /// How a number is read; texts have none.
    number: Option<Put>,
    scalar: Scalar,
    offset: usize,
    size: usize,
}

/// The steps that read a row.
#[derive(Debug)]
pub(super) struct Mixed {
    steps: Vec<Step>,
    /// Nothing for white space.
    delimiter: Option<u8>,
    comment: Option<u8>,
    /// Whether there may be columns after the last that is read.
    open: bool,
}

impl Mixed {
    /// The steps for such files. `None` where a column is of another kind, or the columns are not in order.
    pub(super) fn new(
        dialect: &Dialect,
        columns: &Columns,
        usecols: Option<&[isize]>,
        count: usize,
    ) -> Option<Self> {
        let (delimiter, comment) = marks(dialect)?;
        let values: Vec<(Scalar, usize)> = match columns {
            Columns::Each(scalar) => (0..count).map(|index| (*scalar, index * scalar.itemsize())).collect(),
            Columns::Record(cells, _) => cells.iter().map(|cell| (cell.scalar, cell.offset)).collect(),
            Columns::Texts(_) => return None,
        };
        let mut steps = Vec::with_capacity(values.len());
        // Many a file's columns are read in order, and then each place in the array is written in turn.
        let mut order: Vec<(usize, usize)> = match usecols {
            Some(usecols) => {
                let place = |(index, &column): (usize, &isize)| Some((usize::try_from(column).ok()?, index));
                usecols.iter().enumerate().map(place).collect::<Option<_>>()?
            }
            None => (0..values.len()).map(|index| (index, index)).collect(),
        };
        order.sort_unstable();
        let mut next = 0;
        for (column, index) in order {
            let &(scalar, offset) = values.get(index)?;
            let number = number(scalar);
            if number.is_none() && !matches!(scalar, Scalar::Bytes(_) | Scalar::Str(_, ByteOrder::NATIVE)) {
                return None;
            }
            // A column that is read twice goes the general way.
            let skip = column.checked_sub(next)?;
            next = column + 1;
            steps.push(Step { skip, number, scalar, offset, size: scalar.itemsize() });
        }
        Some(Self { steps, delimiter, comment, open: usecols.is_some() })
    }

    /// Whether rows of `text` may be read at all, and whether all of it is ASCII.
    pub(super) fn takes(&self, text: &[u8]) -> (bool, bool) {
        let comment = self.comment.unwrap_or(b'\r');
        let mut seen = (false, 0);
        for block in text.chunks(64) {
            // Without a branch, so that it is done for many bytes at once.
            let look = |(mark, all): (bool, u8), &byte: &u8| {
                (mark | (byte == b'\r') | (byte == comment), all | byte)
            };
            seen = block.iter().fold(seen, look);
        }
        (!seen.0, seen.1 < 0x80)
    }

    /// Fills one row's bytes from the start of `text`: how many bytes of text the row takes.
    #[inline]
    pub(super) fn row(&self, text: &[u8], row: &mut [u8]) -> Option<usize> {
        match self.delimiter {
            Some(delimiter) => self.delimited(text, delimiter, row),
            None => self.spaced(text, row),
        }
    }

    fn delimited(&self, text: &[u8], delimiter: u8, row: &mut [u8]) -> Option<usize> {
        // Where columns are passed over, it must be known where their line ends.
        let line = match self.open {
            true => memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1),
            false => text.len(),
        };
        let mut rest = text.get(..line)?;
        if rest.first() == Some(&b'\n') {
            return None;
        }
        let last = self.steps.len().checked_sub(1)?;
        for (index, step) in self.steps.iter().enumerate() {
            if step.skip > 0 {
                rest = skip(rest, delimiter, step.skip)?;
            }
            let out = row.get_mut(step.offset..step.offset + step.size)?;
            if let Some(number) = step.number {
                // Known before the number is, so that the next field need not wait for it.
                let near = near_end(rest, delimiter).filter(|_| matches!(step.scalar, Scalar::Float(..)));
                let len = match number(rest, out) {
                    Some(len) if near.is_some_and(|near| len == near) => near.unwrap_or(len),
                    Some(len) => len,
                    None => {
                        while let Some((b' ', after)) = rest.split_first().filter(|_| delimiter != b' ') {
                            rest = after;
                        }
                        number(rest, out)?
                    }
                };
                rest = rest.get(len..)?;
            } else {
                let field = Field::first(rest, delimiter)?;
                field.write(step.scalar, out);
                rest = rest.get(field.len()..)?;
            }
            if index < last {
                rest = rest.strip_prefix(&[delimiter])?;
            }
        }
        match rest {
            [] => Some(text.len()),
            [b'\n', after @ ..] if !self.open => Some(text.len() - after.len()),
            [b'\n', ..] => Some(line),
            [next, ..] if self.open && *next == delimiter => Some(line),
            _ => None,
        }
    }

    fn spaced(&self, text: &[u8], row: &mut [u8]) -> Option<usize> {
        let mut rest = trim(text);
        for step in &self.steps {
            for _ in 0..step.skip {
                let (_, after) = word(rest)?;
                rest = trim(after);
            }
            let out = row.get_mut(step.offset..step.offset + step.size)?;
            if let Some(number) = step.number {
                rest = rest.get(number(rest, out)?..)?;
                if !matches!(rest.first(), None | Some(b' ' | b'\t' | b'\n')) {
                    return None;
                }
            } else {
                let (field, after) = word(rest)?;
                Field::Long(field).write(step.scalar, out);
                rest = after;
            }
            rest = trim(rest);
        }
        let rest = match rest {
            [] => rest,
            [b'\n', after @ ..] => after,
            _ if self.open => after_line(rest),
            _ => return None,
        };
        Some(text.len() - rest.len())
    }
}

/// Delimiter and comment as single bytes that are part of no number. `None` where they are not.
fn marks(dialect: &Dialect) -> Option<(Option<u8>, Option<u8>)> {
    let delimiter = match &dialect.delimiter {
        Delimiter::Space => None,
        Delimiter::Char(mark) => Some(mark.ascii()?),
    };
    let comment = match &dialect.comments {
        Comments::None => None,
        Comments::Char(mark) => Some(mark.ascii()?),
        Comments::Several(_) => return None,
    };
    let in_numbers = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let is_plain = dialect.quote.is_none() && !delimiter.is_some_and(in_numbers);
    is_plain.then_some((delimiter, comment))
}

#[inline]
fn after_line(text: &[u8]) -> &[u8] {
    memchr::memchr(b'\n', text).and_then(|end| text.get(end + 1..)).unwrap_or_default()
}

fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

/// The visible ASCII at the start of `text`, and the rest. `None` where it is empty or ends at another kind of byte.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| !(0x21..0x7f).contains(byte)).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end)?;
    (!word.is_empty() && matches!(rest.first(), None | Some(b' ' | b'\t' | b'\n'))).then_some((word, rest))
}

/// What follows `count` delimiters of a line. `None` where there are not as many.
fn skip(mut line: &[u8], delimiter: u8, mut count: usize) -> Option<&[u8]> {
    while let Some((block, after)) = line.split_first_chunk::<64>() {
        // Counted without a branch, so that it is done for many bytes at once.
        let has: u8 = block.iter().map(|&byte| u8::from(byte == delimiter)).sum();
        if usize::from(has) >= count {
            break;
        }
        count -= usize::from(has);
        line = after;
    }
    let mut ends = memchr::memchr_iter(delimiter, line);
    line.get(ends.nth(count.checked_sub(1)?)? + 1..)
}
