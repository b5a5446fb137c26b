//! A text in blocks of whole rows.

use std::io::{self, Read};

use numio::{Error, ErrorKind, Limits, Result};

use super::fields::{Dialect, OpenQuote, RowScanner, line_ends};

/// Whole rows, and the number of the file's line with which they start, counted from 1.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// The text, and memory behind it that the next one can use.
    memory: Vec<u8>,
    len: usize,
    pub line: u64,
}

impl Block {
    /// A block without rows.
    pub fn empty() -> Self {
        Self { line: 1, ..Self::default() }
    }

    pub fn text(&self) -> &[u8] {
        self.memory.get(..self.len).unwrap_or_default()
    }

    /// Leaves out the text before the last `len` bytes, up to the line `line`.
    pub fn keep_end(&mut self, len: usize, line: u64) {
        self.memory.truncate(self.len);
        self.memory.drain(..self.len.saturating_sub(len));
        self.len = self.memory.len();
        self.line = line;
    }
}

/// Cuts a reader's bytes into blocks that end after line ends.
pub struct Blocks {
    reader: Box<dyn Read>,
    /// Set if quotes may hide line ends.
    dialect: Option<Dialect>,
    /// What separates fields; `None` for blanks.
    delimiter: Option<char>,
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
    /// The library's limits of rows.
    limits: Limits,
    is_over: bool,
}

impl Blocks {
    pub fn new(reader: Box<dyn Read>, size: usize, dialect: Option<&Dialect>, footer: usize) -> Self {
        let comments = dialect.map_or_else(String::new, |dialect| dialect.comments.clone());
        let delimiter = dialect.and_then(|dialect| dialect.delimiter);
        let dialect = dialect.filter(|dialect| dialect.quote.is_some()).cloned();
        Self {
            reader,
            dialect,
            delimiter,
            comments,
            rest: Vec::new(),
            spare: Vec::new(),
            line: 1,
            size,
            footer,
            limits: Limits::default(),
            is_over: false,
        }
    }

    /// The next block; `None` at the end.
    ///
    /// # Errors
    /// `Io`; `LimitExceeded` for a row that does not end; `InvalidData` for a quote that does not.
    pub fn next(&mut self) -> Result<Option<Block>> {
        let mut memory = std::mem::take(&mut self.spare);
        let mut len = 0;
        append(&mut memory, &mut len, &self.rest)?;
        self.rest.clear();
        let mut scanner = RowScanner::new();
        loop {
            if !self.is_over {
                // A row longer than a block is looked through again each time, so the steps grow with it.
                let least = if len < self.size { self.size / 2 + 1 } else { len };
                let wanted = self.size.saturating_sub(len).max(least);
                self.is_over = !fill(&mut self.reader, &mut memory, &mut len, wanted)?;
            }
            let text = memory.get(..len).unwrap_or_default();
            let end = self.end(text, &mut scanner)?;
            self.check_row(text)?;
            if end > 0 {
                self.rest.extend_from_slice(text.get(end..).unwrap_or_default());
                let line = self.line;
                self.line += line_ends(text.get(..end).unwrap_or_default());
                return Ok(Some(Block { memory, len: end, line }));
            }
            if self.is_over {
                self.rest.clear();
                return Ok(None);
            }
        }
    }

    /// # Errors
    /// `LimitExceeded` for a row that the library would refuse.
    fn check_row(&self, text: &[u8]) -> Result<()> {
        let Limits { max_row_bytes, max_row_fields, .. } = self.limits;
        if (text.len() as u64) < max_row_fields {
            return Ok(());
        }
        for (line, row) in (self.line..).zip(text.split(|byte| matches!(byte, b'\n' | b'\r'))) {
            let what = if row.len() as u64 > max_row_bytes {
                format!("is longer than {max_row_bytes} bytes")
            } else if row.len() as u64 >= max_row_fields && self.delimiters(row) as u64 >= max_row_fields {
                format!("has more than {max_row_fields} fields")
            } else {
                continue;
            };
            let what = format!("line {line}: the row {what}: a line end is missing");
            return Err(Error::new(ErrorKind::LimitExceeded, what));
        }
        Ok(())
    }

