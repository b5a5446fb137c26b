//! A pickle as a graph of values: nothing of it is run.
//!
//! What a pickle would call stays visible as a call: its callable, its arguments, its state. Calls in the exact forms
//! in which Python's pickler writes the types of its standard library are values ([`Value`]) all the same; they are
//! built here from checked parts.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use crate::error::{Cause, Container, ErrorKind};
use crate::pickle::decode;
use crate::pickle::factory::How;
use crate::pickle::graph::arena::Arena;
use crate::pickle::graph::object::{Indexes, Representatives};

mod arena;
mod call;
mod factory;
mod items;
mod json;
mod nesting;
mod object;
mod read;
mod repr;
#[cfg(feature = "serde")]
mod serde;
mod shape;
pub(crate) mod stdlib;
mod value;
mod walk;

pub(crate) use crate::pickle::graph::call::Later;
pub use crate::pickle::graph::call::{Call, Global, JoblibElements};
pub(crate) use crate::pickle::graph::call::{Deed, Did, Effort};
pub(crate) use crate::pickle::graph::factory::{GraphFactory, InlineArray, JOBLIB_WRAPPER};
pub use crate::pickle::graph::items::{Dict, IntoItems, IntoPairs, Items};
pub(crate) use crate::pickle::graph::json::{float as json_float, quoted as json_text};
pub use crate::pickle::graph::object::Object;
pub(crate) use crate::pickle::graph::repr::{Piece, Pieces, Texts, Within};
pub use crate::pickle::graph::shape::Shape;
pub use crate::pickle::graph::value::Value;
pub use crate::pickle::graph::value::{Date, DateTime, Time, TimeDelta, TimeZone};

/// The values of one pickle, with identity, sharing and cycles kept. Cheap to clone: clones share.
///
/// Takes about as much memory as the pickle, and at most some sixteen times as much for one that was made to be large;
/// it keeps the pickle's bytes, from which strings are borrowed.
///
/// ```
/// let graph = numio::pickle::load(b"\x80\x04}\x94\x8c\x04name\x94\x8c\x05numio\x94s.")?;
/// assert_eq!(graph.root().get("name")?.as_str()?, "numio");
/// assert_eq!(format!("{:?}", graph.root()), "{'name': 'numio'}");
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Clone)]
pub struct Graph(Arc<Inner>);

struct Inner {
    /// The pickle, up to and with its STOP.
    pickle: Vec<u8>,
    arena: Arena,
    buffers: Vec<Vec<u8>>,
    root: Word,
    indexes: Indexes,
    representatives: Representatives,
    texts: Option<Texts>,
    /// The offset of the pickle in its file.
    start: u64,
    is_in_file: bool,
}

impl Graph {
    /// The value that the pickle stands for.
    pub fn root(&self) -> Object<'_> {
        Object::new(self, self.0.root)
    }

    /// The pickle, up to and with its STOP.
    pub fn pickle(&self) -> &[u8] {
        &self.0.pickle
    }

    /// The offset of the pickle in the file or archive member that it was read from, if that is known; 0 otherwise.
    pub fn start(&self) -> u64 {
        self.0.start
    }

    /// Returns whether there are arrays whose elements joblib wrote between the instructions: Python's own unpickler does
    /// not read such a pickle.
    pub fn has_inline_arrays(&self) -> bool {
        !self.0.arena.inline.is_empty()
    }

    /// Returns whether the bytes of the pickle stand in a file as they are, from [`start`](Self::start) on, which is not so
    /// for what was decompressed.
    pub fn is_in_file(&self) -> bool {
        self.0.is_in_file
    }

    /// The same for a pickle that was decompressed.
    pub(crate) fn decompressed(mut self) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.is_in_file = false;
        }
        self
    }

    pub(crate) fn with_start(mut self, start: u64) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.start = start;
        }
        self
    }

    /// How many bytes the graph is made of: those of the pickle, and of the buffers beside it.
    pub(crate) fn byte_count(&self) -> u64 {
        self.0.buffers.iter().fold(self.0.pickle.len(), |sum, buffer| sum + buffer.len()) as u64
    }

    /// Every class and function that the pickle names, each once, in the order of the file.
    pub fn globals(&self) -> impl Iterator<Item = Global<'_>> {
        self.0.arena.globals.iter().map(Global::new)
    }

    /// What the pickle changes that a call has not just made, or changes more than once: a class, a function, an object
    /// that is given state again. No pickler writes such a thing for plain data.
    pub fn changed(&self) -> impl Iterator<Item = Object<'_>> {
        self.0.arena.effects.iter().map(|effect| Object::new(self, effect.target))
    }

    /// The value of that number, which [`Object::number`] or an [`Item::Object`](crate::Item::Object) of an array tells.
    pub fn object(&self, number: u64) -> Option<Object<'_>> {
        let word = Word::of_number(u32::try_from(number).ok()?)?;
        let is_there = match word.place() {
            Place::Leaf(at) => at < self.0.pickle.len(),
            Place::Node(index) => self.0.arena.node(index).is_some(),
        };
        is_there.then(|| Object::new(self, word))
    }

    /// The values that were kept as these numbers; nothing where there is none of one. 0 stands for `None`.
    pub(crate) fn objects(&self, numbers: impl Iterator<Item = u64>) -> Option<Items<'_>> {
        let word = |number| match number {
            0 => Some(Word::NOTHING),
            number => self.object(number).map(Object::word),
        };
        Some(Items::owned(self, numbers.map(word).collect::<Option<Vec<_>>>()?))
    }

    /// Whether both are one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn new(pickle: Vec<u8>, factory: Parts, root: Word, buffers: Vec<Vec<u8>>) -> Self {
        let mut arena = factory.0;
        arena.sort_effects();
        arena.share_parts();
        arena.shrink();
        let (indexes, representatives) = (Indexes::default(), Representatives::default());
        Self(Arc::new(Inner {
            pickle,
            arena,
            buffers,
            root,
            indexes,
            representatives,
            texts: None,
            start: 0,
            is_in_file: true,
        }))
    }
}

