//! Units of times: from a dtype's metadata, and in microseconds.

use std::num::NonZeroU32;

use super::error::Fault;
use super::read::{int, shown, text};
use crate::pickle::Object;
use crate::{DatetimeUnit, TimeUnit};

/// The unit in `(metadata, (name, count, divisor, event))`. The last two are always 1.
pub(super) fn of(metadata: Option<Object<'_>>) -> Result<TimeUnit, Fault> {
    const WANTED: &str = "a dict and a unit such as ('ns', 1, 1, 1)";
    let fault = || Fault::part("time unit", WANTED, metadata.map_or("None".to_owned(), shown));
    let parts = metadata.and_then(|metadata| metadata.as_tuple().ok()).ok_or_else(fault)?;
    let [_, unit] = parts.array().ok_or_else(fault)?;
    let unit = unit.as_tuple().map_err(|_| fault())?;
    let [name, count, divisor, event] = unit.array().ok_or_else(fault)?;
    let name = text(name).ok_or_else(fault)?;
    let count = u32::try_from(int(count, "time unit")?).ok().filter(|&count| i32::try_from(count).is_ok());
    let count = count.and_then(NonZeroU32::new).ok_or_else(fault)?;
    if (int(divisor, "time unit")?, int(event, "time unit")?) != (1, 1) {
        return Err(fault());
    }
    if name == "generic" {
        return if count == NonZeroU32::MIN { Ok(TimeUnit::Generic) } else { Err(fault()) };
    }
    let found = DatetimeUnit::ALL.iter().find(|(_, known)| *known == name);
    found.map(|(unit, _)| TimeUnit::Multiple(count, *unit)).ok_or_else(fault)
}

/// The microseconds of a second, and of a day.
pub(super) const SECOND: i64 = 1_000_000;
pub(super) const DAY: i64 = 86_400 * SECOND;

/// The microseconds of a tick, where those are always as many.
pub(super) fn micros_of(unit: TimeUnit) -> Option<i128> {
    let TimeUnit::Multiple(count, unit) = unit else { return None };
    let one = match unit {
        DatetimeUnit::Week => 7 * DAY,
        DatetimeUnit::Day => DAY,
        DatetimeUnit::Hour => 3600 * SECOND,
        DatetimeUnit::Minute => 60 * SECOND,
        DatetimeUnit::Second => SECOND,
        DatetimeUnit::Millisecond => 1000,
        DatetimeUnit::Microsecond => 1,
        _ => return None,
    };
    Some(i128::from(one) * i128::from(count.get()))
}
