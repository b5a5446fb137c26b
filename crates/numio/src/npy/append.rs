//! Growing a `.npy` file where it stands.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Header;
use super::contents::Contents;
use super::fault::Fault;
use super::head::{HEAD, header_at, read_head};
use super::header::MAGIC;
use super::write::{GATHERED, write_in};
use crate::source::{AtomicFile, ReadAt};
use crate::{ArrayLike, Error, Limits, Order, Result};

/// Appends `array` along the first axis of the file at `path`; along the last, if the file is in Fortran order. NumPy
/// leaves room in its headers for this, so that no more is written than the new elements and a few digits.
///
/// A crash, even of the machine, leaves the file as it was or with all of the new elements. What a crashed append has
/// left behind the array is overwritten.
///
/// # Errors
/// `InvalidInput` where the file's dtype or its other axes are not the array's, has no axes, holds Python objects, or is
/// followed by another array; `InvalidData` where it is damaged; `Io`, and the file is then as before.
///
/// ```
/// use ndarray::{Array2, array};
/// use numio::npy;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("log.npy");
/// numio::save(&path, &array![[1, 2], [3, 4]])?;
/// npy::append(&path, &array![[5, 6]])?;
/// assert_eq!(numio::read_npy::<Array2<i32>>(&path)?, array![[1, 2], [3, 4], [5, 6]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn append(path: impl AsRef<Path>, array: &impl ArrayLike) -> Result<()> {
    let mut appender = Appender::open(path)?;
    appender.push(array)?;
    appender.finish()
}

/// A file that grows, kept open for many batches.
///
/// [`push`](Self::push) writes elements behind the array, where no reader looks; [`commit`](Self::commit) waits until
/// they are on the disk and then makes them part of the array, by one write of the header's changed digits. Dropping
/// commits too, but keeps quiet about failures: end with [`finish`](Self::finish).
///
/// ```
/// use numio::npy::Appender;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("log.npy");
/// numio::save(&path, &[0_u16; 0])?;
/// let mut log = Appender::open(&path)?;
/// for batch in 0..100_u16 {
///     log.push(&[batch, batch + 1])?;
/// }
/// log.finish()?;
/// assert_eq!(numio::read_npy::<Vec<u16>>(&path)?.len(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Appender {
    file: File,
    path: PathBuf,
    /// The bytes before the elements, as they stand in the file.
    head: Vec<u8>,
    header: Header,
    /// The shape with what has been pushed.
    shape: Vec<usize>,
    /// Where the next elements go.
    end: u64,
}

