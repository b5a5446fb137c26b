//! The texts and values of NumPy's objects among Python's: `repr`, as NumPy 2 prints it, JSON, and what `serde` reads.

use std::fmt::Write;

use crate::objects::ObjectExt;
use crate::objects::dtype_state::{Reading, StringDType};
use crate::objects::forms::Form;
use crate::objects::{decode, forms};
use crate::pickle::{Call, Graph, Object, PlainValue, ReprBudget, ReprHooks, TextPart, TextParts, json};
use crate::{DynArray, ErrorKind, Item, Limits, SliceItem};

/// For graphs in which NumPy's objects stand.
pub(crate) const REPR_HOOKS: ReprHooks = ReprHooks { repr, json: to_json, value };

/// The text of an object of NumPy's; nothing for those that only NumPy can print, or that contradict themselves.
fn repr(object: Object<'_>, within: &ReprBudget) -> Option<String> {
    let (form, call) = forms::of(object)?;
    let mut reading = Reading::within(within.bytes());
    let text = repr_of(object, form, &call, within, &mut reading);
    // Also without a text: what fails at its end has cost as much.
    within.spend_bytes(reading.spent());
    text
}

fn repr_of(
    object: Object<'_>,
    form: Form,
    call: &Call<'_>,
    within: &ReprBudget,
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
        Form::Reconstruct => (decode::find_in(object, reading).ok()??, start(call)?),
        Form::FromBuffer | Form::Joblib => (decode::find_in(object, reading).ok()??, "array("),
        Form::MaskedConstant => return object.as_numpy().ok()?.map(|_| "masked".to_owned()),
        Form::StringDType => return StringDType::of(object).ok()?.map(|dtype| dtype.repr(within)),
        Form::Masked => return None,
    };
    Some(array.repr_within(start, within))
}

fn scalar_repr(
    object: Object<'_>,
    call: &Call<'_>,
    within: &ReprBudget,
    reading: &mut Reading,
) -> Option<String> {
    let scalar = decode::scalar_in(object, reading).ok()??;
    if scalar.dtype().as_record().is_none() {
        return scalar.scalar_repr();
    }
    let is_record = call.args().get(0).is_some_and(forms::is_of_records);
    let name = if is_record { "record" } else { "void" };
    Some(format!("np.{name}({}, dtype={})", scalar.str_within(within), scalar.dtype()))
}

/// The JSON of an object of NumPy's in pieces.
fn to_json<'g>(object: Object<'g>, within: &ReprBudget) -> Option<TextParts<'g>> {
    let (form, _) = forms::of(object)?;
    let mut reading = Reading::within(within.bytes());
    let pieces = json_of(object, form, &mut reading);
    within.spend_bytes(reading.spent());
    pieces
}

fn json_of<'g>(object: Object<'g>, form: Form, reading: &mut Reading) -> Option<TextParts<'g>> {
    match form {
        Form::DType => text(&reading.dtype(object).ok()?.to_string()),
        Form::StringDType => {
            let within = ReprBudget::new(object.graph(), Limits::default());
            text(&StringDType::of(object).ok()??.repr(&within))
        }
        Form::Scalar => scalar(&decode::scalar_in(object, reading).ok()??, object.graph()),
        Form::Reconstruct | Form::FromBuffer | Form::Joblib => {
            array(decode::find_in(object, reading).ok()??, object.graph())
        }
        Form::Masked | Form::MaskedConstant => None,
    }
}

/// The value of a scalar or an array, with those in it.
fn value<'g>(object: Object<'g>, within: &ReprBudget) -> Option<PlainValue<'g>> {
    let (form, _) = forms::of(object)?;
    let mut reading = Reading::within(within.bytes());
    let array = match form {
        Form::Scalar => decode::scalar_in(object, &mut reading),
        Form::Reconstruct | Form::FromBuffer | Form::Joblib => decode::find_in(object, &mut reading),
        Form::DType | Form::StringDType | Form::Masked | Form::MaskedConstant => return None,
    };
    // An object may occur again and again, and be read only in part. One that is too large for what is left leaves nothing.
    let bytes = match &array {
        Ok(array) => array.as_ref().map_or(0, DynArray::nbytes) as u64,
        Err(error) if error.kind() == ErrorKind::LimitExceeded => u64::MAX,
        Err(_) => 0,
    };
    within.spend_bytes(reading.spent().saturating_add(bytes));
    value_of(array.ok()??, object.graph())
}

/// Nested lists, as `ndarray.tolist()` gives them.
fn value_of<'g>(array: DynArray, graph: &'g Graph) -> Option<PlainValue<'g>> {
    let Some(&len) = array.shape().first() else {
        return value_of_item(array.item(&[]).ok()?, graph);
    };
    let at = move |index: usize| {
        let value = match array.ndim() {
            1 => array.item(&[index]).ok().and_then(|item| value_of_item(item, graph)),
            _ => array.slice(&[SliceItem::Index(index as isize)]).ok().and_then(|part| value_of(part, graph)),
        };
        // Of text that is none. No text is read from it.
        value.unwrap_or(PlainValue::Float(f64::NAN))
    };
    Some(PlainValue::List(Box::new((0..len).map(at))))
}

