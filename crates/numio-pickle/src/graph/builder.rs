//! The visitor that builds a graph.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::vec::Drain;

use super::arena::Arena;
use crate::Python2Encoding;
use crate::Result;
use crate::decode;
use crate::decode::Decoder;
use crate::decode::Leaf;
use crate::error::UnpicklingError;
use crate::graph::{
    CallNode, CallPart, Global, GlobalName, Graph, GraphParts, Handle, InlineHandle, Kind, Mutation,
    MutationKind, Node, Target,
};
use crate::inline::InlineFormat;
use crate::memory::copy_of;
use crate::visitor::{CallArgs, CallKind, InlineData, Visitor};

/// Builds an [`Arena`]: nothing is imported or called.
#[derive(Debug)]
pub(crate) struct GraphBuilder<'a> {
    pickle: &'a [u8],
    pub(super) arena: Arena,
    globals: HashMap<String, Handle>,
    buffers: usize,
    buffers_used: usize,
    /// Offsets of calls whose arguments are no tuple or dict of the pickle's own, for the audit; elsewhere these are errors.
    odd_calls: Option<HashSet<usize>>,
    inline_format: Option<InlineFormat>,
}

impl<'a> GraphBuilder<'a> {
    /// For the pickle in `pickle`, which has `buffers` out-of-band buffers.
    pub(crate) fn new(pickle: &'a [u8], encoding: Python2Encoding, buffers: usize) -> Self {
        let mut arena = Arena::for_pickle(pickle.len());
        arena.encoding = encoding;
        Self {
            pickle,
            arena,
            globals: HashMap::new(),
            buffers,
            buffers_used: 0,
            odd_calls: None,
            inline_format: None,
        }
    }

    /// Keeps calls whatever their arguments are: CPython unpacks lists, texts, and what other calls return.
    pub(crate) fn keep_odd_calls(mut self) -> Self {
        self.odd_calls = Some(HashSet::new());
        self
    }

    /// Keeps the data that one library writes between the instructions.
    pub(crate) fn inline_format(mut self, format: Option<InlineFormat>) -> Self {
        self.inline_format = format;
        self
    }

    /// The offsets of those calls.
    pub(crate) fn odd_calls(&mut self) -> HashSet<usize> {
        self.odd_calls.take().unwrap_or_default()
    }

    /// A value of which nothing is known.
    pub(crate) fn opaque(&mut self) -> Result<Handle> {
        self.arena.push_buffer(0, true)
    }

    /// The number of bytes of a text's opcode, as a bound on the cost of reading it.
    pub(crate) fn text_len(&self, handle: Handle) -> usize {
        match handle.target() {
            Target::Node(index) if self.kind(handle) == Some(Kind::Str) => {
                self.arena.node(index).map_or(0, |node| self.arena.text(node).len())
            }
            _ => match self.leaf_at(handle) {
                Some(at) => {
                    let mut decoder = Decoder::resume(self.pickle, at);
                    let _ = decoder.step();
                    decoder.offset() - at
                }
                None => 0,
            },
        }
    }

    /// True if a value is known only once Python has run something.
    pub(crate) fn comes_from_a_call(&self, handle: Handle) -> bool {
        matches!(
            self.kind(handle),
            Some(Kind::Call | Kind::Global | Kind::Extension | Kind::Persistent | Kind::Buffer)
        )
    }

    fn kind(&self, handle: Handle) -> Option<Kind> {
        match handle.target() {
            Target::Leaf(_) => None,
            Target::Node(index) => self.arena.node(index).map(|node| node.kind),
        }
    }

