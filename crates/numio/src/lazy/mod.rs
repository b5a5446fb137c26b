//! Arrays that stay in their file: a header is read at once, elements when they are indexed, and of those only the bytes that
//! the index needs.
//!
//! A [`LazyArray`] takes NumPy's indexes: integers, ranges, `...`, new axes, arrays of integers, masks ([`IndexItem`]) and
//! fields. They become ranges of the file, whatever the dtype, the order and the rank; near ranges are joined, long ones split,
//! and all of them are read side by side. A [`LazyArchive`] has one for each array of a `.npz`; members that numio has
//! deflated are read by their blocks.
//!
//! ```
//! use numio::LazyArray;
//! use numio::lazy::IndexItem;
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("x.npy");
//! numio::save(&path, &ndarray::Array2::from_shape_fn((1000, 3), |(row, column)| (row * 10 + column) as f64))?;
//!
//! let x = LazyArray::open(&path)?; // the header
//! assert_eq!(x.shape(), [1000, 3]);
//! let rows = x.slice(&"500:502, ::-1".parse::<numio::Slice>()?)?; // 48 bytes
//! assert_eq!(format!("{rows:?}"), "array([[5002., 5001., 5000.],\n       [5012., 5011., 5010.]])");
//! let picked = x.get(&[IndexItem::from(vec![7, -1])])?; // two rows
//! assert_eq!(format!("{picked:?}"), "array([[  70.,   71.,   72.],\n       [9990., 9991., 9992.]])");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Clones share the open file and cost nothing. A [`LazyHandle`] names the file and its identity; it opens the array again in
//! another process, and fails with [`StaleFile`](crate::ErrorKind::StaleFile) where the file is another by then. So does every
//! read of a file that has changed since it was opened.
//!
//! [`create`] makes a file of which regions are written, from several processes if need be, and which is there under its
//! name when all of them are done.

mod archive;
mod error;
mod file;
mod index;
mod plan;
#[cfg(feature = "object-store")]
mod store;
mod write;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::array::{Buffer, Data, Layout, byte_len};
use crate::blocks::{Block, BlockSource, Grid};
use crate::error::{redact_urls, zeros};
use crate::format::{FileFormat, no_array};
use crate::io::{ReadAt, ReadRange};
use crate::lazy::error::Fault;
use crate::lazy::file::{Cache, Compressed, LazyFile, Windows};
use crate::lazy::index::{Selection, select, whole};
use crate::lazy::plan::{Access, ReadPlan};
use crate::npy::Header;
use crate::npy::header::{HEAD, header_to_map_at};
use crate::parallel::check;
use crate::{ArrayLike, DType, DynArray, Error, ErrorKind, Limits, Order, Result, SliceItem};

pub use crate::lazy::archive::{LazyArchive, LazyMember};
pub use crate::lazy::file::FileStamp;
pub use crate::lazy::index::IndexItem;
#[cfg(feature = "object-store")]
pub use crate::lazy::store::{StoreOptions, StoreReader, StoreWriter};
pub use crate::lazy::write::{NewArray, create};
/// The crate by which stores are reached.
#[cfg(feature = "object-store")]
pub use object_store;

/// The options for lazy arrays.
///
/// ```
/// use numio::lazy::LazyOptions;
///
/// let mut options = LazyOptions::new();
/// options.max_gap(0).cache_bytes(1 << 30);
/// ```
#[derive(Debug, Clone, Default)]
pub struct LazyOptions {
    max_gap: Option<u64>,
    max_request: Option<usize>,
    cache_bytes: Option<u64>,
    limits: Limits,
    is_writable: bool,
}

/// The defaults of [`LazyOptions`].
/// Copying more bytes than this out of the page cache takes longer than one more system call. The disk is asked for ranges
/// that are farther from each other together: see `io::ranges`.
const LOCAL_GAP: u64 = 4 << 10;
const REMOTE_GAP: u64 = 1 << 20;
const MAX_REQUEST: usize = 8 << 20;
const CACHE_BYTES: u64 = 256 << 20;

