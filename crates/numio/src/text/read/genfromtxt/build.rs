//! Reads a text and builds its array: `genfromtxt` from the first line to masks and errors.

use std::path::Path;

use crate::array::byte_len;
use crate::error::headroom;
use crate::text::error::TextError;
use crate::text::open::text_inputs;
use crate::text::read::build::{ElementStore, Elements, table_array};
use crate::text::read::dialect::{Dialect, first_line};
use crate::text::read::genfromtxt::elements::{
    CollectedRows, Discovery, ElementLayout, ElementShape, TableBuilder, mask_dtype,
};
use crate::text::read::genfromtxt::error::GenFromTxtError;
use crate::text::read::genfromtxt::names::{ColumnRequest, FirstLine, Names};
use crate::text::read::genfromtxt::options::GenFromTxt;
use crate::text::read::genfromtxt::rows::{ElementWriter, FieldFault, RowReader};
use crate::text::read::lines::{FirstLook, RowLimits, TextChunk, TextInput, TextSource};
use crate::text::read::pipeline::{ConvertRows, Pipeline};
use crate::text::read::table::{Table, Warning};
use crate::{DType, DynArray, Error, Result, Scalar, TimeUnit};

impl GenFromTxt<'_> {
    text_inputs! {
        /// Reads the file at `path`, as [`LoadTxt::load`](crate::text::LoadTxt::load) finds and decompresses it.
        ///
        /// # Errors
        /// `Io` where the file cannot be read; `InvalidInput` where the parameters do not fit each other or the first line;
        /// `InvalidData` for lines of another number of columns and for fields that are no value; `Encoding` for bytes that are
        /// no text; `LimitExceeded` where a row or the array is too large; `Unsupported` for dtypes that no text gives.
        load
        /// Reads lines, each with or without its line end. No more are taken than [`max_rows`](Self::max_rows) rows need, so
        /// that the rest can be read later.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        lines
    }

    /// Checks the parameters, before any input is touched.
    fn checked(&self) -> Result<()> {
        if self.ndmin > 2 {
            return Err(GenFromTxtError::Ndmin(self.ndmin).into());
        }
        if self.max_rows.is_some() && self.skip_footer > 0 {
            return Err(GenFromTxtError::FooterAndMost.into());
        }
        if self.max_rows == Some(0) {
            return Err(GenFromTxtError::Most.into());
        }
        match &self.splitter.comments {
            Some(comments) if comments.is_empty() => Err(GenFromTxtError::EmptySeparator.into()),
            _ => Ok(()),
        }
    }

    fn table(&mut self, (): (), input: TextInput<'_>, path: Option<&Path>) -> Result<Table> {
        self.run.clone().run(|| read_table(self, input, path))
    }
}

/// Memory that must be left before lines are read: fields and kinds of a chunk take some.
const HEADROOM: usize = 8 << 20;

