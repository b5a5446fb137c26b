//! NumPy inside pickles: dtypes, arrays and scalars from the calls that would make them.
//!
//! NumPy pickles an array as a call of `_reconstruct`, and gives the empty array a state: version, shape, dtype, order,
//! and its elements as bytes, or as a list where they are Python objects (`array_reduce` in `methods.c`). From protocol 5
//! on, plain elements are a buffer handed to `_frombuffer` (`numeric.py`). A scalar is `scalar(dtype, bytes)`, a dtype a
//! call of `dtype` with a short text and a state (`arraydescr_reduce` in `descriptor.c`), a masked array
//! `_mareconstruct` with the state of its data, and the bytes of its mask (`numpy/ma/core.py`).
//!
//! NumPy's own readers of those states believe them. Here everything a state says twice is compared, and what is built
//! is built from checked parts: dtype, shape and bytes agree, or there is an error.

use std::borrow::Cow;
use std::fmt;

use crate::error::{Cause, Container, ErrorKind};
use crate::pickle::{Children, Object, RawValue, Value};
use crate::{DType, DynArray, Limits, Result};

mod audit;
pub(crate) mod decode;
pub(crate) mod dtype_state;
pub(crate) mod encode;
pub(crate) mod ext;
mod forms;
mod joblib;
mod known;
pub(crate) mod numpy_object;
pub(crate) mod print;

pub use crate::objects::audit::{GraphExt, audit, audit_within};
pub use crate::objects::decode::MaskedArray;
pub use crate::objects::dtype_state::StringDType;
pub(crate) use crate::objects::encode::dump;
pub use crate::objects::ext::{GlobalExt, ObjectExt};
pub use crate::objects::joblib::JOBLIB;
pub use crate::objects::numpy_object::{ArrayObject, Elements, NumpyObject, NumpyReader};
pub(crate) use crate::objects::print::REPR_HOOKS;

/// The array that an object is; nothing where it is something else.
///
/// # Errors
/// `InvalidData` where its state contradicts itself.
pub(crate) fn find_array(object: Object<'_>) -> Result<Option<DynArray>> {
    decode::find(object)
}