/// The bytes that a first request to a remote source brings: the header of any usual array, or the directory of an archive.
const REMOTE_HEAD: usize = 96 << 10;

impl LazyOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ranges with fewer bytes between them are read as one. Default: 4 KiB for files, 1 MiB for remote
    /// sources. The disk is asked together for ranges of a file that have up to 64 KiB between them.
    pub fn max_gap(&mut self, bytes: u64) -> &mut Self {
        self.max_gap = Some(bytes);
        self
    }

    /// Longer ranges are read in parts, side by side. Default: 8 MiB.
    pub fn max_request(&mut self, bytes: usize) -> &mut Self {
        self.max_request = Some(bytes.max(1));
        self
    }

    /// The most decompressed bytes of an archive's members that are kept for the next read. Default: 256 MiB; 0 keeps none.
    pub fn cache_bytes(&mut self, bytes: u64) -> &mut Self {
        self.cache_bytes = Some(bytes);
        self
    }

    /// The bounds on what a file may cost. Default: those of [`Limits::default`].
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Opens `.npy` files for writing elements too. Default: no.
    pub fn write(&mut self, write: bool) -> &mut Self {
        self.is_writable = write;
        self
    }

    fn access(&self, is_remote: bool) -> Access {
        let gap = if is_remote { REMOTE_GAP } else { LOCAL_GAP };
        Access {
            gap: self.max_gap.unwrap_or(gap),
            most: self.max_request.unwrap_or(MAX_REQUEST),
            by_threads: !is_remote,
        }
    }

    fn cache(&self) -> Arc<Cache> {
        Arc::new(Cache::new(self.cache_bytes.unwrap_or(CACHE_BYTES)))
    }

    /// Opens the file at `path`: an array, or an archive of them.
    ///
    /// # Errors
    /// As [`LazyArray::open`] and [`LazyArchive::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<LazyContents> {
        let path = path.as_ref();
        let open = || {
            let file = Arc::new(LazyFile::open(path, self.is_writable)?);
            let mut magic = [0; 4];
            let is_zip = file.stamp().size >= 4 && {
                file.read_exact_at(&mut magic, 0)?;
                FileFormat::detect(&magic).is_zip()
            };
            match is_zip {
                true if self.is_writable => Err(Fault::WriteMember.into()),
                true => LazyArchive::of_file(file, self).map(LazyContents::Archive),
                false => self.array_of(file).map(LazyContents::Array),
            }
        };
        open().map_err(|error| error.with_path(path))
    }

    /// Opens what is in `source`, each read of which is a request, to a server for one. Errors and handles call it by
    /// `location`. `known` are bytes of it that have been read already, each with its offset.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_source(
        &self,
        source: Arc<dyn ReadAt>,
        location: impl Into<PathBuf>,
        stamp: FileStamp,
        known: Vec<(u64, Vec<u8>)>,
    ) -> Result<LazyContents> {
        let location = location.into();
        let open = || {
            let windows = Arc::new(Windows::new(source, stamp.size, known, REMOTE_HEAD));
            let origin = Provenance::Remote { location: location.clone(), stamp: stamp.clone() };
            if let Some(archive) = LazyArchive::from_end(&windows, &origin, self)? {
                return Ok(LazyContents::Archive(archive));
            }
            let mut magic = [0; 4];
            let is_zip = stamp.size >= 4 && {
                windows.read_exact_at(&mut magic, 0)?;
                FileFormat::detect(&magic).is_zip()
            };
            if is_zip {
                // The directory is at the end.
                windows.keep_end(REMOTE_HEAD)?;
                return LazyArchive::of_windows(windows, origin, self).map(LazyContents::Archive);
            }
            let access = self.access(true);
            let source: Arc<dyn ReadAt> = windows;
            let (header, data) = header_of(&*source, stamp.size, &self.limits)?;
            LazyArray::new(Storage::Plain, source, origin, header, data, access, &self.limits)
                .map(LazyContents::Array)
        };
        open().map_err(|error| error.with_path(&location))
    }

    fn array_of(&self, file: Arc<LazyFile>) -> Result<LazyArray> {
        let (header, data) = header_of(&*file, file.stamp().size, &self.limits)?;
        let source = Arc::clone(&file) as Arc<dyn ReadAt>;
        let origin = Provenance::File { file, member: None };
        LazyArray::new(Storage::Plain, source, origin, header, data, self.access(false), &self.limits)
    }
}

