//! Pickles out: from the values of graphs, and from Rust's.

mod calls;
mod error;
mod frames;
mod graph;
mod protocol;
mod rows;
#[cfg(feature = "serde")]
mod serde;
mod values;
mod writer;

pub(crate) use self::graph::GraphWriter;
pub use self::protocol::Protocol;
#[cfg(feature = "serde")]
pub use self::serde::dump_value;
pub(crate) use self::values::{Filled, Filling};
pub(crate) use self::writer::Writer;

use super::graph::Object;
use crate::Result;

/// How pickles are written.
///
/// ```
/// use numio::pickle::{Dumper, Protocol, load};
///
/// let graph = load(b"(lp0\nI1\naVtext\np1\nag1\na.")?;
/// let bytes = Dumper::new().protocol(Protocol::Two).dump(graph.root())?;
/// assert_eq!(bytes, b"\x80\x02]q\0(K\x01X\x04\0\0\0textq\x01h\x01e.");
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dumper {
    protocol: Protocol,
    fix_imports: bool,
}

impl Default for Dumper {
    fn default() -> Self {
        Self { protocol: Protocol::default(), fix_imports: true }
    }
}

impl Dumper {
    /// Protocol 4, with names that Python 2 knows where Python 2 can read the protocol.
    pub fn new() -> Self {
        Self::default()
    }

    /// The protocol. Default [`Protocol::Four`].
    pub fn protocol(&mut self, protocol: Protocol) -> &mut Self {
        self.protocol = protocol;
        self
    }

    /// Whether protocol 2 names modules and functions as Python 2 does. Default true.
    pub fn fix_imports(&mut self, yes: bool) -> &mut Self {
        self.fix_imports = yes;
        self
    }

    /// To write values of one's own.
    pub(crate) fn writer(&self) -> Writer {
        Writer::new(self.protocol, self.fix_imports)
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

/// The pickle of a value of a graph, in protocol 4: [`Dumper`] writes others.
///
/// # Errors
/// As [`Dumper::dump`].
pub fn dump(object: Object<'_>) -> Result<Vec<u8>> {
    Dumper::new().dump(object)
}
