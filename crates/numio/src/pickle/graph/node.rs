//! What stands behind a word that is not a leaf.

use super::word::Word;
use crate::pickle::factory::How;

/// A value that is not a leaf within a word's reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Whether the children have a vector of their own, `start` being its index.
    pub(super) grown: bool,
    pub(super) shared: bool,
    pub(super) start: u32,
    pub(super) len: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// A leaf past the reach of a word: `start` and `len` are the halves of its place.
    Far,
    /// A string that had to be decoded: `start` is its index.
    Str,
    /// Bytes that had to be decoded.
    Bytes,
    Tuple,
    List,
    Set,
    FrozenSet,
    /// Keys and values in turn.
    Dict,
    Global,
    /// A global by its number in a registry, `start`. `len` is where, if that fits.
    Extension,
    Call,
    /// The children are the name of an object kept elsewhere, and the opcode that asks for it.
    Persistent,
    /// A buffer from beside the pickle: `start` is its index, `len` is 1 where it is for reading only.
    Buffer,
}

/// The name of a global, as imported: Python 3's where `fix_imports` holds.
#[derive(Debug)]
pub(super) struct GlobalName {
    pub(super) module: Box<str>,
    pub(super) name: Box<str>,
    /// The strings of the pickle that name it, where strings do.
    pub(super) words: Option<[Word; 2]>,
    /// Where it was first named.
    pub(super) at: usize,
}

/// An object made by a callable.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallNode {
    pub(super) how: How,
    pub(super) callable: Word,
    pub(super) args: Word,
    pub(super) kwargs: Option<Word>,
    pub(super) state: Option<Word>,
    /// A list node of what was appended.
    pub(super) items: Option<Word>,
    /// A dict node of what was set.
    pub(super) pairs: Option<Word>,
    pub(super) at: usize,
}

/// What is done to an object that its own node does not tell: a state given to what was not just made by a call, or
/// given again; items put into a global.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effect {
    pub(super) target: Word,
    pub(super) given: Given,
    pub(super) value: Word,
    pub(super) at: usize,
}

/// What an object is given by an opcode that follows the one that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    State,
    /// A list node of items, or a dict node of keys and values.
    Items,
    /// To a function, which is to give it its state: the call, whose outcome is dropped.
    Setter,
}
