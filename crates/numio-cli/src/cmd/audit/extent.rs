//! The length of an array in a member, and archives that end where it does.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use numio::npy::Header;

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
    /// The last bytes in which the end record of an archive may be.
    tail: Vec<u8>,
}

impl ArrayExtent {
    pub(super) fn new(max_header: usize, goes_on: bool) -> Self {
        Self { head: Vec::new(), max_header, goes_on, bytes: None, tail: Vec::new() }
    }

    /// The number of bytes of header and elements; `None` if there was no header of numbers.
    pub(super) fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// Returns whether an archive ends where the elements do.
    pub(super) fn ends_archive(&self) -> bool {
        ends_archive(&self.tail)
    }
}

impl Write for ArrayExtent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.is_none() {
            self.head.extend_from_slice(bytes);
            let (header, start) = Header::parse(&self.head, self.max_header).map_err(io::Error::other)?;
            self.bytes = data_bytes(&header).and_then(|data| data.checked_add(start as u64));
            self.head = Vec::new();
        }
        let excess = (self.tail.len() + bytes.len()).saturating_sub(REACH);
        self.tail.drain(..excess.min(self.tail.len()));
        self.tail.extend_from_slice(bytes.get(bytes.len().saturating_sub(REACH)..).unwrap_or_default());
        if self.goes_on { Ok(bytes.len()) } else { Err(io::Error::other("the header is all that is wanted")) }
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
pub(super) fn holds_archive(input: &Input) -> bool {
    let Input::File(path) = input else { return true };
    let tail = || {
        let mut file = File::open(path)?;
        let len = file.metadata()?.len();
        file.seek(SeekFrom::Start(len.saturating_sub(REACH as u64)))?;
        let mut tail = Vec::new();
        file.take(REACH as u64).read_to_end(&mut tail)?;
        io::Result::Ok(tail)
    };
    tail().map_or(true, |tail| ends_archive(&tail))
}

fn holds(bytes: &[u8], wanted: &[u8; 4]) -> bool {
    bytes.windows(wanted.len()).any(|found| found == wanted)
}
