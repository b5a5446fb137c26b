//! New files next to those that they will replace.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io};

use crate::io::handles::{as_marked, is_same};

/// A file on its way to another name in the same directory. On Linux it has no name at first, so that even a program that is
/// killed leaves nothing behind; elsewhere, and on file systems without such files, a hidden one.
///
/// A file with a hidden name is locked by its program, so that [`sweep`] can tell those that a killed program has left. Not on
/// Windows, where no one else can read or write what is locked: such files are to be written by name too.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    file: File,
    name: HiddenName,
    is_locked: bool,
}

/// The hidden name of a file, if it has one. It is removed on drop, by the process that made it: a child that was forked meanwhile
/// has a copy of this, and ends earlier.
#[derive(Debug)]
struct HiddenName {
    path: Option<PathBuf>,
    process: u32,
}

impl TemporaryFile {
    /// A new file in `directory`, open for reading and writing. A `private` one is for its owner alone.
    ///
    /// # Errors
    /// Errors of the operating system if the directory takes no new files.
    pub(crate) fn create(directory: &Path, private: bool) -> io::Result<Self> {
        match nameless(directory, mode_of(private)) {
            Some(file) => Ok(Self { file, name: HiddenName::none(), is_locked: false }),
            None => Self::create_named(directory, private),
        }
    }

    /// As [`create`](Self::create), with a hidden name from the start.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub(crate) fn create_named(directory: &Path, private: bool) -> io::Result<Self> {
        let mode = mode_of(private);
        loop {
            let (file, name) = with_hidden_name(directory, |name| create_new(name, mode))?;
            let mut new = Self { file, name: HiddenName::none(), is_locked: false };
            if cfg!(unix) {
                new.lock();
            }
            // Another program may have swept the file away before it was locked.
            if has_name(&new.file, &name) {
                new.name.path = Some(name);
                return Ok(new);
            }
        }
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Locks the file, which no one else can have. A file system without locks has no use for one, and is not swept either.
    pub(crate) fn lock(&mut self) {
        // Windows would refuse a second lock, even by the same handle.
        if !self.is_locked {
            let _ = self.file.try_lock();
            self.is_locked = true;
        }
    }

    /// Its path, if it has a name.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.name.path.as_deref()
    }

    /// Gives the file the name `target`, which nothing may have yet.
    ///
    /// # Errors
    /// `AlreadyExists`; what else the operating system says.
    pub(crate) fn link(&mut self, target: &Path) -> io::Result<()> {
        match &self.name.path {
            None => link(&self.file, target),
            Some(name) => {
                rename_to_new(name, target)?;
                self.name.path = None;
                Ok(())
            }
        }
    }

    /// Gives the file the name `target`, replacing the file that has it.
    ///
    /// # Errors
    /// Errors of the operating system; the target then is as it was.
    pub(crate) fn replace(&mut self, target: &Path) -> io::Result<()> {
        let name = match self.name.path.take() {
            Some(name) => name,
            None => {
                // Before it has a name, so that no one can take it for one that was left behind.
                self.lock();
                with_hidden_name(directory_of(target), |name| link(&self.file, name))?.1
            }
        };
        // From here on there is a name to be removed on failure.
        fs::rename(self.name.path.insert(name), target)?;
        self.name.path = None;
        Ok(())
    }

    /// The file. Its hidden name, if it still has one, is removed.
    pub(crate) fn into_file(self) -> File {
        self.file
    }
}

/// The permissions of a new file.
fn mode_of(private: bool) -> u32 {
    if private { 0o600 } else { 0o666 }
}

impl HiddenName {
    fn none() -> Self {
        Self { path: None, process: std::process::id() }
    }

    fn remove(&mut self) {
        if let Some(path) = self.path.take().filter(|_| self.process == std::process::id()) {
            // Best effort: the target is untouched even if removing the temporary file fails.
            let _ = fs::remove_file(path);
        }
    }
}

impl Drop for HiddenName {
    fn drop(&mut self) {
        self.remove();
    }
}

/// The directory in which `path` is.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A directory whose names are to be brought to the disk, if there is one: not every system lets one be opened, nor everyone.
#[derive(Debug, Default)]
pub(crate) struct ParentDirectory(Option<File>);