/// Reads `input` by what `this` asks for; `path` is where it is, if it is a file.
fn read_table(this: &mut GenFromTxt<'_>, input: TextInput<'_>, path: Option<&Path>) -> Result<Table> {
    headroom(HEADROOM)?;
    let splitter = &this.splitter;
    let limits = RowLimits::new(&this.limits, |row| splitter.count(row));
    let mut source = TextSource::new(input, limits);
    source.keep_lines();
    source.skip_lines(this.skip_header);
    let dialect = Dialect::new(None, &[], None)?;
    let mut warnings = Vec::new();
    let (found, first) = match head(this, &dialect, &mut source) {
        Some((head, first)) => (Some(head), Some(first)),
        None => (None, None),
    };
    if let Some(end) = source.take_stop() {
        // Nothing has been parsed yet, but all lines before the fault have been read.
        let read = first.map_or(0, |first| line_ends(first.rest()));
        let names = u64::from(matches!(this.names, Names::First));
        return Err(end.into_error(this.skip_header + names + read));
    }
    let mut head = found.unwrap_or_else(|| {
        warnings.push(Warning::EmptyFile { path: path.map(Path::to_path_buf) });
        FirstLine::default()
    });
    if head.fields.len() as u64 > this.limits.max_row_fields {
        return Err(
            TextError::WideRow { limit: this.limits.max_row_fields, row: this.skip_header + 1 }.into()
        );
    }
    let wanted = ColumnRequest {
        dtype: this.dtype.as_ref(),
        usecols: this.usecols.as_deref(),
        names: &this.names,
        cleaner: &this.cleaner,
        default_format: &this.default_format,
        comments: this.splitter.comments.as_deref(),
    };
    let columns = wanted.resolve(&mut head)?;
    let missing = this.missing.resolve(&columns)?;
    let filling = this.filling.resolve(&columns)?;
    let mut converters = Vec::new();
    for (column, converter) in &mut this.converters {
        if let Some((index, field)) = columns.converted(column)? {
            converters.push((index, field, converter));
        }
    }
    let places = columns.dtype.as_ref().map(|dtype| ElementLayout::of(dtype, columns.count)).transpose()?;
    // Texts whose length or unit is to be found, and what converters make, are known only at the end.
    let target = match &places {
        Some(places) if converters.is_empty() && !is_open(&places.shape) => {
            let target =
                ElementWriter::new(places.cells(&missing, &filling, this.fortran)?, places.size, this.loose);
            let is_plain = columns.usecols.is_none() && places.values.len() == columns.count;
            let has_marks = this.usemask && missing.iter().flatten().any(|text| !text.is_empty());
            Some(if is_plain && !has_marks { target.with_kernel(&this.splitter) } else { target })
        }
        _ => None,
    };
    let reading = RowReader {
        splitter: &this.splitter,
        usecols: columns.usecols.as_deref(),
        count: columns.count,
        missing: &missing,
        usemask: this.usemask,
        finds: columns.dtype.is_none(),
        fortran: this.fortran,
        target: target.as_ref(),
    };
    let mut rows = CollectedRows {
        lines: u64::from(!head.is_data),
        max_rows: this.max_rows,
        max_array_bytes: this.limits.max_array_bytes,
        ..CollectedRows::default()
    };
    let mut pipeline =
        Pipeline { source, dialect: &dialect, first, max_array_bytes: this.limits.max_array_bytes };
    if this.max_rows.is_some() {
        // Lines after the last row that is wanted must not count as wrong.
        pipeline.in_turn(&mut rows, |chunk, most| reading.convert(chunk, most))?;
    } else {
        pipeline.run(&reading, &mut rows)?;
    }
    if let Some(end) = pipeline.source.take_stop() {
        return Err(end.into_error(rows.lines + this.skip_header));
    }
    let plan = TableBuilder {
        columns: &columns,
        places: places.as_ref(),
        missing: &missing,
        filling: &filling,
        converters,
        head: &head,
        default_format: &this.default_format,
        skip_header: this.skip_header,
        skip_footer: this.skip_footer,
        usemask: this.usemask,
        loose: this.loose,
        invalid_raise: this.invalid_raise,
        texts_as_bytes: this.texts_as_bytes,
        ndmin: this.ndmin,
        unpack: this.unpack,
        limits: &this.limits,
    };
    plan.table(reading, rows, warnings)
}

/// Finds the first line with fields. Reading then continues with that line, or after it where it contains names.
fn head(
    this: &GenFromTxt<'_>,
    dialect: &Dialect,
    source: &mut TextSource<'_>,
) -> Option<(FirstLine, TextChunk)> {
    let names = matches!(this.names, Names::First);
    let is_stream = source.is_stream();
    let mut head = FirstLine::default();
    let look = |rest: &[u8]| {
        let (line, taken) = if is_stream { first_line(rest) } else { (rest, rest.len()) };
        let mut line = String::from_utf8_lossy(line);
        if is_stream && taken > line.len() {
            // Where the widths of fields are given, a line's end is part of its last field.
            line.to_mut().push('\n');
        }
        let bared = match this.splitter.comments.as_deref().filter(|_| names) {
            // The text of the comment without its markers.
            Some(mark) => line.split_once(mark).map(|(_, comment)| comment.replace(mark, "")),
            None => None,
        };
        let mut fields = Vec::new();
        this.splitter.split(bared.as_deref().unwrap_or(&line), &mut fields);
        if fields.is_empty() {
            return FirstLook::Pass(taken);
        }
        head = FirstLine { fields: fields.into_iter().map(str::to_owned).collect(), is_data: !names };
        if names { FirstLook::After(taken) } else { FirstLook::Here }
    };
    let first = source.first(dialect, Some(1), look)?;
    Some((head, first))
}

