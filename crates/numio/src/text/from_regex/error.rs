//! Faults of expressions and of what they find.

use std::fmt;

use crate::ErrorKind;
use crate::error::Cause;

#[derive(Debug)]
pub(super) enum Fault {
    Pattern(String),
    Plain,
    Groups {
        found: usize,
        wanted: usize,
    },
    /// The match from 0, the group from 1.
    Unfit {
        why: String,
        row: usize,
        group: usize,
    },
    /// What may still belong to one match.
    LongMatch {
        bytes: u64,
        limit: u64,
    },
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Pattern(why) if PYTHONS.iter().any(|known| why.contains(known)) => ErrorKind::Unsupported,
            Self::Unfit { .. } => ErrorKind::InvalidData,
            Self::LongMatch { .. } => ErrorKind::LimitExceeded,
            _ => ErrorKind::InvalidInput,
        }
    }
}

/// What the crate says of Python's expressions that it does not know.
const PYTHONS: [&str; 2] = ["look-around", "backreferences"];

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(why) if self.kind() == ErrorKind::Unsupported => {
                write!(f, "lookaround and back references, which Python knows, are not known here: {why}")
            }
            Self::Pattern(why) => write!(f, "no regular expression: {why}"),
            Self::Plain => f.write_str("dtype must be a structured datatype."),
            Self::Groups { found, wanted } => {
                write!(f, "could not assign tuple of length {found} to structure with {wanted} fields.")
            }
            Self::Unfit { why, row, group } => write!(f, "{why} (match {}, group {group})", row + 1),
            Self::LongMatch { bytes, limit } => write!(
                f,
                "{bytes} bytes of text may belong to one match, the limit is {limit}: raise `limits.max_array_bytes`, or use \
                 an expression that stops at line ends"
            ),
        }
    }
}
