//! Moments and lengths of time.

use std::fmt;
use std::str::FromStr;

use crate::array::element::Element;
use crate::array::error::other_dtype;
use crate::array::time::{self, Conversion, Kind, NAT, common_unit};
use crate::{ByteOrder, DType, Error, Result, Scalar, TimeUnit};

/// A moment: so many ticks of a unit since 1970-01-01T00:00, NumPy's `datetime64`.
///
/// It is read from text, and printed, as NumPy does it: ISO 8601, to the precision of the unit. Equality is that of ticks
/// and unit, so that a NaT equals itself; arrays compare as NumPy does, where it does not.
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

/// A length of time: so many ticks of a unit, NumPy's `timedelta64`.
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

            /// How many ticks; `None` for NaT.
            pub fn ticks(self) -> Option<i64> {
                (self.ticks != NAT).then_some(self.ticks)
            }

            /// What one tick lasts.
            pub fn unit(self) -> TimeUnit {
                self.unit
            }

            /// Whether it is "not a time".
            pub fn is_nat(self) -> bool {
                self.ticks == NAT
            }

            /// The same in another unit, rounded down.
            ///
            /// # Errors
            /// `InvalidInput` where 64 bits do not hold it.
            pub fn to_unit(self, unit: TimeUnit) -> Result<Self> {
                let conversion = Conversion::new(Kind::$meaning, self.unit, unit)?;
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
    /// `InvalidData` where it is no moment; `InvalidInput` where 64 bits do not hold it, or where it is not NaT and the unit is
    /// generic; `Unsupported` for `now` and `today`.
    ///
    /// ```
    /// use numio::{Datetime64, TimeUnit, DatetimeUnit};
    ///
    /// let hour = Datetime64::parse("2005-02-25T03:30", TimeUnit::one(DatetimeUnit::Hour))?;
    /// assert_eq!(hour.to_string(), "2005-02-25T03");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn parse(text: &str, unit: TimeUnit) -> Result<Self> {
        Ok(Self { ticks: time::parse_datetime_as(text, unit)?, unit })
    }
}

impl FromStr for Datetime64 {
    type Err = Error;

    /// As `numpy.datetime64(text)`: the unit is the one to whose precision the text is written.
    fn from_str(text: &str) -> Result<Self> {
        let (ticks, unit) = time::parse_datetime(text)?;
        Ok(Self { ticks, unit })
    }
}

impl fmt::Display for Datetime64 {
    /// As NumPy's `str`: ISO 8601 to the precision of the unit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&time::datetime_text(self.ticks, self.unit))
    }
}

impl fmt::Display for Timedelta64 {
    /// As NumPy's `str`: the count and the unit's name, `6 months`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&time::timedelta_text(self.ticks, self.unit))
    }
}