    /// The name of a value in errors.
    fn name(&self, handle: Handle) -> &'static str {
        match self.kind(handle) {
            None | Some(Kind::Far) => match self.leaf_of(handle) {
                Some(Leaf::None) => "None",
                Some(Leaf::Bool(_)) => "a bool",
                Some(Leaf::Int(_) | Leaf::Long(_) | Leaf::Digits(_)) => "an int",
                Some(Leaf::Float(_)) => "a float",
                Some(Leaf::Str(_) | Leaf::Python2Str(_)) => "a str",
                Some(Leaf::Bytes(_)) => "bytes",
                Some(Leaf::ByteArray(_)) => "a bytearray",
                None => "a tuple",
            },
            Some(Kind::Str) => "a str",
            Some(Kind::Bytes) => "bytes",
            Some(Kind::Tuple) => "a tuple",
            Some(Kind::List) => "a list",
            Some(Kind::Set) => "a set",
            Some(Kind::FrozenSet) => "a frozenset",
            Some(Kind::Dict) => "a dict",
            Some(Kind::Global | Kind::Extension) => "a global",
            Some(Kind::Call) => "an object",
            Some(Kind::Persistent) => "a persistent object",
            Some(Kind::Buffer) => "a buffer",
        }
    }

    fn leaf_at(&self, handle: Handle) -> Option<usize> {
        match handle.target() {
            Target::Leaf(at) => Some(at),
            Target::Node(index) => {
                self.arena.node(index).filter(|node| node.kind == Kind::Far).map(Arena::far)
            }
        }
    }

    pub(super) fn leaf_of(&self, handle: Handle) -> Option<Leaf<'a>> {
        let at = self.leaf_at(handle)?;
        let step = Decoder::new(self.pickle.get(at..)?).step().ok()?;
        Leaf::of(&step).ok().flatten()
    }

    fn is_tuple(&self, handle: Handle) -> bool {
        // Of the leaves, only the empty tuple is one.
        match self.kind(handle) {
            None | Some(Kind::Far) => {
                self.leaf_at(handle).is_some_and(|at| self.pickle.get(at) == Some(&b')'))
            }
            kind => kind == Some(Kind::Tuple),
        }
    }

    /// Adds to a container of that kind, or to the items or pairs of a called object.
    #[inline]
    fn grow(&mut self, target: Handle, kind: Kind, more: Drain<'_, Handle>, at: usize) -> Result<()> {
        let found = match target.target() {
            Target::Leaf(_) => None,
            Target::Node(index) => self.arena.node(index).map(|node| (index, node)),
        };
        match found {
            Some((index, node)) if node.kind == kind => self.arena.extend(index, more.as_slice()),
            Some((call_index, node)) if node.kind == Kind::Call => {
                let kind = if kind == Kind::Set { Kind::List } else { kind };
                let Some(call) = self.arena.call(node) else { return Ok(()) };
                let (found, part) = match kind {
                    Kind::List => (call.items, CallPart::Items),
                    _ => (call.pairs, CallPart::Pairs),
                };
                if let Some(Target::Node(index)) = found.map(Handle::target) {
                    return self.arena.extend(index, more.as_slice());
                }
                let handle = self.arena.push_node(kind, more.as_slice())?;
                self.arena.set_part(call_index, part, handle)
            }
            Some((_, node)) if matches!(node.kind, Kind::Global | Kind::Extension | Kind::Persistent) => {
                let kind = if kind == Kind::Set { Kind::List } else { kind };
                let value = self.arena.push_node(kind, more.as_slice())?;
                self.mutation(target, MutationKind::Items, value, at);
                Ok(())
            }
            _ => {
                let wanted = match kind {
                    Kind::Dict => "a dict",
                    Kind::Set => "a set",
                    _ => "a list",
                };
                let found = self.name(target);
                Err(UnpicklingError::NotAddable { wanted, found }.into())
            }
        }
    }

    /// The call that makes a value, and the index of its node.
    fn call_of(&self, value: Handle) -> Option<(usize, CallNode)> {
        let Target::Node(index) = value.target() else { return None };
        let node = self.arena.node(index).filter(|node| node.kind == Kind::Call)?;
        Some((index, self.arena.call(node)?))
    }

    #[cold]
    fn mutation(&mut self, target: Handle, kind: MutationKind, value: Handle, at: usize) {
        self.arena.mutations.push(Mutation { target, kind, value, at });
    }

    #[inline]
    fn string(&mut self, bytes: Cow<'_, [u8]>, at: usize) -> Result<Handle> {
        if !bytes.is_ascii()
            && std::str::from_utf8(&bytes).is_err()
            && let Some(bad) = decode::first_invalid(&bytes)
        {
            return Err(UnpicklingError::NotUtf8(bad).into());
        }
        match bytes {
            Cow::Borrowed(_) => self.arena.push_leaf(at),
            Cow::Owned(bytes) => self.arena.push_text(Kind::Str, &bytes),
        }
    }

    fn python2_string(&mut self, bytes: Cow<'_, [u8]>, at: usize) -> Result<Handle> {
        let kind = match self.arena.encoding {
            Python2Encoding::Bytes => Kind::Bytes,
            Python2Encoding::Ascii | Python2Encoding::Latin1 => Kind::Str,
        };
        match (self.arena.encoding, bytes) {
            (Python2Encoding::Ascii, bytes) if !bytes.is_ascii() => {
                let bad = bytes.iter().find(|byte| !byte.is_ascii()).copied().unwrap_or_default();
                Err(UnpicklingError::NotAscii(bad).into())
            }
            (Python2Encoding::Latin1, bytes) if !bytes.is_ascii() => {
                self.arena.push_text(kind, decode::latin1(&bytes).as_bytes())
            }
            (_, Cow::Borrowed(_)) => self.arena.push_leaf(at),
            (_, Cow::Owned(bytes)) => self.arena.push_text(kind, &bytes),
        }
    }
}

