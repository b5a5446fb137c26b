//! Files that appear whole or not at all.

use std::fs::{File, Metadata, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use crate::io::Fault;
use crate::io::access::{LockedFile, carry_over};
use crate::io::contents::{copy_contents, reserve};
use crate::io::handles::{as_marked, is_same, is_written_here, open_to_write, settle};
use crate::io::mmap::check_mappable;
use crate::io::read_at::Pipe;
use crate::io::temporary::{ParentDirectory, TemporaryFile, directory_of, sweep};
use crate::parallel::{check, in_background, num_threads};
use crate::{Error, Result};

/// A file that replaces another when [`commit`](Self::commit) is called, and until then is a temporary file next to it.
/// Dropped without that, by an error or a panic, it leaves the old file as it was and nothing else.
///
/// - Symbolic links are followed: the file that they lead to is replaced, and they stay.
/// - Owner, group, permissions, access control lists and other extended attributes of the old file are kept, and until the
///   commit nobody but its owner can open the new one. (On systems other than Linux these are owner, group and permissions;
///   a file without a predecessor gets what the system gives to new files.) A file that may not be written is not replaced.
/// - Programs that have the old file open or mapped keep the old bytes, and so do other hard links to it: only the name that
///   was given leads to the new file.
/// - A file that this process has open for writing, and not mapped, stays the same file (on Linux): its handles find the new
///   contents, as that of a temporary file does which was made for its name.
/// - A file that cannot be replaced is overwritten, as NumPy overwrites every file: one that belongs to another user, one in a
///   directory that takes no new files, a mount point (as a file is that is given to a container), another's in a sticky
///   directory such as `/tmp`. The new contents are then complete in a temporary file, in the directory or in the system's
///   directory for those, before the first byte of the old ones is overwritten. Only a crash in the middle of that leaves
///   a mixture; maps of the file and hard links see the new contents.
/// - Pipes, terminals and the like are written directly.
/// - The system is asked whether it has taken all that was written before anything is replaced: network file systems find out that a disk
///   is full when a file is closed.
///
/// On Linux the temporary file has no name, and a program that is killed leaves nothing behind. Only between the last two
/// system calls of a commit it has one, `.numio-*.tmp`, as elsewhere all the time. What is left of programs that
/// were killed then is removed when the next file is made in that directory.
///
/// ```
/// use std::io::Write;
///
/// use numio::AtomicFile;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("notes.txt");
/// let mut file = AtomicFile::create(&path)?;
/// file.write_all(b"all or nothing")?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read(&path)?, b"all or nothing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    destination: Destination,
    /// True if the caller has locked the old file, and wants the new one locked before it has a name.
    under_lock: bool,
    /// The file that the new one is to replace, where it may be nothing else.
    replaces: Option<Replaces>,
}

/// The file that must still be at the path when the new one is committed.
#[derive(Debug)]
enum Replaces {
    Nothing,
    /// This file, of which the new one has the contents.
    Old {
        file: LockedFile,
        path: PathBuf,
    },
}

/// The way the bytes get to the path.
#[derive(Debug)]
enum Destination {
    /// They are written there.
    Direct(Pipe),
    /// The temporary file is renamed.
    Replace { new: TemporaryFile, old: Option<OldFile>, target: PathBuf },
    /// They are copied from a temporary file.
    Overwrite { new: TemporaryFile, old: OldFile },
}

/// A file that is there already, open for writing.
#[derive(Debug)]
struct OldFile {
    file: File,
    /// When its access was carried over.
    metadata: Metadata,
}

