//! A pickle as a graph of values: nothing of it is run.
//!
//! Calls of a pickle stay visible as calls: the callable, its arguments, its state. Calls in the exact forms
//! in which Python's pickler writes the types of its standard library are values ([`Value`]) all the same; they are
//! built here from checked parts.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use crate::decode;
use crate::graph::arena::{Arena, Marks};
use crate::graph::object::{Indexes, Representatives};
use crate::visitor::CallKind;

mod arena;
mod builder;
mod call;
mod children;
pub mod json;
mod known;
mod nesting;
mod object;
mod raw;
mod read;
mod repr;
#[cfg(feature = "serde")]
mod serde;
pub(crate) mod stdlib;
mod value;
mod walk;

pub(crate) use crate::graph::builder::GraphBuilder;
pub use crate::graph::builder::PartialValue;
pub use crate::graph::call::{Call, Global, InlineValue};
pub(crate) use crate::graph::call::{Effect, EffectKind, Effort, Later};
pub use crate::graph::children::{Children, Dict, IntoChildren, IntoPairs};
pub(crate) use crate::graph::known::is_zone;
pub use crate::graph::object::Object;
pub use crate::graph::raw::RawValue;
pub use crate::graph::repr::{PlainValue, ReprBudget, ReprHooks};
pub use crate::graph::value::{Date, DateTime, Time, TimeDelta, TimeZone, Value};
pub use crate::graph::walk::{TextPart, TextParts};

/// The values of one pickle, with identity, sharing and cycles kept. Cheap to clone: clones share.
///
/// Takes about as much memory as the pickle, and at most some sixteen times as much for one that was made to be large;
/// it keeps the pickle's bytes, from which strings are borrowed.
///
/// ```
/// let graph = numio_pickle::load(b"\x80\x04}\x94\x8c\x04name\x94\x8c\x05numio\x94s.")?;
/// assert_eq!(graph.root().get("name")?.as_str()?, "numio");
/// assert_eq!(format!("{:?}", graph.root()), "{'name': 'numio'}");
/// # Ok::<(), numio_pickle::Error>(())
/// ```
#[derive(Clone)]
pub struct Graph(Arc<GraphData>);

struct GraphData {
    /// The pickle, up to and with its STOP.
    pickle: Vec<u8>,
    arena: Arena,
    buffers: Vec<Vec<u8>>,
    root: Handle,
    indexes: Indexes,
    representatives: Representatives,
    repr_hooks: Option<ReprHooks>,
    file_offset: Option<u64>,
}

