//! Limits on what decompressing may cost.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::{Codec, CompressionError};

/// The longest dictionary of an xz or LZMA file, in KiB.
#[cfg(feature = "lzma")]
pub(super) const LZMA_MEMORY: u32 = 256 << 10;

/// The largest window of a Zstandard file, as a power of two of bytes.
#[cfg(feature = "zstd")]
pub(super) const ZSTD_WINDOW: u32 = 28;

/// The largest window that is set up for an archive's member, 8 MiB: that of level 19, where levels up to 22 are rare.
#[cfg(feature = "zstd")]
pub(super) const ZSTD_MEMBER_WINDOW: u32 = 23;

/// Texts below this size are exempt from the ratio limit.
pub(crate) const UNSUSPICIOUS_TEXT: u64 = 16 << 20;

/// An input that counts how much of it has been read.
pub(super) struct Counted<R> {
    pub(super) input: R,
    pub(super) count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.input.read(out)?;
        self.count.set(self.count.get() + len as u64);
        Ok(len)
    }
}

/// A decoder that is stopped when it gives far more than it takes.
pub(super) struct Limited<'a> {
    pub(super) codec: Codec,
    pub(super) decoder: Box<dyn Read + 'a>,
    pub(super) compressed: Rc<Cell<u64>>,
    pub(super) decompressed: u64,
    /// The largest ratio.
    pub(super) limit: u64,
}

impl Read for Limited<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.decoder.read(out).map_err(|error| fault(self.codec, error))?;
        self.decompressed += len as u64;
        let (decompressed, compressed, limit) = (self.decompressed, self.compressed.get(), self.limit);
        if decompressed > UNSUSPICIOUS_TEXT && decompressed > compressed.saturating_mul(limit) {
            return Err(CompressionError::Ratio { decompressed, compressed, limit }.into_io());
        }
        Ok(len)
    }
}

/// A decoder's error: the data's fault, unless reading them failed.
pub(super) fn fault(codec: Codec, error: io::Error) -> io::Error {
    match error.kind() {
        _ if error.raw_os_error().is_some() => error,
        // An error of this crate, as when the call is cancelled.
        _ if error.get_ref().is_some_and(|inner| inner.is::<crate::Error>()) => error,
        io::ErrorKind::UnexpectedEof => CompressionError::Truncated.into_io(),
        io::ErrorKind::Interrupted => error,
        io::ErrorKind::OutOfMemory => CompressionError::Memory.into_io(),
        // The decoder has no other way to say that a window is too large.
        _ if error.to_string().contains("too much memory") => CompressionError::Memory.into_io(),
        _ => CompressionError::Damaged { codec, error }.into_io(),
    }
}
