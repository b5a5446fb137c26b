//! Axes: where their ticks are, and what is written at them.

use numio::{Datetime64, DatetimeUnit, TimeUnit};

use super::values::Quantity;
use crate::text;

/// One axis of a panel.
#[derive(Debug, Clone)]
pub struct AxisOf {
    pub label: String,
    /// The value at the left or the lower end; of the rows of a picture, the upper.
    pub low: f64,
    pub high: f64,
    pub quantity: Quantity,
}

/// A place on an axis with a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub value: f64,
    pub text: String,
}

impl AxisOf {
    /// An axis of values, a little longer than they need.
    pub fn around(label: &str, low: f64, high: f64, quantity: Quantity) -> Self {
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let margin = if low == high { low.abs().max(1.0) * 0.05 } else { (high * 0.04 - low * 0.04).abs() };
        // Near the ends of what a float holds there is nothing beyond.
        let end = |value: f64| value.clamp(f64::MIN, f64::MAX);
        Self { label: label.to_owned(), low: end(low - margin), high: end(high + margin), quantity }
    }

    /// An axis of positions from 0 on: each element is as wide as a unit, with its number in the middle.
    pub fn of_index(label: &str, len: usize) -> Self {
        let high = (len as f64 - 0.5).max(0.5);
        Self { label: label.to_owned(), low: -0.5, high, quantity: Quantity::Index }
    }

    /// The share of the axis that is below a value: from 0 to 1, unless it is out of the axis.
    pub fn share(&self, value: f64) -> f64 {
        // Halves, since the distance of the ends may be more than a float holds.
        let span = self.high / 2.0 - self.low / 2.0;
        if span > 0.0 { (value / 2.0 - self.low / 2.0) / span } else { 0.5 }
    }

    /// Up to about `most` ticks, and what is to be added to the numbers at them, where these would be too long.
    pub fn ticks(&self, most: usize) -> (Vec<Tick>, Option<String>) {
        let most = most.clamp(2, 20);
        let ticks = |most: usize| match self.quantity {
            Quantity::Moment(TimeUnit::Multiple(count, unit)) => {
                moments(self.low, self.high, most, TimeUnit::Multiple(count, unit), unit)
            }
            _ => numbers(self.low, self.high, most, self.quantity == Quantity::Index),
        };
        // One tick alone says nothing of the scale.
        let found = (most..most + 4).map(ticks).find(|(ticks, _)| ticks.len() > 1);
        found.unwrap_or_else(|| ticks(most))
    }

    /// The label with its unit, and with what is to be added to the numbers.
    pub fn caption(&self, offset: Option<&str>) -> String {
        let unit = match self.quantity {
            Quantity::Length(TimeUnit::Multiple(count, unit)) if count.get() == 1 => {
                format!(" [{}]", unit.abbreviation())
            }
            Quantity::Length(TimeUnit::Multiple(count, unit)) => {
                format!(" [{count} {}]", unit.abbreviation())
            }
            _ => String::new(),
        };
        let offset = offset.map_or_else(String::new, |offset| format!(" {offset}"));
        format!("{}{unit}{offset}", self.label).trim().to_owned()
    }
}

/// Digits beyond which numbers are written as a difference from the first.
const MOST_DIGITS: i32 = 6;

fn numbers(low: f64, high: f64, most: usize, are_whole: bool) -> (Vec<Tick>, Option<String>) {
    let span = high / 2.0 - low / 2.0;
    if span <= 0.0 || !span.is_finite() {
        return (Vec::new(), None);
    }
    let mut step = step(span / most as f64 * 2.0);
    if are_whole {
        step = step.max(1.0);
    }
    if step <= 0.0 || low + step == low && high + step == high {
        return (Vec::new(), None);
    }
    let first = (low / step).ceil();
    let values = (0..=most * 3).map(|at| (first + at as f64) * step).take_while(|value| *value <= high);
    // No negative zero.
    let values: Vec<f64> = values.map(|value| value + 0.0).collect();
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let digits = exponent(largest) - exponent(step) + 1;
    if digits > MOST_DIGITS
        && let Some(&base) = values.first()
        && !are_whole
    {
        let tick = |(at, value): (usize, f64)| Tick {
            value,
            text: text::digits(at as f64 * step, MOST_DIGITS as usize),
        };
        let ticks = values.into_iter().enumerate().map(tick).collect();
        let sign = if base < 0.0 { "- " } else { "+ " };
        return (ticks, Some(format!("{sign}{}", text::digits(base.abs(), 15))));
    }
    let tick = |value: f64| Tick { value, text: label(value, digits.max(1) as usize, are_whole) };
    (values.into_iter().map(tick).collect(), None)
}

