//! The globals and calls of a pickle.

use std::collections::HashSet;
use std::fmt;

use crate::decode::Decoder;
use crate::graph::arena::Arena;
use crate::graph::children::{Children, Dict};
use crate::graph::object::Object;
use crate::graph::{CallNode, GlobalName, Graph, Handle, InlineHandle, Kind, MutationKind, Target};
use crate::visitor::CallKind;

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
        let handles = self.arena().global(node)?.handles?;
        Some(handles.map(|handle| Self::new(self.graph(), handle)))
    }
}

/// An object that a pickle would have made by calling something: what is called, and all that it is given.
#[derive(Clone, Copy)]
pub struct Call<'g> {
    graph: &'g Graph,
    handle: Handle,
    node: CallNode,
}

impl<'g> Call<'g> {
    pub(super) fn new(graph: &'g Graph, handle: Handle, node: CallNode) -> Self {
        Self { graph, handle, node }
    }

    /// The callable: a global, as a rule.
    #[inline]
    pub fn callable(&self) -> Object<'g> {
        Object::new(self.graph, self.node.callable)
    }

    /// The global that is called, where it is one.
    pub fn global(&self) -> Option<Global<'g>> {
        let callable = self.callable();
        let node = callable.node().filter(|node| node.kind == Kind::Global)?;
        callable.arena().global(node).map(Global::new)
    }

    /// The kind of call.
    #[inline]
    pub fn kind(&self) -> CallKind {
        self.node.kind
    }

    /// The positional arguments.
    pub fn args(&self) -> Children<'g> {
        Children::of(self.graph, self.node.args)
    }

    /// The named arguments.
    pub fn kwargs(&self) -> Dict<'g> {
        Dict::of(self.graph, self.node.kwargs)
    }

    /// The state that it is given then: for `__setstate__`, or its attributes.
    #[inline]
    pub fn state(&self) -> Option<Object<'g>> {
        self.node.state.map(|handle| Object::new(self.graph, handle))
    }

    /// The mutations after that; none, as a rule.
    pub(crate) fn later(&self) -> impl DoubleEndedIterator<Item = Later<'g>> + use<'g> {
        let graph = self.graph;
        graph.0.arena.mutations_of(self.handle).iter().map(move |mutation| {
            let value = Object::new(graph, mutation.value);
            match mutation.kind {
                MutationKind::State => Later::State(value),
                MutationKind::Items => Later::Items,
                MutationKind::Setter => Later::Setter(value),
            }
        })
    }

    /// The positional arguments as one object.
    pub fn args_object(&self) -> Object<'g> {
        Object::new(self.graph, self.node.args)
    }

    /// The named arguments as one object.
    pub(crate) fn kwargs_object(&self) -> Option<Object<'g>> {
        self.node.kwargs.map(|handle| Object::new(self.graph, handle))
    }

    /// Keys and values in turn, as they are set: equal keys and all.
    pub fn raw_pairs(&self) -> Children<'g> {
        self.node.pairs.map_or_else(|| Children::none(self.graph), |handle| Children::of(self.graph, handle))
    }

    /// The items that are appended to it then.
    pub fn items(&self) -> Children<'g> {
        self.node.items.map_or_else(|| Children::none(self.graph), |handle| Children::of(self.graph, handle))
    }

    /// The keys and values that are set in it then.
    pub fn pairs(&self) -> Dict<'g> {
        Dict::of(self.graph, self.node.pairs)
    }

    /// The data that follows it between the instructions, as an [`InlineFormat`](crate::InlineFormat) says.
    pub fn inline_value(&self) -> Option<InlineValue<'g>> {
        match *self.graph.0.arena.inline.get(&self.handle)? {
            InlineHandle::Bytes { start, end } => {
                self.graph.0.pickle.get(start..end).map(|bytes| InlineValue::Bytes { bytes, start })
            }
            InlineHandle::Pickled(handle) => Some(InlineValue::Pickled(Object::new(self.graph, handle))),
        }
    }

    /// The class attribute that it looks up: `getattr(module.Class, 'name')`, which is how picklers below protocol 4 name
    /// attributes of a class. The module, and the name with dots.
    ///
    /// ```
    /// // pickle.dumps(Path.of, 2), of a module `geo`
    /// let graph = numio_pickle::load(b"\x80\x02c__builtin__\ngetattr\ncgeo\nPath\nX\x02\0\0\0of\x86R.")?;
    /// let call = graph.root().as_call().unwrap();
    /// assert_eq!(call.attribute(), Some(("geo", "Path.of".to_owned())));
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    pub fn attribute(&self) -> Option<(&'g str, String)> {
        let (outer, name) = self.getattr()?;
        if let Some(outer) = outer.as_global() {
            return Some((outer.module, format!("{}.{name}", outer.name)));
        }
        // Two levels down; no program's classes lie deeper.
        let (outermost, middle) = outer.as_call()?.getattr()?;
        let outermost = outermost.as_global()?;
        Some((outermost.module, format!("{}.{middle}.{name}", outermost.name)))
    }

    /// The arguments of a `getattr`.
    fn getattr(&self) -> Option<(Object<'g>, &'g str)> {
        if self.kind() != CallKind::Reduce || !self.global()?.is("builtins", "getattr") {
            return None;
        }
        let args = self.args();
        let (object, name) = (args.get(0)?, args.get(1)?.plain_str()?);
        (self.is_plain() && args.len() == 2 && !name.contains('.')).then_some((object, name))
    }

    /// The offset of the call in the pickle.
    #[inline]
    pub fn offset(&self) -> usize {
        self.node.at
    }

    /// True if there is nothing but the call itself: no state, items or pairs, and no state given later.
    pub(super) fn is_plain(&self) -> bool {
        self.node.state.is_none()
            && self.has_no_state()
            && self.node.items.is_none()
            && self.node.pairs.is_none()
    }

    /// True if it gets no state, in whatever way.
    pub(super) fn has_no_state(&self) -> bool {
        self.node.state.is_none() && !self.is_mutated()
    }

    /// True if the pickle changes the object again after it has been made and given its state; no pickler does so for plain
    /// data.
    pub fn is_mutated(&self) -> bool {
        !self.graph.0.arena.mutations_of(self.handle).is_empty()
    }
}

