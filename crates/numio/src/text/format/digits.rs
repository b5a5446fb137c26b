//! Numbers as decimal digits, eight at a time.
//!
//! What is written is always whole words, of which the surplus is cut off: that is faster than copying what is wanted.

use super::pen::Pen;

/// The most digits that a number is made of here: all numbers of as many are below 2^64.
pub(super) const MOST_DIGITS: usize = 19;

const ZEROS: u64 = 0x3030_3030_3030_3030;

const EIGHT: u64 = 100_000_000;

/// The powers of ten in 64 bits.
const TENS: [u64; MOST_DIGITS + 1] = {
    let mut tens = [1; MOST_DIGITS + 1];
    let mut power = 1;
    while power < tens.len() {
        #[expect(clippy::indexing_slicing, reason = "the compiler runs this")]
        let next = tens[power - 1] * 10;
        #[expect(clippy::indexing_slicing, reason = "the compiler runs this")]
        {
            tens[power] = next;
        }
        power += 1;
    }
    tens
};

/// 10^`power`, where it is below 2^64.
#[inline]
pub(super) fn ten(power: usize) -> Option<u64> {
    TENS.get(power).copied()
}

/// The eight digits of a number below 10^8, the first in the lowest byte: in one word the halves are cut into quarters,
/// and these into digits.
#[inline(always)]
fn eight(number: u64) -> u64 {
    let halves = (number / 10_000) | (number % 10_000) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x7f_0000_007f;
    let pairs = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (pairs - 10 * tens) << 8
}

/// Writes a whole number.
#[inline(always)]
pub(super) fn whole(pen: &mut Pen<'_>, number: u64) {
    if number < EIGHT {
        return first(pen, number);
    }
    longer(pen, number);
}

/// A number of nine digits or more.
#[inline(always)]
fn longer(pen: &mut Pen<'_>, number: u64) {
    let (high, low) = (number / EIGHT, number % EIGHT);
    if high < 100 {
        short(pen, high);
    } else if high < EIGHT {
        first(pen, high);
    } else {
        first(pen, high / EIGHT);
        all_eight(pen, high % EIGHT);
    }
    all_eight(pen, low);
}

/// A number below 100, without a zero before it: much less work than for eight digits.
#[inline(always)]
fn short(pen: &mut Pen<'_>, number: u64) {
    let tens = (number * 103) >> 10;
    let digits = tens | (number - 10 * tens) << 8;
    let zeros = u32::from(tens == 0);
    pen.word((digits + ZEROS) >> (8 * zeros), 2 - zeros as usize);
}

/// A number below 10^8, without zeros before it.
#[inline(always)]
fn first(pen: &mut Pen<'_>, number: u64) {
    let digits = eight(number);
    let zeros = (digits.trailing_zeros() / 8).min(7);
    pen.word((digits + ZEROS) >> (8 * zeros), 8 - zeros as usize);
}

#[inline(always)]
fn all_eight(pen: &mut Pen<'_>, number: u64) {
    pen.word(eight(number) + ZEROS, 8);
}

/// Writes a number as `count` digits, zeros first; it has no more.
#[inline(always)]
pub(super) fn fixed(pen: &mut Pen<'_>, number: u64, count: usize) {
    // Brought to eight or to nineteen digits from the left, so that what is cut off stands at the end.
    if count <= 8 {
        pen.word(eight(number * ten(8 - count).unwrap_or(1)) + ZEROS, count);
    } else {
        let end = pen.len() + count;
        let left = number * ten(MOST_DIGITS - count).unwrap_or(1);
        let (first, rest) = (left / 1_000_000_000_000_000_000, left % 1_000_000_000_000_000_000);
        pen.push(b'0' + first as u8);
        eighteen(pen, rest);
        pen.cut(end);
    }
}

/// Writes the first digit of a number of `count` digits, a point, and the others.
#[inline]
pub(super) fn pointed(pen: &mut Pen<'_>, number: u64, count: usize) {
    let end = pen.len() + if count == 1 { 1 } else { count + 1 };
    let left = number * ten(MOST_DIGITS - count).unwrap_or(1);
    let (first, rest) = (left / 1_000_000_000_000_000_000, left % 1_000_000_000_000_000_000);
    pen.word(u64::from_le_bytes([b'0' + first as u8, b'.', 0, 0, 0, 0, 0, 0]), 2);
    eighteen(pen, rest);
    pen.cut(end);
}

#[inline]
fn eighteen(pen: &mut Pen<'_>, number: u64) {
    all_eight(pen, number / 10_000_000_000);
    all_eight(pen, number / 100 % EIGHT);
    let last = (number % 100) as u8;
    pen.word(u64::from_le_bytes([b'0' + last / 10, b'0' + last % 10, 0, 0, 0, 0, 0, 0]), 2);
}

/// Writes the exponent of a number, of two digits or three.
#[inline]
pub(super) fn exponent(pen: &mut Pen<'_>, letter: u8, exponent: i32) {
    let size = exponent.unsigned_abs();
    let (tens, ones) = (b'0' + (size / 10 % 10) as u8, b'0' + (size % 10) as u8);
    let sign = if exponent < 0 { b'-' } else { b'+' };
    if size < 100 {
        pen.word(u64::from_le_bytes([letter, sign, tens, ones, 0, 0, 0, 0]), 4);
    } else {
        let hundreds = b'0' + (size / 100 % 10) as u8;
        pen.word(u64::from_le_bytes([letter, sign, hundreds, tens, ones, 0, 0, 0]), 5);
    }
}
