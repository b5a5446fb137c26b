//! What can be wrong with a pickle.

use std::fmt;

use super::opcodes::Op;
use crate::error::{Cause, Error, ErrorKind};

#[derive(Debug)]
pub(crate) enum Fault {
    Empty,
    NoStop,
    UnknownOpcode(u8),
    Short {
        op: Op,
        wanted: u64,
        left: usize,
    },
    NoNewline {
        op: Op,
    },
    NegativeLength {
        op: Op,
        length: i32,
    },
    /// An opcode's text or bytes are not what they should be.
    Value {
        op: Op,
        wanted: &'static str,
        found: String,
    },
    /// What `pickletools.dis` would not go past.
    Insane(String),
}

impl Fault {
    /// The error, at the byte where the opcode stands.
    #[cold]
    pub(crate) fn at(self, offset: usize) -> Error {
        Error::from(self).at(offset as u64)
    }

    /// A [`Value`](Self::Value) that quotes at most the first 40 bytes of what was found.
    #[cold]
    pub(crate) fn value(op: Op, wanted: &'static str, found: &[u8]) -> Self {
        let mut quoted = String::new();
        // Writing to a String does not fail.
        let _ = crate::repr::bytes(&mut quoted, found.get(..40).unwrap_or(found));
        if found.len() > 40 {
            quoted.push_str("...");
        }
        Self::Value { op, wanted, found: quoted }
    }
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty => ErrorKind::Eof,
            _ => ErrorKind::Format,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no pickle: the data has ended"),
            Self::NoStop => f.write_str("the pickle ends before its STOP"),
            Self::UnknownOpcode(code) => write!(f, "opcode {code:#04x} is none of protocols 0 to 5"),
            Self::Short { op, wanted, left } => {
                write!(f, "{}: wants {wanted} bytes, and {left} remain: the pickle is truncated", op.name())
            }
            Self::NoNewline { op } => {
                write!(f, "{}: wants a line, and no newline follows: the pickle is truncated", op.name())
            }
            Self::NegativeLength { op, length } => {
                write!(f, "{}: the length is negative: {length}", op.name())
            }
            Self::Value { op, wanted, found } => write!(f, "{}: expected {wanted}, found {found}", op.name()),
            Self::Insane(text) => f.write_str(text),
        }
    }
}
