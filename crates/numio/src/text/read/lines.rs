//! A source of text, one chunk of whole rows at a time.

use crate::compression::UNSUSPICIOUS_TEXT;
use crate::num::space;
use crate::text::encoding::{DecodeStop, Decoder, IsText, RandomAccess};
use crate::text::error::TextError;
use crate::text::read::dialect::{Comments, Delimiter, Dialect, QuoteScanner, ScanStep, first_line};
use crate::{Error, Limits, Result};

/// The approximate size of a chunk.
const CHUNK: usize = 512 << 10;

/// The size of the first chunk, which one core reads while the others wait.
const FIRST_CHUNK: usize = 64 << 10;

/// One line given by the caller, as UTF-8.
pub(crate) type Line = Result<Vec<u8>, Error>;

/// The input of a text.
pub(crate) enum TextInput<'a> {
    Stream(Decoder<'a>),
    /// Lines one by one, each with or without its end.
    Lines(Box<dyn Iterator<Item = Line> + 'a>),
}

/// Whole lines of a text, of which the first may have been read already.
#[derive(Debug, Default)]
pub(crate) struct TextChunk {
    pub(crate) text: Vec<u8>,
    /// The offset of the first line that has not been read.
    pub(crate) start: usize,
    /// The lengths of the lines from there on, where the caller's lines are kept as they are.
    pub(crate) lengths: Option<Vec<usize>>,
}

impl TextChunk {
    /// The lines that have not been read.
    pub(crate) fn rest(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or_default()
    }
}

/// The outcome of looking at a line in search of the first one with data.
pub(crate) enum FirstLook {
    /// The line, of this length, has no data.
    Pass(usize),
    /// Reading continues with this line.
    Here,
    /// Reading continues after this line, of this length.
    After(usize),
}

/// A text in chunks that end where rows end.
pub(crate) struct TextSource<'a> {
    input: TextInput<'a>,
    scanner: QuoteScanner,
    /// Text that has been read and not returned yet.
    pending: Vec<u8>,
    /// For texts with quotes: how much of it has been scanned, the end of the last whole row in it, and the fields
    /// since.
    seen: usize,
    row_end: usize,
    fields: u64,
    goes_on: bool,
    /// The lengths of the pending lines, where those of the caller are kept as they are.
    lengths: Option<Vec<usize>>,
    limits: RowLimits<'a>,
    /// The approximate size of the next chunk.
    piece: usize,
    /// The reason the text ends early.
    stop: Option<SourceEnd>,
}

/// The reason a text ended before its end.
pub(crate) enum SourceEnd {
    Stopped(DecodeStop),
    Line(Error),
    RowTooLarge(RowTooLarge),
    EmbeddedNewline,
}

impl SourceEnd {
    /// The error, for a text whose rows so far are `rows`.
    pub(crate) fn into_error(self, rows: u64) -> Error {
        let row = rows + 1;
        match self {
            Self::Stopped(DecodeStop::Io(error)) => TextError::of_io(error, row),
            Self::Stopped(DecodeStop::NoMark { codec }) => TextError::NoMark(codec).into(),
            Self::Stopped(DecodeStop::Undecodable { codec, byte, offset }) => {
                Error::from(TextError::Undecodable { codec, byte, row }).with_offset(offset)
            }
            Self::Line(error) => error,
            Self::RowTooLarge(too_large) => too_large.into_error(row).into(),
            Self::EmbeddedNewline => TextError::EmbeddedNewline.into(),
        }
    }
}

impl<'a> TextSource<'a> {
    pub(crate) fn new(input: TextInput<'a>, limits: RowLimits<'a>) -> Self {
        Self {
            input,
            scanner: QuoteScanner::default(),
            pending: Vec::new(),
            seen: 0,
            row_end: 0,
            fields: 0,
            goes_on: true,
            lengths: None,
            limits,
            piece: FIRST_CHUNK,
            stop: None,
        }
    }

    /// Keeps the caller's lines as they are: line ends within a line do not end it.
    pub(crate) fn keep_lines(&mut self) {
        if !self.is_stream() {
            self.lengths = Some(Vec::new());
        }
    }

