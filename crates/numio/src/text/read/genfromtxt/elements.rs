//! The layout of elements and the dtype: given by the caller, or found from the values.

use std::sync::Arc;

use crate::error::reserve;
use crate::parallel::{map, num_threads};
use crate::text::read::build::{ElementStore, Elements, OutputBuffer};
use crate::text::read::convert::{Overflows, RowLayout, Value, overflows};
use crate::text::read::converters::Converter;
use crate::text::read::dialect::Dialect;
use crate::text::read::fast::rows::numeric_rows;
use crate::text::read::genfromtxt::error::{GenFromTxtError, Refusal};
use crate::text::read::genfromtxt::kind::{COMPLEX128, FLOAT64, FOUND, FieldKind, INT64, store};
use crate::text::read::genfromtxt::names::{FirstLine, ResolvedColumns};
use crate::text::read::genfromtxt::rows::{
    BufferedRows, ColumnFaults, ColumnKinds, ColumnWriter, ElementWriter, FieldFault, FieldSeparator,
    ReadRows, RowReader, Splitter, add_fault, chars, is_missing,
};
use crate::text::read::lines::in_proportion;
use crate::text::read::pipeline::{MergeRows, Merged};
use crate::text::read::table::Warning;
use crate::{ByteOrder, DType, IntWidth, Limits, Record, Result, Scalar, Subarray, TimeUnit};

/// The elements that a dtype makes of the rows.
pub(crate) enum ElementShape {
    /// Elements of this kind, one for each column.
    Each(Scalar),
    /// One record a row.
    Record,
}

/// The offsets of a dtype's values.
pub(crate) struct ElementLayout {
    pub(crate) shape: ElementShape,
    pub(crate) values: Vec<(Scalar, usize)>,
    pub(crate) size: usize,
}

impl ElementLayout {
    /// The values of `dtype`, for rows of `count` columns.
    ///
    /// # Errors
    /// `Unsupported` where no text gives such elements.
    pub(crate) fn of(dtype: &DType, count: usize) -> Result<Self> {
        let each = |scalar: Scalar| Self {
            shape: ElementShape::Each(scalar),
            values: (0..count).map(|column| (scalar, column * scalar.itemsize())).collect(),
            size: count * scalar.itemsize(),
        };
        Ok(match RowLayout::of(dtype)? {
            RowLayout::Each(scalar) | RowLayout::StringColumn(scalar) => each(scalar),
            RowLayout::Record(cells, size) => {
                let values = cells.iter().map(|cell| (cell.scalar, cell.offset)).collect();
                Self { shape: ElementShape::Record, values, size }
            }
        })
    }

    /// Returns whether every column is an element.
    pub(crate) fn is_each(&self) -> bool {
        matches!(self.shape, ElementShape::Each(_))
    }

    /// The number of columns that have a value: of a record's, no more than it has fields.
    pub(crate) fn used(&self, count: usize) -> usize {
        match self.values.len() {
            1 => count,
            fields => fields.min(count),
        }
    }

    /// # Errors
    /// `InvalidInput` where a row of `count` columns does not fill an element.
    pub(crate) fn check(&self, count: usize) -> Result<()> {
        let wanted = self.values.len();
        match self.used(count) {
            found if found != wanted => Err(GenFromTxtError::Fields { found, wanted }.into()),
            _ => Ok(()),
        }
    }

    /// The cells of the columns, with what fills them where a value is missing.
    ///
    /// # Errors
    /// `Unsupported` where no text gives such elements.
    pub(crate) fn cells(
        &self,
        missing: &[Vec<String>],
        filling: &[Option<Value>],
        fortran: bool,
    ) -> Result<Vec<ColumnWriter>> {
        let columns = self.values.iter().zip(missing).zip(filling);
        let cells = columns.map(|((&(scalar, offset), missing), filling)| {
            let kind = FieldKind::of(scalar)
                .ok_or_else(|| GenFromTxtError::Unsupported(DType::from(scalar).to_string()))?;
            let is_alone = matches!(self.shape, ElementShape::Record) && self.values.len() == 1;
            let kind = if is_alone && kind == FieldKind::Whole { FieldKind::Int } else { kind };
            let default = filled(kind, scalar, filling);
            let default_overflows = filling.as_ref().is_some_and(|value| is_beyond(value, scalar));
            let missing = missing.clone();
            Ok(ColumnWriter { kind, scalar, offset, default, default_overflows, missing, is_alone, fortran })
        });
        cells.collect()
    }
}

