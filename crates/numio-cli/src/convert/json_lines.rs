//! Rows of JSON: a value a line.
//!
//! Each row becomes a line of quoted fields, which the library's text reader turns into elements of any dtype.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt::Write;
use std::rc::Rc;

use numio::text::{self, LoadTxt};
use numio::{DType, DynArray, Error, ErrorKind, Field, Order, Record, Result, Scalar};
use serde_json::{Map, Value};

use super::Rows;
use super::blocks::{Block, Blocks};
use super::encoding::TextEncoding;
use super::fields::{self, DELIMITER, QUOTE, shown};
use super::guess::{Guess, NOT_FINITE};
use super::names::{Fill, check_lengths, check_proportion, is_no_date, leaves};
use super::reading::Reading;
use crate::failure::Failure;
use crate::target::Input;

/// The approximate size of a block.
const BLOCK: usize = 4 << 20;

/// The rows of a file of JSON lines.
pub struct JsonLines {
    blocks: Blocks,
    total: Option<u64>,
    read: Rc<Cell<u64>>,
    dtype: DType,
    fill: Fill,
    /// The shape of the values of a row; `None` before the first.
    shape: Option<Vec<usize>>,
    is_begun: bool,
}

impl JsonLines {
    /// Without a dtype, reads all of the input to find one that holds it.
    ///
    /// # Errors
    /// `Io`; `InvalidData` if lines are not JSON, or have no common dtype.
    pub fn open(
        input: &Input,
        dtype: Option<DType>,
        fill: Fill,
        encoding: Option<TextEncoding>,
        wide_as_text: bool,
    ) -> Result<Self> {
        let kept = (dtype.is_none() && !input.is_file()).then(|| Reading::keep(input)).transpose()?;
        let open = || {
            let reading = match &kept {
                Some(file) => Reading::of_kept(file),
                None => Reading::open(input),
            };
            reading?.decoded(encoding)
        };
        let found = match dtype {
            Some(_) => None,
            None => Some(guessed(Blocks::new(open()?.text, BLOCK, None, 0), &fill, wide_as_text)?),
        };
        let (found, shape) = found.unzip();
        let Reading { text, total, read } = open()?;
        let blocks = Blocks::new(text, BLOCK, None, 0);
        let dtype = dtype.or(found).unwrap_or(DType::FLOAT64);
        if dtype.as_record().is_some() {
            check_lengths(&leaves(&dtype))?;
        }
        let mut keys = Vec::new();
        paths(&dtype, "", &mut keys);
        fill.check(&keys)?;
        Ok(Self { blocks, total, read, dtype, fill, shape, is_begun: false })
    }

    /// The rows in a block.
    fn parse(&mut self, block: &Block) -> Result<DynArray> {
        let mut text = String::new();
        let mut rows = Vec::new();
        for (line, number) in lines(block.text()).zip(block.line..) {
            let here = |error: Error| at_line(number, error);
            let Some(value) = value(line).map_err(here)? else { continue };
            let shape = self.shape.get_or_insert_with(|| shape_of(&value, &self.dtype));
            let start = text.len();
            let key = Key { fill: &self.fill, name: "", within: None };
            flatten(&value, &self.dtype, shape, &key, &mut text).map_err(here)?;
            // The first field has no delimiter before it.
            if text.get(start..).is_some_and(|row| row.starts_with(DELIMITER)) {
                text.remove(start);
            }
            text.push('\n');
            rows.push((number, start));
        }
        let shape = [&[rows.len()], self.shape.as_deref().unwrap_or_default()].concat();
        // Rows of nothing but empty lists are no lines.
        if self.dtype.as_record().is_some() && self.dtype.itemsize() == 0 {
            return DynArray::zeros(self.dtype.clone(), &shape, Order::C);
        }
        load(&self.dtype, &text).map_err(|error| self.first_fault(&text, &rows, error))?.reshape(&shape)
    }

    /// The error for the first row that does not fit the dtype, with its line, key and value.
    fn first_fault(&self, text: &str, rows: &[(u64, usize)], whole: Error) -> Error {
        let ends = rows.iter().skip(1).map(|&(_, start)| start).chain([text.len()]);
        for (&(line, start), end) in rows.iter().zip(ends) {
            let row = text.get(start..end).unwrap_or_default();
            let Err(error) = load(&self.dtype, row) else { continue };
            let values = leaves(&self.dtype);
            for (index, field) in row.trim_end_matches('\n').split(DELIMITER).enumerate() {
                let leaf = if self.dtype.as_record().is_some() { values.get(index) } else { values.first() };
                let Some(leaf) = leaf.filter(|leaf| load(&leaf.dtype, field).is_err()) else { continue };
                let found = field.trim_matches(QUOTE);
                let key = if leaf.name.is_empty() { String::new() } else { format!(", key {:?}", leaf.name) };
                let what = format!("line {line}{key}: could not convert {} to {}", shown(found), leaf.dtype);
                return Error::new(error.kind(), what);
            }
            return at_line(line, error);
        }
        whole
    }
}

