//! Rows as lines of text.

use std::io::Write;

use numio::text::SaveTxt;
use numio::{DType, DynArray, Error, ErrorKind, Item, Result, Scalar, SliceItem};

use super::fields::{Dialect, listed, shown};
use super::sink::{Out, Sink};
use crate::failure::Failure;

/// Options for writing a table.
#[derive(Debug, Clone)]
pub struct TextOut {
    pub delimiter: String,
    /// True if fields that need it are quoted.
    pub is_quoted: bool,
    /// The prefix of a line of names.
    pub comments: String,
    /// True if the names of the columns come first.
    pub has_header: bool,
    /// The caller's formats, one for all columns or one for each.
    pub formats: Vec<String>,
    pub layout: TableLayout,
    /// The first line of the text that rows are appended to, and whether it has the names of the columns.
    pub appended_to: Option<(Vec<u8>, bool)>,
}

/// The layout of an array of several axes in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableLayout {
    /// Not at all.
    Rows,
    /// One line for each index of the first axis.
    Flat,
    /// One line for each element, after columns of its indices.
    Long,
}

/// Writes rows as a table.
pub struct TableSink<'o> {
    options: TextOut,
    out: Out<'o>,
    is_begun: bool,
    /// The number of rows written.
    rows: usize,
}

impl<'o> TableSink<'o> {
    pub fn new(options: TextOut, out: Out<'o>) -> Self {
        Self { options, out, is_begun: false, rows: 0 }
    }

    /// Begins the table: names, if they are to be written, or a check that rows fit those that they are appended to.
    fn begin(&mut self, names: Vec<String>) -> Result<(), Failure> {
        if std::mem::replace(&mut self.is_begun, true) {
            return Ok(());
        }
        self.options.check_first(&names)?;
        if !self.options.has_header {
            return Ok(());
        }
        let names = names.into_iter().map(|name| self.options.field(name));
        let names = names.collect::<Result<Vec<_>>>()?.join(&self.options.delimiter);
        Ok(writeln!(self.out, "{}{names}", self.options.comments)?)
    }

    /// Writes a line for each element: its indices, then its values.
    fn long(&mut self, rows: &DynArray) -> Result<(), Failure> {
        let shape = rows.shape().to_vec();
        let values = table_columns(&rows.reshape(&[rows.size()])?)?;
        let own = if rows.dtype().as_record().is_some() { None } else { Some("value") };
        let names = (0..shape.len()).map(|axis| format!("i{axis}"));
        let names = names.chain(values.iter().map(|(name, _)| own.map_or(name.clone(), str::to_owned)));
        self.begin(names.collect())?;
        let values = self.options.cells(&values)?;
        for element in 0..rows.size() {
            let mut rest = element;
            let mut indices: Vec<String> = Vec::with_capacity(shape.len());
            for (axis, &len) in shape.iter().enumerate().rev() {
                let before = if axis == 0 { self.rows } else { 0 };
                indices.push((rest % len.max(1) + before).to_string());
                rest /= len.max(1);
            }
            indices.reverse();
            for column in &values {
                indices.push(column.get(element).cloned().unwrap_or_default());
            }
            writeln!(self.out, "{}", indices.join(&self.options.delimiter))?;
        }
        self.rows += shape.first().copied().unwrap_or(1);
        Ok(())
    }

    /// Writes all rows at once, by the library.
    fn printed(&mut self, rows: &DynArray) -> Result<(), Failure> {
        let mut printer = SaveTxt::new();
        // It becomes part of a format, as NumPy has it.
        printer.delimiter(self.options.delimiter.replace('%', "%%"));
        match self.options.formats.as_slice() {
            [] => printer.fmt(default_format(rows.dtype())),
            [one] => printer.fmt(one),
            all => printer.column_fmts(all),
        };
        Ok(printer.write(&mut self.out, rows)?)
    }

    /// Formats column by column, with quotes.
    fn quoted(&mut self, rows: &DynArray) -> Result<(), Failure> {
        let columns = self.options.cells(&table_columns(rows)?)?;
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        for _ in 0..rows.shape().first().copied().unwrap_or(0) {
            let cells = columns.iter_mut().map(|column| column.next().unwrap_or_default());
            let line = cells.collect::<Vec<_>>().join(&self.options.delimiter);
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }
}

impl TextOut {
    /// Refuses a delimiter by which fields could not be told apart when the text is read. `option` is the one that gives it.
    ///
    /// # Errors
    /// `Usage`.
    pub fn check_delimiter(&self, option: &str) -> Result<(), Failure> {
        let delimiter = self.delimiter.as_str();
        let refused = |what: &str| Err(Failure::Usage(format!("{option}: {what}")));
        let in_numbers = |char: char| char.is_ascii_digit() || "+-.eEjnaifNT()".contains(char);
        if delimiter.is_empty() {
            return refused("without a delimiter, fields cannot be told apart");
        }
        if delimiter.contains(['\n', '\r']) || matches!(delimiter, "\\n" | "\\r") {
            return refused("a line end ends a row, and cannot separate fields");
        }
        if self.is_quoted && delimiter.contains('"') {
            return refused("\" encloses fields in .csv and .tsv, and cannot separate them");
        }
        if !self.comments.is_empty() && delimiter.contains('#') {
            return refused("# starts a comment in .txt, and cannot separate fields");
        }
        // Formats of the caller's own may make numbers of which it is no part.
        if self.formats.is_empty() && delimiter.chars().all(in_numbers) {
            return refused(&format!("{delimiter:?} may be part of a number, and cannot separate fields"));
        }
        Ok(())
    }

