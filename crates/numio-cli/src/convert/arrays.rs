//! Rows of an array that is there.

use numio::{DynArray, SliceItem};

use super::Rows;
use crate::failure::Failure;

/// About as many bytes are in a piece.
const PIECE: usize = 16 << 20;

/// The rows of an array, or an array without axes as it is.
#[derive(Debug)]
pub struct Arrays {
    array: DynArray,
    /// How many rows are in a piece.
    step: usize,
    /// How many rows have been given; nothing before the first piece.
    given: Option<usize>,
}

impl Arrays {
    pub fn new(array: DynArray) -> Self {
        let rows = array.shape().first().copied().unwrap_or(1).max(1);
        let row = (array.nbytes() / rows).max(1);
        Self { step: (PIECE / row).max(1), array, given: None }
    }
}

impl Rows for Arrays {
    fn next(&mut self) -> Result<Option<DynArray>, Failure> {
        let Some(&rows) = self.array.shape().first() else {
            return Ok(self.given.replace(1).is_none().then(|| self.array.clone()));
        };
        let start = self.given.unwrap_or(0);
        if start >= rows && self.given.is_some() {
            return Ok(None);
        }
        let stop = start.saturating_add(self.step).min(rows);
        self.given = Some(stop);
        let range = SliceItem::Range { start: Some(start as isize), stop: Some(stop as isize), step: 1 };
        Ok(Some(self.array.slice(&[range])?))
    }

    fn progress(&self) -> (Option<u64>, u64) {
        let rows = self.array.shape().first().copied().unwrap_or(1).max(1);
        let row = self.array.nbytes() / rows;
        (Some(self.array.nbytes() as u64), row.saturating_mul(self.given.unwrap_or(0)) as u64)
    }
}
