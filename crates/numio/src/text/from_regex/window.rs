//! A text of any length, of which only what matches may still need is held.

use super::super::encoding::Decoder;
use super::super::source::End;
use super::error::Fault;
use crate::{Error, Result};

/// About as much text is read in one go.
pub(super) const PIECE: usize = 1 << 20;

/// The part of a text that is at hand.
pub(super) struct Window<'a> {
    input: Decoder<'a>,
    text: String,
    /// Where in it the rest starts: what stands before is done with, and is there for `^` and `\b`.
    at: usize,
    /// Bytes of text that stood before it, and line ends in them.
    gone: u64,
    gone_lines: u64,
    goes_on: bool,
    /// Whether every line end is made `\n`, and a return was read of which it is not known whether `\n` follows.
    one_newline: bool,
    has_return: bool,
    piece: usize,
    limit: u64,
}

impl<'a> Window<'a> {
    pub(super) fn new(input: Decoder<'a>, one_newline: bool, limit: u64) -> Self {
        Self {
            input,
            text: String::new(),
            at: 0,
            gone: 0,
            gone_lines: 0,
            goes_on: true,
            one_newline,
            has_return: false,
            piece: PIECE,
            limit,
        }
    }

    /// With pieces of another length.
    #[cfg(test)]
    pub(super) fn in_pieces(self, piece: usize) -> Self {
        Self { piece, ..self }
    }

    /// The text at hand, and where in it the rest starts.
    pub(super) fn text(&self) -> (&str, usize) {
        (&self.text, self.at)
    }

    /// Where in all of the text a place of the text at hand is.
    pub(super) fn offset(&self, place: usize) -> u64 {
        self.gone + place as u64
    }

    pub(super) fn is_whole(&self) -> bool {
        !self.goes_on
    }

    /// Is done with what stands before `at`.
    pub(super) fn advance(&mut self, at: usize) {
        self.at = at;
    }

    /// Reads more, at least as much as is held, so that looking at what is held again stays linear.
    ///
    /// # Errors
    /// Of the input; `LimitExceeded` where too much is held.
    pub(super) fn read(&mut self) -> Result<()> {
        let held = self.text.len().saturating_sub(self.at);
        if held as u64 > self.limit {
            return Err(Fault::LongMatch { bytes: held as u64, limit: self.limit }.into());
        }
        // The character before the rest stays.
        let before = self.text.get(..self.at).and_then(|done| done.char_indices().next_back());
        let done = before.map_or(0, |(place, _)| place);
        let gone = self.text.get(..done).unwrap_or_default();
        self.gone_lines += lines(gone);
        self.gone += done as u64;
        self.text.drain(..done);
        self.at -= done;
        let start = self.text.len();
        let mut text = std::mem::take(&mut self.text).into_bytes();
        let read = self.input.fill(&mut text, self.piece.max(held));
        // What was decoded is UTF-8.
        self.text = String::from_utf8(text).unwrap_or_default();
        self.goes_on = read.map_err(|stop| -> Error {
            End::Stopped(stop).into_error(self.gone_lines + lines(&self.text))
        })?;
        if self.one_newline {
            self.make_one_newline(start);
        }
        Ok(())
    }

    /// Makes every line end from `start` on `\n`.
    fn make_one_newline(&mut self, start: usize) {
        let fresh = self.text.get(start..).unwrap_or_default();
        if !self.has_return && !fresh.contains('\r') {
            return;
        }
        let before = if self.has_return { "\r" } else { "" };
        let mut fresh = format!("{before}{fresh}");
        self.has_return = self.goes_on && fresh.ends_with('\r');
        if self.has_return {
            fresh.pop();
        }
        self.text.truncate(start);
        self.text.push_str(&fresh.replace("\r\n", "\n").replace('\r', "\n"));
    }
}

fn lines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}
