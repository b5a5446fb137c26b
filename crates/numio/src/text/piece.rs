//! Whole rows of text, converted.

use std::sync::atomic::{AtomicBool, Ordering};

use super::columns::Columns;
use super::convert::{convert, overflows};
use super::converters::Assigned;
use super::dialect::Dialect;
use super::encoding::IsText;
use super::error::TextError;
use super::fast::Fast;
use super::number::{self, plain_fortran};
use super::texts::Texts;
use super::tokenize::Fields;
use super::value::Value;
use crate::{DType, FloatWidth, Scalar};

/// Everything that is the same for all rows of a file.
pub(super) struct Plan {
    pub(super) dialect: Dialect,
    pub(super) columns: Columns,
    pub(super) usecols: Option<Vec<isize>>,
    /// How many values each row gives.
    pub(super) count: usize,
    /// For rows that need no more.
    pub(super) fast: Option<Fast>,
    /// Whether a last line without data counts as one even where it has no end.
    pub(super) reads_lines: bool,
    /// Whether a number was too large for a half float: those alone NumPy makes of Python's.
    pub(super) overflowed: AtomicBool,
    /// Whether numbers may be Fortran's. The fast way leaves such to the general one.
    pub(super) fortran: bool,
}

/// The rows of a piece of text.
pub(super) struct Piece {
    pub(super) rows: usize,
    pub(super) cells: Cells,
    /// How many rows stand before the first line without data.
    pub(super) blank: Option<usize>,
    /// Why the rows end before the text does; its rows count from the piece's first.
    pub(super) fault: Option<TextError>,
    /// Whether the text is text of its encoding. Where it is not, there are no rows.
    pub(super) is_text: bool,
}

/// The elements of a piece.
pub(super) enum Cells {
    /// Bytes of the dtype.
    Fixed(Vec<u8>),
    /// Texts whose common length is not known yet.
    Texts(Texts),
}

impl Cells {
    /// Bytes in memory, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Fixed(bytes) => bytes.len(),
            Self::Texts(texts) => texts.size(),
        }
    }
}

/// From this many bytes on, a piece's memory grows as its rows come.
const MOST_RESERVED: usize = 16 << 20;

/// Whether the row at the start of `rest` is the text's last and has no line end.
pub(super) fn is_open_end(rest: &[u8], taken: usize) -> bool {
    taken == rest.len() && !matches!(rest.last(), Some(b'\n' | b'\r'))
}

impl Plan {
    /// Bytes that one row takes.
    pub(super) fn row_size(&self) -> Option<usize> {
        match &self.columns {
            Columns::Each(scalar) => scalar.itemsize().checked_mul(self.count),
            Columns::Texts(_) => Some(0),
            Columns::Record(_, size) => Some(*size),
        }
    }

    /// Converts the rows of `text`, which ends where a row ends, in memory that need not be new. Where it has not been
    /// decoded, `is_text` tells whether it is text.
    pub(super) fn parse(
        &self,
        text: &[u8],
        is_text: Option<IsText>,
        mut bytes: Vec<u8>,
        converters: &mut Assigned<'_, '_>,
    ) -> Piece {
        let row_size = self.row_size().unwrap_or(0);
        let mut texts = Texts::default();
        let mut fields = Fields::default();
        let (mut rows, mut filled) = (0, 0);
        let (mut blank, mut fault) = (None, None);
        // What the fast ways take is ASCII, but columns that are passed over may be anything.
        let mut unsure = is_text;
        let mut marks = self.fast.as_ref().map(Fast::marks);
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
                return Piece { rows: 0, cells: Cells::Fixed(bytes), blank, fault, is_text: false };
            }
            let taken = fields.cut(&self.dialect, rest);
            let line = rest.get(..taken).unwrap_or_default();
            if fields.len() == 0 {
                if self.reads_lines || !is_open_end(rest, taken) {
                    blank = blank.or(Some(rows));
                }
                rest = rest.get(taken..).unwrap_or_default();
                continue;
            }
            // The fast way may have written here before it gave up.
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
            Columns::Texts(_) => {
                // A row that failed half way is none.
                texts.truncate(rows * self.count);
                Cells::Texts(texts)
            }
            _ => Cells::Fixed(bytes),
        };
        Piece { rows, cells, blank, fault, is_text: true }
    }

    fn row(
        &self,
        fields: &Fields,
        line: &[u8],
        row: &mut [u8],
        texts: &mut Texts,
        converters: &mut Assigned<'_, '_>,
    ) -> Result<(), TextError> {
        let columns = fields.len();
        if self.usecols.is_none() && columns != self.count {
            return Err(match self.columns {
                Columns::Record(..) => TextError::DTypeColumns { wanted: self.count, found: columns, row: 1 },
                _ => TextError::Ragged { before: self.count, found: columns, row: 1 },
            });
        }
        for index in 0..self.count {
            let column = self.column(index, columns)?;
            let field = fields.get(line, column).unwrap_or_default();
            let failed = |dtype: String, why| {
                // More is not shown.
                let start = field.get(..404).unwrap_or(field);
                let found = String::from_utf8_lossy(start).into_owned();
                TextError::Convert { found, dtype, row: 0, column: column + 1, why }
            };
            let (scalar, out) = match &self.columns {
                Columns::Each(scalar) => (*scalar, row.get_mut(index * scalar.itemsize()..)),
                Columns::Record(cells, _) => match cells.get(index) {
                    Some(cell) => (cell.scalar, row.get_mut(cell.offset..)),
                    None => continue,
                },
                Columns::Texts(scalar) => (*scalar, None),
            };
            let value = converters.convert(index, field).transpose();
            let value = value.map_err(|why| failed(name(&self.columns, scalar), Some(why)))?;
            let stored = if matches!(self.columns, Columns::Texts(_)) {
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
                    None if self.fortran => {
                        let plain = match scalar {
                            Scalar::Float(..) | Scalar::Complex(..) => plain_fortran(field),
                            _ => None,
                        };
                        convert(plain.as_deref().unwrap_or(field), scalar, out)
                    }
                    None => convert(field, scalar, out),
                }
            };
            if let (Some(()), Scalar::Float(FloatWidth::Bits16, _)) = (stored, scalar)
                && number::lenient_float(field).is_some_and(|value| overflows(value, scalar))
            {
                self.overflowed.store(true, Ordering::Relaxed);
            }
            stored.ok_or_else(|| failed(name(&self.columns, scalar), None))?;
        }
        Ok(())
    }

    /// The file's column that the result's is.
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

/// The dtype that a field was to become, as NumPy calls it in errors.
fn name(columns: &Columns, scalar: Scalar) -> String {
    match columns {
        // NumPy reads these as objects first.
        Columns::Texts(_) => "object".to_owned(),
        _ => DType::from(scalar).to_string(),
    }
}
