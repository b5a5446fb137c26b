//! Memory maps of files: the one place that asks the kernel for one.

#![allow(unsafe_code, reason = "mapping a file is unsafe: another process may change or truncate it")]

use std::fmt::Debug;
use std::fs::File;
use std::io;

use memmap2::{Mmap, MmapMut, MmapOptions};

/// What a memory map may do to its file: NumPy's `mmap_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MmapMode {
    /// `r`: read only.
    Read,
    /// `r+`: changes go to the file, which must exist.
    ReadWrite,
    /// `w+`: the file is made anew, or emptied, and changes go to it. Only where a dtype and a shape are given.
    Create,
    /// `c`: changes stay in memory, the file is left alone.
    CopyOnWrite,
}

/// A mapped range of a file.
#[derive(Debug)]
pub(crate) struct Map {
    pages: Pages,
    /// Where it starts in the file.
    offset: u64,
    follow: Option<Box<dyn Follow>>,
    /// Whether someone was given the bytes to change.
    touched: bool,
}

#[derive(Debug)]
enum Pages {
    Read(Mmap),
    Shared(MmapMut),
    Private(MmapMut),
}

/// What a file needs elsewhere when a mapped range of it has changed: a checksum.
pub(crate) trait Follow: Debug + Send + Sync {
    /// Brings it up to date with the range's `bytes`.
    ///
    /// # Errors
    /// What the operating system says.
    fn follow(&self, bytes: &[u8]) -> io::Result<()>;
}

impl Map {
    /// Maps `len` bytes of `file` from `offset` on. `offset` need not be a multiple of the page size.
    ///
    /// # Safety
    /// While the map lives, nothing may truncate the file, and nothing may change the mapped bytes but this map.
    pub(crate) unsafe fn new(file: &File, mode: MmapMode, offset: u64, len: usize) -> io::Result<Self> {
        let mut options = MmapOptions::new();
        options.offset(offset).len(len);
        let pages = match mode {
            // SAFETY: the caller keeps the file as it is.
            MmapMode::Read => Pages::Read(unsafe { options.map(file)? }),
            // SAFETY: the caller keeps the file as it is.
            MmapMode::ReadWrite | MmapMode::Create => Pages::Shared(unsafe { options.map_mut(file)? }),
            // SAFETY: the caller keeps the file as it is.
            MmapMode::CopyOnWrite => Pages::Private(unsafe { options.map_copy(file)? }),
        };
        Ok(Self { pages, offset, follow: None, touched: false })
    }

    /// After changes, at each flush and at the end, `follow` is called too.
    pub(crate) fn followed_by(mut self, follow: Box<dyn Follow>) -> Self {
        self.follow = Some(follow);
        self
    }

    /// Where it starts in the file.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.pages {
            Pages::Read(map) => map,
            Pages::Shared(map) | Pages::Private(map) => map,
        }
    }

    /// The bytes to change, or nothing for a read-only map.
    pub(crate) fn bytes_mut(&mut self) -> Option<&mut [u8]> {
        match &mut self.pages {
            Pages::Read(_) => None,
            Pages::Shared(map) => {
                self.touched = true;
                Some(map)
            }
            Pages::Private(map) => Some(map),
        }
    }

    /// Waits until changes are on the disk; nothing to do where there can be none.
    pub(crate) fn flush(&self) -> io::Result<()> {
        self.catch_up()?;
        match &self.pages {
            Pages::Shared(map) => map.flush(),
            Pages::Read(_) | Pages::Private(_) => Ok(()),
        }
    }

    /// Flushes, and puts zeros where the file was mapped, which is let go of.
    ///
    /// # Errors
    /// What the operating system says; `Unsupported` where no system call does this at once.
    pub(crate) fn blank(&mut self) -> io::Result<()> {
        self.flush()?;
        #[cfg(target_os = "linux")]
        {
            use rustix::mm::{MapFlags, ProtFlags};
            let protection = match &self.pages {
                Pages::Read(_) => ProtFlags::READ,
                Pages::Shared(_) | Pages::Private(_) => ProtFlags::READ | ProtFlags::WRITE,
            };
            let bytes = self.bytes();
            let (start, page) = (bytes.as_ptr().addr(), rustix::param::page_size());
            let before = start % page;
            let len = (before + bytes.len()).next_multiple_of(page);
            let whole = bytes.as_ptr().wrapping_sub(before).cast_mut().cast();
            // SAFETY: the pages are those of this map, from the one in which it starts to the one in which it ends, and
            // no one borrows their bytes, for `self` is borrowed mutably. They stay readable, and writable if they were.
            unsafe {
                rustix::mm::mmap_anonymous(whole, len, protection, MapFlags::PRIVATE | MapFlags::FIXED)?;
            }
            self.follow = None;
            self.touched = false;
            Ok(())
        }
        #[cfg(not(target_os = "linux"))]
        Err(io::ErrorKind::Unsupported.into())
    }

    fn catch_up(&self) -> io::Result<()> {
        match &self.follow {
            Some(follow) if self.touched => follow.follow(self.bytes()),
            _ => Ok(()),
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // Whoever wants to know of a failure calls `flush` before.
        let _ = self.catch_up();
    }
}