impl AtomicFile {
    /// A new file, open for reading and writing, that is to replace the one at `path`.
    ///
    /// # Errors
    /// `Io` if there is no such directory, it or the file may not be written, or `path` is a directory.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let destination = Destination::open(path, false).map_err(|error| error.with_path(path))?;
        Ok(Self { destination, under_lock: false, replaces: None })
    }

    /// A new file for `path` that is to begin with what the old one holds, and the old one, open for reading, if there is one. Until the
    /// new one is committed or dropped, others who would append are locked out; this waits up to `wait` for those that came before.
    ///
    /// # Errors
    /// As [`create`](Self::create); `Io` (`WouldBlock`) where another appends for longer than that; `InvalidInput` for a file that is
    /// named by a descriptor on it and is not empty. The commit fails where another has replaced the old file meanwhile, or made one where there was
    /// none.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::time::Duration;
    ///
    /// use numio::AtomicFile;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("notes.txt");
    /// for line in ["one\n", "two\n"] {
    ///     let (mut file, old) = AtomicFile::append(&path, Duration::from_secs(60))?;
    ///     if let Some(mut old) = old {
    ///         std::io::copy(&mut old, &mut file)?;
    ///     }
    ///     file.write_all(line.as_bytes())?;
    ///     file.commit()?;
    /// }
    /// assert_eq!(std::fs::read_to_string(&path)?, "one\ntwo\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append(path: impl AsRef<Path>, wait: Duration) -> Result<(Self, Option<File>)> {
        let path = path.as_ref();
        let append = || {
            let size = fs::metadata(path).ok().filter(Metadata::is_file).map(|found| found.len());
            let is_open = size.is_some() && resolve(path)?.is_none();
            if is_open && size > Some(0) {
                return Err(Fault::Descriptor.into());
            }
            let is_file = size.is_some() && !is_open;
            let old = is_file.then(|| LockedFile::open(path, wait)).transpose()?;
            let mut new = Self::create(path)?;
            let Some(file) = old else {
                new.replaces = new.is_regular().then_some(Replaces::Nothing);
                return Ok((new, None));
            };
            new.under_lock();
            let old = file.try_clone()?;
            new.replaces = Some(Replaces::Old { file, path: path.to_path_buf() });
            Ok((new, Some(old)))
        };
        append().map_err(|error: Error| error.with_path(path))
    }

    /// As [`create`](Self::create), with a temporary file that has a name from the start, under which others can open it.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub(crate) fn create_named(path: &Path) -> Result<Self> {
        let destination = Destination::open(path, true)?;
        Ok(Self { destination, under_lock: false, replaces: None })
    }

    /// The path of the temporary file, if it has a name.
    pub(crate) fn temporary(&self) -> Option<&Path> {
        match &self.destination {
            Destination::Direct(_) => None,
            Destination::Replace { new, .. } | Destination::Overwrite { new, .. } => new.path(),
        }
    }

    /// Says that the caller has locked the old file. The new one then is locked too, before anyone else can open it, and stays
    /// locked after the commit.
    pub(crate) fn under_lock(&mut self) {
        self.under_lock = true;
        if let Destination::Replace { new, .. } = &mut self.destination {
            new.lock();
        }
    }

    /// The file as it grows.
    pub fn file(&self) -> &File {
        match &self.destination {
            Destination::Direct(pipe) => pipe.file(),
            Destination::Replace { new, .. } | Destination::Overwrite { new, .. } => new.file(),
        }
    }

    /// Returns whether it is a file that can be sought in and sized, rather than a pipe or a terminal.
    pub fn is_regular(&self) -> bool {
        !matches!(self.destination, Destination::Direct(_))
    }

    /// Asks for space for `len` bytes, as [`reserve`] does.
    ///
    /// # Errors
    /// `StorageFull`, `FileTooLarge`.
    pub(crate) fn reserve(&self, len: u64) -> io::Result<()> {
        if self.is_regular() { reserve(self.file(), 0, len) } else { Ok(()) }
    }

    /// Checks that the file, of `len` bytes, can be mapped for reading and writing once it is in place.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn check_mappable(&self, len: u64) -> io::Result<()> {
        check_mappable(self.file(), len)?;
        match &self.destination {
            // Windows would make it longer.
            Destination::Overwrite { old, .. } if cfg!(unix) => check_mappable(&old.file, len),
            _ => Ok(()),
        }
    }

    /// Replaces the old file, and returns the new one, open for reading and writing if the old one could be read.
    ///
    /// # Errors
    /// Errors of the operating system; the old file then is as it was, unless it could only be overwritten and that was
    /// begun.
    pub fn commit(self) -> Result<File> {
        self.commit_with(false)
    }

    /// As [`commit`](Self::commit), but only after all of the file is on the disk, so that even a power failure leaves the
    /// old file or the new one. Its name is brought to the disk too, where the system lets directories be opened for that.
    ///
    /// # Errors
    /// As [`commit`](Self::commit). Where the disk fails while the name is brought to it, the new file is in place.
    pub fn commit_durable(self) -> Result<File> {
        self.commit_with(true)
    }

    /// [`commit_durable`](Self::commit_durable) if `sync` is set, else [`commit`](Self::commit).
    ///
    /// # Errors
    /// As these.
    pub(crate) fn commit_with(self, sync: bool) -> Result<File> {
        match &self.replaces {
            Some(Replaces::Nothing) => return self.commit_as_new(sync)?.map_err(|_| Fault::made().into()),
            Some(Replaces::Old { file, path }) => file.check_at(path)?,
            None => {}
        }
        match self.destination {
            Destination::Direct(pipe) => Ok(written(pipe.into_file(), false)?),
            Destination::Replace { mut new, mut old, target } => {
                if !self.under_lock
                    && let Some(old) = old.take_if(|old| is_read_on(old, &target))
                {
                    return overwrite(new.file(), old.file, false, sync);
                }
                let directory = complete(&new, &target, sync)?;
                if !replace(&mut new, &mut old, &target)? {
                    let old = old.ok_or_else(|| io::Error::from(io::ErrorKind::PermissionDenied))?;
                    return overwrite(new.file(), old.file, self.under_lock, sync);
                }
                directory.sync()?;
                close_later(old);
                Ok(into_file(new, self.under_lock))
            }
            Destination::Overwrite { new, old } => overwrite(new.file(), old.file, self.under_lock, sync),
        }
    }

    /// As [`commit_with`](Self::commit_with), but only if nothing is at the path. Returns itself if something is.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn commit_as_new(mut self, sync: bool) -> Result<Result<File, Self>> {
        match &mut self.destination {
            Destination::Replace { new, target, .. } => {
                let directory = complete(new, target, sync)?;
                match give_name(new, target, TemporaryFile::link) {
                    Ok(()) => directory.sync()?,
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(Err(self)),
                    Err(error) => return Err(error.into()),
                }
            }
            Destination::Overwrite { .. } => return Ok(Err(self)),
            Destination::Direct(_) => {}
        }
        Ok(Ok(match self.destination {
            Destination::Direct(pipe) => written(pipe.into_file(), false)?,
            Destination::Replace { new, .. } | Destination::Overwrite { new, .. } => {
                into_file(new, self.under_lock)
            }
        }))
    }
}

