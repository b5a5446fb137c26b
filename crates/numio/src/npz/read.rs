//! From a member's data to its array.

#![cfg_attr(
    not(all(feature = "bzip2", feature = "lzma", feature = "zstd")),
    allow(unused_imports, unused_variables, reason = "each method comes with its feature")
)]

use std::cell::RefCell;
use std::io;
use std::io::{Read, Write};

use numio_deflate::{
    BlockIndex, DeflateDecoder, crc32, inflate_by_index, inflate_on_one, inflate_speculatively, peek,
};

use crate::array::{Buffer, Memory};
use crate::compression::single;
use crate::error::zeros;
use crate::io::read_parallel;
use crate::npy::header::{MAGIC, prelude};
use crate::npy::{FromNpy, Header};
use crate::npz::error::Fault;
use crate::npz::member::{MemberData, Stored};
use crate::npz::zip::Method;
use crate::parallel::{Helpers, check};
use crate::{Error, Limits, Result, npy};

/// Members up to this size are decompressed before their kind is known; of a larger one, the header is read first.
const SMALL: u64 = 64 << 10;

/// The first read of a larger member, long enough for most headers.
const HEAD: usize = 128;

/// The kind of a member, by its first bytes.
pub(super) enum Opened {
    /// Not a `.npy` file.
    Bytes(Vec<u8>),
    /// All of a small `.npy` file, its CRC checked.
    Small(Vec<u8>, Header, usize),
    /// The header of a large one, and where its data start.
    Large(Header, usize),
}

impl MemberData<'_> {
    /// Reads as much of the member as it takes to know what it is.
    ///
    /// # Errors
    /// As [`decompress`](Self::decompress); what is wrong with the header.
    pub(super) fn open(&self, limits: &Limits, threads: Threads<'_>) -> Result<Opened> {
        if self.entry.size <= SMALL {
            let bytes = self.whole(threads)?;
            return Ok(match bytes.starts_with(&MAGIC) {
                true => {
                    let (header, offset) = Header::parse(&bytes, limits.max_header_chars)?;
                    Opened::Small(bytes, header, offset)
                }
                false => Opened::Bytes(bytes),
            });
        }
        Ok(match self.header(limits)? {
            Some((header, offset)) => Opened::Large(header, offset),
            None => Opened::Bytes(self.whole(threads)?),
        })
    }

    /// The header, if the member is a `.npy` file, and where the data start in it.
    ///
    /// # Errors
    /// Those of the header, and of the data up to its end.
    pub(super) fn header(&self, limits: &Limits) -> Result<Option<(Header, usize)>> {
        let mut head = self.head(HEAD)?;
        if !head.starts_with(&MAGIC) {
            return Ok(None);
        }
        if let Ok(prelude) = prelude(&head)
            && prelude.data_offset() > head.len()
        {
            prelude.check(limits.max_header_chars)?;
            head = self.head(prelude.data_offset())?;
        }
        Header::parse(&head, limits.max_header_chars).map(Some)
    }

    /// All bytes, in memory of their own.
    ///
    /// # Errors
    /// As [`decompress`](Self::decompress).
    pub(super) fn whole(&self, threads: Threads<'_>) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.decompress_into(&mut bytes, 0, threads)?;
        Ok(bytes)
    }

    /// Fills empty memory, and says where in it the bytes after the first `skipped` are.
    fn decompress_into(
        &self,
        memory: &mut dyn Memory,
        skipped: usize,
        threads: Threads<'_>,
    ) -> Result<usize> {
        let size = usize::try_from(self.entry.size)
            .map_err(|_| Fault::TooLarge { size: self.entry.size, limit: usize::MAX as u64 })?;
        memory.grow(size)?;
        let bytes = memory.bytes_mut().get_mut(..size).unwrap_or_default();
        self.decompress(bytes, skipped, threads)
    }

    /// The array of a member that has been opened.
    ///
    /// # Errors
    /// `InvalidInput` where `A` is of another dtype or rank; `InvalidData` where the member is shorter than its array; as
    /// [`decompress`](Self::decompress).
    pub(super) fn array<A: FromNpy>(
        &self,
        opened: Opened,
        limits: &Limits,
        threads: Threads<'_>,
    ) -> Result<A> {
        match opened {
            Opened::Small(bytes, header, offset) => {
                npy::array_at(&bytes.as_slice(), &bytes, header, offset, limits)
            }
            Opened::Large(header, offset) if self.entry.method == Method::Stored => {
                let stored = Stored::new(*self);
                let array = npy::array_at(&stored, &[], header, offset, limits)?;
                stored.check()?;
                Ok(array)
            }
            Opened::Large(header, offset) => {
                if header.shape().contains(&0) || header.dtype().itemsize() == 0 {
                    // Nobody will ask for the bytes of an empty array, and yet they must be sound.
                    self.decompress_into(&mut Buffer::zeroed(0)?, 0, threads)?;
                }
                let decompress =
                    |memory: &mut dyn Memory, skipped| self.decompress_into(memory, skipped, threads);
                npy::array_compressed(&decompress, self.entry.size, header, offset, limits)
            }
            Opened::Bytes(_) => Err(Fault::NotNpy.into()),
        }
    }
}

