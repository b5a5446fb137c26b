//! The usual formats of plain numbers, chosen once per column and not for each of its values.
//!
//! `%d`, `%f` and `%e` without flags, of at most eighteen digits behind the point. The rest, and the few values that
//! the fast path cannot print, are left to [`ConversionSpec::print`], which prints everything.

use std::ops::Range;

use half::f16;

use crate::num::fixed;
use crate::num::fixed::{MAX_NUMBER_LEN, MOST_DIGITS, NumberWriter, significant, split};
use crate::text::write::format::ConversionSpec;

/// A number in memory.
pub(crate) trait PrintNumber: bytemuck::AnyBitPattern {
    const IS_INTEGER: bool;

    /// The sign, and the magnitude of the whole part. `None` where it does not fit into 64 bits.
    fn whole(self) -> Option<(bool, u64)>;

    fn float(self) -> f64;
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl PrintNumber for $int {
            const IS_INTEGER: bool = true;

            #[inline(always)]
            fn whole(self) -> Option<(bool, u64)> {
                let negative = i128::from(self) < 0;
                let bits = self as u64;
                Some((negative, if negative { bits.wrapping_neg() } else { bits }))
            }

            #[inline(always)]
            fn float(self) -> f64 {
                self as f64
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 u8 u16 u32 u64);

impl PrintNumber for f64 {
    const IS_INTEGER: bool = false;

    #[inline(always)]
    fn whole(self) -> Option<(bool, u64)> {
        // False for NaN and infinity.
        (self.abs() < u64::MAX as f64).then(|| (self <= -1.0, self.abs() as u64))
    }

    #[inline(always)]
    fn float(self) -> f64 {
        self
    }
}

macro_rules! narrow_floats {
    ($($float:ty)*) => {$(
        impl PrintNumber for $float {
            const IS_INTEGER: bool = false;

            #[inline(always)]
            fn whole(self) -> Option<(bool, u64)> {
                f64::from(self).whole()
            }

            #[inline(always)]
            fn float(self) -> f64 {
                self.into()
            }
        }
    )*};
}

narrow_floats!(f16 f32);

/// The style shared by the numbers of a column.
#[derive(Debug, Clone, Copy)]
struct NumberStyle {
    between: SeparatorWord,
    width: usize,
    behind: usize,
    letter: u8,
}

/// The text between two numbers: eight bytes at most.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SeparatorWord {
    word: u64,
    len: usize,
}

impl SeparatorWord {
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; 8];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { word: u64::from_le_bytes(bytes), len: text.len() })
    }
}

trait NumberWay {
    fn write(number: impl PrintNumber, style: NumberStyle, writer: &mut NumberWriter<'_>) -> Option<()>;
}

struct WholeWay;
struct PointWay;
struct ExponentWay;

impl NumberWay for WholeWay {
    #[inline(always)]
    fn write(number: impl PrintNumber, _: NumberStyle, writer: &mut NumberWriter<'_>) -> Option<()> {
        let (negative, whole) = number.whole()?;
        writer.push_if(b'-', negative);
        fixed::whole(writer, whole);
        Some(())
    }
}

impl NumberWay for PointWay {
    #[inline(always)]
    fn write(number: impl PrintNumber, style: NumberStyle, writer: &mut NumberWriter<'_>) -> Option<()> {
        let number = number.float();
        let (whole, part) = split(number.abs(), style.behind)?;
        writer.push_if(b'-', number.is_sign_negative());
        fixed::whole(writer, whole);
        if style.behind > 0 {
            writer.push(b'.');
            fixed::fixed(writer, part, style.behind);
        }
        Some(())
    }
}

impl NumberWay for ExponentWay {
    #[inline(always)]
    fn write(number: impl PrintNumber, style: NumberStyle, writer: &mut NumberWriter<'_>) -> Option<()> {
        let number = number.float();
        let (first, exponent) = significant(number.abs(), style.behind + 1)?;
        writer.push_if(b'-', number.is_sign_negative());
        fixed::pointed(writer, first, style.behind + 1);
        fixed::exponent(writer, style.letter, exponent);
        Some(())
    }
}

/// Numbers next to each other: their bytes from the first one on, how far each is from the one before, and how many of
/// them are to be written from which one on.
struct Numbers<'a> {
    bytes: &'a [u8],
    step: usize,
    range: Range<usize>,
}

