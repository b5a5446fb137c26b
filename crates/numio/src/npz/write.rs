//! Writing archives, one member at a time.

use std::collections::HashSet;
use std::io;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::zeros;
use crate::io::{AtomicFile, LockedFile, ReadAt, copy};
use crate::npy::write::{Outgoing, OutgoingBody, WriteOptions};
use crate::npz::directory::{Directory, Entry};
use crate::npz::encode::{Compression, MemberContents, MemberEncoder};
use crate::npz::error::Fault;
use crate::npz::output::{Before, Head, Output, Progress, Target};
use crate::{ArrayLike, Error, ErrorKind, Limits, Result};

/// Writes an archive member by member, without holding them all.
///
/// A file appears whole or not at all, when [`finish`](Self::finish) is called. Equal arrays make equal bytes: all
/// members are dated 1980-01-01, as in NumPy. Elements of stored members start at multiples of 64 bytes.
///
/// ```
/// use ndarray::array;
/// use numio::npz::{Compression, NpzWriter};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("runs.npz");
/// let mut writer = NpzWriter::create(&path)?;
/// for run in 0..3 {
///     writer.add(&format!("run{run}"), &array![run, 2 * run])?;
/// }
/// writer.compression(Compression::Deflated);
/// writer.add("log", &vec![0.5; 1000])?;
/// writer.add_bytes("notes.txt", b"not an array")?;
/// writer.finish()?;
///
/// let archive = numio::NpzArchive::open(&path)?;
/// assert_eq!(archive.names().collect::<Vec<_>>(), ["run0", "run1", "run2", "log", "notes.txt"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct NpzWriter<'w> {
    encoder: MemberEncoder<'w>,
    path: Option<PathBuf>,
    names: HashSet<String>,
    compression: Compression,
    options: WriteOptions,
    appending: Appending,
    /// Set after an error from which the archive cannot be completed.
    failed: bool,
}

/// The file at the path when an archive was opened to append to it.
enum Appending {
    /// It was not.
    No,
    /// No archive. If there is one at the end, it is waited for up to so long.
    ToNothing { wait: Duration },
    /// An archive, which no one else can append to meanwhile.
    To(LockedFile),
}

