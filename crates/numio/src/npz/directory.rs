//! The members of an archive, as its directory lists them (`_RealGetContents` in CPython's `zipfile`).

use std::cmp::Ordering;
use std::sync::atomic::{self, AtomicU32};

use super::error::Fault;
use super::zip::{
    End, EndFault, ExtraFault, INDEX_ID, Method, Record, after_nul, decode_name, find_extra, flags,
};
use crate::error::zeros;
use crate::io::ReadAt;
use crate::npy::header::MAGIC;
use crate::{Error, Limits, Result};

/// One member.
#[derive(Debug)]
pub(crate) struct Entry {
    /// As in the directory, suffix included.
    pub(crate) name: Box<str>,
    /// The bytes from a NUL on, at which Python and others end a name. The local header has the same.
    pub(crate) after_nul: Box<[u8]>,
    pub(crate) flags: u16,
    pub(crate) method: Method,
    crc: AtomicU32,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    /// The offset of its local header in the file, if it is in the file at all.
    pub(crate) local: Option<u64>,
    /// The start of what comes after its data: the next member, or the directory.
    pub(crate) end: u64,
    /// The number of members whose local headers come before.
    place: u32,
    /// The offset of its directory record in the file.
    pub(crate) record: u64,
    /// numio's index of the blocks of its stream, not yet checked; most often there is none.
    pub(crate) index: Box<[u8]>,
    pub(crate) fault: Option<ExtraFault>,
}

impl Entry {
    /// The CRC of its contents. A write to a mapped member changes it.
    pub(crate) fn crc(&self) -> u32 {
        self.crc.load(atomic::Ordering::Relaxed)
    }

    pub(crate) fn set_crc(&self, crc: u32) {
        self.crc.store(crc, atomic::Ordering::Relaxed);
    }
}

/// All members in the order of the directory.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) entries: Vec<Entry>,
    /// Positions in `entries` by name; of equal names the last comes last.
    by_name: Vec<u32>,
    /// Indices in `entries` by the offset of the local header; of equal offsets the last comes last.
    by_place: Vec<u32>,
    /// The offset of the directory in the file.
    pub(crate) start: u64,
    /// The directory's own length.
    pub(crate) size: u64,
    /// The archive's comment.
    pub(crate) comment: Vec<u8>,
    /// The start of the archive in the file, from which offsets count. Below zero in archives whose front was cut off.
    pub(crate) base: i64,
}

impl Directory {
    /// Reads and checks the end of the archive and its directory, and nothing else.
    ///
    /// # Errors
    /// `InvalidData` where there is no archive, or the directory is not what its end says; `LimitExceeded` for more members than
    /// allowed; `Unsupported` for an archive in several files; `Io`.
    pub(crate) fn read(source: &dyn ReadAt, limits: &Limits) -> Result<Self> {
        Self::read_of(source, source.len()?, &[], limits)
    }

