//! How NumPy's objects print among Python's: `repr`, as NumPy 2 gives it.

use super::forms::{self, Form};
use super::{array, dtype};
use crate::pickle::{Call, Object, Within};

/// The text of an object of NumPy's, and how many bytes its elements take; nothing for those that only NumPy can print,
/// or that contradict themselves.
pub(crate) fn text_of(object: Object<'_>, within: &Within) -> Option<(String, u64)> {
    let (form, call) = forms::of(object)?;
    let (array, start) = match form {
        Form::DType => return Some((dtype::of(object).ok()?.repr(), 0)),
        Form::Scalar => return Some((array::scalar(object).ok()??.scalar_repr()?, 0)),
        Form::Reconstruct => (array::find(object).ok()??, start(&call)?),
        Form::FromBuffer => (array::find(object).ok()??, "array("),
        Form::MaskedConstant => return object.as_numpy().ok()?.map(|_| ("masked".to_owned(), 0)),
        Form::Masked => return None,
    };
    let bytes = (array.size() as u64).saturating_mul(array.dtype().itemsize() as u64);
    Some((array.repr_within(start, within), bytes))
}

/// The name under which an array of a class prints.
fn start(call: &Call<'_>) -> Option<&'static str> {
    let [class, _, _] = call.args().array()?;
    match class.as_global()?.name {
        "ndarray" => Some("array("),
        "matrix" => Some("matrix("),
        "memmap" => Some("memmap("),
        "chararray" => Some("chararray("),
        _ => None,
    }
}
