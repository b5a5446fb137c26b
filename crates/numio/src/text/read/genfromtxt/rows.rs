//! Lines of a chunk as rows: their fields, or directly their elements.

use crate::Scalar;
use crate::num::parse::fortran_number;
use crate::num::space;
use crate::text::encoding::IsText;
use crate::text::read::convert::{Overflows, Value, overflows};
use crate::text::read::fast::index::{ByteSeparator, FieldIndex};
use crate::text::read::fast::rows::NumericRows;
use crate::text::read::genfromtxt::error::Refusal;
use crate::text::read::genfromtxt::kind::{FieldKind, Misfit, ParsedField, fits, store};
use crate::text::read::genfromtxt::names::trim;
use crate::text::read::lines::{TextChunk, words};
use crate::text::read::pipeline::ConvertRows;

/// One column: how its fields are read, and the offset of its values in an element.
#[derive(Debug)]
pub(crate) struct ColumnWriter {
    pub(crate) kind: FieldKind,
    pub(crate) scalar: Scalar,
    pub(crate) offset: usize,
    /// The value for missing fields, as the element's bytes, or the reason it has none.
    pub(crate) default: Result<Vec<u8>, Refusal>,
    /// True if that value is too large for the element, which NumPy warns of where it is used.
    pub(crate) default_overflows: bool,
    /// The texts that mean that a value is missing.
    pub(crate) missing: Vec<String>,
    /// True for the only field of a record: NumPy then hands the bytes to the element as they are, and knows of no
    /// missing values.
    pub(crate) is_alone: bool,
    /// True if numbers may be written as Fortran prints them.
    pub(crate) fortran: bool,
}

/// Writes rows as elements.
#[derive(Debug, Default)]
pub(crate) struct ElementWriter {
    pub(crate) cells: Vec<ColumnWriter>,
    /// Bytes of a row.
    pub(crate) size: usize,
    /// True to take whatever is no value of its column as missing.
    pub(crate) loose: bool,
    pub(crate) numeric_rows: Option<(NumericRows, ByteSeparator)>,
    /// What was too large for its column.
    pub(crate) overflows: Overflows,
}

/// The most rows for which memory is allocated at once.
const MOST_TRIED: usize = 1 << 10;

/// Reads rows; what is the same for all chunks of a text.
pub(crate) struct RowReader<'p> {
    pub(crate) splitter: &'p Splitter,
    pub(crate) usecols: Option<&'p [isize]>,
    /// Columns of a row.
    pub(crate) count: usize,
    pub(crate) missing: &'p [Vec<String>],
    pub(crate) usemask: bool,
    /// True if the columns' kinds are to be found.
    pub(crate) finds: bool,
    pub(crate) fortran: bool,
    /// `None` where rows are buffered until all are known.
    pub(crate) target: Option<&'p ElementWriter>,
}

/// A fault in a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FieldFault {
    /// No value of its column.
    Invalid(String),
    /// A number beyond what Python's own conversion holds.
    Overflow(Refusal),
    /// A value, or a default, that the element does not hold.
    Unheld(Refusal),
}

/// The first row in which values of a column cannot be parsed, and the first in which elements do not hold them: NumPy parses all
/// values before it makes elements of any.
pub(crate) type ColumnFaults<Row> = [Option<(Row, FieldFault)>; 2];

/// Adds a fault to those of its column, of which the first stays.
pub(crate) fn add_fault<Row>(known: &mut ColumnFaults<Row>, row: Row, wrong: FieldFault) {
    let slot = known.get_mut(usize::from(matches!(wrong, FieldFault::Unheld(_))));
    if let Some(slot @ None) = slot {
        *slot = Some((row, wrong));
    }
}

/// The rows of a chunk.
#[derive(Debug, Default)]
pub(crate) struct ReadRows {
    pub(crate) lines: u64,
    pub(crate) rows: usize,
    /// The lines that have another number of columns, and theirs.
    pub(crate) invalid: Vec<(u64, usize)>,
    pub(crate) elements: Vec<u8>,
    /// One byte for each value, where masks are asked for.
    pub(crate) mask: Vec<u8>,
    /// The first row, counted from the chunk's first, in which each column goes wrong.
    pub(crate) faults: Vec<ColumnFaults<usize>>,
    /// The kinds that each column may have, if those are to be found.
    pub(crate) found: Vec<ColumnKinds>,
    /// The fields themselves, where rows are buffered.
    pub(crate) kept: BufferedRows,
}

/// The lines of a chunk of text.
struct ChunkLines {
    text: String,
    /// The length of each line, if the caller gives single lines: there may be line ends within them, and none at their
    /// end. `None` if newlines end lines.
    lengths: Option<Vec<usize>>,
}

