//! NumPy's dtypes as the library's.

use std::sync::Arc;

use numio::{ByteOrder, ComplexWidth, DType, Field, FloatWidth, IntWidth, Record, Scalar, Subarray, Title};
use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::dtype::{name_from_python, title_to_python};
use crate::errors;

/// Type numbers of NumPy's own dtypes are below this; those of users' dtypes, and of the new dtypes, are not.
const BUILTIN: i32 = 24;

/// From here on come the type numbers of NumPy's new dtypes, such as `StringDType`.
const NEW: i32 = 2048;

/// True if the dtype is one of those that existed when the format was made, or behaves as one.
///
/// # Errors
/// Errors raised by the dtype.
pub(crate) fn is_legacy(descr: &Bound<'_, PyArrayDescr>) -> PyResult<bool> {
    if (0..BUILTIN).contains(&descr.num()) {
        return Ok(true);
    }
    descr.get_type().getattr(intern!(descr.py(), "_legacy"))?.is_truthy()
}

/// The dtype without the metadata that users may have added, and whether there were any.
///
/// # Errors
/// `TypeError` for field titles that are neither text nor literals; `ValueError` for dtypes that the library cannot express.
pub(crate) fn from_python(descr: &Bound<'_, PyArrayDescr>) -> PyResult<(DType, bool)> {
    let mut dropped = !descr.getattr(intern!(descr.py(), "metadata"))?.is_none();
    let dtype = if descr.has_subarray() {
        let (base, below) = from_python(&descr.base())?;
        dropped |= below;
        let subarray = Subarray::new(base, descr.shape()).map_err(|error| errors::to_python(&error))?;
        DType::Subarray(Arc::new(subarray))
    } else if descr.has_fields() {
        // Numbers may have fields too, by which NumPy describes them in a file.
        DType::from(record(descr, &mut dropped)?)
    } else {
        match scalar(descr) {
            Some(scalar) => DType::Scalar(scalar),
            None => other(descr)?,
        }
    };
    Ok((dtype, dropped))
}

/// Numbers, texts and objects: dtypes that are defined by kind and size alone.
fn scalar(descr: &Bound<'_, PyArrayDescr>) -> Option<Scalar> {
    if !(0..BUILTIN).contains(&descr.num()) {
        return None;
    }
    let order = match descr.byteorder() {
        b'<' => ByteOrder::Little,
        b'>' => ByteOrder::Big,
        _ => ByteOrder::NATIVE,
    };
    let size = descr.itemsize();
    Some(match (descr.kind(), size) {
        (b'b', 1) => Scalar::Bool,
        (b'i', 1) => Scalar::Int8,
        (b'i', 2) => Scalar::Int(IntWidth::Bits16, order),
        (b'i', 4) => Scalar::Int(IntWidth::Bits32, order),
        (b'i', 8) => Scalar::Int(IntWidth::Bits64, order),
        (b'u', 1) => Scalar::UInt8,
        (b'u', 2) => Scalar::UInt(IntWidth::Bits16, order),
        (b'u', 4) => Scalar::UInt(IntWidth::Bits32, order),
        (b'u', 8) => Scalar::UInt(IntWidth::Bits64, order),
        (b'f', 2) => Scalar::Float(FloatWidth::Bits16, order),
        (b'f', 4) => Scalar::Float(FloatWidth::Bits32, order),
        (b'f', 8) => Scalar::Float(FloatWidth::Bits64, order),
        (b'f', 16) => Scalar::Float(FloatWidth::Bits128, order),
        (b'c', 8) => Scalar::Complex(ComplexWidth::Bits64, order),
        (b'c', 16) => Scalar::Complex(ComplexWidth::Bits128, order),
        (b'c', 32) => Scalar::Complex(ComplexWidth::Bits256, order),
        (b'S', size) => Scalar::Bytes(u32::try_from(size).ok()?),
        (b'U', size) => Scalar::Str(u32::try_from(size / 4).ok()?, order),
        (b'O', _) => Scalar::Object,
        _ => return None,
    })
}

