//! Rows of a text.

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use numio::text::{LoadTxt, Table};
use numio::{DType, DynArray, Error, ErrorKind, Result};

use super::Rows;
use super::blocks::Blocks;
use super::discover::{Discovery, discover, places, utf8};
use super::fields::{self, DELIMITER, Dialect, QUOTE};
use super::names;
use super::reading::Reading;
use crate::failure::Failure;
use crate::target::Input;

/// About how much text is read in one go.
const BLOCK: usize = 8 << 20;

/// How a text is written.
#[derive(Debug, Clone)]
pub struct TextIn {
    /// Nothing where all of the text is to be looked at for one.
    pub dtype: Option<DType>,
    pub delimiter: Option<String>,
    pub quote: Option<char>,
    pub comments: String,
    pub skip_rows: u64,
    /// Whether the first row holds names.
    pub has_header: bool,
    pub columns: Option<Vec<isize>>,
}

impl TextIn {
    fn loader(&self, dtype: &DType) -> LoadTxt<'static> {
        let mut loader = LoadTxt::new();
        loader.dtype(dtype.clone()).ndmin(2);
        loader.comments(Some(self.comments.as_str()).filter(|comments| !comments.is_empty()));
        if let Some(delimiter) = &self.delimiter {
            loader.delimiter(delimiter);
        }
        if let Some(quote) = self.quote {
            loader.quotechar(quote);
        }
        if let Some(columns) = &self.columns {
            loader.usecols(columns.iter().copied());
        }
        loader
    }

    fn dialect(&self) -> Dialect<'_> {
        Dialect { delimiter: self.delimiter.as_deref(), quote: self.quote, comments: &self.comments }
    }

    /// Blocks of rows, and the names before them.
    fn blocks(&self, reader: Box<dyn Read>, size: usize) -> Result<(Blocks, Option<Vec<String>>)> {
        let quote = self.quote.and_then(|quote| u8::try_from(quote).ok());
        let mut blocks = Blocks::new(reader, size, quote);
        for _ in 0..self.skip_rows {
            blocks.line()?;
        }
        let names = match self.has_header {
            true => Some(self.names(&blocks.line()?.unwrap_or_default())?),
            false => None,
        };
        Ok((blocks, names))
    }

    fn names(&self, line: &[u8]) -> Result<Vec<String>> {
        let all = names::read(line, self.delimiter.as_deref(), self.quote, &self.comments)?;
        let Some(columns) = &self.columns else { return Ok(all) };
        let wanted = places(Some(columns), all.len()).into_iter();
        Ok(wanted.filter_map(|place| all.get(place?).cloned()).collect())
    }
}

impl TextIn {
    /// A dtype for all of a text.
    fn discover(&self, reader: Box<dyn Read>, size: usize) -> Result<Option<Discovery>> {
        let (blocks, names) = self.blocks(reader, size)?;
        discover(blocks, self.dialect(), self.columns.as_deref(), names).map(Some)
    }

    /// The dtype that is wanted, its fields named as in the header.
    fn dtype_with(&self, names: Option<&[String]>) -> Result<DType> {
        let dtype = self.dtype.clone().unwrap_or(DType::FLOAT64);
        names.map_or(Ok(dtype.clone()), |names| names::give(dtype, names))
    }
}

/// The rows of a text.
pub struct Texts {
    options: TextIn,
    dtype: DType,
    /// In which columns empty fields stand for no number.
    gaps: Vec<bool>,
    blocks: Blocks,
    total: Option<u64>,
    read: Rc<Cell<u64>>,
    /// How many rows have been given; nothing before the first piece.
    given: Option<u64>,
    /// How many columns there are.
    width: Option<usize>,
}

impl Texts {
    /// # Errors
    /// `Io`, what is wrong with a packed file, and with a header.
    pub fn open(input: &Input, options: TextIn) -> Result<Self> {
        let (reading, found) = match (input, &options.dtype) {
            (Input::Stdin, Some(_)) => (Reading::of(io::stdin(), None), None),
            (Input::Stdin, None) => {
                let bytes = input.read()?;
                let total = Some(bytes.len() as u64);
                let found = options.discover(Box::new(Cursor::new(bytes.clone())), BLOCK)?;
                (Reading::of(Cursor::new(bytes), total), found)
            }
            (Input::File(path), Some(_)) => (Reading::open(path)?, None),
            (Input::File(path), None) => {
                let found = options.discover(Reading::open(path)?.text, BLOCK)?;
                (Reading::open(path)?, found)
            }
        };
        Self::new(reading, options, found, BLOCK)
    }

    fn new(reading: Reading, options: TextIn, found: Option<Discovery>, size: usize) -> Result<Self> {
        let Reading { text, total, read } = reading;
        let (blocks, names) = options.blocks(text, size)?;
        let (dtype, gaps) = match found {
            Some(found) => (found.dtype, found.gaps),
            None => (options.dtype_with(names.as_deref())?, Vec::new()),
        };
        Ok(Self { options, dtype, gaps, blocks, total, read, given: None, width: None })
    }

    fn parse(&self, block: &[u8]) -> Result<DynArray> {
        let parsed = match self.gaps.iter().any(|is_gappy| *is_gappy) {
            true => self.filled(block),
            false => self.options.loader(&self.dtype).parse(block),
        };
        parsed.map(Table::into_array).map_err(|error| match self.given {
            // Rows are counted from the start of the block.
            Some(given) if given > 0 => {
                Error::new(error.kind(), format!("past row {given}: {}", error.message()))
            }
            _ => error,
        })
    }