/// Data that a library has written behind an object.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum InlineValue<'g> {
    /// Bytes.
    Bytes {
        /// The bytes.
        bytes: &'g [u8],
        /// The offset in the pickle at which they start.
        start: usize,
    },
    /// The value of another pickle.
    Pickled(Object<'g>),
}

/// A change of an object after it has been made and given its state.
pub(crate) enum Later<'g> {
    /// It is given state again.
    State(Object<'g>),
    /// Items are put into what takes none of its own.
    Items,
    /// It is handed to a function, by this call.
    Setter(Object<'g>),
}

/// One thing that Python would do on loading.
pub(crate) struct Effect<'g> {
    pub(crate) kind: EffectKind<'g>,
    /// The result, or the object that is changed.
    pub(crate) object: Object<'g>,
    /// The byte at which it is done.
    pub(crate) at: usize,
}

pub(crate) enum EffectKind<'g> {
    /// Looked a global up.
    Name(Global<'g>),
    /// Looked one up by its number.
    Extension(i64),
    /// Called something.
    Call(Call<'g>),
    /// Asked the program for an object of its own.
    Ask,
    /// Gave state or items to what was not just made for them.
    Change,
}

impl Graph {
    /// All of it, in no order.
    pub(crate) fn effects(&self) -> impl Iterator<Item = Effect<'_>> {
        let arena = &self.0.arena;
        let made = arena.handles().filter_map(|(handle, node)| {
            let object = Object::new(self, handle);
            let (kind, at) = match node.kind {
                Kind::Global => {
                    let name = arena.global(node)?;
                    (EffectKind::Name(Global::new(name)), name.at)
                }
                Kind::Extension => (EffectKind::Extension(Arena::extension(node)), Arena::extension_at(node)),
                Kind::Call => {
                    let call = object.as_call()?;
                    (EffectKind::Call(call), call.offset())
                }
                Kind::Persistent => match object.children() {
                    [_, opcode] => (EffectKind::Ask, leaf_offset(*opcode)),
                    _ => return None,
                },
                _ => return None,
            };
            Some(Effect { kind, object, at })
        });
        let changed =
            arena.mutations.iter().filter(|mutation| mutation.kind != MutationKind::Setter).map(|mutation| {
                Effect {
                    kind: EffectKind::Change,
                    object: Object::new(self, mutation.target),
                    at: mutation.at,
                }
            });
        made.chain(changed)
    }
}

