//! Lines of a piece of text as rows: their fields, or at once the elements that they become.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::convert::overflows;
use super::super::encoding::IsText;
use super::super::fast::{Kernel, Marks, Separator};
use super::super::number::fortran_number;
use super::super::value::Value;
use super::kept::{Found, Kept, chars, is_missing};
use super::kind::{Kind, Parsed, Unfit, store};
use super::split::Splitter;
use crate::Scalar;

/// One column that is read: how, and where its values stand in an element.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) kind: Kind,
    pub(super) scalar: Scalar,
    pub(super) offset: usize,
    /// What stands for a value that is missing, as the element's bytes; or why it does not.
    pub(super) default: Result<Vec<u8>, String>,
    /// The texts that mean that a value is missing.
    pub(super) missing: Vec<String>,
    /// Whether it is the only field of a record: NumPy then hands the bytes to the element as they are, and knows of no
    /// missing values.
    pub(super) is_alone: bool,
    /// Whether numbers may be written as Fortran prints them.
    pub(super) fortran: bool,
}

/// How rows become elements.
#[derive(Debug, Default)]
pub(super) struct Target {
    pub(super) cells: Vec<Cell>,
    /// Bytes of a row.
    pub(super) size: usize,
    /// Whether whatever is no value of its column is taken as missing.
    pub(super) loose: bool,
    pub(super) kernel: Option<(Kernel, Separator)>,
    /// Whether a number was too large for its column.
    pub(super) overflowed: AtomicBool,
}

/// The most rows that memory is made for at once.
const MOST_TRIED: usize = 1 << 10;

/// What every piece of a text is read by.
pub(super) struct Reading<'p> {
    pub(super) splitter: &'p Splitter,
    pub(super) usecols: Option<&'p [isize]>,
    /// Columns of a row.
    pub(super) count: usize,
    pub(super) missing: &'p [Vec<String>],
    pub(super) usemask: bool,
    /// Whether the columns' kinds are to be found.
    pub(super) finds: bool,
    pub(super) fortran: bool,
    /// Nothing where the rows must be kept as they are until all are known.
    pub(super) target: Option<&'p Target>,
}

/// Where something is wrong: the row, counted from the piece's first, and what.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wrong {
    /// No value of its column.
    Invalid(String),
    /// A number beyond what Python's own conversion holds.
    Overflow(String),
    /// A value, or a default, that the element does not hold.
    Unheld(String),
}

/// What stands in a piece.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub(super) lines: u64,
    pub(super) rows: usize,
    /// The lines that have another number of columns, and theirs.
    pub(super) invalid: Vec<(u64, usize)>,
    pub(super) elements: Vec<u8>,
    /// One byte for each value, where masks are asked for.
    pub(super) mask: Vec<u8>,
    /// The first row in which a column goes wrong.
    pub(super) faults: Vec<Option<(usize, Wrong)>>,
    /// What each column may be, where that is to be found.
    pub(super) found: Vec<Found>,
    /// The fields as they are, where the rows are kept.
    pub(super) kept: Kept,
}

/// The lines of a piece of text.
#[derive(Debug, Default)]
pub(super) struct LinesOfPiece {
    pub(super) text: String,
    /// The length of each line, where it is the caller who tells what a line is: there may be line ends within it, and none
    /// at its end. Nothing where newlines tell.
    pub(super) lengths: Option<Vec<usize>>,
}

impl LinesOfPiece {
    /// Lines that end with a newline.
    pub(super) fn of(text: String) -> Self {
        Self { text, lengths: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lengths.as_ref().map_or(self.text.is_empty(), Vec::is_empty)
    }

    /// The line that starts at a byte, after `count` lines. `None` at the end.
    pub(super) fn line(&self, at: usize, count: usize) -> Option<&str> {
        let rest = self.text.get(at..)?;
        match &self.lengths {
            Some(lengths) => rest.get(..*lengths.get(count)?),
            None => Some(first_line(rest).0).filter(|line| !line.is_empty()),
        }
    }

    /// The lines from a byte on, after `count` others.
    pub(super) fn after(&self, at: usize, count: usize) -> Self {
        let lengths = self.lengths.as_ref().map(|lengths| lengths.get(count..).unwrap_or_default().to_vec());
        Self { text: self.text.get(at..).unwrap_or_default().to_owned(), lengths }
    }
}

/// A text whose lines all end with a newline only.
pub(super) fn newlines(text: String) -> String {
    match memchr::memchr(b'\r', text.as_bytes()) {
        Some(_) => text.replace("\r\n", "\n").replace('\r', "\n"),
        None => text,
    }
}

/// The line at the start of `text`, with its end, and the rest.
pub(super) fn first_line(text: &str) -> (&str, &str) {
    let end = memchr::memchr(b'\n', text.as_bytes()).map_or(text.len(), |end| end + 1);
    text.split_at_checked(end).unwrap_or((text, ""))
}

impl Reading<'_> {
    /// Reads the lines of `text`, of whose rows no more than `most` are wanted.
    pub(super) fn parse(&self, lines: LinesOfPiece, most: Option<u64>) -> Piece {
        self.parse_on(Piece::default(), lines, most)
    }

