//! The dtype that holds all of a text without changing a value.

use numio::{DType, Error, ErrorKind, Record, Result};

use super::blocks::Blocks;
use super::fields::{Dialect, NumberStyle, Row, shown};

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

/// NumPy's units of dates, coarse before fine.
const UNITS: [&str; 6] = ["D", "m", "s", "ms", "us", "ns"];

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
    /// The line of the first row that has as many fields as there are columns.
    pub widest: u64,
}

impl Discovery {
    /// Reads all of a text.
    ///
    /// # Errors
    /// `Io`; `Encoding` if the text is not UTF-8.
    pub fn of(blocks: &mut Blocks, rules: FieldRules<'_>) -> Result<Self> {
        let mut found = Self::default();
        while let Some(block) = blocks.next()? {
            let text = utf8(&block.text)?;
            if !found.plain_rows(text, block.line, rules) {
                for row in rules.dialect.rows(text, block.line) {
                    found.row(&row, rules);
                }
            }
            blocks.reuse(block);
        }
        Ok(found)
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

/// The kind of a field by its form.
enum Form {
    Bool,
    Int { negative: bool, magnitude: Option<u64> },
    Float,
    NotFinite,
    Complex,
    Date(usize),
    NotATime,
    Text,
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
        let form = match form(&rules.numbers.plain(trimmed)) {
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
        let fill_is_whole = fill.is_some_and(|fill| matches!(form(fill), Form::Int { .. }));
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
            Kind::Text => {
                let filled = fill.filter(|_| self.missing > 0).map_or(0, |fill| fill.chars().count());
                DType::parse(&format!("U{}", self.longest.max(filled).max(1)))?
            }
        })
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

/// The number of digits at the start.
#[inline]
fn leading_digits(bytes: &[u8]) -> usize {
    const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);
    /// Added to a digit's value, it leaves the highest bit unset; added to any other below 128, it sets it.
    const BEYOND: u64 = u64::from_ne_bytes([0x80 - 10; 8]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let values = u64::from_le_bytes(*chunk) ^ ZEROS;
        // A carry changes only bytes after one that is no digit.
        let others = (values.wrapping_add(BEYOND) | values) & HIGHEST;
        if others != 0 {
            return index * 8 + others.trailing_zeros() as usize / 8;
        }
    }
    bytes.len() - rest.len() + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Returns whether a number with `whole` digits goes on as one with a point or an exponent, and nothing more.
#[inline]
fn is_rest_of_float(digits: &[u8], whole: usize) -> bool {
    let (rest, count) = match digits.get(whole..) {
        Some([b'.', fraction @ ..]) => {
            let count = leading_digits(fraction);
            (fraction.get(count..).unwrap_or_default(), whole + count)
        }
        rest => (rest.unwrap_or_default(), whole),
    };
    let exponent = match rest {
        [] => return count > 0,
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => exponent,
        _ => return false,
    };
    count > 0 && !exponent.is_empty() && leading_digits(exponent) == exponent.len()
}

fn form(text: &str) -> Form {
    let bytes = text.as_bytes();
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    let whole = leading_digits(digits);
    if whole == digits.len() && whole > 0 {
        let add = |value: u64, byte: &u8| value.checked_mul(10)?.checked_add(u64::from(byte - b'0'));
        return Form::Int { negative, magnitude: digits.iter().try_fold(0, add) };
    }
    if is_rest_of_float(digits, whole) {
        return Form::Float;
    }
    if let Ok(value) = text.parse::<f64>() {
        let is_number = bytes.iter().any(u8::is_ascii_digit);
        return if value.is_finite() || is_number { Form::Float } else { Form::NotFinite };
    }
    match text {
        "True" | "False" | "true" | "false" | "TRUE" | "FALSE" => Form::Bool,
        "NaT" => Form::NotATime,
        _ if is_complex(text) => Form::Complex,
        _ => date(text).map_or(Form::Text, Form::Date),
    }
}

fn is_complex(text: &str) -> bool {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let Some(both) = inner.strip_suffix('j') else { return false };
    let has_digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    let is_number = |text: &str| has_digits(text) && text.parse::<f64>().is_ok();
    // Without a second number beside it, `infj` is a word.
    let is_part = |text: &str| {
        is_number(text)
            || matches!(text.trim_start_matches(['+', '-']), "nan" | "inf") && text.parse::<f64>().is_ok()
    };
    // The sign between the two parts is neither the first character nor that of an exponent.
    let split = both.char_indices().rev().find(|&(at, char)| {
        matches!(char, '+' | '-') && at > 0 && !both.get(..at).unwrap_or_default().ends_with(['e', 'E'])
    });
    match split {
        None => is_number(both),
        Some((at, _)) => both.split_at_checked(at).is_some_and(|(real, imag)| is_part(real) && is_part(imag)),
    }
}

/// The unit of a date as ISO 8601 writes it and NumPy reads it.
fn date(text: &str) -> Option<usize> {
    let number = |text: &str, len: usize, range: std::ops::RangeInclusive<u32>| {
        let is_digits = text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|value| is_digits && range.contains(value))
    };
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let mut parts = day.split('-');
    let year = number(parts.next()?, 4, 0..=9999)?;
    let month = number(parts.next()?, 2, 1..=12)?;
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let last = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    number(parts.next()?, 2, 1..=last)?;
    if parts.next().is_some() {
        return None;
    }
    let Some(time) = time else { return Some(0) };
    let (clock, fraction) = match time.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (time, None),
    };
    let mut parts = clock.split(':');
    number(parts.next()?, 2, 0..=23)?;
    number(parts.next()?, 2, 0..=59)?;
    let seconds = parts.next().map(|seconds| number(seconds, 2, 0..=59));
    if parts.next().is_some() || matches!(seconds, Some(None)) {
        return None;
    }
    match (seconds, fraction) {
        (None, None) => Some(1),
        (Some(_), None) => Some(2),
        (Some(_), Some(fraction)) => {
            let is_digits =
                (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
            is_digits.then(|| 2 + fraction.len().div_ceil(3))
        }
        (None, Some(_)) => None,
    }
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
            let found = Discovery::of(&mut blocks, rules)?;
            let mut slow = Discovery::default();
            dialect.rows(text, 1).for_each(|row| slow.row(&row, rules));
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
        for (text, digits) in
            [("", 0), ("12345678", 8), ("1234567:", 7), ("1234567/9", 7), ("123456789\u{80}", 9)]
        {
            assert_eq!(leading_digits(text.as_bytes()), digits, "{text:?}");
        }
        for byte in 0..=u8::MAX {
            let mut bytes = *b"0123456789";
            bytes[3] = byte;
            let digits = if byte.is_ascii_digit() { 10 } else { 3 };
            assert_eq!(leading_digits(&bytes), digits, "{byte}");
        }
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
