//! Sources of bytes: positioned reads over files, slices and maps.

use std::path::PathBuf;
use std::{fmt, io};

use crate::ErrorKind;
use crate::error::Cause;

mod access;
mod atomic;
mod contents;
mod handles;
pub(crate) mod mmap;
mod ranges;
pub(crate) mod read_at;
mod temporary;

pub(crate) use crate::io::access::LockedFile;
pub use crate::io::atomic::AtomicFile;
pub(crate) use crate::io::contents::{allocate, copy, reserve};
pub(crate) use crate::io::handles::{is_same, open_to_write, settle};
pub use crate::io::mmap::MmapMode;
pub(crate) use crate::io::mmap::{AdvisePages as Pages, Page, give_back, huge_pages};
pub(crate) use crate::io::mmap::{Follow, Map};
pub use crate::io::ranges::ReadRange;
pub use crate::io::read_at::FileStream;
pub(crate) use crate::io::read_at::Seekable;
pub(crate) use crate::io::read_at::read_parallel;
pub(crate) use crate::io::read_at::{Input, Stream};
pub(crate) use crate::io::read_at::{OpenedFile, open, refuse_directory, write_all_at};

/// Bytes that can be read at any position, from several threads at once.
pub trait ReadAt: Send + Sync {
    /// Fills `buf` with the bytes from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` if the source ends before `buf` is full; else errors of the operating system.
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()>;

    /// The number of bytes.
    ///
    /// # Errors
    /// Errors of the operating system.
    fn len(&self) -> io::Result<u64>;

    /// Fills several buffers, each with the bytes from an offset of its own. The default fills one after the other; sources
    /// for which each read is a request to a server, or waits for a disk, have many of them under way at once.
    ///
    /// # Errors
    /// As [`read_exact_at`](Self::read_exact_at).
    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        ranges.iter_mut().try_for_each(|range| self.read_exact_at(range.buf, range.offset))
    }

    /// The same bytes by a descriptor of its own, for a thread that reads them in order from `offset` on: the system then reads
    /// ahead for each thread. `None` where the first of them is in memory, and by default: nothing is gained there.
    #[doc(hidden)]
    fn stream_from(&self, offset: u64) -> Option<Box<dyn ReadAt + '_>> {
        let _ = offset;
        None
    }

    /// Fills `buf` and returns true if all of it is in memory. Returns false if it is on a disk of this machine, which one reader
    /// in order keeps busier than several with a few megabytes each; `None` otherwise, and by default.
    #[doc(hidden)]
    fn read_if_cached(&self, buf: &mut [u8], offset: u64) -> Option<bool> {
        let _ = (buf, offset);
        None
    }

    /// Returns whether there are no bytes.
    ///
    /// # Errors
    /// As [`len`](Self::len).
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

impl ReadAt for [u8] {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let end = start.checked_add(buf.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        let found = self.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?;
        buf.copy_from_slice(found);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(<[u8]>::len(self) as u64)
    }
}

impl<R: ReadAt + ?Sized> ReadAt for &R {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        (**self).read_exact_at(buf, offset)
    }

    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        (**self).read_ranges(ranges)
    }

    fn stream_from(&self, offset: u64) -> Option<Box<dyn ReadAt + '_>> {
        (**self).stream_from(offset)
    }

    fn read_if_cached(&self, buf: &mut [u8], offset: u64) -> Option<bool> {
        (**self).read_if_cached(buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        (**self).len()
    }
}

impl<R: ReadAt + ?Sized> ReadAt for std::sync::Arc<R> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        (**self).read_exact_at(buf, offset)
    }

    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        (**self).read_ranges(ranges)
    }

    fn stream_from(&self, offset: u64) -> Option<Box<dyn ReadAt + '_>> {
        (**self).stream_from(offset)
    }

    fn read_if_cached(&self, buf: &mut [u8], offset: u64) -> Option<bool> {
        (**self).read_if_cached(buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        (**self).len()
    }
}

#[derive(Debug)]
pub(crate) enum Fault {
    /// The new file could not be made next to the old one.
    NoSibling { directory: PathBuf, error: io::Error },
    /// The path leads through more symbolic links than the system follows.
    TooManyLinks,
    /// Another has the file locked.
    Locked(io::Error),
    /// Another has replaced the file that was locked.
    Replaced(io::Error),
    /// Another has made the file that was not there.
    Made(io::Error),
    /// A file that can only be written from its start on.
    Descriptor,
}

impl Fault {
    pub(crate) fn locked() -> Self {
        #[cfg(target_os = "linux")]
        return Self::Locked(rustix::io::Errno::AGAIN.into());
        #[cfg(not(target_os = "linux"))]
        Self::Locked(io::ErrorKind::WouldBlock.into())
    }

    pub(crate) fn replaced() -> Self {
        #[cfg(target_os = "linux")]
        return Self::Replaced(rustix::io::Errno::STALE.into());
        #[cfg(not(target_os = "linux"))]
        Self::Replaced(io::ErrorKind::StaleNetworkFileHandle.into())
    }

    pub(crate) fn made() -> Self {
        #[cfg(target_os = "linux")]
        return Self::Made(rustix::io::Errno::EXIST.into());
        #[cfg(not(target_os = "linux"))]
        Self::Made(io::ErrorKind::AlreadyExists.into())
    }
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Descriptor => ErrorKind::InvalidInput,
            _ => ErrorKind::Io,
        }
    }

    fn io_error(&self) -> Option<&io::Error> {
        match self {
            Self::NoSibling { error, .. }
            | Self::Locked(error)
            | Self::Replaced(error)
            | Self::Made(error) => Some(error),
            Self::TooManyLinks | Self::Descriptor => None,
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
            Self::Made(_) => {
                f.write_str("another has made the file meanwhile, and nothing was added to it: try again")
            }
            Self::Descriptor => {
                f.write_str("an open descriptor, which can only be written: name the file to append to it")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_files_have_these_messages() {
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
        assert_eq!(
            Fault::made().to_string(),
            "another has made the file meanwhile, and nothing was added to it: try again"
        );
        assert_eq!(
            Fault::Descriptor.to_string(),
            "an open descriptor, which can only be written: name the file to append to it"
        );
    }
}
