//! What a small file may not make Python do: hash the same nested tuple again and again, compare keys whose hashes are
//! equal with all others of that hash, overflow the machine's stack when nested objects are dropped, or copy one large
//! part a thousand times.

use std::collections::HashMap;

use numio::pickle::{BigInt, Call, Children, Global, Graph, Object, RawValue};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::probes::Probes;
use crate::errors::UnpicklingError;

/// Maximum depth of what is hashed: Python follows it by recursion, without a bound of its own.
const MOST_LEVELS: u32 = 500;

/// Steps that the smallest file may ask for, of some 10 to 50 ns each.
const LEAST: u64 = 1 << 23;

/// Steps for each byte of a file.
const RATIO: u64 = 32;

/// The number of slots of a dict or set that are looked at in one step.
const PROBES_PER_STEP: u64 = 4;

/// Maximum bytes of the machine's stack, of 8 MiB as a rule, that dropping all objects may take.
const MOST_STACK: u64 = 1 << 20;

/// Bytes of the machine's stack that dropping an array of objects, or a scalar with objects in it, takes; twice what has been
/// seen.
pub(super) const ARRAY_STACK: u64 = 5000;

/// Steps of work that are left, and what is known of keys.
pub(super) struct Budget {
    left: u64,
    /// What dropping all objects so far would take of the machine's stack if they were one in another; `None` once it is known
    /// that they are not.
    stack: Option<u64>,
    /// The weights of tuples, frozensets and calls that occur several times.
    known: HashMap<u64, Weight>,
    /// The steps that it took to compare the members of frozensets with one another.
    collided: HashMap<u64, u64>,
}

/// What hashing costs, and comparing two that are equal: steps, and levels down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    steps: u64,
    /// The cost of comparing alone, on top of that: of a large number with a `Decimal`, in whose digits it is written first, and of
    /// a frozenset in which hashes are equal, whose members are looked up in the other.
    compared: u64,
    levels: u32,
}

impl Weight {
    const LEAF: Self = Self { steps: 1, compared: 0, levels: 0 };

    /// Of an object whose class compares in Python code.
    const CALL: Self = Self { steps: 16, compared: 0, levels: 0 };
}

/// The keys of one dict or set whose hashes a file can choose.
#[derive(Debug)]
pub(super) struct Collisions {
    probes: Probes,
    /// True for a dict or set of many keys, where each may be looked for in the slots of all others.
    counts_probes: bool,
    /// The keys of each hash, by its index in the table. Leaves are not counted: few can have one hash.
    alike: Vec<Alike>,
    /// The steps that all comparisons so far took.
    spent: u64,
}

/// Keys of one hash.
#[derive(Debug, Clone, Copy, Default)]
struct Alike {
    count: u64,
    /// The steps that it takes to compare one more with all of them.
    steps: u64,
}

impl Collisions {
    /// Without keys so far.
    pub(super) fn new(is_set: bool, counts_probes: bool) -> Self {
        Self { probes: Probes::new(is_set), counts_probes, alike: Vec::new(), spent: 0 }
    }

    /// Adds a key that is no leaf. Returns the steps that it takes to compare it with all others of that hash; `None` without
    /// memory.
    fn add(&mut self, index: usize, weight: Weight) -> Option<u64> {
        if self.alike.len() <= index {
            self.alike.try_reserve(index + 1 - self.alike.len()).ok()?;
            self.alike.resize(index + 1, Alike::default());
        }
        let alike = self.alike.get_mut(index)?;
        let steps = alike.steps.saturating_add(alike.count.saturating_mul(weight.compared));
        alike.count += 1;
        alike.steps = alike.steps.saturating_add(weight.steps).saturating_add(weight.compared);
        Some(steps)
    }
}