impl Visitor for GraphBuilder<'_> {
    type Value = Handle;

    #[inline]
    fn leaf(&mut self, leaf: Leaf<'_>, at: usize) -> Result<Handle> {
        match leaf {
            Leaf::Str(bytes) => self.string(bytes, at),
            Leaf::Python2Str(bytes) => self.python2_string(bytes, at),
            _ => self.arena.push_leaf(at),
        }
    }

    #[inline]
    fn tuple(&mut self, items: Drain<'_, Handle>, at: usize) -> Result<Handle> {
        // `()` is its own opcode, and so a leaf.
        let is_leaf = items.as_slice().is_empty() && self.pickle.get(at) == Some(&b')');
        if is_leaf { self.arena.push_leaf(at) } else { self.arena.push_node(Kind::Tuple, items.as_slice()) }
    }

    #[inline]
    fn list(&mut self, items: Drain<'_, Handle>) -> Result<Handle> {
        self.arena.push_node(Kind::List, items.as_slice())
    }

    #[inline]
    fn dict(&mut self, pairs: Drain<'_, Handle>) -> Result<Handle> {
        self.arena.push_node(Kind::Dict, pairs.as_slice())
    }

    fn set(&mut self) -> Result<Handle> {
        self.arena.push_node(Kind::Set, &[])
    }

    fn frozen_set(&mut self, items: Drain<'_, Handle>) -> Result<Handle> {
        self.arena.push_node(Kind::FrozenSet, items.as_slice())
    }

    #[inline]
    fn extend(&mut self, list: &Handle, items: Drain<'_, Handle>, at: usize) -> Result<()> {
        self.grow(*list, Kind::List, items, at)
    }

    #[inline]
    fn update(&mut self, dict: &Handle, pairs: Drain<'_, Handle>, at: usize) -> Result<()> {
        self.grow(*dict, Kind::Dict, pairs, at)
    }

    fn add(&mut self, set: &Handle, items: Drain<'_, Handle>, at: usize) -> Result<()> {
        self.grow(*set, Kind::Set, items, at)
    }

    fn text(&self, value: &Handle, out: &mut String) -> bool {
        let text = match value.target() {
            Target::Node(index) if self.kind(*value) == Some(Kind::Str) => {
                self.arena.node(index).map(|node| Cow::Borrowed(self.arena.text(node)))
            }
            _ => match self.leaf_of(*value) {
                Some(Leaf::Str(text)) => Some(text),
                // Text too, under every encoding but `bytes`; what is not ASCII has a node of its own.
                Some(Leaf::Python2Str(text)) if self.arena.encoding != Python2Encoding::Bytes => Some(text),
                _ => None,
            },
        };
        let text = text.as_ref().and_then(|text| std::str::from_utf8(text).ok());
        text.map(|text| out.push_str(text)).is_some()
    }

    fn global(
        &mut self,
        module: &str,
        name: &str,
        handles: Option<[Handle; 2]>,
        at: usize,
    ) -> Result<Handle> {
        // No module's name holds a newline that would make two pairs one: those of GLOBAL cannot, and of a pair with
        // one from STACK_GLOBAL the length tells.
        let key = format!("{}\n{module}\n{name}", module.len());
        if let Some(handle) = self.globals.get(&key) {
            return Ok(*handle);
        }
        let handle =
            self.arena.push_global(GlobalName { module: module.into(), name: name.into(), handles, at })?;
        self.globals.insert(key, handle);
        Ok(handle)
    }

    fn extension(&mut self, code: i64, at: usize) -> Result<Handle> {
        self.arena.push_extension(code, at)
    }

    fn call(&mut self, kind: CallKind, given: CallArgs<Handle>, at: usize) -> Result<Handle> {
        let CallArgs { args, kwargs, .. } = given;
        let odd_kwargs = kwargs.filter(|kwargs| self.kind(*kwargs) != Some(Kind::Dict));
        let is_tuple = self.is_tuple(args);
        match (&mut self.odd_calls, odd_kwargs) {
            (_, None) if is_tuple => {}
            (Some(odd), _) => drop(odd.insert(at)),
            (None, Some(kwargs)) if is_tuple => {
                return Err(UnpicklingError::Arguments { wanted: "a dict", found: self.name(kwargs) }.into());
            }
            (None, _) => {
                return Err(UnpicklingError::Arguments { wanted: "a tuple", found: self.name(args) }.into());
            }
        }
        self.arena.push_call(kind, given, at)
    }

    fn build(&mut self, object: &Handle, state: Handle, at: usize) -> Result<()> {
        if let Some((index, call)) = self.call_of(*object)
            && call.state.is_none()
        {
            return self.arena.set_part(index, CallPart::State, state);
        }
        self.mutation(*object, MutationKind::State, state, at);
        Ok(())
    }

    fn inline_data(&mut self, object: &Handle, at: usize) -> Option<InlineData> {
        let rest = self.pickle.get(at..).unwrap_or_default();
        self.inline_format?.find(PartialValue::new(self, *object), rest)
    }

    fn inline_bytes(&mut self, object: &Handle, bytes: Range<usize>) -> Result<()> {
        self.arena.inline.insert(*object, InlineHandle::Bytes { start: bytes.start, end: bytes.end });
        Ok(())
    }

    fn inline_pickle(&mut self, object: &Handle, value: Handle) -> Result<()> {
        // As an item of the object it is found by every walk through the graph.
        let items = self.arena.push_node(Kind::List, &[value])?;
        if let Some((index, call)) = self.call_of(*object)
            && call.items.is_none()
        {
            self.arena.set_part(index, CallPart::Items, items)?;
            self.arena.inline.insert(*object, InlineHandle::Pickled(value));
            return Ok(());
        }
        Err(UnpicklingError::InlineTwice.into())
    }

    fn discard(&mut self, value: Handle) {
        // A pickler drops a call when it has made the same object on the way (a cycle), and when it was the function
        // that sets an object's state: `setter(object, state)`.
        let Some((_, call)) = self.call_of(value) else { return };
        let Target::Node(args) = call.args.target() else { return };
        let at = call.at;
        let args = self.arena.node(args).map(|node| self.arena.children(node));
        if let Some(&[target, _]) = args
            && self.kind(target) == Some(Kind::Call)
        {
            self.mutation(target, MutationKind::Setter, value, at);
        }
    }

    #[inline]
    fn again(&mut self, value: &Handle) {
        self.arena.share(*value);
    }

    fn persistent(&mut self, id: Handle, at: usize) -> Result<Handle> {
        let opcode = self.arena.push_leaf(at)?;
        self.arena.push_node(Kind::Persistent, &[id, opcode])
    }

    fn buffer(&mut self, _at: usize) -> Result<Handle> {
        let index = self.buffers_used;
        if index >= self.buffers {
            return Err(UnpicklingError::NoBuffer(self.buffers).into());
        }
        self.buffers_used += 1;
        self.arena.push_buffer(index, false)
    }

    fn read_only(&mut self, buffer: Handle) -> Result<Handle> {
        match buffer.target() {
            Target::Node(index) => match self.arena.node(index) {
                Some(node) if node.kind == Kind::Buffer => {
                    self.arena.push_buffer(Arena::buffer(node).0, true)
                }
                // Bytes and the like in place of a buffer: as they are.
                _ => Ok(buffer),
            },
            Target::Leaf(_) => Ok(buffer),
        }
    }
}

