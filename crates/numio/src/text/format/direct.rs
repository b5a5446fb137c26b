//! The usual formats of plain numbers: how a column is written is decided once, and not for each of its values.
//!
//! `%d`, `%f` and `%e` without flags, of at most eighteen digits behind the point. The rest, and the few values that do
//! not go this way, are for [`Spec::print`], which prints the same and everything else too.

use std::ops::Range;

use half::f16;

use super::decimal::{significant, split};
use super::digits::MOST_DIGITS;
use super::pen::{Pen, ROOM};
use super::sheet::Sheet;
use super::{Spec, digits};

/// A number in memory.
pub(in super::super) trait Number: bytemuck::AnyBitPattern {
    const IS_INTEGER: bool;

    /// Whether there is a minus, and the whole part without it. `None` where it has none in 64 bits.
    fn whole(self) -> Option<(bool, u64)>;

    fn float(self) -> f64;
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl Number for $int {
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

impl Number for f64 {
    const IS_INTEGER: bool = false;

    #[inline(always)]
    fn whole(self) -> Option<(bool, u64)> {
        // Neither a nan nor an infinity is below.
        (self.abs() < u64::MAX as f64).then(|| (self <= -1.0, self.abs() as u64))
    }

    #[inline(always)]
    fn float(self) -> f64 {
        self
    }
}

macro_rules! narrow_floats {
    ($($float:ty)*) => {$(
        impl Number for $float {
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

/// What the numbers of a column have in common.
#[derive(Debug, Clone, Copy)]
struct Style {
    between: Between,
    width: usize,
    behind: usize,
    letter: u8,
}

/// What stands between two numbers: eight bytes at most.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Between {
    word: u64,
    len: usize,
}

impl Between {
    pub(in super::super) fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; 8];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { word: u64::from_le_bytes(bytes), len: text.len() })
    }
}

trait Way {
    fn write(number: impl Number, style: Style, pen: &mut Pen<'_>) -> Option<()>;
}

struct Whole;
struct Point;
struct Exponent;

impl Way for Whole {
    #[inline(always)]
    fn write(number: impl Number, _: Style, pen: &mut Pen<'_>) -> Option<()> {
        let (negative, whole) = number.whole()?;
        pen.push_if(b'-', negative);
        digits::whole(pen, whole);
        Some(())
    }
}

impl Way for Point {
    #[inline(always)]
    fn write(number: impl Number, style: Style, pen: &mut Pen<'_>) -> Option<()> {
        let number = number.float();
        let (whole, part) = split(number.abs(), style.behind)?;
        pen.push_if(b'-', number.is_sign_negative());
        digits::whole(pen, whole);
        if style.behind > 0 {
            pen.push(b'.');
            digits::fixed(pen, part, style.behind);
        }
        Some(())
    }
}

impl Way for Exponent {
    #[inline(always)]
    fn write(number: impl Number, style: Style, pen: &mut Pen<'_>) -> Option<()> {
        let number = number.float();
        let (first, exponent) = significant(number.abs(), style.behind + 1)?;
        pen.push_if(b'-', number.is_sign_negative());
        digits::pointed(pen, first, style.behind + 1);
        digits::exponent(pen, style.letter, exponent);
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

/// Writes numbers until one does not go this way, and gives the place of that one.
fn write<N: Number, W: Way>(numbers: Numbers<'_>, style: Style, pen: &mut Pen<'_>) -> usize {
    let Numbers { bytes, step, range } = numbers;
    for place in range.clone() {
        let at = place * step;
        let found = bytes
            .get(at..at + size_of::<N>())
            .and_then(|bytes| bytemuck::try_pod_read_unaligned::<N>(bytes).ok());
        let Some(number) = found else { return place };
        let before = pen.len();
        if place > 0 {
            pen.word(style.between.word, style.between.len);
        }
        let start = pen.len();
        if W::write(number, style, pen).is_none() {
            pen.cut(before);
            return place;
        }
        pen.widen(start, style.width);
    }
    range.end
}

/// How numbers next to each other are written.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Direct {
    write: fn(Numbers<'_>, Style, &mut Pen<'_>) -> usize,
    style: Style,
}

impl Direct {
    /// `None` where a format does not go this way.
    pub(in super::super) fn new<N: Number>(spec: &Spec, between: Between) -> Option<Self> {
        let has_flags = spec.left || spec.plus || spec.space || spec.zero || spec.alternate;
        if has_flags || spec.width > ROOM - size_of::<u64>() || spec.digits() >= MOST_DIGITS {
            return None;
        }
        let style = Style { between, width: spec.width, behind: spec.digits(), letter: spec.letter as u8 };
        let write = match spec.letter {
            'd' | 'i' | 'u' if spec.precision.is_none() => write::<N, Whole>,
            's' if spec.precision.is_none() && N::IS_INTEGER => write::<N, Whole>,
            'f' | 'F' => write::<N, Point>,
            'e' | 'E' => write::<N, Exponent>,
            _ => return None,
        };
        Some(Self { write, style })
    }

    /// Writes the numbers of `range`, each but the first of all with the text before it, and gives the place of the one
    /// that does not go this way, or the end of the range. `bytes` start with the first of all, and each is `step` bytes
    /// from the one before.
    #[inline(always)]
    pub(in super::super) fn write(
        &self,
        bytes: &[u8],
        step: usize,
        range: Range<usize>,
        sheet: &mut Sheet<'_>,
    ) -> usize {
        let count = range.len();
        sheet.pen(count, |pen| (self.write)(Numbers { bytes, step, range }, self.style, pen))
    }
}