    /// # Errors
    /// `InvalidInput` if the text that rows are appended to has other names, or another number of columns.
    fn check_first(&self, names: &[String]) -> Result<()> {
        let mut delimiters = self.delimiter.chars();
        let (Some((line, has_names)), Some(delimiter), None) =
            (&self.appended_to, delimiters.next(), delimiters.next())
        else {
            return Ok(());
        };
        let dialect = Dialect {
            delimiter: Some(delimiter).filter(|_| self.is_quoted || delimiter != ' '),
            quote: self.is_quoted.then_some('"'),
            comments: String::new(),
        };
        let line = String::from_utf8_lossy(line);
        let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
        let fields = line.strip_prefix(self.comments.as_str()).unwrap_or(line).trim_end_matches('\r');
        let fields: Vec<String> = dialect
            .rows(fields, 1)
            .next()
            .into_iter()
            .flat_map(|row| row.fields)
            .map(|field| field.into_owned())
            .collect();
        if *has_names && fields != names {
            let what =
                format!("the columns {} are not those of its first line, {}", listed(names), listed(&fields));
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        if fields.len() != names.len() && !line.trim().is_empty() && !line.contains('"') {
            let what = format!("rows of {} columns, where its first line has {}", names.len(), fields.len());
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        Ok(())
    }

    /// The elements of each column as they are written: in the caller's formats, and with quotes.
    ///
    /// # Errors
    /// `InvalidInput` for a number of formats that is neither 1 nor that of the columns; `Unsupported` for elements that
    /// have no text.
    fn cells(&self, columns: &[TableColumn]) -> Result<Vec<Vec<String>>> {
        if self.formats.len() > 1 && self.formats.len() != columns.len() {
            let what = format!("--fmt: {} formats for {} columns", self.formats.len(), columns.len());
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        let cells = columns.iter().enumerate().map(|(at, (_, column))| -> Result<Vec<String>> {
            let format = self.formats.get(at).or_else(|| self.formats.first());
            let texts = cells(column, format.map(String::as_str))?;
            // Blanks around a number come from its format, and need no quotes.
            match format.is_none() || is_text(column.dtype()) {
                true => texts.into_iter().map(|text| self.field(text)).collect(),
                false => Ok(texts),
            }
        });
        cells.collect()
    }

    /// Returns whether each of the caller's formats is for one value, so that texts can be put in quotes.
    fn has_formats_of_values(&self) -> bool {
        self.formats.iter().all(|format| format.replace("%%", "").matches('%').count() == 1)
    }

    /// A field as written in a line.
    fn field(&self, text: String) -> Result<String> {
        let has = |char: char| text.contains(char);
        let is_broken = has('\n') || has('\r') || text.contains(&self.delimiter);
        if self.is_quoted {
            let needs = is_broken || has('"') || text.is_empty() || text.trim() != text;
            return Ok(if needs { format!("\"{}\"", text.replace('"', "\"\"")) } else { text });
        }
        if is_broken || text.is_empty() || has(' ') && self.delimiter == " " || has('#') {
            let what =
                format!("{} cannot stand between {:?}: write .csv or .tsv", shown(&text), self.delimiter);
            return Err(Error::new(ErrorKind::Unsupported, what));
        }
        Ok(text)
    }
}

impl Sink for TableSink<'_> {
    fn push(&mut self, rows: &DynArray) -> Result<(), Failure> {
        let flat;
        let rows = match (self.options.layout, rows.shape()) {
            (TableLayout::Long, _) => return self.long(rows),
            (TableLayout::Flat, [count, rest @ ..]) if !rest.is_empty() => {
                flat = rows.reshape(&[*count, rest.iter().product()])?;
                &flat
            }
            (TableLayout::Flat, []) => {
                flat = rows.reshape(&[1])?;
                &flat
            }
            _ => rows,
        };
        if !self.is_begun && (self.options.has_header || self.options.appended_to.is_some()) {
            self.begin(table_columns(rows)?.into_iter().map(|(name, _)| name).collect())?;
        }
        let has_texts = rows.dtype().as_record().is_some() || is_text(rows.dtype());
        let is_printed = if self.options.formats.is_empty() {
            is_plain(rows.dtype()) && matches!(rows.ndim(), 1 | 2)
        } else {
            !has_texts || !self.options.has_formats_of_values()
        };
        if is_printed { self.printed(rows) } else { self.quoted(rows) }
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        Ok(self.out.commit()?)
    }
}

/// A column: its name, and its elements in one axis.
type TableColumn = (String, DynArray);

/// The columns of an array of one or two axes; fields of records, and what is in these, have their own.
///
/// # Errors
/// `InvalidInput` for another number of axes.
fn table_columns(array: &DynArray) -> Result<Vec<TableColumn>> {
    if !matches!(array.ndim(), 1 | 2) {
        let what = format!(
            "text has one or two axes, and the array has {}: add --flatten for a line for each row, --long for a line for each \
             element, or name a part of it",
            array.ndim()
        );
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    let is_record = array.dtype().as_record().is_some();
    if !is_record && array.ndim() == 1 {
        return Ok(vec![("f0".to_owned(), array.clone())]);
    }
    let mut found = Vec::new();
    spread(array, if is_record { "" } else { "f" }, &mut found)?;
    Ok(found)
}

/// Records nest no deeper than a header does.
fn spread(array: &DynArray, name: &str, found: &mut Vec<TableColumn>) -> Result<()> {
    match *array.shape() {
        [_] => {}
        [rows, ..] => {
            let width = array.shape().iter().skip(1).product();
            let flat = array.reshape(&[rows, width])?;
            for column in 0..width {
                let part = flat.slice(&[SliceItem::ALL, SliceItem::Index(column as isize)])?;
                spread(&part, &format!("{name}{column}"), found)?;
            }
            return Ok(());
        }
        [] => return Ok(()),
    }
    match array.dtype().as_record() {
        None => found.push((name.to_owned(), array.clone())),
        Some(record) => {
            for field in record.fields() {
                let name =
                    if name.is_empty() { field.name.to_string() } else { format!("{name}.{}", field.name) };
                spread(&array.field(&field.name)?, &name, found)?;
            }
        }
    }
    Ok(())
}

/// Returns whether [`SaveTxt`] can print a column as it is, together with others of its dtype.
fn is_plain(dtype: &DType) -> bool {
    let is_number = |scalar| {
        matches!(
            scalar,
            Scalar::Bool
                | Scalar::Int8
                | Scalar::UInt8
                | Scalar::Int(..)
                | Scalar::UInt(..)
                | Scalar::Float(..)
        )
    };
    dtype.as_scalar().is_some_and(is_number)
}

/// The format of elements: integers as such, floats with the fewest digits that tell them apart.
fn default_format(dtype: &DType) -> &'static str {
    match dtype.as_scalar() {
        Some(Scalar::Bool | Scalar::Int8 | Scalar::UInt8 | Scalar::Int(..) | Scalar::UInt(..)) => "%d",
        _ => "%s",
    }
}

fn is_text(dtype: &DType) -> bool {
    matches!(dtype.as_scalar(), Some(Scalar::Str(..) | Scalar::Bytes(_)))
}

/// The text of each element of a column, in the caller's format if there is one.
///
/// # Errors
/// `Unsupported` for elements that have no text.
fn cells(column: &DynArray, format: Option<&str>) -> Result<Vec<String>> {
    let dtype = column.dtype();
    let is_duration = matches!(dtype.as_scalar(), Some(Scalar::Timedelta(..)));
    match format {
        None | Some("%s") if is_text(dtype) => column.items().map(|item| Ok(item_text(&item?))).collect(),
        None if is_duration => column.items().map(|item| Ok(item_text(&item?))).collect(),
        // A text may have line ends, so that it is printed alone.
        Some(format) if is_text(dtype) => {
            let texts = (0..column.size()).map(|index| -> Result<String> {
                let one = column.slice(&[SliceItem::Index(index as isize)])?.reshape(&[1])?;
                let mut text = Vec::new();
                SaveTxt::new().fmt(format).newline("").write(&mut text, &one)?;
                Ok(String::from_utf8_lossy(&text).into_owned())
            });
            texts.collect()
        }
        _ => {
            let is_complex = matches!(dtype.as_scalar(), Some(Scalar::Complex(..)));
            let mut lines = Vec::new();
            SaveTxt::new().fmt(format.unwrap_or(default_format(dtype))).write(&mut lines, column)?;
            let lines = String::from_utf8_lossy(&lines);
            let has_blanks = format.is_some() && !is_complex;
            let cell = |line: &str| if has_blanks { line.to_owned() } else { line.trim().to_owned() };
            Ok(lines.lines().map(cell).collect())
        }
    }
}

fn item_text(item: &Item) -> String {
    match item {
        Item::Str(text) => text.clone(),
        Item::Bytes(bytes) => bytes.iter().map(|&byte| char::from(byte)).collect(),
        Item::Timedelta(value) => value.ticks().map_or_else(|| "NaT".to_owned(), |ticks| ticks.to_string()),
        _ => String::new(),
    }
}
