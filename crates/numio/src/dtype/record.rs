//! Structured element types: named fields at offsets, and small arrays as elements.

use std::collections::HashSet;
use std::sync::Arc;

use super::DType;
use super::error::quoted;
use crate::{Error, ErrorKind, Result};

/// The most axes of an array, in NumPy 2 and here.
pub(super) const MAX_DIMS: usize = 64;

/// A structured element type: NumPy's dtype with fields. Fields are in the order of their names as NumPy lists them;
/// offsets may leave gaps or overlap, and every field lies within `itemsize`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Record {
    fields: Vec<Field>,
    itemsize: usize,
    aligned: bool,
}

/// One field of a [`Record`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name, unique in the record.
    pub name: Arc<str>,
    /// NumPy's second name, which also finds the field.
    pub title: Option<Arc<str>>,
    /// What stands there.
    pub dtype: DType,
    /// Where it starts, in bytes from the start of the element.
    pub offset: usize,
}

/// A small array as an element: NumPy's `(base, shape)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subarray {
    base: DType,
    shape: Vec<usize>,
    itemsize: usize,
}

impl Record {
    /// The fields in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Bytes that one element takes, gaps included.
    pub fn itemsize(&self) -> usize {
        self.itemsize
    }

    /// Whether the offsets were asked to follow C's alignment. Files do not keep this; it only changes how the dtype
    /// prints.
    pub fn is_aligned(&self) -> bool {
        self.aligned
    }

    /// The field of that name or title.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let titled = || self.fields.iter().find(|field| field.title.as_deref() == Some(name));
        self.fields.iter().find(|field| &*field.name == name).or_else(titled)
    }
}

impl Subarray {
    /// The type of each element within.
    pub fn base(&self) -> &DType {
        &self.base
    }

    /// How many of them along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Bytes of the whole.
    pub fn itemsize(&self) -> usize {
        self.itemsize
    }
}

impl Record {
    /// Fields at the offsets they carry, in elements of `itemsize` bytes.
    ///
    /// # Errors
    /// `InvalidInput` where a field reaches past `itemsize`, a name or title occurs twice, or `itemsize` passes
    /// 2^31 - 1.
    pub fn new(fields: Vec<Field>, itemsize: usize, aligned: bool) -> Result<Self> {
        if i32::try_from(itemsize).is_err() {
            return Err(refused(format!("an itemsize of {itemsize} bytes: the most is 2147483647")));
        }
        let mut names = HashSet::new();
        for field in &fields {
            let end = field.offset.checked_add(field.dtype.itemsize());
            if end.is_none_or(|end| end > itemsize) {
                return Err(refused(format!(
                    "field {} of {} bytes at offset {} reaches past the itemsize of {itemsize}",
                    quoted(&field.name),
                    field.dtype.itemsize(),
                    field.offset
                )));
            }
            for name in std::iter::once(&field.name).chain(&field.title) {
                if !names.insert(&**name) {
                    return Err(refused(format!("field {} occurs more than once", quoted(name))));
                }
            }
        }
        Ok(Self { fields, itemsize, aligned })
    }
}

impl Subarray {
    /// An array of `shape` elements of `base`.
    ///
    /// # Errors
    /// `InvalidInput` where it would pass 2^31 - 1 elements or bytes, or 64 axes.
    pub fn new(base: DType, shape: Vec<usize>) -> Result<Self> {
        let fits = |number: &i64| i32::try_from(*number).is_ok();
        let axis = |&axis: &usize| i64::try_from(axis).ok().filter(fits);
        if shape.len() > MAX_DIMS || !shape.iter().all(|size| axis(size).is_some()) {
            return Err(refused(format!(
                "a subarray of shape {shape:?}: it has at most {MAX_DIMS} axes of at most 2147483647 each"
            )));
        }
        // NumPy multiplies up to the first 0, and bounds the elements as well as their bytes.
        let mut before_zero = shape.iter().take_while(|&&size| size != 0);
        let product = before_zero.try_fold(1_i64, |all, size| all.checked_mul(axis(size)?));
        let elements = if shape.contains(&0) { product.map(|_| 0) } else { product };
        let bytes =
            elements.filter(fits).and_then(|all| all.checked_mul(i64::try_from(base.itemsize()).ok()?));
        let Some(itemsize) = bytes.filter(fits).map(|bytes| bytes as usize) else {
            return Err(refused(format!("a subarray of shape {shape:?} is larger than 2147483647 bytes")));
        };
        Ok(Self { base, shape, itemsize })
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
