//! Members of archives: their values, their data in the file, and the checks before these are read.

use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::{fmt, io};

use crc32fast::Hasher;
use numio_deflate::Source;

use crate::array::Memory;
use crate::error::zeros;
use crate::io::ReadAt;
use crate::npz::directory::{Directory, Entry};
use crate::npz::error::Fault;
use crate::npz::zip::{Local, Method, after_nul, decode_name, flags, is_plain_name};
use crate::objects::ObjectExt;
use crate::pickle::Graph;
use crate::{DynArray, Error, Limits, Result};

/// The value of a member.
#[must_use]
#[derive(Clone)]
pub struct MemberValue {
    value: Value,
    fallback: Option<MmapFallback>,
}

#[derive(Clone)]
pub(super) enum Value {
    Array(DynArray),
    Object(Graph),
    Bytes(Vec<u8>),
}

impl MemberValue {
    pub(super) fn new(value: Value, fallback: Option<MmapFallback>) -> Self {
        Self { value, fallback }
    }

    /// The array, if it is one.
    pub fn as_array(&self) -> Option<&DynArray> {
        match &self.value {
            Value::Array(array) => Some(array),
            Value::Object(_) | Value::Bytes(_) => None,
        }
    }

    /// The values of a pickle, where a `.npy` file holds one that is no array.
    pub fn as_object(&self) -> Option<&Graph> {
        match &self.value {
            Value::Object(graph) => Some(graph),
            Value::Array(_) | Value::Bytes(_) => None,
        }
    }

    /// The bytes, if it is no `.npy` file.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The array.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn into_array(self) -> Result<DynArray> {
        match self.value {
            Value::Array(array) => Ok(array),
            Value::Object(graph) => graph.root().as_array(),
            Value::Bytes(_) => Err(Fault::NotNpy.into()),
        }
    }

    /// The values of a pickle.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn into_object(self) -> Result<Graph> {
        match self.value {
            Value::Object(graph) => Ok(graph),
            Value::Array(_) | Value::Bytes(_) => Err(Fault::NotPickle.into()),
        }
    }

    /// The bytes.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn into_bytes(self) -> Result<Vec<u8>> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            Value::Array(_) | Value::Object(_) => Err(Fault::IsNpy.into()),
        }
    }

    /// The reason for which it is in memory though a map was asked for.
    pub fn mmap_fallback(&self) -> Option<MmapFallback> {
        self.fallback
    }
}

impl fmt::Debug for MemberValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Array(array) => write!(f, "Array({}, {:?})", array.dtype(), array.shape()),
            Value::Object(graph) => write!(f, "Object({:?})", graph.root()),
            Value::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
        }
    }
}

/// The reason for reading a member into memory where a map was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MmapFallback {
    /// It is compressed: the bytes in the file are not its elements.
    Compressed(Method),
    /// It holds Python objects, which are made when they are read.
    Objects,
    /// It is no array.
    Bytes,
    /// It is mapped for writing already, and all members were asked for.
    Writable,
}

impl fmt::Display for MmapFallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compressed(method) => write!(
                f,
                "read into memory, not mapped: the member is {method}; save it with savez, or `numio repack` it"
            ),
            Self::Objects => f.write_str("read into memory, not mapped: the member holds Python objects"),
            Self::Bytes => f.write_str("read into memory, not mapped: the member is no array"),
            Self::Writable => {
                f.write_str("read into memory, not mapped: the member is mapped for writing already")
            }
        }
    }
}

/// A member as the archive\'s directory describes it. Nothing of the member itself was read for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberInfo<'a> {
    /// Its name in the archive, `.npy` included.
    pub name: &'a str,
    /// Its compression.
    pub method: Method,
    /// The size of its contents in bytes, header included.
    pub size: u64,
    /// Its size in the archive in bytes.
    pub compressed_size: u64,
    /// The CRC-32 of its contents.
    pub crc: u32,
    /// Set if it is encrypted, and so not read.
    pub encrypted: bool,
}

impl MemberInfo<'_> {
    /// Returns true if the name is a plain relative path, with nothing in it that leads out of a directory into which it is
    /// extracted: no `..`, no drive, no leading slash.
    pub fn is_plain_path(&self) -> bool {
        is_plain_name(self.name)
    }
}

/// The data of a member, found in the file.
#[derive(Clone, Copy)]
pub(crate) struct MemberData<'a> {
    pub(crate) source: &'a dyn ReadAt,
    pub(crate) entry: &'a Entry,
    /// The first byte of the data, from the start of the file.
    pub(crate) start: u64,
}

