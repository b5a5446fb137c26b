//! Stored members as memory maps.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crc32fast::Hasher;

use super::directory::{Directory, Entry};
use super::zip::{Local, Method, Record, flags};
use crate::error::zeros;
use crate::io::{Follow, ReadAt, write_all_at};
use crate::npy::{self, Header};
use crate::npz::member::MemberData;
use crate::npz::{Shared, Source, Writable};
use crate::{DynArray, ErrorKind, Limits, MmapMode, Result};

impl Shared {
    /// Maps the elements of a stored member, the entry at `at`, which start at `offset` of it.
    ///
    /// # Errors
    /// `InvalidData` where the member ends before its array does; `InvalidInput` where the archive is no file; `Io`.
    pub(super) fn map(
        shared: &Arc<Self>,
        at: usize,
        data: MemberData<'_>,
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
        npy::check_whole(&header, offset, data.entry.size)?;
        let follow: Option<Box<dyn Follow>> = match mode {
            MmapMode::ReadWrite => Some(Box::new(Checksum::of(shared, at, data, offset)?)),
            _ => None,
        };
        // SAFETY: setting `Options::mmap` promises it.
        #[expect(unsafe_code, reason = "LoadOptions::mmap is where it was promised")]
        let array = unsafe { npy::map(file, header, data.start + offset as u64, mode, follow) };
        // Bytes are those of the member, not of the file.
        array.map_err(|error| error.moved(|at| at.saturating_sub(data.start)))
    }
}

/// The CRC of a member that is written to through a map, and where the archive has it.
struct Checksum {
    shared: Arc<Shared>,
    entry: usize,
    /// Of the bytes before the elements.
    head: Hasher,
    /// The first byte of the elements, and the end of the member, in the file.
    elements: u64,
    end: u64,
    crcs: CrcOffsets,
    /// The file's length, and its headers of this member without their CRCs: as long as they are the same, this is the
    /// file that was mapped.
    len: u64,
    headers: Vec<u8>,
    /// No other map of the member may be written to, for neither would know what the other has changed.
    _only: Writable,
}

/// The offsets at which a file has the CRC of a member.
struct CrcOffsets(Vec<u64>);

impl CrcOffsets {
    fn of(data: MemberData<'_>) -> io::Result<Self> {
        let entry = data.entry;
        let mut offsets = vec![entry.record + Record::CRC_AT];
        if entry.flags & flags::DESCRIPTOR == 0 {
            offsets.extend(entry.local.map(|local| local + Local::CRC_AT));
        } else {
            offsets.extend(descriptor(data, data.start + entry.size)?);
        }
        Ok(Self(offsets))
    }

