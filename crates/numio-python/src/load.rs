//! `numio.load`.

use std::path::PathBuf;

use numio::pickle::Encoding;
use numio::{LoadOptions, Loaded};
use pyo3::exceptions::PyNotImplementedError;
use pyo3::prelude::*;

use crate::objects::{self, Trust};
use crate::{array, errors};

/// Load an array, an archive or a pickled object from a file.
#[pyfunction]
#[pyo3(signature = (file, *, allow_pickle=None, trust=None))]
pub(crate) fn load<'py>(
    py: Python<'py>,
    file: PathBuf,
    allow_pickle: Option<bool>,
    trust: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let trust = Trust::from_arg(trust.unwrap_or(pyo3::types::PyBool::new(py, false).as_any()))?;
    let mut options = LoadOptions::new();
    options.encoding(Encoding::Ascii).as_graphs(true);
    if let Some(allow) = allow_pickle {
        options.allow_pickle(allow);
    }
    let loaded = py.detach(|| options.load(&file)).map_err(|error| errors::to_python(&error))?;
    match loaded {
        Loaded::Array(found) => array::to_python(py, found),
        Loaded::Object(graph) => {
            objects::graph_to_python(py, graph.root(), &trust).map(|object| object.into_bound(py))
        }
        _ => Err(PyNotImplementedError::new_err("archives")),
    }
}