impl ChunkLines {
    /// Lines that end with a newline.
    fn of(text: String) -> Self {
        Self { text, lengths: None }
    }

    /// The lines of a chunk. A caller's lines become lines that end with a newline, unless that changes a field: there
    /// are line ends within one of them, or `keeps_ends` and a line's end is part of its last field.
    fn of_chunk(chunk: TextChunk, keeps_ends: bool) -> Self {
        let TextChunk { mut text, start, lengths } = chunk;
        text.drain(..start);
        // Chunks are UTF-8: they come from a decoder, or are the caller's strings.
        let text = String::from_utf8(text).unwrap_or_default();
        match lengths {
            None => Self::of(newlines(text)),
            Some(lengths) if keeps_ends => Self { text, lengths: Some(lengths) },
            Some(lengths) => Self::joined(text, lengths),
        }
    }

    fn joined(text: String, lengths: Vec<usize>) -> Self {
        let mut out = String::with_capacity(text.len() + lengths.len());
        let mut rest = text.as_str();
        for &length in &lengths {
            let (line, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            let line = line.trim_end_matches(['\r', '\n']);
            if memchr::memchr2(b'\r', b'\n', line.as_bytes()).is_some() {
                return Self { text, lengths: Some(lengths) };
            }
            out.push_str(line);
            out.push('\n');
            rest = after;
        }
        Self::of(out)
    }
}

/// A text whose lines all end with a newline only.
pub(crate) fn newlines(text: String) -> String {
    match memchr::memchr(b'\r', text.as_bytes()) {
        Some(_) => text.replace("\r\n", "\n").replace('\r', "\n"),
        None => text,
    }
}

/// The line at the start of `text`, with its end, and the rest.
fn first_line(text: &str) -> (&str, &str) {
    let end = memchr::memchr(b'\n', text.as_bytes()).map_or(text.len(), |end| end + 1);
    text.split_at_checked(end).unwrap_or((text, ""))
}

impl ConvertRows for RowReader<'_> {
    type Rows = ReadRows;

    fn row_size(&self) -> usize {
        self.target.map_or(0, |target| target.size)
    }

    fn is_splittable(&self) -> bool {
        true
    }

    fn convert(&self, chunk: TextChunk, most: Option<u64>) -> (ReadRows, Vec<u8>) {
        let lines = ChunkLines::of_chunk(chunk, matches!(self.splitter.separator, FieldSeparator::Widths(_)));
        (self.parse(ReadRows::default(), lines, most), Vec::new())
    }

    fn convert_raw(&self, text: &[u8], is_text: IsText, spare: Vec<u8>) -> Option<ReadRows> {
        let mut piece = ReadRows { elements: spare, ..ReadRows::default() };
        piece.elements.clear();
        // Plain numbers are ASCII.
        let mut marks = self.marks();
        self.fast(text, &mut marks, u64::MAX, &mut piece);
        let taken = marks.map_or(0, |marks| marks.at());
        let rest = text.get(taken..).filter(|rest| is_text(rest))?;
        let rest = String::from_utf8(rest.to_vec()).ok()?;
        Some(self.parse(piece, ChunkLines::of(newlines(rest)), None))
    }
}

impl RowReader<'_> {
    /// The field index for the fast path, where there is one.
    fn marks(&self) -> Option<FieldIndex> {
        let (_, separator) = self.target.filter(|target| target.size > 0)?.numeric_rows?;
        Some(FieldIndex::new(separator, None))
    }

    /// Takes the next rows of plain numbers, no more than `most`, and says how many there are.
    fn fast(&self, text: &[u8], marks: &mut Option<FieldIndex>, most: u64, piece: &mut ReadRows) -> usize {
        let (Some(target), Some(marks)) = (self.target, marks) else { return 0 };
        let rows = target.fast(text, marks, usize::try_from(most).unwrap_or(usize::MAX), piece);
        piece.lines += rows as u64;
        piece.rows += rows;
        if self.usemask {
            piece.mask.resize(piece.mask.len() + self.count * rows, 0);
        }
        rows
    }

    /// Adds the rows of `lines` to those before them, up to `most` together.
    fn parse(&self, mut piece: ReadRows, lines: ChunkLines, most: Option<u64>) -> ReadRows {
        let ChunkLines { text, lengths } = lines;
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
            piece.kept = BufferedRows { text, ranges, count: self.count };
        }
        if self.finds {
            piece.found = self.found(&piece.kept);
        }
        piece
    }

    /// Selects the columns that are read. False where the row does not have them.
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

    /// The kinds that each column of buffered rows may have.
    pub(crate) fn found(&self, kept: &BufferedRows) -> Vec<ColumnKinds> {
        let mut found = vec![ColumnKinds::default(); self.count];
        for row in 0..kept.rows() {
            for (column, (found, missing)) in found.iter_mut().zip(self.missing).enumerate() {
                found.add(kept.field(row, column), missing, self.fortran);
            }
        }
        found
    }
}

