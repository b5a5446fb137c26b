//! `numpy.savetxt`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use half::f16;

use crate::array::LongDouble;
use crate::compression::Encoder;
use crate::datetime::{datetime_text, timedelta_text};
use crate::dtype::dispatch_scalar;
use crate::error::reserve;
use crate::io::AtomicFile;
use crate::num::dragon4::FloatFormat;
use crate::parallel::{RunOptions, num_threads, ordered, run_options};
use crate::text::encoding::Encoding;
use crate::text::error::TextError;
use crate::text::write::fast::{FastColumn, OutBuffer, SeparatorWord};
use crate::text::write::format::{ConversionSpec, FormatFault, PrintValue, TextFormat};
use crate::{ArrayLike, ByteOrder, DType, FloatWidth, Order, Result, Scalar};

/// Writes an array of one or two axes as text, one row a line: `numpy.savetxt` with each of its parameters.
///
/// ```
/// use numio::text::SaveTxt;
///
/// let mut out = Vec::new();
/// SaveTxt::new().fmt("%.1f").delimiter(",").header("a,b").write(&mut out, &ndarray::array![[1.0, 2.5], [3.0, 4.5]])?;
/// assert_eq!(out, b"# a,b\n1.0,2.5\n3.0,4.5\n");
/// # Ok::<(), numio::Error>(())
/// ```
///
/// Formats print as Python's `%` does: `d i u o x X e E f F g G s` with every flag, width and precision, to the last
/// digit. A structured array has one column a field; complex numbers are written ` (re+imj)` unless the format has two
/// conversions for each.
#[derive(Debug, Clone)]
pub struct SaveTxt {
    fmt: RowFormat,
    delimiter: String,
    newline: String,
    header: String,
    footer: String,
    comments: String,
    encoding: Encoding,
    run: RunOptions,
}

#[derive(Debug, Clone)]
enum RowFormat {
    One(String),
    Columns(Vec<String>),
}

impl Default for SaveTxt {
    fn default() -> Self {
        Self::new()
    }
}

impl SaveTxt {
    /// NumPy's defaults: `%.18e`, a blank between columns, UTF-8.
    pub fn new() -> Self {
        Self {
            fmt: RowFormat::One("%.18e".to_owned()),
            delimiter: " ".to_owned(),
            newline: "\n".to_owned(),
            header: String::new(),
            footer: String::new(),
            comments: "# ".to_owned(),
            encoding: Encoding::Utf8,
            run: RunOptions::default(),
        }
    }

    /// One format for every column, or one for the whole row with a conversion for each; default `%.18e`.
    pub fn fmt(&mut self, fmt: impl Into<String>) -> &mut Self {
        self.fmt = RowFormat::One(fmt.into());
        self
    }

    /// A format for each column. Default: [`fmt`](Self::fmt) for all.
    pub fn column_fmts<S: Into<String>>(&mut self, fmts: impl IntoIterator<Item = S>) -> &mut Self {
        self.fmt = RowFormat::Columns(fmts.into_iter().map(Into::into).collect());
        self
    }

    /// The text between two columns; default a blank.
    pub fn delimiter(&mut self, delimiter: impl Into<String>) -> &mut Self {
        self.delimiter = delimiter.into();
        self
    }

    /// The text that ends a row; default `\n`.
    pub fn newline(&mut self, newline: impl Into<String>) -> &mut Self {
        self.newline = newline.into();
        self
    }

    /// Text before the first row, each line of it after [`comments`](Self::comments); default none.
    pub fn header(&mut self, header: impl Into<String>) -> &mut Self {
        self.header = header.into();
        self
    }

    /// Text after the last row, as [`header`](Self::header); default none.
    pub fn footer(&mut self, footer: impl Into<String>) -> &mut Self {
        self.footer = footer.into();
        self
    }

    /// The text before each line of header and footer; default `# `.
    pub fn comments(&mut self, comments: impl Into<String>) -> &mut Self {
        self.comments = comments.into();
        self
    }

