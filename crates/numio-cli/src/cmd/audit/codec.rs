//! Compression of files as a whole, as joblib, pandas and people apply it to pickles.

use std::io::{self, Read};

use flate2::bufread::ZlibDecoder;
use numio::compression::{Codec, starts_lzma, strict_decoder};
use numio::{Error, ErrorKind, Limits};

/// The first bytes of files in formats that numio does not open, and the name of the format: joblib writes the first.
const CLOSED: [(&[u8], &str); 8] = [
    (&[0x04, 0x22, 0x4d, 0x18], "lz4"),
    (&[0x02, 0x21, 0x4c, 0x18], "lz4"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x1f\x9d", "compress"),
    (b"\x89LZO\0\r\n\x1a\n", "lzop"),
    (b"\xff\x06\0\0sNaPpY", "Snappy"),
    (b"MSCF\0\0\0\0", "Cabinet"),
];

/// Returns the name of the format if a file is compressed in one that numio does not open.
pub(super) fn closed(bytes: &[u8]) -> Option<&'static str> {
    let start = bytes.get(skippable(bytes)..).unwrap_or_default();
    CLOSED.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, name)| *name)
}

/// The compression of a whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WholeFileCodec {
    /// With the number of bytes before the first stream.
    Marked(Codec, usize),
    /// The older LZMA format, which has no mark.
    Lzma,
    /// lzip, which Python's `lzma` reads as well.
    Lzip,
    Zlib,
    /// joblib's before version 0.9.3: zlib behind a length in text, of that many bytes together.
    ZFile(usize),
}

