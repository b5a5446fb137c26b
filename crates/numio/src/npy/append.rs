//! Growing a `.npy` file in place.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Header;
use super::header::MAGIC;
use super::read::array_at;
use super::write::{GATHERED, write_in};
use crate::error::zeros;
use crate::io::{AtomicFile, LockedFile, ReadAt, copy, settle};
use crate::npy::Contents;
use crate::npy::error::Fault;
use crate::npy::header::{HEAD, header_at, read_head};
use crate::parallel::{RunOptions, run_options};
use crate::{ArrayLike, DynArray, Error, ErrorKind, Limits, Order, Result};

/// Appends `array` along the first axis of the file at `path`; along the last, if the file is in Fortran order. NumPy
/// leaves space in its headers for this, so that no more is written than the new elements and a few digits.
///
/// A crash, even of the machine, leaves the file as it was or with all of the new elements. What a crashed append has
/// left behind the array is overwritten. Only one program at a time can append to a file; [`AppendOptions`] can wait for
/// others, and make a file that is not there.
///
/// # Errors
/// `InvalidInput` if the file's dtype or its other axes are not the array's, has no axes, holds Python objects, or is
/// followed by another array; `InvalidData` if it is damaged; `Io`, and the file is then as before: `WouldBlock` if it
/// is open for appending already.
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
pub fn append(path: impl AsRef<Path>, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
    AppendOptions::new().append(path, array)
}

/// Options for appending.
///
/// ```
/// use std::time::Duration;
///
/// use numio::npy::AppendOptions;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("log.npy");
/// let mut options = AppendOptions::new();
/// options.create(true).wait(Duration::from_secs(10));
/// options.append(&path, &[1, 2])?;
/// options.append(&path, &[3])?;
/// assert_eq!(numio::read_npy::<Vec<i32>>(&path)?, [1, 2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct AppendOptions {
    create: bool,
    wait: Duration,
    run: RunOptions,
}

impl AppendOptions {
    /// As [`append`] does it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether a missing file is created, in C order, so that it grows along its first axis. Default: false. It
    /// appears when its first elements are committed, with all of them; if several programs create one file at the same
    /// time, the others append to that of the first.
    pub fn create(&mut self, create: bool) -> &mut Self {
        self.create = create;
        self
    }

    /// Sets how long to wait for others that have the file open for appending; [`Duration::MAX`] waits without limit.
    /// Default: zero, which fails at once.
    pub fn wait(&mut self, wait: Duration) -> &mut Self {
        self.wait = wait;
        self
    }

    run_options!(run);

    /// As [`append`](crate::npy::append()).
    ///
    /// # Errors
    /// As [`append`](crate::npy::append()).
    pub fn append(&self, path: impl AsRef<Path>, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
        self.run.run(|| {
            let mut appender = self.open(path)?;
            appender.push(array)?;
            appender.finish()
        })
    }

    /// Opens a file to append to. No one else can append to it meanwhile.
    ///
    /// # Errors
    /// As [`append`](crate::npy::append()).
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Appender> {
        let (path, wait) = (path.as_ref(), self.wait);
        let file = match self.run.run(|| GrowingFile::open(path, wait)) {
            Err(error) if self.create && is_missing(&error) => None,
            opened => Some(opened.map_err(|error| error.with_path(path))?),
        };
        Ok(Appender { path: path.to_path_buf(), wait, file, failed: false })
    }
}

/// A file that grows, kept open for many batches.
///
/// [`push`](Self::push) writes elements behind the array, where no reader looks; [`commit`](Self::commit) waits until
/// they are on the disk and then makes them part of the array, by one write of the header's changed digits. Dropping
/// commits too, but ignores failures: end with [`finish`](Self::finish).
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
    path: PathBuf,
    wait: Duration,
    /// Nothing before the first push to a file that is not there.
    file: Option<GrowingFile>,
    /// Set after a commit that failed: what the disk has of the elements is not known, and no later call may say that all is well.
    failed: bool,
}