    /// The encoding of the text; default UTF-8.
    pub fn encoding(&mut self, encoding: Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    run_options!(run);

    /// Writes `array` to the file at `path`, which is replaced when the text is whole, and else stays as it was. It is
    /// compressed where its suffix is `.gz`, `.bz2`, `.xz`, `.lzma` (which is xz too, as Python writes it) or `.zst`.
    ///
    /// # Errors
    /// `InvalidInput` where the array has not one or two axes or does not go into the format; `Encoding` for characters that
    /// the encoding does not have; `Unsupported` for elements that have no text; `Io`
    /// where writing fails.
    pub fn save(&self, path: impl AsRef<Path>, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
        let path = path.as_ref();
        let save = || {
            let mut encoder = Encoder::new(AtomicFile::create(path)?, path)?;
            self.run.run(|| self.print(&mut encoder, &array))?;
            encoder.finish()?.commit().map(drop)
        };
        save().map_err(|error| error.with_path(path))
    }

    /// Writes `array` to `out`.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub fn write(&self, out: impl Write, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
        self.run.run(|| self.print(out, &array))
    }

    fn print(&self, mut out: impl Write, array: &dyn ArrayLike) -> Result<()> {
        let bytes = match array.as_bytes() {
            Some(bytes) => Cow::Borrowed(bytes),
            None => {
                let mut bytes = Vec::new();
                array.write_to(&mut bytes)?;
                Cow::Owned(bytes)
            }
        };
        let layout = RowsLayout::new(array)?;
        let format = self.whole_format(&layout)?;
        let rows = RowPrinter::new(layout, &bytes, format, &self.newline)?;
        let has_header = !self.header.is_empty();
        out.write_all(&self.comment(&self.header, true)?)?;
        let make = |index: usize, block: &mut Vec<u8>| -> Result<()> {
            rows.print(index, block)?;
            Ok(self.encoding.reencode(block, index == 0 && !has_header)?)
        };
        write_blocks(rows.blocks(), make, |block| Ok(out.write_all(block)?))?;
        out.write_all(&self.comment(&self.footer, !has_header && rows.blocks() == 0)?)?;
        Ok(out.flush()?)
    }

    /// A header or a footer as it is written to the file.
    fn comment(&self, text: &str, is_start: bool) -> Result<Vec<u8>> {
        let mut encoded = Vec::new();
        if !text.is_empty() {
            let lines = text.replace('\n', &format!("\n{}", self.comments));
            let text = format!("{}{lines}{}", self.comments, self.newline);
            self.encoding.encode(&text, is_start, &mut encoded)?;
        }
        Ok(encoded)
    }

    /// The format of a whole row, as NumPy puts it together.
    fn whole_format(&self, layout: &RowsLayout) -> Result<String> {
        let RowsLayout { fields: columns, is_complex, count, .. } = *layout;
        let fmt = match &self.fmt {
            RowFormat::Columns(fmts) if fmts.len() == columns => return Ok(fmts.join(&self.delimiter)),
            RowFormat::Columns(fmts) => {
                let mut text = String::new();
                for (index, fmt) in fmts.iter().enumerate() {
                    text.push_str(if index == 0 { "[" } else { ", " });
                    let _ = crate::repr::str(&mut text, fmt);
                }
                text.push_str(if fmts.is_empty() { "[]" } else { "]" });
                return Err(TextError::FormatList(text).into());
            }
            RowFormat::One(fmt) => fmt,
        };
        let wanted = if is_complex { columns.saturating_mul(2) } else { columns };
        match fmt.matches('%').count() {
            1 => {
                let one = if is_complex { format!(" ({fmt}+{fmt}j)") } else { fmt.clone() };
                // Without rows there is nothing to format, and any number of columns.
                let columns = if count == 0 { 1 } else { columns };
                let len = (one.len() + self.delimiter.len()).saturating_mul(columns);
                let mut format = String::new();
                format.try_reserve(len).map_err(std::io::Error::from)?;
                for column in 0..columns {
                    format.push_str(if column == 0 { "" } else { &self.delimiter });
                    format.push_str(&one);
                }
                Ok(format)
            }
            found if found == wanted => Ok(fmt.clone()),
            _ => Err(TextError::FormatCount(fmt.clone()).into()),
        }
    }
}

/// Formats blocks `0..count` on all cores, each into an empty buffer, and passes them to `write` in order.
///
/// # Errors
/// The first of either, in the order of the blocks.
fn write_blocks(
    count: usize,
    make: impl Fn(usize, &mut Vec<u8>) -> Result<()> + Sync,
    mut write: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    /// Blocks of one core that may wait to be written.
    const AHEAD: usize = 4;

    let threads = num_threads().min(count);
    // Memory of blocks that have been written.
    let spares = RefCell::new(Vec::new());
    let mut indices = 0..count;
    let next = || Ok(indices.next().map(|index| (index, spares.borrow_mut().pop().unwrap_or_default())));
    let make = |(index, mut block): (usize, Vec<u8>)| {
        block.clear();
        make(index, &mut block).map(|()| block)
    };
    ordered(threads, threads * AHEAD, next, make, |block| {
        let block = block?;
        write(&block)?;
        spares.borrow_mut().push(block);
        Ok(ControlFlow::Continue(()))
    })
}

