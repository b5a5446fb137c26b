//! The dtype that holds all of a text without changing a value.

use numio::{DType, Error, ErrorKind, Record, Result, Scalar};

use super::blocks::Blocks;
use super::fields::{Dialect, NumberStyle, Row, shown};
use super::form::{Form, UNITS, is_rest_of_float, leading_digits};

/// Integers up to this are exact as floats.
const EXACT_IN_FLOAT: u64 = 1 << 53;

/// Rules for interpreting fields.
#[derive(Debug, Clone, Copy)]
pub struct FieldRules<'a> {
    pub dialect: &'a Dialect,
    /// The columns to read; `None` for all.
    pub columns: Option<&'a [isize]>,
    pub missing: &'a [String],
    pub numbers: NumberStyle,
}

/// A field that is decisive for its column: its line, and its text.
type Example = Option<(u64, String)>;

/// The facts known about a column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnFacts {
    /// Fields of each kind.
    booleans: u64,
    integers: u64,
    floats: u64,
    not_finite: u64,
    complex: u64,
    dates: u64,
    /// Fields `NaT`.
    not_a_time: u64,
    texts: u64,
    pub missing: u64,
    /// The largest magnitude, that of a positive integer, and whether one is negative.
    largest: u64,
    largest_positive: u64,
    has_negative: bool,
    /// The finest unit of the dates: an index of `UNITS`.
    unit: usize,
    /// A date that nanoseconds do not reach.
    far: Example,
    /// The length of the longest field, in characters.
    longest: usize,
    pub first_missing: Option<u64>,
    /// An integer that no type of 64 bits holds.
    wide: Example,
    /// The field that made the column a text.
    first_text: Example,
}

/// The first and the last day of which all of `datetime64[ns]` has every moment.
const NANOSECONDS: [&str; 2] = ["1677-09-22", "2262-04-10"];

/// The kind of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Nothing,
    Bool,
    Int,
    UInt,
    Float,
    Complex,
    Date,
    Text,
}

/// The facts about all rows of a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Discovery {
    pub columns: Vec<ColumnFacts>,
    /// The number of rows.
    pub rows: u64,
    /// The bytes of what was read.
    pub bytes: u64,
    /// The line of the first row that has as many fields as there are columns.
    pub widest: u64,
}

impl Discovery {
    /// Reads the first `most` blocks of a text.
    ///
    /// # Errors
    /// `Io`; `Encoding` if the text is not UTF-8.
    pub fn of(blocks: &mut Blocks, rules: FieldRules<'_>, most: usize) -> Result<Self> {
        let mut found = Self::default();
        for _ in 0..most {
            let Some(block) = blocks.next()? else { break };
            let text = utf8(block.text())?;
            found.bytes += text.len() as u64;
            if !found.plain_rows(text, block.line, rules) {
                for row in rules.dialect.rows(text, block.line) {
                    found.row(&row, rules);
                }
            }
            blocks.reuse(block);
        }
        Ok(found)
    }

    /// Returns whether a text that starts with these rows has `dtype` if all of it can be read as that.
    pub fn keeps(&self, dtype: &DType) -> bool {
        let fields = dtype.as_record().map(Record::fields);
        let own = |at: usize| fields.map_or(Some(dtype), |fields| fields.get(at).map(|field| &field.dtype));
        let mut columns = self.columns.iter().enumerate();
        self.rows > 0 && columns.all(|(at, facts)| own(at).is_some_and(|dtype| facts.keeps(dtype)))
    }

    fn row(&mut self, row: &Row<'_>, rules: FieldRules<'_>) {
        self.rows += 1;
        match rules.columns {
            None => {
                self.widen(row.fields.len(), row.line);
                for (column, field) in self.columns.iter_mut().zip(&row.fields) {
                    column.add(field, row.line, rules);
                }
            }
            Some(columns) => {
                self.widen(columns.len(), row.line);
                for (facts, &column) in self.columns.iter_mut().zip(columns) {
                    let place = place(column, row.fields.len());
                    let field = place.and_then(|place| row.fields.get(place)).map_or("", |field| field);
                    facts.add(field, row.line, rules);
                }
            }
        }
    }

