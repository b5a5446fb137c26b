//! A mapped part of a file, as Python sees it.

use std::sync::{Mutex, PoisonError};

use numio::DynArray;
use pyo3::prelude::*;

use crate::errors;

/// A mapped part of a file: what the `_mmap` of a `numpy.memmap` is.
#[pyclass(frozen, module = "numio")]
pub(crate) struct Map(Mutex<Option<DynArray>>);

impl Map {
    pub(crate) fn new(array: DynArray) -> Self {
        Self(Mutex::new(Some(array)))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Writes what changed, and lets go of the file. Whoever still has the address of an element reads zeros.
    ///
    /// # Errors
    /// What the system says; the file stays mapped then.
    pub(crate) fn close(&self, py: Python<'_>) -> PyResult<()> {
        let close = || {
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *held {
                Some(array) => array.unmap(),
                None => Ok(()),
            }
        };
        py.detach(close).map_err(|error| errors::to_python(&error))
    }
}

#[pymethods]
impl Map {
    /// Wait until what was written is on the disk.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        let flush = || match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(array) => array.flush(),
            None => Ok(()),
        };
        py.detach(flush).map_err(|error| errors::to_python(&error))
    }
}