/// No call writes more than this, so that there is a time to stop between two of them.
const LARGEST_WRITE: usize = 8 << 20;

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        check()?;
        let bytes = bytes.get(..LARGEST_WRITE).unwrap_or(bytes);
        match &mut self.destination {
            Destination::Direct(pipe) => pipe.write(bytes),
            Destination::Replace { new, .. } | Destination::Overwrite { new, .. } => new.file().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

impl Destination {
    fn open(path: &Path, is_named: bool) -> Result<Self> {
        let Some((target, exists)) = resolve(path)? else {
            return Ok(Self::Direct(Pipe::create(path)?));
        };
        let target = anchored(target);
        let directory = directory_of(&target);
        sweep(directory);
        // `rename` asks only the directory; whether the file may be written, and that it is no directory, is found by opening.
        let old = if exists { Some(OldFile::open(&target)?) } else { None };
        let create = |directory: &Path, private| match is_named {
            true => TemporaryFile::create_named(directory, private),
            false => TemporaryFile::create(directory, private),
        };
        let new = match (create(directory, old.is_some()), old) {
            (Ok(new), None) => return Ok(Self::Replace { new, old: None, target }),
            (Ok(new), Some(old)) => match carry_over(&old.file, &old.metadata, new.file())? {
                true => return Ok(Self::Replace { new, old: Some(old), target }),
                false => (new, old),
            },
            (Err(error), Some(old)) if takes_no_files(&error) => (create(&std::env::temp_dir(), true)?, old),
            (Err(error), _) => {
                return Err(Fault::NoSibling { directory: directory.to_path_buf(), error }.into());
            }
        };
        Ok(Self::Overwrite { new: new.0, old: new.1 })
    }
}

impl OldFile {
    /// Opens the file for writing, and for reading where that is allowed.
    fn open(path: &Path) -> io::Result<Self> {
        let both = open_to_write(path);
        let file = both.or_else(|_| as_marked(OpenOptions::new().write(true)).open(path))?;
        Ok(Self { metadata: file.metadata()?, file })
    }
}

/// Files from this size on are closed on another thread once they are replaced.
const LARGE_FILE: u64 = 16 << 20;

/// Closes a file that was replaced. It has no name any more, so the system frees its pages when it is closed, which takes about
/// 50 ms for 512 MiB: another thread waits for that, if there is one.
fn close_later(old: Option<OldFile>) {
    if let Some(old) = old.filter(|old| old.metadata.len() >= LARGE_FILE) {
        in_background(num_threads(), || drop(old));
    }
}

/// The most symbolic links that Linux follows.
const MAX_LINKS: usize = 40;

/// Follows symbolic links to the regular file or directory that `path` leads to, and returns whether it exists yet.
/// `None` if it leads to a pipe, a terminal, a socket or an open descriptor: these can only be written to.
///
/// # Errors
/// Errors of the operating system for the path.
fn resolve(path: &Path) -> Result<Option<(PathBuf, bool)>> {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        // Names in these trees (`/dev/stdout` leads there) are open descriptors, and their file is to stay the same.
        if path.starts_with("/dev/fd") || path.starts_with("/proc") {
            return Ok(None);
        }
        let found = match fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_of_a_file(&path) => {
                return Ok(Some((path, false)));
            }
            Err(error) => return Err(error.into()),
        };
        if found.is_symlink() {
            let next = fs::read_link(&path)?;
            path.pop();
            path.push(next);
        } else if found.is_file() || found.is_dir() {
            return Ok(Some((path, true)));
        } else {
            return Ok(None);
        }
    }
    Err(Error::from(Fault::TooManyLinks))
}

