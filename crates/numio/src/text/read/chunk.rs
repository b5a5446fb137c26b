//! Rows of `loadtxt`: chunks are converted up to the first error, and merged.

use crate::num::parse;
use crate::num::parse::plain_fortran;
use crate::pickle::Graph;
use crate::text::encoding::IsText;
use crate::text::error::TextError;
use crate::text::read::build::{ElementStore, Elements, OutputBuffer};
use crate::text::read::convert::{
    Overflows, RowLayout, StringColumn, Value, convert, convert_exactly, long_double_in, overflows,
};
use crate::text::read::converters::Assigned;
use crate::text::read::dialect::{Dialect, RowFields};
use crate::text::read::fast::FastRows;
use crate::text::read::fast::index::{ByteSeparator, FieldIndex, NEVER};
use crate::text::read::fast::rows::{after_blanks, separator};
use crate::text::read::lines::TextChunk;
use crate::text::read::pipeline::{ConvertRows, MergeRows, Merged};
use crate::{DType, FloatWidth, Result, Scalar};

/// Converts rows; everything that is the same for all rows of a text.
pub(crate) struct RowParser {
    pub(crate) dialect: Dialect,
    pub(crate) columns: RowLayout,
    pub(crate) usecols: Option<Vec<isize>>,
    /// Values per row.
    pub(crate) count: usize,
    /// The fast path, where the columns allow one.
    pub(crate) fast: Option<FastRows>,
    /// True if a last line without data counts as one even without a line end.
    pub(crate) reads_lines: bool,
    /// What was too large. NumPy converts half floats alone from Python's floats, and long doubles by `strtold`.
    pub(crate) overflows: Overflows,
    /// True if numbers may be written as Fortran prints them. The fast path leaves these to the general one.
    pub(crate) fortran: bool,
    pub(crate) exact_complex: bool,
}

/// The rows of a chunk of text.
pub(crate) struct ParsedRows {
    pub(crate) rows: usize,
    pub(crate) cells: Elements,
    /// The number of rows before the first line without data.
    pub(crate) blank: Option<usize>,
    /// The error that stopped conversion; its rows count from the chunk's first.
    pub(crate) fault: Option<TextError>,
    /// True if the text is valid in its encoding. If not, there are no rows.
    pub(crate) is_text: bool,
}

/// The most memory reserved for a chunk at first; more grows with its rows.
const MOST_RESERVED: usize = 16 << 20;

/// Returns whether the row at the start of `rest` is the text's last and has no line end.
pub(crate) fn is_open_end(rest: &[u8], taken: usize) -> bool {
    taken == rest.len() && !matches!(rest.last(), Some(b'\n' | b'\r'))
}

impl RowParser {
    /// Bytes that one row takes.
    pub(crate) fn row_size(&self) -> Option<usize> {
        match &self.columns {
            RowLayout::Each(scalar) => scalar.itemsize().checked_mul(self.count),
            RowLayout::StringColumn(_) => Some(0),
            RowLayout::Record(_, size) => Some(*size),
        }
    }

    /// Converts the rows of `text`, which ends where a row ends, into memory that may be reused. Where the text has not
    /// been decoded, `is_text` checks it.
    pub(crate) fn parse(
        &self,
        text: &[u8],
        is_text: Option<IsText>,
        mut bytes: Vec<u8>,
        converters: &mut Assigned<'_, '_>,
    ) -> ParsedRows {
        let row_size = self.row_size().unwrap_or(0);
        let mut texts = StringColumn::default();
        let mut fields = RowFields::default();
        let (mut rows, mut filled) = (0, 0);
        let (mut blank, mut fault) = (None, None);
        // The fast path reads ASCII only, but columns that it skips may contain anything.
        let mut unsure = is_text;
        let mut marks = self.fast.as_ref().map(FastRows::marks);
        let mut index = self.index().filter(|_| marks.is_none());
        let mut rest = text;
        while !rest.is_empty() {
            if filled + row_size > bytes.len() {
                let has = bytes.len();
                let more = match has {
                    0 => (rest.len() / 8).min(MOST_RESERVED) / row_size.max(1) * row_size,
                    _ => has,
                };
                let more = more.max(row_size);
                if bytes.try_reserve(more).is_err() {
                    fault = Some(TextError::TooLarge { bytes: (filled + more) as u64, limit: filled as u64 });
                    break;
                }
                bytes.resize(has + more, 0);
            }
            if let (Some(fast), Some(marks)) = (&self.fast, &mut marks) {
                marks.seek(text.len() - rest.len());
                let out = bytes.get_mut(filled..).unwrap_or_default();
                let done = fast.rows(text, marks, unsure.is_none(), out);
                rest = text.get(marks.at()..).unwrap_or_default();
                rows += done;
                filled += done * row_size;
                if rest.is_empty() {
                    break;
                }
                if filled + row_size > bytes.len() {
                    continue;
                }
            }
            let row = bytes.get_mut(filled..filled + row_size).unwrap_or_default();
            if unsure.take().is_some_and(|is_text| !is_text(text)) {
                return ParsedRows { rows: 0, cells: Elements::Fixed(bytes), blank, fault, is_text: false };
            }
            let at = text.len() - rest.len();
            let indexed = index.as_mut().and_then(|index| cut_indexed(&mut fields, index, text, at));
            let taken = indexed.unwrap_or_else(|| fields.cut(&self.dialect, rest));
            let line = rest.get(..taken).unwrap_or_default();
            if fields.len() == 0 {
                if self.reads_lines || !is_open_end(rest, taken) {
                    blank = blank.or(Some(rows));
                }
                rest = rest.get(taken..).unwrap_or_default();
                continue;
            }
            // The fast path may have written here before it gave up.
            row.fill(0);
            if let Err(error) = self.row(&fields, line, row, &mut texts, converters) {
                fault = Some(error.moved(rows as u64));
                break;
            }
            rest = rest.get(taken..).unwrap_or_default();
            rows += 1;
            filled += row_size;
        }
        bytes.truncate(filled);
        let cells = match self.columns {
            RowLayout::StringColumn(_) => {
                // A row that failed half way is dropped.
                texts.truncate(rows * self.count);
                Elements::StringColumn(texts)
            }
            _ => Elements::Fixed(bytes),
        };
        ParsedRows { rows, cells, blank, fault, is_text: true }
    }

