//! Where separators and newlines stand in a part of a text, 64 bytes at a time.

use wide::u8x16;

const BLOCK: usize = 64;

/// The bit of a block's last byte.
const LAST: u64 = 1 << 63;

/// What tells fields apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Separator {
    /// Blanks and tabs, as many as there are.
    Blanks,
    /// Each one of these bytes.
    Byte(u8),
}

/// What bytes there are.
#[derive(Default)]
pub(super) struct Seen {
    /// All bytes, one over the other.
    all: u8x16,
    /// Not zero where something is odd.
    odd: u8x16,
    /// Returns without a newline after them.
    returns: isize,
}

impl Seen {
    pub(super) fn is_ascii(&self) -> bool {
        self.all.to_bitmask() == 0
    }

    /// Whether there is nothing odd, and no return but before a newline.
    pub(super) fn is_plain(&self) -> bool {
        self.odd == u8x16::ZERO && self.returns == 0
    }
}

/// A search under way.
pub(super) struct Search<'s> {
    text: &'s [u8],
    /// Where it starts.
    start: usize,
    /// Where fields end.
    pub(super) ends: Vec<u32>,
    /// How many of `ends` are there.
    pub(super) fields: usize,
    /// Where lines end.
    pub(super) newlines: Vec<u32>,
    /// Whether the byte before is a separator, as a bit.
    before: u64,
    pub(super) seen: Seen,
}

impl<'s> Search<'s> {
    /// A search from `start` on, where a line starts, in memory that may have been used before.
    pub(super) fn of(text: &'s [u8], start: usize, ends: Vec<u32>, mut newlines: Vec<u32>) -> Self {
        newlines.clear();
        Self { text, start, ends, fields: 0, newlines, before: 1, seen: Seen::default() }
    }

    /// Looks at the `part` of the text that begins there; for what is `odd` and the like only where that is given.
    pub(super) fn run(mut self, part: &[u8], separator: Separator, odd: Option<u8>) -> Self {
        match (separator, odd) {
            (Separator::Byte(byte), None) => self.blocks::<false, false>(part, byte, b'\n'),
            (Separator::Byte(byte), Some(odd)) => self.blocks::<false, true>(part, byte, odd),
            (Separator::Blanks, None) => self.blocks::<true, false>(part, b' ', b'\n'),
            (Separator::Blanks, Some(odd)) => self.blocks::<true, true>(part, b' ', odd),
        }
        self
    }

    fn blocks<const BLANKS: bool, const CLOSE: bool>(&mut self, part: &[u8], separator: u8, odd: u8) {
        let (blocks, tail) = part.as_chunks::<BLOCK>();
        let mut at = self.start;
        for block in blocks {
            self.block::<BLANKS, CLOSE>(at, block, separator, odd);
            at += BLOCK;
        }
        // Filled up with what is neither separator nor odd.
        let fill = if odd == b'0' || separator == b'0' { b'a' } else { b'0' };
        let mut last = [fill; BLOCK];
        last.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
        if !tail.is_empty() {
            self.block::<BLANKS, CLOSE>(at, &last, separator, odd);
        }
    }

    #[inline(always)]
    fn block<const BLANKS: bool, const CLOSE: bool>(
        &mut self,
        at: usize,
        block: &[u8; BLOCK],
        separator: u8,
        odd: u8,
    ) {
        let (chunks, _) = block.as_chunks::<16>();
        let bits = |index: usize, mask: u8x16| u64::from(mask.to_bitmask()) << (16 * index);
        let mut separators = 0;
        let mut newlines = [u8x16::ZERO; BLOCK / 16];
        let mut returns = u8x16::ZERO;
        for (index, (chunk, newlines)) in chunks.iter().zip(&mut newlines).enumerate() {
            let bytes = u8x16::new(*chunk);
            let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
            let is_newline = is(b'\n');
            let is_between = if BLANKS { is(b' ') | is(b'\t') } else { is(separator) };
            separators |= bits(index, is_newline | is_between);
            *newlines = is_newline;
            if CLOSE {
                let is_return = is(b'\r');
                returns |= is_return;
                self.seen.all |= bytes;
                self.seen.odd |= is(odd);
                if BLANKS {
                    let is_control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
                    self.seen.odd |= is_control & !(is_between | is_newline | is_return);
                }
            }
        }
        if CLOSE && returns.to_bitmask() != 0 {
            self.seen.returns += block.iter().map(|&byte| isize::from(byte == b'\r')).sum::<isize>();
        }
        let mut ends = separators;
        if BLANKS {
            // The first of each run.
            ends &= !(separators << 1 | self.before);
            self.before = separators >> 63;
        }
        let before = self.fields;
        self.write(at as u32, ends);
        if newlines.iter().fold(u8x16::ZERO, |any, newlines| any | *newlines).to_bitmask() == 0 {
            return;
        }
        let mut newlines =
            newlines.iter().enumerate().fold(0, |all, (index, newlines)| all | bits(index, *newlines));
        while newlines != 0 {
            self.line(at, before, ends, (newlines | LAST).trailing_zeros());
            newlines &= newlines - 1;
        }
    }

    /// Adds the fields that end where `ends` has bits.
    #[inline(always)]
    fn write(&mut self, at: u32, mut ends: u64) {
        let mut field = self.fields;
        self.fields += ends.count_ones() as usize;
        if self.ends.len() < field + BLOCK {
            self.more();
        }
        while field < self.fields
            && let Some([a, b, c, d, ..]) = self.ends.get_mut(field..)
        {
            // More than there are: the next ones take their place.
            for mark in [a, b, c, d] {
                *mark = at + (ends | LAST).trailing_zeros();
                ends &= ends.wrapping_sub(1);
            }
            field += 4;
        }
    }

    #[cold]
    fn more(&mut self) {
        self.ends.resize(2 * self.ends.len().max(4 << 10) + BLOCK, 0);
    }

    /// Adds the line that ends at a bit of a block, before which `before` fields had ended.
    #[inline(always)]
    fn line(&mut self, at: usize, before: usize, ends: u64, bit: u32) {
        let newline = at + bit as usize;
        if newline > self.start && self.text.get(newline - 1) == Some(&b'\r') {
            self.end_with_return(newline, before, ends, bit);
        }
        self.newlines.push(newline as u32);
    }

    /// A return before a newline is part of the line's end, and not of its last field.
    #[cold]
    fn end_with_return(&mut self, newline: usize, before: usize, ends: u64, bit: u32) {
        self.seen.returns -= 1;
        if self.text.get(newline.wrapping_sub(2)).is_some_and(|before| matches!(before, b' ' | b'\t')) {
            // Where blanks tell fields apart, this is no field.
            self.seen.odd = u8x16::MAX;
        }
        let fields = before + (ends & (LAST >> (63 - bit) | ((1 << bit) - 1))).count_ones() as usize;
        if ends >> bit & 1 != 0
            && let Some(end) = self.ends.get_mut(fields - 1)
        {
            *end -= 1;
        }
    }
}