#[derive(Debug)]
pub(crate) enum ObjectError {
    /// Another object than the one asked for: what was wanted, what was found.
    Other { wanted: &'static str, found: String },
    /// A masked array, where one without a mask was asked for.
    Masked,
    /// A part of an object of NumPy's that is not what NumPy writes: which, what was wanted, what was found.
    Part { part: &'static str, wanted: String, found: String },
    /// A state of a version that is not known.
    Version { of: &'static str, found: String },
    /// Something that NumPy never gives to such an object.
    Extra { of: &'static str, what: &'static str },
    /// An object without the state that makes it one.
    NoState { of: &'static str },
    /// A fact that contradicts its dtype: which, what was said, what holds.
    Lie { what: &'static str, found: String, dtype: DType, wanted: String },
    /// More dtypes in one another, or in all, than any program has.
    Large { what: &'static str, most: usize },
    /// More than the size of the pickle justifies.
    Cost,
    /// More or fewer elements than the shape says.
    Count { unit: &'static str, found: usize, shape: Vec<usize>, dtype: DType, wanted: usize },
    /// A value that an element of this dtype does not hold.
    Element { dtype: DType, found: String },
}

impl ObjectError {
    pub(crate) fn part(part: &'static str, wanted: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Part { part, wanted: wanted.into(), found: found.into() }
    }
}

impl Cause for ObjectError {
    fn container(&self) -> Option<Container> {
        Some(Container::Pickle)
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Other { .. } | Self::Masked => ErrorKind::InvalidInput,
            Self::Version { .. } => ErrorKind::Unsupported,
            Self::Large { .. } | Self::Cost => ErrorKind::LimitExceeded,
            _ => ErrorKind::InvalidData,
        }
    }
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other { wanted, found } => write!(f, "expected {wanted}, found {found}"),
            Self::Masked => {
                f.write_str("expected an array, found a masked array: as_masked gives both its parts")
            }
            Self::Part { part, wanted, found } => write!(f, "{part}: expected {wanted}, found {found}"),
            Self::Version { of, found } => {
                write!(f, "the state of {of} is of version {found}, which is not known")
            }
            Self::Extra { of, what } => write!(f, "{of} is given {what}, which NumPy does not write"),
            Self::NoState { of } => write!(f, "{of} is given no state: its dtype and elements are missing"),
            Self::Lie { what, found, dtype, wanted } => {
                write!(f, "{what} of {found} for the dtype {dtype}, where it is {wanted}")
            }
            Self::Cost => f.write_str(
                "the pickle repeats its parts so often that it would take far more time or memory than its size justifies",
            ),
            Self::Large { what, most } => write!(f, "the dtype has more than {most} {what}"),
            Self::Count { unit, found, shape, dtype, wanted } => {
                write!(
                    f,
                    "{found} {unit} for an array of shape {shape:?} and dtype {dtype}, which has {wanted}"
                )
            }
            Self::Element { dtype, found } => {
                write!(f, "expected an element of dtype {dtype}, found {found}")
            }
        }
    }
}

/// The start of what an object prints, for errors.
pub(crate) fn shown(object: Object<'_>) -> String {
    const MOST: u64 = 60;
    let limits = Limits { max_repr_chars: MOST, ..Limits::default() };
    // Without a look at NumPy's objects: an error while one is read must not lead to reading it again.
    object.to_plain_repr(&limits).unwrap_or_else(|_| format!("a long {}", object.value().type_name()))
}

fn number(object: Object<'_>) -> Option<i64> {
    match object.raw() {
        RawValue::Int(value) => value.to_i64(),
        RawValue::Bool(value) => Some(value.into()),
        _ => None,
    }
}

fn items<'g>(object: Object<'g>) -> Option<Children<'g>> {
    match object.raw() {
        RawValue::Tuple(items) => Some(items),
        _ => None,
    }
}

/// A number that fits 64 bits; Python's bools are numbers.
pub(crate) fn int(object: Object<'_>, part: &'static str) -> Result<i64, ObjectError> {
    number(object).ok_or_else(|| ObjectError::part(part, "an integer", shown(object)))
}

/// A truth value, or the number for one.
pub(crate) fn truth(object: Object<'_>, part: &'static str) -> Result<bool, ObjectError> {
    match number(object) {
        Some(number @ 0..=1) => Ok(number == 1),
        _ => Err(ObjectError::part(part, "a bool", shown(object))),
    }
}

pub(crate) fn tuple<'g>(object: Object<'g>, part: &'static str) -> Result<Children<'g>, ObjectError> {
    items(object).ok_or_else(|| ObjectError::part(part, "a tuple", shown(object)))
}

/// Text, which Python 2 may have written as a `str` that was read as bytes.
pub(crate) fn text(object: Object<'_>) -> Option<Cow<'_, str>> {
    match object.value() {
        Value::Str(text) => text.as_str().map(Cow::Borrowed),
        Value::Bytes(bytes) if bytes.is_ascii() => Some(String::from_utf8_lossy(&bytes).into_owned().into()),
        _ => None,
    }
}

/// Raw bytes: `bytes`, a `bytearray`, a buffer, or the `str` of Python 2, whose characters are its bytes.
pub(crate) fn bytes(object: Object<'_>) -> Option<Cow<'_, [u8]>> {
    if let RawValue::Bytes(bytes) = object.raw() {
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
pub(crate) fn shape(object: Object<'_>) -> Result<Vec<usize>, ObjectError> {
    let fault = || ObjectError::part("shape", "a tuple of up to 64 integers from 0 on", shown(object));
    let size = |object: Object<'_>| number(object).and_then(|size| usize::try_from(size).ok());
    match items(object) {
        Some(items) if items.len() <= MOST_AXES => {
            items.iter().map(size).collect::<Option<_>>().ok_or_else(fault)
        }
        Some(_) => Err(fault()),
        None => Ok(vec![size(object).ok_or_else(fault)?]),
    }
}