fn label(value: f64, digits: usize, are_whole: bool) -> String {
    if are_whole && value.abs() < 1e7 {
        return format!("{value}");
    }
    let plain = text::digits(value, digits.max(7));
    // A product of a decimal fraction has digits that were not meant.
    if plain.len() > 7 || plain.contains('e') { text::digits(value, digits) } else { plain }
}

/// The decimal exponent of a number.
fn exponent(value: f64) -> i32 {
    if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 }
}

/// The least of 1, 2 and 5 times a power of ten that is no less.
fn step(least: f64) -> f64 {
    let power = 10.0_f64.powi(exponent(least));
    let found =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= least * 0.999);
    found.unwrap_or(power * 10.0)
}

/// Steps of time: the unit that they are counted in, how many, and how many seconds they take, about.
const STEPS: [(DatetimeUnit, i64, f64); 27] = [
    (DatetimeUnit::Nanosecond, 1, 1e-9),
    (DatetimeUnit::Nanosecond, 10, 1e-8),
    (DatetimeUnit::Nanosecond, 100, 1e-7),
    (DatetimeUnit::Microsecond, 1, 1e-6),
    (DatetimeUnit::Microsecond, 10, 1e-5),
    (DatetimeUnit::Microsecond, 100, 1e-4),
    (DatetimeUnit::Millisecond, 1, 1e-3),
    (DatetimeUnit::Millisecond, 10, 1e-2),
    (DatetimeUnit::Millisecond, 100, 0.1),
    (DatetimeUnit::Second, 1, 1.0),
    (DatetimeUnit::Second, 5, 5.0),
    (DatetimeUnit::Second, 15, 15.0),
    (DatetimeUnit::Minute, 1, 60.0),
    (DatetimeUnit::Minute, 5, 300.0),
    (DatetimeUnit::Minute, 15, 900.0),
    (DatetimeUnit::Hour, 1, 3600.0),
    (DatetimeUnit::Hour, 3, 10_800.0),
    (DatetimeUnit::Hour, 6, 21_600.0),
    (DatetimeUnit::Hour, 12, 43_200.0),
    (DatetimeUnit::Day, 1, 86_400.0),
    (DatetimeUnit::Day, 2, 172_800.0),
    (DatetimeUnit::Day, 7, 604_800.0),
    (DatetimeUnit::Month, 1, 2_629_746.0),
    (DatetimeUnit::Month, 3, 7_889_238.0),
    (DatetimeUnit::Month, 6, 15_778_476.0),
    (DatetimeUnit::Year, 1, YEAR),
    (DatetimeUnit::Year, 2, 2.0 * YEAR),
];

/// Seconds in a mean year of the Gregorian calendar.
const YEAR: f64 = 31_556_952.0;

/// Seconds in one tick, about.
fn seconds(unit: DatetimeUnit) -> f64 {
    match unit {
        DatetimeUnit::Year => YEAR,
        DatetimeUnit::Month => YEAR / 12.0,
        DatetimeUnit::Week => 604_800.0,
        DatetimeUnit::Day => 86_400.0,
        DatetimeUnit::Hour => 3600.0,
        DatetimeUnit::Minute => 60.0,
        DatetimeUnit::Second => 1.0,
        DatetimeUnit::Millisecond => 1e-3,
        DatetimeUnit::Microsecond => 1e-6,
        DatetimeUnit::Nanosecond => 1e-9,
        DatetimeUnit::Picosecond => 1e-12,
        DatetimeUnit::Femtosecond => 1e-15,
        DatetimeUnit::Attosecond => 1e-18,
    }
}

/// Ticks at round times. Where the unit is too fine or the times too far away for the calendar, plain numbers.
fn moments(
    low: f64,
    high: f64,
    most: usize,
    unit: TimeUnit,
    base: DatetimeUnit,
) -> (Vec<Tick>, Option<String>) {
    let TimeUnit::Multiple(count, _) = unit else { return (Vec::new(), None) };
    let tick = seconds(base) * f64::from(count.get());
    let least = (high - low) * tick / most as f64;
    let years = step((least / YEAR).max(1.0)) as i64;
    // No step is shorter than what the dtype counts.
    let found = STEPS.into_iter().find(|(step, _, long)| *long >= least && *step <= base);
    let (step, times) = found.map_or((DatetimeUnit::Year, years), |(step, times, _)| (step, times));
    let plain = || numbers(low, high, most, true);
    let ends = [low.ceil(), high.floor()].map(|end| {
        let moment = Datetime64::new(end as i64, unit);
        moment.to_unit(TimeUnit::one(step)).ok().and_then(Datetime64::ticks)
    });
    let [Some(first), Some(last)] = ends else { return plain() };
    let mut ticks = Vec::new();
    let mut day = None;
    // Round years are those of the calendar.
    let origin = if step == DatetimeUnit::Year { 1970 } else { 0 };
    let mut at =
        (first.saturating_add(origin)).div_euclid(times).saturating_mul(times).saturating_sub(origin);
    while at <= last && ticks.len() <= most * 3 {
        let moment = Datetime64::new(at, TimeUnit::one(step));
        let Some(value) = moment.to_unit(unit).ok().and_then(Datetime64::ticks) else { return plain() };
        if value as f64 >= low {
            let (date, text) = moment_text(moment, step);
            day.get_or_insert(date);
            ticks.push(Tick { value: value as f64, text });
        }
        at = at.saturating_add(times);
    }
    let is_within_days = step > DatetimeUnit::Day;
    (ticks, day.filter(|_| is_within_days).map(|day| format!("(from {day})")))
}