/// The header at the start of a source, and the offset of the elements.
fn header_of(source: &dyn ReadAt, size: u64, limits: &Limits) -> Result<(Header, u64)> {
    let mut head = zeros(size.min(HEAD as u64) as usize)?;
    source.read_exact_at(&mut head, 0)?;
    let (header, data) = header_to_map_at(&source, size, &head, limits.max_header_chars)
        .map_err(|error| no_array(&head).unwrap_or(error))?;
    Ok((header, data as u64))
}

/// Returns whether a name is a URL rather than a path.
pub fn is_url(name: &str) -> bool {
    let scheme = name.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme.chars().all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
    })
}

/// The contents of a file that has been opened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LazyContents {
    /// One array.
    Array(LazyArray),
    /// An archive of them.
    Archive(LazyArchive),
}

/// The origin of an array.
#[derive(Clone)]
enum Provenance {
    File { file: Arc<LazyFile>, member: Option<String> },
    Remote { location: PathBuf, stamp: FileStamp },
    RemoteMember { location: PathBuf, stamp: FileStamp, member: String },
}

impl Provenance {
    fn handle(&self) -> LazyHandle {
        let (location, stamp, member, is_writable) = match self {
            Self::File { file, member } => {
                (file.path(), file.stamp(), member.clone(), file.writable().is_ok())
            }
            Self::Remote { location, stamp } => (location.as_path(), stamp, None, false),
            Self::RemoteMember { location, stamp, member } => {
                (location.as_path(), stamp, Some(member.clone()), false)
            }
        };
        LazyHandle { location: location.to_path_buf(), member, stamp: stamp.clone(), is_writable }
    }

    fn with_member(&self, member: &str) -> Self {
        let member = member.to_owned();
        match self {
            Self::File { file, .. } => Self::File { file: Arc::clone(file), member: Some(member) },
            Self::Remote { location, stamp } | Self::RemoteMember { location, stamp, .. } => {
                Self::RemoteMember { location: location.clone(), stamp: stamp.clone(), member }
            }
        }
    }

    /// Checks that the file is still the one that was opened. Remote sources check each answer themselves.
    fn check(&self) -> Result<()> {
        match self {
            Self::File { file, .. } => file.check(),
            Self::Remote { .. } | Self::RemoteMember { .. } => Ok(()),
        }
    }

    /// The location in errors.
    fn location(&self) -> &Path {
        match self {
            Self::File { file, .. } => file.shown(),
            Self::Remote { location, .. } | Self::RemoteMember { location, .. } => location,
        }
    }

    fn member(&self) -> Option<&str> {
        match self {
            Self::File { member, .. } => member.as_deref(),
            Self::Remote { .. } => None,
            Self::RemoteMember { member, .. } => Some(member),
        }
    }

    fn place(&self, error: Error) -> Error {
        let error = match self.member() {
            Some(member) => error.with_member(member),
            None => error,
        };
        error.with_path(self.location())
    }
}

/// The name of an array, and the identity of its file: what another process needs to open it again.
///
/// ```
/// use numio::LazyArray;
/// use numio::lazy::LazyOptions;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("x.npy");
/// numio::save(&path, &[1, 2, 3])?;
/// let handle = LazyArray::open(&path)?.handle();
/// assert_eq!(handle.open(&LazyOptions::new())?.shape(), [3]);
/// numio::save(&path, &[1, 2, 3, 4])?;
/// let error = handle.open(&LazyOptions::new()).unwrap_err();
/// assert_eq!(error.kind(), numio::ErrorKind::StaleFile);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LazyHandle {
    /// The path, absolute, or the URL.
    pub location: PathBuf,
    /// The name of the archive's member, if it is one.
    pub member: Option<String>,
    /// The identity of the file.
    pub stamp: FileStamp,
    /// True if elements can be written.
    pub is_writable: bool,
}

