//! One `.npy` file, opened: its header at once, its elements when they are asked for.

use std::fs::File;
use std::ops::{Bound, RangeBounds};
use std::path::{Path, PathBuf};

use super::read::array_at;
use super::{FromNpy, Header};
use crate::array::Layout;
use crate::io::{OpenedFile, open, refuse_directory};
use crate::npy::Contents;
use crate::npy::header::{HEAD, header_at, read_head};
use crate::npy::read::Body;
use crate::npy::write::Blocks;
use crate::{DynArray, Error, ErrorKind, Limits, Result, SliceItem};

/// An open `.npy` file. Opening reads the header, whatever the size of the array; what else is read, is read by position,
/// so that one handle serves several threads.
///
/// ```
/// use ndarray::{Array2, array};
/// use numio::npy::NpyFile;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("a.npy");
/// numio::save(&path, &array![[1, 2], [3, 4], [5, 6]])?;
///
/// let file = NpyFile::open(&path)?;
/// assert_eq!(file.header().shape(), [3, 2]);
/// let rows: Array2<i32> = file.rows(1..)?; // the first row is not read
/// assert_eq!(rows, array![[3, 4], [5, 6]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct NpyFile {
    file: File,
    path: PathBuf,
    header: Header,
    offset: usize,
    limits: Limits,
}

