//! The types of `builtins` that have no opcode of their own, or had none in older protocols.

use std::borrow::Cow;

use super::super::call::Call;
use super::super::items::Items;
use super::super::object::Object;
use super::super::value::Value;
use crate::pickle::factory::How;

/// `_codecs.encode(text, 'latin1')`: bytes, before protocol 3.
pub(super) fn encoded<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    encode(call).map(|bytes| Value::Bytes(Cow::Owned(bytes)))
}

/// Such bytes as an argument of another call.
pub(super) fn called_bytes(call: &Call<'_>) -> Option<Vec<u8>> {
    let is_encode = call.global()?.is("_codecs", "encode") && call.how() == How::Reduce && call.is_plain();
    if is_encode { encode(call) } else { None }
}

fn encode(call: &Call<'_>) -> Option<Vec<u8>> {
    let [text, codec] = call.args().array()?;
    matches!(codec.plain_str()?, "latin1" | "latin-1").then_some(())?;
    latin1(text)
}

fn latin1(object: Object<'_>) -> Option<Vec<u8>> {
    let Value::Str(text) = object.plain() else { return None };
    if text.as_bytes().is_ascii() {
        return Some(text.as_bytes().to_vec());
    }
    text.code_points().map(|code| u8::try_from(code).ok()).collect()
}

/// `bytes()`, before protocol 3.
pub(super) fn no_bytes<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    call.args().is_empty().then_some(Value::Bytes(Cow::Borrowed(&[])))
}

/// `bytearray()`, `bytearray(bytes)`, `bytearray(text, 'latin-1')`.
pub(super) fn bytearray<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let args = call.args();
    let bytes = match (args.len(), args.get(0), args.get(1)) {
        (0, ..) => Cow::Borrowed(&[][..]),
        (1, Some(bytes), _) => match bytes.plain() {
            Value::Bytes(bytes) => bytes,
            Value::Call(call) => Cow::Owned(called_bytes(&call)?),
            _ => return None,
        },
        (2, Some(text), Some(codec)) if codec.plain_str()? == "latin-1" => Cow::Owned(latin1(text)?),
        _ => return None,
    };
    Some(Value::ByteArray(bytes))
}

/// `complex(real, imag)`.
pub(super) fn complex<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [real, imag] = call.args().array()?;
    match (real.plain(), imag.plain()) {
        (Value::Float(real), Value::Float(imag)) => Some(Value::Complex(real, imag)),
        _ => None,
    }
}

/// `set(list)`, before protocol 4.
pub(super) fn set<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    listed(call).map(Value::Set)
}

/// `frozenset(list)`, before protocol 4.
pub(super) fn frozenset<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    listed(call).map(Value::FrozenSet)
}

fn listed<'g>(call: &Call<'g>) -> Option<Items<'g>> {
    let [list] = call.args().array()?;
    list.plain_list().map(|_| Items::distinct(list))
}

/// `object.__new__(object)`.
pub(super) fn object<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    call.args().is_empty().then_some(Value::Bare)
}

/// `copyreg._reconstructor(object, object, None)`: the same, before protocol 2.
pub(super) fn reconstructed<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [class, base, state] = call.args().array()?;
    let is_object =
        |object: Object<'_>| object.as_global().is_some_and(|global| global.is("builtins", "object"));
    (is_object(class) && is_object(base) && state.is_none()).then_some(Value::Bare)
}

/// `range(start, stop, step)`.
pub(super) fn range<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [start, stop, step] = call.args().array()?;
    match (start.plain(), stop.plain(), step.plain()) {
        (Value::Int(start), Value::Int(stop), Value::Int(step)) if step.to_i128() != Some(0) => {
            Some(Value::Range([start, stop, step]))
        }
        _ => None,
    }
}

/// `slice(start, stop, step)`.
pub(super) fn slice<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    call.args().array().map(Value::Slice)
}
