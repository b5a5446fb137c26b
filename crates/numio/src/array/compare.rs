//! When dtypes and arrays are the same.

use half::f16;

use super::{DynArray, LongDouble, Order};
use crate::datetime::NAT;
use crate::{ByteOrder, DType, Field, FloatWidth, Scalar};

/// Returns whether both dtypes are equal except for byte order: the same kinds, widths, units, lengths, names and
/// offsets.
pub(crate) fn same_up_to_order(a: &DType, b: &DType) -> bool {
    match (a, b) {
        (DType::Scalar(a), DType::Scalar(b)) => {
            a == b || b.byte_order().is_some_and(|order| a.with_byte_order(order) == *b)
        }
        (DType::Subarray(a), DType::Subarray(b)) => {
            a.shape() == b.shape() && same_up_to_order(a.base(), b.base())
        }
        (DType::Record(a), DType::Record(b)) => {
            a.itemsize() == b.itemsize()
                && a.fields().len() == b.fields().len()
                && a.fields().iter().zip(b.fields()).all(|(a, b)| {
                    a.name == b.name
                        && a.title == b.title
                        && a.offset == b.offset
                        && same_up_to_order(&a.dtype, &b.dtype)
                })
        }
        _ => false,
    }
}

impl PartialEq for DynArray {
    /// Compares shapes, dtypes except for byte order, and all values: NaN and NaT do not equal themselves, negative
    /// zero equals zero, and padding between the fields of records is ignored. Python objects are equal only to
    /// themselves: those of one load never equal those of another.
    fn eq(&self, other: &Self) -> bool {
        if !self.has_same_objects(other)
            || self.shape() != other.shape()
            || !same_up_to_order(&self.dtype, &other.dtype)
        {
            return false;
        }
        if self.order() == other.order()
            && let (Some(a), Some(b)) = (self.as_bytes(), other.as_bytes())
        {
            return equal(&self.dtype, &other.dtype, a, b);
        }
        let itemsize = self.dtype.itemsize();
        let mut starts = self.layout.offsets(Order::C).zip(other.layout.offsets(Order::C));
        starts.all(|(a, b)| {
            let (a, b) = (element(self, a, itemsize), element(other, b, itemsize));
            equal(&self.dtype, &other.dtype, a, b)
        })
    }
}

impl DynArray {
    /// Compares shapes, dtypes including byte order, and all bytes; strides may differ. Unlike `==`, a NaN is
    /// identical to itself, and negative zero is not identical to zero.
    ///
    /// ```
    /// use numio::DynArray;
    ///
    /// let array = DynArray::from(ndarray::array![f64::NAN]);
    /// assert!(array != array.clone() && array.identical(&array.clone()));
    /// ```
    pub fn identical(&self, other: &Self) -> bool {
        let same = self.shape() == other.shape() && self.dtype == other.dtype && self.has_same_objects(other);
        same && match (self.as_bytes(), other.as_bytes()) {
            (Some(a), Some(b)) if self.order() == other.order() => a == b,
            _ => self.to_bytes() == other.to_bytes(),
        }
    }
}

fn element(array: &DynArray, start: usize, itemsize: usize) -> &[u8] {
    array.data.bytes().get(start..).and_then(|rest| rest.get(..itemsize)).unwrap_or_default()
}

/// Compares contiguous elements of dtypes that are equal except for byte order.
fn equal(a: &DType, b: &DType, a_bytes: &[u8], b_bytes: &[u8]) -> bool {
    match (a, b) {
        _ if a.itemsize() == 0 => true,
        (DType::Scalar(a), DType::Scalar(b)) => equal_scalars(*a, *b, a_bytes, b_bytes),
        (DType::Subarray(a), DType::Subarray(b)) => equal(a.base(), b.base(), a_bytes, b_bytes),
        (DType::Record(a), DType::Record(b)) => {
            let elements = a_bytes.chunks_exact(a.itemsize()).zip(b_bytes.chunks_exact(b.itemsize()));
            let fields = || a.fields().iter().zip(b.fields());
            elements.into_iter().all(|(a_bytes, b_bytes)| {
                fields().all(|(a, b)| equal(&a.dtype, &b.dtype, field(a, a_bytes), field(b, b_bytes)))
            })
        }
        _ => false,
    }
}

fn field<'a>(field: &Field, element: &'a [u8]) -> &'a [u8] {
    let rest = element.get(field.offset..).unwrap_or_default();
    rest.get(..field.dtype.itemsize()).unwrap_or_default()
}

fn equal_scalars(a: Scalar, b: Scalar, a_bytes: &[u8], b_bytes: &[u8]) -> bool {
    let pair = Pair { a: is_swapped(a), b: is_swapped(b), a_bytes, b_bytes };
    match a {
        Scalar::Bool => pair.all(|[a]: [u8; 1], [b]| (a != 0) == (b != 0)),
        Scalar::Float(width, _) => pair.floats(width),
        Scalar::Complex(width, _) => pair.floats(width.part()),
        Scalar::Datetime(..) | Scalar::Timedelta(..) => {
            pair.all(|a, b| a == b && i64::from_ne_bytes(a) != NAT)
        }
        _ if a == b => a_bytes == b_bytes,
        _ => match a.swap_size() {
            2 => pair.all(|a: [u8; 2], b| a == b),
            4 => pair.all(|a: [u8; 4], b| a == b),
            _ => pair.all(|a: [u8; 8], b| a == b),
        },
    }
}

fn is_swapped(scalar: Scalar) -> bool {
    scalar.byte_order().is_some_and(|order| order != ByteOrder::NATIVE)
}

/// Two contiguous sequences of values, and whether each is in non-native byte order.
struct Pair<'a> {
    a: bool,
    b: bool,
    a_bytes: &'a [u8],
    b_bytes: &'a [u8],
}

impl Pair<'_> {
    fn floats(&self, width: FloatWidth) -> bool {
        match width {
            FloatWidth::Bits16 => self.all(|a, b| f16::from_ne_bytes(a) == f16::from_ne_bytes(b)),
            FloatWidth::Bits32 => self.all(|a, b| f32::from_ne_bytes(a) == f32::from_ne_bytes(b)),
            FloatWidth::Bits64 => self.all(|a, b| f64::from_ne_bytes(a) == f64::from_ne_bytes(b)),
            FloatWidth::Bits128 => {
                self.all(|a, b| LongDouble::from_ne_bytes(a) == LongDouble::from_ne_bytes(b))
            }
        }
    }

    /// Returns whether `equal` holds for all pairs, which it gets in native byte order.
    fn all<const N: usize>(&self, equal: impl Fn([u8; N], [u8; N]) -> bool) -> bool {
        let reversed = |mut bytes: [u8; N]| {
            bytes.reverse();
            bytes
        };
        match (self.a, self.b) {
            (false, false) => self.blocks(equal),
            (true, false) => self.blocks(|a, b| equal(reversed(a), b)),
            (false, true) => self.blocks(|a, b| equal(a, reversed(b))),
            (true, true) => self.blocks(|a, b| equal(reversed(a), reversed(b))),
        }
    }

    /// Block by block, each to its end: the compiler makes vectors of loops without a way out.
    fn blocks<const N: usize>(&self, equal: impl Fn([u8; N], [u8; N]) -> bool) -> bool {
        let (a, b) = (self.a_bytes.as_chunks().0, self.b_bytes.as_chunks().0);
        let mut blocks = a.chunks(256).zip(b.chunks(256));
        blocks.all(|(a, b)| a.iter().zip(b).fold(true, |all, (a, b)| all & equal(*a, *b)))
    }
}