/// The bytes of `filling`, or of NumPy's own default, as an element.
pub(crate) fn filled(kind: FieldKind, scalar: Scalar, filling: &Option<Value>) -> Result<Vec<u8>, Refusal> {
    let mut bytes = vec![0; scalar.itemsize()];
    match filling.clone().or_else(|| kind.default(scalar)) {
        Some(value) => store(&value, scalar, &mut bytes).map(|()| bytes),
        None => store(&Value::from("NaT"), scalar, &mut bytes).map(|()| bytes),
    }
}

/// Returns whether a finite number becomes infinite as an element.
fn is_beyond(value: &Value, scalar: Scalar) -> bool {
    match *value {
        Value::Float(value) => overflows(value, scalar),
        Value::Int(value) => overflows(value as f64, scalar),
        Value::UInt(value) => overflows(value as f64, scalar),
        Value::Complex(value) => overflows(value.re, scalar) || overflows(value.im, scalar),
        _ => false,
    }
}

impl ElementWriter {
    /// A writer of elements, without a fast path.
    pub(crate) fn new(cells: Vec<ColumnWriter>, size: usize, loose: bool) -> Self {
        Self { cells, size, loose, numeric_rows: None, overflows: Overflows::default() }
    }

    /// Adds the fast path for rows of plain numbers, where all values are of one kind and adjacent.
    pub(crate) fn with_kernel(mut self, splitter: &Splitter) -> Self {
        let (Some(first), delimiter) = (self.cells.first(), &splitter.separator) else { return self };
        let scalar = first.scalar;
        let is_side_by_side = self
            .cells
            .iter()
            .enumerate()
            .all(|(index, cell)| cell.scalar == scalar && cell.offset == index * scalar.itemsize());
        let delimiter = match delimiter {
            FieldSeparator::Space => Some(None),
            FieldSeparator::Text(text) => Some(Some(text.as_str())),
            FieldSeparator::Width(_) | FieldSeparator::Widths(_) => None,
        };
        if let (Some(delimiter), true) =
            (delimiter, is_side_by_side && self.size == self.cells.len() * scalar.itemsize())
            && let Ok(dialect) = Dialect::new(delimiter, splitter.comments.as_slice(), None)
        {
            self.numeric_rows = numeric_rows(&dialect, &RowLayout::Each(scalar));
        }
        self
    }
}

/// The dtype of the mask of elements of `dtype`: a bool for each value (`make_mask_descr` in `numpy.ma`).
pub(crate) fn mask_dtype(dtype: &DType) -> Result<DType> {
    Ok(match dtype {
        DType::Scalar(_) => DType::from(Scalar::Bool),
        DType::Subarray(subarray) => {
            DType::Subarray(Arc::new(Subarray::new(mask_dtype(subarray.base())?, subarray.shape().to_vec())?))
        }
        DType::Record(record) => {
            let fields: Result<Vec<_>> = record
                .fields()
                .iter()
                .map(|field| Ok((field.name.to_string(), mask_dtype(&field.dtype)?)))
                .collect();
            Record::packed(fields?.iter().map(|(name, dtype)| (name.as_str(), dtype.clone())))?.into()
        }
    })
}

/// Converts buffered rows to elements, chunk by chunk on all cores.
///
/// # Errors
/// `Cancelled`; `OutOfMemory`.
pub(crate) fn elements(target: &ElementWriter, kept: &[BufferedRows], count: usize) -> Result<Vec<ReadRows>> {
    let convert = |kept: &BufferedRows| -> Result<ReadRows> {
        let mut piece = ReadRows::default();
        reserve(&mut piece.elements, kept.rows().saturating_mul(target.size))?;
        let mut fields = Vec::with_capacity(count);
        for row in 0..kept.rows() {
            fields.clear();
            fields.extend((0..count).map(|column| kept.field(row, column)));
            target.convert(&fields, &mut piece);
            piece.rows += 1;
        }
        Ok(piece)
    };
    map(num_threads(), kept.iter(), convert)
}

