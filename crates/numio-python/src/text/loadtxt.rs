//! `numio.loadtxt`.

use numio::DType;
use numio::text::{Encoding, LoadTxt};
use numpy::PyArrayDescr;
use pyo3::prelude::*;

use super::converters::{self, FieldConverters};
use super::source::{Found, Lines, Source, found};
use crate::{errors, kinds, run};

/// The parameters, as the package gives them.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct LoadTxtArgs {
    comments: Vec<String>,
    delimiter: Option<String>,
    skiprows: u64,
    usecols: Option<Vec<isize>>,
    ndmin: usize,
    encoding: String,
    max_rows: Option<u64>,
    quotechar: Option<char>,
    fortran: bool,
}

impl LoadTxtArgs {
    fn reader<'c>(&self, dtype: DType) -> numio::Result<LoadTxt<'c>> {
        let mut reader = LoadTxt::new();
        reader.dtype(dtype).comments(&self.comments).skiprows(self.skiprows).ndmin(self.ndmin);
        reader.fortran(self.fortran);
        reader.encoding(self.encoding.parse::<Encoding>()?);
        if let Some(delimiter) = &self.delimiter {
            reader.delimiter(delimiter);
        }
        if let Some(usecols) = &self.usecols {
            reader.usecols(usecols.iter().copied());
        }
        if let Some(most) = self.max_rows {
            reader.max_rows(most);
        }
        if let Some(quote) = self.quotechar {
            reader.quotechar(quote);
        }
        Ok(reader)
    }
}

/// Reads a text that the package has found to be for the library.
#[pyfunction]
pub(crate) fn read_text<'py>(
    py: Python<'py>,
    source: Source<'py>,
    dtype: &Bound<'py, PyArrayDescr>,
    given: LoadTxtArgs,
    line_encoding: &str,
    converters: Option<converters::ConverterArgs<'py>>,
) -> PyResult<Found<'py>> {
    source.announce(py)?;
    let (dtype, _) = kinds::from_python(dtype)?;
    if let Some(converters) = converters {
        let field_converters = FieldConverters::new(py, converters);
        let table = given.reader(dtype).and_then(|mut reader| {
            field_converters.register(&mut reader);
            run::within(run::count(py), || match source {
                Source::Path(path) => reader.load(path),
                Source::Lines(lines) => reader.try_lines(Lines { lines, encoding: line_encoding }),
            })
        });
        return found(py, table.map_err(|error| field_converters.error(&error))?);
    }
    let table = match source {
        Source::Path(path) => run::detached(py, || given.reader(dtype)?.load(path)),
        Source::Lines(lines) => {
            let lines = Lines { lines, encoding: line_encoding };
            run::within(run::count(py), || given.reader(dtype)?.try_lines(lines))
        }
    };
    found(py, table.map_err(|error| errors::of_text(&error))?)
}
