//! Python objects of two graphs, compared as Python compares those of plain types.

use std::collections::{HashMap, HashSet};

use crate::objects::ObjectExt;
use crate::pickle::{Graph, Object, Value};
use crate::{DType, DynArray, Error, ErrorKind, Item, Limits, Result};

/// What comparing objects may cost: steps and characters. A step is a pair of objects, or [`ARRAY_STEP`] bytes of arrays.
const STEPS: u64 = 1 << 20;
const STEPS_PER_BYTE: u64 = 16;
const CHARS: u64 = 1 << 24;
const CHARS_PER_BYTE: u64 = 64;
const ARRAY_STEP: u64 = 16;

/// A number that others of other types may equal.
enum Number {
    Int(i128),
    Float(f64),
    Complex(f64, f64),
}

/// Python's `==` for `None`, numbers, texts, lists, tuples, dicts and arrays of these; other objects are equal if their
/// `repr` is. What contains itself is equal to what contains itself in the same places.
///
/// # Errors
/// `LimitExceeded` if there is too much to look at, in proportion to the pickles.
pub fn objects_equal(a: Object<'_>, b: Object<'_>, equal_nan: bool) -> Result<bool> {
    Pairs::new(a.graph(), b.graph(), equal_nan).are_equal(a, b)
}

/// Pairs of objects of two graphs that are compared, each once however often the pickles refer to it.
pub(super) struct Pairs {
    equal_nan: bool,
    /// The ids of containers that are equal if all that is still to be compared is.
    seen: HashSet<(u64, u64)>,
    steps: u64,
    chars: u64,
}

impl Pairs {
    pub(super) fn new(a: &Graph, b: &Graph, equal_nan: bool) -> Self {
        let bytes = (a.bytes().len() as u64).saturating_add(b.bytes().len() as u64);
        Self {
            equal_nan,
            seen: HashSet::new(),
            steps: STEPS.saturating_add(bytes.saturating_mul(STEPS_PER_BYTE)),
            chars: CHARS.saturating_add(bytes.saturating_mul(CHARS_PER_BYTE)),
        }
    }

    /// As [`objects_equal`]. All calls share what they may cost.
    pub(super) fn are_equal(&mut self, a: Object<'_>, b: Object<'_>) -> Result<bool> {
        let are_equal = self.look(a, b);
        if !matches!(are_equal, Ok(true)) {
            // Some pairs were not looked at to their end.
            self.seen = HashSet::new();
        }
        are_equal
    }

