//! Values as Python's `repr` prints them (CPython 3.11).

mod scalar;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::{self, Write};

use self::scalar::{write_global, write_scalar, write_time};
use super::call::Call;
use super::items::{Dict, Items};
use super::object::Object;
use super::texts::Within;
use super::time::{DateTime, Time};
use super::value::Value;
use super::walk::{self, Opened, Outline, Pairs, Section, Style};
use crate::{Limits, Result};

/// As Python's `repr`: `{'name': 'x', 'v': [1.5, 2]}`. An object that only its own class knows how to print stands as
/// the call that would make it. Text past `Limits::max_repr_chars` ends with `...`.
impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = Limits::default();
        match walk::walk(*self, &Repr(Within::nothing(self.graph(), &limits)), &limits, f) {
            Err(error) if error.kind() == crate::ErrorKind::LimitExceeded => f.write_str("..."),
            Err(_) => Err(fmt::Error),
            Ok(()) => Ok(()),
        }
    }
}

impl Object<'_> {
    /// The value as Python's `repr` prints it.
    ///
    /// # Errors
    /// `LimitExceeded` where it takes more than [`Limits::max_repr_chars`].
    pub fn to_repr(self, limits: &Limits) -> Result<String> {
        let mut out = String::new();
        walk::walk(self, &Repr(Within::nothing(self.graph(), limits)), limits, &mut out)?;
        Ok(out)
    }

    /// The same without a look at what another room knows of objects: such ones print as calls.
    pub(crate) fn to_plain_repr(self, limits: &Limits) -> Result<String> {
        let mut out = String::new();
        walk::walk(self, &Repr(Within::plain(limits)), limits, &mut out)?;
        Ok(out)
    }

    /// The same within another text; what there is no room for is left out.
    pub(crate) fn repr_within(self, within: &Within) -> String {
        let mut out = String::new();
        let limits = Limits { max_repr_chars: within.chars(), ..Limits::default() };
        if walk::walk(self, &Repr(within.clone()), &limits, &mut out).is_err() {
            out.push_str("...");
        }
        within.spend(&out);
        out
    }
}

struct Repr(Within);

impl Style for Repr {
    fn open<'g>(
        &self,
        object: Object<'g>,
        _streams: usize,
        out: &mut dyn Write,
    ) -> Result<Opened<'g>, fmt::Error> {
        let value = object.value();
        if matches!(value, Value::Call(_))
            && let Some(text) = self.0.known(object)
        {
            out.write_str(&text)?;
            return Ok(Opened::Written);
        }
        if let Some(outline) = outline(&value) {
            return Ok(Opened::Outline(outline));
        }
        write_scalar(&value, object, out)?;
        Ok(Opened::Written)
    }

    fn outline<'g>(&self, object: Object<'g>) -> Result<Outline<'g>, fmt::Error> {
        outline(&object.value()).ok_or(fmt::Error)
    }

    /// The name of an argument.
    fn key(&self, key: Object<'_>) -> Result<String, fmt::Error> {
        Ok(match key.as_str() {
            Ok(name) => format!("{name}="),
            Err(_) => "?=".to_owned(),
        })
    }

    fn cycle(&self, object: Object<'_>) -> Option<Cow<'static, str>> {
        Some(match object.value() {
            Value::List(_) | Value::Deque { .. } => "[...]".into(),
            Value::Tuple(_) => "(...)".into(),
            Value::Dict(_) => "{...}".into(),
            Value::Set(_) => "set(...)".into(),
            Value::FrozenSet(_) => "frozenset(...)".into(),
            Value::DefaultDict { factory, .. } => {
                let mut text = String::from("defaultdict(");
                let _ = match factory.and_then(Object::as_global) {
                    Some(global) => write_global(global, &mut text),
                    None => text.write_str("None"),
                };
                format!("{text}, {{...}})").into()
            }
            _ => "...".into(),
        })
    }
}

