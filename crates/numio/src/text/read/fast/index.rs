//! A structural index of text: the ends of its fields and lines, found 64 bytes at a time.
//!
//! With it no field has to wait for the one before it, and columns that are not read cost nothing more.

use wide::u8x16;

/// The number of bytes indexed at a time: their index stays in a core's cache.
const WINDOW: usize = 64 << 10;

/// The longest line that is indexed.
const LONGEST: usize = 1 << 20;

/// A byte that is in no UTF-8, to be looked for where none is odd.
pub(crate) const NEVER: u8 = 0xff;

/// The lines of a text, one after the other.
#[derive(Debug)]
pub(crate) struct FieldIndex {
    separator: ByteSeparator,
    /// A byte that marks a line as not plain; `None` where the caller does not need to know.
    odd: Option<u8>,
    /// The start of the next line, and the end of the text as far as it is known.
    at: usize,
    limit: usize,
    /// The offset of the end of each field, followed by padding beyond the end of the text.
    ends: Vec<u32>,
    /// The index of the next of `ends`.
    end: usize,
    /// The number of fields of the previous line.
    fields: usize,
    /// The offset of the end of each line.
    newlines: Vec<u32>,
    /// The next of `newlines`, and the start of its line.
    newline: usize,
    start: usize,
    is_plain: bool,
    is_ascii: bool,
}

/// A line and the ends of its fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IndexedLine<'m> {
    pub(crate) start: usize,
    /// The end of each of its fields. The first starts with the line, and each other one after the separator that ended
    /// the one before; before those that `ByteSeparator::Blanks` tells apart there may be more of it.
    pub(crate) ends: &'m [u32],
    /// True if this line and its neighbours in the window contain no odd byte, no lone return, and with blanks as
    /// separators no other white space.
    pub(crate) is_plain: bool,
    /// True if this line and those around it are ASCII.
    pub(crate) is_ascii: bool,
}

impl IndexedLine<'_> {
    /// Returns whether the line is empty.
    #[inline(always)]
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self.ends, [end] if *end as usize == self.start)
    }
}

impl FieldIndex {
    /// An index that flags lines with the byte `odd`.
    pub(crate) fn new(separator: ByteSeparator, odd: Option<u8>) -> Self {
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

    /// The separator of the fields.
    pub(crate) fn separator(&self) -> ByteSeparator {
        self.separator
    }

    /// The start of the next line of the text.
    #[inline]
    pub(crate) fn at(&self) -> usize {
        self.at.min(self.limit)
    }

    /// Continues at the start of another line.
    pub(crate) fn seek(&mut self, at: usize) {
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
    pub(crate) fn line(&mut self, text: &[u8]) -> Option<IndexedLine<'_>> {
        if self.newline >= self.newlines.len() && (self.at < self.start || !self.search(text)) {
            return None;
        }
        let newline = *self.newlines.get(self.newline)?;
        let around = self.ends.get((self.end + self.fields).wrapping_sub(1)..).and_then(<[u32]>::first_chunk);
        if !around.is_some_and(|[last, after]| *last <= newline && *after > newline) {
            self.fields = self.end_of(newline) - self.end;
        }
        let ends = self.ends.get(self.end..self.end + self.fields)?;
        let line = IndexedLine { start: self.at, ends, is_plain: self.is_plain, is_ascii: self.is_ascii };
        (self.start == self.at).then_some(line)
    }

    /// Moves on to the line after the one that `line` returned.
    #[inline(always)]
    pub(crate) fn pass(&mut self) {
        if let Some(&newline) = self.newlines.get(self.newline) {
            self.at = newline as usize + 1;
            self.start = self.at;
            self.newline += 1;
            self.end += self.fields;
        }
    }

    /// The index of the first field that ends beyond a line.
    #[cold]
    fn end_of(&self, newline: u32) -> usize {
        let rest = self.ends.get(self.end..).unwrap_or_default();
        self.end + rest.partition_point(|end| *end <= newline)
    }

    /// Indexes the text from the next line on. Returns whether there is a whole line.
    #[cold]
    fn search(&mut self, text: &[u8]) -> bool {
        self.limit = text.len();
        let start = self.at;
        let mut window = WINDOW;
        loop {
            let end = text.len().min(start.saturating_add(window));
            let Some(part) = text.get(start..end).filter(|part| !part.is_empty()) else { return false };
            // The padding lies beyond all ends.
            let Some(limit) = u32::try_from(end).ok().filter(|&end| end < u32::MAX) else { return false };
            (self.newline, self.start, self.end) = (0, start, 0);
            let (ends, newlines) = (std::mem::take(&mut self.ends), std::mem::take(&mut self.newlines));
            let found = IndexSearch::of(text, start, ends, newlines).run(part, self.separator, self.odd);
            let IndexSearch { ends, mut fields, newlines, seen, .. } = found;
            (self.ends, self.newlines) = (ends, newlines);
            if end == text.len() && part.last() != Some(&b'\n') {
                self.newlines.push(limit);
                if self.separator != ByteSeparator::Blanks || !matches!(part.last(), Some(b' ' | b'\t')) {
                    self.ends.truncate(fields);
                    self.ends.push(limit);
                    fields += 1;
                }
            }
            self.ends.truncate(fields);
            self.ends.extend([u32::MAX; 2]);
            self.is_ascii = seen.is_ascii();
            self.is_plain = seen.is_plain() && (self.separator != ByteSeparator::Blanks || self.is_ascii);
            if !self.newlines.is_empty() {
                return true;
            }
            if window >= LONGEST {
                self.start = end;
                return false;
            }
            window *= 4;
        }
    }
}

const BLOCK: usize = 64;

/// The bit of a block's last byte.
const LAST: u64 = 1 << 63;

/// The separator of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteSeparator {
    /// Blanks and tabs, as many as there are.
    Blanks,
    /// Each one of these bytes.
    Byte(u8),
}

