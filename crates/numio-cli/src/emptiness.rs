//! Elements and lists that take no bytes in a file, of which a file of 128 bytes can have any number.

use numio::{DType, DynArray, Error, ErrorKind, Result};

/// The most elements and lists without any bytes that are printed or written as text. Without a bound, a small file could
/// make the command print for years.
pub const MOST_EMPTY: usize = 1 << 24;

/// The most elements of an array that NumPy prints all of.
const ALL_SHOWN: usize = 1000;

/// Refuses an array with more elements and lists without any bytes than are printed.
///
/// # Errors
/// `LimitExceeded`, which says to `verb` a slice of it.
pub fn check(dtype: &DType, shape: &[usize], verb: &str) -> Result<()> {
    refuse(parts(dtype, shape), verb)
}

/// The same for an array of which NumPy prints the corners only: they can be records that hold more than it has itself.
///
/// # Errors
/// Those of [`check`].
pub fn check_corners(array: &DynArray) -> Result<()> {
    let corners = |&axis: &usize| axis.min(7);
    let shown = match array.size() {
        size @ ..=ALL_SHOWN => size,
        _ => array.shape().iter().map(corners).fold(1, usize::saturating_mul),
    };
    refuse(shown.saturating_mul(parts_of_element(array.dtype())), "print")
}

/// Returns whether an element holds more of them than one looks at.
pub fn is_long(element: &DynArray) -> bool {
    parts(element.dtype(), element.shape()) > 4096
}

fn refuse(parts: usize, verb: &str) -> Result<()> {
    if parts <= MOST_EMPTY {
        return Ok(());
    }
    let what = format!("more than {MOST_EMPTY} elements without any bytes: {verb} a slice of them");
    Err(Error::new(ErrorKind::LimitExceeded, what))
}

/// The number of lists and elements of an array that take no bytes, those within its elements included.
fn parts(dtype: &DType, shape: &[usize]) -> usize {
    let (mut all, mut level) = (1_usize, 1_usize);
    for &axis in shape {
        level = level.saturating_mul(axis);
        all = all.saturating_add(level);
    }
    let own = if dtype.itemsize() == 0 || shape.contains(&0) { all } else { 0 };
    own.saturating_add(level.saturating_mul(parts_of_element(dtype)))
}

/// The number of those within one element. Records nest no deeper than a header does.
fn parts_of_element(dtype: &DType) -> usize {
    match dtype {
        DType::Scalar(_) => 0,
        DType::Record(record) => record
            .fields()
            .iter()
            .map(|field| match &field.dtype {
                DType::Scalar(scalar) => usize::from(scalar.itemsize() == 0),
                of_parts => parts_of_element(of_parts),
            })
            .fold(0, usize::saturating_add),
        DType::Subarray(subarray) => parts(subarray.base(), subarray.shape()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_without_bytes_are_counted_at_every_level() {
        let dtype = |text: &str| DType::from_descr(text).unwrap();
        for (descr, shape, count) in [
            ("'<f8'", &[2, 3][..], 0),
            ("'<f8'", &[2, 0], 3),
            ("'|V0'", &[2, 3], 9),
            ("[('a', '|V0'), ('b', '|S0'), ('c', '<i4')]", &[5], 10),
            ("[('a', '<i4'), ('b', '<f8', (4, 0))]", &[3], 15),
            // A list of two records, and a list of four lists in each.
            ("[('a', '<i4'), ('b', [('c', '<f8', (4, 0))], (2,))]", &[3], 39),
        ] {
            assert_eq!(parts(&dtype(descr), shape), count, "{descr} {shape:?}");
        }
        assert_eq!(parts(&dtype("'|V0'"), &[usize::MAX, usize::MAX]), usize::MAX);
    }
}
