//! Where a text comes from, one piece of whole rows at a time.

use std::fs::File;
use std::sync::Arc;

use super::dialect::Dialect;
use super::encoding::{Decoder, IsText, Stop};
use super::error::TextError;
use super::giant::{Giant, RowLimits};
use super::tokenize::{Scanner, Step, first_line};
use crate::{Error, Result};

/// About as much text is converted in one go.
const PIECE: usize = 512 << 10;

/// The first piece, which one core looks at while the others have nothing to do.
const FIRST: usize = 64 << 10;

/// One line given by the caller, as UTF-8.
pub(super) type Line = Result<Vec<u8>, Error>;

/// What gives the text.
pub(super) enum Input<'a> {
    Stream(Decoder<'a>),
    /// Lines one by one, each with or without its end.
    Lines(Box<dyn Iterator<Item = Line> + 'a>),
}

/// The text as pieces that end where rows end.
pub(super) struct Source<'a> {
    input: Input<'a>,
    scanner: Scanner,
    /// Text that has been read and not been given out.
    pending: Vec<u8>,
    /// How much of it the scanner has seen, where the last whole row in it ends, and how many fields have ended since. For
    /// texts with quotes.
    seen: usize,
    row_end: usize,
    fields: u64,
    goes_on: bool,
    /// The lengths of the pending lines, where those of the caller are kept as they are.
    lengths: Option<Vec<usize>>,
    limits: RowLimits<'a>,
    /// About how much text the next piece is to hold.
    piece: usize,
    /// Why the text ends early.
    stop: Option<End>,
}

/// Why a text ended before its end.
pub(super) enum End {
    Stopped(Stop),
    Line(Error),
    Giant(Giant),
    EmbeddedNewline,
}

impl End {
    /// The error, for a text whose rows so far are `rows`.
    pub(super) fn into_error(self, rows: u64) -> Error {
        let row = rows + 1;
        match self {
            Self::Stopped(Stop::Io(error)) => TextError::of_io(error, row).into(),
            Self::Stopped(Stop::NoMark { codec }) => TextError::NoMark(codec).into(),
            Self::Stopped(Stop::Undecodable { codec, byte, offset }) => {
                Error::from(TextError::Undecodable { codec, byte, row }).at(offset)
            }
            Self::Line(error) => error,
            Self::Giant(giant) => giant.into_error(row).into(),
            Self::EmbeddedNewline => TextError::EmbeddedNewline.into(),
        }
    }
}

impl<'a> Source<'a> {
    pub(super) fn new(input: Input<'a>, limits: RowLimits<'a>) -> Self {
        Self {
            input,
            scanner: Scanner::default(),
            pending: Vec::new(),
            seen: 0,
            row_end: 0,
            fields: 0,
            goes_on: true,
            lengths: None,
            limits,
            piece: FIRST,
            stop: None,
        }
    }

    /// Takes the caller's lines as they are: none is a row more or less for the line ends in it.
    pub(super) fn keep_lines(&mut self) {
        if !self.is_stream() {
            self.lengths = Some(Vec::new());
        }
    }

    /// The lengths of the lines in the last piece, where they were kept as they are.
    pub(super) fn take_lengths(&mut self) -> Option<Vec<usize>> {
        self.lengths.as_mut().map(std::mem::take)
    }

    /// Whether more than one piece may come: a caller's lines are never read ahead.
    pub(super) fn is_stream(&self) -> bool {
        matches!(self.input, Input::Stream(_))
    }

    pub(super) fn is_at_end(&self) -> bool {
        !self.goes_on && self.pending.is_empty()
    }

    /// The file that holds the rest of the text byte for byte, how to tell whether bytes of it are text, and where in it
    /// the text starts that has not been given out.
    pub(super) fn in_file(&self) -> Option<(Arc<File>, IsText, u64)> {
        let Input::Stream(decoder) = &self.input else { return None };
        if !self.goes_on {
            return None;
        }
        let (file, is_text, decoded) = decoder.in_file()?;
        Some((file, is_text, decoded.checked_sub(self.pending.len() as u64)?))
    }

