//! The forms of NumPy's objects in pickles: the functions of NumPy that are called to make them.

use crate::objects::{ObjectError, joblib};
use crate::pickle::{Call, CallKind, Global, Object};

/// The kind of object that a call makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `dtype(spec, align, copy)` and a state.
    DType,
    /// `_reconstruct(class, (0,), b'b')` and a state.
    Reconstruct,
    /// `_frombuffer(buffer, dtype, shape, order)`, from protocol 5 on.
    FromBuffer,
    /// `scalar(dtype, bytes)`.
    Scalar,
    /// `_mareconstruct(class, class, (0,), 'b')` and a state.
    Masked,
    /// `MaskedConstant()`.
    MaskedConstant,
    /// joblib's description of an array whose elements follow in the file.
    Joblib,
    /// `_convert_to_stringdtype_kwargs(coerce, na_object)`, which makes a `StringDType`.
    StringDType,
}

/// Modules and names, in NumPy 1 and 2.
const FORMS: &[(&str, &str, Form)] = &[
    ("numpy", "dtype", Form::DType),
    ("numpy._core.multiarray", "_reconstruct", Form::Reconstruct),
    ("numpy.core.multiarray", "_reconstruct", Form::Reconstruct),
    ("numpy._core._multiarray_umath", "_reconstruct", Form::Reconstruct),
    ("numpy.core._multiarray_umath", "_reconstruct", Form::Reconstruct),
    // Python 2 with NumPy before 1.0.
    ("numpy._core._internal", "_reconstruct", Form::Reconstruct),
    ("numpy.core._internal", "_reconstruct", Form::Reconstruct),
    ("numpy._core.numeric", "_frombuffer", Form::FromBuffer),
    ("numpy.core.numeric", "_frombuffer", Form::FromBuffer),
    ("numpy._core.multiarray", "scalar", Form::Scalar),
    ("numpy.core.multiarray", "scalar", Form::Scalar),
    ("numpy._core._multiarray_umath", "scalar", Form::Scalar),
    ("numpy.core._multiarray_umath", "scalar", Form::Scalar),
    ("numpy.ma.core", "_mareconstruct", Form::Masked),
    ("numpy.ma", "_mareconstruct", Form::Masked),
    ("numpy.ma.mrecords", "_mrreconstruct", Form::Masked),
    ("numpy.ma.core", "MaskedConstant", Form::MaskedConstant),
    ("numpy._core._internal", "_convert_to_stringdtype_kwargs", Form::StringDType),
    ("numpy.core._internal", "_convert_to_stringdtype_kwargs", Form::StringDType),
];

/// Subclasses of `ndarray` whose elements are all there is to them.
const ARRAYS: &[(&str, &str)] = &[
    ("numpy", "ndarray"),
    ("numpy", "matrix"),
    ("numpy.matrixlib.defmatrix", "matrix"),
    ("numpy.matrixlib", "matrix"),
    ("numpy.core.defmatrix", "matrix"),
    ("numpy", "recarray"),
    ("numpy.rec", "recarray"),
    ("numpy.core.records", "recarray"),
    ("numpy._core.records", "recarray"),
    ("numpy", "memmap"),
    ("numpy.core.memmap", "memmap"),
    ("numpy._core.memmap", "memmap"),
    ("numpy", "chararray"),
    ("numpy.char", "chararray"),
    ("numpy.core.defchararray", "chararray"),
    ("numpy._core.defchararray", "chararray"),
];

const MASKED: &[(&str, &str)] = &[
    ("numpy.ma", "MaskedArray"),
    ("numpy.ma.core", "MaskedArray"),
    ("numpy.ma.mrecords", "MaskedRecords"),
    ("numpy.ma", "mvoid"),
    ("numpy.ma.core", "mvoid"),
];

/// Classes of elements that a dtype may name in place of its text.
const RECORDS: &[(&str, &str)] = &[
    ("numpy", "record"),
    ("numpy.rec", "record"),
    ("numpy.core.records", "record"),
    ("numpy._core.records", "record"),
    ("numpy", "void"),
];

