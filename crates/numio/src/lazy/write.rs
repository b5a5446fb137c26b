//! Elements written at their positions, and files that appear when all of them are there.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::array::byte_len;
use crate::io::{AtomicFile, write_all_at};
use crate::lazy::error::Fault;
use crate::lazy::file::LazyFile;
use crate::lazy::index::{Loop, Selection, select, whole};
use crate::lazy::plan::ReadPlan;
use crate::lazy::{IndexItem, LazyArray, LazyOptions, Provenance, Storage};
use crate::npy::Header;
use crate::parallel::{for_each, num_threads};
use crate::{ArrayLike, Casting, DType, DynArray, Error, Order, Result};

impl LazyArray {
    /// The shape of the elements that an index selects, and the order in which [`set`](Self::set) takes their bytes.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn selection(&self, items: &[IndexItem]) -> Result<(Vec<usize>, Order)> {
        let itemsize = self.shared.header.dtype().itemsize();
        let Selection { shape, order, .. } = select(items, self.shape(), self.order(), itemsize)?;
        Ok((shape, order))
    }

    /// Writes the elements that an index selects; no other byte of the file is touched, so that several processes may write
    /// at once where their elements are not the same. `bytes` are those elements in the shape and order that
    /// [`selection`](Self::selection) says. Of an element that is selected several times the last counts.
    ///
    /// Elements that are not contiguous in the file are written one by one.
    ///
    /// ```
    /// use numio::lazy::{LazyOptions, LazyContents};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("x.npy");
    /// numio::save(&path, &[1_u8, 2, 3, 4])?;
    /// let LazyContents::Array(x) = LazyOptions::new().write(true).open(&path)? else { panic!() };
    /// x.set(&Vec::from("1::2".parse::<numio::Slice>()?), &[20, 40])?;
    /// assert_eq!(numio::read_npy::<Vec<u8>>(&path)?, [1, 20, 3, 40]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for an array that was opened for reading, an index that does not fit, or another number of bytes;
    /// `StaleFile` where another file has the name by now; `Io`.
    pub fn set(&self, items: &[IndexItem], bytes: &[u8]) -> Result<()> {
        let itemsize = self.shared.header.dtype().itemsize();
        let selection = match items {
            [] => whole(self.shape(), self.order(), itemsize),
            items => select(items, self.shape(), self.order(), itemsize)?,
        };
        self.write(&selection, bytes).map_err(|error| self.shared.origin.place(error))
    }

    /// Writes an array to the elements that an index selects: as [`set`](Self::set), with the array's shape and dtype compared.
    /// Its elements may be converted to those of the file where no value is lost: [`Casting::Safe`]; others are an error, and
    /// [`DynArray::cast`] converts them.
    ///
    /// ```
    /// use ndarray::array;
    /// use numio::{DType, Order, Slice};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("x.npy");
    /// let x = numio::lazy::create(&path, DType::FLOAT64, [3, 4], Order::C, false)?;
    /// let right = Vec::from("1:, 2:".parse::<Slice>()?);
    /// x.assign(&right, &array![[1.0, 2.0], [3.0, 4.0]])?;
    /// assert!(x.assign(&right, &array![1.0, 2.0]).is_err()); // not the shape of the selection
    /// x.commit()?;
    /// let saved: ndarray::Array2<f64> = numio::read_npy(&path)?;
    /// assert_eq!(saved.row(2).to_vec(), [0.0, 0.0, 3.0, 4.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for an array of another shape than the selection's, and for elements that the file's dtype does not hold;
    /// as [`set`](Self::set).
    pub fn assign(&self, items: &[IndexItem], array: &(impl ArrayLike + ?Sized)) -> Result<()> {
        let (mut wanted, order) = self.selection(items)?;
        let outer = wanted.len();
        let mut dtype = &self.dtype;
        if let DType::Subarray(subarray) = dtype {
            wanted.extend(subarray.shape());
            dtype = subarray.base();
        }
        let array = DynArray::from_array(array)?;
        if array.shape() != wanted {
            return Err(Fault::Shape { found: array.shape().to_vec(), wanted }.into());
        }
        let array = array.cast_with(dtype, Casting::Safe)?;
        let axes: Vec<usize> = match order {
            Order::C => (0..wanted.len()).collect(),
            Order::Fortran => (0..outer).rev().chain(outer..wanted.len()).collect(),
        };
        let mut array = array.permuted_axes(&axes)?;
        if array.order() != Order::C || array.as_bytes().is_none() {
            array = array.copied_in(Order::C)?;
        }
        self.set(items, array.as_bytes().unwrap_or_default())
    }

    fn write(&self, selection: &Selection, bytes: &[u8]) -> Result<()> {
        let shared = &*self.shared;
        let file = match &shared.origin {
            Provenance::File { file, member: None } => file,
            Provenance::Remote { .. } => return Err(Fault::WriteSource.into()),
            _ => return Err(Fault::WriteMember.into()),
        };
        let target = file.writable()?;
        let part = self.dtype.itemsize();
        let wanted = byte_len(&selection.shape, part)?;
        if bytes.len() != wanted {
            return Err(Fault::ByteCount { found: bytes.len(), wanted }.into());
        }
        file.check()?;
        let plan = ReadPlan::new(selection, shared.data, self.offset, part);
        let step = plan.part(PART, RUNS);
        let write = |(bytes, from): (&[u8], usize)| write_runs(&plan, target, from, bytes);
        let parts = bytes.chunks(step).zip((0..).step_by(step));
        // Elements that are selected several times are written in order.
        let is_table = selection.loops.iter().any(|one| matches!(one, Loop::Table(_)));
        let threads = if is_table { 1 } else { num_threads().min(bytes.len() / PART).max(1) };
        if plan.len() > 0 { for_each(threads, parts, write) } else { Ok(()) }
    }
}