/// Parses rows of fields between control characters into elements.
fn load(dtype: &DType, text: &str) -> Result<DynArray> {
    let mut loader = LoadTxt::new();
    loader.dtype(dtype.clone()).delimiter(DELIMITER).quotechar(QUOTE).comments([""; 0]).ndmin(1);
    loader.universal_newlines(false).exact_complex(true);
    // Raw bytes, which text has none of, are written as the characters of their numbers.
    let is_void = |dtype: &DType| matches!(dtype.as_scalar(), Some(Scalar::Void(_)));
    let voids: Vec<bool> = leaves(dtype).iter().map(|leaf| is_void(&leaf.dtype)).collect();
    if is_void(dtype) || voids.contains(&true) {
        let is_plain = is_void(dtype);
        loader.converter_with_column(None, move |column, field| {
            let is_void = is_plain || voids.get(column).is_some_and(|&is_void| is_void);
            let bytes = || field.chars().map(|char| u8::try_from(char).ok()).collect::<Option<Vec<u8>>>();
            Ok(if is_void { bytes().map(text::Value::Element) } else { None })
        });
    }
    loader.parse(text).map(text::Table::into_array)
}

impl Rows for JsonLines {
    fn next(&mut self) -> Result<Option<DynArray>, Failure> {
        loop {
            let Some(block) = self.blocks.next()? else {
                let is_empty = !std::mem::replace(&mut self.is_begun, true);
                return if is_empty { Ok(Some(self.parse(&Block::empty())?)) } else { Ok(None) };
            };
            let rows = self.parse(&block)?;
            self.blocks.reuse(block);
            if rows.shape().first().is_some_and(|&count| count > 0) {
                self.is_begun = true;
                return Ok(Some(rows));
            }
        }
    }

    fn progress(&self) -> (Option<u64>, u64) {
        (self.total, self.read.get())
    }
}

/// The element that a fill is in an array of scalars.
///
/// # Errors
/// `InvalidData` if the dtype has no such value.
#[cfg(feature = "tables")]
pub fn filling(scalar: Scalar, fill: &str) -> Result<DynArray> {
    let mut text = String::new();
    fill_with(scalar, fill, &mut text);
    load(&DType::Scalar(scalar), text.trim_start_matches(DELIMITER))
}

/// Appends the field of a value that is filled.
fn fill_with(scalar: Scalar, fill: &str, out: &mut String) {
    let is_true = scalar == Scalar::Bool && fill.eq_ignore_ascii_case("true");
    let is_false = scalar == Scalar::Bool && fill.eq_ignore_ascii_case("false");
    fields::push(
        out,
        if is_true {
            "1"
        } else if is_false {
            "0"
        } else {
            fill
        },
    );
}

fn guessed(mut blocks: Blocks, fill: &Fill, wide_as_text: bool) -> Result<(DType, Vec<usize>)> {
    let mut whole: Option<Guess> = None;
    let (mut rows, mut read) = (0_u64, 0_u64);
    while let Some(block) = blocks.next()? {
        read += block.text().len() as u64;
        for (line, number) in lines(block.text()).zip(block.line..) {
            let here = |error: Error| at_line(number, error);
            let Some(value) = value(line).map_err(here)? else { continue };
            rows += 1;
            let next = Guess::of(&value, number).map_err(here)?;
            whole = Some(match whole {
                Some(guess) => guess.and(next).map_err(here)?,
                None => next,
            });
        }
        blocks.reuse(block);
    }
    let Some(guess) = whole else { return Ok((DType::FLOAT64, Vec::new())) };
    let (dtype, shape) = guess.dtype(fill, wide_as_text)?;
    check_proportion(rows, shape.iter().copied().fold(dtype.itemsize(), usize::saturating_mul), read)?;
    Ok((dtype, shape))
}

fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    block.split_inclusive(|&byte| byte == b'\n')
}