/// The number of line ends in a text.
fn line_ends(text: &[u8]) -> u64 {
    let returns = memchr::memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n')).count();
    (returns + memchr::memchr_iter(b'\n', text).count()) as u64
}

/// Returns whether the length or the unit of such elements is still to be found.
fn is_open(shape: &ElementShape) -> bool {
    let open = |scalar: &Scalar| {
        matches!(scalar, Scalar::Bytes(0) | Scalar::Str(0, _) | Scalar::Datetime(TimeUnit::Generic, _))
    };
    matches!(shape, ElementShape::Each(scalar) if open(scalar))
}

impl TableBuilder<'_, '_> {
    /// The array of all rows.
    ///
    /// # Errors
    /// Faults in them, in NumPy's order: impossible kinds, lines of another number of columns, values.
    pub(crate) fn table(
        mut self,
        reading: RowReader<'_>,
        mut rows: CollectedRows,
        mut warnings: Vec<Warning>,
    ) -> Result<Table> {
        let mut discovery = None;
        if reading.target.is_none() {
            let mut found = Discovery::new(&mut self, &rows)?;
            self.cut(&mut rows, &mut warnings)?;
            found.convert(&mut self, &reading, &mut rows)?;
            warnings.extend(found.warning());
            discovery = Some(found);
        } else {
            self.cut(&mut rows, &mut warnings)?;
        }
        let (dtype, target) = match (&discovery, reading.target) {
            (Some(found), _) => (found.dtype.clone(), &found.target),
            (None, Some(target)) => (self.columns.dtype.clone().unwrap_or(DType::FLOAT64), target),
            (None, None) => return Err(GenFromTxtError::NoColumn.into()),
        };
        warnings.extend(target.overflows.warnings());
        let is_record = dtype.as_record().is_some();
        if rows.rows > 0 {
            self.check(&dtype, &rows)?;
        }
        let count = usize::try_from(rows.rows).unwrap_or(usize::MAX);
        let shape = match (is_record, count) {
            (true, _) | (_, 0) => vec![count],
            _ => vec![count, self.columns.count],
        };
        let mask = if self.usemask {
            let mut mask = std::mem::take(&mut rows.mask);
            if is_record {
                mark(&dtype, target, &rows.elements, &mut mask);
            }
            let dtype = if is_record { mask_dtype(&dtype)? } else { DType::from(Scalar::Bool) };
            let mut masks = ElementStore::default();
            masks.add(Elements::Fixed(mask), None);
            Some(self.array(dtype, shape.clone(), masks)?)
        } else {
            None
        };
        let array = self.array(dtype, shape, rows.elements)?;
        Ok(Table::masked(array, mask, self.unpack, warnings))
    }

    /// Drops the footer, and reports lines of the wrong number of columns.
    fn cut(&self, rows: &mut CollectedRows, warnings: &mut Vec<Warning>) -> Result<()> {
        let mut footer = self.skip_footer;
        let (found, invalid) = (rows.rows, rows.invalid.len());
        if invalid > 0 {
            let number = |line: u64| line + self.skip_header + 1;
            let mut shown = invalid;
            if footer > 0 {
                // The last lines are no rows of the array, right or wrong.
                let last =
                    (found + invalid as u64) as i128 - i128::from(footer) + i128::from(self.skip_header);
                let passed = rows.invalid.iter().filter(|(line, _)| i128::from(number(*line)) > last).count();
                shown -= passed;
                footer = footer.saturating_sub(passed as u64);
            }
            let mut said = String::new();
            for (line, columns) in rows.invalid.iter().take(shown) {
                said.push_str(&format!(
                    "\n    Line #{} (got {columns} columns instead of {})",
                    number(*line),
                    self.columns.count
                ));
            }
            if !said.is_empty() {
                let said = format!("Some errors were detected !{said}");
                if self.invalid_raise {
                    return Err(GenFromTxtError::Invalid(said).into());
                }
                warnings.push(Warning::InvalidLines(said));
            }
        }
        rows.truncate(found.saturating_sub(footer), self.columns.count);
        Ok(())
    }

