//! The rows of an array, printed block by block.

use super::error::TextError;
use super::format::{Fault, Format};
use super::printed::printed;
use crate::{ArrayLike, DType, Order, Scalar};

/// About as many values are printed in one go: a few hundred KiB of text, which stay in a core's own cache.
const BLOCK: usize = 1 << 14;

/// One value of a row: where it stands, and which part of it where it is complex.
struct Column {
    scalar: Scalar,
    offset: usize,
    part: usize,
}

/// Where the values of an array's rows stand.
pub(super) struct Layout {
    count: usize,
    row_stride: usize,
    columns: Vec<Column>,
    fields: usize,
    is_complex: bool,
    dtype: DType,
}

impl Layout {
    /// # Errors
    /// Where the array has not one or two axes, or elements that are not printed.
    pub(super) fn new(array: &impl ArrayLike) -> Result<Self, TextError> {
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
            let parts = if is_complex { 2 } else { 1 };
            columns.extend((0..parts).map(|part| Column { scalar, offset: *offset, part }));
        }
        Ok(Self { count, row_stride, columns, fields: fields.len(), is_complex, dtype })
    }

    /// The values of a row, a complex number being one.
    pub(super) fn fields(&self) -> usize {
        self.fields
    }

    pub(super) fn is_complex(&self) -> bool {
        self.is_complex
    }
}

/// An array and the format of its rows.
pub(super) struct Rows<'a> {
    layout: Layout,
    bytes: &'a [u8],
    format: Format,
    newline: &'a str,
    /// The whole format, for errors.
    text: String,
}

impl<'a> Rows<'a> {
    /// # Errors
    /// Where a row does not go into the format.
    pub(super) fn new(
        layout: Layout,
        bytes: &'a [u8],
        text: String,
        newline: &'a str,
    ) -> Result<Self, TextError> {
        // Python reads the format with the first row.
        let format = if layout.count > 0 { Format::parse(&text)? } else { Format::default() };
        if layout.count > 0 && format.parts.len() != layout.columns.len() {
            return Err(TextError::Mismatch { dtype: layout.dtype.to_string(), format: text });
        }
        Ok(Self { layout, bytes, format, newline, text })
    }

    /// Rows of one block.
    fn block(&self) -> usize {
        (BLOCK / self.layout.columns.len().max(1)).max(1)
    }

    pub(super) fn blocks(&self) -> usize {
        self.layout.count.div_ceil(self.block())
    }

    /// Appends a block's text.
    ///
    /// # Errors
    /// Where a value does not go into its format.
    pub(super) fn print(&self, block: usize, out: &mut Vec<u8>) -> Result<(), TextError> {
        let first = block * self.block();
        for row in first..first.saturating_add(self.block()).min(self.layout.count) {
            let start = out.len();
            for (column, (before, spec)) in self.layout.columns.iter().zip(&self.format.parts) {
                let at = row * self.layout.row_stride + column.offset;
                let bytes = self.bytes.get(at..).and_then(|rest| rest.get(..column.scalar.itemsize()));
                let value = printed(bytes.unwrap_or_default(), column.scalar, column.part);
                let value =
                    value.ok_or_else(|| TextError::Unprintable { dtype: self.layout.dtype.to_string() })?;
                match before.as_bytes() {
                    // The usual delimiter, which is not worth a copy of any length.
                    [byte] => out.push(*byte),
                    bytes => out.extend_from_slice(bytes),
                }
                spec.print(out, &value).map_err(|fault| self.error(fault))?;
            }
            out.extend_from_slice(self.format.rest.as_bytes());
            out.extend_from_slice(self.newline.as_bytes());
            if self.layout.is_complex {
                drop_plus(out, start);
            }
        }
        Ok(())
    }

    fn error(&self, fault: Fault) -> TextError {
        match fault {
            Fault::Mismatch => {
                TextError::Mismatch { dtype: self.layout.dtype.to_string(), format: self.text.clone() }
            }
            Fault::Nan => TextError::NotInteger("cannot convert float NaN to integer"),
            Fault::Infinity => TextError::NotInteger("cannot convert float infinity to integer"),
        }
    }
}

/// Makes `+-` in a row of complex numbers `-`.
fn drop_plus(out: &mut Vec<u8>, start: usize) {
    let row = out.get(start..).unwrap_or_default();
    let drops = |pair: &[u8]| pair == b"+-";
    if row.windows(2).any(drops) {
        let next = row.iter().skip(1).chain(&[0]);
        let kept: Vec<u8> =
            row.iter().zip(next).filter(|&(&a, &b)| !drops(&[a, b])).map(|(&byte, _)| byte).collect();
        out.truncate(start);
        out.extend_from_slice(&kept);
    }
}