    /// Returns true if `crc` is at each of them.
    fn have(&self, file: &dyn ReadAt, crc: u32) -> io::Result<bool> {
        for &offset in &self.0 {
            let mut found = [0; 4];
            file.read_exact_at(&mut found, offset)?;
            if found != crc.to_le_bytes() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn write(&self, file: &File, crc: u32) -> io::Result<()> {
        self.0.iter().try_for_each(|&offset| write_all_at(file, &crc.to_le_bytes(), offset))
    }
}

/// The offset of the CRC after the data: behind a signature that some writers put there, and some do not. Nothing if it is
/// at neither, for then these bytes are something else.
fn descriptor(data: MemberData<'_>, end: u64) -> io::Result<Option<u64>> {
    let mut found = [0; 8];
    data.source.read_exact_at(&mut found, end)?;
    let crc = data.entry.crc().to_le_bytes();
    let [a, b, c, d, rest @ ..] = found;
    Ok(match [a, b, c, d] {
        signature if signature == *b"PK\x07\x08" && rest == crc => Some(end + 4),
        first => (first == crc).then_some(end),
    })
}

/// The CRC of the bytes of `file` from `from` to `to`, which follow on those of `before`. They are read, not looked at
/// through a map: a file that has become shorter is then an error and no SIGBUS.
fn hash_range(file: &dyn ReadAt, before: &Hasher, from: u64, to: u64) -> io::Result<u32> {
    const CHUNK: u64 = 4 << 20;

    let mut all = before.clone();
    let mut chunk = zeros(to.saturating_sub(from).min(CHUNK) as usize)?;
    let mut at = from;
    while at < to {
        let (chunk, _) = chunk.split_at_mut((to - at).min(CHUNK) as usize);
        file.read_exact_at(chunk, at)?;
        all.update(chunk);
        at += chunk.len() as u64;
    }
    Ok(all.finalize())
}

/// The headers of a member, local and in the directory, with zeros for their CRCs.
fn headers(file: &dyn ReadAt, entry: &Entry) -> io::Result<Vec<u8>> {
    let mut both = vec![0; Local::FIXED + Record::FIXED];
    let (local, record) = both.split_at_mut(Local::FIXED);
    for (header, at, crc) in
        [(local, entry.local.unwrap_or_default(), Local::CRC_AT), (record, entry.record, Record::CRC_AT)]
    {
        file.read_exact_at(header, at)?;
        header.iter_mut().skip(crc as usize).take(4).for_each(|byte| *byte = 0);
    }
    Ok(both)
}

impl Checksum {
    fn of(shared: &Arc<Shared>, at: usize, data: MemberData<'_>, offset: usize) -> Result<Self> {
        let mut head = Hasher::new();
        head.update(&data.head(offset)?);
        Ok(Self {
            _only: shared.writable.claim(at)?,
            shared: Arc::clone(shared),
            entry: at,
            head,
            elements: data.start + offset as u64,
            end: data.start + data.entry.size,
            crcs: CrcOffsets::of(data)?,
            len: data.source.len()?,
            headers: headers(data.source, data.entry)?,
        })
    }

    /// Returns true if `file` is still the one that was mapped.
    fn is_same(&self, file: &File, entry: &Entry) -> io::Result<bool> {
        Ok(ReadAt::len(file)? == self.len
            && headers(file, entry)? == self.headers
            && self.crcs.have(file, entry.crc())?)
    }
}

impl Follow for Checksum {
    fn follow(&self, _: &[u8]) -> io::Result<()> {
        let Source::File(file) = &*self.shared.source else { return Ok(()) };
        let Some(entry) = self.shared.directory.entries.get(self.entry) else { return Ok(()) };
        let changed = || {
            io::Error::other(
                "the archive has been written by another since the member was mapped: its checksum is left as it is \
                 (`numio verify --fix-crc` makes it right)",
            )
        };
        if !self.is_same(file, entry)? {
            return Err(changed());
        }
        let crc = hash_range(file, &self.head, self.elements, self.end)?;
        if crc == entry.crc() {
            return Ok(());
        }
        // Taking the CRC may have taken long.
        if !self.is_same(file, entry)? {
            return Err(changed());
        }
        self.crcs.write(file, crc)?;
        entry.set_crc(crc);
        Ok(())
    }
}

impl std::fmt::Debug for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checksum").field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// Makes the checksums of stored members right, and returns the names of those for which that was needed.
///
/// A member that was changed through a map ([`MmapMode::ReadWrite`]) has its old CRC until the map is flushed or dropped,
/// and keeps it where the process ends before that: by a signal, by `os._exit`, in a worker that is killed. Its data are
/// what was written. Data that were damaged look the same, so this is for archives of which one knows what happened to them.
/// Compressed members cannot be mapped, and are left alone.
///
/// # Errors
/// As [`NpzArchive::open`](super::NpzArchive::open); `Io`.
///
/// ```
/// use ndarray::{Ix1, array};
/// use numio::{LoadOptions, MmapMode};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("a.npz");
/// numio::savez(&path, [("a", &array![1, 2])])?;
/// // SAFETY: no one else has this file.
/// let archive = unsafe { LoadOptions::new().mmap(MmapMode::ReadWrite).load(&path) }?.into_npz()?;
/// let mut a = archive.get("a")?.into_array()?;
/// a.view_mut::<i32, Ix1>()?[0] = 7;
/// std::mem::forget(a); // as in a process that is killed
///
/// assert!(numio::NpzArchive::open(&path)?.get("a").is_err());
/// assert_eq!(numio::npz::fix_checksums(&path)?, ["a.npy"]);
/// assert!(numio::NpzArchive::open(&path)?.get("a").is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fix_checksums(path: impl AsRef<Path>) -> Result<Vec<String>> {
    let path = path.as_ref();
    let fix = || {
        let file = crate::io::open_to_write(path)?;
        let limits = Limits::default();
        let directory = Directory::read(&file, &limits)?;
        let mut fixed = Vec::new();
        for entry in directory.entries.iter().filter(|entry| entry.method == Method::Stored) {
            let data = MemberData::find(&file, &directory, entry, &limits)
                .map_err(|error| error.with_member(&entry.name))?;
            let crc = hash_range(&file, &Hasher::new(), data.start, data.start + entry.size)?;
            let offsets = CrcOffsets::of(data)?;
            if !offsets.have(&file, crc)? {
                offsets.write(&file, crc)?;
                fixed.push(entry.name.to_string());
            }
        }
        Ok(fixed)
    };
    fix().map_err(|error: crate::Error| error.with_path(path))
}
