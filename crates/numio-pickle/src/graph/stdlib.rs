//! Calls that are values: the forms in which the picklers of Python 2.7 and 3 write the types of the standard library.
//!
//! Only those exact forms are known, with arguments in the ranges that Python itself writes; all else stays a call. So
//! no size that a file names is ever acted upon, and what is known prints as Python would print it.

use std::borrow::Cow;

use crate::graph::call::{Call, Global};
use crate::graph::children::{Children, Dict};
use crate::graph::object::Object;
use crate::graph::value::{Date, DateTime, Time, TimeDelta, TimeZone, Value};
use crate::int;
use crate::int::BigInt;
use crate::visitor::CallKind;

type Form = for<'g> fn(&Call<'g>) -> Option<Value<'g>>;

/// The callable, the kind of call, and the function that reads it. Names are Python 3's. All forms are plain but those of [`GIVEN_MORE`].
const PLAIN: &[(&str, &str, CallKind, Form)] = &[
    ("_codecs", "encode", CallKind::Reduce, encoded),
    ("builtins", "bytes", CallKind::Reduce, no_bytes),
    ("builtins", "bytearray", CallKind::Reduce, bytearray),
    ("builtins", "complex", CallKind::Reduce, complex),
    ("builtins", "frozenset", CallKind::Reduce, frozenset),
    ("builtins", "object", CallKind::New, object),
    ("builtins", "range", CallKind::Reduce, range),
    ("builtins", "set", CallKind::Reduce, set),
    ("builtins", "slice", CallKind::Reduce, slice),
    ("copyreg", "_reconstructor", CallKind::Reduce, reconstructed),
    ("collections", "Counter", CallKind::Reduce, counter),
    ("datetime", "date", CallKind::Reduce, date),
    ("datetime", "datetime", CallKind::Reduce, datetime),
    ("datetime", "time", CallKind::Reduce, time),
    ("datetime", "timedelta", CallKind::Reduce, timedelta),
    ("datetime", "timezone", CallKind::Reduce, timezone),
    ("decimal", "Decimal", CallKind::Reduce, decimal),
    ("fractions", "Fraction", CallKind::Reduce, fraction),
    ("pathlib", "PosixPath", CallKind::Reduce, posix),
    ("pathlib", "PurePosixPath", CallKind::Reduce, posix),
    ("pathlib", "PureWindowsPath", CallKind::Reduce, windows),
    ("pathlib", "WindowsPath", CallKind::Reduce, windows),
    // Python 3.13.
    ("pathlib._local", "PosixPath", CallKind::Reduce, whole_posix),
    ("pathlib._local", "PurePosixPath", CallKind::Reduce, whole_posix),
];

/// The forms that are given items, pairs or a state after the call, and look at those themselves.
const GIVEN_MORE: &[(&str, &str, CallKind, Form)] = &[
    ("collections", "OrderedDict", CallKind::Reduce, ordered_dict),
    ("collections", "defaultdict", CallKind::Reduce, defaultdict),
    ("collections", "deque", CallKind::Reduce, deque),
    ("copyreg", "_reconstructor", CallKind::Reduce, reconstructed_uuid),
    ("uuid", "UUID", CallKind::New, new_uuid),
];

/// The value that a call makes, if that is known.
pub(crate) fn value<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let global = call.global()?;
    let forms = if call.is_plain() { [PLAIN, GIVEN_MORE] } else { [GIVEN_MORE, &[]] };
    let known = |(module, name, kind, _): &&(&str, &str, CallKind, Form)| {
        global == Global { module, name } && call.kind() == *kind
    };
    let mut found = forms.into_iter().flatten().filter(known);
    found.find_map(|(.., form)| form(call))
}

/// `_codecs.encode(text, 'latin1')`: bytes, before protocol 3.
pub(crate) fn encoded<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    encode(call).map(|bytes| Value::Bytes(Cow::Owned(bytes)))
}

