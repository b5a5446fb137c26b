//! The first and the last step of each object that has parts, by its type.

use numio::pickle::{Call, Children, Dict, InlineValue, Object, RawValue, Value};
use numio::{Elements, GlobalExt, NumpyObject, ObjectExt};
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PySet, PyTuple};

use super::budget::Collisions;
use super::build::{Builder, Step};
use super::frame::{Fill, Frame, Make, Parts, Whole, push};
use super::shared::Found;
use super::{array, budget, call, classes, leaf};
use crate::alloc;
use crate::errors::{UnpicklingError, malformed};

/// The most keys and values of a dict, or items of a set, that may all be looked for in the slots of all others.
const FEW_PARTS: usize = 256;

impl<'py, 'g> Builder<'_, 'py, 'g> {
    /// Makes an object that is no leaf, or opens a frame for its parts.
    pub(super) fn start(
        &mut self,
        object: Object<'g>,
        shape: RawValue<'g>,
        shared: bool,
    ) -> PyResult<Step<'py>> {
        let py = self.py;
        match shape {
            RawValue::Dict(pairs) => self.dict(object, pairs, shared),
            RawValue::List(items) if shared => Ok(self.fill(
                object,
                shared,
                Parts::Items(items),
                Fill::List(alloc::list(py, std::iter::empty())?),
            )),
            RawValue::List(items) => self.row(object, items, shared, Whole::List),
            RawValue::Tuple(items) => self.row(object, items, shared, Whole::Tuple),
            RawValue::Set(items) => {
                Ok(self.fill(object, shared, Parts::Items(items), Fill::Set(PySet::empty(py)?)))
            }
            RawValue::FrozenSet(items) => {
                Ok(self.whole(object, shared, Parts::Items(items), Whole::FrozenSet))
            }
            RawValue::Global(global) => {
                if self.trust.has(global) {
                    return call::import(py, global).map(Step::Value);
                }
                if !global.is_harmless() {
                    return Err(self.trust.refusal(object.graph(), Some((global, 0))));
                }
                call::harmless(py, global).map(Step::Value)
            }
            RawValue::Call(call) => self.start_call(object, call, shared),
            RawValue::Extension(code) => {
                Err(UnpicklingError::new_err(format!("unregistered extension code {code}")))
            }
            RawValue::Persistent(_) => Err(UnpicklingError::new_err(
                "A load persistent id instruction was encountered, but no persistent_load function was specified.",
            )),
            RawValue::Buffer(bytes, true) => Ok(Step::Value(alloc::bytes(py, bytes)?.into_any())),
            RawValue::Buffer(bytes, false) => Ok(Step::Value(alloc::bytearray(py, bytes)?.into_any())),
            _ => Err(UnpicklingError::new_err("a value of a kind that is not known here")),
        }
    }

    /// A dict; without a frame as far as its keys and values have no parts.
    fn dict(&mut self, object: Object<'g>, pairs: Children<'g>, shared: bool) -> PyResult<Step<'py>> {
        let dict = alloc::dict(self.py)?;
        let (mut next, mut key) = (0, None);
        if pairs.len() > FEW_PARTS {
            return Ok(self.fill(object, shared, Parts::Items(pairs), Fill::Dict(dict, key)));
        }
        while let Some(part) = pairs.get(next) {
            let value = match self.shared.quick(self.py, part) {
                None => self.small(part)?,
                value => value,
            };
            let Some(value) = value else {
                self.fill(object, shared, Parts::Items(pairs), Fill::Dict(dict, key));
                self.skip(next);
                return Ok(Step::Open);
            };
            next += 1;
            match key.take() {
                Some(key) => dict.set_item(key, value)?,
                None => key = Some(value),
            }
        }
        Ok(Step::Value(dict.into_any()))
    }

    /// Makes a part that needs no frame: a value without parts, or a list of a few numbers, as many records hold.
    fn small(&mut self, part: Object<'g>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(match self.shared.leaf(self.py, part)? {
            Found::Leaf(value) => Some(value),
            Found::New(RawValue::List(items), false) => self.leaves(&items)?,
            _ => None,
        })
    }

    /// A list of values without parts; `None` if one has parts.
    fn leaves(&mut self, items: &Children<'g>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let base = self.values.len();
        for part in items.iter() {
            let Some(value) = self.shared.without_parts(self.py, part)? else {
                self.values.truncate(base);
                return Ok(None);
            };
            push(&mut self.values, value)?;
        }
        Ok(Some(alloc::list(self.py, self.values.drain(base..))?.into_any()))
    }

    /// A list or a tuple; the same.
    fn row(
        &mut self,
        object: Object<'g>,
        items: Children<'g>,
        shared: bool,
        whole: Whole<'py, 'g>,
    ) -> PyResult<Step<'py>> {
        let base = self.values.len();
        let mut next = 0;
        while let Some(part) = items.get(next) {
            let Some(value) = self.shared.without_parts(self.py, part)? else {
                self.whole(object, shared, Parts::Items(items), whole);
                self.skip(next);
                if let Some(frame) = self.open.last_mut() {
                    frame.base = base;
                }
                return Ok(Step::Open);
            };
            push(&mut self.values, value)?;
            next += 1;
        }
        let made = self.complete(whole, object, shared, base)?;
        made.map_or_else(
            || Err(UnpicklingError::new_err("a list or tuple that is not there")),
            |made| Ok(Step::Value(made)),
        )
    }

    /// Goes on with the part of that number.
    fn skip(&mut self, next: usize) {
        if let Some(frame) = self.open.last_mut() {
            frame.next = next;
        }
    }

    fn start_call(&mut self, object: Object<'g>, call: Call<'g>, shared: bool) -> PyResult<Step<'py>> {
        let py = self.py;
        if call.inline_value().is_none()
            && let Some(step) = self.start_trusted(object, &call, shared)?
        {
            return Ok(step);
        }
        let global = call.global();
        // Most calls of most pickles make arrays.
        if global.is_some_and(|global| global.module.starts_with("numpy") || call.inline_value().is_some())
            && let Some(found) = self.numpy.read_call(object, call).map_err(|error| malformed(&error))?
        {
            // Of arrays and dtypes, their reader has counted all.
            if !matches!(found, NumpyObject::Array(_) | NumpyObject::DType { .. }) {
                self.pay(&call)?;
            }
            return self.start_numpy(object, found, shared);
        }
        self.pay(&call)?;
        if let Some(InlineValue::Pickled(array)) = call.inline_value() {
            return Ok(self.whole(object, shared, Parts::Objects(vec![array]), Whole::Same));
        }
        if object.is_known_form() {
            let args = call.args().iter().collect();
            return Ok(self.whole(object, shared, Parts::Objects(args), Whole::Call(Box::new(call))));
        }
        self.budget.nest(object.graph(), budget::stack_of(call))?;
        let value = object.value();
        if let Some(known) = leaf::known(py, &call, &value)? {
            return Ok(Step::Value(known));
        }
        let fill = |this: &mut Self, parts, fill| Ok(this.fill(object, shared, parts, fill));
        match value {
            Value::Set(_) => fill(self, listed(&call), Fill::Set(PySet::empty(py)?)),
            Value::FrozenSet(_) => Ok(self.whole(object, shared, listed(&call), Whole::FrozenSet)),
            Value::Slice(_) => Ok(self.whole(object, shared, Parts::Items(call.args()), Whole::Slice)),
            Value::Time(time) => {
                let zone = Parts::Objects(time.tzinfo.into_iter().collect());
                Ok(self.whole(object, shared, zone, Whole::Time(Box::new(time))))
            }
            Value::DateTime(moment) => {
                let zone = Parts::Objects(moment.time.tzinfo.into_iter().collect());
                Ok(self.whole(object, shared, zone, Whole::DateTime(Box::new(moment))))
            }
            Value::OrderedDict(dict) => {
                let made = classes::ordered_dict(py)?.call0()?;
                let pairs = if call.args().is_empty() { Parts::Items(call.raw_pairs()) } else { flat(dict) };
                fill(self, pairs, Fill::Map(made, None))
            }
            Value::Counter(dict) => fill(self, flat(dict), Fill::Map(classes::counter(py)?.call0()?, None)),
            Value::DefaultDict { factory: Some(factory), .. } => {
                let factory = Parts::Objects(vec![factory]);
                Ok(self.whole(object, shared, factory, Whole::DefaultDict(Box::new(call))))
            }
            Value::DefaultDict { factory: None, .. } => {
                let made = classes::default_dict(py)?.call0()?;
                fill(self, Parts::Items(call.raw_pairs()), Fill::Map(made, None))
            }
            Value::Deque { items, maxlen } => {
                let made = classes::deque(py)?.call1((PyTuple::empty(py), maxlen))?;
                fill(self, Parts::Items(items), Fill::Deque(made))
            }
            _ => Err(match global {
                Some(global) => self.trust.refusal(object.graph(), Some((global, call.offset()))),
                None => {
                    let at = call.offset();
                    UnpicklingError::new_err(format!("byte {at}: the pickle calls what another call gives"))
                }
            }),
        }
    }

    fn start_numpy(
        &mut self,
        object: Object<'g>,
        found: NumpyObject<'g>,
        shared: bool,
    ) -> PyResult<Step<'py>> {
        if holds_objects(&found) {
            self.budget.nest(object.graph(), budget::ARRAY_STACK)?;
        }
        let (target, parts) = match self.numpy_object(object, found)? {
            array::Made::Value(value) => return Ok(Step::Value(value)),
            array::Made::Target(target, parts) => (target, parts),
            array::Made::Strings(strings, parts) => {
                return Ok(self.whole(object, shared, Parts::Objects(parts), Whole::Strings(strings)));
            }
        };
        Ok(if target.is_scalar {
            self.whole(object, shared, parts, Whole::Scalar(Box::new(target)))
        } else {
            self.fill(object, shared, parts, Fill::Array(Box::new(target)))
        })
    }

    /// Pays for what a call makes of its arguments, before it does. What NumPy's objects take, their reader counts.
    fn pay(&mut self, call: &Call<'g>) -> PyResult<()> {
        let (bytes, steps) = budget::cost_of(call);
        self.budget.spend(steps)?;
        self.numpy.spend(bytes).map_err(|error| malformed(&error))
    }

    pub(super) fn fill(
        &mut self,
        object: Object<'g>,
        shared: bool,
        parts: Parts<'g>,
        fill: Fill<'py>,
    ) -> Step<'py> {
        self.push(object, shared, parts, Make::Fill(fill))
    }

    pub(super) fn whole(
        &mut self,
        object: Object<'g>,
        shared: bool,
        parts: Parts<'g>,
        whole: Whole<'py, 'g>,
    ) -> Step<'py> {
        self.push(object, shared, parts, Make::Whole(whole))
    }

    fn push(&mut self, object: Object<'g>, shared: bool, parts: Parts<'g>, make: Make<'py, 'g>) -> Step<'py> {
        let is_set = match &make {
            Make::Whole(Whole::FrozenSet) | Make::Fill(Fill::Set(_)) => Some(true),
            Make::Fill(Fill::Dict(..) | Fill::Map(..)) => Some(false),
            _ => None,
        };
        let collisions =
            is_set.filter(|_| parts.len() > FEW_PARTS).map(|is_set| Box::new(Collisions::new(is_set, true)));
        self.open.push(Frame {
            object,
            shared,
            parts,
            given: false,
            next: 0,
            base: self.values.len(),
            collisions,
            make,
        });
        Step::Open
    }

    /// The object whose parts are all there, from the value at `base` on; `None` if it has been created empty, and a
    /// frame has been opened to fill it.
    pub(super) fn complete(
        &mut self,
        whole: Whole<'py, 'g>,
        object: Object<'g>,
        shared: bool,
        base: usize,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.py;
        let mut parts = self.values.drain(base..);
        Ok(Some(match whole {
            Whole::List => alloc::list(py, parts)?.into_any(),
            Whole::Tuple => alloc::tuple(py, parts)?.into_any(),
            Whole::Same => {
                parts.next().ok_or_else(|| UnpicklingError::new_err("an array that is not there"))?
            }
            Whole::FrozenSet => PyFrozenSet::new(py, parts)?.into_any(),
            Whole::Slice => {
                let args = alloc::tuple(py, parts)?;
                classes::slice(py)?.call1(args)?
            }
            Whole::Time(time) => leaf::time(py, &time, parts.next())?,
            Whole::DateTime(moment) => leaf::datetime(py, &moment, parts.next())?,
            Whole::Scalar(target) => {
                target.fill(parts)?;
                target.scalar()?
            }
            Whole::Strings(strings) => {
                let parts = parts.collect();
                strings.build(py, &mut self.budget, parts)?
            }
            Whole::DefaultDict(call) => {
                let made = classes::default_dict(py)?.call1((parts.next(),))?;
                drop(parts);
                self.fill(object, shared, Parts::Items(call.raw_pairs()), Fill::Map(made, None));
                return Ok(None);
            }
            Whole::Call(call) => {
                let args: Vec<_> = parts.collect();
                return self.complete_trusted(&call, object, shared, args);
            }
        }))
    }
}

/// True if Python objects are among the elements.
fn holds_objects(found: &NumpyObject<'_>) -> bool {
    match found {
        NumpyObject::Array(array) => match &array.elements {
            Elements::Bytes { .. } => false,
            Elements::Array(array) => array.dtype().has_objects(),
            _ => true,
        },
        NumpyObject::Scalar { scalar, .. } => scalar.dtype().has_objects(),
        NumpyObject::Masked { array, .. } => array.data.dtype().has_objects(),
        _ => false,
    }
}

/// The items of the list that is the only argument.
fn listed<'g>(call: &Call<'g>) -> Parts<'g> {
    match call.args().get(0).map(Object::raw) {
        Some(RawValue::List(items)) => Parts::Items(items),
        _ => Parts::Objects(Vec::new()),
    }
}

fn flat(dict: Dict<'_>) -> Parts<'_> {
    Parts::Objects(dict.into_iter().flat_map(|(key, value)| [key, value]).collect())
}
