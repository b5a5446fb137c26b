//! The rows of an array, printed block by block.

use super::error::TextError;
use super::format::{Direct, Fault, Format, Spec};
use super::printed::{direct, printed};
use super::sheet::Sheet;
use crate::{ArrayLike, DType, Order, Scalar};

/// About as many values are printed in one go: a few hundred KiB of text, which stay in a core's own cache.
const BLOCK: usize = 1 << 14;

/// One value of a row, and where it stands; of a complex number, each part is one.
struct Column {
    scalar: Scalar,
    offset: usize,
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
    /// For each column, how it is written without more ado.
    direct: Vec<Option<Direct>>,
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
        let columns = layout.columns.iter().zip(&format.parts);
        let direct = columns.map(|(column, (_, spec))| direct(column.scalar, spec)).collect();
        Ok(Self { layout, bytes, format, direct, newline, text })
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
        let mut sheet = Sheet::new(out);
        for row in first..first.saturating_add(self.block()).min(self.layout.count) {
            let start = sheet.len();
            let columns = self.layout.columns.iter().zip(&self.format.parts).zip(&self.direct);
            for ((column, (before, spec)), direct) in columns {
                let at = row * self.layout.row_stride + column.offset;
                let bytes = self.bytes.get(at..).and_then(|rest| rest.get(..column.scalar.itemsize()));
                let bytes = bytes.unwrap_or_default();
                sheet.push(before.as_bytes());
                if !direct.is_some_and(|direct| sheet.pen(|pen| direct.write(bytes, pen))) {
                    sheet.with(|out| self.field(out, bytes, column.scalar, spec))?;
                }
            }
            sheet.push(self.format.rest.as_bytes());
            sheet.push(self.newline.as_bytes());
            if self.layout.is_complex {
                sheet.with(|out| drop_plus(out, start));
            }
        }
        Ok(())
    }

    /// Appends any value.
    fn field(&self, out: &mut Vec<u8>, bytes: &[u8], scalar: Scalar, spec: &Spec) -> Result<(), TextError> {
        let unprintable = || TextError::Unprintable { dtype: self.layout.dtype.to_string() };
        let value = printed(bytes, scalar).ok_or_else(unprintable)?;
        spec.print(out, &value).map_err(|fault| self.error(fault))
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
