//! Where the values of an array's rows stand.

use super::error::TextError;
use crate::{ArrayLike, DType, Order, Scalar};

/// One value of a row, and where it stands; of a complex number, each part is one.
pub(super) struct Column {
    pub(super) scalar: Scalar,
    pub(super) offset: usize,
}

/// An array's rows, and what is in each.
pub(super) struct Layout {
    /// How many rows there are.
    pub(super) count: usize,
    pub(super) row_stride: usize,
    pub(super) columns: Vec<Column>,
    /// The values of a row, a complex number being one.
    pub(super) fields: usize,
    pub(super) is_complex: bool,
    pub(super) dtype: DType,
}

impl Layout {
    /// # Errors
    /// Where the array has not one or two axes, or elements that are not printed.
    pub(super) fn new(array: &dyn ArrayLike) -> Result<Self, TextError> {
        let (dtype, shape) = (array.dtype(), array.shape());
        let itemsize = dtype.itemsize();
        let (count, width) = match *shape {
            [count] => (count, 1),
            [count, width] if dtype.as_record().is_none() => (count, width),
            [_, _] => return Err(TextError::Unprintable { dtype: dtype.to_string() }),
            _ => return Err(TextError::Rank(shape.len())),
        };
        let (row_stride, step) = match array.order() {
            Order::C => (itemsize * width, itemsize),
            Order::Fortran => (itemsize, itemsize * count),
        };
        let fields: Vec<(DType, usize)> = match dtype.as_record() {
            Some(record) => record.fields().iter().map(|field| (field.dtype.clone(), field.offset)).collect(),
            None => (0..width).map(|column| (dtype.clone(), column * step)).collect(),
        };
        let is_complex = dtype.as_scalar().is_some_and(|scalar| matches!(scalar, Scalar::Complex(..)));
        let mut columns = Vec::new();
        for (dtype, offset) in &fields {
            let unprintable = || TextError::Unprintable { dtype: dtype.to_string() };
            let scalar = dtype.as_scalar().ok_or_else(unprintable)?;
            if matches!(scalar, Scalar::Complex(..)) && !is_complex {
                return Err(unprintable());
            }
            match scalar {
                Scalar::Complex(width, order) => {
                    let (part, size) = (Scalar::Float(width.part(), order), width.part().bytes());
                    columns.extend([0, size].map(|at| Column { scalar: part, offset: offset + at }));
                }
                _ => columns.push(Column { scalar, offset: *offset }),
            }
        }
        Ok(Self { count, row_stride, columns, fields: fields.len(), is_complex, dtype })
    }
}
