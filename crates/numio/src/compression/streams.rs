//! The streams of a compressed file, one after another.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The first bytes of each stream of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The bytes after `BZh` and a digit in an empty stream of bzip2. A file may have millions of them, and each new
/// decoder clears megabytes.
const EMPTY_BZIP2: [u8; 10] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0];

/// The decoder of one stream.
pub(super) enum StreamDecoder<R: BufRead> {
    Gzip(Box<GzDecoder<R>>),
    #[cfg(feature = "bzip2")]
    Bzip2(bzip2::bufread::BzDecoder<R>),
    #[cfg(feature = "lzma")]
    Xz(Box<lzma_rust2::XzReader<R>>),
}

impl<R: BufRead> StreamDecoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(decoder) => decoder.read(out),
            #[cfg(feature = "bzip2")]
            Self::Bzip2(decoder) => decoder.read(out),
            #[cfg(feature = "lzma")]
            Self::Xz(decoder) => decoder.read(out),
        }
    }

    fn into_inner(self) -> R {
        match self {
            Self::Gzip(decoder) => decoder.into_inner(),
            #[cfg(feature = "bzip2")]
            Self::Bzip2(decoder) => decoder.into_inner(),
            #[cfg(feature = "lzma")]
            Self::Xz(decoder) => decoder.into_inner(),
        }
    }
}

/// All streams of a file. As in Python, zeros may follow the last one of gzip, and anything the last of another format.
pub(super) struct Streams<R: BufRead, M> {
    decoder: M,
    is_gzip: bool,
    stream: Option<StreamDecoder<R>>,
    /// The input between two streams.
    rest: Option<R>,
    /// The number of streams so far, and whether this one has given anything.
    count: u64,
    has_given: bool,
}

impl<R: BufRead, M: Fn(R) -> StreamDecoder<R>> Streams<R, M> {
    /// The streams of `input`. An empty input has none if it is gzip, and otherwise ends early.
    pub(super) fn new(input: R, is_gzip: bool, decoder: M) -> Self {
        Self { decoder, is_gzip, stream: None, rest: Some(input), count: 0, has_given: false }
    }

    /// Starts the next stream; returns whether there is one.
    fn start(&mut self) -> io::Result<bool> {
        let Some(mut rest) = self.rest.take() else { return Ok(false) };
        loop {
            let start = rest.fill_buf()?;
            if !self.is_gzip && is_empty_bzip2(start) {
                rest.consume(14);
                self.count += 1;
                continue;
            }
            let zeros = if self.count > 0 { start.iter().take_while(|&&byte| byte == 0).count() } else { 0 };
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
        self.stream = Some((self.decoder)(rest));
        self.count += 1;
        self.has_given = false;
        Ok(true)
    }
}

fn is_empty_bzip2(start: &[u8]) -> bool {
    matches!(start, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if rest.starts_with(&EMPTY_BZIP2))
}

impl<R: BufRead, M: Fn(R) -> StreamDecoder<R>> Read for Streams<R, M> {
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
                        && matches!(
                            error.kind(),
                            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
                        ) =>
                {
                    self.stream = None;
                    return Ok(0);
                }
                Err(error) => return Err(error),
            }
        }
    }
}