    /// Reads lines that may not be text. `None` where they are not.
    pub(super) fn parse_bytes(&self, bytes: &[u8], is_text: IsText) -> Option<Piece> {
        let mut piece = Piece::default();
        // Plain numbers need not be asked.
        let mut marks = self.marks();
        self.fast(bytes, &mut marks, u64::MAX, &mut piece);
        let taken = marks.map_or(0, |marks| marks.at());
        let rest = bytes.get(taken..).filter(|rest| is_text(rest))?;
        let rest = String::from_utf8(rest.to_vec()).ok()?;
        Some(self.parse_on(piece, LinesOfPiece::of(newlines(rest)), None))
    }

    /// Marks for the fast way, where there is one.
    fn marks(&self) -> Option<Marks> {
        let (_, separator) = self.target.filter(|target| target.size > 0)?.kernel?;
        Some(Marks::new(separator, None))
    }

    /// Takes the next rows of plain numbers, no more than `most`, and says how many there are.
    fn fast(&self, text: &[u8], marks: &mut Option<Marks>, most: u64, piece: &mut Piece) -> usize {
        let (Some(target), Some(marks)) = (self.target, marks) else { return 0 };
        let rows = target.fast(text, marks, usize::try_from(most).unwrap_or(usize::MAX), piece);
        piece.lines += rows as u64;
        piece.rows += rows;
        if self.usemask {
            piece.mask.resize(piece.mask.len() + self.count * rows, 0);
        }
        rows
    }

    fn parse_on(&self, mut piece: Piece, lines: LinesOfPiece, most: Option<u64>) -> Piece {
        let LinesOfPiece { text, lengths } = lines;
        let mut lengths = lengths.map(Vec::into_iter);
        let mut fields = Vec::new();
        let mut chosen = Vec::new();
        let mut ranges = Vec::new();
        let mut rest = text.as_str();
        let mut marks = self.marks().filter(|_| lengths.is_none());
        let start = text.as_ptr().addr();
        // Lines of the caller may be empty, and the last of them too.
        let goes_on = |rest: &str, lengths: &Option<std::vec::IntoIter<usize>>| match lengths {
            Some(lengths) => !lengths.as_slice().is_empty(),
            None => !rest.is_empty(),
        };
        while goes_on(rest, &lengths) && most.is_none_or(|most| (piece.rows as u64) < most) {
            let left = most.map_or(u64::MAX, |most| most - piece.rows as u64);
            if self.fast(text.as_bytes(), &mut marks, left, &mut piece) > 0 {
                rest = marks.as_ref().and_then(|marks| text.get(marks.at()..)).unwrap_or_default();
                continue;
            }
            let (line, after) = match &mut lengths {
                Some(lengths) => rest.split_at_checked(lengths.next().unwrap_or(0)).unwrap_or((rest, "")),
                None => first_line(rest),
            };
            rest = after;
            if let Some(marks) = &mut marks {
                marks.seek(text.len() - rest.len());
            }
            piece.lines += 1;
            self.splitter.split(line, &mut fields);
            if fields.is_empty() {
                continue;
            }
            let found = fields.len();
            if !self.choose(&mut fields, &mut chosen) {
                piece.invalid.push((piece.lines - 1, found));
                continue;
            }
            if self.usemask {
                let masked =
                    fields.iter().zip(self.missing).map(|(field, missing)| is_missing(field, missing));
                piece.mask.extend(masked.map(u8::from));
            }
            match self.target {
                Some(target) => target.convert(&fields, &mut piece),
                None => ranges.extend(fields.iter().map(|field| {
                    let at = field.as_ptr().addr().wrapping_sub(start) as u32;
                    (at, at.wrapping_add(field.len() as u32))
                })),
            }
            piece.rows += 1;
        }
        if self.target.is_none() {
            piece.kept = Kept { text, ranges, count: self.count };
        }
        if self.finds {
            piece.found = self.found(&piece.kept);
        }
        piece
    }

    /// Puts the columns that are read into `fields`. False where the row has not got them.
    fn choose<'a>(&self, fields: &mut Vec<&'a str>, chosen: &mut Vec<&'a str>) -> bool {
        let Some(usecols) = self.usecols else { return fields.len() == self.count };
        chosen.clear();
        for &column in usecols {
            let column = if column < 0 { column.saturating_add_unsigned(fields.len()) } else { column };
            match usize::try_from(column).ok().and_then(|column| fields.get(column)) {
                Some(field) => chosen.push(field),
                None => return false,
            }
        }
        std::mem::swap(fields, chosen);
        true
    }

    /// What each column of the rows kept may be.
    pub(super) fn found(&self, kept: &Kept) -> Vec<Found> {
        let mut found = vec![Found::default(); self.count];
        for row in 0..kept.rows() {
            for (column, (found, missing)) in found.iter_mut().zip(self.missing).enumerate() {
                found.add(kept.field(row, column), missing, self.fortran);
            }
        }
        found
    }
}

