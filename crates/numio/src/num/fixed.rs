//! A given number of decimal digits of a double, rounded to nearest and half to even, and numbers written as digits.
//!
//! One product of the 64-bit mantissa with a 128-bit power of ten has at least 64 bits after 19 digits. The bits cut
//! off the power change the last few of them, so that only a number within 2^-60 of the middle between two results
//! stays undecided: it gives `None`, and is left to the exact arithmetic of `core::fmt`. Up to 10^55 a power is whole
//! in 128 bits, and nothing is undecided. Digits are written eight at a time, always as whole words of which the
//! surplus is cut off: that is faster than copying only the digits wanted.

/// The furthest power of ten in the table: 19 digits of the least double take 10^342.
const FURTHEST: usize = 345;

/// The highest 128 bits of each power of ten, rounded down, from 10^-345 on. The highest bit of each is set.
static POWERS: [u128; 2 * FURTHEST + 1] = powers();

/// The powers of ten, from 10^0 on, that are whole in 128 bits: 5^55 < 2^128.
const WHOLE: std::ops::RangeInclusive<i32> = 0..=55;

#[expect(
    clippy::indexing_slicing,
    reason = "the compiler runs this, and would not compile what is out of bounds"
)]
const fn powers() -> [u128; 2 * FURTHEST + 1] {
    let one = Bits256 { high: 1 << 127, low: 0 };
    let mut table = [one.high; 2 * FURTHEST + 1];
    let (mut up, mut down) = (one, one);
    let mut power = 1;
    while power <= FURTHEST {
        up = up.ten_times();
        down = down.tenth();
        table[FURTHEST + power] = up.high;
        table[FURTHEST - power] = down.high;
        power += 1;
    }
    table
}

/// 192 bits, the highest of them set: enough that 345 steps, each rounded down, leave the upper 128 right but for one
/// unit.
#[derive(Clone, Copy)]
struct Bits256 {
    high: u128,
    low: u64,
}

impl Bits256 {
    /// Times five, shifted back by the two or three bits that this takes more.
    const fn ten_times(self) -> Self {
        let low = self.low as u128 * 5;
        let middle = (self.high & u64::MAX as u128) * 5 + (low >> 64);
        let top = (self.high >> 64) * 5 + (middle >> 64);
        let bits = 64 - top.leading_zeros();
        let high = (top << (64 - bits)) | ((middle & u64::MAX as u128) >> bits);
        let low = ((middle as u64) << (64 - bits)) | ((low as u64) >> bits);
        Self { high, low }
    }

    /// Divided by five limb by limb, with one limb more for the bits that this takes fewer.
    const fn tenth(self) -> Self {
        const fn fifth(rest: u64, limb: u64) -> (u64, u64) {
            let value = ((rest as u128) << 64) | limb as u128;
            ((value / 5) as u64, (value % 5) as u64)
        }
        const fn join(high: u64, low: u64, shift: u32) -> u64 {
            (high << shift) | (low >> (64 - shift))
        }
        let (a, rest) = fifth(0, (self.high >> 64) as u64);
        let (b, rest) = fifth(rest, self.high as u64);
        let (c, rest) = fifth(rest, self.low);
        let (d, _) = fifth(rest, 0);
        let shift = a.leading_zeros();
        let high = ((join(a, b, shift) as u128) << 64) | join(b, c, shift) as u128;
        Self { high, low: join(c, d, shift) }
    }
}

/// A positive double: `mantissa * 2^power`, with the highest bit of the mantissa set.
#[derive(Clone, Copy)]
struct Binary {
    mantissa: u64,
    power: i32,
}