impl MemberData<'_> {
    /// Fills `out`, as long as the member says it is, checks its CRC, and says where in it the bytes after the first
    /// `skipped` are: those may be left out.
    ///
    /// # Errors
    /// `InvalidData` where the data are not what the directory says; `Io`.
    pub(crate) fn decompress(&self, out: &mut [u8], skipped: usize, threads: Threads<'_>) -> Result<usize> {
        if self.entry.size == 0 && self.entry.compressed == 0 {
            // No bytes are no stream of any method, but Python reads no bytes from them all the same.
            self.check_crc(0)?;
            return Ok(0);
        }
        if self.entry.method == Method::Deflated && matches!(threads, Threads::All) {
            let mut head = zeros(skipped)?;
            let body = out.get_mut(..out.len().saturating_sub(skipped)).unwrap_or_default();
            if self.inflate_on_all(&mut head, body)? {
                return Ok(0);
            }
        }
        match (self.entry.method, threads) {
            (Method::Stored, _) => read_parallel(self.source, self.start, out, &|_| {})?,
            (Method::Deflated, Threads::One(held)) => self.inflate_held(&mut held.borrow_mut(), out)?,
            (Method::Deflated, Threads::All) => inflate(&self.bytes()?, out)?,
            _ => decode_whole(self, out)?,
        }
        let found = match threads {
            Threads::All => crc32(&[out], &Helpers)?,
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
        let index = BlockIndex::from_bytes(&self.entry.index);
        let parts = index.and_then(|index| index.parts(self.entry.compressed, self.entry.size));
        if let Some(parts) = parts {
            let found = inflate_by_index(self, &parts, head, body, &Helpers)?;
            return Ok(found == Some(self.entry.crc()));
        }
        if !inflate_speculatively(self, head, body, &Helpers) {
            return Ok(false);
        }
        Ok(crc32(&[head, body], &Helpers)? == self.entry.crc())
    }

    /// Inflates the bytes that it reads into `held`, which is kept for the next member: fresh memory costs more than reading.
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
    pub(crate) fn check_crc(&self, found: u32) -> Result<()> {
        let wanted = self.entry.crc();
        match found == wanted {
            true => Ok(()),
            false => Err(Fault::Crc { wanted, found }.into()),
        }
    }
}

impl MemberData<'_> {
    /// Writes `len` of the member's bytes, from `skipped` on, and reads it to its end to check its CRC. Little of it is in memory.
    ///
    /// # Errors
    /// As [`decompress`](Self::decompress); those of `out`.
    pub(super) fn copy_to(&self, skipped: u64, len: u64, out: &mut dyn Write) -> Result<()> {
        let size = self.entry.size;
        if skipped.checked_add(len).is_none_or(|end| end > size) {
            return Err(Fault::Short { size: skipped.saturating_add(len), found: size }.into());
        }
        let mut decoder = self.decoded()?;
        let mut piece = zeros(size.clamp(1, PIECE) as usize)?;
        let (mut crc, mut at) = (crc32fast::Hasher::new(), 0_u64);
        loop {
            check()?;
            let found = fill(self, &mut *decoder, &mut piece)?;
            let bytes = piece.get(..found).unwrap_or_default();
            let end = at + found as u64;
            if end > size {
                return Err(Fault::Long { size }.into());
            }
            crc.update(bytes);
            let wanted = skipped.clamp(at, end)..(skipped + len).clamp(at, end);
            let wanted = (wanted.start - at) as usize..(wanted.end - at) as usize;
            out.write_all(bytes.get(wanted).unwrap_or_default())?;
            at = end;
            if found < piece.len() {
                break;
            }
        }
        if at < size {
            return Err(Fault::Short { size, found: at }.into());
        }
        self.check_crc(crc.finalize())
    }

    /// The member's bytes in order.
    fn decoded(&self) -> Result<Box<dyn Read + '_>> {
        match self.entry.method {
            // No bytes are no stream of any method.
            _ if self.entry.size == 0 && self.entry.compressed == 0 => Ok(Box::new(io::empty())),
            Method::Stored => Ok(Box::new(self.stream())),
            Method::Deflated => Ok(Box::new(DeflateDecoder::with_executor(self.stream(), Helpers))),
            _ => decoder(self),
        }
    }
}

/// The bytes that [`MemberData::copy_to`] has in memory.
const PIECE: u64 = 1 << 20;

/// The threads that one member is worth.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Threads<'a> {
    /// As many as there are cores.
    All,
    /// The others have members of their own, or one stream is to be read as such, by no index. What this one reads, it
    /// reads into memory that it keeps.
    One(&'a RefCell<Vec<u8>>),
}

/// Inflates a whole stream, which must fill `out` exactly.
fn inflate(stream: &[u8], out: &mut [u8]) -> Result<(), Fault> {
    let size = out.len() as u64;
    inflate_on_one(stream, out).map_err(|error| match error {
        numio_deflate::Error::Length { found: Some(found), .. } => Fault::Short { size, found },
        numio_deflate::Error::Length { .. } => Fault::Long { size },
        _ => Fault::Malformed(Method::Deflated),
    })
}

