//! The column of each kind of scalar.

use std::fmt::Write;

use super::column::{Cells, Column};
use super::decode::{boolean, code_points, imaginary, object, raw, real, unpadded, width};
use super::float::FloatColumn;
use super::integer::integer_column;
use super::objects;
use super::options::Sign;
use super::single::{write_float, write_void};
use super::timelike::{datetime_column, timedelta_column};
use crate::{Scalar, repr};

/// The column of scalars.
pub(super) fn plain_column<'a>(cells: Cells<'_, 'a>) -> Column<'a> {
    let Cells { scalar, corners, context } = cells;
    match scalar {
        Scalar::Bool => {
            // One space more where there are others to align with.
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
            cells.column(object, move |index, out| out.write_str(&objects::element(context.objects, index)))
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
        // The unit stands before the padding.
        let end = out.trim_end_matches(' ').len().max(start);
        out.insert(end, 'j');
        Ok(())
    })
}
