//! Text that grows by pieces of unknown length, with room taken for many of them at once.

use super::format::{Pen, ROOM};

/// Room is taken in steps of this.
const STEP: usize = 1 << 13;

/// A buffer, of which the first `len` bytes are text and the others room.
pub(super) struct Sheet<'a> {
    bytes: &'a mut Vec<u8>,
    len: usize,
}

impl<'a> Sheet<'a> {
    /// Goes on where `bytes` end.
    pub(super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        let len = bytes.len();
        Self { bytes, len }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Has `write` append a number; if that gives `false`, nothing is appended.
    #[inline]
    pub(super) fn pen(&mut self, write: impl FnOnce(&mut Pen<'_>) -> bool) -> bool {
        if self.bytes.len() - self.len < ROOM {
            self.bytes.resize(self.len + STEP, 0);
        }
        let Some(room) = self.bytes.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) else {
            return false;
        };
        let mut pen = Pen::new(room);
        let written = write(&mut pen);
        if written {
            self.len += pen.len();
        }
        written
    }

    /// Appends `text`.
    #[inline]
    pub(super) fn push(&mut self, text: &[u8]) {
        match *text {
            [] => {}
            // The usual delimiter and line end, not worth a copy of any length.
            [byte] if self.len < self.bytes.len() => {
                if let Some(place) = self.bytes.get_mut(self.len) {
                    *place = byte;
                }
                self.len += 1;
            }
            _ => self.with(|out| out.extend_from_slice(text)),
        }
    }

    /// Has `change` do what it will with all text so far.
    pub(super) fn with<R>(&mut self, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        self.bytes.truncate(self.len);
        let result = change(self.bytes);
        self.len = self.bytes.len();
        result
    }
}

impl Drop for Sheet<'_> {
    fn drop(&mut self) {
        self.bytes.truncate(self.len);
    }
}