impl Graph {
    /// The value of the pickle.
    #[inline]
    pub fn root(&self) -> Object<'_> {
        Object::new(self, self.0.root)
    }

    /// The pickle, up to and with its STOP.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.0.pickle
    }

    /// The offset at which the bytes of the pickle lie in the file or archive member that it was read from;
    /// `None` if that is not known, or if they lie nowhere because they were decompressed.
    pub fn file_offset(&self) -> Option<u64> {
        self.0.file_offset
    }

    /// Sets the [`file_offset`](Self::file_offset) of a graph of which there is no clone yet.
    #[must_use]
    pub fn with_file_offset(mut self, offset: u64) -> Self {
        if let Some(data) = Arc::get_mut(&mut self.0) {
            data.file_offset = Some(offset);
        }
        self
    }

    /// True if there is data between the instructions that an [`InlineFormat`](crate::InlineFormat) has found: Python's own
    /// unpickler does not read such a pickle.
    pub fn has_inline_data(&self) -> bool {
        !self.0.arena.inline.is_empty()
    }

    /// The number of bytes that the graph was read from: those of the pickle, and of its out-of-band buffers.
    pub fn byte_count(&self) -> u64 {
        self.0.buffers.iter().fold(self.0.pickle.len(), |sum, buffer| sum + buffer.len()) as u64
    }

    /// Every class and function that the pickle names, each once, in the order of the file.
    pub fn globals(&self) -> impl Iterator<Item = Global<'_>> {
        self.0.arena.globals.iter().map(Global::new)
    }

    /// Objects that the pickle changes and that a call has not just made, or changes more than once: a class, a function, an object
    /// that is given state again. No pickler writes such a thing for plain data.
    pub fn mutations(&self) -> impl Iterator<Item = Object<'_>> {
        self.0.arena.mutations.iter().map(|mutation| Object::new(self, mutation.target))
    }

    /// The value with this [`id`](Object::id).
    pub fn get(&self, id: u64) -> Option<Object<'_>> {
        let handle = Handle::from_id(u32::try_from(id).ok()?)?;
        let is_there = match handle.target() {
            Target::Leaf(at) => at < self.0.pickle.len(),
            Target::Node(index) => self.0.arena.node(index).is_some(),
        };
        is_there.then(|| Object::new(self, handle))
    }

    /// The values with these [ids](Object::id), of which 0 means `None`; `None` if one of the values does not exist.
    pub fn get_all(&self, ids: impl Iterator<Item = u64>) -> Option<Children<'_>> {
        let handle = |id| match id {
            0 => Some(Handle::NOTHING),
            id => self.get(id).map(Object::handle),
        };
        Some(Children::owned(self, ids.map(handle).collect::<Option<Vec<_>>>()?))
    }

    /// True if both are clones of one graph.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn new(pickle: Vec<u8>, parts: GraphParts, root: Handle, buffers: Vec<Vec<u8>>) -> Self {
        let mut arena = parts.0;
        arena.sort_mutations();
        arena.share_parts();
        arena.shrink();
        let (indexes, representatives) = (Indexes::default(), Representatives::default());
        Self(Arc::new(GraphData {
            pickle,
            arena,
            buffers,
            root,
            indexes,
            representatives,
            repr_hooks: None,
            file_offset: None,
        }))
    }
}

/// The product of a [`GraphBuilder`], which does not borrow the pickle.
pub(crate) struct GraphParts(Arena);

impl From<GraphBuilder<'_>> for GraphParts {
    fn from(builder: GraphBuilder<'_>) -> Self {
        Self(builder.arena)
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root().fmt(f)
    }
}

/// A Python string: code points, among which surrogates may stand, that no text has. `os.fsdecode` makes such ones of
/// file names that are no text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PyStr<'g>(&'g [u8]);

impl<'g> PyStr<'g> {
    pub(crate) fn new(bytes: &'g [u8]) -> Self {
        Self(bytes)
    }

    /// The string, unless it contains surrogates.
    #[inline]
    pub fn as_str(&self) -> Option<&'g str> {
        std::str::from_utf8(self.0).ok()
    }

    /// UTF-8, in which surrogates take three bytes each as other characters of their range do (Python's
    /// `surrogatepass`).
    #[inline]
    pub fn as_bytes(&self) -> &'g [u8] {
        self.0
    }

    /// The string with U+FFFD for each surrogate.
    pub fn to_string_lossy(&self) -> Cow<'g, str> {
        match self.as_str() {
            Some(text) => Cow::Borrowed(text),
            None => {
                let codes = self.code_points();
                Cow::Owned(codes.map(|code| char::from_u32(code).unwrap_or('\u{fffd}')).collect())
            }
        }
    }

    /// The code points, surrogates among them.
    pub fn code_points(&self) -> impl Iterator<Item = u32> + Clone + 'g {
        decode::CodePoints(self.0)
    }
}

/// As Python's `repr`.
impl fmt::Debug for PyStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decode::write_repr(f, self.0)
    }
}

