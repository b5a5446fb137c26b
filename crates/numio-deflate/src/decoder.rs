//! `Read` adapters that inflate on all cores.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use crc32fast::Hasher;

use crate::stream::{Input, StreamInflater};
use crate::{Error, Executor, Rayon, Result};

/// Inflates a raw deflate stream (RFC 1951) as it is read, on all cores, whatever encoder wrote it.
///
/// Memory is bounded, whatever the stream says: about ten megabytes for each thread, and 100 at most where the data compress
/// well. Bytes of the reader after the stream may have been read too: a batch for all threads, which is a megabyte for two of
/// them, is read before any of it is inflated. On a connection whose other side waits for an answer to what it has sent so
/// far, that may wait for ever.
///
/// ```
/// use std::io::Read;
///
/// // A stored block of five bytes.
/// let stream = b"\x01\x05\x00\xfa\xffhello";
/// let mut text = String::new();
/// numio_deflate::DeflateDecoder::new(&stream[..]).read_to_string(&mut text)?;
/// assert_eq!(text, "hello");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct DeflateDecoder<R> {
    input: Input<R>,
    inflater: StreamInflater,
}

impl<R: Read> DeflateDecoder<R> {
    /// Inflates the stream that `reader` starts with, on [`Rayon`]'s threads.
    pub fn new(reader: R) -> Self {
        Self::with_executor(reader, Rayon::default())
    }

    /// Inflates the stream that `reader` starts with, on the threads of `executor`.
    pub fn with_executor(reader: R, executor: impl Executor + 'static) -> Self {
        Self { input: Input::new(reader), inflater: StreamInflater::new(Arc::new(executor)) }
    }

    /// The reader, of which more may have been read than was inflated.
    pub fn get_ref(&self) -> &R {
        self.input.reader()
    }

    /// The reader. Bytes that are taken from it directly are missing from the stream.
    pub fn get_mut(&mut self) -> &mut R {
        self.input.reader_mut()
    }

    /// The reader, of which more may have been read than was inflated.
    pub fn into_inner(self) -> R {
        self.input.into_reader()
    }
}

impl<R: Read> Read for DeflateDecoder<R> {
    /// # Errors
    /// `InvalidData` and `UnexpectedEof` with an [`Error`] in them; those of the reader and of the executor.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.inflater.read(&mut self.input, out)?)
    }
}

impl<R> fmt::Debug for DeflateDecoder<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeflateDecoder").field("len", &self.inflater.len).finish_non_exhaustive()
    }
}

/// Inflates a gzip file (RFC 1952) as it is read, on all cores, whatever encoder wrote it: one member or several, and
/// zeros after the last.
///
/// The CRC-32 and the length of each member are checked at its end, and the CRC of its header where it has one. Memory is
/// bounded as that of a [`DeflateDecoder`].
///
/// ```
/// use std::io::{Read, Write};
///
/// use numio_deflate::{GzipDecoder, GzipEncoder};
///
/// let mut encoder = GzipEncoder::new(Vec::new())?;
/// encoder.write_all(b"some text")?;
/// let file = encoder.finish()?;
///
/// let mut text = String::new();
/// GzipDecoder::new(&file[..]).read_to_string(&mut text)?;
/// assert_eq!(text, "some text");
/// let cut = GzipDecoder::new(&file[..file.len() - 1]).read_to_string(&mut text);
/// assert_eq!(cut.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct GzipDecoder<R> {
    input: Input<R>,
    executor: Arc<dyn Executor>,
    /// The member that is being inflated.
    member: Option<StreamInflater>,
    /// Members so far.
    count: u64,
}

impl<R: Read> GzipDecoder<R> {
    /// Inflates the file that `reader` gives, on [`Rayon`]'s threads.
    pub fn new(reader: R) -> Self {
        Self::with_executor(reader, Rayon::default())
    }

    /// Inflates the file that `reader` gives, on the threads of `executor`.
    pub fn with_executor(reader: R, executor: impl Executor + 'static) -> Self {
        Self { input: Input::new(reader), executor: Arc::new(executor), member: None, count: 0 }
    }

    /// The reader, of which more may have been read than was inflated.
    pub fn get_ref(&self) -> &R {
        self.input.reader()
    }

    /// The reader. Bytes that are taken from it directly are missing from the stream.
    pub fn get_mut(&mut self) -> &mut R {
        self.input.reader_mut()
    }

    /// The reader, of which more may have been read than was inflated.
    pub fn into_inner(self) -> R {
        self.input.into_reader()
    }

