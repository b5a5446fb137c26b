//! Keys of dicts, compared as Python compares them, and an index for dicts of many.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use super::Graph;
use super::node::Kind;
use super::object::Object;
use super::word::Word;
use crate::pickle::Encoding;
use crate::pickle::int::Int;
use crate::pickle::leaf::Leaf;

/// A key by its value. Equal numbers are equal whatever their type.
pub(super) enum Key<'g> {
    None,
    Int(i128),
    /// More than an `i128` holds: two's complement.
    Long(Cow<'g, [u8]>),
    /// No whole number: its bits.
    Float(u64),
    Str(&'g [u8]),
    Bytes(Cow<'g, [u8]>),
    Tuple(Object<'g>),
    /// By identity.
    Other(Word),
}

/// How deep tuples in tuples are compared by value; below, by identity. Shared halves would take 2^depth steps.
const DEPTH: u32 = 8;

impl<'g> Key<'g> {
    pub(super) fn of(object: Object<'g>) -> Self {
        // Only what needs no look at keys: dicts can be nested by their keys.
        match object.node().map(|node| (node.kind, node)) {
            Some((Kind::Tuple, _)) => return Self::Tuple(object),
            Some((Kind::Str, node)) => return Self::Str(object.arena().text(node)),
            Some((Kind::Bytes, node)) => return Self::Bytes(object.arena().text(node).into()),
            _ => {}
        }
        match object.leaf() {
            Some(Leaf::None) => Self::None,
            Some(Leaf::Bool(value)) => Self::Int(value.into()),
            Some(Leaf::Int(value)) => Self::Int(value.into()),
            Some(Leaf::Long(bytes)) => Self::of_int(Int::bytes(bytes), object),
            Some(Leaf::Digits(digits)) => Self::of_int(Int::digits(digits), object),
            Some(Leaf::Float(value)) if value.is_nan() => Self::Other(object.word()),
            // Whole floats below 2^127 are exact as integers.
            Some(Leaf::Float(value)) if value.fract() == 0.0 && value.abs() < 1e38 => {
                Self::Int(value as i128)
            }
            Some(Leaf::Float(value)) => Self::Float(value.to_bits()),
            Some(Leaf::Str(Cow::Borrowed(bytes))) => Self::Str(bytes),
            Some(Leaf::PyStr(Cow::Borrowed(bytes))) => match object.arena().encoding {
                Encoding::Bytes => Self::Bytes(bytes.into()),
                Encoding::Ascii | Encoding::Latin1 => Self::Str(bytes),
            },
            Some(Leaf::Bytes(bytes)) => Self::Bytes(bytes.into()),
            None if object.is_empty_tuple() => Self::Tuple(object),
            _ => Self::Other(object.word()),
        }
    }

    fn of_int(value: Int<'g>, object: Object<'g>) -> Self {
        match (value.to_i128(), value.to_le_bytes()) {
            (Some(value), _) => Self::Int(value),
            (None, Some(bytes)) => Self::Long(bytes),
            (None, None) => Self::Other(object.word()),
        }
    }

    fn is(&self, other: &Self, depth: u32) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Int(one), Self::Int(two)) => one == two,
            (Self::Float(one), Self::Float(two)) => one == two,
            (Self::Long(one), Self::Long(two)) | (Self::Bytes(one), Self::Bytes(two)) => one == two,
            (Self::Str(one), Self::Str(two)) => one == two,
            (Self::Other(one), Self::Other(two)) => one == two,
            (Self::Tuple(one), Self::Tuple(two)) => {
                if one.word() == two.word() || depth == 0 {
                    return one.word() == two.word();
                }
                let same = |(left, right): (&Word, &Word)| {
                    let key = |tuple: &Object<'g>, word| Self::of(Object::new(tuple.graph(), word));
                    left == right || key(one, *left).is(&key(two, *right), depth - 1)
                };
                let (left, right) = (one.children(), two.children());
                left.len() == right.len() && left.iter().zip(right).all(same)
            }
            _ => false,
        }
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        // The depth bounds both lifetimes alike.
        self.is(other, DEPTH)
    }
}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::None => {}
            Self::Int(value) => value.hash(state),
            Self::Float(bits) => bits.hash(state),
            Self::Long(bytes) | Self::Bytes(bytes) => bytes.hash(state),
            Self::Str(bytes) => bytes.hash(state),
            Self::Tuple(tuple) => hash_tuple(*tuple, &mut 16, state),
            Self::Other(word) => word.hash(state),
        }
    }
}

