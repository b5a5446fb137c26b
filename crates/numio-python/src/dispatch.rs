//! What says itself how NumPy's functions treat it: `__array_function__`, NEP 18.

use numpy::PyUntypedArray;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple};

/// NumPy's function of that name, where one of the values says itself how it is treated. NumPy's own asks it.
///
/// # Errors
/// What Python raises.
pub(crate) fn numpys<'py>(
    name: &str,
    values: impl IntoIterator<Item = Bound<'py, PyAny>>,
    py: Python<'py>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    static NUMPYS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let ndarray = py.get_type::<PyUntypedArray>();
    let mut others = values.into_iter().filter(|value| !value.get_type().is(&ndarray)).peekable();
    if others.peek().is_none() {
        return Ok(None);
    }
    let import = || py.import("numio._numpys").map(Bound::unbind);
    let numpys = NUMPYS.get_or_try_init(py, import)?.bind(py);
    let others = PyList::new(py, others.collect::<Vec<_>>())?;
    match numpys.call_method1(intern!(py, "overridden"), (others,))?.is_truthy()? {
        true => numpys.getattr(name).map(Some),
        false => Ok(None),
    }
}

/// Calls NumPy's `savez` or `savez_compressed`, if it is left to it; whether it was.
///
/// # Errors
/// What Python raises.
pub(crate) fn saved_by_numpy<'py>(
    name: &str,
    file: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwds: Option<&Bound<'py, PyDict>>,
    allow_pickle: bool,
) -> PyResult<bool> {
    let py = file.py();
    let named = kwds.map(|kwds| kwds.values().iter().collect::<Vec<_>>()).unwrap_or_default();
    let Some(function) = numpys(name, args.iter().chain(named), py)? else { return Ok(false) };
    let all: Vec<_> = std::iter::once(file.clone()).chain(args.iter()).collect();
    let kwds = kwds.map_or_else(|| Ok(PyDict::new(py)), |kwds| kwds.copy())?;
    if !allow_pickle {
        // NumPy 1.26 does not know it, and takes it for an array.
        kwds.set_item(intern!(py, "allow_pickle"), false)?;
    }
    function.call(PyTuple::new(py, all)?, Some(&kwds))?;
    Ok(true)
}
