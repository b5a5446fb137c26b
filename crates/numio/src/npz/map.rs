//! Stored members as memory maps.

use std::io;
use std::sync::Arc;

use crc32fast::Hasher;

use super::crc;
use super::packed::Packed;
use super::shared::{Shared, Source};
use super::zip::{Local, Record, flags};
use crate::npy::{self, Header};
use crate::source::{Follow, ReadAt, write_all_at};
use crate::{DynArray, ErrorKind, MmapMode, Result};

impl Shared {
    /// Maps the elements of a stored member, the entry at `at`, which start at `offset` of it.
    ///
    /// # Errors
    /// `InvalidData` where the member ends before its array does; `InvalidInput` where the archive is no file; `Io`.
    pub(super) fn map(
        shared: &Arc<Self>,
        at: usize,
        packed: Packed<'_>,
        header: Header,
        offset: usize,
        mode: MmapMode,
    ) -> Result<DynArray> {
        let Source::File(file) = &*shared.source else {
            return Err(crate::Error::new(
                ErrorKind::InvalidInput,
                "only a file given by its path can be mapped",
            ));
        };
        npy::check_whole(&header, offset, packed.entry.size)?;
        let follow: Option<Box<dyn Follow>> = match mode {
            MmapMode::ReadWrite => Some(Box::new(Checksum::of(shared, at, packed, offset)?)),
            _ => None,
        };
        // SAFETY: whoever set `Options::mmap` has promised it.
        #[expect(unsafe_code, reason = "LoadOptions::mmap is where it was promised")]
        let array = unsafe { npy::map(file, header, packed.start + offset as u64, mode, follow) };
        // Bytes are those of the member, not of the file.
        array.map_err(|error| error.moved(|at| at.saturating_sub(packed.start)))
    }
}

/// The CRC of a member that is written to through a map, and the places where the archive has it.
struct Checksum {
    shared: Arc<Shared>,
    entry: usize,
    /// Of the bytes before the elements.
    head: Hasher,
    /// Bytes after the elements, which are part of the member all the same: from where to where.
    tail_end: u64,
    elements: u64,
    places: Vec<u64>,
}

impl Checksum {
    fn of(shared: &Arc<Shared>, entry: usize, packed: Packed<'_>, offset: usize) -> Result<Self> {
        let mut head = Hasher::new();
        head.update(&packed.head(offset)?);
        let end = packed.start + packed.entry.size;
        let mut places = vec![packed.entry.record + Record::CRC_AT];
        if packed.entry.flags & flags::DESCRIPTOR == 0 {
            places.extend(packed.entry.local.map(|local| local + Local::CRC_AT));
        } else {
            places.extend(descriptor(packed, end)?);
        }
        let elements = packed.start + offset as u64;
        Ok(Self { shared: Arc::clone(shared), entry, head, tail_end: end, elements, places })
    }
}

/// Where the CRC stands after the data: behind a signature that some writers put there, and some do not. Nowhere if it is
/// neither here nor there, for what stands there then is something else.
fn descriptor(packed: Packed<'_>, end: u64) -> io::Result<Option<u64>> {
    let mut found = [0; 8];
    packed.source.read_exact_at(&mut found, end)?;
    let crc = packed.entry.crc().to_le_bytes();
    let [a, b, c, d, rest @ ..] = found;
    Ok(match [a, b, c, d] {
        signature if signature == *b"PK\x07\x08" && rest == crc => Some(end + 4),
        first => (first == crc).then_some(end),
    })
}

impl Follow for Checksum {
    fn follow(&self, bytes: &[u8]) -> io::Result<()> {
        let Source::File(file) = &*self.shared.source else { return Ok(()) };
        let mut all = self.head.clone();
        all.combine(&crc::hash(bytes)?);
        let mut at = self.elements + bytes.len() as u64;
        while at < self.tail_end {
            let mut tail = vec![0; (self.tail_end - at).min(64 << 10) as usize];
            file.read_exact_at(&mut tail, at)?;
            all.update(&tail);
            at += tail.len() as u64;
        }
        let crc = all.finalize();
        for &place in &self.places {
            write_all_at(file, &crc.to_le_bytes(), place)?;
        }
        if let Some(entry) = self.shared.directory.entries.get(self.entry) {
            entry.set_crc(crc);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checksum").field("entry", &self.entry).finish_non_exhaustive()
    }
}