impl LazyHandle {
    /// Opens a file of this system again. `StoreOptions::reopen` does so for URLs, with the feature `object-store`.
    ///
    /// # Errors
    /// `StaleFile` where it is another by now; as [`LazyOptions::open`]; `InvalidInput` for a URL.
    pub fn open(&self, options: &LazyOptions) -> Result<LazyArray> {
        if self.location.to_str().is_some_and(is_url) {
            return Err(Error::from(Fault::Url).with_path(&self.location));
        }
        let mut options = options.clone();
        options.write(self.is_writable);
        self.array_of(options.open(&self.location)?)
    }

    /// The array of this handle in a file that has been opened again, by whatever way.
    ///
    /// # Errors
    /// `StaleFile` where it is another file by now; `InvalidInput` where what the handle names is no array.
    pub fn array_of(&self, contents: LazyContents) -> Result<LazyArray> {
        let array = match (contents, &self.member) {
            (LazyContents::Array(array), None) => array,
            (LazyContents::Archive(archive), Some(member)) => archive.array(member)?,
            _ => return Err(Error::from(Fault::NotNpy).with_path(&self.location)),
        };
        let now = array.handle().stamp;
        let now = if self.is_writable { FileStamp { modified: None, ..now } } else { now };
        self.stamp.check(&now).map_err(|error| error.with_path(&self.location))?;
        Ok(array)
    }
}

/// The location of a URL is without its query.
impl fmt::Debug for LazyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { location, member, stamp, is_writable } = self;
        let location = location.to_string_lossy();
        f.debug_struct("LazyHandle")
            .field("location", &redact_urls(&location))
            .field("member", member)
            .field("stamp", stamp)
            .field("is_writable", is_writable)
            .finish()
    }
}

/// The way in which the elements are in the source.
enum Storage {
    /// They are its bytes.
    Plain,
    /// So they are, in a member of an archive, whose CRC is checked where all of it is read.
    Stored(Arc<Compressed>),
    /// They are decompressed.
    Compressed(Arc<Compressed>),
}

/// An array in a file, of which elements are read when they are indexed.
///
/// See the [module](crate::lazy) for an example. Two are equal if they are the same array of the same file.
#[derive(Clone)]
pub struct LazyArray {
    shared: Arc<ArrayShared>,
    /// The dtype of what is read: the file's, or that of a field.
    dtype: DType,
    /// The field's offset in the element.
    offset: usize,
}

struct ArrayShared {
    kind: Storage,
    source: Arc<dyn ReadAt>,
    origin: Provenance,
    header: Header,
    /// The offset of the elements in the source.
    data: u64,
    access: Access,
    limits: Limits,
}

