//! The storage of a graph's values: a few flat vectors, so that a value is four bytes and dropping is quick.
//!
//! A value is a [`Handle`]: either the place of an opcode in the pickle that carries it whole (the graph keeps the
//! pickle's bytes), or the index of a [`Node`]. Children of a container are handles side by side.

use std::collections::HashMap;

use crate::Python2Encoding;
use crate::error::UnpicklingError;
use crate::graph::{CallNode, CallPart, GlobalName, Handle, InlineHandle, Kind, Mutation, Node, Target};
use crate::memory::{HUGE_FROM, reserve, use_huge_pages};
use crate::visitor::{CallArgs, CallKind};
use crate::{Error, Result};

#[derive(Debug, Default)]
pub(super) struct Arena {
    nodes: Vec<Node>,
    edges: Vec<Handle>,
    grown: Vec<Vec<Handle>>,
    texts: Vec<u8>,
    text_ends: Vec<usize>,
    pub(super) globals: Vec<GlobalName>,
    calls: Vec<StoredCall>,
    /// The parts of calls that have several.
    parts: Vec<[Option<Handle>; 4]>,
    pub(super) mutations: Vec<Mutation>,
    pub(super) encoding: Python2Encoding,
    shared_leaves: BitSet,
    /// True if a tuple, a list or a dict is used more than once.
    has_shared_container: bool,
    /// The data between the instructions, by the objects that it belongs to.
    pub(super) inline: HashMap<Handle, InlineHandle>,
}

/// A call without what its node says of it. There may be one for every four bytes of a pickle.
#[derive(Debug)]
struct StoredCall {
    callable: Handle,
    /// The opcode, as a leaf.
    at: Handle,
    /// The handle of its one part, or the index of its several parts, as the form of its node says.
    part: u32,
}

/// Facts about a node in one byte. Of a call: its kind, and the parts that it has (none, one, or several).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marks(u8);

impl Marks {
    const NO_PART: u8 = 0;
    const SEVERAL: u8 = 5;
    /// The bits of a call's kind and parts.
    const FORM: u8 = 0b1_1111;
    const GROWN: u8 = 1 << 5;
    const SHARED: u8 = 1 << 6;

    /// True if the children have a vector of their own, `start` being its index.
    fn is_grown(self) -> bool {
        self.0 & Self::GROWN != 0
    }

    fn is_shared(self) -> bool {
        self.0 & Self::SHARED != 0
    }

    fn with(self, mark: u8) -> Self {
        Self(self.0 | mark)
    }

    fn with_form(self, kind: CallKind, parts: u8) -> Self {
        Self(self.0 & !Self::FORM | kind as u8 | parts << 2)
    }

    fn kind(self) -> CallKind {
        match self.0 & 3 {
            0 => CallKind::Reduce,
            1 => CallKind::New,
            2 => CallKind::NewEx,
            _ => CallKind::Instance,
        }
    }

    /// The number of its one part (see [`CallPart`]), `NO_PART` or `SEVERAL`.
    fn parts(self) -> u8 {
        (self.0 & Self::FORM) >> 2
    }
}

impl Arena {
    /// With room for what most pickles of this many bytes hold, so that little is moved while it grows. Memory that is not
    /// written to costs nothing.
    pub(super) fn for_pickle(bytes: usize) -> Self {
        /// From here on, growing moves pages and no bytes.
        const MOST: usize = 64 << 20;
        let bytes = bytes.min(MOST);
        let mut arena = Self::default();
        // Without the room it grows as it must.
        let _ = arena.nodes.try_reserve_exact(bytes / 20);
        let _ = arena.edges.try_reserve_exact(bytes / 4);
        if bytes >= HUGE_FROM {
            use_huge_pages(&mut arena.nodes);
            use_huge_pages(&mut arena.edges);
        }
        arena
    }