    fn widen(&mut self, width: usize, line: u64) {
        if self.columns.len() < width {
            self.widest = line;
            self.columns.resize(width, ColumnFacts::default());
        }
    }

    /// Fast path for rows without quotes and comments, and a delimiter of one byte: fields are found by searching for
    /// delimiters and line ends only. Returns whether it applies to the text.
    fn plain_rows(&mut self, text: &str, line: u64, rules: FieldRules<'_>) -> bool {
        let Dialect { delimiter, quote, comments } = rules.dialect;
        let Some(delimiter) = delimiter.and_then(|char| u8::try_from(char).ok()).filter(u8::is_ascii) else {
            return false;
        };
        let has = |part: &str| memchr::memmem::find(text.as_bytes(), part.as_bytes()).is_some();
        let is_plain = quote.is_none_or(|quote| !has(quote.encode_utf8(&mut [0; 4])))
            && (comments.is_empty() || !has(comments))
            && rules.columns.is_none()
            && !has("\r");
        if !is_plain {
            return false;
        }
        let has_plain_numbers = rules.missing.is_empty() && rules.numbers == NumberStyle::default();
        let (mut start, mut column, mut line) = (0, 0, line);
        let ends = memchr::memchr2_iter(delimiter, b'\n', text.as_bytes());
        let last = (!text.ends_with('\n')).then_some(text.len());
        for end in ends.chain(last) {
            let is_row_end = text.as_bytes().get(end) != Some(&delimiter);
            // An empty line is not a row.
            if !is_row_end || column > 0 || end > start {
                if column >= self.columns.len() {
                    self.widen(column + 1, line);
                }
                if let Some(facts) = self.columns.get_mut(column) {
                    let bytes = text.as_bytes().get(start..end).unwrap_or_default();
                    if !(has_plain_numbers && facts.add_plain(bytes)) {
                        facts.add(text.get(start..end).unwrap_or_default(), line, rules);
                    }
                }
                column += 1;
            }
            if is_row_end {
                self.rows += u64::from(column > 0);
                column = 0;
                line += 1;
            }
            start = end + 1;
        }
        true
    }
}

/// Text as the library decodes it.
///
/// # Errors
/// `Encoding`.
pub fn utf8(block: &[u8]) -> Result<&str> {
    std::str::from_utf8(block)
        .map_err(|error| Error::new(ErrorKind::Encoding, format!("the text is not UTF-8: {error}")))
}

/// The index of a column in a row of `width` fields.
pub fn place(column: isize, width: usize) -> Option<usize> {
    match usize::try_from(column) {
        Ok(column) => Some(column),
        Err(_) => width.checked_add_signed(column),
    }
}

