//! Objects under construction, whose parts are made one after another.

use numio::pickle::{Call, Children, DateTime, Object, Time};
use pyo3::exceptions::PyMemoryError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PySet};

use super::budget::Collisions;
use super::ndarray::Strings;
use super::target::Target;

/// An object whose parts are being made. Kept small, as there are many: rare variants are boxed.
pub(super) struct Frame<'py, 'g> {
    pub(super) object: Object<'g>,
    /// True if the pickle refers to it more than once.
    pub(super) shared: bool,
    pub(super) parts: Parts<'g>,
    /// True if the object has already been handed on before it was complete.
    pub(super) given: bool,
    /// The part to be made next.
    pub(super) next: usize,
    /// Index of its first part among all pending values.
    pub(super) base: usize,
    /// The keys so far whose hashes the file can choose, if there are some.
    pub(super) collisions: Option<Box<Collisions>>,
    pub(super) make: Make<'py, 'g>,
}

/// The parts of an object.
pub(super) enum Parts<'g> {
    Items(Children<'g>),
    Objects(Vec<Object<'g>>),
}

impl<'g> Parts<'g> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Items(items) => items.len(),
            Self::Objects(objects) => objects.len(),
        }
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<Object<'g>> {
        match self {
            Self::Items(items) => items.get(index),
            Self::Objects(objects) => objects.get(index).copied(),
        }
    }
}

/// The way to make an object from its parts.
pub(super) enum Make<'py, 'g> {
    /// Out of all of them at once. Such an object cannot contain itself.
    Whole(Whole<'py, 'g>),
    /// It exists, and takes them one by one: it may contain itself.
    Fill(Fill<'py>),
}

pub(super) enum Whole<'py, 'g> {
    Tuple,
    /// One that is referred to only once, and so cannot contain itself either.
    List,
    FrozenSet,
    /// The array of objects that joblib has pickled by itself, which is the part.
    Same,
    Slice,
    /// The part is the time zone.
    Time(Box<Time<'g>>),
    DateTime(Box<DateTime<'g>>),
    /// The part is the factory of missing values.
    DefaultDict(Box<Call<'g>>),
    /// An array of strings of any length.
    Strings(Box<Strings<'g>>),
    /// A scalar of NumPy's with objects in it.
    Scalar(Box<Target<'py>>),
    /// The result of a trusted callable; the parts are its arguments, the named ones after the others.
    Call(Box<Call<'g>>),
}

pub(super) enum Fill<'py> {
    List(Bound<'py, PyList>),
    Set(Bound<'py, PySet>),
    /// With the key whose value comes next.
    Dict(Bound<'py, PyDict>, Option<Bound<'py, PyAny>>),
    /// The same for any other object that takes keys and values.
    Map(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>),
    Deque(Bound<'py, PyAny>),
    /// An array of objects, which are stored some at a time.
    Array(Box<Target<'py>>),
    /// An object of a trusted class.
    Object(Box<TrustedObject<'py>>),
}

/// The input of a trusted object after its creation: `items` items, then `pairs` keys and values, then its state.
pub(super) struct TrustedObject<'py> {
    pub(super) object: Bound<'py, PyAny>,
    pub(super) items: usize,
    pub(super) pairs: usize,
    pub(super) key: Option<Bound<'py, PyAny>>,
}

/// Appends a value.
///
/// # Errors
/// `MemoryError`.
#[inline]
pub(super) fn push<'py>(values: &mut Vec<Bound<'py, PyAny>>, value: Bound<'py, PyAny>) -> PyResult<()> {
    if values.len() == values.capacity() {
        values.try_reserve(1).map_err(|error| PyMemoryError::new_err(error.to_string()))?;
    }
    values.push(value);
    Ok(())
}

impl<'py> Frame<'py, '_> {
    /// Takes the next part. Those that are needed all at once go to `values`.
    #[inline]
    pub(super) fn take(
        &mut self,
        value: Bound<'py, PyAny>,
        values: &mut Vec<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        match &mut self.make {
            Make::Whole(_) => push(values, value),
            Make::Fill(Fill::Array(target)) => {
                push(values, value)?;
                target.take(values, self.base)
            }
            Make::Fill(Fill::Dict(dict, key)) => match key.take() {
                Some(key) => dict.set_item(key, value),
                None => {
                    *key = Some(value);
                    Ok(())
                }
            },
            Make::Fill(fill) => fill.take(self.next - 1, value),
        }
    }

    /// Whether the parts that are hashed are compared by Python's own dicts and sets.
    pub(super) fn compares(&self) -> bool {
        !matches!(&self.make, Make::Fill(Fill::Object(_)))
    }

    /// What a leaf that comes next is compared with, if it is a key.
    #[inline]
    pub(super) fn collisions_of_leaf(&mut self) -> Option<&mut Collisions> {
        if self.collisions.is_none() || !self.hashes() {
            return None;
        }
        self.collisions.as_deref_mut()
    }

    /// Whether the next part is hashed.
    pub(super) fn hashes(&self) -> bool {
        match &self.make {
            Make::Whole(Whole::FrozenSet) | Make::Fill(Fill::Set(_)) => true,
            Make::Fill(Fill::Dict(_, key) | Fill::Map(_, key)) => key.is_none(),
            Make::Fill(Fill::Object(given)) => given.takes_key(self.next - 1),
            _ => false,
        }
    }
}

impl<'py> Fill<'py> {
    /// Takes the part with that index, for all variants but those that [`Frame::take`] handles.
    fn take(&mut self, part: usize, value: Bound<'py, PyAny>) -> PyResult<()> {
        match self {
            Self::List(list) => list.append(value),
            Self::Set(set) => set.add(value),
            Self::Deque(deque) => deque.call_method1(intern!(deque.py(), "append"), (value,)).map(drop),
            Self::Map(map, key) => match key.take() {
                Some(key) => map.set_item(key, value),
                None => {
                    *key = Some(value);
                    Ok(())
                }
            },
            Self::Object(given) => given.take(part, value),
            Self::Dict(..) | Self::Array(_) => Ok(()),
        }
    }

    /// The object that is filled.
    pub(super) fn object(&self) -> Bound<'py, PyAny> {
        match self {
            Self::List(list) => list.clone().into_any(),
            Self::Set(set) => set.clone().into_any(),
            Self::Dict(dict, _) => dict.clone().into_any(),
            Self::Map(object, _) | Self::Deque(object) => object.clone(),
            Self::Array(target) => target.whole.clone(),
            Self::Object(given) => given.object.clone(),
        }
    }
}
