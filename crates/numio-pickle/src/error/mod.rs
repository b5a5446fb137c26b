//! The error type: the fault, the opcode, and the byte.
//!
//! [`Error`] is the size of one pointer. The causes are private enums, one for each way to use the crate ([`cause`]): reading a
//! pickle, asking its values for types, writing one.

use std::fmt::{self, Write};
use std::io;

use crate::repr::escape_controls;

mod cause;

pub(crate) use self::cause::{AccessError, PicklingError, UnpicklingError};

/// The return type of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of fault that an [`Error`] is: enough to decide the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The stream or the allocator failed: [`Error::io_error`] has the cause.
    Io,
    /// There is no pickle: the data is at its end.
    EndOfStream,
    /// The bytes are no pickle: malformed, truncated, or contradicting themselves.
    InvalidData,
    /// The pickle is well formed and uses a feature that is not supported: a newer protocol, an unregistered extension.
    Unsupported,
    /// A bound of [`Limits`](crate::Limits) would be passed.
    LimitExceeded,
    /// A [`Policy`](crate::Policy) has refused a global.
    NotAllowed,
    /// The caller's arguments do not fit each other or the pickle.
    InvalidInput,
    /// A key that is not in a dict.
    NotFound,
    /// A string that the chosen encoding, or Rust's `str`, cannot carry.
    Encoding,
    /// A [checkpoint](crate::GraphLoader::checkpoint) has stopped the call.
    Cancelled,
}

/// The reason that a call failed, and where: the opcode, and the byte at which it stands.
///
/// ```
/// use numio_pickle::ErrorKind;
///
/// let error = numio_pickle::load(b"\x80\x04K\x01K\x02e.").unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (ErrorKind::InvalidData, Some(6)));
/// assert_eq!(error.to_string(), "byte 6: APPENDS: wants a mark, and there is none on the stack");
/// ```
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    cause: Cause,
    /// The opcode's name, if the cause does not start with one.
    op: Option<&'static str>,
    offset: Option<u64>,
}

#[derive(Debug)]
enum Cause {
    Unpickling(UnpicklingError),
    Access(AccessError),
    Pickling(PicklingError),
    Io(io::Error),
    /// The message of a caller's own error.
    Message(ErrorKind, String),
    /// The error of a visitor, a policy, a checkpoint or a hook.
    Other(ErrorKind, Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// An error with a message of its own, for implementations of this crate's traits.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Cause::Message(kind, message.into()).into()
    }

    /// An error with another error as its cause, for implementations of this crate's traits. It prints as `source` does;
    /// [`downcast`](Self::downcast) returns it.
    pub fn other(kind: ErrorKind, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Cause::Other(kind, source.into()).into()
    }

    /// The error that [`other`](Self::other) was called with, if it is of this type.
    ///
    /// # Errors
    /// This error, unchanged, if it is not.
    pub fn downcast<E: std::error::Error + 'static>(self) -> Result<E, Self> {
        let Inner { cause, op, offset } = *self.0;
        let cause = match cause {
            Cause::Other(kind, source) => match source.downcast() {
                Ok(source) => return Ok(*source),
                Err(source) => Cause::Other(kind, source),
            },
            cause => cause,
        };
        Err(Self(Box::new(Inner { cause, op, offset })))
    }

    /// The kind of fault.
    pub fn kind(&self) -> ErrorKind {
        match &self.0.cause {
            Cause::Unpickling(error) => error.kind(),
            Cause::Access(error) => error.kind(),
            Cause::Pickling(error) => error.kind(),
            Cause::Io(_) => ErrorKind::Io,
            Cause::Message(kind, _) | Cause::Other(kind, _) => *kind,
        }
    }

    /// The byte of the pickle at which it happened, if that is known.
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The name of the opcode that failed, if the message starts with it and is otherwise another error's.
    pub fn opcode(&self) -> Option<&'static str> {
        self.0.op
    }

    /// The error of the stream or the allocator, if there is one.
    pub fn io_error(&self) -> Option<&io::Error> {
        match &self.0.cause {
            Cause::Io(error) => Some(error),
            _ => None,
        }
    }

    /// The error of the stream or the allocator by value.
    ///
    /// # Errors
    /// This error, unchanged, if it has none.
    pub fn into_io_error(self) -> Result<io::Error, Self> {
        let Inner { cause, op, offset } = *self.0;
        match cause {
            Cause::Io(error) => Ok(error),
            cause => Err(Self(Box::new(Inner { cause, op, offset }))),
        }
    }

    /// True if the content of a pickle is at fault: not the caller's arguments, the chosen encoding, or the stream.
    pub fn is_pickle_fault(&self) -> bool {
        match &self.0.cause {
            Cause::Unpickling(error) => error.kind() != ErrorKind::Encoding,
            Cause::Access(_) => true,
            Cause::Pickling(_) | Cause::Io(_) | Cause::Message(..) | Cause::Other(..) => false,
        }
    }

    /// The message without the offset.
    pub fn message(&self) -> String {
        escape_controls(&self.0.to_string()).into_owned()
    }

    /// Adds the offset; one that is already known stays.
    #[must_use]
    pub fn with_offset(mut self, offset: u64) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// Moves the offset, known relative to a part, by the offset of that part.
    #[must_use]
    pub(crate) fn shifted(mut self, base: u64) -> Self {
        self.0.offset = self.0.offset.map(|offset| offset.saturating_add(base));
        self
    }

    /// Adds the name and the offset of the opcode to an error that does not have them.
    #[cold]
    pub(crate) fn with_op(mut self, op: &'static str, offset: usize) -> Self {
        // Of a lack of memory the kind tells all.
        let is_labelled = match &self.0.cause {
            Cause::Unpickling(error) => error.is_labelled(),
            Cause::Io(_) => true,
            _ => false,
        };
        if !is_labelled {
            self.0.op.get_or_insert(op);
        }
        self.with_offset(offset as u64)
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self(Box::new(Inner { cause, op: None, offset: None }))
    }
}

