//! Moments and lengths of time.

use std::fmt;

use crate::array::element::Element;
use crate::array::error::other_dtype;
use crate::array::time::{self, NAT};
use crate::{ByteOrder, DType, Result, Scalar, TimeUnit};

/// A moment: so many ticks of a unit since 1970-01-01T00:00, NumPy's `datetime64`.
///
/// ```
/// use numio::{Datetime64, TimeUnit, Unit};
///
/// let day = Datetime64::new(12_839, TimeUnit::one(Unit::Day));
/// assert_eq!(day.to_string(), "2005-02-25");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Datetime64 {
    ticks: i64,
    unit: TimeUnit,
}

/// A length of time: so many ticks of a unit, NumPy's `timedelta64`.
///
/// ```
/// use numio::{Timedelta64, TimeUnit, Unit};
///
/// let fortnight = Timedelta64::new(2, TimeUnit::one(Unit::Week));
/// assert_eq!(fortnight.to_string(), "2 weeks");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timedelta64 {
    ticks: i64,
    unit: TimeUnit,
}

macro_rules! ticking {
    ($name:ident, $kind:ident) => {
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
        }

        impl Element for $name {
            fn dtype_for<'a>(items: &mut dyn Iterator<Item = &'a Self>) -> DType {
                let unit = items.next().map_or(TimeUnit::Generic, |item| item.unit);
                DType::Scalar(Scalar::$kind(unit, ByteOrder::NATIVE))
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

            fn encode(&self, _: &DType, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.ticks.to_ne_bytes());
            }
        }
    };
}

ticking!(Datetime64, Datetime);
ticking!(Timedelta64, Timedelta);

impl fmt::Display for Datetime64 {
    /// As NumPy's `str`: ISO 8601 to the precision of the unit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        time::print_datetime(f, self.ticks, self.unit)
    }
}
