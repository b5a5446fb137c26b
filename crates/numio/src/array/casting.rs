//! NumPy's rules of casting: which dtypes may become which (`can_cast` in `numpy/_core/src/multiarray/convert_datatype.c`,
//! and `datetime.c` for times).

use std::fmt;
use std::str::FromStr;

use crate::{
    ByteOrder, ComplexWidth, DType, DatetimeUnit, Error, ErrorKind, FloatWidth, IntWidth, Record, Result,
    Scalar, TimeUnit,
};

/// A rule of what a cast may change: NumPy's `casting`. Each allows what those before it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Casting {
    /// `no`: nothing.
    No,
    /// `equiv`: the byte order alone, and the padding of records.
    Equiv,
    /// `safe`: no value is lost.
    Safe,
    /// `same_kind`: values may be rounded, cut or wrapped within a kind, such as `f8` to `f4`.
    SameKind,
    /// `unsafe`: any conversion that there is, such as floats to integers.
    Unsafe,
}

impl Casting {
    /// Every rule, the strictest first.
    pub const ALL: [Self; 5] = [Self::No, Self::Equiv, Self::Safe, Self::SameKind, Self::Unsafe];
}

/// NumPy's name of the rule.
impl fmt::Display for Casting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::No => "no",
            Self::Equiv => "equiv",
            Self::Safe => "safe",
            Self::SameKind => "same_kind",
            Self::Unsafe => "unsafe",
        })
    }
}

/// From NumPy's name of the rule.
impl FromStr for Casting {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|casting| casting.to_string() == name).ok_or_else(|| {
            let what = format!(
                "casting must be one of 'no', 'equiv', 'safe', 'same_kind', or 'unsafe', not {name:?}"
            );
            Error::new(ErrorKind::InvalidInput, what)
        })
    }
}

impl DType {
    /// Returns whether this dtype may be converted to `to` by NumPy's `same_kind` rules: to the same kind of any
    /// width, and to a kind that holds more (booleans, unsigned, signed, floats, complex numbers, in this order).
    ///
    /// ```
    /// use numio::DType;
    ///
    /// assert!(DType::FLOAT64.can_cast(&DType::FLOAT32));
    /// assert!(!DType::FLOAT64.can_cast(&DType::INT64));
    /// ```
    pub fn can_cast(&self, to: &Self) -> bool {
        self.can_cast_with(to, Casting::SameKind)
    }

    /// Returns whether this dtype may be converted to `to` by a rule of NumPy's: `np.can_cast(self, to, casting)`.
    ///
    /// ```
    /// use numio::{Casting, DType};
    ///
    /// assert!(DType::INT32.can_cast_with(&DType::FLOAT64, Casting::Safe));
    /// assert!(!DType::INT64.can_cast_with(&DType::INT32, Casting::Safe));
    /// assert!(DType::FLOAT64.can_cast_with(&DType::INT64, Casting::Unsafe));
    /// ```
    pub fn can_cast_with(&self, to: &Self, casting: Casting) -> bool {
        strictest(self, to, true).is_some_and(|strictest| strictest <= casting)
    }
}

/// The strictest rule that allows the conversion; none if not even [`Casting::Unsafe`] does. If `flexible`, a text or
/// void of no length stands for one that is as long as need be; in fields it does not.
fn strictest(from: &DType, to: &DType, flexible: bool) -> Option<Casting> {
    Some(match (from, to) {
        (DType::Scalar(Scalar::Object), DType::Scalar(Scalar::Object)) => Casting::No,
        (_, DType::Scalar(Scalar::Object)) => Casting::Safe,
        (DType::Scalar(Scalar::Object), _) => Casting::Unsafe,
        (DType::Record(_), DType::Scalar(Scalar::Void(0))) if flexible => Casting::No,
        (DType::Subarray(_), DType::Scalar(Scalar::Void(0))) if flexible => Casting::Safe,
        (DType::Scalar(from), DType::Scalar(to)) => scalars(*from, *to, flexible),
        (DType::Subarray(from), DType::Subarray(to)) => match from.shape() == to.shape() {
            true => strictest(from.base(), to.base(), flexible)?,
            false => Casting::Unsafe,
        },
        (_, DType::Subarray(to)) => strictest(from, to.base(), flexible)?.max(Casting::Safe),
        (DType::Record(from), DType::Record(to)) => records(from, to)?,
        // A single field is cast like its value.
        (DType::Record(from), _) if from.fields().len() != 1 => return None,
        (DType::Record(_), _) | (_, DType::Record(_)) | (DType::Subarray(_), _) => Casting::Unsafe,
    })
}

