//! From a graph to Python's objects: without recursion, each object once, cycles closed.
//!
//! Each object whose parts are being made has a frame. Objects that are referred to again are remembered. If a part is
//! an object that is under way itself, and cannot exist before its own parts (a tuple inside a list inside that tuple),
//! the frames from the innermost one on whose object exists already are set aside, and resumed when that part is
//! complete.

use std::collections::HashMap;

use numio::MmapMode;
use numio::NumpyReader;
use numio::pickle::{Graph, Object, RawValue};
use pyo3::prelude::*;

use super::budget::{Budget, Collisions};
use super::frame::{Fill, Frame, Make, Whole};
use super::ndarray::DTypes;
use super::shared::{Found, Made, Shared};
use super::trust::Trusted;
use crate::errors::UnpicklingError;

/// The file in which the elements of joblib's arrays are mapped.
#[derive(Clone, Copy)]
pub(crate) struct MapFile<'a, 'py> {
    pub(crate) filename: &'a Bound<'py, PyAny>,
    pub(crate) file: &'a std::fs::File,
    pub(crate) mode: MmapMode,
}

pub(super) struct Builder<'a, 'py, 'g> {
    pub(super) py: Python<'py>,
    pub(super) trust: &'a Trusted<'a>,
    pub(super) map: Option<MapFile<'a, 'py>>,
    pub(super) budget: Budget,
    pub(super) open: Vec<Frame<'py, 'g>>,
    pub(super) values: Vec<Bound<'py, PyAny>>,
    pub(super) numpy: NumpyReader<'g>,
    pub(super) dtypes: DTypes<'py>,
    pub(super) shared: Shared<'py>,
    /// Frames set aside, by the object that they wait for.
    waiting: HashMap<u64, Vec<Aside<'py, 'g>>>,
    /// Those that wait no more.
    ready: Vec<Aside<'py, 'g>>,
    root: Option<Bound<'py, PyAny>>,
    /// The objects that this builder and those around it make apart.
    apart: Vec<u64>,
}

/// Maximum nesting of dtypes in the metadata of dtypes.
const MOST_APART: usize = 4;

/// Frames set aside, with the values that wait for them.
struct Aside<'py, 'g> {
    frames: Vec<Frame<'py, 'g>>,
    values: Vec<Bound<'py, PyAny>>,
}

/// The outcome of beginning an object.
pub(super) enum Step<'py> {
    /// It is there.
    Value(Bound<'py, PyAny>),
    /// Its parts come first, in a new frame.
    Open,
    /// It is under way in a frame further out.
    UnderWay,
}

impl<'a, 'py, 'g> Builder<'a, 'py, 'g> {
    pub(super) fn new(py: Python<'py>, trust: &'a Trusted<'a>, budget: Budget, graph: &'g Graph) -> Self {
        Self {
            py,
            trust,
            map: None,
            budget,
            open: Vec::new(),
            values: Vec::new(),
            numpy: NumpyReader::new(graph),
            dtypes: DTypes::default(),
            shared: Shared::default(),
            waiting: HashMap::new(),
            ready: Vec::new(),
            root: None,
            apart: Vec::new(),
        }
    }

    /// Maps the elements of joblib's arrays in that file instead of copying them.
    pub(super) fn mapping(mut self, map: Option<MapFile<'a, 'py>>) -> Self {
        self.map = map;
        self
    }