    /// Gives back the room that is left.
    pub(super) fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        self.edges.shrink_to_fit();
        self.grown.iter_mut().for_each(Vec::shrink_to_fit);
        self.calls.shrink_to_fit();
        self.parts.shrink_to_fit();
    }

    #[inline]
    pub(super) fn node(&self, index: usize) -> Option<Node> {
        self.nodes.get(index).copied()
    }

    /// The node's children; none for nodes that have none.
    #[inline]
    pub(super) fn children(&self, node: Node) -> &[Handle] {
        let found = if node.marks.is_grown() {
            self.grown.get(node.start as usize).map(Vec::as_slice)
        } else if matches!(
            node.kind,
            Kind::Far | Kind::Str | Kind::Bytes | Kind::Global | Kind::Extension | Kind::Call | Kind::Buffer
        ) {
            None
        } else {
            self.edges.get(node.start as usize..node.start as usize + node.len as usize)
        };
        found.unwrap_or_default()
    }

    /// The place of a far leaf.
    pub(super) fn far(node: Node) -> usize {
        (u64::from(node.start) | u64::from(node.len) << 32) as usize
    }

    /// The content of a decoded string or decoded bytes.
    pub(super) fn text(&self, node: Node) -> &[u8] {
        let index = node.start as usize;
        let start = index.checked_sub(1).and_then(|before| self.text_ends.get(before)).copied().unwrap_or(0);
        let end = self.text_ends.get(index).copied().unwrap_or(start);
        self.texts.get(start..end).unwrap_or_default()
    }

    pub(super) fn global(&self, node: Node) -> Option<&GlobalName> {
        self.globals.get(node.start as usize)
    }

    pub(super) fn call(&self, node: Node) -> Option<CallNode> {
        let stored = self.calls.get(node.start as usize)?;
        let [kwargs, state, items, pairs] = self.parts_of(node, stored)?;
        let at = match stored.at.target() {
            Target::Leaf(at) => at,
            Target::Node(index) => Self::far(self.node(index)?),
        };
        let (kind, callable) = (node.marks.kind(), stored.callable);
        Some(CallNode { kind, callable, args: Handle::from_id(node.len)?, kwargs, state, items, pairs, at })
    }

    /// The parts of a call, in the order of [`CallPart`].
    fn parts_of(&self, node: Node, stored: &StoredCall) -> Option<[Option<Handle>; 4]> {
        let mut parts = [None; 4];
        match node.marks.parts() {
            Marks::NO_PART => {}
            Marks::SEVERAL => parts = *self.parts.get(stored.part as usize)?,
            one => *parts.get_mut(usize::from(one) - 1)? = Handle::from_id(stored.part),
        }
        Some(parts)
    }

    /// Gives a part to the call whose node has this index.
    pub(super) fn set_part(&mut self, index: usize, part: CallPart, value: Handle) -> Result<()> {
        let Some(node) = self.node(index) else { return Ok(()) };
        let Some(stored) = self.calls.get(node.start as usize) else { return Ok(()) };
        let (parts, part) = match node.marks.parts() {
            Marks::NO_PART => (part as u8, value.id()),
            one if one == part as u8 => (one, value.id()),
            _ => {
                let mut parts = self.parts_of(node, stored).unwrap_or_default();
                if let Some(slot) = parts.get_mut(part as usize - 1) {
                    *slot = Some(value);
                }
                let is_there = node.marks.parts() == Marks::SEVERAL;
                let row = if is_there { stored.part } else { narrow(self.parts.len())? };
                match self.parts.get_mut(row as usize) {
                    Some(old) => *old = parts,
                    None => {
                        reserve(&mut self.parts, 1)?;
                        self.parts.push(parts);
                    }
                }
                (Marks::SEVERAL, row)
            }
        };
        if let Some(stored) = self.calls.get_mut(node.start as usize) {
            stored.part = part;
        }
        if let Some(node) = self.nodes.get_mut(index) {
            node.marks = node.marks.with_form(node.marks.kind(), parts);
        }
        Ok(())
    }

    pub(super) fn buffer(node: Node) -> (usize, bool) {
        (node.start as usize, node.len == 1)
    }

    /// A leaf at any place.
    #[inline]
    pub(super) fn push_leaf(&mut self, at: usize) -> Result<Handle> {
        match Handle::leaf(at) {
            Some(handle) => Ok(handle),
            None => self.push(Kind::Far, at as u32, (at as u64 >> 32) as u32),
        }
    }

    pub(super) fn push_text(&mut self, kind: Kind, text: &[u8]) -> Result<Handle> {
        let index = narrow(self.text_ends.len())?;
        reserve(&mut self.texts, text.len())?;
        reserve(&mut self.text_ends, 1)?;
        self.texts.extend_from_slice(text);
        self.text_ends.push(self.texts.len());
        self.push(kind, index, 0)
    }

    /// A node with these children.
    #[inline]
    pub(super) fn push_node(&mut self, kind: Kind, children: &[Handle]) -> Result<Handle> {
        let start = narrow(self.edges.len())?;
        reserve(&mut self.edges, children.len())?;
        self.edges.extend_from_slice(children);
        self.push(kind, start, narrow(children.len())?)
    }

    pub(super) fn push_global(&mut self, name: GlobalName) -> Result<Handle> {
        let index = narrow(self.globals.len())?;
        reserve(&mut self.globals, 1)?;
        self.globals.push(name);
        self.push(Kind::Global, index, 0)
    }

    pub(super) fn push_extension(&mut self, code: i64, at: usize) -> Result<Handle> {
        self.push(Kind::Extension, code as u32, u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// The number of an extension.
    pub(super) fn extension(node: Node) -> i64 {
        i64::from(node.start as i32)
    }

    pub(super) fn extension_at(node: Node) -> usize {
        node.len as usize
    }

    /// All nodes.
    pub(super) fn handles(&self) -> impl Iterator<Item = (Handle, Node)> {
        self.nodes.iter().enumerate().filter_map(|(index, node)| Some((Handle::node(index)?, *node)))
    }

    pub(super) fn push_call(&mut self, kind: CallKind, given: CallArgs<Handle>, at: usize) -> Result<Handle> {
        let CallArgs { callable, args, kwargs } = given;
        let (index, at) = (narrow(self.calls.len())?, self.push_leaf(at)?);
        reserve(&mut self.calls, 1)?;
        self.calls.push(StoredCall { callable, at, part: kwargs.map_or(0, Handle::id) });
        let handle = self.push(Kind::Call, index, args.id())?;
        let parts = kwargs.map_or(Marks::NO_PART, |_| CallPart::Kwargs as u8);
        if let Some(node) = self.nodes.last_mut() {
            node.marks = node.marks.with_form(kind, parts);
        }
        Ok(handle)
    }

    pub(super) fn push_buffer(&mut self, index: usize, read_only: bool) -> Result<Handle> {
        self.push(Kind::Buffer, narrow(index)?, u32::from(read_only))
    }

    #[inline]
    fn push(&mut self, kind: Kind, start: u32, len: u32) -> Result<Handle> {
        let handle = Handle::node(self.nodes.len()).ok_or_else(too_many)?;
        reserve(&mut self.nodes, 1)?;
        self.nodes.push(Node { start, len, kind, marks: Marks::default() });
        Ok(handle)
    }

    /// Adds children to a node that has room for them at the end of all children, or moves its children to a vector
    /// of their own: a list that is filled in several batches has those of its items between them.
    #[inline]
    pub(super) fn extend(&mut self, index: usize, more: &[Handle]) -> Result<()> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        let end = self.edges.len();
        if node.marks.is_grown() {
            if let Some(children) = self.grown.get_mut(node.start as usize) {
                reserve(children, more.len())?;
                children.extend_from_slice(more);
            }
        } else if node.len == 0 || node.start as usize + node.len as usize == end {
            if node.len == 0 {
                node.start = narrow(end)?;
            }
            node.len = narrow(node.len as usize + more.len())?;
            reserve(&mut self.edges, more.len())?;
            self.edges.extend_from_slice(more);
        } else {
            let old = self.edges.get(node.start as usize..node.start as usize + node.len as usize);
            let mut children = Vec::new();
            reserve(&mut children, node.len as usize + more.len())?;
            children.extend_from_slice(old.unwrap_or_default());
            children.extend_from_slice(more);
            node.start = narrow(self.grown.len())?;
            node.marks = node.marks.with(Marks::GROWN);
            reserve(&mut self.grown, 1)?;
            self.grown.push(children);
        }
        Ok(())
    }

    /// Puts mutations on the same object side by side, in the order in which they came.
    pub(super) fn sort_mutations(&mut self) {
        self.mutations.sort_by_key(|mutation| mutation.target);
    }

    /// The mutations of an object that its own node does not tell.
    pub(super) fn mutations_of(&self, target: Handle) -> &[Mutation] {
        let start = self.mutations.partition_point(|mutation| mutation.target < target);
        let rest = self.mutations.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|mutation| mutation.target == target)).unwrap_or_default()
    }

    /// Notes that a value is used more than once.
    #[inline]
    pub(super) fn share(&mut self, handle: Handle) {
        match handle.target() {
            Target::Leaf(at) => self.shared_leaves.insert(at),
            Target::Node(index) => {
                if let Some(node) = self.nodes.get_mut(index) {
                    node.marks = node.marks.with(Marks::SHARED);
                    self.has_shared_container |= node.kind.is_shareable();
                }
            }
        }
    }

    /// Notes that the parts of what calls share are shared too: each call makes an object of its own from them, such as a
    /// deque of the items of a list, and puts the same items into it.
    pub(super) fn share_parts(&mut self) {
        if !self.has_shared_container {
            return;
        }
        let mut seen = Default::default();
        for index in 0..self.nodes.len() {
            let node = self.node(index).filter(|node| node.kind == Kind::Call);
            let Some(call) = node.and_then(|node| self.call(node)) else { continue };
            let given = [Some(call.args), call.state];
            for handle in given.into_iter().flatten() {
                // A tuple of arguments, the lists in it, and pairs in those.
                self.share_below(handle, false, 2, &mut seen);
            }
        }
    }

    /// Shares the children of a container that is shared, or whose own container is, and of those in it that many levels
    /// down; each container once for each number of levels.
    fn share_below(&mut self, handle: Handle, is_shared: bool, levels: usize, seen: &mut [BitSet; 3]) {
        let Target::Node(index) = handle.target() else { return };
        let Some(node) = self.node(index) else { return };
        let is_shared = is_shared || node.marks.is_shared();
        let Some(known) = seen.get_mut(levels) else { return };
        if !node.kind.is_shareable() || (is_shared && known.contains(index)) {
            return;
        }
        if is_shared {
            known.insert(index);
        } else if levels == 0 {
            return;
        }
        for at in 0..self.children(node).len() {
            let Some(child) = self.children(node).get(at).copied() else { break };
            if is_shared {
                self.share(child);
            }
            if let Some(levels) = levels.checked_sub(1) {
                self.share_below(child, is_shared, levels, seen);
            }
        }
    }

    /// True if a value occurs in more than one position.
    #[inline]
    pub(super) fn is_shared(&self, handle: Handle) -> bool {
        match handle.target() {
            Target::Leaf(at) => self.shared_leaves.contains(at),
            Target::Node(index) => self.nodes.get(index).is_some_and(|node| node.marks.is_shared()),
        }
    }
}

