//! What comes as it is done, put back into its order.

use std::collections::BTreeMap;

/// Results by their number, held until all before them have been taken.
pub(super) struct Early<T> {
    next: usize,
    held: BTreeMap<usize, T>,
}

impl<T> Early<T> {
    pub(super) fn new() -> Self {
        Self { next: 0, held: BTreeMap::new() }
    }

    pub(super) fn hold(&mut self, index: usize, result: T) {
        self.held.insert(index, result);
    }

    /// The number of the next to be taken.
    pub(super) fn next(&self) -> usize {
        self.next
    }

    /// Takes the next, if it is there.
    pub(super) fn take(&mut self) -> Option<T> {
        let result = self.held.remove(&self.next)?;
        self.next += 1;
        Some(result)
    }
}
