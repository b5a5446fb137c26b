//! Ticks as a date and a time of day, and back.

use crate::DatetimeUnit;

/// A moment, taken apart. Months and days count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i128,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) second_of_day: u32,
    pub(crate) attosecond: u64,
}

/// Days in 400 years, after which the calendar repeats.
const ERA: i128 = 146_097;
/// Days from 1970-01-01 to 2000-03-01: an era starts there, and its leap days end its years.
const MARCH_2000: i128 = 11_017;
/// Days from 1970-01-01 to 2000-01-01.
const YEAR_2000: i64 = 10_957;
const DAY: i128 = 86_400;

impl Civil {
    /// The start of a month.
    pub(crate) fn start_of(year: i128, month: u8) -> Self {
        Self { year, month, day: 1, second_of_day: 0, attosecond: 0 }
    }

    /// The moment of `ticks` times `count` of `unit`, wherever that lies.
    pub(crate) fn from_ticks(ticks: i64, count: u32, unit: DatetimeUnit) -> Self {
        Self::at(i128::from(ticks) * i128::from(count), unit)
    }

    /// The same if 64 bits hold it on the way, as NumPy 2.4 counts; else the moment to which that wraps around.
    pub(crate) fn from_ticks_wrapping(ticks: i64, count: u32, unit: DatetimeUnit) -> Self {
        let ticks = ticks.wrapping_mul(count.into());
        let ticks = match unit {
            DatetimeUnit::Year => 1970_i64.wrapping_add(ticks).into(),
            // NumPy counts days from 2000-01-01.
            DatetimeUnit::Week => {
                i128::from(ticks.wrapping_mul(7).wrapping_sub(YEAR_2000)) + i128::from(YEAR_2000)
            }
            DatetimeUnit::Day => i128::from(ticks.wrapping_sub(YEAR_2000)) + i128::from(YEAR_2000),
            _ => ticks.into(),
        };
        match unit {
            DatetimeUnit::Year => Self::start_of(ticks, 1),
            DatetimeUnit::Week => Self::on_day(ticks),
            _ => Self::at(ticks, unit),
        }
    }

    fn at(ticks: i128, unit: DatetimeUnit) -> Self {
        match unit {
            DatetimeUnit::Year => Self::start_of(1970 + ticks, 1),
            DatetimeUnit::Month => {
                Self::start_of(1970 + ticks.div_euclid(12), ticks.rem_euclid(12) as u8 + 1)
            }
            DatetimeUnit::Week => Self::on_day(ticks * 7),
            DatetimeUnit::Day => Self::on_day(ticks),
            DatetimeUnit::Hour => Self::at_second(ticks * 3600),
            DatetimeUnit::Minute => Self::at_second(ticks * 60),
            DatetimeUnit::Second => Self::at_second(ticks),
            _ => {
                let (per_second, attoseconds) = fraction(unit);
                let attosecond = ticks.rem_euclid(per_second.into()) as u64 * attoseconds;
                Self { attosecond, ..Self::at_second(ticks.div_euclid(per_second.into())) }
            }
        }
    }

    /// The moment `seconds` after 1970-01-01T00:00.
    fn at_second(seconds: i128) -> Self {
        Self { second_of_day: seconds.rem_euclid(DAY) as u32, ..Self::on_day(seconds.div_euclid(DAY)) }
    }

    /// The date `days` after 1970-01-01.
    fn on_day(days: i128) -> Self {
        let since = days - MARCH_2000;
        let (era, day_of_era) = (since.div_euclid(ERA), since.rem_euclid(ERA) as u32);
        // Leap days come every 4 years, but not every 100, but every 400.
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // From March on, months have 31, 30, 31, 30, 31 days, again and again: 153 in five.
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = 2000 + era * 400 + i128::from(year_of_era) + i128::from(month <= 2);
        Self { day: day as u8, ..Self::start_of(year, month as u8) }
    }

    fn days(self) -> i128 {
        let since_march = self.year - 2000 - i128::from(self.month <= 2);
        let (era, year_of_era) = (since_march.div_euclid(400), since_march.rem_euclid(400));
        let month_from_march = i128::from((self.month + 9) % 12);
        let day_of_year = (153 * month_from_march + 2) / 5 + i128::from(self.day) - 1;
        MARCH_2000 + era * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
    }

    /// The moment in ticks of `count` of `unit`, rounded down; `None` if 64 bits do not hold them.
    pub(crate) fn to_ticks(self, count: u32, unit: DatetimeUnit) -> Option<i64> {
        let years = self.year - 1970;
        let seconds = || self.days() * DAY + i128::from(self.second_of_day);
        let ticks = match unit {
            DatetimeUnit::Year => years,
            DatetimeUnit::Month => years * 12 + i128::from(self.month) - 1,
            DatetimeUnit::Week => self.days().div_euclid(7),
            DatetimeUnit::Day => self.days(),
            DatetimeUnit::Hour => seconds().div_euclid(3600),
            DatetimeUnit::Minute => seconds().div_euclid(60),
            DatetimeUnit::Second => seconds(),
            _ => {
                let (per_second, attoseconds) = fraction(unit);
                let whole = seconds().checked_mul(per_second.into())?;
                whole.checked_add((self.attosecond / attoseconds).into())?
            }
        };
        i64::try_from(ticks.div_euclid(count.into())).ok().filter(|&ticks| ticks != crate::datetime::NAT)
    }

    /// Nanoseconds since 1970, rounded down.
    pub(crate) fn nanoseconds(self) -> i128 {
        let second = self.days() * DAY + i128::from(self.second_of_day);
        second * 1_000_000_000 + i128::from(self.attosecond / 1_000_000_000)
    }

    /// The moment `minutes` earlier.
    pub(crate) fn minutes_before(self, minutes: i64) -> Self {
        let second = self.days() * DAY + i128::from(self.second_of_day) - i128::from(minutes) * 60;
        Self { attosecond: self.attosecond, ..Self::at_second(second) }
    }

    /// Number of days of its month.
    pub(crate) fn days_in_month(self) -> u8 {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        match self.month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

/// For a unit below the second: how many make a second, and how many attoseconds each is.
pub(crate) fn fraction(unit: DatetimeUnit) -> (i64, u64) {
    let zeros = match unit {
        DatetimeUnit::Millisecond => 3,
        DatetimeUnit::Microsecond => 6,
        DatetimeUnit::Nanosecond => 9,
        DatetimeUnit::Picosecond => 12,
        DatetimeUnit::Femtosecond => 15,
        DatetimeUnit::Attosecond => 18,
        _ => 0,
    };
    (10_i64.pow(zeros), 10_u64.pow(18 - zeros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_an_era_through_a_date_comes_back() {
        let mut last = Civil::on_day(-800_000);
        for days in -799_999..800_000 {
            let civil = Civil::on_day(days);
            assert_eq!(civil.days(), days);
            let same_month = (civil.year, civil.month) == (last.year, last.month);
            assert_eq!(civil.day, if same_month { last.day + 1 } else { 1 });
            assert!(same_month || last.day == last.days_in_month(), "{last:?}");
            last = civil;
        }
    }

    #[test]
    fn extremes_of_every_unit_through_a_date_come_back() {
        for (unit, _) in DatetimeUnit::ALL {
            for ticks in [0, 1, -1, i64::MAX, -i64::MAX, i64::MAX / 3] {
                assert_eq!(Civil::from_ticks(ticks, 1, unit).to_ticks(1, unit), Some(ticks), "{unit:?}");
            }
        }
    }
}