impl Binary {
    /// `None` for what is neither positive nor finite.
    fn new(value: f64) -> Option<Self> {
        let bits = value.to_bits();
        let (biased, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
        match biased {
            1..0x7ff => Some(Self { mantissa: (fraction | (1 << 52)) << 11, power: biased - 1075 - 11 }),
            0 if fraction != 0 => {
                let shift = fraction.leading_zeros();
                Some(Self { mantissa: fraction << shift, power: -1074 - shift as i32 })
            }
            _ => None,
        }
    }

    /// The number times `10^scale`, rounded to a whole one. `None` where that is undecided, or above `u64`.
    fn scaled(self, scale: i32) -> Option<u64> {
        let power = *POWERS.get(usize::try_from(scale + FURTHEST as i32).ok()?)?;
        // floor(scale * log2(10)), right up to 10^1233.
        let ten_power = ((i64::from(scale) * 1_741_647) >> 19) as i32 - 127;
        // 64 bits by 128 are 192; of the upper 128, the lowest `shift` are the fraction.
        let low = u128::from(self.mantissa) * (power & u128::from(u64::MAX));
        let high = u128::from(self.mantissa) * (power >> 64) + (low >> 64);
        let shift = match -(self.power + ten_power + 64) {
            ..1 => return None,
            129.. => return Some(0),
            shift => shift as u32,
        };
        let whole = high.checked_shr(shift).unwrap_or(0);
        let half = 1_u128 << (shift - 1);
        let fraction = high & (half | (half - 1));
        // The bits cut off the power of ten make the product at most this much too small.
        const DOUBT: u128 = 4;
        let up = if fraction.wrapping_add(DOUBT).wrapping_sub(half) > DOUBT {
            fraction > half
        } else if WHOLE.contains(&scale) {
            fraction == half && (low as u64 != 0 || whole & 1 == 1)
        } else {
            return None;
        };
        u64::try_from(whole).ok()?.checked_add(u64::from(up))
    }

    /// The first `count` digits, 1 to 19 of them, and the power of ten of the first. `None` where the last is undecided.
    fn significant(self, count: usize) -> Option<(u64, i32)> {
        let most = ten(count)?;
        // The logarithm to base two, in 2^-32: its fraction is at least the mantissa's. Times log10(2), in 2^-20 and
        // towards the smaller result: the power of ten, or rarely one less.
        let logarithm = (i64::from(self.power + 63) << 32) + ((self.mantissa << 1) >> 32) as i64;
        let mut exponent = ((logarithm * if logarithm < 0 { 315_653 } else { 315_652 }) >> 52) as i32;
        let digits = count as i32 - 1;
        let mut number = self.scaled(digits - exponent)?;
        if number >= most {
            exponent += 1;
            number = self.scaled(digits - exponent)?;
        }
        Some((number, exponent))
    }
}

/// The first `count` digits of a number that is not negative, and the power of ten of the first of them. `None` where the
/// last is undecided, or there are too many.
#[inline]
pub(crate) fn significant(value: f64, count: usize) -> Option<(u64, i32)> {
    if count > MOST_DIGITS {
        None
    } else if value == 0.0 {
        Some((0, 0))
    } else {
        Binary::new(value)?.significant(count)
    }
}

/// The digits before the point of a number that is not negative, and `behind` digits after it. `None` for more than 18
/// of these, or more than 64 bits before them.
///
/// Nothing is undecided: the bits behind the point times a power of ten are whole in 128 bits.
#[inline(always)]
pub(crate) fn split(value: f64, behind: usize) -> Option<(u64, u64)> {
    let bits = value.to_bits();
    let (biased, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    let mantissa = if biased == 0 { fraction } else { fraction | (1 << 52) };
    let unit = ten(behind).filter(|_| behind < MOST_DIGITS)?;
    let (whole, part) = match 1075 - biased {
        // The usual case: the fraction fills up to 64 bits, and so do the two halves of the product.
        shift @ 1..64 => {
            let product = u128::from(mantissa << (64 - shift)) * u128::from(unit);
            let (whole, part, rest) = (mantissa >> shift, (product >> 64) as u64, product as u64);
            let odd = (if behind == 0 { whole } else { part }) & 1;
            (whole, part + u64::from(rest > HALF || rest == HALF && odd == 1))
        }
        shift @ -11..=0 => (mantissa << -shift, 0),
        64.. if mantissa == 0 => (0, 0),
        64.. => (0, Binary::new(value)?.scaled(behind as i32)?),
        _ => return None,
    };
    Some(if part < unit { (whole, part) } else { (whole + 1, 0) })
}

/// Half of 2^64.
const HALF: u64 = 1 << 63;

/// The most digits that a number is made of here: all numbers of as many are below 2^64.
pub(crate) const MOST_DIGITS: usize = 19;

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
pub(crate) fn ten(power: usize) -> Option<u64> {
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
pub(crate) fn whole(writer: &mut NumberWriter<'_>, number: u64) {
    if number < EIGHT {
        return first(writer, number);
    }
    longer(writer, number);
}

/// A number of nine digits or more.
#[inline(always)]
fn longer(writer: &mut NumberWriter<'_>, number: u64) {
    let (high, low) = (number / EIGHT, number % EIGHT);
    if high < 100 {
        short(writer, high);
    } else if high < EIGHT {
        first(writer, high);
    } else {
        first(writer, high / EIGHT);
        all_eight(writer, high % EIGHT);
    }
    all_eight(writer, low);
}

/// A number below 100, without a zero before it: much less work than for eight digits.
#[inline(always)]
fn short(writer: &mut NumberWriter<'_>, number: u64) {
    let tens = (number * 103) >> 10;
    let digits = tens | (number - 10 * tens) << 8;
    let zeros = u32::from(tens == 0);
    writer.word((digits + ZEROS) >> (8 * zeros), 2 - zeros as usize);
}

/// A number below 10^8, without zeros before it.
#[inline(always)]
fn first(writer: &mut NumberWriter<'_>, number: u64) {
    let digits = eight(number);
    let zeros = (digits.trailing_zeros() / 8).min(7);
    writer.word((digits + ZEROS) >> (8 * zeros), 8 - zeros as usize);
}

#[inline(always)]
fn all_eight(writer: &mut NumberWriter<'_>, number: u64) {
    writer.word(eight(number) + ZEROS, 8);
}

/// Writes a number as `count` digits, zeros first; it has no more.
#[inline(always)]
pub(crate) fn fixed(writer: &mut NumberWriter<'_>, number: u64, count: usize) {
    // Scaled to eight or nineteen digits, so that the surplus is at the end.
    if count <= 8 {
        writer.word(eight(number * ten(8 - count).unwrap_or(1)) + ZEROS, count);
    } else {
        let end = writer.len() + count;
        let left = number * ten(MOST_DIGITS - count).unwrap_or(1);
        let (first, rest) = (left / 1_000_000_000_000_000_000, left % 1_000_000_000_000_000_000);
        writer.push(b'0' + first as u8);
        eighteen(writer, rest);
        writer.cut(end);
    }
}

/// Writes the first digit of a number of `count` digits, a point, and the others.
#[inline]
pub(crate) fn pointed(writer: &mut NumberWriter<'_>, number: u64, count: usize) {
    let end = writer.len() + if count == 1 { 1 } else { count + 1 };
    let left = number * ten(MOST_DIGITS - count).unwrap_or(1);
    let (first, rest) = (left / 1_000_000_000_000_000_000, left % 1_000_000_000_000_000_000);
    writer.word(u64::from_le_bytes([b'0' + first as u8, b'.', 0, 0, 0, 0, 0, 0]), 2);
    eighteen(writer, rest);
    writer.cut(end);
}

#[inline]
fn eighteen(writer: &mut NumberWriter<'_>, number: u64) {
    all_eight(writer, number / 10_000_000_000);
    all_eight(writer, number / 100 % EIGHT);
    let last = (number % 100) as u8;
    writer.word(u64::from_le_bytes([b'0' + last / 10, b'0' + last % 10, 0, 0, 0, 0, 0, 0]), 2);
}

/// Writes the exponent of a number, of two digits or three.
#[inline]
pub(crate) fn exponent(writer: &mut NumberWriter<'_>, letter: u8, exponent: i32) {
    let size = exponent.unsigned_abs();
    let (tens, ones) = (b'0' + (size / 10 % 10) as u8, b'0' + (size % 10) as u8);
    let sign = if exponent < 0 { b'-' } else { b'+' };
    if size < 100 {
        writer.word(u64::from_le_bytes([letter, sign, tens, ones, 0, 0, 0, 0]), 4);
    } else {
        let hundreds = b'0' + (size / 100 % 10) as u8;
        writer.word(u64::from_le_bytes([letter, sign, hundreds, tens, ones, 0, 0, 0]), 5);
    }
}

/// The most bytes of a number: the separator before it, a sign, twenty digits, a point and eighteen digits, or a width;
/// and the surplus of the last word.
pub(crate) const MAX_NUMBER_LEN: usize = 64;

/// Writes digits into a buffer from its start on. Digits beyond its end are dropped: each number needs
/// [`MAX_NUMBER_LEN`].
pub(crate) struct NumberWriter<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

impl<'a> NumberWriter<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, len: 0 }
    }

    /// The number of bytes written.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.push_if(byte, true);
    }