impl MemberData<'_> {
    /// The first `wanted` bytes of the member, or all where there are fewer, without decompressing the rest.
    ///
    /// # Errors
    /// As [`decompress`](Self::decompress), except that no CRC is checked.
    pub(crate) fn head(&self, wanted: usize) -> Result<Vec<u8>> {
        let wanted = usize::try_from(self.entry.size).unwrap_or(usize::MAX).min(wanted);
        if wanted == 0 {
            return Ok(Vec::new());
        }
        match self.entry.method {
            Method::Stored => {
                let mut head = zeros(wanted)?;
                self.source.read_exact_at(&mut head, self.start)?;
                Ok(head)
            }
            Method::Deflated => self.peek(wanted),
            // It may ask for a larger window than a glance is worth: without one, then.
            Method::Zstd => decode_head(self, wanted).or_else(|_| {
                let mut all = self.whole(Threads::One(&RefCell::default()))?;
                all.truncate(wanted);
                Ok(all)
            }),
            _ => decode_head(self, wanted),
        }
    }

    fn peek(&self, wanted: usize) -> Result<Vec<u8>> {
        let mut taken = 0_usize;
        loop {
            // A stream's first codes may take a kilobyte, and each byte after them at most two.
            let more = if taken == 0 { 1024 + wanted * 2 } else { taken.saturating_mul(2) };
            taken = usize::try_from(self.entry.compressed).unwrap_or(usize::MAX).min(more);
            let mut stream = zeros(taken)?;
            self.source.read_exact_at(&mut stream, self.start)?;
            let whole = taken as u64 == self.entry.compressed;
            match peek(&stream, wanted) {
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

/// Fills `out` with the whole member.
///
/// # Errors
/// `InvalidData` where it is longer, shorter or malformed; `Unsupported` where the method's feature is off; `Io`.
fn decode_whole(data: &MemberData<'_>, out: &mut [u8]) -> Result<()> {
    #[cfg(feature = "zstd")]
    if data.entry.method == Method::Zstd {
        return zstd_whole(data, out);
    }
    let mut decoder = decoder(data)?;
    let found = fill(data, &mut decoder, out)?;
    let size = data.entry.size;
    if found < out.len() {
        return Err(Fault::Short { size, found: found as u64 }.into());
    }
    match fill(data, &mut decoder, &mut [0])? {
        0 => Ok(()),
        _ => Err(Fault::Long { size }.into()),
    }
}

/// The first `wanted` bytes of the member.
///
/// # Errors
/// As [`decode_whole`].
fn decode_head(data: &MemberData<'_>, wanted: usize) -> Result<Vec<u8>> {
    let mut head = zeros(wanted)?;
    let found = fill(data, &mut decoder(data)?, &mut head)?;
    head.truncate(found);
    match found == wanted {
        true => Ok(head),
        false => Err(Fault::Short { size: data.entry.size, found: found as u64 }.into()),
    }
}

/// Fills `out` as far as the data go, and says how far that was.
fn fill(data: &MemberData<'_>, decoder: &mut dyn Read, mut out: &mut [u8]) -> Result<usize> {
    let wanted = out.len();
    while !out.is_empty() {
        match decoder.read(out) {
            Ok(0) => break,
            Ok(len) => out = out.get_mut(len..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(broken(data, error)),
        }
    }
    Ok(wanted - out.len())
}

/// A decoder's error: the data's fault, unless reading them failed.
fn broken(data: &MemberData<'_>, error: io::Error) -> Error {
    match error.raw_os_error() {
        Some(_) => error.into(),
        None => Fault::Decoder { method: data.entry.method, error }.into(),
    }
}

fn decoder<'a>(data: &MemberData<'a>) -> Result<Box<dyn Read + 'a>> {
    /// The stream ends with a mark (APPNOTE 4.4.4).
    #[cfg(feature = "lzma")]
    const ENDS_WITH_MARK: u16 = 1 << 1;

    let stream = data.stream();
    match data.entry.method {
        #[cfg(feature = "bzip2")]
        Method::Bzip2 => Ok(single::bzip2(stream)),
        #[cfg(feature = "lzma")]
        Method::Lzma => {
            let has_end = data.entry.flags & ENDS_WITH_MARK != 0;
            let decoder =
                single::lzma(stream, data.entry.size, has_end).map_err(|error| broken(data, error))?;
            decoder.ok_or_else(|| Fault::Malformed(Method::Lzma).into())
        }
        #[cfg(feature = "zstd")]
        Method::Zstd => Ok(single::zstd(stream)?),
        method => Err(Fault::Method(method).into()),
    }
}

#[cfg(feature = "zstd")]
fn zstd_whole(data: &MemberData<'_>, out: &mut [u8]) -> Result<()> {
    let size = data.entry.size;
    match single::zstd_into(&data.bytes()?, out) {
        Ok(len) if len == out.len() => Ok(()),
        Ok(len) => Err(Fault::Short { size, found: len as u64 }.into()),
        Err(error) => Err(broken(data, error)),
    }
}
