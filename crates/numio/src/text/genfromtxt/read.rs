//! From a source to the rows of a text, on all cores.

use std::ops::ControlFlow;
use std::path::Path;

use super::super::dialect::Dialect;
use super::super::error::TextError;
use super::super::giant::RowLimits;
use super::super::source::{Input, Source};
use super::super::strips::{self, Strips};
use super::super::table::{Table, Warning};
use super::all::Rows;
use super::column::Names;
use super::columns::{Head, Wanted};
use super::options::GenFromTxt;
use super::plan::Plan;
use super::rows::{LinesOfPiece, Piece, Reading, Target, newlines};
use super::split::Separator;
use super::target::{Places, Shape};
use crate::parallel::{Next, check, num_threads, ordered};
use crate::{Result, Scalar, TimeUnit};

/// A source with what has been taken from it.
struct Text<'s> {
    source: Source<'s>,
    dialect: Dialect,
    /// What is left of the piece in hand.
    pending: LinesOfPiece,
    /// Whether all pieces so far are byte for byte what is in the file.
    is_raw: bool,
    /// Whether a line's end is part of its last field.
    keeps_lines: bool,
}

impl Text<'_> {
    /// The next lines, no more than `lines` of them where they are the caller's.
    fn next(&mut self, lines: Option<u64>) -> Option<LinesOfPiece> {
        if !self.pending.is_empty() {
            return Some(std::mem::take(&mut self.pending));
        }
        let piece = self.source.next(&self.dialect, lines, Vec::new())?;
        if let Some(lengths) = self.source.take_lengths() {
            let text = String::from_utf8(piece).unwrap_or_default();
            return Some(if self.keeps_lines {
                LinesOfPiece { text, lengths: Some(lengths) }
            } else {
                joined(text, lengths)
            });
        }
        // Pieces are what a decoder has made.
        let text = String::from_utf8(piece).unwrap_or_default();
        self.is_raw &= !text.contains('\r');
        Some(LinesOfPiece::of(newlines(text)))
    }

    /// Reads the rest of a file in strips on all cores, as far as that goes.
    fn in_strips(&mut self, limit: u64, reading: &Reading<'_>, rows: &mut Rows) -> Result<()> {
        let Some((file, is_text, next)) = self.source.in_file().filter(|_| self.is_raw) else {
            return Ok(());
        };
        let start = next.saturating_sub(self.pending.text.len() as u64);
        let row_size = reading.target.map_or(0, |target| target.size);
        let Some(strips) = Strips::new(&file, start, self.pending.text.as_bytes(), row_size) else {
            return Ok(());
        };
        let merge = |piece: Option<Piece>| match piece {
            Some(piece) => rows.add(piece, limit).map(|()| Next::Go(None::<()>)),
            None => Ok(Next::Leave),
        };
        let left = strips::run(&strips, |text| reading.parse_bytes(text, is_text), merge, |()| {})?;
        self.pending = LinesOfPiece::default();
        self.source.seek(left);
        Ok(())
    }
}

/// Reads `input` by what `this` asks for; `path` is where it is, if it is a file.
pub(super) fn run(this: &mut GenFromTxt<'_>, input: Input<'_>, path: Option<&Path>) -> Result<Table> {
    this.run.clone().run(|| read_table(this, input, path))
}

