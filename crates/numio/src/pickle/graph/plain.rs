//! What an object is, short of what calls would make.

use super::items::{Dict, Items};
use super::object::Object;
use super::shape::Shape;
use super::value::Value;

impl<'g> Object<'g> {
    /// Its value, in which every call is one. Calls are known by the plain values of their arguments, and those do not
    /// look further, so that no chain of calls in a file becomes one of ours.
    pub(super) fn plain(self) -> Value<'g> {
        match self.shape() {
            Shape::None => Value::None,
            Shape::Bool(value) => Value::Bool(value),
            Shape::Int(value) => Value::Int(value),
            Shape::Float(value) => Value::Float(value),
            Shape::Str(text) => Value::Str(text),
            Shape::Bytes(bytes) => Value::Bytes(bytes.into()),
            Shape::ByteArray(bytes) => Value::ByteArray(bytes.into()),
            Shape::Tuple(items) => Value::Tuple(items),
            Shape::List(items) => Value::List(items),
            Shape::Set(_) => Value::Set(Items::distinct(self)),
            Shape::FrozenSet(_) => Value::FrozenSet(Items::distinct(self)),
            Shape::Dict(_) => Value::Dict(Dict::of(self.graph(), Some(self.word()))),
            Shape::Global(global) if global.is("builtins", "Ellipsis") => Value::Ellipsis,
            Shape::Global(global) if global.is("builtins", "NotImplemented") => Value::NotImplemented,
            Shape::Global(global) => Value::Global(global),
            Shape::Extension(code) => Value::Extension(code),
            Shape::Call(call) => Value::Call(call),
            Shape::Persistent(id) => Value::Persistent(id),
            Shape::Buffer(bytes, _) => Value::Buffer(bytes),
        }
    }

    pub(super) fn plain_list(self) -> Option<Items<'g>> {
        match self.shape() {
            Shape::List(items) => Some(items),
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
        match self.shape() {
            Shape::Str(text) => text.as_str(),
            _ => None,
        }
    }
}
