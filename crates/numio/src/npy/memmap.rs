//! `.npy` files as memory maps (`open_memmap` in `numpy/lib/_format_impl.py`).

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::{Header, NpyFile, Version};
use crate::array::{Buffer, Data, Layout};
use crate::io::{AtomicFile, Follow, Map, allocate, open_to_write};
use crate::npy::error::Fault;
use crate::npy::header::{HEAD, header_to_map_at, read_head};
use crate::npy::{Contents, check_whole};
use crate::{DType, DynArray, Error, ErrorKind, Limits, MmapMode, Order, Result};

/// Opens or makes a `.npy` file whose elements are used in place: NumPy's `open_memmap`.
///
/// Opening costs the same for every size: the system reads a page of the file when it is first touched, and for a new
/// file the disk is used as elements are written.
///
/// ```
/// use ndarray::Ix2;
/// use numio::npy::MemmapOptions;
/// use numio::{DType, MmapMode};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("big.npy");
/// let mut options = MemmapOptions::new(MmapMode::Create);
/// options.dtype(DType::FLOAT32).shape(&[1000, 1000]);
/// // SAFETY: no one else has this file.
/// let mut array = unsafe { options.open(&path) }?;
/// array.view_mut::<f32, Ix2>()?.row_mut(3).fill(1.0);
/// array.close()?;
///
/// assert_eq!(numio::read_npy::<ndarray::Array2<f32>>(&path)?.sum(), 1000.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct MemmapOptions {
    mode: MmapMode,
    dtype: DType,
    descr: Option<String>,
    shape: Option<Vec<usize>>,
    order: Order,
    version: Option<Version>,
    preallocate: bool,
    limits: Limits,
}

impl MemmapOptions {
    /// A map of that mode. [`MmapMode::Create`] makes the file, and needs a shape; the others take dtype, shape, order
    /// and version from the file.
    pub fn new(mode: MmapMode) -> Self {
        let (dtype, order, limits) = (DType::FLOAT64, Order::C, Limits::default());
        Self { mode, dtype, descr: None, shape: None, order, version: None, preallocate: false, limits }
    }

    /// The dtype of a new file. Default: float64, as in NumPy.
    pub fn dtype(&mut self, dtype: DType) -> &mut Self {
        self.dtype = dtype;
        self
    }

    /// The shape of a new file. There is no default.
    pub fn shape(&mut self, shape: &[usize]) -> &mut Self {
        self.shape = Some(shape.to_vec());
        self
    }

    /// Sets the index order of a new file: which index varies fastest. Default: the last.
    pub fn order(&mut self, order: Order) -> &mut Self {
        self.order = order;
        self
    }

    /// The text of the dtype in the header of a new file, as [`Header::with_descr`] takes it. Default: that of the dtype.
    pub fn descr(&mut self, descr: &str) -> &mut Self {
        self.descr = Some(descr.to_owned());
        self
    }

    /// The version of a new file. Default: the oldest that holds its header.
    pub fn version(&mut self, version: Version) -> &mut Self {
        self.version = Some(version);
        self
    }

    /// Sets whether a new file takes its space on the disk before it is mapped. Default: false, and the disk is used as
    /// elements are written, as in NumPy: on a disk that is full by then, writing an element ends the program with a
    /// bus error.
    pub fn preallocate(&mut self, yes: bool) -> &mut Self {
        self.preallocate = yes;
        self
    }

    /// Bounds on the header of a file that is opened; a map takes no memory, and is not bounded.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Maps the file. A new one replaces the old only when it is complete: programs that have the old one open or
    /// mapped keep it. Its elements are all zero bytes.
    ///
    /// # Safety
    /// Until the array and everything made of it are gone, no one may truncate the file, and no one may change its
    /// elements but through this array: another program, another map, or a write to the file would change memory that
    /// Rust holds to be fixed, and a truncated file ends the process with a bus error (SIGBUS). A save by this crate is
    /// safe: it replaces the file with a new one.
    ///
    /// # Errors
    /// `InvalidInput` for [`MmapMode::Create`] without a shape and for Python objects, both before the file is touched;
    /// `InvalidData` if the file ends before its array does; else as [`NpyFile::open`](super::NpyFile::open).
    #[expect(unsafe_code, reason = "the caller answers for what else happens to the file")]
    pub unsafe fn open(&self, path: impl AsRef<Path>) -> Result<DynArray> {
        let path = path.as_ref();
        let file = self.open_file(path)?;
        // SAFETY: the caller's.
        let mapped =
            unsafe { map(file.file(), file.header().clone(), file.data_offset() as u64, self.mode, None) };
        mapped.map_err(|error| error.with_path(path))
    }