impl ElementWriter {
    /// Converts the next rows of plain numbers, no more than `most`, and says how many there are.
    fn fast(&self, text: &[u8], marks: &mut FieldIndex, most: usize, piece: &mut ReadRows) -> usize {
        let Some((numeric_rows, _)) = self.numeric_rows else { return 0 };
        let (mut rows, mut tried) = (0, 1);
        // Room for rows of many columns is not made for lines without data.
        let is_row =
            |marks: &mut FieldIndex| marks.line(text).is_some_and(|line| line.ends.len() == self.cells.len());
        // Twice as many each time, as the next row may be another kind.
        while rows < most && is_row(marks) {
            tried = (2 * tried).min(most - rows).min(MOST_TRIED);
            let start = piece.elements.len();
            piece.elements.resize(start + tried * self.size, 0);
            let out = piece.elements.get_mut(start..).unwrap_or_default();
            let found = numeric_rows(text, marks, self.cells.len(), out);
            piece.elements.truncate(start + found * self.size);
            rows += found;
            if found < tried {
                break;
            }
        }
        rows
    }

    /// Adds the element that `fields` become.
    pub(crate) fn convert(&self, fields: &[&str], piece: &mut ReadRows) {
        let start = piece.elements.len();
        piece.elements.resize(start + self.size, 0);
        let Some(element) = piece.elements.get_mut(start..) else { return };
        for (column, (field, cell)) in fields.iter().zip(&self.cells).enumerate() {
            if cell.kind == FieldKind::Given {
                continue;
            }
            let Some(out) = element.get_mut(cell.offset..cell.offset + cell.scalar.itemsize()) else {
                continue;
            };
            if let Err(wrong) = cell.read(field, self.loose, &self.overflows, out) {
                piece.faults.resize(self.cells.len(), [None, None]);
                if let Some(known) = piece.faults.get_mut(column) {
                    add_fault(known, piece.rows, wrong);
                }
            }
        }
    }
}

impl ColumnWriter {
    fn read(&self, field: &str, loose: bool, noted: &Overflows, out: &mut [u8]) -> Result<(), FieldFault> {
        let number = match self.kind {
            FieldKind::Float | FieldKind::Long | FieldKind::Complex if self.fortran => fortran_number(field),
            _ => None,
        };
        let field = number.as_deref().unwrap_or(field);
        // Bytes have the characters of Latin-1 only. Texts stay what they are, of which NumPy makes 'None'.
        let is_bytes = self.is_alone && field.chars().all(|c| u32::from(c) < 0x100);
        let parsed = if self.is_alone && !is_bytes && self.kind != FieldKind::Text {
            Err(Misfit::Invalid)
        } else {
            self.kind.parse(field, matches!(self.scalar, Scalar::Bytes(_) | Scalar::Datetime(..)))
        };
        match parsed {
            Ok(parsed) => {
                match parsed {
                    ParsedField::Float(value) if overflows(value, self.scalar) => noted.note_cast(),
                    ParsedField::Complex(value)
                        if overflows(value.re, self.scalar) || overflows(value.im, self.scalar) =>
                    {
                        noted.note_cast();
                    }
                    ParsedField::Long(value) => noted.note_long_double(field.as_bytes(), value),
                    _ => {}
                }
                parsed.store(self.scalar, out).map_err(FieldFault::Unheld)
            }
            Err(Misfit::Overflow(why)) => Err(FieldFault::Overflow(why)),
            Err(Misfit::Invalid) if is_bytes => match self.kind.said_of_bytes(field, self.scalar) {
                Ok(is_true) => {
                    out.fill(u8::from(is_true));
                    Ok(())
                }
                Err(why) => Err(FieldFault::Unheld(why)),
            },
            Err(Misfit::Invalid) if loose || is_missing(field, &self.missing) => match &self.default {
                Ok(default) => {
                    out.copy_from_slice(default);
                    if self.default_overflows {
                        noted.note_cast();
                    }
                    Ok(())
                }
                Err(why) => Err(FieldFault::Unheld(why.clone())),
            },
            Err(Misfit::Invalid) => Err(FieldFault::Invalid(field.to_owned())),
        }
    }