impl ParentDirectory {
    /// # Errors
    /// Errors of the operating system, except that the directory may not be read.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if cfg!(not(unix)) {
            return Ok(Self(None));
        }
        match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(Self(None)),
            opened => Ok(Self(Some(opened?))),
        }
    }

    /// Brings the names in it to the disk.
    ///
    /// # Errors
    /// Errors of the operating system, except that it cannot do this with directories.
    pub(crate) fn sync(self) -> io::Result<()> {
        match self.0.map(|directory| directory.sync_all()) {
            Some(Err(error))
                if !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
            {
                Err(error)
            }
            _ => Ok(()),
        }
    }
}

/// Gives the file at `name` the name `target`, which nothing may have yet, in place of its own.
///
/// # Errors
/// `AlreadyExists`; what else the operating system says.
fn rename_to_new(name: &Path, target: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;

        match renameat_with(CWD, name, CWD, target, RenameFlags::NOREPLACE) {
            Err(error) if error != Errno::EXIST => {}
            renamed => return Ok(renamed?),
        }
    }
    // Not every file system knows of such a renaming. And FAT, and many of those that are programs, have no second names: there
    // is only to look whether something has the name.
    match fs::hard_link(name, target) {
        Ok(()) => {
            let _ = fs::remove_file(name);
            return Ok(());
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        Err(_) => {}
    }
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(name, target),
        Err(error) => Err(error),
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
    }
}

/// Start and end of the hidden names; between are sixteen hexadecimal digits.
const PREFIX: &str = ".numio-";
const SUFFIX: &str = ".tmp";

