//! Compressed texts: which suffix means which method, and streams that unpack and pack.
//!
//! The suffixes are those of NumPy's `_datasource.py`, and `.zst`. What they hold is what Python's `gzip`, `bz2` and
//! `lzma` read and write: one stream or several, and xz under `.lzma` too.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use super::error::TextError;
#[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
use crate::Error;
use crate::{Limits, Result};

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Bzip2,
    /// xz, or the older LZMA where the first bytes are not xz's.
    Lzma,
    Zstd,
}

/// In the order in which NumPy looks for a file that is not there under its own name.
pub(super) const SUFFIXES: [(&str, Packing); 5] = [
    ("bz2", Packing::Bzip2),
    ("gz", Packing::Gzip),
    ("xz", Packing::Lzma),
    ("lzma", Packing::Lzma),
    ("zst", Packing::Zstd),
];

/// The longest that a file's dictionary may be, in KiB.
#[cfg(feature = "lzma")]
const LZMA_MEMORY: u32 = 256 << 10;

/// What is unpacked so far is not held against what it was unpacked from below this.
const UNSUSPICIOUS: u64 = 16 << 20;

impl Packing {
    /// The method of the file at `path`, by its suffix.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let suffix = path.extension()?;
        SUFFIXES.iter().find(|(known, _)| suffix == *known).map(|(_, packing)| *packing)
    }

    #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
    fn missing(self) -> Error {
        let feature = format!("{self:?}").to_lowercase();
        let why = format!(
            "this build knows nothing of files packed by {feature}: switch on its feature {feature:?}"
        );
        Error::new(crate::ErrorKind::Unsupported, why)
    }

    /// The text packed in `input`.
    ///
    /// # Errors
    /// `Unsupported` where the method's feature is off; `Io`; `Format` where the first bytes are not the method's.
    pub(super) fn unpack<'a>(self, input: impl Read + 'a, limits: &Limits) -> Result<Box<dyn Read + 'a>> {
        let taken = Rc::new(Cell::new(0));
        let input = BufReader::with_capacity(1 << 16, Counted { input, taken: taken.clone() });
        let inner = self.decoder(input)?;
        Ok(Box::new(Unpacked { inner, taken, given: 0, ratio: limits.inflate_ratio }))
    }

    fn decoder<'a>(self, input: impl BufRead + 'a) -> Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Gzip => Box::new(Members { member: None, rest: Some(input), is_first: true }),
            #[cfg(feature = "bzip2")]
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
            #[cfg(feature = "lzma")]
            Self::Lzma => return lzma(input).map_err(|error| TextError::of_io(unpacked(error), 1).into()),
            #[cfg(feature = "zstd")]
            Self::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(input);
                Box::new(decoder.map_err(|error| TextError::of_io(error, 1))?)
            }
            #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
            missing => return Err(missing.missing()),
        })
    }
}

/// The older format has no magic number, so that it is what xz is not, as to Python.
#[cfg(feature = "lzma")]
fn lzma<'a>(mut input: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    const XZ: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];
    let start = input.fill_buf()?;
    if start.starts_with(&XZ) {
        return Ok(Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, LZMA_MEMORY)));
    }
    Ok(Box::new(lzma_rust2::LzmaReader::new_mem_limit(input, LZMA_MEMORY, None)?))
}

/// The members of a gzip file one after another, with zeros allowed after each.
struct Members<R> {
    member: Option<GzDecoder<R>>,
    /// The input between two members.
    rest: Option<R>,
    is_first: bool,
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(member) = &mut self.member {
                let len = member.read(out)?;
                if len > 0 || out.is_empty() {
                    return Ok(len);
                }
                self.rest = self.member.take().map(GzDecoder::into_inner);
            }
            let Some(rest) = &mut self.rest else { return Ok(0) };
            loop {
                let start = rest.fill_buf()?;
                let zeros =
                    if self.is_first { 0 } else { start.iter().take_while(|&&byte| byte == 0).count() };
                match start.len() {
                    0 => return Ok(0),
                    len if zeros < len => {
                        rest.consume(zeros);
                        break;
                    }
                    len => rest.consume(len),
                }
            }
            self.is_first = false;
            self.member = self.rest.take().map(GzDecoder::new);
        }
    }
}