impl WholeFileCodec {
    /// Detects the codec by the first bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if let Some(codec) = Codec::detect(bytes) {
            return Some(Self::Marked(codec, 0));
        }
        let skipped = skippable(bytes);
        if skipped > 0 && bytes.get(skipped..).and_then(Codec::detect) == Some(Codec::Zstd) {
            return Some(Self::Marked(Codec::Zstd, skipped));
        }
        if bytes.first_chunk().is_some_and(is_lzip) {
            return Some(Self::Lzip);
        }
        if bytes.starts_with(b"ZF") {
            let starts = |&at: &usize| bytes.get(at..).is_some_and(is_zlib);
            return Z_FILE.into_iter().find(starts).map(Self::ZFile);
        }
        match bytes {
            _ if starts_lzma(bytes) => Some(Self::Lzma),
            _ if is_zlib(bytes) => Some(Self::Zlib),
            _ => None,
        }
    }

    /// Returns whether other files start like that as well, pickles among them.
    pub(super) fn is_guess(self) -> bool {
        !matches!(self, Self::Marked(Codec::Gzip | Codec::Xz | Codec::Zstd, 0) | Self::Lzip)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Marked(codec, _) => codec.name(),
            Self::Lzma => "lzma",
            Self::Lzip => "lzip",
            Self::Zlib | Self::ZFile(_) => "zlib",
        }
    }

    /// The number of bytes whose decompression at worst takes as long as to set up a decoder.
    pub(super) fn setup(self) -> u64 {
        match self {
            Self::Marked(Codec::Bzip2, _) => 400,
            Self::Marked(Codec::Zstd, _) => 250,
            Self::Marked(Codec::Xz, _) | Self::Lzma | Self::Lzip => 50,
            _ => 16,
        }
    }

    /// The number of decoders that it takes to decompress all streams, if that may be many for the number of bytes: of formats in which
    /// each stream starts with a mark, and in which a decoder takes long to set up.
    pub(super) fn streams(self, bytes: &[u8]) -> u64 {
        let is_start: fn(&[u8]) -> bool = match self {
            // Empty streams need no decoder.
            Self::Marked(Codec::Bzip2, _) => {
                |head| matches!(head, [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A'])
            }
            Self::Marked(Codec::Xz, _) | Self::Lzma | Self::Lzip => {
                |head| *head == *b"\xfd7zXZ\0" || head.first_chunk().is_some_and(is_lzip)
            }
            _ => return 1,
        };
        (bytes.windows(6).filter(|head| is_start(head)).count() as u64).max(1)
    }

    /// The decompressed bytes of all streams, `most` and one more at most, and the error that ends them.
    pub(super) fn decompress(self, bytes: &[u8], most: u64) -> (Vec<u8>, Option<Error>) {
        let mut plain = Vec::new();
        let most = most.saturating_add(1);
        let mut limits = Limits::default();
        limits.max_compression_ratio = u64::MAX;
        let mut by_name = |bytes: &[u8], suffix: &str| {
            let decoder = strict_decoder(bytes, format!("x.{suffix}"), &limits).map_err(io::Error::other)?;
            decoder.take(most).read_to_end(&mut plain)
        };
        let read = match self {
            Self::Marked(codec, at) => by_name(bytes.get(at..).unwrap_or_default(), codec.suffix()),
            Self::Lzma | Self::Lzip => by_name(bytes, "lzma"),
            Self::Zlib => inflate(bytes, most, &mut plain),
            Self::ZFile(at) => inflate(bytes.get(at..).unwrap_or_default(), most, &mut plain),
        };
        (plain, read.err().map(Error::from))
    }

    /// Returns whether data that give nothing but this error are compressed all the same.
    pub(super) fn is_certain(self, error: &Error) -> bool {
        !self.is_guess() || error.kind() == ErrorKind::LimitExceeded
    }
}

/// Inflates all streams, of which most readers take the first.
fn inflate(mut bytes: &[u8], most: u64, plain: &mut Vec<u8>) -> io::Result<usize> {
    while !bytes.is_empty() && (plain.len() as u64) < most {
        let mut decoder = ZlibDecoder::new(bytes);
        decoder.by_ref().take(most - plain.len() as u64).read_to_end(plain)?;
        bytes = decoder.into_inner();
    }
    Ok(plain.len())
}

/// Bytes before the stream of a Z file: `ZF` and 19 of a length, in Python 2 a space more.
const Z_FILE: [usize; 2] = [21, 22];

/// The mark and a version of lzip.
fn is_lzip(head: &[u8; 5]) -> bool {
    matches!(head, [b'L', b'Z', b'I', b'P', 0 | 1])
}

/// A head of zlib with any window, and no dictionary (RFC 1950).
fn is_zlib(bytes: &[u8]) -> bool {
    let [first, second, ..] = bytes else { return false };
    first & 0x0f == 8
        && first >> 4 <= 7
        && second & 0x20 == 0
        && (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31)
}

/// The number of bytes of the skippable frames that a file of Zstandard or lz4 may start with (RFC 8878, 3.1.2).
fn skippable(bytes: &[u8]) -> usize {
    let mut at = 0_usize;
    while let Some([0x50..=0x5f, 0x2a, 0x4d, 0x18, d0, d1, d2, d3]) = bytes.get(at..at.saturating_add(8)) {
        let end = at + 8;
        let Some(after) = end.checked_add(u32::from_le_bytes([*d0, *d1, *d2, *d3]) as usize) else { break };
        at = after;
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_are_known_by_any_head_that_their_readers_take() {
        let skip = b"\x53\x2a\x4d\x18\x02\0\0\0ab";
        let zstd = [&skip[..], skip, b"\x28\xb5\x2f\xfd"].concat();
        assert_eq!(WholeFileCodec::of(&zstd), Some(WholeFileCodec::Marked(Codec::Zstd, 20)));
        assert_eq!(closed(&[&skip[..], b"\x04\x22\x4d\x18"].concat()), Some("lz4"));
        assert_eq!(WholeFileCodec::of(skip), None);
        for head in [&b"\x78\x9c"[..], b"\x78\x01", b"\x18\x19", b"\x48\x89"] {
            assert_eq!(WholeFileCodec::of(head), Some(WholeFileCodec::Zlib), "{head:?}");
        }
        for head in [&b"\x78\x9d"[..], b"\x78\xbb", b"\x88\x1c", b"x", b""] {
            assert_eq!(WholeFileCodec::of(head), None, "{head:?}");
        }
        let unknown = [0xff; 8];
        for (properties, dictionary, is_one) in [
            (0x5d, 1 << 23, true),
            (0x5d, 1 << 12, true),
            (0, 3 << 20, true),
            (225, 1 << 12, false),
            (4, 1 << 12, true),
            (5, 1 << 12, false),
            (4 * 9 + 1, 1 << 12, false),
            (0x5d, 5, false),
        ] {
            let head = [&[properties][..], &u32::to_le_bytes(dictionary), &unknown, &[0]].concat();
            assert_eq!(WholeFileCodec::of(&head) == Some(WholeFileCodec::Lzma), is_one, "{head:?}");
        }
        let z_file = [&b"ZF0x10               "[..], b" \x78\x9c"].concat();
        assert_eq!(WholeFileCodec::of(&z_file), Some(WholeFileCodec::ZFile(22)));
    }
}