/// Writes numbers until one needs the general path, and returns the index of that one.
fn write<N: PrintNumber, W: NumberWay>(
    numbers: Numbers<'_>,
    style: NumberStyle,
    writer: &mut NumberWriter<'_>,
) -> usize {
    let Numbers { bytes, step, range } = numbers;
    for place in range.clone() {
        let at = place * step;
        let found = bytes
            .get(at..at + size_of::<N>())
            .and_then(|bytes| bytemuck::try_pod_read_unaligned::<N>(bytes).ok());
        let Some(number) = found else { return place };
        let before = writer.len();
        if place > 0 {
            writer.word(style.between.word, style.between.len);
        }
        let start = writer.len();
        if W::write(number, style, writer).is_none() {
            writer.cut(before);
            return place;
        }
        writer.widen(start, style.width);
    }
    range.end
}

/// Writes numbers next to each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FastColumn {
    write: fn(Numbers<'_>, NumberStyle, &mut NumberWriter<'_>) -> usize,
    style: NumberStyle,
}

impl FastColumn {
    /// `None` where the format needs the general path.
    pub(crate) fn new<N: PrintNumber>(spec: &ConversionSpec, between: SeparatorWord) -> Option<Self> {
        let has_flags = spec.left || spec.plus || spec.space || spec.zero || spec.alternate;
        if has_flags || spec.width > MAX_NUMBER_LEN - size_of::<u64>() || spec.digits() >= MOST_DIGITS {
            return None;
        }
        let style =
            NumberStyle { between, width: spec.width, behind: spec.digits(), letter: spec.letter as u8 };
        let write = match spec.letter {
            'd' | 'i' | 'u' if spec.precision.is_none() => write::<N, WholeWay>,
            's' if spec.precision.is_none() && N::IS_INTEGER => write::<N, WholeWay>,
            'f' | 'F' => write::<N, PointWay>,
            'e' | 'E' => write::<N, ExponentWay>,
            _ => return None,
        };
        Some(Self { write, style })
    }

    /// Writes the numbers of `range`, each but the very first after the separator, and returns the index of the first
    /// that needs the general path, or the end of the range. `bytes` start with the first of all, and each is `step`
    /// bytes from the one before.
    #[inline(always)]
    pub(crate) fn write(
        &self,
        bytes: &[u8],
        step: usize,
        range: Range<usize>,
        buffer: &mut OutBuffer<'_>,
    ) -> usize {
        let count = range.len();
        buffer.write_numbers(count, |writer| (self.write)(Numbers { bytes, step, range }, self.style, writer))
    }
}

/// The step by which the buffer grows.
const STEP: usize = 1 << 13;

/// An output buffer: the first `len` bytes are text, the others free capacity.
pub(crate) struct OutBuffer<'a> {
    bytes: &'a mut Vec<u8>,
    len: usize,
}

impl<'a> OutBuffer<'a> {
    /// Appends to `bytes`.
    pub(crate) fn new(bytes: &'a mut Vec<u8>) -> Self {
        let len = bytes.len();
        Self { bytes, len }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Lets `write` append at most `count` numbers.
    #[inline]
    pub(crate) fn write_numbers<R>(
        &mut self,
        count: usize,
        write: impl FnOnce(&mut NumberWriter<'_>) -> R,
    ) -> R {
        let room = count.saturating_mul(MAX_NUMBER_LEN);
        if self.bytes.len() - self.len < room {
            self.bytes.resize(self.len + room.max(STEP), 0);
        }
        let mut writer = NumberWriter::new(self.bytes.get_mut(self.len..).unwrap_or_default());
        let result = write(&mut writer);
        self.len += writer.len();
        result
    }

    /// Appends `text`.
    #[inline]
    pub(crate) fn push(&mut self, text: &[u8]) {
        match *text {
            [] => {}
            // A single byte, the usual delimiter, is stored without a copy loop.
            [byte] if self.len < self.bytes.len() => {
                if let Some(place) = self.bytes.get_mut(self.len) {
                    *place = byte;
                }
                self.len += 1;
            }
            _ => self.with(|out| out.extend_from_slice(text)),
        }
    }

    /// Lets `change` edit the text as a plain vector.
    pub(crate) fn with<R>(&mut self, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        self.bytes.truncate(self.len);
        let result = change(self.bytes);
        self.len = self.bytes.len();
        result
    }
}

impl Drop for OutBuffer<'_> {
    fn drop(&mut self) {
        self.bytes.truncate(self.len);
    }
}
