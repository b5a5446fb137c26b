//! A pickle as a graph of values: nothing of it is run.
//!
//! What a pickle would call stays visible as a call: its callable, its arguments, its state. Calls in the exact forms
//! in which Python's pickler writes the types of its standard library are values ([`Value`]) all the same; they are
//! built here from checked parts.

mod arena;
mod call;
mod deeds;
mod error;
mod factory;
mod items;
mod json;
mod keys;
mod known;
mod nesting;
mod node;
mod object;
mod places;
mod plain;
mod read;
mod repr;
#[cfg(feature = "serde")]
mod serde;
mod shape;
mod string;
mod texts;
mod time;
mod value;
mod walk;
mod word;

use std::sync::Arc;

use self::arena::Arena;
pub(crate) use self::call::Later;
pub use self::call::{Call, Global};
pub(crate) use self::deeds::{Deed, Did, Effort, InlineArray, JOBLIB_WRAPPER};
pub(crate) use self::factory::GraphFactory;
pub use self::items::{Dict, IntoItems, IntoPairs, Items};
pub(crate) use self::json::{float as json_float, quoted as json_text};
use self::keys::{Indexes, Representatives};
pub use self::object::Object;
pub use self::shape::Shape;
pub use self::string::Text;
pub(crate) use self::texts::{Piece, Pieces, Texts, Within};
pub use self::time::{Date, DateTime, Time, TimeDelta, TimeZone};
pub use self::value::Value;
use self::word::Place;
pub(crate) use self::word::Word;

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
        Self(Arc::new(Inner { pickle, arena, buffers, root, indexes, representatives, texts: None }))
    }
}

/// What a [`GraphFactory`] has made, without its hold on the pickle.
pub(crate) struct Parts(Arena);

impl From<GraphFactory<'_>> for Parts {
    fn from(factory: GraphFactory<'_>) -> Self {
        Self(factory.arena)
    }
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.root().fmt(f)
    }
}
