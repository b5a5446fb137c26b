//! One value of a graph: a handle.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Python2Encoding;
use crate::decode::{Decoder, Leaf};
use crate::graph::arena::Arena;
use crate::graph::{Graph, Handle, Kind, Node, Target};
use crate::int::BigInt;
use crate::opcodes::Op;

/// A value of a [`Graph`]: a cheap handle. Printing with `{:?}` gives what Python's `repr` gives, bounded by the default
/// [`Limits`](crate::Limits).
#[derive(Clone, Copy)]
pub struct Object<'g> {
    graph: &'g Graph,
    handle: Handle,
}

impl<'g> Object<'g> {
    pub(super) fn new(graph: &'g Graph, handle: Handle) -> Self {
        Self { graph, handle }
    }

    /// The graph in which it stands.
    #[inline]
    pub fn graph(self) -> &'g Graph {
        self.graph
    }

    /// An id that no other value of the graph has, by which [`Graph::get`] finds it again.
    #[inline]
    pub fn id(self) -> u64 {
        self.handle.id().into()
    }

    pub(crate) fn handle(self) -> Handle {
        self.handle
    }

    /// True if both are one and the same object: Python's `is`. Values of one opcode (numbers, strings, bytes) are the
    /// same where that opcode was executed once.
    #[inline]
    pub fn ptr_eq(self, other: Self) -> bool {
        std::ptr::eq(&raw const *self.graph.0, &raw const *other.graph.0) && self.handle == other.handle
    }

    /// True if it occurs in more than one position of the pickle.
    #[inline]
    pub fn is_shared(self) -> bool {
        self.arena().is_shared(self.handle)
    }

    pub(super) fn node(self) -> Option<Node> {
        match self.handle.target() {
            Target::Leaf(_) => None,
            Target::Node(index) => self.graph.0.arena.node(index),
        }
    }

    pub(super) fn arena(self) -> &'g Arena {
        &self.graph.0.arena
    }

    /// The value of an opcode that carries one whole; `()` and handles that are none give nothing.
    pub(super) fn leaf(self) -> Option<Leaf<'g>> {
        let at = self.leaf_offset()?;
        let step = Decoder::resume(&self.graph.0.pickle, at).step().ok()?;
        Leaf::of(&step).ok().flatten()
    }

    /// True for `()`, an opcode of its own.
    pub(super) fn is_empty_tuple(self) -> bool {
        self.leaf_offset().is_some_and(|at| self.graph.0.pickle.get(at) == Some(&Op::EmptyTuple.code()))
    }

    /// True if something is done to it that its own node does not tell.
    pub(crate) fn is_mutated(self) -> bool {
        !self.arena().mutations_of(self.handle).is_empty()
    }

    /// True for `None`.
    #[inline]
    pub fn is_none(self) -> bool {
        matches!(self.leaf(), Some(Leaf::None))
    }

    /// The offset of a leaf's opcode.
    fn leaf_offset(self) -> Option<usize> {
        match self.handle.target() {
            Target::Leaf(at) => Some(at),
            Target::Node(_) => self.node().filter(|node| node.kind == Kind::Far).map(Arena::far),
        }
    }

    /// The children of a container, or of what else has some.
    pub(super) fn children(self) -> &'g [Handle] {
        self.node().map(|node| self.arena().children(node)).unwrap_or_default()
    }
}

