//! `numio.save` and its family.

use std::time::Duration;

use numio::WriteOptions;
use numio::npy::AppendOptions;
use numio::npz::{Compression, NpzWriter};
use pyo3::exceptions::{PyDeprecationWarning, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyTuple};

use crate::compression;
use crate::errors;
use crate::file::{Access, announce};
use crate::input::{Input, masked_error, truth};
use crate::output::{Output, Writer, appends, is_url, path, upload};
use crate::run;

#[doc = include_str!("doc/save.txt")]
#[pyfunction]
#[pyo3(signature = (file, arr, allow_pickle=true, fix_imports=None))]
pub(crate) fn save<'py>(
    py: Python<'py>,
    file: &Bound<'py, PyAny>,
    arr: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = truth)] allow_pickle: bool,
    fix_imports: Option<&Bound<'py, PyAny>>,
) -> PyResult<()> {
    if fix_imports.is_some() {
        let text = c"The 'fix_imports' flag is deprecated and has no effect.";
        PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), text, 1)?;
    }
    if let Some(upload) = upload(file, ".npy")? {
        let saved = save(py, &upload.getattr(intern!(py, "file"))?, arr, allow_pickle, None);
        return conclude(&upload, saved);
    }
    let output = Output::from_arg(file)?;
    let input = Input::from_arg(arr, allow_pickle)?;
    if !matches!(output, Output::Object(_)) && input.is_masked()? {
        return Err(masked_error());
    }
    let array = input.to_save()?;
    let options = WriteOptions::new();
    let saved = match &output {
        Output::Path(path) => {
            announce(py, &numio::with_suffix(path, ".npy"), Access::Write)?;
            run::detached(py, || options.save(path, &array))
        }
        Output::File(_, file) => run::detached(py, || options.to_file(file, &array)),
        Output::Object(object) => {
            let writer = Writer::new(object.bind(py))?;
            run::detached(py, || options.to_writer(writer, &array))
        }
    };
    output.settle(py)?;
    saved.map_err(|error| errors::to_python(&error))
}

#[doc = include_str!("doc/savez.txt")]
#[pyfunction]
#[pyo3(signature = (file, *args, allow_pickle=true, **kwds))]
pub(crate) fn savez<'py>(
    file: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    #[pyo3(from_py_with = truth)] allow_pickle: bool,
    kwds: Option<&Bound<'py, PyDict>>,
) -> PyResult<()> {
    let members = numbered(file.py(), args, kwds)?;
    write_members(file, &members, Compression::Stored, allow_pickle)
}

#[doc = include_str!("doc/savez_compressed.txt")]
#[pyfunction]
#[pyo3(signature = (file, *args, allow_pickle=true, **kwds))]
pub(crate) fn savez_compressed<'py>(
    file: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    #[pyo3(from_py_with = truth)] allow_pickle: bool,
    kwds: Option<&Bound<'py, PyDict>>,
) -> PyResult<()> {
    let members = numbered(file.py(), args, kwds)?;
    write_members(file, &members, Compression::Deflated, allow_pickle)
}

#[doc = include_str!("doc/write_npz.txt")]
#[pyfunction]
#[pyo3(signature = (file, mapping, *, compression="stored", level=None, allow_pickle=true))]
pub(crate) fn write_npz<'py>(
    file: &Bound<'py, PyAny>,
    mapping: &Bound<'py, PyMapping>,
    compression: &str,
    level: Option<i32>,
    #[pyo3(from_py_with = truth)] allow_pickle: bool,
) -> PyResult<()> {
    let compression = compression::from_args(compression, level)?;
    let members = mapping.items()?.iter().map(|item| item.extract()).collect::<PyResult<Vec<_>>>()?;
    write_members(file, &members, compression, allow_pickle)
}