/// The bytes that one thread writes at a time, and the most runs of them.
const PART: usize = 8 << 20;
const RUNS: usize = 1 << 16;

/// Writes the bytes of a selection from `from` on.
fn write_runs(plan: &ReadPlan, target: &File, from: usize, bytes: &[u8]) -> Result<()> {
    let mut done = Ok(());
    // Runs that follow each other in the file and in memory are written together.
    let mut last: Option<(u64, usize, usize)> = None;
    let mut flush = |run: Option<(u64, usize, usize)>| {
        if let Some((file, start, len)) = run
            && done.is_ok()
            && let Some(bytes) = bytes.get(start..start + len)
        {
            done = write_all_at(target, bytes, file);
        }
    };
    plan.runs(from, from + bytes.len(), |file, start, len| match &mut last {
        Some((first, at, total)) if *first + *total as u64 == file && *at + *total == start => *total += len,
        _ => flush(last.replace((file, start, len))),
    });
    flush(last);
    Ok(done?)
}

/// A new `.npy` file that has its name when [`commit`](Self::commit) is called, and until then is a temporary file next to it.
/// Dropped without that, it leaves what was there before and nothing else.
///
/// It is a [`LazyArray`] that can be written; its handle leads to the temporary file, so that other processes can write their
/// regions.
#[derive(Debug)]
pub struct NewArray {
    array: LazyArray,
    file: AtomicFile,
    path: PathBuf,
    overwrite: bool,
}

/// Creates a `.npy` file of zeros at `path`, which is there when it is [committed](NewArray::commit).
///
/// ```
/// use numio::{DType, Order};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("x.npy");
/// let x = numio::lazy::create(&path, DType::UINT8, [2, 3], Order::C, false)?;
/// x.set(&[numio::SliceItem::Index(1).into()], &[4, 5, 6])?;
/// assert!(!path.exists());
/// x.commit()?;
/// let saved: ndarray::Array2<u8> = numio::read_npy(&path)?;
/// assert_eq!(saved, ndarray::array![[0, 0, 0], [4, 5, 6]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// `InvalidInput` for a dtype that a header cannot describe, or of Python objects; `Io`, of kind `AlreadyExists` where something
/// has that name and `overwrite` is not set.
pub fn create(
    path: impl AsRef<Path>,
    dtype: DType,
    shape: impl Into<Vec<usize>>,
    order: Order,
    overwrite: bool,
) -> Result<NewArray> {
    let (path, shape) = (path.as_ref(), shape.into());
    let create = || {
        if dtype.has_objects() {
            return Err(Fault::Objects.into());
        }
        let header = Header::new(dtype, shape, order)?;
        if !overwrite && path.symlink_metadata().is_ok() {
            return Err(exists());
        }
        let file = AtomicFile::create_named(path)?;
        let head = header.to_bytes();
        let len = byte_len(header.shape(), header.dtype().itemsize())?;
        write_all_at(file.file(), &head, 0)?;
        file.file().set_len(head.len() as u64 + len as u64)?;
        let temporary = file.temporary().unwrap_or(path).to_path_buf();
        let lazy = Arc::new(LazyFile::new(file.file().try_clone()?, &temporary, true)?.shown_as(path));
        let options = LazyOptions::new();
        let source = Arc::clone(&lazy) as Arc<dyn crate::ReadAt>;
        let (origin, access) = (Provenance::File { file: lazy, member: None }, options.access(false));
        let data = head.len() as u64;
        let array = LazyArray::new(Storage::Plain, source, origin, header, data, access, &options.limits)?;
        Ok(NewArray { array, file, path: path.to_path_buf(), overwrite })
    };
    create().map_err(|error: Error| error.with_path(path))
}

fn exists() -> Error {
    #[cfg(unix)]
    const EEXIST: i32 = 17;
    #[cfg(unix)]
    let error = std::io::Error::from_raw_os_error(EEXIST);
    #[cfg(not(unix))]
    let error = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
    error.into()
}

impl NewArray {
    /// The array.
    pub fn array(&self) -> &LazyArray {
        &self.array
    }

    /// The path at which the file is going to be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// Errors of the operating system, `AlreadyExists` where something has that name by now and was not to be replaced; what
    /// was there before then still is.
    pub fn commit(self) -> Result<()> {
        let Self { file, path, overwrite, .. } = self;
        let commit = || match overwrite {
            true => file.commit().map(|_| ()),
            false => file.commit_as_new(false)?.map(|_| ()).map_err(|_| exists()),
        };
        commit().map_err(|error| error.with_path(&path))
    }
}

impl std::ops::Deref for NewArray {
    type Target = LazyArray;

    fn deref(&self) -> &LazyArray {
        &self.array
    }
}