impl Budget {
    /// For a pickle of this many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            left: LEAST.saturating_add((bytes as u64).saturating_mul(RATIO)),
            known: HashMap::new(),
            collided: HashMap::new(),
            stack: Some(0),
        }
    }

    /// Counts an object whose parts Python drops by recursion, before it is made, with the bytes of the machine's stack that this
    /// takes.
    ///
    /// # Errors
    /// `UnpicklingError` if the objects of the pickle are nested so deeply that the stack would overflow.
    pub(super) fn nest(&mut self, graph: &Graph, bytes: u64) -> PyResult<()> {
        let Some(stack) = &mut self.stack else { return Ok(()) };
        *stack = stack.saturating_add(bytes);
        if *stack > MOST_STACK {
            check_nesting(graph)?;
            self.stack = None;
        }
        Ok(())
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

    /// Pays for a key that is about to be compared with all keys of that hash, and looked for in the slots of others.
    ///
    /// # Errors
    /// As [`spend`](Self::spend); `MemoryError`; what hashing raises.
    pub(super) fn compare(
        &mut self,
        collisions: &mut Collisions,
        key: &Bound<'_, PyAny>,
        weight: Option<Weight>,
    ) -> PyResult<()> {
        let hash = key.hash()?;
        let no_memory = || PyMemoryError::new_err(());
        // Those of texts and bytes are not the file's to choose.
        let is_probed = collisions.counts_probes
            && !key.is_exact_instance_of::<PyString>()
            && !key.is_exact_instance_of::<PyBytes>();
        let (index, probed) = if is_probed || weight.is_some() {
            let (index, looked) = collisions.probes.add(hash).ok_or_else(no_memory)?;
            (Some(index), if is_probed { looked / PROBES_PER_STEP } else { 0 })
        } else if collisions.alike.is_empty() {
            (None, 0)
        } else {
            (collisions.probes.index_of(hash), 0)
        };
        let compared = match (index, weight) {
            (Some(index), Some(weight)) => collisions.add(index, weight).ok_or_else(no_memory)?,
            (Some(index), None) => collisions.alike.get(index).map_or(0, |alike| alike.steps),
            (None, _) => 0,
        };
        let steps = compared.saturating_add(probed);
        collisions.spent = collisions.spent.saturating_add(steps);
        self.spend(steps)
    }

    /// Notes what it took to compare the members of a frozenset with one another: to compare it with an equal one takes as
    /// much.
    pub(super) fn note(&mut self, frozenset: Object<'_>, collisions: &Collisions) {
        if collisions.spent > 0 {
            self.collided.insert(frozenset.id(), collisions.spent);
        }
    }

    /// Pays for hashing a key of a dict or a member of a set that is not a leaf.
    ///
    /// # Errors
    /// `UnpicklingError` where it is nested too deep, or too much has been hashed.
    pub(super) fn hash(&mut self, key: Object<'_>) -> PyResult<Weight> {
        let weight = self.weigh(key)?;
        // Once here, and once where it is put in.
        self.spend(weight.steps.saturating_mul(2))?;
        Ok(weight)
    }

    fn weigh(&mut self, key: Object<'_>) -> PyResult<Weight> {
        let found =
            if key.is_shared() { self.at_once(key) } else { self.flat(key).or_else(|| self.at_once(key)) };
        if let Some(weight) = found {
            return Ok(weight);
        }
        // Each with the number of the child to look at next, and what the children before it weigh.
        let mut open = vec![(key, 0, self.bare(key))];
        while let Some((object, next, so_far)) = open.last_mut() {
            let child = children(*object).and_then(|items| items.get(*next));
            let Some(child) = child else {
                let weight = Weight { levels: so_far.levels + 1, ..*so_far };
                if weight.levels > MOST_LEVELS {
                    return Err(too_deep());
                }
                // Any other is looked at once: items of a shared list that a call is given are shared, too.
                if object.is_shared() {
                    self.known.insert(object.id(), weight);
                }
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
                None => open.push((child, 0, self.bare(child))),
            }
        }
        Ok(Weight::LEAF)
    }

    /// Of a tuple whose items are leaves or known.
    fn flat(&self, object: Object<'_>) -> Option<Weight> {
        let RawValue::Tuple(items) = object.raw() else { return None };
        let mut weight = Weight::LEAF;
        for item in items.iter() {
            weight.add(self.at_once(item)?);
        }
        weight.levels += 1;
        (weight.levels <= MOST_LEVELS).then_some(weight)
    }

    /// Of an object without its parts.
    fn bare(&self, object: Object<'_>) -> Weight {
        let weight = if object.as_call().is_some() { Weight::CALL } else { Weight::LEAF };
        Weight { compared: self.collided.get(&object.id()).copied().unwrap_or(0), ..weight }
    }

    /// What is known, or needs no look at children of children.
    fn at_once(&self, object: Object<'_>) -> Option<Weight> {
        let common = object.common_leaf();
        if matches!(common, Some(RawValue::Int(_) | RawValue::Float(_) | RawValue::Bool(_) | RawValue::None))
        {
            return Some(Weight::LEAF);
        }
        match object.raw() {
            // The hash of an integer is computed anew each time; those of strings and bytes are kept.
            RawValue::Int(int) if int.to_i64().is_none() => {
                let words = int.to_le_bytes().map_or(0, |bytes| bytes.len()) as u64 / 8;
                Some(Weight { steps: 1 + words, compared: words.saturating_mul(words) / 2, levels: 0 })
            }
            // Compared where the hashes are equal.
            RawValue::Str(text) => {
                Some(Weight { steps: 1 + text.as_bytes().len() as u64 / 64, ..Weight::LEAF })
            }
            RawValue::Bytes(bytes) => Some(Weight { steps: 1 + bytes.len() as u64 / 64, ..Weight::LEAF }),
            RawValue::Tuple(_) | RawValue::FrozenSet(_) | RawValue::Call(_) => {
                if object.is_shared() {
                    self.known.get(&object.id()).copied()
                } else {
                    None
                }
            }
            _ => Some(Weight::LEAF),
        }
    }
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.steps = self.steps.saturating_add(other.steps);
        self.compared = self.compared.saturating_add(other.compared);
        self.levels = self.levels.max(other.levels);
    }
}