    /// As [`read`](Self::read), of a source of `len` bytes, the first of which are `head`: these are not read again if they are
    /// all.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn read_of(source: &dyn ReadAt, len: u64, head: &[u8], limits: &Limits) -> Result<Self> {
        // One read brings the end of any archive, and most directories whole.
        let tail_start = len.saturating_sub(End::REACH as u64);
        let read;
        let tail = if head.len() as u64 == len {
            head
        } else {
            let mut tail = zeros((len - tail_start) as usize)?;
            source.read_exact_at(&mut tail, tail_start)?;
            read = tail;
            &read
        };
        let end = End::find(tail, tail_start).map_err(|fault| match fault {
            EndFault::SeveralDisks => Fault::SeveralDisks,
            EndFault::TwoReadings(one, other) => Fault::TwoReadings { one, other },
        });
        let end = end.map_err(Error::from)?;
        let (end, comment) = end.ok_or_else(|| {
            let mut magic = [0; MAGIC.len()];
            match source.read_exact_at(&mut magic, 0) {
                Ok(()) if magic == MAGIC => Error::from(Fault::OneArray).with_offset(0),
                _ => Error::from(Fault::NoEnd).with_offset(len),
            }
        })?;
        let outside =
            || Error::from(Fault::DirectoryOutside { size: end.size, end: end.at }).with_offset(end.at);
        let start = end.at.checked_sub(end.size).ok_or_else(outside)?;
        let whole;
        let bytes = match start.checked_sub(tail_start) {
            Some(at) => tail.get(at as usize..(end.at - tail_start) as usize).unwrap_or_default(),
            None => {
                // No more than the file holds.
                let mut bytes = zeros(usize::try_from(end.size).map_err(|_| outside())?)?;
                source.read_exact_at(&mut bytes, start)?;
                whole = bytes;
                &whole
            }
        };
        let base = i64::try_from(i128::from(start) - i128::from(end.offset)).map_err(|_| outside())?;
        if base != 0 {
            check_moved(source, &end, start, len)?;
        }
        let comment = comment.to_vec();
        let (entries, by_name, by_place) = (Vec::new(), Vec::new(), Vec::new());
        let mut directory = Self { entries, by_name, by_place, start, size: end.size, comment, base };
        directory.parse(bytes, limits.max_members)?;
        let found = directory.entries.len() as u64;
        let claimed = if end.zip64 { found == end.count } else { found % (1 << 16) == end.count };
        if !claimed {
            return Err(Error::from(Fault::Count { claimed: end.count, found }).with_offset(end.at));
        }
        directory.sort_places();
        directory.sort_names();
        Ok(directory)
    }

    fn parse(&mut self, bytes: &[u8], limit: u64) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let number = self.entries.len() as u64;
            let record = self.start + (bytes.len() - rest.len()) as u64;
            if number >= limit.min(u32::MAX.into()) {
                return Err(Error::from(Fault::TooMany { found: number + 1, limit }).with_offset(record));
            }
            let parsed = Record::parse(rest);
            let (found, after) =
                parsed.ok_or_else(|| Error::from(Fault::NoRecord { number }).with_offset(record))?;
            rest = after;
            let name = decode_name(found.name, found.flags);
            if let Some(other) = unicode_path(&found, &name) {
                let one = format!("a member has the name '{}'", name.escape_debug());
                let other = format!("it has the name '{}' of its Unicode path field", other.escape_debug());
                return Err(Error::from(Fault::TwoReadings { one, other }).with_offset(record));
            }
            self.entries.push(Entry {
                name: name.into(),
                after_nul: after_nul(found.name).into(),
                flags: found.flags,
                method: found.method,
                crc: found.crc.into(),
                compressed: found.compressed,
                size: found.size,
                local: found.local.checked_add_signed(self.base),
                end: 0,
                place: 0,
                record,
                index: find_extra(found.extra, INDEX_ID).unwrap_or_default().into(),
                fault: found.fault,
            });
        }
        Ok(())
    }

    /// Notes where each member must end at the latest, as Python does against overlapping members.
    fn sort_places(&mut self) {
        let local = |&at: &u32| self.entries.get(at as usize).and_then(|entry| entry.local);
        let mut by_place: Vec<u32> = (0..).take(self.entries.len()).collect();
        by_place.sort_by_key(local);
        let mut end = self.start;
        for (place, &at) in by_place.iter().enumerate().rev() {
            if let Some(entry) = self.entries.get_mut(at as usize) {
                (entry.end, entry.place) = (end, place as u32);
                end = entry.local.unwrap_or(end);
            }
        }
        self.by_place = by_place;
    }

    /// The members whose local headers are where that of `entry` is, or after.
    pub(crate) fn after(&self, entry: &Entry) -> impl Iterator<Item = &Entry> {
        let after = self.by_place.get(entry.place as usize + 1..).unwrap_or_default();
        after.iter().filter_map(|&at| self.entries.get(at as usize))
    }

    fn sort_names(&mut self) {
        let entries = &self.entries;
        let name = |&at: &u32| entries.get(at as usize).map(|entry| &*entry.name);
        self.by_name = (0..).take(entries.len()).collect();
        self.by_name.sort_by_key(name);
    }

    /// The last member whose very name is `name` with `suffix` after it.
    pub(crate) fn find(&self, name: &str, suffix: &str) -> Option<usize> {
        let entry = |&at: &u32| self.entries.get(at as usize);
        let is_at_most = |entry: &Entry| compare(&entry.name, name, suffix).is_le();
        let after = self.by_name.partition_point(|at| entry(at).is_some_and(is_at_most));
        let at = self.by_name.get(after.checked_sub(1)?)?;
        entry(at).filter(|entry| compare(&entry.name, name, suffix).is_eq()).map(|_| *at as usize)
    }
}

/// Compares with `name` and `suffix` put together.
fn compare(found: &str, name: &str, suffix: &str) -> Ordering {
    let (found, name, suffix) = (found.as_bytes(), name.as_bytes(), suffix.as_bytes());
    match found.split_at_checked(name.len()) {
        Some((first, rest)) => first.cmp(name).then_with(|| rest.cmp(suffix)),
        // It is shorter: where it is a part of the name, it comes before it.
        None => found.cmp(name),
    }
}

/// Checks that an archive that does not start where its offsets count from has one directory only: most readers take the
/// one before the end records, as Python does, but the end records say where another would have to be.
///
/// # Errors
/// `InvalidData`; `Io`.
fn check_moved(source: &dyn ReadAt, end: &End, start: u64, len: u64) -> Result<()> {
    let starts_like = |at: u64, looks_like: fn(&[u8]) -> bool| -> Result<bool> {
        let mut found = [0; 4];
        match at.checked_add(4).filter(|&end| end <= len) {
            Some(_) => source.read_exact_at(&mut found, at)?,
            None => return Ok(false),
        }
        Ok(looks_like(&found))
    };
    if end.size > 0 && starts_like(end.offset, Record::starts)? {
        let one = format!("its directory is at byte {start}, right before its end");
        let other = format!("it is at byte {}, where its end says", end.offset);
        return Err(Fault::TwoReadings { one, other }.into());
    }
    // A locator's offset counts from the start of the archive as well.
    let located = end.offset.saturating_add(end.size);
    if end.zip64 && starts_like(located, End::starts_zip64_record)? {
        let one = format!("its zip64 record is at byte {}, right before its locator", end.at);
        let other = format!("it is at byte {located}, where its locator says");
        return Err(Fault::TwoReadings { one, other }.into());
    }
    Ok(())
}

/// Info-ZIP's Unicode path field (APPNOTE 4.6.9): another name, which Python reads from 3.12 on. Nothing where it is the
/// same, or of a version or for a name that Python passes over.
fn unicode_path(record: &Record<'_>, name: &str) -> Option<String> {
    const UNICODE_PATH: u16 = 0x7075;

    record.extra_fields().filter(|&(id, _)| id == UNICODE_PATH).find_map(|(_, data)| {
        let (version, rest) = data.split_first()?;
        let (crc, path) = rest.split_first_chunk()?;
        let counts = *version == 1 && u32::from_le_bytes(*crc) == crc32fast::hash(record.name);
        // Python looks whether there is one before it cuts it off at a zero byte.
        let has_path = !path.is_empty();
        let path = decode_name(path, flags::UTF8);
        (counts && has_path && path != name).then_some(path)
    })
}
