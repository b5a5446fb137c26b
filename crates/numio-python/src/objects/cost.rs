//! What a small file may not make Python do: hash the same nested tuple again and again, follow nesting down the
//! machine's own stack, or copy one large part a thousand times.

use std::collections::HashMap;

use numio::pickle::{Items, Object, Shape};
use pyo3::prelude::*;

use super::UnpicklingError;

/// How deep what is hashed may be nested: Python follows it by recursion, without a bound of its own.
const MOST_LEVELS: u32 = 500;

/// How much work and memory the smallest file may ask for.
const LEAST: u64 = 1 << 26;

/// Steps of work that are left, out of many for each byte of the pickle.
pub(super) struct Cost {
    left: u64,
    /// What has been found out about tuples and frozensets with others in them.
    known: HashMap<u64, Weight>,
}

/// What hashing costs: steps, and levels down.
#[derive(Debug, Clone, Copy)]
struct Weight {
    steps: u64,
    levels: u32,
}

impl Weight {
    const LEAF: Self = Self { steps: 1, levels: 0 };
}

impl Cost {
    /// For a pickle of so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self { left: LEAST.saturating_add((bytes as u64).saturating_mul(64)), known: HashMap::new() }
    }

    /// Takes so many steps from what is left.
    ///
    /// # Errors
    /// `UnpicklingError` where too few are left.
    pub(super) fn spend(&mut self, steps: u64) -> PyResult<()> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(UnpicklingError::new_err(
                "the pickle repeats its parts so often that it would take far more time or memory than its size \
                 justifies: if you trust the file, pass trust=True",
            )),
        }
    }

    /// Pays for hashing a key of a dict or a member of a set that is not a leaf.
    ///
    /// # Errors
    /// `UnpicklingError` where it is nested too deep, or too much has been hashed.
    pub(super) fn hash(&mut self, key: Object<'_>) -> PyResult<()> {
        let weight = self.weigh(key)?;
        self.spend(weight.steps)
    }

    fn weigh(&mut self, key: Object<'_>) -> PyResult<Weight> {
        if let Some(weight) = self.at_once(key) {
            return Ok(weight);
        }
        // Each with the number of the child to look at next, and what the children before it weigh.
        let mut open = vec![(key, 0, Weight::LEAF)];
        while let Some((object, next, so_far)) = open.last_mut() {
            let child = children(*object).and_then(|items| items.get(*next));
            let Some(child) = child else {
                let weight = Weight { levels: so_far.levels + 1, ..*so_far };
                if weight.levels > MOST_LEVELS {
                    return Err(too_deep());
                }
                self.known.insert(object.number(), weight);
                open.pop();
                match open.last_mut() {
                    Some((_, next, so_far)) => {
                        so_far.add(weight);
                        *next += 1;
                    }
                    None => return Ok(weight),
                }
                continue;
            };
            match self.at_once(child) {
                Some(weight) => {
                    so_far.add(weight);
                    *next += 1;
                }
                // Those that contain themselves end here too.
                None if open.len() > MOST_LEVELS as usize => return Err(too_deep()),
                None => open.push((child, 0, Weight::LEAF)),
            }
        }
        Ok(Weight::LEAF)
    }

    /// What is known, or needs no look at children of children.
    fn at_once(&self, object: Object<'_>) -> Option<Weight> {
        match object.shape() {
            // The hash of an integer is computed anew each time; those of strings and bytes are kept.
            Shape::Int(int) if int.to_i64().is_none() => {
                let bytes = int.to_le_bytes().map_or(0, |bytes| bytes.len());
                Some(Weight { steps: 1 + bytes as u64 / 8, levels: 0 })
            }
            Shape::Tuple(_) | Shape::FrozenSet(_) | Shape::Call(_) => {
                self.known.get(&object.number()).copied()
            }
            _ => Some(Weight::LEAF),
        }
    }
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.steps = self.steps.saturating_add(other.steps);
        self.levels = self.levels.max(other.levels);
    }
}

fn too_deep() -> PyErr {
    let text = format!("a key of a dict or set is nested more than {MOST_LEVELS} levels deep");
    UnpicklingError::new_err(text)
}

/// What is hashed with an object: the items of tuples and frozensets, and whatever a call is given.
fn children<'g>(object: Object<'g>) -> Option<Items<'g>> {
    match object.shape() {
        Shape::Tuple(items) | Shape::FrozenSet(items) => Some(items),
        Shape::Call(call) => {
            // `frozenset([...])`, before protocol 4.
            let args = call.args();
            match args.get(0).map(Object::shape) {
                Some(Shape::List(items)) if args.len() == 1 => Some(items),
                _ => Some(args),
            }
        }
        _ => None,
    }
}
