//! The column of any dtype: records as tuples, the small arrays in their fields as lists (NumPy's
//! `StructuredVoidFormat` and `SubArrayFormat`).

use std::fmt::{self, Write};

use super::column::{Cells, Column, Context};
use super::corners::{Axis, Corners};
use super::plain::plain_column;
use crate::{DType, Record, Subarray};

/// The column of the elements of `dtype` that stand at `corners`.
pub(super) fn column<'a>(dtype: &'a DType, corners: &Corners, context: Context<'a>) -> Column<'a> {
    match dtype {
        DType::Scalar(scalar) => plain_column(Cells { scalar: *scalar, corners, context }),
        DType::Record(record) => record_column(record, corners, context),
        DType::Subarray(subarray) => subarray_column(subarray, corners, context),
    }
}

/// Every field is a column of its own.
fn record_column<'a>(record: &'a Record, corners: &Corners, context: Context<'a>) -> Column<'a> {
    let columns: Vec<(usize, Column<'a>)> = record
        .fields()
        .iter()
        .map(|field| (field.offset, column(&field.dtype, &corners.moved(field.offset), context)))
        .collect();
    Box::new(move |offset, out| {
        out.write_char('(')?;
        for (index, (start, print)) in columns.iter().enumerate() {
            if index > 0 {
                out.write_str(", ")?;
            }
            print(offset.saturating_add(*start), out)?;
        }
        out.write_str(if columns.len() == 1 { ",)" } else { ")" })
    })
}

/// The elements of all the small arrays are one column.
fn subarray_column<'a>(subarray: &'a Subarray, corners: &Corners, context: Context<'a>) -> Column<'a> {
    let (shape, itemsize) = (subarray.shape(), subarray.base().itemsize());
    let inner = Corners::contiguous(shape, itemsize);
    let size = shape.iter().product::<usize>();
    let edge = (size > context.options.threshold).then_some(context.options.edgeitems);
    let axes: Vec<Axis> = inner.axes.iter().map(|axis| Axis::new(axis.len, axis.stride, edge)).collect();
    let print = column(subarray.base(), &corners.nested(&inner), context);
    Box::new(move |offset, out| nested(&axes, offset as isize, &print, out))
}

/// One axis in brackets, and the others within. NumPy allows 64 axes.
fn nested(axes: &[Axis], offset: isize, print: &Column<'_>, out: &mut String) -> fmt::Result {
    let Some((axis, inner)) = axes.split_first() else { return print(offset as usize, out) };
    out.write_char('[')?;
    let mut first = true;
    let mut separate = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push_str(", ");
        }
    };
    let (head, tail) = axis.ends();
    // Where no element is shown at the ends, Python's slice [-0:] shows all.
    let tail = if axis.edge == Some(0) { 0..axis.len } else { tail };
    for index in head {
        separate(out);
        nested(inner, offset.wrapping_add(axis.step(index)), print, out)?;
    }
    if axis.edge.is_some() {
        separate(out);
        out.write_str("...")?;
    }
    for index in tail {
        separate(out);
        nested(inner, offset.wrapping_add(axis.step(index)), print, out)?;
    }
    out.write_char(']')
}
