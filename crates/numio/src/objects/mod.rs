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
use std::cell::Cell;
use std::fmt;

use crate::error::{Cause, Container, ErrorKind};
use crate::objects::forms::Form;
use crate::pickle::{Audit, AuditBudget, Items, Judgement, Object, Shape, Value, Verdict, audit_with};
use crate::{DType, DynArray, Limits, Result};

pub(crate) mod decode;
pub(crate) mod dtype_state;
pub(crate) mod encode;
mod forms;
mod known;
mod names;
pub(crate) mod numpy_object;
pub(crate) mod print;

pub use crate::objects::decode::MaskedArray;
pub use crate::objects::dtype_state::StringDType;
pub(crate) use crate::objects::encode::dump;
pub use crate::objects::names::Untrusted;
pub use crate::objects::numpy_object::{ArrayObject, Elements, NumpyObject, NumpyReader};
pub(crate) use crate::objects::print::TEXTS;

/// What NumPy makes of its own objects.
///
/// ```
/// // pickle.dumps(numpy.array([1.5, 2.5]), 2)
/// let bytes = b"\x80\x02cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01K\x02\x85cnumpy\n\
///     dtype\nX\x02\0\0\0f8\x89\x88\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89C\x10\
///     \0\0\0\0\0\0\xf8?\0\0\0\0\0\0\x04@tb.";
/// let graph = numio::pickle::load(bytes)?;
/// let array = graph.root().as_array()?;
/// assert_eq!(array.view::<f64, ndarray::Ix1>()?, ndarray::array![1.5, 2.5]);
/// # Ok::<(), numio::Error>(())
/// ```
impl Object<'_> {
    /// The array that it is: an `ndarray`, or a `matrix`, `recarray`, `chararray` or `memmap`. The elements of an array of
    /// objects are objects of the same graph.
    ///
    /// As NumPy does, elements that were written in the other byte order are brought into this machine's, but for those
    /// of records, and those that protocol 5 wrote as a buffer.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else; `InvalidData` where its state contradicts itself.
    pub fn as_array(self) -> Result<DynArray> {
        match decode::find(self)? {
            Some(array) => Ok(array),
            None if matches!(forms::of(self), Some((Form::Masked, _))) => Err(Fault::Masked.into()),
            None => Err(self.other("an array")),
        }
    }

    /// The dtype that it is. Metadata, which files other than pickles do not keep, is left out.
    ///
    /// # Errors
    /// As [`as_array`](Self::as_array).
    pub fn as_dtype(self) -> Result<DType> {
        match forms::of(self) {
            Some((Form::DType, _)) => dtype_state::of(self),
            _ => Err(self.other("a dtype")),
        }
    }

    /// The scalar of NumPy's that it is, such as a `numpy.float32`, as an array without axes: its
    /// [`item`](DynArray::item) is the value.
    ///
    /// # Errors
    /// As [`as_array`](Self::as_array).
    pub fn as_scalar(self) -> Result<DynArray> {
        match decode::scalar(self)? {
            Some(scalar) => Ok(scalar),
            None => Err(self.other("a scalar of NumPy's")),
        }
    }

    /// The masked array that it is.
    ///
    /// # Errors
    /// As [`as_array`](Self::as_array).
    pub fn as_masked(self) -> Result<MaskedArray> {
        match decode::masked_find(self)? {
            Some(masked) => Ok(masked),
            None => Err(self.other("a masked array")),
        }
    }

    fn other(self, wanted: &'static str) -> crate::Error {
        Fault::Other { wanted, found: shown(self) }.into()
    }
}

/// The array that an object is; nothing where it is something else.
///
/// # Errors
/// `InvalidData` where its state contradicts itself.
pub(crate) fn find_array(object: Object<'_>) -> Result<Option<DynArray>> {
    decode::find(object)
}

