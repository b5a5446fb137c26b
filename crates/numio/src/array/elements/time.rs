//! Moments and lengths of time.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use crate::array::element::Element;
use crate::array::error::other_dtype;
use crate::datetime::{Conversion, NAT, TimeKind, common_unit, nanoseconds, unfit};
use crate::error::reserve;
use crate::{ByteOrder, DType, DatetimeUnit, Error, Result, Scalar, TimeUnit, datetime};

/// A moment: a number of ticks of a unit since 1970-01-01T00:00, NumPy's `datetime64`.
///
/// It is read from text, and printed, as NumPy does it: ISO 8601, to the precision of the unit. Equality is that of
/// ticks and unit, so that a NaT equals itself; arrays compare as NumPy does, where it does not.
///
/// ```
/// use numio::{Datetime64, TimeUnit, DatetimeUnit};
///
/// let day: Datetime64 = "2005-02-25".parse()?;
/// assert_eq!(day, Datetime64::new(12_839, TimeUnit::one(DatetimeUnit::Day)));
/// assert_eq!(day.to_unit(TimeUnit::one(DatetimeUnit::Hour))?.to_string(), "2005-02-25T00");
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Datetime64 {
    ticks: i64,
    unit: TimeUnit,
}

/// A duration: a number of ticks of a unit, NumPy's `timedelta64`.
///
/// ```
/// use numio::{Timedelta64, TimeUnit, DatetimeUnit};
///
/// let fortnight = Timedelta64::new(2, TimeUnit::one(DatetimeUnit::Week));
/// assert_eq!(fortnight.to_string(), "2 weeks");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timedelta64 {
    ticks: i64,
    unit: TimeUnit,
}

macro_rules! ticking {
    ($name:ident, $kind:ident, $meaning:ident) => {
        impl $name {
            /// `ticks` of `unit`.
            pub fn new(ticks: i64, unit: TimeUnit) -> Self {
                Self { ticks, unit }
            }

            /// The value that is no time, in `unit`.
            pub fn nat(unit: TimeUnit) -> Self {
                Self { ticks: NAT, unit }
            }

            /// Number of ticks; `None` for NaT.
            pub fn ticks(self) -> Option<i64> {
                (self.ticks != NAT).then_some(self.ticks)
            }

            /// Length of one tick.
            pub fn unit(self) -> TimeUnit {
                self.unit
            }

            /// True if it is "not a time".
            pub fn is_nat(self) -> bool {
                self.ticks == NAT
            }

            /// The same in another unit, rounded down.
            ///
            /// # Errors
            /// `InvalidInput` if 64 bits do not hold it.
            pub fn to_unit(self, unit: TimeUnit) -> Result<Self> {
                let conversion = Conversion::new(TimeKind::$meaning, self.unit, unit)?;
                Ok(Self { ticks: conversion.apply(self.ticks)?, unit })
            }
        }

        impl Element for $name {
            fn dtype_for(items: &mut dyn Iterator<Item = &Self>) -> DType {
                let unit = items.map(|item| item.unit).reduce(common_unit);
                DType::Scalar(Scalar::$kind(unit.unwrap_or(TimeUnit::Generic), ByteOrder::NATIVE))
            }

            fn decode(dtype: &DType, bytes: &[u8], count: usize, out: &mut Vec<Self>) -> Result<()> {
                let DType::Scalar(Scalar::$kind(unit, order)) = *dtype else {
                    return Err(other_dtype::<Self>(dtype));
                };
                let (ticks, _) = bytes.as_chunks();
                let native = |&ticks: &[u8; 8]| match order {
                    ByteOrder::Little => i64::from_le_bytes(ticks),
                    ByteOrder::Big => i64::from_be_bytes(ticks),
                };
                reserve(out, count.min(ticks.len()))?;
                out.extend(ticks.iter().take(count).map(|ticks| Self { ticks: native(ticks), unit }));
                Ok(())
            }

            fn encode(&self, dtype: &DType, out: &mut Vec<u8>) -> Result<()> {
                let DType::Scalar(Scalar::$kind(unit, _)) = *dtype else {
                    return Err(other_dtype::<Self>(dtype));
                };
                out.extend_from_slice(&self.to_unit(unit)?.ticks.to_ne_bytes());
                Ok(())
            }
        }
    };
}

ticking!(Datetime64, Datetime, Moment);
ticking!(Timedelta64, Timedelta, Length);

impl Datetime64 {
    /// The moment that `text` says, in ticks of `unit`, rounded down: `numpy.datetime64(text, unit)`.
    ///
    /// # Errors
    /// `InvalidData` if it is not a moment; `InvalidInput` if 64 bits do not hold it, or if it is not NaT and the unit
    /// is generic; `Unsupported` for `now` and `today`.
    ///
    /// ```
    /// use numio::{Datetime64, TimeUnit, DatetimeUnit};
    ///
    /// let hour = Datetime64::parse("2005-02-25T03:30", TimeUnit::one(DatetimeUnit::Hour))?;
    /// assert_eq!(hour.to_string(), "2005-02-25T03");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn parse(text: &str, unit: TimeUnit) -> Result<Self> {
        Ok(Self { ticks: datetime::parse_datetime_as(text, unit)?, unit })
    }
}

