//! Numbers written into room that is there, so that no digit asks for more.

/// The most bytes of a number: what stands between it and the one before, a sign, twenty digits, a point and eighteen
/// digits, or a width; and the surplus of the last word.
pub(super) const ROOM: usize = 64;

/// Writes into room from its start on. What does not go into it is not written: each number wants [`ROOM`].
pub(super) struct Pen<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl<'a> Pen<'a> {
    #[inline]
    pub(super) fn new(room: &'a mut [u8]) -> Self {
        Self { room, len: 0 }
    }

    /// How many bytes have been written.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        self.push_if(byte, true);
    }

    /// Writes `byte`, and keeps it if `wanted`: no branch to be guessed wrong at every second number.
    #[inline(always)]
    pub(super) fn push_if(&mut self, byte: u8, wanted: bool) {
        if let Some(place) = self.room.get_mut(self.len) {
            *place = byte;
            self.len += usize::from(wanted);
        }
    }

    /// Writes eight bytes, the lowest first, of which the first `count` are kept.
    #[inline(always)]
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
        let end = self.len + fill;
        if fill > 0
            && let Some(number) = self.room.get_mut(start..end)
        {
            number.rotate_right(fill);
            if let Some(blanks) = number.get_mut(..fill) {
                blanks.fill(b' ');
            }
            self.len = end;
        }
    }

    /// Appends to `out` what `write` writes, one number.
    pub(super) fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut Pen<'_>)) {
        let mut room = [0; ROOM];
        let mut pen = Pen::new(&mut room);
        write(&mut pen);
        let len = pen.len;
        out.extend_from_slice(room.get(..len).unwrap_or_default());
    }
}