fn too_deep() -> PyErr {
    let text = format!("a key of a dict or set is nested more than {MOST_LEVELS} levels deep");
    UnpicklingError::new_err(text)
}

/// What is hashed with an object: the items of tuples and frozensets, and whatever a call is given.
fn children<'g>(object: Object<'g>) -> Option<Children<'g>> {
    match object.raw() {
        RawValue::Tuple(items) | RawValue::FrozenSet(items) => Some(items),
        RawValue::Call(call) => {
            // `frozenset([...])`, before protocol 4.
            let args = call.args();
            match args.get(0).map(Object::raw) {
                Some(RawValue::List(items)) if args.len() == 1 => Some(items),
                _ => Some(args),
            }
        }
        _ => None,
    }
}

/// Refuses a pickle whose objects are nested so deeply that the machine's stack would overflow when they are dropped.
///
/// # Errors
/// `UnpicklingError`.
fn check_nesting(graph: &Graph) -> PyResult<()> {
    if graph.deepest_chain(stack_of) <= MOST_STACK {
        return Ok(());
    }
    Err(UnpicklingError::new_err(
        "deques, defaultdicts, slices or arrays of objects are nested so deeply in one another that Python would \
         overflow its stack when it drops them: if you trust the file, pass trust=True",
    ))
}

/// The bytes of the machine's stack that dropping an object of a type takes whose parts are dropped by recursion, without a
/// bound. Other containers of Python's bound it (`Py_TRASHCAN_BEGIN` in CPython).
pub(super) fn stack_of(call: Call<'_>) -> u64 {
    let Some(global) = call.global() else { return 0 };
    match (global.module, global.name) {
        ("collections", "deque" | "defaultdict") | ("builtins", "slice") => 256,
        (_, "_reconstruct" | "_mareconstruct" | "_mrreconstruct") if holds_objects(&call) => ARRAY_STACK,
        (_, "scalar") if matches!(call.args().get(1).map(Object::raw), Some(RawValue::Call(_))) => {
            ARRAY_STACK
        }
        _ => 0,
    }
}

/// Whether the elements of an array are a list, which is the fourth part of its state, counted from a version before them.
fn holds_objects(call: &Call<'_>) -> bool {
    let Some(RawValue::Tuple(state)) = call.state().map(Object::raw) else { return true };
    state.iter().any(|part| matches!(part.raw(), RawValue::List(_)))
}

