//! What goes wrong while a file is replaced.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::ErrorKind;
use crate::error::Cause;

#[derive(Debug)]
pub(super) enum Fault {
    /// The new file could not be made beside the old one.
    NoSibling { directory: PathBuf, error: io::Error },
    /// The path leads through more symbolic links than the system follows.
    TooManyLinks,
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Io
    }

    fn io_error(&self) -> Option<&io::Error> {
        match self {
            Self::NoSibling { error, .. } => Some(error),
            Self::TooManyLinks => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSibling { directory, error } => write!(
                f,
                "cannot make a file in {} ({error}): saving writes a new file there and renames it when it is \
                 complete, so the directory must exist and be writable",
                directory.display()
            ),
            Self::TooManyLinks => f.write_str("the path leads through more than 40 symbolic links"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let error = io::Error::from(io::ErrorKind::PermissionDenied);
        let fault = Fault::NoSibling { directory: "out".into(), error };
        assert_eq!(
            fault.to_string(),
            "cannot make a file in out (permission denied): saving writes a new file there and renames it when it \
             is complete, so the directory must exist and be writable"
        );
        assert_eq!(Fault::TooManyLinks.to_string(), "the path leads through more than 40 symbolic links");
    }
}
