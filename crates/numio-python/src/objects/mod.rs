//! Python objects from pickles of which nothing is run.
//!
//! The library reads a pickle into a graph and knows in it the values of harmless types, by the exact forms in which
//! Python's and NumPy's picklers write them. Here they become Python's own objects, from those checked values. What the
//! pickle names besides is refused, unless the caller trusts that very name.

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
/// `UntrustedError`, an `UnpicklingError`, where the pickle names what is neither harmless nor trusted;
/// `UnpicklingError` where it contradicts itself; and what trusted code raises.
pub(crate) fn graph_to_python(py: Python<'_>, root: Object<'_>, trust: &Trust) -> PyResult<Py<PyAny>> {
    let graph: &Graph = root.graph();
    if let Trust::File { encoding, fix_imports } = trust {
        return unpickled(py, graph, encoding, *fix_imports);
    }
    trust.check(graph)?;
    let _pause = Pause::new(py)?;
    budget::check_nesting(graph)?;
    let budget = Budget::new(graph.pickle().len());
    Builder::new(py, trust, budget, graph).build(root).map(Bound::unbind)
}

/// What Python's own unpickler makes of the pickle: it runs whatever that says.
fn unpickled(py: Python<'_>, graph: &Graph, encoding: &str, fix_imports: bool) -> PyResult<Py<PyAny>> {
    let named = alloc::dict(py)?;
    named.set_item(intern!(py, "encoding"), encoding)?;
    named.set_item(intern!(py, "fix_imports"), fix_imports)?;
    let loads = py.import("pickle")?.getattr(intern!(py, "loads"))?;
    loads.call((alloc::bytes(py, graph.pickle())?,), Some(&named)).map(Bound::unbind)
}

/// What contradicts itself in a pickle.
fn malformed(error: &Error) -> PyErr {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::Unsupported => UnpicklingError::new_err(error.to_string()),
        ErrorKind::LimitExceeded => {
            UnpicklingError::new_err(format!("{error}: if you trust the file, pass trust=True"))
        }
        _ => errors::to_python(error),
    }
}
