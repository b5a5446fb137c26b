//! Errors of texts, with NumPy's messages where it has them.

use std::fmt;
use std::io;

use crate::compression::CompressionError;
use crate::error::{Cause, ExceptionClass};
use crate::{DType, Error, ErrorKind, Scalar, repr};

#[derive(Debug)]
pub(crate) enum TextError {
    EmptyComment,
    /// The comments, and the delimiter that is among them.
    CommentIsDelimiter(Vec<String>, String),
    CommentsAndQuote,
    NewlineMark(&'static str),
    SameMarks(&'static str, &'static str),
    LongMark(String),
    Ndmin(usize),
    /// A subarray as the dtype of the whole.
    Subarray,
    /// A dtype that no match of a regular expression can become.
    #[cfg(feature = "regex")]
    Unsupported(String),
    TooManyFields(usize),
    UsecolsFields {
        usecols: usize,
        fields: usize,
    },
    ConverterColumn {
        column: isize,
        fields: usize,
    },
    /// Rows count from 0 here and columns from 1, as in NumPy. `why` is the converter's error.
    Convert {
        found: String,
        dtype: String,
        row: u64,
        column: usize,
        why: Option<Error>,
    },
    /// Rows count from 1 from here on.
    Ragged {
        before: usize,
        found: usize,
        row: u64,
    },
    DTypeColumns {
        wanted: usize,
        found: usize,
        row: u64,
    },
    NoColumn {
        index: isize,
        row: u64,
        columns: usize,
    },
    EmbeddedNewline,
    UnknownEncoding(String),
    Undecodable {
        codec: &'static str,
        byte: u8,
        row: u64,
    },
    UndecodableLine {
        codec: &'static str,
        byte: u8,
        line: u64,
    },
    NoMark(&'static str),
    LongRow {
        limit: u64,
        row: u64,
    },
    WideRow {
        limit: u64,
        row: u64,
    },
    TooLarge {
        bytes: u64,
        limit: u64,
    },
    /// Strings that all have the length of the longest would be disproportionately large.
    Swollen {
        bytes: u64,
        read: u64,
    },
    /// The length of the longest string, which no dtype has.
    LongText(usize),
    /// A value that does not go into its format.
    Mismatch {
        dtype: String,
        format: String,
    },
    NanToInteger,
    InfinityToInteger,
    /// A format for names without a conversion for the number.
    NameFormat(String),
    WideFormat(usize),
    Conversion {
        letter: char,
        at: usize,
    },
    IncompleteFormat,
    FormatCount(String),
    FormatList(String),
    Rank(usize),
    /// A dtype whose elements are not printed, and the field that has it.
    Unprintable {
        dtype: String,
        advice: &'static str,
    },
    /// An integer that no character has as its number.
    NoCharacter,
    Unencodable {
        codec: &'static str,
        found: char,
    },
    /// Compressed data are truncated or damaged.
    Decompress {
        error: CompressionError,
        row: u64,
    },
    /// Reading failed.
    Read {
        error: io::Error,
        row: u64,
    },
}

impl TextError {
    /// The error for an array of this dtype, whose elements are not printed.
    pub(crate) fn unprintable(dtype: &DType) -> Self {
        let advice = match dtype.as_scalar() {
            Some(Scalar::Object) => "write it as JSON",
            Some(_) => "view it as another dtype, or write it as JSON",
            None => "save the fields one by one",
        };
        Self::Unprintable { dtype: dtype.to_string(), advice }
    }

    /// The error of reading a text, at a row that counts from 1.
    pub(crate) fn of_io(error: io::Error, row: u64) -> Error {
        match CompressionError::from_io(error) {
            Ok(fault) if fault.is_of_data() => Self::Decompress { error: fault, row }.into(),
            Ok(fault) => fault.into(),
            Err(error) => Self::Read { error, row }.into(),
        }
    }

    /// The same error with its row moved by `base` rows.
    pub(crate) fn moved(mut self, base: u64) -> Self {
        match &mut self {
            Self::Convert { row, .. }
            | Self::Ragged { row, .. }
            | Self::DTypeColumns { row, .. }
            | Self::NoColumn { row, .. } => *row = row.saturating_add(base),
            _ => {}
        }
        self
    }
}

impl Cause for TextError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Convert { .. }
            | Self::Ragged { .. }
            | Self::DTypeColumns { .. }
            | Self::NoColumn { .. }
            | Self::EmbeddedNewline => ErrorKind::InvalidData,
            #[cfg(feature = "regex")]
            Self::Unsupported(_) => ErrorKind::Unsupported,
            Self::UnknownEncoding(_) | Self::Unprintable { .. } => ErrorKind::Unsupported,
            Self::Undecodable { .. }
            | Self::UndecodableLine { .. }
            | Self::NoMark(_)
            | Self::Unencodable { .. } => ErrorKind::Encoding,
            Self::LongRow { .. }
            | Self::WideRow { .. }
            | Self::TooLarge { .. }
            | Self::Swollen { .. }
            | Self::TooManyFields(_)
            | Self::LongText(_) => ErrorKind::LimitExceeded,
            Self::Decompress { error, .. } => error.kind(),
            Self::Read { error, .. } => match error.kind() {
                io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                    ErrorKind::InvalidData
                }
                _ => ErrorKind::Io,
            },
            _ => ErrorKind::InvalidInput,
        }
    }

    fn exception(&self) -> Option<ExceptionClass> {
        match self {
            Self::UsecolsFields { .. } | Self::Mismatch { .. } => Some(ExceptionClass::Type),
            Self::InfinityToInteger | Self::NoCharacter => Some(ExceptionClass::Overflow),
            Self::FormatList(_) => Some(ExceptionClass::Attribute),
            Self::Decompress { error, .. } => error.exception(),
            _ => None,
        }
    }

    fn io_error(&self) -> Option<&io::Error> {
        match self {
            Self::Convert { why: Some(why), .. } => why.io_error(),
            Self::Read { error, .. } => Some(error),
            _ => None,
        }
    }

    fn cell(&self) -> (Option<u64>, Option<usize>) {
        match self {
            Self::Convert { row, column, .. } => (Some(row.saturating_add(1)), Some(*column)),
            Self::Ragged { row, .. }
            | Self::DTypeColumns { row, .. }
            | Self::NoColumn { row, .. }
            | Self::Undecodable { row, .. }
            | Self::LongRow { row, .. }
            | Self::WideRow { row, .. }
            | Self::Decompress { row, .. }
            | Self::Read { row, .. } => (Some(*row), None),
            _ => (None, None),
        }
    }

    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Decompress { error, .. } => Cause::source(error),
            _ => self.io_error().and_then(std::error::Error::source),
        }
    }
}

