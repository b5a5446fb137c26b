//! Where the fields and lines of a text end, found for many bytes at once.
//!
//! Then no field waits for the one before it to be read, and columns that nobody wants cost nothing more.

use wide::u8x16;

/// How much of a text is looked at in one go: its marks stay in a core's cache.
const WINDOW: usize = 64 << 10;

/// The longest line that is looked for.
const LONGEST: usize = 4 << 20;

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

/// The lines of a text, one after the other.
#[derive(Debug)]
pub(in super::super) struct Marks {
    separator: Separator,
    /// A byte that no plain line has; where nothing is given, nobody asks for plain ones.
    odd: Option<u8>,
    /// Where the next line starts, and the text ends, as far as it is known.
    at: usize,
    limit: usize,
    /// Where each field ends, from the start of the text; then, as often as may be asked for, beyond all of it.
    ends: Vec<u32>,
    /// Which of `ends` is next.
    end: usize,
    /// How many fields the line before had.
    fields: usize,
    /// Where each line ends.
    newlines: Vec<u32>,
    /// Which of `newlines` is next, and where its line starts.
    newline: usize,
    start: usize,
    is_plain: bool,
    is_ascii: bool,
}

/// A line that is not split yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'m> {
    pub(super) start: usize,
    /// Where each of its fields ends. The first starts with the line, and each other one after the separator that ended the
    /// one before; before those that `Separator::Blanks` tells apart there may be more of it.
    pub(super) ends: &'m [u32],
    /// Whether this line and those around it have nothing odd in them, no return but before a newline, and where blanks
    /// tell fields apart, nothing else that might.
    pub(super) is_plain: bool,
    /// Whether this line and those around it are ASCII.
    pub(super) is_ascii: bool,
}

impl Line<'_> {
    /// Whether there is nothing in it.
    #[inline(always)]
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.ends, [end] if *end as usize == self.start)
    }
}

impl Marks {
    /// Marks of lines without `odd` in them.
    pub(in super::super) fn new(separator: Separator, odd: Option<u8>) -> Self {
        Self {
            separator,
            odd,
            at: 0,
            limit: usize::MAX,
            ends: Vec::new(),
            end: 0,
            fields: 1,
            newlines: Vec::new(),
            newline: 0,
            start: 0,
            is_plain: true,
            is_ascii: true,
        }
    }

    /// Where the next line of the text starts.
    #[inline]
    pub(in super::super) fn at(&self) -> usize {
        self.at.min(self.limit)
    }

    /// Goes on where another line starts.
    pub(in super::super) fn seek(&mut self, at: usize) {
        self.at = at;
        while self.start < at
            && let Some(&newline) = self.newlines.get(self.newline)
        {
            self.start = newline as usize + 1;
            self.newline += 1;
            self.end = self.end_of(newline);
        }
    }

    /// The next line of `text`, which must be the same each time. `None` at its end, within a line, and where a line is too
    /// long.
    #[inline(always)]
    pub(super) fn line(&mut self, text: &[u8]) -> Option<Line<'_>> {
        if self.newline >= self.newlines.len() && !self.search(text) {
            return None;
        }
        let newline = *self.newlines.get(self.newline)?;
        let around = self.ends.get((self.end + self.fields).wrapping_sub(1)..).and_then(<[u32]>::first_chunk);
        if !around.is_some_and(|[last, after]| *last <= newline && *after > newline) {
            self.fields = self.end_of(newline) - self.end;
        }
        let ends = self.ends.get(self.end..self.end + self.fields)?;
        let line = Line { start: self.at, ends, is_plain: self.is_plain, is_ascii: self.is_ascii };
        (self.start == self.at).then_some(line)
    }

    /// Goes on to the line after the one that `line` gave.
    #[inline(always)]
    pub(super) fn pass(&mut self) {
        if let Some(&newline) = self.newlines.get(self.newline) {
            self.at = newline as usize + 1;
            self.start = self.at;
            self.newline += 1;
            self.end += self.fields;
        }
    }

    /// Which field is the first that ends beyond a line.
    #[cold]
    fn end_of(&self, newline: u32) -> usize {
        let rest = self.ends.get(self.end..).unwrap_or_default();
        self.end + rest.partition_point(|end| *end <= newline)
    }

    /// Looks at the text from the next line on. Says whether there is a whole line.
    #[cold]
    fn search(&mut self, text: &[u8]) -> bool {
        self.limit = text.len();
        let start = self.at;
        let mut window = WINDOW;
        loop {
            let end = text.len().min(start.saturating_add(window));
            let Some(part) = text.get(start..end).filter(|part| !part.is_empty()) else { return false };
            // The last is beyond all.
            let Some(limit) = u32::try_from(end).ok().filter(|&end| end < u32::MAX) else { return false };
            self.newlines.clear();
            (self.newline, self.start, self.end) = (0, start, 0);
            let mut found = Search {
                text,
                start,
                ends: std::mem::take(&mut self.ends),
                fields: 0,
                newlines: std::mem::take(&mut self.newlines),
                before: 1,
                seen: Seen::default(),
            };
            match (self.separator, self.odd) {
                (Separator::Byte(byte), None) => found.blocks::<false, false>(part, byte, b'\n'),
                (Separator::Byte(byte), Some(odd)) => found.blocks::<false, true>(part, byte, odd),
                (Separator::Blanks, None) => found.blocks::<true, false>(part, b' ', b'\n'),
                (Separator::Blanks, Some(odd)) => found.blocks::<true, true>(part, b' ', odd),
            }
            let Search { ends, mut fields, newlines, seen, .. } = found;
            (self.ends, self.newlines) = (ends, newlines);
            if end == text.len() && part.last() != Some(&b'\n') {
                self.newlines.push(limit);
                if self.separator != Separator::Blanks || !matches!(part.last(), Some(b' ' | b'\t')) {
                    self.ends.truncate(fields);
                    self.ends.push(limit);
                    fields += 1;
                }
            }
            self.ends.truncate(fields);
            self.ends.extend([u32::MAX; 2]);
            self.is_ascii = seen.all.to_bitmask() == 0;
            self.is_plain = seen.odd == u8x16::ZERO
                && seen.returns == 0
                && (self.separator != Separator::Blanks || self.is_ascii);
            if !self.newlines.is_empty() || end == text.len() || window >= LONGEST {
                return !self.newlines.is_empty();
            }
            window *= 4;
        }
    }
}

/// What bytes there are.
#[derive(Default)]
struct Seen {
    /// All bytes, one over the other.
    all: u8x16,
    /// Not zero where something is odd.
    odd: u8x16,
    /// Returns without a newline after them.
    returns: isize,
}

/// A search under way.
struct Search<'s> {
    text: &'s [u8],
    /// Where it starts.
    start: usize,
    ends: Vec<u32>,
    /// How many of `ends` are there.
    fields: usize,
    newlines: Vec<u32>,
    /// Whether the byte before is a separator, as a bit.
    before: u64,
    seen: Seen,
}

impl Search<'_> {
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
        let (mut separators, mut newlines) = (0, 0);
        let mut returns = u8x16::ZERO;
        for (index, chunk) in chunks.iter().enumerate() {
            let bytes = u8x16::new(*chunk);
            let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
            let bits = |mask: u8x16| u64::from(mask.to_bitmask()) << (16 * index);
            let is_newline = is(b'\n');
            let is_between = if BLANKS { is(b' ') | is(b'\t') } else { is(separator) };
            separators |= bits(is_newline | is_between);
            newlines |= bits(is_newline);
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