    /// An index of the fields, where single bytes separate them.
    fn index(&self) -> Option<FieldIndex> {
        let (separator, comment) = separator(&self.dialect)?;
        Some(FieldIndex::new(separator, Some(comment.unwrap_or(NEVER))))
    }

    fn row(
        &self,
        fields: &RowFields,
        line: &[u8],
        row: &mut [u8],
        texts: &mut StringColumn,
        converters: &mut Assigned<'_, '_>,
    ) -> Result<(), TextError> {
        let columns = fields.len();
        if self.usecols.is_none() && columns != self.count {
            return Err(match self.columns {
                RowLayout::Record(..) => {
                    TextError::DTypeColumns { wanted: self.count, found: columns, row: 1 }
                }
                _ => TextError::Ragged { before: self.count, found: columns, row: 1 },
            });
        }
        // Of a whole line it costs less to find out than of each field.
        let text = if converters.is_empty() { None } else { std::str::from_utf8(line).ok() };
        for index in 0..self.count {
            let column = self.column(index, columns)?;
            let field = fields.get(line, column).unwrap_or_default();
            let failed = |dtype: String, why| {
                // The message shows no more.
                let start = field.get(..404).unwrap_or(field);
                let found = String::from_utf8_lossy(start).into_owned();
                TextError::Convert { found, dtype, row: 0, column: column + 1, why }
            };
            let (scalar, out) = match &self.columns {
                RowLayout::Each(scalar) => (*scalar, row.get_mut(index * scalar.itemsize()..)),
                RowLayout::Record(cells, _) => match cells.get(index) {
                    Some(cell) => (cell.scalar, row.get_mut(cell.offset..)),
                    None => continue,
                },
                RowLayout::StringColumn(scalar) => (*scalar, None),
            };
            let text = text.and_then(|text| fields.text(text, column));
            let value = converters.convert(index, field, text).transpose();
            let value = value.map_err(|why| failed(name(&self.columns, scalar), Some(why)))?;
            let stored = if matches!(self.columns, RowLayout::StringColumn(_)) {
                match value {
                    Some(value) => value.text().and_then(|text| texts.push(text.as_bytes(), scalar)),
                    None => texts.push(field, scalar),
                }
            } else {
                let out = out.and_then(|out| out.get_mut(..scalar.itemsize())).unwrap_or_default();
                match value {
                    value if scalar == Scalar::Object => {
                        let value =
                            value.unwrap_or_else(|| Value::Text(String::from_utf8_lossy(field).into_owned()));
                        let place = converters.objects.as_mut().and_then(|objects| objects.push(&value));
                        place.map(|place| out.copy_from_slice(&place.to_ne_bytes()))
                    }
                    Some(value) => value.store(scalar, out),
                    None => {
                        let plain = match scalar {
                            Scalar::Float(..) | Scalar::Complex(..) if self.fortran => plain_fortran(field),
                            _ => None,
                        };
                        let field = plain.as_deref().unwrap_or(field);
                        let stored = match self.exact_complex {
                            true => convert_exactly(field, scalar, out),
                            false => convert(field, scalar, out),
                        };
                        if let (Some(()), Some(value)) = (stored, long_double_in(scalar, out)) {
                            self.overflows.note_long_double(field, value);
                        }
                        stored
                    }
                }
            };
            if let (Some(()), Scalar::Float(FloatWidth::Bits16, _)) = (stored, scalar)
                && parse::lenient_float(field).is_some_and(|value| overflows(value, scalar))
            {
                self.overflows.note_cast();
            }
            stored.ok_or_else(|| failed(name(&self.columns, scalar), None))?;
        }
        Ok(())
    }