impl FromStr for Datetime64 {
    type Err = Error;

    /// As `numpy.datetime64(text)`: the unit is the one to whose precision the text is written.
    fn from_str(text: &str) -> Result<Self> {
        let (ticks, unit) = datetime::parse_datetime(text)?;
        Ok(Self { ticks, unit })
    }
}

impl fmt::Display for Datetime64 {
    /// As NumPy's `str`: ISO 8601 to the precision of the unit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&datetime::datetime_text(self.ticks, self.unit))
    }
}

impl fmt::Display for Timedelta64 {
    /// As NumPy's `str`: the count and the unit's name, `6 months`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&datetime::timedelta_text(self.ticks, self.unit))
    }
}

const NANOSECOND: TimeUnit = TimeUnit::one(DatetimeUnit::Nanosecond);

impl TryFrom<SystemTime> for Datetime64 {
    type Error = Error;

    /// The moment in nanoseconds, which reach from 1677 to 2262.
    fn try_from(time: SystemTime) -> Result<Self> {
        let since = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).ok(),
            Err(before) => i64::try_from(before.duration().as_nanos()).ok().map(|nanoseconds| -nanoseconds),
        };
        Ok(Self::new(since.ok_or_else(|| unfit(NANOSECOND))?, NANOSECOND))
    }
}

impl TryFrom<Datetime64> for SystemTime {
    type Error = Error;

    /// The moment, rounded down to nanoseconds, and on Windows, whose clock counts 100 of them, to those.
    fn try_from(time: Datetime64) -> Result<Self> {
        let since = nanoseconds(time.ticks(), time.unit()).ok_or_else(|| unfit(time.unit()))?;
        let distance = duration(since.unsigned_abs());
        let time = match since < 0 {
            false => distance.and_then(|after| Self::UNIX_EPOCH.checked_add(after)),
            true => distance.and_then(|before| Self::UNIX_EPOCH.checked_sub(before)),
        };
        time.ok_or_else(|| unfit(NANOSECOND))
    }
}

impl TryFrom<Duration> for Timedelta64 {
    type Error = Error;

    /// The length in nanoseconds, at most 292 years.
    fn try_from(length: Duration) -> Result<Self> {
        let ticks = i64::try_from(length.as_nanos()).map_err(|_| unfit(NANOSECOND))?;
        Ok(Self::new(ticks, NANOSECOND))
    }
}

impl TryFrom<Timedelta64> for Duration {
    type Error = Error;

    /// The length, rounded down to nanoseconds. Negative lengths, NaT, and years and months, which have no length, are
    /// refused.
    fn try_from(length: Timedelta64) -> Result<Self> {
        let has_length =
            !matches!(length.unit(), TimeUnit::Multiple(_, DatetimeUnit::Year | DatetimeUnit::Month));
        let all = nanoseconds(length.ticks(), length.unit()).filter(|_| has_length);
        let all = all.and_then(|all| u128::try_from(all).ok()).and_then(duration);
        all.ok_or_else(|| unfit(length.unit()))
    }
}

fn duration(nanoseconds: u128) -> Option<Duration> {
    const SECOND: u128 = 1_000_000_000;
    let seconds = u64::try_from(nanoseconds / SECOND).ok()?;
    Some(Duration::new(seconds, (nanoseconds % SECOND) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_through_system_time_come_back() {
        let first =
            if cfg!(windows) { "1677-09-21T00:12:43.1452242" } else { "1677-09-21T00:12:43.145224193" };
        for text in ["1970", "2005-02-25", "1969-12-31T23:59:59.5", first] {
            let moment: Datetime64 = text.parse().unwrap();
            let system = SystemTime::try_from(moment).unwrap();
            assert_eq!(Datetime64::try_from(system).unwrap().to_unit(moment.unit()).unwrap(), moment);
        }
        assert_eq!(SystemTime::try_from(Datetime64::new(0, NANOSECOND)).unwrap(), SystemTime::UNIX_EPOCH);
        let far = SystemTime::try_from("9999-12-31".parse::<Datetime64>().unwrap()).unwrap();
        assert!(Datetime64::try_from(far).is_err());
        assert!(SystemTime::try_from(Datetime64::nat(NANOSECOND)).is_err());
    }

    #[test]
    fn lengths_through_duration_come_back() {
        let length = Duration::new(5, 7);
        assert_eq!(Duration::try_from(Timedelta64::try_from(length).unwrap()).unwrap(), length);
        let picoseconds = Timedelta64::new(5_999, TimeUnit::one(DatetimeUnit::Picosecond));
        assert_eq!(Duration::try_from(picoseconds).unwrap(), Duration::from_nanos(5));
        for (ticks, unit) in
            [(-1, DatetimeUnit::Second), (1, DatetimeUnit::Month), (i64::MIN, DatetimeUnit::Second)]
        {
            assert!(Duration::try_from(Timedelta64::new(ticks, TimeUnit::one(unit))).is_err());
        }
        assert!(Duration::try_from(Timedelta64::new(1, TimeUnit::Generic)).is_err());
        let error = Timedelta64::try_from(Duration::MAX).unwrap_err();
        assert_eq!(
            error.message(),
            "a time in [ns] is NaT, negative, without a length, or beyond what the other type holds"
        );
    }
}