    /// Opens or creates the file as [`open`](Self::open) does, and leaves it to the caller to map it by other means, such as
    /// Python's `mmap` module: its [`file`](NpyFile::file) is open for reading, and for writing where the mode writes.
    ///
    /// ```
    /// use numio::npy::MemmapOptions;
    /// use numio::{DType, MmapMode};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("big.npy");
    /// let mut options = MemmapOptions::new(MmapMode::Create);
    /// let file = options.dtype(DType::FLOAT32).shape(&[1000]).open_file(&path)?;
    /// assert_eq!(file.file().metadata()?.len(), file.data_offset() as u64 + 4000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_file(&self, path: impl AsRef<Path>) -> Result<NpyFile> {
        let path = path.as_ref();
        let open = || {
            let (file, header, offset) = match self.mode {
                MmapMode::Create => self.create(path)?,
                _ => self.existing(path)?,
            };
            Ok(NpyFile::from_parts(file, path, header, offset, self.limits.clone()))
        };
        open().map_err(|error: Error| error.with_path(path))
    }

    fn create(&self, path: &Path) -> Result<(File, Header, usize)> {
        let shape = self.shape.clone().ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, "mode 'w+' makes a new file, and needs its shape")
        })?;
        refuse_objects(&self.dtype)?;
        let header =
            Header::new(self.dtype.clone(), shape, self.order)?.with_other_descr(self.descr.as_deref())?;
        let header = match self.version {
            Some(version) => header.with_version(version)?,
            None => header,
        };
        let bytes = header.to_bytes();
        let data = Contents::from(header.clone()).len()?;
        let mut file = AtomicFile::create(path)?;
        if !file.is_regular() {
            return Err(not_a_file());
        }
        std::io::Write::write_all(&mut file, &bytes)?;
        let len = (bytes.len() as u64).saturating_add(data as u64);
        if self.preallocate {
            allocate(file.file(), len)?;
        }
        file.file().set_len(len)?;
        // The old file must not be replaced by one that cannot be mapped. The open handle reserves a descriptor for the map.
        file.check_mappable(len)?;
        let reserved = file.file().try_clone()?;
        let file = file.commit()?;
        drop(reserved);
        if self.preallocate {
            // A file that cannot be replaced was overwritten by the new one's bytes, without its space.
            allocate(&file, len)?;
        }
        Ok((file, header, bytes.len()))
    }

    fn existing(&self, path: &Path) -> Result<(File, Header, usize)> {
        let (file, found) = match self.mode {
            MmapMode::ReadWrite => {
                let file = open_to_write(path)?;
                let found = file.metadata()?;
                (file, found)
            }
            _ => {
                let opened = crate::io::open(path)?;
                (opened.file, opened.metadata)
            }
        };
        crate::io::refuse_directory(&file, &found)?;
        if !found.is_file() {
            return Err(not_a_file());
        }
        let mut head = [0; HEAD];
        let head = read_head(&file, found.len(), &mut head)?;
        let (header, offset) = header_to_map_at(&file, found.len(), head, self.limits.max_header_chars)?;
        refuse_objects(header.dtype())?;
        check_whole(&header, offset, found.len())?;
        Ok((file, header, offset))
    }
}

impl NpyFile {
    /// Maps the array in place. [`MmapMode::ReadWrite`] opens the file again, for writing;
    /// [`MmapMode::Create`] would make it anew, and is refused.
    ///
    /// # Safety
    /// As [`MemmapOptions::open`]: a file that is truncated while it is mapped ends the process with SIGBUS.
    ///
    /// # Errors
    /// `InvalidInput` for Python objects and [`MmapMode::Create`]; `InvalidData` if the file ends before the array
    /// does; `Io`.
    #[expect(unsafe_code, reason = "the caller answers for what else happens to the file")]
    pub unsafe fn map(&self, mode: MmapMode) -> Result<DynArray> {
        if matches!(mode, MmapMode::Read | MmapMode::CopyOnWrite) {
            // SAFETY: the caller's.
            let mapped =
                unsafe { map(self.file(), self.header().clone(), self.data_offset() as u64, mode, None) };
            return mapped.map_err(|error| error.with_path(self.path()));
        }
        // SAFETY: the caller's.
        unsafe { MemmapOptions::new(mode).limits(self.limits().clone()).open(self.path()) }
    }
}

/// The array whose elements start at `offset` of `file`; `follow` learns of changes.
///
/// # Safety
/// As [`MemmapOptions::open`].
///
/// # Errors
/// `InvalidInput` for Python objects, `InvalidData` if the file ends before the array does, `Io`.
#[expect(unsafe_code, reason = "the caller answers for what else happens to the file")]
pub(crate) unsafe fn map(
    file: &File,
    header: Header,
    offset: u64,
    mode: MmapMode,
    follow: Option<Box<dyn Follow>>,
) -> Result<DynArray> {
    refuse_objects(header.dtype())?;
    let contents = Contents::from(header);
    let len = contents.len()?;
    contents.check_whole(file, offset, len)?;
    let data = if len == 0 {
        // No page holds nothing.
        Data::Owned(Arc::new(Buffer::zeroed(0)?))
    } else {
        // SAFETY: the caller's.
        let map = unsafe { Map::new(file, mode, offset, len) }?;
        Data::Mapped(Arc::new(match follow {
            Some(follow) => map.followed_by(follow),
            None => map,
        }))
    };
    let layout = Layout::contiguous(&contents.shape, contents.dtype.itemsize(), contents.order);
    Ok(DynArray::from_parts(contents.dtype, layout, data))
}

fn refuse_objects(dtype: &DType) -> Result<()> {
    match dtype.has_objects() {
        true => Err(Error::from(Fault::Objects { dtype: dtype.clone(), doing: "memory-mapped" })),
        false => Ok(()),
    }
}

fn not_a_file() -> Error {
    Error::new(ErrorKind::InvalidInput, "not a regular file: only those can be mapped")
}