/// Makes something in `directory` under a name that no one can foresee and that nothing has yet.
fn with_hidden_name<T>(directory: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    loop {
        let name = format!("{PREFIX}{:016x}{SUFFIX}", RandomState::new().hash_one(directory));
        let name = directory.join(name);
        match make(&name) {
            Ok(made) => return Ok((made, name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_hidden_name(name: &str) -> bool {
    let digits = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The directories that were swept last, and when each is to be swept again.
static SWEPT: Mutex<Vec<(PathBuf, Instant)>> = Mutex::new(Vec::new());

/// As many directories are remembered.
const REMEMBERED: usize = 32;

/// A directory is not listed again before this many times the time that listing it took: sweeping thus takes 2 % of the time
/// of any number of saves into a directory of any size.
const PAUSE_FACTOR: u32 = 50;

/// Removes the temporary files in `directory` that programs have left which were killed between giving such a file its hidden
/// name and its own. What cannot be removed stays.
pub(crate) fn sweep(directory: &Path) {
    if cfg!(not(unix)) {
        return;
    }
    let start = Instant::now();
    {
        let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.iter().any(|(path, due)| path == directory && start < *due) {
            return;
        }
        // Until this sweep is done, which says when the next one is due, other threads have no need of one.
        swept.retain(|(path, _)| path != directory);
        swept.truncate(REMEMBERED - 1);
        swept.insert(0, (directory.to_path_buf(), start + Duration::from_secs(1)));
    }
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_hidden_name) {
            sweep_file(&entry.path());
        }
    }
    let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, due)) = swept.iter_mut().find(|(path, _)| path == directory) {
        *due = Instant::now() + start.elapsed() * PAUSE_FACTOR;
    }
}

/// Removes one of them, unless the program that has made it is still at work.
fn sweep_file(name: &Path) {
    // Neither a link nor a pipe, which would not open, is a file of this crate.
    if !fs::symlink_metadata(name).is_ok_and(|found| found.is_file()) {
        return;
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    let Ok(file) = options.open(name) else { return };
    let is_left = file.try_lock().is_ok();
    if is_left && has_name(&file, name) {
        let _ = fs::remove_file(name);
    }
}

/// Returns whether `name` is, still, a name of `file`.
fn has_name(file: &File, name: &Path) -> bool {
    let (found, file) = (fs::symlink_metadata(name), file.metadata());
    found.is_ok_and(|found| file.is_ok_and(|file| is_same(&found, &file)))
}

fn create_new(name: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    as_marked(&mut options).open(name)
}

/// A file in `directory` without a name, where there can be one and it can be given a name later.
#[cfg(target_os = "linux")]
fn nameless(directory: &Path, mode: u32) -> Option<File> {
    use rustix::fs::{CWD, Mode, OFlags, openat};

    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::TMPFILE | crate::io::handles::MARK;
    let file = openat(CWD, directory, flags, Mode::from_raw_mode(mode)).ok().map(File::from)?;
    (NEEDS_NO_NAME.load(Ordering::Relaxed) || descriptor(&file).exists()).then_some(file)
}

/// Set once this process has given a file a name by its descriptor alone: Linux lets it from version 6.10 on, and before that
/// those with the capability for it. Others do it by the name under which the system shows an open file, if it does.
#[cfg(target_os = "linux")]
static NEEDS_NO_NAME: AtomicBool = AtomicBool::new(false);

/// Gives a nameless file a name, which nothing may have yet.
#[cfg(target_os = "linux")]
fn link(file: &File, name: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use rustix::io::Errno;

    match linkat(file, c"", CWD, name, AtFlags::EMPTY_PATH) {
        // The errors without the capability, and of systems that do not know the flag.
        Err(Errno::NOENT | Errno::PERM | Errno::ACCESS | Errno::INVAL | Errno::NOSYS) => {}
        linked => {
            NEEDS_NO_NAME.store(true, Ordering::Relaxed);
            return Ok(linked?);
        }
    }
    Ok(linkat(CWD, descriptor(file), CWD, name, AtFlags::SYMLINK_FOLLOW)?)
}

/// The name under which the system shows an open file.
#[cfg(target_os = "linux")]
fn descriptor(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd;

    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path, _: u32) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn temporary_files_of_both_kinds_replace_and_clean_up() {
        type Create = fn(&Path) -> TemporaryFile;
        let ways: [Create; 2] = [
            |directory| TemporaryFile::create_named(directory, false).unwrap(),
            |directory| TemporaryFile::create(directory, false).unwrap(),
        ];
        for create in ways {
            let dir = tempfile::tempdir().unwrap();
            let target = dir.path().join("a");
            let mut first = create(dir.path());
            first.file().write_all(b"first").unwrap();
            first.link(&target).unwrap();
            let mut second = create(dir.path());
            assert_eq!(second.link(&target).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            second.file().write_all(b"second").unwrap();
            // Not every system replaces a file that is open.
            let open = cfg!(unix).then_some(first);
            second.replace(&target).unwrap();
            drop((open, second, create(dir.path())));
            assert_eq!(fs::read_to_string(&target).unwrap(), "second");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn file_is_renamed_to_a_new_name_and_to_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let [name, target] = ["name", "target"].map(|name| dir.path().join(name));
        fs::write(&name, "first").unwrap();
        rename_to_new(&name, &target).unwrap();
        assert!(!name.exists());
        fs::write(&name, "second").unwrap();
        assert_eq!(rename_to_new(&name, &target).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&target).unwrap(), "first");
        assert!(name.exists());
    }

    #[test]
    fn hidden_name_of_another_process_stays() {
        let dir = tempfile::tempdir().unwrap();
        for (process, is_left) in [(std::process::id(), false), (std::process::id().wrapping_add(1), true)] {
            let path = dir.path().join("a");
            fs::write(&path, "").unwrap();
            drop(HiddenName { path: Some(path.clone()), process });
            assert_eq!(path.exists(), is_left);
        }
    }

    #[test]
    fn a_failed_rename_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        let mut file = TemporaryFile::create(dir.path(), false).unwrap();
        fs::create_dir(&target).unwrap();
        file.replace(&target).unwrap_err();
        drop(file);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn temporary_file_has_no_name_until_it_is_complete() {
        let dir = tempfile::tempdir().unwrap();
        let file = TemporaryFile::create(dir.path(), false).unwrap();
        assert_eq!(file.name.path.is_none(), fs::read_dir(dir.path()).unwrap().count() == 0);
    }

    #[cfg(unix)]
    #[test]
    fn only_files_that_no_program_has_locked_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let names = [".numio-0123456789abcdef.tmp", ".numio-0123.tmp", "numio-0123456789abcdef.tmp", "a.npy"];
        for name in names {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let alive = TemporaryFile::create_named(dir.path(), true).unwrap();
        sweep(dir.path());
        assert!(alive.name.path.as_ref().unwrap().exists());
        let left: Vec<_> = names.iter().filter(|name| dir.path().join(name).exists()).collect();
        assert_eq!(left, [&names[1], &names[2], &names[3]]);
    }
}