    fn delimiters(&self, row: &[u8]) -> usize {
        match self.delimiter {
            Some(delimiter) => {
                memchr::memmem::find_iter(row, delimiter.encode_utf8(&mut [0; 4]).as_bytes()).count()
            }
            None => row
                .windows(2)
                .filter(|pair| matches!(pair, [b' ' | b'\t', next] if !next.is_ascii_whitespace()))
                .count(),
        }
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

    /// Leaves out lines; no more than there are.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn skip_lines(&mut self, mut count: u64) -> Result<()> {
        while count > 0 {
            // All lines in memory at once.
            let mut at = 0;
            while let Some(rest) = self.rest.get(at..).filter(|_| count > 0) {
                let end = memchr::memchr2(b'\n', b'\r', rest).filter(|end| end + 1 < rest.len());
                let Some(end) = end else { break };
                at += if rest.get(end..).is_some_and(|end| end.starts_with(b"\r\n")) {
                    end + 2
                } else {
                    end + 1
                };
                self.line += 1;
                count -= 1;
            }
            self.rest.drain(..at);
            if count == 0 || self.line()?.is_none() {
                return Ok(());
            }
            count -= 1;
        }
        Ok(())
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
            let most = self.limits.max_row_bytes;
            if self.rest.len() as u64 > most {
                let what = format!("line {} is longer than {most} bytes", self.line);
                return Err(Error::new(ErrorKind::LimitExceeded, what));
            }
            let wanted = self.size.max(self.rest.len());
            let found = (&mut self.reader).take(wanted as u64).read_to_end(&mut self.rest)?;
            self.is_over = found < wanted;
        }
    }

    /// Returns whether all of the input has been read.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Takes the memory of a block for the next one.
    pub fn reuse(&mut self, block: Block) {
        self.spare = block.memory;
    }

    /// Puts back the block that [`next`](Self::next) returned last, or its end.
    pub fn put_back(&mut self, block: Block) {
        self.line = block.line;
        let Block { mut memory, len, .. } = block;
        memory.truncate(len);
        memory.append(&mut self.rest);
        self.rest = memory;
    }
}

/// Memory grows by this at least.
const STEP: usize = 64 << 10;

/// Makes room for `more` bytes after the first `len`. What was allocated once is not cleared again.
fn make_room(memory: &mut Vec<u8>, len: usize, more: usize) -> io::Result<()> {
    let needed = len + more;
    if memory.len() < needed {
        memory.try_reserve(needed - memory.len())?;
        memory.resize(needed, 0);
    }
    Ok(())
}

fn append(memory: &mut Vec<u8>, len: &mut usize, text: &[u8]) -> io::Result<()> {
    make_room(memory, *len, text.len())?;
    if let Some(room) = memory.get_mut(*len..*len + text.len()) {
        room.copy_from_slice(text);
    }
    *len += text.len();
    Ok(())
}

/// Reads `wanted` bytes after the first `len`, and returns whether there may be more.
fn fill(reader: &mut dyn Read, memory: &mut Vec<u8>, len: &mut usize, wanted: usize) -> io::Result<bool> {
    let end = *len + wanted;
    while *len < end {
        if *len == memory.len() {
            // A short text needs little memory.
            make_room(memory, *len, (*len).max(STEP).min(end - *len))?;
        }
        let most = end.min(memory.len());
        match reader.read(memory.get_mut(*len..most).unwrap_or_default()) {
            Ok(0) => return Ok(false),
            Ok(found) => *len += found,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
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
                let joined = blocks.concat_text();
                assert_eq!(joined, text);
                assert!(blocks.iter().rev().skip(1).all(|block| block.text().ends_with(b"\n")), "{blocks:?}");
                let mut line = 1;
                for block in &blocks {
                    assert_eq!(block.line, line);
                    line += line_ends(block.text());
                    assert!(quote.is_none() || !block.text().starts_with(b"5\"\n"), "{blocks:?}");
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
            self.iter().flat_map(|block| block.text().to_vec()).collect()
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