/// The approximate number of values per block: a few hundred KiB of text, which stay in a core's cache.
const BLOCK: usize = 1 << 14;

/// An array and the format of its rows.
pub(crate) struct RowPrinter<'a> {
    layout: RowsLayout,
    bytes: &'a [u8],
    format: TextFormat,
    /// The columns of a row.
    column_groups: Vec<ColumnGroup>,
    newline: &'a str,
    /// The whole format, for errors.
    text: String,
}

impl<'a> RowPrinter<'a> {
    /// # Errors
    /// If a row does not go into the format.
    pub(crate) fn new(
        layout: RowsLayout,
        bytes: &'a [u8],
        text: String,
        newline: &'a str,
    ) -> Result<Self, TextError> {
        // Python reads the format with the first row.
        let format = if layout.count > 0 { TextFormat::parse(&text)? } else { TextFormat::default() };
        if layout.count > 0 && format.parts.len() != layout.columns.len() {
            return Err(TextError::Mismatch { dtype: layout.dtype.to_string(), format: text });
        }
        let column_groups = column_groups(&layout.columns, &format);
        Ok(Self { layout, bytes, format, column_groups, newline, text })
    }

    /// Rows of one block.
    fn block(&self) -> usize {
        (BLOCK / self.layout.columns.len().max(1)).max(1)
    }

    pub(crate) fn blocks(&self) -> usize {
        self.layout.count.div_ceil(self.block())
    }

    /// Appends a block's text.
    ///
    /// # Errors
    /// If a value does not go into its format.
    pub(crate) fn print(&self, block: usize, out: &mut Vec<u8>) -> Result<(), TextError> {
        let first = block * self.block();
        let mut buffer = OutBuffer::new(out);
        for row in first..first.saturating_add(self.block()).min(self.layout.count) {
            let start = buffer.len();
            let bytes = self.bytes.get(row * self.layout.row_stride..).unwrap_or_default();
            for run in &self.column_groups {
                self.run(run, bytes, &mut buffer)?;
            }
            buffer.push(self.format.rest.as_bytes());
            buffer.push(self.newline.as_bytes());
            if self.layout.is_complex {
                buffer.with(|out| drop_plus(out, start));
            }
        }
        Ok(())
    }

    /// Appends some columns of the row that starts with `bytes`.
    fn run(&self, run: &ColumnGroup, bytes: &[u8], buffer: &mut OutBuffer<'_>) -> Result<(), TextError> {
        let bytes = bytes.get(run.offset..).unwrap_or_default();
        buffer.push(self.before(run.first));
        let mut place = 0;
        loop {
            if let Some(direct) = &run.direct {
                place = direct.write(bytes, run.step, place..run.count, buffer);
            }
            if place >= run.count {
                return Ok(());
            }
            if place > 0 {
                buffer.push(self.before(run.first + place));
            }
            let value = bytes.get(place * run.step..).and_then(|rest| rest.get(..run.scalar.itemsize()));
            buffer.with(|out| self.value(out, value.unwrap_or_default(), run))?;
            place += 1;
        }
    }

    /// The text before a column.
    fn before(&self, column: usize) -> &[u8] {
        self.format.parts.get(column).map_or(b"", |(before, _)| before.as_bytes())
    }

    /// Appends any value.
    fn value(&self, out: &mut Vec<u8>, bytes: &[u8], run: &ColumnGroup) -> Result<(), TextError> {
        let unprintable = || TextError::unprintable(&self.layout.dtype);
        let value = printed(bytes, run.scalar).ok_or_else(unprintable)?;
        run.spec.print(out, &value).map_err(|fault| self.error(fault))
    }

    fn error(&self, fault: FormatFault) -> TextError {
        match fault {
            FormatFault::Mismatch => {
                TextError::Mismatch { dtype: self.layout.dtype.to_string(), format: self.text.clone() }
            }
            FormatFault::Nan => TextError::NanToInteger,
            FormatFault::Infinity => TextError::InfinityToInteger,
            FormatFault::NoCharacter => TextError::NoCharacter,
        }
    }
}