/// The value in a line; `None` for an empty one.
fn value(line: &[u8]) -> Result<Option<Value>> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    // The parser counts columns from the last line end.
    let line = line.trim_ascii_end();
    let parsed = serde_json::from_slice(line).or_else(|error| match quoted_not_finite(line) {
        Some(quoted) => serde_json::from_slice(&quoted).map_err(|_| error),
        None => Err(error),
    });
    parsed.map(Some).map_err(|error| {
        let what = error.to_string();
        // The parser gets a single line, so its line number is useless.
        let what = what.split(" at line ").next().unwrap_or_default();
        Error::new(ErrorKind::InvalidData, format!("no JSON at column {}: {what}", error.column()))
    })
}

/// The line with quotes around `NaN`, `Infinity` and `-Infinity`, which JSON does not have and Python's `json` writes; `None`
/// without any of them.
fn quoted_not_finite(line: &[u8]) -> Option<Vec<u8>> {
    let mut quoted = Vec::new();
    let mut copied = 0;
    let (mut at, mut is_in_text) = (0, false);
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
        let found = NOT_FINITE.iter().find(|name| !is_in_text && rest.starts_with(name.as_bytes()));
        let is_key =
            |name: &str| rest.get(name.len()..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"));
        if let Some(name) = found.filter(|name| !is_key(name)) {
            quoted.extend_from_slice(line.get(copied..at).unwrap_or_default());
            quoted.extend_from_slice(format!("{name:?}").as_bytes());
            at += name.len();
            copied = at;
            continue;
        }
        is_in_text ^= rest.starts_with(b"\"");
        at += if is_in_text && rest.starts_with(b"\\") { 2 } else { 1 };
    }
    quoted.extend_from_slice(line.get(copied..).unwrap_or_default());
    (copied > 0).then_some(quoted)
}

fn at_line(line: u64, error: Error) -> Error {
    error.with_context(format!("line {line}"))
}

/// The shape of the first row.
fn shape_of(value: &Value, dtype: &DType) -> Vec<usize> {
    let mut shape = Vec::new();
    let mut value = value;
    let is_pair =
        |items: &[Value]| is_complex(dtype) && items.len() == 2 && !items.iter().any(Value::is_array);
    while let Value::Array(items) = value {
        if dtype.as_record().is_some() || is_pair(items) {
            break;
        }
        shape.push(items.len());
        let Some(first) = items.first() else { break };
        value = first;
    }
    shape
}

fn is_complex(dtype: &DType) -> bool {
    matches!(dtype, DType::Scalar(Scalar::Complex(..)))
}

/// The names of all fields, those of nested records after their own and a point. Dtypes nest no deeper than a header does.
fn paths(dtype: &DType, outer: &str, found: &mut Vec<String>) {
    match dtype {
        DType::Scalar(_) => {}
        DType::Subarray(subarray) => paths(subarray.base(), outer, found),
        DType::Record(record) => {
            for field in record.fields() {
                let name =
                    if outer.is_empty() { field.name.to_string() } else { format!("{outer}.{}", field.name) };
                found.push(name.clone());
                paths(&field.dtype, &name, found);
            }
        }
    }
}

/// The fill for missing values, and the key of the current values within those around it.
#[derive(Clone, Copy)]
struct Key<'k> {
    fill: &'k Fill,
    name: &'k str,
    within: Option<&'k Key<'k>>,
}

impl<'k> Key<'k> {
    /// The names of the keys around it and its own, with points between them.
    fn path(&self) -> String {
        match self.within {
            Some(outer) if !outer.name.is_empty() => format!("{}.{}", outer.path(), self.name),
            _ => self.name.to_owned(),
        }
    }

    /// The fill of the key, or else of the nearest one around it.
    fn filling(&self) -> Option<&'k str> {
        let own = if self.fill.by_name.is_empty() { None } else { self.fill.named(&self.path()) };
        match (own, self.within) {
            (None, Some(outer)) => outer.filling(),
            (None, None) => self.fill.all.as_deref(),
            (own, _) => own,
        }
    }
}

