//! Advisory locks, which keep those who add to one file apart.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::error::Fault;
use crate::Result;
use crate::parallel::check_now;

/// The first pause between two attempts; each one is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_micros(500);

/// The longest pause, which bounds how late a lock that was released is noticed.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// A file whose lock is released on drop. Closing the file alone would not do it while a child process that was just
/// forked has it open too.
#[derive(Debug)]
pub(crate) struct LockedFile(File);

impl LockedFile {
    /// Locks `file`, waiting up to `wait` for others. On file systems without locks nothing is locked.
    ///
    /// # Errors
    /// `Io` (`WouldBlock`) where another has the lock for longer than that; `Cancelled`.
    pub(crate) fn new(file: File, wait: Duration) -> Result<Self> {
        let deadline = Instant::now().checked_add(wait);
        lock_until(&file, deadline)?;
        Ok(Self(file))
    }

    /// Opens the file at `path` for reading and writing, and locks it. The path then leads to the locked file: one that was
    /// replaced while this waited for its lock is let go of, and the new one is opened.
    ///
    /// # Errors
    /// As [`new`](Self::new); what the operating system says.
    pub(crate) fn open(path: &Path, wait: Duration) -> Result<Self> {
        let deadline = Instant::now().checked_add(wait);
        loop {
            let file = OpenOptions::new().read(true).write(true).open(path)?;
            lock_until(&file, deadline)?;
            let locked = Self(file);
            if locked.is_at(path)? {
                return Ok(locked);
            }
        }
    }

    /// Whether both are of one file.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn is_same(&self, other: &File) -> io::Result<bool> {
        Ok(is_same(&self.0.metadata()?, &other.metadata()?))
    }

    /// Whether `path` leads to this file, and not to one that has replaced it.
    ///
    /// # Errors
    /// What the operating system says, but that nothing is there.
    pub(crate) fn is_at(&self, path: &Path) -> io::Result<bool> {
        match fs::metadata(path) {
            Ok(found) => Ok(is_same(&found, &self.0.metadata()?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Checks that `path` still leads to this file.
    ///
    /// # Errors
    /// `Io` (`StaleNetworkFileHandle`) where another has replaced it, as a save does.
    pub(crate) fn check_at(&self, path: &Path) -> Result<()> {
        match self.is_at(path)? {
            true => Ok(()),
            false => Err(Fault::replaced().into()),
        }
    }
}

impl Deref for LockedFile {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        // Nothing can be done about a failure, and closing unlocks too, sooner or later.
        let _ = self.0.unlock();
    }
}

/// Tries again and again until `deadline`, or for ever without one: the system's own waiting knows no deadline.
fn lock_until(file: &File, deadline: Option<Instant>) -> Result<()> {
    let mut pause = FIRST_PAUSE;
    loop {
        match file.try_lock() {
            // Network and special file systems may have no locks. Refusing to write there would help no one.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(()),
            Err(TryLockError::WouldBlock) => {}
        }
        let left =
            deadline.map_or(LONGEST_PAUSE, |deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return Err(Fault::locked().into());
        }
        check_now()?;
        sleep(pause.min(left));
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether both are of the same file.
#[cfg(unix)]
pub(super) fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Windows does not let a file be replaced that is open without permission to delete it.
#[cfg(not(unix))]
pub(super) fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_released_in_time_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "").unwrap();
        let first = LockedFile::open(&path, Duration::ZERO).unwrap();
        let error = LockedFile::open(&path, Duration::from_millis(5)).unwrap_err();
        assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::WouldBlock);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| LockedFile::open(&path, Duration::MAX));
            sleep(Duration::from_millis(5));
            drop(first);
            second.join().unwrap().unwrap();
        });
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_replaced_meanwhile_is_not_the_one_that_is_locked() {
        let dir = tempfile::tempdir().unwrap();
        let (path, new) = (dir.path().join("a"), dir.path().join("new"));
        fs::write(&path, "old").unwrap();
        let old = LockedFile::open(&path, Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| LockedFile::open(&path, Duration::MAX));
            sleep(Duration::from_millis(5));
            fs::write(&new, "new").unwrap();
            fs::rename(&new, &path).unwrap();
            assert!(!old.is_at(&path).unwrap());
            drop(old);
            assert!(second.join().unwrap().unwrap().is_at(&path).unwrap());
        });
    }
}
