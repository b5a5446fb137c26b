//! Python objects from pickles, without running them.
//!
//! The library reads a pickle into a graph and recognizes the values of harmless types in it, by the exact forms in
//! which Python's and NumPy's picklers write them. Here these checked values become Python's own objects. Any other
//! name in the pickle is refused, unless the caller trusts that very name.

mod array;
mod budget;
mod build;
mod call;
mod classes;
mod frame;
mod leaf;
mod pause;
mod shared;
mod start;
mod target;
mod trust;

use numio::pickle::{Graph, Object};
use numio::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::{import_exception, intern};

pub(crate) use self::trust::Trust;

use self::budget::Budget;
use self::build::Builder;
use self::pause::Pause;
use crate::{alloc, errors};

import_exception!(pickle, UnpicklingError);

/// The value of a whole pickle.
///
/// # Errors
/// `UntrustedError`, an `UnpicklingError`, if the pickle has a name that is neither harmless nor trusted;
/// `UnpicklingError` if it contradicts itself; and errors raised by trusted code.
pub(crate) fn graph_to_python(py: Python<'_>, root: Object<'_>, trust: &Trust) -> PyResult<Py<PyAny>> {
    let graph: &Graph = root.graph();
    if let Trust::File { encoding, fix_imports } = trust {
        return unpickled(py, graph, encoding, *fix_imports);
    }
    trust.check(graph)?;
    let _pause = Pause::new(py)?;
    budget::check_nesting(graph)?;
    let budget = Budget::new(graph.bytes().len());
    Builder::new(py, trust, budget, graph).build(root).map(Bound::unbind)
}

/// Loads the pickle with Python's own unpickler, which runs anything that the pickle says.
fn unpickled(py: Python<'_>, graph: &Graph, encoding: &str, fix_imports: bool) -> PyResult<Py<PyAny>> {
    let named = alloc::dict(py)?;
    named.set_item(intern!(py, "encoding"), encoding)?;
    named.set_item(intern!(py, "fix_imports"), fix_imports)?;
    let loads = py.import("pickle")?.getattr(intern!(py, "loads"))?;
    loads.call((alloc::bytes(py, graph.bytes())?,), Some(&named)).map(Bound::unbind)
}

/// The error for a pickle that contradicts itself.
fn malformed(error: &Error) -> PyErr {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::Unsupported => UnpicklingError::new_err(error.to_string()),
        ErrorKind::LimitExceeded => {
            UnpicklingError::new_err(format!("{error}: if you trust the file, pass trust=True"))
        }
        _ => errors::to_python(error),
    }
}