    /// The elements that mean a missing value, for masks.
    pub(crate) fn missing_elements(&self) -> Vec<Vec<u8>> {
        let fits = |text: &str| match self.scalar {
            Scalar::Bytes(len) | Scalar::Str(len, _) => chars(text) <= len as usize,
            _ => true,
        };
        let texts = self.missing.iter().filter(|text| !text.is_empty() && !self.is_alone && fits(text));
        let elements = texts.filter_map(|text| {
            let mut out = vec![0; self.scalar.itemsize()];
            self.read(text, false, &Overflows::default(), &mut out).ok()?;
            // Not a number equals nothing.
            let is_nan = match self.kind.parse(text, false) {
                Ok(ParsedField::Float(value)) => value.is_nan(),
                Ok(ParsedField::Long(value)) => value.is_nan(),
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
            .filter(|_| matches!(self.kind, FieldKind::Float | FieldKind::Long | FieldKind::Complex))
            .is_some_and(is_nan)
    }
}

/// The separator of fields.
#[derive(Debug, Clone, Default)]
pub(crate) enum FieldSeparator {
    /// Any run of white space.
    #[default]
    Space,
    Text(String),
    /// A number of characters each.
    Width(usize),
    /// A width for each field; the rest of the line is ignored.
    Widths(Vec<usize>),
}

#[derive(Debug, Clone)]
pub(crate) struct Splitter {
    pub(crate) comments: Option<String>,
    pub(crate) separator: FieldSeparator,
    pub(crate) autostrip: bool,
}

impl Splitter {
    /// Puts the fields of `line`, which has its end, into `fields`.
    pub(crate) fn split<'a>(&self, line: &'a str, fields: &mut Vec<&'a str>) {
        fields.clear();
        let line = match &self.comments {
            Some(mark) => line.split_once(mark.as_str()).map_or(line, |(before, _)| before),
            None => line,
        };
        match &self.separator {
            FieldSeparator::Space => split_space(line.trim_matches([' ', '\r', '\n']), fields),
            FieldSeparator::Text(text) => {
                let line = line.trim_matches([' ', '\r', '\n']);
                if !line.is_empty() {
                    split_text(line, text, fields);
                }
            }
            FieldSeparator::Width(width) => {
                let mut rest = line.trim_matches(['\r', '\n']);
                while !rest.is_empty() {
                    let (field, after) = take(rest, *width);
                    fields.push(field);
                    rest = after;
                }
            }
            FieldSeparator::Widths(widths) => {
                let mut rest = line;
                for width in widths.iter().filter(|_| !line.is_empty()) {
                    let (field, after) = take(rest, *width);
                    fields.push(field);
                    rest = after;
                }
            }
        }
        if self.autostrip {
            fields.iter_mut().for_each(|field| *field = trim(field));
        }
    }

    /// The number of fields in the start of a line.
    pub(crate) fn count(&self, line: &[u8]) -> u64 {
        let end = self.comments.as_deref().and_then(|mark| memchr::memmem::find(line, mark.as_bytes()));
        let line = end.and_then(|end| line.get(..end)).unwrap_or(line);
        let count = match &self.separator {
            FieldSeparator::Space => return words(line),
            FieldSeparator::Text(text) => memchr::memmem::find_iter(line, text.as_bytes()).count(),
            FieldSeparator::Width(width) => line.len() / width.saturating_mul(4).max(1),
            FieldSeparator::Widths(widths) => widths.len(),
        };
        count as u64
    }
}

fn split_text<'a>(line: &'a str, separator: &str, fields: &mut Vec<&'a str>) {
    match separator.as_bytes() {
        [byte] => {
            let mut start = 0;
            for end in memchr::memchr_iter(*byte, line.as_bytes()) {
                fields.push(line.get(start..end).unwrap_or_default());
                start = end + 1;
            }
            fields.push(line.get(start..).unwrap_or_default());
        }
        _ => fields.extend(line.split(separator)),
    }
}

fn split_space<'a>(line: &'a str, fields: &mut Vec<&'a str>) {
    let mut at = 0;
    let bytes = line.as_bytes();
    loop {
        while let Some(spaces) = bytes.get(at..).map(space::leading).filter(|&spaces| spaces > 0) {
            at += spaces;
        }
        let start = at;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty() && space::leading(rest) == 0) {
            // Bytes of this range neither start nor continue a white space character.
            at += 1 + rest.iter().skip(1).take_while(|byte| (0x21..0x80).contains(*byte)).count();
        }
        match line.get(start..at) {
            Some(field) if !field.is_empty() => fields.push(field),
            _ => return,
        }
    }
}