impl<'a> MemberData<'a> {
    /// Finds them behind the local header, which must be there and have the same name, as in Python.
    ///
    /// # Errors
    /// `InvalidData` where the headers contradict each other or the file; `Unsupported` for what is encrypted or compressed in
    /// ways that are not read; `LimitExceeded`; `Io`.
    pub(crate) fn find(
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

    /// The compressed bytes, all of which are in the file.
    pub(crate) fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.grow(usize::try_from(self.entry.compressed).map_err(|_| io::ErrorKind::OutOfMemory)?)?;
        crate::io::read_parallel(self.source, self.start, &mut bytes, &|_| {})?;
        Ok(bytes)
    }

    /// The compressed bytes in order.
    pub(crate) fn stream(&self) -> impl io::BufRead + 'a {
        let end = self.start + self.entry.compressed;
        io::BufReader::with_capacity(64 << 10, MemberBytes { source: self.source, at: self.start, end })
    }
}

/// The bytes of an archive, those at the front of a member read at once: its local header, and all of a small member. To read
/// the header part by part takes longer than these bytes take.
pub(crate) struct Front<'a> {
    source: &'a dyn ReadAt,
    start: u64,
    bytes: Vec<u8>,
}

/// The most bytes that are read at once.
const FRONT: usize = 4 << 10;

impl<'a> Front<'a> {
    /// Reads the front of a member. `None` where that fails: who reads the member part by part says what is wrong.
    pub(crate) fn read(source: &'a dyn ReadAt, entry: &Entry) -> Option<Self> {
        let start = entry.local?;
        let len = usize::try_from(entry.end.checked_sub(start)?).unwrap_or(usize::MAX);
        let mut bytes = zeros(len.min(FRONT)).ok()?;
        source.read_exact_at(&mut bytes, start).ok()?;
        Some(Self { source, start, bytes })
    }
}

impl ReadAt for Front<'_> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let at = offset.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        let range = at.and_then(|at| Some(at..at.checked_add(buf.len())?));
        match range.and_then(|range| self.bytes.get(range)) {
            Some(found) => buf.copy_from_slice(found),
            None => self.source.read_exact_at(buf, offset)?,
        }
        Ok(())
    }

    fn stream_from(&self, offset: u64) -> Option<Box<dyn ReadAt + '_>> {
        self.source.stream_from(offset)
    }

    fn read_if_cached(&self, buf: &mut [u8], offset: u64) -> Option<bool> {
        self.source.read_if_cached(buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        self.source.len()
    }
}

/// The compressed bytes.
impl Source for MemberData<'_> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.entry.compressed)
    }

    #[inline]
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.source.read_exact_at(buf, self.start + offset)
    }
}

/// A range of a source's bytes.
struct MemberBytes<'a> {
    source: &'a dyn ReadAt,
    at: u64,
    end: u64,
}

impl Read for MemberBytes<'_> {
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
    let (mut local, name, rest) = local_at(source, at)?.ok_or(Fault::NoLocal { at: Some(at) })?;
    let start = at + (Local::FIXED + local.name_len + local.extra_len) as u64;
    let end = start.saturating_add(entry.compressed);
    if end > directory.start {
        return Err(Fault::Overlap { end, next: directory.start }.into());
    }
    if name != *entry.name || rest != *entry.after_nul {
        let whole = |name: &str, rest: &[u8]| format!("{name}{}", String::from_utf8_lossy(rest));
        let directory = whole(&entry.name, &entry.after_nul);
        return Err(Fault::Name { directory, local: whole(&name, &rest) }.into());
    }
    if end > entry.end
        && let Some(next) = overlap(source, directory, entry, end)?
    {
        return Err(Fault::Overlap { end, next }.into());
    }
    if local.is_zip64() {
        let mut extra = zeros(local.extra_len)?;
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
        // A writer to a pipe knows sizes only after the data, and sets a flag.
        let comes_later = local.flags & flags::DESCRIPTOR != 0 && (local_size == 0 || local_size == unknown);
        if !comes_later {
            differ(what, directory.to_string(), local_size.to_string())?;
        }
    }
    Ok(())
}

/// The local header at `at`, the name in it, and what follows a NUL there.
fn local_at(source: &dyn ReadAt, at: u64) -> io::Result<Option<(Local, String, Vec<u8>)>> {
    let mut head = [0; Local::FIXED];
    source.read_exact_at(&mut head, at)?;
    let Some(local) = Local::parse(&head) else { return Ok(None) };
    let mut name = zeros(local.name_len)?;
    match source.read_exact_at(&mut name, at + Local::FIXED as u64) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let rest = after_nul(&name).to_vec();
    let name = decode_name(&name, local.flags);
    Ok(Some((local, name, rest)))
}

