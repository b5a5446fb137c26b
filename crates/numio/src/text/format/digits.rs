//! Numbers as decimal digits, eight at a time.
//!
//! What is appended is always whole words, of which the surplus is cut off: that is faster than copying what is wanted.

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
pub(super) fn ten(power: usize) -> Option<u64> {
    TENS.get(power).copied()
}

/// The eight digits of a number below 10^8, the first in the lowest byte: in one word the halves are cut into quarters,
/// and these into digits.
fn eight(number: u64) -> u64 {
    let halves = (number / 10_000) | (number % 10_000) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x7f_0000_007f;
    let pairs = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (pairs - 10 * tens) << 8
}

fn push_eight(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&(eight(number) + ZEROS).to_le_bytes());
}

/// Appends a whole number.
pub(super) fn whole(out: &mut Vec<u8>, number: u64) {
    if number >= EIGHT {
        whole(out, number / EIGHT);
        return push_eight(out, number % EIGHT);
    }
    let digits = eight(number);
    let zeros = (digits.trailing_zeros() / 8).min(7);
    out.extend_from_slice(&((digits + ZEROS) >> (8 * zeros)).to_le_bytes());
    out.truncate(out.len() - zeros as usize);
}

/// Appends a number as `count` digits, zeros first; it has no more.
pub(super) fn fixed(out: &mut Vec<u8>, number: u64, count: usize) {
    let start = out.len();
    // Brought to eight or to nineteen digits from the left, so that what is cut off stands at the end.
    if count <= 8 {
        push_eight(out, number * ten(8 - count).unwrap_or(1));
    } else {
        let left = number * ten(MOST_DIGITS - count).unwrap_or(1);
        let (first, rest) = (left / 1_000_000_000_000_000_000, left % 1_000_000_000_000_000_000);
        out.push(b'0' + first as u8);
        eighteen(out, rest);
    }
    out.truncate(start + count);
}

/// Appends the first digit of a number of `count` digits, a point, and the others.
pub(super) fn pointed(out: &mut Vec<u8>, number: u64, count: usize) {
    let start = out.len();
    let left = number * ten(MOST_DIGITS - count).unwrap_or(1);
    let (first, rest) = (left / 1_000_000_000_000_000_000, left % 1_000_000_000_000_000_000);
    out.extend_from_slice(&[b'0' + first as u8, b'.']);
    eighteen(out, rest);
    out.truncate(start + if count == 1 { 1 } else { count + 1 });
}

fn eighteen(out: &mut Vec<u8>, number: u64) {
    push_eight(out, number / 10_000_000_000);
    push_eight(out, number / 100 % EIGHT);
    let last = (number % 100) as u8;
    out.extend_from_slice(&[b'0' + last / 10, b'0' + last % 10]);
}

/// Appends the exponent of a number, of two digits or three.
pub(super) fn exponent(out: &mut Vec<u8>, letter: u8, exponent: i32) {
    let size = exponent.unsigned_abs();
    let (tens, ones) = (b'0' + (size / 10 % 10) as u8, b'0' + (size % 10) as u8);
    let sign = if exponent < 0 { b'-' } else { b'+' };
    if size < 100 {
        out.extend_from_slice(&[letter, sign, tens, ones]);
    } else {
        out.extend_from_slice(&[letter, sign, b'0' + (size / 100 % 10) as u8, tens, ones]);
    }
}
