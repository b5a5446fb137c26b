//! One value of a graph: a handle.

use super::Graph;
use super::arena::Arena;
use super::node::{Kind, Node};
use super::word::{Place, Word};
use crate::pickle::decode::Decoder;
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

    /// A number that no other value of the graph has, by which [`Graph::object`] finds it again.
    #[inline]
    pub fn number(self) -> u64 {
        self.word.number().into()
    }

    pub(crate) fn word(self) -> Word {
        self.word
    }

    /// Whether both are one and the same object: Python's `is`. Values of one opcode (numbers, strings, bytes) are the
    /// same where that opcode was executed once.
    pub fn is(self, other: Self) -> bool {
        std::ptr::eq(&raw const *self.graph.0, &raw const *other.graph.0) && self.word == other.word
    }

    /// Whether the pickle puts it in more than one place; `false` where it stands in one only.
    #[inline]
    pub fn is_shared(self) -> bool {
        self.arena().is_shared(self.word)
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
        let at = self.place()?;
        let step = Decoder::resume(&self.graph.0.pickle, at).step().ok()?;
        Leaf::of(&step).ok().flatten()
    }

    /// Whether it is `()`, an opcode of its own.
    pub(super) fn is_empty_tuple(self) -> bool {
        self.place().is_some_and(|at| self.graph.0.pickle.get(at) == Some(&Op::EmptyTuple.code()))
    }

    /// Whether something is done to it besides what its own node tells.
    pub(crate) fn is_changed(self) -> bool {
        !self.arena().effects_on(self.word).is_empty()
    }

    /// Whether it is `None`.
    pub fn is_none(self) -> bool {
        matches!(self.leaf(), Some(Leaf::None))
    }

    /// Where a leaf's opcode stands.
    fn place(self) -> Option<usize> {
        match self.word.place() {
            Place::Leaf(at) => Some(at),
            Place::Node(_) => self.node().filter(|node| node.kind == Kind::Far).map(Arena::far),
        }
    }

    /// The children of a container, or of what else has some.
    pub(super) fn children(self) -> &'g [Word] {
        self.node().map(|node| self.arena().children(node)).unwrap_or_default()
    }
}
