//! `numpy.loadtxt`.

use std::fmt;
use std::path::Path;

use crate::array::byte_len;
use crate::datetime::common_unit;
use crate::error::headroom;
use crate::parallel::{RunOptions, run_options};
use crate::text::encoding::Encoding;
use crate::text::error::TextError;
use crate::text::open::text_inputs;
use crate::text::read::build::{Elements, table_array};
use crate::text::read::chunk::{MergedRows, RowParser, is_open_end};
use crate::text::read::convert::{Overflows, RowLayout, StringColumn, Value};
use crate::text::read::converters::{Converters, ObjectCells, number};
use crate::text::read::dialect::{Comments, Dialect, RowFields};
use crate::text::read::fast::FastRows;
use crate::text::read::lines::{FirstLook, RowLimits, TextInput, TextSource, fields, in_proportion};
use crate::text::read::pipeline::{MergeRows, Pipeline};
use crate::text::read::table::{Table, Warning};
use crate::{DType, DynArray, Error, Limits, Result, Scalar, TimeUnit};

/// Reads an array from text, one row a line: `numpy.loadtxt` with each of its parameters.
///
/// ```
/// use numio::text::LoadTxt;
///
/// let table = LoadTxt::new().delimiter(',').parse("# x,y\n1,2.5\n3,4.5\n")?;
/// let array = table.to_array::<f64, ndarray::Ix2>()?;
/// assert_eq!(array, ndarray::array![[1.0, 2.5], [3.0, 4.5]]);
/// # Ok::<(), numio::Error>(())
/// ```
///
/// Numbers mean what they mean to NumPy: floats are correctly rounded whatever their length, integers have no point, no
/// exponent and no underscore, complex numbers may have parentheses, a boolean is an integer that may be 0. Errors have
/// NumPy's messages.
///
/// Texts are read in chunks, so that the memory needed is the array's and a few megabytes; they are converted on all
/// cores unless there are converters.
pub struct LoadTxt<'c> {
    dtype: DType,
    comments: Vec<String>,
    delimiter: Option<String>,
    converters: Converters<'c>,
    skip_rows: u64,
    usecols: Option<Vec<isize>>,
    unpack: bool,
    ndmin: usize,
    encoding: Encoding,
    max_rows: Option<u64>,
    quote: Option<char>,
    universal_newlines: bool,
    fortran: bool,
    exact_complex: bool,
    limits: Limits,
    run: RunOptions,
}

impl fmt::Debug for LoadTxt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadTxt")
            .field("dtype", &self.dtype)
            .field("comments", &self.comments)
            .field("delimiter", &self.delimiter)
            .field("has_converters", &!self.converters.is_empty())
            .field("skiprows", &self.skip_rows)
            .field("usecols", &self.usecols)
            .field("max_rows", &self.max_rows)
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

impl Default for LoadTxt<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'c> LoadTxt<'c> {
    /// NumPy's defaults: floats between white space, comments from `#` on, UTF-8.
    pub fn new() -> Self {
        Self {
            dtype: DType::FLOAT64,
            comments: vec!["#".to_owned()],
            delimiter: None,
            converters: Converters::default(),
            skip_rows: 0,
            usecols: None,
            unpack: false,
            ndmin: 0,
            encoding: Encoding::Utf8,
            max_rows: None,
            quote: None,
            universal_newlines: true,
            fortran: false,
            exact_complex: false,
            limits: Limits::default(),
            run: RunOptions::default(),
        }
    }

