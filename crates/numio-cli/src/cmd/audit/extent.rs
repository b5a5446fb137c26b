//! The length of an array in a member, and archives that end where it does.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use numio::npy::Header;

use super::tar;
use crate::open::data_bytes;
use crate::target::Input;

/// An output that finds the header of an array and keeps nothing else.
#[derive(Debug)]
pub(super) struct ArrayExtent {
    head: Vec<u8>,
    max_header: usize,
    /// False if the rest need not be written.
    goes_on: bool,
    bytes: Option<u64>,
    /// The first bytes, which may be those of a tar archive too.
    start: Vec<u8>,
    /// The last bytes in which the end record of an archive may be.
    tail: Vec<u8>,
}

impl ArrayExtent {
    pub(super) fn new(max_header: usize, goes_on: bool) -> Self {
        Self { head: Vec::new(), max_header, goes_on, bytes: None, start: Vec::new(), tail: Vec::new() }
    }

    /// The number of bytes of header and elements; `None` if there was no header of numbers.
    pub(super) fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// Returns whether another reader finds an archive: one that ends where the elements do, or a tar archive whose first header lies
    /// over the array's own.
    pub(super) fn holds_archive(&self) -> bool {
        ends_archive(&self.tail) || tar::is_tar(&self.start)
    }
}

impl Write for ArrayExtent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.is_none() {
            self.head.try_reserve(bytes.len())?;
            self.head.extend_from_slice(bytes);
            let (header, start) = Header::parse(&self.head, self.max_header).map_err(io::Error::other)?;
            self.bytes = data_bytes(&header).and_then(|data| data.checked_add(start as u64));
            self.head = Vec::new();
        }
        let missing = tar::HEAD.saturating_sub(self.start.len()).min(bytes.len());
        self.start.extend_from_slice(bytes.get(..missing).unwrap_or_default());
        let excess = (self.tail.len() + bytes.len()).saturating_sub(REACH);
        self.tail.drain(..excess.min(self.tail.len()));
        let last = bytes.get(bytes.len().saturating_sub(REACH)..).unwrap_or_default();
        self.tail.try_reserve(last.len())?;
        self.tail.extend_from_slice(last);
        if self.goes_on || self.start.len() < tar::HEAD {
            Ok(bytes.len())
        } else {
            Err(io::Error::other("the header is all that is wanted"))
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Maximum distance of an archive's end record from the end: 64 KiB and a little.
const REACH: usize = (1 << 16) + 22;

/// Returns whether there is an archive's end record within its maximum distance from the end.
pub(super) fn ends_archive(bytes: &[u8]) -> bool {
    bytes.get(bytes.len().saturating_sub(REACH)..).is_some_and(|tail| holds(tail, b"PK\x05\x06"))
}

/// Returns whether there is a record of an archive's directory anywhere.
pub(super) fn holds_directory(bytes: &[u8]) -> bool {
    holds(bytes, b"PK\x01\x02")
}

/// The same as [`ends_archive`] of a file, of which only the end is read; true if that fails.
pub(super) fn file_ends_archive(input: &Input) -> bool {
    let reach = REACH as u64;
    part_of(input, |len| len.saturating_sub(reach), reach).map_or(true, |tail| ends_archive(&tail))
}

/// The same as [`tar::is_tar`] of a file, of which only the start is read; true if that fails.
pub(super) fn file_is_tar(input: &Input) -> bool {
    part_of(input, |_| 0, tar::HEAD as u64).map_or(true, |head| tar::is_tar(&head))
}

/// At most `count` bytes of a file, from an offset on that its length tells.
fn part_of(input: &Input, offset: impl Fn(u64) -> u64, count: u64) -> io::Result<Vec<u8>> {
    let Input::File(path) = input else { return Err(io::ErrorKind::Unsupported.into()) };
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(offset(len)))?;
    let mut part = Vec::new();
    file.take(count).read_to_end(&mut part)?;
    Ok(part)
}

fn holds(bytes: &[u8], wanted: &[u8; 4]) -> bool {
    bytes.windows(wanted.len()).any(|found| found == wanted)
}
