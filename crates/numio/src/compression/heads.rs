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

/// Checks the head of a stream of any format that Python's `lzma` reads.
///
/// # Errors
/// `InvalidData` for properties, or a size of the dictionary, that liblzma does not take for the older format's.
#[cfg(feature = "lzma")]
pub(super) fn check_lzma(start: &[u8]) -> io::Result<()> {
    match start.split_first_chunk() {
        Some((properties, _)) if Codec::detect(start) != Some(Codec::Xz) && !is_lzip(start) => {
            is_model(*properties)
                .then_some(())
                .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the format is not known"))
        }
        _ => Ok(()),
    }
}

/// Returns whether liblzma takes these first five bytes of a stream of the older format, `(pb * 5 + lp) * 9 + lc` and the size of the
/// dictionary: literals by at most four bits of what is around them, and a size of 2^n or 2^n + 2^(n - 1) or the largest.
fn is_model([properties, size @ ..]: [u8; 5]) -> bool {
    let size = u32::from_le_bytes(size);
    let is_size =
        size == u32::MAX || size.count_ones() <= 1 || size.count_ones() == 2 && size & size >> 1 != 0;
    properties < 225 && properties % 9 + properties / 9 % 5 <= 4 && is_size
}

/// Returns whether a stream of the formats that Python's `lzma` tells apart is lzip's.
#[cfg(feature = "lzma")]
pub(super) fn is_lzip(start: &[u8]) -> bool {
    start.first() == Some(&b'L')
}

/// Returns whether bytes start as a stream of the older LZMA format, which has no mark: properties and a dictionary that liblzma takes,
/// a length that is below 2^38 or unknown, and the first byte of the stream, which is always 0. Other data may start like that too.
///
/// ```
/// use numio::compression::starts_lzma;
///
/// assert!(starts_lzma(b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x30"));
/// assert!(!starts_lzma(b"\x5d\0\0\x81\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x30"));
/// ```
pub fn starts_lzma(start: &[u8]) -> bool {
    let Some([head @ .., 0]) = start.first_chunk::<HEAD>() else { return false };
    let [p, d0, d1, d2, d3, length @ ..] = *head;
    let length = u64::from_le_bytes(length);
    is_model([p, d0, d1, d2, d3]) && (length == u64::MAX || length < 1 << 38)
}

/// Returns whether zeros at the start belong to a stream of the older LZMA format, whose properties may all be 0, and not to padding.
pub(super) fn starts_with_zeros(start: &[u8]) -> bool {
    starts_lzma(start) && !start.starts_with(&[0; 5])
}

fn is_empty_bzip2(start: &[u8]) -> bool {
    matches!(start, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if rest.starts_with(&EMPTY_BZIP2))
}
