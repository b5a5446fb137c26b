//! Reads a text and builds its array: `genfromtxt` from the first line to masks and errors.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::array::{Buffer, Data, Layout, byte_len};
use crate::error::headroom;
use crate::parallel::{Next, check, num_threads, ordered};
use crate::text::encoding::Decoder;
use crate::text::error::TextError;
use crate::text::open::open;
use crate::text::read::build::fit;
use crate::text::read::chunked_file;
use crate::text::read::chunked_file::ChunkedFile;
use crate::text::read::dialect::Dialect;
use crate::text::read::genfromtxt::elements::{
    CollectedRows, Discovery, ElementLayout, ElementShape, TableBuilder, mask_dtype,
};
use crate::text::read::genfromtxt::error::GenFromTxtError;
use crate::text::read::genfromtxt::names::{ColumnRequest, FirstLine, Names};
use crate::text::read::genfromtxt::options::GenFromTxt;
use crate::text::read::genfromtxt::rows::{
    ChunkLines, ElementWriter, FieldFault, FieldSeparator, ReadRows, RowReader, newlines,
};
use crate::text::read::lines::{RowLimits, TextInput, TextSource};
use crate::text::read::table::{Table, Warning};
use crate::{DType, DynArray, Error, Order, Result, Scalar, TimeUnit};

impl GenFromTxt<'_> {
    /// Reads the file at `path`, as [`LoadTxt::load`](crate::text::LoadTxt::load) finds and decompresses it.
    ///
    /// # Errors
    /// `Io` where the file cannot be read; `InvalidInput` where the parameters do not fit each other or the first line;
    /// `InvalidData` for lines of another number of columns and for fields that are no value; `Encoding` for bytes that are
    /// no text; `LimitExceeded` where a row or the array is too large; `Unsupported` for dtypes that no text gives.
    pub fn load(&mut self, path: impl AsRef<Path>) -> Result<Table> {
        let path = path.as_ref();
        let read = |this: &mut Self| {
            this.check()?;
            let input = open(path, this.encoding, &this.limits)?;
            run(this, TextInput::Stream(input), Some(path))
        };
        read(self).map_err(|error| error.with_path(path))
    }

    /// Reads all that `input` gives.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn read(&mut self, input: impl Read) -> Result<Table> {
        self.check()?;
        let encoding = self.encoding;
        run(self, TextInput::Stream(Decoder::new(Box::new(input), encoding)), None)
    }

    /// Reads a text in memory, which is in the [`encoding`](Self::encoding) asked for.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(&mut self, text: impl AsRef<[u8]>) -> Result<Table> {
        self.read(text.as_ref())
    }

    /// Reads lines, each with or without its line end. No more are taken than [`max_rows`](Self::max_rows) rows need, so
    /// that the rest can be read later.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn lines<S: AsRef<str>>(&mut self, lines: impl IntoIterator<Item = S>) -> Result<Table> {
        self.try_lines(lines.into_iter().map(Ok))
    }

    /// Reads lines that may fail to come.
    ///
    /// # Errors
    /// As [`load`](Self::load), and the first error among them.
    pub fn try_lines<S: AsRef<str>>(
        &mut self,
        lines: impl IntoIterator<Item = Result<S, Error>>,
    ) -> Result<Table> {
        self.check()?;
        let lines = lines.into_iter().map(|line| line.map(|line| line.as_ref().as_bytes().to_vec()));
        run(self, TextInput::Lines(Box::new(lines)), None)
    }

    /// Checks the parameters, before any input is touched.
    fn check(&self) -> Result<(), GenFromTxtError> {
        if self.ndmin > 2 {
            return Err(GenFromTxtError::Ndmin(self.ndmin));
        }
        if self.max_rows.is_some() && self.skip_footer > 0 {
            return Err(GenFromTxtError::FooterAndMost);
        }
        if self.max_rows == Some(0) {
            return Err(GenFromTxtError::Most);
        }
        match &self.splitter.comments {
            Some(comments) if comments.is_empty() => Err(GenFromTxtError::EmptySeparator),
            _ => Ok(()),
        }
    }
}

