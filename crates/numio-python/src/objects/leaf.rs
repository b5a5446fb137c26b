//! Values without parts.

use numio::pickle::{BigInt, Call, Date, DateTime, Object, RawValue, Time, TimeDelta, TimeZone, Value};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyDict, PyNone};

use super::classes;
use crate::alloc;

/// The value of an opcode that carries one of the commonest types; `None` for all others.
#[inline(always)]
pub(super) fn quick<'py>(py: Python<'py>, shape: &RawValue<'_>) -> Option<Bound<'py, PyAny>> {
    match shape {
        RawValue::Str(text) => alloc::string(py, text.as_bytes()).ok(),
        RawValue::Int(int) => int.to_i64().and_then(|value| alloc::int(py, value).ok()),
        RawValue::Float(value) => alloc::float(py, *value).ok(),
        RawValue::None => Some(PyNone::get(py).to_owned().into_any()),
        RawValue::Bool(value) => Some(PyBool::new(py, *value).to_owned().into_any()),
        _ => None,
    }
}

/// The value of an opcode that carries a whole one; `None` for all others.
pub(super) fn leaf<'py>(py: Python<'py>, shape: &RawValue<'_>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if let Some(value) = quick(py, shape) {
        return Ok(Some(value));
    }
    Ok(Some(match shape {
        // Text and floats get here if `quick` had no memory for them.
        RawValue::Str(value) => alloc::string(py, value.as_bytes())?,
        RawValue::Float(value) => alloc::float(py, *value)?,
        RawValue::Int(value) => int(py, value)?,
        RawValue::Bytes(bytes) => alloc::bytes(py, bytes)?.into_any(),
        RawValue::ByteArray(bytes) => alloc::bytearray(py, bytes)?.into_any(),
        _ => return Ok(None),
    }))
}

pub(super) fn int<'py>(py: Python<'py>, int: &BigInt<'_>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(value) = int.to_i64() {
        return alloc::int(py, value);
    }
    match int.to_le_bytes() {
        Some(bytes) => {
            let signed = PyDict::new(py);
            signed.set_item(intern!(py, "signed"), true)?;
            let from_bytes = classes::int(py)?.getattr(intern!(py, "from_bytes"))?;
            from_bytes.call((alloc::bytes(py, &bytes)?, "little"), Some(&signed))
        }
        // Decimal text so long that Python refuses it too.
        None => classes::int(py)?.call1((int.to_string(),)),
    }
}

/// The values of harmless types that have no parts either, from the call that makes them.
pub(super) fn known<'py>(
    py: Python<'py>,
    call: &Call<'_>,
    value: &Value<'_>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(Some(match value {
        Value::Complex(real, imag) => PyComplex::from_doubles(py, *real, *imag).into_any(),
        Value::Bytes(bytes) => alloc::bytes(py, bytes)?.into_any(),
        Value::ByteArray(bytes) => alloc::bytearray(py, bytes)?.into_any(),
        Value::Bare => classes::object(py)?.call0()?,
        Value::Range([start, stop, step]) => {
            classes::range(py)?.call1((int(py, start)?, int(py, stop)?, int(py, step)?))?
        }
        Value::Date(Date { year, month, day }) => classes::date(py)?.call1((*year, *month, *day))?,
        Value::TimeDelta(delta) => timedelta(py, *delta)?,
        Value::TimeZone(TimeZone { offset, name }) => {
            let offset = timedelta(py, *offset)?;
            match name {
                Some(name) => classes::timezone(py)?.call1((offset, alloc::string(py, name.as_bytes())?))?,
                None => classes::timezone(py)?.call1((offset,))?,
            }
        }
        Value::Decimal(text) => classes::decimal(py)?.call1((*text,))?,
        Value::Fraction([numerator, denominator]) => {
            classes::fraction(py)?.call1((int(py, numerator)?, int(py, denominator)?))?
        }
        Value::Uuid(number) => uuid(py, call, *number)?,
        Value::Path { class, path } => py.import("pathlib")?.getattr(*class)?.call1((path,))?,
        Value::Time(time) if time.tzinfo.is_none() => self::time(py, time, None)?,
        Value::DateTime(moment) if moment.time.tzinfo.is_none() => datetime(py, moment, None)?,
        _ => return Ok(None),
    }))
}

fn timedelta(py: Python<'_>, delta: TimeDelta) -> PyResult<Bound<'_, PyAny>> {
    classes::timedelta(py)?.call1((delta.days, delta.seconds, delta.microseconds))
}

/// A time of day, in the time zone if it has one.
pub(super) fn time<'py>(
    py: Python<'py>,
    time: &Time<'_>,
    zone: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let fold = fold(py, time.fold)?;
    classes::time(py)?.call((time.hour, time.minute, time.second, time.microsecond, zone), fold.as_ref())
}

/// A moment, in the time zone if it has one.
pub(super) fn datetime<'py>(
    py: Python<'py>,
    DateTime { date, time, .. }: &DateTime<'_>,
    zone: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let fold = fold(py, time.fold)?;
    let clock = (time.hour, time.minute, time.second, time.microsecond);
    let all = (date.year, date.month, date.day, clock.0, clock.1, clock.2, clock.3, zone);
    classes::datetime(py)?.call(all, fold.as_ref())
}

fn fold(py: Python<'_>, fold: bool) -> PyResult<Option<Bound<'_, PyDict>>> {
    if !fold {
        return Ok(None);
    }
    let named = PyDict::new(py);
    named.set_item(intern!(py, "fold"), 1)?;
    Ok(Some(named))
}

/// `UUID(int=n)`, with `is_safe` from its state.
fn uuid<'py>(py: Python<'py>, call: &Call<'_>, number: u128) -> PyResult<Bound<'py, PyAny>> {
    let named = PyDict::new(py);
    named.set_item(intern!(py, "int"), number)?;
    let safe = call.state().and_then(|state| state.get("is_safe").ok());
    if let Some(safe) = safe.and_then(|safe: Object<'_>| safe.as_i64().ok()) {
        named.set_item(intern!(py, "is_safe"), classes::safe_uuid(py)?.call1((safe,))?)?;
    }
    classes::uuid(py)?.call((), Some(&named))
}
