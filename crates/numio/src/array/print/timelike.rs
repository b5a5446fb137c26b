//! Columns of datetimes and timedeltas (NumPy's `_TimelikeFormat`).

use std::fmt::Write;

use super::column::{Cells, Column};
use super::decode::ticks;
use crate::TimeUnit;
use crate::array::elements::Datetime64;
use crate::array::time::NAT;

/// Datetimes in quotes.
pub(super) fn datetime_column<'a>(cells: Cells<'_, 'a>, unit: TimeUnit) -> Column<'a> {
    timelike_column(cells, move |ticks| format!("'{}'", Datetime64::new(ticks, unit)))
}

/// Timedeltas as bare ticks.
pub(super) fn timedelta_column<'a>(cells: Cells<'_, 'a>) -> Column<'a> {
    timelike_column(cells, |ticks| ticks.to_string())
}

/// As wide as the texts of the first and the last time, even where one between them is longer.
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