/// A source, and what has been read from it.
struct LineReader<'s> {
    source: TextSource<'s>,
    dialect: Dialect,
    /// The rest of the current chunk.
    pending: ChunkLines,
    /// True if all chunks so far are byte for byte those of the file.
    is_raw: bool,
    /// True if a line's end is part of its last field.
    keeps_lines: bool,
}

impl LineReader<'_> {
    /// The next lines, no more than `lines` of them where they are the caller's.
    fn next(&mut self, lines: Option<u64>) -> Option<ChunkLines> {
        if !self.pending.is_empty() {
            return Some(std::mem::take(&mut self.pending));
        }
        let piece = self.source.next(&self.dialect, lines, Vec::new())?;
        if let Some(lengths) = self.source.take_lengths() {
            let text = String::from_utf8(piece).unwrap_or_default();
            return Some(if self.keeps_lines {
                ChunkLines { text, lengths: Some(lengths) }
            } else {
                joined(text, lengths)
            });
        }
        // Chunks are UTF-8: they come from a decoder.
        let text = String::from_utf8(piece).unwrap_or_default();
        self.is_raw &= !text.contains('\r');
        Some(ChunkLines::of(newlines(text)))
    }

    /// Reads the rest of a file in chunks on all cores, as far as possible.
    fn in_chunks(&mut self, limit: u64, reading: &RowReader<'_>, rows: &mut CollectedRows) -> Result<()> {
        let Some((file, is_text, next)) = self.source.in_file().filter(|_| self.is_raw) else {
            return Ok(());
        };
        let start = next.saturating_sub(self.pending.text.len() as u64);
        let row_size = reading.target.map_or(0, |target| target.size);
        let Some(chunks_of_file) = ChunkedFile::new(&file, start, self.pending.text.as_bytes(), row_size)
        else {
            return Ok(());
        };
        let merge = |piece: Option<ReadRows>| match piece {
            Some(piece) => rows.add(piece, limit).map(|()| Next::Go(None::<()>)),
            None => Ok(Next::Leave),
        };
        let left = chunked_file::read_chunks(
            &chunks_of_file,
            |text| reading.parse_bytes(text, is_text),
            merge,
            |()| {},
        )?;
        self.pending = ChunkLines::default();
        self.source.seek(left);
        Ok(())
    }
}

/// Memory that must be left before lines are read: fields and kinds of a chunk take some.
const HEADROOM: usize = 8 << 20;

/// Reads `input` by what `this` asks for; `path` is where it is, if it is a file.
pub(crate) fn run(this: &mut GenFromTxt<'_>, input: TextInput<'_>, path: Option<&Path>) -> Result<Table> {
    this.run.clone().run(|| read_table(this, input, path))
}

