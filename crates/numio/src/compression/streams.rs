//! The streams of a compressed file, one after another.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

use super::Codec;
use super::heads::{MOST_EMPTY, empty, starts_with_zeros};
#[cfg(feature = "lzma")]
use super::lzip::LzipDecoder;
use super::unread::{Damage, Unread};

/// The first bytes of each stream of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The number of bytes that Python decompresses of a later stream before it gives any: if those are damaged, there is no stream.
const FIRST: usize = 8192;

/// The decoder of one stream.
pub(super) enum StreamDecoder<R: BufRead> {
    Gzip(Box<GzDecoder<Unread<R>>>),
    #[cfg(feature = "bzip2")]
    Bzip2(bzip2::bufread::BzDecoder<Unread<R>>),
    #[cfg(feature = "lzma")]
    Xz(Box<lzma_rust2::XzReader<Unread<R>>>),
    #[cfg(feature = "lzma")]
    Lzma(Box<lzma_rust2::LzmaReader<Unread<R>>>),
    #[cfg(feature = "lzma")]
    Lzip(Box<LzipDecoder<R>>),
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
            #[cfg(feature = "lzma")]
            Self::Lzip(decoder) => decoder.read(out),
        }
    }

    /// Returns whether its first bytes tell its format.
    fn has_mark(&self) -> bool {
        match self {
            #[cfg(feature = "lzma")]
            Self::Lzma(_) => false,
            _ => true,
        }
    }

    /// The input behind a stream that has been read to its end.
    fn into_inner(self) -> Option<Unread<R>> {
        match self {
            Self::Gzip(decoder) => Some(decoder.into_inner()),
            #[cfg(feature = "bzip2")]
            Self::Bzip2(decoder) => Some(decoder.into_inner()),
            #[cfg(feature = "lzma")]
            Self::Xz(decoder) => Some(decoder.into_inner()),
            #[cfg(feature = "lzma")]
            Self::Lzma(decoder) => {
                let (mut input, unread) = decoder.into_parts();
                input.put_back(unread);
                Some(input)
            }
            #[cfg(feature = "lzma")]
            Self::Lzip(decoder) => decoder.into_inner(),
        }
    }
}

/// All streams of a file. As in Python, zeros may follow the last one of gzip, and anything the last of another format.
pub(super) struct Streams<R: BufRead, M> {
    decoder: M,
    codec: Codec,
    damage: Damage,
    stream: Option<StreamDecoder<R>>,
    /// The input between two streams.
    rest: Option<Unread<R>>,
    /// The number of streams so far.
    count: u64,
    /// The first bytes of a later stream, those of them that have been given, and the error behind them.
    first: Vec<u8>,
    given: usize,
    failure: Option<io::Error>,
}

impl<R: BufRead, M: Fn(Unread<R>) -> io::Result<StreamDecoder<R>>> Streams<R, M> {
    /// The streams of `input`. An empty input has none if it is gzip, and otherwise ends early.
    pub(super) fn new(input: R, codec: Codec, damage: Damage, decoder: M) -> Self {
        Self {
            decoder,
            codec,
            damage,
            stream: None,
            rest: Some(Unread::new(input)),
            count: 0,
            first: Vec::new(),
            given: 0,
            failure: None,
        }
    }

    /// Starts the next stream; returns whether there is one.
    fn start(&mut self) -> io::Result<bool> {
        let Some(mut rest) = self.rest.take() else { return Ok(false) };
        let is_gzip = self.codec == Codec::Gzip;
        loop {
            let start = if is_gzip { rest.fill_buf()? } else { rest.peek(MOST_EMPTY)? };
            if let Some(len) = empty(self.codec, start) {
                rest.consume(len);
                self.count += 1;
                continue;
            }
            let is_padded = self.count > 0 && !starts_with_zeros(start);
            let zeros = if is_padded { start.iter().take_while(|&&byte| byte == 0).count() } else { 0 };
            match start.len() {
                0 if self.count > 0 || is_gzip => return Ok(false),
                2.. if is_gzip && zeros == 0 && !start.starts_with(&GZIP) => {
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
            Err(error) if self.count > 0 && !is_gzip && is_malformed(&error) => return Ok(false),
            Err(error) => return Err(error),
        };
        self.count += 1;
        Ok(self.count == 1 || is_gzip || self.is_stream())
    }

    /// Decodes the first bytes of what may be another stream; returns whether it is one.
    fn is_stream(&mut self) -> bool {
        let Some(stream) = &mut self.stream else { return false };
        self.given = 0;
        self.first.resize(FIRST, 0);
        let mut len = 0;
        while let Some(out) = self.first.get_mut(len..).filter(|out| !out.is_empty()) {
            match stream.read(out) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error)
                    if is_malformed(&error)
                        && (self.damage == Damage::IsNoStream || len == 0 && !stream.has_mark()) =>
                {
                    self.stream = None;
                    self.first.clear();
                    return false;
                }
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        self.first.truncate(len);
        true
    }
}

/// Returns whether the bytes are the reason, and no limit.
fn is_malformed(error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Unsupported => true,
        // The decoder of LZMA has no kind for what reaches back before the start.
        io::ErrorKind::Other => error.get_ref().is_some_and(|reason| reason.to_string() == "dist overflow"),
        _ => false,
    }
}

impl<R: BufRead, M: Fn(Unread<R>) -> io::Result<StreamDecoder<R>>> Read for Streams<R, M> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut first = self.first.get(self.given..).unwrap_or_default();
            if !first.is_empty() {
                let len = first.read(out)?;
                self.given += len;
                return Ok(len);
            }
            if let Some(error) = self.failure.take() {
                return Err(error);
            }
            let Some(stream) = &mut self.stream else {
                if !self.start()? {
                    return Ok(0);
                }
                continue;
            };
            match stream.read(out) {
                Ok(0) if !out.is_empty() => {
                    self.rest = self.stream.take().and_then(StreamDecoder::into_inner)
                }
                read => return read,
            }
        }
    }
}