/// Returns whether a file can get this name: it is not empty, and does not end as a directory's.
fn is_of_a_file(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().last().is_some_and(|&last| !std::path::is_separator(last.into()))
}

/// The path as it leads to the same file when the program has gone to another directory by the time of the commit. It stays as it
/// is where only the shorter one leads there: below a directory that may not be entered, or that was removed.
fn anchored(path: PathBuf) -> PathBuf {
    if path.is_absolute() {
        return path;
    }
    match std::path::absolute(&path) {
        Ok(absolute) if directory_of(&absolute).metadata().is_ok() => absolute,
        _ => path,
    }
}

/// Returns whether a directory refuses new files for good, in which case its existing files can only be overwritten.
fn takes_no_files(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Returns whether the old file cannot be replaced by renaming: a mount point, another's file in a sticky directory.
fn stays(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, ResourceBusy};

    matches!(error.kind(), PermissionDenied | ResourceBusy | CrossesDevices)
}

fn into_file(new: TemporaryFile, under_lock: bool) -> File {
    let file = new.into_file();
    if !under_lock {
        // Temporary files are locked while they have a hidden name, and a child process that was forked meanwhile would keep
        // the lock as long as it lives.
        let _ = file.unlock();
    }
    file
}

/// Makes sure that the system has all of the new file, with `sync` on the disk, and finds the directory that is to be synced with it.
///
/// # Errors
/// Errors of the writes as the system reports them, and of opening the directory: once the file is in place, they would come too late.
fn complete(new: &TemporaryFile, target: &Path, sync: bool) -> io::Result<ParentDirectory> {
    if !sync {
        settle(new.file())?;
        return Ok(ParentDirectory::default());
    }
    new.file().sync_all()?;
    ParentDirectory::open(directory_of(target))
}

