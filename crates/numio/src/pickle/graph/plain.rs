//! What an object is, short of what calls would make.

use std::borrow::Cow;

use super::arena::{Arena, Kind};
use super::call::{Call, Global};
use super::items::{Dict, Items};
use super::object::Object;
use super::string::Text;
use super::value::Value;
use crate::pickle::Encoding;
use crate::pickle::int::Int;
use crate::pickle::leaf::Leaf;

impl<'g> Object<'g> {
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
            Kind::Tuple => Value::Tuple(Items::new(self.graph(), children())),
            Kind::List => Value::List(Items::new(self.graph(), children())),
            Kind::Set => Value::Set(Items::distinct(self.graph(), children())),
            Kind::FrozenSet => Value::FrozenSet(Items::distinct(self.graph(), children())),
            Kind::Dict => Value::Dict(Dict::of(self.graph(), Some(self.word()))),
            Kind::Global => match self.arena().global(node).map(Global::new) {
                Some(global) if global.is("builtins", "Ellipsis") => Value::Ellipsis,
                Some(global) if global.is("builtins", "NotImplemented") => Value::NotImplemented,
                Some(global) => Value::Global(global),
                None => Value::None,
            },
            Kind::Extension => Value::Extension(Arena::extension(node)),
            Kind::Call => match self.as_call() {
                Some(call) => Value::Call(call),
                None => Value::None,
            },
            Kind::Persistent => match children().first() {
                Some(id) => Value::Persistent(Self::new(self.graph(), *id)),
                None => Value::None,
            },
            Kind::Buffer => {
                let buffer = self.graph().0.buffers.get(Arena::buffer(node).0);
                Value::Buffer(buffer.map(Vec::as_slice).unwrap_or_default())
            }
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
            None if self.is_empty_tuple() => Value::Tuple(Items::none(self.graph())),
            None => Value::None,
        }
    }

    /// The call that would make it, whether or not its value is known without.
    pub fn as_call(self) -> Option<Call<'g>> {
        let node = self.node().filter(|node| node.kind == Kind::Call)?;
        self.arena().call(node).map(|call| Call::new(self.graph(), self.word(), call))
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

    pub(super) fn plain_str(self) -> Option<&'g str> {
        match self.plain() {
            Value::Str(text) => text.as_str(),
            _ => None,
        }
    }
}
