//! From the machine's calls to a graph.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::vec::Drain;

use super::arena::Arena;
use crate::pickle::Encoding;
use crate::pickle::decode;
use crate::pickle::decode::Decoder;
use crate::pickle::decode::Leaf;
use crate::pickle::error::Fault;
use crate::pickle::factory::{Factory, Given, How, Inserted};
use crate::pickle::graph;
use crate::pickle::graph::{CallNode, Effect, GlobalName, Graph, Inline, Kind, Parts};
use crate::pickle::graph::{Place, Word};
use crate::{Error, ErrorKind, Result};

/// Makes an [`Arena`]: nothing is imported or called.
#[derive(Debug)]
pub(crate) struct GraphFactory<'a> {
    pickle: &'a [u8],
    pub(super) arena: Arena,
    globals: HashMap<String, Word>,
    buffers: usize,
    buffers_used: usize,
    /// Where calls stand whose arguments are no tuple or dict of the pickle's own, for the audit; elsewhere these are errors.
    odd_calls: Option<HashSet<usize>>,
    /// True if the elements that joblib writes between instructions are passed over and kept.
    passes_arrays: bool,
}

impl<'a> GraphFactory<'a> {
    /// For the pickle in `pickle`, beside which `buffers` buffers travel.
    pub(crate) fn new(pickle: &'a [u8], encoding: Encoding, buffers: usize) -> Self {
        let mut arena = Arena::for_pickle(pickle.len());
        arena.encoding = encoding;
        Self {
            pickle,
            arena,
            globals: HashMap::new(),
            buffers,
            buffers_used: 0,
            odd_calls: None,
            passes_arrays: false,
        }
    }

    /// Keeps calls whatever their arguments are: CPython unpacks lists, texts, and what other calls return.
    pub(crate) fn keep_odd_calls(mut self) -> Self {
        self.odd_calls = Some(HashSet::new());
        self
    }

    /// Keeps the elements of arrays that joblib writes between the instructions.
    pub(crate) fn past_arrays(mut self) -> Self {
        self.passes_arrays = true;
        self
    }

    /// Where those calls stand.
    pub(crate) fn odd_calls(&mut self) -> HashSet<usize> {
        self.odd_calls.take().unwrap_or_default()
    }

    /// A value of which nothing is known.
    pub(crate) fn opaque(&mut self) -> Result<Word> {
        self.arena.push_buffer(0, true)
    }

    /// How many bytes the opcode of a text takes, as a bound of what reading it costs.
    pub(crate) fn text_len(&self, word: Word) -> usize {
        match word.place() {
            Place::Node(index) if self.kind(word) == Some(Kind::Str) => {
                self.arena.node(index).map_or(0, |node| self.arena.text(node).len())
            }
            _ => match self.leaf_at(word) {
                Some(at) => {
                    let mut decoder = Decoder::resume(self.pickle, at);
                    let _ = decoder.step();
                    decoder.offset() - at
                }
                None => 0,
            },
        }
    }

    /// Whether a value is known only once Python has run something.
    pub(crate) fn comes_from_a_call(&self, word: Word) -> bool {
        matches!(
            self.kind(word),
            Some(Kind::Call | Kind::Global | Kind::Extension | Kind::Persistent | Kind::Buffer)
        )
    }

    fn kind(&self, word: Word) -> Option<Kind> {
        match word.place() {
            Place::Leaf(_) => None,
            Place::Node(index) => self.arena.node(index).map(|node| node.kind),
        }
    }

