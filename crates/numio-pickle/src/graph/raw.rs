//! An object as its opcodes have it, without the value that they amount to.

use std::borrow::Cow;

use super::arena::Arena;
use super::call::{Call, Global};
use super::children::Children;
use super::object::Object;
use crate::Python2Encoding;
use crate::decode::Leaf;
use crate::graph::Kind;
use crate::graph::PyStr;
use crate::graph::Target;
use crate::int::BigInt;
use crate::opcodes::Op;

/// An object by its opcodes. Children are as they were put in, equal keys and all.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RawValue<'g> {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// An `int` of any size.
    Int(BigInt<'g>),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Str(PyStr<'g>),
    /// `bytes`.
    Bytes(&'g [u8]),
    /// A `bytearray`.
    ByteArray(&'g [u8]),
    /// A `tuple`.
    Tuple(Children<'g>),
    /// A `list`.
    List(Children<'g>),
    /// A `set`.
    Set(Children<'g>),
    /// A `frozenset`.
    FrozenSet(Children<'g>),
    /// A `dict`: keys and values in turn.
    Dict(Children<'g>),
    /// A class or function, by name.
    Global(Global<'g>),
    /// A class or function, by its number in a registry.
    Extension(i64),
    /// An object by the call that makes it, also where [`value`](Object::value) knows it without.
    Call(Call<'g>),
    /// An object that the program kept elsewhere, by its name.
    Persistent(Object<'g>),
    /// An out-of-band buffer, and whether it is for reading only.
    Buffer(&'g [u8], bool),
}

impl<'g> Object<'g> {
    /// The form that its opcodes have: for those who make other objects of the values. [`value`](Self::value) says what they
    /// amount to.
    #[inline]
    pub fn raw(self) -> RawValue<'g> {
        self.common_leaf().unwrap_or_else(|| self.uncommon_raw())
    }

    /// The same for the values without parts that most pickles mostly have, found without a look at the tables of opcodes:
    /// short strings and bytes, small integers, floats, `None`, `True` and `False`. Nothing for all others.
    ///
    /// ```
    /// use numio_pickle::RawValue;
    ///
    /// let graph = numio_pickle::load(b"K\x05.")?;
    /// assert!(matches!(graph.root().common_leaf(), Some(RawValue::Int(int)) if int.to_i64() == Some(5)));
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    #[inline(always)]
    pub fn common_leaf(self) -> Option<RawValue<'g>> {
        const SHORT_BINUNICODE: u8 = Op::ShortBinUnicode.code();
        const BININT1: u8 = Op::BinInt1.code();
        const BININT2: u8 = Op::BinInt2.code();
        const BININT: u8 = Op::BinInt.code();
        const BINFLOAT: u8 = Op::BinFloat.code();
        const NONE: u8 = Op::None.code();
        const NEWTRUE: u8 = Op::NewTrue.code();
        const NEWFALSE: u8 = Op::NewFalse.code();
        const SHORT_BINBYTES: u8 = Op::ShortBinBytes.code();
        let Target::Leaf(at) = self.handle().target() else { return None };
        match self.graph().0.pickle.get(at..)? {
            [SHORT_BINUNICODE, len, rest @ ..] => {
                rest.get(..usize::from(*len)).map(|text| RawValue::Str(PyStr::new(text)))
            }
            [BININT1, value, ..] => Some(RawValue::Int(BigInt::small((*value).into()))),
            [BININT2, low, high, ..] => {
                Some(RawValue::Int(BigInt::small(u16::from_le_bytes([*low, *high]).into())))
            }
            [BININT, rest @ ..] => {
                Some(RawValue::Int(BigInt::small(i32::from_le_bytes(*rest.first_chunk()?).into())))
            }
            [BINFLOAT, rest @ ..] => Some(RawValue::Float(f64::from_be_bytes(*rest.first_chunk()?))),
            [NONE, ..] => Some(RawValue::None),
            [NEWTRUE, ..] => Some(RawValue::Bool(true)),
            [NEWFALSE, ..] => Some(RawValue::Bool(false)),
            [SHORT_BINBYTES, len, rest @ ..] => rest.get(..usize::from(*len)).map(RawValue::Bytes),
            _ => None,
        }
    }

    fn uncommon_raw(self) -> RawValue<'g> {
        let Some(node) = self.node().filter(|node| node.kind != Kind::Far) else {
            return self.leaf_raw();
        };
        let children = || Children::new(self.graph(), self.children());
        match node.kind {
            Kind::Far => RawValue::None,
            Kind::Str => RawValue::Str(PyStr::new(self.arena().text(node))),
            Kind::Bytes => RawValue::Bytes(self.arena().text(node)),
            Kind::Tuple => RawValue::Tuple(children()),
            Kind::List => RawValue::List(children()),
            Kind::Set => RawValue::Set(children()),
            Kind::FrozenSet => RawValue::FrozenSet(children()),
            Kind::Dict => RawValue::Dict(children()),
            Kind::Global => {
                self.arena().global(node).map_or(RawValue::None, |name| RawValue::Global(Global::new(name)))
            }
            Kind::Extension => RawValue::Extension(Arena::extension(node)),
            Kind::Call => match self.arena().call(node) {
                Some(call) => RawValue::Call(Call::new(self.graph(), self.handle(), call)),
                None => RawValue::None,
            },
            Kind::Persistent => children().get(0).map_or(RawValue::None, RawValue::Persistent),
            Kind::Buffer => {
                let (index, read_only) = Arena::buffer(node);
                let buffer = self.graph().0.buffers.get(index);
                RawValue::Buffer(buffer.map(Vec::as_slice).unwrap_or_default(), read_only)
            }
        }
    }

    fn leaf_raw(self) -> RawValue<'g> {
        match self.leaf() {
            Some(Leaf::None) => RawValue::None,
            Some(Leaf::Bool(value)) => RawValue::Bool(value),
            Some(Leaf::Int(value)) => RawValue::Int(BigInt::small(value)),
            Some(Leaf::Long(bytes)) => RawValue::Int(BigInt::bytes(bytes)),
            Some(Leaf::Digits(digits)) => RawValue::Int(BigInt::digits(digits)),
            Some(Leaf::Float(value)) => RawValue::Float(value),
            Some(Leaf::Str(Cow::Borrowed(bytes))) => RawValue::Str(PyStr::new(bytes)),
            Some(Leaf::Python2Str(Cow::Borrowed(bytes))) => match self.arena().encoding {
                Python2Encoding::Bytes => RawValue::Bytes(bytes),
                // Only ASCII stays where it is.
                Python2Encoding::Ascii | Python2Encoding::Latin1 => RawValue::Str(PyStr::new(bytes)),
            },
            Some(Leaf::Bytes(bytes)) => RawValue::Bytes(bytes),
            Some(Leaf::ByteArray(bytes)) => RawValue::ByteArray(bytes),
            // Strings that had to be decoded are nodes.
            Some(Leaf::Str(Cow::Owned(_)) | Leaf::Python2Str(Cow::Owned(_))) => RawValue::None,
            None if self.is_empty_tuple() => RawValue::Tuple(Children::none(self.graph())),
            None => RawValue::None,
        }
    }

    /// The call that would make it, whether or not its value is known without.
    pub fn as_call(self) -> Option<Call<'g>> {
        match self.raw() {
            RawValue::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The class or function that it is, by name.
    pub fn as_global(self) -> Option<Global<'g>> {
        match self.raw() {
            RawValue::Global(global) => Some(global),
            _ => None,
        }
    }
}
