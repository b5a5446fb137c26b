//! One value of a graph, and the ways to read it.

use std::borrow::Cow;

use super::arena::{Arena, Kind, Node, Place, Word};
use super::call::{Call, Global};
use super::error::Misread;
use super::items::{Dict, Items};
use super::value::{Text, Value};
use super::{Graph, known};
use crate::Result;
use crate::pickle::Encoding;
use crate::pickle::decode::Decoder;
use crate::pickle::int::Int;
use crate::pickle::leaf::Leaf;
use crate::pickle::opcodes::Op;

/// A value of a [`Graph`]: a cheap handle. Printing with `{:?}` gives what Python's `repr` gives, bounded by the default
/// [`Limits`](crate::Limits).
#[derive(Clone, Copy)]
pub struct Object<'g> {
    graph: &'g Graph,
    word: Word,
}

impl<'g> Object<'g> {
    pub(super) fn new(graph: &'g Graph, word: Word) -> Self {
        Self { graph, word }
    }

    /// The graph in which it stands.
    pub fn graph(self) -> &'g Graph {
        self.graph
    }

    pub(crate) fn word(self) -> Word {
        self.word
    }

    /// Whether both are one and the same object: Python's `is`. Values of one opcode (numbers, strings, bytes) are the
    /// same where that opcode was executed once.
    pub fn is(self, other: Self) -> bool {
        std::ptr::eq(&raw const *self.graph.0, &raw const *other.graph.0) && self.word == other.word
    }

    pub(super) fn node(self) -> Option<Node> {
        match self.word.place() {
            Place::Leaf(_) => None,
            Place::Node(index) => self.graph.0.arena.node(index),
        }
    }

    pub(super) fn arena(self) -> &'g Arena {
        &self.graph.0.arena
    }

    /// The value of an opcode that carries one whole; `()` and words that are none give nothing.
    pub(super) fn leaf(self) -> Option<Leaf<'g>> {
        let at = match self.word.place() {
            Place::Leaf(at) => at,
            Place::Node(index) => {
                let node = self.arena().node(index).filter(|node| node.kind == Kind::Far)?;
                Arena::far(node)
            }
        };
        let step = Decoder::resume(&self.graph.0.pickle, at).step().ok()?;
        Leaf::of(&step).ok().flatten()
    }

    /// What it is.
    pub fn value(self) -> Value<'g> {
        match self.plain() {
            Value::Call(call) => known::value(&call).unwrap_or(Value::Call(call)),
            value => value,
        }
    }

    /// The same, but every call is one. Calls are known by the plain values of their arguments, and those do not look
    /// further, so that no chain of calls in a file becomes one of ours.
    pub(super) fn plain(self) -> Value<'g> {
        let Some(node) = self.node().filter(|node| node.kind != Kind::Far) else {
            return self.leaf_value();
        };
        let children = || self.arena().children(node);
        match node.kind {
            Kind::Far => Value::None,
            Kind::Str => Value::Str(Text::new(self.arena().text(node))),
            Kind::Bytes => Value::Bytes(self.arena().text(node).into()),
            Kind::Tuple => Value::Tuple(Items::new(self.graph, children())),
            Kind::List => Value::List(Items::new(self.graph, children())),
            Kind::Set => Value::Set(Items::distinct(self.graph, children())),
            Kind::FrozenSet => Value::FrozenSet(Items::distinct(self.graph, children())),
            Kind::Dict => Value::Dict(Dict::of(self.graph, Some(self.word))),
            Kind::Global => match self.arena().global(node).map(Global::new) {
                Some(global) if global.is("builtins", "Ellipsis") => Value::Ellipsis,
                Some(global) if global.is("builtins", "NotImplemented") => Value::NotImplemented,
                Some(global) => Value::Global(global),
                None => Value::None,
            },
            Kind::Call => match self.as_call() {
                Some(call) => Value::Call(call),
                None => Value::None,
            },
            Kind::Persistent => match children().first() {
                Some(id) => Value::Persistent(Self::new(self.graph, *id)),
                None => Value::None,
            },
            Kind::Buffer => {
                let buffer = self.graph.0.buffers.get(Arena::buffer(node).0);
                Value::Buffer(buffer.map(Vec::as_slice).unwrap_or_default())
            }
        }
    }

    /// The value of what has no parts, or is a tuple.
    pub(super) fn atom(self) -> Option<Value<'g>> {
        match self.node().map(|node| node.kind) {
            None | Some(Kind::Far | Kind::Str | Kind::Bytes | Kind::Tuple) => Some(self.plain()),
            Some(_) => None,
        }
    }

    fn leaf_value(self) -> Value<'g> {
        match self.leaf() {
            Some(Leaf::None) => Value::None,
            Some(Leaf::Bool(value)) => Value::Bool(value),
            Some(Leaf::Int(value)) => Value::Int(Int::small(value)),
            Some(Leaf::Long(bytes)) => Value::Int(Int::bytes(bytes)),
            Some(Leaf::Digits(digits)) => Value::Int(Int::digits(digits)),
            Some(Leaf::Float(value)) => Value::Float(value),
            Some(Leaf::Str(Cow::Borrowed(bytes))) => Value::Str(Text::new(bytes)),
            Some(Leaf::PyStr(Cow::Borrowed(bytes))) => match self.arena().encoding {
                Encoding::Bytes => Value::Bytes(bytes.into()),
                // Only ASCII stays where it is.
                Encoding::Ascii | Encoding::Latin1 => Value::Str(Text::new(bytes)),
            },
            Some(Leaf::Bytes(bytes)) => Value::Bytes(bytes.into()),
            Some(Leaf::ByteArray(bytes)) => Value::ByteArray(bytes.into()),
            // Strings that had to be decoded are nodes.
            Some(Leaf::Str(Cow::Owned(_)) | Leaf::PyStr(Cow::Owned(_))) => Value::None,
            None if self.is_empty_tuple() => Value::Tuple(Items::none(self.graph)),
            None => Value::None,
        }
    }

    fn is_empty_tuple(self) -> bool {
        let at = match (self.word.place(), self.node()) {
            (Place::Leaf(at), _) => at,
            (_, Some(node)) => Arena::far(node),
            _ => return false,
        };
        self.graph.0.pickle.get(at) == Some(&Op::EmptyTuple.code())
    }

    /// The call that would make it, whether or not its value is known without.
    pub fn as_call(self) -> Option<Call<'g>> {
        let node = self.node().filter(|node| node.kind == Kind::Call)?;
        self.arena().call(node).map(|call| Call::new(self.graph, self.word, call))
    }

    /// The class or function that it is, by name.
    pub fn as_global(self) -> Option<Global<'g>> {
        let node = self.node().filter(|node| node.kind == Kind::Global)?;
        self.arena().global(node).map(Global::new)
    }

    pub(super) fn plain_list(self) -> Option<Items<'g>> {
        match self.plain() {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn plain_dict(self) -> Option<Dict<'g>> {
        match self.plain() {
            Value::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// Bytes, however they are spelt, or those that a string stands for in Latin-1, which is what a Python 2 `str`
    /// comes as; if there are `N`.
    pub(super) fn latin1<const N: usize>(self) -> Option<[u8; N]> {
        match self.plain() {
            Value::Bytes(bytes) => (&*bytes).try_into().ok(),
            Value::Call(call) => known::bytes(&call)?.as_slice().try_into().ok(),
            Value::Str(text) => {
                let mut codes = text.code_points();
                let mut bytes = [0; N];
                for byte in &mut bytes {
                    *byte = codes.next()?.try_into().ok()?;
                }
                codes.next().is_none().then_some(bytes)
            }
            _ => None,
        }
    }

    fn wrong(self, wanted: &'static str) -> crate::Error {
        Misread::Type { wanted, found: self.value().type_name() }.into()
    }

    /// Whether it is `None`.
    pub fn is_none(self) -> bool {
        matches!(self.leaf(), Some(Leaf::None))
    }

    /// A bool.
    ///
    /// # Errors
    /// `Argument` where it is something else; so do all the methods below.
    pub fn as_bool(self) -> Result<bool> {
        match self.plain() {
            Value::Bool(value) => Ok(value),
            _ => Err(self.wrong("a bool")),
        }
    }

    /// An integer of any size. A bool is one in Python, and here.
    ///
    /// # Errors
    /// `Argument` where it is something else.
    pub fn as_int(self) -> Result<Int<'g>> {
        match self.plain() {
            Value::Int(value) => Ok(value),
            Value::Bool(value) => Ok(Int::small(value.into())),
            _ => Err(self.wrong("an int")),
        }
    }

    /// An integer that an `i64` holds.
    ///
    /// # Errors
    /// `Argument` where it is something else, or larger.
    pub fn as_i64(self) -> Result<i64> {
        let int = self.as_int()?;
        int.to_i64().ok_or_else(|| Misread::Large(int.to_string()).into())
    }

    /// A float; an integer as the nearest one.
    ///
    /// # Errors
    /// `Argument` where it is something else.
    pub fn as_float(self) -> Result<f64> {
        match self.plain() {
            Value::Float(value) => Ok(value),
            Value::Int(value) => Ok(value.to_f64()),
            Value::Bool(value) => Ok(f64::from(u8::from(value))),
            _ => Err(self.wrong("a float")),
        }
    }

    /// A string, as Rust's `str`.
    ///
    /// # Errors
    /// `Argument` where it is something else, `Encoding` where surrogates stand in it: [`as_text`](Self::as_text) has
    /// those too.
    pub fn as_str(self) -> Result<&'g str> {
        let text = self.as_text()?;
        text.as_str().ok_or_else(|| Misread::Surrogates(text.to_string_lossy().into_owned()).into())
    }

    /// A string that may hold surrogates.
    ///
    /// # Errors
    /// `Argument` where it is something else.
    pub fn as_text(self) -> Result<Text<'g>> {
        match self.plain() {
            Value::Str(text) => Ok(text),
            _ => Err(self.wrong("a str")),
        }
    }

    /// What bytes, a bytearray or an out-of-band buffer hold.
    ///
    /// # Errors
    /// `Argument` where it is something else.
    pub fn as_bytes(self) -> Result<Cow<'g, [u8]>> {
        match self.value() {
            Value::Bytes(bytes) | Value::ByteArray(bytes) => Ok(bytes),
            Value::Buffer(bytes) => Ok(Cow::Borrowed(bytes)),
            _ => Err(self.wrong("bytes")),
        }
    }

    /// The items of a list.
    ///
    /// # Errors
    /// `Argument` where it is something else.
    pub fn as_list(self) -> Result<Items<'g>> {
        self.plain_list().ok_or_else(|| self.wrong("a list"))
    }

    /// The items of a tuple.
    ///
    /// # Errors
    /// `Argument` where it is something else.
    pub fn as_tuple(self) -> Result<Items<'g>> {
        match self.plain() {
            Value::Tuple(items) => Ok(items),
            _ => Err(self.wrong("a tuple")),
        }
    }

    /// The items of a set or frozenset, in the order of the file.
    ///
    /// # Errors
    /// `Argument` where it is something else.
    pub fn as_set(self) -> Result<Items<'g>> {
        match self.value() {
            Value::Set(items) | Value::FrozenSet(items) => Ok(items),
            _ => Err(self.wrong("a set")),
        }
    }

    /// The keys and values of a dict, an `OrderedDict`, a `defaultdict` or a `Counter`.
    ///
    /// # Errors
    /// `Argument` where it is something else.
    pub fn as_dict(self) -> Result<Dict<'g>> {
        match self.value() {
            Value::Dict(dict) | Value::OrderedDict(dict) | Value::Counter(dict) => Ok(dict),
            Value::DefaultDict { dict, .. } => Ok(dict),
            _ => Err(self.wrong("a dict")),
        }
    }

    /// The value under a string key of a dict.
    ///
    /// # Errors
    /// `Argument` where it is no dict, `Missing` where the key is not there.
    pub fn get(self, key: &str) -> Result<Self> {
        let dict = self.as_dict()?;
        dict.get(key).ok_or_else(|| Misread::Key(key.to_owned()).into())
    }

    /// The items of a list, tuple, set, frozenset or deque.
    ///
    /// # Errors
    /// `Argument` where it is something else.
    pub fn items(self) -> Result<Items<'g>> {
        match self.value() {
            Value::List(items)
            | Value::Tuple(items)
            | Value::Set(items)
            | Value::FrozenSet(items)
            | Value::Deque { items, .. } => Ok(items),
            _ => Err(self.wrong("a list, tuple, set or deque")),
        }
    }
}