impl Appender {
    /// Opens a file to append to. No other appender can have it open meanwhile. [`AppendOptions::open`] can wait for
    /// others, and make the file.
    ///
    /// # Errors
    /// As [`append`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        AppendOptions::new().open(path)
    }

    /// Opens a file to append to, or makes it with the first elements that are pushed: [`AppendOptions::create`].
    ///
    /// # Errors
    /// As [`append`].
    ///
    /// ```
    /// use numio::npy::Appender;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("log.npy");
    /// for run in 0..2 {
    ///     let mut log = Appender::open_or_create(&path)?;
    ///     log.push(&[[run, 2 * run]])?;
    ///     log.finish()?;
    /// }
    /// assert_eq!(numio::read_npy::<Vec<[i32; 2]>>(&path)?, [[0, 0], [1, 2]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self> {
        AppendOptions::new().create(true).open(path)
    }

    /// The shape of the array with all that has been pushed; no axes before the first push to a file that is not there.
    pub fn shape(&self) -> &[usize] {
        self.file.as_ref().map(|file| &*file.shape).unwrap_or_default()
    }

    /// Writes `array` behind the elements that are there. Readers see it after the next [`commit`](Self::commit).
    ///
    /// # Errors
    /// `InvalidInput` if dtype or shape do not fit; `Io`, and what was written of it is taken back.
    pub fn push(&mut self, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
        self.push_dyn(&array).map_err(|error| error.with_path(&self.path))
    }

    fn push_dyn(&mut self, array: &dyn ArrayLike) -> Result<()> {
        self.check_sound()?;
        if let Some(file) = &mut self.file {
            return file.push(&self.path, array);
        }
        // Another may have made it since this was opened.
        let mut file = match GrowingFile::open(&self.path, self.wait) {
            Err(error) if is_missing(&error) => GrowingFile::create(&self.path, array)?,
            opened => opened?,
        };
        file.push(&self.path, array)?;
        self.file = Some(file);
        Ok(())
    }

    /// Makes everything pushed part of the array.
    ///
    /// # Errors
    /// `Io`; the file is then an array without, or with all of it. `StaleNetworkFileHandle` if another has replaced the
    /// file meanwhile, as [`save`](crate::save()) does. Every call that follows fails as well (`InvalidInput`): open the file again.
    pub fn commit(&mut self) -> Result<()> {
        let committed = self.check_sound().and_then(|()| self.commit_here());
        self.failed |= committed.is_err();
        committed.map_err(|error| error.with_path(&self.path))
    }

    fn check_sound(&self) -> Result<()> {
        match self.failed {
            true => Err(Fault::Failed.into()),
            false => Ok(()),
        }
    }

    fn commit_here(&mut self) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if !file.commit(&self.path)? {
            // Another has made the file meanwhile, and what was written for a new one is appended to that.
            let ours: DynArray =
                array_at(&*file.file, &[], file.header.clone(), file.head.len(), &Limits::default())?;
            let mut theirs = GrowingFile::open(&self.path, self.wait)?;
            theirs.push(&self.path, &ours)?;
            theirs.commit(&self.path)?;
            *file = theirs;
        }
        Ok(())
    }

    /// Commits, and closes the file.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn finish(mut self) -> Result<()> {
        self.commit()
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        let _ = self.commit();
    }
}

