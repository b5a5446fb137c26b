//! Values without parts, as Python's `repr` prints them.

use std::fmt::{self, Write};

use crate::num::python_float;
use crate::pickle::graph::call::Global;
use crate::pickle::graph::object::Object;
use crate::pickle::graph::time::{DateTime, TimeDelta, TimeZone};
use crate::pickle::graph::value::{Value, uuid_text};
use crate::repr;

/// Values without parts.
pub(super) fn write_scalar(value: &Value<'_>, object: Object<'_>, out: &mut dyn Write) -> fmt::Result {
    let mut out = out;
    match value {
        Value::None => out.write_str("None"),
        Value::Bool(true) => out.write_str("True"),
        Value::Bool(false) => out.write_str("False"),
        Value::Int(value) => write!(out, "{value}"),
        Value::Float(value) => python_float::float(&mut out, *value),
        Value::Complex(real, imag) => python_float::complex(&mut out, *real, *imag),
        Value::Str(text) => write!(out, "{text:?}"),
        Value::Bytes(bytes) => repr::bytes(&mut out, bytes),
        Value::Buffer(bytes) => repr::bytes(&mut out, bytes),
        Value::ByteArray(bytes) => repr::bytearray(&mut out, bytes),
        Value::Range([start, stop, step]) => {
            write!(out, "range({start}, {stop}")?;
            if step.to_i128() != Some(1) {
                write!(out, ", {step}")?;
            }
            out.write_char(')')
        }
        Value::Ellipsis => out.write_str("Ellipsis"),
        Value::NotImplemented => out.write_str("NotImplemented"),
        Value::Bare => out.write_str("<object object>"),
        Value::Date(date) => write!(out, "datetime.date({}, {}, {})", date.year, date.month, date.day),
        Value::Time(_) | Value::DateTime(_) => {
            write_time(value, out)?;
            out.write_char(')')
        }
        Value::TimeDelta(delta) => write_delta(*delta, out),
        Value::TimeZone(zone) => write_zone(*zone, out),
        Value::Decimal(text) => write!(out, "Decimal('{text}')"),
        Value::Fraction([numerator, denominator]) => write!(out, "Fraction({numerator}, {denominator})"),
        Value::Uuid(value) => write!(out, "UUID('{}')", uuid_text(*value)),
        Value::Path { class, path } => {
            write!(out, "{class}(")?;
            repr::str(&mut out, path)?;
            out.write_char(')')
        }
        Value::Global(global) => write_global(*global, out),
        Value::Extension(code) => write!(out, "<extension {code}>"),
        // All others have parts.
        _ => write!(out, "<{}>", object.value().type_name()),
    }
}

/// Functions of `builtins`; what else is pickled from there is a class.
const FUNCTIONS: &[&str] = &[
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "breakpoint",
    "callable",
    "chr",
    "compile",
    "delattr",
    "dir",
    "divmod",
    "eval",
    "exec",
    "format",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "hex",
    "id",
    "input",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "locals",
    "max",
    "min",
    "next",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "repr",
    "round",
    "setattr",
    "sorted",
    "sum",
    "vars",
    "__import__",
    "__build_class__",
];

pub(super) fn write_global(global: Global<'_>, out: &mut dyn Write) -> fmt::Result {
    match global.module {
        "builtins" if FUNCTIONS.contains(&global.name) => write!(out, "<built-in function {}>", global.name),
        "builtins" => write!(out, "<class '{}'>", global.name),
        _ => write!(out, "<global '{global}'>"),
    }
}

/// A time or datetime up to its zone and closing parenthesis.
pub(super) fn write_time(value: &Value<'_>, out: &mut dyn Write) -> fmt::Result {
    let time = match value {
        Value::DateTime(DateTime { date, time }) => {
            write!(out, "datetime.datetime({}, {}, {}, ", date.year, date.month, date.day)?;
            time
        }
        Value::Time(time) => {
            out.write_str("datetime.time(")?;
            time
        }
        _ => return Ok(()),
    };
    write!(out, "{}, {}", time.hour, time.minute)?;
    if time.second != 0 || time.microsecond != 0 {
        write!(out, ", {}", time.second)?;
    }
    if time.microsecond != 0 {
        write!(out, ", {}", time.microsecond)?;
    }
    if time.fold { out.write_str(", fold=1") } else { Ok(()) }
}

fn write_delta(delta: TimeDelta, out: &mut dyn Write) -> fmt::Result {
    let fields = [
        ("days", i64::from(delta.days)),
        ("seconds", delta.seconds.into()),
        ("microseconds", delta.microseconds.into()),
    ];
    let named = fields.iter().filter(|(_, value)| *value != 0).map(|(name, value)| format!("{name}={value}"));
    let named: Vec<_> = named.collect();
    write!(out, "datetime.timedelta({})", if named.is_empty() { "0".to_owned() } else { named.join(", ") })
}

fn write_zone(zone: TimeZone<'_>, out: &mut dyn Write) -> fmt::Result {
    if zone.name.is_none() && zone.offset.to_microseconds() == 0 {
        return out.write_str("datetime.timezone.utc");
    }
    out.write_str("datetime.timezone(")?;
    write_delta(zone.offset, out)?;
    if let Some(name) = zone.name {
        write!(out, ", {name:?}")?;
    }
    out.write_char(')')
}
