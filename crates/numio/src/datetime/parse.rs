//! Moments from text, as `numpy.datetime64(text)` reads them.

use crate::datetime::civil::Civil;
use crate::datetime::{NAT, TimeFault};
use crate::{DatetimeUnit, Result, TimeUnit};

/// The moment that `text` says, in the unit to whose precision it says it. Empty text and `NaT` are NaT without a unit.
///
/// # Errors
/// `InvalidData` if it is not a moment; `InvalidInput` if 64 bits do not hold it; `Unsupported` for `now` and `today`.
pub(crate) fn parse_datetime(text: &str) -> Result<(i64, TimeUnit)> {
    match civil(text)? {
        None => Ok((NAT, TimeUnit::Generic)),
        Some((civil, unit)) => {
            let ticks = civil.to_ticks(1, unit).ok_or(TimeFault::Range { unit: TimeUnit::one(unit) })?;
            Ok((ticks, TimeUnit::one(unit)))
        }
    }
}

/// The moment that `text` says, in ticks of `unit`, rounded down.
///
/// # Errors
/// As [`parse_datetime`]; `InvalidInput` for a moment without a unit.
pub(crate) fn parse_datetime_as(text: &str, unit: TimeUnit) -> Result<i64> {
    match (civil(text)?, unit) {
        (None, _) => Ok(NAT),
        (Some(_), TimeUnit::Generic) => Err(TimeFault::Generic.into()),
        (Some((civil, _)), TimeUnit::Multiple(count, base)) => {
            Ok(civil.to_ticks(count.get(), base).ok_or(TimeFault::Range { unit })?)
        }
    }
}

/// The rest of the text.
struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl Rest<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, wanted: &[u8]) -> Option<u8> {
        let found = self.peek().filter(|byte| wanted.contains(byte))?;
        self.at += 1;
        Some(found)
    }

    fn digit(&mut self) -> Option<u8> {
        self.take(b"0123456789").map(|digit| digit - b'0')
    }

    fn skip_space(&mut self) {
        while self.take(b" \t\n\r\x0b\x0c").is_some() {}
    }

    /// Two digits that make a number from `least` to `most`.
    fn two(&mut self, least: u8, most: u8, why: &'static str) -> Result<u8> {
        let start = self.at;
        let value = self.digit().and_then(|tens| Some(tens * 10 + self.digit()?));
        match value.filter(|value| (least..=most).contains(value)) {
            Some(value) => Ok(value),
            None => {
                self.at = start;
                Err(self.fault(why).into())
            }
        }
    }

    fn fault(&self, why: &'static str) -> TimeFault {
        TimeFault::Text { text: self.text.chars().take(80).collect(), at: self.at, why }
    }
}

/// The moment, and the unit it is precise to; `None` for NaT.
fn civil(text: &str) -> Result<Option<(Civil, DatetimeUnit)>> {
    if text.is_empty() || text.eq_ignore_ascii_case("nat") {
        return Ok(None);
    }
    if text.eq_ignore_ascii_case("now") || text.eq_ignore_ascii_case("today") {
        return Err(TimeFault::Clock(text.to_owned()).into());
    }
    let mut rest = Rest { text, at: 0 };
    let (mut civil, unit) = date(&mut rest)?;
    if unit < DatetimeUnit::Day || rest.peek().is_none() {
        return Ok(Some((civil, unit)));
    }
    if rest.take(b"T ").is_none() {
        return Err(rest.fault("expected 'T' or a space before the time of day").into());
    }
    let unit = time(&mut rest, &mut civil)?;
    if rest.take(b"Z").is_none()
        && let Some(sign) = rest.take(b"+-")
    {
        let minutes = offset(&mut rest)?;
        let minutes = if sign == b'-' { -minutes } else { minutes };
        civil = civil.minutes_before(minutes);
    }
    rest.skip_space();
    match rest.peek() {
        None => Ok(Some((civil, unit))),
        Some(_) => Err(rest.fault("expected the end of the text").into()),
    }
}

/// Years, months and days, as far as they go.
fn date(rest: &mut Rest<'_>) -> Result<(Civil, DatetimeUnit)> {
    rest.skip_space();
    rest.take(b"+-");
    if rest.peek().is_none() {
        return Err(rest.fault("expected a year").into());
    }
    let mut year = 0_i64;
    while let Some(digit) = rest.digit() {
        let next = year.checked_mul(10).and_then(|year| year.checked_add(digit.into()));
        year = next.ok_or_else(|| rest.fault("the year passes 64 bits"))?;
    }
    // As in NumPy, a sign counts only if nothing precedes it.
    let year = if rest.text.starts_with('-') { -year } else { year };
    let mut civil = Civil::start_of(year.into(), 1);
    if !dash(rest)? {
        return Ok((civil, DatetimeUnit::Year));
    }
    civil.month = rest.two(1, 12, "a month is from 01 to 12")?;
    if !dash(rest)? {
        return Ok((civil, DatetimeUnit::Month));
    }
    civil.day = rest.two(1, civil.days_in_month(), "the month does not have this day")?;
    Ok((civil, DatetimeUnit::Day))
}

/// Returns whether the date goes on.
fn dash(rest: &mut Rest<'_>) -> Result<bool> {
    match (rest.peek(), rest.take(b"-")) {
        (None, _) => Ok(false),
        (_, Some(_)) => Ok(true),
        _ => Err(rest.fault("expected '-' or the end of the text").into()),
    }
}

/// The time of day, as far as it goes.
fn time(rest: &mut Rest<'_>, civil: &mut Civil) -> Result<DatetimeUnit> {
    civil.second_of_day = 3600 * u32::from(rest.two(0, 23, "an hour is from 00 to 23")?);
    if rest.take(b":").is_none() {
        return Ok(DatetimeUnit::Hour);
    }
    civil.second_of_day += 60 * u32::from(rest.two(0, 59, "a minute is from 00 to 59")?);
    if rest.take(b":").is_none() {
        return Ok(DatetimeUnit::Minute);
    }
    civil.second_of_day += u32::from(rest.two(0, 59, "a second is from 00 to 59")?);
    if rest.take(b".").is_none() {
        return Ok(DatetimeUnit::Second);
    }
    let mut digits = 0;
    let mut worth = 10_u64.pow(17);
    while digits < 18
        && let Some(digit) = rest.digit()
    {
        civil.attosecond += u64::from(digit) * worth;
        worth /= 10;
        digits += 1;
    }
    let units = [
        DatetimeUnit::Millisecond,
        DatetimeUnit::Microsecond,
        DatetimeUnit::Nanosecond,
        DatetimeUnit::Picosecond,
        DatetimeUnit::Femtosecond,
    ];
    let index = usize::saturating_sub(digits, 1) / 3;
    Ok(units.get(index).copied().unwrap_or(DatetimeUnit::Attosecond))
}

/// The distance from UTC in minutes.
fn offset(rest: &mut Rest<'_>) -> Result<i64> {
    let hours = rest.two(0, 23, "the hours of a time zone are from 00 to 23")?;
    let minutes = match rest.peek() {
        None => 0,
        Some(_) => {
            rest.take(b":");
            rest.two(0, 59, "the minutes of a time zone are from 00 to 59")?
        }
    };
    Ok(i64::from(hours) * 60 + i64::from(minutes))
}
