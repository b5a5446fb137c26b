//! Splits text into rows and fields: delimiter, comments and quotes, as NumPy's `tokenize.cpp` treats them.

use crate::Result;
use crate::num::space;
use crate::text::error::TextError;

/// A validated set of control characters: all different, none a line end.
#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    pub(crate) delimiter: Delimiter,
    pub(crate) comments: Comments,
    pub(crate) quote: Option<char>,
    /// True to read line ends within quotes as `\n`, as in files.
    pub(crate) universal_newlines: bool,
}

/// The separator of fields.
#[derive(Debug, Clone)]
pub(crate) enum Delimiter {
    /// Any run of white space.
    Space,
    /// One character, in UTF-8.
    Char(Utf8Char),
}

/// The start of a comment, which lasts to the end of the line.
#[derive(Debug, Clone)]
pub(crate) enum Comments {
    None,
    Char(Utf8Char),
    /// Several markers, or one of several characters. NumPy removes them before it looks for quotes, so that quotes are
    /// refused with them.
    Several(Vec<Vec<u8>>),
}

/// One character in UTF-8.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Utf8Char {
    bytes: [u8; 4],
    len: u8,
}

impl Utf8Char {
    fn new(c: char) -> Self {
        let mut bytes = [0; 4];
        let len = c.encode_utf8(&mut bytes).len() as u8;
        Self { bytes, len }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The byte that it is, if it is only one.
    pub(crate) fn ascii(&self) -> Option<u8> {
        let [first, ..] = self.bytes;
        (self.len == 1).then_some(first)
    }
}

impl Dialect {
    /// Checks what the caller asked for, as NumPy's `_read` and `readtext.c` do.
    ///
    /// # Errors
    /// `InvalidInput`, with NumPy's message.
    pub(crate) fn new(delimiter: Option<&str>, comments: &[String], quote: Option<char>) -> Result<Self> {
        if comments.iter().any(String::is_empty) {
            return Err(TextError::EmptyComment.into());
        }
        let delimiter_char = delimiter.map(one_char).transpose();
        let single = match comments {
            [only] => one_char(only).ok(),
            _ => None,
        };
        let several = !comments.is_empty() && single.is_none();
        if several && let Some(delimiter) = delimiter.filter(|&text| comments.iter().any(|c| c == text)) {
            return Err(TextError::CommentIsDelimiter(comments.to_vec(), delimiter.to_owned()).into());
        }
        if several && quote.is_some() {
            return Err(TextError::CommentsAndQuote.into());
        }
        let delimiter = delimiter_char?;
        for (name, found, others) in [
            ("comment", single, [("quotechar", quote), ("delimiter", delimiter)].as_slice()),
            ("quotechar", quote, &[("delimiter", delimiter)]),
            ("delimiter", delimiter, &[]),
        ] {
            if found.is_none() {
                continue;
            }
            if matches!(found, Some('\r' | '\n')) {
                return Err(TextError::NewlineMark(name).into());
            }
            if let Some((other, _)) = others.iter().find(|(_, other)| *other == found) {
                return Err(TextError::SameMarks(name, other).into());
            }
        }
        let comments = match single {
            Some(c) => Comments::Char(Utf8Char::new(c)),
            None if several => Comments::Several(comments.iter().map(|c| c.clone().into_bytes()).collect()),
            None => Comments::None,
        };
        let delimiter = delimiter.map_or(Delimiter::Space, |c| Delimiter::Char(Utf8Char::new(c)));
        Ok(Self { delimiter, comments, quote, universal_newlines: true })
    }

    /// The part of a line before its comment. For lines without quotes.
    #[inline]
    pub(crate) fn without_comment<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let end = match &self.comments {
            Comments::None => None,
            Comments::Char(mark) => match mark.ascii() {
                Some(byte) => memchr::memchr(byte, line),
                None => memchr::memmem::find(line, mark.bytes()),
            },
            Comments::Several(all) => all.iter().filter_map(|c| memchr::memmem::find(line, c)).min(),
        };
        end.and_then(|end| line.get(..end)).unwrap_or(line)
    }
}

fn one_char(text: &str) -> Result<char, TextError> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none()).ok_or_else(|| TextError::LongMark(text.to_owned()))
}

/// Ranges of a text, in half the memory where it is shorter than 4 GiB: a row may have millions of fields.
#[derive(Debug)]
enum FieldRanges {
    Short(Vec<(u32, u32)>),
    Long(Vec<(usize, usize)>),
}

impl Default for FieldRanges {
    fn default() -> Self {
        Self::Short(Vec::new())
    }
}

