//! Calls that the caller trusts, done as Python's unpickler does them.

use numio::pickle::{Call, CallKind, Global, Object, RawValue};
use numio::{GlobalExt, ObjectExt};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::build::{Builder, Step};
use super::frame::{Fill, Parts, TrustedObject, Whole};
use super::{budget, classes};
use crate::errors::{UnpicklingError, malformed};

/// Resolves a trusted global: the module is imported, and dots lead into classes.
///
/// # Errors
/// Errors raised by the import, `AttributeError`.
pub(super) fn import<'py>(py: Python<'py>, global: Global<'_>) -> PyResult<Bound<'py, PyAny>> {
    let module = py.import(global.module)?.into_any();
    global.name.split('.').try_fold(module, |object, name| object.getattr(name))
}

/// Resolves a harmless global. NumPy's own modules have moved.
///
/// # Errors
/// `AttributeError` if NumPy no longer has it.
pub(super) fn harmless<'py>(py: Python<'py>, global: Global<'_>) -> PyResult<Bound<'py, PyAny>> {
    let module = match global.module.strip_prefix("numpy.core") {
        Some(rest) if py.import("numpy._core").is_ok() => format!("numpy._core{rest}"),
        _ => global.module.to_owned(),
    };
    let module = py.import(module.as_str())?.into_any();
    global.name.split('.').try_fold(module, |object, name| object.getattr(name))
}

/// The way to make a trusted object.
enum Way<'py> {
    /// By a call of this.
    Call(Bound<'py, PyAny>),
    /// By `cls.__new__(cls, ...)`.
    New(Bound<'py, PyAny>),
}

impl<'py, 'g> Builder<'_, 'py, 'g> {
    /// Opens a frame for the arguments of a call that is trusted; `None` if it is not.
    pub(super) fn start_trusted(
        &mut self,
        object: Object<'g>,
        call: &Call<'g>,
        shared: bool,
    ) -> PyResult<Option<Step<'py>>> {
        if let Some((module, name)) = call.attribute() {
            return self
                .attribute(object, Global { module, name: &name })
                .map(|found| found.map(Step::Value));
        }
        if !self.trust.is_any() {
            return Ok(None);
        }
        if !self.is_trusted(call) {
            return Ok(None);
        }
        self.budget.nest(object.graph(), budget::stack_of(*call))?;
        let mut parts: Vec<Object<'g>> = call.args().iter().collect();
        parts.extend(call.kwargs().into_iter().flat_map(|(name, value)| [name, value]));
        Ok(Some(self.whole(object, shared, Parts::Objects(parts), Whole::Call(Box::new(*call)))))
    }

    /// True if the callable is a trusted name, or one of the helpers that make objects of a trusted class.
    fn is_trusted(&self, call: &Call<'g>) -> bool {
        let Some(global) = call.global() else { return self.is_trusted_class(call.callable()) };
        if self.trust.has(global) {
            return true;
        }
        let makes_objects = match (global.module, global.name) {
            ("copyreg", "_reconstructor" | "__newobj__" | "__newobj_ex__") => true,
            (_, "_reconstruct") => global.is_harmless(),
            _ => false,
        };
        makes_objects && call.args().get(0).is_some_and(|class| self.is_trusted_class(class))
    }

    fn is_trusted_class(&self, class: Object<'g>) -> bool {
        match class.raw() {
            RawValue::Global(global) => self.trust.has(global),
            RawValue::Call(call) => {
                call.attribute().is_some_and(|(module, name)| self.trust.has(Global { module, name: &name }))
            }
            _ => false,
        }
    }

    /// Resolves an attribute of a class: one that is trusted by its own name, or a member of a trusted enum, but no
    /// other attribute of a trusted class.
    fn attribute(&self, object: Object<'g>, whole: Global<'_>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.py;
        if self.trust.has(whole) || whole.is_harmless() {
            return import(py, whole).map(Some);
        }
        let refused = || self.trust.refusal(object.graph(), None);
        let (outer, name) = whole.name.rsplit_once('.').ok_or_else(refused)?;
        let outer = Global { module: whole.module, name: outer };
        if !self.trust.has(outer) {
            return Err(refused());
        }
        let class = import(py, outer)?;
        let is_enum = class.cast::<PyType>()?.is_subclass(classes::enum_class(py)?)?;
        let members = if is_enum { Some(class.getattr(intern!(py, "__members__"))?) } else { None };
        match members {
            Some(members) if members.contains(name)? => members.get_item(name).map(Some),
            _ => {
                let at = object.as_call().map_or(0, |call| call.offset());
                Err(self.trust.refusal(object.graph(), Some((whole, at))))
            }
        }
    }

    /// The object of a trusted call whose arguments are all there; `None` if a frame fills it now.
    pub(super) fn complete_trusted(
        &mut self,
        call: &Call<'g>,
        object: Object<'g>,
        shared: bool,
        args: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.py;
        let count = call.args().len();
        let mut args = args.into_iter();
        let positional: Vec<_> = args.by_ref().take(count).collect();
        let named = PyDict::new(py);
        while let (Some(name), Some(value)) = (args.next(), args.next()) {
            named.set_item(name, value)?;
        }
        let is_numpys = |global: Global<'_>| global.name == "_reconstruct" && global.is_harmless();
        if call.global().is_some_and(is_numpys) {
            check_array(object, positional.first())?;
        }
        let made = match self.way(call, &positional)? {
            Way::Call(callable) => callable.call(PyTuple::new(py, positional)?, Some(&named))?,
            Way::New(class) => {
                let all: Vec<_> = std::iter::once(class.clone()).chain(positional).collect();
                let args = PyTuple::new(py, all)?;
                class.call_method(intern!(py, "__new__"), args, Some(&named))?
            }
        };
        let items = call.items();
        let pairs = call.raw_pairs();
        let (items_len, pairs_len) = (items.len(), pairs.len());
        if items_len + pairs_len == 0 && call.state().is_none() {
            return Ok(Some(made));
        }
        let parts = items.into_iter().chain(pairs).chain(call.state()).collect();
        let given = TrustedObject { object: made, items: items_len, pairs: pairs_len, key: None };
        self.fill(object, shared, Parts::Objects(parts), Fill::Object(Box::new(given)));
        Ok(None)
    }

    fn way(&self, call: &Call<'g>, args: &[Bound<'py, PyAny>]) -> PyResult<Way<'py>> {
        let py = self.py;
        let callable = match (call.global(), call.callable().as_call().and_then(|call| call.attribute())) {
            (Some(global), _) if self.trust.has(global) => import(py, global)?,
            (Some(global), _) => harmless(py, global)?,
            (None, Some((module, name))) => import(py, Global { module, name: &name })?,
            (None, None) => return Err(UnpicklingError::new_err("the pickle calls what another call gives")),
        };
        Ok(match call.kind() {
            CallKind::Reduce => Way::Call(callable),
            CallKind::New | CallKind::NewEx => Way::New(callable),
            // Without arguments, an instance is made without its constructor.
            CallKind::Instance if args.is_empty() && callable.is_instance_of::<PyType>() => {
                Way::New(callable)
            }
            CallKind::Instance => Way::Call(callable),
        })
    }
}