#[doc = include_str!("doc/append.txt")]
#[pyfunction]
#[pyo3(signature = (file, array, *, create=false, wait=None))]
pub(crate) fn append<'py>(
    py: Python<'py>,
    file: &Bound<'py, PyAny>,
    array: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = truth)] create: bool,
    wait: Option<f64>,
) -> PyResult<()> {
    if is_url(file) {
        return Err(PyValueError::new_err(
            "objects at URLs are written whole, by numio.save: append takes paths",
        ));
    }
    let (path, wait) = (path(file)?, seconds(wait)?);
    let input = Input::plain(array, "appended")?;
    let array = input.to_save()?;
    let mut options = AppendOptions::new();
    options.create(create).wait(wait);
    announce(py, &path, Access::Update)?;
    run::detached(py, || options.append(path, &array)).map_err(|error| errors::to_python(&error))
}

/// The time to wait for others.
///
/// # Errors
/// `ValueError` for a number that is no time.
pub(crate) fn seconds(wait: Option<f64>) -> PyResult<Duration> {
    match wait {
        None => Ok(Duration::ZERO),
        // Longer than any clock runs.
        Some(wait) if wait >= 0.0 => Ok(Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX)),
        Some(wait) => Err(PyValueError::new_err(format!("wait must be a number of seconds, not {wait}"))),
    }
}

/// A member's name without its suffix, and its content.
type Named<'py> = (String, Bound<'py, PyAny>);

/// Those with names, then those without under NumPy's names.
fn numbered<'py>(
    py: Python<'py>,
    args: &Bound<'py, PyTuple>,
    kwds: Option<&Bound<'py, PyDict>>,
) -> PyResult<Vec<Named<'py>>> {
    let kwds = kwds.cloned().unwrap_or_else(|| PyDict::new(py));
    let mut members =
        kwds.iter().map(|(name, array)| Ok((name.extract()?, array))).collect::<PyResult<Vec<_>>>()?;
    for (index, array) in args.iter().enumerate() {
        let name = format!("arr_{index}");
        if kwds.contains(&name)? {
            return Err(PyValueError::new_err(format!("Cannot use un-named variables and keyword {name}")));
        }
        members.push((name, array));
    }
    Ok(members)
}

fn write_members<'py>(
    file: &Bound<'py, PyAny>,
    members: &[Named<'py>],
    compression: Compression,
    allow_pickle: bool,
) -> PyResult<()> {
    let py = file.py();
    if let Some(upload) = upload(file, ".npz")? {
        let file = upload.getattr(intern!(py, "file"))?;
        let written = write_members(&file, members, compression, allow_pickle);
        return conclude(&upload, written);
    }
    let output = Output::from_arg(file)?;
    let mut writer = archive(py, &output)?;
    writer.compression(compression);
    let added = members.iter().try_for_each(|(name, array)| {
        let input = Input::from_arg(array, allow_pickle)?;
        let array = input.to_save()?;
        run::detached(py, || writer.add(name, &array)).map_err(|error| errors::to_python(&error))
    });
    let finished =
        added.and_then(|()| run::detached(py, || writer.finish()).map_err(|error| errors::to_python(&error)));
    match finished {
        Ok(()) => output.conclude(py),
        Err(error) => output.settle(py).and(Err(error)),
    }
}

/// Completes what is to be at a URL, or gives it up where writing failed.
fn conclude(upload: &Bound<'_, PyAny>, written: PyResult<()>) -> PyResult<()> {
    match written {
        Ok(()) => upload.call_method0(intern!(upload.py(), "commit")).map(drop),
        Err(error) => {
            // The error that led here is the one to tell.
            let _ = upload.call_method0(intern!(upload.py(), "discard"));
            Err(error)
        }
    }
}

/// A new archive there.
pub(crate) fn archive(py: Python<'_>, output: &Output) -> PyResult<NpzWriter<'static>> {
    match output {
        Output::Path(path) => {
            let path = numio::with_suffix(path, ".npz");
            announce(py, &path, Access::Write)?;
            run::detached(py, || NpzWriter::create(path)).map_err(|error| errors::to_python(&error))
        }
        Output::File(object, file) => {
            let file = file.try_clone()?;
            Ok(if appends(object.bind(py))? { NpzWriter::streaming(file) } else { NpzWriter::new(file) })
        }
        Output::Object(object) => {
            let object = object.bind(py);
            let mut writer = Writer::new(object)?;
            Ok(match writer.find_start(object)? {
                true => NpzWriter::new(writer),
                false => NpzWriter::streaming(writer),
            })
        }
    }
}