fn value_of_item<'g>(item: Item, graph: &'g Graph) -> Option<PlainValue<'g>> {
    let pair = |parts: [f64; 2]| PlainValue::List(Box::new(parts.into_iter().map(PlainValue::Float)));
    Some(match item {
        Item::Bool(value) => PlainValue::Bool(value),
        Item::Int(value) => PlainValue::Int(value),
        Item::UInt(value) => PlainValue::UInt(value),
        Item::Float(value) => PlainValue::Float(value),
        Item::LongDouble(value) => PlainValue::Float(value.to_f64()),
        Item::Complex(value) => pair([value.re, value.im]),
        Item::LongComplex(value) => pair([value.re.to_f64(), value.im.to_f64()]),
        Item::Datetime(value) => PlainValue::Str(value.to_string()),
        Item::Timedelta(value) => match value.ticks() {
            Some(ticks) => PlainValue::Int(ticks),
            None => PlainValue::Str("NaT".to_owned()),
        },
        Item::Bytes(bytes) | Item::Void(bytes) => PlainValue::Bytes(bytes),
        Item::Str(text) => PlainValue::Str(text),
        Item::Record(fields) => {
            let named = |(name, item): (std::sync::Arc<str>, Item)| {
                Some((name.to_string(), value_of_item(item, graph)?))
            };
            PlainValue::Map(fields.into_iter().map(named).collect::<Option<_>>()?)
        }
        Item::Array(inner) => return value_of(inner, graph),
        Item::Object(number) => PlainValue::Object(graph.get(number)?),
    })
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

/// A text in quotes.
pub(crate) fn text<'g>(text: &str) -> Option<TextParts<'g>> {
    let mut out = String::new();
    json::string(&mut out, text).ok()?;
    Some(Box::new([TextPart::from(out)].into_iter()))
}

/// A single element.
pub(crate) fn scalar<'g>(value: &DynArray, graph: &'g Graph) -> Option<TextParts<'g>> {
    Some(Box::new(element(value.item(&[]).ok()?, graph).into_iter()))
}

/// Nested arrays, as `ndarray.tolist()` gives them.
pub(crate) fn array<'g>(array: DynArray, graph: &'g Graph) -> Option<TextParts<'g>> {
    // Axes inside an axis without elements do not show.
    let shape = array.shape();
    let solid = shape.iter().position(|&axis| axis == 0).unwrap_or(shape.len());
    let shape = shape.get(..solid)?.to_vec();
    let is_empty = array.size() == 0;
    let count = shape.iter().try_fold(1_usize, |count, axis| count.checked_mul(*axis))?;
    let parts = (0..count).flat_map(move |at| {
        let (index, opened, closed) = place(at, &shape);
        let mut before = String::from(if at == 0 { "" } else { "," });
        before.extend(std::iter::repeat_n('[', opened));
        let mut parts = vec![TextPart::from(before)];
        match array.item(&index) {
            _ if is_empty => parts.push(TextPart::text("[]")),
            Ok(item) => parts.extend(element(item, graph)),
            Err(_) => parts.push(TextPart::text("null")),
        }
        parts.push("]".repeat(closed).into());
        parts
    });
    Some(Box::new(parts))
}

/// The indexes of the element that comes at this place, and how many axes start and end with it.
fn place(at: usize, shape: &[usize]) -> (Vec<usize>, usize, usize) {
    let mut index = vec![0; shape.len()];
    let (mut rest, mut opened, mut closed) = (at, 0, 0);
    let (mut starts, mut ends) = (true, true);
    for (place, &axis) in index.iter_mut().zip(shape).rev() {
        *place = rest % axis;
        rest /= axis;
        starts &= *place == 0;
        ends &= *place == axis - 1;
        opened += usize::from(starts);
        closed += usize::from(ends);
    }
    (index, opened, closed)
}

/// The pieces of one element; records and subarrays nest no deeper than their dtypes.
fn element<'g>(item: Item, graph: &'g Graph) -> Vec<TextPart<'g>> {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = match item {
        Item::Bool(value) => write!(out, "{value}"),
        Item::Int(value) => write!(out, "{value}"),
        Item::UInt(value) => write!(out, "{value}"),
        Item::Float(value) => json::float(&mut out, value),
        Item::LongDouble(value) => json::float(&mut out, value.to_f64()),
        Item::Complex(value) => pair(&mut out, value.re, value.im),
        Item::LongComplex(value) => pair(&mut out, value.re.to_f64(), value.im.to_f64()),
        Item::Datetime(value) => json::string(&mut out, &value.to_string()),
        Item::Timedelta(value) => match value.ticks() {
            Some(ticks) => write!(out, "{ticks}"),
            None => json::string(&mut out, "NaT"),
        },
        Item::Bytes(bytes) | Item::Void(bytes) => {
            json::string(&mut out, &bytes.iter().map(|&byte| char::from(byte)).collect::<String>())
        }
        Item::Str(text) => json::string(&mut out, &text),
        Item::Record(fields) => return record(fields, graph),
        Item::Array(inner) => return array(inner, graph).into_iter().flatten().collect(),
        Item::Object(number) => {
            return vec![graph.get(number).map_or(TextPart::text("null"), TextPart::from)];
        }
    };
    vec![out.into()]
}

fn pair(out: &mut String, re: f64, im: f64) -> std::fmt::Result {
    out.push('[');
    json::float(out, re)?;
    out.push(',');
    json::float(out, im)?;
    out.push(']');
    Ok(())
}

fn record(fields: Vec<(std::sync::Arc<str>, Item)>, graph: &Graph) -> Vec<TextPart<'_>> {
    let mut parts = vec![TextPart::text("{")];
    for (at, (name, item)) in fields.into_iter().enumerate() {
        let mut key = String::from(if at == 0 { "" } else { "," });
        let _ = json::string(&mut key, &name);
        key.push(':');
        parts.push(key.into());
        parts.extend(element(item, graph));
    }
    parts.push(TextPart::text("}"));
    parts
}
