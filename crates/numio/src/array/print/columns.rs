//! The column of each kind of scalar.

use std::fmt;
use std::fmt::Write;

use crate::array::elements::Datetime64;
use crate::array::print::element::{
    boolean, code_points, imaginary, integer, object, raw, real, ticks, unpadded, width, write_float,
    write_void,
};
use crate::array::print::float::FloatColumn;
use crate::array::print::options;
use crate::array::print::options::Sign;
use crate::array::print::rows::{Cells, Column, Corners, PrintAxis, PrintContext};
use crate::datetime::NAT;
use crate::{DType, Record, Scalar, Subarray, TimeUnit, repr};

/// The column of scalars.
pub(crate) fn plain_column<'a>(cells: Cells<'_, 'a>) -> Column<'a> {
    let Cells { scalar, corners, context } = cells;
    match scalar {
        Scalar::Bool => {
            // One more space if there are others to align with.
            let yes = if corners.axes.is_empty() { "True" } else { " True" };
            cells.column(boolean, move |value, out| out.write_str(if value { yes } else { "False" }))
        }
        Scalar::Int8 | Scalar::UInt8 | Scalar::Int(..) | Scalar::UInt(..) => integer_column(cells),
        Scalar::Float(..) if context.scalar_floats => {
            cells.column(real, move |value, out| write_float(width(scalar), value, out))
        }
        Scalar::Float(..) => {
            let each = &|visit: &mut dyn FnMut(_)| cells.each(real, visit);
            let floats = FloatColumn::new(width(scalar), context.options, context.options.sign, each);
            cells.column(real, move |value, out| floats.write(value, out))
        }
        Scalar::Complex(..) => complex_column(cells),
        Scalar::Datetime(unit, _) => datetime_column(cells, unit),
        Scalar::Timedelta(..) => timedelta_column(cells),
        Scalar::Bytes(_) => cells.column(unpadded, |bytes, out| repr::bytes(out, bytes)),
        Scalar::Str(..) => cells.column(code_points, |codes, out| repr::code_points(out, codes)),
        Scalar::Void(_) => cells.column(raw, write_void),
        Scalar::Object => {
            cells.column(object, move |index, out| out.write_str(&options::element(context.objects, index)))
        }
    }
}

/// Both halves in columns of their own, the imaginary one always with its sign.
fn complex_column<'a>(cells: Cells<'_, 'a>) -> Column<'a> {
    let Cells { scalar, context, .. } = cells;
    let (width, options) = (width(scalar), context.options);
    let first = FloatColumn::new(width, options, options.sign, &|visit| cells.each(real, visit));
    let second = FloatColumn::new(width, options, Sign::Plus, &|visit| cells.each(imaginary, visit));
    let halves = |scalar, bytes| (real(scalar, bytes), imaginary(scalar, bytes));
    cells.column(halves, move |(real, imaginary), out| {
        first.write(real, out)?;
        let start = out.len();
        second.write(imaginary, out)?;
        // The unit goes before the padding.
        let end = out.trim_end_matches(' ').len().max(start);
        out.insert(end, 'j');
        Ok(())
    })
}

/// All as wide as the widest of the smallest and the largest.
pub(crate) fn integer_column<'a>(cells: Cells<'_, 'a>) -> Column<'a> {
    let mut range: Option<(i128, i128)> = None;
    cells.each(integer, &mut |value| {
        let (min, max) = range.unwrap_or((value, value));
        range = Some((min.min(value), max.max(value)));
    });
    let (min, max) = range.unwrap_or_default();
    let sign = match cells.context.options.sign {
        Sign::Space if min < 0 => Sign::Minus,
        sign => sign,
    };
    let signed = usize::from(max >= 0 && sign != Sign::Minus);
    let width = (max.to_string().len() + signed).max(min.to_string().len());
    cells.column(integer, move |value, out| match sign {
        Sign::Minus => write!(out, "{value:width$}"),
        Sign::Plus => write!(out, "{value:+width$}"),
        // No element is negative.
        Sign::Space => write!(out, "{:>width$}", format!(" {value}")),
    })
}

/// Datetimes in quotes.
pub(crate) fn datetime_column<'a>(cells: Cells<'_, 'a>, unit: TimeUnit) -> Column<'a> {
    timelike_column(cells, move |ticks| format!("'{}'", Datetime64::new(ticks, unit)))
}

/// Timedeltas as bare ticks.
pub(crate) fn timedelta_column<'a>(cells: Cells<'_, 'a>) -> Column<'a> {
    timelike_column(cells, |ticks| ticks.to_string())
}

/// As wide as the texts of the first and the last time, even if one between them is longer.
fn timelike_column<'a>(cells: Cells<'_, 'a>, text: impl Fn(i64) -> String + 'a) -> Column<'a> {
    const NAT_TEXT: &str = "'NaT'";
    let mut range: Option<(i64, i64)> = None;
    let mut width = 0;
    cells.each(ticks, &mut |ticks| match ticks {
        NAT => width = NAT_TEXT.len(),
        _ => {
            let (min, max) = range.unwrap_or((ticks, ticks));
            range = Some((min.min(ticks), max.max(ticks)));
        }
    });
    if let Some((min, max)) = range {
        width = width.max(text(min).len()).max(text(max).len());
    }
    cells.column(ticks, move |ticks, out| match ticks {
        NAT => write!(out, "{NAT_TEXT:>width$}"),
        _ => write!(out, "{:>width$}", text(ticks)),
    })
}

/// The column of the elements of `dtype` at `corners`.
pub(crate) fn column<'a>(dtype: &'a DType, corners: &Corners, context: PrintContext<'a>) -> Column<'a> {
    match dtype {
        DType::Scalar(scalar) => plain_column(Cells { scalar: *scalar, corners, context }),
        DType::Record(record) => record_column(record, corners, context),
        DType::Subarray(subarray) => subarray_column(subarray, corners, context),
    }
}

/// Every field is a column of its own.
fn record_column<'a>(record: &'a Record, corners: &Corners, context: PrintContext<'a>) -> Column<'a> {
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
fn subarray_column<'a>(subarray: &'a Subarray, corners: &Corners, context: PrintContext<'a>) -> Column<'a> {
    let (shape, itemsize) = (subarray.shape(), subarray.base().itemsize());
    let inner = Corners::contiguous(shape, itemsize);
    let size = shape.iter().product::<usize>();
    let edge = (size > context.options.threshold).then_some(context.options.edgeitems);
    let axes: Vec<PrintAxis> =
        inner.axes.iter().map(|axis| PrintAxis::new(axis.len, axis.stride, edge)).collect();
    let print = column(subarray.base(), &corners.nested(&inner), context);
    Box::new(move |offset, out| nested(&axes, offset as isize, &print, out))
}

/// One axis in brackets, and the others within. NumPy allows 64 axes.
fn nested(axes: &[PrintAxis], offset: isize, print: &Column<'_>, out: &mut String) -> fmt::Result {
    let Some((axis, inner)) = axes.split_first() else { return print(offset as usize, out) };
    out.write_char('[')?;
    let mut first = true;
    let mut separate = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push_str(", ");
        }
    };
    let (head, tail) = axis.ends();
    // With no elements shown at the ends, Python's slice [-0:] shows all.
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
