//! An archive that is there already, as the start of a new one.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use super::directory::Directory;
use super::error::Fault;
use super::output::{Before, Output, Target};
use crate::source::{AtomicFile, ReadAt};
use crate::{Error, ErrorKind, Limits, Result};

/// Copies the archive at `path`, all but its directory, into a new file that is to take its place; gives that and the
/// names that are taken.
///
/// # Errors
/// As [`Directory::read`]; `Io`.
pub(super) fn open(path: &Path) -> Result<(Output<'static>, HashSet<String>)> {
    let old = File::open(path)?;
    let Directory { entries, start, size, base, comment, .. } = Directory::read(&old, &Limits::default())?;
    let base = u64::try_from(base).map_err(|_| Fault::NoFront)?;
    let mut records = vec![0; usize::try_from(size).map_err(io::Error::other)?];
    old.read_exact_at(&mut records, start)?;
    let file = AtomicFile::create(path)?;
    if !file.is_regular() {
        return Err(Error::new(ErrorKind::InvalidInput, "not a regular file: only those can be appended to"));
    }
    file.reserve(start)?;
    (&old).rewind()?;
    // On Linux the kernel copies, and some file systems share the blocks.
    let copied = io::copy(&mut (&old).take(start), &mut file.file())?;
    if copied != start {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    file.file().flush()?;
    let count = entries.len() as u64;
    let names = entries.iter().map(|entry| entry.name.to_string()).collect();
    let before = Before { base, records, count, comment };
    Ok((Output::new(Target::File(file), start, before), names))
}
