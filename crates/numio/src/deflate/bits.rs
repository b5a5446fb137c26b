//! A deflate stream as bits, least significant first (RFC 1951, 3.1.1).

/// Bits of `bytes` from the first on. Past the end there are zeros, and [`overran`](Self::overran) says so.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The first byte that is not in `word` yet.
    next: usize,
    /// The bits to come, the next one lowest; from bit `held` on, zeros.
    word: u64,
    /// How many bits of `word` are left; below zero once more were consumed than there are.
    held: i32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, word: 0, held: 0 }
    }

    /// Makes at least 56 bits ready, or all that are left.
    #[inline]
    pub(super) fn refill(&mut self) {
        match self.bytes.get(self.next..).and_then(<[u8]>::first_chunk) {
            Some(&eight) if self.held >= 0 => {
                let taken = (63 - self.held) >> 3;
                self.word |= (u64::from_le_bytes(eight) & ((1 << (taken * 8)) - 1)) << self.held;
                self.next += taken as usize;
                self.held += taken * 8;
            }
            _ => self.refill_last(),
        }
    }

    #[cold]
    fn refill_last(&mut self) {
        while (0..56).contains(&self.held)
            && let Some(&byte) = self.bytes.get(self.next)
        {
            self.word |= u64::from(byte) << self.held;
            self.next += 1;
            self.held += 8;
        }
    }

    /// The next bits, without consuming them: those that [`refill`](Self::refill) made ready.
    #[inline]
    pub(super) fn peek(&self) -> u64 {
        self.word
    }

    /// Consumes `count` bits, between two calls of [`refill`](Self::refill) at most 56.
    #[inline]
    pub(super) fn consume(&mut self, count: u32) {
        self.word >>= count;
        self.held -= count as i32;
    }

    /// Consumes and gives `count` bits, at most 16.
    pub(super) fn take(&mut self, count: u32) -> u32 {
        self.refill();
        let found = self.word & ((1 << count) - 1);
        self.consume(count);
        found as u32
    }

    /// How many bits have been consumed.
    #[inline]
    pub(super) fn position(&self) -> usize {
        (self.next * 8).wrapping_sub_signed(self.held as isize)
    }

    /// Whether more bits were consumed than there are.
    #[inline]
    pub(super) fn overran(&self) -> bool {
        self.held < 0
    }

    /// Goes to the next whole byte and takes `len` bytes from there.
    pub(super) fn take_bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let start = self.position().div_ceil(8);
        let end = start.checked_add(len)?;
        let found = self.bytes.get(start..end)?;
        (self.next, self.word, self.held) = (end, 0, 0);
        Some(found)
    }
}