    fn read_some(&mut self, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            if self.member.is_none() && !self.begin()? {
                return Ok(0);
            }
            let Some(member) = &mut self.member else { return Ok(0) };
            match member.read(&mut self.input, out)? {
                0 => self.end()?,
                len => return Ok(len),
            }
        }
    }

    /// Reads a member's header; false if there is none more.
    fn begin(&mut self) -> Result<bool> {
        loop {
            self.input.fill(10)?;
            let zeros = match self.count {
                0 => 0,
                _ => self.input.bytes().iter().take_while(|&&byte| byte == 0).count(),
            };
            if zeros == 0 {
                break;
            }
            self.input.consume(zeros);
        }
        let head = self.input.bytes();
        if head.is_empty() {
            return Ok(false);
        }
        if !head.starts_with(&[0x1f]) || head.len() > 1 && !head.starts_with(&[0x1f, 0x8b]) {
            return Err(Error::Malformed("a gzip member starts with other bytes than 1f 8b"));
        }
        let &[_, _, method, flags, ..] = head.first_chunk::<10>().ok_or(Error::Truncated)?;
        if method != 8 {
            return Err(Error::Malformed("the gzip member is not compressed by deflate"));
        }
        // They could mean fields that are not known, and the stream would start after these.
        if flags & RESERVED != 0 {
            return Err(Error::Malformed("the gzip member's header has flags that are reserved"));
        }
        let mut crc = Hasher::new();
        self.take_header(10, &mut crc)?;
        if flags & EXTRA != 0 {
            let len = number(&self.take_header(2, &mut crc)?);
            self.take_header(len.into(), &mut crc)?;
        }
        for text in [NAME, COMMENT] {
            while flags & text != 0 && self.take_header(1, &mut crc)? != [0] {}
        }
        if flags & HEADER_CRC != 0 && number(&self.take(2)?) != crc.finalize() as u16 {
            return Err(Error::Malformed("the gzip member's header has another CRC than it says"));
        }
        self.count += 1;
        self.member = Some(StreamInflater::new(Arc::clone(&self.executor)));
        Ok(true)
    }

    /// Reads a member's trailer, and compares it with what was inflated.
    fn end(&mut self) -> Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let trailer = self.take(8)?;
        let word = |at: usize| {
            trailer
                .get(at..)
                .and_then(|rest| rest.first_chunk())
                .map_or(0, |&bytes| u32::from_le_bytes(bytes))
        };
        let (expected, found) = (word(0), member.crc.finalize());
        if expected != found {
            return Err(Error::Checksum { expected, found });
        }
        // Modulo 2^32.
        let (expected, found) = (word(4), member.len);
        if expected != found as u32 {
            return Err(Error::Length { expected: expected.into(), found: Some(found) });
        }
        Ok(())
    }

    /// The next `len` bytes of a header.
    fn take_header(&mut self, len: usize, crc: &mut Hasher) -> Result<Vec<u8>> {
        let bytes = self.take(len)?;
        crc.update(&bytes);
        Ok(bytes)
    }

    /// The next `len` bytes.
    fn take(&mut self, len: usize) -> Result<Vec<u8>> {
        self.input.fill(len)?;
        let taken = self.input.bytes().get(..len).ok_or(Error::Truncated)?.to_vec();
        self.input.consume(len);
        Ok(taken)
    }
}

/// The header has an extra field (RFC 1952, 2.3.1).
const EXTRA: u8 = 1 << 2;
/// It has a file name.
const NAME: u8 = 1 << 3;
/// It has a comment.
const COMMENT: u8 = 1 << 4;
/// It has a CRC of its own: the lower 16 bits of the CRC-32.
const HEADER_CRC: u8 = 1 << 1;
/// Must be zero.
const RESERVED: u8 = 0b1110_0000;

/// A little-endian number of 16 bits.
fn number(bytes: &[u8]) -> u16 {
    bytes.first_chunk().map_or(0, |&bytes| u16::from_le_bytes(bytes))
}

impl<R: Read> Read for GzipDecoder<R> {
    /// # Errors
    /// `InvalidData` and `UnexpectedEof` with an [`Error`] in them; those of the reader and of the executor.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.read_some(out)?)
    }
}

