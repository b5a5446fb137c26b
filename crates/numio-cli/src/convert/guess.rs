//! The dtype that holds all of some JSON values without changing one.

use std::collections::HashMap;

use numio::{DType, Error, ErrorKind, Record, Result, Subarray};
use serde_json::{Number, Value};

use super::names::Fill;

/// Texts for the numbers that JSON cannot express.
pub const NOT_FINITE: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// Integers up to this are exact as floats.
const EXACT_IN_FLOAT: u64 = 1 << 53;

/// The facts known about values that are to be elements of one array or field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess {
    /// Nested lists of values, of this shape; `None` if there were only nulls so far.
    Values { shape: Option<Vec<usize>>, facts: ValueFacts },
    /// Objects.
    Fields(Fields),
}

/// The facts known about objects of the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// A guess for each key, in the order of their first appearance.
    fields: Vec<(String, Guess)>,
    /// The line of the first object.
    line: u64,
    /// Set once two objects had other keys.
    seen: Option<Seen>,
}

/// Finds keys again without a look at all others: lines can have any number of keys, and each can bring new ones.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    /// The index of each key.
    places: HashMap<String, usize>,
    /// The line of the last object that has the key.
    lines: Vec<u64>,
    /// The indices of the keys that no object lacks.
    in_all: Vec<usize>,
}

/// The facts known about single values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueFacts {
    has_booleans: bool,
    has_integers: bool,
    has_floats: bool,
    has_not_finite: bool,
    has_texts: bool,
    largest: u64,
    largest_positive: u64,
    /// The length of the longest text or integer, in characters.
    longest: usize,
    /// The lines of the first null, and of the first object without the key.
    null: Option<u64>,
    missing: Option<u64>,
    /// An integer that no type of 64 bits holds, and its line.
    wide: Option<(u64, String)>,
    /// The first integer that only `uint64` holds, and the first that it does not, with their lines.
    unsigned: Option<(u64, String)>,
    negative: Option<(u64, String)>,
}

impl Guess {
    /// # Errors
    /// `InvalidData` for lists that do not form an array, and for values without a common dtype.
    pub fn of(value: &Value, line: u64) -> Result<Self> {
        match value {
            Value::Object(fields) => {
                let fields = fields.iter().map(|(key, value)| match Self::of(value, line)? {
                    guess @ Self::Values { .. } => Ok((key.clone(), guess)),
                    Self::Fields(_) => {
                        Err(fault(format!("{key:?} is an object within an object: give a --dtype")))
                    }
                });
                Ok(Self::Fields(Fields { fields: fields.collect::<Result<_>>()?, line, seen: None }))
            }
            value => nested(value, line),
        }
    }

    /// Merges two guesses; `other` is that of a later line.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn and(self, other: Self) -> Result<Self> {
        match (self, other) {
            (Self::Values { shape, facts }, Self::Values { shape: other, facts: also }) => {
                let shape = match (shape, other) {
                    (Some(one), Some(two)) if one != two => {
                        return Err(fault(format!("a value of shape {two:?}, where others have {one:?}")));
                    }
                    (one, two) => one.or(two),
                };
                Ok(Self::Values { shape, facts: facts.and(also)? })
            }
            (Self::Fields(fields), Self::Fields(others)) => Ok(Self::Fields(fields.and(others)?)),
            _ => Err(fault("an object, where others are none, or none".to_owned())),
        }
    }

    fn missing(line: u64) -> Self {
        Self::Values { shape: None, facts: ValueFacts { missing: Some(line), ..ValueFacts::default() } }
    }

    /// The dtype, and the shape of each element's values.
    ///
    /// # Errors
    /// `InvalidInput` if there are too many of them; `InvalidData` for missing values without a fill, and for integers
    /// that no type of 64 bits holds.
    pub fn dtype(&self, fill: &Fill, wide_as_text: bool) -> Result<(DType, Vec<usize>)> {
        match self {
            Self::Values { shape, facts } => {
                Ok((facts.dtype(None, fill, wide_as_text)?, shape.clone().unwrap_or_default()))
            }
            Self::Fields(Fields { fields, .. }) => {
                let fields = fields.iter().map(|(key, guess)| {
                    let Self::Values { shape, facts } = guess else {
                        return Err(fault(format!("{key:?} is an object within an object: give a --dtype")));
                    };
                    if key.is_empty() {
                        return Err(fault(
                            "a key is empty, which no field's name can be: give it a name".to_owned(),
                        ));
                    }
                    let dtype = facts.dtype(Some(key), fill, wide_as_text)?;
                    let shape = shape.clone().unwrap_or_default();
                    let is_single = shape.is_empty();
                    let dtype =
                        if is_single { dtype } else { DType::Subarray(Subarray::new(dtype, shape)?.into()) };
                    Ok((key.as_str(), dtype))
                });
                Ok((Record::packed(fields.collect::<Result<Vec<_>>>()?)?.into(), Vec::new()))
            }
        }
    }
}

