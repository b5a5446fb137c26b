//! Which format a file is of.

use std::fmt;

use crate::error::Cause;
use crate::{Container, Error, ErrorKind, npy};

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// There are no bytes.
    Nothing,
    /// They end inside the magic of `.npy`. No pickle starts so.
    Stub,
    Npy,
    Zip,
    /// Whatever is none of the others.
    Pickle,
}

impl Format {
    /// An archive without members starts with its end.
    const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

    pub(crate) fn of(head: &[u8]) -> Self {
        if head.is_empty() {
            Self::Nothing
        } else if npy::header::MAGIC.starts_with(head) && head.len() < npy::header::MAGIC.len() {
            Self::Stub
        } else if head.starts_with(&npy::header::MAGIC) {
            Self::Npy
        } else if Self::ZIP.iter().any(|magic| head.starts_with(magic)) {
            Self::Zip
        } else {
            Self::Pickle
        }
    }

    /// Whether more than `head` is needed to tell.
    pub(crate) fn may_start(head: &[u8]) -> bool {
        let magics = Self::ZIP.into_iter().chain([&npy::header::MAGIC[..]]);
        magics.into_iter().any(|magic| head.len() < magic.len() && magic.starts_with(head))
    }

    /// Why what ends so early is refused.
    pub(crate) fn refusal(self) -> Error {
        match self {
            Self::Nothing => Error::new(ErrorKind::EndOfStream, "no data left in file").at(0),
            _ => Error::new(ErrorKind::InvalidData, "the file ends inside the magic of a .npy file").at(0),
        }
    }
}

/// A file of no known format was taken for a pickle, and is none.
pub(crate) fn not_a_pickle(error: Error) -> Error {
    match error.kind() {
        kind @ (ErrorKind::InvalidData | ErrorKind::Unsupported | ErrorKind::Encoding) => {
            Error::from(NotAPickle { kind, why: error.message() }).at(error.offset().unwrap_or(0))
        }
        _ => error,
    }
}

#[derive(Debug)]
struct NotAPickle {
    kind: ErrorKind,
    why: String,
}

impl Cause for NotAPickle {
    fn kind(&self) -> ErrorKind {
        self.kind
    }

    fn container(&self) -> Option<Container> {
        Some(Container::Pickle)
    }
}

/// The words are NumPy's.
impl fmt::Display for NotAPickle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to interpret the file as a pickle: {}", self.why)
    }
}