    /// The same where empty fields stand for no number.
    fn filled(&self, block: &[u8]) -> Result<Table> {
        let mut text = String::new();
        for row in self.options.dialect().rows(utf8(block)?) {
            let start = text.len();
            let places = places(self.options.columns.as_deref(), row.len());
            for (at, place) in places.into_iter().enumerate() {
                let field = place.and_then(|place| row.get(place)).map_or("", |field| field);
                let is_gap = field.trim().is_empty() && self.gaps.get(at) == Some(&true);
                fields::push(&mut text, if is_gap { "nan" } else { field });
            }
            // The first field has no delimiter before it.
            if text.get(start..).is_some_and(|row| row.starts_with(DELIMITER)) {
                text.remove(start);
            }
            text.push('\n');
        }
        let mut loader = LoadTxt::new();
        loader.dtype(self.dtype.clone()).delimiter(DELIMITER).quotechar(QUOTE).comments([""; 0]).ndmin(2);
        loader.parse(text)
    }

    /// A text of one column has one axis.
    fn shaped(&mut self, array: DynArray) -> Result<DynArray> {
        let [rows, width] = *array.shape() else { return Ok(array) };
        if rows == 0 {
            // No row says how many columns there are.
            return array.reshape(&[0]);
        }
        match self.width.replace(width) {
            Some(before) if before != width => {
                let what = format!("the number of columns changed from {before} to {width}");
                Err(Error::new(ErrorKind::InvalidData, what))
            }
            _ if width == 1 => array.reshape(&[rows]),
            _ => Ok(array),
        }
    }
}

impl Rows for Texts {
    fn next(&mut self) -> Result<Option<DynArray>, Failure> {
        loop {
            let (block, is_last) = match self.blocks.next()? {
                Some(block) => (block, false),
                None if self.given.is_none() => (Vec::new(), true),
                None => return Ok(None),
            };
            let array = self.parse(&block)?;
            let array = self.shaped(array)?;
            let rows = array.shape().first().copied().unwrap_or(0);
            // A block of nothing but comments.
            if rows == 0 && !is_last {
                continue;
            }
            self.given = Some(self.given.unwrap_or(0) + rows as u64);
            return Ok(Some(array));
        }
    }

    fn progress(&self) -> (Option<u64>, u64) {
        (self.total, self.read.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> TextIn {
        TextIn {
            dtype: Some(DType::INT64),
            delimiter: Some(",".to_owned()),
            quote: Some('"'),
            comments: String::new(),
            skip_rows: 0,
            has_header: false,
            columns: None,
        }
    }

    fn rows(text: &'static str, options: &TextIn, size: usize) -> Result<Vec<DynArray>, Failure> {
        let mut texts = Texts::new(Reading::of(text.as_bytes(), None), options.clone(), None, size)?;
        let mut found = Vec::new();
        while let Some(piece) = texts.next()? {
            found.push(piece);
        }
        Ok(found)
    }

    #[test]
    fn pieces_are_the_whole() {
        for size in [1, 3, 7, 16, 100] {
            let found = rows("1,2\n3,4\n\n5,\"6\"\n7,8", &options(), size).unwrap();
            let bytes: Vec<u8> = found.iter().flat_map(DynArray::to_bytes).collect();
            assert_eq!(bytes, (1..9_i64).flat_map(i64::to_ne_bytes).collect::<Vec<_>>(), "{size}");
            assert!(size > 16 || found.len() > 1);
            assert!(found.iter().all(|piece| piece.shape().len() == 2 && piece.shape()[1] == 2));
        }
        let none = rows("", &options(), 8).unwrap();
        assert_eq!(none.iter().map(DynArray::shape).collect::<Vec<_>>(), [[0]]);
        let one = rows("1\n2\n3\n", &options(), 100).unwrap();
        assert_eq!(one[0].shape(), [3]);
    }

    #[test]
    fn the_first_row_names_fields() {
        let mut options = options();
        options.dtype = DType::parse("i4,U2").ok();
        (options.has_header, options.skip_rows) = (true, 1);
        let found = rows("skipped\n\"a b\",c\n1,\"x,\"\n", &options, 4).unwrap();
        assert_eq!(found[0].dtype().to_string(), "[('a b', '<i4'), ('c', '<U2')]");
        assert_eq!(found[0].field("c").unwrap().items().next().unwrap().unwrap().as_str(), Some("x,"));
        options.dtype = DType::parse("i4,U2,f8").ok();
        let message = rows("skipped\na,c\n1,x\n", &options, 4).unwrap_err().to_string();
        assert_eq!(message, "the header has 2 names, the dtype 3 fields");
    }

    #[test]
    fn errors_say_where() {
        let message = rows("1,2\n3,4\n5,x\n", &options(), 4).unwrap_err().to_string();
        assert_eq!(message, "past row 2: could not convert string 'x' to int64 at row 0, column 2.");
        let message = rows("1,2\n3,4\n5\n", &options(), 4).unwrap_err().to_string();
        assert!(message.contains("columns changed from 2 to 1"), "{message}");
    }
}
