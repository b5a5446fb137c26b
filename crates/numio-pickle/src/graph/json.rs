//! Values as JSON, and JSON for [hooks](crate::ReprHooks).

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::{self, Write};

use super::call::Call;
use super::children::{Children, Dict};
use super::object::Object;
use super::value::{Value, uuid_text};
use super::walk::{self, Opened, Outline, Pairs, Section, Style};
use crate::decode;
use crate::graph::PyStr;
use crate::graph::repr::ReprBudget;
use crate::graph::value::{Date, DateTime, Time};
use crate::repr;
use crate::{Error, Limits, Result};

impl Object<'_> {
    /// The value as JSON, on one line.
    ///
    /// | Python | JSON |
    /// |---|---|
    /// | `None`, bool, int, str | `null`, booleans, numbers of any size, strings (surrogates as `\ud800`) |
    /// | float | numbers; `"NaN"`, `"Infinity"`, `"-Infinity"` |
    /// | complex | `[real, imaginary]` |
    /// | list, tuple, set, frozenset, deque | arrays |
    /// | dict, `OrderedDict`, `defaultdict`, `Counter` | objects; keys that are no strings as their own JSON or `repr` in a string |
    /// | bytes, bytearray, buffers | a string with one character from U+0000 to U+00FF for each byte |
    /// | date, time, datetime | ISO 8601 in a string, as `isoformat()` |
    /// | `Decimal`, `Fraction`, `UUID`, paths | their text in a string |
    /// | other values | their `repr` in a string |
    /// | objects that a [hook](crate::ReprHooks) knows | its text |
    /// | classes and functions | `{"global": "module.name"}` |
    /// | objects that only calls make | `{"call": "module.Class", "args": [...]}` with `kwargs`, `state`, `items` and `pairs` where there are some |
    ///
    /// # Errors
    /// `LimitExceeded` where it takes more than [`Limits::max_repr_chars`], `Unsupported` where a value contains itself.
    ///
    /// ```
    /// let graph = numio_pickle::load(b"(S'a'\n(K\x01N\x88tK\x02G\x3f\xf8\0\0\0\0\0\0d.")?;
    /// assert_eq!(graph.root().to_json(numio_pickle::Limits::default())?, r#"{"a":[1,null,true],"2":1.5}"#);
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    pub fn to_json(self, limits: impl Into<Limits>) -> Result<String> {
        let limits = limits.into();
        let style = Json::new(self, limits);
        let written = walk::text(self, &style, limits);
        written.map_err(|error| style.failure.take().unwrap_or(error))
    }

    /// Writes what [`to_json`](Self::to_json) returns, piece by piece: a long text takes no memory.
    ///
    /// # Errors
    /// As [`to_json`](Self::to_json), with the text up to there written; `InvalidInput` if the writer refuses it.
    pub fn write_json(self, limits: impl Into<Limits>, out: &mut dyn Write) -> Result<()> {
        let limits = limits.into();
        let style = Json::new(self, limits);
        let written = walk::walk(self, &style, limits, out);
        written.map_err(|error| style.failure.take().unwrap_or(error))
    }
}

struct Json {
    limits: Limits,
    budget: ReprBudget,
    /// The reason why a value or a key has no text.
    failure: RefCell<Option<Error>>,
}

impl Json {
    fn new(object: Object<'_>, limits: Limits) -> Self {
        Self { limits, budget: ReprBudget::new(object.graph(), limits), failure: RefCell::default() }
    }
}

impl Json {
    /// The `repr` of a value that has no JSON of its own.
    fn repr(&self, object: Object<'_>) -> Result<String, fmt::Error> {
        object.to_repr(self.limits).map_err(|error| {
            self.failure.replace(Some(error));
            fmt::Error
        })
    }
}

/// The JSON of hooks nests at most this deep in itself; an object further inside is written as a call.
const MAX_STREAMS: usize = 64;

