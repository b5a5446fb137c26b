//! What an object is in the pickle: what its opcodes say, without looking at what they amount to.

use std::borrow::Cow;

use super::arena::Arena;
use super::call::{Call, Global};
use super::items::Items;
use super::object::Object;
use crate::pickle::Encoding;
use crate::pickle::decode::Leaf;
use crate::pickle::graph::Kind;
use crate::pickle::graph::Place;
use crate::pickle::graph::Text;
use crate::pickle::int::Int;
use crate::pickle::opcodes::Op;

/// An object by its opcodes. Children are as they were put in, equal keys and all.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Shape<'g> {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// An `int` of any size.
    Int(Int<'g>),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Str(Text<'g>),
    /// `bytes`.
    Bytes(&'g [u8]),
    /// A `bytearray`.
    ByteArray(&'g [u8]),
    /// A `tuple`.
    Tuple(Items<'g>),
    /// A `list`.
    List(Items<'g>),
    /// A `set`.
    Set(Items<'g>),
    /// A `frozenset`.
    FrozenSet(Items<'g>),
    /// A `dict`: keys and values in turn.
    Dict(Items<'g>),
    /// A class or function, by name.
    Global(Global<'g>),
    /// A class or function, by its number in a registry.
    Extension(i64),
    /// An object by the call that makes it, also where [`value`](Object::value) knows it without.
    Call(Call<'g>),
    /// An object that the program kept elsewhere, by its name.
    Persistent(Object<'g>),
    /// A buffer that travelled beside the pickle, and whether it is for reading only.
    Buffer(&'g [u8], bool),
}

impl<'g> Object<'g> {
    /// What its opcodes say: for those who make other objects of the values. [`value`](Self::value) says what they
    /// amount to.
    #[inline]
    pub fn shape(self) -> Shape<'g> {
        self.common_leaf().unwrap_or_else(|| self.any_shape())
    }

    /// The same for the values without parts that most pickles mostly have, found without a look at the tables of opcodes:
    /// short strings and bytes, small integers, floats, `None`, `True` and `False`. Nothing for all others.
    ///
    /// ```
    /// use numio::pickle::Shape;
    ///
    /// let graph = numio::pickle::load(b"K\x05.")?;
    /// assert!(matches!(graph.root().common_leaf(), Some(Shape::Int(int)) if int.to_i64() == Some(5)));
    /// # Ok::<(), numio::Error>(())
    /// ```
    #[inline]
    pub fn common_leaf(self) -> Option<Shape<'g>> {
        const SHORT_BINUNICODE: u8 = Op::ShortBinUnicode.code();
        const BININT1: u8 = Op::BinInt1.code();
        const BININT2: u8 = Op::BinInt2.code();
        const BININT: u8 = Op::BinInt.code();
        const BINFLOAT: u8 = Op::BinFloat.code();
        const NONE: u8 = Op::None.code();
        const NEWTRUE: u8 = Op::NewTrue.code();
        const NEWFALSE: u8 = Op::NewFalse.code();
        const SHORT_BINBYTES: u8 = Op::ShortBinBytes.code();
        let Place::Leaf(at) = self.word().place() else { return None };
        match self.graph().0.pickle.get(at..)? {
            [SHORT_BINUNICODE, len, rest @ ..] => {
                rest.get(..usize::from(*len)).map(|text| Shape::Str(Text::new(text)))
            }
            [BININT1, value, ..] => Some(Shape::Int(Int::small((*value).into()))),
            [BININT2, low, high, ..] => {
                Some(Shape::Int(Int::small(u16::from_le_bytes([*low, *high]).into())))
            }
            [BININT, rest @ ..] => {
                Some(Shape::Int(Int::small(i32::from_le_bytes(*rest.first_chunk()?).into())))
            }
            [BINFLOAT, rest @ ..] => Some(Shape::Float(f64::from_be_bytes(*rest.first_chunk()?))),
            [NONE, ..] => Some(Shape::None),
            [NEWTRUE, ..] => Some(Shape::Bool(true)),
            [NEWFALSE, ..] => Some(Shape::Bool(false)),
            [SHORT_BINBYTES, len, rest @ ..] => rest.get(..usize::from(*len)).map(Shape::Bytes),
            _ => None,
        }
    }

    fn any_shape(self) -> Shape<'g> {
        let Some(node) = self.node().filter(|node| node.kind != Kind::Far) else {
            return self.leaf_shape();
        };
        let children = || Items::new(self.graph(), self.children());
        match node.kind {
            Kind::Far => Shape::None,
            Kind::Str => Shape::Str(Text::new(self.arena().text(node))),
            Kind::Bytes => Shape::Bytes(self.arena().text(node)),
            Kind::Tuple => Shape::Tuple(children()),
            Kind::List => Shape::List(children()),
            Kind::Set => Shape::Set(children()),
            Kind::FrozenSet => Shape::FrozenSet(children()),
            Kind::Dict => Shape::Dict(children()),
            Kind::Global => {
                self.arena().global(node).map_or(Shape::None, |name| Shape::Global(Global::new(name)))
            }
            Kind::Extension => Shape::Extension(Arena::extension(node)),
            Kind::Call => match self.arena().call(node) {
                Some(call) => Shape::Call(Call::new(self.graph(), self.word(), call)),
                None => Shape::None,
            },
            Kind::Persistent => children().get(0).map_or(Shape::None, Shape::Persistent),
            Kind::Buffer => {
                let (index, read_only) = Arena::buffer(node);
                let buffer = self.graph().0.buffers.get(index);
                Shape::Buffer(buffer.map(Vec::as_slice).unwrap_or_default(), read_only)
            }
        }
    }

    fn leaf_shape(self) -> Shape<'g> {
        match self.leaf() {
            Some(Leaf::None) => Shape::None,
            Some(Leaf::Bool(value)) => Shape::Bool(value),
            Some(Leaf::Int(value)) => Shape::Int(Int::small(value)),
            Some(Leaf::Long(bytes)) => Shape::Int(Int::bytes(bytes)),
            Some(Leaf::Digits(digits)) => Shape::Int(Int::digits(digits)),
            Some(Leaf::Float(value)) => Shape::Float(value),
            Some(Leaf::Str(Cow::Borrowed(bytes))) => Shape::Str(Text::new(bytes)),
            Some(Leaf::PyStr(Cow::Borrowed(bytes))) => match self.arena().encoding {
                Encoding::Bytes => Shape::Bytes(bytes),
                // Only ASCII stays where it is.
                Encoding::Ascii | Encoding::Latin1 => Shape::Str(Text::new(bytes)),
            },
            Some(Leaf::Bytes(bytes)) => Shape::Bytes(bytes),
            Some(Leaf::ByteArray(bytes)) => Shape::ByteArray(bytes),
            // Strings that had to be decoded are nodes.
            Some(Leaf::Str(Cow::Owned(_)) | Leaf::PyStr(Cow::Owned(_))) => Shape::None,
            None if self.is_empty_tuple() => Shape::Tuple(Items::none(self.graph())),
            None => Shape::None,
        }
    }

    /// The call that would make it, whether or not its value is known without.
    pub fn as_call(self) -> Option<Call<'g>> {
        match self.shape() {
            Shape::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The class or function that it is, by name.
    pub fn as_global(self) -> Option<Global<'g>> {
        match self.shape() {
            Shape::Global(global) => Some(global),
            _ => None,
        }
    }
}
