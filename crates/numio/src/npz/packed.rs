//! A member's data in the archive, found and checked as far as headers tell.

use std::io::{self, Read};

use super::directory::{Directory, Entry};
use super::error::Fault;
use super::zip::{Local, Method, decode_name, flags};
use crate::array::Memory;
use crate::source::ReadAt;
use crate::{Error, Limits, Result};

/// Where the data of a member are.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    pub(super) source: &'a dyn ReadAt,
    pub(super) entry: &'a Entry,
    /// The first byte of the data, from the start of the file.
    pub(super) start: u64,
}

impl<'a> Packed<'a> {
    /// Finds them behind the local header, which must be there and have the same name, as in Python.
    ///
    /// # Errors
    /// `InvalidData` where the headers contradict each other or the file; `Unsupported` for what is encrypted or packed in
    /// ways that are not read; `LimitExceeded`; `Io`.
    pub(super) fn find(
        source: &'a dyn ReadAt,
        directory: &Directory,
        entry: &'a Entry,
        limits: &Limits,
    ) -> Result<Self> {
        if let Some(fault) = entry.fault {
            return Err(Error::from(Fault::Extra(fault)));
        }
        let start = data_start(source, directory, entry)?;
        refuse(entry)?;
        check_sizes(entry, limits)?;
        Ok(Self { source, entry, start })
    }

    /// The packed bytes, all of which are in the file.
    pub(super) fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.grow(self.entry.compressed as usize)?;
        crate::source::read_parallel(self.source, self.start, &mut bytes, &|_| {})?;
        Ok(bytes)
    }

    /// The packed bytes in order.
    pub(super) fn stream(&self) -> impl io::BufRead + 'a {
        let end = self.start + self.entry.compressed;
        io::BufReader::with_capacity(64 << 10, Range { source: self.source, at: self.start, end })
    }
}

/// Bytes of a source from one place to another.
struct Range<'a> {
    source: &'a dyn ReadAt,
    at: u64,
    end: u64,
}

impl Read for Range<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(buf.len());
        let (buf, _) = buf.split_at_mut(len);
        self.source.read_exact_at(buf, self.at)?;
        self.at += len as u64;
        Ok(len)
    }
}

/// The end of the local header, before which nothing of the data is, and after which there is room for them.
fn data_start(source: &dyn ReadAt, directory: &Directory, entry: &Entry) -> Result<u64> {
    let at = entry.local.ok_or(Fault::NoLocal { at: None })?;
    if at.saturating_add(Local::FIXED as u64) > directory.start {
        return Err(Fault::NoLocal { at: Some(at) }.into());
    }
    let (mut local, name) = local_at(source, at)?.ok_or(Fault::NoLocal { at: Some(at) })?;
    let start = at + (Local::FIXED + local.name_len + local.extra_len) as u64;
    let end = start.saturating_add(entry.compressed);
    if end > directory.start {
        return Err(Fault::Overlap { end, next: directory.start }.into());
    }
    if name != *entry.name {
        return Err(Fault::Name { directory: entry.name.to_string(), local: name }.into());
    }
    if end > entry.end
        && let Some(next) = overlap(source, directory, entry, end)?
    {
        return Err(Fault::Overlap { end, next }.into());
    }
    if local.is_zip64() {
        let mut extra = vec![0; local.extra_len];
        source.read_exact_at(&mut extra, start - local.extra_len as u64)?;
        let _ = local.take_zip64(&extra);
    }
    check_local(entry, &local)?;
    Ok(start)
}

/// Checks that a reader of streams, which has nothing but the local header, would read the same.
fn check_local(entry: &Entry, local: &Local) -> Result<(), Fault> {
    let differ = |what: &'static str, directory: String, local: String| match directory == local {
        true => Ok(()),
        false => Err(Fault::Local { what, directory, local }),
    };
    differ("method", entry.method.to_string(), local.method.to_string())?;
    let how = |flags_set: u16| (flags_set & (flags::ENCRYPTED | flags::PATCH | flags::STRONG)).to_string();
    differ("flags", how(entry.flags), how(local.flags))?;
    let unknown = u64::from(u32::MAX);
    for (what, directory, local_size) in
        [("compressed size", entry.compressed, local.compressed), ("size", entry.size, local.size)]
    {
        // Who writes to a pipe knows sizes only after the data, and says so.
        let comes_later = local.flags & flags::DESCRIPTOR != 0 && (local_size == 0 || local_size == unknown);
        if !comes_later {
            differ(what, directory.to_string(), local_size.to_string())?;
        }
    }
    Ok(())
}

/// The local header at `at`, and the name in it.
fn local_at(source: &dyn ReadAt, at: u64) -> io::Result<Option<(Local, String)>> {
    let mut head = [0; Local::FIXED];
    source.read_exact_at(&mut head, at)?;
    let Some(local) = Local::parse(&head) else { return Ok(None) };
    let mut name = vec![0; local.name_len];
    match source.read_exact_at(&mut name, at + Local::FIXED as u64) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let name = decode_name(&name, local.flags);
    Ok(Some((local, name)))
}

/// So many members are looked at that should start inside another's data, before that is refused.
const MOST_INSIDE: usize = 16;

/// Where a member starts before `end`, the end of the data of `entry`, if one really does: an offset that is damaged must
/// not cost the member into which it happens to point.
fn overlap(source: &dyn ReadAt, directory: &Directory, entry: &Entry, end: u64) -> io::Result<Option<u64>> {
    for (count, other) in directory.after(entry).enumerate() {
        let Some(at) = other.local.filter(|&at| at < end) else { break };
        let found = if count < MOST_INSIDE { local_at(source, at)? } else { return Ok(Some(at)) };
        if found.is_some_and(|(_, name)| name == *other.name) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// What is not read at all.
fn refuse(entry: &Entry) -> Result<()> {
    let has = |flag| entry.flags & flag != 0;
    let fault = match entry.method {
        _ if has(flags::ENCRYPTED) || has(flags::STRONG) => Fault::Encrypted,
        _ if has(flags::PATCH) => Fault::Patch,
        method @ Method::Other(_) => Fault::Method(method),
        _ => return Ok(()),
    };
    Err(fault.into())
}

/// Deflate's longest match, of 258 bytes, takes two bits at least.
const DEFLATE_AT_MOST: u64 = 1032;

/// A member of up to this size is no bomb, however well it is compressed.
pub(super) const FREE: u64 = 64 << 20;

/// What a member would cost, before anything is spent on it.
fn check_sizes(entry: &Entry, limits: &Limits) -> Result<()> {
    let &Entry { compressed, size, .. } = entry;
    let times = |times: u64| compressed.saturating_mul(times);
    let fault = match entry.method {
        Method::Stored if size != compressed => Fault::StoredSizes { compressed, size },
        Method::Deflated if size > times(DEFLATE_AT_MOST) => Fault::Impossible { compressed, size },
        _ if size > FREE && size > times(limits.max_compression_ratio) => {
            Fault::Ratio { compressed, size, limit: limits.max_compression_ratio }
        }
        _ if size > limits.max_array_bytes || usize::try_from(size).is_err() => {
            Fault::TooLarge { size, limit: limits.max_array_bytes }
        }
        _ => return Ok(()),
    };
    Err(fault.into())
}
