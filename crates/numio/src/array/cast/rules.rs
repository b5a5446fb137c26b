//! What may become what: NumPy's `can_cast(..., 'same_kind')` (`convert_datatype.c`, `datetime.c`).

use crate::{ByteOrder, ComplexWidth, DType, DatetimeUnit, FloatWidth, IntWidth, Scalar, TimeUnit};

impl DType {
    /// Whether elements of this dtype may be converted to `to` by NumPy's `same_kind` rules: to the same kind of any
    /// width, and to a kind that holds more (booleans, unsigned, signed, floats, complex numbers, in this order).
    ///
    /// ```
    /// use numio::DType;
    ///
    /// assert!(DType::FLOAT64.can_cast(&DType::FLOAT32));
    /// assert!(!DType::FLOAT64.can_cast(&DType::INT64));
    /// ```
    pub fn can_cast(&self, to: &Self) -> bool {
        match (self, to) {
            (_, Self::Scalar(Scalar::Object)) => true,
            (Self::Scalar(Scalar::Object), _) => false,
            // Raw bytes without a length take any.
            (_, Self::Scalar(Scalar::Void(0))) => true,
            (Self::Scalar(from), Self::Scalar(to)) => scalars(*from, *to),
            (Self::Subarray(from), Self::Subarray(to)) => {
                from.shape() == to.shape() && from.base().can_cast(to.base())
            }
            (_, Self::Subarray(to)) => self.can_cast(to.base()),
            // Fields by their place, whatever their names.
            (Self::Record(from), Self::Record(to)) => {
                from.fields().len() == to.fields().len()
                    && from.fields().iter().zip(to.fields()).all(|(from, to)| from.dtype.can_cast(&to.dtype))
            }
            _ => false,
        }
    }
}

fn scalars(from: Scalar, to: Scalar) -> bool {
    use Scalar::{Bool, Bytes, Complex, Datetime, Float, Int, Int8, Str, Timedelta, UInt, UInt8, Void};
    match (from, to) {
        (Void(_), Void(_)) => true,
        (from, Void(length)) => from.itemsize() <= length as usize,
        (Datetime(from, _), Datetime(to, _)) => from == TimeUnit::Generic || to != TimeUnit::Generic,
        (Timedelta(from, _), Timedelta(to, _)) => match (from, to) {
            (TimeUnit::Generic, _) => true,
            (_, TimeUnit::Generic) => false,
            // Years and months have no length.
            (TimeUnit::Multiple(_, from), TimeUnit::Multiple(_, to)) => {
                (from <= DatetimeUnit::Month) == (to <= DatetimeUnit::Month)
            }
        },
        (Bool | Int8 | Int(..) | UInt8 | UInt(..), Timedelta(..)) => true,
        (Bytes(_), Bytes(_) | Str(..)) | (Str(..), Str(..)) => true,
        (Bool | Int8 | Int(..) | UInt8 | UInt(..) | Float(..) | Complex(..), Bytes(_) | Str(..)) => true,
        (from, to) => rank(from).zip(rank(to)).is_some_and(|(from, to)| from <= to),
    }
}

/// The order of the kinds of numbers.
fn rank(scalar: Scalar) -> Option<u8> {
    match scalar {
        Scalar::Bool => Some(0),
        Scalar::UInt8 | Scalar::UInt(..) => Some(1),
        Scalar::Int8 | Scalar::Int(..) => Some(2),
        Scalar::Float(..) => Some(3),
        Scalar::Complex(..) => Some(4),
        _ => None,
    }
}

/// Whether a cast that the rules allow would have to make Python objects of other values.
pub(super) fn makes_objects(from: &DType, to: &DType) -> bool {
    match (from, to) {
        (DType::Scalar(Scalar::Object), _) => false,
        (_, DType::Scalar(Scalar::Object)) => true,
        (DType::Subarray(from), DType::Subarray(to)) => makes_objects(from.base(), to.base()),
        (_, DType::Subarray(to)) => makes_objects(from, to.base()),
        (DType::Record(from), DType::Record(to)) => {
            let mut pairs = from.fields().iter().zip(to.fields());
            pairs.any(|(from, to)| makes_objects(&from.dtype, &to.dtype))
        }
        _ => false,
    }
}

/// `to`, with what it leaves open taken from `from`: a length, or a unit of time.
pub(super) fn adapted(from: &DType, to: &DType) -> DType {
    let (&DType::Scalar(wanted), found) = (to, from.as_scalar()) else { return to.clone() };
    DType::Scalar(match (found, wanted) {
        (None, Scalar::Void(0)) => return from.clone(),
        // Of the same kind, NumPy keeps the byte order too.
        (Some(from @ Scalar::Str(..)), Scalar::Str(0, _))
        | (Some(from @ Scalar::Datetime(..)), Scalar::Datetime(TimeUnit::Generic, _))
        | (Some(from @ Scalar::Timedelta(..)), Scalar::Timedelta(TimeUnit::Generic, _)) => from,
        (Some(from), Scalar::Void(0)) => Scalar::Void(from.itemsize() as u32),
        (Some(from), Scalar::Bytes(0)) => Scalar::Bytes(text_length(from)),
        (Some(from), Scalar::Str(0, _)) => Scalar::Str(text_length(from), ByteOrder::NATIVE),
        (_, wanted) => wanted,
    })
}

/// How many characters NumPy gives the texts of such values.
fn text_length(from: Scalar) -> u32 {
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
        Scalar::Bytes(length) => length,
        _ => 0,
    }
}
