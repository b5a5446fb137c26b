//! Fields of ASCII text as they stand in elements.

use wide::{u8x16, u16x8, u32x8};

use crate::Scalar;

/// How many bytes of a text are taken at once.
const SHORT: usize = 16;

/// For each number of bytes, a mask of so many of the first.
static FIRST: [[u8; SHORT]; SHORT + 1] = first();

#[expect(clippy::indexing_slicing, reason = "made when it is compiled, where a wrong index is an error")]
const fn first() -> [[u8; SHORT]; SHORT + 1] {
    let mut masks = [[0; SHORT]; SHORT + 1];
    let mut count = 0;
    while count <= SHORT {
        let mut at = 0;
        while at < count {
            masks[count][at] = u8::MAX;
            at += 1;
        }
        count += 1;
    }
    masks
}

/// Writes a field as an element of `S` or `U`, zeros after it. What is too long is cut. `None` where it is not ASCII.
#[inline(always)]
pub(super) fn write(text: &[u8], start: usize, end: usize, scalar: Scalar, out: &mut [u8]) -> Option<()> {
    if let Some(mask) = FIRST.get(end.wrapping_sub(start))
        && let Some(bytes) = text.get(start..).and_then(|text| text.first_chunk())
    {
        let bytes = u8x16::new(*bytes) & u8x16::new(*mask);
        if bytes.to_bitmask() != 0 {
            return None;
        }
        match scalar {
            Scalar::Str(..) => widen_short(bytes, out),
            _ => narrow(&bytes.to_array(), out),
        }
    } else {
        let field = text.get(start..end).filter(|field| field.is_ascii())?;
        match scalar {
            Scalar::Str(..) => widen(field, out),
            _ => narrow(field, out),
        }
    }
    Some(())
}

#[inline]
fn narrow(field: &[u8], out: &mut [u8]) {
    let (start, rest) = out.split_at_mut(field.len().min(out.len()));
    start.copy_from_slice(field.get(..start.len()).unwrap_or_default());
    rest.fill(0);
}

/// Each byte as a number of four.
#[inline]
fn widen_short(bytes: u8x16, out: &mut [u8]) {
    const HALF: usize = 32;
    let first: [u8; HALF] = bytemuck::cast(u32x8::from(u16x8::from_u8x16_low(bytes)));
    let second: [u8; HALF] = bytemuck::cast(u32x8::from(u16x8::from_u8x16_high(bytes)));
    let copy = |from: [u8; HALF], out: &mut [u8]| out.iter_mut().zip(from).for_each(|(to, from)| *to = from);
    let (blocks, tail) = out.as_chunks_mut();
    match blocks {
        [] => copy(first, tail),
        [one] => {
            *one = first;
            if !tail.is_empty() {
                copy(second, tail);
            }
        }
        [one, two, beyond @ ..] => {
            (*one, *two) = (first, second);
            beyond.fill([0; HALF]);
            tail.fill(0);
        }
    }
}

#[cold]
fn widen(field: &[u8], out: &mut [u8]) {
    let (units, _) = out.as_chunks_mut::<4>();
    let field = field.iter().copied().chain(std::iter::repeat(0));
    units.iter_mut().zip(field).for_each(|(unit, byte)| *unit = u32::from(byte).to_ne_bytes());
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
                let text = format!(",{}{end}", &text[..len]);
                for size in [1, 3, 7, 8, 9, 16, 17, 40] {
                    let (mut bytes, mut chars) = (vec![7; size], vec![7; size * 4]);
                    let write = |scalar, out| write(text.as_bytes(), 1, 1 + len, scalar, out);
                    write(Scalar::Bytes(size as u32), &mut bytes).unwrap();
                    write(Scalar::Str(size as u32, ByteOrder::NATIVE), &mut chars).unwrap();
                    for (at, (byte, unit)) in bytes.iter().zip(chars.as_chunks::<4>().0).enumerate() {
                        let wanted = text.as_bytes()[1..=len].get(at).copied().unwrap_or(0);
                        assert_eq!(
                            (*byte, u32::from_ne_bytes(*unit)),
                            (wanted, wanted.into()),
                            "{text} {size}"
                        );
                    }
                }
            }
        }
        for text in ["\u{e9}a,and some more text", "abcdefgh\u{e9}", "\u{e9}"] {
            assert!(write(text.as_bytes(), 0, text.len(), Scalar::Bytes(20), &mut [0; 20]).is_none());
        }
    }
}