    /// What a value is called in errors.
    fn name(&self, word: Word) -> &'static str {
        match self.kind(word) {
            None | Some(Kind::Far) => match self.leaf_of(word) {
                Some(Leaf::None) => "None",
                Some(Leaf::Bool(_)) => "a bool",
                Some(Leaf::Int(_) | Leaf::Long(_) | Leaf::Digits(_)) => "an int",
                Some(Leaf::Float(_)) => "a float",
                Some(Leaf::Str(_) | Leaf::PyStr(_)) => "a str",
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

    fn leaf_at(&self, word: Word) -> Option<usize> {
        match word.place() {
            Place::Leaf(at) => Some(at),
            Place::Node(index) => {
                self.arena.node(index).filter(|node| node.kind == Kind::Far).map(Arena::far)
            }
        }
    }

    pub(super) fn leaf_of(&self, word: Word) -> Option<Leaf<'a>> {
        let at = self.leaf_at(word)?;
        let step = Decoder::new(self.pickle.get(at..)?).step().ok()?;
        Leaf::of(&step).ok().flatten()
    }

    fn is_tuple(&self, word: Word) -> bool {
        // Of the leaves, only the empty tuple is one.
        match self.kind(word) {
            None | Some(Kind::Far) => self.leaf_at(word).is_some_and(|at| self.pickle.get(at) == Some(&b')')),
            kind => kind == Some(Kind::Tuple),
        }
    }

    /// Adds to a container of that kind, or to the items or pairs of a called object.
    #[inline]
    fn grow(&mut self, target: Word, kind: Kind, more: Drain<'_, Word>, at: usize) -> Result<()> {
        let found = match target.place() {
            Place::Leaf(_) => None,
            Place::Node(index) => self.arena.node(index).map(|node| (index, node)),
        };
        match found {
            Some((index, node)) if node.kind == kind => self.arena.extend(index, more.as_slice()),
            Some((_, node)) if node.kind == Kind::Call => {
                let kind = if kind == Kind::Set { Kind::List } else { kind };
                let Some(call) = self.arena.call(node) else { return Ok(()) };
                let slot = if kind == Kind::List { call.items } else { call.pairs };
                if let Some(Place::Node(index)) = slot.map(Word::place) {
                    return self.arena.extend(index, more.as_slice());
                }
                let word = self.arena.push_node(kind, more.as_slice())?;
                if let Some(call) = self.arena.call_mut(node) {
                    *(if kind == Kind::List { &mut call.items } else { &mut call.pairs }) = Some(word);
                }
                Ok(())
            }
            Some((_, node)) if matches!(node.kind, Kind::Global | Kind::Extension | Kind::Persistent) => {
                let kind = if kind == Kind::Set { Kind::List } else { kind };
                let value = self.arena.push_node(kind, more.as_slice())?;
                self.effect(target, graph::Given::Items, value, at);
                Ok(())
            }
            _ => {
                let wanted = match kind {
                    Kind::Dict => "a dict",
                    Kind::Set => "a set",
                    _ => "a list",
                };
                let found = self.name(target);
                Err(Error::new(ErrorKind::InvalidData, format!("expected {wanted} to add to, found {found}")))
            }
        }
    }

    #[cold]
    fn effect(&mut self, target: Word, given: graph::Given, value: Word, at: usize) {
        self.arena.effects.push(Effect { target, given, value, at });
    }

    #[inline]
    fn string(&mut self, bytes: Cow<'_, [u8]>, at: usize) -> Result<Word> {
        if !bytes.is_ascii()
            && std::str::from_utf8(&bytes).is_err()
            && let Some(bad) = decode::first_invalid(&bytes)
        {
            let text = format!("the string is not UTF-8: see its byte {bad}");
            return Err(Error::new(ErrorKind::InvalidData, text));
        }
        match bytes {
            Cow::Borrowed(_) => self.arena.push_leaf(at),
            Cow::Owned(bytes) => self.arena.push_text(Kind::Str, &bytes),
        }
    }

    fn python2_string(&mut self, bytes: Cow<'_, [u8]>, at: usize) -> Result<Word> {
        let kind = match self.arena.encoding {
            Encoding::Bytes => Kind::Bytes,
            Encoding::Ascii | Encoding::Latin1 => Kind::Str,
        };
        match (self.arena.encoding, bytes) {
            (Encoding::Ascii, bytes) if !bytes.is_ascii() => {
                let bad = bytes.iter().find(|byte| !byte.is_ascii()).copied().unwrap_or_default();
                Err(Fault::NotAscii(bad).into())
            }
            (Encoding::Latin1, bytes) if !bytes.is_ascii() => {
                self.arena.push_text(kind, decode::latin1(&bytes).as_bytes())
            }
            (_, Cow::Borrowed(_)) => self.arena.push_leaf(at),
            (_, Cow::Owned(bytes)) => self.arena.push_text(kind, &bytes),
        }
    }
}

impl Factory for GraphFactory<'_> {
    type Value = Word;

