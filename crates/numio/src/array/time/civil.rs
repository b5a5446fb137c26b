//! Ticks as a date and a time of day, and back.

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
const ERA: i128 = 146_097;
/// Days from 1970-01-01 to 2000-03-01: an era starts there, and its leap days end its years.
const MARCH_2000: i128 = 11_017;
/// Days from 1970-01-01 to 2000-01-01.
const YEAR_2000: i64 = 10_957;
const DAY: i64 = 86_400;

impl Civil {
    /// The start of a month.
    pub(super) fn start_of(year: i64, month: u8) -> Self {
        Self { year, month, day: 1, second_of_day: 0, attosecond: 0 }
    }

    /// The moment of `ticks` times `count` of `unit`. Where that passes 64 bits it wraps around, as in NumPy 2.4.
    pub(super) fn from_ticks(ticks: i64, count: u32, unit: Unit) -> Self {
        let ticks = ticks.wrapping_mul(i64::from(count));
        match unit {
            Unit::Year => Self::start_of(1970_i64.wrapping_add(ticks), 1),
            Unit::Month => Self::start_of(1970 + ticks.div_euclid(12), ticks.rem_euclid(12) as u8 + 1),
            Unit::Week => Self::from_days(ticks.wrapping_mul(7)),
            Unit::Day => Self::from_days(ticks),
            Unit::Hour => Self::from_parts(ticks, 24, 3600),
            Unit::Minute => Self::from_parts(ticks, 24 * 60, 60),
            Unit::Second => Self::from_parts(ticks, DAY, 1),
            _ => {
                let (per_second, attoseconds) = fraction(unit);
                let attosecond = ticks.rem_euclid(per_second) as u64 * attoseconds;
                Self { attosecond, ..Self::from_parts(ticks.div_euclid(per_second), DAY, 1) }
            }
        }
    }

    /// The same, or `None` where it would wrap around.
    pub(super) fn from_ticks_checked(ticks: i64, count: u32, unit: Unit) -> Option<Self> {
        let ticks_of_one = ticks.checked_mul(count.into())?;
        match unit {
            Unit::Year => ticks_of_one.checked_add(1970)?,
            Unit::Week => ticks_of_one.checked_mul(7)?.checked_sub(YEAR_2000)?,
            Unit::Day => ticks_of_one.checked_sub(YEAR_2000)?,
            _ => 0,
        };
        Some(Self::from_ticks(ticks, count, unit))
    }

    /// `ticks` of which `per_day` make a day, each of `seconds`.
    fn from_parts(ticks: i64, per_day: i64, seconds: i64) -> Self {
        let second_of_day = (ticks.rem_euclid(per_day) * seconds) as u32;
        Self { second_of_day, ..Self::from_days(ticks.div_euclid(per_day)) }
    }

    fn from_days(days: i64) -> Self {
        // NumPy counts from 2000-01-01; where that wraps around, so does this.
        let since = i128::from(days.wrapping_sub(YEAR_2000)) + i128::from(YEAR_2000) - MARCH_2000;
        let (era, day_of_era) = (since.div_euclid(ERA) as i64, since.rem_euclid(ERA) as i64);
        // Leap days come every 4 years, but not every 100, but every 400.
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // From March on, months have 31, 30, 31, 30, 31 days, again and again: 153 in five.
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = 2000 + era * 400 + year_of_era + i64::from(month <= 2);
        Self { day: day as u8, ..Self::start_of(year, month as u8) }
    }

    fn days(self) -> i128 {
        let since_march = i128::from(self.year) - 2000 - i128::from(self.month <= 2);
        let (era, year_of_era) = (since_march.div_euclid(400), since_march.rem_euclid(400));
        let month_from_march = i128::from((self.month + 9) % 12);
        let day_of_year = (153 * month_from_march + 2) / 5 + i128::from(self.day) - 1;
        MARCH_2000 + era * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
    }

    /// The moment in ticks of `count` of `unit`, rounded down; `None` where 64 bits do not hold them.
    pub(super) fn to_ticks(self, count: u32, unit: Unit) -> Option<i64> {
        let years = i128::from(self.year) - 1970;
        let seconds = || self.days() * i128::from(DAY) + i128::from(self.second_of_day);
        let ticks = match unit {
            Unit::Year => years,
            Unit::Month => years * 12 + i128::from(self.month) - 1,
            Unit::Week => self.days().div_euclid(7),
            Unit::Day => self.days(),
            Unit::Hour => seconds().div_euclid(3600),
            Unit::Minute => seconds().div_euclid(60),
            Unit::Second => seconds(),
            _ => {
                let (per_second, attoseconds) = fraction(unit);
                let whole = seconds().checked_mul(per_second.into())?;
                whole.checked_add((self.attosecond / attoseconds).into())?
            }
        };
        i64::try_from(ticks.div_euclid(count.into())).ok().filter(|&ticks| ticks != super::NAT)
    }

    /// The same moment, so many minutes earlier.
    pub(super) fn minutes_before(self, minutes: i64) -> Option<Self> {
        let seconds =
            self.days() * i128::from(DAY) + i128::from(self.second_of_day) - i128::from(minutes) * 60;
        let days = i64::try_from(seconds.div_euclid(DAY.into())).ok()?;
        let second_of_day = seconds.rem_euclid(DAY.into()) as u32;
        Some(Self { second_of_day, attosecond: self.attosecond, ..Self::from_days(days) })
    }

    /// How many days its month has.
    pub(super) fn days_in_month(self) -> u8 {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        match self.month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_an_era_comes_back() {
        let mut last = Civil::from_days(-800_000);
        for days in -799_999..800_000 {
            let civil = Civil::from_days(days);
            assert_eq!(civil.days(), i128::from(days));
            let same_month = (civil.year, civil.month) == (last.year, last.month);
            assert_eq!(civil.day, if same_month { last.day + 1 } else { 1 });
            assert!(same_month || last.day == last.days_in_month(), "{last:?}");
            last = civil;
        }
    }

    #[test]
    fn extremes_of_every_unit_come_back() {
        for (unit, _) in Unit::ALL {
            // Years, months, weeks and days wrap around near the ends, as in NumPy.
            let near = if unit <= Unit::Day { i64::MAX / 8 } else { i64::MAX };
            for ticks in [0, 1, -1, near, -near, near / 3] {
                assert_eq!(Civil::from_ticks(ticks, 1, unit).to_ticks(1, unit), Some(ticks), "{unit:?}");
            }
        }
    }
}