    /// Returns whether the text is a stream; a caller's lines are never read ahead.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.input, TextInput::Stream(_))
    }

    pub(crate) fn is_at_end(&self) -> bool {
        !self.goes_on && self.pending.is_empty()
    }

    /// The bytes of the text, a check of whether some of them are text, and the offset of those that have not been
    /// returned yet; as [`Decoder::random_access`].
    pub(crate) fn random_access(&self) -> Option<(RandomAccess<'a>, IsText, u64)> {
        let TextInput::Stream(decoder) = &self.input else { return None };
        if !self.goes_on {
            return None;
        }
        let (bytes, is_text, decoded) = decoder.random_access()?;
        Some((bytes, is_text, decoded.checked_sub(self.pending.len() as u64)?))
    }

    /// Continues at another offset of the bytes, where a row starts, or skips the rest.
    pub(crate) fn seek(&mut self, place: Option<u64>) {
        let TextInput::Stream(decoder) = &mut self.input else { return };
        self.pending.clear();
        (self.seen, self.row_end, self.goes_on, self.stop) = (0, 0, place.is_some(), None);
        self.fields = 0;
        if let Some(Err(error)) = place.map(|place| decoder.seek(place)) {
            self.fail(SourceEnd::Stopped(DecodeStop::Io(error)));
        }
    }

    /// The reason the text ended early, once all chunks have been returned.
    pub(crate) fn take_stop(&mut self) -> Option<SourceEnd> {
        self.stop.take()
    }

    /// Reads up to a line that `look` does not pass, and returns the chunk from there on; `None` without such a line.
    /// `look` gets the text from the start of a line on, or that line alone where the caller's lines are kept as they
    /// are. No more than `lines` of the caller's lines are taken at a time.
    pub(crate) fn first(
        &mut self,
        dialect: &Dialect,
        lines: Option<u64>,
        mut look: impl FnMut(&[u8]) -> FirstLook,
    ) -> Option<TextChunk> {
        loop {
            let mut chunk = self.next(dialect, lines, Vec::new())?;
            let mut count = 0;
            loop {
                let rest = match &chunk.lengths {
                    Some(lengths) => lengths
                        .get(count)
                        .and_then(|length| chunk.text.get(chunk.start..chunk.start + length)),
                    None => Some(chunk.rest()).filter(|rest| !rest.is_empty()),
                };
                let Some(rest) = rest else { break };
                let found = look(rest);
                if let FirstLook::Pass(length) | FirstLook::After(length) = found {
                    chunk.start += length;
                    count += 1;
                }
                if !matches!(found, FirstLook::Pass(_)) {
                    if let Some(lengths) = &mut chunk.lengths {
                        lengths.drain(..count);
                    }
                    return Some(chunk);
                }
            }
        }
    }

    /// The next whole rows; `None` at the end. Takes at most `lines` lines, unless a row needs more.
    pub(crate) fn next(
        &mut self,
        dialect: &Dialect,
        lines: Option<u64>,
        spare: Vec<u8>,
    ) -> Option<TextChunk> {
        loop {
            if self.goes_on {
                self.fill(Some(dialect), lines);
            }
            let end = if self.lengths.is_some() {
                self.pending.len()
            } else if self.goes_on || self.stop.is_some() {
                self.last_row_end(dialect)
            } else {
                self.pending.len()
            };
            if end == 0 && self.lengths.as_ref().is_none_or(Vec::is_empty) {
                if !self.goes_on {
                    self.pending.clear();
                    return None;
                }
                if let Err(too_large) = self.limits.check(&self.pending, self.fields) {
                    self.fail(SourceEnd::RowTooLarge(too_large));
                    self.pending.clear();
                    return None;
                }
                continue;
            }
            let mut rest = spare;
            rest.clear();
            rest.extend_from_slice(self.pending.get(end..).unwrap_or_default());
            let mut piece = std::mem::replace(&mut self.pending, rest);
            piece.truncate(end);
            self.seen = self.seen.saturating_sub(end);
            self.row_end = 0;
            self.piece = CHUNK;
            let lengths = self.lengths.as_mut().map(std::mem::take);
            return Some(TextChunk { text: piece, start: 0, lengths });
        }
    }

    /// Skips `count` lines, whatever they contain: quotes do not hide line ends here, and each of the caller's lines
    /// counts as one.
    pub(crate) fn skip_lines(&mut self, mut count: u64) {
        while count > 0 && self.goes_on {
            if let TextInput::Lines(lines) = &mut self.input {
                match lines.next() {
                    None => self.goes_on = false,
                    Some(Err(error)) => self.fail(SourceEnd::Line(error)),
                    Some(Ok(_)) => count -= 1,
                }
                continue;
            }
            self.fill(None, None);
            let mut start = 0;
            while let Some(rest) = self.pending.get(start..).filter(|rest| count > 0 && !rest.is_empty()) {
                let (line, taken) = first_line(rest);
                let is_whole = line.len() + 1 < rest.len() || rest.ends_with(b"\n");
                if self.goes_on && !is_whole {
                    break;
                }
                start += taken;
                count -= 1;
            }
            self.pending.drain(..start);
            if count > 0 && self.pending.len() as u64 > self.limits.bytes() {
                self.fail(SourceEnd::RowTooLarge(RowTooLarge::Long(self.limits.bytes())));
                self.pending.clear();
            }
        }
    }

    fn fail(&mut self, end: SourceEnd) {
        self.goes_on = false;
        self.stop = Some(end);
    }

    fn fill(&mut self, dialect: Option<&Dialect>, lines: Option<u64>) {
        match &mut self.input {
            TextInput::Stream(decoder) => {
                // Long rows are read in steps that grow, so that looking for their end stays linear.
                let has = self.pending.len();
                let most = self.limits.bytes().saturating_sub(has as u64).saturating_add(1);
                let want = self.piece.max(has).min(usize::try_from(most).unwrap_or(usize::MAX));
                match decoder.fill(&mut self.pending, want) {
                    Ok(goes_on) => self.goes_on = goes_on,
                    Err(stop) => self.fail(SourceEnd::Stopped(stop)),
                }
            }
            TextInput::Lines(_) => {
                let mut left = lines.unwrap_or(u64::MAX).max(1);
                let enough = self.piece.max(self.pending.len() * 2);
                while let Some(dialect) = dialect
                    && left > 0
                    && self.goes_on
                    && self.pending.len() < enough
                {
                    left -= 1;
                    self.take_line(dialect);
                }
            }
        }
    }

    fn take_line(&mut self, dialect: &Dialect) {
        let TextInput::Lines(input) = &mut self.input else { return };
        let line = match input.next() {
            None => return self.goes_on = false,
            Some(Err(error)) => return self.fail(SourceEnd::Line(error)),
            Some(Ok(line)) => line,
        };
        if let Some(lengths) = &mut self.lengths {
            lengths.push(line.len());
            self.pending.extend_from_slice(&line);
            return;
        }
        match self.scanner.whole_line(dialect, &line) {
            Some((is_open, kept)) => {
                self.pending.extend_from_slice(kept);
                if !is_open && !matches!(kept.last(), Some(b'\n' | b'\r')) {
                    self.pending.push(b'\n');
                }
                self.seen = self.pending.len();
                if !is_open {
                    self.row_end = self.seen;
                }
            }
            None => self.fail(SourceEnd::EmbeddedNewline),
        }
    }

    /// The end of the last whole row in the pending text; 0 without one.
    fn last_row_end(&mut self, dialect: &Dialect) -> usize {
        if dialect.quote.is_none() {
            if let Some(end) = memchr::memrchr(b'\n', &self.pending) {
                return end + 1;
            }
            // A return at the end of the pending text may still be followed by its newline.
            let sure = self.pending.split_last().map_or(&[][..], |(_, before)| before);
            return memchr::memrchr(b'\r', sure).map_or(0, |end| end + 1);
        }
        while let Some(rest) = self.pending.get(self.seen..).filter(|rest| !rest.is_empty()) {
            if rest == b"\r" && self.goes_on {
                break;
            }
            let (step, len) = self.scanner.step(dialect, rest);
            self.seen += len;
            match step {
                ScanStep::RowEnd => (self.row_end, self.fields) = (self.seen, 0),
                ScanStep::FieldEnd => self.fields += 1,
                _ => {}
            }
        }
        self.row_end
    }
}

