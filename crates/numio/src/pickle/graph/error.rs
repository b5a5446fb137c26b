//! What can be wrong with how a graph is read.

use std::fmt;

use crate::error::{Cause, Container, ErrorKind};

#[derive(Debug)]
pub(super) enum Misread {
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

impl Cause for Misread {
    fn container(&self) -> Option<Container> {
        Some(Container::Pickle)
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Type { .. } | Self::Large(_) => ErrorKind::InvalidInput,
            Self::Surrogates(_) => ErrorKind::Encoding,
            Self::Key(_) => ErrorKind::NotFound,
        }
    }
}

impl fmt::Display for Misread {
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
