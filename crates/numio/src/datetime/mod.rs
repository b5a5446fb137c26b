//! Time as NumPy counts it: ticks of a unit since 1970-01-01T00:00, on the proleptic Gregorian calendar, without leap
//! seconds (NumPy's `datetime.c` and `datetime_strings.c`).

use std::fmt;
use std::num::NonZeroU32;

use crate::error::{Cause, ErrorKind};

mod civil;
mod convert;
mod parse;
mod print;

pub(crate) use crate::datetime::convert::{Conversion, TimeKind, common_unit, nanoseconds, unfit};
pub(crate) use crate::datetime::parse::{parse_datetime, parse_datetime_as};
pub(crate) use crate::datetime::print::{datetime_text, timedelta_text};

/// The ticks that mean "not a time".
pub(crate) const NAT: i64 = i64::MIN;

/// Length of one tick of a `datetime64` or `timedelta64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// No unit yet: NumPy's `generic`, written as plain `M8`.
    Generic,
    /// A multiple of a unit: `[25s]` is `Multiple(25, Second)`. The count is below 2^31.
    Multiple(NonZeroU32, DatetimeUnit),
}

impl TimeUnit {
    /// One of `unit`.
    pub const fn one(unit: DatetimeUnit) -> Self {
        Self::Multiple(NonZeroU32::MIN, unit)
    }

    /// The longest unit of which both are multiples, which NumPy gives times of two units together. Months are no number of
    /// days: of them and a shorter unit it is the shorter one, in which all moments are, and no lengths of time.
    ///
    /// ```
    /// use numio::{DatetimeUnit, TimeUnit};
    ///
    /// let (day, second) = (TimeUnit::one(DatetimeUnit::Day), TimeUnit::one(DatetimeUnit::Second));
    /// assert_eq!(day.common(second), second);
    /// ```
    pub fn common(self, other: Self) -> Self {
        common_unit(self, other)
    }
}

/// One of the unit.
impl From<DatetimeUnit> for TimeUnit {
    fn from(unit: DatetimeUnit) -> Self {
        Self::one(unit)
    }
}

/// The units NumPy knows, the longest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum DatetimeUnit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
    Picosecond,
    Femtosecond,
    Attosecond,
}

impl DatetimeUnit {
    /// Every unit with NumPy's abbreviation, the longest first.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::Year, "Y"),
        (Self::Month, "M"),
        (Self::Week, "W"),
        (Self::Day, "D"),
        (Self::Hour, "h"),
        (Self::Minute, "m"),
        (Self::Second, "s"),
        (Self::Millisecond, "ms"),
        (Self::Microsecond, "us"),
        (Self::Nanosecond, "ns"),
        (Self::Picosecond, "ps"),
        (Self::Femtosecond, "fs"),
        (Self::Attosecond, "as"),
    ];

    /// NumPy's abbreviation: `Y`, `M`, `W`, `D`, `h`, `m`, `s`, `ms`, `us`, `ns`, `ps`, `fs`, `as`.
    pub fn abbreviation(self) -> &'static str {
        Self::ALL.iter().find(|(unit, _)| *unit == self).map_or("", |(_, name)| name)
    }
}

#[derive(Debug)]
pub(crate) enum TimeFault {
    /// Text that is not a moment: the text, the offset of the error, and the reason.
    Text { text: String, at: usize, why: &'static str },
    /// Text that means another moment each time it is read.
    Clock(String),
    /// A moment or length of time that 64 bits of the unit do not hold.
    Range { unit: TimeUnit },
    /// A time that the standard library's type, or NumPy's, does not have.
    Unfit { unit: TimeUnit },
    /// Two units of which the ratio does not fit 56 bits.
    Ratio { from: TimeUnit, to: TimeUnit },
    /// A moment other than NaT without a unit.
    Generic,
}

impl Cause for TimeFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Text { .. } => ErrorKind::InvalidData,
            Self::Clock(_) => ErrorKind::Unsupported,
            Self::Range { .. } | Self::Unfit { .. } | Self::Ratio { .. } | Self::Generic => {
                ErrorKind::InvalidInput
            }
        }
    }
}

impl fmt::Display for TimeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, at, why } => write!(f, "datetime {text:?}: at position {at}: {why}"),
            Self::Clock(text) => {
                write!(f, "datetime {text:?} depends on the clock and is not read: write the date out")
            }
            Self::Range { unit } => {
                write!(f, "a time is too far from 1970 for 64 bits of {}: choose a larger unit", Name(*unit))
            }
            Self::Unfit { unit } => write!(
                f,
                "a time in {} is NaT, negative, without a length, or beyond what the other type holds",
                Name(*unit)
            ),
            Self::Ratio { from, to } => {
                write!(f, "the ratio of {} to {} is too large to convert times with", Name(*from), Name(*to))
            }
            Self::Generic => f.write_str("a datetime without a unit can only be NaT"),
        }
    }
}

/// A unit as messages name it.
struct Name(TimeUnit);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            TimeUnit::Generic => f.write_str("generic units"),
            TimeUnit::Multiple(count, unit) if count.get() == 1 => write!(f, "[{}]", unit.abbreviation()),
            TimeUnit::Multiple(count, unit) => write!(f, "[{count}{}]", unit.abbreviation()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DatetimeUnit;

    #[test]
    fn messages_name_what_was_found() {
        let (day, atto) = (TimeUnit::one(DatetimeUnit::Day), TimeUnit::one(DatetimeUnit::Attosecond));
        for (fault, text) in [
            (
                TimeFault::Text { text: "2000-13".into(), at: 5, why: "a month is from 01 to 12" },
                "datetime \"2000-13\": at position 5: a month is from 01 to 12",
            ),
            (
                TimeFault::Clock("now".into()),
                "datetime \"now\" depends on the clock and is not read: write the date out",
            ),
            (
                TimeFault::Range {
                    unit: TimeUnit::Multiple(25.try_into().unwrap(), DatetimeUnit::Nanosecond),
                },
                "a time is too far from 1970 for 64 bits of [25ns]: choose a larger unit",
            ),
            (
                TimeFault::Ratio { from: day, to: atto },
                "the ratio of [D] to [as] is too large to convert times with",
            ),
            (
                TimeFault::Unfit { unit: day },
                "a time in [D] is NaT, negative, without a length, or beyond what the other type holds",
            ),
            (TimeFault::Generic, "a datetime without a unit can only be NaT"),
        ] {
            assert_eq!(fault.to_string(), text);
        }
    }
}
