//! The text of time units: `[25s]`, `[3Y/4]` (NumPy's `datetime.c`).

use std::fmt::{self, Write};
use std::num::NonZeroU32;

use super::error::{DTypeError, quoted};
use super::integer::leading_integer;
use super::{DatetimeUnit, TimeUnit};

/// How many of smaller units make one: what NumPy divides when a divisor is given. The first that divides is taken.
const PARTS: [(DatetimeUnit, &[(u32, DatetimeUnit)]); 12] = [
    (DatetimeUnit::Year, &[(12, DatetimeUnit::Month), (52, DatetimeUnit::Week), (365, DatetimeUnit::Day)]),
    (DatetimeUnit::Month, &[(4, DatetimeUnit::Week), (30, DatetimeUnit::Day), (720, DatetimeUnit::Hour)]),
    (
        DatetimeUnit::Week,
        &[(7, DatetimeUnit::Day), (168, DatetimeUnit::Hour), (10_080, DatetimeUnit::Minute)],
    ),
    (
        DatetimeUnit::Day,
        &[(24, DatetimeUnit::Hour), (1_440, DatetimeUnit::Minute), (86_400, DatetimeUnit::Second)],
    ),
    (DatetimeUnit::Hour, &[(60, DatetimeUnit::Minute), (3_600, DatetimeUnit::Second)]),
    (DatetimeUnit::Minute, &[(60, DatetimeUnit::Second), (60_000, DatetimeUnit::Millisecond)]),
    (DatetimeUnit::Second, &[(1_000, DatetimeUnit::Millisecond), (1_000_000, DatetimeUnit::Microsecond)]),
    (DatetimeUnit::Millisecond, &[(1_000, DatetimeUnit::Microsecond), (1_000_000, DatetimeUnit::Nanosecond)]),
    (DatetimeUnit::Microsecond, &[(1_000, DatetimeUnit::Nanosecond), (1_000_000, DatetimeUnit::Picosecond)]),
    (DatetimeUnit::Nanosecond, &[(1_000, DatetimeUnit::Picosecond), (1_000_000, DatetimeUnit::Femtosecond)]),
    (DatetimeUnit::Picosecond, &[(1_000, DatetimeUnit::Femtosecond), (1_000_000, DatetimeUnit::Attosecond)]),
    (DatetimeUnit::Femtosecond, &[(1_000, DatetimeUnit::Attosecond)]),
];

impl TimeUnit {
    /// Reads what follows `M8`: nothing for generic, else a unit in brackets with an optional count before it and an
    /// optional divisor after it.
    pub(super) fn parse(text: &str) -> Result<Self, DTypeError> {
        if text.is_empty() {
            return Ok(Self::Generic);
        }
        let fault = |why| DTypeError::Unit(quoted(text), why);
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let inner = inner.ok_or_else(|| fault("expected a unit in brackets, such as [ns] or [25s]"))?;
        let count = leading_integer(inner);
        let (count, rest) =
            count.map_or((1, inner), |(count, len)| (count, inner.get(len..).unwrap_or_default()));
        let fits = |count: &u32| i32::try_from(*count).is_ok();
        let count =
            u32::try_from(count).ok().filter(fits).ok_or_else(|| fault("a count is from 1 to 2147483647"))?;
        let (name, divisor) = match rest.split_once('/') {
            None => (rest, 1),
            Some((name, divisor)) => match leading_integer(divisor) {
                Some((value, len)) if len == divisor.len() => (name, value),
                _ => return Err(fault("a divisor is an integer")),
            },
        };
        if name == "generic" {
            let why = "generic units have no divisor";
            return if divisor == 1 { Ok(Self::Generic) } else { Err(fault(why)) };
        }
        let unit = DatetimeUnit::ALL.iter().find(|(_, known)| *known == name).map(|(unit, _)| *unit);
        // The Greek letter; the micro sign is another character, and NumPy does not take it.
        let unit = unit.or_else(|| (name == "\u{3bc}s").then_some(DatetimeUnit::Microsecond));
        let unit =
            unit.ok_or_else(|| fault("the units are Y, M, W, D, h, m, s, ms, us, ns, ps, fs and as"))?;
        let Some(divisor) = u32::try_from(divisor).ok().and_then(NonZeroU32::new) else {
            return Err(fault("a divisor is at least 1"));
        };
        let (count, unit) = if divisor.get() == 1 {
            (Some(count), unit)
        } else {
            let parts = PARTS.iter().find(|(whole, _)| *whole == unit).map_or(&[][..], |(_, parts)| parts);
            let part = parts.iter().find(|(many, _)| *many % divisor == 0);
            let (many, part) = part.ok_or_else(|| DTypeError::Divisor(quoted(text)))?;
            (count.checked_mul(*many / divisor).filter(fits), *part)
        };
        let count = count.ok_or_else(|| fault("the count, divided, passes 2147483647"))?;
        let count = NonZeroU32::new(count).ok_or_else(|| fault("a count is at least 1"))?;
        Ok(Self::Multiple(count, unit))
    }

    /// Writes what follows `M8`.
    pub(super) fn push(self, out: &mut impl Write) -> fmt::Result {
        match self {
            Self::Generic => Ok(()),
            Self::Multiple(NonZeroU32::MIN, unit) => write!(out, "[{}]", unit.abbreviation()),
            Self::Multiple(count, unit) => write!(out, "[{count}{}]", unit.abbreviation()),
        }
    }
}