impl Style for Json {
    fn open<'g>(
        &self,
        object: Object<'g>,
        streams: usize,
        out: &mut dyn Write,
    ) -> Result<Opened<'g>, fmt::Error> {
        let value = object.value();
        if matches!(value, Value::Call(_))
            && streams < MAX_STREAMS
            && let Some(parts) = self.budget.hooked_json(object)
        {
            return Ok(Opened::Parts(parts));
        }
        if let Some(outline) = outline(&value)? {
            return Ok(Opened::Outline(outline));
        }
        match &value {
            Value::None => out.write_str("null"),
            Value::Bool(value) => write!(out, "{value}"),
            Value::Int(value) => match value.to_string() {
                // Too long for decimal digits.
                text if text.contains('x') => string(out, &text),
                text => out.write_str(&text),
            },
            Value::Float(value) => float(out, *value),
            Value::Complex(real, imag) => {
                out.write_char('[')?;
                float(out, *real)?;
                out.write_char(',')?;
                float(out, *imag)?;
                out.write_char(']')
            }
            Value::Str(text) => python_string(out, *text),
            Value::Bytes(bytes) | Value::ByteArray(bytes) => string(out, &decode::latin1(bytes)),
            Value::Buffer(bytes) => string(out, &decode::latin1(bytes)),
            Value::Global(global) => {
                out.write_str("{\"global\":")?;
                string(out, &global.to_string())?;
                out.write_char('}')
            }
            Value::Extension(code) => write!(out, "{{\"extension\":{code}}}"),
            value => match text_of(value) {
                Some(text) => string(out, &text),
                None => string(out, &self.repr(object)?),
            },
        }?;
        Ok(Opened::Written)
    }

    fn outline<'g>(&self, object: Object<'g>) -> Result<Outline<'g>, fmt::Error> {
        outline(&object.value())?.ok_or(fmt::Error)
    }

    fn key(&self, key: Object<'_>) -> Result<String, fmt::Error> {
        let mut name = String::new();
        // A key is a string in JSON: numbers and constants by their JSON, what has none by its `repr`.
        match key.value() {
            Value::Str(text) => python_string(&mut name, text),
            Value::None => name.write_str("\"null\""),
            Value::Bool(value) => write!(name, "\"{value}\""),
            _ => string(&mut name, &self.repr(key)?),
        }?;
        name.push(':');
        Ok(name)
    }

    fn cycle(&self, _object: Object<'_>) -> Option<Cow<'static, str>> {
        None
    }
}

/// The sections of values that have parts.
fn outline<'g>(value: &Value<'g>) -> Result<Option<Outline<'g>>, fmt::Error> {
    let text = Section::text;
    Ok(Some(match value {
        Value::List(items)
        | Value::Tuple(items)
        | Value::Set(items)
        | Value::FrozenSet(items)
        | Value::Deque { items, .. } => array("[", items.clone()).into(),
        Value::Dict(dict)
        | Value::OrderedDict(dict)
        | Value::Counter(dict)
        | Value::DefaultDict { dict, .. } => pairs("{", dict.clone()).into(),
        Value::Call(call) => called(call)?,
        Value::Persistent(id) => vec![text("{\"persistent\":"), Section::Object(*id), text("}")],
        _ => return Ok(None),
    }))
}

fn array<'g>(open: &'static str, items: Children<'g>) -> [Section<'g>; 3] {
    [Section::text(open), Section::Row(items, ","), Section::text("]")]
}

fn pairs<'g>(open: &'static str, dict: Dict<'g>) -> [Section<'g>; 3] {
    let pairs = Pairs { dict, before: ["", ","], by_key: true, between: "", after: "" };
    [Section::text(open), Section::Pairs(pairs), Section::text("}")]
}

