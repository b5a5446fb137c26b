//! The data to save: anything that `numpy.asanyarray` takes.

use std::io::{self, Write};

use numio::npy::{Header, Version};
use numio::{ArrayLike, DType, DynView, Order};
use numpy::{PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyMemoryError, PyNotImplementedError, PyUserWarning, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::{errors, kinds, memory};

/// An array as it will be saved, after NumPy's warnings were issued and its objects pickled.
pub(crate) struct Input<'py> {
    array: Bound<'py, PyUntypedArray>,
    dtype: DType,
    /// The dtype's text in a header, if it is of another package.
    descr: Option<String>,
    pickle: Option<Vec<u8>>,
}

impl<'py> Input<'py> {
    /// Makes an array of `value`.
    ///
    /// # Errors
    /// NumPy's own error for a value that is no array; `ValueError` for objects if `allow_pickle` is false, and for
    /// dtypes that no header describes; errors raised by pickling.
    pub(crate) fn from_arg(value: &Bound<'py, PyAny>, allow_pickle: bool) -> PyResult<Self> {
        let array = as_array(value)?;
        let descr = array.dtype();
        if needs_pickle(&descr)? {
            return Self::pickled(array, &descr, allow_pickle);
        }
        let dtype = described(&descr)?;
        warn_of_array(&array, &dtype)?;
        let descr = kinds::user_descr(&descr)?;
        Ok(Self { array, dtype, descr, pickle: None })
    }

    /// Makes an array of `value` whose elements are bytes, where no pickle is possible.
    ///
    /// # Errors
    /// As [`from_arg`](Self::from_arg); `ValueError` for objects, which says that they cannot be `done`.
    pub(crate) fn plain(value: &Bound<'py, PyAny>, done: &str) -> PyResult<Self> {
        let array = as_array(value)?;
        let descr = array.dtype();
        if needs_pickle(&descr)? {
            let what = format!("an array of dtype {descr} is saved as a pickle, and cannot be {done}");
            return Err(PyValueError::new_err(what));
        }
        Self::from_arg(array.as_any(), false)
    }

    fn pickled(
        array: Bound<'py, PyUntypedArray>,
        descr: &Bound<'py, PyArrayDescr>,
        allow_pickle: bool,
    ) -> PyResult<Self> {
        static PICKLER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = array.py();
        // NumPy describes the dtype first, and warns.
        let dtype = if kinds::is_legacy(descr)? {
            described(descr)?
        } else {
            let text = c"Custom dtypes are saved as python objects using the pickle protocol. Loading this file requires \
                         allow_pickle=True to be set.";
            PyErr::warn(py, &py.get_type::<PyUserWarning>(), text, 1)?;
            DType::OBJECT
        };
        warn_of_array(&array, &dtype)?;
        if !allow_pickle {
            let what = if descr.has_object() { "Object arrays" } else { "User-defined dtypes" };
            return Err(PyValueError::new_err(format!("{what} cannot be saved when allow_pickle=False")));
        }
        let out = Bound::new(py, PickleWriter::default())?;
        let pickler = PICKLER.import(py, "pickle", "Pickler")?.call1((&out, PROTOCOL))?;
        pickler.call_method1(intern!(py, "dump"), (&array,))?;
        let pickle = std::mem::take(&mut out.borrow_mut().0);
        Ok(Self { array, dtype, descr: None, pickle: Some(pickle) })
    }

    /// The array in the form that the library saves.
    ///
    /// # Errors
    /// `ValueError` for arrays that pass the address space.
    pub(crate) fn to_save(&self) -> PyResult<Outgoing<'_>> {
        if let Some(pickle) = &self.pickle {
            return Ok(Outgoing::Pickled {
                dtype: &self.dtype,
                // Another thread may give the array another shape.
                shape: self.array.shape().to_vec(),
                order: order_of(&self.array),
                pickle,
            });
        }
        let (bytes, offset) = memory::borrow(&self.array)?;
        let (shape, strides) = (self.array.shape(), self.array.strides());
        let view = DynView::new(self.dtype.clone(), shape, strides, offset, bytes);
        let view = view.map_err(|error| errors::to_python(&error))?;
        // The strides of elements without bytes are all 0, and tell no order: NumPy goes by the flags.
        let order = if self.dtype.itemsize() == 0 { order_of(&self.array) } else { view.order() };
        Ok(Outgoing::Plain { view, order, descr: self.descr.as_deref() })
    }

    /// True if NumPy would refuse to write its memory to a file of the system.
    ///
    /// # Errors
    /// Errors raised by importing.
    pub(crate) fn is_masked(&self) -> PyResult<bool> {
        static MASKED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = self.array.py();
        let plain = self.array.get_type().is(py.get_type::<PyUntypedArray>());
        Ok(!plain
            && self.pickle.is_none()
            && self.array.is_instance(MASKED.import(py, "numpy.ma", "MaskedArray")?)?)
    }
}