    /// Builds the Python object that `root` describes.
    ///
    /// # Errors
    /// `UnpicklingError`, and errors raised by trusted code.
    pub(super) fn build(mut self, root: Object<'g>) -> PyResult<Bound<'py, PyAny>> {
        self.build_one(root)
    }

    /// Builds an object that a NumPy dtype holds, which is needed before the dtype is made. What is in it is made once, here and
    /// in the rest of the pickle together: dtypes in the metadata of dtypes could multiply it.
    pub(super) fn apart(&mut self, object: Object<'g>) -> PyResult<Bound<'py, PyAny>> {
        if self.apart.len() == MOST_APART || self.apart.contains(&object.id()) {
            return Err(UnpicklingError::new_err("dtypes are nested too deep in one another's metadata"));
        }
        let budget = std::mem::replace(&mut self.budget, Budget::new(0));
        let mut inner = Self::new(self.py, self.trust, budget, object.graph());
        inner.apart.clone_from(&self.apart);
        inner.apart.push(object.id());
        // With what is left of memory, too.
        self.swap_made(&mut inner);
        let made = inner.build_one(object);
        self.swap_made(&mut inner);
        self.budget = inner.budget;
        made
    }

    fn swap_made(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.numpy, &mut other.numpy);
        std::mem::swap(&mut self.dtypes, &mut other.dtypes);
        std::mem::swap(&mut self.shared, &mut other.shared);
    }

    fn build_one(&mut self, root: Object<'g>) -> PyResult<Bound<'py, PyAny>> {
        match self.shared.leaf(self.py, root)? {
            Found::Leaf(value) | Found::There(value) => return Ok(value),
            Found::UnderWay => {}
            Found::New(shape, shared) => match self.begin(root, shape, shared)? {
                Step::Value(value) => return Ok(value),
                Step::Open | Step::UnderWay => self.run()?,
            },
        }
        while let Some(Aside { frames, values }) = self.ready.pop() {
            let shift = frames.first().map_or(0, |frame| frame.base);
            self.values = values;
            self.open.extend(frames.into_iter().map(|frame| Frame { base: frame.base - shift, ..frame }));
            self.run()?;
        }
        match self.root.take() {
            Some(root) if self.waiting.is_empty() => Ok(root),
            _ => Err(UnpicklingError::new_err("an object that cannot change stands inside itself")),
        }
    }

    /// Makes all open objects.
    fn run(&mut self) -> PyResult<()> {
        let mut steps = 0_u32;
        'frames: while let Some(frame) = self.open.last_mut() {
            while let Some(part) = frame.parts.get(frame.next) {
                steps = steps.wrapping_add(1);
                if steps.is_multiple_of(1 << 12) {
                    self.py.check_signals()?;
                }
                frame.next += 1;
                if let Some(value) = self.shared.quick(self.py, part) {
                    if let Some(collisions) = frame.collisions_of_leaf() {
                        self.budget.compare(collisions, &value, None)?;
                    }
                    frame.take(value, &mut self.values)?;
                    continue;
                }
                let value = match self.shared.leaf(self.py, part)? {
                    Found::Leaf(value) => {
                        if let Some(collisions) = frame.collisions_of_leaf() {
                            self.budget.compare(collisions, &value, None)?;
                        }
                        frame.take(value, &mut self.values)?;
                        continue;
                    }
                    Found::There(value) => Step::Value(value),
                    Found::UnderWay => Step::UnderWay,
                    Found::New(shape, shared) => self.begin(part, shape, shared)?,
                };
                match value {
                    Step::Value(value) => self.give(value)?,
                    Step::Open => {}
                    Step::UnderWay => self.set_aside(part)?,
                }
                continue 'frames;
            }
            self.close()?;
        }
        Ok(())
    }

    fn begin(&mut self, object: Object<'g>, shape: RawValue<'g>, shared: bool) -> PyResult<Step<'py>> {
        let step = self.start(object, shape, shared)?;
        if shared {
            let made = match (&step, self.open.last().map(|frame| &frame.make)) {
                (Step::Value(value), _) => Made::There(value.clone()),
                (Step::Open, Some(Make::Fill(fill))) => Made::There(fill.object()),
                _ => Made::UnderWay,
            };
            self.shared.insert(object, made)?;
        }
        Ok(step)
    }

    /// Hands a part that is no leaf to the innermost object.
    fn give(&mut self, value: Bound<'py, PyAny>) -> PyResult<()> {
        let Some(frame) = self.open.last_mut() else {
            self.root.get_or_insert(value);
            return Ok(());
        };
        if frame.hashes()
            && let Some(part) = frame.parts.get(frame.next - 1)
        {
            let weight = self.budget.hash(part)?;
            // What a trusted class does with its keys is its own affair.
            if frame.compares() {
                let collisions =
                    frame.collisions.get_or_insert_with(|| Box::new(Collisions::new(false, false)));
                self.budget.compare(collisions, &value, Some(weight))?;
            }
        }
        frame.take(value, &mut self.values)
    }

    /// Completes the innermost object.
    fn close(&mut self) -> PyResult<()> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let Frame { object, shared, given, base, make, collisions, .. } = frame;
        if let (Make::Whole(Whole::FrozenSet), Some(collisions)) = (&make, collisions) {
            self.budget.note(object, &collisions);
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
                        let there = Made::There(fill.object());
                        self.done(object, there)?;
                    }
                    return Ok(());
                };
                if shared {
                    self.done(object, Made::There(value.clone()))?;
                }
                value
            }
        };
        if given { Ok(()) } else { self.give(value) }
    }

    fn done(&mut self, object: Object<'g>, made: Made<'py>) -> PyResult<()> {
        self.shared.insert(object, made)?;
        if !self.waiting.is_empty() {
            self.ready.extend(self.waiting.remove(&object.id()).unwrap_or_default());
        }
        Ok(())
    }

    /// Sets the innermost object that exists already aside, with all those inside it, until `part` is complete; all of
    /// them if none exists.
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
        self.waiting.entry(part.id()).or_default().push(Aside { frames, values });
        match object {
            Some(object) => self.give(object),
            None => Ok(()),
        }
    }
}