impl<'w> NpzWriter<'w> {
    /// Creates an archive at `path`, which replaces a file that is there when it is finished. Nothing is
    /// added to the name.
    ///
    /// # Errors
    /// `Io` where the directory does not let a new file be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = AtomicFile::create(path)?;
        let target = if file.is_regular() { Target::File(file) } else { Target::Stream(Box::new(file)) };
        Ok(Self::with(Output::new(target, 0, Before::default()), Some(path), HashSet::new()))
    }

    /// Adds members to the archive at `path`, or makes a new one if there is none. The old one is copied, and stays as
    /// it was until the new one is finished. Until then no one else can append to it; [`append_within`](Self::append_within)
    /// can wait for others. Of programs that make one archive at the same time, the others append to that of the first.
    ///
    /// # Errors
    /// `InvalidData` where the file is no archive; `Io`: `WouldBlock` where it is open for appending already.
    ///
    /// ```
    /// use ndarray::array;
    /// use numio::npz::NpzWriter;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("a.npz");
    /// numio::savez(&path, [("a", &array![1, 2])])?;
    /// let mut writer = NpzWriter::append(&path)?;
    /// writer.add("b", &array![3, 4])?;
    /// writer.finish()?;
    /// assert_eq!(numio::NpzArchive::open(&path)?.names().collect::<Vec<_>>(), ["a", "b"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append(path: impl AsRef<Path>) -> Result<Self> {
        Self::append_within(path, Duration::ZERO)
    }

    /// As [`append`](Self::append), but waits up to `wait` for others that append to the archive; with [`Duration::MAX`] for as
    /// long as it takes.
    ///
    /// # Errors
    /// As [`append`](Self::append), once `wait` is over.
    pub fn append_within(path: impl AsRef<Path>, wait: Duration) -> Result<Self> {
        let path = path.as_ref();
        match open(path, wait) {
            Ok(Appended { output, names, old }) => {
                let mut writer = Self::with(output, Some(path), names);
                writer.appending = Appending::To(old);
                Ok(writer)
            }
            Err(error) if is_missing(&error) => {
                let mut writer = Self::create(path)?;
                writer.appending = Appending::ToNothing { wait };
                Ok(writer)
            }
            Err(error) => Err(error.with_path(path)),
        }
    }

    /// As [`create`](Self::create), for an archive that is made of the old one at `path`, which must be there: no one can append
    /// to that until the new one is finished. Others that do so already are waited for up to `wait`.
    ///
    /// # Errors
    /// As [`create`](Self::create) and [`append_within`](Self::append_within).
    pub fn rewrite_within(path: impl AsRef<Path>, wait: Duration) -> Result<Self> {
        let path = path.as_ref();
        let old = LockedFile::open(path, wait).map_err(|error| error.with_path(path))?;
        let mut file = AtomicFile::create(path)?;
        file.under_lock();
        let target = if file.is_regular() { Target::File(file) } else { Target::Stream(Box::new(file)) };
        let mut writer = Self::with(Output::new(target, 0, Before::default()), Some(path), HashSet::new());
        writer.appending = Appending::To(old);
        Ok(writer)
    }

    /// Writes an archive from the current position of `writer`. It goes back to complete the headers of large members.
    pub fn new(writer: impl Write + Seek + Send + 'w) -> Self {
        let output = Output::new(Target::Seekable(Box::new(writer)), 0, Before::default());
        Self::with(output, None, HashSet::new())
    }

    /// Writes an archive to what cannot go back: a pipe, a socket. The compressed bytes of one member at a time are kept in memory, for its header says how many they are.
    pub fn streaming(writer: impl Write + Send + 'w) -> Self {
        let output = Output::new(Target::Stream(Box::new(writer)), 0, Before::default());
        Self::with(output, None, HashSet::new())
    }

    fn with(output: Output<'w>, path: Option<&Path>, names: HashSet<String>) -> Self {
        let (encoder, path) = (MemberEncoder::new(output), path.map(Path::to_path_buf));
        let (compression, options) = (Compression::default(), WriteOptions::default());
        Self { encoder, path, names, compression, options, appending: Appending::No, failed: false }
    }

    /// The number of members, those that were there before among them.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Sets the compression of the members that follow. Default: stored.
    pub fn compression(&mut self, compression: Compression) -> &mut Self {
        self.compression = compression;
        self
    }

    /// Sets the options of the members that follow, and of [`finish`](Self::finish). Default: as [`save`](crate::save()).
    pub fn options(&mut self, options: &WriteOptions) -> &mut Self {
        self.options = options.clone();
        self
    }

    /// Calls `call` while members are added, with the number of bytes of their contents (headers and elements, not compressed)
    /// that have been taken since the last call: for large members, again and again. Those that are deflated may still be on
    /// their way through the compressor.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// let taken = AtomicU64::new(0);
    /// let mut writer = numio::npz::NpzWriter::new(Cursor::new(Vec::new()));
    /// writer.on_progress(|bytes| drop(taken.fetch_add(bytes, Ordering::Relaxed)));
    /// writer.add("x", &vec![0_u8; 1000])?;
    /// writer.finish()?;
    /// assert_eq!(taken.load(Ordering::Relaxed), 128 + 1000);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn on_progress(&mut self, call: impl Fn(u64) + Send + Sync + 'w) -> &mut Self {
        self.encoder.on_progress(Progress::new(call));
        self
    }

    /// Adds an array as the member `name`, with `.npy` after it.
    ///
    /// # Errors
    /// `InvalidInput` where there is such a member already, or the name is longer than 65,535 bytes or has a NUL in it; as
    /// [`save`](crate::save()). What the writer says may also come later, for members are compressed while others are added.
    pub fn add(&mut self, name: &str, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
        self.add_array(name, &array)
    }

    /// Adds `bytes` as the member `name`, which is taken as it is.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn add_bytes(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.add_member(name.to_owned(), &MemberContents::Parts([&[], bytes]))
    }

    pub(crate) fn add_array(&mut self, name: &str, array: &dyn ArrayLike) -> Result<()> {
        let name = format!("{name}.npy");
        let outgoing = Outgoing::new(array, &self.options).map_err(|error| self.place(error, &name))?;
        let (header, len) = (&outgoing.header, outgoing.len);
        let contents = match &outgoing.body {
            OutgoingBody::Bytes(data) => MemberContents::Parts([header, data]),
            OutgoingBody::Pickle(pickle) => MemberContents::Parts([header, pickle]),
            OutgoingBody::Gathered(array) => MemberContents::Gathered { header, array: *array, len },
        };
        self.add_member(name, &contents)
    }

    fn add_member(&mut self, name: String, contents: &MemberContents<'_>) -> Result<()> {
        self.check_sound()?;
        self.check_name(&name).map_err(|error| self.place(error, &name))?;
        let Self { encoder, options, compression, .. } = self;
        // So that it also stands where the array panics.
        self.failed = true;
        let compressed = options.run.run(|| encoder.add(name.clone(), contents, *compression));
        self.failed = compressed.is_err();
        compressed.map_err(|error| self.place(error, &name))?;
        self.names.insert(name);
        Ok(())
    }

    /// Completes the archive, and moves a file to its path. Without it nothing is left of one.
    ///
    /// # Errors
    /// `Io`, `StaleNetworkFileHandle` where another has replaced the archive that was appended to, as a save does; `InvalidInput`
    /// after an earlier call has failed to write, and where another has made the archive meanwhile, with a member of the
    /// same name.
    pub fn finish(self) -> Result<()> {
        self.check_sound()?;
        let Self { encoder, path, options: WriteOptions { sync, run, .. }, appending, .. } = self;
        let finish = || match (run.run(|| encoder.finish())?, &path, appending) {
            (Target::File(file), Some(path), Appending::ToNothing { wait }) => {
                match file.commit_as_new(sync)? {
                    Ok(_) => Ok(()),
                    Err(file) => merge(&file, path, wait, sync),
                }
            }
            (Target::File(file), Some(path), Appending::To(old)) => replace(file, &old, path, sync),
            (Target::File(file), ..) => file.commit_with(sync).map(drop),
            (Target::Seekable(_) | Target::Stream(_), ..) => Ok(()),
        };
        finish().map_err(|error: Error| match &path {
            Some(path) => error.with_path(path),
            None => error,
        })
    }

    fn check_sound(&self) -> Result<()> {
        match self.failed {
            true => Err(Fault::Failed.into()),
            false => Ok(()),
        }
    }

    fn check_name(&self, name: &str) -> Result<()> {
        let fault = match name {
            _ if self.names.contains(name) => Fault::Twice,
            _ if name.len() > u16::MAX.into() => Fault::LongName { len: name.len() },
            _ if name.contains('\0') => Fault::NulName,
            _ => return Ok(()),
        };
        Err(fault.into())
    }

    fn place(&self, error: Error, member: &str) -> Error {
        let error = error.with_member(member);
        match &self.path {
            Some(path) => error.with_path(path),
            None => error,
        }
    }
}