fn called<'g>(call: &Call<'g>) -> Result<Outline<'g>, fmt::Error> {
    let mut outline = vec![Section::text("{\"call\":")];
    match call.global() {
        Some(global) => {
            let mut name = String::new();
            string(&mut name, &global.to_string())?;
            outline.push(name.into());
        }
        None => outline.push(Section::Object(call.callable())),
    }
    outline.extend(array(",\"args\":[", call.args()));
    let (kwargs, items, set) = (call.kwargs(), call.items(), call.pairs());
    if !kwargs.is_empty() {
        outline.extend(pairs(",\"kwargs\":{", kwargs));
    }
    if let Some(state) = call.state() {
        outline.extend([Section::text(",\"state\":"), Section::Object(state)]);
    }
    if !items.is_empty() {
        outline.extend(array(",\"items\":[", items));
    }
    if !set.is_empty() {
        outline.extend(pairs(",\"pairs\":{", set));
    }
    outline.push(Section::text("}"));
    Ok(outline)
}

/// The text of those values that are best known as one.
pub(super) fn text_of(value: &Value<'_>) -> Option<String> {
    let day = |date: &Date| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day);
    Some(match value {
        Value::Date(date) => day(date),
        Value::Time(time) => clock(time)?,
        Value::DateTime(DateTime { date, time }) => format!("{}T{}", day(date), clock(time)?),
        Value::Decimal(text) => (*text).to_owned(),
        Value::Fraction([numerator, denominator]) if denominator.to_i64() == Some(1) => numerator.to_string(),
        Value::Fraction([numerator, denominator]) => format!("{numerator}/{denominator}"),
        Value::Uuid(value) => uuid_text(*value),
        Value::Path { path, .. } => path.clone(),
        _ => return None,
    })
}

/// The time of day as `isoformat()` gives it; nothing where its zone's offset needs code to be known.
fn clock(time: &Time<'_>) -> Option<String> {
    let mut text = format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    if time.microsecond != 0 {
        text.push_str(&format!(".{:06}", time.microsecond));
    }
    let Some(zone) = time.tzinfo else { return Some(text) };
    let Value::TimeZone(zone) = zone.value() else { return None };
    let offset = zone.offset.to_microseconds();
    let (seconds, rest) = (offset.abs() / 1_000_000, offset.abs() % 1_000_000);
    let sign = if offset < 0 { '-' } else { '+' };
    text.push_str(&format!("{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60));
    if seconds % 60 != 0 || rest != 0 {
        text.push_str(&format!(":{:02}", seconds % 60));
    }
    if rest != 0 {
        text.push_str(&format!(".{rest:06}"));
    }
    Some(text)
}

fn python_string(out: &mut dyn Write, text: PyStr<'_>) -> fmt::Result {
    if let Some(text) = text.as_str() {
        return string(out, text);
    }
    out.write_char('"')?;
    for code in text.code_points() {
        match char::from_u32(code) {
            Some(c) => escaped(out, c.encode_utf8(&mut [0; 4]))?,
            None => write!(out, "\\u{code:04x}")?,
        }
    }
    out.write_char('"')
}

/// Writes a string.
///
/// # Errors
/// Those of `out`.
pub fn string(out: &mut dyn Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    escaped(out, text)?;
    out.write_char('"')
}

fn escaped(out: &mut dyn Write, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        let (plain, special) = rest.split_at(at);
        out.write_str(plain)?;
        let mut chars = special.chars();
        match chars.next() {
            Some('\n') => out.write_str("\\n"),
            Some('\r') => out.write_str("\\r"),
            Some('\t') => out.write_str("\\t"),
            Some('\u{8}') => out.write_str("\\b"),
            Some('\u{c}') => out.write_str("\\f"),
            Some(c @ ..' ') => write!(out, "\\u{:04x}", u32::from(c)),
            Some(c) => write!(out, "\\{c}"),
            None => Ok(()),
        }?;
        rest = chars.as_str();
    }
    out.write_str(rest)
}

/// Writes a float: a number, or `"NaN"`, `"Infinity"` and `"-Infinity"`.
///
/// # Errors
/// Those of `out`.
pub fn float(mut out: &mut dyn Write, value: f64) -> fmt::Result {
    match value {
        value if value.is_nan() => out.write_str("\"NaN\""),
        f64::INFINITY => out.write_str("\"Infinity\""),
        f64::NEG_INFINITY => out.write_str("\"-Infinity\""),
        value => repr::float(&mut out, value),
    }
}