/// Makes `+-` in a row of complex numbers `-`.
fn drop_plus(out: &mut Vec<u8>, start: usize) {
    let row = out.get(start..).unwrap_or_default();
    let drops = |pair: &[u8]| pair == b"+-";
    if row.windows(2).any(drops) {
        let next = row.iter().skip(1).chain(&[0]);
        let kept: Vec<u8> =
            row.iter().zip(next).filter(|&(&a, &b)| !drops(&[a, b])).map(|(&byte, _)| byte).collect();
        out.truncate(start);
        out.extend_from_slice(&kept);
    }
}

/// One value of a row and its offset; each part of a complex number is one.
pub(crate) struct ColumnPosition {
    pub(crate) scalar: Scalar,
    pub(crate) offset: usize,
}

/// An array's rows, and what is in each.
pub(crate) struct RowsLayout {
    /// The number of rows.
    pub(crate) count: usize,
    pub(crate) row_stride: usize,
    pub(crate) columns: Vec<ColumnPosition>,
    /// The values of a row, a complex number being one.
    pub(crate) fields: usize,
    pub(crate) is_complex: bool,
    pub(crate) dtype: DType,
}

impl RowsLayout {
    /// # Errors
    /// If the array does not have one or two axes, or has elements that are not printed.
    pub(crate) fn new(array: &dyn ArrayLike) -> Result<Self> {
        let (dtype, shape) = (array.dtype(), array.shape());
        let itemsize = dtype.itemsize();
        let (count, width) = match *shape {
            [count] => (count, 1),
            [count, width] if dtype.as_record().is_none() => (count, width),
            [_, _] => return Err(TextError::unprintable(&dtype).into()),
            _ => return Err(TextError::Rank(shape.len()).into()),
        };
        let (row_stride, step) = match array.order() {
            Order::C => (itemsize.saturating_mul(width), itemsize),
            Order::Fortran => (itemsize, itemsize.saturating_mul(count)),
        };
        let mut fields: Vec<(DType, usize)> = Vec::new();
        match dtype.as_record() {
            Some(record) => {
                fields.extend(record.fields().iter().map(|field| (field.dtype.clone(), field.offset)));
            }
            None => {
                // Where there are no rows, or elements have no bytes, columns cost a file nothing.
                let described = if count == 0 { width.min(1) } else { width };
                reserve(&mut fields, described)?;
                fields.extend((0..described).map(|column| (dtype.clone(), column * step)));
            }
        }
        let is_complex = dtype.as_scalar().is_some_and(|scalar| matches!(scalar, Scalar::Complex(..)));
        let mut columns = Vec::new();
        reserve(&mut columns, fields.len().saturating_mul(if is_complex { 2 } else { 1 }))?;
        for (dtype, offset) in &fields {
            let unprintable = || TextError::unprintable(dtype);
            let scalar = dtype.as_scalar().ok_or_else(unprintable)?;
            if matches!(scalar, Scalar::Complex(..)) && !is_complex {
                return Err(unprintable().into());
            }
            match scalar {
                Scalar::Complex(width, order) => {
                    let (part, size) = (Scalar::Float(width.part(), order), width.part().bytes());
                    columns.extend([0, size].map(|at| ColumnPosition { scalar: part, offset: offset + at }));
                }
                _ => columns.push(ColumnPosition { scalar, offset: *offset }),
            }
        }
        let fields = if dtype.as_record().is_some() { fields.len() } else { width };
        Ok(Self { count, row_stride, columns, fields, is_complex, dtype })
    }
}

/// The most columns written at once, into capacity reserved for all of them.
const MOST: usize = 64;
/// Some columns of one dtype and format, with one distance and one text between them.
pub(crate) struct ColumnGroup {
    /// The number of the first column.
    pub(crate) first: usize,
    pub(crate) count: usize,
    pub(crate) scalar: Scalar,
    pub(crate) spec: ConversionSpec,
    /// The offset of the first value in a row.
    pub(crate) offset: usize,
    /// The distance between values.
    pub(crate) step: usize,
    /// The fast path; `None` for columns that take [`ConversionSpec::print`].
    pub(crate) direct: Option<FastColumn>,
}

/// The columns of a row, in order.
pub(crate) fn column_groups(columns: &[ColumnPosition], format: &TextFormat) -> Vec<ColumnGroup> {
    let mut column_groups = Vec::new();
    let mut first = 0;
    while let (Some(columns @ [start, ..]), Some(parts @ [(_, spec), ..])) =
        (columns.get(first..), format.parts.get(first..))
    {
        let AlikeColumns { count, step, between } = AlikeColumns::of(columns, parts);
        let direct = direct(start.scalar, spec, between);
        column_groups.push(ColumnGroup {
            first,
            count,
            scalar: start.scalar,
            spec: spec.clone(),
            offset: start.offset,
            step,
            direct,
        });
        first += count;
    }
    column_groups
}

