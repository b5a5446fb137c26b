//! Python's converters, and fields that only Python makes elements of.

use std::cell::RefCell;

use numio::text::{LoadTxt, Value};
use numio::{Error, ErrorKind};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyList, PyString};

use crate::{alloc, errors};

/// The converters of fields, as the package gives them.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ConverterArgs<'py> {
    /// The function for each column that has none of its own.
    all: Option<Bound<'py, PyAny>>,
    columns: Vec<(isize, Bound<'py, PyAny>)>,
    /// True if functions take bytes.
    takes_bytes: bool,
    /// True if objects without a function are bytes.
    makes_bytes: bool,
    /// One for each value of an element, or one for all columns if each is an element; `None` for an object.
    cells: Vec<Option<Packed<'py>>>,
    /// Collects the objects. The array holds their indexes in this list.
    objects: Bound<'py, PyList>,
}

/// An array of one element, into which NumPy writes values.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Packed<'py> {
    element: Bound<'py, PyAny>,
    /// The bytes of the same memory.
    bytes: Bound<'py, PyArray1<u8>>,
    /// True if the library reads fields without a function.
    is_read: bool,
    /// NumPy's letter for a native `float64` or `int64`, or for texts.
    code: Option<char>,
}

impl Packed<'_> {
    /// Converts the common result types directly: assigning through NumPy costs more than all else.
    fn plain(&self, made: &Bound<'_, PyAny>) -> Option<Value> {
        match self.code? {
            'd' if made.is_exact_instance_of::<PyFloat>() => Some(Value::Float(made.extract().ok()?)),
            'l' if made.is_exact_instance_of::<PyInt>() => Some(Value::Int(made.extract().ok()?)),
            'U' if made.is_exact_instance_of::<PyString>() => Some(Value::Text(made.extract().ok()?)),
            _ => None,
        }
    }
}

/// The exception, and true if it was raised for an object.
type Raised = (PyErr, bool);

/// The converters at work.
pub(crate) struct FieldConverters<'py> {
    py: Python<'py>,
    given: ConverterArgs<'py>,
    raised: RefCell<Option<Raised>>,
}

impl<'py> FieldConverters<'py> {
    pub(crate) fn new(py: Python<'py>, given: ConverterArgs<'py>) -> Self {
        Self { py, given, raised: RefCell::default() }
    }

    pub(crate) fn register<'h>(&'h self, reader: &mut LoadTxt<'h>) {
        for (column, function) in &self.given.columns {
            reader.converter_with_column(*column, |index, field| self.convert(index, field, Some(function)));
        }
        reader
            .converter_with_column(None, |index, field| self.convert(index, field, self.given.all.as_ref()));
    }

    /// The error as NumPy raises it: it tells the field's position, and the converter's exception is its cause.
    pub(crate) fn error(&self, error: &Error) -> PyErr {
        let Some((raised, is_object)) = self.raised.take() else { return errors::of_text(error) };
        // An interrupt is no fault of the field, and must not be taken for one.
        if !raised.is_instance_of::<PyException>(self.py) {
            return raised;
        }
        let mut text = error.to_string();
        if let Some((found, place)) = text.rsplit_once(" to uint64 at row ").filter(|_| is_object) {
            text = format!("{found} to object at row {place}");
        }
        let said = PyValueError::new_err(text);
        said.set_cause(self.py, Some(raised));
        said
    }

    fn convert(
        &self,
        index: usize,
        field: &str,
        function: Option<&Bound<'py, PyAny>>,
    ) -> numio::Result<Option<Value>> {
        let cells = &self.given.cells;
        let packed = cells.get(index).or(cells.last()).and_then(Option::as_ref);
        self.value(packed, field, function).map_err(|raised| {
            self.raised.replace(Some((raised, packed.is_none())));
            // The message comes from Python.
            Error::new(ErrorKind::InvalidInput, "")
        })
    }

    fn value(
        &self,
        packed: Option<&Packed<'py>>,
        field: &str,
        function: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Value>> {
        let made = match function {
            Some(function) => alloc::call(function, &self.text(field, self.given.takes_bytes)?)?,
            None if packed.is_some_and(|packed| packed.is_read) => return Ok(None),
            None => self.text(field, self.given.makes_bytes)?,
        };
        let Some(packed) = packed else {
            // The library stores the object's index in the list instead.
            let place = self.given.objects.len() as u64;
            self.given.objects.append(made)?;
            return Ok(Some(Value::UInt(place)));
        };
        if let Some(value) = packed.plain(&made) {
            return Ok(Some(value));
        }
        packed.element.set_item(0, made)?;
        Ok(Some(Value::Element(packed.bytes.readonly().as_slice()?.to_vec())))
    }

    fn text(&self, field: &str, as_bytes: bool) -> PyResult<Bound<'py, PyAny>> {
        let text = alloc::string(self.py, field.as_bytes())?;
        match as_bytes {
            true => text.call_method1(intern!(self.py, "encode"), (intern!(self.py, "latin1"),)),
            false => Ok(text),
        }
    }
}