impl Fields {
    /// Takes time in proportion to the later object, and not to the keys of those before it.
    fn and(mut self, later: Self) -> Result<Self> {
        let is_same = |((key, _), (other, _)): (&(String, Guess), &(String, Guess))| key == other;
        if self.fields.len() == later.fields.len() && self.fields.iter().zip(&later.fields).all(is_same) {
            for (at, (_, guess)) in later.fields.into_iter().enumerate() {
                self.merge(at, guess)?;
                if let Some(line) = self.seen.as_mut().and_then(|seen| seen.lines.get_mut(at)) {
                    *line = later.line;
                }
            }
            return Ok(self);
        }
        let mut seen = self.seen.take().unwrap_or_else(|| Seen::of(&self.fields));
        for (key, guess) in later.fields {
            match seen.places.get(&key) {
                Some(&at) => {
                    self.merge(at, guess)?;
                    if let Some(line) = seen.lines.get_mut(at) {
                        *line = later.line;
                    }
                }
                None => {
                    seen.places.insert(key.clone(), self.fields.len());
                    seen.lines.push(later.line);
                    self.fields.push((key, Guess::missing(self.line).and(guess)?));
                }
            }
        }
        let (in_all, lacking): (Vec<usize>, Vec<usize>) =
            seen.in_all.into_iter().partition(|&at| seen.lines.get(at) == Some(&later.line));
        seen.in_all = in_all;
        for at in lacking {
            self.merge(at, Guess::missing(later.line))?;
        }
        self.seen = Some(seen);
        Ok(self)
    }

    /// Merges the guess of a later line into that of the key at `at`.
    fn merge(&mut self, at: usize, later: Guess) -> Result<()> {
        let Some((key, guess)) = self.fields.get_mut(at) else { return Ok(()) };
        let earlier = std::mem::replace(guess, Guess::missing(0));
        *guess = earlier.and(later).map_err(|error| error.with_context(format!("key {key:?}")))?;
        Ok(())
    }
}

impl Seen {
    /// For objects that all had the same keys.
    fn of(fields: &[(String, Guess)]) -> Self {
        let places = fields.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
        Self { places, lines: vec![0; fields.len()], in_all: (0..fields.len()).collect() }
    }
}

/// Lists nest at most 128 levels deep, the parser's limit.
fn nested(value: &Value, line: u64) -> Result<Guess> {
    let facts = match value {
        Value::Array(items) => {
            let mut whole: Option<Guess> = None;
            for item in items {
                let next = nested(item, line)?;
                whole = Some(match whole {
                    Some(guess) => guess.and(next)?,
                    None => next,
                });
            }
            return match whole {
                Some(Guess::Values { shape, facts }) => {
                    let mut shape = shape.unwrap_or_default();
                    shape.insert(0, items.len());
                    Ok(Guess::Values { shape: Some(shape), facts })
                }
                _ => Ok(Guess::Values { shape: Some(vec![0]), facts: ValueFacts::default() }),
            };
        }
        Value::Object(_) => return Err(fault(
                "an object within a list: a line of a table is an object (in pandas, to_json(orient='records', lines=True))"
                    .to_owned(),
            )),
        Value::Null => {
            // Null says nothing about the shape.
            let facts = ValueFacts { null: Some(line), ..ValueFacts::default() };
            return Ok(Guess::Values { shape: None, facts });
        }
        Value::Bool(_) => ValueFacts { has_booleans: true, ..ValueFacts::default() },
        Value::Number(number) => ValueFacts::of_number(number, line),
        Value::String(text) if NOT_FINITE.contains(&text.as_str()) => {
            ValueFacts { has_not_finite: true, longest: text.len(), ..ValueFacts::default() }
        }
        Value::String(text) => {
            ValueFacts { has_texts: true, longest: text.chars().count(), ..ValueFacts::default() }
        }
    };
    Ok(Guess::Values { shape: Some(Vec::new()), facts })
}