impl From<UnpicklingError> for Error {
    #[cold]
    fn from(error: UnpicklingError) -> Self {
        Cause::Unpickling(error).into()
    }
}

impl From<AccessError> for Error {
    fn from(error: AccessError) -> Self {
        Cause::Access(error).into()
    }
}

impl From<PicklingError> for Error {
    fn from(error: PicklingError) -> Self {
        Cause::Pickling(error).into()
    }
}

/// An error of this crate that was passed through `std::io` comes out as it went in.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(|error| Cause::Io(error).into())
    }
}

/// For implementations of traits whose errors are those of `std::io`.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        error.into_io_error().unwrap_or_else(Self::other)
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(op) = self.op {
            write!(f, "{op}: ")?;
        }
        match &self.cause {
            Cause::Unpickling(error) => error.fmt(f),
            Cause::Access(error) => error.fmt(f),
            Cause::Pickling(error) => error.fmt(f),
            Cause::Io(error) => error.fmt(f),
            Cause::Message(_, text) => f.write_str(text),
            Cause::Other(_, error) => error.fmt(f),
        }
    }
}

/// Escapes text on its way out: messages quote names and strings of pickles, none of which may steer a terminal.
struct Escaped<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(&escape_controls(text))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Escaped(f);
        if let Some(offset) = self.0.offset {
            write!(out, "byte {offset}: ")?;
        }
        write!(out, "{}", self.0)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.kind())
    }
}

/// The message includes that of the cause, and so the source is the cause's own source: reports that print an error and its
/// sources repeat nothing.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::Io(error) => error.source(),
            Cause::Other(_, error) => error.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn error_is_one_word_wide() {
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn error_of_another_crate_comes_out_as_it_went_in() {
        /// An error with a source.
        #[derive(Debug)]
        struct Outer(io::Error);

        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the disk is gone")
            }
        }

        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }

        let inner = io::Error::other(Outer(io::Error::other("someone took it")));
        let error = Error::other(ErrorKind::Cancelled, inner).with_op("REDUCE", 7);
        assert_eq!(error.to_string(), "byte 7: REDUCE: the disk is gone");
        assert_eq!(error.source().unwrap().to_string(), "someone took it");
        let error = error.downcast::<fmt::Error>().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Cancelled, Some(7)));
        assert_eq!(error.downcast::<io::Error>().unwrap().to_string(), "the disk is gone");
    }

    #[test]
    fn io_error_made_of_an_error_gives_it_back() {
        let error = Error::new(ErrorKind::LimitExceeded, "too much").with_offset(3);
        let error = Error::from(io::Error::from(error));
        assert_eq!((error.kind(), error.offset()), (ErrorKind::LimitExceeded, Some(3)));
        let error = Error::from(io::Error::from(io::ErrorKind::OutOfMemory)).with_op("MARK", 2);
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Io, Some(2)));
        assert!(!error.to_string().contains("MARK"));
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::OutOfMemory);
    }

    #[test]
    fn text_of_pickles_does_not_steer_a_terminal() {
        let error = Error::new(ErrorKind::NotFound, "no \x1b[2J");
        assert_eq!((error.to_string(), error.message()), ("no \\x1b[2J".into(), "no \\x1b[2J".into()));
    }
}
