//! `numpy.savetxt`.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;
use std::thread;

use super::encoding::Encoding;
use super::error::TextError;
use super::format::{Fault, Format};
use super::packed::{Packer, Packing};
use super::printed::printed;
use crate::source::AtomicFile;
use crate::{ArrayLike, DType, Order, Result, Scalar};

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
    fmt: Fmt,
    delimiter: String,
    newline: String,
    header: String,
    footer: String,
    comments: String,
    encoding: Encoding,
}

#[derive(Debug, Clone)]
enum Fmt {
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
            fmt: Fmt::One("%.18e".to_owned()),
            delimiter: " ".to_owned(),
            newline: "\n".to_owned(),
            header: String::new(),
            footer: String::new(),
            comments: "# ".to_owned(),
            encoding: Encoding::Utf8,
        }
    }

    /// One format for every column, or one for the whole row with a conversion for each; default `%.18e`.
    pub fn fmt(&mut self, fmt: impl Into<String>) -> &mut Self {
        self.fmt = Fmt::One(fmt.into());
        self
    }

    /// A format for each column.
    pub fn fmts<S: Into<String>>(&mut self, fmts: impl IntoIterator<Item = S>) -> &mut Self {
        self.fmt = Fmt::Columns(fmts.into_iter().map(Into::into).collect());
        self
    }

    /// What stands between two columns; default a blank.
    pub fn delimiter(&mut self, delimiter: impl Into<String>) -> &mut Self {
        self.delimiter = delimiter.into();
        self
    }

    /// What ends a row; default `\n`.
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

    /// What stands before each line of header and footer; default `# `.
    pub fn comments(&mut self, comments: impl Into<String>) -> &mut Self {
        self.comments = comments.into();
        self
    }

    /// The encoding of the text; default UTF-8.
    pub fn encoding(&mut self, encoding: Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    /// Writes `array` to the file at `path`, which is replaced when the text is whole, and else stays as it was. It is
    /// packed where its suffix is `.gz`, `.bz2`, `.xz`, `.lzma` (which is xz too, as Python writes it) or `.zst`.
    ///
    /// # Errors
    /// `Argument` where the array has not one or two axes or does not go into the format; `Encoding` for characters that
    /// the encoding does not have; `Unsupported` for elements that have no text; `Io`
    /// where writing fails.
    pub fn save(&self, path: impl AsRef<Path>, array: &impl ArrayLike) -> Result<()> {
        let path = path.as_ref();
        let save = || {
            let mut packer = Packer::new(AtomicFile::create(path)?, Packing::of(path))?;
            self.write(&mut packer, array)?;
            packer.finish()?.commit(false).map(drop)
        };
        save().map_err(|error| error.with_path(path))
    }

    /// Writes `array` to `out`.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub fn write(&self, mut out: impl Write, array: &impl ArrayLike) -> Result<()> {
        let bytes = match array.as_bytes() {
            Some(bytes) => Cow::Borrowed(bytes),
            None => {
                let mut bytes = Vec::new();
                array.write_to(&mut bytes)?;
                Cow::Owned(bytes)
            }
        };
        let rows = Rows::new(self, array, &bytes)?;
        let mut encoded = Vec::new();
        let mut is_start = true;
        let mut put = |text: &str| -> Result<()> {
            encoded.clear();
            self.encoding.encode(text, is_start, &mut encoded)?;
            is_start = false;
            Ok(out.write_all(&encoded)?)
        };
        if !self.header.is_empty() {
            put(&self.comment(&self.header))?;
        }
        rows.print(&mut put)?;
        if !self.footer.is_empty() {
            put(&self.comment(&self.footer))?;
        }
        Ok(out.flush()?)
    }

    fn comment(&self, text: &str) -> String {
        let lines = text.replace('\n', &format!("\n{}", self.comments));
        format!("{}{lines}{}", self.comments, self.newline)
    }
}

/// About as many values are printed in one go.
const BLOCK: usize = 1 << 16;

/// One value of a row: where it stands, and which part of it where it is complex.
struct Column {
    scalar: Scalar,
    offset: usize,
    part: usize,
}

/// An array and the format of its rows.
struct Rows<'a> {
    bytes: &'a [u8],
    count: usize,
    row_stride: usize,
    columns: Vec<Column>,
    format: Format,
    is_complex: bool,
    newline: &'a str,
    dtype: DType,
    /// The whole format, for errors.
    text: String,
}