impl NpyFile {
    /// Opens the file and reads its header.
    ///
    /// # Errors
    /// `Io` if it cannot be opened, `EndOfStream` if it is empty, `InvalidData`, `Unsupported` or `LimitExceeded`
    /// if its header is malformed, unknown or too long.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::with_limits(path, Limits::default())
    }

    /// Opens the file under limits of the caller's choosing.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn with_limits(path: impl AsRef<Path>, limits: Limits) -> Result<Self> {
        let path = path.as_ref();
        open(path)
            .map_err(Error::from)
            .and_then(|opened| Self::new(opened, path, limits))
            .map_err(|error| error.with_path(path))
    }

    fn new(opened: OpenedFile, path: &Path, limits: Limits) -> Result<Self> {
        let OpenedFile { file, metadata: found, .. } = opened;
        refuse_directory(&file, &found)?;
        if !found.is_file() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "not a regular file: read it as a stream, with load or NpyStream",
            ));
        }
        let mut head = [0; HEAD];
        let head = read_head(&file, found.len(), &mut head)?;
        let (header, offset) = header_at(&file, found.len(), head, limits.max_header_chars)?;
        Ok(Self::from_parts(file, path, header, offset, limits))
    }

    /// The file's header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open file itself, for those who read or map it by other means.
    pub fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn from_parts(file: File, path: &Path, header: Header, offset: usize, limits: Limits) -> Self {
        Self { file, path: path.to_path_buf(), header, offset, limits }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The byte at which the elements start.
    pub fn data_offset(&self) -> usize {
        self.offset
    }

    /// Checks that all elements are there, without reading them. Bytes after them are no fault.
    ///
    /// # Errors
    /// `InvalidData` if the file ends before its array does.
    pub fn check(&self) -> Result<()> {
        self.whole().map(|_| ()).map_err(|error| self.here(error))
    }

    /// The whole array.
    ///
    /// # Errors
    /// `InvalidData` if the file ends before its array does, `InvalidInput` if `A` is of another dtype or rank, or the
    /// array holds Python objects, `LimitExceeded` if it is larger than allowed, `Io`.
    pub fn read<A: FromNpy>(&self) -> Result<A> {
        array_at(&self.file, &[], self.header.clone(), self.offset, &self.limits)
            .map_err(|error| self.here(error))
    }

    /// Reads `array[rows]`: part of the first axis. From a file in C order nothing else is read; in one in Fortran
    /// order the rows are scattered, and bytes close to them are read too.
    ///
    /// # Errors
    /// `InvalidInput` if the range reaches past the first axis or there is no such axis; else as [`read`](Self::read).
    pub fn rows<A: FromNpy>(&self, rows: impl RangeBounds<usize>) -> Result<A> {
        let read = || {
            let whole = self.whole()?;
            let (start, end) = resolve(&rows, &whole.shape)?;
            let rows = SliceItem::Range { start: Some(start as isize), stop: Some(end as isize), step: 1 };
            let (selected, _) = self.select(&whole, &[rows])?;
            let part = Contents { shape: self.shape_with(end - start), ..whole };
            let len = part.len_within(&self.limits)?;
            A::from_body(part, self.body(selected), len)
        };
        read().map_err(|error| self.here(error))
    }

    /// Reads `array[items]`, as NumPy defines it. Only selected bytes are read, and those close enough to them that
    /// skipping would cost more.
    ///
    /// # Errors
    /// As [`DynArray::slice`](crate::DynArray::slice) and [`read`](Self::read).
    ///
    /// ```
    /// use numio::Slice;
    /// use numio::npy::NpyFile;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("a.npy");
    /// numio::save(&path, &ndarray::array![[1, 2, 3], [4, 5, 6]])?;
    /// let slice: Slice = "1, ::-1".parse()?;
    /// let row = NpyFile::open(&path)?.slice(&slice)?;
    /// assert_eq!(row.view::<i32, ndarray::Ix1>()?.to_vec(), [6, 5, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn slice(&self, items: &[SliceItem]) -> Result<DynArray> {
        let read = || {
            let whole = self.whole()?;
            let (selected, placed) = self.select(&whole, items)?;
            let part = Contents { shape: placed.shape.clone(), ..whole };
            let (dtype, len) = (part.dtype.clone(), part.len_within(&self.limits)?);
            let read = DynArray::from_body(part, self.body(selected), len)?;
            Ok(read.part(dtype, placed))
        };
        read().map_err(|error| self.here(error))
    }

    /// The blocks that hold `items` of the array, and where its elements are when those are read.
    fn select(&self, whole: &Contents, items: &[SliceItem]) -> Result<(Blocks, Layout)> {
        let itemsize = whole.dtype.itemsize();
        let mut selected = Layout::contiguous(&whole.shape, itemsize, whole.order).sliced(items)?;
        selected.offset += self.offset;
        Ok(Blocks::of(&selected, itemsize))
    }

    fn body(&self, blocks: Blocks) -> Body<'_> {
        match blocks.single() {
            Some(offset) => Body::At { source: &self.file, offset: offset as u64 },
            None => Body::Blocks { source: &self.file, blocks },
        }
    }

    /// The shape with this number of rows.
    fn shape_with(&self, rows: usize) -> Vec<usize> {
        std::iter::once(rows).chain(self.header.shape().iter().skip(1).copied()).collect()
    }

    /// The array's contents, after checking that all of them are there.
    fn whole(&self) -> Result<Contents> {
        let contents = Contents::from(self.header.clone());
        contents.check_whole(&self.file, self.offset as u64, contents.len()?)?;
        Ok(contents)
    }

    fn here(&self, error: Error) -> Error {
        error.with_path(&self.path)
    }
}

/// The first and the last row but one of `rows`.
fn resolve(rows: &impl RangeBounds<usize>, shape: &[usize]) -> Result<(usize, usize)> {
    let refused = |message: String| Error::new(ErrorKind::InvalidInput, message);
    let &len = shape.first().ok_or_else(|| refused("an array of 0 axes has no rows".to_owned()))?;
    let start = match rows.start_bound() {
        Bound::Included(&start) => Some(start),
        Bound::Excluded(&before) => before.checked_add(1),
        Bound::Unbounded => Some(0),
    };
    let end = match rows.end_bound() {
        Bound::Included(&last) => last.checked_add(1),
        Bound::Excluded(&end) => Some(end),
        Bound::Unbounded => Some(len),
    };
    match (start, end) {
        (Some(start), Some(end)) if start <= end && end <= len => Ok((start, end)),
        _ => Err(refused(format!("rows {:?} of an array of {len}", (rows.start_bound(), rows.end_bound())))),
    }
}