impl ValueFacts {
    fn of_number(number: &Number, line: u64) -> Self {
        let text = number.to_string();
        if text.contains(['.', 'e', 'E']) {
            return Self { has_floats: true, longest: text.len(), ..Self::default() };
        }
        let mut facts = Self { has_integers: true, longest: text.len(), ..Self::default() };
        match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => {
                facts.negative = (value < 0).then_some((line, text));
                facts.largest = value.unsigned_abs();
                facts.largest_positive = if value < 0 { 0 } else { value.unsigned_abs() };
            }
            (None, Some(value)) => {
                (facts.largest, facts.largest_positive) = (value, value);
                facts.unsigned = Some((line, text));
            }
            (None, None) => facts.wide = Some((line, text)),
        }
        facts
    }

    fn and(self, other: Self) -> Result<Self> {
        let has_numbers = |facts: &Self| facts.has_booleans || facts.has_integers || facts.has_floats;
        if self.has_texts && has_numbers(&other) || other.has_texts && has_numbers(&self) {
            return Err(fault("a text, where others are numbers, or none: give a --dtype".to_owned()));
        }
        Ok(Self {
            has_booleans: self.has_booleans || other.has_booleans,
            has_integers: self.has_integers || other.has_integers,
            has_floats: self.has_floats || other.has_floats,
            has_not_finite: self.has_not_finite || other.has_not_finite,
            has_texts: self.has_texts || other.has_texts,
            largest: self.largest.max(other.largest),
            largest_positive: self.largest_positive.max(other.largest_positive),
            longest: self.longest.max(other.longest),
            null: self.null.or(other.null),
            missing: self.missing.or(other.missing),
            wide: self.wide.or(other.wide),
            unsigned: self.unsigned.or(other.unsigned),
            negative: self.negative.or(other.negative),
        })
    }

    /// # Errors
    /// `InvalidData` for missing values without a fill, and for integers that no type holds.
    fn dtype(&self, key: Option<&str>, fill: &Fill, wide_as_text: bool) -> Result<DType> {
        let named = key.map_or_else(String::new, |key| format!(", key {key:?}"));
        let filled = key.map_or(fill.all.as_deref(), |key| fill.of(key));
        // Each alone may fit: the later one does not.
        let mixed = self.unsigned.as_ref().zip(self.negative.as_ref());
        let mixed = mixed.map(|(one, two)| if one.0 >= two.0 { one } else { two });
        let wide = self.wide.as_ref().or(mixed);
        let is_whole = self.has_integers && !self.has_floats;
        if let (true, Some((line, text))) = (is_whole, wide) {
            if wide_as_text && !self.has_booleans && !self.has_not_finite {
                return DType::parse(&format!("U{}", self.longest.max(1)));
            }
            let what = format!(
                "line {line}{named}: {text} and the other integers go into no type of 64 bits: --wide-integers text keeps their digits"
            );
            return Err(fault(what));
        }
        let is_gap = |line: Option<u64>| line.filter(|_| filled.is_none());
        if let Some(line) = is_gap(self.missing) {
            return Err(fault(format!("line {line}{named}: the key is missing: --fill VALUE fills it")));
        }
        let floats = self.has_floats || self.has_not_finite;
        let has_any = floats || self.has_integers || self.has_booleans || self.has_texts;
        if let Some(line) = is_gap(self.null)
            && has_any
            && (self.has_texts || !floats)
        {
            let (what, example) = match (self.has_texts, self.has_integers) {
                (true, _) => ("texts", "''"),
                (_, true) => ("integers", "-1, or --fill nan for floats,"),
                _ => ("booleans", "false"),
            };
            return Err(fault(format!("line {line}{named}: null among {what}: --fill {example} fills it")));
        }
        let fill_is_float = (self.null.is_some() || self.missing.is_some())
            && filled.is_some_and(|fill| fill.parse::<f64>().is_ok() && fill.parse::<i128>().is_err());
        Ok(if self.has_texts {
            let filled = filled.filter(|_| self.null.is_some() || self.missing.is_some());
            let longest = self.longest.max(filled.map_or(0, |fill| fill.chars().count()));
            DType::parse(&format!("U{}", longest.max(1)))?
        } else if floats || fill_is_float {
            // A float dtype needed for other values must not cost an integer its digits.
            if is_whole && self.largest > EXACT_IN_FLOAT {
                let place = named.replacen(", ", "", 1);
                let what = format!("{place}: floats do not hold all digits of the integers: give a --dtype");
                return Err(fault(what.trim_start_matches(": ").to_owned()));
            }
            DType::FLOAT64
        } else if self.has_integers {
            if self.largest_positive > i64::MAX as u64 { DType::UINT64 } else { DType::INT64 }
        } else if self.has_booleans {
            DType::BOOL
        } else {
            DType::FLOAT64
        })
    }
}

