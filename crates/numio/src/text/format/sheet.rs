//! Text that grows by pieces of unknown length, with room taken for many of them at once.

use super::pen::{Pen, ROOM};

/// Room is taken in steps of this.
const STEP: usize = 1 << 13;

/// A buffer, of which the first `len` bytes are text and the others room.
pub(in super::super) struct Sheet<'a> {
    bytes: &'a mut Vec<u8>,
    len: usize,
}

impl<'a> Sheet<'a> {
    /// Goes on where `bytes` end.
    pub(in super::super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        let len = bytes.len();
        Self { bytes, len }
    }

    pub(in super::super) fn len(&self) -> usize {
        self.len
    }

    /// Has `write` append at most `count` numbers.
    #[inline]
    pub(super) fn pen<R>(&mut self, count: usize, write: impl FnOnce(&mut Pen<'_>) -> R) -> R {
        let room = count.saturating_mul(ROOM);
        if self.bytes.len() - self.len < room {
            self.bytes.resize(self.len + room.max(STEP), 0);
        }
        let mut pen = Pen::new(self.bytes.get_mut(self.len..).unwrap_or_default());
        let result = write(&mut pen);
        self.len += pen.len();
        result
    }

    /// Appends `text`.
    #[inline]
    pub(in super::super) fn push(&mut self, text: &[u8]) {
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
    pub(in super::super) fn with<R>(&mut self, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
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
