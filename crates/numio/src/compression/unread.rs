//! The input of decoders, of which each may have read more than its stream.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// What a later stream is that is damaged at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    /// None, as other bytes behind the last one are.
    IsNoStream,
    /// An error behind all that it gives, unless the bytes have no mark of a format and give nothing.
    IsError,
}

/// An input of which some bytes have been read ahead.
pub(super) struct Unread<R> {
    ahead: VecDeque<u8>,
    input: R,
}

impl<R: BufRead> Unread<R> {
    pub(super) fn new(input: R) -> Self {
        Self { ahead: VecDeque::new(), input }
    }

    /// The next bytes, `count` of them if there are as many.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.ahead.len() < count {
            let found = self.input.fill_buf()?;
            let taken = found.len().min(count - self.ahead.len());
            if taken == 0 {
                break;
            }
            self.ahead.extend(found.iter().take(taken));
            self.input.consume(taken);
        }
        Ok(self.ahead.make_contiguous())
    }

    /// Puts bytes back in front of the others.
    #[cfg(feature = "lzma")]
    pub(super) fn put_back(&mut self, bytes: Vec<u8>) {
        let after = std::mem::replace(&mut self.ahead, bytes.into());
        self.ahead.extend(after);
    }
}

impl<R: BufRead> Read for Unread<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ahead.is_empty() { self.input.read(out) } else { self.ahead.read(out) }
    }
}

impl<R: BufRead> BufRead for Unread<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.ahead.is_empty() { self.input.fill_buf() } else { Ok(self.ahead.make_contiguous()) }
    }

    fn consume(&mut self, count: usize) {
        if self.ahead.is_empty() {
            self.input.consume(count);
        } else {
            self.ahead.drain(..count.min(self.ahead.len()));
        }
    }
}
