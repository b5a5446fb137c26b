//! How NumPy's objects print among Python's: `repr`, as NumPy 2 gives it, and JSON.

mod json;

use super::array;
use super::dtype::{Reading, StringDType};
use super::forms::{self, Form};
use crate::pickle::{Call, Object, Pieces, Texts, Within};
use crate::{DynArray, Limits};

/// For graphs in which NumPy's objects stand.
pub(crate) const TEXTS: Texts = Texts { repr, json };

/// The text of an object of NumPy's; nothing for those that only NumPy can print, or that contradict themselves.
fn repr(object: Object<'_>, within: &Within) -> Option<String> {
    let (form, call) = forms::of(object)?;
    let mut reading = Reading::within(within.bytes());
    let text = repr_of(object, form, &call, within, &mut reading);
    // Also where there is none: what fails at its end has cost as much.
    within.spend_bytes(reading.spent());
    text
}

fn repr_of(
    object: Object<'_>,
    form: Form,
    call: &Call<'_>,
    within: &Within,
    reading: &mut Reading,
) -> Option<String> {
    let (array, start) = match form {
        Form::DType => {
            let dtype = reading.dtype(object).ok()?;
            return Some(match forms::is_of_records(object) {
                true => format!("dtype((numpy.record, {dtype}))"),
                false => dtype.repr(),
            });
        }
        Form::Scalar => return scalar_repr(object, call, within, reading),
        Form::Reconstruct => (array::find_in(object, reading).ok()??, start(call)?),
        Form::FromBuffer => (array::find_in(object, reading).ok()??, "array("),
        Form::MaskedConstant => return object.as_numpy().ok()?.map(|_| "masked".to_owned()),
        Form::StringDType => return StringDType::of(object).ok()?.map(|dtype| dtype.repr(within)),
        Form::Masked => return None,
    };
    Some(array.repr_within(start, within))
}

fn scalar_repr(
    object: Object<'_>,
    call: &Call<'_>,
    within: &Within,
    reading: &mut Reading,
) -> Option<String> {
    let scalar = array::scalar_in(object, reading).ok()??;
    if scalar.dtype().as_record().is_none() {
        return scalar.scalar_repr();
    }
    let is_record = call.args().get(0).is_some_and(forms::is_of_records);
    let name = if is_record { "record" } else { "void" };
    Some(format!("np.{name}({}, dtype={})", scalar.str_within(within), scalar.dtype()))
}

/// The JSON of an object of NumPy's in pieces.
fn json<'g>(object: Object<'g>, within: &Within) -> Option<Pieces<'g>> {
    let (form, _) = forms::of(object)?;
    let mut reading = Reading::within(within.bytes());
    let pieces = json_of(object, form, &mut reading);
    within.spend_bytes(reading.spent());
    pieces
}

fn json_of<'g>(object: Object<'g>, form: Form, reading: &mut Reading) -> Option<Pieces<'g>> {
    match form {
        Form::DType => json::text(&reading.dtype(object).ok()?.to_string()),
        Form::StringDType => {
            let within = Within::nothing(object.graph(), &Limits::default());
            json::text(&StringDType::of(object).ok()??.repr(&within))
        }
        Form::Scalar => json::scalar(&array::scalar_in(object, reading).ok()??, object.graph()),
        Form::Reconstruct | Form::FromBuffer => {
            json::array(array::find_in(object, reading).ok()??, object.graph())
        }
        Form::Masked | Form::MaskedConstant => None,
    }
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
