//! The dtype that holds all of a text.

use numio::{DType, Error, ErrorKind, Record, Result};

use super::blocks::Blocks;
use super::fields::Dialect;

/// What is known of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Column {
    kind: Kind,
    /// How many characters the longest field has.
    longest: usize,
    /// Whether a field is empty.
    is_gappy: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    #[default]
    Nothing,
    Int,
    /// Integers too large for `i8`.
    UInt,
    Float,
    Text,
}

/// A dtype, and which columns have empty fields that are no text.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovery {
    pub dtype: DType,
    pub gaps: Vec<bool>,
}

/// Reads all of a text for the dtype of each column: `int64`, `uint64`, `float64` or text. Names, or a text among the
/// columns, make it structured; numbers alone have one dtype.
///
/// # Errors
/// `Io`; `Encoding` for what is no UTF-8; `InvalidInput` for names that do not fit the columns.
pub fn discover(
    mut blocks: Blocks,
    dialect: Dialect<'_>,
    usecols: Option<&[isize]>,
    names: Option<Vec<String>>,
) -> Result<Discovery> {
    let mut columns: Vec<Column> = Vec::new();
    while let Some(block) = blocks.next()? {
        for row in dialect.rows(utf8(&block)?) {
            let places = places(usecols, row.len());
            columns.resize(columns.len().max(places.len()), Column::default());
            for (column, place) in columns.iter_mut().zip(places) {
                column.add(place.and_then(|place| row.get(place)).map_or("", |field| field));
            }
        }
    }
    let names_given = names.is_some();
    let names = names.unwrap_or_else(|| (0..columns.len()).map(|at| format!("f{at}")).collect());
    let gaps = columns.iter().map(|column| column.is_gappy && column.kind != Kind::Text).collect();
    let is_text = |column: &Column| column.kind == Kind::Text;
    let dtype = if names_given || columns.len() > 1 && columns.iter().any(is_text) {
        if names.len() != columns.len() && !columns.is_empty() {
            let what = format!("the header has {} names, the rows {} columns", names.len(), columns.len());
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        columns.resize(names.len(), Column::default());
        let fields = names.into_iter().zip(&columns).map(|(name, column)| Ok((name, column.dtype()?)));
        Record::packed(fields.collect::<Result<Vec<_>>>()?)?.into()
    } else {
        columns.into_iter().reduce(Column::and).unwrap_or_default().dtype()?
    };
    Ok(Discovery { dtype, gaps })
}

/// Text as LoadTxt decodes it.
///
/// # Errors
/// `Encoding`.
pub fn utf8(block: &[u8]) -> Result<&str> {
    std::str::from_utf8(block)
        .map_err(|error| Error::new(ErrorKind::Encoding, format!("the text is not UTF-8: {error}")))
}

/// Which fields of a row of `width` are wanted.
pub fn places(usecols: Option<&[isize]>, width: usize) -> Vec<Option<usize>> {
    match usecols {
        None => (0..width).map(Some).collect(),
        Some(columns) => columns
            .iter()
            .map(|&column| match usize::try_from(column) {
                Ok(column) => Some(column),
                Err(_) => width.checked_add_signed(column),
            })
            .collect(),
    }
}

impl Column {
    fn add(&mut self, field: &str) {
        self.longest = self.longest.max(field.chars().count());
        let number = field.trim();
        if number.is_empty() {
            self.is_gappy = true;
            return;
        }
        let kind = match self.kind {
            Kind::Text => return,
            _ if number.parse::<i64>().is_ok() => Kind::Int,
            _ if number.parse::<u64>().is_ok() => Kind::UInt,
            _ if number.parse::<f64>().is_ok() => Kind::Float,
            _ => Kind::Text,
        };
        self.kind = self.kind.and(kind);
    }

    fn and(self, other: Self) -> Self {
        Self {
            kind: self.kind.and(other.kind),
            longest: self.longest.max(other.longest),
            is_gappy: self.is_gappy || other.is_gappy,
        }
    }

    fn dtype(&self) -> Result<DType> {
        match self.kind {
            Kind::Text => DType::parse(&format!("U{}", self.longest.max(1))),
            // No integer stands for one that is not there.
            Kind::Int if !self.is_gappy => Ok(DType::INT64),
            Kind::UInt if !self.is_gappy => Ok(DType::UINT64),
            _ => Ok(DType::FLOAT64),
        }
    }
}

impl Kind {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            // No integer type holds both, as no one knows what is negative among them.
            (Self::Int, Self::UInt) | (Self::UInt, Self::Int) => Self::Float,
            (one, two) => one.max(two),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &'static str, names: Option<&[&str]>) -> String {
        let dialect = Dialect { delimiter: Some(","), quote: Some('"'), comments: "" };
        let names = names.map(|names| names.iter().map(ToString::to_string).collect());
        let blocks = Blocks::new(Box::new(text.as_bytes()), 4, Some(b'"'));
        let found = discover(blocks, dialect, None, names).unwrap();
        format!("{} {:?}", found.dtype, found.gaps)
    }

    #[test]
    fn columns_have_the_dtype_that_holds_them() {
        for (text, names, wanted) in [
            ("1,2\n3,4\n", None, "int64 [false, false]"),
            ("1,2.5\n3,4\n", None, "float64 [false, false]"),
            ("1,\n3,4\n", None, "float64 [false, true]"),
            ("18446744073709551615\n", None, "uint64 [false]"),
            ("18446744073709551615\n-1\n", None, "float64 [false]"),
            ("nan,inf\n1e5,-.5\n", None, "float64 [false, false]"),
            ("a,1\n\"b,c\",\n", None, "[('f0', '<U3'), ('f1', '<f8')] [false, true]"),
            ("1,x\n,12345\n", Some(&["n", "t"][..]), "[('n', '<f8'), ('t', '<U5')] [true, false]"),
            ("1\n", Some(&["n"]), "[('n', '<i8')] [false]"),
            ("ab\n1\n", None, "<U2 [false]"),
            ("", None, "float64 []"),
            ("", Some(&["n"]), "[('n', '<f8')] []"),
        ] {
            assert_eq!(found(text, names), wanted, "{text:?}");
        }
    }
}
