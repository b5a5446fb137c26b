//! The plain values that NumPy's states are made of.

use std::borrow::Cow;

use super::error::Fault;
use crate::Limits;
use crate::pickle::{Items, Object, Shape, Value};

/// The start of what an object prints, for errors.
pub(super) fn shown(object: Object<'_>) -> String {
    const MOST: u64 = 60;
    let limits = Limits { max_repr_chars: MOST, ..Limits::default() };
    // Without a look at NumPy's objects: an error while one is read must not lead to reading it again.
    object.to_plain_repr(&limits).unwrap_or_else(|_| {
        let call = object.as_call().and_then(|call| call.global());
        call.map_or_else(|| "a long object".to_owned(), |global| format!("a long {global} object"))
    })
}

fn number(object: Object<'_>) -> Option<i64> {
    match object.shape() {
        Shape::Int(value) => value.to_i64(),
        Shape::Bool(value) => Some(value.into()),
        _ => None,
    }
}

fn items<'g>(object: Object<'g>) -> Option<Items<'g>> {
    match object.shape() {
        Shape::Tuple(items) => Some(items),
        _ => None,
    }
}

/// A number that fits 64 bits; Python's bools are numbers.
pub(super) fn int(object: Object<'_>, part: &'static str) -> Result<i64, Fault> {
    number(object).ok_or_else(|| Fault::part(part, "an integer", shown(object)))
}

/// A truth value, or the number for one.
pub(super) fn truth(object: Object<'_>, part: &'static str) -> Result<bool, Fault> {
    match number(object) {
        Some(number @ 0..=1) => Ok(number == 1),
        _ => Err(Fault::part(part, "a bool", shown(object))),
    }
}

pub(super) fn tuple<'g>(object: Object<'g>, part: &'static str) -> Result<Items<'g>, Fault> {
    items(object).ok_or_else(|| Fault::part(part, "a tuple", shown(object)))
}

/// Text, which Python 2 may have written as a `str` that was read as bytes.
pub(super) fn text(object: Object<'_>) -> Option<Cow<'_, str>> {
    match object.value() {
        Value::Str(text) => text.as_str().map(Cow::Borrowed),
        Value::Bytes(bytes) if bytes.is_ascii() => Some(String::from_utf8_lossy(&bytes).into_owned().into()),
        _ => None,
    }
}

/// Raw bytes: `bytes`, a `bytearray`, a buffer, or the `str` of Python 2, whose characters are its bytes.
pub(super) fn bytes(object: Object<'_>) -> Option<Cow<'_, [u8]>> {
    if let Shape::Bytes(bytes) = object.shape() {
        return Some(bytes.into());
    }
    match object.value() {
        Value::Bytes(bytes) | Value::ByteArray(bytes) => Some(bytes),
        Value::Buffer(bytes) => Some(bytes.into()),
        Value::Str(text) if text.as_bytes().is_ascii() => Some(text.as_bytes().into()),
        Value::Str(text) => text.code_points().map(|code| u8::try_from(code).ok()).collect(),
        _ => None,
    }
}

/// The most axes of an array, in NumPy 2.
const MOST_AXES: usize = 64;

/// A tuple of lengths; an array of one axis may say just the one.
pub(super) fn shape(object: Object<'_>) -> Result<Vec<usize>, Fault> {
    let fault = || Fault::part("shape", "a tuple of up to 64 integers from 0 on", shown(object));
    let size = |object: Object<'_>| number(object).and_then(|size| usize::try_from(size).ok());
    match items(object) {
        Some(items) if items.len() <= MOST_AXES => {
            items.iter().map(size).collect::<Option<_>>().ok_or_else(fault)
        }
        Some(_) => Err(fault()),
        None => Ok(vec![size(object).ok_or_else(fault)?]),
    }
}