/// Appends the fields of a value, each with the delimiter before it. Nests as deep as shape and dtype do.
fn flatten(value: &Value, dtype: &DType, shape: &[usize], key: &Key<'_>, out: &mut String) -> Result<()> {
    if let Some((&count, inner)) = shape.split_first() {
        return match value {
            Value::Array(items) if items.len() == count => {
                items.iter().try_for_each(|item| flatten(item, dtype, inner, key, out))
            }
            Value::Null if key.filling().is_some() => {
                (0..count).try_for_each(|_| flatten(value, dtype, inner, key, out))
            }
            Value::Array(items) => {
                Err(fault(format!("a list of {}, where others have {count}", items.len())))
            }
            other => Err(fault(format!("expected a list of {count}, found {other}"))),
        };
    }
    match (dtype, value) {
        (DType::Scalar(scalar), value) => field(value, *scalar, key, out),
        (DType::Subarray(subarray), value) => flatten(value, subarray.base(), subarray.shape(), key, out),
        (DType::Record(record), Value::Object(values)) => {
            if let Some(key) = unknown(values, record) {
                return Err(fault(format!("the dtype has no field {key:?}")));
            }
            record.fields().iter().try_for_each(|field| {
                let key = Key { name: &field.name, within: Some(key), ..*key };
                match values.get(&*field.name) {
                    Some(value) => flatten(value, &field.dtype, &[], &key, out),
                    None if key.filling().is_some() => flatten(&Value::Null, &field.dtype, &[], &key, out),
                    None => Err(fault(format!("the key {:?} is missing: --fill VALUE fills it", key.path()))),
                }
            })
        }
        (DType::Record(record), Value::Array(values)) if values.len() == record.fields().len() => {
            let both = record.fields().iter().zip(values);
            both.into_iter().try_for_each(|(field, value)| {
                flatten(value, &field.dtype, &[], &Key { name: &field.name, within: Some(key), ..*key }, out)
            })
        }
        // Each of its fields is missing.
        (DType::Record(record), Value::Null) if !key.name.is_empty() => {
            record.fields().iter().try_for_each(|field| {
                flatten(value, &field.dtype, &[], &Key { name: &field.name, within: Some(key), ..*key }, out)
            })
        }
        (DType::Record(_), other) => Err(fault(format!("expected an object, found {other}"))),
    }
}

/// A key that is no field of the record. Takes time in proportion to both: an object can have any number of keys.
fn unknown<'v>(values: &'v Map<String, Value>, record: &Record) -> Option<&'v String> {
    let is_there = |field: &&Field| values.contains_key(&*field.name);
    if record.fields().iter().filter(is_there).count() == values.len() {
        return None;
    }
    let titles = record.fields().iter().filter_map(|field| field.title.as_ref()?.as_text());
    let names: HashSet<&str> = record.fields().iter().map(|field| &*field.name).chain(titles).collect();
    values.keys().find(|key| !names.contains(key.as_str()))
}

fn field(value: &Value, scalar: Scalar, key: &Key<'_>, out: &mut String) -> Result<()> {
    if value.is_null()
        && let Some(fill) = key.filling()
    {
        if is_no_date(scalar, fill) {
            let dtype = DType::Scalar(scalar);
            return Err(fault(format!("--fill {fill} is no {dtype}: --fill '{}=NaT' is one", key.path())));
        }
        fill_with(scalar, fill, out);
        return Ok(());
    }
    if let Value::String(text) = value {
        fields::push(out, text);
        return Ok(());
    }
    out.push(DELIMITER);
    let is_text = matches!(scalar, Scalar::Str(..) | Scalar::Bytes(_));
    match value {
        Value::Bool(truth) if is_text => out.push_str(if *truth { "True" } else { "False" }),
        Value::Bool(truth) => out.push(if *truth { '1' } else { '0' }),
        // An unsigned zero has no sign.
        Value::Number(number)
            if matches!(scalar, Scalar::UInt8 | Scalar::UInt(..)) && number.as_i64() == Some(0) =>
        {
            out.push('0');
        }
        Value::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Null => match scalar {
            Scalar::Float(..) | Scalar::Complex(..) => out.push_str("nan"),
            Scalar::Datetime(..) | Scalar::Timedelta(..) => out.push_str("NaT"),
            _ => {
                let named =
                    if key.name.is_empty() { String::new() } else { format!("key {:?}: ", key.path()) };
                let dtype = DType::Scalar(scalar);
                return Err(fault(format!(
                    "{named}null, which {dtype} does not have: --fill VALUE fills it"
                )));
            }
        },
        Value::Array(parts) => match (scalar, parts.as_slice()) {
            (Scalar::Complex(..), [real, imaginary]) => {
                let (real, imaginary) = (part(real)?, part(imaginary)?);
                let sign = if imaginary.starts_with(['-', '+']) { "" } else { "+" };
                let _ = write!(out, "{real}{sign}{imaginary}j");
            }
            _ => return Err(fault(format!("expected one value, found a list of {}", parts.len()))),
        },
        Value::Object(_) | Value::String(_) => {
            return Err(fault("expected one value, found an object".to_owned()));
        }
    }
    Ok(())
}

/// The real or imaginary part of a complex number.
fn part(value: &Value) -> Result<String> {
    match value {
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) => Ok(text.replace("Infinity", "inf").replace("NaN", "nan")),
        other => Err(fault(format!("expected a number, found {other}"))),
    }
}

fn fault(what: String) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}
