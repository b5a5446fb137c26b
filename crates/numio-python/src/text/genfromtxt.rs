//! `numio.genfromtxt`.

use numio::DType;
use numio::text::{Case, Column, Encoding, GenFromTxt, Value};
use numpy::PyArrayDescr;
use pyo3::prelude::*;

use super::source::{Found, Lines, Source, found};
use crate::{errors, kinds, run};

/// The separator of fields.
#[derive(FromPyObject)]
enum Separator {
    Text(String),
    Width(usize),
    Widths(Vec<usize>),
}

/// A column by its number or its name.
#[derive(FromPyObject)]
enum ColumnKey {
    Index(isize),
    Name(String),
}

impl From<ColumnKey> for Column {
    fn from(key: ColumnKey) -> Self {
        match key {
            ColumnKey::Index(index) => Self::Index(index),
            ColumnKey::Name(name) => Self::Name(name),
        }
    }
}

/// A value to use for a missing one.
#[derive(FromPyObject)]
enum Filling {
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(String),
}

impl From<Filling> for Value {
    fn from(filling: Filling) -> Self {
        match filling {
            Filling::Bool(value) => Self::Bool(value),
            Filling::Int(value) => Self::Int(value),
            Filling::UInt(value) => Self::UInt(value),
            Filling::Float(value) => Self::Float(value),
            Filling::Text(value) => Self::Text(value),
        }
    }
}

/// The parameters, as the package gives them.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct GenFromTxtArgs {
    comments: Option<String>,
    delimiter: Option<Separator>,
    skip_header: u64,
    skip_footer: u64,
    missing_all: Vec<String>,
    missing_each: Vec<String>,
    missing_in: Vec<(ColumnKey, Vec<String>)>,
    filling_all: Option<Filling>,
    filling_each: Vec<Option<Filling>>,
    filling_in: Vec<(ColumnKey, Filling)>,
    usecols: Option<Vec<ColumnKey>>,
    names: Option<Vec<String>>,
    names_first: bool,
    excludelist: Vec<String>,
    deletechars: Option<String>,
    replace_space: String,
    autostrip: bool,
    case: String,
    defaultfmt: String,
    usemask: bool,
    loose: bool,
    invalid_raise: bool,
    max_rows: Option<u64>,
    encoding: String,
    texts_as_bytes: bool,
    ndmin: usize,
    fortran: bool,
}

impl GenFromTxtArgs {
    fn reader(self, dtype: Option<DType>) -> numio::Result<GenFromTxt<'static>> {
        let mut reader = GenFromTxt::new();
        reader
            .dtype(dtype)
            .comments(self.comments.as_deref())
            .skip_header(self.skip_header)
            .skip_footer(self.skip_footer)
            .missing_values(self.missing_all)
            .missing_values_per_column(self.missing_each)
            .filling_values_per_column(self.filling_each.into_iter().map(|value| value.map(Into::into)))
            .excludelist(self.excludelist)
            .replace_space(self.replace_space)
            .autostrip(self.autostrip)
            .defaultfmt(self.defaultfmt)
            .usemask(self.usemask)
            .loose(self.loose)
            .invalid_raise(self.invalid_raise)
            .encoding(self.encoding.parse::<Encoding>()?)
            .strings_as_bytes(self.texts_as_bytes)
            .ndmin(self.ndmin)
            .fortran(self.fortran)
            .case(match self.case.as_str() {
                "upper" => Case::Upper,
                "lower" => Case::Lower,
                _ => Case::Keep,
            });
        match self.delimiter {
            Some(Separator::Text(text)) => reader.delimiter(text),
            Some(Separator::Width(width)) => reader.width(width),
            Some(Separator::Widths(widths)) => reader.widths(widths),
            None => &mut reader,
        };
        for (column, texts) in self.missing_in {
            reader.missing_values_for(column, texts);
        }
        for (column, value) in self.filling_in {
            reader.filling_value_for(column, value);
        }
        if let Some(value) = self.filling_all {
            reader.filling_value(value);
        }
        if let Some(usecols) = self.usecols {
            reader.usecols(usecols);
        }
        if let Some(names) = self.names {
            reader.names(names);
        }
        if self.names_first {
            reader.names_from_first_line();
        }
        if let Some(characters) = self.deletechars {
            reader.deletechars(characters);
        }
        if let Some(most) = self.max_rows {
            reader.max_rows(most);
        }
        Ok(reader)
    }
}

/// Reads a text with missing values that the package has found to be for the library.
#[pyfunction]
#[pyo3(signature = (source, dtype, given, line_encoding))]
pub(crate) fn read_with_gaps<'py>(
    py: Python<'py>,
    source: Source<'py>,
    dtype: Option<&Bound<'py, PyArrayDescr>>,
    given: GenFromTxtArgs,
    line_encoding: &str,
) -> PyResult<Found<'py>> {
    source.announce(py)?;
    let dtype = dtype.map(kinds::from_python).transpose()?.map(|(dtype, _)| dtype);
    let table = match source {
        Source::Path(path) => run::detached(py, || given.reader(dtype)?.load(path)),
        Source::Lines(lines) => {
            let lines = Lines { lines, encoding: line_encoding };
            run::within(run::count(py), || given.reader(dtype)?.try_lines(lines))
        }
    };
    found(py, table.map_err(|error| errors::of_text(&error))?)
}