    /// The dtype of the array; default `float64`. A structured dtype takes one column for each value of its element, in
    /// order, through nested fields and subarrays, and gives one record a row. `S` and `U` without a length become as
    /// long as the longest field. Elements of dtype `object` are Python's strings, or what converters make of the fields;
    /// `V` needs converters.
    ///
    /// ```
    /// use numio::{DType, text::LoadTxt};
    ///
    /// let table = LoadTxt::new().dtype(DType::parse("U1, i4")?).parse("M 21\nF 35")?;
    /// assert_eq!(table.array().shape(), [2]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn dtype(&mut self, dtype: DType) -> &mut Self {
        self.dtype = dtype;
        self
    }

    /// The texts that start a comment, which lasts to the end of its line: any number of any length, none to have no
    /// comments. Default `#`.
    pub fn comments<S: Into<String>>(&mut self, comments: impl IntoIterator<Item = S>) -> &mut Self {
        self.comments = comments.into_iter().map(Into::into).collect();
        self
    }

    /// The character between two fields. By default any run of white space separates them.
    pub fn delimiter(&mut self, delimiter: impl Into<String>) -> &mut Self {
        self.delimiter = Some(delimiter.into());
        self
    }

    /// Converts the fields of one column of the file; a negative one counts from the last. Default: none.
    ///
    /// ```
    /// use numio::text::{LoadTxt, Value};
    ///
    /// let table = LoadTxt::new()
    ///     .converter(1, |field| Ok(Value::from(field.trim_end_matches('%').parse::<f64>().unwrap_or(f64::NAN))))
    ///     .parse("1 50%\n2 75%")?;
    /// assert_eq!(table.to_array::<f64, ndarray::Ix2>()?.column(1).to_vec(), [50.0, 75.0]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn converter(
        &mut self,
        column: isize,
        mut converter: impl FnMut(&str) -> Result<Value> + 'c,
    ) -> &mut Self {
        self.converter_with_column(column, move |_, field| converter(field).map(Some))
    }

    /// Converts the fields of every column that has no converter of its own. Default: none.
    pub fn default_converter(&mut self, mut converter: impl FnMut(&str) -> Result<Value> + 'c) -> &mut Self {
        self.converter_with_column(None, move |_, field| converter(field).map(Some))
    }

    /// As [`converter`](Self::converter), or [`default_converter`](Self::default_converter) where no column is named. The
    /// function learns which column of the result a field is for, counted from 0, and may leave it to the dtype.
    ///
    /// ```
    /// use numio::text::{LoadTxt, Value};
    ///
    /// let table = LoadTxt::new()
    ///     .converter_with_column(None, |column, field| Ok((field == "-").then(|| Value::from(column as f64))))
    ///     .parse("- 7\n8 -")?;
    /// assert_eq!(table.to_array::<f64, ndarray::Ix2>()?, ndarray::array![[0.0, 7.0], [8.0, 1.0]]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn converter_with_column(
        &mut self,
        column: impl Into<Option<isize>>,
        converter: impl FnMut(usize, &str) -> Result<Option<Value>> + 'c,
    ) -> &mut Self {
        match column.into() {
            Some(column) => self.converters.columns.push((column, Box::new(converter))),
            None => self.converters.all = Some(Box::new(converter)),
        }
        self
    }

    /// The number of lines to leave out at the start, comments and empty ones counted; default 0.
    pub fn skiprows(&mut self, rows: u64) -> &mut Self {
        self.skip_rows = rows;
        self
    }

    /// The columns to read, in this order; negative ones count from the last of their row. Default all, and then every
    /// row must have as many.
    ///
    /// ```
    /// use numio::text::LoadTxt;
    ///
    /// let table = LoadTxt::new().usecols([-1, 0]).parse("1 2 3\n4 5")?;
    /// assert_eq!(table.to_array::<f64, ndarray::Ix2>()?, ndarray::array![[3.0, 1.0], [5.0, 4.0]]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn usecols(&mut self, columns: impl IntoIterator<Item = isize>) -> &mut Self {
        self.usecols = Some(columns.into_iter().collect());
        self
    }

    /// Transposes the array, so that its first axis is the file's columns; default false. Structured arrays stay as
    /// they are.
    pub fn unpack(&mut self, unpack: bool) -> &mut Self {
        self.unpack = unpack;
        self
    }

    /// The least number of axes, 0 to 2; default 0: axes of length 1 are dropped.
    pub fn ndmin(&mut self, ndmin: usize) -> &mut Self {
        self.ndmin = ndmin;
        self
    }

    /// The encoding of the text; default UTF-8.
    pub fn encoding(&mut self, encoding: Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    /// The greatest number of rows to read, comments and empty lines not counted; default all.
    pub fn max_rows(&mut self, rows: u64) -> &mut Self {
        self.max_rows = Some(rows);
        self
    }

    /// The character between two of which delimiters, comments and line ends mean nothing; two of it within quotes mean
    /// one. Default none.
    ///
    /// ```
    /// use numio::{DType, text::LoadTxt};
    ///
    /// let text = "\"alpha, #42\",10\n";
    /// let table = LoadTxt::new().dtype(DType::parse("U10, i4")?).delimiter(',').quotechar('"').parse(text)?;
    /// assert_eq!(table.array().size(), 1);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn quotechar(&mut self, quote: char) -> &mut Self {
        self.quote = Some(quote);
        self
    }

    /// Reads `\r\n` and `\r` between quotes as `\n`; default true, as Python reads text files, and with them NumPy. Lines
    /// given to [`lines`](Self::lines) keep theirs.
    ///
    /// ```
    /// use numio::{DType, text::LoadTxt};
    ///
    /// let mut loader = LoadTxt::new();
    /// loader.dtype(DType::parse("U4")?).delimiter(',').quotechar('"');
    /// assert_eq!(loader.parse("\"a\r\nb\"\r\n")?.array().to_string(), "a\nb");
    /// loader.universal_newlines(false);
    /// assert_eq!(loader.parse("\"a\r\nb\"\r\n")?.array().to_string(), "a\r\nb");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn universal_newlines(&mut self, universal_newlines: bool) -> &mut Self {
        self.universal_newlines = universal_newlines;
        self
    }

    run_options!(run);

    /// Accepts floats and complex numbers as Fortran prints them: `1.0D+05`, and `0.33-104` without a letter; default
    /// false, as in NumPy. See [`fortran_number`](crate::text::fortran_number).
    ///
    /// ```
    /// use numio::text::LoadTxt;
    ///
    /// let table = LoadTxt::new().fortran(true).parse("1.0D+05 0.33-104")?;
    /// assert_eq!(table.to_array::<f64, ndarray::Ix1>()?.to_vec(), [1e5, 0.33e-104]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn fortran(&mut self, fortran: bool) -> &mut Self {
        self.fortran = fortran;
        self
    }

    /// Reads complex numbers of long doubles (`complex256`) to their last bit; default false: NumPy reads them through
    /// doubles, and they lose eleven bits. All other numbers are exact either way.
    ///
    /// ```
    /// use num_complex::Complex;
    /// use numio::{DType, LongDouble, text::LoadTxt};
    ///
    /// let text = "0.33333333333333333334+1j";
    /// let table = LoadTxt::new().dtype(DType::parse("c32")?).exact_complex(true).parse(text)?;
    /// assert_eq!(table.to_array::<Complex<LongDouble>, ndarray::Ix0>()?[()].re.to_string(), "0.33333333333333333334");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn exact_complex(&mut self, exact_complex: bool) -> &mut Self {
        self.exact_complex = exact_complex;
        self
    }

    /// The limits of reading: [`Limits::max_row_bytes`], [`Limits::max_row_fields`], [`Limits::max_array_bytes`] and
    /// [`Limits::max_text_ratio`].
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    text_inputs! {
        /// Reads the file at `path`, uncompressed where its suffix is `.gz`, `.bz2`, `.xz`, `.lzma` or `.zst`. Where there
        /// is no such file, one with any of these suffixes appended is read.
        ///
        /// # Errors
        /// `Io` where the file cannot be read; `InvalidInput` where the parameters do not fit each other; `InvalidData` for a row that
        /// does not fit the first or the dtype and for a field that is not of the dtype; `Encoding` for bytes that are no
        /// text; `LimitExceeded` where a row or the array is too large.
        load
        /// Reads lines, each with or without its line end. No more are taken than [`max_rows`](Self::max_rows) rows need, so
        /// that the rest can be read later.
        ///
        /// ```
        /// use numio::text::LoadTxt;
        ///
        /// let mut lines = ["1 2", "3 4", "5 6"].into_iter();
        /// LoadTxt::new().max_rows(2).lines(&mut lines)?;
        /// assert_eq!(lines.next(), Some("5 6"));
        /// # Ok::<(), numio::Error>(())
        /// ```
        ///
        /// # Errors
        /// As [`load`](Self::load), and `InvalidData` for a line that has a line end before its end.
        lines
    }

    /// Checks the parameters, before any input is touched.
    fn checked(&self) -> Result<(Dialect, RowLayout)> {
        if self.ndmin > 2 {
            return Err(TextError::Ndmin(self.ndmin).into());
        }
        let dialect = Dialect::new(self.delimiter.as_deref(), &self.comments, self.quote)?;
        let columns = RowLayout::of(&self.dtype)?;
        if let (Some(usecols), Some(fields)) = (self.usecols.as_ref().map(Vec::len), columns.wanted())
            && usecols != fields
        {
            return Err(TextError::UsecolsFields { usecols, fields }.into());
        }
        Ok((dialect, columns))
    }

    fn table(
        &mut self,
        checked: (Dialect, RowLayout),
        input: TextInput<'_>,
        _path: Option<&Path>,
    ) -> Result<Table> {
        self.run.clone().run(|| self.read_table(checked, input))
    }

    fn read_table(
        &mut self,
        (mut dialect, columns): (Dialect, RowLayout),
        input: TextInput<'_>,
    ) -> Result<Table> {
        let limited = dialect.clone();
        let limits = RowLimits::new(&self.limits, move |row| fields(&limited, row));
        let source = TextSource::new(input, limits);
        dialect.universal_newlines = self.universal_newlines && source.is_stream();
        let rows = self.rows(dialect, &columns, source)?;
        let mut warnings = Vec::new();
        if let (Some(line), Some(max_rows)) = (rows.blank, self.max_rows) {
            warnings.push(Warning::EmptyLine { line, max_rows });
        }
        warnings.extend(rows.overflows.warnings());
        // One row of no columns loses the axis of its row, and is no data to NumPy.
        let is_empty_row = rows.rows == 1 && rows.count == 0 && self.ndmin < 2;
        if rows.rows == 0 || is_empty_row && !matches!(columns, RowLayout::Record(..)) {
            warnings.push(Warning::NoData);
        }
        let array = assemble(&self.dtype, &columns, rows, self.ndmin, self.unpack, &self.limits)?;
        Ok(Table::new(array, self.unpack, warnings))
    }

    /// All rows, or as many as were asked for.
    fn rows(
        &mut self,
        dialect: Dialect,
        columns: &RowLayout,
        mut source: TextSource<'_>,
    ) -> Result<MergedRows> {
        let Self { usecols, limits, max_rows, skip_rows, .. } = self;
        headroom(HEADROOM)?;
        let known = usecols.as_ref().map(Vec::len).or(columns.wanted());
        let mut rows = MergedRows {
            count: known.unwrap_or(1),
            skip_rows: *skip_rows,
            max_rows: *max_rows,
            max_array_bytes: limits.max_array_bytes,
            ..MergedRows::default()
        };
        // NumPy reads these line by line and notices the end of the text only after the last line.
        let reads_lines =
            matches!(columns, RowLayout::StringColumn(_)) || matches!(dialect.comments, Comments::Several(_));
        source.skip_lines(*skip_rows);
        let mut fields = RowFields::default();
        let mut blank = None;
        let look = |rest: &[u8]| {
            let taken = fields.cut(&dialect, rest);
            if fields.len() > 0 {
                return FirstLook::Here;
            }
            if max_rows.is_some() && (reads_lines || !is_open_end(rest, taken)) {
                blank = blank.or(Some(*skip_rows + 1));
            }
            FirstLook::Pass(taken)
        };
        let first = if *max_rows == Some(0) { None } else { source.first(&dialect, *max_rows, look) };
        rows.blank = blank;
        if first.is_none() {
            return match source.take_stop() {
                Some(end) => Err(end.into_error(0)),
                None => Ok(rows),
            };
        }
        let width = fields.len();
        // A row of millions of fields takes memory.
        drop(fields);
        if width as u64 > limits.max_row_fields {
            return Err(TextError::WideRow { limit: limits.max_row_fields, row: 1 }.into());
        }
        rows.count = known.unwrap_or(width);
        let has_objects = !columns.objects().is_empty();
        let has_converters = !self.converters.is_empty() || has_objects;
        let mut assigned = self.converters.assign(rows.count, usecols.as_deref())?;
        assigned.objects = has_objects.then(ObjectCells::new).transpose()?;
        let fast = match has_converters {
            false => FastRows::new(&dialect, columns, usecols.as_deref(), rows.count),
            true => None,
        };
        let parser = RowParser {
            dialect,
            columns: columns.clone(),
            usecols: usecols.clone(),
            count: rows.count,
            fast,
            reads_lines,
            fortran: self.fortran,
            exact_complex: self.exact_complex,
            overflows: Overflows::default(),
        };
        if parser.row_size().is_none_or(|size| size as u64 > limits.max_array_bytes) {
            let bytes = parser.row_size().map_or(u64::MAX, |size| size as u64);
            return Err(TextError::TooLarge { bytes, limit: limits.max_array_bytes }.into());
        }
        rows.row_size = parser.row_size().unwrap_or(0);
        let mut pipeline =
            Pipeline { source, dialect: &parser.dialect, first, max_array_bytes: limits.max_array_bytes };
        if has_converters {
            pipeline.in_turn(&mut rows, |chunk, _| {
                (parser.parse(chunk.rest(), None, Vec::new(), &mut assigned), chunk.text)
            })?;
            let objects = assigned.objects.map(|objects| objects.finish(limits));
            rows.objects = objects.transpose()?;
        } else {
            pipeline.run(&parser, &mut rows)?;
        }
        rows.overflows = parser.overflows;
        match pipeline.source.take_stop() {
            Some(end) if rows.left() != Some(0) => Err(end.into_error(rows.rows)),
            _ => Ok(rows),
        }
    }
}

