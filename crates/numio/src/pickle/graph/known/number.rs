//! `Decimal`, `Fraction` and `UUID`.

use super::super::call::Call;
use super::super::object::Object;
use super::super::value::Value;
use crate::pickle::int::{self, Int};

/// `Decimal(text)`, the text as `str` of the number gives it.
pub(super) fn decimal<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [text] = call.args().array()?;
    let text = text.plain_str()?;
    is_decimal(text).then_some(Value::Decimal(text))
}

/// Whether that is how a decimal prints (`decimal.rst`, "to-scientific-string"): an exponent only where it is positive
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
pub(super) fn fraction<'g>(call: &Call<'g>) -> Option<Value<'g>> {
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

fn int_of(object: Object<'_>) -> Option<Int<'_>> {
    match object.plain() {
        Value::Int(value) => Some(value),
        _ => None,
    }
}

/// Decimal text as Python writes it.
fn written(text: &str) -> Option<Int<'_>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && int::normalised(text) == text).then(|| Int::digits(text))
}

fn gcd(mut one: u128, mut two: u128) -> u128 {
    while two != 0 {
        (one, two) = (two, one % two);
    }
    one
}

/// `UUID.__new__(UUID)` that is given its state.
pub(super) fn new_uuid<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    if call.args().is_empty() { uuid(call) } else { None }
}

/// `copyreg._reconstructor(UUID, object, None)` that is given its state, before protocol 2.
pub(super) fn reconstructed_uuid<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [class, base, state] = call.args().array()?;
    let is =
        |object: Object<'g>, module, name| object.as_global().is_some_and(|global| global.is(module, name));
    (is(class, "uuid", "UUID") && is(base, "builtins", "object") && state.is_none()).then_some(())?;
    uuid(call)
}

/// The state is `{'int': n}`, with `'is_safe'` since Python 3.8 where that is known.
fn uuid<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    (!call.is_given_more() && call.items().is_empty() && call.pairs().is_empty()).then_some(())?;
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