/// All rows of a text.
#[derive(Default)]
pub(crate) struct CollectedRows {
    pub(crate) rows: u64,
    pub(crate) elements: ElementStore,
    pub(crate) kept: Vec<BufferedRows>,
    pub(crate) mask: Vec<u8>,
    pub(crate) found: Vec<ColumnKinds>,
    /// The lines of another number of columns, counted from 0 at the first line with fields.
    pub(crate) invalid: Vec<(u64, usize)>,
    /// The first rows in which each column goes wrong.
    pub(crate) faults: Vec<ColumnFaults<u64>>,
    pub(crate) lines: u64,
    pub(crate) max_rows: Option<u64>,
    pub(crate) max_array_bytes: u64,
}

impl MergeRows for CollectedRows {
    type Rows = ReadRows;

    fn left(&self) -> Option<u64> {
        self.max_rows.map(|most| most.saturating_sub(self.rows))
    }

    /// Adds the rows of a chunk. Faults in them are kept: others may come first in NumPy's order.
    fn add<'b>(&mut self, piece: ReadRows, output: Option<&mut OutputBuffer<'b>>) -> Result<Merged<'b>> {
        let base = self.rows;
        self.invalid.extend(piece.invalid.iter().map(|&(line, found)| (self.lines + line, found)));
        self.faults.resize(self.faults.len().max(piece.faults.len()), [None, None]);
        for (known, new) in self.faults.iter_mut().zip(piece.faults) {
            for (row, wrong) in new.into_iter().flatten() {
                add_fault(known, base + row as u64, wrong);
            }
        }
        self.found.resize(self.found.len().max(piece.found.len()), ColumnKinds::default());
        for (known, new) in self.found.iter_mut().zip(piece.found) {
            *known = known.and(new);
        }
        self.rows += piece.rows as u64;
        self.lines += piece.lines;
        let bytes = piece.elements.len() + piece.mask.len() + piece.kept.size();
        self.elements.charge(bytes, self.max_array_bytes)?;
        reserve(&mut self.mask, piece.mask.len())?;
        self.mask.extend_from_slice(&piece.mask);
        self.kept.push(piece.kept);
        Ok(Merged { goes_on: true, copy: self.elements.add(Elements::Fixed(piece.elements), output) })
    }

    fn elements(&mut self) -> &mut ElementStore {
        &mut self.elements
    }
}

impl CollectedRows {
    /// Keeps only the first `rows`, each of `columns` columns.
    pub(crate) fn truncate(&mut self, rows: u64, columns: usize) {
        if rows >= self.rows {
            return;
        }
        let before = usize::try_from(self.rows).unwrap_or(usize::MAX).max(1);
        let mut left = usize::try_from(rows).unwrap_or(usize::MAX);
        self.mask.truncate(left.saturating_mul(columns));
        let size = self.elements.parts().map(<[u8]>::len).sum::<usize>() / before;
        self.elements.truncate(left.saturating_mul(size));
        for kept in &mut self.kept {
            kept.truncate(left);
            left -= kept.rows();
        }
        self.rows = rows;
    }
}

/// A converter, the column it converts, and which of the first line's fields tests it.
pub(crate) type Assigned<'a, 'c> = (usize, isize, &'a mut Converter<'c>);

/// Everything that is needed once all rows are read.
pub(crate) struct TableBuilder<'a, 'c> {
    pub(crate) columns: &'a ResolvedColumns,
    pub(crate) places: Option<&'a ElementLayout>,
    pub(crate) missing: &'a [Vec<String>],
    pub(crate) filling: &'a [Option<Value>],
    pub(crate) converters: Vec<Assigned<'a, 'c>>,
    pub(crate) head: &'a FirstLine,
    pub(crate) default_format: &'a str,
    pub(crate) skip_header: u64,
    pub(crate) skip_footer: u64,
    pub(crate) usemask: bool,
    pub(crate) loose: bool,
    pub(crate) invalid_raise: bool,
    pub(crate) texts_as_bytes: bool,
    pub(crate) ndmin: usize,
    pub(crate) unpack: bool,
    pub(crate) limits: &'a Limits,
}

const TEXT: Scalar = Scalar::Str(0, ByteOrder::NATIVE);

/// The columns' kinds, as found in the rows.
pub(crate) struct Discovery {
    pub(crate) dtype: DType,
    pub(crate) target: ElementWriter,
    columns: Vec<DiscoveredColumn>,
    texts_become_bytes: bool,
}

