//! What an open archive and everything made of it have in common: where its bytes are, what its directory says, how its
//! members are read.

use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use super::directory::Directory;
use super::error::Fault;
use crate::parallel::RunOptions;
use crate::pickle::Loader;
use crate::source::ReadAt;
use crate::{Limits, MmapMode, Result};

/// What clones of an archive, and maps of its members, share.
pub(super) struct Shared {
    pub(super) source: Arc<Source>,
    pub(super) path: Option<PathBuf>,
    pub(super) directory: Arc<Directory>,
    pub(super) writable: WritableMaps,
    pub(super) options: Options,
}

/// Where an archive's bytes are. Only files can be mapped.
pub(super) enum Source {
    File(File),
    Other(Box<dyn ReadAt>),
}

/// How members are read.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Who sets this has promised what a map asks for.
    pub(crate) mmap: Option<MmapMode>,
    pub(crate) allow_pickle: bool,
    /// Whether arrays of objects stay the graphs of their pickles.
    pub(crate) keep_pickle_graphs: bool,
    /// How Python objects are read, where they are allowed.
    pub(crate) loader: Loader,
    pub(crate) limits: Limits,
    /// Set where a member's header is not Python 3's.
    pub(crate) python2: Option<Arc<AtomicBool>>,
    pub(crate) run: RunOptions,
}

impl Default for Options {
    fn default() -> Self {
        let (loader, limits) = (Loader::new(), Limits::default());
        Self {
            mmap: None,
            allow_pickle: true,
            keep_pickle_graphs: false,
            loader,
            limits,
            python2: None,
            run: RunOptions::default(),
        }
    }
}

/// The members of an archive that are mapped for writing, by their indices.
#[derive(Clone, Default)]
pub(super) struct WritableMaps(Arc<Mutex<HashSet<usize>>>);

/// A member that is mapped for writing as long as this lives.
pub(super) struct Writable {
    maps: Arc<Mutex<HashSet<usize>>>,
    member: usize,
}

impl WritableMaps {
    pub(super) fn has(&self, member: usize) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&member)
    }

    /// # Errors
    /// `InvalidInput` where there is such a map.
    pub(super) fn claim(&self, member: usize) -> Result<Writable> {
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
    pub(super) fn get(&self) -> &dyn ReadAt {
        match self {
            Self::File(file) => file,
            Self::Other(other) => &**other,
        }
    }
}

/// Anything that is bytes.
pub(super) struct InMemory<B>(pub(super) B);

impl<B: AsRef<[u8]> + Send + Sync> ReadAt for InMemory<B> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> std::io::Result<()> {
        self.0.as_ref().read_exact_at(buf, offset)
    }

    fn len(&self) -> std::io::Result<u64> {
        Ok(self.0.as_ref().len() as u64)
    }
}
