//! `__array_function__` (NEP 18): arguments that say themselves how NumPy's functions treat them.

use numpy::PyUntypedArray;
use pyo3::basic::CompareOp;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

/// A function under NumPy's name, for NumPy's `numpy._ArrayFunctionDispatcher`.
///
/// Calling it calls `_implementation`, unless an argument has a way of its own (`__array_function__`): NumPy's function
/// then asks it, under NumPy's name. Libraries keep tables of functions that they know. So that those find it however they
/// were built, before a patch or after it, this function and NumPy's are equal and have one hash.
#[pyclass(frozen, dict, weakref, module = "numio")]
pub(crate) struct Function {
    implementation: Py<PyAny>,
    numpys: Py<PyAny>,
    relevant: Relevant,
}

/// The arguments that may override `__array_function__`.
enum Relevant {
    /// None: NumPy's function looks at ``like`` itself.
    None,
    /// The second, or the keyword argument of that name.
    Second(&'static str),
    /// All but the first and ``allow_pickle``, which are the target and an option.
    Rest,
}

#[pymethods]
impl Function {
    #[new]
    fn new<'py>(implementation: Bound<'py, PyAny>, numpys: Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let py = implementation.py();
        let name = implementation.getattr(intern!(py, "__name__"))?;
        let relevant = match name.extract::<&str>()? {
            "save" => Relevant::Second("arr"),
            "savetxt" => Relevant::Second("X"),
            "savez" | "savez_compressed" => Relevant::Rest,
            "loadtxt" | "genfromtxt" => Relevant::None,
            other => {
                return Err(PyValueError::new_err(format!(
                    "{other} is not a function that NumPy dispatches"
                )));
            }
        };
        let doc = implementation.getattr(intern!(py, "__doc__"))?;
        let found = implementation.clone();
        let function = Self { implementation: implementation.unbind(), numpys: numpys.unbind(), relevant };
        let function = Bound::new(py, function)?;
        for (key, value) in [
            ("__name__", name.as_any()),
            ("__qualname__", name.as_any()),
            ("__doc__", doc.as_any()),
            ("__module__", intern!(py, "numio").as_any()),
            ("__wrapped__", &found),
            ("_implementation", &found),
        ] {
            function.setattr(key, value)?;
        }
        // NumPy's `loadtxt` and `genfromtxt` are functions of Python, and programs look at what those have.
        for key in ["__annotations__", "__code__", "__defaults__", "__globals__", "__kwdefaults__"] {
            if let Some(value) = found.getattr_opt(key)? {
                function.setattr(key, value)?;
            }
        }
        Ok(function)
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = args.py();
        if !self.is_overridden(args, kwargs)? {
            return self.implementation.bind(py).call(args, kwargs);
        }
        let allow_pickle = intern!(py, "allow_pickle");
        let kwargs = match kwargs {
            // NumPy 1.26 takes an explicit default for an array.
            Some(kwargs)
                if matches!(self.relevant, Relevant::Rest)
                    && kwargs
                        .get_item(allow_pickle)?
                        .is_some_and(|allow| allow.is_truthy().unwrap_or(false)) =>
            {
                let kwargs = kwargs.copy()?;
                kwargs.del_item(allow_pickle)?;
                Some(kwargs)
            }
            other => other.cloned(),
        };
        self.numpys.bind(py).call(args, kwargs.as_ref())
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: &Bound<'py, PyAny>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static METHOD: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        if instance.is_none() {
            return Ok(slf.clone().into_any());
        }
        METHOD.import(slf.py(), "types", "MethodType")?.call1((slf, instance))
    }

    fn __richcmp__<'py>(slf: &Bound<'py, Self>, other: &Bound<'py, PyAny>, op: CompareOp) -> Py<PyAny> {
        let py = slf.py();
        let is_same = slf.is(other) || slf.get().numpys.is(other);
        let equal = match op {
            CompareOp::Eq => is_same,
            CompareOp::Ne => !is_same,
            _ => return py.NotImplemented(),
        };
        pyo3::types::PyBool::new(py, equal).to_owned().into_any().unbind()
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.numpys.bind(py).hash()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name: String = slf.getattr(intern!(slf.py(), "__name__"))?.extract()?;
        Ok(format!("<function {name} at {:#x}>", slf.as_ptr().addr()))
    }

    /// It is pickled by its name.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.getattr(intern!(slf.py(), "__qualname__"))
    }
}

impl Function {
    fn is_overridden(&self, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
        match self.relevant {
            Relevant::None => Ok(false),
            Relevant::Second(name) => match (args.get_item(1), kwargs) {
                (Ok(value), _) => has_own_way(&value),
                (Err(_), Some(kwargs)) => match kwargs.get_item(name)? {
                    Some(value) => has_own_way(&value),
                    None => Ok(false),
                },
                (Err(_), None) => Ok(false),
            },
            Relevant::Rest => {
                for value in args.iter().skip(1) {
                    if has_own_way(&value)? {
                        return Ok(true);
                    }
                }
                for (key, value) in kwargs.into_iter().flat_map(|kwargs| kwargs.iter()) {
                    let is_option =
                        key.cast::<PyString>().is_ok_and(|key| key == "file" || key == "allow_pickle");
                    if !is_option && has_own_way(&value)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

/// True if the value's class has an `__array_function__` other than `ndarray`'s.
fn has_own_way(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let (py, class) = (value.py(), value.get_type());
    let ndarray = py.get_type::<PyUntypedArray>();
    if class.is(&ndarray) {
        return Ok(false);
    }
    let name = intern!(py, "__array_function__");
    match class.getattr_opt(name)? {
        Some(own) => Ok(!own.is(ndarray.getattr(name)?)),
        None => Ok(false),
    }
}