impl LazyArray {
    /// Opens the `.npy` file at `path`, and reads its header.
    ///
    /// # Errors
    /// `Io`; `EndOfStream`, `InvalidData`, `Unsupported` or `LimitExceeded` for the header, and where the file ends before its
    /// array does; `InvalidInput` for an array of Python objects, and for an archive: see [`LazyArchive::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        match LazyOptions::new().open(path.as_ref())? {
            LazyContents::Array(array) => Ok(array),
            LazyContents::Archive(_) => {
                let text = "an archive of arrays: open it as a LazyArchive";
                Err(Error::new(ErrorKind::InvalidInput, text).with_path(path))
            }
        }
    }

    fn new(
        kind: Storage,
        source: Arc<dyn ReadAt>,
        origin: Provenance,
        header: Header,
        data: u64,
        access: Access,
        limits: &Limits,
    ) -> Result<Self> {
        if header.dtype().has_objects() {
            return Err(Fault::Objects.into());
        }
        let len = byte_len(header.shape(), header.dtype().itemsize())?;
        let (found, wanted) = (source.len()?, data.saturating_add(len as u64));
        if matches!(kind, Storage::Plain) && found < wanted {
            return Err(Fault::Short { found, wanted }.into());
        }
        let dtype = header.dtype().clone();
        let shared = ArrayShared { kind, source, origin, header, data, access, limits: limits.clone() };
        Ok(Self { shared: Arc::new(shared), dtype, offset: 0 })
    }

    /// The type of the elements.
    pub fn dtype(&self) -> &DType {
        &self.dtype
    }

    /// The text of the dtype in the file, where NumPy makes more of it than [`dtype`](Self::dtype) says: see
    /// [`Header::spelled_descr`].
    pub fn spelled_descr(&self) -> Option<&str> {
        let header = &self.shared.header;
        header.spelled_descr().filter(|_| self.offset == 0 && self.dtype == *header.dtype())
    }

    /// The number of elements along each axis.
    pub fn shape(&self) -> &[usize] {
        self.shared.header.shape()
    }

    /// The header of the file.
    pub fn header(&self) -> &Header {
        &self.shared.header
    }

    /// The number of axes.
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements.
    pub fn size(&self) -> usize {
        self.shape().iter().product()
    }

    /// The size of all elements in bytes.
    pub fn nbytes(&self) -> usize {
        self.size().saturating_mul(self.dtype.itemsize())
    }

    /// The index order in the file.
    pub fn order(&self) -> Order {
        self.shared.header.order()
    }

    /// The offset of the elements in the file, and in an archive's member in its decompressed bytes.
    pub fn data_offset(&self) -> u64 {
        self.shared.data
    }

    /// The number of bytes of a block that is decompressed as one, in a member that can be read by blocks.
    pub fn block_bytes(&self) -> Option<usize> {
        match &self.shared.kind {
            Storage::Compressed(member) => Some(member.parts.as_ref()?.first()?.len),
            Storage::Plain | Storage::Stored(_) => None,
        }
    }

    /// The name and the identity by which another process opens it again.
    pub fn handle(&self) -> LazyHandle {
        self.shared.origin.handle()
    }

    /// Checks that the file is still the one that was opened.
    ///
    /// # Errors
    /// `StaleFile`; `Io` where there is none of that name.
    pub fn check(&self) -> Result<()> {
        self.shared.origin.check().map_err(|error| self.shared.origin.place(error))
    }

    /// One field of every element.
    ///
    /// # Errors
    /// `NotFound` where there is none of that name.
    pub fn field(&self, name: &str) -> Result<Self> {
        let field = self.dtype.as_record().and_then(|record| record.field(name));
        let field = field.ok_or_else(|| Error::from(Fault::NoField(name.to_owned())))?;
        let offset = self.offset.saturating_add(field.offset);
        Ok(Self { shared: Arc::clone(&self.shared), dtype: field.dtype.clone(), offset })
    }

    /// Reads all of it. The CRC of a member is checked.
    ///
    /// # Errors
    /// `StaleFile` where the file has changed since it was opened; `LimitExceeded`; `InvalidData`; `Io`.
    pub fn read(&self) -> Result<DynArray> {
        let shared = &*self.shared;
        if let (Storage::Stored(member) | Storage::Compressed(member), 0) = (&shared.kind, self.offset)
            && self.dtype == *shared.header.dtype()
            && !matches!(self.dtype, DType::Subarray(_))
        {
            return self.watched(|| member.with_all(|| member.archive.by_index(member.index)?.array()));
        }
        let (shape, order) = (self.shape(), self.order());
        self.selected(whole(shape, order, shared.header.dtype().itemsize()))
    }

    /// Reads the elements that an index of integers, ranges, `...` and new axes selects.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn slice(&self, items: &[SliceItem]) -> Result<DynArray> {
        let items: Vec<IndexItem> = items.iter().copied().map(IndexItem::Basic).collect();
        self.get(&items)
    }

    /// Reads the elements that an index selects, with the shape that NumPy gives them: axes of index arrays come where the
    /// first of them is, or first where others are between them.
    ///
    /// # Errors
    /// `InvalidInput` in NumPy's words for an index that does not fit; as [`read`](Self::read).
    pub fn get(&self, items: &[IndexItem]) -> Result<DynArray> {
        let itemsize = self.shared.header.dtype().itemsize();
        let selection = select(items, self.shape(), self.order(), itemsize)?;
        self.selected(selection)
    }

    /// Reads the elements at `indices` along an axis, in their order; negative ones count from the end.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn take(&self, indices: &[i64], axis: isize) -> Result<DynArray> {
        let ndim = self.ndim();
        let found = if axis < 0 { axis.checked_add_unsigned(ndim) } else { Some(axis) };
        let found = found.and_then(|axis| usize::try_from(axis).ok()).filter(|&axis| axis < ndim);
        let found = found.ok_or(Fault::NoAxis { axis, ndim })?;
        let mut items = vec![IndexItem::Basic(SliceItem::ALL); found];
        items.push(IndexItem::from(indices.to_vec()));
        self.get(&items)
    }

    /// The array in blocks of `rows` along the first axis, read one by one; the last has the rest. An array of no axes is one
    /// block.
    ///
    /// ```
    /// use numio::LazyArray;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("x.npy");
    /// numio::save(&path, &[1_u8, 2, 3, 4, 5])?;
    /// let mut sum = 0;
    /// for block in LazyArray::open(&path)?.blocks(2) {
    ///     sum += block?.to_array::<u8, ndarray::Ix1>()?.sum();
    /// }
    /// assert_eq!(sum, 15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn blocks(&self, rows: usize) -> impl Iterator<Item = Result<DynArray>> + '_ {
        let (len, rows) = (self.shape().first().copied(), rows.max(1));
        (0..len.unwrap_or(1)).step_by(rows).map(move |start| match len {
            None => self.read(),
            Some(len) => {
                let stop = start.saturating_add(rows).min(len);
                let bound = |at| isize::try_from(at).ok();
                self.slice(&[SliceItem::Range { start: bound(start), stop: bound(stop), step: 1 }])
            }
        })
    }

    fn selected(&self, mut selection: Selection) -> Result<DynArray> {
        let shared = &*self.shared;
        let part = self.dtype.itemsize();
        let mut shape = selection.shape.clone();
        if let DType::Subarray(subarray) = &self.dtype {
            // The axes of the subarray vary fastest, in C order.
            if selection.order == Order::Fortran {
                selection.order = Order::C;
                selection.loops.reverse();
            }
            shape.extend(subarray.shape());
        }
        let dtype = match &self.dtype {
            DType::Subarray(subarray) => subarray.base().clone(),
            dtype => dtype.clone(),
        };
        let len = byte_len(&shape, dtype.itemsize())?;
        if len as u64 > shared.limits.max_array_bytes {
            let limit = shared.limits.max_array_bytes;
            return Err(shared.origin.place(Fault::TooLarge { size: len, limit }.into()));
        }
        self.watched(|| {
            let mut buffer = Buffer::zeroed(len)?;
            if len > 0 {
                let plan = ReadPlan::new(&selection, shared.data, self.offset, part);
                plan.read(&*shared.source, shared.access, buffer.bytes_mut())?;
            }
            let layout = Layout::contiguous(&shape, dtype.itemsize(), selection.order);
            Ok(DynArray::from_parts(dtype, layout, Data::Owned(Arc::new(buffer))))
        })
    }

    /// Reads, and then checks that the file did not change before or meanwhile. That is the error, whatever else happened.
    fn watched(&self, read: impl FnOnce() -> Result<DynArray>) -> Result<DynArray> {
        let found = read();
        let checked = match &found {
            Err(error) if error.kind() == ErrorKind::Cancelled => Ok(()),
            _ => self.shared.origin.check(),
        };
        checked.and(found).map_err(|error| self.shared.origin.place(error))
    }
}

