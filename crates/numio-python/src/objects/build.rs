//! From a graph to Python's objects: without recursion, each object once, cycles closed.
//!
//! A frame stands for each object whose parts are being made. What other places refer to is remembered. Where a part is
//! an object that is under way itself, and cannot be had before its own parts (a tuple inside a list inside that tuple),
//! the frames from the innermost one on whose object is there already are set aside, and taken up again when that part
//! is complete.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use numio::pickle::Object;
use pyo3::intern;
use pyo3::prelude::*;

use super::UnpicklingError;
use super::cost::Cost;
use super::frame::{Fill, Frame, Make, Parts, Whole};
use super::leaf;
use super::trust::Trust;

pub(super) struct Builder<'a, 'py, 'g> {
    pub(super) py: Python<'py>,
    pub(super) trust: &'a Trust,
    pub(super) cost: Cost,
    pub(super) open: Vec<Frame<'py, 'g>>,
    pub(super) values: Vec<Bound<'py, PyAny>>,
    /// Those objects that several places refer to.
    shared: HashMap<u64, Made<'py>, BuildHasherDefault<Spread>>,
    /// Frames set aside, by the object that they wait for.
    waiting: HashMap<u64, Vec<Aside<'py, 'g>>>,
    /// Those that wait no more.
    ready: Vec<Aside<'py, 'g>>,
    /// How many levels of objects that are dropped by recursion stand in one of them, itself included.
    levels: HashMap<u64, u32>,
    root: Option<Bound<'py, PyAny>>,
}

/// More levels than any program has. The machine's own stack has room for some thousand.
const MOST_LEVELS: u32 = 200;

/// What is known of an object that several places refer to.
enum Made<'py> {
    UnderWay,
    /// It is there, and whether it has no parts.
    There(Bound<'py, PyAny>, bool),
}

/// Frames set aside, with the values that wait for them.
struct Aside<'py, 'g> {
    frames: Vec<Frame<'py, 'g>>,
    values: Vec<Bound<'py, PyAny>>,
}

/// What comes of looking at an object.
pub(super) enum Step<'py> {
    /// It is there, and whether it has no parts.
    Value(Bound<'py, PyAny>, bool),
    /// Its parts come first, in a new frame.
    Open,
    /// It is under way in a frame further out.
    UnderWay,
}

impl<'a, 'py, 'g> Builder<'a, 'py, 'g> {
    pub(super) fn new(py: Python<'py>, trust: &'a Trust, cost: Cost) -> Self {
        Self {
            py,
            trust,
            cost,
            open: Vec::new(),
            values: Vec::new(),
            shared: HashMap::default(),
            waiting: HashMap::new(),
            ready: Vec::new(),
            levels: HashMap::new(),
            root: None,
        }
    }

