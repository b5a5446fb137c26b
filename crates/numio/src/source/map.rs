//! Memory maps of files: the one place that asks the kernel for one.

#![allow(unsafe_code, reason = "mapping a file is unsafe: another process may change or truncate it")]

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
    Write,
    /// `c`: changes stay in memory, the file is left alone.
    Copy,
}

/// A mapped range of a file.
#[derive(Debug)]
pub(crate) enum Map {
    Read(Mmap),
    Shared(MmapMut),
    Private(MmapMut),
}

impl Map {
    /// Maps `len` bytes of `file` from `offset` on. `offset` need not be a multiple of the page size.
    ///
    /// # Safety
    /// While the map lives, nothing may truncate the file, and nothing may change the mapped bytes but this map.
    pub(crate) unsafe fn new(file: &File, mode: MmapMode, offset: u64, len: usize) -> io::Result<Self> {
        let mut options = MmapOptions::new();
        options.offset(offset).len(len);
        Ok(match mode {
            // SAFETY: the caller keeps the file as it is.
            MmapMode::Read => Self::Read(unsafe { options.map(file)? }),
            // SAFETY: the caller keeps the file as it is.
            MmapMode::ReadWrite | MmapMode::Write => Self::Shared(unsafe { options.map_mut(file)? }),
            // SAFETY: the caller keeps the file as it is.
            MmapMode::Copy => Self::Private(unsafe { options.map_copy(file)? }),
        })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Read(map) => map,
            Self::Shared(map) | Self::Private(map) => map,
        }
    }

    /// The bytes to change, or nothing for a read-only map.
    pub(crate) fn bytes_mut(&mut self) -> Option<&mut [u8]> {
        match self {
            Self::Read(_) => None,
            Self::Shared(map) | Self::Private(map) => Some(map),
        }
    }

    /// Waits until changes are on the disk; nothing to do where there can be none.
    pub(crate) fn flush(&self) -> io::Result<()> {
        match self {
            Self::Shared(map) => map.flush(),
            Self::Read(_) | Self::Private(_) => Ok(()),
        }
    }
}
