//! The streams of a compressed file, one after another.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The first bytes of each stream of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The bytes after `BZh` and a digit in an empty stream of bzip2. A file may have millions of them, and each new
/// decoder clears megabytes.
const EMPTY_BZIP2: [u8; 10] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0];

/// The bytes by which the start of a stream is known in every format.
pub(super) const HEAD: usize = 14;

/// An input of which some bytes have been read ahead.
pub(super) struct Unread<R> {
    ahead: VecDeque<u8>,
    input: R,
}

impl<R: BufRead> Unread<R> {
    /// The next bytes, `count` of them if there are as many.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.ahead.len() < count {
            let found = self.input.fill_buf()?;
            let taken = found.len().min(count - self.ahead.len());
            if taken == 0 {
                break;
            }
            self.ahead.extend(found.iter().take(taken));
            self.input.consume(taken);
        }
        Ok(self.ahead.make_contiguous())
    }

    /// Puts bytes back in front of the others.
    #[cfg(feature = "lzma")]
    fn put_back(&mut self, bytes: Vec<u8>) {
        let after = std::mem::replace(&mut self.ahead, bytes.into());
        self.ahead.extend(after);
    }
}

impl<R: BufRead> Read for Unread<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ahead.is_empty() { self.input.read(out) } else { self.ahead.read(out) }
    }
}

impl<R: BufRead> BufRead for Unread<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.ahead.is_empty() { self.input.fill_buf() } else { Ok(self.ahead.make_contiguous()) }
    }

    fn consume(&mut self, count: usize) {
        if self.ahead.is_empty() {
            self.input.consume(count);
        } else {
            self.ahead.drain(..count.min(self.ahead.len()));
        }
    }
}

/// The decoder of one stream.
pub(super) enum StreamDecoder<R: BufRead> {
    Gzip(Box<GzDecoder<Unread<R>>>),
    #[cfg(feature = "bzip2")]
    Bzip2(bzip2::bufread::BzDecoder<Unread<R>>),
    #[cfg(feature = "lzma")]
    Xz(Box<lzma_rust2::XzReader<Unread<R>>>),
    #[cfg(feature = "lzma")]
    Lzma(Box<lzma_rust2::LzmaReader<Unread<R>>>),
}

impl<R: BufRead> StreamDecoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(decoder) => decoder.read(out),
            #[cfg(feature = "bzip2")]
            Self::Bzip2(decoder) => decoder.read(out),
            #[cfg(feature = "lzma")]
            Self::Xz(decoder) => decoder.read(out),
            #[cfg(feature = "lzma")]
            Self::Lzma(decoder) => decoder.read(out),
        }
    }

    fn into_inner(self) -> Unread<R> {
        match self {
            Self::Gzip(decoder) => decoder.into_inner(),
            #[cfg(feature = "bzip2")]
            Self::Bzip2(decoder) => decoder.into_inner(),
            #[cfg(feature = "lzma")]
            Self::Xz(decoder) => decoder.into_inner(),
            #[cfg(feature = "lzma")]
            Self::Lzma(decoder) => {
                let (mut input, unread) = decoder.into_parts();
                input.put_back(unread);
                input
            }
        }
    }
}

/// All streams of a file. As in Python, zeros may follow the last one of gzip, and anything the last of another format.
pub(super) struct Streams<R: BufRead, M> {
    decoder: M,
    is_gzip: bool,
    stream: Option<StreamDecoder<R>>,
    /// The input between two streams.
    rest: Option<Unread<R>>,
    /// The number of streams so far, and whether this one has given anything.
    count: u64,
    has_given: bool,
}

impl<R: BufRead, M: Fn(Unread<R>) -> io::Result<StreamDecoder<R>>> Streams<R, M> {
    /// The streams of `input`. An empty input has none if it is gzip, and otherwise ends early.
    pub(super) fn new(input: R, is_gzip: bool, decoder: M) -> Self {
        Self {
            decoder,
            is_gzip,
            stream: None,
            rest: Some(Unread { ahead: VecDeque::new(), input }),
            count: 0,
            has_given: false,
        }
    }

    /// Starts the next stream; returns whether there is one.
    fn start(&mut self) -> io::Result<bool> {
        let Some(mut rest) = self.rest.take() else { return Ok(false) };
        loop {
            let start = if self.is_gzip { rest.fill_buf()? } else { rest.peek(HEAD)? };
            if !self.is_gzip && is_empty_bzip2(start) {
                rest.consume(14);
                self.count += 1;
                continue;
            }
            let is_padded = self.count > 0 && !starts_lzma(start);
            let zeros = if is_padded { start.iter().take_while(|&&byte| byte == 0).count() } else { 0 };
            match start.len() {
                0 if self.count > 0 || self.is_gzip => return Ok(false),
                2.. if self.is_gzip && zeros == 0 && !start.starts_with(&GZIP) => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "a stream starts with other bytes than 1f 8b",
                    ));
                }
                len if zeros < len || len == 0 => {
                    rest.consume(zeros);
                    break;
                }
                len => rest.consume(len),
            }
        }
        self.stream = match (self.decoder)(rest) {
            Ok(stream) => Some(stream),
            Err(error) if self.count > 0 && !self.is_gzip && is_malformed(&error) => return Ok(false),
            Err(error) => return Err(error),
        };
        self.count += 1;
        self.has_given = false;
        Ok(true)
    }
}

/// Returns whether the bytes are the reason, and no limit.
fn is_malformed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
}

/// Returns whether a stream of the older LZMA format starts with a zero, as those do whose properties are all 0: the dictionary is
/// of another size than 0 then, and the length is below 2^38 or unknown.
fn starts_lzma(start: &[u8]) -> bool {
    let Some([0, dictionary @ .., 0]) = start.first_chunk::<HEAD>() else { return false };
    let [d0, d1, d2, d3, length @ ..] = *dictionary;
    let (size, length) = (u32::from_le_bytes([d0, d1, d2, d3]), u64::from_le_bytes(length));
    let is_size = size.count_ones() == 1 || size.count_ones() == 2 && size & size >> 1 != 0;
    is_size && (length == u64::MAX || length < 1 << 38)
}

fn is_empty_bzip2(start: &[u8]) -> bool {
    matches!(start, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if rest.starts_with(&EMPTY_BZIP2))
}

impl<R: BufRead, M: Fn(Unread<R>) -> io::Result<StreamDecoder<R>>> Read for Streams<R, M> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(stream) = &mut self.stream else {
                if !self.start()? {
                    return Ok(0);
                }
                continue;
            };
            match stream.read(out) {
                Ok(0) if !out.is_empty() => self.rest = self.stream.take().map(StreamDecoder::into_inner),
                Ok(len) => {
                    self.has_given = true;
                    return Ok(len);
                }
                Err(error)
                    if self.count > 1
                        && !self.has_given
                        && !matches!(stream, StreamDecoder::Gzip(_))
                        && is_malformed(&error) =>
                {
                    self.stream = None;
                    return Ok(0);
                }
                Err(error) => return Err(error),
            }
        }
    }
}