fn narrow(index: usize) -> Result<u32> {
    u32::try_from(index).map_err(|_| too_many())
}

#[cold]
fn too_many() -> Error {
    UnpicklingError::TooManyObjects.into()
}

/// One bit for each byte of the pickle, as far as it is needed.
#[derive(Debug, Default)]
pub(crate) struct BitSet(Vec<u64>);

impl BitSet {
    #[inline]
    pub(crate) fn insert(&mut self, at: usize) {
        let block = at / 64;
        if self.0.len() <= block {
            self.0.resize(block + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(block) {
            *bits |= 1 << (at % 64);
        }
    }

    #[inline]
    pub(crate) fn contains(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_set_contains_what_was_inserted() {
        let mut set = BitSet::default();
        for at in [0, 63, 64, 1000] {
            assert!(!set.contains(at));
            set.insert(at);
        }
        let found: Vec<_> = (0..2000).filter(|at| set.contains(*at)).collect();
        assert_eq!(found, [0, 63, 64, 1000]);
    }

    #[test]
    fn handles_are_four_bytes_with_a_niche() {
        assert_eq!(size_of::<Option<Handle>>(), 4);
        assert_eq!(size_of::<Node>(), 10);
        for at in [0, 1, (1 << 31) - 2] {
            assert_eq!(Handle::leaf(at).unwrap().target(), Target::Leaf(at));
        }
        assert_eq!(Handle::leaf((1 << 31) - 1), None);
        assert_eq!(Handle::node(0).unwrap().target(), Target::Node(0));
    }

    #[test]
    fn a_leaf_beyond_a_handle_keeps_its_offset() {
        let mut arena = Arena::default();
        let at = (5_u64 << 32) as usize + (1 << 31) + 17;
        let handle = arena.push_leaf(at).unwrap();
        let Target::Node(index) = handle.target() else { panic!("{handle:?}") };
        let node = arena.node(index).unwrap();
        assert_eq!((node.kind, Arena::far(node)), (Kind::Far, at));
        assert!(arena.children(node).is_empty());
    }

    #[test]
    fn calls_keep_their_parts_however_many_and_in_any_order() {
        let leaf = |at| Handle::leaf(at).unwrap();
        let parts = [CallPart::Kwargs, CallPart::State, CallPart::Items, CallPart::Pairs];
        let kinds = [CallKind::Reduce, CallKind::New, CallKind::NewEx, CallKind::Instance];
        let found = |call: &CallNode| [call.kwargs, call.state, call.items, call.pairs];
        let mut arena = Arena::default();
        let mut wanted = Vec::new();
        for (number, kind) in (0..4 * 16 * 2).zip(kinds.into_iter().cycle()) {
            let chosen = number / 4 % 16;
            let at = if number < 64 { number } else { (7_u64 << 32) as usize + number };
            let kwargs = (chosen & 1 == 1).then(|| leaf(1000 + number));
            let given = CallArgs { callable: leaf(1), args: leaf(2 + number), kwargs };
            let call = arena.push_call(kind, given, at).unwrap();
            let Target::Node(index) = call.target() else { panic!("{call:?}") };
            wanted.push((index, kind, at, [kwargs, None, None, None], leaf(2 + number)));
        }
        for turn in [1, 2, 3, 0, 2] {
            for (number, (index, .., has, _)) in wanted.iter_mut().enumerate() {
                if (number / 4 % 16) >> turn & 1 == 1 {
                    let value = leaf(10_000 + 10 * number + turn);
                    arena.set_part(*index, parts[turn], value).unwrap();
                    has[turn] = Some(value);
                }
            }
        }
        for (index, kind, at, has, args) in wanted {
            let call = arena.call(arena.node(index).unwrap()).unwrap();
            assert_eq!((call.kind, call.at, call.args), (kind, at, args));
            assert_eq!(found(&call), has);
        }
        assert_eq!((size_of::<StoredCall>(), size_of::<Node>()), (12, 10));
    }

    #[test]
    fn children_stay_in_order_however_they_come() {
        let leaf = |at| Handle::leaf(at).unwrap();
        let mut arena = Arena::default();
        let lists =
            [arena.push_node(Kind::List, &[]).unwrap(), arena.push_node(Kind::List, &[leaf(1)]).unwrap()];
        for turn in 2..9 {
            for list in lists {
                let Target::Node(index) = list.target() else { panic!("{list:?}") };
                arena.extend(index, &[leaf(turn), leaf(turn + 100)]).unwrap();
            }
        }
        for (list, first) in lists.iter().zip([0, 1]) {
            let Target::Node(index) = list.target() else { panic!("{list:?}") };
            let found = arena.children(arena.node(index).unwrap());
            let wanted = [1].into_iter().take(first).chain((2..9).flat_map(|turn| [turn, turn + 100]));
            assert_eq!(found, wanted.map(leaf).collect::<Vec<_>>());
        }
    }
}