/// What a [`GraphFactory`] has made, without its hold on the pickle.
pub(crate) struct Parts(Arena);

impl From<GraphFactory<'_>> for Parts {
    fn from(factory: GraphFactory<'_>) -> Self {
        Self(factory.arena)
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root().fmt(f)
    }
}

#[derive(Debug)]
pub(crate) enum Misread {
    /// Not the type that was asked for.
    Type {
        wanted: &'static str,
        found: String,
    },
    /// An integer that an `i64` does not hold.
    Large(String),
    /// A string that Rust's `str` does not hold.
    Surrogates(String),
    Key(String),
}

impl Cause for Misread {
    fn container(&self) -> Option<Container> {
        Some(Container::Pickle)
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Type { .. } | Self::Large(_) => ErrorKind::InvalidInput,
            Self::Surrogates(_) => ErrorKind::Encoding,
            Self::Key(_) => ErrorKind::NotFound,
        }
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { wanted, found } => write!(f, "expected {wanted}, found {found}"),
            Self::Large(value) => {
                write!(f, "{value} is no 64-bit integer: as_int gives integers of any size")
            }
            Self::Surrogates(text) => {
                write!(f, "surrogates stand in {text:?}, which are no text: as_text gives them")
            }
            Self::Key(key) => write!(f, "there is no key {key:?}"),
        }
    }
}

/// A Python string: code points, among which surrogates may stand, that no text has. `os.fsdecode` makes such ones of
/// file names that are no text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<'g>(&'g [u8]);

impl<'g> Text<'g> {
    pub(crate) fn new(bytes: &'g [u8]) -> Self {
        Self(bytes)
    }

    /// The string, unless surrogates stand in it.
    pub fn as_str(&self) -> Option<&'g str> {
        std::str::from_utf8(self.0).ok()
    }

    /// UTF-8, in which surrogates take three bytes each as other characters of their range do (Python's
    /// `surrogatepass`).
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
impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decode::write_repr(f, self.0)
    }
}

/// A value that is not a leaf within a word's reach.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Whether the children have a vector of their own, `start` being its index.
    pub(crate) grown: bool,
    pub(crate) shared: bool,
    pub(crate) start: u32,
    pub(crate) len: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A leaf past the reach of a word: `start` and `len` are the halves of its place.
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
    Call,
    /// The children are the name of an object kept elsewhere, and the opcode that asks for it.
    Persistent,
    /// A buffer from beside the pickle: `start` is its index, `len` is 1 where it is for reading only.
    Buffer,
}

/// The name of a global, as imported: Python 3's where `fix_imports` holds.
#[derive(Debug)]
pub(crate) struct GlobalName {
    pub(crate) module: Box<str>,
    pub(crate) name: Box<str>,
    /// The strings of the pickle that name it, where strings do.
    pub(crate) words: Option<[Word; 2]>,
    /// Where it was first named.
    pub(crate) at: usize,
}

/// An object made by a callable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallNode {
    pub(crate) how: How,
    pub(crate) callable: Word,
    pub(crate) args: Word,
    pub(crate) kwargs: Option<Word>,
    pub(crate) state: Option<Word>,
    /// A list node of what was appended.
    pub(crate) items: Option<Word>,
    /// A dict node of what was set.
    pub(crate) pairs: Option<Word>,
    pub(crate) at: usize,
}

/// The elements of an array that joblib writes between the instructions of a pickle.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inline {
    /// Bytes of the pickle.
    Bytes { start: usize, end: usize },
    /// The value of a pickle of its own.
    Value(Word),
}

/// What is done to an object that its own node does not tell: a state given to what was not just made by a call, or
/// given again; items put into a global.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effect {
    pub(crate) target: Word,
    pub(crate) given: Given,
    pub(crate) value: Word,
    pub(crate) at: usize,
}

/// What an object is given by an opcode that follows the one that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    State,
    /// A list node of items, or a dict node of keys and values.
    Items,
    /// To a function, which is to give it its state: the call, whose outcome is dropped.
    Setter,
}

/// A value: a leaf's place in the pickle, or a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Word(NonZeroU32);

/// What a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The byte at which a leaf's opcode stands.
    Leaf(usize),
    /// The index of a node.
    Node(usize),
}

const NODE: u32 = 1 << 31;

impl Word {
    /// No value: reads as `None`.
    pub(crate) const NOTHING: Self = Self(NonZeroU32::MAX);

    /// For the opcode at byte `at`; nothing where that is too far for a word.
    #[inline]
    pub(crate) fn leaf(at: usize) -> Option<Self> {
        let word = u32::try_from(at).ok()?.checked_add(1).filter(|word| word & NODE == 0)?;
        NonZeroU32::new(word).map(Self)
    }

    #[inline]
    pub(crate) fn node(index: usize) -> Option<Self> {
        let word = u32::try_from(index).ok().filter(|word| *word < NODE - 1)?;
        NonZeroU32::new(word | NODE).map(Self)
    }

    /// For keeping it elsewhere.
    pub(crate) fn number(self) -> u32 {
        self.0.get()
    }

    /// The word that was kept as this number.
    pub(crate) fn of_number(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    #[inline]
    pub(crate) fn place(self) -> Place {
        let word = self.0.get();
        if word & NODE == 0 { Place::Leaf(word as usize - 1) } else { Place::Node((word & !NODE) as usize) }
    }
}