impl<R> fmt::Debug for GzipDecoder<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GzipDecoder").field("members", &self.count).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;

    use super::*;
    use crate::tests::{inflate, kinds};

    fn gzip(data: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(data: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    /// Numbers that compress to about a third, so that there are many blocks.
    fn numbers(count: u32) -> Vec<u8> {
        let noise = |at: u32| (at.wrapping_mul(2_654_435_761) ^ (at >> 7).wrapping_mul(97_787)) >> 13;
        (0..count).flat_map(|at| (noise(at) % 23 + noise(at / 3) % 19 * 7).to_le_bytes()).collect()
    }

    fn read_all(mut reader: impl Read) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        reader.read_to_end(&mut out).map(|_| out)
    }

    /// Gives few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let len = self.1.min(buf.len());
            self.0.read(&mut buf[..len])
        }
    }

    #[test]
    fn streams_of_all_kinds_and_levels_inflate_to_their_data() {
        let mut all = kinds(1 << 20);
        all.push(("numbers", numbers(1 << 20)));
        for (name, data) in all {
            for level in [0, 6] {
                let stream = deflate(&data, level);
                for threads in [1, 3] {
                    let decoder = DeflateDecoder::with_executor(&stream[..], Rayon::with_threads(threads));
                    assert!(read_all(decoder).unwrap() == data, "{name}, level {level}, {threads} threads");
                }
            }
        }
    }

    #[test]
    fn large_streams_are_inflated_in_batches() {
        let data = numbers(2 << 20);
        let stream = deflate(&data, 6);
        let mut input = Input::new(&stream[..]);
        let mut inflater = StreamInflater::new(Arc::new(Rayon::with_threads(3)));
        assert!(inflater.read(&mut input, &mut [0; 10]).unwrap() > 0);
        assert!(inflater.len > 1 << 20, "{} bytes at once", inflater.len);
    }

    #[test]
    fn decoder_reads_members_one_after_another_and_padding() {
        let data = numbers(1 << 19);
        for len in [0, 70_000, data.len()] {
            let parts = [&data[..len], &data[..data.len() - len / 2], &[], b"x"];
            let members: Vec<u8> = parts.iter().flat_map(|part| gzip(part, 6)).chain([0; 17]).collect();
            for (threads, at_once) in [(1, 1 << 20), (3, 1 << 20), (3, 777)] {
                let reader = Drip(&members, at_once);
                let found =
                    read_all(GzipDecoder::with_executor(reader, Rayon::with_threads(threads))).unwrap();
                assert!(found == parts.concat(), "{len} bytes on {threads}");
            }
        }
        assert_eq!(read_all(GzipDecoder::new(&[][..])).unwrap(), b"");
    }

    #[test]
    fn headers_with_every_field_are_read_and_checked() {
        let data = b"1,2\n";
        let mut file = vec![0x1f, 0x8b, 8, EXTRA | NAME | COMMENT | HEADER_CRC, 0, 0, 0, 0, 0, 3];
        file.extend(*b"\x03\0abcname\0comment\0");
        let header = file.len();
        file.extend((crc32fast::hash(&file) as u16).to_le_bytes());
        file.extend(deflate(data, 6));
        file.extend(crc32fast::hash(data).to_le_bytes());
        file.extend(4_u32.to_le_bytes());
        assert_eq!(read_all(GzipDecoder::new(&file[..])).unwrap(), data);
        for end in 1..file.len() {
            let error = read_all(GzipDecoder::new(&file[..end])).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{end}: {error}");
        }
        for (at, change) in [(header, 1), (header - 2, b'x'), (3, 0x20), (3, 0x80)] {
            let mut other = file.clone();
            other[at] ^= change;
            let error = read_all(GzipDecoder::new(&other[..])).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "byte {at}: {error}");
        }
    }

    #[test]
    fn decoder_of_damage_reports_what_one_thread_reports() {
        let data = numbers(1 << 20);
        let file = gzip(&data, 6);
        for at in (0..10).map(|part| file.len() * part / 10 + part) {
            let mut damaged = file.clone();
            damaged[at] ^= 0x10;
            let read = |threads| {
                let decoder = GzipDecoder::with_executor(&damaged[..], Rayon::with_threads(threads));
                read_all(decoder).map_err(|error| error.kind())
            };
            let found = read(3);
            assert!(found == read(1), "byte {at}");
            let oracle = read_all(flate2::bufread::MultiGzDecoder::new(&damaged[..])).ok();
            assert!(found.ok() == oracle, "byte {at}");
        }
        let cut = read_all(GzipDecoder::new(&file[..file.len() / 2])).unwrap_err();
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof);
        let more = [&file[..], b"more"].concat();
        assert_eq!(read_all(GzipDecoder::new(&more[..])).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_stream_that_another_follows_ends_where_it_ends() {
        let data = numbers(1 << 20);
        let both = [deflate(&data, 6), deflate(&data, 1)].concat();
        assert!(read_all(DeflateDecoder::new(&both[..])).unwrap() == data);
        assert!(inflate(&deflate(b"data", 6)) == b"data");
    }
}