    #[inline]
    fn leaf(&mut self, leaf: Leaf<'_>, at: usize) -> Result<Word> {
        match leaf {
            Leaf::Str(bytes) => self.string(bytes, at),
            Leaf::PyStr(bytes) => self.python2_string(bytes, at),
            _ => self.arena.push_leaf(at),
        }
    }

    #[inline]
    fn tuple(&mut self, items: Drain<'_, Word>, at: usize) -> Result<Word> {
        // `()` is its own opcode, and so a leaf.
        let is_leaf = items.as_slice().is_empty() && self.pickle.get(at) == Some(&b')');
        if is_leaf { self.arena.push_leaf(at) } else { self.arena.push_node(Kind::Tuple, items.as_slice()) }
    }

    #[inline]
    fn list(&mut self, items: Drain<'_, Word>) -> Result<Word> {
        self.arena.push_node(Kind::List, items.as_slice())
    }

    #[inline]
    fn dict(&mut self, pairs: Drain<'_, Word>) -> Result<Word> {
        self.arena.push_node(Kind::Dict, pairs.as_slice())
    }

    fn set(&mut self) -> Result<Word> {
        self.arena.push_node(Kind::Set, &[])
    }

    fn frozen_set(&mut self, items: Drain<'_, Word>) -> Result<Word> {
        self.arena.push_node(Kind::FrozenSet, items.as_slice())
    }

    #[inline]
    fn extend(&mut self, list: &Word, items: Drain<'_, Word>, at: usize) -> Result<()> {
        self.grow(*list, Kind::List, items, at)
    }

    #[inline]
    fn update(&mut self, dict: &Word, pairs: Drain<'_, Word>, at: usize) -> Result<()> {
        self.grow(*dict, Kind::Dict, pairs, at)
    }

    fn add(&mut self, set: &Word, items: Drain<'_, Word>, at: usize) -> Result<()> {
        self.grow(*set, Kind::Set, items, at)
    }

    fn text(&self, value: &Word, out: &mut String) -> bool {
        let text = match value.place() {
            Place::Node(index) if self.kind(*value) == Some(Kind::Str) => {
                self.arena.node(index).map(|node| Cow::Borrowed(self.arena.text(node)))
            }
            _ => match self.leaf_of(*value) {
                Some(Leaf::Str(text)) => Some(text),
                // Text too, under every encoding but `bytes`; what is not ASCII has a node of its own.
                Some(Leaf::PyStr(text)) if self.arena.encoding != Encoding::Bytes => Some(text),
                _ => None,
            },
        };
        let text = text.as_ref().and_then(|text| std::str::from_utf8(text).ok());
        text.map(|text| out.push_str(text)).is_some()
    }

    fn global(&mut self, module: &str, name: &str, words: Option<[Word; 2]>, at: usize) -> Result<Word> {
        // No module's name holds a newline that would make two pairs one: those of GLOBAL cannot, and of a pair with
        // one from STACK_GLOBAL the length tells.
        let key = format!("{}\n{module}\n{name}", module.len());
        if let Some(word) = self.globals.get(&key) {
            return Ok(*word);
        }
        let word =
            self.arena.push_global(GlobalName { module: module.into(), name: name.into(), words, at })?;
        self.globals.insert(key, word);
        Ok(word)
    }

    fn extension(&mut self, code: i64, at: usize) -> Result<Word> {
        self.arena.push_extension(code, at)
    }

    fn call(&mut self, how: How, given: Given<Word>, at: usize) -> Result<Word> {
        let Given { callable, args, kwargs } = given;
        let odd_kwargs = kwargs.filter(|kwargs| self.kind(*kwargs) != Some(Kind::Dict));
        let is_tuple = self.is_tuple(args);
        match (&mut self.odd_calls, odd_kwargs) {
            (_, None) if is_tuple => {}
            (Some(odd), _) => drop(odd.insert(at)),
            (None, Some(kwargs)) if is_tuple => {
                return Err(Fault::Arguments { wanted: "a dict", found: self.name(kwargs) }.into());
            }
            (None, _) => return Err(Fault::Arguments { wanted: "a tuple", found: self.name(args) }.into()),
        }
        let call = CallNode { how, callable, args, kwargs, state: None, items: None, pairs: None, at };
        self.arena.push_call(call)
    }