fn fault(what: String) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dtype(lines: &[&str], fill: Option<&str>, wide_as_text: bool) -> Result<String> {
        let guesses = lines
            .iter()
            .zip(1..)
            .map(|(line, number)| Guess::of(&serde_json::from_str(line).unwrap(), number));
        let whole = guesses.reduce(|one, two| one?.and(two?)).unwrap()?;
        let fill = Fill { all: fill.map(str::to_owned), by_name: Vec::new() };
        let (dtype, shape) = whole.dtype(&fill, wide_as_text)?;
        Ok(format!("{dtype} {shape:?}"))
    }

    /// Lines of some of six keys each, in any order: a key stands where it first appeared, and the first line without it is known.
    #[test]
    fn keys_of_some_lines_are_missing_in_the_first_of_the_others() {
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        for _ in 0..2_000 {
            let mut lines: Vec<Vec<usize>> = Vec::new();
            for _ in 0..=next(6) {
                let mut keys: Vec<usize> = (0..6).filter(|_| next(4) > 0).collect();
                if next(3) == 0 {
                    keys.reverse();
                }
                // As often as not, a line has the keys of the one before.
                lines.push(lines.last().filter(|_| next(2) == 0).cloned().unwrap_or(keys));
            }
            let guesses = lines.iter().zip(1..).map(|(keys, number)| {
                let pairs: Vec<String> = keys.iter().map(|key| format!("\"{key}\": 1")).collect();
                Guess::of(&serde_json::from_str(&format!("{{{}}}", pairs.join(","))).unwrap(), number)
            });
            let whole = guesses.reduce(|one, two| one?.and(two?)).unwrap().unwrap();
            let Guess::Fields(Fields { fields, .. }) = whole else { panic!("{lines:?}") };
            let found: Vec<(usize, Option<u64>)> = fields
                .into_iter()
                .map(|(key, guess)| match guess {
                    Guess::Values { facts, .. } => (key.parse().unwrap(), facts.missing),
                    Guess::Fields(_) => panic!("{lines:?}"),
                })
                .collect();
            let mut wanted: Vec<(usize, Option<u64>)> = Vec::new();
            for &key in lines.iter().flatten() {
                if wanted.iter().all(|&(known, _)| known != key) {
                    let lacks = (1..).zip(&lines).find(|(_, keys)| !keys.contains(&key));
                    wanted.push((key, lacks.map(|(line, _)| line)));
                }
            }
            assert_eq!(found, wanted, "{lines:?}");
        }
    }

    #[test]
    fn values_have_a_dtype_in_common() {
        for (lines, wanted) in [
            (&["1", "-2"][..], "int64 []"),
            (&["1", "2.5"], "float64 []"),
            (&["true", "false"], "bool []"),
            (&["true", "2"], "int64 []"),
            (&["18446744073709551615", "1"], "uint64 []"),
            (&["18446744073709551615"], "uint64 []"),
            (&["1e400", "99999999999999999999"], "float64 []"),
            (&["\"a\"", "\"bcü\""], "<U3 []"),
            (&["\"NaN\"", "1"], "float64 []"),
            (&["\"NaN\"", "\"x\""], "<U3 []"),
            (&["null", "1.5"], "float64 []"),
            (&["null"], "float64 []"),
            (&["[[1, 2], [3, 4.5]]"], "float64 [2, 2]"),
            (&["[]"], "float64 [0]"),
            (
                &[r#"{"a": 1, "b": [1.5, 2]}"#, r#"{"b": [1, 2], "a": 2}"#],
                "[('a', '<i8'), ('b', '<f8', (2,))] []",
            ),
        ] {
            assert_eq!(dtype(lines, None, false).unwrap(), wanted, "{lines:?}");
        }
        for (lines, fill, wanted) in [
            (&["1", "null"][..], "-1", "int64 []"),
            (&["1", "null"], "nan", "float64 []"),
            (&["\"a\"", "null"], "none", "<U4 []"),
            (&[r#"{"a": 1}"#, r#"{"b": 1}"#], "0", "[('a', '<i8'), ('b', '<i8')] []"),
        ] {
            assert_eq!(dtype(lines, Some(fill), false).unwrap(), wanted, "{lines:?}");
        }
        assert_eq!(dtype(&["-1", "99999999999999999999"], None, true).unwrap(), "<U20 []");
        for (lines, words) in [
            (&["1", "\"a\""][..], "a text, where others are numbers"),
            (&["[1, [2]]"], "a value of shape [1], where others have []"),
            (&["[1]", "[1, 2]"], "a value of shape [2]"),
            (&[r#"{"a": 1}"#, r#"{"b": 1}"#], "line 2, key \"a\": the key is missing"),
            (&[r#"{"a": 1}"#, r#"{"a": 1, "b": 1}"#], "line 1, key \"b\": the key is missing"),
            (&[r#"{"a": 1}"#, r#"{"a": null}"#], "line 2, key \"a\": null among integers: --fill -1"),
            (&["\"x\"", "null"], "line 2: null among texts: --fill ''"),
            (&[r#"{"a": {"b": 1}}"#], "an object within an object"),
            (&["1", r#"{"a": 1}"#], "an object, where others are none"),
            (&["1", "99999999999999999999"], "line 2: 99999999999999999999 and the other integers"),
            (&["-1", "18446744073709551615"], "18446744073709551615 and the other integers"),
            (&["\"NaN\"", "9007199254740993"], "floats do not hold all digits"),
        ] {
            let message = dtype(lines, None, false).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
