//! Elements in rows: brackets, separators, line breaks and indents at every rank (NumPy's `_formatArray`).

use std::fmt;

use super::column::Column;
use super::corners::{Axis, Corners};
use super::notation::pad;

/// Lines on their way out; the last is kept until what follows it is known.
pub(super) struct Lines<'a> {
    out: &'a mut dyn fmt::Write,
    line: String,
    /// Characters in the line.
    used: usize,
}

impl<'a> Lines<'a> {
    /// A first line that begins with `start`.
    pub(super) fn new(out: &'a mut dyn fmt::Write, start: &str) -> Self {
        let mut lines = Self { out, line: String::new(), used: 0 };
        lines.push(start);
        lines
    }

    pub(super) fn push(&mut self, text: &str) {
        self.line.push_str(text);
        self.used += text.chars().count();
    }

    pub(super) fn push_spaces(&mut self, count: usize) {
        pad(count, &mut self.line);
        self.used += count;
    }

    /// Ends the line, and starts the next with `indent` spaces.
    pub(super) fn end_line(&mut self, indent: usize) -> fmt::Result {
        self.line.push('\n');
        self.out.write_str(&self.line)?;
        self.line.clear();
        self.used = 0;
        self.push_spaces(indent);
        Ok(())
    }

    /// The same, without the white space at the end of the line.
    fn end_trimmed(&mut self, indent: usize) -> fmt::Result {
        self.line.truncate(self.line.trim_end_matches(is_python_space).len());
        self.end_line(indent)
    }

    /// Characters in the last line of the text so far. An element alone may have brought lines of its own.
    pub(super) fn last_width(&self) -> usize {
        self.line.rsplit('\n').next().map_or(0, |line| line.chars().count())
    }

    /// Writes out the last line.
    pub(super) fn finish(self) -> fmt::Result {
        self.out.write_str(&self.line)
    }
}

/// How rows are laid out.
pub(super) struct Rows<'a, 'b> {
    pub(super) lines: Lines<'a>,
    pub(super) print: Column<'b>,
    /// Between elements: `, ` or one space.
    pub(super) separator: &'static str,
    /// Characters before the first bracket.
    pub(super) indent: usize,
    /// Characters that fit in a line beside the closing brackets.
    pub(super) width: usize,
}

impl Rows<'_, '_> {
    /// Prints the elements at `corners` in as many brackets as there are axes. Recursive by axis, of which NumPy allows
    /// 64.
    pub(super) fn print(&mut self, corners: &Corners) -> fmt::Result {
        match corners.axes.as_slice() {
            [] => {
                let mut word = String::new();
                (self.print)(corners.offset as usize, &mut word)?;
                self.lines.push(&word);
                Ok(())
            }
            axes => self.axis(axes, corners.offset, 1),
        }
    }

    /// `depth` counts the brackets that are open within.
    fn axis(&mut self, axes: &[Axis], offset: isize, depth: usize) -> fmt::Result {
        let Some((axis, inner)) = axes.split_first() else { return Ok(()) };
        self.lines.push("[");
        let (head, tail) = axis.ends();
        // NumPy always shows the last element.
        let tail = tail.start.min(axis.len.saturating_sub(1))..axis.len;
        let dots = axis.edge.map(|_| None);
        let mut parts = head.map(Some).chain(dots).chain(tail.map(Some)).peekable();
        let mut word = String::new();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            let start = part.map(|index| offset.wrapping_add(axis.step(index)));
            if inner.is_empty() {
                word.clear();
                match start {
                    Some(start) => (self.print)(start as usize, &mut word)?,
                    None => word.push_str("..."),
                }
                self.word(&word, depth)?;
                if !last {
                    self.lines.push(self.separator);
                }
            } else {
                match start {
                    Some(start) => self.axis(inner, start, depth + 1)?,
                    None => self.lines.push("..."),
                }
                if !last {
                    self.between(inner.len(), depth)?;
                }
            }
        }
        self.lines.push("]");
        Ok(())
    }

    /// What stands between two subarrays of `axes` axes: one line end for each.
    fn between(&mut self, axes: usize, depth: usize) -> fmt::Result {
        self.lines.push(self.separator.trim_end());
        for _ in 1..axes {
            self.lines.end_line(0)?;
        }
        self.lines.end_line(self.indent + depth)
    }

    /// One element of a row within `depth` brackets, on a new line if it does not fit.
    fn word(&mut self, word: &str, depth: usize) -> fmt::Result {
        let indent = self.indent + depth;
        // Each bracket that is open takes a character at the end, the last one as many as the separator.
        let width = self.width.saturating_sub(depth);
        let parts: Vec<&str> = python_lines(word).collect();
        let (first, rest) = match parts.as_slice() {
            [first, rest @ ..] if !rest.is_empty() => (*first, rest),
            _ => (word, &[][..]),
        };
        let length = |part: &&str| part.chars().count();
        let widest = rest.iter().map(length).fold(length(&first), usize::max);
        let mut start = self.lines.used;
        if start > indent && start.saturating_add(widest) > width {
            self.lines.end_trimmed(indent)?;
            start = indent;
        }
        self.lines.push(first);
        for part in rest {
            self.lines.end_trimmed(start)?;
            self.lines.push(part);
        }
        // What follows stands right of the widest line.
        self.lines.push_spaces(rest.last().map_or(0, |last| widest - length(last)));
        Ok(())
    }
}

/// Python's `str.splitlines`.
fn python_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(is_line_end).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        let skip = if after.starts_with("\r\n") { 2 } else { after.chars().next().map_or(0, char::len_utf8) };
        rest = after.split_at(skip).1;
        Some(line)
    })
}

fn is_line_end(mark: char) -> bool {
    matches!(mark, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_python_space(mark: char) -> bool {
    mark.is_whitespace() || matches!(mark, '\x1c'..='\x1f')
}