    fn build(&mut self, object: &Word, state: Word, at: usize) -> Result<()> {
        let call = match object.place() {
            Place::Node(index) => self
                .arena
                .node(index)
                .filter(|node| node.kind == Kind::Call)
                .and_then(|node| self.arena.call_mut(node)),
            Place::Leaf(_) => None,
        };
        match call {
            Some(call) if call.state.is_none() => call.state = Some(state),
            _ => self.effect(*object, graph::Given::State, state, at),
        }
        Ok(())
    }

    fn inserted(&mut self, object: &Word, end: usize) -> Result<Option<Inserted>> {
        if !self.passes_arrays {
            return Ok(None);
        }
        let Some(array) = self.inline_array(*object) else { return Ok(None) };
        let InlineArray::Elements { bytes, padded } = array else { return Ok(Some(Inserted::Pickle)) };
        let padding = if padded { 1 + usize::from(self.pickle.get(end).copied().unwrap_or(0)) } else { 0 };
        let left = self.pickle.len().saturating_sub(end);
        let wanted = bytes.saturating_add(padding as u64);
        if wanted > left as u64 {
            return Err(Fault::Elements { wanted, left }.into());
        }
        let start = end + padding;
        let place = Inline::Bytes { start, end: end + wanted as usize };
        self.arena.inline.insert(*object, place);
        Ok(Some(Inserted::Bytes { end: end + wanted as usize }))
    }

    fn inserted_value(&mut self, object: &Word, value: Word) -> Result<()> {
        // As an item of the wrapper it is found by whatever walks through the graph.
        let items = self.arena.push_node(Kind::List, &[value])?;
        let node = match object.place() {
            Place::Node(index) => self.arena.node(index),
            Place::Leaf(_) => None,
        };
        if let Some(call) = node.and_then(|node| self.arena.call_mut(node))
            && call.items.is_none()
        {
            call.items = Some(items);
            self.arena.inline.insert(*object, Inline::Value(value));
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidData, "the elements of an array follow an object that has items"))
    }

    fn discard(&mut self, value: Word) {
        // A pickler drops a call when it has made the same object on the way (a cycle), and when it was the function
        // that sets an object's state: `setter(object, state)`.
        let Place::Node(index) = value.place() else { return };
        let call = self.arena.node(index).filter(|node| node.kind == Kind::Call);
        let Some(call) = call.and_then(|node| self.arena.call(node)) else { return };
        let Place::Node(args) = call.args.place() else { return };
        let at = call.at;
        let args = self.arena.node(args).map(|node| self.arena.children(node));
        if let Some(&[target, _]) = args
            && self.kind(target) == Some(Kind::Call)
        {
            self.effect(target, graph::Given::Setter, value, at);
        }
    }

    #[inline]
    fn again(&mut self, value: &Word) {
        self.arena.share(*value);
    }

    fn persistent(&mut self, id: Word, at: usize) -> Result<Word> {
        let opcode = self.arena.push_leaf(at)?;
        self.arena.push_node(Kind::Persistent, &[id, opcode])
    }

    fn buffer(&mut self, _at: usize) -> Result<Word> {
        let index = self.buffers_used;
        if index >= self.buffers {
            return Err(Fault::NoBuffer(self.buffers).into());
        }
        self.buffers_used += 1;
        self.arena.push_buffer(index, false)
    }

    fn read_only(&mut self, buffer: Word) -> Result<Word> {
        match buffer.place() {
            Place::Node(index) => match self.arena.node(index) {
                Some(node) if node.kind == Kind::Buffer => {
                    self.arena.push_buffer(Arena::buffer(node).0, true)
                }
                // Bytes and the like in place of a buffer: as they are.
                _ => Ok(buffer),
            },
            Place::Leaf(_) => Ok(buffer),
        }
    }
}

