//! The ways to read a value.

use std::borrow::Cow;

use crate::Result;
use crate::error::AccessError;
use crate::graph::children::{Children, Dict};
use crate::graph::object::Object;
use crate::graph::raw::RawValue;
use crate::graph::value::Value;
use crate::graph::{PyStr, stdlib};
use crate::int::BigInt;

impl<'g> Object<'g> {
    /// The value.
    pub fn value(self) -> Value<'g> {
        match self.plain() {
            Value::Call(call) => stdlib::value(&call).unwrap_or(Value::Call(call)),
            value => value,
        }
    }

    fn wrong(self, wanted: &'static str) -> crate::Error {
        AccessError::Type { wanted, found: self.value().type_name() }.into()
    }

    /// A bool.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else; so do all the methods below.
    pub fn as_bool(self) -> Result<bool> {
        match self.plain() {
            Value::Bool(value) => Ok(value),
            _ => Err(self.wrong("a bool")),
        }
    }

    /// An integer of any size. A bool is one in Python, and here.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn as_int(self) -> Result<BigInt<'g>> {
        match self.plain() {
            Value::Int(value) => Ok(value),
            Value::Bool(value) => Ok(BigInt::small(value.into())),
            _ => Err(self.wrong("an int")),
        }
    }

    /// An integer that an `i64` holds.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else, or larger.
    pub fn as_i64(self) -> Result<i64> {
        let int = self.as_int()?;
        int.to_i64().ok_or_else(|| AccessError::Large(int.to_string()).into())
    }

    /// A float; an integer as the nearest one.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
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
    /// `InvalidInput` where it is something else, `Encoding` if it contains surrogates: [`as_text`](Self::as_text) has
    /// those too.
    pub fn as_str(self) -> Result<&'g str> {
        let text = self.as_text()?;
        text.as_str().ok_or_else(|| AccessError::Surrogates(text.to_string_lossy().into_owned()).into())
    }

    /// A string that may hold surrogates.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn as_text(self) -> Result<PyStr<'g>> {
        match self.plain() {
            Value::Str(text) => Ok(text),
            _ => Err(self.wrong("a str")),
        }
    }

    /// The content of bytes, a bytearray or an out-of-band buffer.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
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
    /// `InvalidInput` where it is something else.
    pub fn as_list(self) -> Result<Children<'g>> {
        self.plain_list().ok_or_else(|| self.wrong("a list"))
    }

    /// The items of a tuple.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn as_tuple(self) -> Result<Children<'g>> {
        match self.plain() {
            Value::Tuple(items) => Ok(items),
            _ => Err(self.wrong("a tuple")),
        }
    }

    /// The items of a set or frozenset, in the order of the file.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn as_set(self) -> Result<Children<'g>> {
        match self.value() {
            Value::Set(items) | Value::FrozenSet(items) => Ok(items),
            _ => Err(self.wrong("a set")),
        }
    }

    /// The keys and values of a dict, an `OrderedDict`, a `defaultdict` or a `Counter`.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
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
    /// `InvalidInput` where it is no dict, `NotFound` where the key is not there.
    pub fn get(self, key: &str) -> Result<Self> {
        let dict = self.as_dict()?;
        dict.get(key).ok_or_else(|| AccessError::Key(key.to_owned()).into())
    }

    /// The items of a list, tuple, set, frozenset or deque.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn items(self) -> Result<Children<'g>> {
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

impl<'g> Object<'g> {
    /// Its value, in which every call is one. Calls are known by the plain values of their arguments, and those do not
    /// look further, so that no chain of calls in a file becomes one in numio.
    pub(crate) fn plain(self) -> Value<'g> {
        match self.raw() {
            RawValue::None => Value::None,
            RawValue::Bool(value) => Value::Bool(value),
            RawValue::Int(value) => Value::Int(value),
            RawValue::Float(value) => Value::Float(value),
            RawValue::Str(text) => Value::Str(text),
            RawValue::Bytes(bytes) => Value::Bytes(bytes.into()),
            RawValue::ByteArray(bytes) => Value::ByteArray(bytes.into()),
            RawValue::Tuple(items) => Value::Tuple(items),
            RawValue::List(items) => Value::List(items),
            RawValue::Set(_) => Value::Set(Children::distinct(self)),
            RawValue::FrozenSet(_) => Value::FrozenSet(Children::distinct(self)),
            RawValue::Dict(_) => Value::Dict(Dict::of(self.graph(), Some(self.handle()))),
            RawValue::Global(global) if global.is("builtins", "Ellipsis") => Value::Ellipsis,
            RawValue::Global(global) if global.is("builtins", "NotImplemented") => Value::NotImplemented,
            RawValue::Global(global) => Value::Global(global),
            RawValue::Extension(code) => Value::Extension(code),
            RawValue::Call(call) => Value::Call(call),
            RawValue::Persistent(id) => Value::Persistent(id),
            RawValue::Buffer(bytes, _) => Value::Buffer(bytes),
        }
    }

    pub(crate) fn plain_list(self) -> Option<Children<'g>> {
        match self.raw() {
            RawValue::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn plain_dict(self) -> Option<Dict<'g>> {
        match self.plain() {
            Value::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    pub(crate) fn plain_str(self) -> Option<&'g str> {
        match self.raw() {
            RawValue::Str(text) => text.as_str(),
            _ => None,
        }
    }
}
