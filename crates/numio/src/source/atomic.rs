//! Files that appear whole or not at all.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::file::Pipe;
use super::reserve::reserve;
use super::sibling::Sibling;
use super::target::Target;
use crate::Result;
use crate::parallel::check;

/// A file that takes the place of another when [`commit`](Self::commit) is called, and until then is a sibling of
/// it. Dropped without that, by an error or a panic, it leaves the old file as it was and nothing beside it.
///
/// - Symbolic links are followed: what they point to is replaced, and they stay.
/// - The old file's permissions are kept, its owner and group where the system allows it. A file that may not be
///   written is not replaced.
/// - Whoever has the old file open or mapped keeps the old bytes.
/// - Pipes, terminals and the like cannot be replaced: they are written directly.
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
/// file.commit(false)?;
/// assert_eq!(std::fs::read(&path)?, b"all or nothing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    file: File,
    sibling: Option<Sibling>,
    /// What is written to where nothing can be replaced.
    pipe: Option<Pipe>,
}

impl AtomicFile {
    /// A new file, open for reading and writing, that is to stand at `path`.
    ///
    /// # Errors
    /// `Io` where there is no such directory, it or the file may not be written, or `path` is a directory.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::open(path).map_err(|error| error.with_path(path))
    }

    fn open(path: &Path) -> Result<Self> {
        match Target::of(path)? {
            Target::Stream => {
                let pipe = Pipe::create(path)?;
                Ok(Self { file: pipe.file().try_clone()?, sibling: None, pipe: Some(pipe) })
            }
            Target::File { path, old } => {
                if old.is_some() {
                    // Renaming asks only the directory; the file has its own word, and a directory says it is one.
                    OpenOptions::new().write(true).open(&path)?;
                }
                let (file, sibling) = Sibling::create(path, old.is_some())?;
                if let Some(old) = old {
                    keep_access(&file, &old)?;
                }
                Ok(Self { file, sibling: Some(sibling), pipe: None })
            }
        }
    }

    /// The file as it grows.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Whether it is a file that can be sought in and sized, rather than a pipe or a terminal.
    pub fn is_regular(&self) -> bool {
        self.sibling.is_some()
    }

    /// Asks for room for `len` bytes, as [`reserve`] does.
    ///
    /// # Errors
    /// `StorageFull`, `FileTooLarge`.
    pub(crate) fn reserve(&self, len: u64) -> io::Result<()> {
        if self.is_regular() { reserve(&self.file, 0, len) } else { Ok(()) }
    }

    /// Puts the file in its place, and gives it. With `sync`, only after all of it is on the disk, so that even a
    /// power failure leaves the old file or the new one.
    ///
    /// # Errors
    /// What the operating system says; the old file then stands as it was.
    pub fn commit(self, sync: bool) -> Result<File> {
        let Some(sibling) = self.sibling else { return Ok(self.file) };
        if sync {
            self.file.sync_all()?;
        }
        let target = sync.then(|| sibling.target().to_path_buf());
        sibling.publish(&self.file)?;
        if let Some(target) = target {
            Sibling::sync_directory(&target)?;
        }
        Ok(self.file)
    }
}

/// No call writes more than this, so that there is a time to stop between two of them.
const LARGEST_WRITE: usize = 8 << 20;

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        check()?;
        let bytes = bytes.get(..LARGEST_WRITE).unwrap_or(bytes);
        match &mut self.pipe {
            Some(pipe) => pipe.write(bytes),
            None => self.file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Gives `file` the permissions of `old`, and its owner where that is allowed.
#[cfg(unix)]
fn keep_access(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let new = file.metadata()?;
    let mut mode = old.permissions().mode();
    if new.uid() != old.uid() && fchown(file, Some(old.uid()), None).is_err() {
        // Another's file: only its permissions can be kept.
    }
    if new.gid() != old.gid() && fchown(file, None, Some(old.gid())).is_err() {
        // What the old group was allowed is not for the new one.
        mode = mode & !0o070 | (mode & 0o007) << 3;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn keep_access(file: &File, old: &Metadata) -> io::Result<()> {
    file.set_permissions(old.permissions())
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
    fn nothing_shows_before_the_commit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "old").unwrap();
        for sync in [false, true] {
            let mut file = AtomicFile::create(&path).unwrap();
            file.write_all(b"new").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"old");
            file.commit(sync).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert_eq!(names(dir.path()), ["a"]);
            fs::write(&path, "old").unwrap();
        }
    }

    #[test]
    fn dropped_by_a_panic_it_leaves_the_old_file_alone() {
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
        assert!(error.starts_with("no/such/a.npy: cannot make a file in no/such (No such file"), "{error}");
    }

    #[test]
    fn a_directory_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let error = AtomicFile::create(dir.path()).unwrap_err();
        assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::IsADirectory);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_permissions_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("a"), dir.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a", &link).unwrap();
        let mut file = AtomicFile::create(&link).unwrap();
        file.write_all(b"new").unwrap();
        file.commit(false).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(dir.path()), ["a", "link"]);
    }
}
