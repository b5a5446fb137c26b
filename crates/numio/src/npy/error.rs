//! Faults of headers.

use std::fmt;

use crate::ErrorKind;
use crate::error::Cause;

#[derive(Debug, Clone)]
pub(super) enum HeaderError {
    /// The first six bytes.
    Magic(Vec<u8>),
    /// Numbers of no known version.
    Version(u8, u8),
    /// The file ends within: what, how many bytes it takes, how many there are.
    Short { what: &'static str, wanted: usize, found: usize },
    /// Characters of a text that passes the limit.
    Long(usize),
    /// Version 3.0's text is not UTF-8.
    NotUtf8,
    /// The text is no literal: why.
    Literal(String),
    /// The text is a literal, and no dict: what it is.
    NotADict(String),
    /// The dict has other keys than the three.
    Keys(Vec<String>),
    /// A value of the wrong kind: its key, what was wanted, what was found.
    Value { key: &'static str, wanted: &'static str, found: String },
    /// A descr that describes no dtype: why.
    Descr { why: String, kind: ErrorKind },
    /// More dimensions than an array may have.
    Dimensions(usize, ErrorKind),
    /// An array of no dimensions, which cannot grow.
    NoAxis,
    /// A dtype that no array has.
    Subarray(String, ErrorKind),
    /// A header that does not fit the version asked for.
    DoesNotFit { version: (u8, u8), why: &'static str },
}

impl Cause for HeaderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Version(..) => ErrorKind::Unsupported,
            Self::Long(_) => ErrorKind::LimitExceeded,
            Self::NoAxis | Self::DoesNotFit { .. } => ErrorKind::InvalidInput,
            Self::Descr { kind, .. } | Self::Subarray(_, kind) | Self::Dimensions(_, kind) => *kind,
            _ => ErrorKind::InvalidData,
        }
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic(found) => {
                let found = found.escape_ascii();
                write!(f, "the magic string is not correct; expected b'\\x93NUMPY', got b'{found}'")
            }
            Self::Version(major, minor) => {
                write!(f, "we only support format version (1,0), (2,0), and (3,0), not ({major}, {minor})")
            }
            Self::Short { what, wanted, found } => {
                write!(f, "EOF: reading {what}, expected {wanted} bytes got {found}")
            }
            Self::Long(chars) => write!(
                f,
                "Header info length ({chars}) is large and may not be safe to load securely.\nTo allow loading, adjust \
                 `max_header_size` or fully trust the `.npy` file using `allow_pickle=True`.\nFor safety against large \
                 resource use or crashes, sandboxing may be necessary."
            ),
            Self::NotUtf8 => f.write_str("the header of version 3.0 is not UTF-8"),
            Self::Literal(why) => write!(f, "cannot parse the header: {why}"),
            Self::NotADict(found) => write!(f, "the header is not a dictionary: {found}"),
            Self::Keys(found) => write!(
                f,
                "the header must have the keys 'descr', 'fortran_order' and 'shape', found {}",
                if found.is_empty() { "none".to_owned() } else { found.join(", ") }
            ),
            Self::Value { key, wanted, found } => {
                write!(f, "header key '{key}': expected {wanted}, found {found}")
            }
            Self::Descr { why, .. } => write!(f, "header key 'descr': {why}"),
            Self::Dimensions(found, _) => {
                write!(f, "header key 'shape': {found} dimensions, and an array has at most 64")
            }
            Self::NoAxis => f.write_str("an array of shape () has no axis to grow along"),
            Self::Subarray(dtype, _) => write!(
                f,
                "dtype {dtype} is a subarray, which only fields have: its shape belongs after the array's"
            ),
            Self::DoesNotFit { version: (major, minor), why } => {
                write!(f, "the header does not fit format version {major}.{minor}: {why}")
            }
        }
    }
}
