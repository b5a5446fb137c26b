//! Memory maps as `numpy.memmap`.

use numio::{DynArray, MmapMode};
use numpy::PyArrayDescr;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};

use crate::{dtype, memory};

/// The mode of NumPy's that `mode` is, by any of its names.
///
/// # Errors
/// `ValueError`, in NumPy's words.
pub(crate) fn mode_of(mode: &str) -> PyResult<MmapMode> {
    Ok(match mode {
        "r" | "readonly" => MmapMode::Read,
        "c" | "copyonwrite" => MmapMode::CopyOnWrite,
        "r+" | "readwrite" => MmapMode::ReadWrite,
        "w+" | "write" => MmapMode::Create,
        _ => {
            let modes = "['r', 'c', 'r+', 'w+', 'readonly', 'copyonwrite', 'readwrite', 'write']";
            let text = format!("mode must be one of {modes} (got {mode:?})");
            return Err(PyValueError::new_err(text));
        }
    })
}

/// What `numpy.memmap.mode` says of it.
fn name_of(mode: MmapMode) -> &'static str {
    match mode {
        MmapMode::Read => "r",
        MmapMode::CopyOnWrite => "c",
        MmapMode::ReadWrite | MmapMode::Create => "r+",
    }
}

/// The mapped array as a `numpy.memmap` of `file`, which is a path as the caller gave it.
///
/// # Errors
/// What NumPy raises.
pub(crate) fn to_python<'py>(
    file: &Bound<'py, PyAny>,
    array: DynArray,
    mode: MmapMode,
    offset: u64,
) -> PyResult<Bound<'py, PyAny>> {
    static MEMMAP: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let py = file.py();
    let dtype: Bound<'py, PyArrayDescr> = dtype::to_python(py, array.dtype())?;
    let (made, map) = memory::lend_map(py, array, dtype, MEMMAP.import(py, "numpy", "memmap")?)?;
    made.setattr(intern!(py, "offset"), offset)?;
    made.setattr(intern!(py, "mode"), name_of(mode))?;
    made.setattr(intern!(py, "filename"), name(file)?)?;
    // `numpy.memmap.flush` looks at the base, which here is a plain array.
    made.setattr(intern!(py, "flush"), map.getattr(intern!(py, "flush"))?)?;
    made.setattr(intern!(py, "_mmap"), map)?;
    Ok(made)
}

/// What NumPy calls the file: its whole path, a `Path` for a `Path`.
fn name<'py>(file: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static ABSPATH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = file.py();
    if file.is_instance_of::<PyString>() {
        return ABSPATH.import(py, "os.path", "abspath")?.call1((file,));
    }
    match file.getattr_opt(intern!(py, "resolve"))? {
        Some(resolve) => resolve.call0(),
        None => Ok(py.None().into_bound(py)),
    }
}
