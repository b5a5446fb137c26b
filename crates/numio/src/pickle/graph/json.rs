//! Values as JSON.

use std::borrow::Cow;
use std::fmt::{self, Write};

use super::call::Call;
use super::items::{Dict, Items};
use super::object::Object;
use super::string::Text;
use super::texts::Within;
use super::time::{Date, DateTime, Time};
use super::value::{Value, uuid_text};
use super::walk::{self, Part, Parts, Style};
use crate::num::python_float;
use crate::pickle::text;
use crate::{Limits, Result};

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
    /// | NumPy's arrays, scalars and dtypes, by [`load`](crate::load()) | nested arrays as `tolist()` gives them, their elements, texts; records are objects |
    /// | classes and functions | `{"global": "module.name"}` |
    /// | objects that only calls make | `{"call": "module.Class", "args": [...]}` with `kwargs`, `state`, `items` and `pairs` where there are some |
    ///
    /// # Errors
    /// `LimitExceeded` where it takes more than [`Limits::max_repr_chars`], `Unsupported` where a value contains itself.
    ///
    /// ```
    /// let graph = numio::pickle::load(b"(S'a'\n(K\x01N\x88tK\x02G\x3f\xf8\0\0\0\0\0\0d.")?;
    /// assert_eq!(graph.root().to_json(&numio::Limits::default())?, r#"{"a":[1,null,true],"2":1.5}"#);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn to_json(self, limits: &Limits) -> Result<String> {
        let mut out = String::new();
        walk::walk(self, &Json { limits, within: Within::nothing(self.graph(), limits) }, limits, &mut out)?;
        Ok(out)
    }
}

struct Json<'a> {
    limits: &'a Limits,
    within: Within,
}

impl Style for Json<'_> {
    fn open<'g>(&self, object: Object<'g>, out: &mut dyn Write) -> Result<Option<Parts<'g>>, fmt::Error> {
        let value = object.value();
        match &value {
            Value::List(items)
            | Value::Tuple(items)
            | Value::Set(items)
            | Value::FrozenSet(items)
            | Value::Deque { items, .. } => return Ok(Some(array(items.clone()))),
            Value::Dict(dict)
            | Value::OrderedDict(dict)
            | Value::Counter(dict)
            | Value::DefaultDict { dict, .. } => {
                return Ok(Some(self.object(dict)?));
            }
            Value::Call(call) => {
                return match self.within.known_json(object) {
                    Some(pieces) => Ok(Some(pieces)),
                    None => self.call(call).map(Some),
                };
            }
            Value::Persistent(id) => {
                let parts = [Part::text("{\"persistent\":"), (*id).into(), Part::text("}")];
                return Ok(Some(Box::new(parts.into_iter())));
            }
            Value::None => out.write_str("null"),
            Value::Bool(value) => write!(out, "{value}"),
            Value::Int(value) => match value.to_string() {
                // Too long for decimal digits.
                text if text.contains('x') => quoted(out, &text),
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
            Value::Str(text) => string(out, *text),
            Value::Bytes(bytes) | Value::ByteArray(bytes) => quoted(out, &text::latin1(bytes)),
            Value::Buffer(bytes) => quoted(out, &text::latin1(bytes)),
            Value::Global(global) => {
                out.write_str("{\"global\":")?;
                quoted(out, &global.to_string())?;
                out.write_char('}')
            }
            Value::Extension(code) => write!(out, "{{\"extension\":{code}}}"),
            value => match text_of(value) {
                Some(text) => quoted(out, &text),
                None => quoted(out, &self.repr(object)?),
            },
        }?;
        Ok(None)
    }

    fn cycle(&self, _object: Object<'_>) -> Option<Cow<'static, str>> {
        None
    }
}

impl Json<'_> {
    fn repr(&self, object: Object<'_>) -> Result<String, fmt::Error> {
        object.to_repr(self.limits).map_err(|_| fmt::Error)
    }

    fn object<'g>(&self, dict: &Dict<'g>) -> Result<Parts<'g>, fmt::Error> {
        let limits = self.limits.clone();
        let parts = dict.clone().into_iter().enumerate().flat_map(move |(at, (key, value))| {
            let mut name = String::from(if at == 0 { "" } else { "," });
            // Writing to a String does not fail.
            let _ = write_key(&mut name, key, &limits);
            name.push(':');
            [Part::from(name), value.into()]
        });
        Ok(Box::new([Part::text("{")].into_iter().chain(parts).chain([Part::text("}")])))
    }

    fn call<'g>(&self, call: &Call<'g>) -> Result<Parts<'g>, fmt::Error> {
        let mut head = vec![Part::text("{\"call\":")];
        match call.global() {
            Some(global) => {
                let mut name = String::new();
                quoted(&mut name, &global.to_string())?;
                head.push(name.into());
            }
            None => head.push(call.callable().into()),
        }
        let mut parts: Parts<'g> = Box::new(head.into_iter());
        let mut add = |name: &'static str, more: Parts<'g>| {
            let before = std::mem::replace(&mut parts, Box::new(std::iter::empty()));
            parts = Box::new(before.chain([Part::text(name)]).chain(more));
        };
        add(",\"args\":", array(call.args()));
        if !call.kwargs().is_empty() {
            add(",\"kwargs\":", self.object(&call.kwargs())?);
        }
        if let Some(state) = call.state() {
            add(",\"state\":", Box::new([Part::from(state)].into_iter()));
        }
        if !call.items().is_empty() {
            add(",\"items\":", array(call.items()));
        }
        if !call.pairs().is_empty() {
            add(",\"pairs\":", self.object(&call.pairs())?);
        }
        Ok(Box::new(parts.chain([Part::text("}")])))
    }
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

fn array(items: Items<'_>) -> Parts<'_> {
    let items = items.into_iter().enumerate();
    let parts = items.flat_map(|(at, item)| [Part::text(if at == 0 { "" } else { "," }), item.into()]);
    Box::new([Part::text("[")].into_iter().chain(parts).chain([Part::text("]")]))
}

/// A key, which is a string in JSON: numbers and constants by their JSON, what has none by its `repr`.
fn write_key(out: &mut String, key: Object<'_>, limits: &Limits) -> fmt::Result {
    match key.value() {
        Value::Str(text) => string(out, text),
        Value::None => out.write_str("\"null\""),
        Value::Bool(value) => write!(out, "\"{value}\""),
        _ => quoted(out, &key.to_repr(limits).map_err(|_| fmt::Error)?),
    }
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

fn string(out: &mut dyn Write, text: Text<'_>) -> fmt::Result {
    if let Some(text) = text.as_str() {
        return quoted(out, text);
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

/// A text in quotes.
pub(crate) fn quoted(out: &mut dyn Write, text: &str) -> fmt::Result {
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

/// A float, as a number where JSON has it.
pub(crate) fn float(mut out: &mut dyn Write, value: f64) -> fmt::Result {
    match value {
        value if value.is_nan() => out.write_str("\"NaN\""),
        f64::INFINITY => out.write_str("\"Infinity\""),
        f64::NEG_INFINITY => out.write_str("\"-Infinity\""),
        value => python_float::float(&mut out, value),
    }
}
