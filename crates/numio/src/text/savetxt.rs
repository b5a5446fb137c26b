//! `numpy.savetxt`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use super::encoding::Encoding;
use super::error::TextError;
use super::layout::Layout;
use super::packer::Packer;
use super::rows::Rows;
use crate::parallel::{RunOptions, num_threads, ordered, run_options};
use crate::source::AtomicFile;
use crate::{ArrayLike, Result};

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
    run: RunOptions,
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
            run: RunOptions::default(),
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

    run_options!(run);

    /// Writes `array` to the file at `path`, which is replaced when the text is whole, and else stays as it was. It is
    /// packed where its suffix is `.gz`, `.bz2`, `.xz`, `.lzma` (which is xz too, as Python writes it) or `.zst`.
    ///
    /// # Errors
    /// `InvalidInput` where the array has not one or two axes or does not go into the format; `Encoding` for characters that
    /// the encoding does not have; `Unsupported` for elements that have no text; `Io`
    /// where writing fails.
    pub fn save(&self, path: impl AsRef<Path>, array: &impl ArrayLike) -> Result<()> {
        let path = path.as_ref();
        let save = || {
            let mut packer = Packer::new(AtomicFile::create(path)?, path)?;
            self.run.run(|| self.print(&mut packer, array))?;
            packer.finish()?.commit().map(drop)
        };
        save().map_err(|error| error.with_path(path))
    }

    /// Writes `array` to `out`.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub fn write(&self, out: impl Write, array: &impl ArrayLike) -> Result<()> {
        self.run.run(|| self.print(out, array))
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
        let layout = Layout::new(array)?;
        let format = self.whole_format(layout.fields, layout.is_complex)?;
        let rows = Rows::new(layout, &bytes, format, &self.newline)?;
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

    /// A header or a footer as it stands in the file.
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
    fn whole_format(&self, columns: usize, is_complex: bool) -> Result<String, TextError> {
        let fmt = match &self.fmt {
            Fmt::Columns(fmts) if fmts.len() == columns => return Ok(fmts.join(&self.delimiter)),
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
                Ok(vec![one; columns].join(&self.delimiter))
            }
            found if found == wanted => Ok(fmt.clone()),
            _ => Err(TextError::FormatCount(fmt.clone())),
        }
    }
}

/// Has blocks `0..count` made on all cores, each appended to an empty buffer, and hands them to `write` in order.
///
/// # Errors
/// The first of either, in the order of the blocks.
fn write_blocks(
    count: usize,
    make: impl Fn(usize, &mut Vec<u8>) -> Result<()> + Sync,
    mut write: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    /// How many blocks of one core may wait to be written.
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