/// Such bytes as an argument of another call.
pub(crate) fn called_bytes(call: &Call<'_>) -> Option<Vec<u8>> {
    let is_encode =
        call.global()?.is("_codecs", "encode") && call.kind() == CallKind::Reduce && call.is_plain();
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
pub(crate) fn no_bytes<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    call.args().is_empty().then_some(Value::Bytes(Cow::Borrowed(&[])))
}

/// `bytearray()`, `bytearray(bytes)`, `bytearray(text, 'latin-1')`.
pub(crate) fn bytearray<'g>(call: &Call<'g>) -> Option<Value<'g>> {
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
pub(crate) fn complex<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [real, imag] = call.args().array()?;
    match (real.plain(), imag.plain()) {
        (Value::Float(real), Value::Float(imag)) => Some(Value::Complex(real, imag)),
        _ => None,
    }
}

/// `set(list)`, before protocol 4.
pub(crate) fn set<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    listed(call).map(Value::Set)
}

/// `frozenset(list)`, before protocol 4.
pub(crate) fn frozenset<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    listed(call).map(Value::FrozenSet)
}

fn listed<'g>(call: &Call<'g>) -> Option<Children<'g>> {
    let [list] = call.args().array()?;
    list.plain_list().map(|_| Children::distinct(list))
}

/// `object.__new__(object)`.
pub(crate) fn object<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    call.args().is_empty().then_some(Value::Bare)
}

/// `copyreg._reconstructor(object, object, None)`: the same, before protocol 2.
pub(crate) fn reconstructed<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [class, base, state] = call.args().array()?;
    let is_object =
        |object: Object<'_>| object.as_global().is_some_and(|global| global.is("builtins", "object"));
    (is_object(class) && is_object(base) && state.is_none()).then_some(Value::Bare)
}

/// `range(start, stop, step)`.
pub(crate) fn range<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [start, stop, step] = call.args().array()?;
    match (start.plain(), stop.plain(), step.plain()) {
        (Value::Int(start), Value::Int(stop), Value::Int(step)) if step.to_i128() != Some(0) => {
            Some(Value::Range([start, stop, step]))
        }
        _ => None,
    }
}

/// `slice(start, stop, step)`.
pub(crate) fn slice<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    call.args().array().map(Value::Slice)
}

/// `OrderedDict()` that is given pairs; `OrderedDict([[key, value], ...])` in Python 2.
pub(crate) fn ordered_dict<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    (call.has_no_state() && call.items().is_empty()).then_some(())?;
    let args = call.args();
    if args.is_empty() {
        return Some(Value::OrderedDict(call.pairs()));
    }
    let [list] = args.array()?;
    if !call.pairs().is_empty() {
        return None;
    }
    Dict::of_pairs(list).map(Value::OrderedDict)
}

/// `defaultdict()` or `defaultdict(factory)` that is given pairs.
pub(crate) fn defaultdict<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    (call.has_no_state() && call.items().is_empty()).then_some(())?;
    let args = call.args();
    let factory = match args.len() {
        0 => None,
        1 => args.get(0).filter(|factory| !factory.is_none()),
        _ => return None,
    };
    Some(Value::DefaultDict { factory, dict: call.pairs() })
}

/// `Counter(dict)`.
pub(crate) fn counter<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [dict] = call.args().array()?;
    match dict.plain() {
        Value::Dict(dict) => Some(Value::Counter(dict)),
        _ => None,
    }
}

/// `deque()` or `deque((), maxlen)` that is given items; `deque(list)`, `deque(list, maxlen)` in Python 2.
pub(crate) fn deque<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    (call.has_no_state() && call.pairs().is_empty()).then_some(())?;
    let args = call.args();
    let maxlen = match (args.len(), args.get(1)) {
        (0 | 1, _) => None,
        (2, Some(maxlen)) => match maxlen.plain() {
            Value::None => None,
            Value::Int(maxlen) => Some(usize::try_from(maxlen.to_i64()?).ok()?),
            _ => return None,
        },
        _ => return None,
    };
    let given = call.items();
    let items: Children<'g> = match args.get(0).map(|first| first.plain()) {
        None => given,
        Some(Value::Tuple(none)) if none.is_empty() => given,
        Some(Value::List(items)) if given.is_empty() => items,
        _ => return None,
    };
    maxlen.is_none_or(|most| items.len() <= most).then_some(Value::Deque { items, maxlen })
}

