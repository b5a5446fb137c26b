//! Reasons for which a command stops, and their exit codes.

use std::borrow::Cow;
use std::fmt;
use std::io;

use numio::ErrorKind;

/// The reason for which a command stops.
#[derive(Debug)]
pub enum Failure {
    /// A file is not what it should be: exit code 1.
    Library(numio::Error),
    /// Files cannot be compared, because one is not what it should be: exit code 2.
    Trouble(numio::Error),
    /// The arguments make no sense: exit code 2.
    Usage(String),
    /// Standard output could not be written: exit code 1; 0 and no message if the reader went away.
    Output(io::Error),
}

impl Failure {
    /// Adds the name of the file.
    pub fn of(self, name: &str) -> Self {
        match self {
            Self::Library(error) => Self::Library(error.with_path(name)),
            Self::Trouble(error) => Self::Trouble(error.with_path(name)),
            other => other,
        }
    }

    /// Returns whether the command was told to stop.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Library(error) | Self::Trouble(error) if error.kind() == ErrorKind::Cancelled)
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        let went_away = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        match self {
            Self::Output(error) if went_away(error) => 0,
            Self::Library(error) if error.io_error().is_some_and(went_away) => 0,
            _ if self.is_stopped() => 130,
            Self::Usage(_) | Self::Trouble(_) => 2,
            Self::Library(_) | Self::Output(_) => 1,
        }
    }
}

/// Replaces the advice to programs in the library's messages by advice for the shell.
pub fn advice(message: &str) -> Cow<'_, str> {
    const INSTEAD: [(&str, &str); 7] = [
        (
            "adjust `max_header_size` or fully trust the `.npy` file using `allow_pickle=True`.",
            "add --max-header-size.",
        ),
        (
            ": raise Limits::max_compression_ratio (max_ratio in Python) if the file is trusted",
            ": add --max-ratio if the file is trusted",
        ),
        (": raise Limits::", " (Limits::"),
        ("use loadtxt or genfromtxt", "`numio convert` reads it"),
        (
            "loadtxt reads compressed text as it is",
            "`numio convert` reads compressed text as it is, and `numio show` a compressed pickle",
        ),
        ("so not an array: read its bytes instead", "so not an array: `numio unpack` writes it to a file"),
        (": name the text's encoding", ": --encoding names the text's encoding"),
    ];
    let mut text = Cow::Borrowed(message);
    for (programs, shell) in INSTEAD {
        if let Some((before, after)) = text.split_once(programs) {
            let close = if shell.starts_with(" (") { ")" } else { "" };
            text = Cow::Owned(format!("{before}{shell}{after}{close}"));
        }
    }
    text
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library(error) | Self::Trouble(error) => f.write_str(&advice(&error.to_string())),
            Self::Usage(message) => f.write_str(&numio::redact_urls(message)),
            Self::Output(error) => write!(f, "standard output: {error}"),
        }
    }
}

impl From<numio::Error> for Failure {
    fn from(error: numio::Error) -> Self {
        Self::Library(error)
    }
}

impl From<numio::pickle::Error> for Failure {
    fn from(error: numio::pickle::Error) -> Self {
        Self::Library(error.into())
    }
}

/// The library does all reading; the command's only I/O of its own is writing to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
