//! The first bytes of streams, by which their format is known, and streams that are empty.

#[cfg(feature = "lzma")]
use std::io;

use super::Codec;

/// The bytes after `BZh` and a digit in an empty stream of bzip2. A file may have millions of them, and each new
/// decoder clears megabytes.
const EMPTY_BZIP2: [u8; 10] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0];

/// The bytes by which the start of a stream is known in every format.
pub(super) const HEAD: usize = 14;

/// The bytes behind the head of an empty stream of LZMA: with a mark at the end, whatever the properties are; or without one, where
/// the head has the length. A file may have many thousands of them, too.
#[cfg(feature = "lzma")]
const EMPTY_LZMA: [&[u8]; 2] = [b"\0\x83\xff\xfb\xff\xff\xc0\0\0\0", b"\0\0\0\0\0"];

/// The most bytes of an empty stream.
pub(super) const MOST_EMPTY: usize = 23;

/// The length of an empty stream at the start of these bytes, if one is there that needs no decoder.
pub(super) fn empty(codec: Codec, start: &[u8]) -> Option<usize> {
    match codec {
        Codec::Bzip2 => is_empty_bzip2(start).then_some(14),
        #[cfg(feature = "lzma")]
        Codec::Xz => {
            let (head, rest) = start.split_first_chunk::<13>()?;
            let tail = EMPTY_LZMA.into_iter().find(|tail| rest.starts_with(tail))?;
            let [_, _, _, _, _, length @ ..] = *head;
            let length = u64::from_le_bytes(length);
            let is_empty = length == 0 || length == u64::MAX && tail.len() > 5;
            (is_empty && check_lzma(head).is_ok()).then_some(head.len() + tail.len())
        }
        _ => None,
    }
}

/// Checks the head of a stream of either format.
///
/// # Errors
/// `InvalidData` for properties, or a size of the dictionary, that liblzma does not take for the older format's: literals by more than
/// four bits of what is around them, and another size than 2^n or 2^n + 2^(n - 1).
#[cfg(feature = "lzma")]
pub(super) fn check_lzma(start: &[u8]) -> io::Result<()> {
    match start.split_first_chunk::<5>() {
        Some((&[properties, ref size @ ..], _))
            if Codec::detect(start) != Some(Codec::Xz) && !is_lzip(start) =>
        {
            let size = u32::from_le_bytes(*size);
            let is_size =
                size == u32::MAX || size.count_ones() <= 1 || size.count_ones() == 2 && size & size >> 1 != 0;
            // `(pb * 5 + lp) * 9 + lc`.
            let (lc, lp) = (properties % 9, properties / 9 % 5);
            if properties >= 225 || lc + lp > 4 || !is_size {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the format is not known"));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Returns whether a stream of the formats that Python's `lzma` tells apart is lzip's.
#[cfg(feature = "lzma")]
pub(super) fn is_lzip(start: &[u8]) -> bool {
    start.first() == Some(&b'L')
}

/// Returns whether a stream of the older LZMA format starts with a zero, as those do whose properties are all 0: the dictionary is
/// of another size than 0 then, and the length is below 2^38 or unknown.
pub(super) fn starts_lzma(start: &[u8]) -> bool {
    let Some([0, dictionary @ .., 0]) = start.first_chunk::<HEAD>() else { return false };
    let [d0, d1, d2, d3, length @ ..] = *dictionary;
    let (size, length) = (u32::from_le_bytes([d0, d1, d2, d3]), u64::from_le_bytes(length));
    let is_size = size.count_ones() == 1 || size.count_ones() == 2 && size & size >> 1 != 0;
    is_size && (length == u64::MAX || length < 1 << 38)
}

fn is_empty_bzip2(start: &[u8]) -> bool {
    matches!(start, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if rest.starts_with(&EMPTY_BZIP2))
}