#[derive(Debug)]
pub(crate) enum Fault {
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
    /// A fact that contradicts the dtype it stands beside: which, what was said, what holds.
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

impl Fault {
    pub(crate) fn part(part: &'static str, wanted: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Part { part, wanted: wanted.into(), found: found.into() }
    }
}

impl Cause for Fault {
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

impl fmt::Display for Fault {
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
pub(crate) fn int(object: Object<'_>, part: &'static str) -> Result<i64, Fault> {
    number(object).ok_or_else(|| Fault::part(part, "an integer", shown(object)))
}

/// A truth value, or the number for one.
pub(crate) fn truth(object: Object<'_>, part: &'static str) -> Result<bool, Fault> {
    match number(object) {
        Some(number @ 0..=1) => Ok(number == 1),
        _ => Err(Fault::part(part, "a bool", shown(object))),
    }
}

pub(crate) fn tuple<'g>(object: Object<'g>, part: &'static str) -> Result<Items<'g>, Fault> {
    items(object).ok_or_else(|| Fault::part(part, "a tuple", shown(object)))
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
pub(crate) fn shape(object: Object<'_>) -> Result<Vec<usize>, Fault> {
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

/// What loading the pickles in `bytes` with Python would import, call and change, as [`pickle::audit`](crate::pickle::audit)
/// tells it, but that NumPy's dtypes, arrays, scalars and masked arrays are data where they stand in the exact form in
/// which NumPy writes them and nothing in their states contradicts itself. Nothing is loaded.
///
/// ```
/// use numio::pickle::Verdict;
///
/// // pickle.dumps(numpy.float64(1.5), 2)
/// let bytes = b"\x80\x02cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\
///     \xff\xffJ\xff\xff\xff\xffK\0tbC\x08\0\0\0\0\0\0\xf8?\x86R.";
/// assert_eq!(numio::audit(bytes).verdict(), Verdict::DataOnly);
/// assert_eq!(numio::pickle::audit(bytes).verdict(), Verdict::NeedsTrust);
/// ```
pub fn audit(bytes: &[u8]) -> Audit {
    audit_within(bytes, &mut AuditBudget::for_len(bytes.len() as u64))
}

/// The same, spending a budget: for what a smaller file unpacks to.
pub fn audit_within(bytes: &[u8], budget: &mut AuditBudget) -> Audit {
    // Many arrays may name the same bytes; no file of NumPy's does that often.
    let left = Cell::new((bytes.len() as u64).saturating_mul(4).saturating_add(1 << 20));
    audit_with(bytes, budget, &|object| of_global(object).or_else(|| of_call(object, &left)))
}

fn of_global(object: Object<'_>) -> Option<Judgement> {
    let global = object.as_global()?;
    if known::is_known(global) {
        return Some((Verdict::DataOnly, "makes objects of a harmless class"));
    }
    forms::is_known(global).then_some((Verdict::DataOnly, "NumPy's own way to make an array"))
}

fn of_call(object: Object<'_>, left: &Cell<u64>) -> Option<Judgement> {
    if object.is_known_form() {
        return Some((Verdict::DataOnly, "an object of a harmless class, as its pickler writes it"));
    }
    left.set(left.get().checked_sub(size(object)?)?);
    Some((Verdict::DataOnly, "in the form that NumPy writes"))
}

/// How many bytes there are in what NumPy would make; nothing where something is wrong with it.
fn size(object: Object<'_>) -> Option<u64> {
    let array = match forms::of(object)?.0 {
        Form::DType | Form::StringDType => return dtype_state::of(object).ok().map(|_| 0),
        Form::MaskedConstant => return object.as_numpy().ok()?.map(|_| 0),
        Form::Reconstruct | Form::FromBuffer | Form::Joblib => decode::find(object).ok()??,
        Form::Scalar => decode::scalar(object).ok()??,
        Form::Masked => decode::masked_find(object).ok()??.data,
    };
    Some((array.size() as u64).saturating_mul(array.dtype().itemsize() as u64))
}
