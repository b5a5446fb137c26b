//! The contents of files: copied into another file, and space reserved for them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::io::read_at::write_all_at;
use crate::parallel::check;

/// Gives `old` the contents of `new`.
///
/// # Errors
/// `StorageFull`, before anything is overwritten, if the file system can tell; other errors of the operating system.
pub(super) fn copy_contents(new: &File, old: &File) -> io::Result<()> {
    let len = new.metadata()?.len();
    let extents = extents(new, len)?;
    if extents.iter().map(|(start, end)| end - start).sum::<u64>() == len {
        reserve_any(old, 0, len)?;
        // Before anything is overwritten: Windows refuses to shorten a file that is mapped.
        if old.metadata()?.len() > len {
            old.set_len(len)?;
        }
    } else {
        // A new map of zeros, say, of which the disk holds nothing yet: the holes are to be holes here too.
        old.set_len(0)?;
        old.set_len(len)?;
    }
    let (mut new, mut old) = (new, old);
    for (start, end) in extents {
        new.seek(SeekFrom::Start(start))?;
        old.seek(SeekFrom::Start(start))?;
        copy(new, old, end - start)?;
    }
    old.set_len(len)?;
    old.rewind()
}

/// Copies `len` bytes from one file's position to another's. On Linux the kernel copies, and some file systems share
/// the blocks.
///
/// # Errors
/// Errors of the operating system; `UnexpectedEof` if there are fewer; `Cancelled`.
pub(crate) fn copy(from: &File, mut to: &File, len: u64) -> io::Result<()> {
    let mut left = len;
    while left > 0 {
        check()?;
        let copied = io::copy(&mut from.take(left.min(LARGEST_COPY)), &mut to)?;
        if copied == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left -= copied;
    }
    Ok(())
}

/// No call copies more than this, so that a call can be stopped in between.
const LARGEST_COPY: u64 = 64 << 20;

/// The parts of a file that are no holes, where the system tells.
fn extents(file: &File, len: u64) -> io::Result<Vec<(u64, u64)>> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{SeekFrom, seek};

        let mut extents = Vec::new();
        let mut end = 0;
        while end < len {
            match seek(file, SeekFrom::Data(end)) {
                Ok(start) => {
                    end = seek(file, SeekFrom::Hole(start))?;
                    extents.push((start, end.min(len)));
                }
                Err(rustix::io::Errno::NXIO) => break,
                Err(_) => return Ok(vec![(0, len)]),
            }
        }
        Ok(extents)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = file;
        Ok(vec![(0, len)])
    }
}

/// Shorter files are written in one go, which finds the space as fast.
const RESERVED_FROM: u64 = 1 << 20;

/// Asks the file system for space for `len` bytes from `offset` on: a full disk then says so before a byte is written, and
/// large writes are a third faster. The file's length stays. Where the system cannot do it, nothing happens.
///
/// # Errors
/// `StorageFull` if there is no such space, `FileTooLarge` if files may not be that long.
pub(crate) fn reserve(file: &File, offset: u64, len: u64) -> io::Result<()> {
    if len < RESERVED_FROM { Ok(()) } else { reserve_any(file, offset, len) }
}

#[cfg(target_os = "linux")]
fn reserve_any(file: &File, offset: u64, len: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;

    match fallocate(file, FallocateFlags::KEEP_SIZE, offset, len) {
        Err(error @ (Errno::NOSPC | Errno::FBIG | Errno::DQUOT)) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Other systems find the space as bytes are written.
#[cfg(not(target_os = "linux"))]
fn reserve_any(_: &File, _: u64, _: u64) -> io::Result<()> {
    Ok(())
}

/// Takes the space for the first `len` bytes of `file`, so that a later write to any of them through a map finds it. Where
/// the file system cannot set space aside, zeros are written from the end of the file on.
///
/// # Errors
/// `StorageFull` if there is no such space, `FileTooLarge` if files may not be that long.
pub(crate) fn allocate(file: &File, len: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;

        loop {
            match fallocate(file, FallocateFlags::empty(), 0, len) {
                Err(Errno::INTR) => {}
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => break,
                done => return Ok(done?),
            }
        }
    }
    let zeros = vec![0; 1 << 20];
    let mut at = file.metadata()?.len();
    while at < len {
        let count = (len - at).min(zeros.len() as u64);
        write_all_at(file, zeros.get(..count as usize).unwrap_or_default(), at)?;
        at += count;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn allocated_space_is_taken_at_once() {
        use std::os::unix::fs::MetadataExt;

        let mut file = tempfile::tempfile().unwrap();
        Write::write_all(&mut file, b"head").unwrap();
        allocate(&file, 3 << 20).unwrap();
        let found = file.metadata().unwrap();
        assert_eq!(found.len(), 3 << 20);
        assert!(found.blocks() * 512 >= 3 << 20);
        if cfg!(target_os = "linux") {
            assert!(allocate(&file, 1 << 62).is_err());
        }
    }

    #[test]
    fn contents_that_are_copied_are_the_new_ones() {
        let holes = |file: &mut File| file.set_len(1 << 20);
        let after = |file: &mut File| {
            file.seek(SeekFrom::Start(1 << 20))?;
            file.write_all(b"after a hole")
        };
        let plain = |file: &mut File| file.write_all(b"short");
        let none = |_: &mut File| Ok(());
        #[allow(clippy::type_complexity, reason = "a list of closures")]
        let fill: [&dyn Fn(&mut File) -> io::Result<()>; 4] = [&holes, &after, &plain, &none];
        for fill in fill {
            let (mut new, mut old) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
            old.write_all(&[7; 100_000]).unwrap();
            fill(&mut new).unwrap();
            copy_contents(&new, &old).unwrap();
            let read = |mut file: &File| {
                let mut bytes = Vec::new();
                file.rewind().unwrap();
                Read::read_to_end(&mut file, &mut bytes).unwrap();
                bytes
            };
            assert!(read(&new) == read(&old));
        }
    }

    #[test]
    fn space_that_is_not_there_is_refused_at_once() {
        let file = tempfile::tempfile().unwrap();
        reserve(&file, 5, 2 << 20).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 0);
        if cfg!(target_os = "linux") {
            assert!(reserve(&file, 0, 1 << 62).is_err());
        }
    }
}
