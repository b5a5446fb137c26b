//! Calls that are values: the forms in which the picklers of Python 2.7 and 3 write the types of the standard library.
//!
//! Only those exact forms are known, with arguments in the ranges that Python itself writes; all else stays a call. So
//! no size that a file names is ever acted upon, and what is known prints as Python would print it.

mod builtin;
mod collection;
mod number;
mod path;
mod time;

use super::call::{Call, Global};
use super::value::Value;
use crate::pickle::factory::How;

type Form = for<'g> fn(&Call<'g>) -> Option<Value<'g>>;

/// What is called, how, and what reads it. Names are Python 3's. All forms are plain but those of [`GIVEN_MORE`].
const PLAIN: &[(&str, &str, How, Form)] = &[
    ("_codecs", "encode", How::Reduce, builtin::encoded),
    ("builtins", "bytes", How::Reduce, builtin::no_bytes),
    ("builtins", "bytearray", How::Reduce, builtin::bytearray),
    ("builtins", "complex", How::Reduce, builtin::complex),
    ("builtins", "frozenset", How::Reduce, builtin::frozenset),
    ("builtins", "object", How::New, builtin::object),
    ("builtins", "range", How::Reduce, builtin::range),
    ("builtins", "set", How::Reduce, builtin::set),
    ("builtins", "slice", How::Reduce, builtin::slice),
    ("copyreg", "_reconstructor", How::Reduce, builtin::reconstructed),
    ("collections", "Counter", How::Reduce, collection::counter),
    ("datetime", "date", How::Reduce, time::date),
    ("datetime", "datetime", How::Reduce, time::datetime),
    ("datetime", "time", How::Reduce, time::time),
    ("datetime", "timedelta", How::Reduce, time::timedelta),
    ("datetime", "timezone", How::Reduce, time::timezone),
    ("decimal", "Decimal", How::Reduce, number::decimal),
    ("fractions", "Fraction", How::Reduce, number::fraction),
    ("pathlib", "PosixPath", How::Reduce, path::posix),
    ("pathlib", "PurePosixPath", How::Reduce, path::posix),
    ("pathlib", "PureWindowsPath", How::Reduce, path::windows),
    ("pathlib", "WindowsPath", How::Reduce, path::windows),
    // Python 3.13.
    ("pathlib._local", "PosixPath", How::Reduce, path::whole_posix),
    ("pathlib._local", "PurePosixPath", How::Reduce, path::whole_posix),
];

/// The forms that are given items, pairs or a state after the call, and look at those themselves.
const GIVEN_MORE: &[(&str, &str, How, Form)] = &[
    ("collections", "OrderedDict", How::Reduce, collection::ordered_dict),
    ("collections", "defaultdict", How::Reduce, collection::defaultdict),
    ("collections", "deque", How::Reduce, collection::deque),
    ("copyreg", "_reconstructor", How::Reduce, number::reconstructed_uuid),
    ("uuid", "UUID", How::New, number::new_uuid),
];

/// What a call makes, if that is known.
pub(super) fn value<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let global = call.global()?;
    let forms = if call.is_plain() { [PLAIN, GIVEN_MORE] } else { [GIVEN_MORE, &[]] };
    let known = |(module, name, how, _): &&(&str, &str, How, Form)| {
        global == Global { module, name } && call.how() == *how
    };
    let mut found = forms.into_iter().flatten().filter(known);
    found.find_map(|(.., form)| form(call))
}