    /// The Python object that `root` stands for.
    ///
    /// # Errors
    /// `UnpicklingError`, and what trusted code raises.
    pub(super) fn build(mut self, root: Object<'g>) -> PyResult<Bound<'py, PyAny>> {
        match self.look(root)? {
            Step::Value(value, _) => return Ok(value),
            Step::Open | Step::UnderWay => self.run()?,
        }
        while let Some(Aside { frames, values }) = self.ready.pop() {
            let shift = frames.first().map_or(0, |frame| frame.base);
            self.values = values;
            self.open.extend(frames.into_iter().map(|frame| Frame { base: frame.base - shift, ..frame }));
            self.run()?;
        }
        match self.root {
            Some(root) if self.waiting.is_empty() => Ok(root),
            _ => Err(UnpicklingError::new_err("an object that cannot change stands inside itself")),
        }
    }

    /// Makes all open objects.
    fn run(&mut self) -> PyResult<()> {
        while let Some(frame) = self.open.last_mut() {
            let Some(part) = frame.parts.get(frame.next) else {
                self.close()?;
                continue;
            };
            frame.next += 1;
            match self.look(part)? {
                Step::Value(value, is_leaf) => self.give(value, is_leaf)?,
                Step::Open => {}
                Step::UnderWay => self.set_aside(part)?,
            }
        }
        Ok(())
    }

    #[inline]
    fn look(&mut self, object: Object<'g>) -> PyResult<Step<'py>> {
        let shared = object.is_shared();
        if shared {
            match self.shared.get(&object.number()) {
                Some(Made::There(value, is_leaf)) => return Ok(Step::Value(value.clone(), *is_leaf)),
                Some(Made::UnderWay) => return Ok(Step::UnderWay),
                None => {}
            }
        }
        let shape = object.shape();
        if let Some(value) = leaf::leaf(self.py, &shape)? {
            if shared {
                self.shared.insert(object.number(), Made::There(value.clone(), true));
            }
            return Ok(Step::Value(value, true));
        }
        let step = self.start(object, shape, shared)?;
        if shared {
            let made = match (&step, self.open.last().map(|frame| &frame.make)) {
                (Step::Value(value, is_leaf), _) => Made::There(value.clone(), *is_leaf),
                (Step::Open, Some(Make::Fill(fill))) => Made::There(fill.object(), false),
                _ => Made::UnderWay,
            };
            self.shared.insert(object.number(), made);
        }
        Ok(step)
    }

    /// Hands a part to the innermost object.
    #[inline]
    fn give(&mut self, value: Bound<'py, PyAny>, is_leaf: bool) -> PyResult<()> {
        let Some(frame) = self.open.last_mut() else {
            self.root.get_or_insert(value);
            return Ok(());
        };
        if !is_leaf && frame.make.drops_by_recursion() {
            let part = frame.parts.get(frame.next - 1);
            let levels = part.and_then(|part| self.levels.get(&part.number())).copied();
            frame.levels = frame.levels.max(levels.unwrap_or(0));
        }
        let mut hash = |parts: &Parts<'g>, next: usize| match parts.get(next - 1) {
            Some(key) if !is_leaf => self.cost.hash(key),
            _ => Ok(()),
        };
        match &mut frame.make {
            Make::Whole(whole) => {
                if matches!(whole, Whole::FrozenSet) {
                    hash(&frame.parts, frame.next)?;
                }
                self.values.push(value);
            }
            Make::Fill(fill) => match fill {
                Fill::List(list) => list.append(value)?,
                Fill::Dict(dict, key) => match key.take() {
                    Some(key) => dict.set_item(key, value)?,
                    None => {
                        hash(&frame.parts, frame.next)?;
                        *key = Some(value);
                    }
                },
                Fill::Map(map, key) => match key.take() {
                    Some(key) => map.set_item(key, value)?,
                    None => {
                        hash(&frame.parts, frame.next)?;
                        *key = Some(value);
                    }
                },
                Fill::Set(set) => {
                    hash(&frame.parts, frame.next)?;
                    set.add(value)?;
                }
                Fill::Deque(deque) => {
                    deque.call_method1(intern!(self.py, "append"), (value,))?;
                }
                Fill::Array(_) => self.values.push(value),
                Fill::Object(given) => {
                    let part = frame.next - 1;
                    if part >= given.items && part < given.items + given.pairs && given.key.is_none() {
                        hash(&frame.parts, frame.next)?;
                    }
                    given.take(part, value)?;
                }
            },
        }
        Ok(())
    }

    /// Completes the innermost object.
    fn close(&mut self) -> PyResult<()> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let Frame { object, shared, given, base, levels, make, .. } = frame;
        if make.drops_by_recursion() {
            if levels >= MOST_LEVELS {
                let text = format!("arrays of objects are nested more than {MOST_LEVELS} levels deep");
                return Err(UnpicklingError::new_err(text));
            }
            self.levels.insert(object.number(), levels + 1);
        }
        let value = match make {
            Make::Fill(fill) => {
                if let Fill::Array(target) = &fill {
                    target.fill(self.values.drain(base..))?;
                }
                fill.object()
            }
            Make::Whole(whole) => {
                let Some(value) = self.complete(whole, object, shared, base)? else {
                    // There, and now to be filled.
                    if let Some(Frame { make: Make::Fill(fill), .. }) = self.open.last_mut()
                        && shared
                    {
                        let there = Made::There(fill.object(), false);
                        self.done(object, there);
                    }
                    return Ok(());
                };
                if shared {
                    self.done(object, Made::There(value.clone(), false));
                }
                value
            }
        };
        if given { Ok(()) } else { self.give(value, false) }
    }

    fn done(&mut self, object: Object<'g>, made: Made<'py>) {
        self.shared.insert(object.number(), made);
        if !self.waiting.is_empty() {
            self.ready.extend(self.waiting.remove(&object.number()).unwrap_or_default());
        }
    }

    /// Sets the innermost object that is there already aside, with all those inside it, until `part` is complete; all
    /// of them where none is there.
    #[cold]
    fn set_aside(&mut self, part: Object<'g>) -> PyResult<()> {
        let start = self.open.iter().rposition(|frame| matches!(frame.make, Make::Fill(_)));
        let mut frames = self.open.split_off(start.unwrap_or(0));
        if let Some(innermost) = frames.last_mut() {
            innermost.next -= 1;
        }
        let (mut base, mut object) = (0, None);
        if let Some(outermost) = frames.first_mut() {
            base = outermost.base;
            if let Make::Fill(fill) = &outermost.make
                && !outermost.given
            {
                outermost.given = true;
                object = Some(fill.object());
            }
        }
        let values = self.values.split_off(base);
        self.waiting.entry(part.number()).or_default().push(Aside { frames, values });
        match object {
            Some(object) => self.give(object, false),
            None => Ok(()),
        }
    }
}

/// Spreads the numbers of objects over a hash table: places in a file, which a file can hardly choose so that many meet.
#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64((*byte).into());
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}
