//! Numbers of up to sixteen digits, all of which are read at once.
//!
//! Each function takes a text and the range of a field, and returns `None` where the field is longer or of another
//! form, or where the text has too few bytes before it to load 16 at once.

use wide::{i16x8, i32x4, i32x8, u8x16, u16x8, u32x8};

use crate::Scalar;

/// The width of a vector in bytes.
const WIDTH: usize = 16;

/// For each number of bytes from 1 on, a mask of that many last bytes.
static LAST: [[u8; WIDTH]; WIDTH] = last();

#[expect(clippy::indexing_slicing, reason = "made when it is compiled, where a wrong index is an error")]
const fn last() -> [[u8; WIDTH]; WIDTH] {
    let mut masks = [[0; WIDTH]; WIDTH];
    let mut count = 1;
    while count <= WIDTH {
        let mut at = WIDTH - count;
        while at < WIDTH {
            masks[count - 1][at] = u8::MAX;
            at += 1;
        }
        count += 1;
    }
    masks
}

#[inline(always)]
fn mask(count: usize) -> Option<u8x16> {
    LAST.get(count.wrapping_sub(1)).map(|mask| u8x16::new(*mask))
}

/// The bytes before `end`.
#[inline(always)]
fn before(text: &[u8], end: usize) -> Option<u8x16> {
    text.get(end.wrapping_sub(WIDTH)..end)?.first_chunk().map(|bytes| u8x16::new(*bytes))
}

/// The number that sixteen digits make. `None` where a byte is above 9.
#[inline(always)]
fn value(digits: u8x16) -> Option<u64> {
    let above = (digits + u8x16::splat(0x76)) | digits;
    if above.to_bitmask() != 0 {
        return None;
    }
    // Pairs, fours, eights, all; the first of two is the lower in memory.
    let digits = u16x8::new(bytemuck::cast::<_, [u16; 8]>(digits.to_array()).map(u16::from_le));
    let pairs = (digits & u16x8::splat(0xff)) * u16x8::splat(10) + (digits >> 8_u32);
    let fours = bytemuck::cast::<_, i16x8>(pairs).dot(i16x8::new([100, 1, 100, 1, 100, 1, 100, 1]));
    let fours = i16x8::from_i32x8_saturate(bytemuck::cast::<[i32x4; 2], i32x8>([fours; 2]));
    let eights = fours.dot(i16x8::new([10_000, 1, 10_000, 1, 10_000, 1, 10_000, 1])).to_array();
    let [first, second, ..] = eights;
    Some(u64::from(first.cast_unsigned()) * 100_000_000 + u64::from(second.cast_unsigned()))
}

/// Returns whether the field starts with a minus, and its length without it; a huge number for an empty field.
#[inline(always)]
fn sign(text: &[u8], start: usize, end: usize) -> Option<(bool, usize)> {
    let is_negative = *text.get(start)? == b'-';
    Some((is_negative, end.wrapping_sub(start).wrapping_sub(usize::from(is_negative))))
}

/// An integer of up to sixteen digits, with or without a minus.
#[inline(always)]
pub(crate) fn signed(text: &[u8], start: usize, end: usize) -> Option<i64> {
    let (is_negative, len) = sign(text, start, end)?;
    let magnitude = digits(text, end, len)? as i64;
    let sign = -i64::from(is_negative);
    Some((magnitude ^ sign) - sign)
}

/// An integer of up to sixteen digits.
#[inline(always)]
pub(crate) fn unsigned(text: &[u8], start: usize, end: usize) -> Option<u64> {
    digits(text, end, end.wrapping_sub(start))
}

#[inline(always)]
fn digits(text: &[u8], end: usize, len: usize) -> Option<u64> {
    value((before(text, end)? ^ u8x16::splat(b'0')) & mask(len)?)
}

const POWERS: [f64; WIDTH] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A float of up to fifteen digits, with or without a point, and without an exponent. Its digits as one number and the
/// power of ten are exact, so that the division rounds once.
#[inline(always)]
pub(crate) fn float(text: &[u8], start: usize, end: usize) -> Option<f64> {
    let (is_negative, len) = sign(text, start, end)?;
    let field = mask(len)?;
    let bytes = before(text, end)?;
    let point = (bytes.simd_eq(u8x16::splat(b'.')) & field).to_bitmask();
    let (digits, power) = if point == 0 {
        // Sixteen digits may be more than a float holds.
        ((bytes ^ u8x16::splat(b'0')) & Some(field).filter(|_| len < WIDTH)?, 1.0)
    } else {
        let decimals = WIDTH - 1 - point.trailing_zeros() as usize;
        let fraction = mask(decimals).unwrap_or(u8x16::ZERO);
        // The digits before the point, shifted over it by one byte.
        let digits = mask(len - 1)?;
        let shifted = before(text, end - 1)?;
        let both = bytes & fraction | shifted & !fraction;
        ((both ^ u8x16::splat(b'0')) & digits, *POWERS.get(decimals)?)
    };
    // Signed integers convert to floats faster.
    let magnitude = value(digits)?.cast_signed() as f64 / power;
    // A branch on the sign would often be mispredicted.
    Some(f64::from_bits(magnitude.to_bits() | u64::from(is_negative) << 63))
}

/// Bytes of a text taken at once.
const SHORT: usize = 16;

/// For each number of bytes, a mask of that many first bytes.
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

/// Writes a field as an element of `S` or `U`, zeros after it. Longer fields are truncated. `None` where it is not
/// ASCII.
#[inline(always)]
pub(crate) fn write(text: &[u8], start: usize, end: usize, scalar: Scalar, out: &mut [u8]) -> Option<()> {
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
    fn numbers_of_every_length_are_read_in_every_element() {
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