fn read_table(this: &mut GenFromTxt<'_>, input: Input<'_>, path: Option<&Path>) -> Result<Table> {
    let splitter = &this.splitter;
    let limits = RowLimits::new(&this.limits, |row| splitter.count(row));
    let mut source = Source::new(input, limits);
    source.keep_lines();
    source.skip_lines(this.skip_header);
    // A line that ends with its last character has another last field than one that ends with its line end.
    let keeps_lines = matches!(splitter.separator, Separator::Widths(_));
    let pending = LinesOfPiece::default();
    let mut text =
        Text { source, dialect: Dialect::new(None, &[], None)?, pending, is_raw: true, keeps_lines };
    let mut warnings = Vec::new();
    let found = head(this, &mut text);
    if let Some(end) = text.source.take_stop() {
        return Err(end.into_error(0));
    }
    let mut head = found.unwrap_or_else(|| {
        warnings.push(Warning::EmptyFile { path: path.map(Path::to_path_buf) });
        Head::default()
    });
    if head.fields.len() as u64 > this.limits.max_row_fields {
        return Err(
            TextError::WideRow { limit: this.limits.max_row_fields, row: this.skip_header + 1 }.into()
        );
    }
    let wanted = Wanted {
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
    let places = columns.dtype.as_ref().map(|dtype| Places::of(dtype, columns.count)).transpose()?;
    // Texts whose length or unit is to be found, and what converters make, are known only at the end.
    let target = match &places {
        Some(places) if converters.is_empty() && !is_open(&places.shape) => {
            let target =
                Target::new(places.cells(&missing, &filling, this.fortran)?, places.size, this.loose);
            let is_plain = columns.usecols.is_none() && places.values.len() == columns.count;
            let has_marks = this.usemask && missing.iter().flatten().any(|text| !text.is_empty());
            Some(if is_plain && !has_marks { target.with_kernel(&this.splitter) } else { target })
        }
        _ => None,
    };
    let reading = Reading {
        splitter: &this.splitter,
        usecols: columns.usecols.as_deref(),
        count: columns.count,
        missing: &missing,
        usemask: this.usemask,
        finds: columns.dtype.is_none(),
        fortran: this.fortran,
        target: target.as_ref(),
    };
    let mut rows = Rows { lines: u64::from(!head.is_data), ..Rows::default() };
    read(this.max_rows, this.limits.max_array_bytes, &reading, &mut text, &mut rows)?;
    if let Some(end) = text.source.take_stop() {
        return Err(end.into_error(rows.lines + this.skip_header));
    }
    let plan = Plan {
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

/// The first line that has fields; the text then stands before it, or after it where it holds names.
fn head(this: &GenFromTxt<'_>, text: &mut Text<'_>) -> Option<Head> {
    let names = matches!(this.names, Names::First);
    loop {
        let piece = text.next(Some(1))?;
        let (mut at, mut count) = (0, 0);
        while let Some(line) = piece.line(at, count) {
            let bared = match this.splitter.comments.as_deref().filter(|_| names) {
                // Without the marks, what stands in the comment.
                Some(mark) => line.split_once(mark).map(|(_, comment)| comment.replace(mark, "")),
                None => None,
            };
            let mut fields = Vec::new();
            this.splitter.split(bared.as_deref().unwrap_or(line), &mut fields);
            if !fields.is_empty() {
                let fields = fields.into_iter().map(str::to_owned).collect();
                let (at, count) = if names { (at + line.len(), count + 1) } else { (at, count) };
                text.pending = piece.after(at, count);
                return Some(Head { fields, is_data: !names });
            }
            (at, count) = (at + line.len(), count + 1);
        }
    }
}

/// Lines of the caller's as lines that end with a newline, where that changes none of their fields.
fn joined(text: String, lengths: Vec<usize>) -> LinesOfPiece {
    let mut out = String::with_capacity(text.len() + lengths.len());
    let mut rest = text.as_str();
    for &length in &lengths {
        let (line, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let line = line.trim_end_matches(['\r', '\n']);
        if memchr::memchr2(b'\r', b'\n', line.as_bytes()).is_some() {
            return LinesOfPiece { text, lengths: Some(lengths) };
        }
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    LinesOfPiece::of(out)
}

/// All rows, or as many as were asked for.
fn read(
    max_rows: Option<u64>,
    limit: u64,
    reading: &Reading<'_>,
    text: &mut Text<'_>,
    rows: &mut Rows,
) -> Result<()> {
    if max_rows.is_none() {
        text.in_strips(limit, reading, rows)?;
        let threads = if text.source.is_stream() { num_threads() } else { 1 };
        let parse = |lines: LinesOfPiece| reading.parse(lines, None);
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
        let Some(piece) = text.next(left) else { return Ok(()) };
        rows.add(reading.parse(piece, left), limit)?;
    }
}

/// Whether the length or the unit of such elements is still to be found.
fn is_open(shape: &Shape) -> bool {
    let open = |scalar: &Scalar| {
        matches!(scalar, Scalar::Bytes(0) | Scalar::Str(0, _) | Scalar::Datetime(TimeUnit::Generic, _))
    };
    matches!(shape, Shape::Each(scalar) if open(scalar))
}