/// The file, once the system has taken all that was written to it; with `sync`, once it is on the disk.
///
/// # Errors
/// Errors of the writes, as the system reports them.
fn written(file: File, sync: bool) -> io::Result<File> {
    if sync {
        file.sync_all()?
    } else {
        settle(&file)?
    }
    Ok(file)
}

/// Gives `new` the name `target` by `give`. Where a file without a name can get none, as some file systems and some rules for what a
/// program may do have it, a copy with a hidden name gets it, and becomes `new`.
///
/// # Errors
/// As [`TemporaryFile::link`] and [`TemporaryFile::replace`]; errors of making the copy.
fn give_name(
    new: &mut TemporaryFile,
    target: &Path,
    give: impl Fn(&mut TemporaryFile, &Path) -> io::Result<()>,
) -> io::Result<()> {
    use io::ErrorKind::{CrossesDevices, InvalidInput, PermissionDenied, Unsupported};

    match give(new, target) {
        Err(error)
            if new.path().is_none()
                && matches!(error.kind(), CrossesDevices | InvalidInput | PermissionDenied | Unsupported) =>
        {
            let copy = TemporaryFile::create_named(directory_of(target), true)?;
            copy_contents(new.file(), copy.file())?;
            if !carry_over(new.file(), &new.file().metadata()?, copy.file())? {
                return Err(error);
            }
            settle(copy.file())?;
            *new = copy;
            give(new, target)
        }
        given => given,
    }
}

/// Returns whether this process has a handle on the old file that is to find the new contents: one that it may have written by.
fn is_read_on(old: &OldFile, target: &Path) -> bool {
    is_written_here(&old.metadata, &old.file)
        && fs::symlink_metadata(target).is_ok_and(|found| is_same(&found, &old.metadata))
}

/// Renames `new`, and says whether that was possible. If not, `old` is the file to be overwritten.
fn replace(new: &mut TemporaryFile, old: &mut Option<OldFile>, target: &Path) -> Result<bool> {
    if old.is_none() {
        match give_name(new, target, TemporaryFile::link) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            linked => return Ok(linked.map(|()| true)?),
        }
    }
    // Respect a file that was created, or restricted in access, in the meantime.
    if let Ok(found) = fs::symlink_metadata(target)
        && found.is_file()
        && !old.as_ref().is_some_and(|old| is_unchanged(&found, &old.metadata))
    {
        let found = old.insert(OldFile::open(target)?);
        if !carry_over(&found.file, &found.metadata, new.file())? {
            return Ok(false);
        }
    }
    match give_name(new, target, TemporaryFile::replace) {
        Err(error) if old.is_some() && stays(&error) => Ok(false),
        renamed => Ok(renamed.map(|()| true)?),
    }
}

/// Returns whether it is the same file, with the same owner, permissions and attributes, for all that its times say.
#[cfg(unix)]
fn is_unchanged(found: &Metadata, old: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    is_same(found, old) && (found.ctime(), found.ctime_nsec()) == (old.ctime(), old.ctime_nsec())
}

#[cfg(not(unix))]
fn is_unchanged(found: &Metadata, old: &Metadata) -> bool {
    is_same(found, old) && found.permissions() == old.permissions()
}

