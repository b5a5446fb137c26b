//! Streams inflated into memory, and the CRC-32 of memory.

use std::io;

use crate::codec::{DecompressionError, Decompressor};
use crate::error::zeros;
use crate::executor::for_each;
use crate::{BlockIndex, Error, Executor, Rayon, Result, Source, inflate_by_index, inflate_speculatively};
use crc32fast::Hasher;

/// Inflates a whole raw deflate stream (RFC 1951) of known size into memory, on all cores.
///
/// With an index, each block is inflated on its own. Without one, or where the index is not proven to be that of the
/// stream, blocks are found by the form of their headers and inflated before the bytes that they refer back to are known.
/// Where that does not pay or leaves any doubt, one thread inflates the stream. The result is the same in every case.
///
/// ```
/// use numio_deflate::Inflate;
///
/// // A stored block of five bytes.
/// let stream = b"\x01\x05\x00\xfa\xffhello";
/// assert_eq!(Inflate::new(&stream[..]).to_vec(5)?, b"hello");
/// assert!(Inflate::new(&stream[..]).to_vec(6).is_err());
/// # Ok::<(), numio_deflate::Error>(())
/// ```
pub struct Inflate<'a, S: Source + ?Sized> {
    source: &'a S,
    index: Option<&'a BlockIndex>,
    executor: &'a dyn Executor,
}

static RAYON: Rayon = Rayon::ALL;

impl<'a, S: Source + ?Sized> Inflate<'a, S> {
    /// Inflates the bytes of `source`, all of which are the stream.
    pub fn new(source: &'a S) -> Self {
        Self { source, index: None, executor: &RAYON }
    }

    /// Uses an index of the stream's blocks. It is proven, not trusted.
    #[must_use]
    pub fn index(mut self, index: &'a BlockIndex) -> Self {
        self.index = Some(index);
        self
    }

    /// The threads to use. Default: [`Rayon`].
    #[must_use]
    pub fn executor(mut self, executor: &'a dyn Executor) -> Self {
        self.executor = executor;
        self
    }

    /// Inflates the stream into a vector of `len` bytes.
    ///
    /// # Errors
    /// [`Length`](Error::Length) if it inflates to more or fewer; [`Malformed`](Error::Malformed);
    /// [`Io`](Error::Io) of the source, for want of memory, and where the executor stops the call.
    pub fn to_vec(self, len: usize) -> Result<Vec<u8>> {
        let mut out = zeros(len)?;
        self.fill(&mut out)?;
        Ok(out)
    }

    /// Inflates the stream into `out`, which it must fill exactly.
    ///
    /// # Errors
    /// As [`to_vec`](Self::to_vec).
    pub fn fill(self, out: &mut [u8]) -> Result<()> {
        self.inflate(out).map(drop)
    }

    /// As [`fill`](Self::fill), and returns the CRC-32 of the bytes.
    ///
    /// # Errors
    /// As [`to_vec`](Self::to_vec).
    ///
    /// ```
    /// let mut out = [0; 5];
    /// let crc = numio_deflate::Inflate::new(&b"\x01\x05\x00\xfa\xffhello"[..]).fill_and_hash(&mut out)?;
    /// assert_eq!(crc, 0x3610_a686);
    /// # Ok::<(), numio_deflate::Error>(())
    /// ```
    pub fn fill_and_hash(self, out: &mut [u8]) -> Result<u32> {
        match self.inflate(out)? {
            Some(crc) => Ok(crc),
            None => crc32(&[out], self.executor),
        }
    }

    /// Fills `out`. Inflating by the index returns the CRC-32 too.
    fn inflate(&self, out: &mut [u8]) -> Result<Option<u32>> {
        let source: &dyn Source = &self.source;
        let compressed = source.len()?;
        let parts = self.index.and_then(|index| index.parts(compressed, out.len() as u64));
        if let Some(parts) = parts
            && let Some(crc) = inflate_by_index(source, &parts, &mut [], out, self.executor)?
        {
            return Ok(Some(crc));
        }
        if !inflate_speculatively(source, &mut [], out, self.executor) {
            self.executor.check()?;
            let mut stream = zeros(usize::try_from(compressed).unwrap_or(usize::MAX))?;
            source.read_exact_at(&mut stream, 0)?;
            inflate_on_one(&stream, out)?;
        }
        Ok(None)
    }
}

