//! Where bytes come from: positioned reads over files, slices and maps.

mod access;
mod advise;
mod atomic;
mod error;
mod file;
mod lock;
mod map;
mod parallel;
mod seek;
mod stream;
mod temporary;

pub(crate) use self::advise::{Page, Pages, give_back, huge_pages, huge_room, with_pages};
pub use self::atomic::AtomicFile;
pub(crate) use self::atomic::{allocate, copy, reserve};
pub(crate) use self::file::{Pipe, open, write_all_at};
pub(crate) use self::lock::LockedFile;
pub use self::map::MmapMode;
pub(crate) use self::map::{Follow, Map};
pub(crate) use self::parallel::read_parallel;
pub(crate) use self::seek::Seekable;
pub(crate) use self::stream::{Input, Stream};

use std::io;

/// Bytes that can be read at any position, from several threads at once.
pub trait ReadAt: Send + Sync {
    /// Fills `buf` with the bytes from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` where the source ends before `buf` is full; else what the operating system says.
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()>;

    /// How many bytes there are.
    ///
    /// # Errors
    /// What the operating system says.
    fn len(&self) -> io::Result<u64>;

    /// Whether there are none.
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

    fn len(&self) -> io::Result<u64> {
        (**self).len()
    }
}

impl<R: ReadAt + ?Sized> ReadAt for std::sync::Arc<R> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        (**self).read_exact_at(buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        (**self).len()
    }
}
