//! A text in blocks of whole rows.

use std::io::{self, Read};

use numio::{Error, ErrorKind, Result};

use super::fields::{Dialect, OpenQuote, RowScanner, line_ends};

/// The longest row, in bytes.
const LONGEST_ROW: usize = 1 << 30;

/// Whole rows, and the number of the file's line with which they start, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub text: Vec<u8>,
    pub line: u64,
}

/// Cuts a reader's bytes into blocks that end after line ends.
pub struct Blocks {
    reader: Box<dyn Read>,
    /// Set if quotes may hide line ends.
    dialect: Option<Dialect>,
    /// What starts a line that is no row; empty for nothing.
    comments: String,
    /// The bytes after the last cut.
    rest: Vec<u8>,
    /// The memory of a block that is no longer needed.
    spare: Vec<u8>,
    /// The number of the line at which the rest starts.
    line: u64,
    /// The approximate length of a block.
    size: usize,
    /// The number of rows at the end that are left out.
    footer: usize,
    is_over: bool,
}

impl Blocks {
    pub fn new(reader: Box<dyn Read>, size: usize, dialect: Option<&Dialect>, footer: usize) -> Self {
        let comments = dialect.map_or_else(String::new, |dialect| dialect.comments.clone());
        let dialect = dialect.filter(|dialect| dialect.quote.is_some()).cloned();
        Self {
            reader,
            dialect,
            comments,
            rest: Vec::new(),
            spare: Vec::new(),
            line: 1,
            size,
            footer,
            is_over: false,
        }
    }

    /// The next block; `None` at the end.
    ///
    /// # Errors
    /// `Io`; `LimitExceeded` for a row that does not end; `InvalidData` for a quote that does not.
    pub fn next(&mut self) -> Result<Option<Block>> {
        let mut text = std::mem::take(&mut self.spare);
        text.clear();
        text.append(&mut self.rest);
        let mut scanner = RowScanner::new();
        loop {
            if !self.is_over {
                let wanted = self.size.saturating_sub(text.len()).max(self.size / 2 + 1);
                // One more byte, so that reading to the end does not double the capacity to find out that it is there.
                text.try_reserve(wanted + 1).map_err(io::Error::from)?;
                let found = (&mut self.reader).take(wanted as u64).read_to_end(&mut text)?;
                self.is_over = found < wanted;
            }
            let end = self.end(&text, &mut scanner)?;
            if end > 0 {
                self.rest.extend_from_slice(text.get(end..).unwrap_or_default());
                text.truncate(end);
                return Ok(Some(self.block(text)));
            }
            if self.is_over {
                self.rest.clear();
                return Ok(None);
            }
            if text.len() > LONGEST_ROW {
                let what = format!("line {}: the row is longer than 1 GiB: a line end is missing", self.line);
                return Err(Error::new(ErrorKind::LimitExceeded, what));
            }
        }
    }

    fn block(&mut self, text: Vec<u8>) -> Block {
        let line = self.line;
        self.line += line_ends(&text);
        Block { text, line }
    }

    /// The end of the last row that can be returned.
    fn end(&self, text: &[u8], scanner: &mut RowScanner) -> Result<usize> {
        if let Some((dialect, quote)) = self.dialect.as_ref().and_then(|it| Some((it, it.quote?)))
            && memchr::memmem::find(text, quote.encode_utf8(&mut [0; 4]).as_bytes()).is_some()
        {
            scanner.scan(dialect, text, self.is_over).map_err(|open| self.open_quote(text, open, quote))?;
            // A last row without a line end counts too.
            if self.is_over && scanner.ends.last() != Some(&text.len()) && !text.is_empty() {
                scanner.ends.push(text.len());
            }
            let ends = scanner.ends.iter().rev().copied();
            return Ok(self.before_footer(text, ends.chain([0])));
        }
        let last = if self.is_over { Some(text.len()) } else { last_line_end(text) };
        let ends = std::iter::successors(last, |&end| {
            let before = text.get(..end.saturating_sub(1)).filter(|_| end > 0)?;
            Some(last_line_end(before).unwrap_or(0))
        });
        Ok(self.before_footer(text, ends))
    }

    /// The end of the rows before the footer, of the ends of lines or rows from the last on, and the text's start. Empty lines
    /// and comments are no rows.
    fn before_footer(&self, text: &[u8], mut ends: impl Iterator<Item = usize>) -> usize {
        let mut end = ends.next().unwrap_or(0);
        let mut left = self.footer;
        while left > 0 && end > 0 {
            let start = ends.next().unwrap_or(0);
            let row = text.get(start..end).unwrap_or_default().trim_ascii_start();
            let is_comment = !self.comments.is_empty() && row.starts_with(self.comments.as_bytes());
            left -= usize::from(!row.is_empty() && !is_comment);
            end = start;
        }
        end
    }

    fn open_quote(&self, text: &[u8], open: OpenQuote, quote: char) -> Error {
        let before = text.get(..open.at).unwrap_or_default();
        let start = before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
        let before = before.get(start..).unwrap_or_default();
        let delimiter = self.dialect.as_ref().and_then(|dialect| dialect.delimiter);
        let column = match delimiter {
            Some(delimiter) => String::from_utf8_lossy(before).matches(delimiter).count() + 1,
            None => before.split(u8::is_ascii_whitespace).filter(|part| !part.is_empty()).count() + 1,
        };
        let line = self.line + open.line;
        let how = match open.continued {
            None => "is never closed".to_owned(),
            Some(other) => format!("is closed in line {}, and the field goes on after it", self.line + other),
        };
        let what = format!(
            "line {line}, column {column}: a quote {quote} opens a field and {how}: where fields merely start with it, \
             add --quote ''"
        );
        Error::new(ErrorKind::InvalidData, what)
    }

