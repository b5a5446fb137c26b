//! How NumPy's objects print among Python's: `repr`, as NumPy 2 gives it, and JSON.

mod json;

use super::dtype::StringDType;
use super::forms::{self, Form};
use super::{array, dtype};
use crate::pickle::{Call, Object, Pieces, Texts, Within};
use crate::{DynArray, Limits};

/// For graphs in which NumPy's objects stand.
pub(crate) const TEXTS: Texts = Texts { repr, json };

/// The text of an object of NumPy's, and how many bytes its elements take; nothing for those that only NumPy can print,
/// or that contradict themselves.
fn repr(object: Object<'_>, within: &Within) -> Option<(String, u64)> {
    let (form, call) = forms::of(object)?;
    let (array, start) = match form {
        Form::DType => {
            let dtype = dtype::of(object).ok()?;
            return Some(match forms::is_of_records(object) {
                true => (format!("dtype((numpy.record, {dtype}))"), 0),
                false => (dtype.repr(), 0),
            });
        }
        Form::Scalar => return scalar_repr(object, &call, within).map(|text| (text, 0)),
        Form::Reconstruct => (array::find(object).ok()??, start(&call)?),
        Form::FromBuffer => (array::find(object).ok()??, "array("),
        Form::MaskedConstant => return object.as_numpy().ok()?.map(|_| ("masked".to_owned(), 0)),
        Form::StringDType => return StringDType::of(object).ok()?.map(|dtype| (dtype.repr(within), 0)),
        Form::Masked => return None,
    };
    let bytes = byte_count(&array);
    Some((array.repr_within(start, within), bytes))
}

fn scalar_repr(object: Object<'_>, call: &Call<'_>, within: &Within) -> Option<String> {
    let scalar = array::scalar(object).ok()??;
    if scalar.dtype().as_record().is_none() {
        return scalar.scalar_repr();
    }
    let is_record = call.args().get(0).is_some_and(forms::is_of_records);
    let name = if is_record { "record" } else { "void" };
    Some(format!("np.{name}({}, dtype={})", scalar.str_within(within), scalar.dtype()))
}

/// The JSON of an object of NumPy's in pieces, and how many bytes its elements take.
fn json(object: Object<'_>) -> Option<(Pieces<'_>, u64)> {
    match forms::of(object)?.0 {
        Form::DType => Some((json::text(&dtype::of(object).ok()?.to_string())?, 0)),
        Form::StringDType => {
            let within = Within::nothing(object.graph(), &Limits::default());
            Some((json::text(&StringDType::of(object).ok()??.repr(&within))?, 0))
        }
        Form::Scalar => Some((json::scalar(&array::scalar(object).ok()??, object.graph())?, 0)),
        Form::Reconstruct | Form::FromBuffer => {
            let array = array::find(object).ok()??;
            let bytes = byte_count(&array);
            Some((json::array(array, object.graph())?, bytes))
        }
        Form::Masked | Form::MaskedConstant => None,
    }
}

fn byte_count(array: &DynArray) -> u64 {
    (array.size() as u64).saturating_mul(array.dtype().itemsize() as u64)
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
