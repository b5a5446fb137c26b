//! Times as text, as `str(numpy.datetime64)` and `numpy.datetime_as_string` give them.

use std::fmt::{self, Write};

use super::NAT;
use super::civil::{Civil, fraction};
use crate::{TimeUnit, Unit};

/// Writes a moment to the precision of its unit: `2005-02-25`, `2005-02-25T03:30`, `NaT`. NumPy does not print moments
/// without a unit; they are written as their ticks.
pub(crate) fn print_datetime(out: &mut impl Write, ticks: i64, unit: TimeUnit) -> fmt::Result {
    let (count, unit) = match unit {
        _ if ticks == NAT => return out.write_str("NaT"),
        TimeUnit::Generic => return write!(out, "{ticks}"),
        TimeUnit::Every(count, unit) => (count, unit),
    };
    let Civil { year, month, day, second_of_day, attosecond } = Civil::from_ticks(ticks, count.get(), unit);
    write!(out, "{year:04}")?;
    if unit == Unit::Year {
        return Ok(());
    }
    write!(out, "-{month:02}")?;
    if unit == Unit::Month {
        return Ok(());
    }
    write!(out, "-{day:02}")?;
    if unit <= Unit::Day {
        return Ok(());
    }
    write!(out, "T{:02}", second_of_day / 3600)?;
    if unit >= Unit::Minute {
        write!(out, ":{:02}", second_of_day / 60 % 60)?;
    }
    if unit >= Unit::Second {
        write!(out, ":{:02}", second_of_day % 60)?;
    }
    if unit > Unit::Second {
        let (per_second, attoseconds) = fraction(unit);
        let digits = per_second.ilog10() as usize;
        write!(out, ".{:0digits$}", attosecond / attoseconds)?;
    }
    Ok(())
}

/// Writes a length of time as its count of ticks, `NaT` where it is none. The unit is printed by whoever wants it.
pub(crate) fn print_timedelta(out: &mut impl Write, ticks: i64) -> fmt::Result {
    if ticks == NAT { out.write_str("NaT") } else { write!(out, "{ticks}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_in_numpy_s_documentation() {
        let text = |ticks, unit| {
            let mut text = String::new();
            print_datetime(&mut text, ticks, TimeUnit::one(unit)).unwrap();
            text
        };
        // From numpy/doc/source/reference/arrays.datetime.rst.
        assert_eq!(text(12_839, Unit::Day), "2005-02-25");
        assert_eq!(text(421, Unit::Month), "2005-02");
        assert_eq!(text(18_488_370, Unit::Minute), "2005-02-25T03:30");
        assert_eq!(text(NAT, Unit::Year), "NaT");
    }
}