/// `Decimal(text)`, the text as `str` of the number gives it.
pub(crate) fn decimal<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [text] = call.args().array()?;
    let text = text.plain_str()?;
    is_decimal(text).then_some(Value::Decimal(text))
}

/// True if a decimal prints like this (`decimal.rst`, "to-scientific-string"): an exponent only where it is positive
/// or the number has more than five zeros behind the point.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_payload = |text: &str| is_digits(text) && !text.starts_with('0');
    if unsigned == "Infinity" {
        return true;
    }
    if let Some(payload) = unsigned.strip_prefix("NaN").or_else(|| unsigned.strip_prefix("sNaN")) {
        return is_payload(payload);
    }
    let (coefficient, exponent) = match unsigned.split_once('E') {
        None => (unsigned, 0),
        Some((coefficient, exponent)) => {
            let canonical = exponent.starts_with(['+', '-']) && is_payload(exponent.get(1..).unwrap_or("0"));
            match exponent.parse::<i64>() {
                Ok(value) if canonical && value != 0 && value.unsigned_abs() < 1 << 60 => {
                    (coefficient, value)
                }
                _ => return false,
            }
        }
    };
    let (whole, fraction) = coefficient.split_once('.').unwrap_or((coefficient, ""));
    let has_point = coefficient.contains('.');
    if whole.is_empty() || has_point == fraction.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return false;
    }
    if whole.starts_with('0') && whole != "0" {
        return false;
    }
    let zeros = fraction.bytes().take_while(|digit| *digit == b'0').count();
    if unsigned.contains('E') {
        // One digit before the point, which is 0 only where all is.
        let digits = (fraction.len() as i64, exponent - fraction.len() as i64);
        let is_zero = whole == "0" && fraction.is_empty();
        return whole.len() == 1 && (whole != "0" || is_zero) && (digits.1 > 0 || exponent < -6);
    }
    // Without an exponent the first digit that counts is the sixth behind the point at the latest.
    let leading = if whole == "0" { zeros.min(fraction.len().saturating_sub(1)) } else { 0 };
    leading < 6
}

/// `Fraction(numerator, denominator)`; `Fraction('1/3')` up to Python 3.8.
pub(crate) fn fraction<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let args = call.args();
    let (numerator, denominator) = match args.array() {
        Some([text]) => {
            let text = text.plain_str()?;
            let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
            (written(numerator)?, written(denominator)?)
        }
        None => {
            let [numerator, denominator] = args.array()?;
            (int_of(numerator)?, int_of(denominator)?)
        }
    };
    let lowest = match (numerator.to_i128(), denominator.to_i128()) {
        (Some(numerator), Some(denominator)) => {
            gcd(numerator.unsigned_abs(), denominator.unsigned_abs()) == 1
        }
        // Too long to check here, and Python writes no others.
        _ => true,
    };
    let is_positive = !denominator.is_negative() && denominator.to_i128() != Some(0);
    (is_positive && lowest).then_some(Value::Fraction([numerator, denominator]))
}

fn int_of(object: Object<'_>) -> Option<BigInt<'_>> {
    match object.plain() {
        Value::Int(value) => Some(value),
        _ => None,
    }
}

/// Decimal text as Python writes it.
fn written(text: &str) -> Option<BigInt<'_>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && int::normalised(text) == text).then(|| BigInt::digits(text))
}

fn gcd(mut one: u128, mut two: u128) -> u128 {
    while two != 0 {
        (one, two) = (two, one % two);
    }
    one
}

/// `UUID.__new__(UUID)` that is given its state.
pub(crate) fn new_uuid<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    if call.args().is_empty() { uuid(call) } else { None }
}

