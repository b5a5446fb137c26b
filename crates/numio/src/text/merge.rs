//! How the rows of pieces come together.

use super::error::TextError;
use super::piece::{Cells, Piece, Plan};
use crate::array::Buffer;
use crate::pickle::Graph;
use crate::{Limits, Result};

/// All rows of a text.
#[derive(Default)]
pub(super) struct Rows {
    /// The elements of the first rows, where they could be put in their place at once.
    pub(super) placed: Option<Buffer>,
    /// The rows after those.
    pub(super) chunks: Vec<Cells>,
    pub(super) rows: u64,
    /// Where the dtype has objects: these, by their places.
    pub(super) objects: Option<Graph>,
    /// Values in each row.
    pub(super) count: usize,
    /// The line, counted from 1, of the first without data where `max_rows` was given.
    pub(super) blank: Option<u64>,
    /// Whether a number was too large for its dtype.
    pub(super) overflowed: bool,
    /// Bytes that they took in memory, about.
    pub(super) bytes: u64,
}

/// What bounds the rows.
pub(super) struct Merge<'l> {
    pub(super) skip_rows: u64,
    pub(super) max_rows: Option<u64>,
    pub(super) limits: &'l Limits,
}

impl Merge<'_> {
    pub(super) fn left(&self, rows: &Rows) -> Option<u64> {
        self.max_rows.map(|most| most.saturating_sub(rows.rows))
    }

    /// Adds a piece to the rows before it, and says whether more are wanted. `keep` puts its elements somewhere.
    pub(super) fn add(
        &self,
        rows: &mut Rows,
        plan: &Plan,
        piece: Piece,
        keep: impl FnOnce(&mut Rows, Cells),
    ) -> Result<bool> {
        let Piece { rows: found, mut cells, blank, fault, .. } = piece;
        let left = self.left(rows);
        if let (Some(blank), Some(left)) = (blank, left)
            && (blank as u64) < left
        {
            rows.blank = rows.blank.or(Some(rows.rows + blank as u64 + self.skip_rows + 1));
        }
        let taken = left.map_or(found, |left| found.min(usize::try_from(left).unwrap_or(usize::MAX)));
        if taken < found {
            match &mut cells {
                Cells::Fixed(bytes) => bytes.truncate(taken * plan.row_size().unwrap_or(0)),
                Cells::Texts(texts) => texts.truncate(taken * plan.count),
            }
        }
        rows.bytes = rows.bytes.saturating_add(cells.size() as u64);
        if rows.bytes > self.limits.max_array_bytes {
            return Err(TextError::TooLarge { bytes: rows.bytes, limit: self.limits.max_array_bytes }.into());
        }
        keep(rows, cells);
        let base = rows.rows;
        rows.rows += taken as u64;
        if self.left(rows) == Some(0) {
            return Ok(false);
        }
        match fault {
            Some(fault) => Err(fault.moved(base).into()),
            None => Ok(true),
        }
    }
}

impl Rows {
    /// None yet, each of `count` values.
    pub(super) fn of(count: usize) -> Self {
        Self { count, ..Self::default() }
    }

    /// Keeps elements as they are.
    pub(super) fn push(&mut self, mut cells: Cells) {
        if let Cells::Fixed(bytes) = &mut cells
            && bytes.capacity() - bytes.len() > bytes.len() / 8
        {
            bytes.shrink_to_fit();
        }
        if cells.size() > 0 {
            self.chunks.push(cells);
        }
    }
}