/// The first `width` characters and the rest.
fn take(text: &str, width: usize) -> (&str, &str) {
    let end = text.char_indices().nth(width).map_or(text.len(), |(end, _)| end);
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Fields of rows, as ranges of their text.
#[derive(Debug, Default)]
pub(crate) struct BufferedRows {
    pub(crate) text: String,
    pub(crate) ranges: Vec<(u32, u32)>,
    pub(crate) count: usize,
}

impl BufferedRows {
    pub(crate) fn rows(&self) -> usize {
        self.ranges.len().checked_div(self.count).unwrap_or(0)
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.ranges.truncate(rows * self.count);
    }

    pub(crate) fn field(&self, row: usize, column: usize) -> &str {
        let range = self.ranges.get(row * self.count + column);
        range.and_then(|&(start, end)| self.text.get(start as usize..end as usize)).unwrap_or_default()
    }

    /// The approximate number of bytes in memory.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.ranges.len() * size_of::<(u32, u32)>()
    }
}

/// A column of kept rows: the kinds that take every value, and whether one is missing that is no boolean.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnKinds {
    pub(crate) kinds: u8,
    pub(crate) is_unsure: bool,
    /// Characters of the longest field.
    pub(crate) longest: usize,
    /// The same of those whose characters are all in Latin-1.
    pub(crate) longest_latin: usize,
    /// True if there are characters outside Latin-1.
    pub(crate) is_wide: bool,
}

impl Default for ColumnKinds {
    fn default() -> Self {
        Self { kinds: u8::MAX, is_unsure: false, longest: 0, longest_latin: 0, is_wide: false }
    }
}

impl ColumnKinds {
    pub(crate) fn add(&mut self, field: &str, missing: &[String], fortran: bool) {
        let number = fortran.then(|| fortran_number(field)).flatten();
        let mut kinds = fits(number.as_deref().unwrap_or(field));
        if kinds & 1 == 0 && is_missing(field, missing) {
            self.is_unsure = true;
            kinds = u8::MAX;
        }
        self.kinds &= kinds;
        let len = chars(field);
        self.longest = self.longest.max(len);
        if field.is_ascii() || field.chars().all(|c| u32::from(c) <= 0xff) {
            self.longest_latin = self.longest_latin.max(len);
        } else {
            self.is_wide = true;
        }
    }

    /// Characters of the longest value in elements of `scalar`: bytes have the default in place of texts that they cannot hold.
    pub(crate) fn longest_in(self, scalar: Scalar, filling: Option<&Value>) -> usize {
        if !self.is_wide || !matches!(scalar, Scalar::Bytes(_)) {
            return self.longest;
        }
        let default = filling.cloned().or_else(|| FieldKind::Text.default(scalar));
        let default = default.and_then(|value| value.text().map(|text| chars(&text)));
        self.longest_latin.max(default.unwrap_or(0))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            kinds: self.kinds & other.kinds,
            is_unsure: self.is_unsure || other.is_unsure,
            longest: self.longest.max(other.longest),
            longest_latin: self.longest_latin.max(other.longest_latin),
            is_wide: self.is_wide || other.is_wide,
        }
    }
}

pub(crate) fn chars(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

pub(crate) fn is_missing(field: &str, missing: &[String]) -> bool {
    let field = trim(field);
    missing.iter().any(|text| text == field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(separator: FieldSeparator, autostrip: bool, line: &str) -> Vec<String> {
        let splitter = Splitter { comments: Some("#".to_owned()), separator, autostrip };
        let mut fields = Vec::new();
        splitter.split(line, &mut fields);
        fields.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn lines_are_split_by_every_separator() {
        assert_eq!(fields(FieldSeparator::Space, false, " 1\t\u{3000}2  3 # 4\n"), ["1", "2", "3"]);
        assert_eq!(fields(FieldSeparator::Space, false, "\t\n"), [""; 0]);
        assert_eq!(fields(FieldSeparator::Text(",".into()), false, " 1, 2,,3 \n"), ["1", " 2", "", "3"]);
        assert_eq!(fields(FieldSeparator::Text("::".into()), true, "1 :: 2\n"), ["1", "2"]);
        assert_eq!(fields(FieldSeparator::Width(3), false, "  1é 22 3\n"), ["  1", "é 2", "2 3"]);
        assert_eq!(fields(FieldSeparator::Widths(vec![1, 2, 4]), false, "12345\n"), ["1", "23", "45\n"]);
        assert_eq!(fields(FieldSeparator::Widths(vec![1, 2]), false, "#"), [""; 0]);
    }
}
