//! The parameters of `genfromtxt`.

use std::fmt;

use crate::parallel::{RunOptions, run_options};
use crate::text::encoding::Encoding;
use crate::text::read::convert::Value;
use crate::text::read::converters::Converter;
use crate::text::read::genfromtxt::names::{Case, Cleaner, Column, Names, PerColumn};
use crate::text::read::genfromtxt::rows::{FieldSeparator, Splitter};
use crate::{DType, Limits, Result};

/// Reads an array from text in which values are missing: `numpy.genfromtxt` with each of its parameters.
///
/// ```
/// use numio::text::GenFromTxt;
///
/// let table = GenFromTxt::new().delimiter(",").filling_value(0.0).parse("1,2,3\n4,,6\n")?;
/// let array = table.to_array::<f64, ndarray::Ix2>()?;
/// assert_eq!(array, ndarray::array![[1.0, 2.0, 3.0], [4.0, 0.0, 6.0]]);
/// # Ok::<(), numio::Error>(())
/// ```
///
/// Each line is stripped and cut into fields, and lines without any are passed over. Numbers are what Python's `int`,
/// `float` and `complex` take, in ASCII digits. NumPy's warnings are in
/// [`Table::warnings`](crate::text::Table::warnings).
///
/// With a dtype, rows become elements as they come, on all cores, so that the memory needed is the array's and a few
/// megabytes. Where the dtype is to be found, or there are converters, all lines are buffered until the end.
pub struct GenFromTxt<'c> {
    pub(crate) dtype: Option<DType>,
    pub(crate) splitter: Splitter,
    pub(crate) skip_header: u64,
    pub(crate) skip_footer: u64,
    pub(crate) converters: Vec<(Column, Converter<'c>)>,
    pub(crate) missing: PerColumn<Vec<String>>,
    pub(crate) filling: PerColumn<Vec<Option<Value>>>,
    pub(crate) usecols: Option<Vec<Column>>,
    pub(crate) names: Names,
    pub(crate) cleaner: Cleaner,
    pub(crate) default_format: String,
    pub(crate) unpack: bool,
    pub(crate) usemask: bool,
    pub(crate) loose: bool,
    pub(crate) invalid_raise: bool,
    pub(crate) max_rows: Option<u64>,
    pub(crate) encoding: Encoding,
    pub(crate) texts_as_bytes: bool,
    pub(crate) ndmin: usize,
    pub(crate) fortran: bool,
    pub(crate) limits: Limits,
    pub(crate) run: RunOptions,
}

impl fmt::Debug for GenFromTxt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenFromTxt")
            .field("dtype", &self.dtype)
            .field("skip_header", &self.skip_header)
            .field("skip_footer", &self.skip_footer)
            .field("has_converters", &!self.converters.is_empty())
            .field("usecols", &self.usecols)
            .field("usemask", &self.usemask)
            .field("max_rows", &self.max_rows)
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

impl Default for GenFromTxt<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'c> GenFromTxt<'c> {
    /// NumPy's defaults: floats between white space, comments from `#` on, UTF-8.
    pub fn new() -> Self {
        Self {
            dtype: Some(DType::FLOAT64),
            splitter: Splitter {
                comments: Some("#".to_owned()),
                separator: FieldSeparator::default(),
                autostrip: false,
            },
            skip_header: 0,
            skip_footer: 0,
            converters: Vec::new(),
            missing: PerColumn::default(),
            filling: PerColumn::default(),
            usecols: None,
            names: Names::None,
            cleaner: Cleaner::default(),
            default_format: "f%i".to_owned(),
            unpack: false,
            usemask: false,
            loose: true,
            invalid_raise: true,
            max_rows: None,
            encoding: Encoding::Utf8,
            texts_as_bytes: false,
            ndmin: 0,
            fortran: false,
            limits: Limits::default(),
            run: RunOptions::default(),
        }
    }