impl<'a> Rows<'a> {
    fn new(options: &'a SaveTxt, array: &impl ArrayLike, bytes: &'a [u8]) -> Result<Self> {
        let (dtype, shape) = (array.dtype(), array.shape());
        let itemsize = dtype.itemsize();
        let (count, width) = match *shape {
            [count] => (count, 1),
            [count, width] if dtype.as_record().is_none() => (count, width),
            [_, _] => return Err(TextError::Unprintable { dtype: dtype.to_string() }.into()),
            _ => return Err(TextError::Rank(shape.len()).into()),
        };
        let (row_stride, step) = match array.order() {
            Order::C => (itemsize * width, itemsize),
            Order::Fortran => (itemsize, itemsize * count),
        };
        let fields: Vec<(DType, usize)> = match dtype.as_record() {
            Some(record) => record.fields().iter().map(|field| (field.dtype.clone(), field.offset)).collect(),
            None => (0..width).map(|column| (dtype.clone(), column * step)).collect(),
        };
        let is_complex = dtype.as_scalar().is_some_and(|scalar| matches!(scalar, Scalar::Complex(..)));
        let mut columns = Vec::new();
        for (dtype, offset) in &fields {
            let unprintable = || TextError::Unprintable { dtype: dtype.to_string() };
            let scalar = dtype.as_scalar().ok_or_else(unprintable)?;
            if matches!(scalar, Scalar::Complex(..)) && !is_complex {
                return Err(unprintable().into());
            }
            let parts = if is_complex { 2 } else { 1 };
            columns.extend((0..parts).map(|part| Column { scalar, offset: *offset, part }));
        }
        let text = whole_format(options, fields.len(), is_complex)?;
        // Python reads the format with the first row.
        let format = if count > 0 { Format::parse(&text)? } else { Format::default() };
        if count > 0 && format.parts.len() != columns.len() {
            return Err(TextError::Mismatch { dtype: dtype.to_string(), format: text }.into());
        }
        let newline = &options.newline;
        Ok(Self { bytes, count, row_stride, columns, format, is_complex, newline, dtype, text })
    }

    /// Prints all rows, on all cores where there are many.
    fn print(&self, put: &mut impl FnMut(&str) -> Result<()>) -> Result<()> {
        let block = (BLOCK / self.columns.len().max(1)).max(1);
        let starts: Vec<usize> = (0..self.count).step_by(block).collect();
        let print = |start: usize| self.print_rows(start..start.saturating_add(block).min(self.count));
        let workers = thread::available_parallelism().map_or(1, usize::from);
        for starts in starts.chunks(workers) {
            if let [start] = starts {
                put(&print(*start)?)?;
                continue;
            }
            let texts = thread::scope(|scope| {
                let running: Vec<_> = starts.iter().map(|&start| scope.spawn(move || print(start))).collect();
                running.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
            });
            for text in texts {
                // A thread of ours does not panic; if one did, this one would too.
                put(&text.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?)?;
            }
        }
        Ok(())
    }

    fn print_rows(&self, rows: std::ops::Range<usize>) -> Result<String> {
        let mut out = String::with_capacity(rows.len().saturating_mul(self.columns.len()).saturating_mul(16));
        for row in rows {
            let start = out.len();
            for (column, (before, spec)) in self.columns.iter().zip(&self.format.parts) {
                let unprintable = || TextError::Unprintable { dtype: self.dtype.to_string() };
                let at = row * self.row_stride + column.offset;
                let bytes = self.bytes.get(at..).and_then(|rest| rest.get(..column.scalar.itemsize()));
                let value = printed(bytes.unwrap_or_default(), column.scalar, column.part);
                out.push_str(before);
                spec.print(&mut out, &value.ok_or_else(unprintable)?).map_err(|fault| self.error(fault))?;
            }
            out.push_str(&self.format.rest);
            out.push_str(self.newline);
            if self.is_complex && out.get(start..).is_some_and(|row| row.contains("+-")) {
                let row = out.get(start..).unwrap_or_default().replace("+-", "-");
                out.truncate(start);
                out.push_str(&row);
            }
        }
        Ok(out)
    }

    fn error(&self, fault: Fault) -> TextError {
        match fault {
            Fault::Mismatch => {
                TextError::Mismatch { dtype: self.dtype.to_string(), format: self.text.clone() }
            }
            Fault::Nan => TextError::NotInteger("cannot convert float NaN to integer"),
            Fault::Infinity => TextError::NotInteger("cannot convert float infinity to integer"),
        }
    }
}

/// The format of a whole row, as NumPy puts it together.
fn whole_format(options: &SaveTxt, columns: usize, is_complex: bool) -> Result<String, TextError> {
    let fmt = match &options.fmt {
        Fmt::Columns(fmts) if fmts.len() == columns => return Ok(fmts.join(&options.delimiter)),
        Fmt::Columns(fmts) => {
            let mut text = String::new();
            for (index, fmt) in fmts.iter().enumerate() {
                text.push_str(if index == 0 { "[" } else { ", " });
                let _ = crate::repr::str(&mut text, fmt);
            }
            text.push_str(if fmts.is_empty() { "[]" } else { "]" });
            return Err(TextError::FormatList(text));
        }
        Fmt::One(fmt) => fmt,
    };
    let wanted = if is_complex { columns * 2 } else { columns };
    match fmt.matches('%').count() {
        1 => {
            let one = if is_complex { format!(" ({fmt}+{fmt}j)") } else { fmt.clone() };
            Ok(vec![one; columns].join(&options.delimiter))
        }
        found if found == wanted => Ok(fmt.clone()),
        _ => Err(TextError::FormatCount(fmt.clone())),
    }
}