/// `copyreg._reconstructor(UUID, object, None)` that is given its state, before protocol 2.
pub(crate) fn reconstructed_uuid<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [class, base, state] = call.args().array()?;
    let is =
        |object: Object<'g>, module, name| object.as_global().is_some_and(|global| global.is(module, name));
    (is(class, "uuid", "UUID") && is(base, "builtins", "object") && state.is_none()).then_some(())?;
    uuid(call)
}

/// The state is `{'int': n}`, with `'is_safe'` since Python 3.8 where that is known.
fn uuid<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    (!call.is_mutated() && call.items().is_empty() && call.pairs().is_empty()).then_some(())?;
    let state = call.state()?.plain_dict()?;
    let others = state.len() - usize::from(state.get("is_safe").is_some());
    let bytes = int_of(state.get("int")?)?.to_le_bytes()?;
    let (low, high) = bytes.split_at(bytes.len().min(16));
    // A seventeenth byte holds the sign, which must be plus.
    let is_positive = if low.len() < 16 { low.last().is_none_or(|byte| *byte < 0x80) } else { high == [0] };
    let is_positive =
        is_positive || (low.len() == 16 && high.is_empty() && low.last().is_some_and(|byte| *byte < 0x80));
    let mut whole = [0; 16];
    whole.get_mut(..low.len())?.copy_from_slice(low);
    (others == 1 && is_positive).then_some(Value::Uuid(u128::from_le_bytes(whole)))
}

/// `PosixPath('/', 'usr', 'lib')`.
pub(crate) fn posix<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let parts = parts(call)?;
    let is_name = |part: &&str| !part.contains('/') && !matches!(*part, "" | ".");
    let path = match parts.split_first() {
        None => ".".to_owned(),
        Some((root, names)) if matches!(*root, "/" | "//") && names.iter().all(is_name) => {
            format!("{root}{}", names.join("/"))
        }
        Some(_) if parts.iter().all(is_name) => parts.join("/"),
        Some(_) => return None,
    };
    Some(Value::Path { class: call.global()?.name, path })
}

/// `PureWindowsPath('c:\\', 'Users', 'me')`.
pub(crate) fn windows<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let parts = parts(call)?;
    let is_name = |part: &&str| !part.contains(['/', '\\', ':']) && !matches!(*part, "" | ".");
    let path = match parts.split_first() {
        None => ".".to_owned(),
        Some((anchor, names)) if is_drive(anchor) && names.iter().all(is_name) => {
            format!("{}{}", anchor.replace('\\', "/"), names.join("/"))
        }
        Some(_) if parts.iter().all(is_name) => parts.join("/"),
        Some(_) => return None,
    };
    Some(Value::Path { class: call.global()?.name, path })
}

fn is_drive(anchor: &str) -> bool {
    anchor == "\\" || matches!(anchor.as_bytes(), [drive, b':', b'\\'] if drive.is_ascii_alphabetic())
}

/// `PosixPath('/usr/lib')`, where that is how the path prints.
pub(crate) fn whole_posix<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [path] = call.args().array()?;
    let path = path.plain_str()?;
    let names = path.strip_prefix('/').unwrap_or(path);
    let is_plain = matches!(path, "." | "/") || names.split('/').all(|name| !matches!(name, "" | "."));
    is_plain.then(|| Some(Value::Path { class: call.global()?.name, path: path.to_owned() }))?
}

fn parts<'g>(call: &Call<'g>) -> Option<Vec<&'g str>> {
    call.args().iter().map(|part| part.plain_str()).collect()
}

/// `date(bytes)`.
pub(crate) fn date<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [state] = call.args().array()?;
    let [high, low, month, day] = time_latin1(state)?;
    Date::new(u16::from_be_bytes([high, low]), month, day).map(Value::Date)
}

/// `time(bytes)`, `time(bytes, tzinfo)`.
pub(crate) fn time<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let (state, tzinfo) = with_zone(call)?;
    let [hour, rest @ ..]: [u8; 6] = time_latin1(state)?;
    let [minute, second, high, middle, low] = rest;
    // The highest bit of the first byte is the fold.
    let bytes = [hour & 0x7f, minute, second, high, middle, low];
    Time::new(bytes, hour & 0x80 != 0, tzinfo).map(Value::Time)
}

