//! The `numio` command as Python's script of that name runs it, and `numio.convert`.

use std::ffi::{CString, OsString};
use std::path::PathBuf;

use numio::ErrorKind;
use numio_cli::Refused;
use pyo3::exceptions::{PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PySlice, PyString, PyTuple};

use crate::file::{Access, announce};
use crate::{errors, run};

/// Runs the ``numio`` command and returns its exit code.
///
/// Parameters
/// ----------
/// arguments : list of str
///     The arguments, the first of which is the program's name.
/// host : str
///     A line for ``numio --version``.
///
/// The interpreter is released meanwhile. Output goes to the process's own standard output, not to ``sys.stdout``.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>, host: &str) -> u8 {
    py.detach(|| numio_cli::run(arguments, Some(host)))
}

#[doc = include_str!("doc/convert.txt")]
#[pyfunction]
#[pyo3(signature = (source, target, **options))]
pub(crate) fn convert(
    py: Python<'_>,
    source: PathBuf,
    target: PathBuf,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    let mut arguments = Vec::new();
    for (name, value) in options.into_iter().flatten() {
        option(&name.extract::<String>()?, &value, &mut arguments)?;
    }
    if [&source, &target].iter().any(|path| path.as_os_str() == "-") {
        return Err(PyValueError::new_err("-: numio.convert works on files"));
    }
    for (path, access) in [(&source, Access::Read), (&target, Access::Write)] {
        if !path.to_string_lossy().contains("://") {
            announce(py, path, access)?;
        }
    }
    arguments.extend(["--".into(), source.into_os_string(), target.into_os_string()]);
    let mut refused = None;
    let done = run::with_token(py, |token| {
        numio_cli::convert(arguments, token).map_err(|found| refused = Some(found)).unwrap_or_default()
    });
    match (done, refused) {
        (Err(raised), _) => Err(raised),
        (Ok(notes), None) => {
            for note in notes {
                PyErr::warn(py, &py.get_type::<PyUserWarning>(), &CString::new(note)?, 1)?;
            }
            Ok(())
        }
        (Ok(_), Some(Refused { error: Some(error), message })) => {
            let is_system = matches!(error.kind(), ErrorKind::Io | ErrorKind::Cancelled);
            Err(if is_system { errors::to_python(&error) } else { PyValueError::new_err(message) })
        }
        (Ok(_), Some(Refused { error: None, message })) => Err(PyValueError::new_err(message)),
    }
}

/// An option of the command, from its name and value in Python: `to_delimiter=";"` is `--to-delimiter=;`.
fn option(name: &str, value: &Bound<'_, PyAny>, arguments: &mut Vec<OsString>) -> PyResult<()> {
    // Python's own words have an underscore behind them: `from_` and `as_`.
    let name = format!("--{}", name.trim_end_matches('_').replace('_', "-"));
    if value.is_none() {
        return Ok(());
    }
    if let Ok(is_set) = value.cast::<PyBool>() {
        if is_set.is_true() {
            arguments.push(name.into());
        }
        return Ok(());
    }
    // A dtype may be a list itself.
    if name == "--dtype" {
        arguments.push(format!("{name}={}", text(&name, value)?).into());
        return Ok(());
    }
    if let Ok(pairs) = value.cast::<PyDict>() {
        for (column, value) in pairs {
            let column = column.str()?;
            let mut column = column.to_cow()?;
            if column.contains('=') || column.starts_with('"') {
                column = format!("\"{}\"", column.replace('"', "\"\"")).into();
            }
            arguments.push(format!("{name}={column}={}", text(&name, &value)?).into());
        }
        return Ok(());
    }
    let items = match value.cast::<PyList>() {
        Ok(list) => list.iter().collect(),
        Err(_) => match value.cast::<PyTuple>() {
            Ok(tuple) => tuple.iter().collect(),
            Err(_) => vec![value.clone()],
        },
    };
    for item in items {
        arguments.push(format!("{name}={}", text(&name, &item)?).into());
    }
    Ok(())
}

/// The text of a value: a dtype as NumPy prints it, and `2:5` for a slice.
fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    if matches!(name, "--dtype" | "--as") && !value.is_instance_of::<PyString>() {
        let dtype = value.py().import("numpy")?.getattr("dtype")?.call1((value,))?;
        return Ok(dtype.str()?.to_cow()?.into_owned());
    }
    let Ok(slice) = value.cast::<PySlice>() else { return Ok(value.str()?.to_cow()?.into_owned()) };
    let step = slice.getattr("step")?;
    if !step.is_none() && !step.eq(1)? {
        return Err(PyValueError::new_err(format!("{name}: slices have no steps")));
    }
    let end = |end: &str| -> PyResult<String> {
        let end = slice.getattr(end)?;
        Ok(if end.is_none() { String::new() } else { end.str()?.to_cow()?.into_owned() })
    };
    Ok(format!("{}:{}", end("start")?, end("stop")?))
}
