//! Who may do what with a file, carried over to the file that replaces it.

use std::fs::{File, Metadata, TryLockError};
use std::ops::Deref;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{fs, io};

use crate::Result;
use crate::io::Fault;
use crate::io::handles::{is_same, open_to_write};
use crate::parallel::check_now;

/// Gives `new`, which only its owner can open so far, the owner, group, permissions, access control lists and other
/// extended attributes of `old`, of which the system says `wanted`. False if that is not possible, as for another's file:
/// `new` must then not replace it.
///
/// Permissions come last, so that at no time more is allowed than in the end.
///
/// # Errors
/// Errors of the operating system when reading those of `old`.
#[cfg(unix)]
pub(crate) fn carry_over(old: &File, wanted: &Metadata, new: &File) -> io::Result<bool> {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let found = new.metadata()?;
    let owner = (found.uid() != wanted.uid()).then_some(wanted.uid());
    let group = (found.gid() != wanted.gid()).then_some(wanted.gid());
    if (owner.is_some() || group.is_some()) && fchown(new, owner, group).is_err() {
        return Ok(false);
    }
    if !attributes::carry_over(old, new)? {
        return Ok(false);
    }
    let mode = without_privileges(wanted.mode() & 0o7777);
    if new.set_permissions(Permissions::from_mode(mode)).is_err() {
        return Ok(false);
    }
    // Some file systems accept changes and do not make them.
    let found = new.metadata()?;
    Ok((found.uid(), found.gid()) == (wanted.uid(), wanted.gid()) && found.mode() & 0o7777 == mode)
}

/// The permissions left after a write by the kernel's rules: programs that run as another are not for anyone to change.
#[cfg(unix)]
fn without_privileges(mode: u32) -> u32 {
    let is_set_group = mode & 0o2010 == 0o2010;
    mode & !0o4000 & if is_set_group { !0o2000 } else { !0 }
}

/// Other systems have nothing but a flag, which not all of them can set.
#[cfg(not(unix))]
pub(crate) fn carry_over(_: &File, wanted: &Metadata, new: &File) -> io::Result<bool> {
    let wanted = wanted.permissions();
    Ok(new.metadata()?.permissions() == wanted || new.set_permissions(wanted).is_ok())
}

/// Extended attributes, of which the access control list is one (`xattr(7)`, `acl(5)`).
#[cfg(target_os = "linux")]
mod attributes {
    use std::collections::BTreeSet;
    use std::fs::File;
    use std::io;

    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;

    /// Those that speak of the bytes of a file, and that the kernel itself drops or renews when these change.
    const OF_CONTENTS: [&[u8]; 3] = [b"security.capability", b"security.ima", b"security.evm"];

