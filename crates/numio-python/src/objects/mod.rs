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
mod ndarray;
mod pause;
mod probes;
mod shared;
mod start;
mod target;
mod trust;

use numio::pickle::{Graph, Object};
use pyo3::intern;
use pyo3::prelude::*;

pub(crate) use self::build::MapFile;
pub(crate) use self::trust::{PickleOrigin, Trust};

use self::budget::Budget;
use self::build::Builder;
use self::pause::Pause;
use self::trust::Trusted;
use crate::alloc;

/// The value of a whole pickle.
///
/// # Errors
/// `UntrustedError`, an `UnpicklingError`, if the pickle has a name that is neither harmless nor trusted;
/// `UnpicklingError` if it contradicts itself; and errors raised by trusted code.
pub(crate) fn graph_to_python(
    py: Python<'_>,
    root: Object<'_>,
    trust: &Trust,
    origin: PickleOrigin<'_>,
    map: Option<MapFile<'_, '_>>,
) -> PyResult<Py<PyAny>> {
    made(py, root, trust, origin, map).map_err(|raised| origin.placed(py, raised))
}

fn made(
    py: Python<'_>,
    root: Object<'_>,
    trust: &Trust,
    origin: PickleOrigin<'_>,
    map: Option<MapFile<'_, '_>>,
) -> PyResult<Py<PyAny>> {
    let graph: &Graph = root.graph();
    if let Trust::File { encoding, fix_imports } = trust
        // Python's unpickler does not know of the elements that joblib writes between the instructions.
        && !graph.has_inline_data()
    {
        return unpickled(py, graph, encoding, *fix_imports);
    }
    let trusted = Trusted::of(py, trust, graph, origin)?;
    let _pause = Pause::new(py)?;
    let budget = Budget::new(graph.bytes().len());
    Builder::new(py, &trusted, budget, graph).mapping(map).build(root).map(Bound::unbind)
}

/// Loads the pickle with Python's own unpickler, which runs anything that the pickle says.
fn unpickled(py: Python<'_>, graph: &Graph, encoding: &str, fix_imports: bool) -> PyResult<Py<PyAny>> {
    let named = alloc::dict(py)?;
    named.set_item(intern!(py, "encoding"), encoding)?;
    named.set_item(intern!(py, "fix_imports"), fix_imports)?;
    let loads = py.import("pickle")?.getattr(intern!(py, "loads"))?;
    loads.call((alloc::bytes(py, graph.bytes())?,), Some(&named)).map(Bound::unbind)
}
