//! How a text is cut into fields: delimiter, comments, quote.

use super::error::TextError;
use crate::Result;

/// A checked set of control characters: no two mean the same, none is a line end.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    pub(super) delimiter: Delimiter,
    pub(super) comments: Comments,
    pub(super) quote: Option<char>,
    /// Whether every line end within quotes is read as a newline, as in files.
    pub(super) universal_newlines: bool,
}

/// What stands between two fields.
#[derive(Debug, Clone)]
pub(super) enum Delimiter {
    /// Any run of white space.
    Space,
    /// One character, in UTF-8.
    Char(Mark),
}

/// What starts a comment, which lasts to the end of the line.
#[derive(Debug, Clone)]
pub(super) enum Comments {
    None,
    Char(Mark),
    /// Several, or one of several characters. They hide from the quotes, which therefore cannot be had with them.
    Several(Vec<Vec<u8>>),
}

/// One character in UTF-8.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    bytes: [u8; 4],
    len: u8,
}

impl Mark {
    fn new(c: char) -> Self {
        let mut bytes = [0; 4];
        let len = c.encode_utf8(&mut bytes).len() as u8;
        Self { bytes, len }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The byte that it is, if it is only one.
    pub(super) fn ascii(&self) -> Option<u8> {
        let [first, ..] = self.bytes;
        (self.len == 1).then_some(first)
    }
}

impl Dialect {
    /// Checks what the caller asked for, as NumPy's `_read` and `readtext.c` do.
    ///
    /// # Errors
    /// `InvalidInput`, in NumPy's words.
    pub(super) fn new(delimiter: Option<&str>, comments: &[String], quote: Option<char>) -> Result<Self> {
        if comments.iter().any(String::is_empty) {
            return Err(TextError::EmptyComment.into());
        }
        let delimiter_char = delimiter.map(one_char).transpose();
        let single = match comments {
            [only] => one_char(only).ok(),
            _ => None,
        };
        let several = !comments.is_empty() && single.is_none();
        if several && let Some(delimiter) = delimiter.filter(|&text| comments.iter().any(|c| c == text)) {
            return Err(TextError::CommentIsDelimiter(comments.to_vec(), delimiter.to_owned()).into());
        }
        if several && quote.is_some() {
            return Err(TextError::CommentsAndQuote.into());
        }
        let delimiter = delimiter_char?;
        for (name, found, others) in [
            ("comment", single, [("quotechar", quote), ("delimiter", delimiter)].as_slice()),
            ("quotechar", quote, &[("delimiter", delimiter)]),
            ("delimiter", delimiter, &[]),
        ] {
            if found.is_none() {
                continue;
            }
            if matches!(found, Some('\r' | '\n')) {
                return Err(TextError::NewlineMark(name).into());
            }
            if let Some((other, _)) = others.iter().find(|(_, other)| *other == found) {
                return Err(TextError::SameMarks(name, other).into());
            }
        }
        let comments = match single {
            Some(c) => Comments::Char(Mark::new(c)),
            None if several => Comments::Several(comments.iter().map(|c| c.clone().into_bytes()).collect()),
            None => Comments::None,
        };
        let delimiter = delimiter.map_or(Delimiter::Space, |c| Delimiter::Char(Mark::new(c)));
        Ok(Self { delimiter, comments, quote, universal_newlines: true })
    }

    /// The part of a line before its comment. For lines without quotes.
    #[inline]
    pub(super) fn without_comment<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let end = match &self.comments {
            Comments::None => None,
            Comments::Char(mark) => match mark.ascii() {
                Some(byte) => memchr::memchr(byte, line),
                None => memchr::memmem::find(line, mark.bytes()),
            },
            Comments::Several(all) => all.iter().filter_map(|c| memchr::memmem::find(line, c)).min(),
        };
        end.and_then(|end| line.get(..end)).unwrap_or(line)
    }
}

fn one_char(text: &str) -> Result<char, TextError> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none()).ok_or_else(|| TextError::LongMark(text.to_owned()))
}
