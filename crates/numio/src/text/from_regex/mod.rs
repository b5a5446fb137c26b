//! `numpy.fromregex`.

mod error;
mod find;
mod settled;
#[cfg(test)]
mod tests;
mod window;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use self::error::Fault;
use self::find::Finder;
use self::window::{PIECE, Window};
use super::assemble::gather;
use super::columns::{Cell, flatten};
use super::encoding::{Decoder, Encoding};
use super::error::TextError;
use super::genfromtxt::assign;
use super::open::open;
use super::piece::Cells;
use crate::array::{Data, Layout, byte_len};
use crate::parallel::{RunOptions, check, run_options};
use crate::{DType, DynArray, Error, Limits, Order, Result};

/// Makes a structured array of a regular expression's matches, a field for each group: `numpy.fromregex`, of the file at
/// `path`, in UTF-8.
///
/// ```
/// use numio::{DType, text::from_regex};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("test.dat");
/// std::fs::write(&path, "1312 foo\n1534  bar\n444   qux")?;
/// let array = from_regex(&path, r"(\d+)\s+(...)", &DType::parse("i8, S3")?)?;
/// assert_eq!(array.field("f0")?.to_array::<i64, ndarray::Ix1>()?.to_vec(), [1312, 1534, 444]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`FromRegex::new`] and [`FromRegex::load`].
pub fn from_regex(path: impl AsRef<Path>, pattern: &str, dtype: &DType) -> Result<DynArray> {
    FromRegex::new(pattern, dtype)?.load(path)
}

/// Reads texts of any form by a regular expression: `numpy.fromregex` with each of its parameters.
///
/// ```
/// use numio::{DType, text::FromRegex};
///
/// let reader = FromRegex::new(r"(\w+)=(-?\d+)", &DType::parse("U4, i4")?)?;
/// let array = reader.parse("x=3; y=4")?;
/// assert_eq!(array.to_string(), "[('x', 3) ('y', 4)]");
/// # Ok::<(), numio::Error>(())
/// ```
///
/// - The expressions are those of the crate [`regex`]: Python's, but for lookaround and back references, which make the time
///   unbounded that a file may take. `\d`, `\w`, `\s` and `.` are Unicode's, as in Python; `$` stands for the very end of the
///   text, which in Python may be followed by a line end.
/// - A match is a row. Its groups are the fields, or all of it is the only one where there is no group; a group that took no
///   part is an empty text. A text becomes a value by Python's `int`, `float` and `complex`, which take blanks around and
///   underscores between digits; a `bool` is whether there is any text; a subarray is filled with the one value.
///   Where it is the only field NumPy adds an axis, which is not done here.
/// - Of the text only that is held which may still belong to a match: a few MiB, unless the expression goes on over line ends
///   without an end, as `(?s).*` does; of an expression whose automaton takes more than 10 MiB, all. NumPy holds all of it
///   always.
#[derive(Debug, Clone)]
pub struct FromRegex {
    finder: Finder,
    dtype: DType,
    fields: Vec<Vec<Cell>>,
    encoding: Encoding,
    limits: Limits,
    run: RunOptions,
}

impl FromRegex {
    /// # Errors
    /// `InvalidInput` for an expression that is none, or a dtype that is not structured; `Unsupported` for one of Python's
    /// that is not known here, and for fields that no text gives.
    pub fn new(pattern: &str, dtype: &DType) -> Result<Self> {
        let finder = Finder::new(pattern)?;
        let record = dtype.as_record().ok_or(Fault::Plain)?;
        let mut fields = Vec::new();
        for field in record.fields() {
            let base = match &field.dtype {
                DType::Subarray(subarray) => subarray.base(),
                dtype => dtype,
            };
            if base.as_record().is_some() {
                return Err(TextError::Unsupported(field.dtype.to_string()).into());
            }
            let mut cells = Vec::new();
            flatten(&field.dtype, &mut cells)?;
            cells.iter_mut().for_each(|cell| cell.offset += field.offset);
            fields.push(cells);
        }
        let (encoding, limits, run) = (Encoding::default(), Limits::default(), RunOptions::default());
        Ok(Self { finder, dtype: dtype.clone(), fields, encoding, limits, run })
    }

