//! Single elements as values whose kind is known at run time.

use std::sync::Arc;

use half::f16;
use num_complex::Complex;

use super::elements::{text, unpadded};
use super::error::Fault;
use super::{Datetime64, DynArray, Layout, LongDouble, Order, Timedelta64};
use crate::dtype::dispatch_scalar;
use crate::{ByteOrder, ComplexWidth, DType, FloatWidth, Result, Scalar};

/// One element of a [`DynArray`].
///
/// ```
/// use numio::{DynArray, Item};
///
/// let array = DynArray::from(ndarray::array![[1.5_f32, 2.5]]);
/// assert_eq!(array.item(&[0, 1])?, Item::Float(2.5));
/// assert_eq!(array.item(&[0, 1])?.as_f64(), Some(2.5));
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// `?`: any byte but 0 is true.
    Bool(bool),
    /// `i1` to `i8`.
    Int(i64),
    /// `u1` to `u8`.
    UInt(u64),
    /// `f2` to `f8`, exactly.
    Float(f64),
    /// `f16`.
    LongDouble(LongDouble),
    /// `c8`, `c16`, exactly.
    Complex(Complex<f64>),
    /// `c32`.
    LongComplex(Complex<LongDouble>),
    /// `M8`.
    Datetime(Datetime64),
    /// `m8`.
    Timedelta(Timedelta64),
    /// `S`, without the padding.
    Bytes(Vec<u8>),
    /// `U`, without the padding.
    Str(String),
    /// `V`.
    Void(Vec<u8>),
    /// The fields of a record, in order.
    Record(Vec<(Arc<str>, Item)>),
    /// A subarray, sharing the array's memory.
    Array(DynArray),
    /// `O`: the number of the object among those that the array carries.
    Object(u64),
}

impl Item {
    /// The truth value, of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::UInt(value) => i64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The integer, if it is one and fits.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(value) => u64::try_from(*value).ok(),
            Self::UInt(value) => Some(*value),
            _ => None,
        }
    }

    /// The number nearest to an integer or a float.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::UInt(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::LongDouble(value) => Some(value.to_f64()),
            _ => None,
        }
    }

    /// The text, of a `U`.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(value) => Some(value),
            _ => None,
        }
    }

    /// The bytes, of an `S` or a `V`.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(value) | Self::Void(value) => Some(value),
            _ => None,
        }
    }

    /// The field of that name, of a record.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Record(fields) => fields.iter().find(|(found, _)| &**found == name).map(|(_, item)| item),
            _ => None,
        }
    }
}

impl DynArray {
    /// The element at `index`, which has one number for each axis.
    ///
    /// # Errors
    /// `InvalidInput` if the index does not fit the shape, `InvalidData` if text is not valid.
    pub fn item(&self, index: &[usize]) -> Result<Item> {
        if index.len() != self.ndim() {
            return Err(Fault::IndexCount { found: index.len(), wanted: self.ndim() }.into());
        }
        let mut start = self.layout.offset as isize;
        for (axis, ((&index, &size), &stride)) in
            index.iter().zip(self.shape()).zip(self.strides()).enumerate()
        {
            if index >= size {
                return Err(Fault::OutOfBounds { index: index.to_string(), axis, size }.into());
            }
            start += stride * index as isize;
        }
        self.item_at(&self.dtype, start as usize)
    }

    /// All elements, the last index varying fastest.
    ///
    /// ```
    /// use numio::DynArray;
    ///
    /// let array = DynArray::from(ndarray::array![[1_u8, 2], [3, 4]]);
    /// let all: Vec<_> = array.items().map(|item| item.unwrap().as_u64()).collect();
    /// assert_eq!(all, [Some(1), Some(2), Some(3), Some(4)]);
    /// ```
    pub fn items(&self) -> impl Iterator<Item = Result<Item>> {
        self.layout.offsets(Order::C).map(|start| self.item_at(&self.dtype, start))
    }

