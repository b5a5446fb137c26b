//! Archives whose members are lazy arrays.

use std::path::Path;
use std::sync::Arc;

use numio_deflate::Part;

use crate::error::redact_urls;
use crate::io::ReadAt;
use crate::lazy::error::Fault;
use crate::lazy::file::{Cache, Compressed, FileStamp, LazyFile, Windows};
use crate::lazy::{LazyArray, LazyContents, LazyOptions, Provenance, REMOTE_HEAD, Storage};
use crate::npz::{Located, Method, Options};
use crate::{Error, ErrorKind, NpzArchive, Result};

/// A `.npz` archive, of which the directory has been read: a lazy array for each member that is one.
///
/// Stored members are read by ranges. Deflated ones that numio wrote in several blocks are read by these: each block that is
/// needed is read and decompressed alone, and must end where the archive's index says, or there is an error; that no other
/// reader of the archive sees other bytes is proven only where all of them are read. Other members are decompressed whole,
/// once, and kept for the next read up to [`LazyOptions::cache_bytes`].
///
/// ```
/// use numio::lazy::LazyArchive;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("xy.npz");
/// numio::savez(&path, [("x", &[1, 2, 3]), ("y", &[4, 5, 6])])?;
/// let archive = LazyArchive::open(&path)?;
/// assert_eq!(archive.names().collect::<Vec<_>>(), ["x", "y"]);
/// let last = archive.array("y")?.slice(&"-1:".parse::<numio::Slice>()?)?;
/// assert_eq!(last.to_array::<i32, ndarray::Ix1>()?.to_vec(), [6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct LazyArchive {
    archive: NpzArchive,
    shared: Arc<ArchiveShared>,
}

struct ArchiveShared {
    source: Arc<dyn ReadAt>,
    windows: Option<Arc<Windows>>,
    origin: Provenance,
    options: LazyOptions,
    cache: Arc<Cache>,
}

impl std::fmt::Debug for ArchiveShared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&redact_urls(&self.origin.location().to_string_lossy()))
    }
}

/// A member of a [`LazyArchive`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LazyMember {
    /// An array.
    Array(LazyArray),
    /// The bytes of a member that is no `.npy` file.
    Bytes(Vec<u8>),
}