/// Raw bytes, times, records of no fields, and dtypes of users, which files hold as raw bytes.
fn other(descr: &Bound<'_, PyArrayDescr>) -> PyResult<DType> {
    let py = descr.py();
    if !descr.getattr(intern!(py, "names"))?.is_none() {
        return record(descr, &mut false).map(DType::from);
    }
    if is_users(descr) {
        // Whatever its text says: NumPy gives some a number's.
        let size =
            u32::try_from(descr.itemsize()).map_err(|_| PyTypeError::new_err("the dtype is too large"))?;
        return Ok(DType::Scalar(Scalar::Void(size)));
    }
    let text: String = descr.getattr(intern!(py, "str"))?.extract()?;
    DType::parse(&text).map_err(|error| errors::to_python(&error))
}

/// True if the dtype is one that another package has registered, such as `ml_dtypes`.
fn is_users(descr: &Bound<'_, PyArrayDescr>) -> bool {
    const FIRST: i32 = 256;
    descr.num() >= FIRST && descr.num() < NEW
}

/// The text that NumPy writes for a dtype in which there is one of another package; `None` for all others.
///
/// # Errors
/// NumPy's own errors.
pub(crate) fn user_descr(descr: &Bound<'_, PyArrayDescr>) -> PyResult<Option<String>> {
    if !has_users(descr)? {
        return Ok(None);
    }
    let py = descr.py();
    let found = py.import("numpy.lib.format")?.getattr("dtype_to_descr")?.call1((descr,))?;
    Ok(Some(found.repr()?.to_string()))
}

fn has_users(descr: &Bound<'_, PyArrayDescr>) -> PyResult<bool> {
    if descr.has_subarray() {
        return has_users(&descr.base());
    }
    if !descr.has_fields() {
        return Ok(is_users(descr));
    }
    let fields = descr.getattr(intern!(descr.py(), "fields"))?;
    for field in fields.call_method0(intern!(descr.py(), "values"))?.try_iter()? {
        if has_users(&field?.cast_into::<PyTuple>()?.get_item(0)?.cast_into()?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The named fields of a dtype.
fn record(descr: &Bound<'_, PyArrayDescr>, dropped: &mut bool) -> PyResult<Record> {
    let py = descr.py();
    let names = descr.getattr(intern!(py, "names"))?;
    let found = descr.getattr(intern!(py, "fields"))?;
    let mut fields = Vec::new();
    for name in names.try_iter()? {
        let name = name?;
        let field = found.get_item(&name)?.cast_into::<PyTuple>()?;
        let (dtype, below) = from_python(&field.get_item(0)?.cast_into()?)?;
        *dropped |= below;
        let title = match field.get_item(2) {
            Ok(title) => title_from_python(&title)?,
            Err(_) => None,
        };
        let name = name_from_python(&name)?.into();
        fields.push(Field { name, title, dtype, offset: field.get_item(1)?.extract()? });
    }
    let record = Record::new(fields, descr.itemsize(), descr.is_aligned_struct());
    record.map_err(|error| errors::to_python(&error))
}

/// The title of a field: text, or another value that Python's literals have.
fn title_from_python(title: &Bound<'_, PyAny>) -> PyResult<Option<Title>> {
    let untold = |text: &str| {
        PyTypeError::new_err(format!("the title of a field is text in a file, or a literal, not {text}"))
    };
    let shown = || title.repr().map_or_else(|_| String::new(), |text| text.to_string());
    if title.is_none() {
        return Ok(None);
    }
    if title.is_instance_of::<PyString>() {
        return Ok(Some(name_from_python(title).map_err(|_| untold(&shown()))?.into()));
    }
    let text = shown();
    let found = Title::from_literal(&text).filter(|found| found.as_text().is_none());
    let found = found.ok_or_else(|| untold(&text))?;
    // A class may print as a value of another one does.
    match title_to_python(title.py(), &found) {
        Ok(same) if same.get_type().is(title.get_type()) => Ok(Some(found)),
        _ => Err(untold(&text)),
    }
}
