//! Texts of objects that other rooms know: NumPy's arrays among Python's values.

use std::cell::Cell;
use std::rc::Rc;

use super::Graph;
use super::object::Object;
use crate::Limits;

/// Gives texts of objects, and how many bytes had to be looked at for each; nothing for one that it does not know.
#[derive(Clone, Copy)]
pub(crate) struct Texts {
    /// Python's `repr`.
    pub(crate) repr: fn(Object<'_>, &Within) -> Option<(String, u64)>,
    /// JSON, in pieces.
    pub(crate) json: for<'g> fn(Object<'g>) -> Option<(Pieces<'g>, u64)>,
}

/// A piece of text, or a value whose text stands in its place.
pub(crate) use super::walk::Part as Piece;

/// The pieces of a value that has parts.
pub(crate) use super::walk::Parts as Pieces;

/// How deep texts may stand in texts that other rooms give: the call of one stands within the other.
const MOST_LEVELS: u8 = 4;

/// Where a text stands, and what all the texts there may still cost: an object may stand in very many places.
#[derive(Debug, Clone)]
pub(crate) struct Within {
    level: u8,
    left: Rc<Left>,
}

#[derive(Debug)]
struct Left {
    chars: Cell<u64>,
    bytes: Cell<u64>,
}

impl Within {
    /// In no other text.
    pub(crate) fn nothing(graph: &Graph, limits: &Limits) -> Self {
        let bytes = (graph.0.pickle.len() as u64).saturating_mul(64).saturating_add(1 << 20);
        let left = Left { chars: Cell::new(limits.max_repr_chars), bytes: Cell::new(bytes) };
        Self { level: 0, left: Rc::new(left) }
    }

    /// How many characters there may be.
    pub(super) fn chars(&self) -> u64 {
        self.left.chars.get()
    }

    pub(super) fn spend(&self, text: &str) {
        self.left.chars.set(self.chars().saturating_sub(text.len() as u64));
    }

    /// What the graph's maker knows of an object.
    pub(super) fn known(&self, object: Object<'_>) -> Option<String> {
        let texts = object.graph().0.texts?;
        if self.level >= MOST_LEVELS || self.left.bytes.get() == 0 {
            return None;
        }
        let inside = Self { level: self.level + 1, left: Rc::clone(&self.left) };
        let (text, bytes) = (texts.repr)(object, &inside)?;
        self.left.bytes.set(self.left.bytes.get().saturating_sub(bytes));
        self.spend(&text);
        Some(text)
    }
}

impl Within {
    /// What the graph's maker knows of an object's JSON.
    pub(super) fn known_json<'g>(&self, object: Object<'g>) -> Option<Pieces<'g>> {
        let texts = object.graph().0.texts.filter(|_| self.left.bytes.get() > 0)?;
        let (pieces, bytes) = (texts.json)(object)?;
        self.left.bytes.set(self.left.bytes.get().saturating_sub(bytes));
        Some(pieces)
    }
}

impl Graph {
    /// This graph, just made, with another's knowledge of its objects.
    pub(crate) fn with_texts(mut self, texts: Texts) -> Self {
        if let Some(inner) = std::sync::Arc::get_mut(&mut self.0) {
            inner.texts = Some(texts);
        }
        self
    }
}
