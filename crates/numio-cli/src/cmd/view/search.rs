//! The search for a value: block by block, in the order of the index, from behind the cursor on and then from the start.

use std::sync::atomic::{AtomicU64, Ordering};

use numio::blocks::index_of;
use numio::{CancelToken, DynArray, Error, ErrorKind, FloatWidth, Result, Scalar, SliceItem};

use super::grid::{Elements, text_at};

/// A value that is searched.
#[derive(Debug, Clone, PartialEq)]
pub enum Needle {
    /// NaN, or NaT.
    Nan,
    Number {
        float: f64,
        /// The same as an integer, if it is one.
        int: Option<i128>,
        text: String,
    },
    /// Part of a text, or all of what is printed of something else.
    Text(String),
}

impl Needle {
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        match (text.to_ascii_lowercase().as_str(), text.parse::<f64>()) {
            ("nan" | "nat", _) => Self::Nan,
            // A number that no double holds is no infinity, and no zero either.
            (lower, Ok(float)) if float.is_infinite() && !lower.contains("inf") => {
                Self::Text(text.to_owned())
            }
            (lower, Ok(0.0)) if has_digits(lower) => Self::Text(text.to_owned()),
            (_, Ok(float)) => {
                let whole = (float.fract() == 0.0 && float.abs() < 1e18).then_some(float as i128);
                Self::Number { float, int: text.parse().ok().or(whole), text: text.to_owned() }
            }
            ("true", _) => Self::Number { float: 1.0, int: Some(1), text: text.to_owned() },
            ("false", _) => Self::Number { float: 0.0, int: Some(0), text: text.to_owned() },
            _ => Self::Text(text.to_owned()),
        }
    }
}

/// Returns whether the digits before an exponent are those of a number that is not zero.
fn has_digits(text: &str) -> bool {
    text.split('e').next().unwrap_or(text).contains(|char: char| matches!(char, '1'..='9'))
}

/// The most elements and bytes of a block.
const MOST: usize = 1 << 20;
const MOST_BYTES: usize = 8 << 20;

/// The index of the first element that matches after the position `start` in C order, around the end of the array if need be.
/// `done` counts the elements that have been looked at.
///
/// # Errors
/// `Cancelled`; those of reading.
pub fn search(
    elements: &Elements,
    needle: &Needle,
    start: usize,
    token: &CancelToken,
    done: &AtomicU64,
) -> Result<Option<Vec<usize>>> {
    let shape = elements.shape().to_vec();
    let size: usize = shape.iter().product();
    if size == 0 {
        return Ok(None);
    }
    let start = start.min(size);
    for (first, last) in [(start, size), (0, start)] {
        if let Some(found) = between(elements, &shape, needle, first, last, token, done)? {
            return Ok(Some(index_of(found, &shape)));
        }
    }
    Ok(None)
}

/// The position of the first match between two positions.
fn between(
    elements: &Elements,
    shape: &[usize],
    needle: &Needle,
    first: usize,
    last: usize,
    token: &CancelToken,
    done: &AtomicU64,
) -> Result<Option<usize>> {
    let most = (MOST_BYTES / elements.dtype().itemsize().max(1)).clamp(1, MOST);
    // Blocks are ranges of the first axis whose rows are no larger than a block.
    let inner = |axis: usize| shape.iter().skip(axis + 1).product::<usize>();
    let axis = (0..shape.len()).find(|&axis| inner(axis) <= most);
    let (axis_len, row) =
        axis.map_or((1, 1), |axis| (shape.get(axis).copied().unwrap_or(1), inner(axis).max(1)));
    let outer = shape.get(..axis.unwrap_or(0)).unwrap_or_default();
    let step = (most / row).max(1);
    let mut at = first;
    while at < last {
        if token.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "stopped"));
        }
        let rows = at / row;
        let (page, from) = (rows / axis_len, rows % axis_len);
        let to = (from + step).min(axis_len);
        let mut items: Vec<SliceItem> =
            index_of(page, outer).into_iter().map(|index| SliceItem::Index(index as isize)).collect();
        if axis.is_some() {
            items.push(SliceItem::Range { start: Some(from as isize), stop: Some(to as isize), step: 1 });
        }
        let block = elements.slice(&items)?;
        let begin = rows * row;
        let end = if axis.is_some() { (page * axis_len + to) * row } else { 1 };
        let range = at - begin..last.min(end) - begin;
        if let Some(found) = matching(&block, needle, range, (end - begin).max(1), token)? {
            return Ok(Some(begin + found));
        }
        done.fetch_add((last.min(end) - at) as u64, Ordering::Relaxed);
        at = end;
    }
    Ok(None)
}