impl ColumnFacts {
    /// Adds a field as nearly all are in columns of numbers: digits, a point, an exponent. Returns whether it is one.
    #[inline]
    fn add_plain(&mut self, field: &[u8]) -> bool {
        /// Any integer of as many digits fits into 64 bits, whatever its sign.
        const FITS: usize = 18;
        if self.texts > 0 {
            return false;
        }
        let (negative, digits) = match field {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, field),
        };
        let whole = leading_digits(digits);
        if whole == digits.len() {
            if whole == 0 || whole > FITS || negative && self.largest_positive > i64::MAX as u64 {
                return false;
            }
            let magnitude = digits.iter().fold(0, |value, byte| value * 10 + u64::from(byte - b'0'));
            self.integers += 1;
            self.bound(negative, magnitude);
        } else {
            if !is_rest_of_float(digits, whole) {
                return false;
            }
            self.floats += 1;
        }
        self.longest = self.longest.max(field.len());
        true
    }

    fn add(&mut self, field: &str, line: u64, rules: FieldRules<'_>) {
        let chars = if field.is_ascii() { field.len() } else { field.chars().count() };
        self.longest = self.longest.max(chars);
        let trimmed = field.trim();
        if trimmed.is_empty() || rules.missing.iter().any(|missing| missing == trimmed) {
            self.missing += 1;
            self.first_missing = self.first_missing.or(Some(line));
            return;
        }
        // A text column remains one.
        if self.texts > 0 {
            self.texts += 1;
            return;
        }
        let form = match Form::of(&rules.numbers.plain(trimmed)) {
            Form::Int { .. } | Form::Float | Form::Complex if rules.numbers.has_other_mark(trimmed) => {
                Form::Text
            }
            form => form,
        };
        match form {
            Form::Bool => self.booleans += 1,
            Form::Int { negative, magnitude } => {
                self.integers += 1;
                let most = if negative { 1 << 63 } else { u64::MAX };
                let fits = magnitude.filter(|&magnitude| magnitude <= most);
                if let Some(magnitude) = fits {
                    self.bound(negative, magnitude);
                }
                // Each alone may fit, one as `uint64` and the other as `int64`.
                if fits.is_none() || self.has_negative && self.largest_positive > i64::MAX as u64 {
                    self.wide.get_or_insert_with(|| (line, trimmed.to_owned()));
                }
            }
            Form::Float => self.floats += 1,
            Form::NotFinite => self.not_finite += 1,
            Form::Complex => self.complex += 1,
            Form::Date(unit) => {
                self.dates += 1;
                self.unit = self.unit.max(unit);
                let [first, last] = NANOSECONDS;
                if trimmed.get(..10).is_some_and(|day| day < first || day > last) {
                    self.far.get_or_insert_with(|| (line, trimmed.to_owned()));
                }
            }
            Form::NotATime => self.not_a_time += 1,
            Form::Text => {
                self.texts += 1;
                self.first_text = Some((line, trimmed.to_owned()));
            }
        }
    }

    /// Widens the bounds of the column's integers.
    #[inline]
    fn bound(&mut self, negative: bool, magnitude: u64) {
        self.has_negative |= negative && magnitude > 0;
        self.largest = self.largest.max(magnitude);
        self.largest_positive = self.largest_positive.max(if negative { 0 } else { magnitude });
    }

    /// Returns whether there are fields that are not missing, and all are of the kinds counted.
    fn has_only(&self, counted: &[u64]) -> bool {
        let all = self.booleans
            + self.integers
            + self.floats
            + self.not_finite
            + self.complex
            + self.dates
            + self.not_a_time
            + self.texts;
        all > 0 && counted.iter().sum::<u64>() == all
    }

    /// Returns whether there are integers, and no number with a point among them.
    fn is_whole(&self) -> bool {
        self.integers > 0 && self.has_only(&[self.integers, self.not_finite])
    }

    /// Returns whether the column keeps `dtype`, that of the whole array or its own, whatever else can be read as that.
    fn keeps(&self, dtype: &DType) -> bool {
        let is_float = matches!(dtype.as_scalar(), Some(Scalar::Float(..)));
        let is_whole = self.has_only(&[self.integers]) && self.wide.is_none();
        let is_plain = self.has_only(&[self.integers, self.floats, self.not_finite]);
        self.missing == 0 && if is_float { is_plain && self.floats > 0 } else { is_whole }
    }

    pub fn kind(&self, wide_as_text: bool) -> Kind {
        if self.has_only(&[self.booleans]) {
            Kind::Bool
        } else if self.dates > 0 && self.has_only(&[self.dates, self.not_a_time]) {
            if self.unit + 1 == UNITS.len() && self.far.is_some() { Kind::Text } else { Kind::Date }
        } else if self.is_whole() && self.wide.is_some() && wide_as_text {
            Kind::Text
        } else if self.has_only(&[self.integers]) {
            if self.largest_positive > i64::MAX as u64 { Kind::UInt } else { Kind::Int }
        } else if self.has_only(&[self.integers, self.floats, self.not_finite]) {
            Kind::Float
        } else if self.has_only(&[self.integers, self.floats, self.not_finite, self.complex]) {
            Kind::Complex
        } else if self.texts + self.booleans + self.dates + self.not_a_time + self.integers == 0 {
            Kind::Nothing
        } else {
            Kind::Text
        }
    }

    /// The dtype of the column alone. `fill` is the value for its missing fields.
    ///
    /// # Errors
    /// `InvalidData` for integers that no type of 64 bits holds, and for integers and booleans that are missing.
    pub fn dtype(&self, name: &str, number: usize, fill: Option<&str>, wide_as_text: bool) -> Result<DType> {
        let place = |line: u64| format!("line {line}, column {number} ({name})");
        let kind = self.kind(wide_as_text);
        let fill_is_whole = fill.is_some_and(|fill| matches!(Form::of(fill), Form::Int { .. }));
        if let (true, false, Some((line, text))) = (self.is_whole(), kind == Kind::Text, &self.wide) {
            let what = format!(
                "{}: {} and the column's other integers go into no type of 64 bits: --wide-integers text keeps \
                 their digits",
                place(*line),
                shown(text).trim_matches('"')
            );
            return Err(Error::new(ErrorKind::InvalidData, what));
        }
        if let (Kind::Int | Kind::UInt | Kind::Bool, Some(line)) = (kind, self.first_missing) {
            let values = if kind == Kind::Bool { "booleans" } else { "integers" };
            let example = if kind == Kind::Bool { "False" } else { "-1" };
            match fill {
                None => {
                    let exact = if self.largest <= EXACT_IN_FLOAT && kind != Kind::Bool {
                        ", --fill nan makes floats of the column"
                    } else {
                        ""
                    };
                    let what = format!(
                        "{}: the field is empty, and the column is of {values} ({} missing): --fill {example} or --fill \
                         '{name}={example}' fills it{exact}",
                        place(line),
                        self.missing
                    );
                    return Err(Error::new(ErrorKind::InvalidData, what));
                }
                Some(_) if kind == Kind::Bool || fill_is_whole => {}
                Some(_) => {
                    self.exact(&place(line))?;
                    return Ok(DType::FLOAT64);
                }
            }
        }
        if kind == Kind::Float && self.is_whole() {
            self.exact(&place(0).replacen("line 0, ", "", 1))?;
        }
        Ok(match kind {
            Kind::Nothing | Kind::Float => DType::FLOAT64,
            Kind::Bool => DType::BOOL,
            Kind::Int => DType::INT64,
            Kind::UInt => DType::UINT64,
            Kind::Complex => DType::parse("c16")?,
            Kind::Date => DType::parse(&format!("M8[{}]", UNITS.get(self.unit).unwrap_or(&"ns")))?,
            Kind::Text => DType::parse(&format!("U{}", self.length(fill)))?,
        })
    }

    /// The dtype that a caller has given the column. A text without a length gets that of the longest field.
    ///
    /// # Errors
    /// None that a file leads to.
    pub fn sized(&self, dtype: &DType, fill: Option<&str>) -> Result<DType> {
        let code = match dtype.as_scalar() {
            Some(Scalar::Str(..)) if dtype.itemsize() == 0 => 'U',
            Some(Scalar::Bytes(_)) if dtype.itemsize() == 0 => 'S',
            _ => return Ok(dtype.clone()),
        };
        DType::parse(&format!("{code}{}", self.length(fill)))
    }

    /// The number of characters of the longest text, those of missing fields included.
    fn length(&self, fill: Option<&str>) -> usize {
        let filled = fill.filter(|_| self.missing > 0).map_or(0, |fill| fill.chars().count());
        self.longest.max(filled).max(1)
    }

    /// # Errors
    /// `InvalidData` if floats would not have all digits of the column's integers.
    fn exact(&self, place: &str) -> Result<()> {
        if self.largest <= EXACT_IN_FLOAT {
            return Ok(());
        }
        let what = format!(
            "{place}: floats do not hold all digits of the column's integers: fill it with an integer (--fill -1), or \
             read it as text (--as 'NAME=U20')"
        );
        Err(Error::new(ErrorKind::InvalidData, what))
    }

    /// The reason for the column's dtype, in words.
    pub fn reason(&self, kind: Kind) -> String {
        let mut parts = Vec::new();
        for (count, what) in [
            (self.booleans, "booleans"),
            (self.integers, "integers"),
            (self.floats, "floats"),
            (self.not_finite, "nan or inf"),
            (self.complex, "complex numbers"),
            (self.dates, "dates"),
            (self.not_a_time, "NaT"),
            (self.texts, "texts"),
            (self.missing, "missing"),
        ] {
            if count > 0 && !(kind == Kind::Text && what != "missing") {
                parts.push(format!("{count} {what}"));
            }
        }
        if let (Kind::Text, Some((line, text))) = (kind, &self.first_text) {
            parts.push(format!("{} in line {line} is no number", shown(text)));
        } else if let (Kind::Text, Some((line, text))) = (kind, &self.far) {
            parts.push(format!("{} in line {line} is not in the range of datetime64[ns]", shown(text)));
        } else if let (Kind::Text, Some((line, text))) = (kind, &self.wide) {
            parts.push(format!(
                "{} in line {line} goes into no type of 64 bits",
                shown(text).trim_matches('"')
            ));
        }
        parts.join(", ")
    }
}

