//! The causes of errors: one enum for reading a pickle, one for asking its values for types, one for writing.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::opcodes::Op;

/// A fault of a pickle that is read.
#[derive(Debug)]
pub(crate) enum UnpicklingError {
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
    /// The data behind an object.
    InlineShort {
        wanted: u64,
        left: usize,
    },
    InlineTwice,
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
    /// An object that does not take what is added to it.
    NotAddable {
        wanted: &'static str,
        found: &'static str,
    },
    /// A string whose byte at this index is not UTF-8.
    NotUtf8(usize),
    /// More than the indexes of a graph reach.
    TooManyObjects,
    /// A state at which `pickletools.dis` stops.
    Insane(String),
}

impl UnpicklingError {
    /// The error, at the byte of the opcode.
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

impl UnpicklingError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty => ErrorKind::EndOfStream,
            Self::Protocol(_) | Self::Extension(_) => ErrorKind::Unsupported,
            Self::Objects(_) | Self::TooManyObjects => ErrorKind::LimitExceeded,
            Self::NotAscii(_) => ErrorKind::Encoding,
            Self::NoBuffer(_) => ErrorKind::InvalidInput,
            _ => ErrorKind::InvalidData,
        }
    }

    /// True if the message starts with the name of the opcode.
    pub(crate) fn is_labelled(&self) -> bool {
        matches!(
            self,
            Self::Short { .. } | Self::NoNewline { .. } | Self::NegativeLength { .. } | Self::Value { .. }
        )
    }
}

impl fmt::Display for UnpicklingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no pickle: the data has ended"),
            Self::NoStop => f.write_str("the pickle ends before its STOP"),
            Self::UnknownOpcode(code) => write!(f, "opcode {code:#04x} does not exist in protocols 0 to 5"),
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
            Self::InlineShort { wanted, left } => {
                write!(
                    f,
                    "the data behind the object takes {wanted} bytes, and {left} remain: the pickle is truncated"
                )
            }
            Self::InlineTwice => f.write_str("the data behind the object is for one that has no items yet"),
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
            Self::NotAddable { wanted, found } => write!(f, "expected {wanted} to add to, found {found}"),
            Self::NotUtf8(at) => write!(f, "the string is not UTF-8: see its byte {at}"),
            Self::TooManyObjects => {
                f.write_str("the pickle holds more objects than a graph can: 2^31 containers, 2^32 items")
            }
            Self::Insane(text) => f.write_str(text),
        }
    }
}

/// A value that is not what the caller asks for.
#[derive(Debug)]
pub(crate) enum AccessError {
    /// Not the type that was asked for.
    Type {
        wanted: &'static str,
        found: String,
    },
    /// An integer that an `i64` does not hold.
    Large(String),
    /// A string that Rust's `str` does not hold.
    Surrogates(String),
    Key(String),
}

impl AccessError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Type { .. } | Self::Large(_) => ErrorKind::InvalidInput,
            Self::Surrogates(_) => ErrorKind::Encoding,
            Self::Key(_) => ErrorKind::NotFound,
        }
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { wanted, found } => write!(f, "expected {wanted}, found {found}"),
            Self::Large(value) => {
                write!(f, "{value} is no 64-bit integer: as_int gives integers of any size")
            }
            Self::Surrogates(text) => {
                write!(f, "surrogates stand in {text:?}, which are no text: as_text gives them")
            }
            Self::Key(key) => write!(f, "there is no key {key:?}"),
        }
    }
}

/// A value that a pickle cannot carry.
#[derive(Debug)]
pub(crate) enum PicklingError {
    /// Too large for the protocol.
    Large(&'static str),
    Name {
        name: String,
        protocol: u8,
    },
    Memo,
    /// `cls.__new__(cls, *args, **kwargs)` before protocol 4.
    NamedArguments,
    /// Something that is changed and not made.
    Change(String),
    Digits,
    /// A protocol that is not written.
    Protocol(u8),
}

impl PicklingError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Large(_) | Self::Name { .. } | Self::NamedArguments | Self::Protocol(_) => {
                ErrorKind::InvalidInput
            }
            Self::Change(_) | Self::Digits => ErrorKind::Unsupported,
            Self::Memo => ErrorKind::LimitExceeded,
        }
    }
}

impl fmt::Display for PicklingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Large(what) => write!(f, "{what} takes protocol 4"),
            Self::Name { name, protocol } => {
                write!(f, "{name:?} is no name that protocol {protocol} can carry: take protocol 4")
            }
            Self::Memo => f.write_str("a pickle cannot share more than 2^32 objects"),
            Self::NamedArguments => f.write_str("an object made with named arguments takes protocol 4"),
            Self::Change(what) => {
                write!(f, "the pickle changes {what} for the whole process, which is not written")
            }
            Self::Protocol(found) => write!(f, "pickles are written in protocols 2 to 5, not {found}"),
            Self::Digits => f.write_str("an integer of more than 4300 decimal digits is not converted"),
        }
    }
}
