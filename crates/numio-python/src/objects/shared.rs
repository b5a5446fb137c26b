//! Objects that a pickle refers to several times.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use numio::pickle::{Object, RawValue};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use super::leaf;

/// Their states, by object number.
#[derive(Default)]
pub(super) struct Shared<'py>(HashMap<u64, Made<'py>, BuildHasherDefault<Spread>>);

/// The state of an object that is referred to several times.
pub(super) enum Made<'py> {
    UnderWay,
    /// It exists, and has parts or had some.
    There(Bound<'py, PyAny>),
    Leaf(Bound<'py, PyAny>),
}

/// The outcome of the first look at an object.
pub(super) enum Found<'py, 'g> {
    /// It has no parts, and exists.
    Leaf(Bound<'py, PyAny>),
    There(Bound<'py, PyAny>),
    UnderWay,
    /// It is to be begun; true if it is referred to several times.
    New(RawValue<'g>, bool),
}

impl<'py> Shared<'py> {
    /// The value of an object without parts, if it is there or quickly made: most of all objects. For all others
    /// [`leaf`](Self::leaf) finds out what they are.
    #[inline]
    pub(super) fn quick(&self, py: Python<'py>, object: Object<'_>) -> Option<Bound<'py, PyAny>> {
        if object.is_shared() {
            return match self.0.get(&object.id()) {
                Some(Made::Leaf(value)) => Some(value.clone()),
                _ => None,
            };
        }
        leaf::quick(py, &object.common_leaf()?)
    }

    /// The value of an object without parts; `None` for all others.
    #[inline]
    pub(super) fn without_parts(
        &mut self,
        py: Python<'py>,
        object: Object<'_>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(value) = self.quick(py, object) {
            return Ok(Some(value));
        }
        Ok(match self.leaf(py, object)? {
            Found::Leaf(value) => Some(value),
            _ => None,
        })
    }

    /// Looks at an object, and makes it if it has no parts.
    pub(super) fn leaf<'g>(&mut self, py: Python<'py>, object: Object<'g>) -> PyResult<Found<'py, 'g>> {
        let shared = object.is_shared();
        if shared {
            match self.0.get(&object.id()) {
                Some(Made::Leaf(value)) => return Ok(Found::Leaf(value.clone())),
                Some(Made::There(value)) => return Ok(Found::There(value.clone())),
                Some(Made::UnderWay) => return Ok(Found::UnderWay),
                None => {}
            }
        }
        let shape = object.raw();
        if matches!(shape, RawValue::Dict(_) | RawValue::List(_) | RawValue::Tuple(_) | RawValue::Call(_)) {
            return Ok(Found::New(shape, shared));
        }
        let Some(value) = leaf::leaf(py, &shape)? else { return Ok(Found::New(shape, shared)) };
        // To hash a large integer takes time, so it is weighed like an object with parts.
        let is_large = matches!(&shape, RawValue::Int(int) if int.to_i64().is_none());
        if shared {
            let made = if is_large { Made::There(value.clone()) } else { Made::Leaf(value.clone()) };
            self.insert(object, made)?;
        }
        Ok(if is_large { Found::There(value) } else { Found::Leaf(value) })
    }

    pub(super) fn insert(&mut self, object: Object<'_>, made: Made<'py>) -> PyResult<()> {
        self.0.try_reserve(1).map_err(|error| PyMemoryError::new_err(error.to_string()))?;
        self.0.insert(object.id(), made);
        Ok(())
    }
}

/// Spreads object numbers over a hash table: they are offsets in a file, which can hardly be chosen to collide.
#[derive(Default)]
struct Spread(u64);

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