/// The start of Python's `repr` of a text, as C's `%.100R` prints it.
fn shortened(text: &str) -> String {
    let mut out = String::new();
    // More characters would be cut off anyway.
    let start: String = text.chars().take(101).collect();
    let _ = repr::str(&mut out, &start);
    out.chars().take(100).collect()
}

const USECOLS: &str = "use `usecols` to select a subset and avoid this error";

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyComment => f.write_str(
                "comments cannot be an empty string. Use comments=None to disable comments.",
            ),
            Self::CommentIsDelimiter(comments, delimiter) => {
                f.write_str("Comment characters '(")?;
                for (index, comment) in comments.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    repr::str(f, comment)?;
                }
                let comma = if comments.len() == 1 { "," } else { "" };
                write!(f, "{comma})' cannot include the delimiter '{delimiter}'")
            }
            Self::CommentsAndQuote => f.write_str(
                "when multiple comments or a multi-character comment is given, quotes are not supported.  In this \
                 case quotechar must be set to None.",
            ),
            Self::NewlineMark(name) => {
                write!(f, "control character '{name}' cannot be a newline (`\\r` or `\\n`).")
            }
            Self::SameMarks(one, other) => {
                write!(f, "The values for control characters '{one}' and '{other}' are incompatible")
            }
            Self::LongMark(text) => write!(
                f,
                "Text reading control character must be a single unicode character or None; but got: {}",
                shortened(text)
            ),
            Self::Ndmin(found) => write!(f, "Illegal value of ndmin keyword: {found}"),
            Self::Subarray => f.write_str(
                "a text has no subarrays as elements: make the dtype a structured one with one field, such as \
                 [('f0', '<i8', (2,))]",
            ),
            #[cfg(feature = "regex")]
            Self::Unsupported(dtype) => write!(f, "text is not read as {dtype}"),
            Self::TooManyFields(limit) => {
                write!(f, "the dtype has more than {limit} values in one element: read it in parts")
            }
            Self::UsecolsFields { usecols, fields } => write!(
                f,
                "If a structured dtype is used, the number of columns in `usecols` must match the effective number \
                 of fields. But {usecols} usecols were given and the number of fields is {fields}."
            ),
            Self::ConverterColumn { column, fields } => write!(
                f,
                "converter specified for column {column}, which is invalid for the number of fields {fields}."
            ),
            Self::Convert { found, dtype, row, column, why } => {
                let found = shortened(found);
                write!(f, "could not convert string {found} to {dtype} at row {row}, column {column}.")?;
                // The binding attaches the converter's exception itself and leaves the message empty.
                match why {
                    Some(why) if !why.message().is_empty() => write!(f, " (the converter: {why})"),
                    _ => Ok(()),
                }
            }
            Self::Ragged { before, found, row } => {
                write!(f, "the number of columns changed from {before} to {found} at row {row}; {USECOLS}")
            }
            Self::DTypeColumns { wanted, found, row } => write!(
                f,
                "the dtype passed requires {wanted} columns but {found} were found at row {row}; {USECOLS}"
            ),
            Self::NoColumn { index, row, columns } => {
                write!(f, "invalid column index {index} at row {row} with {columns} columns")
            }
            Self::EmbeddedNewline => f.write_str(
                "Found an unquoted embedded newline within a single line of input.  This is currently not supported.",
            ),
            Self::UnknownEncoding(name) => write!(
                f,
                "encoding {} is not supported: expected utf-8, utf-8-sig, latin1, ascii, or utf-16 or utf-32 with \
                 or without -le or -be",
                shortened(name)
            ),
            Self::Undecodable { codec, byte, row } => write!(
                f,
                "'{codec}' codec can't decode byte 0x{byte:02x} at row {row}: name the file's encoding"
            ),
            Self::UndecodableLine { codec, byte, line } => {
                write!(f, "line {line}: '{codec}' codec can't decode byte 0x{byte:02x}: name the text's encoding")
            }
            Self::NoMark(codec) => write!(f, "{codec} stream does not start with BOM"),
            Self::LongRow { limit, row } => write!(
                f,
                "row {row} is longer than {limit} bytes: expected a line end, or raise `limits.max_row_bytes`"
            ),
            Self::WideRow { limit, row } => {
                write!(f, "row {row} has more than {limit} fields: expected a line end, or raise `limits.max_row_fields`")
            }
            Self::Swollen { bytes, read } => write!(
                f,
                "the longest text would make all of them take {bytes} bytes, out of {read} bytes read: give the dtype a \
                 length, such as 'U100', or raise `limits.max_text_ratio`"
            ),
            Self::TooLarge { bytes, limit } => write!(
                f,
                "the rows read so far take {bytes} bytes, the limit is {limit}: raise `limits.max_array_bytes`"
            ),
            Self::LongText(longest) => {
                write!(f, "a field of {longest} characters is longer than an element can be")
            }
            Self::Mismatch { dtype, format } => {
                write!(f, "Mismatch between array dtype ('{dtype}') and format specifier ('{format}')")
            }
            Self::NanToInteger => f.write_str("cannot convert float NaN to integer"),
            Self::InfinityToInteger => f.write_str("cannot convert float infinity to integer"),
            Self::NameFormat(format) => {
                write!(f, "defaultfmt has no place for a number: expected such as 'f%i', found '{format}'")
            }
            Self::WideFormat(most) => write!(f, "a width or precision in the format is above {most}"),
            Self::Conversion { letter, at } => write!(
                f,
                "unsupported format character '{letter}' (0x{:x}) at index {at}",
                u32::from(*letter)
            ),
            Self::IncompleteFormat => f.write_str("incomplete format"),
            Self::FormatCount(format) => write!(f, "fmt has wrong number of % formats:  {format}"),
            Self::FormatList(formats) => write!(f, "fmt has wrong shape.  {formats}"),
            Self::Rank(found) => write!(f, "Expected 1D or 2D array, got {found}D array instead"),
            Self::Unprintable { dtype, advice } => write!(f, "{dtype} has no text: {advice}"),
            Self::NoCharacter => f.write_str("%c arg not in range(0x110000)"),
            Self::Unencodable { codec, found } => {
                write!(f, "'{codec}' codec can't encode character {found:?}: name another encoding")
            }
            Self::Decompress { error, row } => write!(f, "reading row {row}: {error}"),
            Self::Read { error, row } => write!(f, "reading row {row}: {error}"),
        }
    }
}