/// A summary of the bytes seen.
#[derive(Default)]
pub(crate) struct SeenBytes {
    /// All bytes, combined by `or`.
    all: u8x16,
    /// Not zero where something is odd.
    odd: u8x16,
    /// Returns without a newline after them.
    returns: isize,
}

impl SeenBytes {
    pub(crate) fn is_ascii(&self) -> bool {
        self.all.to_bitmask() == 0
    }

    /// Returns whether there is nothing odd, and no return but before a newline.
    pub(crate) fn is_plain(&self) -> bool {
        self.odd == u8x16::ZERO && self.returns == 0
    }
}

/// A search in progress.
pub(crate) struct IndexSearch<'s> {
    text: &'s [u8],
    /// The start of the search.
    start: usize,
    /// The ends of fields.
    pub(crate) ends: Vec<u32>,
    /// The number of valid entries in `ends`.
    pub(crate) fields: usize,
    /// The ends of lines.
    pub(crate) newlines: Vec<u32>,
    /// 1 if the byte before is a separator, else 0.
    before: u64,
    pub(crate) seen: SeenBytes,
}

impl<'s> IndexSearch<'s> {
    /// A search from `start` on, where a line starts, in memory that may have been used before.
    pub(crate) fn of(text: &'s [u8], start: usize, ends: Vec<u32>, mut newlines: Vec<u32>) -> Self {
        newlines.clear();
        Self { text, start, ends, fields: 0, newlines, before: 1, seen: SeenBytes::default() }
    }

    /// Indexes the `part` of the text that begins there; checks for odd bytes only where `odd` is set.
    pub(crate) fn run(mut self, part: &[u8], separator: ByteSeparator, odd: Option<u8>) -> Self {
        match (separator, odd) {
            (ByteSeparator::Byte(byte), None) => self.blocks::<false, false>(part, byte, b'\n'),
            (ByteSeparator::Byte(byte), Some(odd)) => self.blocks::<false, true>(part, byte, odd),
            (ByteSeparator::Blanks, None) => self.blocks::<true, false>(part, b' ', b'\n'),
            (ByteSeparator::Blanks, Some(odd)) => self.blocks::<true, true>(part, b' ', odd),
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
        // Padded with a byte that is neither separator nor odd.
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
            // Writes surplus entries, which the next block overwrites.
            for mark in [a, b, c, d] {
                *mark = at + (ends | LAST).trailing_zeros();
                ends &= ends.wrapping_sub(1);
            }
            field += 4;
        }
    }

    #[cold]
    fn more(&mut self) {
        // No byte ends more than one field.
        let most = self.text.len().saturating_sub(self.start) + 2 * BLOCK;
        self.ends.resize((2 * self.ends.len().max(4 << 10) + BLOCK).min(most).max(self.ends.len()), 0);
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
            // If blanks separate fields, this is no field.
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
