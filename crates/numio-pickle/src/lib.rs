//! Python's pickles, read without running anything.
//!
//! A pickle is a program for a small stack machine. Each instruction is one byte, the opcode ([`Op`]), and for some an
//! argument behind it: a number, a counted text, a line. Most opcodes push a value or put the topmost ones into a
//! container; PUT and MEMOIZE store the top in a *memo* from which GET brings it back, which is how sharing and cycles
//! are written. Protocol 0 is text, 1 brought binary numbers and lengths, 2 classes without their constructors, 3 bytes,
//! 4 lengths beyond 4 GiB and *frames* that can be read in one piece, 5 out-of-band buffers (PEP 3154,
//! PEP 574, CPython's `Lib/pickletools.py`).
//!
//! Some opcodes look a name up in a module and call what is there, whatever that is: to load a pickle with Python is to
//! run it. Nothing here does. From left to right, each knowing only those before it:
//!
//! - [`Decoder`] splits bytes into instructions; [`dis`] prints them as `pickletools` does.
//! - [`Unpickler`] runs instructions over a [`Visitor`], which builds the values, after asking a [`Policy`] for every
//!   global.
//! - [`Graph`] is what the visitor of this crate builds: values in an arena, with identity and cycles. Calls stay calls,
//!   unless they have the exact form in which Python writes one of the types of its standard library.
//! - [`audit`] tells what loading with Python would import, call and change.
//! - [`dump`] and [`Pickler`] write values out again, as CPython would.
//! - [`load`] and [`GraphLoader`] go all the way from bytes to a graph; [`Object`] reads it.
//!
//! ```
//! // pickle.dumps({"name": "numio", "when": datetime.date(2026, 1, 31)})
//! let bytes = b"\x80\x04\x95:\0\0\0\0\0\0\0}\x94(\x8c\x04name\x94\x8c\x05numio\x94\x8c\x04when\x94\x8c\x08datetime\x94\
//!     \x8c\x04date\x94\x93\x94C\x04\x07\xea\x01\x1f\x94\x85\x94R\x94u.";
//! let graph = numio_pickle::load(bytes)?;
//! let root = graph.root();
//! assert_eq!(root.get("name")?.as_str()?, "numio");
//! assert_eq!(format!("{root:?}"), "{'name': 'numio', 'when': datetime.date(2026, 1, 31)}");
//! # Ok::<(), numio_pickle::Error>(())
//! ```

use std::fmt;
use std::str::FromStr;

mod audit;
mod decode;
mod dis;
mod encode;
mod error;
mod graph;
mod inline;
mod int;
mod limits;
mod loader;
mod memory;
mod opcodes;
mod rename;
pub mod repr;
mod stack;
mod unpickler;
mod visitor;

pub use crate::audit::{
    Action, Audit, AuditBudget, AuditHooks, Finding, Judgement, Untrusted, Verdict, audit, audit_with,
    byte_strings,
};
pub use crate::decode::{Arg, Decoder, Instruction, Leaf};
pub use crate::dis::dis;
#[cfg(feature = "serde")]
pub use crate::encode::dump_value;
pub use crate::encode::{ContainerKind, GraphWriter, OpenContainer, PickleWriter, Pickler, Protocol, dump};
pub use crate::error::{Error, ErrorKind, Result};
pub use crate::graph::json;
pub use crate::graph::{
    Call, Children, Date, DateTime, Dict, Global, Graph, InlineValue, IntoChildren, IntoPairs, Object,
    PartialValue, PlainValue, PyStr, RawValue, ReprBudget, ReprHooks, TextPart, TextParts, Time, TimeDelta,
    TimeZone, Value,
};
pub use crate::inline::InlineFormat;
pub use crate::int::BigInt;
pub use crate::limits::Limits;
#[cfg(feature = "serde")]
pub use crate::loader::load_value;
pub use crate::loader::{GraphLoader, load};
pub use crate::opcodes::Op;
pub use crate::unpickler::Unpickler;
pub use crate::visitor::{AllowAll, CallArgs, CallKind, InlineData, Policy, Visitor};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The way to read the `str` of Python 2, which is bytes without a named encoding: the `encoding=` of `pickle.load`. Numbers in raw
/// array data come through unharmed under `Latin1` and `Bytes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Python2Encoding {
    /// As text in ASCII; any other byte is an error. The default.
    #[default]
    Ascii,
    /// As text, each byte one character.
    Latin1,
    /// As bytes.
    Bytes,
}

impl FromStr for Python2Encoding {
    type Err = Error;

    /// Python's spellings: `ASCII`, `latin1` and `bytes`.
    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "ASCII" => Ok(Self::Ascii),
            "latin1" => Ok(Self::Latin1),
            "bytes" => Ok(Self::Bytes),
            // NumPy's own handles.
            _ => Err(Error::new(ErrorKind::InvalidInput, "encoding must be 'ASCII', 'latin1', or 'bytes'")),
        }
    }
}

impl fmt::Display for Python2Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ascii => "ASCII",
            Self::Latin1 => "latin1",
            Self::Bytes => "bytes",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numpys_and_no_others() {
        for encoding in [Python2Encoding::Ascii, Python2Encoding::Latin1, Python2Encoding::Bytes] {
            assert_eq!(encoding.to_string().parse::<Python2Encoding>().unwrap(), encoding);
        }
        for name in ["utf-8", "ascii", "latin-1", ""] {
            let error = name.parse::<Python2Encoding>().unwrap_err();
            assert_eq!(error.to_string(), "encoding must be 'ASCII', 'latin1', or 'bytes'");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}