    /// The encoding of the text; default UTF-8.
    pub fn encoding(&mut self, encoding: Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    run_options!(run);

    /// What the text may cost: [`Limits::max_array_bytes`] bounds the array, and the text that may belong to one
    /// match.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Reads the file at `path`, found and unpacked as by [`LoadTxt::load`](super::LoadTxt::load). Every line end in it
    /// is `\n` to the expression, as in Python.
    ///
    /// # Errors
    /// `Io` where the file cannot be read; `Encoding` for bytes that are no text; `InvalidData` for a group that is no value of
    /// its field; `InvalidInput` for another number of groups than of fields; `LimitExceeded` where the text or the array is too large.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<DynArray> {
        let path = path.as_ref();
        let load = || {
            let text = open(path, self.encoding, &self.limits)?;
            self.rows(Window::new(text, true, self.limits.max_array_bytes))
        };
        load().map_err(|error: Error| error.with_path(path))
    }

    /// Reads all that `input` gives, line ends as they are.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn read(&self, input: impl Read) -> Result<DynArray> {
        let text = Decoder::new(Box::new(input), self.encoding);
        self.rows(Window::new(text, false, self.limits.max_array_bytes))
    }

    /// Reads a text in memory, which is in the [`encoding`](Self::encoding) asked for.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(&self, text: impl AsRef<[u8]>) -> Result<DynArray> {
        self.read(text.as_ref())
    }

    fn rows(&self, window: Window<'_>) -> Result<DynArray> {
        self.run.run(|| self.read_rows(window))
    }

    fn read_rows(&self, mut window: Window<'_>) -> Result<DynArray> {
        let (size, limit) = (self.dtype.itemsize(), self.limits.max_array_bytes);
        let (mut rows, mut chunks, mut chunk) = (0_usize, Vec::new(), Vec::new());
        self.finder.each(&mut window, |groups, offset| {
            let (found, wanted) = (groups.len(), self.fields.len());
            if found != wanted {
                return Err(Fault::Groups { found, wanted }.into());
            }
            if chunk.len() + size > PIECE {
                chunks.push(Cells::Fixed(std::mem::take(&mut chunk)));
            }
            let bytes = (rows as u64 + 1).saturating_mul(size as u64);
            if bytes > limit {
                return Err(TextError::TooLarge { bytes, limit }.into());
            }
            let start = chunk.len();
            chunk.resize(start + size, 0);
            self.row(groups, chunk.get_mut(start..).unwrap_or_default())
                .map_err(|(group, why)| Error::from(Fault::Unfit { why, row: rows, group }).at(offset))?;
            rows += 1;
            if rows.is_multiple_of(256) {
                check()?;
            }
            Ok(())
        })?;
        chunks.push(Cells::Fixed(chunk));
        let len = byte_len(&[rows], size)?;
        let data = Data::Owned(Arc::new(gather(&self.dtype, None, chunks, len)?));
        Ok(DynArray::from_parts(self.dtype.clone(), Layout::contiguous(&[rows], size, Order::C), data))
    }

    /// Fills an element; where that fails, the group, from 1, and why.
    fn row(&self, groups: &[&str], element: &mut [u8]) -> Result<(), (usize, String)> {
        for (group, (cells, text)) in self.fields.iter().zip(groups).enumerate() {
            for Cell { scalar, offset } in cells {
                let out = element.get_mut(*offset..).and_then(|rest| rest.get_mut(..scalar.itemsize()));
                assign(text, *scalar, out.unwrap_or_default()).map_err(|why| (group + 1, why))?;
            }
        }
        Ok(())
    }
}
