//! Sequential input that knows how far it has come.

use std::io::{self, Read};

use crate::parallel::{check, check_now};

/// Sequential input, whatever reader is under it.
pub trait Input {
    /// Fills `buf` as far as the stream goes, and says how far that was: less than all of it only at the end.
    ///
    /// # Errors
    /// What the reader says; interruptions are not errors.
    fn fill(&mut self, buf: &mut [u8]) -> io::Result<usize>;

    /// How many bytes have been read.
    fn offset(&self) -> u64;
}

/// A reader that counts, so that errors can name the byte.
#[derive(Debug)]
pub(crate) struct Stream<R> {
    inner: R,
    offset: u64,
}

impl<R: Read> Stream<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, offset: 0 }
    }

    /// What is left of the reader.
    pub(crate) fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Input for Stream<R> {
    fn fill(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buf.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            check()?;
            match self.inner.read(rest) {
                Ok(0) => break,
                // A reader that claims more than it was given room for is not believed.
                Ok(count) => filled += count.min(rest.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => check_now()?,
                Err(error) => return Err(error),
            }
        }
        self.offset += filled as u64;
        Ok(filled)
    }

    fn offset(&self) -> u64 {
        self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, with an interruption before each.
    struct Drip<'a>(&'a [u8], bool);

    impl Read for Drip<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let end = buf.len().min(1);
            self.0.read(&mut buf[..end])
        }
    }

    #[test]
    fn fills_through_short_and_interrupted_reads() {
        let mut stream = Stream::new(Drip(b"abcdef", false));
        let mut buf = [0; 4];
        assert_eq!(stream.fill(&mut buf).unwrap(), 4);
        assert_eq!((&buf, stream.offset()), (b"abcd", 4));
        assert_eq!(stream.fill(&mut buf).unwrap(), 2);
        assert_eq!((&buf[..2], stream.offset()), (&b"ef"[..], 6));
        assert_eq!(stream.fill(&mut buf).unwrap(), 0);
    }
}
