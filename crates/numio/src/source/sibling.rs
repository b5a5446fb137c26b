//! New files beside those whose place they will take.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use super::error::Fault;
use crate::{Error, Result};

/// A file on its way to `target`. On Linux it has no name at first, so that even a program that is killed leaves nothing
/// behind; elsewhere, and on file systems without such files, a hidden one in the same directory.
#[derive(Debug)]
pub(super) struct Sibling {
    name: Option<PathBuf>,
    target: PathBuf,
}

impl Sibling {
    /// A new file, open for reading and writing. A `private` one is for its owner alone, until it gets the permissions
    /// of the file that it is to replace.
    ///
    /// # Errors
    /// `Io` where the directory takes no new files.
    pub(super) fn create(target: PathBuf, private: bool) -> Result<(File, Self)> {
        let mode = if private { 0o600 } else { 0o666 };
        if let Some(file) = nameless(directory_of(&target), mode) {
            return Ok((file, Self { name: None, target }));
        }
        let (file, name) = unforeseen(&target, |name| named(name, mode)).map_err(|error| {
            Error::from(Fault::NoSibling { directory: directory_of(&target).to_path_buf(), error })
        })?;
        Ok((file, Self { name: Some(name), target }))
    }

    /// Puts `file`, which came with this, in the target's place.
    ///
    /// # Errors
    /// What the operating system says; the target then is as it was.
    pub(super) fn publish(mut self, file: &File) -> io::Result<()> {
        let name = match self.name.take() {
            Some(name) => name,
            None => match link(file, &self.target) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    unforeseen(&self.target, |name| link(file, name))?.1
                }
                linked => return linked,
            },
        };
        // From here on there is a name to be removed on failure.
        fs::rename(self.name.insert(name), &self.target)?;
        self.name = None;
        Ok(())
    }

    /// Brings the rename itself to the disk.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn sync_directory(target: &Path) -> io::Result<()> {
        if cfg!(unix) { File::open(directory_of(target))?.sync_all() } else { Ok(()) }
    }

    pub(super) fn target(&self) -> &Path {
        &self.target
    }
}

impl Drop for Sibling {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // Nothing is left to tell of a failure here: the old file stands all the same.
            let _ = fs::remove_file(name);
        }
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes something beside `target` under a name that no one can foresee and that nothing has yet.
fn unforeseen<T>(target: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    loop {
        let name = format!(".numio-{:016x}.tmp", RandomState::new().hash_one(target));
        let name = directory_of(target).join(name);
        match make(&name) {
            Ok(made) => return Ok((made, name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn named(name: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(name)
}

/// A file in `directory` without a name, where there can be one and it can be given a name later.
#[cfg(target_os = "linux")]
fn nameless(directory: &Path, mode: u32) -> Option<File> {
    use rustix::fs::{CWD, Mode, OFlags, openat};

    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::TMPFILE;
    let file = openat(CWD, directory, flags, Mode::from_raw_mode(mode)).ok().map(File::from)?;
    descriptor(&file).exists().then_some(file)
}

/// Gives a nameless file a name, which nothing may have yet.
#[cfg(target_os = "linux")]
fn link(file: &File, name: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};

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

    /// The way of systems without nameless files.
    fn create_named(target: &Path) -> (File, Sibling) {
        let (file, name) = unforeseen(target, |name| named(name, 0o666)).unwrap();
        (file, Sibling { name: Some(name), target: target.to_path_buf() })
    }

    #[test]
    fn both_ways_replace_and_clean_up() {
        type Create = fn(&Path) -> (File, Sibling);
        let ways: [Create; 2] = [create_named, |target| Sibling::create(target.into(), false).unwrap()];
        for create in ways {
            let dir = tempfile::tempdir().unwrap();
            let target = dir.path().join("a");
            for text in ["first", "second"] {
                let (mut file, sibling) = create(&target);
                file.write_all(text.as_bytes()).unwrap();
                sibling.publish(&file).unwrap();
                assert_eq!(fs::read_to_string(&target).unwrap(), text);
            }
            drop(create(&target));
            assert_eq!(fs::read_to_string(&target).unwrap(), "second");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_failed_rename_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        let (file, sibling) = Sibling::create(target.clone(), false).unwrap();
        fs::create_dir(&target).unwrap();
        sibling.publish(&file).unwrap_err();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn until_it_is_complete_it_has_no_name() {
        let dir = tempfile::tempdir().unwrap();
        let (_file, sibling) = Sibling::create(dir.path().join("a"), false).unwrap();
        assert_eq!(sibling.name.is_none(), fs::read_dir(dir.path()).unwrap().count() == 0);
    }
}