struct DiscoveredColumn {
    kind: FieldKind,
    /// Texts have no length yet.
    scalar: Scalar,
    /// False for a column of which no more is known than that values are missing.
    is_sure: bool,
    /// Characters of its longest value.
    longest: usize,
    /// True if Latin-1 has all its characters.
    is_latin: bool,
    /// A converter's value for each row; `None` where it failed.
    values: Option<Vec<Option<Value>>>,
}

impl Discovery {
    /// The kinds of the columns, before any rows are taken off.
    ///
    /// # Errors
    /// `InvalidData` where a converter fails and the dtype is to be found; `Unsupported` where the dtype stays unknown.
    pub(crate) fn new(plan: &mut TableBuilder<'_, '_>, rows: &CollectedRows) -> Result<Self> {
        let mut columns = Vec::with_capacity(plan.columns.count);
        let given = plan.columns.dtype.as_ref();
        for column in 0..plan.columns.count {
            let found = rows.found.get(column).copied().unwrap_or_default();
            let status = found.kinds.trailing_zeros() as usize;
            let (kind, scalar) = match (given, plan.places) {
                (Some(_), Some(places)) => {
                    let scalar = places.values.get(column).map_or(TEXT, |(scalar, _)| *scalar);
                    let kind = FieldKind::of(scalar)
                        .ok_or_else(|| GenFromTxtError::Unsupported(DType::from(scalar).to_string()))?;
                    (kind, scalar)
                }
                _ => FOUND.get(status).copied().unwrap_or((FieldKind::Text, TEXT)),
            };
            if matches!(scalar, Scalar::Datetime(TimeUnit::Generic, _)) {
                return Err(GenFromTxtError::Unsupported("datetime64 without a unit".to_owned()).into());
            }
            let is_sure = given.is_some() || status > 0 || !found.is_unsure;
            columns.push(DiscoveredColumn {
                kind,
                scalar,
                is_sure,
                longest: found.longest_in(scalar, plan.filling.get(column).and_then(Option::as_ref)),
                is_latin: !found.is_wide,
                values: None,
            });
        }
        for (column, field, converter) in &mut plan.converters {
            let mut values = Vec::new();
            let tester = tester(plan.head, *field)?;
            let first = converter(tester).ok();
            let filling = plan.filling.get(*column).cloned().flatten();
            let scalar = filling.or(first).map(|value| scalar_of(&value));
            let missing = plan.missing.get(*column).map(Vec::as_slice).unwrap_or_default();
            let fields =
                rows.kept.iter().flat_map(|kept| (0..kept.rows()).map(|row| kept.field(row, *column)));
            for (row, field) in fields.enumerate() {
                let value = converter(field).ok();
                if given.is_none() && value.is_none() && !is_missing(field, missing) {
                    let line = row as u64 + 1 + plan.skip_header;
                    return Err(
                        GenFromTxtError::Locked { column: *column, line, found: field.to_owned() }.into()
                    );
                }
                values.push(value);
            }
            let Some(discovered) = columns.get_mut(*column) else { continue };
            if given.is_none() || plan.places.is_some_and(ElementLayout::is_each) {
                discovered.scalar = scalar.ok_or(GenFromTxtError::Objects(*column))?;
            }
            discovered.is_sure = given.is_some() || values.iter().all(Option::is_some);
            discovered.values = Some(values);
        }
        Ok(Self {
            dtype: DType::FLOAT64,
            target: ElementWriter::default(),
            columns,
            texts_become_bytes: false,
        })
    }

