//! A column of integers (NumPy's `IntegerFormat`).

use std::fmt::Write;

use super::column::{Cells, Column};
use super::decode::integer;
use super::options::Sign;

/// All as wide as the widest of the smallest and the largest.
pub(super) fn integer_column<'a>(cells: Cells<'_, 'a>) -> Column<'a> {
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
