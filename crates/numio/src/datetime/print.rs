//! Times as text, as NumPy's `str` gives them.

use std::fmt;
use std::fmt::Write;

use crate::datetime::NAT;
use crate::datetime::civil::{Civil, fraction};
use crate::{DatetimeUnit, TimeUnit};

/// A moment to the precision of its unit: `2005-02-25`, `2005-02-25T03:30`, `NaT`. NumPy does not print moments without
/// a unit; here they print as their ticks.
pub(crate) fn datetime_text(ticks: i64, unit: TimeUnit) -> String {
    match unit {
        _ if ticks == NAT => "NaT".to_owned(),
        TimeUnit::Generic => ticks.to_string(),
        TimeUnit::Multiple(count, unit) => {
            let mut text = String::new();
            // Writing to a string does not fail.
            let _ = write_civil(&mut text, Civil::from_ticks_wrapping(ticks, count.get(), unit), unit);
            text
        }
    }
}

fn write_civil(out: &mut String, civil: Civil, unit: DatetimeUnit) -> fmt::Result {
    let Civil { year, month, day, second_of_day, attosecond } = civil;
    write!(out, "{year:04}")?;
    if unit >= DatetimeUnit::Month {
        write!(out, "-{month:02}")?;
    }
    // Weeks are printed as the day they start on.
    if unit >= DatetimeUnit::Week {
        write!(out, "-{day:02}")?;
    }
    if unit >= DatetimeUnit::Hour {
        write!(out, "T{:02}", second_of_day / 3600)?;
    }
    if unit >= DatetimeUnit::Minute {
        write!(out, ":{:02}", second_of_day / 60 % 60)?;
    }
    if unit >= DatetimeUnit::Second {
        write!(out, ":{:02}", second_of_day % 60)?;
    }
    if unit >= DatetimeUnit::Millisecond {
        let (per_second, attoseconds) = fraction(unit);
        let digits = per_second.ilog10() as usize;
        write!(out, ".{:0digits$}", attosecond / attoseconds)?;
    }
    Ok(())
}

/// NumPy's plural names of the units.
const NAMES: [(DatetimeUnit, &str); 13] = [
    (DatetimeUnit::Year, "years"),
    (DatetimeUnit::Month, "months"),
    (DatetimeUnit::Week, "weeks"),
    (DatetimeUnit::Day, "days"),
    (DatetimeUnit::Hour, "hours"),
    (DatetimeUnit::Minute, "minutes"),
    (DatetimeUnit::Second, "seconds"),
    (DatetimeUnit::Millisecond, "milliseconds"),
    (DatetimeUnit::Microsecond, "microseconds"),
    (DatetimeUnit::Nanosecond, "nanoseconds"),
    (DatetimeUnit::Picosecond, "picoseconds"),
    (DatetimeUnit::Femtosecond, "femtoseconds"),
    (DatetimeUnit::Attosecond, "attoseconds"),
];

/// A length of time with the name of its unit: `6 months`, `NaT`.
pub(crate) fn timedelta_text(ticks: i64, unit: TimeUnit) -> String {
    match unit {
        _ if ticks == NAT => "NaT".to_owned(),
        TimeUnit::Generic => format!("{ticks} generic time units"),
        TimeUnit::Multiple(count, unit) => {
            let name = NAMES.iter().find(|(named, _)| *named == unit).map_or("", |(_, name)| name);
            format!("{} {name}", ticks.wrapping_mul(count.get().into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datetimes_print_as_in_numpys_documentation() {
        let text = |ticks, unit| datetime_text(ticks, TimeUnit::one(unit));
        // From numpy/doc/source/reference/arrays.datetime.rst.
        assert_eq!(text(12_839, DatetimeUnit::Day), "2005-02-25");
        assert_eq!(text(421, DatetimeUnit::Month), "2005-02");
        assert_eq!(text(18_488_370, DatetimeUnit::Minute), "2005-02-25T03:30");
        assert_eq!(text(NAT, DatetimeUnit::Year), "NaT");
    }
}
