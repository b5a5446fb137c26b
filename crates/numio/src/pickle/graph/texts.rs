//! Texts of objects that other rooms know: NumPy's arrays among Python's values.

use std::cell::Cell;
use std::rc::Rc;

use super::Graph;
use super::object::Object;
use crate::Limits;

/// Gives texts of objects; nothing for one that it does not know. What has to be built for a text is spent from
/// [`Within::bytes`].
#[derive(Clone, Copy)]
pub(crate) struct Texts {
    /// Python's `repr`.
    pub(crate) repr: fn(Object<'_>, &Within) -> Option<String>,
    /// JSON, in pieces.
    pub(crate) json: for<'g> fn(Object<'g>, &Within) -> Option<Pieces<'g>>,
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
        let bytes = graph.byte_count().saturating_mul(64).saturating_add(1 << 20);
        let left = Left { chars: Cell::new(limits.max_repr_chars), bytes: Cell::new(bytes) };
        Self { level: 0, left: Rc::new(left) }
    }

    /// Where no text of another room may stand.
    pub(super) fn plain(limits: &Limits) -> Self {
        let left = Left { chars: Cell::new(limits.max_repr_chars), bytes: Cell::new(0) };
        Self { level: MOST_LEVELS, left: Rc::new(left) }
    }

    /// How many characters there may be.
    pub(super) fn chars(&self) -> u64 {
        self.left.chars.get()
    }

    pub(super) fn spend(&self, text: &str) {
        self.left.chars.set(self.chars().saturating_sub(text.len() as u64));
    }

    /// How many bytes may be built for texts.
    pub(crate) fn bytes(&self) -> u64 {
        self.left.bytes.get()
    }

    pub(crate) fn spend_bytes(&self, bytes: u64) {
        self.left.bytes.set(self.bytes().saturating_sub(bytes));
    }

    /// What the graph's maker knows of an object.
    pub(super) fn known(&self, object: Object<'_>) -> Option<String> {
        let texts = object.graph().0.texts?;
        if self.level >= MOST_LEVELS || self.bytes() == 0 {
            return None;
        }
        let inside = Self { level: self.level + 1, left: Rc::clone(&self.left) };
        let text = (texts.repr)(object, &inside)?;
        self.spend(&text);
        Some(text)
    }

    /// What the graph's maker knows of an object's JSON.
    pub(super) fn known_json<'g>(&self, object: Object<'g>) -> Option<Pieces<'g>> {
        let texts = object.graph().0.texts.filter(|_| self.bytes() > 0)?;
        (texts.json)(object, self)
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