impl BlockSource for LazyArray {
    fn dtype(&self) -> &DType {
        self.dtype()
    }

    fn shape(&self) -> &[usize] {
        self.shape()
    }

    fn order(&self) -> Order {
        self.order()
    }

    fn block(&self, block: &Block) -> Result<DynArray> {
        self.slice(&block.items())
    }
}

/// Read and written a piece at a time: `numio::save("y.npy", &x)` takes little memory, however large the array is. The CRC of a
/// member is checked.
impl ArrayLike for LazyArray {
    fn dtype(&self) -> DType {
        match &self.dtype {
            DType::Subarray(subarray) => subarray.base().clone(),
            dtype => dtype.clone(),
        }
    }

    fn descr(&self) -> Option<String> {
        self.spelled_descr().map(str::to_owned)
    }

    fn shape(&self) -> Vec<usize> {
        let mut shape = Self::shape(self).to_vec();
        if let DType::Subarray(subarray) = &self.dtype {
            shape.extend(subarray.shape());
        }
        shape
    }

    fn order(&self) -> Order {
        // As NumPy decides where both hold, and as `read` has small arrays of elements.
        let long_axes = Self::shape(self).iter().filter(|&&axis| axis > 1).count();
        let is_c = long_axes < 2 || self.nbytes() == 0 || matches!(self.dtype, DType::Subarray(_));
        if is_c { Order::C } else { Self::order(self) }
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let shared = &*self.shared;
        let is_whole = self.offset == 0 && self.dtype == *shared.header.dtype();
        if !is_whole || matches!(self.dtype, DType::Subarray(_)) {
            return self.write_blocks(out);
        }
        let len = self.nbytes() as u64;
        let written = match &shared.kind {
            Storage::Plain => self.write_plain(len, out),
            Storage::Stored(member) => {
                let skipped = shared.data.saturating_sub(member.start);
                member.archive.copy_to(member.index, skipped, len, out)
            }
            Storage::Compressed(member) => member.archive.copy_to(member.index, shared.data, len, out),
        };
        let checked = match &written {
            Err(error) if error.kind() == ErrorKind::Cancelled => Ok(()),
            _ => shared.origin.check(),
        };
        Ok(checked.and(written).map_err(|error| shared.origin.place(error))?)
    }
}

