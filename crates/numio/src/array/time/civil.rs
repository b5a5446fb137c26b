//! Ticks as a date and a time of day.

use crate::Unit;

/// A moment, taken apart. Months and days count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) second_of_day: u32,
    pub(super) attosecond: u64,
}

/// Days in 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;
/// Days from 1970-01-01 to 2000-03-01, where a year that starts in March starts an era.
const MARCH_2000: i64 = 11_017;
/// Days from 1970-01-01 to 2000-01-01.
const YEAR_2000: i64 = 10_957;
const DAY: i64 = 86_400;

impl Civil {
    /// The moment of `ticks` times `count` of `unit`. Where that passes 64 bits it wraps around, as in NumPy.
    pub(super) fn from_ticks(ticks: i64, count: u32, unit: Unit) -> Self {
        let ticks = ticks.wrapping_mul(i64::from(count));
        match unit {
            Unit::Year => Self::start_of(1970_i64.wrapping_add(ticks), 1),
            Unit::Month => {
                Self::start_of(1970_i64.wrapping_add(ticks.div_euclid(12)), ticks.rem_euclid(12) as u8 + 1)
            }
            Unit::Week => Self::from_days(ticks.wrapping_mul(7)),
            Unit::Day => Self::from_days(ticks),
            Unit::Hour => Self::from_parts(ticks, 24, 3600),
            Unit::Minute => Self::from_parts(ticks, 24 * 60, 60),
            Unit::Second => Self::from_parts(ticks, DAY, 1),
            _ => {
                let (per_second, attoseconds) = fraction(unit);
                let seconds = ticks.div_euclid(per_second);
                let attosecond = ticks.rem_euclid(per_second) as u64 * attoseconds;
                Self { attosecond, ..Self::from_parts(seconds, DAY, 1) }
            }
        }
    }

    fn start_of(year: i64, month: u8) -> Self {
        Self { year, month, day: 1, second_of_day: 0, attosecond: 0 }
    }

    /// `ticks` of which `per_day` make a day, each of `seconds`.
    fn from_parts(ticks: i64, per_day: i64, seconds: i64) -> Self {
        let second_of_day = (ticks.rem_euclid(per_day) * seconds) as u32;
        Self { second_of_day, ..Self::from_days(ticks.div_euclid(per_day)) }
    }

    fn from_days(days: i64) -> Self {
        // NumPy counts from 2000-01-01; where that wraps around, so does this.
        let since_2000 = i128::from(days.wrapping_sub(YEAR_2000));
        let since = since_2000 - i128::from(MARCH_2000 - YEAR_2000);
        let (era, day_of_era) = (since.div_euclid(ERA.into()) as i64, since.rem_euclid(ERA.into()) as i64);
        // Leap days come every 4 years, but not every 100, but every 400.
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // From March on, months have 31, 30, 31, 30, 31 days, again and again: 153 in five.
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = 2000 + era * 400 + year_of_era + i64::from(month <= 2);
        Self { year, month: month as u8, day: day as u8, second_of_day: 0, attosecond: 0 }
    }
}

/// For a unit below the second: how many make a second, and how many attoseconds each is.
pub(super) fn fraction(unit: Unit) -> (i64, u64) {
    let zeros = match unit {
        Unit::Millisecond => 3,
        Unit::Microsecond => 6,
        Unit::Nanosecond => 9,
        Unit::Picosecond => 12,
        Unit::Femtosecond => 15,
        Unit::Attosecond => 18,
        _ => 0,
    };
    (10_i64.pow(zeros), 10_u64.pow(18 - zeros))
}