    /// Determines the dtype, and converts the remaining rows to its elements.
    ///
    /// # Errors
    /// Errors of arrays and names.
    pub(crate) fn convert(
        &mut self,
        plan: &mut TableBuilder<'_, '_>,
        reading: &RowReader<'_>,
        rows: &mut CollectedRows,
    ) -> Result<()> {
        self.measure(plan, reading, rows);
        let is_each = plan.places.is_none_or(ElementLayout::is_each);
        let dtype = match &plan.columns.dtype {
            None => self.found(plan)?,
            Some(dtype) if is_each => self.given(dtype)?,
            Some(dtype) => dtype.clone(),
        };
        let is_longer = |given: &DType| given.itemsize() < dtype.itemsize();
        if plan.columns.dtype.as_ref().is_none_or(is_longer) {
            let bytes = rows.rows.saturating_mul(dtype.itemsize() as u64);
            in_proportion(bytes, rows.elements.bytes(), plan.limits)?;
        }
        let places = ElementLayout::of(&dtype, plan.columns.count)?;
        let mut cells = Vec::new();
        for (index, (&(scalar, offset), column)) in places.values.iter().zip(&self.columns).enumerate() {
            let kind = if column.values.is_some() { FieldKind::Given } else { column.kind };
            let filling = plan.filling.get(index).cloned().flatten();
            let default_overflows = filling.as_ref().is_some_and(|value| is_beyond(value, scalar));
            let default = match kind {
                FieldKind::Given => filled(
                    column.kind,
                    scalar,
                    &filling.or(plan.places.is_none().then_some(Value::Bool(false))),
                ),
                _ => filled(kind, scalar, &filling),
            };
            let missing = plan.missing.get(index).cloned().unwrap_or_default();
            cells.push(ColumnWriter {
                kind,
                scalar,
                offset,
                default,
                default_overflows,
                missing,
                is_alone: false,
                fortran: reading.fortran,
            });
        }
        self.target = ElementWriter::new(cells, places.size, plan.loose);
        let pieces = elements(&self.target, &rows.kept, plan.columns.count)?;
        rows.rows = 0;
        for piece in pieces {
            rows.add(piece, None)?;
        }
        self.fill(plan, rows);
        self.dtype = dtype;
        Ok(())
    }

    /// NumPy's warning about texts that become bytes.
    pub(crate) fn warning(&self) -> Option<Warning> {
        self.texts_become_bytes.then_some(Warning::TextsAsBytes)
    }

    /// Finds the lengths of texts again where rows have been taken off or come from converters.
    fn measure(&mut self, plan: &TableBuilder<'_, '_>, reading: &RowReader<'_>, rows: &CollectedRows) {
        let found: Vec<ColumnKinds> =
            rows.kept.iter().map(|kept| reading.found(kept)).fold(Vec::new(), |all, new| {
                if all.is_empty() {
                    new
                } else {
                    all.iter().zip(new).map(|(one, other)| one.and(other)).collect()
                }
            });
        let rows = usize::try_from(rows.rows).unwrap_or(usize::MAX);
        for (index, column) in self.columns.iter_mut().enumerate() {
            let filling = plan.filling.get(index).and_then(Option::as_ref);
            column.longest = found.get(index).map_or(0, |found| found.longest_in(column.scalar, filling));
            if let Some(values) = &mut column.values {
                values.truncate(rows);
                let default = plan.filling.get(index).cloned().flatten().unwrap_or(Value::Bool(false));
                let len = |value: &Option<Value>| {
                    value.as_ref().unwrap_or(&default).text().map_or(0, |text| chars(&text))
                };
                column.longest = values.iter().map(len).max().unwrap_or(0);
            } else if matches!(column.kind, FieldKind::Bool) && !column.is_sure {
                let default = plan.filling.get(index).cloned().flatten().unwrap_or(Value::Bool(false));
                column.longest = column.longest.max(default.text().map_or(0, |text| chars(&text)));
            }
        }
    }

    /// The dtype where none is given.
    fn found(&mut self, plan: &TableBuilder<'_, '_>) -> Result<DType> {
        let texts = || self.columns.iter().filter(|column| matches!(column.scalar, Scalar::Str(..)));
        self.texts_become_bytes = plan.texts_as_bytes && texts().next().is_some();
        // Texts outside Latin-1 stay as they are, though NumPy warns all the same.
        if self.texts_become_bytes && self.columns.iter().all(|column| column.is_latin) {
            for column in &mut self.columns {
                if matches!(column.scalar, Scalar::Str(..)) {
                    column.scalar = Scalar::Bytes(0);
                }
            }
        }
        if plan.columns.names.is_none() {
            let mut sure = self.columns.iter().filter(|column| column.is_sure).map(|column| column.scalar);
            if let Some(first) = sure.next().filter(|first| sure.all(|other| other == *first)) {
                let longest = self.columns.iter().map(|column| column.longest).max().unwrap_or(0);
                return Ok(sized(first, longest.max(1)).into());
            }
        }
        let names = plan.columns.names_or(plan.default_format)?;
        let fields = names.iter().zip(&self.columns);
        let fields =
            fields.map(|(name, column)| (name.as_str(), sized(column.scalar, column.longest).into()));
        Ok(Record::packed(fields)?.into())
    }