/// The position in a block of the first match within a range.
fn matching(
    block: &DynArray,
    needle: &Needle,
    range: std::ops::Range<usize>,
    count: usize,
    token: &CancelToken,
) -> Result<Option<usize>> {
    // A field that is an array has several values for each element.
    let each = (block.size() / count).max(1);
    let scalar = block.dtype().as_scalar();
    let found = match (scalar, needle) {
        (Some(Scalar::Float(width, _)), Needle::Nan | Needle::Number { .. })
            if width != FloatWidth::Bits128 =>
        {
            let (wanted, is_nan) = match needle {
                Needle::Number { float, .. } => (*float, float.is_nan()),
                _ => (f64::NAN, true),
            };
            let bytes = block.to_native()?.to_bytes();
            let range = range.start * each..range.end * each;
            // Of fewer bits, a number is as it prints there, unless it is beyond them.
            let is_kept = |narrow: f64| {
                narrow.is_infinite() == wanted.is_infinite() && (narrow == 0.0) == (wanted == 0.0)
            };
            let narrow = match width {
                FloatWidth::Bits16 => numio::half::f16::from_f64(wanted).to_f64(),
                FloatWidth::Bits32 => f64::from(wanted as f32),
                _ => wanted,
            };
            if !is_kept(narrow) {
                return Ok(None);
            }
            match width {
                FloatWidth::Bits16 => {
                    let wanted = numio::half::f16::from_f64(wanted);
                    position(&bytes, range, |bytes: [u8; 2]| {
                        let value = numio::half::f16::from_ne_bytes(bytes);
                        value == wanted || is_nan && value.is_nan()
                    })
                }
                FloatWidth::Bits32 => position(&bytes, range, |bytes: [u8; 4]| {
                    let value = f32::from_ne_bytes(bytes);
                    value == wanted as f32 || is_nan && value.is_nan()
                }),
                _ => position(&bytes, range, |bytes: [u8; 8]| {
                    let value = f64::from_ne_bytes(bytes);
                    value == wanted || is_nan && value.is_nan()
                }),
            }
            .map(|found| found / each)
        }
        (
            Some(Scalar::Bool | Scalar::Int8 | Scalar::UInt8 | Scalar::Int(..) | Scalar::UInt(..)),
            Needle::Nan | Needle::Number { int: None, .. },
        ) => None,
        (
            Some(Scalar::Bool | Scalar::Int8 | Scalar::UInt8 | Scalar::Int(..) | Scalar::UInt(..)),
            Needle::Number { int: Some(wanted), .. },
        ) => {
            let bytes = block.to_native()?.to_bytes();
            let itemsize = block.dtype().itemsize();
            let is_unsigned = matches!(scalar, Some(Scalar::Bool | Scalar::UInt8 | Scalar::UInt(..)));
            let pattern = match is_unsigned {
                true => {
                    u64::try_from(*wanted).ok().filter(|value| itemsize == 8 || *value >> (8 * itemsize) == 0)
                }
                false => i64::try_from(*wanted)
                    .ok()
                    .filter(|value| {
                        let unused = 64 - 8 * itemsize;
                        value << unused >> unused == *value
                    })
                    .map(|value| value as u64),
            };
            let Some(pattern) = pattern else { return Ok(None) };
            let range = range.start * each..range.end * each;
            match itemsize {
                1 => position(&bytes, range, |bytes: [u8; 1]| u8::from_ne_bytes(bytes) == pattern as u8),
                2 => position(&bytes, range, |bytes: [u8; 2]| u16::from_ne_bytes(bytes) == pattern as u16),
                4 => position(&bytes, range, |bytes: [u8; 4]| u32::from_ne_bytes(bytes) == pattern as u32),
                _ => position(&bytes, range, |bytes: [u8; 8]| u64::from_ne_bytes(bytes) == pattern),
            }
            .map(|found| found / each)
        }
        _ => return printed(block, needle, range, each, token),
    };
    Ok(found)
}

/// The real number that an element is, by what is printed of it: a complex one without an imaginary part, a count of units.
fn number_in(text: &str, scalar: Option<Scalar>) -> Option<f64> {
    match scalar {
        Some(Scalar::Complex(..)) => {
            let inside = text.trim_matches(['(', ')']);
            let real = inside.strip_suffix("+0j").or_else(|| inside.strip_suffix("-0j"));
            real.or(matches!(inside, "0j" | "-0j").then_some("0"))?.parse().ok()
        }
        Some(Scalar::Timedelta(..)) => text.split(' ').next()?.parse().ok(),
        _ => text.parse().ok(),
    }
}

fn position<const N: usize>(
    bytes: &[u8],
    range: std::ops::Range<usize>,
    is_match: impl Fn([u8; N]) -> bool,
) -> Option<usize> {
    let (items, _) = bytes.as_chunks::<N>();
    let found = items.get(range.clone())?.iter().position(|item| is_match(*item))?;
    Some(range.start + found)
}