    fn look<'g>(&mut self, a: Object<'g>, b: Object<'g>) -> Result<bool> {
        let mut left = vec![(a, b)];
        while let Some((a, b)) = left.pop() {
            let (one, two) = (a.value(), b.value());
            if let (Some(x), Some(y)) = (number(&one), number(&two)) {
                if !numbers_equal(&x, &y, self.equal_nan) {
                    return Ok(false);
                }
                continue;
            }
            if (a.is_shared() || b.is_shared()) && !self.seen.insert((a.id(), b.id())) {
                continue;
            }
            if let (Ok(x), Ok(y)) = (a.as_array(), b.as_array()) {
                self.spend((x.nbytes() as u64).saturating_add(y.nbytes() as u64) / ARRAY_STEP)?;
                if x.shape() != y.shape() || !self.arrays(&x, &y, [a.graph(), b.graph()], &mut left)? {
                    return Ok(false);
                }
                continue;
            }
            match (&one, &two) {
                (Value::List(x), Value::List(y)) | (Value::Tuple(x), Value::Tuple(y)) => {
                    if x.len() != y.len() {
                        return Ok(false);
                    }
                    // Before they take memory.
                    self.spend(x.len() as u64)?;
                    left.extend(x.iter().zip(y.iter()));
                }
                (Value::Dict(x), Value::Dict(y)) => {
                    if x.len() != y.len() {
                        return Ok(false);
                    }
                    self.spend(x.len() as u64)?;
                    // In their own order where that is the same, which it mostly is.
                    let mut are_sorted = true;
                    for ((key, value), (other, found)) in x.iter().zip(y.iter()) {
                        are_sorted = are_sorted && self.repr(key)? == self.repr(other)?;
                        if are_sorted {
                            left.push((value, found));
                        }
                    }
                    if are_sorted {
                        continue;
                    }
                    let mut found = HashMap::new();
                    for (key, value) in y.iter() {
                        found.insert(self.repr(key)?, value);
                    }
                    for (key, value) in x.iter() {
                        let Some(other) = found.get(&self.repr(key)?) else { return Ok(false) };
                        left.push((value, *other));
                    }
                }
                _ => {
                    if self.repr(a)? != self.repr(b)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Compares arrays of one shape but for the objects in them, which it adds to what is left: arrays of arrays may be
    /// nested to any depth. Recurses once per record in a dtype.
    fn arrays<'g>(
        &mut self,
        a: &DynArray,
        b: &DynArray,
        graphs: [&'g Graph; 2],
        left: &mut Vec<(Object<'g>, Object<'g>)>,
    ) -> Result<bool> {
        match (a.dtype(), b.dtype()) {
            (one, two) if *one == DType::OBJECT && *two == DType::OBJECT => {
                self.spend(a.size() as u64)?;
                for (x, y) in a.items().zip(b.items()) {
                    let pair = (object_of(&x?, graphs[0]), object_of(&y?, graphs[1]));
                    let (Some(x), Some(y)) = pair else { return Ok(false) };
                    left.push((x, y));
                }
                Ok(true)
            }
            (DType::Record(one), DType::Record(two))
                if a.dtype().has_objects() || b.dtype().has_objects() =>
            {
                let names = one.fields().iter().zip(two.fields());
                if one.fields().len() != two.fields().len() || names.clone().any(|(x, y)| x.name != y.name) {
                    return Ok(false);
                }
                for (field, _) in names {
                    let (x, y) = (a.field(&field.name)?, b.field(&field.name)?);
                    if x.shape() != y.shape() || !self.arrays(&x, &y, graphs, left)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (one, two) if one.has_objects() || two.has_objects() => Ok(false),
            _ => {
                let mut options = super::CompareOptions::new();
                options.equal_nan(self.equal_nan).first(0);
                let found = options.compare(a, b)?;
                Ok(found.is_comparable && found.shapes.is_none() && found.mismatches == 0)
            }
        }
    }

    fn spend(&mut self, steps: u64) -> Result<()> {
        self.steps = self.steps.checked_sub(steps).ok_or_else(|| {
            Error::new(
                ErrorKind::LimitExceeded,
                "objects with so many parts in so few bytes are not compared",
            )
        })?;
        Ok(())
    }

    fn repr(&mut self, object: Object<'_>) -> Result<String> {
        let limits = Limits { max_repr_chars: self.chars.min(1 << 24), ..Limits::default() };
        let text = object.to_repr(limits)?;
        self.chars = self.chars.saturating_sub(text.len() as u64);
        Ok(text)
    }
}

fn object_of<'g>(item: &Item, graph: &'g Graph) -> Option<Object<'g>> {
    match item {
        Item::Object(id) => graph.get(*id),
        _ => None,
    }
}

fn number(value: &Value<'_>) -> Option<Number> {
    Some(match value {
        Value::Bool(value) => Number::Int((*value).into()),
        Value::Int(value) => Number::Int(value.to_i128()?),
        Value::Float(value) => Number::Float(*value),
        Value::Complex(re, im) => Number::Complex(*re, *im),
        _ => return None,
    })
}

fn numbers_equal(a: &Number, b: &Number, equal_nan: bool) -> bool {
    let real = |a: f64, b: f64| a == b || equal_nan && a.is_nan() && b.is_nan();
    // A float that equals an integer is a whole number, and exactly that one.
    let mixed = |a: i128, b: f64| b.abs() < 1e38 && b.fract() == 0.0 && b as i128 == a;
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a == b,
        (Number::Int(a), Number::Float(b)) | (Number::Float(b), Number::Int(a)) => mixed(*a, *b),
        (Number::Float(a), Number::Float(b)) => real(*a, *b),
        (Number::Complex(re, im), Number::Complex(x, y)) => real(*re, *x) && real(*im, *y),
        (Number::Complex(re, im), Number::Int(a)) | (Number::Int(a), Number::Complex(re, im)) => {
            *im == 0.0 && mixed(*a, *re)
        }
        (Number::Complex(re, im), Number::Float(a)) | (Number::Float(a), Number::Complex(re, im)) => {
            *im == 0.0 && real(*a, *re)
        }
    }
}
