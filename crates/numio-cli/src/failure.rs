//! Reasons for which a command stops, and their exit codes.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::process::ExitCode;

use numio::ErrorKind;

use crate::text;

/// The reason for which a command stops.
#[derive(Debug)]
pub enum Failure {
    /// A file is not what it should be: exit code 1.
    Library(numio::Error),
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
            other => other,
        }
    }

    /// Prints one line if there is something to say, and returns the exit code.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Library(error)
                if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) =>
            {
                ExitCode::SUCCESS
            }
            // No message: the user pressed Ctrl-C.
            Self::Library(error) if error.kind() == ErrorKind::Cancelled => ExitCode::from(130),
            Self::Usage(_) => {
                complain(self);
                ExitCode::from(2)
            }
            Self::Library(_) | Self::Output(_) => {
                complain(self);
                ExitCode::FAILURE
            }
        }
    }
}

/// Replaces the advice to programs in the library's messages by advice for the shell.
pub fn advice(message: &str) -> Cow<'_, str> {
    const INSTEAD: [(&str, &str); 2] = [
        (
            "adjust `max_header_size` or fully trust the `.npy` file using `allow_pickle=True`.",
            "add --max-header-size.",
        ),
        (": raise Limits::", " (Limits::"),
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

/// Prints one line on standard error, ignoring write errors.
pub fn complain(what: &dyn fmt::Display) {
    use io::Write;
    let _ = writeln!(io::stderr(), "numio: {}", text::visible(&what.to_string()));
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library(error) => f.write_str(&advice(&error.to_string())),
            Self::Usage(message) => f.write_str(message),
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
