//! Compressed texts: the method of each suffix, and streams that decompress.
//!
//! The suffixes are those of NumPy's `_datasource.py`, and `.zst`. The formats are those that Python's `gzip`, `bz2`
//! and `lzma` read and write: one stream or several, and xz under `.lzma` too.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::GzDecoder;

use super::error::TextError;
use super::members::{Member, Members};
#[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
use crate::Error;
use crate::{Limits, Result};

/// The compression of a file.
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

/// The same for Zstandard's window, as a power of two of bytes.
#[cfg(feature = "zstd")]
const ZSTD_WINDOW: u32 = 28;

/// Decompressed sizes below this are exempt from the ratio limit.
const UNSUSPICIOUS: u64 = 16 << 20;

impl Packing {
    /// The method of the file at `path`, by its suffix.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let suffix = path.extension()?;
        SUFFIXES.iter().find(|(known, _)| suffix == *known).map(|(_, packing)| *packing)
    }

    #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
    pub(super) fn missing(self) -> Error {
        let feature = format!("{self:?}").to_lowercase();
        let why = format!(
            "this build knows nothing of files packed by {feature}: switch on its feature {feature:?}"
        );
        Error::new(crate::ErrorKind::Unsupported, why)
    }

    /// The decompressed text of `input`.
    ///
    /// # Errors
    /// `Unsupported` where the method's feature is off; `Io`; `InvalidData` where the first bytes are not the method's.
    pub(super) fn unpack<'a>(self, input: impl Read + 'a, limits: &Limits) -> Result<Box<dyn Read + 'a>> {
        let taken = Rc::new(Cell::new(0));
        let input = BufReader::with_capacity(1 << 16, Counted { input, taken: taken.clone() });
        let inner = self.decoder(input)?;
        Ok(Box::new(Unpacked { packing: self, inner, taken, given: 0, ratio: limits.max_text_ratio }))
    }

    fn decoder<'a>(self, input: impl BufRead + 'a) -> Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Gzip => {
                Box::new(Members::new(input, true, |input| Member::Gzip(Box::new(GzDecoder::new(input)))))
            }
            #[cfg(feature = "bzip2")]
            Self::Bzip2 => Box::new(Members::new(input, false, |input| {
                Member::Bzip2(bzip2::bufread::BzDecoder::new(input))
            })),
            #[cfg(feature = "lzma")]
            Self::Lzma => return lzma(input).map_err(|error| TextError::of_io(self.fault(error), 1).into()),
            #[cfg(feature = "zstd")]
            Self::Zstd => {
                let made = zstd::stream::read::Decoder::with_buffer(input).and_then(|mut decoder| {
                    decoder.window_log_max(ZSTD_WINDOW)?;
                    Ok(decoder)
                });
                Box::new(made.map_err(|error| TextError::of_io(error, 1))?)
            }
            #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
            missing => return Err(missing.missing()),
        })
    }

    /// A decoder's error: the data's fault, unless reading them failed.
    fn fault(self, error: io::Error) -> io::Error {
        match error.kind() {
            _ if error.raw_os_error().is_some() => error,
            io::ErrorKind::UnexpectedEof => io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "Compressed file ended before the end-of-stream marker was reached",
            ),
            io::ErrorKind::OutOfMemory => TextError::PackedMemory.into_io(),
            _ if error.to_string().contains("too much memory") => TextError::PackedMemory.into_io(),
            io::ErrorKind::Interrupted => error,
            _ => io::Error::new(io::ErrorKind::InvalidData, format!("damaged {} file: {error}", self.name())),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Lzma => "xz",
            Self::Zstd => "zstd",
        }
    }
}

/// The older format has no magic number: as in Python, it is assumed for whatever is not xz.
#[cfg(feature = "lzma")]
fn lzma<'a>(mut input: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    const XZ: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];
    let start = input.fill_buf()?;
    if start.starts_with(&XZ) {
        let xz = |input| Member::Xz(Box::new(lzma_rust2::XzReader::new_mem_limit(input, false, LZMA_MEMORY)));
        return Ok(Box::new(Members::new(input, false, xz)));
    }
    // The heads that liblzma takes for the older format: properties, and a dictionary of 2^n or 2^n + 2^(n - 1) bytes.
    if let Some((&[properties, ref size @ ..], _)) = start.split_first_chunk::<5>() {
        let size = u32::from_le_bytes(*size);
        let is_size =
            size == u32::MAX || size.count_ones() <= 1 || size.count_ones() == 2 && size & size >> 1 != 0;
        if properties >= 225 || !is_size {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the format is not known"));
        }
    }
    Ok(Box::new(lzma_rust2::LzmaReader::new_mem_limit(input, LZMA_MEMORY, None)?))
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
    packing: Packing,
    inner: Box<dyn Read + 'a>,
    taken: Rc<Cell<u64>>,
    given: u64,
    ratio: u64,
}

impl Read for Unpacked<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(out).map_err(|error| self.packing.fault(error))?;
        self.given += len as u64;
        if self.given > UNSUSPICIOUS && self.given > self.taken.get().saturating_mul(self.ratio) {
            return Err(
                TextError::Bomb { given: self.given, taken: self.taken.get(), ratio: self.ratio }.into_io()
            );
        }
        Ok(len)
    }
}