/// The sections of values that have parts.
fn outline<'g>(value: &Value<'g>) -> Option<Outline<'g>> {
    let text = Section::text;
    Some(match value {
        Value::List(items) => row("[", items, "]"),
        Value::Tuple(items) => row("(", items, if items.len() == 1 { ",)" } else { ")" }),
        Value::Set(items) if items.is_empty() => vec![text("set()")],
        Value::Set(items) => row("{", items, "}"),
        Value::FrozenSet(items) if items.is_empty() => vec![text("frozenset()")],
        Value::FrozenSet(items) => row("frozenset({", items, "})"),
        Value::Dict(dict) => vec![text("{"), pairs(dict), text("}")],
        Value::OrderedDict(dict) if dict.is_empty() => vec![text("OrderedDict()")],
        Value::OrderedDict(dict) => {
            let (dict, before) = (dict.clone(), ["(", ", ("]);
            let entries = Pairs { dict, before, by_key: false, between: ", ", after: ")" };
            vec![text("OrderedDict(["), Section::Pairs(entries), text("])")]
        }
        Value::Counter(dict) if dict.is_empty() => vec![text("Counter()")],
        Value::Counter(dict) => vec![text("Counter({"), pairs(&most_common(dict)), text("})")],
        Value::DefaultDict { factory, dict } => {
            let factory = factory.map_or(text("None"), Section::Object);
            vec![text("defaultdict("), factory, text(", {"), pairs(dict), text("})")]
        }
        Value::Deque { items, maxlen: None } => row("deque([", items, "])"),
        Value::Deque { items, maxlen: Some(most) } => {
            let mut outline = row("deque([", items, "]");
            outline.push(format!(", maxlen={most})").into());
            outline
        }
        Value::Slice([start, stop, step]) => vec![
            text("slice("),
            Section::Object(*start),
            text(", "),
            Section::Object(*stop),
            text(", "),
            Section::Object(*step),
            text(")"),
        ],
        Value::Time(Time { tzinfo: Some(zone), .. })
        | Value::DateTime(DateTime { time: Time { tzinfo: Some(zone), .. }, .. }) => {
            let mut open = String::new();
            let _ = write_time(value, &mut open);
            open.push_str(", tzinfo=");
            vec![open.into(), Section::Object(*zone), text(")")]
        }
        Value::Call(call) => called(call),
        Value::Persistent(id) => vec![text("<persistent "), Section::Object(*id), text(">")],
        _ => return None,
    })
}

/// Items with commas between them.
fn row<'g>(open: &'static str, items: &Items<'g>, close: &'static str) -> Outline<'g> {
    vec![Section::text(open), Section::Row(items.clone(), ", "), Section::text(close)]
}

fn pairs<'g>(dict: &Dict<'g>) -> Section<'g> {
    let (dict, before) = (dict.clone(), ["", ", "]);
    Section::Pairs(Pairs { dict, before, by_key: false, between: ": ", after: "" })
}

/// The largest counts first, where they can be compared.
fn most_common<'g>(dict: &Dict<'g>) -> Dict<'g> {
    let count = |object: Object<'g>| match object.value() {
        Value::Int(value) => Some(value.to_f64()),
        Value::Bool(value) => Some(f64::from(u8::from(value))),
        Value::Float(value) => Some(value),
        _ => None,
    };
    dict.most_common(|dict| {
        let counted: Option<Vec<_>> =
            dict.iter().map(|(key, value)| Some((count(value)?, key, value))).collect();
        let mut counted = counted?;
        counted.sort_by(|(one, ..), (two, ..)| two.partial_cmp(one).unwrap_or(Ordering::Equal));
        Some(counted.iter().flat_map(|(_, key, value)| [key.word(), value.word()]).collect())
    })
}

/// `module.Class(arg, key=value)`, and what else it is given.
fn called<'g>(call: &Call<'g>) -> Outline<'g> {
    let text = Section::text;
    let (open, close) = if call.is_plain() { ("", "") } else { ("<", ">") };
    let mut outline = match call.global() {
        Some(global) => vec![format!("{open}{global}(").into()],
        None => vec![text(open), Section::Object(call.callable()), text("(")],
    };
    let (args, kwargs) = (call.args(), call.kwargs());
    let comma = if args.is_empty() { "" } else { ", " };
    outline.push(Section::Row(args, ", "));
    if !kwargs.is_empty() {
        let before = [comma, ", "];
        outline.push(Section::Pairs(Pairs { dict: kwargs, before, by_key: true, between: "", after: "" }));
    }
    outline.push(text(")"));
    if let Some(state) = call.state() {
        outline.extend([text(" state="), Section::Object(state)]);
    }
    let (items, set) = (call.items(), call.pairs());
    if !items.is_empty() {
        outline.extend(row(" items=[", &items, "]"));
    }
    if !set.is_empty() {
        outline.extend([text(" pairs={"), pairs(&set), text("}")]);
    }
    outline.push(text(close));
    outline
}