/// A value that is not a leaf within a handle's reach. There may be one for every byte of a pickle, so there is no padding in it.
#[derive(Debug, Clone, Copy)]
#[repr(Rust, packed(2))]
pub(crate) struct Node {
    pub(crate) start: u32,
    pub(crate) len: u32,
    pub(crate) kind: Kind,
    pub(crate) marks: Marks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A leaf past the reach of a handle: `start` and `len` are the halves of its place.
    Far,
    /// A string that had to be decoded: `start` is its index.
    Str,
    /// Bytes that had to be decoded.
    Bytes,
    Tuple,
    List,
    Set,
    FrozenSet,
    /// Keys and values in turn.
    Dict,
    Global,
    /// A global by its number in a registry, `start`. `len` is where, if that fits.
    Extension,
    /// An object made by a callable: `start` is its index, `len` the handle of its arguments.
    Call,
    /// The children are the name of an object kept elsewhere, and the opcode that asks for it.
    Persistent,
    /// An out-of-band buffer: `start` is its index, `len` is 1 where it is for reading only.
    Buffer,
}

impl Kind {
    /// True for containers whose parts a call may put into an object of its own.
    fn is_shareable(self) -> bool {
        matches!(self, Self::Tuple | Self::List | Self::Dict)
    }
}

/// The name of a global, as imported: Python 3's where `fix_imports` holds.
#[derive(Debug)]
pub(crate) struct GlobalName {
    pub(crate) module: Box<str>,
    pub(crate) name: Box<str>,
    /// The strings of the pickle that name it, where strings do.
    pub(crate) handles: Option<[Handle; 2]>,
    /// The offset at which it is first named.
    pub(crate) at: usize,
}

/// An object made by a callable, as the arena gives it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallNode {
    pub(crate) kind: CallKind,
    pub(crate) callable: Handle,
    pub(crate) args: Handle,
    pub(crate) kwargs: Option<Handle>,
    pub(crate) state: Option<Handle>,
    /// A list node of what was appended.
    pub(crate) items: Option<Handle>,
    /// A dict node of what was set.
    pub(crate) pairs: Option<Handle>,
    pub(crate) at: usize,
}

/// A part that a call may have besides its callable and its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallPart {
    Kwargs = 1,
    State,
    Items,
    Pairs,
}

/// Data between the instructions of a pickle.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InlineHandle {
    /// Bytes of the pickle.
    Bytes { start: usize, end: usize },
    /// The value of a pickle of its own.
    Pickled(Handle),
}

/// A change of an object that its own node does not tell: a state given to what was not just made by a call, or
/// given again; items put into a global.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mutation {
    pub(crate) target: Handle,
    pub(crate) kind: MutationKind,
    pub(crate) value: Handle,
    pub(crate) at: usize,
}

/// The kind of change by an opcode that follows the one that made the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MutationKind {
    State,
    /// A list node of items, or a dict node of keys and values.
    Items,
    /// To a function, which is to give it its state: the call, whose outcome is dropped.
    Setter,
}

/// A value: a leaf's place in the pickle, or a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Handle(NonZeroU32);

/// The location that a handle refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The byte at which a leaf's opcode stands.
    Leaf(usize),
    /// The index of a node.
    Node(usize),
}

const NODE: u32 = 1 << 31;

impl Handle {
    /// No value: reads as `None`.
    pub(crate) const NOTHING: Self = Self(NonZeroU32::MAX);

    /// For the opcode at byte `at`; nothing where that is too far for a handle.
    #[inline]
    pub(crate) fn leaf(at: usize) -> Option<Self> {
        let handle = u32::try_from(at).ok()?.checked_add(1).filter(|handle| handle & NODE == 0)?;
        NonZeroU32::new(handle).map(Self)
    }

    #[inline]
    pub(crate) fn node(index: usize) -> Option<Self> {
        let handle = u32::try_from(index).ok().filter(|handle| *handle < NODE - 1)?;
        NonZeroU32::new(handle | NODE).map(Self)
    }

    /// For keeping it elsewhere.
    pub(crate) fn id(self) -> u32 {
        self.0.get()
    }

    /// The handle that was kept as this number.
    pub(crate) fn from_id(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    #[inline]
    pub(crate) fn target(self) -> Target {
        let handle = self.0.get();
        if handle & NODE == 0 {
            Target::Leaf(handle as usize - 1)
        } else {
            Target::Node((handle & !NODE) as usize)
        }
    }
}
