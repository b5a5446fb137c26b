//! Python objects from pickles in which nothing is run.

use numio::DynArray;
use numio::pickle::Object;
use pyo3::import_exception;
use pyo3::prelude::*;

import_exception!(pickle, UnpicklingError);

/// Whose word is taken for what a pickle names.
pub(crate) struct Trust;

impl Trust {
    /// `trust=False | True | [names]`.
    ///
    /// # Errors
    /// `TypeError`.
    pub(crate) fn from_arg(_trust: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self)
    }
}

/// The value of a whole pickle.
///
/// # Errors
/// `UnpicklingError`.
pub(crate) fn graph_to_python(py: Python<'_>, _root: Object<'_>, _trust: &Trust) -> PyResult<Py<PyAny>> {
    let _ = py;
    Err(UnpicklingError::new_err("this build of numio reads no Python objects"))
}

/// The array, whose dtype holds objects.
///
/// # Errors
/// `UnpicklingError`.
pub(crate) fn object_array_to_python<'py>(
    py: Python<'py>,
    _array: &DynArray,
    _trust: &Trust,
) -> PyResult<Bound<'py, PyAny>> {
    let _ = py;
    Err(UnpicklingError::new_err("this build of numio reads no Python objects"))
}
