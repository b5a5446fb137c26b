//! The text of time units: `[25s]`, `[3Y/4]` (NumPy's `datetime.c`).

use std::fmt::{self, Write};
use std::num::NonZeroU32;

use super::error::{DTypeError, quoted};
use super::integer::leading_integer;
use super::{TimeUnit, Unit};

/// How many of smaller units make one: what NumPy divides when a divisor is given. The first that divides is taken.
const PARTS: [(Unit, &[(u32, Unit)]); 12] = [
    (Unit::Year, &[(12, Unit::Month), (52, Unit::Week), (365, Unit::Day)]),
    (Unit::Month, &[(4, Unit::Week), (30, Unit::Day), (720, Unit::Hour)]),
    (Unit::Week, &[(7, Unit::Day), (168, Unit::Hour), (10_080, Unit::Minute)]),
    (Unit::Day, &[(24, Unit::Hour), (1_440, Unit::Minute), (86_400, Unit::Second)]),
    (Unit::Hour, &[(60, Unit::Minute), (3_600, Unit::Second)]),
    (Unit::Minute, &[(60, Unit::Second), (60_000, Unit::Millisecond)]),
    (Unit::Second, &[(1_000, Unit::Millisecond), (1_000_000, Unit::Microsecond)]),
    (Unit::Millisecond, &[(1_000, Unit::Microsecond), (1_000_000, Unit::Nanosecond)]),
    (Unit::Microsecond, &[(1_000, Unit::Nanosecond), (1_000_000, Unit::Picosecond)]),
    (Unit::Nanosecond, &[(1_000, Unit::Picosecond), (1_000_000, Unit::Femtosecond)]),
    (Unit::Picosecond, &[(1_000, Unit::Femtosecond), (1_000_000, Unit::Attosecond)]),
    (Unit::Femtosecond, &[(1_000, Unit::Attosecond)]),
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
        let unit = Unit::ALL.iter().find(|(_, known)| *known == name).map(|(unit, _)| *unit);
        // The Greek letter; the micro sign is another character, and NumPy does not take it.
        let unit = unit.or_else(|| (name == "\u{3bc}s").then_some(Unit::Microsecond));
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
        Ok(Self::Every(count, unit))
    }

    /// Writes what follows `M8`.
    pub(super) fn push(self, out: &mut impl Write) -> fmt::Result {
        match self {
            Self::Generic => Ok(()),
            Self::Every(NonZeroU32::MIN, unit) => write!(out, "[{}]", unit.abbreviation()),
            Self::Every(count, unit) => write!(out, "[{count}{}]", unit.abbreviation()),
        }
    }
}