fn is_missing(error: &Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// An open file with an array that grows.
#[derive(Debug)]
struct GrowingFile {
    file: LockedFile,
    /// The same file, where it is still to get its name.
    new: Option<AtomicFile>,
    /// The bytes before the elements, as they are in the file.
    head: Vec<u8>,
    header: Header,
    /// The shape with what has been pushed.
    shape: Vec<usize>,
    /// The offset of the next elements.
    end: u64,
}

fn not_a_file() -> Error {
    Error::new(ErrorKind::InvalidInput, "not a regular file: only those can be appended to")
}

impl GrowingFile {
    fn open(path: &Path, wait: Duration) -> Result<Self> {
        let file = LockedFile::open(path, wait)?;
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(not_a_file());
        }
        let size = found.len();
        let mut head = [0; HEAD];
        let head = read_head(&file, size, &mut head)?;
        let (header, offset) = header_at(&*file, size, head, Limits::default().max_header_chars)?;
        check_growing(&header)?;
        let contents = Contents::from(header.clone());
        let len = contents.len()?;
        contents.check_whole(&*file, offset as u64, len)?;
        let end = offset as u64 + len as u64;
        refuse_neighbour(&file, size, end)?;
        let mut head = zeros(offset)?;
        file.read_exact_at(&mut head, 0)?;
        Ok(Self { file, new: None, head, shape: header.shape().to_vec(), header, end })
    }

    /// A new file for arrays like `array`, without any elements yet.
    fn create(path: &Path, array: &dyn ArrayLike) -> Result<Self> {
        let mut shape = array.shape();
        if let Some(growing) = shape.first_mut() {
            *growing = 0;
        }
        let header = Header::new(array.dtype(), shape.clone(), Order::C)?
            .with_other_descr(array.descr().as_deref())?;
        check_growing(&header)?;
        let head = header.to_bytes();
        let mut new = AtomicFile::create(path)?;
        if !new.is_regular() {
            return Err(not_a_file());
        }
        new.under_lock();
        new.write_all(&head)?;
        let file = LockedFile::held(new.file().try_clone()?);
        Ok(Self { file, new: Some(new), end: head.len() as u64, head, shape, header })
    }

    fn push(&mut self, path: &Path, array: &dyn ArrayLike) -> Result<()> {
        let grown = self.grown(array)?;
        let header = Header::new(self.header.dtype().clone(), grown, self.header.order())?;
        if header.clone().with_version(self.header.version())?.to_bytes_within(self.head.len()).is_none() {
            self.make_space(path)?;
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
        array.check()?;
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

    /// Writes the elements from `end` on, and returns where they end.
    fn write(&mut self, array: &dyn ArrayLike) -> Result<u64> {
        if self.file.metadata()?.len() > self.end {
            self.file.set_len(self.end)?;
        }
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.end))?;
        let mut out = BufWriter::with_capacity(GATHERED, file);
        write_in(&mut out, array, self.header.order())?;
        out.flush()?;
        drop(out);
        Ok(file.stream_position()?)
    }

    /// Makes everything pushed part of the array. False, for a new file, where another has made it meanwhile.
    fn commit(&mut self, path: &Path) -> Result<bool> {
        if self.new.is_none() && self.shape == self.header.shape() {
            return Ok(true);
        }
        let header = Header::new(self.header.dtype().clone(), self.shape.clone(), self.header.order())?;
        let header = header.with_version(self.header.version())?.with_descr_of(&self.header)?;
        let head = header.to_bytes_within(self.head.len()).ok_or(Fault::NoRoom)?;
        if self.new.is_none() {
            self.file.check_at(path)?;
            // The elements first: a header never speaks of any that are not there.
            self.file.sync_data()?;
        }
        let differs = |at: &usize| self.head.get(*at) != head.get(*at);
        let mut changed = (0..head.len()).filter(differs);
        if let Some(first) = changed.next() {
            // One write, of the digits that changed: they share a sector of the disk, and become old or new together.
            let last = changed.next_back().unwrap_or(first);
            let mut file = &*self.file;
            file.seek(SeekFrom::Start(first as u64))?;
            file.write_all(head.get(first..=last).unwrap_or_default())?;
        }
        (self.head, self.header) = (head, header);
        Ok(match self.new.take() {
            Some(new) => match new.commit_as_new(true)? {
                Ok(file) => {
                    // Not every file can get a name itself: the one that has it may be a copy.
                    if !self.file.is_same(&file)? {
                        self.file = LockedFile::held(file);
                    }
                    true
                }
                Err(_) => false,
            },
            None => {
                settle(&self.file)?;
                true
            }
        })
    }

    /// Rewrites the file with a header that has space for the growing axis, which files of other programs may lack.
    fn make_space(&mut self, path: &Path) -> Result<()> {
        self.commit(path)?;
        self.file.check_at(path)?;
        let head = self.header.to_bytes();
        let mut new = AtomicFile::create(path)?;
        new.under_lock();
        let len = self.end - self.head.len() as u64;
        new.reserve((head.len() as u64).saturating_add(len))?;
        new.write_all(&head)?;
        (&*self.file).seek(SeekFrom::Start(self.head.len() as u64))?;
        copy(&self.file, new.file(), len)?;
        let new = new.commit_durable()?;
        // One that could only be overwritten is still the one that is locked. Else those who wait for the old one find
        // that it was replaced, and that the new one is locked.
        if !self.file.is_same(&new)? {
            self.file = LockedFile::held(new);
        }
        self.end = head.len() as u64 + len;
        self.head = head;
        Ok(())
    }
}

/// Refuses arrays that cannot grow.
pub(super) fn check_growing(header: &Header) -> Result<()> {
    if header.dtype().has_objects() {
        return Err(Fault::Objects { dtype: header.dtype().clone(), doing: "appended to" }.into());
    }
    if header.shape().is_empty() {
        return Err(Fault::NoAxes.into());
    }
    Ok(())
}

/// Refuses to write over what is an array too, and no remains of an append.
fn refuse_neighbour(file: &File, size: u64, end: u64) -> Result<()> {
    let mut magic = [0; MAGIC.len()];
    if size.saturating_sub(end) >= magic.len() as u64 {
        file.read_exact_at(&mut magic, end)?;
        if magic == MAGIC {
            return Err(Error::from(Fault::Neighbour).with_offset(end));
        }
    }
    Ok(())
}
