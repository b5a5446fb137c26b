//! Bytes on their way into an archive, in pieces worth a call.

use std::io::{self, Write};

use super::output::Output;

/// What is gathered before it is written.
const PIECE: usize = 1 << 20;

/// Gathers small writes into larger ones.
pub(super) struct Pieces<'a, 'w> {
    output: &'a mut Output<'w>,
    piece: Vec<u8>,
}

impl<'a, 'w> Pieces<'a, 'w> {
    pub(super) fn new(output: &'a mut Output<'w>) -> Self {
        Self { output, piece: Vec::new() }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// What the output says.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.give()
    }

    fn give(&mut self) -> io::Result<()> {
        self.output.add(std::mem::take(&mut self.piece))
    }
}

impl Write for Pieces<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() >= PIECE {
            self.give()?;
        }
        let room = PIECE - self.piece.len();
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.piece.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
