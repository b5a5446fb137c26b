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
use super::walk::{self, Part, Parts, Style};
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
    fn open<'g>(&self, object: Object<'g>, out: &mut dyn Write) -> Result<Option<Parts<'g>>, fmt::Error> {
        let value = object.value();
        if matches!(value, Value::Call(_))
            && let Some(text) = self.0.known(object)
        {
            out.write_str(&text)?;
            return Ok(None);
        }
        if let Some(parts) = parts(&value) {
            return Ok(Some(parts));
        }
        write_scalar(&value, object, out)?;
        Ok(None)
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

/// The pieces of values that have parts.
fn parts<'g>(value: &Value<'g>) -> Option<Parts<'g>> {
    Some(match value {
        Value::List(items) => row("[", items, "]"),
        Value::Tuple(items) => row("(", items, if items.len() == 1 { ",)" } else { ")" }),
        Value::Set(items) if items.is_empty() => text("set()"),
        Value::Set(items) => row("{", items, "}"),
        Value::FrozenSet(items) if items.is_empty() => text("frozenset()"),
        Value::FrozenSet(items) => row("frozenset({", items, "})"),
        Value::Dict(dict) => pairs("{", dict, "}"),
        Value::OrderedDict(dict) if dict.is_empty() => text("OrderedDict()"),
        Value::OrderedDict(dict) => entries(dict),
        Value::Counter(dict) if dict.is_empty() => text("Counter()"),
        Value::Counter(dict) => pairs("Counter({", &most_common(dict), "})"),
        Value::DefaultDict { factory, dict } => {
            let factory = factory.map_or(Part::text("None"), Part::Object);
            Box::new([Part::text("defaultdict("), factory].into_iter().chain(pairs(", {", dict, "})")))
        }
        Value::Deque { items, maxlen: None } => row("deque([", items, "])"),
        Value::Deque { items, maxlen: Some(most) } => {
            Box::new(row("deque([", items, "]").chain([format!(", maxlen={most})").into()]))
        }
        Value::Slice([start, stop, step]) => {
            Box::new([Part::text("slice("), (*start).into(), Part::text(", ")].into_iter().chain([
                (*stop).into(),
                Part::text(", "),
                (*step).into(),
                Part::text(")"),
            ]))
        }
        Value::Time(Time { tzinfo: Some(zone), .. })
        | Value::DateTime(DateTime { time: Time { tzinfo: Some(zone), .. }, .. }) => {
            let mut open = String::new();
            let _ = write_time(value, &mut open);
            open.push_str(", tzinfo=");
            Box::new([open.into(), (*zone).into(), Part::text(")")].into_iter())
        }
        Value::Call(call) => called(call),
        Value::Persistent(id) => {
            Box::new([Part::text("<persistent "), (*id).into(), Part::text(">")].into_iter())
        }
        _ => return None,
    })
}

fn text<'g>(text: &'static str) -> Parts<'g> {
    Box::new([Part::text(text)].into_iter())
}

/// Items with commas between them.
fn row<'g>(open: &'static str, items: &Items<'g>, close: &'static str) -> Parts<'g> {
    let items = items.clone().into_iter().enumerate();
    let parts = items.flat_map(|(at, item)| [Part::text(if at == 0 { "" } else { ", " }), item.into()]);
    Box::new([Part::text(open)].into_iter().chain(parts).chain([Part::text(close)]))
}

fn pairs<'g>(open: &'static str, dict: &Dict<'g>, close: &'static str) -> Parts<'g> {
    let parts = dict.clone().into_iter().enumerate().flat_map(|(at, (key, value))| {
        [Part::text(if at == 0 { "" } else { ", " }), key.into(), Part::text(": "), value.into()]
    });
    Box::new([Part::text(open)].into_iter().chain(parts).chain([Part::text(close)]))
}

fn entries<'g>(dict: &Dict<'g>) -> Parts<'g> {
    let parts = dict.clone().into_iter().enumerate().flat_map(|(at, (key, value))| {
        let open = Part::text(if at == 0 { "(" } else { ", (" });
        [open, key.into(), Part::text(", "), value.into(), Part::text(")")]
    });
    Box::new([Part::text("OrderedDict([")].into_iter().chain(parts).chain([Part::text("])")]))
}

/// The largest counts first, where they can be compared.
fn most_common<'g>(dict: &Dict<'g>) -> Dict<'g> {
    let count = |object: Object<'g>| match object.value() {
        Value::Int(value) => Some(value.to_f64()),
        Value::Bool(value) => Some(f64::from(u8::from(value))),
        Value::Float(value) => Some(value),
        _ => None,
    };
    let counted: Option<Vec<_>> = dict.iter().map(|(key, value)| Some((count(value)?, key, value))).collect();
    let Some(mut counted) = counted else { return dict.clone() };
    counted.sort_by(|(one, ..), (two, ..)| two.partial_cmp(one).unwrap_or(Ordering::Equal));
    dict.with(counted.iter().flat_map(|(_, key, value)| [key.word(), value.word()]).collect())
}

/// `module.Class(arg, key=value)`, and what else it is given.
fn called<'g>(call: &Call<'g>) -> Parts<'g> {
    let (open, close) = if call.is_plain() { ("", "") } else { ("<", ">") };
    let name = match call.global() {
        Some(global) => Part::from(format!("{open}{global}(")),
        None => Part::text(open),
    };
    let mut head = vec![name];
    if call.global().is_none() {
        head.extend([call.callable().into(), Part::text("(")]);
    }
    let args = call.args();
    let comma = if args.is_empty() { "" } else { ", " };
    let kwargs = call.kwargs().into_iter().enumerate().flat_map(move |(at, (key, value))| {
        let name = match key.as_str() {
            Ok(name) => Part::from(format!("{name}=")),
            Err(_) => Part::text("?="),
        };
        [Part::text(if at == 0 { comma } else { ", " }), name, value.into()]
    });
    let mut tail = vec![Part::text(")")];
    if let Some(state) = call.state() {
        tail.extend([Part::text(" state="), state.into()]);
    }
    let items: Parts<'g> = match call.items() {
        items if items.is_empty() => Box::new(std::iter::empty()),
        items => row(" items=[", &items, "]"),
    };
    let set: Parts<'g> = match call.pairs() {
        dict if dict.is_empty() => Box::new(std::iter::empty()),
        dict => pairs(" pairs={", &dict, "}"),
    };
    let args = row("", &args, "");
    let tail = tail.into_iter().chain(items).chain(set).chain([Part::text(close)]);
    Box::new(head.into_iter().chain(args).chain(kwargs).chain(tail))
}
