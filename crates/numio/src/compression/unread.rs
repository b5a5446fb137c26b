//! The input of decoders, of which each may have read more than its stream.

use std::io::{self, BufRead, Read};

/// The meaning of damage at the start of a later stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    /// There is no stream, only other bytes behind the last one.
    IsNoStream,
    /// An error behind all that it gives, unless the bytes have no mark of a format and give nothing.
    IsError,
}

/// An input of which some bytes have been read ahead.
pub(super) struct Unread<R> {
    ahead: Vec<u8>,
    /// The number of those bytes that have been read since.
    taken: usize,
    input: R,
}

impl<R> Unread<R> {
    pub(super) fn new(input: R) -> Self {
        Self { ahead: Vec::new(), taken: 0, input }
    }

    fn left(&self) -> &[u8] {
        self.ahead.get(self.taken..).unwrap_or_default()
    }

    /// Puts bytes back in front of the others.
    #[cfg(feature = "lzma")]
    pub(super) fn put_back(&mut self, mut bytes: Vec<u8>) {
        // A decoder of a small stream returns most of the bytes that it was given: they are still there.
        let before = self.taken.checked_sub(bytes.len());
        match before.filter(|before| self.ahead.get(*before..self.taken) == Some(&bytes)) {
            Some(before) => self.taken = before,
            None => {
                bytes.extend_from_slice(self.left());
                (self.ahead, self.taken) = (bytes, 0);
            }
        }
    }
}

impl<R: BufRead> Unread<R> {
    /// The next bytes, `count` of them if there are as many.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.left().is_empty() {
            self.ahead.clear();
            self.taken = 0;
        }
        while self.left().len() < count {
            let found = self.input.fill_buf()?;
            let more = found.get(..count - (self.ahead.len() - self.taken)).unwrap_or(found);
            let len = more.len();
            if len == 0 {
                break;
            }
            self.ahead.extend_from_slice(more);
            self.input.consume(len);
        }
        Ok(self.left())
    }
}

impl<R: BufRead> Read for Unread<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.left().read(out)?;
        self.taken += len;
        if len > 0 || out.is_empty() { Ok(len) } else { self.input.read(out) }
    }
}

impl<R: BufRead> BufRead for Unread<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left().is_empty() { self.input.fill_buf() } else { Ok(self.left()) }
    }

    fn consume(&mut self, count: usize) {
        match self.left().len() {
            0 => self.input.consume(count),
            left => self.taken += count.min(left),
        }
    }
}
