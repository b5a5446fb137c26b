//! Records from names and dtypes: packed, or laid out as C lays out a struct.

use std::sync::Arc;

use super::{DType, Field, Record};
use crate::Result;

/// A field's name, and perhaps its title: made from `"name"` or from `("title", "name")`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldName {
    name: Arc<str>,
    title: Option<Arc<str>>,
}

impl From<&str> for FieldName {
    fn from(name: &str) -> Self {
        Self { name: name.into(), title: None }
    }
}

impl From<String> for FieldName {
    fn from(name: String) -> Self {
        Self { name: name.into(), title: None }
    }
}

/// Title and name, in NumPy's order.
impl From<(&str, &str)> for FieldName {
    fn from((title, name): (&str, &str)) -> Self {
        Self { name: name.into(), title: Some(title.into()) }
    }
}

impl From<Record> for DType {
    fn from(record: Record) -> Self {
        Self::Record(Arc::new(record))
    }
}

impl Field {
    /// A field without a title.
    pub fn new(name: &str, dtype: impl Into<DType>, offset: usize) -> Self {
        Self { name: name.into(), title: None, dtype: dtype.into(), offset }
    }
}

impl Record {
    /// Fields one directly after another: NumPy's `np.dtype([(name, dtype), ...])`. A field with an empty name is called
    /// `f` and its number.
    ///
    /// # Errors
    /// `InvalidInput` where a name or title occurs twice, or the whole passes 2^31 - 1 bytes.
    ///
    /// ```
    /// use numio::{DType, Record};
    ///
    /// let dtype = DType::from(Record::packed([("x", DType::UINT8), ("y", DType::FLOAT64)])?);
    /// assert_eq!(dtype.itemsize(), 9);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn packed<N: Into<FieldName>>(fields: impl IntoIterator<Item = (N, DType)>) -> Result<Self> {
        Self::laid_out(fields, false)
    }

    /// Fields where a C compiler for 64-bit Unix would place them: NumPy's `np.dtype(..., align=True)`.
    ///
    /// # Errors
    /// As [`packed`](Self::packed).
    ///
    /// ```
    /// use numio::{DType, Record};
    ///
    /// let record = Record::aligned([("x", DType::UINT8), ("y", DType::FLOAT64)])?;
    /// assert_eq!((record.itemsize(), record.fields()[1].offset), (16, 8));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn aligned<N: Into<FieldName>>(fields: impl IntoIterator<Item = (N, DType)>) -> Result<Self> {
        Self::laid_out(fields, true)
    }

    fn laid_out<N: Into<FieldName>>(
        fields: impl IntoIterator<Item = (N, DType)>,
        aligned: bool,
    ) -> Result<Self> {
        let mut offset = 0_usize;
        let mut alignment = 1;
        let place = |(index, (name, dtype)): (usize, (N, DType))| {
            let FieldName { name, title } = name.into();
            let name = if name.is_empty() { format!("f{index}").into() } else { name };
            if aligned {
                offset = round_up(offset, dtype.alignment());
                alignment = alignment.max(dtype.alignment());
            }
            let field = Field { name, title, offset, dtype };
            // What passes the bound is refused by `new`, so that stopping at the largest number is enough.
            offset = offset.saturating_add(field.dtype.itemsize());
            field
        };
        let fields = fields.into_iter().enumerate().map(place).collect();
        Self::new(fields, round_up(offset, alignment), aligned)
    }

    /// Whether the fields lie as [`packed`](Self::packed) or [`aligned`](Self::aligned) would place them.
    pub(super) fn is_simple(&self) -> bool {
        let mut end = 0;
        let mut alignment = 1;
        for field in self.fields() {
            if self.is_aligned() {
                end = round_up(end, field.dtype.alignment());
                alignment = alignment.max(field.dtype.alignment());
            }
            if field.offset != end {
                return false;
            }
            end += field.dtype.itemsize();
        }
        round_up(end, alignment) == self.itemsize()
    }
}

fn round_up(offset: usize, alignment: usize) -> usize {
    offset.checked_next_multiple_of(alignment).unwrap_or(usize::MAX)
}

impl DType {
    /// The multiple of bytes at which C would place it, on 64-bit Unix: 1 for records that are not aligned.
    pub fn alignment(&self) -> usize {
        match self {
            Self::Scalar(scalar) => scalar.alignment(),
            Self::Subarray(subarray) => subarray.base().alignment(),
            Self::Record(record) if record.is_aligned() => {
                record.fields().iter().map(|field| field.dtype.alignment()).max().unwrap_or(1)
            }
            Self::Record(_) => 1,
        }
    }

    /// NumPy's `dtype.isalignedstruct`.
    pub(crate) fn is_aligned(&self) -> bool {
        match self {
            Self::Scalar(_) => false,
            Self::Record(record) => record.is_aligned(),
            Self::Subarray(subarray) => subarray.base().is_aligned(),
        }
    }
}