impl FieldRanges {
    /// Prepares for a text of this length.
    fn clear(&mut self, len: usize) {
        match (&mut *self, u32::try_from(len).is_ok()) {
            (Self::Short(ranges), true) => ranges.clear(),
            (Self::Long(ranges), false) => ranges.clear(),
            (_, true) => *self = Self::Short(Vec::new()),
            (_, false) => *self = Self::Long(Vec::new()),
        }
    }

    #[inline]
    fn push(&mut self, start: usize, end: usize) {
        match self {
            // Both are within the text.
            Self::Short(ranges) => ranges.push((start as u32, end as u32)),
            Self::Long(ranges) => ranges.push((start, end)),
        }
    }

    fn pop(&mut self) {
        match self {
            Self::Short(ranges) => drop(ranges.pop()),
            Self::Long(ranges) => drop(ranges.pop()),
        }
    }

    #[inline]
    fn len(&self) -> usize {
        match self {
            Self::Short(ranges) => ranges.len(),
            Self::Long(ranges) => ranges.len(),
        }
    }

    #[inline]
    fn get(&self, index: usize) -> Option<(usize, usize)> {
        match self {
            Self::Short(ranges) => ranges.get(index).map(|&(start, end)| (start as usize, end as usize)),
            Self::Long(ranges) => ranges.get(index).copied(),
        }
    }
}

/// The fields of one row: ranges of its text, or of a copy where quotes had to be taken out.
#[derive(Debug, Default)]
pub(crate) struct RowFields {
    ranges: FieldRanges,
    /// The text without quotes; empty for rows that have none.
    unquoted: Vec<u8>,
}

impl RowFields {
    pub(crate) fn len(&self) -> usize {
        self.ranges.len()
    }

    pub(crate) fn get<'a>(&'a self, row: &'a [u8], column: usize) -> Option<&'a [u8]> {
        let (start, end) = self.ranges.get(column)?;
        if self.unquoted.is_empty() { row.get(start..end) } else { self.unquoted.get(start..end) }
    }

    /// The same of a row that is text. `None` where quotes had to be taken out.
    pub(crate) fn text<'a>(&self, row: &'a str, column: usize) -> Option<&'a str> {
        let (start, end) = self.ranges.get(column)?;
        if self.unquoted.is_empty() { row.get(start..end) } else { None }
    }

    /// Splits the row at the start of `text` and returns its length with the line end.
    #[inline]
    pub(crate) fn cut(&mut self, dialect: &Dialect, text: &[u8]) -> usize {
        self.ranges.clear(text.len());
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

    /// Takes these ranges of a row, which is in a text of this length, as its fields.
    #[inline]
    pub(crate) fn set(&mut self, len: usize, ranges: impl Iterator<Item = (usize, usize)>) {
        self.unquoted.clear();
        self.ranges.clear(len);
        ranges.for_each(|(start, end)| self.ranges.push(start, end));
    }

    fn cut_at(&mut self, line: &[u8], ends: impl Iterator<Item = usize>, width: usize) {
        let mut start = 0;
        for end in ends {
            self.ranges.push(start, end);
            start = end + width;
        }
        self.ranges.push(start, line.len());
    }

    fn cut_at_space(&mut self, line: &[u8]) {
        let mut at = 0;
        loop {
            let rest = line.get(at..).unwrap_or_default();
            at += rest.len() - space::trim_start(rest).len();
            let start = at;
            while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty() && space::leading(rest) == 0)
            {
                // Bytes of this range neither start nor continue a white space character.
                at += 1 + rest.iter().skip(1).take_while(|byte| (0x21..0x80).contains(*byte)).count();
            }
            if at == start {
                return;
            }
            self.ranges.push(start, at);
        }
    }

    fn cut_quoted(&mut self, dialect: &Dialect, text: &[u8]) -> usize {
        let mut scanner = QuoteScanner::default();
        let mut taken = 0;
        let mut first_is_quoted = false;
        let mut start = 0;
        loop {
            let rest = text.get(taken..).unwrap_or_default();
            let (step, len) = scanner.step(dialect, rest);
            if rest.is_empty() || step == ScanStep::RowEnd {
                taken += len;
                break;
            }
            match step {
                ScanStep::Keep => self.unquoted.extend_from_slice(rest.get(..len).unwrap_or_default()),
                ScanStep::Newline => self.unquoted.push(b'\n'),
                ScanStep::FieldEnd => {
                    self.ranges.push(start, self.unquoted.len());
                    start = self.unquoted.len();
                }
                ScanStep::Open => first_is_quoted |= self.ranges.len() == 0,
                ScanStep::Skip | ScanStep::RowEnd => {}
            }
            taken += len;
        }
        self.ranges.push(start, self.unquoted.len());
        // Between white space an empty last field is dropped, and a single empty field is an empty line; but NumPy
        // keeps it where the first field is a pair of quotes.
        let is_empty = start == self.unquoted.len();
        let may_drop = self.ranges.len() == 1 || matches!(dialect.delimiter, Delimiter::Space);
        if is_empty && may_drop && !first_is_quoted {
            self.ranges.pop();
        }
        // Makes `get` look here even where every field is empty.
        self.unquoted.push(0);
        taken
    }
}