/// As [`matching`], by what is printed.
fn printed(
    block: &DynArray,
    needle: &Needle,
    range: std::ops::Range<usize>,
    each: usize,
    token: &CancelToken,
) -> Result<Option<usize>> {
    let flat = block.reshape(&[block.size()])?;
    let scalar = flat.dtype().as_scalar();
    let is_text =
        matches!(scalar, Some(Scalar::Str(..) | Scalar::Bytes(_) | Scalar::Object | Scalar::Void(_)) | None);
    for position in range.start * each..range.end * each {
        if position % 4096 == 0 && token.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "stopped"));
        }
        let text = text_at(&flat, &[position])?;
        let is_match = match needle {
            Needle::Nan => text.contains("nan") || text == "NaT",
            Needle::Number { text: wanted, float, .. } => {
                if is_text {
                    text.contains(wanted.as_str())
                } else {
                    text == *wanted || number_in(&text, scalar) == Some(*float)
                }
            }
            Needle::Text(wanted) => {
                if is_text {
                    text.contains(wanted.as_str())
                } else {
                    text.trim_matches(['(', ')']) == wanted.trim_matches(['(', ')'])
                }
            }
        };
        if is_match {
            return Ok(Some(position / each));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use numio::{Casting, DType};

    use super::*;

    fn found(array: &DynArray, text: &str, start: usize) -> Option<Vec<usize>> {
        let elements = Elements::memory(array.clone());
        search(&elements, &Needle::parse(text), start, &CancelToken::new(), &AtomicU64::new(0)).unwrap()
    }

    #[test]
    fn every_position_is_found_from_every_start() {
        let numbers = ndarray::Array3::from_shape_fn((3, 4, 5), |(a, b, c)| (a * 20 + b * 5 + c) as i64);
        let numbers = DynArray::from(numbers);
        for dtype in ["f8", ">f4", "f2", "i1", ">i2", "i4", "u8", "c8", "f16", "U2"] {
            let array = numbers.cast_with(&DType::parse(dtype).unwrap(), Casting::Unsafe).unwrap();
            let fortran = array.t().to_bytes();
            let fortran = DynArray::from_bytes(array.dtype().clone(), &[5, 4, 3], &fortran).unwrap().t();
            for array in [array, fortran] {
                for value in [10, 20, 37, 59] {
                    for start in [0, 11, value, value + 1, 60] {
                        let text = if dtype == "c8" { format!("({value}+0j)") } else { value.to_string() };
                        let wanted = index_of(value, &[3, 4, 5]);
                        assert_eq!(found(&array, &text, start), Some(wanted), "{dtype} {value} {start}");
                    }
                }
                assert_eq!(found(&array, "77", 7), None, "{dtype}");
            }
        }
    }

    #[test]
    fn complex_numbers_and_lengths_of_time_are_found_by_their_numbers() {
        let numbers = DynArray::from(ndarray::array![3_i64, -4, 0]);
        for dtype in ["c8", "c16", "m8[s]", "m8[D]"] {
            let array = numbers.cast_with(&DType::parse(dtype).unwrap(), Casting::Unsafe).unwrap();
            for (text, index) in [
                ("3", Some(0)),
                ("-4", Some(1)),
                ("-4.0", Some(1)),
                ("0", Some(2)),
                ("4", None),
                ("3.5", None),
            ] {
                assert_eq!(found(&array, text, 0), index.map(|index| vec![index]), "{dtype} {text}");
            }
        }
        let complex =
            DynArray::from(ndarray::array![num_complex::Complex64::new(1.0, 2.0), num_complex::Complex64::I]);
        for (text, index) in
            [("1+2j", Some(0)), ("(1+2j)", Some(0)), ("1j", Some(1)), ("1", None), ("2", None), ("0", None)]
        {
            assert_eq!(found(&complex, text, 0), index.map(|index| vec![index]), "{text}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_not_found() {
        let bytes = DynArray::from(ndarray::array![-1_i8, 127, 0]);
        for (text, index) in
            [("255", None), ("-1", Some(vec![0])), ("-129", None), ("0.5", None), ("1e300", None)]
        {
            assert_eq!(found(&bytes, text, 0), index, "{text}");
        }
        let floats = DynArray::from(ndarray::array![0.5, f64::NAN, f64::INFINITY]);
        for (text, index) in
            [("nan", Some(vec![1])), ("inf", Some(vec![2])), ("-inf", None), ("0.5", Some(vec![0]))]
        {
            assert_eq!(found(&floats, text, 0), index, "{text}");
        }
        // A number beyond a width is neither its infinity nor its zero.
        let edges = DynArray::from(ndarray::array![0.0, f64::INFINITY]);
        for dtype in ["f2", "f4", "f8", "f16"] {
            let edges = edges.cast_with(&DType::parse(dtype).unwrap(), Casting::Unsafe).unwrap();
            for (text, index) in [("1e400", None), ("-1e-400", None), ("0e5", Some(0)), ("infinity", Some(1))]
            {
                assert_eq!(found(&edges, text, 0), index.map(|index| vec![index]), "{dtype} {text}");
            }
            for text in ["1e300", "1e-300"] {
                assert_eq!(found(&edges, text, 0), None, "{dtype} {text}");
            }
        }
    }
}
