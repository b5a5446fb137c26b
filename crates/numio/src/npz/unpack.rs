//! Members to bytes, whole: every method, straight into the memory that stays.

use std::sync::{Mutex, PoisonError};

use crc32fast::Hasher;
use libdeflater::{DecompressionError, Decompressor};

use super::crc;
use super::deflate::{self, Index, Part};
use super::error::Fault;
use super::other;
use super::packed::Packed;
use super::zip::Method;
use crate::Result;
use crate::source::{cores, read_parallel, with_pages};

impl Packed<'_> {
    /// Fills `out`, as long as the member says it is, and checks its CRC.
    ///
    /// # Errors
    /// `Format` where the data are not what the directory says; `Io`.
    pub(super) fn unpack(&self, out: &mut [u8], threads: Threads) -> Result<()> {
        if self.entry.method == Method::Deflated
            && threads == Threads::All
            && let Some(parts) = Index::parts(&self.entry.index, self.entry.compressed, self.entry.size)
            && self.inflate_parts(&parts, out)? == Some(self.entry.crc())
        {
            return Ok(());
        }
        match self.entry.method {
            Method::Stored => read_parallel(self.source, self.start, out, &|_| {})?,
            Method::Deflated if threads == Threads::All && out.len() >= LARGE && cores() > 1 => {
                let stream = self.bytes()?;
                with_pages(out, |out| inflate(&stream, out))?;
            }
            Method::Deflated => inflate(&self.bytes()?, out)?,
            _ => other::unpack(self, out)?,
        }
        let found = match threads {
            Threads::All => crc::hash(out).finalize(),
            Threads::One => crc32fast::hash(out),
        };
        self.check_crc(found)
    }

    /// Compares with the directory's CRC.
    ///
    /// # Errors
    /// `Format` where it is another.
    pub(super) fn check_crc(&self, found: u32) -> Result<()> {
        let wanted = self.entry.crc();
        match found == wanted {
            true => Ok(()),
            false => Err(Fault::Crc { wanted, found }.into()),
        }
    }

    /// Inflates each part on its own, on all cores, and gives the CRC of them all. Nothing where a part is not what the
    /// index says.
    fn inflate_parts(&self, parts: &[Part], out: &mut [u8]) -> Result<Option<u32>> {
        let mut rest = out;
        let mut work = Vec::with_capacity(parts.len());
        for part in parts {
            let (out, after) = rest.split_at_mut(part.len.min(rest.len()));
            rest = after;
            work.push((part, out, None));
        }
        let next = Mutex::new(work.iter_mut());
        let run = || -> std::io::Result<()> {
            let mut inflater = Inflater::default();
            loop {
                let taken = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((part, out, crc)) = taken else { return Ok(()) };
                *crc = inflater.part(self, part, out)?;
                if crc.is_none() {
                    // No use in going on.
                    next.lock().unwrap_or_else(PoisonError::into_inner).by_ref().for_each(drop);
                }
            }
        };
        std::thread::scope(|scope| {
            let spawn = || std::thread::Builder::new().spawn_scoped(scope, run).ok();
            let others: Vec<_> = (1..cores().min(parts.len())).map_while(|_| spawn()).collect();
            let mine = run();
            others.into_iter().filter_map(|thread| thread.join().ok()).fold(mine, Result::and)
        })?;
        let hashers: Option<Vec<Hasher>> = work.into_iter().map(|(_, _, crc)| crc).collect();
        Ok(hashers.map(|hashers| {
            let mut all = Hasher::new();
            hashers.iter().for_each(|hasher| all.combine(hasher));
            all.finalize()
        }))
    }
}

/// How many threads one member is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threads {
    /// As many as there are cores.
    All,
    /// The others have members of their own.
    One,
}

/// What one thread needs to inflate parts.
#[derive(Default)]
struct Inflater {
    decompressor: Decompressor,
    /// The part's bytes in the archive.
    packed: Vec<u8>,
}

/// From this size on, a second thread makes the pages that the first inflates into.
const LARGE: usize = 8 << 20;

/// An empty last block in fixed codes: what a part needs to be a stream of its own.
const END: [u8; 2] = [0x03, 0x00];

impl Inflater {
    /// Fills `out`, and gives its CRC. Nothing where the part does not inflate to just that.
    fn part(&mut self, packed: &Packed<'_>, part: &Part, out: &mut [u8]) -> std::io::Result<Option<Hasher>> {
        self.packed.resize(part.compressed, 0);
        packed.source.read_exact_at(&mut self.packed, packed.start + part.start)?;
        self.packed.extend_from_slice(&END);
        let inflated = self.decompressor.deflate_decompress(&self.packed, out);
        Ok((inflated == Ok(part.len)).then(|| {
            let mut hasher = Hasher::new();
            hasher.update(out);
            hasher
        }))
    }
}

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
        match self.entry.method {
            Method::Stored => {
                let mut head = vec![0; wanted];
                self.source.read_exact_at(&mut head, self.start)?;
                Ok(head)
            }
            Method::Deflated => self.peek(wanted),
            // It may ask for a larger window than a glance is worth: without one, then.
            Method::Zstd => other::head(self, wanted).or_else(|_| {
                let mut all = self.whole(Threads::One)?;
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