impl QuoteScanner {
    /// Scans one of the caller's lines, continuing from the lines before: whether it ends within quotes, and the line
    /// without its comment, which may contain line ends. `None` where a row ends before the line does.
    fn whole_line<'a>(&mut self, dialect: &Dialect, line: &'a [u8]) -> Option<(bool, &'a [u8])> {
        if dialect.quote.is_none() {
            // Of several marks NumPy splits each line before it reads it, and never sees a line end behind one.
            let line = match dialect.comments {
                Comments::Several(_) => dialect.without_comment(line),
                _ => line,
            };
            let (first, taken) = first_line(line);
            let kept = dialect.without_comment(first);
            let is_whole = taken == line.len() || kept.len() < first.len();
            return is_whole.then_some((false, if kept.len() < first.len() { kept } else { line }));
        }
        let mut at = 0;
        while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
            let (step, len) = self.step(dialect, rest);
            if self.is_comment() {
                *self = Self::default();
                return Some((false, line.get(..at)?));
            }
            at += len;
            if step == ScanStep::RowEnd {
                return (at == line.len()).then_some((false, line));
            }
        }
        let is_open = self.is_quoted();
        if !is_open {
            *self = Self::default();
        }
        Some((is_open, line))
    }
}

/// The limit that a row exceeds.
pub(crate) enum RowTooLarge {
    Long(u64),
    Wide(u64),
}