/// Fields are matched by their position, whatever their names.
fn records(from: &Record, to: &Record) -> Option<Casting> {
    if from.fields().len() != to.fields().len() {
        return None;
    }
    let mut found = if from.itemsize() == to.itemsize() { Casting::No } else { Casting::Equiv };
    for (from, to) in from.fields().iter().zip(to.fields()) {
        found = found.max(strictest(&from.dtype, &to.dtype, false)?);
        if from.offset != to.offset {
            found = found.max(Casting::Equiv);
        }
        if from.name != to.name || from.title != to.title {
            found = found.max(Casting::Safe);
        }
    }
    Some(found)
}

fn scalars(from: Scalar, to: Scalar, flexible: bool) -> Casting {
    use Scalar::{Bool, Bytes, Complex, Datetime, Float, Int, Int8, Str, Timedelta, UInt, UInt8, Void};
    let safe_if = |safe: bool, else_: Casting| if safe { Casting::Safe } else { else_ };
    let is_number = matches!(from, Bool | Int8 | Int(..) | UInt8 | UInt(..) | Float(..) | Complex(..));
    match (from, to) {
        (Bytes(_), Bytes(0)) | (Void(_), Void(0)) if flexible => Casting::No,
        (Str(_, order), Str(0, _)) if flexible => match order {
            ByteOrder::NATIVE => Casting::No,
            _ => Casting::Equiv,
        },
        (_, Str(0, _) | Bytes(0)) if flexible && (is_number || matches!(from, Bytes(_))) => Casting::Safe,
        (_, Void(0)) if flexible => Casting::Safe,
        _ if from == to => Casting::No,
        _ if to.byte_order().is_some_and(|order| from.with_byte_order(order) == to) => Casting::Equiv,
        (Bytes(from) | Str(from, _), Str(to, _)) | (Bytes(from), Bytes(to)) | (Void(from), Void(to)) => {
            safe_if(from <= to, Casting::SameKind)
        }
        (_, Void(length)) => safe_if(from.itemsize() <= length as usize, Casting::Unsafe),
        (_, Bytes(length) | Str(length, _)) if is_number => {
            safe_if(text_length(from) <= length, Casting::SameKind)
        }
        (Datetime(from, _), Datetime(to, _)) => match (from, to) {
            (TimeUnit::Generic, _) => Casting::Safe,
            (_, TimeUnit::Generic) => Casting::Unsafe,
            _ => safe_if(divides(from, to, false), Casting::SameKind),
        },
        (Timedelta(from, _), Timedelta(to, _)) => match (from, to) {
            (TimeUnit::Generic, _) => Casting::Safe,
            (_, TimeUnit::Generic) => Casting::Unsafe,
            // Years and months have no length.
            (TimeUnit::Multiple(_, one), TimeUnit::Multiple(_, other))
                if (one <= DatetimeUnit::Month) != (other <= DatetimeUnit::Month) =>
            {
                Casting::Unsafe
            }
            _ => safe_if(divides(from, to, true), Casting::SameKind),
        },
        (Bool | Int8 | Int(..) | UInt8 | UInt(..), Timedelta(..)) => {
            safe_if(!matches!(from, UInt(IntWidth::Bits64, _)), Casting::SameKind)
        }
        _ => match (Kind::of(from), Kind::of(to)) {
            (Some((from_kind, bits)), Some((to_kind, room))) if from_kind <= to_kind => {
                safe_if(fits(from_kind, bits, to_kind, room), Casting::SameKind)
            }
            _ => Casting::Unsafe,
        },
    }
}

/// The kinds of numbers, each of which may become those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Bool,
    UInt,
    Int,
    Float,
    Complex,
}

impl Kind {
    /// The kind of a number, and its bits; of a complex number, those of a part.
    fn of(scalar: Scalar) -> Option<(Self, u32)> {
        let int = |width| match width {
            IntWidth::Bits16 => 16,
            IntWidth::Bits32 => 32,
            IntWidth::Bits64 => 64,
        };
        let float = |width: FloatWidth| width.bytes() as u32 * 8;
        Some(match scalar {
            Scalar::Bool => (Self::Bool, 1),
            Scalar::UInt8 => (Self::UInt, 8),
            Scalar::UInt(width, _) => (Self::UInt, int(width)),
            Scalar::Int8 => (Self::Int, 8),
            Scalar::Int(width, _) => (Self::Int, int(width)),
            Scalar::Float(width, _) => (Self::Float, float(width)),
            Scalar::Complex(width, _) => (Self::Complex, float(ComplexWidth::part(width))),
            _ => return None,
        })
    }
}

