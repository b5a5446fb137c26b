//! Where the fields and lines of a text end, found for many bytes at once.
//!
//! Then no field waits for the one before it to be read, and columns that nobody wants cost nothing more.

use super::search::{Search, Separator};
/// How much of a text is looked at in one go: its marks stay in a core's cache.
const WINDOW: usize = 64 << 10;

/// The longest line that is looked for.
const LONGEST: usize = 1 << 20;

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
    /// Which of `newlines` is next, and where its line starts; before that no other does.
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
        if self.newline >= self.newlines.len() && (self.at < self.start || !self.search(text)) {
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
            (self.newline, self.start, self.end) = (0, start, 0);
            let (ends, newlines) = (std::mem::take(&mut self.ends), std::mem::take(&mut self.newlines));
            let found = Search::of(text, start, ends, newlines).run(part, self.separator, self.odd);
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
            self.is_ascii = seen.is_ascii();
            self.is_plain = seen.is_plain() && (self.separator != Separator::Blanks || self.is_ascii);
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
