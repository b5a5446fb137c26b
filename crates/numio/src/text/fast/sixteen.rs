//! Numbers of up to sixteen digits, all of which are read at once.
//!
//! Each function takes a text and where in it a field starts and ends, and gives `None` where the field is longer, or of
//! another form, than what is read here; or where there are no bytes before it, which are loaded with it.

use wide::{i16x8, i32x4, i32x8, u8x16, u16x8};

/// How many bytes are looked at.
const WIDTH: usize = 16;

/// For each number of bytes from 1 on, a mask of so many of the last.
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

/// Whether the field starts with a minus, and how many bytes it has beside; or any number beyond all, where it has none.
#[inline(always)]
fn sign(text: &[u8], start: usize, end: usize) -> Option<(bool, usize)> {
    let is_negative = *text.get(start)? == b'-';
    Some((is_negative, end.wrapping_sub(start).wrapping_sub(usize::from(is_negative))))
}

/// An integer of up to sixteen digits, with or without a minus.
#[inline(always)]
pub(super) fn signed(text: &[u8], start: usize, end: usize) -> Option<i64> {
    let (is_negative, len) = sign(text, start, end)?;
    let magnitude = digits(text, end, len)? as i64;
    let sign = -i64::from(is_negative);
    Some((magnitude ^ sign) - sign)
}

/// An integer of up to sixteen digits.
#[inline(always)]
pub(super) fn unsigned(text: &[u8], start: usize, end: usize) -> Option<u64> {
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
pub(super) fn float(text: &[u8], start: usize, end: usize) -> Option<f64> {
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
        // What stands before the point, one place further on: over it.
        let digits = mask(len - 1)?;
        let shifted = before(text, end - 1)?;
        let both = bytes & fraction | shifted & !fraction;
        ((both ^ u8x16::splat(b'0')) & digits, *POWERS.get(decimals)?)
    };
    // Signed ones convert faster.
    let magnitude = value(digits)?.cast_signed() as f64 / power;
    // Half of all signs would be guessed wrong.
    Some(f64::from_bits(magnitude.to_bits() | u64::from(is_negative) << 63))
}