/// Checks the state of an array of a trusted class, which NumPy would not check: it could make objects of raw bytes. A
/// class with its own `__setstate__` is responsible for itself.
fn check_array(object: Object<'_>, class: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let Some(class) = class else { return Ok(()) };
    let py = class.py();
    let name = intern!(py, "__setstate__");
    let numpys = py.import("numpy")?.getattr("ndarray")?.getattr(name)?;
    if class.getattr(name)?.is(&numpys) {
        object.check_array().map_err(|error| malformed(&error))?;
    }
    Ok(())
}

impl<'py> TrustedObject<'py> {
    /// True if the part with that index is a key.
    pub(super) fn takes_key(&self, part: usize) -> bool {
        (self.items..self.items + self.pairs).contains(&part) && self.key.is_none()
    }

    /// Takes the part with that index.
    pub(super) fn take(&mut self, part: usize, value: Bound<'py, PyAny>) -> PyResult<()> {
        let py = self.object.py();
        if part < self.items {
            let name = if self.object.hasattr(intern!(py, "append"))? { "append" } else { "add" };
            return self.object.call_method1(name, (value,)).map(drop);
        }
        if part < self.items + self.pairs {
            return match self.key.take() {
                Some(key) => self.object.set_item(key, value),
                None => {
                    self.key = Some(value);
                    Ok(())
                }
            };
        }
        self.set_state(&value)
    }

    /// `load_build` in CPython's `pickle.py`.
    fn set_state(&self, state: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = self.object.py();
        if let Some(set) = self.object.getattr_opt(intern!(py, "__setstate__"))? {
            return set.call1((state,)).map(drop);
        }
        let (state, slots) = match state.cast::<PyTuple>() {
            Ok(both) if both.len() == 2 => (both.get_item(0)?, Some(both.get_item(1)?)),
            _ => (state.clone(), None),
        };
        if state.is_truthy()? {
            let attributes = self.object.getattr(intern!(py, "__dict__"))?;
            let intern = py.import("sys")?.getattr("intern")?;
            for pair in state.call_method0(intern!(py, "items"))?.try_iter()? {
                let (name, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = pair?.extract()?;
                let name =
                    if name.is_exact_instance_of::<PyString>() { intern.call1((name,))? } else { name };
                attributes.set_item(name, value)?;
            }
        }
        if let Some(slots) = slots.filter(|slots| !slots.is_none()) {
            for pair in slots.call_method0(intern!(py, "items"))?.try_iter()? {
                let (name, value): (Bound<'py, PyString>, Bound<'py, PyAny>) = pair?.extract()?;
                self.object.setattr(name, value)?;
            }
        }
        Ok(())
    }
}
