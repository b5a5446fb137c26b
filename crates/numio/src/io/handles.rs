//! Handles on a file that this process has: those of saves, and those of the program around them.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Marks a handle as one of this crate, which [`is_written_here`] leaves out.
///
/// The mark is `O_NONBLOCK`, which means nothing for regular files and is passed on to what takes the handle over.
pub(crate) fn as_marked(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(target_os = "linux")]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, MARK.bits().cast_signed());
    options
}

/// Opens a file for reading and writing, marked.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn open_to_write(path: &Path) -> io::Result<File> {
    as_marked(OpenOptions::new().read(true).write(true)).open(path)
}

/// Asks the system whether it has taken all that was written to `file`. Network file systems, and those that are programs, take what
/// is written before they know that there is room for it, and say so when a handle is closed: when the one that wrote is, it is too late.
///
/// # Errors
/// Errors of the writes, as the system reports them.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "closing a descriptor by its number is the only way to hear of errors")]
pub(crate) fn settle(file: &File) -> io::Result<()> {
    use std::os::fd::IntoRawFd;

    // Without a free descriptor there is no asking.
    let Ok(copy) = file.try_clone() else { return Ok(()) };
    // SAFETY: the descriptor was given away by the copy, and nothing else has its number. It is closed whatever the outcome.
    match unsafe { rustix::io::try_close(copy.into_raw_fd()) } {
        Err(error) if error != rustix::io::Errno::INTR => Err(error.into()),
        _ => Ok(()),
    }
}

/// Other systems are not asked.
#[cfg(not(target_os = "linux"))]
pub(crate) fn settle(_: &File) -> io::Result<()> {
    Ok(())
}

/// Returns whether both are of the same file.
#[cfg(unix)]
pub(crate) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Windows does not let a file be replaced that is open without permission to delete it.
#[cfg(not(unix))]
pub(crate) fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// The mark.
#[cfg(target_os = "linux")]
pub(crate) const MARK: rustix::fs::OFlags = rustix::fs::OFlags::NONBLOCK;

/// Returns whether the program itself has the file open for writing, as it has one of Python's
/// `tempfile.NamedTemporaryFile`: it reads on from its handle what was saved under the name. A file that it has mapped is
/// none: its pages must not go.
///
/// Linux tells (`proc_pid_fdinfo(5)`); on other systems the answer is no. `own` is a handle of this crate on the file.
#[cfg(target_os = "linux")]
pub(crate) fn is_written_here(found: &Metadata, own: &File) -> bool {
    use std::mem::MaybeUninit;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::MetadataExt;

    use rustix::fs::{CWD, Mode, OFlags, RawDir, openat};

    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(handles) = openat(CWD, c"/proc/self/fd", flags, Mode::empty()) else { return false };
    let is_writer = |number: i32| {
        number != own.as_raw_fd()
            && file_of(number) == Some((found.dev(), found.ino()))
            && std::fs::read_to_string(format!("/proc/self/fdinfo/{number}"))
                .is_ok_and(|info| is_of_a_writer(&info))
    };
    let mut memory = [MaybeUninit::uninit(); 2 << 10];
    let mut names = RawDir::new(&handles, &mut memory);
    while let Some(Ok(entry)) = names.next() {
        let number = entry.file_name().to_str().ok().and_then(|name| name.parse().ok());
        if number.is_some_and(is_writer) {
            return !is_mapped_here(found.ino());
        }
    }
    false
}

/// The device and number of the file that has this descriptor. To look at its name under `/proc` takes ten times as long.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "a descriptor is a number until someone says that it is open")]
fn file_of(number: i32) -> Option<(u64, u64)> {
    use std::os::fd::BorrowedFd;

    if number < 0 {
        return None;
    }
    // SAFETY: the number is not -1, and is only asked about. Another thread may have closed the descriptor since it was listed: the
    // system then says that there is none, or tells of the file that has the number now.
    let found = rustix::fs::fstat(unsafe { BorrowedFd::borrow_raw(number) }).ok()?;
    Some((found.st_dev, found.st_ino))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn is_written_here(_: &Metadata, _: &File) -> bool {
    false
}

/// Returns whether what `fdinfo` says of a handle is that it writes, and that this crate did not mark it.
#[cfg(target_os = "linux")]
fn is_of_a_writer(info: &str) -> bool {
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & rustix::fs::OFlags::RWMODE.bits() != 0 && flags & MARK.bits() == 0)
}

/// Returns whether a file of that number is mapped: one of another file system that has the same number counts too.
#[cfg(target_os = "linux")]
fn is_mapped_here(inode: u64) -> bool {
    let inode = inode.to_string();
    std::fs::read_to_string("/proc/self/maps")
        .is_ok_and(|maps| maps.lines().any(|line| line.split_ascii_whitespace().nth(4) == Some(&inode)))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    #[test]
    fn handles_of_the_program_that_write_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "old").unwrap();
        let reader = File::open(&path).unwrap();
        let own = open_to_write(&path).unwrap();
        let is_written = || is_written_here(&fs::metadata(&path).unwrap(), &own);
        assert!(!is_written());
        own.try_clone().unwrap().write_all(b"new").unwrap();
        assert!(!is_written());
        for options in [OpenOptions::new().read(true).write(true), OpenOptions::new().append(true)] {
            let writer = options.open(&path).unwrap();
            assert!(is_written());
            drop(writer);
            assert!(!is_written());
        }
        drop((reader, own));
    }
}
