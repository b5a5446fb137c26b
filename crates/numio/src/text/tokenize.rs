//! Rows and their fields, as NumPy's `tokenize.cpp` cuts them.

use super::dialect::{Comments, Delimiter, Dialect};
use super::space;

/// The fields of one row: ranges of its text, or of a copy where quotes had to be taken out.
#[derive(Debug, Default)]
pub(super) struct Fields {
    ranges: Vec<(usize, usize)>,
    /// The text without quotes; empty for rows that have none.
    unquoted: Vec<u8>,
}

impl Fields {
    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    pub(super) fn get<'a>(&'a self, row: &'a [u8], column: usize) -> Option<&'a [u8]> {
        let (start, end) = *self.ranges.get(column)?;
        if self.unquoted.is_empty() { row.get(start..end) } else { self.unquoted.get(start..end) }
    }

    /// Cuts the row at the start of `text`, and gives how many bytes it takes, line end included.
    #[inline]
    pub(super) fn cut(&mut self, dialect: &Dialect, text: &[u8]) -> usize {
        self.ranges.clear();
        self.unquoted.clear();
        if dialect.quote.is_some() {
            return self.cut_quoted(dialect, text);
        }
        let (line, taken) = first_line(text);
        let line = dialect.without_comment(line);
        match &dialect.delimiter {
            Delimiter::Space => self.cut_at_space(line),
            Delimiter::Char(mark) => match mark.ascii() {
                _ if line.is_empty() => {}
                Some(byte) => self.cut_at(line, memchr::memchr_iter(byte, line), 1),
                None => self.cut_at(line, memchr::memmem::find_iter(line, mark.bytes()), mark.bytes().len()),
            },
        }
        taken
    }

    fn cut_at(&mut self, line: &[u8], ends: impl Iterator<Item = usize>, width: usize) {
        let mut start = 0;
        for end in ends {
            self.ranges.push((start, end));
            start = end + width;
        }
        self.ranges.push((start, line.len()));
    }

    fn cut_at_space(&mut self, line: &[u8]) {
        let mut at = 0;
        loop {
            let rest = line.get(at..).unwrap_or_default();
            at += rest.len() - space::trim_start(rest).len();
            let start = at;
            while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty() && space::leading(rest) == 0)
            {
                // White space starts no later than the next byte of these.
                at += 1 + rest.iter().skip(1).take_while(|byte| (0x21..0x80).contains(*byte)).count();
            }
            if at == start {
                return;
            }
            self.ranges.push((start, at));
        }
    }

    fn cut_quoted(&mut self, dialect: &Dialect, text: &[u8]) -> usize {
        let mut scanner = Scanner::default();
        let mut taken = 0;
        let mut first_is_quoted = false;
        let mut start = 0;
        loop {
            let rest = text.get(taken..).unwrap_or_default();
            let (step, len) = scanner.step(dialect, rest);
            if rest.is_empty() || step == Step::RowEnd {
                taken += len;
                break;
            }
            match step {
                Step::Keep => self.unquoted.extend_from_slice(rest.get(..len).unwrap_or_default()),
                Step::Newline => self.unquoted.push(b'\n'),
                Step::FieldEnd => {
                    self.ranges.push((start, self.unquoted.len()));
                    start = self.unquoted.len();
                }
                Step::Open => first_is_quoted |= self.ranges.is_empty(),
                Step::Skip | Step::RowEnd => {}
            }
            taken += len;
        }
        self.ranges.push((start, self.unquoted.len()));
        // An empty last field is none where white space separates, and an empty only field is an empty line; but a
        // pair of quotes as the first field makes NumPy keep it.
        let is_empty = start == self.unquoted.len();
        let may_drop = self.ranges.len() == 1 || matches!(dialect.delimiter, Delimiter::Space);
        if is_empty && may_drop && !first_is_quoted {
            self.ranges.pop();
        }
        // So that `get` looks here even where every field is empty.
        self.unquoted.push(0);
        taken
    }
}

/// The first line without its end, and how many bytes it takes with it.
#[inline]
pub(super) fn first_line(text: &[u8]) -> (&[u8], usize) {
    match memchr::memchr2(b'\n', b'\r', text) {
        None => (text, text.len()),
        Some(end) => {
            let (line, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
            (line, end + if rest.starts_with(b"\r\n") { 2 } else { 1 })
        }
    }
}

/// Where a text with quotes stands: its rows can only be told apart from the start.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote within quotes: another one means itself, anything else ends the quotes.
    QuoteInQuoted,
    Comment,
}

/// What the next bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Part of a field.
    Keep,
    /// A line end within quotes, which is a newline there.
    Newline,
    /// Not part of any.
    Skip,
    /// The quote that opens a field.
    Open,
    /// A delimiter.
    FieldEnd,
    /// A line end out of quotes.
    RowEnd,
}

impl Scanner {
    /// Whether the text so far ends within quotes.
    pub(super) fn is_quoted(&self) -> bool {
        self.state == State::Quoted
    }

    pub(super) fn is_comment(&self) -> bool {
        self.state == State::Comment
    }

    /// Looks at the next bytes of a text: what they are, and how many.
    pub(super) fn step(&mut self, dialect: &Dialect, rest: &[u8]) -> (Step, usize) {
        let Some(&first) = rest.first() else { return (Step::Skip, 0) };
        let mut buffer = [0; 4];
        let quote = dialect.quote.map(|c| &*c.encode_utf8(&mut buffer)).unwrap_or_default().as_bytes();
        let at_quote = !quote.is_empty() && rest.starts_with(quote);
        let width = width(first);
        if self.state == State::FieldStart {
            let spaces = space::leading(rest);
            if matches!(dialect.delimiter, Delimiter::Space) && spaces > 0 && !matches!(first, b'\r' | b'\n')
            {
                return (Step::Skip, spaces);
            }
            if at_quote {
                self.state = State::Quoted;
                return (Step::Open, quote.len());
            }
            self.state = State::Unquoted;
        }
        match self.state {
            State::Quoted if at_quote => {
                self.state = State::QuoteInQuoted;
                return (Step::Skip, quote.len());
            }
            State::Quoted if first == b'\r' && dialect.universal_newlines => {
                return (Step::Newline, if rest.starts_with(b"\r\n") { 2 } else { 1 });
            }
            State::Quoted => return (Step::Keep, width),
            State::QuoteInQuoted if at_quote => {
                self.state = State::Quoted;
                return (Step::Keep, quote.len());
            }
            State::QuoteInQuoted => self.state = State::Unquoted,
            _ => {}
        }
        if matches!(first, b'\r' | b'\n') {
            self.state = State::FieldStart;
            return (Step::RowEnd, if rest.starts_with(b"\r\n") { 2 } else { 1 });
        }
        if self.state == State::Comment {
            return (Step::Skip, width);
        }
        let separator = match &dialect.delimiter {
            Delimiter::Space => space::leading(rest),
            Delimiter::Char(mark) if rest.starts_with(mark.bytes()) => mark.bytes().len(),
            Delimiter::Char(_) => 0,
        };
        if separator > 0 {
            self.state = State::FieldStart;
            return (Step::FieldEnd, separator);
        }
        if let Comments::Char(mark) = &dialect.comments
            && rest.starts_with(mark.bytes())
        {
            self.state = State::Comment;
            return (Step::Skip, mark.bytes().len());
        }
        (Step::Keep, width)
    }
}

/// How many bytes the character takes that starts with this one.
fn width(first: u8) -> usize {
    match first {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}
