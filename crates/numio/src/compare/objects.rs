//! Python objects of two graphs, compared as Python compares those of plain types.

use crate::objects::ObjectExt;
use crate::pickle::{Object, Value};
use crate::{Error, ErrorKind, Limits, Result};

/// The most pairs of objects that one comparison looks at: objects may contain themselves.
const MOST: usize = 1 << 22;

/// A number that others of other types may equal.
enum Number {
    Int(i128),
    Float(f64),
    Complex(f64, f64),
}

/// Python's `==` for `None`, numbers, texts, lists, tuples, dicts and arrays of these; other objects are equal if their
/// `repr` is.
///
/// # Errors
/// `LimitExceeded` if there are too many to look at.
pub fn objects_equal(a: Object<'_>, b: Object<'_>, equal_nan: bool) -> Result<bool> {
    let mut left = vec![(a, b)];
    let mut looked = 0;
    while let Some((a, b)) = left.pop() {
        looked += 1;
        if looked > MOST {
            let what = format!("objects with more than {MOST} parts are not compared");
            return Err(Error::new(ErrorKind::LimitExceeded, what));
        }
        if let (Ok(a), Ok(b)) = (a.as_array(), b.as_array()) {
            let found = super::CompareOptions::new().equal_nan(equal_nan).first(0).compare(&a, &b)?;
            if !found.is_comparable || found.shapes.is_some() || found.mismatches > 0 {
                return Ok(false);
            }
            continue;
        }
        let (one, two) = (a.value(), b.value());
        if let (Some(x), Some(y)) = (number(&one), number(&two)) {
            if !numbers_equal(&x, &y, equal_nan) {
                return Ok(false);
            }
            continue;
        }
        match (&one, &two) {
            (Value::List(x), Value::List(y)) | (Value::Tuple(x), Value::Tuple(y)) => {
                if x.len() != y.len() {
                    return Ok(false);
                }
                left.extend(x.iter().zip(y.iter()));
            }
            (Value::Dict(x), Value::Dict(y)) => {
                if x.len() != y.len() {
                    return Ok(false);
                }
                // In their own order where that is the same, which it mostly is.
                let mut are_sorted = true;
                for ((key, value), (other, found)) in x.iter().zip(y.iter()) {
                    are_sorted = are_sorted && key.to_repr(limits())? == other.to_repr(limits())?;
                    if are_sorted {
                        left.push((value, found));
                    }
                }
                if are_sorted {
                    continue;
                }
                let mut found = std::collections::HashMap::new();
                for (key, value) in y.iter() {
                    found.insert(key.to_repr(limits())?, value);
                }
                for (key, value) in x.iter() {
                    let Some(other) = found.get(&key.to_repr(limits())?) else { return Ok(false) };
                    left.push((value, *other));
                }
            }
            _ => {
                if a.to_repr(limits())? != b.to_repr(limits())? {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

fn limits() -> Limits {
    Limits { max_repr_chars: 1 << 24, ..Limits::default() }
}

fn number(value: &Value<'_>) -> Option<Number> {
    Some(match value {
        Value::Bool(value) => Number::Int((*value).into()),
        Value::Int(value) => Number::Int(value.to_i128()?),
        Value::Float(value) => Number::Float(*value),
        Value::Complex(re, im) => Number::Complex(*re, *im),
        _ => return None,
    })
}

fn numbers_equal(a: &Number, b: &Number, equal_nan: bool) -> bool {
    let real = |a: f64, b: f64| a == b || equal_nan && a.is_nan() && b.is_nan();
    // A float that equals an integer is a whole number, and exactly that one.
    let mixed = |a: i128, b: f64| b.abs() < 1e38 && b.fract() == 0.0 && b as i128 == a;
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a == b,
        (Number::Int(a), Number::Float(b)) | (Number::Float(b), Number::Int(a)) => mixed(*a, *b),
        (Number::Float(a), Number::Float(b)) => real(*a, *b),
        (Number::Complex(re, im), Number::Complex(x, y)) => real(*re, *x) && real(*im, *y),
        (Number::Complex(re, im), Number::Int(a)) | (Number::Int(a), Number::Complex(re, im)) => {
            *im == 0.0 && mixed(*a, *re)
        }
        (Number::Complex(re, im), Number::Float(a)) | (Number::Float(a), Number::Complex(re, im)) => {
            *im == 0.0 && real(*a, *re)
        }
    }
}
