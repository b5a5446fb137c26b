//! Arrays one after another in a stream.

use std::io::Read;

use super::FromNpy;
use super::head::header_next;
use super::read::array_next;
use crate::source::{Input, Stream};
use crate::{DynArray, ErrorKind, Limits, Result};

/// Reads the arrays that NumPy saved one after another into one stream: a file, a pipe, a socket, a decompressor. It
/// never seeks and never reads past the array it is asked for; wrap a source of small reads in a
/// [`BufReader`](std::io::BufReader).
///
/// Memory grows as bytes come: a header that claims more than the stream holds costs nothing.
///
/// ```
/// use numio::npy::Reader;
///
/// let mut stream = Vec::new();
/// numio::save_to(&mut stream, &[1.5, 2.5])?;
/// numio::save_to(&mut stream, &[7_u8])?;
///
/// let mut reader = Reader::new(&stream[..]);
/// assert_eq!(reader.read::<Vec<f64>>()?, [1.5, 2.5]);
/// assert_eq!(reader.read::<Vec<u8>>()?, [7]);
/// assert_eq!(reader.read::<Vec<u8>>().unwrap_err().kind(), numio::ErrorKind::EndOfStream);
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    stream: Stream<R>,
    limits: Limits,
}

impl<R: Read> Reader<R> {
    /// Reads from where `inner` stands.
    pub fn new(inner: R) -> Self {
        Self::with_limits(inner, Limits::default())
    }

    /// Reads under limits of the caller's choosing.
    pub fn with_limits(inner: R, limits: Limits) -> Self {
        Self { stream: Stream::new(inner), limits }
    }

    /// The next array.
    ///
    /// # Errors
    /// `EndOfStream` where the stream ends before it; `InvalidData` where it ends within it, or what comes is no array; else as
    /// [`NpyFile::read`](super::NpyFile::read). Offsets count from where the reader started.
    pub fn read<A: FromNpy>(&mut self) -> Result<A> {
        let header = header_next(&mut self.stream, b"", self.limits.max_header_chars)?;
        array_next(&mut self.stream, header, &self.limits)
    }

    /// How many bytes have been read.
    pub fn offset(&self) -> u64 {
        self.stream.offset()
    }

    /// What is left of the stream, right after the last array read.
    pub fn into_inner(self) -> R {
        self.stream.into_inner()
    }
}

/// The arrays until the stream ends. After an error, what comes next is most likely another.
impl<R: Read> Iterator for Reader<R> {
    type Item = Result<DynArray>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.read() {
            Err(error) if error.kind() == ErrorKind::EndOfStream => None,
            result => Some(result),
        }
    }
}
