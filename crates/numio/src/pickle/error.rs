//! What can be wrong with a pickle.

use std::fmt;

use super::opcodes::Op;
use crate::error::{Cause, Container, Error, ErrorKind};

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
    Underflow,
    /// There are values, but under a mark.
    UnderMark,
    NoMark,
    OddItems(usize),
    NoMemo(u64),
    Protocol(i64),
    FrameShort {
        wanted: u64,
        left: usize,
    },
    FrameCrossed,
    /// The elements of an array that joblib wrote.
    Elements {
        wanted: u64,
        left: usize,
    },
    FrameInFrame,
    NoNames,
    Extension(i64),
    Objects(u64),
    /// This byte of a Python 2 string.
    NotAscii(u8),
    Arguments {
        wanted: &'static str,
        found: &'static str,
    },
    NoBuffer(usize),
    /// What `pickletools.dis` would not go past.
    Insane(String),
}

impl Fault {
    /// The error, at the byte where the opcode stands.
    #[cold]
    pub(crate) fn at(self, offset: usize) -> Error {
        Error::from(self).with_offset(offset as u64)
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
    /// A string that needs another encoding is no fault of the pickle's.
    fn container(&self) -> Option<Container> {
        (self.kind() != ErrorKind::Encoding).then_some(Container::Pickle)
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty => ErrorKind::EndOfStream,
            Self::Protocol(_) | Self::Extension(_) => ErrorKind::Unsupported,
            Self::Objects(_) => ErrorKind::LimitExceeded,
            Self::NotAscii(_) => ErrorKind::Encoding,
            Self::NoBuffer(_) => ErrorKind::InvalidInput,
            _ => ErrorKind::InvalidData,
        }
    }

    fn is_labelled(&self) -> bool {
        matches!(
            self,
            Self::Short { .. } | Self::NoNewline { .. } | Self::NegativeLength { .. } | Self::Value { .. }
        )
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
            Self::Underflow => f.write_str("wants more items than the stack holds"),
            Self::UnderMark => f.write_str("wants more items than lie above the mark"),
            Self::NoMark => f.write_str("wants a mark, and there is none on the stack"),
            Self::OddItems(count) => write!(f, "wants keys and values in turn, found {count} items"),
            Self::NoMemo(index) => write!(f, "the memo holds nothing under {index}"),
            Self::Protocol(protocol) => write!(f, "protocol {protocol} is newer than 5, the newest known"),
            Self::FrameShort { wanted, left } => {
                write!(f, "wants {wanted} bytes, and {left} remain: the pickle is truncated")
            }
            Self::FrameCrossed => f.write_str("the frame ends in the middle of the instruction"),
            Self::Elements { wanted, left } => {
                write!(
                    f,
                    "the elements of an array take {wanted} bytes, and {left} remain: the pickle is truncated"
                )
            }
            Self::FrameInFrame => f.write_str("a frame starts before the one around it has ended"),
            Self::NoNames => f.write_str("wants a module and a name, both strings"),
            Self::Extension(code) => {
                write!(f, "extension {code} is not registered: name the global that it stands for")
            }
            Self::Objects(most) => {
                write!(f, "the pickle makes more than {most} objects: raise Limits::max_pickle_objects")
            }
            Self::NotAscii(byte) => write!(
                f,
                "byte {byte:#04x} in a Python 2 string is not ASCII: pass the encoding 'latin1', or 'bytes'"
            ),
            Self::Arguments { wanted, found } => write!(f, "expected {wanted} of arguments, found {found}"),
            Self::NoBuffer(0) => f.write_str("wants a buffer from beside the pickle, and none was given"),
            Self::NoBuffer(given) => {
                write!(f, "wants one buffer more from beside the pickle than the {given} that were given")
            }
            Self::Insane(text) => f.write_str(text),
        }
    }
}