    /// Makes those of `new` the ones of `old`, and says whether that was possible. What `new` has and `old` has not, such as
    /// the default access control list of the directory, is taken away.
    pub(crate) fn carry_over(old: &File, new: &File) -> io::Result<bool> {
        let (wanted, found) = (names(old)?, names(new)?);
        for name in wanted.union(&found).filter(|name| !OF_CONTENTS.contains(&name.as_slice())) {
            let value = value(old, name)?;
            if value == self::value(new, name)? {
                continue;
            }
            let set = match &value {
                Some(value) => fsetxattr(new, name.as_slice(), value, XattrFlags::empty()),
                None => fremovexattr(new, name.as_slice()),
            };
            if set.is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn names(file: &File) -> io::Result<BTreeSet<Vec<u8>>> {
        let list = whole(|buf| flistxattr(file, buf))?.unwrap_or_default();
        Ok(list.split(|&byte| byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
    }

    fn value(file: &File, name: &[u8]) -> io::Result<Option<Vec<u8>>> {
        whole(|buf| fgetxattr(file, name, buf))
    }

    /// The most bytes that the kernel has for a value or a list of names.
    const MAX_LEN: usize = 64 << 10;

    /// All bytes that a call has for a buffer. `None` if there are no bytes, or the file system has no attributes.
    fn whole(call: impl Fn(&mut [u8]) -> rustix::io::Result<usize>) -> io::Result<Option<Vec<u8>>> {
        let mut buf = vec![0; 512];
        loop {
            match call(&mut buf) {
                Ok(len) => {
                    buf.truncate(len);
                    return Ok(Some(buf));
                }
                Err(Errno::NODATA | Errno::NOTSUP | Errno::NOSYS) => return Ok(None),
                Err(Errno::RANGE) if buf.len() < MAX_LEN => buf.resize(MAX_LEN, 0),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Other systems are not asked for theirs.
#[cfg(all(unix, not(target_os = "linux")))]
mod attributes {
    use std::fs::File;
    use std::io;

    pub(crate) fn carry_over(_: &File, _: &File) -> io::Result<bool> {
        Ok(true)
    }
}

/// The first pause between two attempts; each one is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_micros(500);

/// The longest pause, which bounds how late a lock that was released is noticed.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// A file whose lock is released on drop. Closing the file alone would not do it while a child process that was just
/// forked has it open too.
#[derive(Debug)]
pub(crate) struct LockedFile {
    file: File,
    /// The one that releases it: a forked process has a copy of this, whose end is not that of the lock.
    process: u32,
}

impl LockedFile {
    /// Locks `file`, waiting up to `wait` for others. On file systems without locks nothing is locked.
    ///
    /// # Errors
    /// `Io` (`WouldBlock`) if another has the lock for longer than that; `Cancelled`.
    pub(crate) fn new(file: File, wait: Duration) -> Result<Self> {
        let deadline = Instant::now().checked_add(wait);
        lock_until(&file, deadline)?;
        Ok(Self::held(file))
    }

    /// A file that this program has locked by another handle on the same open file.
    pub(crate) fn held(file: File) -> Self {
        Self { file, process: std::process::id() }
    }

    /// Opens the file at `path` for reading and writing, and locks it. The path then leads to the locked file: one that was
    /// replaced while this waited for its lock is let go of, and the new one is opened.
    ///
    /// # Errors
    /// As [`new`](Self::new); what the operating system says.
    pub(crate) fn open(path: &Path, wait: Duration) -> Result<Self> {
        let deadline = Instant::now().checked_add(wait);
        loop {
            let file = open_to_write(path)?;
            lock_until(&file, deadline)?;
            let locked = Self::held(file);
            if locked.is_at(path)? {
                return Ok(locked);
            }
        }
    }

    /// Returns whether both are of one file.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn is_same(&self, other: &File) -> io::Result<bool> {
        Ok(is_same(&self.file.metadata()?, &other.metadata()?))
    }

    /// Returns whether `path` leads to this file, and not to one that has replaced it.
    ///
    /// # Errors
    /// Errors of the operating system, except that nothing is there.
    pub(crate) fn is_at(&self, path: &Path) -> io::Result<bool> {
        match fs::metadata(path) {
            Ok(found) => Ok(is_same(&found, &self.file.metadata()?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Checks that `path` still leads to this file.
    ///
    /// # Errors
    /// `Io` (`StaleNetworkFileHandle`) if another has replaced it, as a save does.
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
        &self.file
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            // Nothing can be done about a failure, and closing unlocks too, sooner or later.
            let _ = self.file.unlock();
        }
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

#[cfg(test)]
#[cfg(unix)]
mod access_tests {
    use crate::io::access::*;

    #[test]
    fn privileges_go_as_with_a_write() {
        for (before, after) in
            [(0o644, 0o644), (0o4755, 0o755), (0o2755, 0o755), (0o2640, 0o2640), (0o1666, 0o1666)]
        {
            assert_eq!(without_privileges(before), after, "{before:o}");
        }
    }
}

#[cfg(test)]
mod lock_tests {
    use super::*;
    use crate::parallel::{join, with_num_threads};

    #[test]
    fn a_lock_that_is_released_in_time_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "").unwrap();
        let first = LockedFile::open(&path, Duration::ZERO).unwrap();
        let error = LockedFile::open(&path, Duration::from_millis(5)).unwrap_err();
        assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::WouldBlock);
        let release = || {
            sleep(Duration::from_millis(5));
            drop(first);
        };
        // The calling thread waits for the lock; a helper lets it go.
        let (second, ()) =
            with_num_threads(2, || join(2, || LockedFile::open(&path, Duration::MAX), release));
        second.unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_replaced_meanwhile_is_not_the_one_that_is_locked() {
        let dir = tempfile::tempdir().unwrap();
        let (path, new) = (dir.path().join("a"), dir.path().join("new"));
        fs::write(&path, "old").unwrap();
        let old = LockedFile::open(&path, Duration::ZERO).unwrap();
        let replace = || {
            sleep(Duration::from_millis(5));
            fs::write(&new, "new").unwrap();
            fs::rename(&new, &path).unwrap();
            assert!(!old.is_at(&path).unwrap());
            drop(old);
        };
        let (second, ()) =
            with_num_threads(2, || join(2, || LockedFile::open(&path, Duration::MAX), replace));
        assert!(second.unwrap().is_at(&path).unwrap());
    }
}
