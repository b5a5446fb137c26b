//! Time as NumPy counts it: ticks of a unit since 1970-01-01T00:00, on the proleptic Gregorian calendar, without leap
//! seconds (NumPy's `datetime.c` and `datetime_strings.c`).

mod civil;
mod convert;
mod error;
mod parse;
mod print;

pub(crate) use self::convert::{Conversion, Kind, common_unit, nanoseconds, unfit};
pub(crate) use self::parse::{parse_datetime, parse_datetime_as};
pub(crate) use self::print::{datetime_text, timedelta_text};

/// The ticks that stand for "not a time".
pub(crate) const NAT: i64 = i64::MIN;
