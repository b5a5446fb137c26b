//! NumPy's times and the standard library's.

use std::time::{Duration, SystemTime};

use super::{Datetime64, Timedelta64};
use crate::array::time::{nanoseconds, unfit};
use crate::{DatetimeUnit, Error, Result, TimeUnit};

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

    /// The moment, rounded down to nanoseconds.
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
    fn moments_come_back() {
        for text in ["1970", "2005-02-25", "1969-12-31T23:59:59.5", "1677-09-21T00:12:43.145224193"] {
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
    fn lengths_come_back() {
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
