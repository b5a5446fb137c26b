//! `numpy.fromregex`.

use std::fmt;
use std::io::Read;
use std::path::Path;

use regex::{Captures, Regex};

use super::columns::{Cell, flatten};
use super::encoding::{Decoder, Encoding};
use super::error::TextError;
use super::genfromtxt::assign;
use super::open::open;
use super::source::End;
use crate::error::Cause;
use crate::{DType, DynArray, Error, ErrorKind, Limits, Result};

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
/// - The whole text is held in memory, as in NumPy.
#[derive(Debug, Clone)]
pub struct FromRegex {
    pattern: Regex,
    dtype: DType,
    fields: Vec<Vec<Cell>>,
    encoding: Encoding,
    limits: Limits,
}

impl FromRegex {
    /// # Errors
    /// `Argument` for an expression that is none, or a dtype that is not structured; `Unsupported` for one of Python's
    /// that is not known here, and for fields that no text gives.
    pub fn new(pattern: &str, dtype: &DType) -> Result<Self> {
        let pattern = Regex::new(pattern).map_err(|error| Fault::Pattern(error.to_string()))?;
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
        let (encoding, limits) = (Encoding::default(), Limits::default());
        Ok(Self { pattern, dtype: dtype.clone(), fields, encoding, limits })
    }

    /// The encoding of the text; default UTF-8.
    pub fn encoding(&mut self, encoding: Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    /// What the text may cost: [`Limits::alloc_bytes`] bounds the text and the array, each.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Reads the file at `path`, found and unpacked as by [`LoadTxt::load`](super::LoadTxt::load). Every line end in it
    /// is `\n` to the expression, as in Python.
    ///
    /// # Errors
    /// `Io` where the file cannot be read; `Encoding` for bytes that are no text; `Format` for a group that is no value of
    /// its field; `Argument` for another number of groups than of fields; `Limit` where the text or the array is too large.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<DynArray> {
        let path = path.as_ref();
        let load = || {
            let text = self.text(open(path, self.encoding, &self.limits)?)?;
            self.rows(&if text.contains('\r') {
                text.replace("\r\n", "\n").replace('\r', "\n")
            } else {
                text
            })
        };
        load().map_err(|error: Error| error.with_path(path))
    }

    /// Reads all that `input` gives, line ends as they are.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn read(&self, input: impl Read) -> Result<DynArray> {
        self.rows(&self.text(Decoder::new(Box::new(input), self.encoding))?)
    }

    /// Reads a text in memory, which is in the [`encoding`](Self::encoding) asked for.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(&self, text: impl AsRef<[u8]>) -> Result<DynArray> {
        self.read(text.as_ref())
    }

    fn text(&self, mut input: Decoder<'_>) -> Result<String> {
        const PIECE: usize = 1 << 20;
        let mut text = Vec::new();
        loop {
            let goes_on = input.fill(&mut text, PIECE).map_err(|stop| {
                let rows = memchr::memchr_iter(b'\n', &text).count();
                End::Stopped(stop).into_error(rows as u64)
            })?;
            let (bytes, limit) = (text.len() as u64, self.limits.alloc_bytes);
            if bytes > limit {
                return Err(TextError::TooLarge { bytes, limit }.into());
            }
            if !goes_on {
                break;
            }
        }
        // What was decoded is UTF-8.
        Ok(String::from_utf8(text).unwrap_or_default())
    }

    fn rows(&self, text: &str) -> Result<DynArray> {
        let (size, groups) = (self.dtype.itemsize(), self.pattern.captures_len().saturating_sub(1));
        let mut bytes = Vec::new();
        let mut rows = 0;
        for found in self.pattern.captures_iter(text) {
            if groups.max(1) != self.fields.len() {
                return Err(Fault::Groups { found: groups.max(1), wanted: self.fields.len() }.into());
            }
            let start = bytes.len();
            bytes.resize(start + size, 0);
            if bytes.len() as u64 > self.limits.alloc_bytes {
                let (bytes, limit) = (bytes.len() as u64, self.limits.alloc_bytes);
                return Err(TextError::TooLarge { bytes, limit }.into());
            }
            self.row(&found, bytes.get_mut(start..).unwrap_or_default()).map_err(|(group, why)| {
                let offset = found.get(0).map_or(0, |whole| whole.start());
                Error::from(Fault::Unfit { why, row: rows, group }).at(offset as u64)
            })?;
            rows += 1;
        }
        DynArray::from_bytes(self.dtype.clone(), &[rows], &bytes)
    }

    /// Fills an element; where that fails, the group, from 1, and why.
    fn row(&self, found: &Captures<'_>, element: &mut [u8]) -> Result<(), (usize, String)> {
        let first = usize::from(found.len() > 1);
        for (group, cells) in self.fields.iter().enumerate() {
            let text = found.get(group + first).map_or("", |group| group.as_str());
            for Cell { scalar, offset } in cells {
                let out = element.get_mut(*offset..).and_then(|rest| rest.get_mut(..scalar.itemsize()));
                assign(text, *scalar, out.unwrap_or_default()).map_err(|why| (group + 1, why))?;
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
enum Fault {
    Pattern(String),
    Plain,
    Groups {
        found: usize,
        wanted: usize,
    },
    /// The match from 0, the group from 1.
    Unfit {
        why: String,
        row: usize,
        group: usize,
    },
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Pattern(why) if PYTHONS.iter().any(|known| why.contains(known)) => ErrorKind::Unsupported,
            Self::Unfit { .. } => ErrorKind::Format,
            _ => ErrorKind::Argument,
        }
    }
}

/// What the crate says of Python's expressions that it does not know.
const PYTHONS: [&str; 2] = ["look-around", "backreferences"];

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(why) if self.kind() == ErrorKind::Unsupported => {
                write!(f, "lookaround and back references, which Python knows, are not known here: {why}")
            }
            Self::Pattern(why) => write!(f, "no regular expression: {why}"),
            Self::Plain => f.write_str("dtype must be a structured datatype."),
            Self::Groups { found, wanted } => {
                write!(f, "could not assign tuple of length {found} to structure with {wanted} fields.")
            }
            Self::Unfit { why, row, group } => write!(f, "{why} (match {}, group {group})", row + 1),
        }
    }
}