/// One dtype for all columns if that changes no value: columns of one kind, or numbers that are all exact as floats.
pub fn common(columns: &[ColumnFacts], dtypes: &[DType], wide_as_text: bool) -> Option<DType> {
    let kinds: Vec<Kind> = columns.iter().map(|column| column.kind(wide_as_text)).collect();
    let first = dtypes.first()?;
    if dtypes.iter().all(|dtype| dtype == first) {
        return Some(first.clone());
    }
    let is_exact = columns.iter().all(|column| column.integers == 0 || column.largest <= EXACT_IN_FLOAT);
    let all = |allowed: &[Kind]| kinds.iter().all(|kind| allowed.contains(kind));
    let whole_numbers = columns.iter().all(|column| !column.has_negative);
    if all(&[Kind::Int, Kind::UInt]) && whole_numbers && dtypes.iter().all(|dtype| *dtype != DType::FLOAT64) {
        return Some(DType::UINT64);
    }
    if all(&[Kind::Nothing, Kind::Int, Kind::Float]) && is_exact {
        return Some(DType::FLOAT64);
    }
    if all(&[Kind::Nothing, Kind::Int, Kind::Float, Kind::Complex]) && is_exact {
        return DType::parse("c16").ok();
    }
    None
}

/// A record of columns.
///
/// # Errors
/// `InvalidInput` for repeated names.
pub fn record(names: Vec<String>, dtypes: Vec<DType>) -> Result<DType> {
    Ok(Record::packed(names.into_iter().zip(dtypes).collect::<Vec<_>>())?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &'static str, fill: Option<&str>, wide_as_text: bool) -> Result<String> {
        let dialect = Dialect { delimiter: Some(','), quote: Some('"'), comments: String::new() };
        let missing = ["NA".to_owned()];
        let missing = if text.contains("NA") { &missing[..] } else { &[] };
        let numbers = NumberStyle::default();
        let rules = FieldRules { dialect: &dialect, columns: None, missing, numbers };
        let mut plain = None;
        for size in [4, 100] {
            let mut blocks = Blocks::new(Box::new(text.as_bytes()), size, Some(&dialect), 0);
            let found = Discovery::of(&mut blocks, rules, usize::MAX)?;
            let mut slow = Discovery::default();
            dialect.rows(text, 1).for_each(|row| slow.row(&row, rules));
            slow.bytes = found.bytes;
            assert_eq!(found, slow, "{text:?}");
            plain = Some(found);
        }
        let columns = plain.unwrap_or_default().columns;
        let name = |at: usize| format!("f{at}");
        let dtypes = columns.iter().enumerate();
        let dtypes = dtypes.map(|(at, facts)| facts.dtype(&name(at), at + 1, fill, wide_as_text));
        let dtypes: Vec<DType> = dtypes.collect::<Result<_>>()?;
        Ok(match common(&columns, &dtypes, wide_as_text) {
            Some(dtype) => dtype.to_string(),
            None => record((0..columns.len()).map(name).collect(), dtypes)?.to_string(),
        })
    }

    #[test]
    fn plain_fields_count_as_all_fields_do() {
        let dialect = Dialect { delimiter: Some(','), quote: None, comments: String::new() };
        let numbers = NumberStyle::default();
        let rules = FieldRules { dialect: &dialect, columns: None, missing: &[], numbers };
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let mut taken = 0;
        for _ in 0..200_000 {
            let len = 1 + next(20);
            let alphabet: &[u8] = if next(3) == 0 { b"0123456789.eE+-x " } else { b"0123456789-." };
            let field: Vec<u8> = (0..len).map(|_| alphabet[next(alphabet.len())]).collect();
            let field = String::from_utf8(field).unwrap();
            let (mut fast, mut slow) = (ColumnFacts::default(), ColumnFacts::default());
            if fast.add_plain(field.as_bytes()) {
                slow.add(&field, 1, rules);
                assert_eq!(fast, slow, "{field:?}");
                assert_eq!(fast.integers > 0, field.parse::<i64>().is_ok(), "{field:?}");
                assert!(field.parse::<f64>().is_ok(), "{field:?}");
                taken += 1;
            } else {
                assert_eq!(fast, slow, "{field:?}");
            }
        }
        assert!(taken > 20_000, "{taken}");
    }

    /// The first rows decide where the library refuses all that would change the dtype.
    #[test]
    fn rows_that_can_be_read_leave_the_dtype_as_it_is() {
        let dialect = Dialect { delimiter: Some(','), quote: None, comments: String::new() };
        let numbers = NumberStyle::default();
        let rules = FieldRules { dialect: &dialect, columns: None, missing: &[], numbers };
        let facts = |text: &str| {
            let mut found = Discovery::default();
            dialect.rows(text, 1).for_each(|row| found.row(&row, rules));
            let columns = found.columns.iter().enumerate();
            let dtypes: Result<Vec<DType>> =
                columns.map(|(at, facts)| facts.dtype(&format!("f{at}"), at + 1, None, false)).collect();
            let dtypes = dtypes?;
            let dtype = match common(&found.columns, &dtypes, false) {
                Some(dtype) => dtype,
                None => record((0..dtypes.len()).map(|at| format!("f{at}")).collect(), dtypes)?,
            };
            Ok::<_, Error>((found, dtype))
        };
        let ends = [
            "5",
            "-5",
            "+5",
            " 5 ",
            "05",
            "1.5",
            ".5",
            "5.",
            "1e5",
            "nan",
            "-inf",
            "Infinity",
            "9007199254740993",
            "18446744073709551615",
            "99999999999999999999",
            "",
            " ",
            "x",
            "1j",
            "True",
            "2020-01-02",
            "1_0",
            "0x10",
            "1e999",
            "NaT",
            "--5",
            "1,2",
            "5 5",
            "1d5",
            "\u{665}",
            "nan(1)",
            "5L",
            "-0",
            "1e",
            "\"5\"",
            "None",
        ];
        let mut kept = 0;
        for start in [
            "1",
            "1.5",
            "-1",
            "18446744073709551615",
            "nan",
            "1,0.5",
            "1,18446744073709551615",
            "0.5,0.25",
            "1,2",
        ] {
            let (found, dtype) = facts(start).unwrap();
            for end in ends {
                let width = found.columns.len();
                for at in 0..width {
                    let mut fields = vec!["0"; width];
                    if matches!(dtype.as_scalar(), Some(Scalar::Float(..))) {
                        fields = vec!["0.5"; width];
                    }
                    fields[at] = end;
                    let text = format!("{start}\n{}\n", fields.join(","));
                    let mut loader = numio::text::LoadTxt::new();
                    loader.dtype(dtype.clone()).delimiter(",").comments([""; 0]);
                    let is_read = loader
                        .parse(&text)
                        .is_ok_and(|table| table.array().size() == 2 * width || dtype.as_record().is_some());
                    if found.keeps(&dtype) && is_read {
                        assert_eq!(facts(&text).unwrap().1, dtype, "{text:?}");
                        kept += 1;
                    }
                }
            }
        }
        assert!(kept > 50, "{kept}");
    }

    #[test]
    fn columns_have_the_dtype_that_holds_them() {
        for (text, wanted) in [
            ("1,2\n3,4\n", "int64"),
            ("1,2.5\n3,4\n", "float64"),
            ("18446744073709551615\n", "uint64"),
            ("5\n16699327784941023797\n", "uint64"),
            ("5,16699327784941023797\n", "uint64"),
            ("-5,16699327784941023797\n", "[('f0', '<i8'), ('f1', '<u8')]"),
            ("-9223372036854775808\n", "int64"),
            ("9007199254740993,0.5\n", "[('f0', '<i8'), ('f1', '<f8')]"),
            ("nan,inf\n1e5,-.5\n", "float64"),
            ("5\nnan\n", "float64"),
            ("a,1\n\"b,c\",2\n", "[('f0', '<U3'), ('f1', '<i8')]"),
            ("1.5,x\n,12345\n", "[('f0', '<f8'), ('f1', '<U5')]"),
            ("ab\n1\n", "<U2"),
            ("True\nfalse\n", "bool"),
            ("True\n1\n", "<U4"),
            ("2020-01-02\n2020-12-31\n", "datetime64[D]"),
            ("2020-01-02\n2020-12-31T05:06:07.25\n", "datetime64[ms]"),
            ("2021-02-29\n", "<U10"),
            ("1+2j\n(3-1e-5j)\n4\n", "complex128"),
            ("99999999999999999999999,0.5\n0.5,1\n", "float64"),
        ] {
            assert_eq!(found(text, None, false).unwrap(), wanted, "{text:?}");
        }
        assert_eq!(found("1,2\n,4\n", Some("-1"), false).unwrap(), "int64");
        assert_eq!(found("1,2\nNA,4\n", Some("nan"), false).unwrap(), "float64");
        assert_eq!(found("-1\n18446744073709551615\n", None, true).unwrap(), "<U20");
        for (text, fill, words) in [
            (
                "1\n99999999999999999999\n",
                None,
                "line 2, column 1 (f0): 99999999999999999999 and the column's",
            ),
            ("-1\n18446744073709551615\n", None, "line 2, column 1 (f0): 18446744073709551615"),
            ("18446744073709551615\n-1\n", None, "line 2, column 1 (f0): -1"),
            (
                "0,1\n0,\n",
                None,
                "line 2, column 2 (f1): the field is empty, and the column is of integers (1 missing)",
            ),
            ("9007199254740993\nNA\n", Some("nan"), "floats do not hold all digits"),
            ("9007199254740993\nnan\n", None, "floats do not hold all digits"),
            ("True\nNA\n", None, "column is of booleans (1 missing): --fill False"),
        ] {
            let error = found(text, fill, false).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
