//! The types of `datetime`, from the bytes in which they are pickled (CPython's `Lib/_pydatetime.py`, `_getstate`).

use super::super::call::Call;
use super::super::object::Object;
use super::super::time::{Date, DateTime, Time, TimeDelta, TimeZone};
use super::super::value::Value;
use super::builtin;
use crate::pickle::factory::How;

/// `date(bytes)`.
pub(super) fn date<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [state] = call.args().array()?;
    let [high, low, month, day] = latin1(state)?;
    Date::new(u16::from_be_bytes([high, low]), month, day).map(Value::Date)
}

/// `time(bytes)`, `time(bytes, tzinfo)`.
pub(super) fn time<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let (state, tzinfo) = with_zone(call)?;
    let [hour, rest @ ..]: [u8; 6] = latin1(state)?;
    let [minute, second, high, middle, low] = rest;
    // The highest bit of the first byte is the fold.
    let bytes = [hour & 0x7f, minute, second, high, middle, low];
    Time::new(bytes, hour & 0x80 != 0, tzinfo).map(Value::Time)
}

/// `datetime(bytes)`, `datetime(bytes, tzinfo)`.
pub(super) fn datetime<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let (state, tzinfo) = with_zone(call)?;
    let [high, low, month, day, time @ ..]: [u8; 10] = latin1(state)?;
    // Here the fold stands with the month.
    let date = Date::new(u16::from_be_bytes([high, low]), month & 0x7f, day)?;
    let time = Time::new(time, month & 0x80 != 0, tzinfo)?;
    Some(Value::DateTime(DateTime { date, time }))
}

/// `timedelta(days, seconds, microseconds)`.
pub(super) fn timedelta<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    delta(call).map(Value::TimeDelta)
}

/// A timedelta as an argument of another call.
fn called_delta(call: &Call<'_>) -> Option<TimeDelta> {
    let is_delta = call.global()?.is("datetime", "timedelta") && call.how() == How::Reduce && call.is_plain();
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
pub(super) fn timezone<'g>(call: &Call<'g>) -> Option<Value<'g>> {
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

/// Bytes, however they are spelt, or those that a string stands for in Latin-1, which is what a Python 2 `str`
/// comes as; if there are `N`.
fn latin1<const N: usize>(object: Object<'_>) -> Option<[u8; N]> {
    match object.plain() {
        Value::Bytes(bytes) => (&*bytes).try_into().ok(),
        Value::Call(call) => builtin::called_bytes(&call)?.as_slice().try_into().ok(),
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