/// A key by its value. Equal numbers are equal whatever their type.
#[derive(PartialEq, Eq, Hash)]
pub(crate) enum Key<'g> {
    None,
    Int(i128),
    /// More than an `i128` holds: two's complement.
    Long(Cow<'g, [u8]>),
    /// Bits of a float that is no whole number.
    Float(u64),
    Str(&'g [u8]),
    Bytes(&'g [u8]),
    /// A tuple, a long string or a long integer by its representative; anything else by identity.
    Same(Handle),
}

/// Strings, bytes and integers above this length are compared by their representatives.
const MAX_SHORT: usize = 64;

impl<'g> Key<'g> {
    pub(crate) fn of(object: Object<'g>) -> Self {
        let graph = object.graph();
        match Content::of(object) {
            Content::Tuple(items) => {
                Self::Same(graph.0.representatives.lock().of_tuple(graph, object.handle(), items))
            }
            Content::Leaf(key) if key.is_long() => {
                Self::Same(graph.0.representatives.lock().of_leaf(graph, object.handle(), &key))
            }
            Content::Leaf(key) => key,
        }
    }

    /// The key of a text among the keys of a graph that have been looked at; nothing where none can be equal.
    pub(crate) fn of_text(graph: &Graph, text: &'g str) -> Option<Self> {
        let key = Self::Str(text.as_bytes());
        if key.is_long() {
            graph.0.representatives.lock().find(graph, &key).map(Self::Same)
        } else {
            Some(key)
        }
    }

    fn of_int(value: BigInt<'g>, object: Object<'g>) -> Self {
        match (value.to_i128(), value.to_le_bytes()) {
            (Some(value), _) => Self::Int(value),
            (None, Some(bytes)) => Self::Long(bytes),
            (None, None) => Self::Same(object.handle()),
        }
    }

    fn is_long(&self) -> bool {
        match self {
            Self::Str(bytes) | Self::Bytes(bytes) => bytes.len() > MAX_SHORT,
            Self::Long(bytes) => bytes.len() > MAX_SHORT,
            _ => false,
        }
    }
}

/// The content by which two keys are equal or not.
enum Content<'g> {
    Tuple(&'g [Handle]),
    Leaf(Key<'g>),
}

impl<'g> Content<'g> {
    fn of(object: Object<'g>) -> Self {
        // Only what needs no look at keys: dicts can be nested by their keys.
        match object.node().map(|node| (node.kind, node)) {
            Some((Kind::Tuple, node)) => return Self::Tuple(object.arena().children(node)),
            Some((Kind::Str, node)) => return Self::Leaf(Key::Str(object.arena().text(node))),
            Some((Kind::Bytes, node)) => return Self::Leaf(Key::Bytes(object.arena().text(node))),
            _ => {}
        }
        Self::Leaf(match object.leaf() {
            Some(Leaf::None) => Key::None,
            Some(Leaf::Bool(value)) => Key::Int(value.into()),
            Some(Leaf::Int(value)) => Key::Int(value.into()),
            Some(Leaf::Long(bytes)) => Key::of_int(BigInt::bytes(bytes), object),
            Some(Leaf::Digits(digits)) => Key::of_int(BigInt::digits(digits), object),
            Some(Leaf::Float(value)) if value.is_nan() => Key::Same(object.handle()),
            // Whole floats below 2^127 are exact as integers.
            Some(Leaf::Float(value)) if value.fract() == 0.0 && value.abs() < 1e38 => Key::Int(value as i128),
            Some(Leaf::Float(value)) => Key::Float(value.to_bits()),
            Some(Leaf::Str(Cow::Borrowed(bytes))) => Key::Str(bytes),
            Some(Leaf::Python2Str(Cow::Borrowed(bytes))) => match object.arena().encoding {
                Python2Encoding::Bytes => Key::Bytes(bytes),
                Python2Encoding::Ascii | Python2Encoding::Latin1 => Key::Str(bytes),
            },
            Some(Leaf::Bytes(bytes)) => Key::Bytes(bytes),
            None if object.is_empty_tuple() => return Self::Tuple(&[]),
            _ => Key::Same(object.handle()),
        })
    }
}

/// The representatives of keys: of all values that are equal to one another, the first that was looked at.
#[derive(Default)]
pub(crate) struct Representatives(Mutex<Classes>);

/// A hash table of representatives, with open addressing.
#[derive(Default)]
struct Classes {
    hasher: RandomState,
    /// The hash of each, and its number; 0 is an empty slot. Their count is 0 or a power of two.
    slots: Vec<(u32, u32)>,
    count: usize,
    /// For each node, the number of its representative; 0 for those that have not been looked at.
    nodes: Vec<u32>,
    /// The same for long strings, bytes and integers.
    long: HashMap<Handle, Handle>,
    /// The empty tuple, which has several spellings.
    empty: Option<Handle>,
}

impl Representatives {
    fn lock(&self) -> MutexGuard<'_, Classes> {
        // Nothing under the lock panics, and a table that were half changed would only know fewer equal keys.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Classes {
    /// Looks at a tuple and at those inside it that have not been looked at, innermost first and without recursion.
    fn of_tuple(&mut self, graph: &Graph, tuple: Handle, items: &[Handle]) -> Handle {
        let Target::Node(root) = tuple.target() else { return self.of_empty(tuple) };
        if items.is_empty() {
            return self.of_empty(tuple);
        }
        if let Some(known) = self.known(root) {
            return known;
        }
        let arena = &graph.0.arena;
        let mut found = tuple;
        let mut parts = Vec::new();
        // A tuple is made of values that are there already, so none contains itself.
        let mut open = vec![(tuple, root, 0)];
        while let Some((handle, index, next)) = open.last_mut() {
            let (handle, index) = (*handle, *index);
            let items = arena.node(index).map(|node| arena.children(node)).unwrap_or_default();
            let unknown = items.iter().enumerate().skip(*next).find_map(|(at, item)| match item.target() {
                Target::Node(inner)
                    if arena.node(inner).is_some_and(|node| node.kind == Kind::Tuple && node.len > 0)
                        && self.known(inner).is_none() =>
                {
                    Some((at, inner, *item))
                }
                _ => None,
            });
            if let Some((at, inner, item)) = unknown {
                *next = at;
                open.push((item, inner, 0));
                continue;
            }
            parts.clear();
            parts.extend(items.iter().map(|item| self.of_part(graph, *item)));
            let hash = self.hash_of(&parts);
            found =
                self.insert(hash, handle, |classes, other| match Content::of(Object::new(graph, other)) {
                    Content::Tuple(others) if others.len() == parts.len() => others
                        .iter()
                        .zip(&parts)
                        .all(|(other, part)| classes.seen(graph, *other) == Some(*part)),
                    _ => false,
                });
            if self.nodes.len() <= index {
                self.nodes.resize(index + 1, 0);
            }
            if let Some(node) = self.nodes.get_mut(index) {
                *node = found.id();
            }
            open.pop();
        }
        found
    }

    fn of_empty(&mut self, handle: Handle) -> Handle {
        *self.empty.get_or_insert(handle)
    }

    fn known(&self, node: usize) -> Option<Handle> {
        self.nodes.get(node).copied().and_then(Handle::from_id)
    }

    fn known_tuple(&self, handle: Handle, items: &[Handle]) -> Option<Handle> {
        match handle.target() {
            Target::Node(node) if !items.is_empty() => self.known(node),
            _ => self.empty,
        }
    }

    /// The representative of an item of a tuple; tuples among the items have been looked at before.
    fn of_part(&mut self, graph: &Graph, handle: Handle) -> Handle {
        match Content::of(Object::new(graph, handle)) {
            Content::Tuple([]) => self.of_empty(handle),
            Content::Tuple(items) => self.known_tuple(handle, items).unwrap_or(handle),
            Content::Leaf(Key::Same(handle)) => handle,
            Content::Leaf(key) => self.of_leaf(graph, handle, &key),
        }
    }

    /// The same for an item of a tuple that has been looked at itself.
    fn seen(&self, graph: &Graph, handle: Handle) -> Option<Handle> {
        match Content::of(Object::new(graph, handle)) {
            Content::Tuple(items) => self.known_tuple(handle, items),
            Content::Leaf(Key::Same(handle)) => Some(handle),
            Content::Leaf(key) => self.long.get(&handle).copied().or_else(|| self.find(graph, &key)),
        }
    }

    fn of_leaf(&mut self, graph: &Graph, handle: Handle, key: &Key<'_>) -> Handle {
        let is_long = key.is_long();
        if is_long && let Some(known) = self.long.get(&handle) {
            return *known;
        }
        let hash = fold(self.hasher.hash_one(key));
        let found = self.insert(hash, handle, |_, other| is_leaf(graph, other, key));
        if is_long {
            self.long.insert(handle, found);
        }
        found
    }

    fn find(&self, graph: &Graph, key: &Key<'_>) -> Option<Handle> {
        self.probe(fold(self.hasher.hash_one(key)), |handle| is_leaf(graph, handle, key)).ok()
    }

    /// The hash of a tuple, by the representatives of its items.
    fn hash_of(&self, parts: &[Handle]) -> u32 {
        let mut state = self.hasher.build_hasher();
        // Tells a tuple from every other key.
        state.write_u8(0xff);
        parts.hash(&mut state);
        fold(state.finish())
    }

    /// The representative of that hash for which `is_it` holds, or the empty slot for it.
    fn probe(&self, hash: u32, is_it: impl Fn(Handle) -> bool) -> Result<Handle, usize> {
        let Some(mask) = self.slots.len().checked_sub(1) else { return Err(0) };
        let mut slot = hash as usize & mask;
        // A quarter of the slots is empty, so the loop ends.
        loop {
            match self.slots.get(slot).map(|(other, number)| (*other, Handle::from_id(*number))) {
                Some((other, Some(handle))) if other == hash && is_it(handle) => return Ok(handle),
                Some((_, Some(_))) => slot = (slot + 1) & mask,
                _ => return Err(slot),
            }
        }
    }

    fn insert(&mut self, hash: u32, handle: Handle, is_it: impl Fn(&Self, Handle) -> bool) -> Handle {
        if (self.count + 1) * 4 > self.slots.len() * 3 {
            let slots = vec![(0, 0); (self.slots.len() * 2).max(16)];
            for (hash, number) in std::mem::replace(&mut self.slots, slots) {
                if number != 0
                    && let Err(free) = self.probe(hash, |_| false)
                {
                    self.set(free, hash, number);
                }
            }
        }
        match self.probe(hash, |other| is_it(self, other)) {
            Ok(known) => known,
            Err(free) => {
                self.set(free, hash, handle.id());
                self.count += 1;
                handle
            }
        }
    }

    fn set(&mut self, slot: usize, hash: u32, number: u32) {
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = (hash, number);
        }
    }
}

fn fold(hash: u64) -> u32 {
    (hash >> 32) as u32
}

fn is_leaf(graph: &Graph, handle: Handle, key: &Key<'_>) -> bool {
    matches!(Content::of(Object::new(graph, handle)), Content::Leaf(other) if other == *key)
}

/// The handles without the entries (of `step` handles, the key first) whose key an earlier one has; that one takes over the
/// last one's value. Nothing where all keys differ.
pub(crate) fn distinct(graph: &Graph, handles: &[Handle], step: usize) -> Option<Arc<[Handle]>> {
    // A single key is not compared, and need not be looked at.
    if handles.len() <= step {
        return None;
    }
    if handles.len() <= step * FEW {
        let mut keys: Vec<Key<'_>> = Vec::with_capacity(handles.len() / step);
        for entry in handles.chunks_exact(step) {
            let key = Key::of(Object::new(graph, *entry.first()?));
            if keys.contains(&key) {
                return Index::new(graph, handles, step).distinct;
            }
            keys.push(key);
        }
        return None;
    }
    Index::new(graph, handles, step).distinct
}

/// Up to this many keys, comparing each with each is quicker than hashing them.
const FEW: usize = 16;

/// A hash table over the keys of one dict.
pub(crate) struct Index {
    hasher: RandomState,
    /// Positions of entries, plus one; 0 is empty. Its length is a power of two, at least twice the number of entries.
    table: Vec<u32>,
    /// The entries, where some were equal.
    distinct: Option<Arc<[Handle]>>,
}

impl Index {
    fn new(graph: &Graph, handles: &[Handle], step: usize) -> Self {
        let count = handles.len() / step;
        let mut index = Self {
            hasher: RandomState::new(),
            table: vec![0; (2 * count).next_power_of_two()],
            distinct: None,
        };
        let mut kept: Vec<Handle> = Vec::with_capacity(handles.len());
        for entry in handles.chunks_exact(step) {
            let Some(first) = entry.first() else { continue };
            let key = Key::of(Object::new(graph, *first));
            match index.probe(graph, &kept, step, &key) {
                Ok(place) => {
                    let old = kept.get_mut(place * step + 1..(place + 1) * step);
                    if let (Some(old), Some(new)) = (old, entry.get(1..)) {
                        old.copy_from_slice(new);
                    }
                }
                Err(free) => {
                    if let Some(slot) = index.table.get_mut(free) {
                        *slot = (kept.len() / step) as u32 + 1;
                    }
                    kept.extend_from_slice(entry);
                }
            }
        }
        if kept.len() < handles.len() {
            index.distinct = Some(kept.into());
        }
        index
    }

    pub(crate) fn distinct(&self) -> Option<&Arc<[Handle]>> {
        self.distinct.as_ref()
    }

    /// The position of a key among the pairs of a dict, which are those of [`distinct`](Self::distinct) where it has any.
    pub(crate) fn find(&self, graph: &Graph, handles: &[Handle], key: &Key<'_>) -> Option<usize> {
        self.probe(graph, handles, 2, key).ok()
    }

    /// The position of the entry with that key, or the slot of the table that one would have.
    fn probe(&self, graph: &Graph, entries: &[Handle], step: usize, key: &Key<'_>) -> Result<usize, usize> {
        let mask = self.table.len() - 1;
        let mut slot = self.hasher.hash_one(key) as usize & mask;
        loop {
            let place = match self.table.get(slot) {
                None | Some(0) => return Err(slot),
                Some(place) => *place as usize - 1,
            };
            let handle = entries.get(place * step);
            if handle.is_some_and(|handle| Key::of(Object::new(graph, *handle)) == *key) {
                return Ok(place);
            }
            slot = (slot + 1) & mask;
        }
    }
}

/// Facts about the children of nodes, kept because many calls of a file can share one node.
#[derive(Default)]
pub(crate) struct Indexes {
    dicts: Mutex<HashMap<usize, Arc<Index>>>,
    #[allow(clippy::type_complexity, reason = "a map of shared rows")]
    rows: Mutex<HashMap<(usize, Rows), Option<Arc<[Handle]>>>>,
}

/// The meaning in which the children of a node are read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Rows {
    /// The items of a set: without those that are equal to an earlier one, where there are some.
    Distinct,
    /// Lists of a key and a value each: all of them in a row, without equal keys; nothing where a child is no such list.
    Pairs,
    /// The pairs of a dict, those with the largest counts first; nothing where the values cannot be compared.
    MostCommon,
}

impl Indexes {
    /// The index of the dict node with that number.
    pub(crate) fn get(&self, graph: &Graph, node: usize, handles: &[Handle]) -> Arc<Index> {
        // A panic elsewhere cannot leave the map half changed.
        let known = || self.dicts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = known().get(&node) {
            return Arc::clone(index);
        }
        let index = Arc::new(Index::new(graph, handles, 2));
        known().insert(node, Arc::clone(&index));
        index
    }

    /// The facts that `find` returns about the children of a node.
    pub(crate) fn rows(
        &self,
        node: usize,
        rows: Rows,
        find: impl FnOnce() -> Option<Arc<[Handle]>>,
    ) -> Option<Arc<[Handle]>> {
        let known = || self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handles) = known().get(&(node, rows)) {
            return handles.clone();
        }
        let handles = find();
        known().insert((node, rows), handles.clone());
        handles
    }
}