/// An input that knows how much of it has been read.
struct Counted<R> {
    input: R,
    taken: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.input.read(out)?;
        self.taken.set(self.taken.get() + len as u64);
        Ok(len)
    }
}

/// A decoder that is stopped when it gives far more than it takes.
struct Unpacked<'a> {
    inner: Box<dyn Read + 'a>,
    taken: Rc<Cell<u64>>,
    given: u64,
    ratio: u64,
}

impl Read for Unpacked<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(out).map_err(unpacked)?;
        self.given += len as u64;
        if self.given > UNSUSPICIOUS && self.given > self.taken.get().saturating_mul(self.ratio) {
            return Err(
                TextError::Bomb { given: self.given, taken: self.taken.get(), ratio: self.ratio }.into_io()
            );
        }
        Ok(len)
    }
}

/// A decoder's error: the data's fault, unless reading them failed.
fn unpacked(error: io::Error) -> io::Error {
    match error.kind() {
        _ if error.raw_os_error().is_some() => error,
        io::ErrorKind::UnexpectedEof => io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "Compressed file ended before the end-of-stream marker was reached",
        ),
        io::ErrorKind::OutOfMemory => TextError::PackedMemory.into_io(),
        io::ErrorKind::Interrupted | io::ErrorKind::InvalidData => error,
        _ => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
    }
}

/// An output that packs what is written to it.
pub(super) enum Packer<W: Write> {
    Plain(W),
    Gzip(Box<GzEncoder<W>>),
    #[cfg(feature = "bzip2")]
    Bzip2(bzip2::write::BzEncoder<W>),
    #[cfg(feature = "lzma")]
    Xz(Box<lzma_rust2::XzWriter<W>>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Packer<W> {
    /// # Errors
    /// `Unsupported` where the method's feature is off.
    pub(super) fn new(output: W, packing: Option<Packing>) -> Result<Self> {
        Ok(match packing {
            None => Self::Plain(output),
            Some(Packing::Gzip) => {
                Self::Gzip(Box::new(GzEncoder::new(output, flate2::Compression::default())))
            }
            #[cfg(feature = "bzip2")]
            Some(Packing::Bzip2) => {
                Self::Bzip2(bzip2::write::BzEncoder::new(output, bzip2::Compression::best()))
            }
            #[cfg(feature = "lzma")]
            Some(Packing::Lzma) => {
                let options = lzma_rust2::XzOptions::with_preset(6);
                Self::Xz(Box::new(lzma_rust2::XzWriter::new(output, options)?))
            }
            #[cfg(feature = "zstd")]
            Some(Packing::Zstd) => {
                let mut encoder = zstd::stream::write::Encoder::new(output, 0)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
            #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
            Some(missing) => return Err(missing.missing()),
        })
    }

    /// Writes what is still to be written, and gives the output back.
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(output) => Ok(output),
            Self::Gzip(encoder) => encoder.finish(),
            #[cfg(feature = "bzip2")]
            Self::Bzip2(encoder) => encoder.finish(),
            #[cfg(feature = "lzma")]
            Self::Xz(encoder) => encoder.finish(),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.finish(),
        }
    }

    fn output(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(output) => output,
            Self::Gzip(encoder) => encoder,
            #[cfg(feature = "bzip2")]
            Self::Bzip2(encoder) => encoder,
            #[cfg(feature = "lzma")]
            Self::Xz(encoder) => encoder,
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder,
        }
    }
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output().write(bytes)
    }

    /// Nothing: flushing a packer costs it what it has learned, and `finish` writes everything.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
