//! Readers that seek, as sources: one read at a time.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use super::ReadAt;

/// A reader that seeks, as bytes at positions.
#[derive(Debug)]
pub(crate) struct Seekable<R>(Mutex<R>);

impl<R: Read + Seek> Seekable<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self(Mutex::new(inner))
    }
}

impl<R: Read + Seek + Send> ReadAt for Seekable<R> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        // Where it stands does not matter, so neither does what a thread that panicked left behind.
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.seek(SeekFrom::Start(offset))?;
        inner.read_exact(buf)
    }

    fn len(&self) -> io::Result<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seek(SeekFrom::End(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_at_positions() {
        let source = Seekable::new(io::Cursor::new(b"abcdef"));
        let mut buf = [0; 3];
        for (offset, wanted) in [(2, b"cde"), (0, b"abc"), (3, b"def")] {
            source.read_exact_at(&mut buf, offset).unwrap();
            assert_eq!(&buf, wanted);
        }
        assert_eq!(source.len().unwrap(), 6);
        assert!(source.read_exact_at(&mut buf, 4).is_err());
    }
}