    /// The dtype of the array; default `float64`. `None` finds one for each column: the first of `bool`, `int64`,
    /// `float64`, `complex128` and text that takes all its values.
    ///
    /// ```
    /// use numio::text::GenFromTxt;
    ///
    /// let table = GenFromTxt::new().dtype(None).parse("1 2.5 abc\n3 4.5 de\n")?;
    /// assert_eq!(table.array().dtype().to_string(), "[('f0', '<i8'), ('f1', '<f8'), ('f2', '<U3')]");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn dtype(&mut self, dtype: impl Into<Option<DType>>) -> &mut Self {
        self.dtype = dtype.into();
        self
    }

    /// The text that starts a comment, which lasts to the end of its line; `None` for no comments. Default `#`.
    pub fn comments<'s>(&mut self, comments: impl Into<Option<&'s str>>) -> &mut Self {
        self.splitter.comments = comments.into().map(str::to_owned);
        self
    }

    /// The text between two fields. By default, and where it is empty, any run of white space separates them.
    pub fn delimiter(&mut self, delimiter: impl Into<String>) -> &mut Self {
        let delimiter = delimiter.into();
        self.splitter.separator =
            if delimiter.is_empty() { FieldSeparator::Space } else { FieldSeparator::Text(delimiter) };
        self
    }

    /// Makes every field `width` characters wide; 0 is for fields between white space.
    pub fn width(&mut self, width: usize) -> &mut Self {
        self.splitter.separator =
            if width == 0 { FieldSeparator::Space } else { FieldSeparator::Width(width) };
        self
    }

    /// The width of each field, in characters; text after the last is left out.
    ///
    /// ```
    /// use numio::text::GenFromTxt;
    ///
    /// let table = GenFromTxt::new().widths([4, 3, 2]).parse("1234567 9\n   4  7 0\n")?;
    /// let array = table.to_array::<f64, ndarray::Ix2>()?;
    /// assert_eq!(array, ndarray::array![[1234.0, 567.0, 9.0], [4.0, 7.0, 0.0]]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn widths(&mut self, widths: impl IntoIterator<Item = usize>) -> &mut Self {
        self.splitter.separator = FieldSeparator::Widths(widths.into_iter().collect());
        self
    }

    /// The number of lines to leave out at the start; default 0.
    pub fn skip_header(&mut self, lines: u64) -> &mut Self {
        self.skip_header = lines;
        self
    }

    /// The number of rows to leave out at the end; default 0.
    pub fn skip_footer(&mut self, rows: u64) -> &mut Self {
        self.skip_footer = rows;
        self
    }

    /// Converts the fields of one column. The value of its first field decides the column's dtype, if that is to be
    /// found; a field for which it fails is missing.
    pub fn converter(
        &mut self,
        column: impl Into<Column>,
        converter: impl FnMut(&str) -> Result<Value> + 'c,
    ) -> &mut Self {
        self.converters.push((column.into(), Box::new(converter)));
        self
    }

    /// Texts that mean a missing value, in every column. An empty field always is one. Default: no others.
    pub fn missing_values<S: Into<String>>(&mut self, texts: impl IntoIterator<Item = S>) -> &mut Self {
        self.missing.all.extend(texts.into_iter().map(Into::into));
        self
    }

    /// One text for each column that means a missing value there. Default: none.
    pub fn missing_values_per_column<S: Into<String>>(
        &mut self,
        texts: impl IntoIterator<Item = S>,
    ) -> &mut Self {
        self.missing.each = texts.into_iter().map(Into::into).collect();
        self
    }

    /// Texts that mean a missing value in one column. Default: none.
    pub fn missing_values_for<S: Into<String>>(
        &mut self,
        column: impl Into<Column>,
        texts: impl IntoIterator<Item = S>,
    ) -> &mut Self {
        self.missing.columns.push((column.into(), texts.into_iter().map(Into::into).collect()));
        self
    }

    /// The value that replaces a missing one. Default `False`, -1, not a number or `???`, by the column's kind.
    pub fn filling_value(&mut self, value: impl Into<Value>) -> &mut Self {
        self.filling.all = vec![Some(value.into())];
        self
    }

    /// The value that replaces a missing one in each column; `None` for the default.
    pub fn filling_values_per_column(
        &mut self,
        values: impl IntoIterator<Item = Option<Value>>,
    ) -> &mut Self {
        self.filling.each = values.into_iter().collect();
        self
    }

    /// The value that replaces a missing one in one column.
    pub fn filling_value_for(&mut self, column: impl Into<Column>, value: impl Into<Value>) -> &mut Self {
        self.filling.columns.push((column.into(), vec![Some(value.into())]));
        self
    }

    /// The columns to read, in this order. Default all, and then every row must have as many as the first.
    ///
    /// ```
    /// use numio::text::GenFromTxt;
    ///
    /// let table = GenFromTxt::new().names_from_first_line().usecols(["c", "a"]).parse("a b c\n1 2 3\n")?;
    /// assert_eq!(table.array().dtype().to_string(), "[('c', '<f8'), ('a', '<f8')]");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn usecols<C: Into<Column>>(&mut self, columns: impl IntoIterator<Item = C>) -> &mut Self {
        self.usecols = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// The columns' names, which become the fields of a structured dtype. Default: none.
    pub fn names<S: Into<String>>(&mut self, names: impl IntoIterator<Item = S>) -> &mut Self {
        self.names = Names::Given(names.into_iter().map(Into::into).collect());
        self
    }

    /// Takes the names from the first line with fields, which may be a comment: NumPy's `names=True`.
    pub fn names_from_first_line(&mut self) -> &mut Self {
        self.names = Names::First;
        self
    }

    /// Names that get an underscore added, besides `return`, `file` and `print`.
    pub fn excludelist<S: Into<String>>(&mut self, names: impl IntoIterator<Item = S>) -> &mut Self {
        self.cleaner.excluded = names.into_iter().map(Into::into).collect();
        self
    }

    /// Characters taken out of names, besides `"`. Default ``~!@#$%^&*()-=+~\|]}[{';: /?.>,<``.
    pub fn deletechars(&mut self, characters: impl Into<String>) -> &mut Self {
        self.cleaner.deleted = characters.into();
        self
    }

    /// The text that replaces blanks in names; default `_`.
    pub fn replace_space(&mut self, text: impl Into<String>) -> &mut Self {
        self.cleaner.replace_space = text.into();
        self
    }

    /// The change to the letters of names; default none.
    pub fn case(&mut self, case: Case) -> &mut Self {
        self.cleaner.case = case;
        self
    }

    /// The format of names for fields without one, with a conversion for their number; default `f%i`.
    pub fn defaultfmt(&mut self, format: impl Into<String>) -> &mut Self {
        self.default_format = format.into();
        self
    }

    /// Takes white space off each field; default false.
    pub fn autostrip(&mut self, autostrip: bool) -> &mut Self {
        self.splitter.autostrip = autostrip;
        self
    }

    /// Transposes the array, so that its first axis is the file's columns; default false. Structured arrays stay as
    /// they are: their columns are [`Table::columns`](crate::text::Table::columns).
    pub fn unpack(&mut self, unpack: bool) -> &mut Self {
        self.unpack = unpack;
        self
    }

    /// Tells which values are missing, in [`Table::mask`](crate::text::Table::mask); default false.
    pub fn usemask(&mut self, usemask: bool) -> &mut Self {
        self.usemask = usemask;
        self
    }

    /// Counts a field that is no value of its column as missing; default true. If false, it is an error, unless it is
    /// one of the missing values.
    pub fn loose(&mut self, loose: bool) -> &mut Self {
        self.loose = loose;
        self
    }

    /// Makes lines with another number of columns an error; default true. If false, they are left out and warned of.
    pub fn invalid_raise(&mut self, invalid_raise: bool) -> &mut Self {
        self.invalid_raise = invalid_raise;
        self
    }

    /// The greatest number of rows to read; default all. Not together with [`skip_footer`](Self::skip_footer).
    pub fn max_rows(&mut self, rows: u64) -> &mut Self {
        self.max_rows = Some(rows);
        self
    }

    /// The encoding of the text; default UTF-8.
    pub fn encoding(&mut self, encoding: Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    /// Makes columns found to be text `S` if Latin-1 has their characters: NumPy's `encoding='bytes'`.
    pub fn strings_as_bytes(&mut self, texts_as_bytes: bool) -> &mut Self {
        self.texts_as_bytes = texts_as_bytes;
        self
    }

    /// The least number of axes, 0 to 2; default 0: axes of length 1 are dropped.
    pub fn ndmin(&mut self, ndmin: usize) -> &mut Self {
        self.ndmin = ndmin;
        self
    }

    run_options!(run);

    /// Accepts floats and complex numbers as Fortran prints them, as
    /// [`LoadTxt::fortran`](crate::text::LoadTxt::fortran) does; default false.
    ///
    /// ```
    /// use numio::text::GenFromTxt;
    ///
    /// let table = GenFromTxt::new().dtype(None).fortran(true).parse("1.0D+05 x\n0.33-104 y\n")?;
    /// assert_eq!(table.array().dtype().to_string(), "[('f0', '<f8'), ('f1', '<U1')]");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn fortran(&mut self, fortran: bool) -> &mut Self {
        self.fortran = fortran;
        self
    }

    /// The limits of reading, as for [`LoadTxt::limits`](crate::text::LoadTxt::limits).
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }
}