/// The first leaves of a tuple and of those inside it, as many as `left` says, tell most tuples apart.
fn hash_tuple<H: Hasher>(tuple: Object<'_>, left: &mut u32, state: &mut H) {
    for word in tuple.children() {
        let Some(less) = left.checked_sub(1) else { return };
        *left = less;
        match Key::of(Object::new(tuple.graph(), *word)) {
            // Each step down spends one of the 16: the recursion is bounded.
            Key::Tuple(inner) => hash_tuple(inner, left, state),
            key => key.hash(state),
        }
    }
}

/// The words without the entries (of `step` words, the key first) whose key an earlier one has; that one takes over the
/// last one's value. Nothing where all keys differ.
pub(super) fn distinct<'a>(graph: &Graph, words: &'a [Word], step: usize) -> Option<Cow<'a, [Word]>> {
    if words.len() <= step * FEW {
        let mut keys: Vec<Key<'_>> = Vec::with_capacity(words.len() / step);
        for entry in words.chunks_exact(step) {
            let key = Key::of(Object::new(graph, *entry.first()?));
            if keys.contains(&key) {
                return Index::new(graph, words, step).distinct.map(Cow::Owned);
            }
            keys.push(key);
        }
        return None;
    }
    Index::new(graph, words, step).distinct.map(Cow::Owned)
}

/// Up to so many keys, comparing each with each is quicker than hashing them.
const FEW: usize = 16;

/// After so many collisions a key counts as different from all others. Only tuples made to collide come to that.
const MOST_PROBES: usize = 1000;

/// A hash table over the keys of one dict.
pub(super) struct Index {
    hasher: RandomState,
    /// Places of entries, plus one; 0 is empty. Its length is a power of two.
    table: Vec<u32>,
    /// The entries, where some were equal.
    distinct: Option<Vec<Word>>,
}

impl Index {
    fn new(graph: &Graph, words: &[Word], step: usize) -> Self {
        let count = words.len() / step;
        let mut index = Self {
            hasher: RandomState::new(),
            table: vec![0; (2 * count).next_power_of_two()],
            distinct: None,
        };
        let mut kept: Vec<Word> = Vec::with_capacity(words.len());
        for entry in words.chunks_exact(step) {
            let Some(first) = entry.first() else { continue };
            let key = Key::of(Object::new(graph, *first));
            let slot = index.slot(graph, &kept, step, &key);
            match slot.1 {
                Some(place) => {
                    let old = kept.get_mut(place * step + 1..(place + 1) * step);
                    if let (Some(old), Some(new)) = (old, entry.get(1..)) {
                        old.copy_from_slice(new);
                    }
                }
                None => {
                    if let Some(slot) = index.table.get_mut(slot.0) {
                        *slot = (kept.len() / step) as u32 + 1;
                    }
                    kept.extend_from_slice(entry);
                }
            }
        }
        if kept.len() < words.len() {
            index.distinct = Some(kept);
        }
        index
    }

    pub(super) fn distinct(&self) -> Option<&[Word]> {
        self.distinct.as_deref()
    }

    /// The place of a key among the pairs of a dict, which are those of [`distinct`](Self::distinct) where it has any.
    pub(super) fn find(&self, graph: &Graph, words: &[Word], key: &Key<'_>) -> Option<usize> {
        self.slot(graph, words, 2, key).1
    }

    /// The slot of the table that a key has or would have, and the place of its entry if there is one.
    fn slot(&self, graph: &Graph, entries: &[Word], step: usize, key: &Key<'_>) -> (usize, Option<usize>) {
        let mask = self.table.len() - 1;
        let mut slot = self.hasher.hash_one(key) as usize & mask;
        for _ in 0..MOST_PROBES {
            let place = match self.table.get(slot) {
                None | Some(0) => return (slot, None),
                Some(place) => *place as usize - 1,
            };
            let word = entries.get(place * step);
            if word.is_some_and(|word| Key::of(Object::new(graph, *word)) == *key) {
                return (slot, Some(place));
            }
            slot = (slot + 1) & mask;
        }
        (usize::MAX, None)
    }
}

/// The indexes of those dicts of a graph that have been looked into.
#[derive(Default)]
pub(super) struct Indexes(Mutex<HashMap<usize, Arc<Index>>>);

impl Indexes {
    /// The index of the dict node with that number.
    pub(super) fn get(&self, graph: &Graph, node: usize, words: &[Word]) -> Arc<Index> {
        // A panic elsewhere cannot leave the map half changed.
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = known().get(&node) {
            return Arc::clone(index);
        }
        let index = Arc::new(Index::new(graph, words, 2));
        known().insert(node, Arc::clone(&index));
        index
    }
}