/// Takes a pickle frame by frame. Signal handlers run in between, which `pickle.dumps` leaves waiting to its end.
#[pyclass(module = "numio")]
#[derive(Default)]
struct PickleWriter(Vec<u8>);

#[pymethods]
impl PickleWriter {
    fn write(&mut self, py: Python<'_>, bytes: &[u8]) -> PyResult<usize> {
        py.check_signals()?;
        self.0.try_reserve(bytes.len()).map_err(|_| PyMemoryError::new_err(()))?;
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }
}

/// The protocol of NumPy 2.
const PROTOCOL: u8 = 4;

/// An array that does not touch the interpreter.
pub(crate) enum Outgoing<'a> {
    /// With the text of its dtype, if that is not the library's.
    Plain {
        view: DynView<'a>,
        order: Order,
        descr: Option<&'a str>,
    },
    Pickled {
        dtype: &'a DType,
        shape: Vec<usize>,
        order: Order,
        pickle: &'a [u8],
    },
}

impl ArrayLike for Outgoing<'_> {
    fn dtype(&self) -> DType {
        match self {
            Self::Plain { view, .. } => view.dtype(),
            Self::Pickled { dtype, .. } => (*dtype).clone(),
        }
    }

    fn descr(&self) -> Option<String> {
        match self {
            Self::Plain { descr, .. } => descr.map(str::to_owned),
            Self::Pickled { .. } => None,
        }
    }

    fn shape(&self) -> Vec<usize> {
        match self {
            Self::Plain { view, .. } => view.shape(),
            Self::Pickled { shape, .. } => shape.clone(),
        }
    }

    fn order(&self) -> Order {
        match self {
            Self::Plain { order, .. } | Self::Pickled { order, .. } => *order,
        }
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Plain { view, .. } => view.as_bytes(),
            Self::Pickled { .. } => None,
        }
    }

    fn pickle(&self) -> Option<&[u8]> {
        match self {
            Self::Plain { .. } => None,
            Self::Pickled { pickle, .. } => Some(pickle),
        }
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Plain { view, .. } => view.write_to(out),
            Self::Pickled { pickle, .. } => out.write_all(pickle),
        }
    }
}

fn as_array<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    static AS_ARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if let Ok(array) = value.cast::<PyUntypedArray>() {
        return Ok(array.clone());
    }
    Ok(AS_ARRAY.import(value.py(), "numpy", "asanyarray")?.call1((value,))?.cast_into()?)
}

fn needs_pickle(descr: &Bound<'_, PyArrayDescr>) -> PyResult<bool> {
    Ok(descr.has_object() || !kinds::is_legacy(descr)?)
}

fn order_of(array: &Bound<'_, PyUntypedArray>) -> Order {
    if array.is_fortran_contiguous() && !array.is_c_contiguous() { Order::Fortran } else { Order::C }
}

/// The dtype as a header describes it: without metadata, of which NumPy warns.
pub(crate) fn described(descr: &Bound<'_, PyArrayDescr>) -> PyResult<DType> {
    let py = descr.py();
    let (dtype, dropped) = kinds::from_python(descr)?;
    if dropped {
        let text = c"metadata on a dtype is not saved to an npy/npz. Use another format (such as pickle) to store it.";
        PyErr::warn(py, &py.get_type::<PyUserWarning>(), text, 1)?;
    }
    Ok(dtype)
}

/// Warns, as NumPy does, of an array whose header old versions of it do not read.
fn warn_of_array(array: &Bound<'_, PyUntypedArray>, dtype: &DType) -> PyResult<()> {
    if dtype.as_record().is_none() {
        return Ok(());
    }
    let header = Header::new(dtype.clone(), array.shape().to_vec(), order_of(array));
    warn_of_version(array.py(), &header.map_err(|error| errors::to_python(&error))?, 1)
}

/// Warns, as NumPy does, of a header that old versions of it do not read.
pub(crate) fn warn_of_version(py: Python<'_>, header: &Header, stacklevel: i32) -> PyResult<()> {
    let text = match header.version() {
        Version::V1 => return Ok(()),
        Version::V2 => c"Stored array in format 2.0. It can only be read by NumPy >= 1.9",
        Version::V3 => c"Stored array in format 3.0. It can only be read by NumPy >= 1.17",
    };
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), text, stacklevel)
}

/// The truth value of any object: NumPy takes anything for `allow_pickle`.
pub(crate) fn truth(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.is_truthy()
}

/// NumPy's error for masked arrays.
pub(crate) fn masked_error() -> PyErr {
    PyNotImplementedError::new_err("MaskedArray.tofile() not implemented yet.")
}