    /// The column of the text for a column of the result.
    fn column(&self, index: usize, columns: usize) -> Result<usize, TextError> {
        let Some(&wanted) = self.usecols.as_ref().and_then(|usecols| usecols.get(index)) else {
            return Ok(index);
        };
        let column = if wanted < 0 { wanted.checked_add_unsigned(columns) } else { Some(wanted) };
        let column =
            column.and_then(|column| usize::try_from(column).ok()).filter(|&column| column < columns);
        column.ok_or(TextError::NoColumn { index: wanted, row: 1, columns })
    }
}

/// Takes the fields of the row at `at` from the index of `text`, if its line is plain, and returns its length with the line
/// end. Lines without data are left to [`RowFields::cut`].
#[inline]
fn cut_indexed(fields: &mut RowFields, index: &mut FieldIndex, text: &[u8], at: usize) -> Option<usize> {
    index.seek(at);
    let between_blanks = index.separator() == ByteSeparator::Blanks;
    let line = index.line(text).filter(|line| line.is_plain && !line.is_blank() && !line.ends.is_empty())?;
    let mut start = at;
    let ranges = line.ends.iter().map(|&end| {
        let first = if between_blanks { after_blanks(text, start) } else { start };
        start = end as usize + 1;
        (first - at, end as usize - at)
    });
    fields.set(text.len(), ranges);
    index.pass();
    Some(index.at() - at)
}

/// The dtype of a field as NumPy's messages name it.
fn name(columns: &RowLayout, scalar: Scalar) -> String {
    match columns {
        // NumPy reads these as objects first.
        RowLayout::StringColumn(_) => "object".to_owned(),
        _ => DType::from(scalar).to_string(),
    }
}

impl ConvertRows for RowParser {
    type Rows = ParsedRows;

    fn row_size(&self) -> usize {
        Self::row_size(self).unwrap_or(0)
    }

    fn is_splittable(&self) -> bool {
        self.dialect.quote.is_none()
    }

    /// Converts all rows: those that are not wanted are dropped as they are merged.
    fn convert(&self, chunk: TextChunk, _most: Option<u64>) -> (ParsedRows, Vec<u8>) {
        (self.parse(chunk.rest(), None, Vec::new(), &mut Assigned::default()), chunk.text)
    }

    fn convert_raw(&self, text: &[u8], is_text: IsText, spare: Vec<u8>) -> Option<ParsedRows> {
        let rows = self.parse(text, Some(is_text), spare, &mut Assigned::default());
        rows.is_text.then_some(rows)
    }
}

/// All rows of a text.
#[derive(Default)]
pub(crate) struct MergedRows {
    pub(crate) elements: ElementStore,
    pub(crate) rows: u64,
    /// Values in each row, and bytes of its elements.
    pub(crate) count: usize,
    pub(crate) row_size: usize,
    /// The objects, where the dtype has any.
    pub(crate) objects: Option<Graph>,
    /// The line, counted from 1, of the first without data where `max_rows` was given.
    pub(crate) blank: Option<u64>,
    /// What was too large for its dtype.
    pub(crate) overflows: Overflows,
    /// The bounds of the rows.
    pub(crate) skip_rows: u64,
    pub(crate) max_rows: Option<u64>,
    pub(crate) max_array_bytes: u64,
}

impl MergeRows for MergedRows {
    type Rows = ParsedRows;

    fn left(&self) -> Option<u64> {
        self.max_rows.map(|most| most.saturating_sub(self.rows))
    }

    fn add<'b>(&mut self, rows: ParsedRows, output: Option<&mut OutputBuffer<'b>>) -> Result<Merged<'b>> {
        let ParsedRows { rows: found, mut cells, blank, fault, .. } = rows;
        let left = self.left();
        if let (Some(blank), Some(left)) = (blank, left)
            && (blank as u64) < left
        {
            self.blank = self.blank.or(Some(self.rows + blank as u64 + self.skip_rows + 1));
        }
        let taken = left.map_or(found, |left| found.min(usize::try_from(left).unwrap_or(usize::MAX)));
        if taken < found {
            match &mut cells {
                Elements::Fixed(bytes) => bytes.truncate(taken * self.row_size),
                Elements::StringColumn(texts) => texts.truncate(taken * self.count),
            }
        }
        self.elements.charge(cells.size(), self.max_array_bytes)?;
        let copy = self.elements.add(cells, output);
        let base = self.rows;
        self.rows += taken as u64;
        if self.left() == Some(0) {
            return Ok(Merged { goes_on: false, copy });
        }
        match fault {
            Some(fault) => Err(fault.moved(base).into()),
            None => Ok(Merged { goes_on: true, copy }),
        }
    }

    fn elements(&mut self) -> &mut ElementStore {
        &mut self.elements
    }
}
