//! `numio.savetxt`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use numio::compression::Encoder;
use numio::text::{Encoding, SaveTxt};
use numio::{AtomicFile, DynView};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::file::{Access, announce};
use crate::output::Writer;
use crate::run::lock;
use crate::{errors, kinds, memory, run};

/// One format, or one for each column.
#[derive(FromPyObject)]
pub(crate) enum Fmt {
    One(String),
    Columns(Vec<String>),
}

/// The target.
#[derive(FromPyObject)]
pub(crate) enum Target<'py> {
    Path(PathBuf),
    /// Has `write`, which takes UTF-8.
    Object(Bound<'py, PyAny>),
}

/// The parameters, as the package gives them.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct SaveTxtArgs {
    fmt: Fmt,
    delimiter: String,
    newline: String,
    header: String,
    footer: String,
    comments: String,
    encoding: String,
}

impl SaveTxtArgs {
    fn writer(self) -> numio::Result<SaveTxt> {
        let mut writer = SaveTxt::new();
        writer
            .delimiter(self.delimiter)
            .newline(self.newline)
            .header(self.header)
            .footer(self.footer)
            .comments(self.comments)
            .encoding(self.encoding.parse::<Encoding>()?);
        match self.fmt {
            Fmt::One(fmt) => writer.fmt(fmt),
            Fmt::Columns(fmts) => writer.column_fmts(fmts),
        };
        Ok(writer)
    }
}

/// Writes an array that the package has found to be for the library.
#[pyfunction]
pub(crate) fn write_text<'py>(
    py: Python<'py>,
    target: Target<'py>,
    array: &Bound<'py, PyUntypedArray>,
    given: SaveTxtArgs,
) -> PyResult<()> {
    let (dtype, _) = kinds::from_python(&array.dtype())?;
    let (bytes, offset) = memory::borrow(array)?;
    let view = DynView::new(dtype, array.shape(), array.strides(), offset, bytes);
    let view = view.map_err(|error| errors::to_python(&error))?;
    let writer = given.writer().map_err(|error| errors::of_text(&error))?;
    let written = match target {
        Target::Path(path) => {
            announce(py, &path, Access::Write)?;
            run::detached(py, || writer.save(path, &view))
        }
        Target::Object(object) => {
            let out = Writer::new(&object)?;
            run::detached(py, || writer.write(out, &view))
        }
    };
    written.map_err(|error| errors::of_text(&error))
}

/// A file that NumPy's own function writes text to: it appears whole, compressed as its name says, or not at all.
#[pyclass(frozen, module = "numio._numio")]
pub(crate) struct AtomicText(Mutex<Option<Encoder<AtomicFile>>>);

#[pymethods]
impl AtomicText {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        announce(py, &path, Access::Write)?;
        let open = || Encoder::new(AtomicFile::create(&path)?, &path);
        open()
            .map(|file| Self(Mutex::new(Some(file))))
            .map_err(|error| errors::to_python(&error.with_path(&path)))
    }

    /// Writes all of `data`.
    fn write(&self, py: Python<'_>, data: &[u8]) -> PyResult<()> {
        py.detach(|| match &mut *lock(&self.0) {
            Some(file) => Ok(file.write_all(data)?),
            None => Err(PyValueError::new_err("I/O operation on closed file.")),
        })
    }

    /// Puts the file in place. Without this nothing is left of it.
    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        let file = lock(&self.0).take();
        let commit = |file: Encoder<AtomicFile>| file.finish()?.commit().map(drop);
        py.detach(|| file.map_or(Ok(()), commit)).map_err(|error| errors::to_python(&error))
    }

    /// Gives the file up, if it was not put in place.
    fn discard(&self) {
        lock(&self.0).take();
    }
}
