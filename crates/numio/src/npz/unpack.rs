//! Members to bytes, whole: every method, straight into the memory that stays.

use std::cell::RefCell;

use libdeflater::{DecompressionError, Decompressor};

use super::cuts::Cuts;
use super::error::Fault;
use super::packed::Packed;
use super::zip::Method;
use super::{crc, other, parts, split};
use crate::Result;
use crate::array::Memory;
use crate::deflate::{self, Index};
use crate::parallel::num_threads;
use crate::source::{read_parallel, with_pages};

impl Packed<'_> {
    /// Fills `out`, as long as the member says it is, checks its CRC, and says where in it the bytes after the first
    /// `skipped` are: those may be left out.
    ///
    /// # Errors
    /// `InvalidData` where the data are not what the directory says; `Io`.
    pub(super) fn unpack(&self, out: &mut [u8], skipped: usize, threads: Threads<'_>) -> Result<usize> {
        if self.entry.size == 0 && self.entry.compressed == 0 {
            // No bytes are no stream of any method, but Python reads no bytes from them all the same.
            self.check_crc(0)?;
            return Ok(0);
        }
        if self.entry.method == Method::Deflated && matches!(threads, Threads::All) {
            let mut head = vec![0; skipped];
            let body = out.get_mut(..out.len().saturating_sub(skipped)).unwrap_or_default();
            if self.inflate_on_all(&mut head, body)? {
                return Ok(0);
            }
        }
        match (self.entry.method, threads) {
            (Method::Stored, _) => read_parallel(self.source, self.start, out, &|_| {})?,
            (Method::Deflated, Threads::One(held)) => self.inflate_held(&mut held.borrow_mut(), out)?,
            (Method::Deflated, Threads::All) if out.len() >= LARGE && num_threads() > 1 => {
                let stream = self.bytes()?;
                with_pages(out, |out| inflate(&stream, out))?;
            }
            (Method::Deflated, Threads::All) => inflate(&self.bytes()?, out)?,
            _ => other::unpack(self, out)?,
        }
        let found = match threads {
            Threads::All => crc::hash(out)?.finalize(),
            Threads::One(_) => crc32fast::hash(out),
        };
        self.check_crc(found)?;
        Ok(skipped)
    }

    /// Inflates the first bytes into `head` and the others into `body`, on all cores; false where there is no way to do
    /// that, or any doubt is left.
    ///
    /// # Errors
    /// `Io`.
    fn inflate_on_all(&self, head: &mut [u8], body: &mut [u8]) -> Result<bool> {
        if let Some(parts) = Index::parts(&self.entry.index, self.entry.compressed, self.entry.size) {
            let found = parts::inflate(self, &parts, head, body)?;
            return Ok(found == Some(self.entry.crc()));
        }
        let Some(plan) = Cuts::find(self, num_threads()) else { return Ok(false) };
        if split::inflate(self, &plan, head, body).is_none() {
            return Ok(false);
        }
        Ok(crc::hash_all([head, body])? == self.entry.crc())
    }

    /// Inflates what it reads into `held`, which is kept for the next member: memory that is new costs more than reading.
    fn inflate_held(&self, held: &mut Vec<u8>, out: &mut [u8]) -> Result<()> {
        let len = usize::try_from(self.entry.compressed).unwrap_or(usize::MAX);
        if held.len() < len {
            *held = Vec::new();
            held.grow(len)?;
        }
        let stream = held.get_mut(..len).unwrap_or_default();
        self.source.read_exact_at(stream, self.start)?;
        Ok(inflate(stream, out)?)
    }

    /// Compares with the directory's CRC.
    ///
    /// # Errors
    /// `InvalidData` where it is another.
    pub(super) fn check_crc(&self, found: u32) -> Result<()> {
        let wanted = self.entry.crc();
        match found == wanted {
            true => Ok(()),
            false => Err(Fault::Crc { wanted, found }.into()),
        }
    }
}

/// How many threads one member is worth.
#[derive(Debug, Clone, Copy)]
pub(super) enum Threads<'a> {
    /// As many as there are cores.
    All,
    /// The others have members of their own, or one stream is to be read as such, by no index. What this one reads, it
    /// reads into memory that it keeps.
    One(&'a RefCell<Vec<u8>>),
}

/// From this size on, a second thread makes the pages that the first inflates into.
const LARGE: usize = 8 << 20;

/// Inflates a whole stream, which must fill `out` exactly.
fn inflate(stream: &[u8], out: &mut [u8]) -> Result<(), Fault> {
    let size = out.len() as u64;
    match Decompressor::new().deflate_decompress(stream, out) {
        Ok(len) if len == out.len() => Ok(()),
        Ok(len) => Err(Fault::Short { size, found: len as u64 }),
        Err(DecompressionError::InsufficientSpace) => Err(Fault::Long { size }),
        Err(DecompressionError::BadData) => Err(Fault::Malformed(Method::Deflated)),
    }
}

impl Packed<'_> {
    /// The first `wanted` bytes of the member, or all where there are fewer, without unpacking the rest.
    ///
    /// # Errors
    /// As [`unpack`](Self::unpack), except that no CRC is checked.
    pub(super) fn head(&self, wanted: usize) -> Result<Vec<u8>> {
        let wanted = usize::try_from(self.entry.size).unwrap_or(usize::MAX).min(wanted);
        if wanted == 0 {
            return Ok(Vec::new());
        }
        match self.entry.method {
            Method::Stored => {
                let mut head = vec![0; wanted];
                self.source.read_exact_at(&mut head, self.start)?;
                Ok(head)
            }
            Method::Deflated => self.peek(wanted),
            // It may ask for a larger window than a glance is worth: without one, then.
            Method::Zstd => other::head(self, wanted).or_else(|_| {
                let mut all = self.whole(Threads::One(&RefCell::default()))?;
                all.truncate(wanted);
                Ok(all)
            }),
            _ => other::head(self, wanted),
        }
    }

    fn peek(&self, wanted: usize) -> Result<Vec<u8>> {
        let mut taken = 0_usize;
        loop {
            // A stream's first codes may take a kilobyte, and each byte after them at most two.
            let more = if taken == 0 { 1024 + wanted * 2 } else { taken.saturating_mul(2) };
            taken = usize::try_from(self.entry.compressed).unwrap_or(usize::MAX).min(more);
            let mut stream = vec![0; taken];
            self.source.read_exact_at(&mut stream, self.start)?;
            let whole = taken as u64 == self.entry.compressed;
            match deflate::peek(&stream, wanted) {
                Some(head) if head.len() == wanted => return Ok(head),
                Some(head) if whole => {
                    let fault = Fault::Short { size: self.entry.size, found: head.len() as u64 };
                    return Err(fault.into());
                }
                None if whole => return Err(Fault::Malformed(Method::Deflated).into()),
                _ => {}
            }
        }
    }
}
