//! Strings in a pickle that may be pickles themselves.

use std::borrow::Cow;

use crate::decode::Decoder;
use crate::decode::Leaf;

/// Every byte string that the pickles in `bytes` hold, and text that could be one: Python writes bytes as Latin-1 below
/// protocol 3. Each with the offset of the opcode that carries it.
///
/// To a pickle these are data. A program may load what they hold all the same, an archive or another pickle;
/// [`audit`](super::audit) does not look into them.
///
/// ```
/// use numio_pickle::{audit, byte_strings};
/// # fn dumps(bytes: &[u8]) -> Vec<u8> { [b"\x80\x03C", &[bytes.len() as u8][..], bytes, b"."].concat() }
///
/// let outer = dumps(b"cos\nsystem\n(S'ls'\ntR.");
/// assert!(audit(&outer).findings.is_empty());
/// let (offset, inner) = byte_strings(&outer).next().unwrap();
/// assert_eq!((offset, audit(&inner).findings.len()), (2, 2));
/// ```
pub fn byte_strings(bytes: &[u8]) -> impl Iterator<Item = (u64, Cow<'_, [u8]>)> {
    let mut decoder = Decoder::new(bytes);
    // Past a STOP there may be more.
    let steps = std::iter::from_fn(move || decoder.step().ok());
    steps.filter_map(|step| {
        let string = match Leaf::of(&step).ok()?? {
            Leaf::Bytes(bytes) | Leaf::ByteArray(bytes) => bytes.into(),
            Leaf::Python2Str(bytes) => bytes,
            Leaf::Str(text) if text.is_ascii() => text,
            Leaf::Str(text) => {
                let text = std::str::from_utf8(&text).ok()?;
                text.chars().map(|char| u8::try_from(char).ok()).collect::<Option<Vec<u8>>>()?.into()
            }
            _ => return None,
        };
        Some((step.at as u64, string))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_in_every_spelling() {
        let wanted = b"\x80\xff\n";
        for pickle in [
            &b"C\x03\x80\xff\n."[..],
            b"B\x03\0\0\0\x80\xff\n.",
            b"\x8e\x03\0\0\0\0\0\0\0\x80\xff\n.",
            b"\x96\x03\0\0\0\0\0\0\0\x80\xff\n.",
            b"U\x03\x80\xff\n.",
            b"S'\\x80\\xff\\n'\n.",
            b"X\x05\0\0\0\xc2\x80\xc3\xbf\n.",
            b"V\x80\xff\\u000a\n.",
        ] {
            let found: Vec<_> = byte_strings(pickle).collect();
            assert_eq!(found.len(), 1, "{pickle:?}");
            assert_eq!((found[0].0, &*found[0].1), (0, &wanted[..]), "{pickle:?}");
        }
        assert_eq!(byte_strings(b"N.C\x01a.C\x01b.").map(|(at, _)| at).collect::<Vec<_>>(), [2, 6]);
        assert_eq!(byte_strings("X\x03\0\0\0\u{20ac}.".as_bytes()).count(), 0);
    }
}
