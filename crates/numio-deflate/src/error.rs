//! The errors of this crate.

use std::{fmt, io};

/// The result of a call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason that a stream was not compressed or inflated.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Reading the source or writing the output failed, or memory did not suffice, or the
    /// [`Executor`](crate::Executor) stopped the call.
    Io(io::Error),
    /// The stream is not what deflate or gzip says.
    Malformed(&'static str),
    /// The stream ends too early: in its header, before its last block does, or in its trailer.
    Truncated,
    /// The stream inflates to another number of bytes than the caller or the stream says.
    Length {
        /// The number that was expected.
        expected: u64,
        /// The number of bytes that were inflated, where the stream ends early.
        found: Option<u64>,
    },
    /// The bytes have another CRC-32 than the stream says.
    Checksum {
        /// The CRC-32 in the stream.
        expected: u32,
        /// The CRC-32 of the bytes.
        found: u32,
    },
    /// A thread that compressed a block panicked.
    Panicked,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Malformed(what) => f.write_str(what),
            Self::Truncated => f.write_str("the stream is cut off: it ends too early"),
            Self::Length { expected, found: Some(found) } => {
                write!(f, "the stream inflates to {found} bytes, expected {expected}")
            }
            Self::Length { expected, found: None } => {
                write!(f, "the stream inflates to more than the expected {expected} bytes")
            }
            Self::Checksum { expected, found } => {
                write!(f, "the CRC-32 of the data is {found:#010x}, expected {expected:#010x}")
            }
            Self::Panicked => f.write_str("a thread that compressed a block panicked"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // The message is that of the error itself.
            Self::Io(error) => error.source(),
            _ => None,
        }
    }
}

/// An error of this crate that was passed through `std::io` comes out as it went in.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(Self::Io)
    }
}

/// For the `Read` and `Write` adapters. An error of the system comes out as it was.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Io(_) => {
                return match error {
                    Error::Io(error) => error,
                    other => Self::other(other),
                };
            }
            Error::Truncated => io::ErrorKind::UnexpectedEof,
            Error::Panicked => io::ErrorKind::Other,
            Error::Malformed(_) | Error::Length { .. } | Error::Checksum { .. } => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

/// `len` zero bytes.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn zeros(len: usize) -> Result<Vec<u8>> {
    bytemuck::try_zeroed_vec(len).map_err(|()| Error::Io(io::ErrorKind::OutOfMemory.into()))
}

/// Makes `bytes` at least `len` long.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn grow(bytes: &mut Vec<u8>, len: usize) -> Result<()> {
    bytes.try_reserve(len.saturating_sub(bytes.len())).map_err(io::Error::from)?;
    bytes.resize(len, 0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_pass_through_io_unchanged() {
        let error = Error::from(io::Error::from(Error::Checksum { expected: 1, found: 2 }));
        assert!(matches!(error, Error::Checksum { expected: 1, found: 2 }));
        let error = io::Error::from(Error::Io(io::ErrorKind::StorageFull.into()));
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(io::Error::from(Error::Truncated).kind(), io::ErrorKind::UnexpectedEof);
    }
}
