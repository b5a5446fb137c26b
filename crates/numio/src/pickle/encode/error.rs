//! What cannot be pickled.

use std::fmt;

use super::protocol::Protocol;
use crate::error::{Cause, ErrorKind};

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