    /// Goes on from another place in the file, where a row starts; or leaves out all that is left.
    pub(super) fn seek(&mut self, place: Option<u64>) {
        let Input::Stream(decoder) = &mut self.input else { return };
        self.pending.clear();
        (self.seen, self.row_end, self.goes_on, self.stop) = (0, 0, place.is_some(), None);
        self.fields = 0;
        if let Some(Err(error)) = place.map(|place| decoder.seek(place)) {
            self.fail(End::Stopped(Stop::Io(error)));
        }
    }

    /// Why the text ended early, once all pieces have come.
    pub(super) fn take_stop(&mut self) -> Option<End> {
        self.stop.take()
    }

    /// The next whole rows; nothing at the end. Of lines, no more than `lines` are taken, unless a row needs them.
    pub(super) fn next(&mut self, dialect: &Dialect, lines: Option<u64>, spare: Vec<u8>) -> Option<Vec<u8>> {
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
                if let Err(giant) = self.limits.check(&self.pending, self.fields) {
                    self.fail(End::Giant(giant));
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
            self.piece = PIECE;
            return Some(piece);
        }
    }

    /// Leaves out `count` lines, whatever stands in them: quotes do not hide line ends here, and each of the caller's
    /// lines is one.
    pub(super) fn skip_lines(&mut self, mut count: u64) {
        while count > 0 && self.goes_on {
            if let Input::Lines(lines) = &mut self.input {
                match lines.next() {
                    None => self.goes_on = false,
                    Some(Err(error)) => self.fail(End::Line(error)),
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
                self.fail(End::Giant(Giant::Long(self.limits.bytes())));
                self.pending.clear();
            }
        }
    }

    fn fail(&mut self, end: End) {
        self.goes_on = false;
        self.stop = Some(end);
    }

    fn fill(&mut self, dialect: Option<&Dialect>, lines: Option<u64>) {
        match &mut self.input {
            Input::Stream(decoder) => {
                // Long rows are read in steps that grow, so that looking for their end stays linear.
                let has = self.pending.len();
                let most = self.limits.bytes().saturating_sub(has as u64).saturating_add(1);
                let want = self.piece.max(has).min(usize::try_from(most).unwrap_or(usize::MAX));
                match decoder.fill(&mut self.pending, want) {
                    Ok(goes_on) => self.goes_on = goes_on,
                    Err(stop) => self.fail(End::Stopped(stop)),
                }
            }
            Input::Lines(_) => {
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
        let Input::Lines(input) = &mut self.input else { return };
        match input.next() {
            None => self.goes_on = false,
            Some(Err(error)) => self.fail(End::Line(error)),
            Some(Ok(line)) if let Some(lengths) = &mut self.lengths => {
                lengths.push(line.len());
                self.pending.extend_from_slice(&line);
            }
            Some(Ok(line)) => match self.scanner.whole_line(dialect, &line) {
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
                None => self.fail(End::EmbeddedNewline),
            },
        }
    }

    /// Where the last whole row in the pending text ends; 0 where there is none.
    fn last_row_end(&mut self, dialect: &Dialect) -> usize {
        if dialect.quote.is_none() {
            if let Some(end) = memchr::memrchr(b'\n', &self.pending) {
                return end + 1;
            }
            // A return that ends the pending text may yet be followed by its newline.
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
                Step::RowEnd => (self.row_end, self.fields) = (self.seen, 0),
                Step::FieldEnd => self.fields += 1,
                _ => {}
            }
        }
        self.row_end
    }
}

impl Scanner {
    /// Looks at one line of the caller's, from wherever the lines before it ended: whether it ends within quotes, and the
    /// line without its comment, which may hide line ends. `None` where a row ends before the line does.
    fn whole_line<'a>(&mut self, dialect: &Dialect, line: &'a [u8]) -> Option<(bool, &'a [u8])> {
        if dialect.quote.is_none() {
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
            if step == Step::RowEnd {
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