impl<S: Source + ?Sized> std::fmt::Debug for Inflate<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflate").field("index", &self.index).finish_non_exhaustive()
    }
}

/// Inflates a whole stream that is in memory on this thread, and must fill `out` exactly. Bytes after the stream are left
/// alone.
///
/// # Errors
/// [`Length`](Error::Length) if it inflates to more or fewer; [`Malformed`](Error::Malformed).
///
/// ```
/// let mut out = [0; 5];
/// numio_deflate::inflate_on_one(b"\x01\x05\x00\xfa\xffhello", &mut out)?;
/// assert_eq!(&out, b"hello");
/// # Ok::<(), numio_deflate::Error>(())
/// ```
pub fn inflate_on_one(stream: &[u8], out: &mut [u8]) -> Result<()> {
    let expected = out.len() as u64;
    match Decompressor::new().deflate_decompress(stream, out) {
        Ok(len) if len as u64 == expected => Ok(()),
        Ok(len) => Err(Error::Length { expected, found: Some(len as u64) }),
        Err(DecompressionError::InsufficientSpace) => Err(Error::Length { expected, found: None }),
        Err(DecompressionError::BadData) => {
            Err(Error::Malformed("the data are no deflate stream, or are cut off"))
        }
        Err(DecompressionError::OutOfMemory) => Err(Error::Io(io::ErrorKind::OutOfMemory.into())),
    }
}

/// The bytes that one thread takes at a time; below that, starting it would cost more.
const SHARE: usize = 4 << 20;

/// The CRC-32 of `parts`, one after the other, taken on all cores.
///
/// # Errors
/// Those of the executor's check.
///
/// ```
/// let crc = numio_deflate::crc32(&[b"123", b"456789"], &numio_deflate::Rayon::default())?;
/// assert_eq!(crc, 0xcbf4_3926);
/// # Ok::<(), numio_deflate::Error>(())
/// ```
pub fn crc32(parts: &[&[u8]], executor: &dyn Executor) -> Result<u32> {
    /// So few bytes are hashed at once.
    const SMALL: usize = 32 << 10;

    if let [part] = parts
        && <[u8]>::len(part) <= SMALL
    {
        return Ok(crc32fast::hash(part));
    }
    let mut shares: Vec<(&[u8], Hasher)> =
        parts.iter().flat_map(|part| part.chunks(SHARE)).map(|share| (share, Hasher::new())).collect();
    let threads = executor.threads().min(shares.len());
    for_each(
        executor,
        threads,
        shares.iter_mut(),
        || (),
        |(), (share, hasher)| {
            hasher.update(share);
            Ok(())
        },
    )?;
    let mut all = Hasher::new();
    shares.iter().for_each(|(_, share)| all.combine(share));
    Ok(all.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rayon;

    #[test]
    fn inflate_in_shares_gives_what_the_whole_gives() {
        let bytes: Vec<u8> = (0..3 * SHARE + 5).map(|at| (at % 253) as u8).collect();
        for len in [0, 1, SHARE - 1, SHARE, SHARE + 1, 3 * SHARE + 5] {
            let wanted = crc32fast::hash(&bytes[..len]);
            let parts = bytes[..len].split_at(len / 3);
            for threads in [1, 3] {
                let executor = Rayon::with_threads(threads);
                assert_eq!(crc32(&[&bytes[..len]], &executor).unwrap(), wanted, "{len}");
                assert_eq!(crc32(&[parts.0, parts.1], &executor).unwrap(), wanted, "{len}");
            }
        }
    }
}