/// The number of columns that are as the first one, and the text between them.
struct AlikeColumns {
    count: usize,
    step: usize,
    between: SeparatorWord,
}

impl AlikeColumns {
    fn of(columns: &[ColumnPosition], parts: &[(String, ConversionSpec)]) -> Self {
        let alone = Self { count: 1, step: 0, between: SeparatorWord::default() };
        let ([first, second, ..], [(_, spec), (text, _), ..]) = (columns, parts) else { return alone };
        let (Some(step), Some(between)) = (second.offset.checked_sub(first.offset), SeparatorWord::new(text))
        else {
            return alone;
        };
        let followers = columns.iter().zip(parts).zip(0..MOST).skip(1);
        let alike = followers.take_while(|((column, (before, follower)), place)| {
            column.scalar == first.scalar
                && column.offset == first.offset + place * step
                && before == text
                && follower == spec
        });
        Self { count: 1 + alike.count(), step, between }
    }
}

/// The writer of elements of `scalar` in `spec` straight from memory, if possible.
fn direct(scalar: Scalar, spec: &ConversionSpec, between: SeparatorWord) -> Option<FastColumn> {
    if scalar.byte_order().is_some_and(|order| order != ByteOrder::NATIVE) {
        return None;
    }
    dispatch_scalar!(scalar,
        int(T, _) => FastColumn::new::<T>(spec, between),
        float(T, _) => FastColumn::new::<T>(spec, between),
        _ => None,
    )
}

/// The value in `bytes`, an element of `scalar`. `None` for elements that are not printed.
#[inline]
pub(crate) fn printed(bytes: &[u8], scalar: Scalar) -> Option<PrintValue> {
    Some(dispatch_scalar!(scalar,
        int(T, order) => PrintValue::Int(T::from_ne_bytes(native(bytes, order)?).into()),
        Scalar::Bool => PrintValue::Bool(*bytes.first()? != 0),
        Scalar::Float(FloatWidth::Bits16, order) => {
            PrintValue::Float(f16::from_ne_bytes(native(bytes, order)?).to_f64(), FloatFormat::HALF)
        }
        Scalar::Float(FloatWidth::Bits32, order) => {
            PrintValue::Float(f32::from_ne_bytes(native(bytes, order)?).into(), FloatFormat::SINGLE)
        }
        Scalar::Float(FloatWidth::Bits64, order) => {
            PrintValue::Float(f64::from_ne_bytes(native(bytes, order)?), FloatFormat::DOUBLE)
        }
        Scalar::Str(_, order) => {
            let (units, _) = bytes.as_chunks::<4>();
            let code = |unit: &[u8; 4]| native(unit, order).map(u32::from_ne_bytes);
            let mut codes = units.iter().map(code).collect::<Option<Vec<_>>>()?;
            codes.truncate(codes.iter().rposition(|&code| code != 0).map_or(0, |last| last + 1));
            PrintValue::Text(codes.into_iter().map(char::from_u32).collect::<Option<String>>()?)
        }
        Scalar::Bytes(_) => {
            let len = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            let mut text = String::new();
            crate::repr::bytes(&mut text, bytes.get(..len)?).ok()?;
            PrintValue::Text(text)
        }
        Scalar::Datetime(unit, order) => {
            PrintValue::Text(datetime_text(i64::from_ne_bytes(native(bytes, order)?), unit))
        }
        Scalar::Timedelta(unit, order) => {
            PrintValue::Text(timedelta_text(i64::from_ne_bytes(native(bytes, order)?), unit))
        }
        Scalar::Float(FloatWidth::Bits128, order) => {
            PrintValue::LongDouble(LongDouble::from_ne_bytes(native(bytes, order)?))
        }
        Scalar::Complex(..) | Scalar::Void(_) | Scalar::Object => {
            return None;
        }
    ))
}

#[inline]
fn native<const N: usize>(bytes: &[u8], order: ByteOrder) -> Option<[u8; N]> {
    let mut bytes = <[u8; N]>::try_from(bytes).ok()?;
    if order != ByteOrder::NATIVE {
        bytes.reverse();
    }
    Some(bytes)
}
