//! The source of a text: a file by its path, or lines of anything that yields them.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use numio::compression::decoder;
use numio::text::{Table, Warning};
use numio::{Error, Limits};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyString};

use crate::file::{Access, announce};
use crate::{array, errors, run};

/// A source as the package gives it.
#[derive(FromPyObject)]
pub(crate) enum Source<'py> {
    Path(PathBuf),
    Lines(Bound<'py, PyIterator>),
}

impl Source<'_> {
    /// As [`announce`], for a file.
    ///
    /// # Errors
    /// As [`announce`].
    pub(crate) fn announce(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Path(path) => announce(py, path, Access::Read),
            Self::Lines(_) => Ok(()),
        }
    }
}

/// Writes the text in a compressed file to a file of its own, for NumPy's functions, which do not know all compressions.
#[pyfunction]
pub(crate) fn decompress(py: Python<'_>, path: PathBuf, target: PathBuf) -> PyResult<()> {
    announce(py, &path, Access::Read)?;
    announce(py, &target, Access::Write)?;
    let copied = run::detached(py, || {
        let mut text = decoder(File::open(&path)?, &path, &Limits::default())?;
        io::copy(&mut text, &mut File::create(&target)?)?;
        Ok(())
    });
    copied.map_err(|error: Error| errors::of_text(&error.with_path(&path)))
}

/// The lines of an iterator, as text. Its exceptions pass through the library unchanged.
pub(crate) struct Lines<'a, 'py> {
    pub(crate) lines: Bound<'py, PyIterator>,
    /// The encoding of lines that are bytes.
    pub(crate) encoding: &'a str,
}

impl Lines<'_, '_> {
    fn text(&self, line: &Bound<'_, PyAny>) -> PyResult<String> {
        if let Ok(text) = line.cast::<PyString>() {
            return Ok(text.to_str()?.to_owned());
        }
        if line.is_instance_of::<PyBytes>() {
            return line.call_method1(intern!(line.py(), "decode"), (self.encoding,))?.extract();
        }
        Err(PyTypeError::new_err("non-string returned while reading data"))
    }
}

impl Iterator for Lines<'_, '_> {
    type Item = Result<String, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.next()?;
        let text = line.and_then(|line| self.text(&line));
        Some(text.map_err(|raised| Error::from(io::Error::other(raised))))
    }
}

/// The array, its mask, and the warnings: the kind of each warning, and its text or number.
pub(crate) type Found<'py> = (Bound<'py, PyAny>, Option<Bound<'py, PyAny>>, Vec<(&'static str, String)>);

/// # Errors
/// NumPy's own error for an array that it does not support.
pub(crate) fn found(py: Python<'_>, table: Table) -> PyResult<Found<'_>> {
    let warnings = table.warnings().iter().map(|warning| match warning {
        Warning::NoData => ("no data", String::new()),
        Warning::EmptyFile { .. } => ("empty file", String::new()),
        Warning::EmptyLine { line, .. } => ("empty line", line.to_string()),
        Warning::InvalidLines(text) => ("invalid lines", text.clone()),
        Warning::Overflow | Warning::ConversionOverflow => ("overflow", warning.to_string()),
        Warning::TextsAsBytes => ("texts as bytes", warning.to_string()),
        other => ("other", other.to_string()),
    });
    let warnings = warnings.collect();
    let (array, mask) = table.into_masked();
    let mask = mask.map(|mask| array::to_python(py, mask)).transpose()?;
    Ok((array::to_python(py, array)?, mask, warnings))
}