/// The first line without its end, and its length with it.
#[inline]
pub(crate) fn first_line(text: &[u8]) -> (&[u8], usize) {
    match memchr::memchr2(b'\n', b'\r', text) {
        None => (text, text.len()),
        Some(end) => {
            let (line, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
            (line, end + if rest.starts_with(b"\r\n") { 2 } else { 1 })
        }
    }
}

/// The state of scanning a text with quotes, whose rows can only be found from its start.
#[derive(Debug, Default)]
pub(crate) struct QuoteScanner {
    state: ScanState,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum ScanState {
    #[default]
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote within quotes: a second one means one quote, anything else closes.
    QuoteInQuoted,
    Comment,
}

/// The meaning of the next bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanStep {
    /// Part of a field.
    Keep,
    /// A line end within quotes, which is a newline there.
    Newline,
    /// Part of no field.
    Skip,
    /// The quote that opens a field.
    Open,
    /// A delimiter.
    FieldEnd,
    /// A line end out of quotes.
    RowEnd,
}

impl QuoteScanner {
    /// Returns whether the text so far ends within quotes.
    pub(crate) fn is_quoted(&self) -> bool {
        self.state == ScanState::Quoted
    }

    pub(crate) fn is_comment(&self) -> bool {
        self.state == ScanState::Comment
    }

    /// Classifies the next bytes of a text, and counts them.
    pub(crate) fn step(&mut self, dialect: &Dialect, rest: &[u8]) -> (ScanStep, usize) {
        let Some(&first) = rest.first() else { return (ScanStep::Skip, 0) };
        let mut buffer = [0; 4];
        let quote = dialect.quote.map(|c| &*c.encode_utf8(&mut buffer)).unwrap_or_default().as_bytes();
        let at_quote = !quote.is_empty() && rest.starts_with(quote);
        let width = width(first);
        if self.state == ScanState::FieldStart {
            let spaces = space::leading(rest);
            if matches!(dialect.delimiter, Delimiter::Space) && spaces > 0 && !matches!(first, b'\r' | b'\n')
            {
                return (ScanStep::Skip, spaces);
            }
            if at_quote {
                self.state = ScanState::Quoted;
                return (ScanStep::Open, quote.len());
            }
            self.state = ScanState::Unquoted;
        }
        match self.state {
            ScanState::Quoted if at_quote => {
                self.state = ScanState::QuoteInQuoted;
                return (ScanStep::Skip, quote.len());
            }
            ScanState::Quoted if first == b'\r' && dialect.universal_newlines => {
                return (ScanStep::Newline, if rest.starts_with(b"\r\n") { 2 } else { 1 });
            }
            ScanState::Quoted => return (ScanStep::Keep, width),
            ScanState::QuoteInQuoted if at_quote => {
                self.state = ScanState::Quoted;
                return (ScanStep::Keep, quote.len());
            }
            ScanState::QuoteInQuoted => self.state = ScanState::Unquoted,
            _ => {}
        }
        if matches!(first, b'\r' | b'\n') {
            self.state = ScanState::FieldStart;
            return (ScanStep::RowEnd, if rest.starts_with(b"\r\n") { 2 } else { 1 });
        }
        if self.state == ScanState::Comment {
            return (ScanStep::Skip, width);
        }
        let separator = match &dialect.delimiter {
            Delimiter::Space => space::leading(rest),
            Delimiter::Char(mark) if rest.starts_with(mark.bytes()) => mark.bytes().len(),
            Delimiter::Char(_) => 0,
        };
        if separator > 0 {
            self.state = ScanState::FieldStart;
            return (ScanStep::FieldEnd, separator);
        }
        if let Comments::Char(mark) = &dialect.comments
            && rest.starts_with(mark.bytes())
        {
            self.state = ScanState::Comment;
            return (ScanStep::Skip, mark.bytes().len());
        }
        (ScanStep::Keep, width)
    }
}

/// The length of the UTF-8 character that starts with this byte.
fn width(first: u8) -> usize {
    match first {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}