fn leaf_offset(handle: Handle) -> usize {
    match handle.target() {
        Target::Leaf(at) => at,
        Target::Node(_) => 0,
    }
}

/// Measures how much of a graph is looked at to judge calls: arguments that many calls share are looked at for each.
#[derive(Debug, Default)]
pub(crate) struct Effort {
    seen: HashSet<Handle>,
    open: Vec<Handle>,
}

impl Effort {
    /// Spends what it takes to look at all that a call is given; `false` where that is more than is left. Calls among the
    /// arguments are looked at only where forms do so: bytes below protocol 3, and what `inspects` says.
    pub(crate) fn spend(
        &mut self,
        call: Object<'_>,
        inspects: &dyn Fn(Global<'_>) -> bool,
        left: &mut u64,
    ) -> bool {
        self.seen.clear();
        self.open.clear();
        self.open.push(call.handle());
        let (graph, arena) = (call.graph(), call.arena());
        while let Some(handle) = self.open.pop() {
            let object = Object::new(graph, handle);
            let Some(node) = object.node() else {
                if !take(left, 1 + text_len(&graph.0.pickle, leaf_offset(handle)) / 16) {
                    return false;
                }
                continue;
            };
            // Keys are compared through all of their tuples, as often as one contains another.
            if node.kind != Kind::Tuple && !self.seen.insert(handle) {
                continue;
            }
            let is_affordable = if node.kind == Kind::Call {
                let callee = object.as_call().and_then(|call| call.global());
                let is_looked_into = handle == call.handle()
                    || callee.is_some_and(|callee| callee.module == "_codecs" || inspects(callee));
                if let Some(found) = arena.call(node).filter(|_| is_looked_into) {
                    let parts = [Some(found.args), found.kwargs, found.state, found.items, found.pairs];
                    self.open.extend(parts.into_iter().flatten());
                }
                take(left, 8)
            } else {
                let children = arena.children(node);
                let text = if matches!(node.kind, Kind::Str | Kind::Bytes) {
                    arena.text(node).len() / 16
                } else {
                    0
                };
                let is_affordable = take(left, 4 + children.len() + text);
                if is_affordable {
                    self.open.extend_from_slice(children);
                }
                is_affordable
            };
            if !is_affordable {
                return false;
            }
        }
        true
    }
}

/// Takes steps from those that are left; all of them where there are fewer.
fn take(left: &mut u64, steps: usize) -> bool {
    let rest = left.checked_sub(steps as u64);
    *left = rest.unwrap_or(0);
    rest.is_some()
}

/// The length of the text or the digits that a leaf's opcode carries; none of the others is long.
fn text_len(pickle: &[u8], at: usize) -> usize {
    let is_long = pickle.get(at).is_some_and(|code| {
        matches!(code, b'V' | b'S' | b'X' | b'T' | b'B' | b'I' | b'L' | b'F' | 0x8b | 0x8d | 0x8e | 0x96)
    });
    if !is_long {
        return 0;
    }
    let mut decoder = Decoder::resume(pickle, at);
    let _ = decoder.step();
    decoder.offset() - at
}
