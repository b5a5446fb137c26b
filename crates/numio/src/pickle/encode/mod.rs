//! Pickles out: from the values of graphs, and from Rust's.

use std::fmt;

use crate::error::Cause;
use crate::pickle::graph::Object;
use crate::{Error, ErrorKind, Result};

mod graph;
#[cfg(feature = "serde")]
mod serde;
mod writer;

pub(crate) use crate::pickle::encode::graph::GraphWriter;
#[cfg(feature = "serde")]
pub use crate::pickle::encode::serde::dump_value;
pub(crate) use crate::pickle::encode::writer::Writer;
pub(crate) use crate::pickle::encode::writer::{Filled, Filling};

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

#[derive(Debug)]
pub(crate) enum Fault {
    /// Too large for the protocol.
    Large(&'static str),
    Name {
        name: String,
        protocol: Protocol,
    },
    Memo,
    /// `cls.__new__(cls, *args, **kwargs)` before protocol 4.
    NamedArguments,
    /// Something that is changed and not made.
    Change(String),
    Digits,
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Large(_) | Self::Name { .. } | Self::NamedArguments => ErrorKind::InvalidInput,
            Self::Change(_) | Self::Digits => ErrorKind::Unsupported,
            Self::Memo => ErrorKind::LimitExceeded,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Large(what) => write!(f, "{what} takes protocol 4"),
            Self::Name { name, protocol } => {
                write!(
                    f,
                    "{name:?} is no name that protocol {} can carry: take protocol 4",
                    protocol.number()
                )
            }
            Self::Memo => f.write_str("a pickle cannot share more than 2^32 objects"),
            Self::NamedArguments => f.write_str("an object made with named arguments takes protocol 4"),
            Self::Change(what) => {
                write!(f, "the pickle changes {what} for the whole process, which is not written")
            }
            Self::Digits => f.write_str("an integer of more than 4300 decimal digits is not converted"),
        }
    }
}

/// A protocol of pickles that is written. Those before 2 are only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Protocol {
    /// What Python 2.3 and all later ones read.
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
    pub fn number(self) -> u8 {
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
        let found = all.into_iter().find(|protocol| protocol.number() == number);
        found.ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("pickles are written in protocols 2 to 5, not {number}"),
            )
        })
    }
}