/// `datetime(bytes)`, `datetime(bytes, tzinfo)`.
pub(crate) fn datetime<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let (state, tzinfo) = with_zone(call)?;
    let [high, low, month, day, time @ ..]: [u8; 10] = time_latin1(state)?;
    // Here the fold stands with the month.
    let date = Date::new(u16::from_be_bytes([high, low]), month & 0x7f, day)?;
    let time = Time::new(time, month & 0x80 != 0, tzinfo)?;
    Some(Value::DateTime(DateTime { date, time }))
}

/// `timedelta(days, seconds, microseconds)`.
pub(crate) fn timedelta<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    delta(call).map(Value::TimeDelta)
}

/// A timedelta as an argument of another call.
fn called_delta(call: &Call<'_>) -> Option<TimeDelta> {
    let is_delta =
        call.global()?.is("datetime", "timedelta") && call.kind() == CallKind::Reduce && call.is_plain();
    if is_delta { delta(call) } else { None }
}

fn delta(call: &Call<'_>) -> Option<TimeDelta> {
    let [days, seconds, microseconds] = call.args().array()?;
    let int = |object: Object<'_>| match object.plain() {
        Value::Int(value) => value.to_i64(),
        _ => None,
    };
    TimeDelta::new(int(days)?, int(seconds)?, int(microseconds)?)
}

/// `timezone(timedelta)`, `timezone(timedelta, name)`.
pub(crate) fn timezone<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let args = call.args();
    let name = match (args.len(), args.get(1).map(Object::plain)) {
        (1, None) => None,
        (2, Some(Value::Str(name))) => Some(name),
        _ => return None,
    };
    let offset = called_delta(&args.get(0)?.as_call()?)?;
    let is_below_a_day = offset.to_microseconds().abs() < 86_400_000_000;
    is_below_a_day.then_some(Value::TimeZone(TimeZone { offset, name }))
}

fn with_zone<'g>(call: &Call<'g>) -> Option<(Object<'g>, Option<Object<'g>>)> {
    let args = call.args();
    match (args.len(), args.get(0)?, args.get(1)) {
        (1, state, None) => Some((state, None)),
        (2, state, Some(zone)) if !zone.is_none() => Some((state, Some(zone))),
        _ => None,
    }
}

/// Bytes, however they are spelt, or those of a string in Latin-1, which is what a Python 2 `str`
/// comes as; if there are `N`.
fn time_latin1<const N: usize>(object: Object<'_>) -> Option<[u8; N]> {
    match object.plain() {
        Value::Bytes(bytes) => (&*bytes).try_into().ok(),
        Value::Call(call) => called_bytes(&call)?.as_slice().try_into().ok(),
        Value::Str(text) => {
            let mut codes = text.code_points();
            let mut bytes = [0; N];
            for byte in &mut bytes {
                *byte = codes.next()?.try_into().ok()?;
            }
            codes.next().is_none().then_some(bytes)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_known_as_python_prints_them() {
        for text in [
            "0",
            "-0",
            "1",
            "1.50",
            "0.00",
            "0.000001",
            "0.0000015",
            "0E+3",
            "0E-7",
            "1E+400",
            "1.5E+3",
            "1E-7",
            "1.23E-8",
            "123456789012345678901234567890.1",
            "Infinity",
            "-Infinity",
            "NaN",
            "-NaN",
            "sNaN",
            "NaN123",
        ] {
            assert!(is_decimal(text), "{text}");
        }
        for text in [
            "",
            "-",
            "+1",
            "01",
            "1.",
            ".5",
            "1e5",
            "1E5",
            "1E+05",
            "1E+0",
            "10E+3",
            "1.50E+1",
            "0.0000001",
            "0.0E+3",
            "1_0",
            " 1",
            "inf",
            "Inf",
            "nan",
            "NaN012",
            "1E+99999999999999999999",
            "0.5E-3",
            "1E-6",
            "1.5E-5",
        ] {
            assert!(!is_decimal(text), "{text}");
        }
    }
}