impl RowTooLarge {
    pub(crate) fn into_error(self, row: u64) -> TextError {
        match self {
            Self::Long(limit) => TextError::LongRow { limit, row },
            Self::Wide(limit) => TextError::WideRow { limit, row },
        }
    }
}

type Count<'a> = Box<dyn Fn(&[u8]) -> u64 + 'a>;

/// The limits of a row's length and number of fields.
pub(crate) struct RowLimits<'a> {
    bytes: u64,
    fields: u64,
    count: Count<'a>,
}

impl<'a> RowLimits<'a> {
    /// `count` says how many fields the start of a row has at least.
    pub(crate) fn new(limits: &Limits, count: impl Fn(&[u8]) -> u64 + 'a) -> Self {
        Self { bytes: limits.max_row_bytes, fields: limits.max_row_fields, count: Box::new(count) }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Checks the start of a row whose end has not been read yet, with the number of fields known to have ended in it.
    pub(crate) fn check(&self, row: &[u8], fields: u64) -> Result<(), RowTooLarge> {
        let len = row.len() as u64;
        if len > self.bytes {
            return Err(RowTooLarge::Long(self.bytes));
        }
        // A field takes a byte at least, with what ends it.
        if len > self.fields && fields.max((self.count)(row)) > self.fields {
            return Err(RowTooLarge::Wide(self.fields));
        }
        Ok(())
    }
}

/// The number of fields in the start of a row; 0 with quotes, where only a scanner can tell.
pub(crate) fn fields(dialect: &Dialect, row: &[u8]) -> u64 {
    if dialect.quote.is_some() {
        return 0;
    }
    let row = dialect.without_comment(row);
    match &dialect.delimiter {
        Delimiter::Space => words(row),
        Delimiter::Char(mark) => memchr::memmem::find_iter(row, mark.bytes()).count() as u64,
    }
}

/// The number of words between white space.
pub(crate) fn words(mut text: &[u8]) -> u64 {
    let mut count = 0;
    let mut is_inside = false;
    while !text.is_empty() {
        let blank = space::leading(text);
        count += u64::from(blank == 0 && !is_inside);
        is_inside = blank == 0;
        text = text.get(blank.max(1)..).unwrap_or_default();
    }
    count
}

/// Compares the size of an array whose strings all have the length of the longest with the `read` bytes of its rows:
/// one long field among many short ones could make terabytes of a small file.
///
/// # Errors
/// If it is more than [`Limits::max_text_ratio`] times as large.
pub(crate) fn in_proportion(bytes: u64, read: u64, limits: &Limits) -> Result<(), TextError> {
    let most = read.saturating_mul(limits.max_text_ratio);
    if bytes <= UNSUSPICIOUS_TEXT.max(most) { Ok(()) } else { Err(TextError::Swollen { bytes, read }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_as_they_are_cut() {
        for (delimiter, row, wanted) in [
            (Some(","), ",a,,b", 3),
            (Some(","), "1,2#,,,", 1),
            (Some("é"), "1é2é", 2),
            (None, "  a b\t\u{a0}c ", 3),
            (None, " # a b", 0),
            (None, "", 0),
        ] {
            let dialect = Dialect::new(delimiter, &["#".to_owned()], None).unwrap();
            assert_eq!(fields(&dialect, row.as_bytes()), wanted, "{row:?}");
        }
    }

    #[test]
    fn what_is_small_is_never_out_of_proportion() {
        let limits = Limits::default();
        assert!(in_proportion(16 << 20, 0, &limits).is_ok());
        assert!(in_proportion(4 << 30, 4 << 20, &limits).is_ok());
        assert!(in_proportion(4 << 40, 4 << 20, &limits).is_err());
        assert!(in_proportion(u64::MAX, u64::MAX, &limits).is_ok());
    }
}