    /// Takes out the first line, without its line end, whatever its content. `None` at the end.
    ///
    /// # Errors
    /// `Io`; `LimitExceeded` for a line that does not end.
    pub fn line(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            let end = memchr::memchr2(b'\n', b'\r', &self.rest);
            let is_sure = end.is_some_and(|end| self.is_over || end + 1 < self.rest.len());
            if is_sure || self.is_over {
                if self.rest.is_empty() {
                    return Ok(None);
                }
                let end = end.unwrap_or(self.rest.len());
                let more =
                    if self.rest.get(end..).is_some_and(|rest| rest.starts_with(b"\r\n")) { 2 } else { 1 };
                let after = self.rest.split_off((end + more).min(self.rest.len()));
                let mut line = std::mem::replace(&mut self.rest, after);
                line.truncate(end);
                self.line += 1;
                return Ok(Some(line));
            }
            if self.rest.len() > LONGEST_ROW {
                let what = format!("line {} is longer than 1 GiB", self.line);
                return Err(Error::new(ErrorKind::LimitExceeded, what));
            }
            let wanted = self.size.max(self.rest.len());
            let found = (&mut self.reader).take(wanted as u64).read_to_end(&mut self.rest)?;
            self.is_over = found < wanted;
        }
    }

    /// Takes the memory of a block for the next one.
    pub fn reuse(&mut self, block: Block) {
        self.spare = block.text;
    }

    /// Puts back the block that [`next`](Self::next) returned last, or its end.
    pub fn put_back(&mut self, block: Block) {
        self.line = block.line;
        let mut text = block.text;
        text.append(&mut self.rest);
        self.rest = text;
    }
}

/// The end of the last line that is surely complete: a return at the end may be followed by its newline.
fn last_line_end(text: &[u8]) -> Option<usize> {
    memchr::memrchr(b'\n', text).map(|at| at + 1).or_else(|| {
        let sure = text.split_last().map_or(&[][..], |(_, before)| before);
        memchr::memrchr(b'\r', sure).map(|at| at + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(quote: Option<char>) -> Dialect {
        Dialect { delimiter: Some(','), quote, comments: String::new() }
    }

    fn cut(text: &'static [u8], size: usize, quote: Option<char>, footer: usize) -> Vec<Block> {
        let mut blocks = Blocks::new(Box::new(text), size, Some(&dialect(quote)), footer);
        std::iter::from_fn(|| blocks.next().unwrap()).collect()
    }

    #[test]
    fn blocks_end_where_rows_do() {
        let text = b"1,2\n3,\"4\n5\"\n6,7\n5\",8";
        for size in 1..40 {
            for quote in [None, Some('"')] {
                let blocks = cut(text, size, quote, 0);
                let joined: Vec<u8> = blocks.iter().flat_map(|block| block.text.clone()).collect();
                assert_eq!(joined, text);
                assert!(blocks.iter().rev().skip(1).all(|block| block.text.ends_with(b"\n")), "{blocks:?}");
                let mut line = 1;
                for block in &blocks {
                    assert_eq!(block.line, line);
                    line += line_ends(&block.text);
                    assert!(quote.is_none() || !block.text.starts_with(b"5\"\n"), "{blocks:?}");
                }
            }
        }
        assert!(cut(b"", 4, None, 0).is_empty());
        assert_eq!(cut(b"1\r2\r3", 2, None, 0).concat_text(), b"1\r2\r3");
    }

    trait Concat {
        fn concat_text(&self) -> Vec<u8>;
    }

    impl Concat for Vec<Block> {
        fn concat_text(&self) -> Vec<u8> {
            self.iter().flat_map(|block| block.text.clone()).collect()
        }
    }

    #[test]
    fn blocks_leave_the_footer_out() {
        for size in 1..30 {
            for end in ["", "\n"] {
                let text: &'static str = Box::leak(format!("1\n2\n\"3\n\"\n4{end}").into_boxed_str());
                assert_eq!(cut(text.as_bytes(), size, Some('"'), 1).concat_text(), b"1\n2\n\"3\n\"\n");
                assert_eq!(cut(text.as_bytes(), size, Some('"'), 2).concat_text(), b"1\n2\n");
                assert_eq!(cut(text.as_bytes(), size, None, 2).concat_text(), b"1\n2\n\"3\n");
                assert!(cut(text.as_bytes(), size, None, 9).is_empty());
            }
        }
    }

    #[test]
    fn lines_read_one_by_one_come_before_blocks() {
        for size in 1..20 {
            let mut blocks = Blocks::new(Box::new(&b"a\r\n\nb\nc"[..]), size, None, 0);
            assert_eq!(blocks.line().unwrap().unwrap(), b"a");
            assert_eq!(blocks.line().unwrap().unwrap(), b"");
            let rest: Vec<_> = std::iter::from_fn(|| blocks.next().unwrap()).collect();
            assert_eq!(rest.concat_text(), b"b\nc", "{size}");
            assert_eq!(rest[0].line, 3);
        }
    }

    #[test]
    fn quote_that_is_never_closed_is_refused_with_its_line() {
        let text = "a,b\n1,2\n3,\"x\n4,5\n";
        for size in 1..30 {
            let mut blocks = Blocks::new(Box::new(text.as_bytes()), size, Some(&dialect(Some('"'))), 0);
            let error = std::iter::from_fn(|| blocks.next().transpose()).find_map(Result::err).unwrap();
            let words = "line 3, column 2: a quote \" opens a field and is never closed";
            assert!(error.to_string().starts_with(words), "{error}");
        }
    }
}
