//! Pickles out: from the values of graphs, and from Rust's.

use crate::error::PicklingError;
use crate::graph::Object;
use crate::limits::Checkpoint;
use crate::{Error, Result};

mod graph;
#[cfg(feature = "serde")]
mod serde;
mod writer;

pub use crate::encode::graph::GraphWriter;
#[cfg(feature = "serde")]
pub use crate::encode::serde::dump_value;
pub use crate::encode::writer::{ContainerKind, OpenContainer, PickleWriter};

/// Options for writing pickles.
///
/// ```
/// use numio_pickle::{Pickler, Protocol, load};
///
/// let graph = load(b"(lp0\nI1\naVtext\np1\nag1\na.")?;
/// let bytes = Pickler::new().protocol(Protocol::Two).dump(graph.root())?;
/// assert_eq!(bytes, b"\x80\x02]q\0(K\x01X\x04\0\0\0textq\x01h\x01e.");
/// # Ok::<(), numio_pickle::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pickler {
    protocol: Protocol,
    fix_imports: bool,
    checkpoint: Checkpoint,
}

impl Default for Pickler {
    fn default() -> Self {
        Self { protocol: Protocol::default(), fix_imports: true, checkpoint: Checkpoint::default() }
    }
}

impl Pickler {
    /// Protocol 4, with names that Python 2 knows where Python 2 can read the protocol.
    pub fn new() -> Self {
        Self::default()
    }

    /// The protocol. Default [`Protocol::Four`].
    pub fn protocol(&mut self, protocol: Protocol) -> &mut Self {
        self.protocol = protocol;
        self
    }

    /// Sets whether protocol 2 names modules and functions as Python 2 does. Default true.
    pub fn fix_imports(&mut self, yes: bool) -> &mut Self {
        self.fix_imports = yes;
        self
    }

    /// Sets a function that is called every few thousand objects; an error from it ends the call. Default: none.
    pub fn checkpoint(&mut self, check: impl Fn() -> Result<()> + Send + Sync + 'static) -> &mut Self {
        self.checkpoint = Checkpoint::new(check);
        self
    }

    /// A writer of single opcodes, for values that are in no graph.
    pub fn writer(&self) -> PickleWriter {
        PickleWriter::new(self.protocol, self.fix_imports, self.checkpoint.clone())
    }

    /// The pickle of a value of a graph, as CPython writes it: what it shares it shares in the pickle, and calls stay the
    /// calls that they are.
    ///
    /// # Errors
    /// `InvalidInput` for what takes a higher protocol, `Unsupported` for what the pickle changes and does not make: the
    /// attributes of a class.
    pub fn dump(&self, object: Object<'_>) -> Result<Vec<u8>> {
        let mut writer = self.writer();
        GraphWriter::new(&mut writer).save(object)?;
        Ok(writer.finish())
    }
}

/// The pickle of a value of a graph, in protocol 4: [`Pickler`] writes others.
///
/// # Errors
/// As [`Pickler::dump`].
pub fn dump(object: Object<'_>) -> Result<Vec<u8>> {
    Pickler::new().dump(object)
}

/// A protocol of pickles that is written. Those before 2 are only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Protocol {
    /// Read by Python 2.3 and all later ones.
    Two,
    /// With bytes: Python 3.0 and later.
    Three,
    /// With sets, frames and lengths past 4 GiB: Python 3.4 and later. Python's default, and NumPy's.
    #[default]
    Four,
    /// With bytearrays: Python 3.8 and later.
    Five,
}

impl Protocol {
    /// Its number.
    pub fn to_u8(self) -> u8 {
        match self {
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
            Self::Five => 5,
        }
    }
}

impl TryFrom<u8> for Protocol {
    type Error = Error;

    fn try_from(number: u8) -> Result<Self, Error> {
        let all = [Self::Two, Self::Three, Self::Four, Self::Five];
        let found = all.into_iter().find(|protocol| protocol.to_u8() == number);
        found.ok_or_else(|| PicklingError::Protocol(number).into())
    }
}