impl Target {
    /// Converts the next rows of plain numbers, no more than `most`, and says how many there are.
    fn fast(&self, text: &[u8], marks: &mut Marks, most: usize, piece: &mut Piece) -> usize {
        let Some((kernel, _)) = self.kernel else { return 0 };
        let (mut rows, mut tried) = (0, 1);
        // Twice as many each time, as the next row may be another kind.
        while rows < most {
            tried = (2 * tried).min(most - rows).min(MOST_TRIED);
            let start = piece.elements.len();
            piece.elements.resize(start + tried * self.size, 0);
            let out = piece.elements.get_mut(start..).unwrap_or_default();
            let found = kernel(text, marks, self.cells.len(), out);
            piece.elements.truncate(start + found * self.size);
            rows += found;
            if found < tried {
                break;
            }
        }
        rows
    }

    /// Adds the element that `fields` become.
    pub(super) fn convert(&self, fields: &[&str], piece: &mut Piece) {
        let start = piece.elements.len();
        piece.elements.resize(start + self.size, 0);
        let Some(element) = piece.elements.get_mut(start..) else { return };
        for (column, (field, cell)) in fields.iter().zip(&self.cells).enumerate() {
            if cell.kind == Kind::Given {
                continue;
            }
            let Some(out) = element.get_mut(cell.offset..cell.offset + cell.scalar.itemsize()) else {
                continue;
            };
            if let Err(wrong) = cell.read(field, self.loose, &self.overflowed, out) {
                piece.faults.resize(self.cells.len(), None);
                if let Some(fault @ None) = piece.faults.get_mut(column) {
                    *fault = Some((piece.rows, wrong));
                }
            }
        }
    }
}

impl Cell {
    fn read(&self, field: &str, loose: bool, overflowed: &AtomicBool, out: &mut [u8]) -> Result<(), Wrong> {
        let number = match self.kind {
            Kind::Float | Kind::Long | Kind::Complex if self.fortran => fortran_number(field),
            _ => None,
        };
        let field = number.as_deref().unwrap_or(field);
        // Bytes have the characters of Latin-1 only. Texts stay what they are, of which NumPy makes 'None'.
        let is_bytes = self.is_alone && field.chars().all(|c| u32::from(c) < 0x100);
        let parsed = if self.is_alone && !is_bytes && self.kind != Kind::Text {
            Err(Unfit::Invalid)
        } else {
            self.kind.parse(field, matches!(self.scalar, Scalar::Bytes(_) | Scalar::Datetime(..)))
        };
        match parsed {
            Ok(parsed) => {
                let overflows = match parsed {
                    Parsed::Float(value) => overflows(value, self.scalar),
                    Parsed::Complex(value) => {
                        overflows(value.re, self.scalar) || overflows(value.im, self.scalar)
                    }
                    _ => false,
                };
                if overflows {
                    overflowed.store(true, Ordering::Relaxed);
                }
                parsed.store(self.scalar, out).map_err(Wrong::Unheld)
            }
            Err(Unfit::Overflow(why)) => Err(Wrong::Overflow(why)),
            Err(Unfit::Invalid) if is_bytes => match self.kind.said_of_bytes(field) {
                Ok(is_true) => {
                    out.fill(u8::from(is_true));
                    Ok(())
                }
                Err(why) => Err(Wrong::Unheld(why)),
            },
            Err(Unfit::Invalid) if loose || is_missing(field, &self.missing) => match &self.default {
                Ok(default) => {
                    out.copy_from_slice(default);
                    Ok(())
                }
                Err(why) => Err(Wrong::Unheld(why.clone())),
            },
            Err(Unfit::Invalid) => Err(Wrong::Invalid(field.to_owned())),
        }
    }

    /// The elements that mean a missing value, for masks.
    pub(super) fn missing_elements(&self) -> Vec<Vec<u8>> {
        let fits = |text: &str| match self.scalar {
            Scalar::Bytes(len) | Scalar::Str(len, _) => chars(text) <= len as usize,
            _ => true,
        };
        let texts = self.missing.iter().filter(|text| !text.is_empty() && !self.is_alone && fits(text));
        let elements = texts.filter_map(|text| {
            let mut out = vec![0; self.scalar.itemsize()];
            self.read(text, false, &AtomicBool::new(false), &mut out).ok()?;
            // Not a number equals nothing.
            let is_nan = match self.kind.parse(text, false) {
                Ok(Parsed::Float(value)) => value.is_nan(),
                Ok(Parsed::Long(value)) => value.is_nan(),
                _ => false,
            };
            let is_nan = is_nan || self.kind.parse(text, false).is_err() && self.is_nan_default();
            (!is_nan).then_some(out)
        });
        elements.collect()
    }

    fn is_nan_default(&self) -> bool {
        let mut nan = vec![0; self.scalar.itemsize()];
        let is_nan =
            |value: Value| store(&value, self.scalar, &mut nan).is_ok() && self.default.as_ref() == Ok(&nan);
        self.kind
            .default(self.scalar)
            .filter(|_| matches!(self.kind, Kind::Float | Kind::Long | Kind::Complex))
            .is_some_and(is_nan)
    }
}
