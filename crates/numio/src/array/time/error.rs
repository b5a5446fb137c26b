//! What can go wrong with times.

use std::fmt;

use crate::TimeUnit;
use crate::error::{Cause, ErrorKind};

#[derive(Debug)]
pub(super) enum TimeFault {
    /// Text that is no moment: the text, where it stops being one, and why.
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
