//! The one error type: what went wrong, and where.
//!
//! [`Error`] is one word wide. Each room of the crate describes its own faults in a private type that implements
//! [`Cause`]; the place (path, archive member, byte) is added by whoever knows it, on the way out.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What every fallible call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of fault an [`Error`] is: enough to decide what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused: [`Error::io_error`] has its word.
    Io,
    /// There is no more data: the stream stands at its end, before an array.
    EndOfStream,
    /// The bytes are not what their format says: malformed, truncated, or contradicting themselves.
    InvalidData,
    /// The bytes are well formed, and mean something this crate does not do.
    Unsupported,
    /// A bound of [`Limits`](crate::Limits) would be passed.
    LimitExceeded,
    /// The file asks for something that the options forbid, such as pickled objects.
    NotAllowed,
    /// The caller's arguments do not fit each other or the file.
    InvalidInput,
    /// A name that was asked for is not there: a member of an archive, a key of a dictionary.
    NotFound,
    /// Text that the chosen encoding cannot carry.
    Encoding,
    /// The call was stopped by its [`CancelToken`](crate::CancelToken).
    Cancelled,
}

/// A fault of one room: its sentence, and its kind. The sentence starts in lower case and has no full stop.
pub(crate) trait Cause: fmt::Display + fmt::Debug + Send + Sync + 'static {
    fn kind(&self) -> ErrorKind;

    /// What around the array, if anything, is at fault.
    fn container(&self) -> Option<Container> {
        None
    }

    /// The operating system's error under this fault, where there is one.
    fn io_error(&self) -> Option<&io::Error> {
        None
    }
}

/// What arrays may stand in, other than a `.npy` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Container {
    /// A zip archive.
    Zip,
    /// A pickle.
    Pickle,
}

/// Why a call failed, and where: the path, the member of an archive, the byte.
///
/// Printing reads from the outside in: `a.npz: member w.npy: byte 10: ` and then what was found and what was wanted.
///
/// ```
/// let error = std::fs::read("no/such/file.npy").map_err(numio::Error::from).unwrap_err().with_path("no/such/file.npy");
/// assert_eq!(error.kind(), numio::ErrorKind::Io);
/// assert!(error.to_string().starts_with("no/such/file.npy: "));
/// ```
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    cause: Box<dyn Cause>,
    path: Option<PathBuf>,
    member: Option<String>,
    offset: Option<u64>,
}

impl Error {
    /// An error of the caller's own making, for use in implementations of this crate's traits.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::from(Message { kind, text: message.into() })
    }

    /// What kind of fault this is.
    pub fn kind(&self) -> ErrorKind {
        self.inner.cause.kind()
    }

    /// Whether it is the pickle or the zip archive that is at fault, rather than an array in it: Python has exceptions of
    /// their own for those.
    pub fn container(&self) -> Option<Container> {
        self.inner.cause.container()
    }

    /// The file in which it happened, if there was a file.
    pub fn path(&self) -> Option<&Path> {
        self.inner.path.as_deref()
    }

    /// The member of the archive in which it happened, if there was one.
    pub fn member(&self) -> Option<&str> {
        self.inner.member.as_deref()
    }

    /// The byte at which it happened, counted from the start of the file (or of the member).
    pub fn offset(&self) -> Option<u64> {
        self.inner.offset
    }

    /// The operating system's error, where there is one.
    pub fn io_error(&self) -> Option<&io::Error> {
        self.inner.cause.io_error()
    }

    /// The sentence alone: what was found and what was wanted, without the place.
    pub fn message(&self) -> String {
        self.inner.cause.to_string()
    }

    /// Names the file. The innermost name wins.
    #[must_use]
    pub fn with_path(mut self, path: impl AsRef<Path>) -> Self {
        self.inner.path.get_or_insert_with(|| path.as_ref().to_path_buf());
        self
    }

    /// Names the member of an archive. The innermost name wins.
    #[must_use]
    pub fn with_member(mut self, member: &str) -> Self {
        self.inner.member.get_or_insert_with(|| member.to_owned());
        self
    }

    /// Says at which byte; an offset that is already known stays.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.inner.offset.get_or_insert(offset);
        self
    }

    /// Gives the offset another meaning, or forgets it.
    #[must_use]
    pub(crate) fn relocated(mut self, to: impl FnOnce(u64) -> Option<u64>) -> Self {
        self.inner.offset = self.inner.offset.and_then(to);
        self
    }

    /// Moves the offset, known relative to a part, by the place at which that part starts.
    #[must_use]
    pub(crate) fn shifted(self, base: u64) -> Self {
        self.moved(|offset| offset.saturating_add(base))
    }

    /// Makes the offset, if one is known, another.
    #[must_use]
    pub(crate) fn moved(mut self, place: impl FnOnce(u64) -> u64) -> Self {
        self.inner.offset = self.inner.offset.map(place);
        self
    }
}

impl<C: Cause> From<C> for Error {
    fn from(cause: C) -> Self {
        Self { inner: Box::new(Inner { cause: Box::new(cause), path: None, member: None, offset: None }) }
    }
}

/// An error of this crate that was passed through `std::io` comes out as it went in.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(|error| Self::from(Os(error)))
    }
}

/// For implementations of traits whose errors are `std::io`'s: it comes out of them as it went in.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { cause, path, member, offset } = &*self.inner;
        if let Some(path) = path {
            write!(f, "{}: ", path.display())?;
        }
        if let Some(member) = member {
            write!(f, "member {}: ", member.escape_debug())?;
        }
        if let Some(offset) = offset {
            write!(f, "byte {offset}: ")?;
        }
        write!(f, "{cause}")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.kind())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.io_error().map(|error| error as _)
    }
}

#[derive(Debug)]
struct Os(io::Error);

impl Cause for Os {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Io
    }

    fn io_error(&self) -> Option<&io::Error> {
        Some(&self.0)
    }
}

impl fmt::Display for Os {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug)]
struct Message {
    kind: ErrorKind,
    text: String,
}

impl Cause for Message {
    fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_word_wide() {
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn passes_through_io_errors() {
        let error = Error::new(ErrorKind::LimitExceeded, "too much").at(3);
        let error = Error::from(io::Error::other(error));
        assert_eq!((error.kind(), error.offset()), (ErrorKind::LimitExceeded, Some(3)));
        assert_eq!(Error::from(io::Error::other("disk")).kind(), ErrorKind::Io);
    }

    #[test]
    fn reads_outermost_first() {
        let error =
            Error::new(ErrorKind::InvalidData, "expected a tuple of integers, found 'x'").at(4).shifted(6);
        let error = error.with_member("w.npy").with_path("a.npz").with_path("outer");
        assert_eq!(
            error.to_string(),
            "a.npz: member w.npy: byte 10: expected a tuple of integers, found 'x'"
        );
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(error.offset(), Some(10));
    }
}