/// Saves into a file that cannot be replaced wait this long for each other.
const OVERWRITE_WAIT: Duration = Duration::from_secs(10);

/// Replaces the contents of `old` with those of `new`, and returns `old`.
///
/// # Errors
/// `Io` (`WouldBlock`) if another has locked the file, to append to it; `StorageFull`, before anything is overwritten,
/// if the file system can tell; other errors of the operating system.
fn overwrite(new: &File, old: File, under_lock: bool, sync: bool) -> Result<File> {
    if under_lock {
        copy_contents(new, &old)?;
    } else {
        // Another handle on the same open file, which it unlocks when it is dropped.
        let locked = LockedFile::new(old.try_clone()?, OVERWRITE_WAIT)?;
        copy_contents(new, &locked)?;
    }
    Ok(written(old, sync)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn atomic_file_before_its_commit_shows_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "old").unwrap();
        for sync in [false, true] {
            let mut file = AtomicFile::create(&path).unwrap();
            file.write_all(b"new").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"old");
            file.commit_with(sync).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert_eq!(names(dir.path()), ["a"]);
            fs::write(&path, "old").unwrap();
        }
    }

    /// As `tempfile.NamedTemporaryFile` of Python, whose name is saved to and whose handle is read.
    #[cfg(target_os = "linux")]
    #[test]
    fn handle_by_which_a_file_was_made_has_what_is_saved_under_its_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut handle = file.as_file();
        for contents in [&b"first"[..], b"2nd", b"", b"third"] {
            let mut new = AtomicFile::create(file.path()).unwrap();
            new.write_all(contents).unwrap();
            new.commit().unwrap();
            let mut read = Vec::new();
            io::Seek::rewind(&mut handle).unwrap();
            io::Read::read_to_end(&mut handle, &mut read).unwrap();
            assert_eq!(read, contents);
        }
    }

    #[test]
    fn atomic_file_dropped_by_a_panic_leaves_the_old_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "old").unwrap();
        std::panic::catch_unwind(|| {
            let mut file = AtomicFile::create(&path).unwrap();
            file.write_all(b"half of it").unwrap();
            panic!("in the middle");
        })
        .unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = AtomicFile::create(Path::new("no/such/a.npy")).unwrap_err().to_string();
        let start = "no/such/a.npy: cannot make a file in no/such (";
        // Windows has words of its own.
        let why = if cfg!(windows) { "" } else { "No such file" };
        assert!(error.starts_with(&format!("{start}{why}")), "{error}");
    }

    #[test]
    fn a_directory_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let error = AtomicFile::create(dir.path()).unwrap_err();
        let kind = if cfg!(windows) { io::ErrorKind::PermissionDenied } else { io::ErrorKind::IsADirectory };
        assert_eq!(error.io_error().unwrap().kind(), kind);
    }

    /// A test has no directory of its own to leave: others run beside it.
    #[test]
    fn paths_do_not_depend_on_the_directory_of_the_commit() {
        let here = std::env::current_dir().unwrap();
        for path in ["a", "src/a", "./a"] {
            assert_eq!(anchored(path.into()), here.join(path.trim_start_matches("./")));
        }
        assert_eq!(anchored("no/such/a".into()), Path::new("no/such/a"));
        assert_eq!(anchored(here.clone()), here);
        for path in ["", "no-such/"] {
            let error = AtomicFile::create(path).unwrap_err();
            assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::NotFound);
        }
    }

    #[test]
    fn a_commit_as_new_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let [mut first, mut second] = [(); 2].map(|()| AtomicFile::create(&path).unwrap());
        first.write_all(b"first").unwrap();
        second.write_all(b"second").unwrap();
        first.commit_as_new(false).unwrap().unwrap();
        drop(second.commit_as_new(false).unwrap().unwrap_err());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn an_append_replaces_what_it_was_begun_with_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let append = |wait| AtomicFile::append(&path, wait);
        let kind = |error: Error| error.io_error().unwrap().kind();

        let (mut first, none) = append(Duration::ZERO).unwrap();
        assert!(none.is_none());
        let (mut second, _) = append(Duration::ZERO).unwrap();
        first.write_all(b"first").unwrap();
        second.write_all(b"second").unwrap();
        first.commit().unwrap();
        assert_eq!(kind(second.commit().unwrap_err()), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");

        let (mut third, old) = append(Duration::ZERO).unwrap();
        assert_eq!(io::read_to_string(old.unwrap()).unwrap(), "first");
        let error = append(Duration::from_millis(5)).unwrap_err();
        assert_eq!(kind(error), io::ErrorKind::WouldBlock);
        third.write_all(b"third").unwrap();
        third.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
    }

    #[cfg(unix)]
    #[test]
    fn an_append_to_what_another_has_replaced_meanwhile_fails() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "old").unwrap();
        let (mut file, _) = AtomicFile::append(&path, Duration::ZERO).unwrap();
        file.write_all(b"old and new").unwrap();
        fs::write(dir.path().join("b"), "other").unwrap();
        fs::rename(dir.path().join("b"), &path).unwrap();
        let error = file.commit().unwrap_err();
        assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::StaleNetworkFileHandle);
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_append_to_a_descriptor_leaves_its_file_as_it_is() {
        use std::os::fd::AsRawFd;

        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "old").unwrap();
        let path = format!("/proc/self/fd/{}", file.as_file().as_raw_fd());
        let error = AtomicFile::append(path, Duration::ZERO).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::InvalidInput);
        assert_eq!(fs::read(file.path()).unwrap(), b"old");
    }

    #[cfg(unix)]
    mod links {
        use std::os::unix::fs::{PermissionsExt, symlink};

        use super::*;

        #[test]
        fn links_stay_and_keep_permissions() {
            let dir = tempfile::tempdir().unwrap();
            let (path, link) = (dir.path().join("a"), dir.path().join("link"));
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            symlink("a", &link).unwrap();
            let mut file = AtomicFile::create(&link).unwrap();
            file.write_all(b"new").unwrap();
            file.commit().unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(names(dir.path()), ["a", "link"]);
        }

        #[test]
        fn permissions_that_were_taken_away_meanwhile_are_not_given_back() {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a");
            let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
            for exists in [true, false] {
                let _ = fs::remove_file(&path);
                if exists {
                    fs::write(&path, "old").unwrap();
                }
                let file = AtomicFile::create(&path).unwrap();
                fs::write(&path, "old").unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
                file.commit().unwrap();
                assert_eq!(mode(), 0o600);
            }
        }

        #[test]
        fn links_are_followed_to_their_end() {
            let dir = tempfile::tempdir().unwrap();
            let at = |name: &str| dir.path().join(name);
            fs::write(at("file"), "").unwrap();
            symlink("file", at("one")).unwrap();
            symlink(at("one"), at("two")).unwrap();
            symlink("nothing", at("dangling")).unwrap();
            assert_eq!(resolve(&at("two")).unwrap(), Some((at("file"), true)));
            assert_eq!(resolve(&at("dangling")).unwrap(), Some((at("nothing"), false)));
            assert_eq!(resolve(&at("new")).unwrap(), Some((at("new"), false)));
        }

        #[test]
        fn links_in_a_circle_are_refused() {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("round");
            symlink("round", &path).unwrap();
            assert_eq!(
                resolve(&path).unwrap_err().to_string(),
                "the path leads through more than 40 symbolic links"
            );
        }

        #[test]
        fn descriptors_and_devices_are_streams() {
            for path in ["/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
                assert_eq!(resolve(Path::new(path)).unwrap(), None, "{path}");
            }
        }
    }
}
