//! Room for one number's text, taken at once so that no digit asks for more.

/// The most bytes of a number that a [`Pen`] writes: a sign, twenty digits, a point and eighteen digits, or a width; and
/// the surplus of the last word.
pub(in super::super) const ROOM: usize = 64;

/// Writes one number from the start of its room on. What does not go into the room is not written; nothing here is as long.
pub(in super::super) struct Pen<'a> {
    room: &'a mut [u8; ROOM],
    len: usize,
}

impl<'a> Pen<'a> {
    #[inline]
    pub(in super::super) fn new(room: &'a mut [u8; ROOM]) -> Self {
        Self { room, len: 0 }
    }

    /// How many bytes have been written.
    #[inline]
    pub(in super::super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(in super::super) fn push(&mut self, byte: u8) {
        self.push_if(byte, true);
    }

    /// Writes `byte`, and keeps it if `wanted`: no branch to be guessed wrong at every second number.
    #[inline]
    pub(super) fn push_if(&mut self, byte: u8, wanted: bool) {
        if let Some(place) = self.room.get_mut(self.len) {
            *place = byte;
            self.len += usize::from(wanted);
        }
    }

    /// Writes eight bytes, the lowest first, of which the first `count` are kept.
    #[inline]
    pub(super) fn word(&mut self, word: u64, count: usize) {
        if let Some(place) = self.room.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            *place = word.to_le_bytes();
            self.len += count;
        }
    }

    /// Gives up what was written beyond `len`.
    #[inline]
    pub(super) fn cut(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Puts blanks before what was written from `start` on, until that is `width` bytes long.
    #[inline]
    pub(super) fn widen(&mut self, start: usize, width: usize) {
        let fill = width.saturating_sub(self.len - start);
        if fill > 0 && self.len + fill <= ROOM {
            self.room.copy_within(start..self.len, start + fill);
            if let Some(blanks) = self.room.get_mut(start..start + fill) {
                blanks.fill(b' ');
            }
            self.len += fill;
        }
    }

    /// Appends to `out` what `write` writes.
    pub(super) fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut Pen<'_>)) {
        let mut room = [0; ROOM];
        let mut pen = Pen::new(&mut room);
        write(&mut pen);
        let len = pen.len;
        out.extend_from_slice(room.get(..len).unwrap_or_default());
    }
}
