//! What a pickle would have looked up and called.

use std::collections::HashSet;
use std::fmt;

use crate::pickle::decode::Decoder;
use crate::pickle::factory::How;
use crate::pickle::graph::arena::Arena;
use crate::pickle::graph::items::{Dict, Items};
use crate::pickle::graph::object::Object;
use crate::pickle::graph::{CallNode, Given, GlobalName, Graph, Inline, Kind, Place, Word};

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

    /// The elements of the array that it describes, which joblib writes behind it.
    pub fn inline(&self) -> Option<JoblibElements<'g>> {
        match *self.graph.0.arena.inline.get(&self.word)? {
            Inline::Bytes { start, end } => {
                self.graph.0.pickle.get(start..end).map(|bytes| JoblibElements::Bytes { bytes, start })
            }
            Inline::Value(word) => Some(JoblibElements::Pickled(Object::new(self.graph, word))),
        }
    }

    /// The class attribute that it looks up: `getattr(module.Class, 'name')`, which is how picklers below protocol 4 name
    /// what is inside a class. The module, and the name with dots.
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
        let args = self.args();
        let (object, name) = (args.get(0)?, args.get(1)?.plain_str()?);
        let is_getattr = self.global()?.is("builtins", "getattr") && self.how() == How::Reduce;
        (is_getattr && self.is_plain() && args.len() == 2 && !name.contains('.')).then_some((object, name))
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

/// The elements of an array that joblib wrote.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum JoblibElements<'g> {
    /// Plain ones.
    Bytes {
        /// Their bytes, in the order and the byte order that the description says.
        bytes: &'g [u8],
        /// The byte of the pickle at which they start.
        start: usize,
    },
    /// Python objects: the array that another pickle holds.
    Pickled(Object<'g>),
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

/// One thing that Python would do on loading.
pub(crate) struct Deed<'g> {
    pub(crate) did: Did<'g>,
    /// What comes of it, or what it is done to.
    pub(crate) object: Object<'g>,
    /// The byte at which it is done.
    pub(crate) at: usize,
}

pub(crate) enum Did<'g> {
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
    pub(crate) fn deeds(&self) -> impl Iterator<Item = Deed<'_>> {
        let arena = &self.0.arena;
        let made = arena.words().filter_map(|(word, node)| {
            let object = Object::new(self, word);
            let (did, at) = match node.kind {
                Kind::Global => {
                    let name = arena.global(node)?;
                    (Did::Name(Global::new(name)), name.at)
                }
                Kind::Extension => (Did::Extension(Arena::extension(node)), Arena::extension_at(node)),
                Kind::Call => {
                    let call = object.as_call()?;
                    (Did::Call(call), call.offset())
                }
                Kind::Persistent => match object.children() {
                    [_, opcode] => (Did::Ask, place(*opcode)),
                    _ => return None,
                },
                _ => return None,
            };
            Some(Deed { did, object, at })
        });
        let changed = arena
            .effects
            .iter()
            .filter(|effect| effect.given != Given::Setter)
            .map(|effect| Deed { did: Did::Change, object: Object::new(self, effect.target), at: effect.at });
        made.chain(changed)
    }
}

fn place(word: Word) -> usize {
    match word.place() {
        Place::Leaf(at) => at,
        Place::Node(_) => 0,
    }
}

/// Measures how much of a graph is looked at to judge calls: arguments that many calls share are looked at for each.
#[derive(Debug, Default)]
pub(crate) struct Effort {
    seen: HashSet<Word>,
    open: Vec<Word>,
}

impl Effort {
    /// Spends what it takes to look at all that a call is given; `false` where that is more than is left. Calls among the
    /// arguments are looked at only where forms do so: NumPy's dtypes, and bytes below protocol 3.
    pub(crate) fn spend(&mut self, call: Object<'_>, left: &mut u64) -> bool {
        self.seen.clear();
        self.open.clear();
        self.open.push(call.word());
        let (graph, arena) = (call.graph(), call.arena());
        while let Some(word) = self.open.pop() {
            let object = Object::new(graph, word);
            let Some(node) = object.node() else {
                if !take(left, 1 + text_len(&graph.0.pickle, place(word)) / 16) {
                    return false;
                }
                continue;
            };
            // Keys are compared through all of their tuples, as often as one stands in another.
            if node.kind != Kind::Tuple && !self.seen.insert(word) {
                continue;
            }
            let is_affordable = if node.kind == Kind::Call {
                let callee = object.as_call().and_then(|call| call.global());
                let is_looked_into = word == call.word()
                    || callee.is_some_and(|callee| {
                        callee.module.starts_with("numpy") || callee.module == "_codecs"
                    });
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

/// How long the text or the digits are that a leaf's opcode carries; none of the others is long.
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
