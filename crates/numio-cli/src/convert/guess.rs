//! The dtype that holds all of some JSON values.

use numio::{DType, Error, ErrorKind, Record, Result, Subarray};
use serde_json::Value;

/// What JSON has no word for and floats are.
const NOT_FINITE: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// What is known of values that are to be elements of one array, or one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess {
    /// Lists of lists of values, of this shape.
    Values { shape: Vec<usize>, kind: Kind },
    /// Objects: a guess for each key.
    Fields(Vec<(String, Guess)>),
}

/// What single values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Nothing,
    Bool,
    Int,
    /// Integers that are not negative and too large for `i8`.
    UInt,
    Float,
    /// Texts that floats are written as, the longest of so many characters.
    NotFinite(usize),
    Text(usize),
}

impl Guess {
    /// # Errors
    /// `InvalidData` for lists that are no array, and for values that have no dtype in common.
    pub fn of(value: &Value) -> Result<Self> {
        match value {
            Value::Object(fields) => {
                let fields = fields.iter().map(|(key, value)| match Self::of(value)? {
                    guess @ Self::Values { .. } => Ok((key.clone(), guess)),
                    Self::Fields(_) => {
                        Err(fault(format!("{key:?} is an object within an object: give a --dtype")))
                    }
                });
                Ok(Self::Fields(fields.collect::<Result<_>>()?))
            }
            value => nested(value),
        }
    }

    /// What is known of both.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn and(self, other: Self) -> Result<Self> {
        match (self, other) {
            (Self::Values { shape, kind }, Self::Values { shape: other, kind: also }) => {
                if shape != other {
                    return Err(fault(format!("a value of shape {other:?}, where others have {shape:?}")));
                }
                Ok(Self::Values { shape, kind: kind.and(also)? })
            }
            (Self::Fields(fields), Self::Fields(mut others)) => {
                let count = others.len();
                let both = fields.into_iter().map(|(key, guess)| {
                    let at = others.iter().position(|(other, _)| *other == key);
                    let at = at.ok_or_else(|| fault(format!("the key {key:?} is missing")))?;
                    let (_, other) = others.swap_remove(at);
                    Ok((key, guess.and(other)?))
                });
                let both: Vec<_> = both.collect::<Result<_>>()?;
                match both.len() == count {
                    true => Ok(Self::Fields(both)),
                    false => Err(fault("a key that others do not have".to_owned())),
                }
            }
            _ => Err(fault("an object, where others are none, or none".to_owned())),
        }
    }

    /// The dtype, and the shape of each element's values.
    ///
    /// # Errors
    /// `InvalidInput` where there are too many of them.
    pub fn dtype(&self) -> Result<(DType, Vec<usize>)> {
        match self {
            Self::Values { shape, kind } => Ok((kind.dtype()?, shape.clone())),
            Self::Fields(fields) => {
                let fields = fields.iter().map(|(key, guess)| {
                    let (dtype, shape) = guess.dtype()?;
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

/// Lists nest no deeper than the parser lets them, 128 levels.
fn nested(value: &Value) -> Result<Guess> {
    let kind = match value {
        Value::Array(items) => {
            let mut whole: Option<Guess> = None;
            for item in items {
                let next = nested(item)?;
                whole = Some(match whole {
                    Some(guess) => guess.and(next)?,
                    None => next,
                });
            }
            return match whole {
                Some(Guess::Values { mut shape, kind }) => {
                    shape.insert(0, items.len());
                    Ok(Guess::Values { shape, kind })
                }
                _ => Ok(Guess::Values { shape: vec![0], kind: Kind::Nothing }),
            };
        }
        Value::Object(_) => return Err(fault("an object within a list: give a --dtype".to_owned())),
        Value::Null => Kind::Float,
        Value::Bool(_) => Kind::Bool,
        Value::Number(number) if number.is_i64() => Kind::Int,
        Value::Number(number) if number.is_u64() => Kind::UInt,
        Value::Number(_) => Kind::Float,
        Value::String(text) => {
            let count = text.chars().count();
            if NOT_FINITE.contains(&text.as_str()) { Kind::NotFinite(count) } else { Kind::Text(count) }
        }
    };
    Ok(Guess::Values { shape: Vec::new(), kind })
}

impl Kind {
    fn and(self, other: Self) -> Result<Self> {
        use Kind::{Bool, Float, Int, NotFinite, Nothing, Text, UInt};
        Ok(match (self, other) {
            (Nothing, kind) | (kind, Nothing) => kind,
            (Text(one), Text(two) | NotFinite(two)) | (NotFinite(one), Text(two)) => Text(one.max(two)),
            (NotFinite(one), NotFinite(two)) => NotFinite(one.max(two)),
            (Text(_), _) | (_, Text(_)) => {
                return Err(fault("a text, where others are numbers, or none: give a --dtype".to_owned()));
            }
            (one, two) if one == two => one,
            (Bool, kind) | (kind, Bool) if kind != Float && !matches!(kind, NotFinite(_)) => kind,
            // No integer type holds both; NumPy takes floats too.
            (Bool | Int | UInt | Float | NotFinite(_), _) => Float,
        })
    }

    fn dtype(self) -> Result<DType> {
        Ok(match self {
            Self::Bool => DType::BOOL,
            Self::Int => DType::INT64,
            Self::UInt => DType::UINT64,
            Self::Nothing | Self::Float | Self::NotFinite(_) => DType::FLOAT64,
            Self::Text(count) => return DType::parse(&format!("U{}", count.max(1))),
        })
    }
}

fn fault(what: String) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dtype(lines: &[&str]) -> Result<String> {
        let guesses = lines.iter().map(|line| Guess::of(&serde_json::from_str(line).unwrap()));
        let whole = guesses.reduce(|one, two| one?.and(two?)).unwrap()?;
        let (dtype, shape) = whole.dtype()?;
        Ok(format!("{dtype} {shape:?}"))
    }

    #[test]
    fn values_have_a_dtype_in_common() {
        for (lines, wanted) in [
            (&["1", "-2"][..], "int64 []"),
            (&["1", "2.5"], "float64 []"),
            (&["true", "false"], "bool []"),
            (&["true", "2"], "int64 []"),
            (&["18446744073709551615", "1"], "float64 []"),
            (&["18446744073709551615"], "uint64 []"),
            (&["\"a\"", "\"bcü\""], "<U3 []"),
            (&["\"NaN\"", "1"], "float64 []"),
            (&["\"NaN\"", "\"x\""], "<U3 []"),
            (&["null", "1"], "float64 []"),
            (&["[[1, 2], [3, 4.5]]"], "float64 [2, 2]"),
            (&["[]"], "float64 [0]"),
            (
                &[r#"{"a": 1, "b": [1.5, 2]}"#, r#"{"b": [1, 2], "a": 2}"#],
                "[('a', '<i8'), ('b', '<f8', (2,))] []",
            ),
        ] {
            assert_eq!(dtype(lines).unwrap(), wanted, "{lines:?}");
        }
        for (lines, words) in [
            (&["1", "\"a\""][..], "a text, where others are numbers"),
            (&["[1, [2]]"], "a value of shape [1], where others have []"),
            (&["[1]", "[1, 2]"], "a value of shape [2]"),
            (&[r#"{"a": 1}"#, r#"{"b": 1}"#], "the key \"a\" is missing"),
            (&[r#"{"a": 1}"#, r#"{"a": 1, "b": 1}"#], "a key that others do not have"),
            (&[r#"{"a": {"b": 1}}"#], "an object within an object"),
            (&["1", r#"{"a": 1}"#], "an object, where others are none"),
        ] {
            let message = dtype(lines).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
