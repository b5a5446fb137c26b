//! Units of `datetime64` and `timedelta64` (NumPy's `_datetime.h`).

use std::num::NonZeroU32;

/// What one tick of a `datetime64` or `timedelta64` lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// No unit yet: NumPy's `generic`, written as plain `M8`.
    Generic,
    /// So many of a unit: `[25s]` is `Multiple(25, Second)`. The count is below 2^31.
    Multiple(NonZeroU32, DatetimeUnit),
}

impl TimeUnit {
    /// One of `unit`.
    pub const fn one(unit: DatetimeUnit) -> Self {
        Self::Multiple(NonZeroU32::MIN, unit)
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
