//! Time as NumPy counts it: ticks of a unit since 1970-01-01T00:00, on the proleptic Gregorian calendar, without leap
//! seconds (NumPy's `datetime.c` and `datetime_strings.c`).

mod civil;
mod print;

pub(crate) use self::print::{print_datetime, print_timedelta};

/// The ticks that stand for "not a time".
pub(crate) const NAT: i64 = i64::MIN;
