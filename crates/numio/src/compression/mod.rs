//! Compressed files: gzip, bzip2, xz and Zstandard, by suffix or by first bytes.
//!
//! The readers and writers of texts ([`LoadTxt`](crate::text::LoadTxt), [`SaveTxt`](crate::text::SaveTxt) and the others)
//! decompress and compress by themselves, by a file's suffix. [`decoder`] and [`Encoder`] do the same for texts that are
//! read or written in other ways.
//!
//! The suffixes are those of NumPy's `_datasource.py`, and `.zst`. The formats are those that Python's `gzip`, `bz2`
//! and `lzma` read and write: one stream or several, and xz under `.lzma` too.

use std::fmt;
use std::io;
use std::path::Path;

use crate::ErrorKind;
use crate::error::{Cause, ExceptionClass};

mod decode;
mod encode;
mod heads;
mod limits;
#[cfg(feature = "lzma")]
mod lzip;
mod streams;
mod unread;

pub(crate) use self::decode::{decode, single};
pub use self::decode::{decoder, strict_decoder};
pub use self::encode::Encoder;
pub use self::heads::starts_lzma;
pub(crate) use self::limits::UNSUSPICIOUS_TEXT;

/// The format of a compressed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// gzip (RFC 1952).
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz. Under its suffixes lzip and the older LZMA format are read too, where the first bytes are not xz's.
    Xz,
    /// Zstandard (RFC 8878).
    Zstd,
}

/// The suffixes, in the order in which NumPy looks for a file that is not there under its own name.
pub(crate) const SUFFIXES: [(&str, Codec); 5] = [
    ("bz2", Codec::Bzip2),
    ("gz", Codec::Gzip),
    ("xz", Codec::Xz),
    ("lzma", Codec::Xz),
    ("zst", Codec::Zstd),
];

impl Codec {
    /// The format of the file at `path` by its suffix: `.gz`, `.bz2`, `.xz`, `.lzma` or `.zst`, in lower case, as in NumPy.
    ///
    /// ```
    /// use numio::compression::Codec;
    ///
    /// assert_eq!(Codec::from_path("a.csv.gz"), Some(Codec::Gzip));
    /// assert_eq!(Codec::from_path("a.csv"), None);
    /// ```
    pub fn from_path(path: impl AsRef<Path>) -> Option<Self> {
        let suffix = path.as_ref().extension()?;
        SUFFIXES.iter().find(|(known, _)| suffix == *known).map(|(_, codec)| *codec)
    }

    /// The number of first bytes with which [`detect`](Self::detect) knows all that it can.
    pub const HEAD: usize = 10;

    /// The format of a file that starts with `head`: up to [`HEAD`](Self::HEAD) of its bytes. The older LZMA format has
    /// no mark by which it could be told.
    ///
    /// ```
    /// use numio::compression::Codec;
    ///
    /// assert_eq!(Codec::detect(b"\x1f\x8b\x08\0\0"), Some(Codec::Gzip));
    /// assert_eq!(Codec::detect(b"BZh"), None);
    /// ```
    pub fn detect(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, ..] | [0x1f, 0x8b] => Some(Self::Gzip),
            // The level, and the mark of a block, or of the end of a stream without one.
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if is_bzip2(rest) => Some(Self::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The suffix of its files, without the dot.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Bzip2 => "bz2",
            Self::Xz => "xz",
            Self::Zstd => "zst",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }
}

fn is_bzip2(rest: &[u8]) -> bool {
    const BLOCK: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
    const END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
    let len = rest.len().min(6);
    rest.get(..len).is_some_and(|start| BLOCK.starts_with(start) || END.starts_with(start))
}

/// A fault of compressed data, or of what decompressing them would cost.
#[derive(Debug)]
pub(crate) enum CompressionError {
    /// The feature of the format is off.
    #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
    NoFeature(Codec),
    /// The data end before their format says so.
    Truncated,
    /// The data are not of their format. The cause is the decoder's error.
    Damaged { codec: Codec, error: io::Error },
    /// The ratio of the decompressed size to the compressed size exceeds its limit.
    Ratio { decompressed: u64, compressed: u64, limit: u64 },
    /// The decoder needs more memory than is allowed.
    Memory,
}

