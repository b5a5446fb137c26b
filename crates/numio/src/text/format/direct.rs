//! The usual formats of plain numbers: how a column is written is decided once, and not for each of its values.
//!
//! `%d`, `%f` and `%e` without flags, of at most eighteen digits behind the point. The rest, and the few values that do
//! not go this way, are for [`Spec::print`], which prints the same and everything else too.

use half::f16;

use super::decimal::{significant, split};
use super::digits::MOST_DIGITS;
use super::pen::{Pen, ROOM};
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

            #[inline]
            fn whole(self) -> Option<(bool, u64)> {
                let negative = i128::from(self) < 0;
                let bits = self as u64;
                Some((negative, if negative { bits.wrapping_neg() } else { bits }))
            }

            #[inline]
            fn float(self) -> f64 {
                self as f64
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 u8 u16 u32 u64);

impl Number for f64 {
    const IS_INTEGER: bool = false;

    #[inline]
    fn whole(self) -> Option<(bool, u64)> {
        // Neither a nan nor an infinity is below.
        (self.abs() < u64::MAX as f64).then(|| (self <= -1.0, self.abs() as u64))
    }

    #[inline]
    fn float(self) -> f64 {
        self
    }
}

macro_rules! narrow_floats {
    ($($float:ty)*) => {$(
        impl Number for $float {
            const IS_INTEGER: bool = false;

            #[inline]
            fn whole(self) -> Option<(bool, u64)> {
                f64::from(self).whole()
            }

            #[inline]
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
    width: usize,
    behind: usize,
    letter: u8,
}

trait Way {
    fn write(number: impl Number, style: Style, pen: &mut Pen<'_>) -> Option<()>;
}

struct Whole;
struct Point;
struct Exponent;

impl Way for Whole {
    #[inline]
    fn write(number: impl Number, _: Style, pen: &mut Pen<'_>) -> Option<()> {
        let (negative, whole) = number.whole()?;
        pen.push_if(b'-', negative);
        digits::whole(pen, whole);
        Some(())
    }
}

impl Way for Point {
    #[inline]
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
    #[inline]
    fn write(number: impl Number, style: Style, pen: &mut Pen<'_>) -> Option<()> {
        let number = number.float();
        let (first, exponent) = significant(number.abs(), style.behind + 1)?;
        pen.push_if(b'-', number.is_sign_negative());
        digits::pointed(pen, first, style.behind + 1);
        digits::exponent(pen, style.letter, exponent);
        Some(())
    }
}

fn write<N: Number, W: Way>(bytes: &[u8], style: Style, pen: &mut Pen<'_>) -> bool {
    let start = pen.len();
    let Ok(number) = bytemuck::try_pod_read_unaligned::<N>(bytes) else { return false };
    let written = W::write(number, style, pen).is_some();
    pen.widen(start, style.width);
    written
}

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Direct {
    write: fn(&[u8], Style, &mut Pen<'_>) -> bool,
    style: Style,
}

impl Direct {
    /// `None` where a format does not go this way.
    pub(in super::super) fn new<N: Number>(spec: &Spec) -> Option<Self> {
        let has_flags = spec.left || spec.plus || spec.space || spec.zero || spec.alternate;
        // Before a number may stand another byte.
        if has_flags || spec.width >= ROOM || spec.digits() >= MOST_DIGITS {
            return None;
        }
        let style = Style { width: spec.width, behind: spec.digits(), letter: spec.letter as u8 };
        let write = match spec.letter {
            'd' | 'i' | 'u' if spec.precision.is_none() => write::<N, Whole>,
            's' if spec.precision.is_none() && N::IS_INTEGER => write::<N, Whole>,
            'f' | 'F' => write::<N, Point>,
            'e' | 'E' => write::<N, Exponent>,
            _ => return None,
        };
        Some(Self { write, style })
    }

    /// Writes the number in `bytes`; `false` for one that does not go this way.
    #[inline]
    pub(in super::super) fn write(&self, bytes: &[u8], pen: &mut Pen<'_>) -> bool {
        (self.write)(bytes, self.style, pen)
    }
}