    /// The first error in NumPy's order: values column by column, then rows, then values that elements cannot
    /// represent.
    fn check(&self, dtype: &DType, rows: &CollectedRows) -> Result<()> {
        let faults = rows.faults.iter().enumerate();
        let mut faults: Vec<_> = faults
            .flat_map(|(column, known)| {
                known.iter().flatten().cloned().map(move |(row, wrong)| (row, column, wrong))
            })
            .filter(|(row, ..)| *row < rows.rows)
            .collect();
        let parsed = faults.iter().position(|(.., wrong)| !matches!(wrong, FieldFault::Unheld(_)));
        if let Some((row, column, wrong)) = parsed.map(|at| faults.swap_remove(at)) {
            return Err(match wrong {
                FieldFault::Invalid(found) => GenFromTxtError::Misfit { found, row, column },
                FieldFault::Overflow(why) | FieldFault::Unheld(why) => {
                    GenFromTxtError::Unheld { why, row, column }
                }
            }
            .into());
        }
        if let Some(fields) = self.columns.misnamed {
            return Err(GenFromTxtError::ReplaceNames(fields).into());
        }
        let count = self.columns.count;
        if let Some(record) = dtype.as_record() {
            match self.places {
                Some(places) if matches!(places.shape, ElementShape::Record) => places.check(count)?,
                _ if record.fields().len() != count => {
                    return Err(
                        GenFromTxtError::Fields { found: count, wanted: record.fields().len() }.into()
                    );
                }
                _ => {}
            }
        }
        match faults.into_iter().min_by_key(|(row, column, _)| (*row, *column)) {
            Some((row, column, FieldFault::Unheld(why))) => {
                Err(GenFromTxtError::Unheld { why, row, column }.into())
            }
            _ => match self.places.filter(|places| self.usemask && !places.is_each()) {
                Some(places) if places.values.len() != count => {
                    Err(GenFromTxtError::Fields { found: count, wanted: places.values.len() }.into())
                }
                _ => Ok(()),
            },
        }
    }

    fn array(&self, dtype: DType, shape: Vec<usize>, elements: ElementStore) -> Result<DynArray> {
        let (len, limit) = (byte_len(&shape, dtype.itemsize())?, self.limits.max_array_bytes);
        if len as u64 > limit {
            return Err(TextError::TooLarge { bytes: len as u64, limit }.into());
        }
        let buffer = elements.into_buffer(&dtype, len)?;
        Ok(table_array(dtype, shape, buffer, self.ndmin, self.unpack))
    }
}

/// Masks the values equal to that of a missing text.
fn mark(dtype: &DType, target: &ElementWriter, elements: &ElementStore, mask: &mut [u8]) {
    let count = target.cells.len();
    if dtype.as_record().is_none_or(|record| record.fields().len() != count) || target.size == 0 {
        return;
    }
    for (column, cell) in target.cells.iter().enumerate() {
        let missing = cell.missing_elements();
        if missing.is_empty() {
            continue;
        }
        let elements = elements.parts().flat_map(|part| part.chunks_exact(target.size));
        for (element, masked) in elements.zip(mask.chunks_exact_mut(count)) {
            let value = element.get(cell.offset..cell.offset + cell.scalar.itemsize()).unwrap_or_default();
            if let Some(masked) =
                masked.get_mut(column).filter(|_| missing.iter().any(|bytes| bytes == value))
            {
                *masked = 1;
            }
        }
    }
}