fn is_missing(error: &Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

impl std::fmt::Debug for NpzWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NpzWriter")
            .field("path", &self.path)
            .field("members", &self.names.len())
            .field("compression", &self.compression)
            .finish_non_exhaustive()
    }
}

/// An archive that members are added to.
pub(crate) struct Appended {
    /// A copy of it, all but its directory, that is to replace it.
    pub(crate) output: Output<'static>,
    /// The names that are taken.
    pub(crate) names: HashSet<String>,
    /// The archive itself, which no one else can append to meanwhile.
    pub(crate) old: LockedFile,
}

/// Opens the archive at `path`, waiting up to `wait` for others that append to it.
///
/// # Errors
/// As [`Directory::read`]; `Io`, `WouldBlock` where others have it open for longer than that.
pub(crate) fn open(path: &Path, wait: Duration) -> Result<Appended> {
    let old = LockedFile::open(path, wait)?;
    let Directory { entries, start, size, base, comment, .. } = Directory::read(&*old, &Limits::default())?;
    let base = u64::try_from(base).map_err(|_| Fault::NoFront)?;
    let mut records = zeros(usize::try_from(size).map_err(io::Error::other)?)?;
    old.read_exact_at(&mut records, start)?;
    let mut file = AtomicFile::create(path)?;
    if !file.is_regular() {
        return Err(Error::new(ErrorKind::InvalidInput, "not a regular file: only those can be appended to"));
    }
    file.under_lock();
    file.reserve(start)?;
    (&*old).rewind()?;
    copy(&old, file.file(), start)?;
    let count = entries.len() as u64;
    let names = entries.iter().map(|entry| entry.name.to_string()).collect();
    let before = Before { base, records, count, comment };
    Ok(Appended { output: Output::new(Target::File(file), start, before), names, old })
}

/// Adds the members of `new`, an archive that was written for `path` while there was none, to the one that another has put
/// there meanwhile.
///
/// # Errors
/// `InvalidInput` where both have a member of one name; as [`open`].
pub(crate) fn merge(new: &AtomicFile, path: &Path, wait: Duration, sync: bool) -> Result<()> {
    let Appended { mut output, names, old } = open(path, wait)?;
    for entry in Directory::read(new.file(), &Limits::default())?.entries {
        if names.contains(&*entry.name) {
            return Err(Error::from(Fault::Twice).with_member(&entry.name));
        }
        copy_member(&mut output, new, &entry)?;
    }
    match output.finish()? {
        Target::File(file) => replace(file, &old, path, sync),
        _ => Ok(()),
    }
}

/// Puts an archive that members were added to in the place of the one that it is a copy of.
///
/// # Errors
/// As [`Directory::read`]: offsets that count from a later byte than the file's first may fit two ways once members were added;
/// where another has replaced the old file; `Io`.
fn replace(file: AtomicFile, old: &LockedFile, path: &Path, sync: bool) -> Result<()> {
    let limits = Limits { max_members: u64::MAX, ..Limits::default() };
    Directory::read(file.file(), &limits)?;
    old.check_at(path)?;
    file.commit_with(sync).map(drop)
}

/// Copies a member of an archive that [`Output`] has written, as it is.
fn copy_member(output: &mut Output<'static>, new: &AtomicFile, entry: &Entry) -> Result<()> {
    let Entry { method, compressed, size, end, .. } = *entry;
    // Output writes nothing between the data of a member and the next one.
    let start = end.checked_sub(compressed).ok_or(Fault::NoFront)?;
    let head = Head { name: entry.name.to_string(), method, size, block: 0 };
    output.copied(&head, entry.crc(), compressed, &entry.index, |out| {
        new.file().seek(io::SeekFrom::Start(start))?;
        copy(new.file(), out, compressed)
    })?;
    Ok(())
}
