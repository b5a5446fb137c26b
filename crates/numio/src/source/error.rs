//! What goes wrong while a file is replaced or locked.

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
    /// Another has the file locked.
    Locked(io::Error),
    /// Another has put a new file in the place of the one that was locked.
    Replaced(io::Error),
}

impl Fault {
    pub(super) fn locked() -> Self {
        #[cfg(target_os = "linux")]
        return Self::Locked(rustix::io::Errno::AGAIN.into());
        #[cfg(not(target_os = "linux"))]
        Self::Locked(io::ErrorKind::WouldBlock.into())
    }

    pub(super) fn replaced() -> Self {
        #[cfg(target_os = "linux")]
        return Self::Replaced(rustix::io::Errno::STALE.into());
        #[cfg(not(target_os = "linux"))]
        Self::Replaced(io::ErrorKind::StaleNetworkFileHandle.into())
    }
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Io
    }

    fn io_error(&self) -> Option<&io::Error> {
        match self {
            Self::NoSibling { error, .. } | Self::Locked(error) | Self::Replaced(error) => Some(error),
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
            Self::Locked(_) => f.write_str(
                "the file is open for appending already, here or in another program: try again, or wait for it",
            ),
            Self::Replaced(_) => f.write_str(
                "another has replaced the file while it was open for appending: nothing was added to the new one",
            ),
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
        assert_eq!(
            Fault::locked().to_string(),
            "the file is open for appending already, here or in another program: try again, or wait for it"
        );
        assert_eq!(
            Fault::replaced().to_string(),
            "another has replaced the file while it was open for appending: nothing was added to the new one"
        );
    }
}
