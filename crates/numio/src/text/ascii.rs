//! Fields of ASCII text: where they end, and how they stand in elements.

use std::num::NonZeroU64;

use crate::Scalar;

const EACH: u64 = u64::MAX / 0xff;
const LOW: u64 = EACH * 0x7f;

/// A field at the start of a text.
pub(super) enum Field<'t> {
    /// Of up to fifteen bytes: they, and zeros; and how many they are.
    Short([u8; 16], usize),
    Long(&'t [u8]),
}

/// The highest bit of each byte that is `byte`.
#[inline]
fn places(word: u64, byte: u8) -> u64 {
    let differing = word ^ (EACH * u64::from(byte));
    !(((differing & LOW) + LOW) | differing) & !LOW
}

/// How many bits stand before the first `delimiter` or line end in sixteen bytes.
#[inline]
fn bits_before(bytes: u128, delimiter: u8) -> Option<u32> {
    let ends = |word| NonZeroU64::new(places(word, delimiter) | places(word, b'\n'));
    match ends(bytes as u64) {
        Some(first) => Some(first.trailing_zeros() & 0x38),
        None => ends((bytes >> 64) as u64).map(|second| 64 + (second.trailing_zeros() & 0x38)),
    }
}

/// Where the field at the start of `text` ends, if that is within sixteen bytes.
#[inline]
pub(super) fn near_end(text: &[u8], delimiter: u8) -> Option<usize> {
    let bytes = text.first_chunk::<16>()?;
    Some(bits_before(u128::from_le_bytes(*bytes), delimiter)? as usize / 8)
}

impl<'t> Field<'t> {
    /// The field before the first `delimiter` or line end. `None` where it is not ASCII.
    #[inline]
    pub(super) fn first(text: &'t [u8], delimiter: u8) -> Option<Self> {
        if let Some(bytes) = text.first_chunk::<16>() {
            let bytes = u128::from_le_bytes(*bytes);
            if let Some(bits) = bits_before(bytes, delimiter) {
                let bytes = bytes & ((1 << bits) - 1);
                let is_ascii = bytes & (u128::MAX / 0xff * 0x80) == 0;
                return is_ascii.then_some(Self::Short(bytes.to_le_bytes(), bits as usize / 8));
            }
        }
        let end = memchr::memchr2(delimiter, b'\n', text).unwrap_or(text.len());
        Some(Self::Long(text.get(..end).filter(|field| field.is_ascii())?))
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Short(_, len) => *len,
            Self::Long(field) => field.len(),
        }
    }

    /// Writes it as an element of `S` or `U`, zeros after it. What is too long is cut.
    #[inline]
    pub(super) fn write(&self, scalar: Scalar, out: &mut [u8]) {
        match (self, scalar) {
            (Self::Short(bytes, _), Scalar::Str(..)) => widen(bytes, out),
            (Self::Short(bytes, _), _) => narrow(bytes, out),
            (Self::Long(field), Scalar::Str(..)) => widen(field, out),
            (Self::Long(field), _) => narrow(field, out),
        }
    }
}

#[inline]
fn narrow(field: &[u8], out: &mut [u8]) {
    let (start, rest) = out.split_at_mut(field.len().min(out.len()));
    start.copy_from_slice(field.get(..start.len()).unwrap_or_default());
    rest.fill(0);
}

/// Each byte as a number of four.
#[inline]
fn widen(field: &[u8], out: &mut [u8]) {
    let (words, _) = field.as_chunks::<8>();
    let (blocks, _) = out.as_chunks_mut::<32>();
    let done = words.len().min(blocks.len());
    for (word, block) in words.iter().zip(blocks) {
        *block = bytemuck::cast::<[u32; 8], [u8; 32]>(word.map(u32::from));
    }
    let (units, _) = out.get_mut(done * 32..).unwrap_or_default().as_chunks_mut::<4>();
    let mut left = field.get(done * 8..).unwrap_or_default().iter();
    for unit in units {
        *unit = u32::from(left.next().copied().unwrap_or_default()).to_ne_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByteOrder;

    #[test]
    fn every_length_in_every_element() {
        let text = "The quick brown fox jumps over the lazy dog, and is gone.";
        for len in 0..=40 {
            for end in [",", "\n", ",\u{ff}", "", ",followed by some more text"] {
                let text = format!("{}{end}", &text[..len]);
                for size in [1, 3, 7, 8, 9, 16, 17, 40] {
                    let field = Field::first(text.as_bytes(), b',').unwrap();
                    assert_eq!(field.len(), len, "{text}");
                    let (mut bytes, mut chars) = (vec![7; size], vec![7; size * 4]);
                    field.write(Scalar::Bytes(size as u32), &mut bytes);
                    field.write(Scalar::Str(size as u32, ByteOrder::NATIVE), &mut chars);
                    for (at, (byte, unit)) in bytes.iter().zip(chars.as_chunks::<4>().0).enumerate() {
                        let wanted = text.as_bytes()[..len].get(at).copied().unwrap_or(0);
                        assert_eq!(
                            (*byte, u32::from_ne_bytes(*unit)),
                            (wanted, wanted.into()),
                            "{text} {size}"
                        );
                    }
                }
            }
        }
        for text in ["\u{e9}a,", "abcdefgh\u{e9},", "\u{e9}"] {
            assert!(Field::first(text.as_bytes(), b',').is_none());
        }
    }
}
