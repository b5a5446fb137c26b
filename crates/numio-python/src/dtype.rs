//! Element types: the library's and NumPy's.

use std::borrow::Cow;

use numio::{ByteOrder, ComplexWidth, DType, Field, FloatWidth, IntWidth, Record, Scalar, Title};
use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

const NATIVE: ByteOrder = ByteOrder::NATIVE;

/// The dtype as a `numpy.dtype`.
///
/// # Errors
/// NumPy's own error for a dtype that it does not have.
pub(crate) fn to_python<'py>(py: Python<'py>, dtype: &DType) -> PyResult<Bound<'py, PyArrayDescr>> {
    match dtype {
        DType::Scalar(scalar) => match common(py, *scalar) {
            Some(found) => Ok(found),
            None => PyArrayDescr::new(py, dtype.to_string()),
        },
        DType::Record(record) => PyArrayDescr::new(py, record_to_python(py, record)?),
        DType::Subarray(subarray) => {
            PyArrayDescr::new(py, (to_python(py, subarray.base())?, shape_of(py, subarray.shape())?))
        }
    }
}

/// The dtype as a `numpy.dtype`, by the text in a header if NumPy makes more of that than `dtype` says.
///
/// # Errors
/// As [`to_python`].
pub(crate) fn spelled<'py>(
    py: Python<'py>,
    dtype: &DType,
    text: Option<&str>,
) -> PyResult<Bound<'py, PyArrayDescr>> {
    let found = to_python(py, dtype)?;
    let Some(text) = text else { return Ok(found) };
    let read = || {
        let value = py.import("ast")?.getattr("literal_eval")?.call1((text,))?;
        let made = py.import("numpy.lib.format")?.getattr("descr_to_dtype")?.call1((value,))?;
        Ok::<_, PyErr>(made.cast_into::<PyArrayDescr>()?)
    };
    // Of what another NumPy does not read, or reads otherwise, the bytes are what counts.
    match read() {
        Ok(made) if made.itemsize() == found.itemsize() && made.eq(&found)? => Ok(made),
        _ => Ok(found),
    }
}

/// The dtypes that NumPy keeps one object of.
fn common(py: Python<'_>, scalar: Scalar) -> Option<Bound<'_, PyArrayDescr>> {
    use numpy::dtype;
    Some(match scalar {
        Scalar::Bool => dtype::<bool>(py),
        Scalar::Int8 => dtype::<i8>(py),
        Scalar::UInt8 => dtype::<u8>(py),
        Scalar::Int(IntWidth::Bits16, NATIVE) => dtype::<i16>(py),
        Scalar::Int(IntWidth::Bits32, NATIVE) => dtype::<i32>(py),
        Scalar::Int(IntWidth::Bits64, NATIVE) => dtype::<i64>(py),
        Scalar::UInt(IntWidth::Bits16, NATIVE) => dtype::<u16>(py),
        Scalar::UInt(IntWidth::Bits32, NATIVE) => dtype::<u32>(py),
        Scalar::UInt(IntWidth::Bits64, NATIVE) => dtype::<u64>(py),
        Scalar::Float(FloatWidth::Bits32, NATIVE) => dtype::<f32>(py),
        Scalar::Float(FloatWidth::Bits64, NATIVE) => dtype::<f64>(py),
        Scalar::Complex(ComplexWidth::Bits64, NATIVE) => dtype::<numpy::Complex32>(py),
        Scalar::Complex(ComplexWidth::Bits128, NATIVE) => dtype::<numpy::Complex64>(py),
        Scalar::Object => PyArrayDescr::object(py),
        _ => return None,
    })
}

fn shape_of<'py>(py: Python<'py>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    pyo3::types::PyTuple::new(py, shape)?.into_bound_py_any(py)
}

fn record_to_python<'py>(py: Python<'py>, record: &Record) -> PyResult<Bound<'py, PyDict>> {
    let formats = record.fields().iter().map(|field| to_python(py, &field.dtype));
    record_form(py, record, formats.collect::<PyResult<_>>()?)
}

/// The name of a field as Python has it, with its lone surrogates.
pub(crate) fn name_to_python<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    match Field::name_to_python(name) {
        Cow::Borrowed(_) => name.into_bound_py_any(py),
        Cow::Owned(bytes) => {
            PyBytes::new(py, &bytes).call_method1(intern!(py, "decode"), ("utf-8", "surrogatepass"))
        }
    }
}

/// The title of a field as Python has it.
pub(crate) fn title_to_python<'py>(py: Python<'py>, title: &Title) -> PyResult<Bound<'py, PyAny>> {
    static EVALUATE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    match title {
        Title::Text(text) => name_to_python(py, text),
        Title::Literal(text) => EVALUATE.import(py, "ast", "literal_eval")?.call1((&**text,)),
    }
}

/// The name of a field that Python has given, or a title.
///
/// # Errors
/// `TypeError` for what is no text, `UnicodeEncodeError` for characters that mean surrogates here.
pub(crate) fn name_from_python(name: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = name.py();
    let encode = |errors| name.cast::<PyString>()?.call_method1(intern!(py, "encode"), ("utf-8", errors));
    let bytes = encode("surrogatepass")?;
    let found = Field::name_from_python(bytes.cast::<PyBytes>()?.as_bytes());
    found.ok_or_else(|| PyTypeError::new_err("the name of a field has a private character from U+10F800 on"))
}

/// The dict form that NumPy's own reader uses, with an explicit offset for every field, with these field dtypes.
///
/// # Errors
/// `MemoryError`.
pub(crate) fn record_form<'py>(
    py: Python<'py>,
    record: &Record,
    formats: Vec<Bound<'py, PyArrayDescr>>,
) -> PyResult<Bound<'py, PyDict>> {
    let (names, offsets, titles) = (PyList::empty(py), PyList::empty(py), PyList::empty(py));
    for field in record.fields() {
        names.append(name_to_python(py, &field.name)?)?;
        offsets.append(field.offset)?;
        titles.append(field.title.as_ref().map(|title| title_to_python(py, title)).transpose()?)?;
    }
    let form = PyDict::new(py);
    form.set_item("names", names)?;
    form.set_item("formats", formats)?;
    form.set_item("offsets", offsets)?;
    if record.fields().iter().any(|field| field.title.is_some()) {
        form.set_item("titles", titles)?;
    }
    form.set_item("itemsize", record.itemsize())?;
    if record.is_aligned() {
        form.set_item("aligned", true)?;
    }
    Ok(form)
}