fn read_table(this: &mut GenFromTxt<'_>, input: TextInput<'_>, path: Option<&Path>) -> Result<Table> {
    headroom(HEADROOM)?;
    let splitter = &this.splitter;
    let limits = RowLimits::new(&this.limits, |row| splitter.count(row));
    let mut source = TextSource::new(input, limits);
    source.keep_lines();
    source.skip_lines(this.skip_header);
    // A line that ends with its last character has another last field than one that ends with its line end.
    let keeps_lines = matches!(splitter.separator, FieldSeparator::Widths(_));
    let pending = ChunkLines::default();
    let mut text =
        LineReader { source, dialect: Dialect::new(None, &[], None)?, pending, is_raw: true, keeps_lines };
    let mut warnings = Vec::new();
    let found = head(this, &mut text);
    if let Some(end) = text.source.take_stop() {
        // Nothing has been parsed yet, but all lines before the fault have been read.
        let pending = memchr::memchr_iter(b'\n', text.pending.text.as_bytes()).count() as u64;
        let names = u64::from(matches!(this.names, Names::First));
        return Err(end.into_error(this.skip_header + names + pending));
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
    let mut rows = CollectedRows { lines: u64::from(!head.is_data), ..CollectedRows::default() };
    read(this.max_rows, this.limits.max_array_bytes, &reading, &mut text, &mut rows)?;
    if let Some(end) = text.source.take_stop() {
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
fn head(this: &GenFromTxt<'_>, text: &mut LineReader<'_>) -> Option<FirstLine> {
    let names = matches!(this.names, Names::First);
    loop {
        let piece = text.next(Some(1))?;
        let (mut at, mut count) = (0, 0);
        while let Some(line) = piece.line(at, count) {
            let bared = match this.splitter.comments.as_deref().filter(|_| names) {
                // The text of the comment without its markers.
                Some(mark) => line.split_once(mark).map(|(_, comment)| comment.replace(mark, "")),
                None => None,
            };
            let mut fields = Vec::new();
            this.splitter.split(bared.as_deref().unwrap_or(line), &mut fields);
            if !fields.is_empty() {
                let fields = fields.into_iter().map(str::to_owned).collect();
                let (at, count) = if names { (at + line.len(), count + 1) } else { (at, count) };
                text.pending = piece.after(at, count);
                return Some(FirstLine { fields, is_data: !names });
            }
            (at, count) = (at + line.len(), count + 1);
        }
    }
}

/// Lines of the caller's as lines that end with a newline, where that changes none of their fields.
fn joined(text: String, lengths: Vec<usize>) -> ChunkLines {
    let mut out = String::with_capacity(text.len() + lengths.len());
    let mut rest = text.as_str();
    for &length in &lengths {
        let (line, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let line = line.trim_end_matches(['\r', '\n']);
        if memchr::memchr2(b'\r', b'\n', line.as_bytes()).is_some() {
            return ChunkLines { text, lengths: Some(lengths) };
        }
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    ChunkLines::of(out)
}

/// All rows, or as many as were asked for.
fn read(
    max_rows: Option<u64>,
    limit: u64,
    reading: &RowReader<'_>,
    text: &mut LineReader<'_>,
    rows: &mut CollectedRows,
) -> Result<()> {
    if max_rows.is_none() {
        text.in_chunks(limit, reading, rows)?;
        let threads = if text.source.is_stream() { num_threads() } else { 1 };
        let parse = |lines: ChunkLines| reading.parse(lines, None);
        return ordered(
            threads,
            2 * threads,
            || Ok(text.next(None)),
            parse,
            |piece| rows.add(piece, limit).map(ControlFlow::Continue),
        );
    }
    loop {
        let left = max_rows.map(|most| most.saturating_sub(rows.rows));
        if left == Some(0) {
            return Ok(());
        }
        check()?;
        headroom(HEADROOM)?;
        let Some(piece) = text.next(left) else { return Ok(()) };
        rows.add(reading.parse(piece, left), limit)?;
    }
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
        if target.overflowed.load(Ordering::Relaxed) {
            warnings.push(Warning::Overflow);
        }
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
            Some(self.array(dtype, shape.clone(), vec![mask])?)
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

    fn array(&self, dtype: DType, mut shape: Vec<usize>, chunks: Vec<Vec<u8>>) -> Result<DynArray> {
        let len = byte_len(&shape, dtype.itemsize())?;
        if len as u64 > self.limits.max_array_bytes {
            return Err(
                GenFromTxtError::TooLarge { bytes: len as u64, limit: self.limits.max_array_bytes }.into()
            );
        }
        let mut buffer = Buffer::zeroed(len)?;
        let mut rest = buffer.bytes_mut();
        for chunk in chunks {
            let Some((out, after)) = rest.split_at_mut_checked(chunk.len()) else { break };
            out.copy_from_slice(&chunk);
            rest = after;
        }
        fit(&mut shape, self.ndmin);
        let mut layout = Layout::contiguous(&shape, dtype.itemsize(), Order::C);
        if self.unpack && dtype.as_record().is_none() {
            layout.shape.reverse();
            layout.strides.reverse();
        }
        Ok(DynArray::from_parts(dtype, layout, Data::Owned(Arc::new(buffer))))
    }
}

/// Masks the values equal to that of a missing text.
fn mark(dtype: &DType, target: &ElementWriter, chunks: &[Vec<u8>], mask: &mut [u8]) {
    let count = target.cells.len();
    if dtype.as_record().is_none_or(|record| record.fields().len() != count) || target.size == 0 {
        return;
    }
    for (column, cell) in target.cells.iter().enumerate() {
        let missing = cell.missing_elements();
        if missing.is_empty() {
            continue;
        }
        let elements = chunks.iter().flat_map(|chunk| chunk.chunks_exact(target.size));
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