impl CompressionError {
    /// Wraps the error for `std::io::Read`; [`from_io`](Self::from_io) unwraps it again.
    fn into_io(self) -> io::Error {
        let kind = match &self {
            Self::Truncated => io::ErrorKind::UnexpectedEof,
            Self::Damaged { .. } => io::ErrorKind::InvalidData,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, self)
    }

    /// The error that a decoder's `Read` has wrapped.
    ///
    /// # Errors
    /// Any other error, as it was.
    pub(crate) fn from_io(error: io::Error) -> Result<Self, io::Error> {
        error.downcast()
    }

    /// Returns whether it is an error of reading the data, which happens at one place of them; else a limit of the whole.
    pub(crate) fn is_of_data(&self) -> bool {
        matches!(self, Self::Truncated | Self::Damaged { .. })
    }
}

impl std::error::Error for CompressionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Cause::source(self)
    }
}

impl Cause for CompressionError {
    fn kind(&self) -> ErrorKind {
        match self {
            #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
            Self::NoFeature(_) => ErrorKind::Unsupported,
            Self::Truncated | Self::Damaged { .. } => ErrorKind::InvalidData,
            Self::Ratio { .. } | Self::Memory => ErrorKind::LimitExceeded,
        }
    }

    /// That of the module of Python which decompresses.
    fn exception(&self) -> Option<ExceptionClass> {
        match self {
            Self::Truncated => Some(ExceptionClass::EndOfFile),
            Self::Damaged { codec: Codec::Gzip, error } => {
                // The decoder tells its faults apart by their texts alone, which are its own.
                Some(if error.to_string() == "corrupt deflate stream" {
                    ExceptionClass::Zlib
                } else {
                    ExceptionClass::BadGzipFile
                })
            }
            Self::Damaged { codec: Codec::Bzip2, .. } => Some(ExceptionClass::Os),
            Self::Damaged { codec: Codec::Xz, .. } => Some(ExceptionClass::Lzma),
            _ => None,
        }
    }

    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // The message has that of the error itself.
            Self::Damaged { error, .. } => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl fmt::Display for CompressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
            Self::NoFeature(codec) => {
                let feature = match codec {
                    Codec::Xz => "lzma",
                    codec => codec.name(),
                };
                write!(
                    f,
                    "this build does not read or write {} files: switch on its feature {feature:?}",
                    codec.name()
                )
            }
            // Python's message.
            Self::Truncated => {
                f.write_str("Compressed file ended before the end-of-stream marker was reached")
            }
            Self::Damaged { codec, error } => write!(f, "damaged {} file: {error}", codec.name()),
            Self::Ratio { decompressed, compressed, limit } => write!(
                f,
                "{compressed} compressed bytes have given {decompressed} and there are more to come, the limit is \
                 {limit} times as many: raise `limits.max_text_ratio`"
            ),
            Self::Memory => f.write_str("the file needs more than 256 MiB of memory to be decompressed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detect_tells_formats_by_their_first_bytes() {
        for (head, codec) in [
            (&b"\x1f\x8b\x08"[..], Some(Codec::Gzip)),
            (b"\x1f\x8b\x07", None),
            (b"BZh91AY&SY", Some(Codec::Bzip2)),
            (b"BZh9\x17rE8P\x90", Some(Codec::Bzip2)),
            (b"BZh91A", Some(Codec::Bzip2)),
            (b"BZh9 text", None),
            (b"\xfd7zXZ\0", Some(Codec::Xz)),
            (b"\x28\xb5\x2f\xfd", Some(Codec::Zstd)),
            (b"", None),
        ] {
            assert_eq!(Codec::detect(head), codec, "{head:?}");
        }
    }

    #[test]
    fn suffixes_name_their_codecs() {
        for (suffix, codec) in SUFFIXES {
            assert_eq!(Codec::from_path(format!("a.{suffix}")), Some(codec));
            assert_eq!(Codec::from_path(format!("a.{}", codec.suffix())), Some(codec));
        }
    }
}
