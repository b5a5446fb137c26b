//! What a pickle would have looked up and called.

use std::fmt;

use super::items::{Dict, Items};
use super::node::{CallNode, Given, GlobalName, Kind};
use super::object::Object;
use super::{Graph, Word};
use crate::pickle::factory::How;

/// Something that a pickle names in a module: a class or a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Global<'g> {
    /// The module, by its Python 3 name unless `fix_imports` was off.
    pub module: &'g str,
    /// The name in it; dots lead into classes.
    pub name: &'g str,
}

impl<'g> Global<'g> {
    pub(super) fn new(name: &'g GlobalName) -> Self {
        Self { module: &name.module, name: &name.name }
    }

    pub(super) fn is(self, module: &str, name: &str) -> bool {
        self.module == module && self.name == name
    }
}

impl fmt::Display for Global<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.module, self.name)
    }
}

impl fmt::Debug for Global<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'g> Object<'g> {
    /// The strings that name it in the pickle, of a global that strings name.
    pub(crate) fn global_strings(self) -> Option<[Self; 2]> {
        let node = self.node().filter(|node| node.kind == Kind::Global)?;
        let words = self.arena().global(node)?.words?;
        Some(words.map(|word| Self::new(self.graph(), word)))
    }
}

/// An object that a pickle would have made by calling something: what is called, and all that it is given.
#[derive(Clone, Copy)]
pub struct Call<'g> {
    graph: &'g Graph,
    word: Word,
    node: &'g CallNode,
}

impl<'g> Call<'g> {
    pub(super) fn new(graph: &'g Graph, word: Word, node: &'g CallNode) -> Self {
        Self { graph, word, node }
    }

    /// What is called: a global, as a rule.
    pub fn callable(&self) -> Object<'g> {
        Object::new(self.graph, self.node.callable)
    }

    /// The global that is called, where it is one.
    pub fn global(&self) -> Option<Global<'g>> {
        let callable = self.callable();
        let node = callable.node().filter(|node| node.kind == Kind::Global)?;
        callable.arena().global(node).map(Global::new)
    }

    /// How it is called.
    pub fn how(&self) -> How {
        self.node.how
    }

    /// The positional arguments.
    pub fn args(&self) -> Items<'g> {
        Items::of(self.graph, self.node.args)
    }

    /// The named arguments.
    pub fn kwargs(&self) -> Dict<'g> {
        Dict::of(self.graph, self.node.kwargs)
    }

    /// The state that it is given then: for `__setstate__`, or its attributes.
    pub fn state(&self) -> Option<Object<'g>> {
        self.node.state.map(|word| Object::new(self.graph, word))
    }

    /// What is done to it after that; nothing, as a rule.
    pub(crate) fn later(&self) -> impl DoubleEndedIterator<Item = Later<'g>> + use<'g> {
        let graph = self.graph;
        graph.0.arena.effects_on(self.word).iter().map(move |effect| {
            let value = Object::new(graph, effect.value);
            match effect.given {
                Given::State => Later::State(value),
                Given::Items => Later::Items,
                Given::Setter => Later::Setter(value),
            }
        })
    }

    /// The positional arguments as one object.
    pub(crate) fn args_object(&self) -> Object<'g> {
        Object::new(self.graph, self.node.args)
    }

    /// The named arguments as one object.
    pub(crate) fn kwargs_object(&self) -> Option<Object<'g>> {
        self.node.kwargs.map(|word| Object::new(self.graph, word))
    }

    /// Keys and values in turn, as they are set: equal keys and all.
    pub fn raw_pairs(&self) -> Items<'g> {
        self.node.pairs.map_or_else(|| Items::none(self.graph), |word| Items::of(self.graph, word))
    }

    /// The items that are appended to it then.
    pub fn items(&self) -> Items<'g> {
        self.node.items.map_or_else(|| Items::none(self.graph), |word| Items::of(self.graph, word))
    }

    /// The keys and values that are set in it then.
    pub fn pairs(&self) -> Dict<'g> {
        Dict::of(self.graph, self.node.pairs)
    }

    /// The byte at which the call stands in the pickle.
    pub fn offset(&self) -> usize {
        self.node.at
    }

    /// Whether nothing but the call itself is asked: no state, items or pairs, and no state given later.
    pub(super) fn is_plain(&self) -> bool {
        self.node.state.is_none()
            && self.has_no_state()
            && self.node.items.is_none()
            && self.node.pairs.is_none()
    }

    /// Whether it gets no state, in whatever way.
    pub(super) fn has_no_state(&self) -> bool {
        self.node.state.is_none() && !self.is_given_more()
    }

    /// Whether it is given state more than once.
    pub(super) fn is_given_more(&self) -> bool {
        !self.graph.0.arena.effects_on(self.word).is_empty()
    }
}

/// What is done to an object after it has been made and given its state.
pub(crate) enum Later<'g> {
    /// It is given state again.
    State(Object<'g>),
    /// Items are put into what takes none of its own.
    Items,
    /// It is handed to a function, by this call.
    Setter(Object<'g>),
}