/// The cost of a call of a harmless type, on top of its arguments' copies, roughly: bytes of memory, and steps.
fn costs(call: &Call<'_>) -> (u64, u64) {
    let Some(global) = call.global() else {
        // A time zone, which is read from its file.
        let is_zone = call.callable().as_call().and_then(|call| call.attribute()).is_some();
        return if is_zone { ZONE } else { (128, 0) };
    };
    match (global.module, global.name) {
        ("zoneinfo", _) => ZONE,
        // Made with random numbers of its own before it has its state.
        ("numpy.random._pickle", "__randomstate_ctor") => (4096, 4096),
        ("numpy.random._pickle", _) => match call.args().get(0).map(Object::raw) {
            Some(RawValue::Call(_)) => (256, 256),
            Some(RawValue::Global(Global { name: "MT19937", .. })) => (4096, 8192),
            Some(RawValue::Str(name)) if name.as_str() == Some("MT19937") => (4096, 8192),
            _ => (1024, 2048),
        },
        ("ipaddress", "IPv4Network" | "IPv4Interface" | "IPv6Network" | "IPv6Interface") => (256, 512),
        ("ipaddress", _) => (128, 128),
        (_, "deque") => (760, 0),
        (_, "OrderedDict") => (400, 0),
        (_, "Counter" | "defaultdict" | "set" | "frozenset") => (240, 0),
        // Its class copies each attribute of the state, which many can share.
        ("types", "SimpleNamespace") => match call.state().map(Object::raw) {
            Some(RawValue::Dict(items)) => {
                let count = items.len() as u64 / 2;
                (200 + count.saturating_mul(50), count.saturating_mul(8))
            }
            _ => (200, 0),
        },
        _ => (128, 0),
    }
}

/// The bytes of memory, and the steps, that a time zone takes.
const ZONE: (u64, u64) = (16 << 10, 4096);

/// What a call makes of its arguments: bytes of memory, and steps. Many calls can share one argument, or all of them, so
/// what each of them copies is counted whatever the pickle says of it.
pub(super) fn cost_of(call: &Call<'_>) -> (u64, u64) {
    let args = call.args();
    let (mut bytes, own) = costs(call);
    let mut steps = own.saturating_add(args.len() as u64);
    let (module, name) = call.global().map_or(("", ""), |global| (global.module, global.name));
    for arg in args.iter() {
        bytes = bytes.saturating_add(match arg.raw() {
            // A set, an OrderedDict and a Counter take up to that much for each entry.
            RawValue::List(items) => (items.len() as u64).saturating_mul(match name {
                "OrderedDict" => 128,
                "deque" => 24,
                // The table of a set that has just grown, which a list that others share can be chosen for.
                "set" | "frozenset" if arg.is_shared() => 112,
                _ => 64,
            }),
            RawValue::Dict(items) => (items.len() as u64).saturating_mul(50),
            // Python splits paths, and keeps their parts.
            RawValue::Str(text) if module.starts_with("pathlib") => {
                let len = text.as_bytes().len() as u64;
                steps = steps.saturating_add(8 + 4 * len);
                16 + 10 * len
            }
            RawValue::Str(text) => 2 * text.as_bytes().len() as u64,
            RawValue::Bytes(bytes) | RawValue::ByteArray(bytes) | RawValue::Buffer(bytes, _) => {
                let len = bytes.len() as u64;
                if name == "_array_reconstructor" {
                    // Of another machine's format they are converted one by one; UTF-16 takes twice as much.
                    steps = steps.saturating_add(len);
                    2 * len
                } else {
                    len
                }
            }
            RawValue::Int(int) => {
                steps = steps.saturating_add(squared(&int));
                0
            }
            // Bytes as older protocols spell them.
            RawValue::Call(inner) => inner.args().iter().take(2).fold(0, |sum, arg| match arg.raw() {
                RawValue::Str(text) => sum + text.as_bytes().len() as u64,
                _ => sum,
            }),
            _ => 0,
        });
    }
    (bytes, steps.saturating_add(bytes / 64))
}

/// The steps of multiplying or dividing so large a number.
fn squared(int: &BigInt<'_>) -> u64 {
    match int.to_i64() {
        Some(_) => 0,
        None => int.to_le_bytes().map_or(0, |bytes| (bytes.len() as u64 / 8).saturating_pow(2)),
    }
}