    fn item_at(&self, dtype: &DType, start: usize) -> Result<Item> {
        match dtype {
            DType::Scalar(scalar) => {
                let bytes = self.data.bytes().get(start..).and_then(|rest| rest.get(..scalar.itemsize()));
                scalar_item(*scalar, bytes.unwrap_or_default())
            }
            DType::Record(record) => {
                let fields = record.fields().iter();
                let item = |field: &crate::Field| {
                    Ok((Arc::clone(&field.name), self.item_at(&field.dtype, start + field.offset)?))
                };
                Ok(Item::Record(fields.map(item).collect::<Result<_>>()?))
            }
            DType::Subarray(subarray) => {
                let base = subarray.base();
                let mut layout = Layout::contiguous(subarray.shape(), base.itemsize(), Order::C);
                layout.offset = start;
                Ok(Item::Array(self.part(base.clone(), layout)))
            }
        }
    }
}

fn scalar_item(scalar: Scalar, bytes: &[u8]) -> Result<Item> {
    Ok(dispatch_scalar!(scalar,
        signed(T, order) => Item::Int(T::from_ne_bytes(native(bytes, order)).into()),
        unsigned(T, order) => Item::UInt(T::from_ne_bytes(native(bytes, order)).into()),
        Scalar::Bool => Item::Bool(bytes.first().is_some_and(|&byte| byte != 0)),
        Scalar::Float(FloatWidth::Bits128, order) => {
            Item::LongDouble(LongDouble::from_ne_bytes(native(bytes, order)))
        }
        Scalar::Float(width, order) => Item::Float(float(width, order, bytes)),
        Scalar::Complex(width, order) => {
            let (re, im) = bytes.split_at_checked(width.part().bytes()).unwrap_or_default();
            match width {
                ComplexWidth::Bits64 | ComplexWidth::Bits128 => {
                    let part = |bytes| float(width.part(), order, bytes);
                    Item::Complex(Complex::new(part(re), part(im)))
                }
                ComplexWidth::Bits256 => {
                    let part = |bytes| LongDouble::from_ne_bytes(native(bytes, order));
                    Item::LongComplex(Complex::new(part(re), part(im)))
                }
            }
        }
        Scalar::Datetime(unit, order) => {
            Item::Datetime(Datetime64::new(i64::from_ne_bytes(native(bytes, order)), unit))
        }
        Scalar::Timedelta(unit, order) => {
            Item::Timedelta(Timedelta64::new(i64::from_ne_bytes(native(bytes, order)), unit))
        }
        Scalar::Bytes(_) => Item::Bytes(unpadded(bytes).to_vec()),
        Scalar::Str(_, order) => Item::Str(text(bytes, order).map_err(|error| error.relocated(|_| None))?),
        Scalar::Void(_) => Item::Void(bytes.to_vec()),
        Scalar::Object => Item::Object(u64::from_ne_bytes(native(bytes, ByteOrder::NATIVE))),
    ))
}

/// A number's bytes in this machine's order.
fn native<const N: usize>(bytes: &[u8], order: ByteOrder) -> [u8; N] {
    let mut bytes = bytes.first_chunk().copied().unwrap_or([0; N]);
    if order != ByteOrder::NATIVE {
        bytes.reverse();
    }
    bytes
}

/// A float of at most 64 bits.
fn float(width: FloatWidth, order: ByteOrder, bytes: &[u8]) -> f64 {
    match width {
        FloatWidth::Bits16 => f16::from_ne_bytes(native(bytes, order)).to_f64(),
        FloatWidth::Bits32 => f32::from_ne_bytes(native(bytes, order)).into(),
        FloatWidth::Bits64 => f64::from_ne_bytes(native(bytes, order)),
        FloatWidth::Bits128 => LongDouble::from_ne_bytes(native(bytes, order)).to_f64(),
    }
}
