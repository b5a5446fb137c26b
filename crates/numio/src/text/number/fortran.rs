//! Numbers as Fortran's formats print them.

/// A number as Fortran prints it, in the form that other languages read: `1.0D+05` and `1.0Q+05` as `1.0e+05`, and
/// `0.33-104`, from which Fortran leaves out the letter where the exponent takes three digits, as `0.33e-104`. `None`
/// for all other texts, those included that need no change.
///
/// ```
/// use numio::text::fortran_number;
///
/// assert_eq!(fortran_number("1.0D+05").as_deref(), Some("1.0e+05"));
/// assert_eq!(fortran_number(" -0.33-104").as_deref(), Some(" -0.33e-104"));
/// assert_eq!(fortran_number("1.0e5"), None);
/// assert_eq!(fortran_number("2020-01-02"), None);
/// ```
pub fn fortran_number(text: &str) -> Option<String> {
    let start = text.len() - text.trim_start().len();
    let body = text.get(start..)?;
    let signs = usize::from(body.starts_with(['+', '-']));
    let mantissa =
        body.get(signs..)?.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, rest) = text.split_at_checked(start + signs + mantissa)?;
    let points = number.matches('.').count();
    if !number.contains(|char: char| char.is_ascii_digit()) || points > 1 {
        return None;
    }
    let (exponent, is_short) = match rest.strip_prefix(['d', 'D', 'q', 'Q']) {
        Some(exponent) => (exponent, false),
        // Without a point it may be a date or a range.
        None => (rest, true),
    };
    if is_short && (points == 0 || !exponent.starts_with(['+', '-'])) {
        return None;
    }
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent).trim_end();
    let is_exponent = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_exponent.then(|| format!("{number}e{exponent}"))
}

/// The same for the bytes of a field.
pub(in super::super) fn plain(field: &[u8]) -> Option<Vec<u8>> {
    fortran_number(std::str::from_utf8(field).ok()?).map(String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_of_fortran_change() {
        for (text, wanted) in [
            ("1.5d3", Some("1.5e3")),
            ("+.5D-10 ", Some("+.5e-10 ")),
            ("7D2", Some("7e2")),
            ("0.123+100", Some("0.123e+100")),
            ("-0.1-300", Some("-0.1e-300")),
            ("1.0E+05", None),
            ("1+2", None),
            ("1.2.3-4", None),
            (".D5", None),
            ("D5", None),
            ("1.0D", None),
            ("1.0D5x", None),
            ("0.3-", None),
            ("", None),
        ] {
            assert_eq!(fortran_number(text).as_deref(), wanted, "{text:?}");
        }
    }
}