impl Appender {
    /// Opens a file to append to. No other appender can have it open meanwhile.
    ///
    /// # Errors
    /// As [`append`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::open_at(path).map_err(|error| error.with_path(path))
    }

    fn open_at(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        lock(&file)?;
        let size = file.metadata()?.len();
        let mut head = [0; HEAD];
        let head = read_head(&file, size, &mut head)?;
        let (header, offset) = header_at(&file, size, head, Limits::default().max_header_chars)?;
        if header.dtype().has_objects() {
            return Err(Fault::Objects { dtype: header.dtype().clone(), doing: "appended to" }.into());
        }
        if header.shape().is_empty() {
            return Err(Fault::NoAxes.into());
        }
        let contents = Contents::from(header.clone());
        let len = contents.len()?;
        contents.check_whole(&file, offset as u64, len)?;
        let end = offset as u64 + len as u64;
        refuse_neighbour(&file, size, end)?;
        let mut head = vec![0; offset];
        file.read_exact_at(&mut head, 0)?;
        Ok(Self { file, path: path.to_path_buf(), head, shape: header.shape().to_vec(), header, end })
    }

    /// The shape of the array with all that has been pushed.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Writes `array` behind the elements that are there. Readers see it after the next [`commit`](Self::commit).
    ///
    /// # Errors
    /// `InvalidInput` where dtype or shape do not fit; `Io`, and what was written of it is taken back.
    pub fn push(&mut self, array: &impl ArrayLike) -> Result<()> {
        self.push_dyn(array).map_err(|error| error.with_path(&self.path))
    }

    fn push_dyn(&mut self, array: &dyn ArrayLike) -> Result<()> {
        let grown = self.grown(array)?;
        let header = Header::new(self.header.dtype().clone(), grown, self.header.order())?;
        if header.clone().with_version(self.header.version())?.to_bytes_within(self.head.len()).is_none() {
            self.make_room()?;
        }
        let written = self.write(array);
        if written.is_err() {
            // Should this fail too, what is left behind the array is no part of it.
            let _ = self.file.set_len(self.end);
        }
        self.end = written?;
        self.shape = header.shape().to_vec();
        Ok(())
    }

    /// The shape with `array` appended.
    fn grown(&self, array: &dyn ArrayLike) -> Result<Vec<usize>> {
        let (dtype, found) = (array.dtype(), array.shape());
        if dtype != *self.header.dtype() {
            return Err(Fault::OtherDType { found: dtype, wanted: self.header.dtype().clone() }.into());
        }
        let growing = match self.header.order() {
            Order::C => 0,
            Order::Fortran => self.shape.len() - 1,
        };
        let mut grown = self.shape.clone();
        let fits = found.len() == grown.len()
            && found.iter().zip(&grown).enumerate().all(|(axis, (new, old))| axis == growing || new == old);
        match (grown.get_mut(growing), found.get(growing)) {
            (Some(axis), Some(more)) if fits => *axis = axis.saturating_add(*more),
            _ => return Err(Fault::OtherShape { found, file: grown, growing }.into()),
        }
        Ok(grown)
    }

    /// Writes the elements from `end` on, and says where they end.
    fn write(&mut self, array: &dyn ArrayLike) -> Result<u64> {
        if self.file.metadata()?.len() > self.end {
            self.file.set_len(self.end)?;
        }
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.end))?;
        let mut out = BufWriter::with_capacity(GATHERED, file);
        write_in(&mut out, array, self.header.order())?;
        out.flush()?;
        drop(out);
        Ok(file.stream_position()?)
    }

    /// Makes everything pushed part of the array.
    ///
    /// # Errors
    /// `Io`; the file is then an array without, or with all of it.
    pub fn commit(&mut self) -> Result<()> {
        self.commit_here().map_err(|error| error.with_path(&self.path))
    }

    fn commit_here(&mut self) -> Result<()> {
        if self.shape == self.header.shape() {
            return Ok(());
        }
        let header = Header::new(self.header.dtype().clone(), self.shape.clone(), self.header.order())?;
        let header = header.with_version(self.header.version())?;
        let head = header.to_bytes_within(self.head.len()).ok_or(Fault::NoRoom)?;
        // The elements first: a header never speaks of any that are not there.
        self.file.sync_data()?;
        let differs = |at: &usize| self.head.get(*at) != head.get(*at);
        let mut changed = (0..head.len()).filter(differs);
        if let Some(first) = changed.next() {
            // One write, of the digits that changed: they share a sector of the disk, and become old or new together.
            let last = changed.next_back().unwrap_or(first);
            let mut file = &self.file;
            file.seek(SeekFrom::Start(first as u64))?;
            file.write_all(head.get(first..=last).unwrap_or_default())?;
        }
        (self.head, self.header) = (head, header);
        Ok(())
    }

    /// Commits, and closes the file.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn finish(mut self) -> Result<()> {
        self.commit()
    }

    /// Rewrites the file with a header that has room for the growing axis, as files of other programs have not.
    fn make_room(&mut self) -> Result<()> {
        self.commit_here()?;
        let head = self.header.to_bytes();
        let mut new = AtomicFile::create(&self.path)?;
        let len = self.end - self.head.len() as u64;
        new.reserve((head.len() as u64).saturating_add(len))?;
        new.write_all(&head)?;
        let mut old = &self.file;
        old.seek(SeekFrom::Start(self.head.len() as u64))?;
        io::copy(&mut old.take(len), &mut new.file())?;
        self.file = new.commit(true)?;
        lock(&self.file)?;
        self.end = head.len() as u64 + len;
        self.head = head;
        Ok(())
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        let _ = self.commit_here();
        // Closing does not unlock while a child that was just forked has the file open too.
        let _ = self.file.unlock();
    }
}

/// Keeps other appenders out, where the file system has locks.
fn lock(file: &File) -> Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Fault::Locked.into()),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Refuses to write over what is an array too, and no remains of an append.
fn refuse_neighbour(file: &File, size: u64, end: u64) -> Result<()> {
    let mut magic = [0; MAGIC.len()];
    if size.saturating_sub(end) >= magic.len() as u64 {
        file.read_exact_at(&mut magic, end)?;
        if magic == MAGIC {
            return Err(Error::from(Fault::Neighbour).at(end));
        }
    }
    Ok(())
}