/// The most members starting inside another\'s data that are looked at before that is refused.
const MOST_INSIDE: usize = 16;

/// The start of a member before `end`, the end of the data of `entry`, if one really starts there: an offset that is damaged must
/// not cost the member into which it happens to point.
fn overlap(source: &dyn ReadAt, directory: &Directory, entry: &Entry, end: u64) -> io::Result<Option<u64>> {
    for (count, other) in directory.after(entry).enumerate() {
        let Some(at) = other.local.filter(|&at| at < end) else { break };
        let found = if count < MOST_INSIDE { local_at(source, at)? } else { return Ok(Some(at)) };
        if found.is_some_and(|(_, name, _)| name == *other.name) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Refuses members that are not read at all.
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
pub(crate) const FREE: u64 = 64 << 20;

/// Compares the sizes of a member with the limits, before anything is spent on it.
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

/// The bytes of a stored member, read in pieces, in any order, by several threads.
pub(crate) struct Stored<'a> {
    data: MemberData<'a>,
    pieces: Mutex<Vec<TextPart>>,
}

/// A range that was read, and its CRC.
struct TextPart {
    at: u64,
    len: u64,
    crc: Hasher,
}

/// Bytes that were not asked for are read in such pieces for the CRC.
const GAP: u64 = 256 << 10;

impl<'a> Stored<'a> {
    pub(crate) fn new(data: MemberData<'a>) -> Self {
        Self { data, pieces: Mutex::default() }
    }

    /// Reads a piece from `source`, which is the archive, and keeps its CRC.
    fn read_from<S: ReadAt + ?Sized>(&self, source: &S, buf: &mut [u8], offset: u64) -> io::Result<()> {
        if !self.has(buf.len(), offset) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        source.read_exact_at(buf, self.data.start + offset)?;
        self.keep_crc(buf, offset);
        Ok(())
    }

    /// Returns whether the member has that many bytes from `offset` on.
    fn has(&self, len: usize, offset: u64) -> bool {
        offset.checked_add(len as u64).is_some_and(|end| end <= self.data.entry.size)
    }

    fn keep_crc(&self, piece: &[u8], offset: u64) {
        let mut crc = Hasher::new();
        crc.update(piece);
        let piece = TextPart { at: offset, len: piece.len() as u64, crc };
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).push(piece);
    }

    /// Reads what has not been read yet, and checks the CRC of it all. Each byte must have been read once at most.
    ///
    /// # Errors
    /// `InvalidData` where the CRC is another; `Io`.
    pub(crate) fn check(self) -> Result<()> {
        let mut pieces = self.pieces.into_inner().unwrap_or_else(PoisonError::into_inner);
        pieces.sort_by_key(|piece| piece.at);
        let mut all = Hasher::new();
        let mut at = 0;
        let gap = |at: &mut u64, end: u64, all: &mut Hasher| -> io::Result<()> {
            while *at < end {
                let mut bytes = vec![0; (end - *at).min(GAP) as usize];
                self.data.source.read_exact_at(&mut bytes, self.data.start + *at)?;
                all.update(&bytes);
                *at += bytes.len() as u64;
            }
            Ok(())
        };
        for piece in pieces {
            gap(&mut at, piece.at, &mut all)?;
            all.combine(&piece.crc);
            at += piece.len;
        }
        gap(&mut at, self.data.entry.size, &mut all)?;
        self.data.check_crc(all.finalize())
    }
}

impl ReadAt for Stored<'_> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_from(self.data.source, buf, offset)
    }

    fn stream_from(&self, offset: u64) -> Option<Box<dyn ReadAt + '_>> {
        let source = self.data.source.stream_from(self.data.start.checked_add(offset)?)?;
        Some(Box::new(StoredStream { member: self, source }))
    }

    fn read_if_cached(&self, buf: &mut [u8], offset: u64) -> Option<bool> {
        if !self.has(buf.len(), offset) {
            return None;
        }
        let is_read = self.data.source.read_if_cached(buf, self.data.start + offset)?;
        if is_read {
            self.keep_crc(buf, offset);
        }
        Some(is_read)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.data.entry.size)
    }
}

/// A stored member whose bytes one thread reads by a descriptor of its own.
struct StoredStream<'a> {
    member: &'a Stored<'a>,
    source: Box<dyn ReadAt + 'a>,
}

impl ReadAt for StoredStream<'_> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.member.read_from(&*self.source, buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        self.member.len()
    }
}