    /// The dtype where one scalar is given, and converters may give another.
    fn given(&self, dtype: &DType) -> Result<DType> {
        let Some(scalar) = dtype.as_scalar() else { return Ok(dtype.clone()) };
        let is_other = |column: &DiscoveredColumn| {
            column.values.is_some()
                && sized(column.scalar, 0) != sized(scalar, 0).with_byte_order(ByteOrder::NATIVE)
        };
        let own = |column: &DiscoveredColumn| match column.values {
            Some(_) => sized(column.scalar, column.longest),
            None => scalar,
        };
        if self.columns.iter().any(is_other) {
            if let [only] = &self.columns[..] {
                return Ok(own(only).into());
            }
            return Ok(Record::packed(self.columns.iter().map(|column| ("", own(column).into())))?.into());
        }
        let longest = self.columns.iter().map(|column| column.longest).max().unwrap_or(0);
        Ok(match scalar {
            Scalar::Str(0, _) | Scalar::Bytes(0) => sized(scalar, longest.max(1)).into(),
            _ => dtype.clone(),
        })
    }

    /// Writes what the converters gave.
    fn fill(&self, plan: &TableBuilder<'_, '_>, rows: &mut CollectedRows) {
        for (index, (column, cell)) in self.columns.iter().zip(&self.target.cells).enumerate() {
            let Some(values) = &column.values else { continue };
            let fields = rows.kept.iter().flat_map(|kept| (0..kept.rows()).map(move |row| (kept, row)));
            let elements =
                rows.elements.parts_mut().flat_map(|part| part.chunks_exact_mut(self.target.size.max(1)));
            let mut faults = [None, None];
            for (row, ((value, element), (kept, at))) in values.iter().zip(elements).zip(fields).enumerate() {
                let Some(out) = element.get_mut(cell.offset..cell.offset + cell.scalar.itemsize()) else {
                    continue;
                };
                let written = match (value, &cell.default) {
                    (Some(value), _) => store(value, cell.scalar, out).map_err(FieldFault::Unheld),
                    (None, _) if !plan.loose && !is_missing(kept.field(at, index), &cell.missing) => {
                        Err(FieldFault::Invalid(kept.field(at, index).to_owned()))
                    }
                    (None, Ok(default)) => {
                        out.copy_from_slice(default);
                        Ok(())
                    }
                    (None, Err(why)) => Err(FieldFault::Unheld(why.clone())),
                };
                if let Err(wrong) = written {
                    add_fault(&mut faults, row as u64, wrong);
                }
            }
            rows.faults.resize(rows.faults.len().max(index + 1), [None, None]);
            if let Some(known) = rows.faults.get_mut(index).filter(|_| faults != [None, None]) {
                *known = faults;
            }
        }
    }
}

/// The field that shows what a converter gives.
fn tester(head: &FirstLine, field: isize) -> Result<&str, GenFromTxtError> {
    if !head.is_data {
        return Ok("1");
    }
    let field = if field < 0 { field.saturating_add_unsigned(head.fields.len()) } else { field };
    let text = usize::try_from(field)
        .ok()
        .and_then(|field| head.fields.get(field))
        .ok_or(GenFromTxtError::NoColumn)?;
    Ok(if text.is_empty() { "1" } else { text })
}

/// The dtype that NumPy finds for a Python value.
fn scalar_of(value: &Value) -> Scalar {
    match value {
        Value::Bool(_) => Scalar::Bool,
        Value::Int(_) => INT64,
        Value::UInt(_) => Scalar::UInt(IntWidth::Bits64, ByteOrder::NATIVE),
        Value::Float(_) => FLOAT64,
        Value::Complex(_) => COMPLEX128,
        Value::Text(_) => TEXT,
        Value::Element(bytes) => Scalar::Void(u32::try_from(bytes.len()).unwrap_or(u32::MAX)),
    }
}

fn sized(scalar: Scalar, length: usize) -> Scalar {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    match scalar {
        Scalar::Str(_, order) => Scalar::Str(length, order),
        Scalar::Bytes(_) => Scalar::Bytes(length),
        other => other,
    }
}