/// Types of scalars, which pickles name by themselves.
const SCALARS: &[&str] = &[
    "bool",
    "bool_",
    "bytes_",
    "clongdouble",
    "complex128",
    "complex256",
    "complex64",
    "datetime64",
    "float16",
    "float32",
    "float64",
    "float128",
    "int16",
    "int32",
    "int64",
    "int8",
    "intc",
    "intp",
    "longdouble",
    "longlong",
    "object_",
    "str_",
    "timedelta64",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintc",
    "uintp",
    "ulonglong",
    "void",
];

/// The size of an element of the dtype that a class of the package `ml_dtypes` is for.
pub(super) fn ml_dtype_size(global: Global<'_>) -> Option<u32> {
    let is_small = ["float8_", "float6_", "float4_"].iter().any(|start| global.name.starts_with(start))
        || matches!(global.name, "int1" | "int2" | "int4" | "uint1" | "uint2" | "uint4");
    match global.name {
        _ if global.module != "ml_dtypes" => None,
        "bfloat16" => Some(2),
        "complex32" | "bcomplex32" => Some(4),
        _ => is_small.then_some(1),
    }
}

fn is_one_of(global: Global<'_>, names: &[(&str, &str)]) -> bool {
    names.contains(&(global.module, global.name))
}

/// True for the types of NumPy's scalars.
pub(super) fn is_scalar(global: Global<'_>) -> bool {
    global.module == "numpy" && SCALARS.contains(&global.name)
}

/// True for the functions and classes that are known here.
pub(super) fn is_known(global: Global<'_>) -> bool {
    FORMS.iter().any(|(module, name, _)| global == Global { module, name })
        || [ARRAYS, MASKED, RECORDS].iter().any(|names| is_one_of(global, names))
}

fn is_class(object: Object<'_>, names: &[(&str, &str)]) -> bool {
    object.as_global().is_some_and(|global| is_one_of(global, names))
}

pub(super) fn is_array_class(object: Object<'_>) -> bool {
    is_class(object, ARRAYS)
}

pub(super) fn is_masked_class(object: Object<'_>) -> bool {
    is_class(object, MASKED)
}

/// True if a dtype's elements are `numpy.record`, by the class among the arguments of its call.
pub(super) fn is_of_records(dtype: Object<'_>) -> bool {
    let Some((Form::DType, call)) = of(dtype) else { return false };
    let class = call.args().get(0).filter(|class| is_record_class(*class)).and_then(Object::as_global);
    class.is_some_and(|class| class.name == "record")
}

pub(super) fn is_record_class(object: Object<'_>) -> bool {
    is_class(object, RECORDS)
}

/// The call that makes an object of NumPy's, and which.
pub(super) fn of(object: Object<'_>) -> Option<(Form, Call<'_>)> {
    let call = object.as_call()?;
    of_call(&call).map(|form| (form, call))
}

/// The kind of NumPy's object that a call makes.
pub(super) fn of_call(call: &Call<'_>) -> Option<Form> {
    let global = call.global()?;
    let found = FORMS.iter().find(|(module, name, _)| global == Global { module, name });
    let Some(form) = found.map(|(.., form)| *form) else {
        let is_array = joblib::is_wrapper(global) && call.inline_value().is_some();
        return is_array.then_some(Form::Joblib);
    };
    // A class may also be asked for an instance without its constructor.
    let is_made = call.kind() == CallKind::Reduce || (form == Form::DType && call.kind() == CallKind::New);
    is_made.then_some(form)
}

/// The state, if there is one; nothing else may be given to the object.
pub(super) fn state<'g>(call: &Call<'g>, of: &'static str) -> Result<Option<Object<'g>>, ObjectError> {
    let extra = |what| ObjectError::Extra { of, what };
    if call.is_mutated() {
        return Err(extra("more than one state"));
    }
    if !call.items().is_empty() || !call.pairs().is_empty() || !call.kwargs().is_empty() {
        return Err(extra("items or named arguments"));
    }
    Ok(call.state())
}