/// Returns whether NumPy counts every value of `bits` as one of `room` bits too.
fn fits(from: Kind, bits: u32, to: Kind, room: u32) -> bool {
    match (from, to) {
        (Kind::Bool, _) => true,
        (Kind::UInt, Kind::Int) => bits < room,
        // Wide integers are rounded, and NumPy calls that safe.
        (Kind::UInt | Kind::Int, Kind::Float | Kind::Complex) => (bits * 2).min(64) <= room,
        _ => bits <= room,
    }
}

/// Returns whether every time in units of `from` is a whole number of units of `to` (`datetime_metadata_divides`). Years
/// and months against days and less pass unless `strict`.
fn divides(from: TimeUnit, to: TimeUnit, strict: bool) -> bool {
    /// NumPy gives up on factors that have any of these bits.
    const TOO_LARGE: u64 = 0xff << 56;
    let (TimeUnit::Multiple(count, unit), TimeUnit::Multiple(step, wanted)) = (from, to) else {
        return false;
    };
    if unit > wanted {
        return false;
    }
    let mut factor = 1_u64;
    if unit != wanted {
        match (unit, wanted) {
            (DatetimeUnit::Year, DatetimeUnit::Month) => factor = 12,
            (DatetimeUnit::Year | DatetimeUnit::Month, _) => return !strict,
            _ => {
                for (next, ratio) in RATIOS.into_iter().skip_while(|(next, _)| *next <= unit) {
                    let Some(product) = factor.checked_mul(ratio).filter(|product| product & TOO_LARGE == 0)
                    else {
                        return false;
                    };
                    factor = product;
                    if next == wanted {
                        break;
                    }
                }
            }
        }
    }
    let total = u64::from(count.get()).checked_mul(factor).filter(|total| total & TOO_LARGE == 0);
    total.is_some_and(|total| total.is_multiple_of(step.get().into()))
}

/// Number of characters that NumPy reserves for the text of such values.
pub(super) fn text_length(from: Scalar) -> u32 {
    let of_int = |width: IntWidth| match width {
        IntWidth::Bits16 => 5,
        IntWidth::Bits32 => 10,
        IntWidth::Bits64 => 20,
    };
    match from {
        Scalar::Bool => 5,
        Scalar::Int8 => 4,
        Scalar::UInt8 => 3,
        Scalar::Int(width, _) => of_int(width) + 1,
        Scalar::UInt(width, _) => of_int(width),
        Scalar::Float(FloatWidth::Bits128, _) => 48,
        Scalar::Float(..) => 32,
        Scalar::Complex(ComplexWidth::Bits256, _) => 96,
        Scalar::Complex(..) => 64,
        Scalar::Bytes(length) | Scalar::Str(length, _) => length,
        Scalar::Datetime(TimeUnit::Generic, _) => 4,
        // A year of 64 bits, two digits and a separator for each part after it, and more for fractions.
        Scalar::Datetime(TimeUnit::Multiple(_, unit), _) => match unit {
            DatetimeUnit::Year => 22,
            DatetimeUnit::Month => 25,
            DatetimeUnit::Week | DatetimeUnit::Day => 28,
            DatetimeUnit::Hour => 32,
            DatetimeUnit::Minute => 35,
            DatetimeUnit::Second => 38,
            DatetimeUnit::Millisecond => 42,
            DatetimeUnit::Microsecond => 45,
            DatetimeUnit::Nanosecond => 48,
            DatetimeUnit::Picosecond => 51,
            DatetimeUnit::Femtosecond => 54,
            DatetimeUnit::Attosecond => 57,
        },
        Scalar::Timedelta(..) => 21,
        _ => 0,
    }
}

/// Each unit with the number of it in the next longer one, the longest first.
const RATIOS: [(DatetimeUnit, u64); 10] = [
    (DatetimeUnit::Day, 7),
    (DatetimeUnit::Hour, 24),
    (DatetimeUnit::Minute, 60),
    (DatetimeUnit::Second, 60),
    (DatetimeUnit::Millisecond, 1000),
    (DatetimeUnit::Microsecond, 1000),
    (DatetimeUnit::Nanosecond, 1000),
    (DatetimeUnit::Picosecond, 1000),
    (DatetimeUnit::Femtosecond, 1000),
    (DatetimeUnit::Attosecond, 1000),
];
