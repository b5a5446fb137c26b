//! The memory of the result, into which rows are put as they come.

use std::sync::{Mutex, PoisonError};

use crate::source::{Page, Pages};

/// Fresh memory, given out from the front to whoever has the next rows.
pub(super) struct Place<'b> {
    rest: &'b mut [u8],
    pages: Pages<'b>,
    used: usize,
    is_full: bool,
}

/// Rows and where they belong.
pub(super) struct Put<'b> {
    rows: Vec<u8>,
    place: &'b mut [u8],
    /// Memory that those who come next will want.
    ahead: Option<Page<'b>>,
}

impl<'b> Place<'b> {
    pub(super) fn new(memory: &'b mut [u8]) -> Self {
        let (pages, rest) = Pages::of(memory);
        Self { rest, pages, used: 0, is_full: false }
    }

    /// Gives the next rows their place. They come back where there is none; then there is none for any that follow.
    pub(super) fn give(&mut self, rows: Vec<u8>) -> Result<Put<'b>, Vec<u8>> {
        match std::mem::take(&mut self.rest).split_at_mut_checked(rows.len()) {
            Some((place, rest)) if !self.is_full => {
                self.rest = rest;
                self.used += rows.len();
                Ok(Put { rows, place, ahead: self.pages.ahead(self.used) })
            }
            _ => {
                self.is_full = true;
                Err(rows)
            }
        }
    }

    /// How many bytes have been given out.
    pub(super) fn used(&self) -> usize {
        self.used
    }
}

/// Memory that rows are made in, used again and again: it is in a core's cache, and its pages are there.
#[derive(Default)]
pub(super) struct Spares(Mutex<Vec<Vec<u8>>>);

impl Spares {
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Copies rows to their place, and keeps their memory for others.
    pub(super) fn put(&self, put: Put<'_>) {
        put.place.copy_from_slice(&put.rows);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(put.rows);
        if let Some(page) = put.ahead {
            page.make();
        }
    }
}
