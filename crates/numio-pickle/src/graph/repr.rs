//! Values as Python's `repr` prints them (CPython 3.11).

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;
use std::fmt::Write;
use std::rc::Rc;
use std::sync::Arc;

use crate::graph::call::{Call, Global};
use crate::graph::children::{Children, Dict};
use crate::graph::object::Object;
use crate::graph::value::{DateTime, Time, TimeDelta, TimeZone, Value, uuid_text};
use crate::graph::walk::{Opened, Outline, Pairs, Section, Style, TextParts};
use crate::graph::{Graph, walk};
use crate::repr::escape_controls;
use crate::{ErrorKind, Limits, Result, repr};

/// As Python's `repr`: `{'name': 'x', 'v': [1.5, 2]}`. An object that only its own class can print appears as the call that
/// makes it. Text past the default `Limits::max_repr_chars` ends with `...`.
impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = Limits::default();
        match walk::walk(*self, &Repr(ReprBudget::new(self.graph(), limits)), limits, f) {
            Err(error) if error.kind() == ErrorKind::LimitExceeded => f.write_str("..."),
            Err(_) => Err(fmt::Error),
            Ok(()) => Ok(()),
        }
    }
}

impl Object<'_> {
    /// The value as Python's `repr` prints it.
    ///
    /// # Errors
    /// `LimitExceeded` if it takes more than [`Limits::max_repr_chars`].
    pub fn to_repr(self, limits: impl Into<Limits>) -> Result<String> {
        let limits = limits.into();
        walk::text(self, &Repr(ReprBudget::new(self.graph(), limits)), limits)
    }

    /// Writes what [`to_repr`](Self::to_repr) returns, piece by piece: a long text takes no memory.
    ///
    /// ```
    /// let graph = numio_pickle::load(b"(K\x01K\x02t.")?;
    /// let mut text = String::new();
    /// graph.root().write_repr(numio_pickle::Limits::default(), &mut text)?;
    /// assert_eq!(text, "(1, 2)");
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_repr`](Self::to_repr), with the text up to there written; `InvalidInput` if the writer refuses it.
    pub fn write_repr(self, limits: impl Into<Limits>, out: &mut dyn Write) -> Result<()> {
        let limits = limits.into();
        walk::walk(self, &Repr(ReprBudget::new(self.graph(), limits)), limits, out)
    }

    /// As [`to_repr`](Self::to_repr), without the [hooks](ReprHooks) of the graph: their objects print as calls.
    ///
    /// # Errors
    /// As [`to_repr`](Self::to_repr).
    pub fn to_plain_repr(self, limits: impl Into<Limits>) -> Result<String> {
        let limits = limits.into();
        let mut out = String::new();
        walk::walk(self, &Repr(ReprBudget::without_hooks(limits)), limits, &mut out)?;
        Ok(out)
    }

    /// The `repr` inside another text, for [hooks](ReprHooks); past the budget it ends with `...`.
    pub fn repr_within(self, budget: &ReprBudget) -> String {
        let mut out = String::new();
        let limits = Limits { max_repr_chars: budget.chars(), ..Limits::default() };
        if walk::walk(self, &Repr(budget.clone()), limits, &mut out).is_err() {
            out.push_str("...");
        }
        budget.spend(&out);
        out
    }
}

struct Repr(ReprBudget);

impl Style for Repr {
    fn open<'g>(
        &self,
        object: Object<'g>,
        _streams: usize,
        out: &mut dyn Write,
    ) -> Result<Opened<'g>, fmt::Error> {
        let value = object.value();
        if matches!(value, Value::Call(_))
            && let Some(text) = self.0.hooked_repr(object)
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

/// Children with commas between them.
fn row<'g>(open: &'static str, items: &Children<'g>, close: &'static str) -> Outline<'g> {
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
        Some(counted.iter().flat_map(|(_, key, value)| [key.handle(), value.handle()]).collect())
    })
}

/// `module.Class(arg, key=value)`, and what else it is given.
fn called<'g>(call: &Call<'g>) -> Outline<'g> {
    let text = Section::text;
    let (open, close) = if call.is_plain() { ("", "") } else { ("<", ">") };
    let mut outline = match call.global() {
        // A file chooses it.
        Some(global) => vec![escape_controls(&format!("{open}{global}(")).into_owned().into()],
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

/// Values without parts.
pub(crate) fn write_scalar(value: &Value<'_>, object: Object<'_>, out: &mut dyn Write) -> fmt::Result {
    let mut out = out;
    match value {
        Value::None => out.write_str("None"),
        Value::Bool(true) => out.write_str("True"),
        Value::Bool(false) => out.write_str("False"),
        Value::Int(value) => write!(out, "{value}"),
        Value::Float(value) => repr::float(&mut out, *value),
        Value::Complex(real, imag) => repr::complex(&mut out, *real, *imag),
        Value::Str(text) => write!(out, "{text:?}"),
        Value::Bytes(bytes) => repr::bytes(&mut out, bytes),
        Value::Buffer(bytes) => repr::bytes(&mut out, bytes),
        Value::ByteArray(bytes) => repr::bytearray(&mut out, bytes),
        Value::Range([start, stop, step]) => {
            write!(out, "range({start}, {stop}")?;
            if step.to_i128() != Some(1) {
                write!(out, ", {step}")?;
            }
            out.write_char(')')
        }
        Value::Ellipsis => out.write_str("Ellipsis"),
        Value::NotImplemented => out.write_str("NotImplemented"),
        Value::Bare => out.write_str("<object object>"),
        Value::Date(date) => write!(out, "datetime.date({}, {}, {})", date.year, date.month, date.day),
        Value::Time(_) | Value::DateTime(_) => {
            write_time(value, out)?;
            out.write_char(')')
        }
        Value::TimeDelta(delta) => write_delta(*delta, out),
        Value::TimeZone(zone) => write_zone(*zone, out),
        Value::Decimal(text) => write!(out, "Decimal('{text}')"),
        Value::Fraction([numerator, denominator]) => write!(out, "Fraction({numerator}, {denominator})"),
        Value::Uuid(value) => write!(out, "UUID('{}')", uuid_text(*value)),
        Value::Path { class, path } => {
            write!(out, "{class}(")?;
            repr::str(&mut out, path)?;
            out.write_char(')')
        }
        Value::Global(global) => write_global(*global, out),
        Value::Extension(code) => write!(out, "<extension {code}>"),
        // All others have parts.
        _ => write!(out, "<{}>", object.value().type_name()),
    }
}

/// Functions of `builtins`; what else is pickled from there is a class.
const FUNCTIONS: &[&str] = &[
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "breakpoint",
    "callable",
    "chr",
    "compile",
    "delattr",
    "dir",
    "divmod",
    "eval",
    "exec",
    "format",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "hex",
    "id",
    "input",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "locals",
    "max",
    "min",
    "next",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "repr",
    "round",
    "setattr",
    "sorted",
    "sum",
    "vars",
    "__import__",
    "__build_class__",
];

pub(crate) fn write_global(global: Global<'_>, out: &mut dyn Write) -> fmt::Result {
    match global.module {
        "builtins" if FUNCTIONS.contains(&global.name) => write!(out, "<built-in function {}>", global.name),
        "builtins" => write!(out, "<class '{}'>", escape_controls(global.name)),
        _ => write!(out, "<global '{}'>", escape_controls(&global.to_string())),
    }
}

/// A time or datetime up to its zone and closing parenthesis.
pub(crate) fn write_time(value: &Value<'_>, out: &mut dyn Write) -> fmt::Result {
    let time = match value {
        Value::DateTime(DateTime { date, time }) => {
            write!(out, "datetime.datetime({}, {}, {}, ", date.year, date.month, date.day)?;
            time
        }
        Value::Time(time) => {
            out.write_str("datetime.time(")?;
            time
        }
        _ => return Ok(()),
    };
    write!(out, "{}, {}", time.hour, time.minute)?;
    if time.second != 0 || time.microsecond != 0 {
        write!(out, ", {}", time.second)?;
    }
    if time.microsecond != 0 {
        write!(out, ", {}", time.microsecond)?;
    }
    if time.fold { out.write_str(", fold=1") } else { Ok(()) }
}

fn write_delta(delta: TimeDelta, out: &mut dyn Write) -> fmt::Result {
    let fields = [
        ("days", i64::from(delta.days)),
        ("seconds", delta.seconds.into()),
        ("microseconds", delta.microseconds.into()),
    ];
    let named = fields.iter().filter(|(_, value)| *value != 0).map(|(name, value)| format!("{name}={value}"));
    let named: Vec<_> = named.collect();
    write!(out, "datetime.timedelta({})", if named.is_empty() { "0".to_owned() } else { named.join(", ") })
}

fn write_zone(zone: TimeZone<'_>, out: &mut dyn Write) -> fmt::Result {
    if zone.name.is_none() && zone.offset.to_microseconds() == 0 {
        return out.write_str("datetime.timezone.utc");
    }
    out.write_str("datetime.timezone(")?;
    write_delta(zone.offset, out)?;
    if let Some(name) = zone.name {
        write!(out, ", {name:?}")?;
    }
    out.write_char(')')
}

/// A value that an object stands for whose class this crate does not know, as [`ReprHooks::value`] gives it to
/// [`Object::deserialize`](crate::Object): a number, a text, or others in a list or under names.
#[non_exhaustive]
pub enum PlainValue<'g> {
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer that is not negative.
    UInt(u64),
    /// A float.
    Float(f64),
    /// A string.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list, the values of which are made as they are asked for.
    List(Box<dyn ExactSizeIterator<Item = PlainValue<'g>> + 'g>),
    /// Values with their names.
    Map(Vec<(String, PlainValue<'g>)>),
    /// Another object of the graph.
    Object(Object<'g>),
}

impl fmt::Debug for PlainValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::UInt(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Str(text) => text.fmt(f),
            Self::Bytes(bytes) => bytes.fmt(f),
            Self::List(values) => write!(f, "List({})", values.len()),
            Self::Map(pairs) => {
                f.debug_map().entries(pairs.iter().map(|(name, value)| (name, value))).finish()
            }
            Self::Object(object) => object.fmt(f),
        }
    }
}

/// Texts and values of objects whose classes this crate does not know, as those of a library that has types of its own:
/// functions that return `None` for objects that they do not know either. Memory that they take is spent from the
/// [`ReprBudget`].
#[derive(Clone, Copy)]
pub struct ReprHooks {
    /// Python's `repr`.
    pub repr: fn(Object<'_>, &ReprBudget) -> Option<String>,
    /// JSON, in parts.
    pub json: for<'g> fn(Object<'g>, &ReprBudget) -> Option<TextParts<'g>>,
    /// The value that `serde` reads.
    pub value: for<'g> fn(Object<'g>, &ReprBudget) -> Option<PlainValue<'g>>,
}

impl fmt::Debug for ReprHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReprHooks")
    }
}

/// Levels to which texts of hooks may be nested: the call of one inside the text of another.
const MAX_LEVELS: u8 = 4;

/// The cost that a text and all the texts inside it may still have: an object may occur in very many positions of a graph.
#[derive(Debug, Clone)]
pub struct ReprBudget {
    level: u8,
    left: Rc<Left>,
}

#[derive(Debug)]
struct Left {
    chars: Cell<u64>,
    bytes: Cell<u64>,
}

impl ReprBudget {
    /// The budget of a text that is not part of another, in proportion to the size of the graph.
    pub fn new(graph: &Graph, limits: impl Into<Limits>) -> Self {
        let bytes = graph.byte_count().saturating_mul(64).saturating_add(1 << 20);
        let left = Left { chars: Cell::new(limits.into().max_repr_chars), bytes: Cell::new(bytes) };
        Self { level: 0, left: Rc::new(left) }
    }

    /// A budget that leaves nothing for hooks.
    pub(crate) fn without_hooks(limits: Limits) -> Self {
        let left = Left { chars: Cell::new(limits.max_repr_chars), bytes: Cell::new(0) };
        Self { level: MAX_LEVELS, left: Rc::new(left) }
    }

    /// The number of characters left.
    pub fn chars(&self) -> u64 {
        self.left.chars.get()
    }

    pub(crate) fn spend(&self, text: &str) {
        self.left.chars.set(self.chars().saturating_sub(text.len() as u64));
    }

    /// The number of bytes that hooks may still build for texts.
    pub fn bytes(&self) -> u64 {
        self.left.bytes.get()
    }

    /// Accounts for bytes that a hook has built.
    pub fn spend_bytes(&self, bytes: u64) {
        self.left.bytes.set(self.bytes().saturating_sub(bytes));
    }

    /// The `repr` of an object from the hooks of its graph.
    pub(crate) fn hooked_repr(&self, object: Object<'_>) -> Option<String> {
        let hooks = object.graph().0.repr_hooks?;
        if self.level >= MAX_LEVELS || self.bytes() == 0 {
            return None;
        }
        let inside = Self { level: self.level + 1, left: Rc::clone(&self.left) };
        let text = (hooks.repr)(object, &inside)?;
        self.spend(&text);
        Some(text)
    }

    /// The JSON of an object from the hooks of its graph.
    pub(crate) fn hooked_json<'g>(&self, object: Object<'g>) -> Option<TextParts<'g>> {
        let hooks = object.graph().0.repr_hooks.filter(|_| self.bytes() > 0)?;
        (hooks.json)(object, self)
    }

    /// The value of an object from the hooks of its graph.
    #[cfg(feature = "serde")]
    pub(crate) fn hooked_value<'g>(&self, object: Object<'g>) -> Option<PlainValue<'g>> {
        let hooks = object.graph().0.repr_hooks.filter(|_| self.bytes() > 0)?;
        (hooks.value)(object, self)
    }
}

impl Graph {
    /// This graph, of which there are no clones yet, with hooks for the texts of its objects.
    #[must_use]
    pub fn with_repr_hooks(mut self, hooks: ReprHooks) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.repr_hooks = Some(hooks);
        }
        self
    }
}