/// Memory that must be left before a text is read.
const HEADROOM: usize = 1 << 19;

/// The array of `rows`, with at least `ndmin` axes and no others of length 1; with `unpack`, columns first.
fn assemble(
    dtype: &DType,
    columns: &RowLayout,
    rows: MergedRows,
    ndmin: usize,
    unpack: bool,
    limits: &Limits,
) -> Result<DynArray> {
    let MergedRows { elements, rows: found, count, objects, .. } = rows;
    let dtype = match columns {
        RowLayout::StringColumn(scalar) => DType::Scalar(settled(*scalar, elements.chunks())?),
        _ => dtype.clone(),
    };
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    let shape = match columns {
        RowLayout::Record(..) => vec![found],
        _ => vec![found, count],
    };
    let len = byte_len(&shape, dtype.itemsize())?;
    if len as u64 > limits.max_array_bytes {
        return Err(TextError::TooLarge { bytes: len as u64, limit: limits.max_array_bytes }.into());
    }
    if matches!(columns, RowLayout::StringColumn(_)) {
        in_proportion(len as u64, elements.bytes(), limits)?;
    }
    let mut buffer = elements.into_buffer(&dtype, len)?;
    if let Some(graph) = &objects {
        number(buffer.bytes_mut(), dtype.itemsize(), &columns.objects(), graph)?;
    }
    let array = table_array(dtype, shape, buffer, ndmin, unpack);
    Ok(match objects {
        Some(graph) => array.with_objects(graph),
        None => array,
    })
}

/// The dtype of strings, as long as the longest, or of dates, of the unit that represents all of them.
fn settled(scalar: Scalar, chunks: &[Elements]) -> Result<Scalar> {
    let texts = chunks.iter().filter_map(|elements| match elements {
        Elements::StringColumn(texts) => Some(texts),
        Elements::Fixed(_) => None,
    });
    if let Scalar::Datetime(_, order) = scalar {
        let unit = texts.filter_map(StringColumn::unit).reduce(common_unit);
        return Ok(Scalar::Datetime(unit.unwrap_or(TimeUnit::Generic), order));
    }
    // NumPy makes no text of length 0.
    let longest = texts.map(StringColumn::longest).max().unwrap_or(0).max(1);
    let too_long = || TextError::LongText(longest);
    let length = i32::try_from(longest).map_err(|_| too_long())?.unsigned_abs();
    Ok(match scalar {
        Scalar::Str(_, order) if length <= i32::MAX.unsigned_abs() / 4 => Scalar::Str(length, order),
        Scalar::Str(..) => return Err(too_long().into()),
        _ => Scalar::Bytes(length),
    })
}