/// The bytes of elements that are in memory while they are written elsewhere.
const WRITTEN: usize = 16 << 20;

impl LazyArray {
    /// Writes the bytes of the file from its first element on.
    fn write_plain(&self, len: u64, out: &mut dyn Write) -> Result<()> {
        let shared = &*self.shared;
        let mut buffer = zeros(len.min(WRITTEN as u64) as usize)?;
        let mut done = 0;
        while done < len {
            check()?;
            let count = (len - done).min(WRITTEN as u64) as usize;
            let piece = buffer.get_mut(..count).unwrap_or_default();
            // Several requests for each piece.
            let most = shared.access.most.min(WRITTEN / 4);
            let offsets = (shared.data.saturating_add(done)..).step_by(most);
            let parts = piece.chunks_mut(most).zip(offsets);
            let mut parts: Vec<_> = parts.map(|(buf, offset)| ReadRange { offset, buf }).collect();
            shared.source.read_ranges(&mut parts)?;
            out.write_all(piece)?;
            done += count as u64;
        }
        Ok(())
    }

    /// Writes the elements as reading gives them, a block at a time.
    fn write_blocks(&self, out: &mut dyn Write) -> io::Result<()> {
        let order = ArrayLike::order(self);
        let itemsize = self.shared.header.dtype().itemsize().max(1);
        let grid = Grid::new(Self::shape(self), WRITTEN / itemsize, order);
        for number in 0..grid.len() {
            check()?;
            let part = self.slice(&grid.block(number).items())?;
            part.pieces(order, &mut |piece| out.write_all(piece))?;
        }
        Ok(())
    }
}

impl fmt::Debug for LazyArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = self.shared.origin.location().to_string_lossy();
        write!(f, "LazyArray({}, {}, {:?})", redact_urls(&location), self.dtype, self.shape())
    }
}

impl PartialEq for LazyArray {
    fn eq(&self, other: &Self) -> bool {
        (self.offset, &self.dtype, self.handle()) == (other.offset, &other.dtype, other.handle())
    }
}

impl Eq for LazyArray {}

impl Hash for LazyArray {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.offset, self.handle()).hash(state);
    }
}

#[cfg(test)]
mod tests;
