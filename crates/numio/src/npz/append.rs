//! Opens an existing archive for appending (copy on commit).

use std::collections::HashSet;
use std::io::{self, Seek};
use std::path::Path;
use std::time::Duration;

use super::directory::{Directory, Entry};
use super::error::Fault;
use super::output::{Before, Head, Output, Target};
use crate::source::{AtomicFile, LockedFile, ReadAt, copy};
use crate::{Error, ErrorKind, Limits, Result};

/// An archive that members are added to.
pub(super) struct Appended {
    /// A copy of it, all but its directory, that is to replace it.
    pub(super) output: Output<'static>,
    /// The names that are taken.
    pub(super) names: HashSet<String>,
    /// The archive itself, which no one else can append to meanwhile.
    pub(super) old: LockedFile,
}

/// Opens the archive at `path`, waiting up to `wait` for others that append to it.
///
/// # Errors
/// As [`Directory::read`]; `Io`, `WouldBlock` where others have it open for longer than that.
pub(super) fn open(path: &Path, wait: Duration) -> Result<Appended> {
    let old = LockedFile::open(path, wait)?;
    let Directory { entries, start, size, base, comment, .. } = Directory::read(&*old, &Limits::default())?;
    let base = u64::try_from(base).map_err(|_| Fault::NoFront)?;
    let mut records = vec![0; usize::try_from(size).map_err(io::Error::other)?];
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
pub(super) fn merge(new: &AtomicFile, path: &Path, wait: Duration, sync: bool) -> Result<()> {
    let Appended { mut output, names, old } = open(path, wait)?;
    for entry in Directory::read(new.file(), &Limits::default())?.entries {
        if names.contains(&*entry.name) {
            return Err(Error::from(Fault::Twice).with_member(&entry.name));
        }
        copy_member(&mut output, new, &entry)?;
    }
    if let Target::File(file) = output.finish()? {
        old.check_at(path)?;
        file.commit_with(sync)?;
    }
    Ok(())
}

/// Copies a member of an archive that [`Output`] has written, as it is.
fn copy_member(output: &mut Output<'static>, new: &AtomicFile, entry: &Entry) -> Result<()> {
    let Entry { method, compressed, size, end, .. } = *entry;
    // What Output writes has nothing between the data of a member and the next one.
    let start = end.checked_sub(compressed).ok_or(Fault::NoFront)?;
    let head = Head { name: entry.name.to_string(), method, size, block: 0 };
    output.copied(&head, entry.crc(), compressed, &entry.index, |out| {
        new.file().seek(io::SeekFrom::Start(start))?;
        copy(new.file(), out, compressed)
    })?;
    Ok(())
}
