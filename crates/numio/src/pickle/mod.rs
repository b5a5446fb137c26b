//! Python's pickles, read without running anything.
//!
//! A pickle is a program for a small stack machine. Each instruction is one byte, the opcode ([`Op`]), and for some an
//! argument behind it: a number, a counted text, a line. Most opcodes push a value or put the topmost ones into a
//! container; PUT and MEMOIZE store the top in a *memo* from which GET brings it back, which is how sharing and cycles
//! are written. Protocol 0 is text, 1 brought binary numbers and lengths, 2 classes without their constructors, 3 bytes,
//! 4 lengths beyond 4 GiB and *frames* that can be read in one piece, 5 buffers that travel beside the pickle (PEP 3154,
//! PEP 574, CPython's `Lib/pickletools.py`).
//!
//! Some opcodes look a name up in a module and call what is there, whatever that is: to load a pickle with Python is to
//! run it. Nothing here does. From left to right, each knowing only those before it:
//!
//! - [`Decoder`] splits bytes into instructions; [`dis`] prints them as `pickletools` does.
//! - [`Machine`] runs instructions over a [`Factory`], which makes the values, after asking a [`Policy`] for every
//!   global.
//! - [`Graph`] is what the factory of this crate makes: values in an arena, with identity and cycles. Calls stay calls,
//!   unless they have the exact form in which Python writes one of the types of its standard library.
//! - [`audit`] tells what loading with Python would import, call and change.
//! - [`dump`] and [`Dumper`] write values out again, as CPython would.
//! - [`load`] and [`Loader`] go all the way from bytes to a graph; [`Object`] reads it.
//!
//! ```
//! // pickle.dumps({"name": "numio", "when": datetime.date(2026, 1, 31)})
//! let bytes = b"\x80\x04\x95:\0\0\0\0\0\0\0}\x94(\x8c\x04name\x94\x8c\x05numio\x94\x8c\x04when\x94\x8c\x08datetime\x94\
//!     \x8c\x04date\x94\x93\x94C\x04\x07\xea\x01\x1f\x94\x85\x94R\x94u.";
//! let graph = numio::pickle::load(bytes)?;
//! let root = graph.root();
//! assert_eq!(root.get("name")?.as_str()?, "numio");
//! assert_eq!(format!("{root:?}"), "{'name': 'numio', 'when': datetime.date(2026, 1, 31)}");
//! # Ok::<(), numio::Error>(())
//! ```

use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind};

mod audit;
mod decode;
mod dis;
mod encode;
mod error;
mod factory;
mod graph;
mod int;
mod load;
mod machine;
mod opcodes;
mod rename;

pub use crate::pickle::audit::{Act, Audit, AuditBudget, Finding, Verdict, audit, byte_strings};
pub(crate) use crate::pickle::audit::{Judgement, audit_with, danger, is_harmless};
pub use crate::pickle::decode::Leaf;
pub use crate::pickle::decode::{Arg, Decoder, Instruction};
pub use crate::pickle::dis::dis;
#[cfg(feature = "serde")]
pub use crate::pickle::encode::dump_value;
pub use crate::pickle::encode::{Dumper, Protocol, dump};
pub(crate) use crate::pickle::encode::{Filled, Filling, GraphWriter, Writer};
pub use crate::pickle::factory::{AnyGlobal, Factory, Given, How, Inserted, Policy};
pub use crate::pickle::graph::{
    Call, Date, DateTime, Dict, Global, Graph, IntoItems, IntoPairs, Items, JoblibElements, Object, Shape,
    Text, Time, TimeDelta, TimeZone, Value,
};
pub(crate) use crate::pickle::graph::{
    Did, Effort, JOBLIB_WRAPPER, Piece, Pieces, Texts, Within, json_float, json_text,
};
pub use crate::pickle::int::Int;
pub use crate::pickle::load::{Loader, load};
pub use crate::pickle::machine::Machine;
pub use crate::pickle::opcodes::Op;

/// How the `str` of Python 2, which is bytes without a named encoding, is read: NumPy's `encoding=`. Numbers in raw
/// array data come through unharmed under `Latin1` and `Bytes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// As text in ASCII; any other byte is an error. The default.
    #[default]
    Ascii,
    /// As text, each byte one character.
    Latin1,
    /// As bytes.
    Bytes,
}

impl FromStr for Encoding {
    type Err = Error;

    /// Python's spellings: `ASCII`, `latin1` and `bytes`.
    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "ASCII" => Ok(Self::Ascii),
            "latin1" => Ok(Self::Latin1),
            "bytes" => Ok(Self::Bytes),
            // NumPy's own words.
            _ => Err(Error::new(ErrorKind::InvalidInput, "encoding must be 'ASCII', 'latin1', or 'bytes'")),
        }
    }
}

impl fmt::Display for Encoding {
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
        for encoding in [Encoding::Ascii, Encoding::Latin1, Encoding::Bytes] {
            assert_eq!(encoding.to_string().parse::<Encoding>().unwrap(), encoding);
        }
        for name in ["utf-8", "ascii", "latin-1", ""] {
            let error = name.parse::<Encoding>().unwrap_err();
            assert_eq!(error.to_string(), "encoding must be 'ASCII', 'latin1', or 'bytes'");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}
