//! Slices from text.

use std::str::FromStr;

use super::{Slice, SliceItem};
use crate::array::error::Fault;
use crate::literal::{Dialect, Int, Value, parse};
use crate::{Error, Result};

impl FromStr for Slice {
    type Err = Error;

    /// Reads what stands between the brackets in NumPy, with or without the brackets. Empty text is the whole array.
    ///
    /// # Errors
    /// `InvalidInput`, saying what was found, where it is none of NumPy's basic indexes.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text).trim();
        // One comma may follow the last item, as in Python's tuples.
        let inner = inner.strip_suffix(',').filter(|rest| !rest.trim().is_empty()).unwrap_or(inner);
        if inner.is_empty() {
            return Ok(Self::default());
        }
        let items = inner.split(',').map(|part| item(part.trim()));
        Ok(Self(items.collect::<Result<_, _>>()?))
    }
}

fn item(text: &str) -> Result<SliceItem, Fault> {
    match text {
        "..." | "Ellipsis" => return Ok(SliceItem::Ellipsis),
        "None" | "newaxis" | "np.newaxis" | "numpy.newaxis" => return Ok(SliceItem::NewAxis),
        _ => {}
    }
    let other = || Fault::NotAnIndex(text.chars().take(80).collect());
    if !text.contains(':') {
        let index = integer(text).ok_or_else(other)?;
        let fits = index.to_i64().and_then(|index| isize::try_from(index).ok());
        return fits.map(SliceItem::Index).ok_or_else(|| Fault::IndexSize(text.chars().take(80).collect()));
    }
    let mut bounds = text.split(':').map(|part| match part.trim() {
        "" | "None" => Ok(None),
        // Beyond any axis is beyond any axis.
        part => integer(part).map(|bound| Some(clamped(&bound))).ok_or_else(other),
    });
    let mut next = || bounds.next().transpose();
    let (start, stop, step) = (next()?.flatten(), next()?.flatten(), next()?.flatten());
    if next()?.is_some() {
        return Err(other());
    }
    match step.unwrap_or(1) {
        0 => Err(Fault::ZeroStep),
        step => Ok(SliceItem::Range { start, stop, step }),
    }
}

/// The nearest number that `isize` holds.
fn clamped(bound: &Int) -> isize {
    let ends = if bound.is_negative() { isize::MIN } else { isize::MAX };
    bound.to_i64().and_then(|bound| isize::try_from(bound).ok()).unwrap_or(ends)
}

/// An integer as Python writes it.
fn integer(text: &str) -> Option<Int> {
    match parse(text, Dialect::Python3).ok()?.literal.value {
        Value::Int(value) => Some(value),
        _ => None,
    }
}
