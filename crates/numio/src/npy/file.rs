//! One `.npy` file, opened: its header at once, its elements when they are asked for.

use std::fs::File;
use std::ops::{Bound, RangeBounds};
use std::path::{Path, PathBuf};

use super::blocks::{Blocks, Pick};
use super::body::Body;
use super::contents::Contents;
use super::head::{HEAD, header_at, read_head};
use super::read::array_at;
use super::{FromNpy, Header};
use crate::{Error, ErrorKind, Limits, Result};

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
    /// `Io` where it cannot be opened, `Eof` where it is empty, `Format`, `Unsupported` or `Limit` where its header is
    /// malformed, unknown or too long.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::with_limits(path, Limits::default())
    }

    /// Opens the file under limits of the caller's choosing.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn with_limits(path: impl AsRef<Path>, limits: Limits) -> Result<Self> {
        let path = path.as_ref();
        File::open(path)
            .map_err(Error::from)
            .and_then(|file| Self::new(file, path, limits))
            .map_err(|error| error.with_path(path))
    }

    fn new(file: File, path: &Path, limits: Limits) -> Result<Self> {
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(Error::new(
                ErrorKind::Argument,
                "not a regular file: read it as a stream, with load or Reader",
            ));
        }
        let mut head = [0; HEAD];
        let head = read_head(&file, found.len(), &mut head)?;
        let (header, offset) = header_at(&file, found.len(), head, limits.header_chars)?;
        Ok(Self { file, path: path.to_path_buf(), header, offset, limits })
    }

    /// What the file says of its array.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The byte at which the elements start.
    pub fn data_offset(&self) -> usize {
        self.offset
    }

    /// Checks that all elements are there, without reading them. Bytes after them are no fault.
    ///
    /// # Errors
    /// `Format` where the file ends before its array does.
    pub fn check(&self) -> Result<()> {
        self.whole().map(|_| ()).map_err(|error| self.here(error))
    }

    /// The whole array.
    ///
    /// # Errors
    /// `Format` where the file ends before its array does, `Argument` where `A` is of another dtype or rank, or the
    /// array holds Python objects, `Limit` where it is larger than allowed, `Io`.
    pub fn read<A: FromNpy>(&self) -> Result<A> {
        array_at(&self.file, &[], self.header.clone(), self.offset, &self.limits)
            .map_err(|error| self.here(error))
    }

    /// What `array[rows]` is: part of the first axis. Of a file in C order nothing else is read; in one in Fortran order
    /// the rows stand scattered, and what is read is what stands close to them.
    ///
    /// # Errors
    /// `Argument` where the range reaches past the first axis, or there is none; else as [`read`](Self::read).
    pub fn rows<A: FromNpy>(&self, rows: impl RangeBounds<usize>) -> Result<A> {
        let read = || {
            let contents = self.whole()?;
            let (start, end) = resolve(&rows, &contents.shape)?;
            let mut picks: Vec<Pick> =
                contents.shape.iter().map(|&len| Pick { start: 0, step: 1, count: len }).collect();
            if let Some(first) = picks.first_mut() {
                *first = Pick { start, step: 1, count: end - start };
            }
            self.picked(contents, &picks)
        };
        read().map_err(|error| self.here(error))
    }

    /// The picked elements, in the file's order.
    fn picked<A: FromNpy>(&self, contents: Contents, picks: &[Pick]) -> Result<A> {
        let blocks = Blocks::of(&contents, self.offset, picks);
        let part = Contents { shape: picks.iter().map(|pick| pick.count).collect(), ..contents };
        let len = part.len_within(&self.limits)?;
        let body = match blocks.single() {
            Some(offset) => Body::At { source: &self.file, offset: offset as u64 },
            None => Body::Blocks { source: &self.file, blocks },
        };
        A::from_body(part, body, len)
    }

    /// What the array is, all of which is there.
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
    let refused = |message: String| Error::new(ErrorKind::Argument, message);
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
