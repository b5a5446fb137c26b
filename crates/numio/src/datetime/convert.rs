//! Ticks of one unit as ticks of another.

use std::num::NonZeroU32;

use crate::datetime::civil::Civil;
use crate::datetime::{NAT, TimeFault};
use crate::{DatetimeUnit, Error, Result, TimeUnit};

/// Meaning of ticks, moment or duration: years and months have a length only in a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeKind {
    Moment,
    Length,
}

/// Converts ticks of one unit to ticks of another, rounding down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversion {
    how: How,
    to: TimeUnit,
}

#[derive(Debug, Clone, Copy)]
enum How {
    Same,
    /// Dates without a unit have no place in a calendar.
    OnlyNat,
    Ratio {
        by: i64,
        per: i64,
    },
    Calendar {
        from: (u32, DatetimeUnit),
        to: (u32, DatetimeUnit),
    },
}

/// Number of the next smaller unit in each, from weeks on.
const FACTORS: [(DatetimeUnit, u64); 11] = [
    (DatetimeUnit::Week, 7),
    (DatetimeUnit::Day, 24),
    (DatetimeUnit::Hour, 60),
    (DatetimeUnit::Minute, 60),
    (DatetimeUnit::Second, 1000),
    (DatetimeUnit::Millisecond, 1000),
    (DatetimeUnit::Microsecond, 1000),
    (DatetimeUnit::Nanosecond, 1000),
    (DatetimeUnit::Picosecond, 1000),
    (DatetimeUnit::Femtosecond, 1000),
    (DatetimeUnit::Attosecond, 1),
];

impl Conversion {
    /// # Errors
    /// `InvalidInput` if the ratio of the units passes 56 bits, as in NumPy.
    pub(crate) fn new(kind: TimeKind, from: TimeUnit, to: TimeUnit) -> Result<Self> {
        let how = match (from, to) {
            (TimeUnit::Generic, TimeUnit::Multiple(_, DatetimeUnit::Year | DatetimeUnit::Month))
                if kind == TimeKind::Moment =>
            {
                How::OnlyNat
            }
            (TimeUnit::Generic, _) | (_, TimeUnit::Generic) => How::Same,
            _ if from == to => How::Same,
            (TimeUnit::Multiple(n, unit), TimeUnit::Multiple(m, other)) => {
                let ratio = ratio((n, unit), (m, other)).ok_or(TimeFault::Ratio { from, to })?;
                let in_calendar = (unit <= DatetimeUnit::Month) != (other <= DatetimeUnit::Month);
                match kind {
                    TimeKind::Moment if in_calendar => {
                        How::Calendar { from: (n.get(), unit), to: (m.get(), other) }
                    }
                    _ => How::Ratio { by: ratio.0, per: ratio.1 },
                }
            }
        };
        Ok(Self { how, to })
    }

    /// Converts ticks; NaT stays.
    ///
    /// # Errors
    /// `InvalidInput` if 64 bits do not hold the result. NumPy 2.4 returns some other time instead.
    pub(crate) fn apply(&self, ticks: i64) -> Result<i64> {
        if ticks == NAT {
            return Ok(NAT);
        }
        let converted = match self.how {
            How::Same => Some(ticks),
            How::OnlyNat => return Err(TimeFault::Generic.into()),
            How::Ratio { by, per: 1 } => ticks.checked_mul(by),
            How::Ratio { by: 1, per } => Some(ticks.div_euclid(per)),
            How::Ratio { by, per } => {
                i64::try_from((i128::from(ticks) * i128::from(by)).div_euclid(per.into())).ok()
            }
            How::Calendar { from: (n, unit), to: (m, other) } => {
                Civil::from_ticks(ticks, n, unit).to_ticks(m, other)
            }
        };
        Ok(converted.filter(|&ticks| ticks != NAT).ok_or(TimeFault::Range { unit: self.to })?)
    }
}

/// Ticks in nanoseconds, rounded down. A length of time is as long as the moment after 1970 that it leads to, years and
/// months aside. `None` for NaT and generic units.
pub(crate) fn nanoseconds(ticks: Option<i64>, unit: TimeUnit) -> Option<i128> {
    match unit {
        TimeUnit::Generic => None,
        TimeUnit::Multiple(count, unit) => Some(Civil::from_ticks(ticks?, count.get(), unit).nanoseconds()),
    }
}

/// The error for a time that another type of time does not have.
pub(crate) fn unfit(unit: TimeUnit) -> Error {
    TimeFault::Unfit { unit }.into()
}

/// The ratio of two units in lowest terms. Years and months count their average length when combined with others.
fn ratio(from: (NonZeroU32, DatetimeUnit), to: (NonZeroU32, DatetimeUnit)) -> Option<(i64, i64)> {
    let swapped = from.1 > to.1;
    let (large, small) = if swapped { (to.1, from.1) } else { (from.1, to.1) };
    const DAYS: u64 = 146_097; // in 400 years
    let (by, per) = match (large, small) {
        _ if large == small => (1, 1),
        (DatetimeUnit::Year, DatetimeUnit::Month) => (12, 1),
        (DatetimeUnit::Year, DatetimeUnit::Week) => (DAYS, 400 * 7),
        (DatetimeUnit::Year, _) => (DAYS.checked_mul(factor(DatetimeUnit::Day, small)?)?, 400),
        (DatetimeUnit::Month, DatetimeUnit::Week) => (DAYS, 4800 * 7),
        (DatetimeUnit::Month, _) => (DAYS.checked_mul(factor(DatetimeUnit::Day, small)?)?, 4800),
        _ => (factor(large, small)?, 1),
    };
    let (by, per) = if swapped { (per, by) } else { (by, per) };
    let by = u128::from(by) * u128::from(from.0.get());
    let per = u128::from(per) * u128::from(to.0.get());
    let common = gcd(by, per);
    Some((i64::try_from(by / common).ok()?, i64::try_from(per / common).ok()?))
}

/// Number of `small` in one `large`. NumPy gives up at 56 bits.
fn factor(large: DatetimeUnit, small: DatetimeUnit) -> Option<u64> {
    let between = FACTORS.iter().filter(|(unit, _)| (large..small).contains(unit));
    let fits = |factor: &u64| factor >> 56 == 0;
    between.map(|(_, factor)| factor).try_fold(1_u64, |all, factor| all.checked_mul(*factor).filter(fits))
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The unit in which ticks of both are whole numbers, as NumPy chooses it for moments.
pub(crate) fn common_unit(a: TimeUnit, b: TimeUnit) -> TimeUnit {
    let (TimeUnit::Multiple(n, unit), TimeUnit::Multiple(m, other)) = (a, b) else {
        return if a == TimeUnit::Generic { b } else { a };
    };
    let small = unit.max(other);
    let in_small = |count: NonZeroU32, unit: DatetimeUnit| {
        // There is no even factor between months and weeks; the count alone is kept.
        let apart = (unit <= DatetimeUnit::Month) != (small <= DatetimeUnit::Month);
        let ratio = if apart { None } else { ratio((count, unit), (NonZeroU32::MIN, small)) };
        ratio.map_or(u128::from(count.get()), |(by, _)| by as u128)
    };
    let count = gcd(in_small(n, unit), in_small(m, other));
    let count = u32::try_from(count).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
    TimeUnit::Multiple(count, small)
}