/// An array of which joblib writes the elements behind the instruction that finishes its wrapper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InlineArray {
    /// So many bytes, after a byte that counts the padding between them where `padded`.
    Elements { bytes: u64, padded: bool },
    /// A pickle of its own.
    Objects,
}

/// The class of those wrappers (`joblib/numpy_pickle.py`).
pub(crate) const JOBLIB_WRAPPER: (&str, &str) = ("joblib.numpy_pickle", "NumpyArrayWrapper");

impl GraphFactory<'_> {
    /// The array whose elements follow, if `word` is such a wrapper.
    pub(crate) fn inline_array(&self, word: Word) -> Option<InlineArray> {
        let call = self.call_node(word)?;
        let Place::Node(callable) = call.callable.place() else { return None };
        let name = self.arena.global(self.arena.node(callable)?)?;
        ((&*name.module, &*name.name) == JOBLIB_WRAPPER).then_some(())?;
        let state = self.children(call.state?);
        let attribute = |wanted: &str| {
            let mut pairs = state.chunks_exact(2);
            pairs.find_map(|pair| match pair {
                [key, value] if matches!(self.leaf_of(*key)?, Leaf::Str(text) if *text == *wanted.as_bytes()) => {
                    Some(*value)
                }
                _ => None,
            })
        };
        let dtype = self.call_node(attribute("dtype")?)?;
        let (bytes_each, has_objects) = self.itemsize(dtype.args, dtype.state)?;
        if has_objects {
            return Some(InlineArray::Objects);
        }
        let mut bytes = bytes_each;
        for axis in self.children(attribute("shape")?) {
            bytes = bytes.checked_mul(u64::try_from(self.int(*axis)?).ok()?)?;
        }
        let padding = attribute("numpy_array_alignment_bytes").and_then(|word| self.leaf_of(word));
        Some(InlineArray::Elements { bytes, padded: padding.is_some_and(|leaf| leaf != Leaf::None) })
    }

    /// The size of an element, and whether there are objects in it, by the arguments and the state of a dtype.
    fn itemsize(&self, args: Word, state: Option<Word>) -> Option<(u64, bool)> {
        let state = state.map(|state| self.children(state)).unwrap_or_default();
        let Some(Leaf::Str(spec)) = self.leaf_of(*self.children(args).first()?) else {
            // A class, as that of records: the state has the size.
            let (size, flags) = (self.int(*state.get(5)?)?, self.int(*state.get(7)?)?);
            return Some((u64::try_from(size).ok()?, flags & 1 == 1));
        };
        let spec = std::str::from_utf8(&spec).ok()?.trim_start_matches(['<', '>', '=', '|']);
        let kind = spec.chars().next()?;
        let size: u64 = spec.get(kind.len_utf8()..)?.parse().ok()?;
        // NPY_ITEM_HASOBJECT, the lowest of the flags.
        let flags = state.get(7).and_then(|flags| self.int(*flags)).unwrap_or(0);
        let size = if kind == 'U' { size.checked_mul(4)? } else { size };
        Some((size, kind == 'O' || flags & 1 == 1))
    }

    fn int(&self, word: Word) -> Option<i64> {
        match self.leaf_of(word)? {
            Leaf::Int(value) => Some(value),
            // NumPy's integers, which joblib makes of shapes, are calls.
            _ => None,
        }
    }

    fn call_node(&self, word: Word) -> Option<CallNode> {
        let Place::Node(index) = word.place() else { return None };
        self.arena
            .node(index)
            .filter(|node| node.kind == Kind::Call)
            .and_then(|node| self.arena.call(node))
            .copied()
    }

    fn children(&self, word: Word) -> &[Word] {
        let Place::Node(index) = word.place() else { return &[] };
        self.arena.node(index).map(|node| self.arena.children(node)).unwrap_or_default()
    }

    /// The graph of what has been made so far of `pickle`, which may break off: it has no value.
    pub(crate) fn into_partial(self, pickle: &[u8]) -> Graph {
        Graph::new(pickle.to_vec(), Parts::from(self), Word::NOTHING, Vec::new())
    }
}
