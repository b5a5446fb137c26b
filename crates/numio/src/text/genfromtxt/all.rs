//! The rows of a text, piece after piece.

use super::error::Fault;
use super::kept::{Found, Kept};
use super::rows::{Piece, Wrong};
use crate::Result;

/// All rows of a text.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: u64,
    pub(super) elements: Vec<Vec<u8>>,
    pub(super) kept: Vec<Kept>,
    pub(super) mask: Vec<u8>,
    pub(super) found: Vec<Found>,
    /// The lines of another number of columns, counted from 0 at the first line with fields.
    pub(super) invalid: Vec<(u64, usize)>,
    /// The first row in which each column goes wrong.
    pub(super) faults: Vec<Option<(u64, Wrong)>>,
    pub(super) lines: u64,
    pub(super) bytes: u64,
}

impl Rows {
    /// Adds a piece.
    pub(super) fn add(&mut self, piece: Piece, limit: u64) -> Result<()> {
        let base = self.rows;
        self.invalid.extend(piece.invalid.iter().map(|&(line, found)| (self.lines + line, found)));
        self.faults.resize(self.faults.len().max(piece.faults.len()), None);
        for (known, new) in self.faults.iter_mut().zip(piece.faults) {
            *known = known.take().or(new.map(|(row, wrong)| (base + row as u64, wrong)));
        }
        self.found.resize(self.found.len().max(piece.found.len()), Found::default());
        for (known, new) in self.found.iter_mut().zip(piece.found) {
            *known = known.and(new);
        }
        self.rows += piece.rows as u64;
        self.lines += piece.lines;
        self.bytes += (piece.elements.len() + piece.mask.len() + piece.kept.size()) as u64;
        if self.bytes > limit {
            return Err(Fault::TooLarge { bytes: self.bytes, limit }.into());
        }
        self.mask.extend_from_slice(&piece.mask);
        let mut elements = piece.elements;
        if elements.capacity() - elements.len() > elements.len() / 8 {
            elements.shrink_to_fit();
        }
        self.elements.push(elements);
        self.kept.push(piece.kept);
        Ok(())
    }

    /// Keeps only the first `rows`, each of so many columns.
    pub(super) fn truncate(&mut self, rows: u64, columns: usize) {
        if rows >= self.rows {
            return;
        }
        let before = usize::try_from(self.rows).unwrap_or(usize::MAX).max(1);
        let mut left = usize::try_from(rows).unwrap_or(usize::MAX);
        self.mask.truncate(left.saturating_mul(columns));
        let size = self.elements.iter().map(Vec::len).sum::<usize>() / before;
        let mut bytes = left.saturating_mul(size);
        for elements in &mut self.elements {
            elements.truncate(bytes);
            bytes -= elements.len();
        }
        for kept in &mut self.kept {
            kept.truncate(left);
            left -= kept.rows();
        }
        self.rows = rows;
    }
}