/// The day of a moment, and its shortest text among others a step away.
fn moment_text(moment: Datetime64, step: DatetimeUnit) -> (String, String) {
    let whole = moment.to_string();
    let Some((day, time)) = whole.split_once('T') else { return (whole.clone(), whole) };
    let text = match step {
        DatetimeUnit::Hour => format!("{time}:00"),
        DatetimeUnit::Minute | DatetimeUnit::Second => time.to_owned(),
        // Fractions, after the seconds.
        _ => time.rsplit_once(':').map_or(time, |(_, seconds)| seconds).to_owned(),
    };
    let midnight = text.chars().all(|char| matches!(char, '0' | ':' | '.')) && time.starts_with("00");
    match midnight && matches!(step, DatetimeUnit::Hour | DatetimeUnit::Minute) {
        true => (day.to_owned(), day.to_owned()),
        false => (day.to_owned(), text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(low: f64, high: f64, quantity: Quantity, most: usize) -> (Vec<String>, Option<String>) {
        let axis = AxisOf { label: String::new(), low, high, quantity };
        let (ticks, offset) = axis.ticks(most);
        for tick in &ticks {
            assert!(tick.value >= low && tick.value <= high, "{tick:?}");
        }
        (ticks.into_iter().map(|tick| tick.text).collect(), offset)
    }

    #[test]
    fn ticks_of_numbers_are_round() {
        assert_eq!(texts(0.0, 1.0, Quantity::Number, 5).0, ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(texts(-0.5, 9.5, Quantity::Index, 5).0, ["0", "2", "4", "6", "8"]);
        assert_eq!(texts(-0.5, 2.5, Quantity::Index, 9).0, ["0", "1", "2"]);
        assert_eq!(texts(-3e9, 3e9, Quantity::Number, 3).0, ["-2e+09", "0", "2e+09"]);
        let (close, offset) = texts(1e9, 1e9 + 4.0, Quantity::Number, 4);
        assert_eq!((close.join(" "), offset.as_deref()), ("0 1 2 3 4".to_owned(), Some("+ 1000000000")));
        assert!(texts(f64::MIN, f64::MAX, Quantity::Number, 5).0.len() >= 2);
        assert_eq!(texts(-20.0, 420.0, Quantity::Number, 2).0, ["0", "200", "400"]);
        assert_eq!(texts(5.0, 5.0, Quantity::Number, 5).0, [""; 0]);
    }

    #[test]
    fn ticks_of_dates_are_round() {
        let moments = |low: &str, high: &str, unit: DatetimeUnit, most: usize| {
            let unit = TimeUnit::one(unit);
            let tick = |text: &str| Datetime64::parse(text, unit).unwrap().ticks().unwrap() as f64;
            texts(tick(low), tick(high), Quantity::Moment(unit), most)
        };
        assert_eq!(
            moments("2024-01-15", "2024-06-20", DatetimeUnit::Day, 6).0,
            ["2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]
        );
        assert_eq!(
            moments("1850-01-01", "2050-01-01", DatetimeUnit::Second, 5).0,
            ["1850", "1900", "1950", "2000", "2050"]
        );
        let (hours, from) = moments("2024-05-31T20", "2024-06-01T04", DatetimeUnit::Second, 4);
        assert_eq!(hours, ["21:00", "2024-06-01", "03:00"]);
        assert_eq!(from.as_deref(), Some("(from 2024-05-31)"));
        assert_eq!(
            moments("2024-05-31T20:00:00.1", "2024-05-31T20:00:00.4", DatetimeUnit::Millisecond, 4).0,
            ["00.100", "00.200", "00.300", "00.400"]
        );
        assert_eq!(moments("2024", "2026", DatetimeUnit::Year, 9).0, ["2024", "2025", "2026"]);
        assert!(!moments("-9999999-01-01", "9999999-01-01", DatetimeUnit::Day, 5).0.is_empty());
    }
}