    /// Writes `byte`, and keeps it if `wanted`, without a branch that would often be mispredicted.
    #[inline(always)]
    pub(crate) fn push_if(&mut self, byte: u8, wanted: bool) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += usize::from(wanted);
        }
    }

    /// Writes eight bytes, the lowest first, of which the first `count` are kept.
    #[inline(always)]
    pub(crate) fn word(&mut self, word: u64, count: usize) {
        if let Some(place) = self.bytes.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            *place = word.to_le_bytes();
            self.len += count;
        }
    }

    /// Truncates to `len` bytes.
    #[inline]
    pub(crate) fn cut(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Puts blanks before what was written from `start` on, until that is `width` bytes long.
    #[inline]
    pub(crate) fn widen(&mut self, start: usize, width: usize) {
        let fill = width.saturating_sub(self.len - start);
        let end = self.len + fill;
        if fill > 0
            && let Some(number) = self.bytes.get_mut(start..end)
        {
            number.rotate_right(fill);
            if let Some(blanks) = number.get_mut(..fill) {
                blanks.fill(b' ');
            }
            self.len = end;
        }
    }

    /// Appends to `out` what `write` writes, one number.
    pub(crate) fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut NumberWriter<'_>)) {
        let mut bytes = [0; MAX_NUMBER_LEN];
        let mut writer = NumberWriter::new(&mut bytes);
        write(&mut writer);
        let len = writer.len;
        out.extend_from_slice(bytes.get(..len).unwrap_or_default());
    }
}