impl LazyArchive {
    /// Opens the archive at `path`, and reads its directory.
    ///
    /// # Errors
    /// As [`NpzArchive::open`]; `InvalidInput` for a `.npy` file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        match LazyOptions::new().open(path.as_ref())? {
            LazyContents::Archive(archive) => Ok(archive),
            LazyContents::Array(_) => {
                let text = "an array and no archive: open it as a LazyArray";
                Err(Error::new(ErrorKind::InvalidInput, text).with_path(path))
            }
        }
    }

    pub(super) fn of_file(file: Arc<LazyFile>, options: &LazyOptions) -> Result<Self> {
        let source = Arc::clone(&file) as Arc<dyn ReadAt>;
        Self::new(source, None, Provenance::File { file, member: None }, options)
    }

    /// The archive whose directory says that the source starts with a member, where the first bytes have not been read: a request
    /// for those would say no more. Nothing for a name that is no archive's.
    pub(super) fn from_end(
        windows: &Arc<Windows>,
        origin: &Provenance,
        options: &LazyOptions,
    ) -> Result<Option<Self>> {
        let Provenance::Remote { location, stamp } = origin else { return Ok(None) };
        let is_named = location.extension().is_some_and(|end| end == "npz" || end == "zip");
        if !is_named || stamp.size < 4 || windows.copy(&mut [0; 4], 0) {
            return Ok(None);
        }
        windows.keep_end(REMOTE_HEAD)?;
        // Its faults are told when it is known to be an archive.
        let archive = Self::of_windows(Arc::clone(windows), origin.clone(), options).ok();
        Ok(archive.filter(|archive| archive.archive.starts_with_member()))
    }

    pub(super) fn of_windows(
        windows: Arc<Windows>,
        origin: Provenance,
        options: &LazyOptions,
    ) -> Result<Self> {
        let source = Arc::clone(&windows) as Arc<dyn ReadAt>;
        Self::new(source, Some(windows), origin, options)
    }

    fn new(
        source: Arc<dyn ReadAt>,
        windows: Option<Arc<Windows>>,
        origin: Provenance,
        options: &LazyOptions,
    ) -> Result<Self> {
        let reading = Options { limits: options.limits.clone(), ..Options::default() };
        let archive = NpzArchive::at_any(Arc::clone(&source), reading)?;
        let (options, cache) = (options.clone(), options.cache());
        Ok(Self { archive, shared: Arc::new(ArchiveShared { source, windows, origin, options, cache }) })
    }

    /// The names of the members in the order of the file, without `.npy`.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.archive.names()
    }

    /// The archive, whose members are read whole.
    pub fn archive(&self) -> &NpzArchive {
        &self.archive
    }

    /// The identity of the file when it was opened.
    pub fn stamp(&self) -> FileStamp {
        self.shared.origin.handle().stamp
    }

    /// The member for `name`, as an array of which only the header has been read.
    ///
    /// # Errors
    /// As [`member`](Self::member); `InvalidInput` where it is no array.
    pub fn array(&self, name: &str) -> Result<LazyArray> {
        match self.member(name)? {
            LazyMember::Array(array) => Ok(array),
            LazyMember::Bytes(_) => Err(self.shared.origin.with_member(name).place(Fault::NotNpy.into())),
        }
    }

    /// The member for `name`: an array of which only the header has been read, or the bytes of another member.
    ///
    /// # Errors
    /// `NotFound` where there is none of that name; `StaleFile` where the archive has changed since it was opened; as
    /// [`NpzArchive::get`]; `InvalidInput` for Python objects.
    pub fn member(&self, name: &str) -> Result<LazyMember> {
        let ArchiveShared { origin, .. } = &*self.shared;
        let at = |error: Error| origin.place(error);
        let member = self.archive.by_name(name).map_err(at)?;
        let index = member.index();
        let found = self.located(index, member.info().name);
        origin.check().map_err(at)?;
        found.map_err(|error| origin.with_member(member.info().name).place(error))
    }

    fn located(&self, index: usize, name: &str) -> Result<LazyMember> {
        let ArchiveShared { source, windows, origin, options, cache } = &*self.shared;
        let found = self.archive.located(index)?;
        let Located { header, start, method, compressed, size, parts } = found;
        let member = Arc::new(Compressed {
            archive: self.archive.clone(),
            index,
            start,
            compressed,
            size,
            parts: parts.filter(|parts| parts.iter().all(Part::is_small)),
            cache: Arc::clone(cache),
            windows: windows.clone(),
            most: options.access(true).most,
        });
        let Some((header, data)) = header else {
            return Ok(LazyMember::Bytes(member.with_all(|| self.archive.decompressed(index))?));
        };
        let wanted = (data as u64)
            .saturating_add(crate::array::byte_len(header.shape(), header.dtype().itemsize())? as u64);
        if !header.dtype().has_objects() && size < wanted {
            return Err(Fault::Short { found: size, wanted }.into());
        }
        let (access, limits) = (options.access(windows.is_some()), &options.limits);
        let origin = origin.with_member(name);
        let array = match method {
            Method::Stored => {
                let data = start.saturating_add(data as u64);
                let source = Arc::clone(source);
                LazyArray::new(Storage::Stored(member), source, origin, header, data, access, limits)?
            }
            _ => {
                let source = Arc::clone(&member) as Arc<dyn ReadAt>;
                // Blocks are read and decompressed side by side for all ranges together.
                let access = crate::lazy::Access { by_threads: false, ..access };
                LazyArray::new(
                    Storage::Compressed(member),
                    source,
                    origin,
                    header,
                    data as u64,
                    access,
                    limits,
                )?
            }
        };
        Ok(LazyMember::Array(array))
    }
}
