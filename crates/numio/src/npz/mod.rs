//! `.npz`: arrays in a zip archive (`numpy/lib/_npyio_impl.py` over CPython's `zipfile.py`).
//!
//! Each member is a `.npy` file, under its array's name with `.npy` after it; other members are bytes.
//! [`NpzArchive`] reads them one by one, [`NpzWriter`] writes them. What the directory at the archive's end says of a
//! member counts: local headers must be there and have the same name, and nothing else of them is believed.
//!
//! | method | number | read | written | mapped |
//! |---|---|---|---|---|
//! | stored | 0 | on all cores | `savez` | yes |
//! | deflated | 8 | on all cores | `savez_compressed`, on all cores | no |
//! | bzip2, lzma | 12, 14 | on one core | no | no |
//! | zstd | 93 | on one core | [`Compression::Zstd`] | no |
//!
//! Whatever the method, sizes are checked before memory is taken, the CRC-32 of every byte that is read is checked, and
//! members that overlap, as in a zip bomb, are refused. A fault of one member leaves the others readable.
//!
//! **What numio writes** any reader of zip archives reads: sizes and CRCs are in the local headers, members follow one another, zip64 is used only for what needs it, all dates are 1980-01-01. Stored data start at multiples of 64
//! bytes, by an extra field of padding (`0xd935`, Android's). A deflated member of several blocks has an extra field `np`
//! in the directory that says where each block starts: every block ends at a whole byte and looks back into none before
//! it, so that they are inflated side by side. The field is proven, never believed: where the proof fails, the stream is inflated as one. Streams
//! without it are inflated from several offsets too, found by the form of block headers.

use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::io::ReadAt;
use crate::npy::OnHeader;
use crate::npz::directory::Directory;
use crate::npz::error::Fault;
use crate::parallel::{RunOptions, checkpoint};
use crate::pickle::GraphLoader;
use crate::{Limits, MmapMode, Result};

mod ahead;
mod archive;
mod directory;
mod encode;
mod error;
mod map;
mod member;
mod output;
mod read;
mod sparse;
pub(crate) mod write;
mod zip;

pub use crate::npz::ahead::{Members, ReadAhead};
pub(crate) use crate::npz::archive::Located;
pub use crate::npz::archive::{NpzArchive, NpzMember};
pub use crate::npz::encode::Compression;
pub use crate::npz::map::fix_checksums;
pub use crate::npz::member::{MemberInfo, MemberValue, MmapFallback};
pub use crate::npz::sparse::{Sparse, SparseFormat, SparseInfo};
pub use crate::npz::write::NpzWriter;
pub use crate::npz::zip::Method;

/// The state that clones of an archive, and maps of its members, share.
pub(crate) struct Shared {
    pub(crate) source: Arc<Source>,
    pub(crate) opened: Option<OpenedArchive>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) writable: WritableMaps,
    pub(crate) options: Options,
}

/// The file of an archive when it was opened by its path.
#[derive(Clone)]
pub(crate) struct OpenedArchive {
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) changed: Option<SystemTime>,
}

/// The source of an archive\'s bytes. Only files can be mapped.
pub(crate) enum Source {
    File(File),
    Other(Box<dyn ReadAt>),
}

/// The options for reading members.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Setting it promises what a map asks for.
    pub(crate) mmap: Option<MmapMode>,
    pub(crate) allow_pickle: bool,
    /// Keeps arrays of objects as the graphs of their pickles.
    pub(crate) keep_pickle_graphs: bool,
    /// The loader of Python objects, where they are allowed.
    pub(crate) loader: GraphLoader,
    pub(crate) limits: Limits,
    /// Called with the header of each member that is read or mapped.
    pub(crate) on_header: OnHeader,
    pub(crate) run: RunOptions,
}

impl Default for Options {
    fn default() -> Self {
        let (mut loader, limits) = (GraphLoader::new(), Limits::default());
        loader.checkpoint(checkpoint);
        Self {
            mmap: None,
            allow_pickle: true,
            keep_pickle_graphs: false,
            loader,
            limits,
            on_header: OnHeader::default(),
            run: RunOptions::default(),
        }
    }
}

/// The members of an archive that are mapped for writing, by their indices.
#[derive(Clone, Default)]
pub(crate) struct WritableMaps(Arc<Mutex<HashSet<usize>>>);

/// A member that is mapped for writing as long as this lives.
pub(crate) struct Writable {
    maps: Arc<Mutex<HashSet<usize>>>,
    member: usize,
}

impl WritableMaps {
    pub(crate) fn has(&self, member: usize) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&member)
    }

    /// # Errors
    /// `InvalidInput` where there is such a map.
    pub(crate) fn claim(&self, member: usize) -> Result<Writable> {
        let is_new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(member);
        match is_new {
            true => Ok(Writable { maps: Arc::clone(&self.0), member }),
            false => Err(Fault::MappedTwice.into()),
        }
    }
}

impl Drop for Writable {
    fn drop(&mut self) {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.member);
    }
}

impl Source {
    pub(crate) fn get(&self) -> &dyn ReadAt {
        match self {
            Self::File(file) => file,
            Self::Other(other) => &**other,
        }
    }
}

/// Anything that is bytes.
pub(crate) struct InMemory<B>(pub(crate) B);

impl<B: AsRef<[u8]> + Send + Sync> ReadAt for InMemory<B> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<()> {
        self.0.as_ref().read_exact_at(buf, offset)
    }

    fn len(&self) -> std::io::Result<u64> {
        Ok(self.0.as_ref().len() as u64)
    }
}