impl GraphBuilder<'_> {
    /// The graph of the values built so far from `pickle`, which may break off: it has no root.
    ///
    /// # Errors
    /// `Io` where there is no memory for a copy of the pickle.
    pub(crate) fn into_partial(self, pickle: &[u8]) -> Result<Graph> {
        Ok(Graph::new(copy_of(pickle)?, GraphParts::from(self), Handle::NOTHING, Vec::new()))
    }
}

/// A value of a pickle that is still being read, as far as it is built: for an [`InlineFormat`].
#[derive(Clone, Copy)]
pub struct PartialValue<'a> {
    builder: &'a GraphBuilder<'a>,
    handle: Handle,
}

impl<'a> PartialValue<'a> {
    pub(crate) fn new(builder: &'a GraphBuilder<'_>, handle: Handle) -> Self {
        Self { builder, handle }
    }

    fn node(self) -> Option<Node> {
        match self.handle.target() {
            Target::Leaf(_) => None,
            Target::Node(index) => self.builder.arena.node(index),
        }
    }

    fn call(self) -> Option<CallNode> {
        self.node().filter(|node| node.kind == Kind::Call).and_then(|node| self.builder.arena.call(node))
    }

    /// The global whose call makes the value, if it is such a call.
    pub fn callee(self) -> Option<Global<'a>> {
        let callable = Self { handle: self.call()?.callable, ..self };
        let node = callable.node().filter(|node| node.kind == Kind::Global)?;
        callable.builder.arena.global(node).map(Global::new)
    }

    /// The arguments of the call, as one tuple.
    pub fn args(self) -> Option<Self> {
        self.call().map(|call| Self { handle: call.args, ..self })
    }

    /// The state that the object has been given.
    pub fn state(self) -> Option<Self> {
        self.call()?.state.map(|handle| Self { handle, ..self })
    }

    /// The items of a container; keys and values in turn for a dict.
    pub fn children(self) -> impl Iterator<Item = Self> + use<'a> {
        let children = self.node().map(|node| self.builder.arena.children(node)).unwrap_or_default();
        children.iter().map(move |handle| Self { handle: *handle, ..self })
    }

    /// The value of an opcode that carries one whole: a number, a string, `None`.
    pub fn leaf(self) -> Option<Leaf<'a>> {
        self.builder.leaf_of(self.handle)
    }
}
