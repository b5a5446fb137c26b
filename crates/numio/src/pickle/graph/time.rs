//! The types of Python's `datetime`.

use super::object::Object;
use super::string::Text;

/// A `datetime.date`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    /// From 1 to 9999.
    pub year: u16,
    /// From 1 to 12.
    pub month: u8,
    /// From 1 to 31.
    pub day: u8,
}

/// A `datetime.time`.
#[derive(Debug, Clone, Copy)]
pub struct Time<'g> {
    /// From 0 to 23.
    pub hour: u8,
    /// From 0 to 59.
    pub minute: u8,
    /// From 0 to 59.
    pub second: u8,
    /// From 0 to 999,999.
    pub microsecond: u32,
    /// Whether it is the second of two equal clock times.
    pub fold: bool,
    /// The time zone, if it has one: a [`TimeZone`] or an object of another class.
    pub tzinfo: Option<Object<'g>>,
}

/// A `datetime.datetime`.
#[derive(Debug, Clone, Copy)]
pub struct DateTime<'g> {
    /// The day.
    pub date: Date,
    /// The time of the day, with the time zone.
    pub time: Time<'g>,
}

/// A `datetime.timedelta`, normalised as Python does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimeDelta {
    /// From -999,999,999 to 999,999,999.
    pub days: i32,
    /// From 0 to 86,399.
    pub seconds: u32,
    /// From 0 to 999,999.
    pub microseconds: u32,
}

/// A `datetime.timezone`: less than a day from UTC.
#[derive(Debug, Clone, Copy)]
pub struct TimeZone<'g> {
    /// How far local time is ahead of UTC.
    pub offset: TimeDelta,
    /// Its name, if it was given one.
    pub name: Option<Text<'g>>,
}

impl Date {
    pub(super) fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        ((1..=9999).contains(&year) && (1..=days).contains(&day)).then_some(Self { year, month, day })
    }
}

impl<'g> Time<'g> {
    pub(super) fn new(bytes: [u8; 6], fold: bool, tzinfo: Option<Object<'g>>) -> Option<Self> {
        let [hour, minute, second, high, middle, low] = bytes;
        let microsecond = u32::from_be_bytes([0, high, middle, low]);
        let fits = hour < 24 && minute < 60 && second < 60 && microsecond < 1_000_000;
        fits.then_some(Self { hour, minute, second, microsecond, fold, tzinfo })
    }
}

impl TimeDelta {
    pub(super) fn new(days: i64, seconds: i64, microseconds: i64) -> Option<Self> {
        let fits = days.abs() < 1_000_000_000 && (0..86_400).contains(&seconds);
        let fits = fits && (0..1_000_000).contains(&microseconds);
        fits.then_some(Self { days: days as i32, seconds: seconds as u32, microseconds: microseconds as u32 })
    }

    /// In microseconds.
    pub fn to_microseconds(&self) -> i128 {
        let seconds = i128::from(self.days) * 86_400 + i128::from(self.seconds);
        seconds * 1_000_000 + i128::from(self.microseconds)
    }
}
