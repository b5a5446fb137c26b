//! Calls that the caller trusts, done as Python's unpickler does them.

use numio::pickle::{Call, Global, How, Object, Shape};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::build::{Builder, Step};
use super::classes;
use super::frame::{Fill, Given, Parts, Whole};
use super::trust::{Trust, refused};

/// What a trusted global is: the module is imported, and dots lead into classes.
///
/// # Errors
/// What the import raises, `AttributeError`.
pub(super) fn import<'py>(py: Python<'py>, global: Global<'_>) -> PyResult<Bound<'py, PyAny>> {
    let module = py.import(global.module)?.into_any();
    global.name.split('.').try_fold(module, |object, name| object.getattr(name))
}

/// What a harmless global is. NumPy's own modules have moved.
///
/// # Errors
/// `AttributeError`, where NumPy no longer has it.
pub(super) fn harmless<'py>(py: Python<'py>, global: Global<'_>) -> PyResult<Bound<'py, PyAny>> {
    let module = match global.module.strip_prefix("numpy.core") {
        Some(rest) if py.import("numpy._core").is_ok() => format!("numpy._core{rest}"),
        _ => global.module.to_owned(),
    };
    py.import(module.as_str())?.getattr(global.name)
}

/// How a trusted object is made.
enum Way<'py> {
    /// By a call of this.
    Call(Bound<'py, PyAny>),
    /// By `cls.__new__(cls, ...)`.
    New(Bound<'py, PyAny>),
    /// It is this attribute of a trusted class.
    Attribute(Bound<'py, PyAny>),
}

impl<'py, 'g> Builder<'_, 'py, 'g> {
    /// Opens a frame for the arguments of a call that is trusted; nothing where it is not.
    pub(super) fn start_trusted(
        &mut self,
        object: Object<'g>,
        call: &Call<'g>,
        shared: bool,
    ) -> PyResult<Option<Step<'py>>> {
        if !self.is_trusted(call) {
            return Ok(None);
        }
        let mut parts: Vec<Object<'g>> = call.args().iter().collect();
        parts.extend(call.kwargs().into_iter().flat_map(|(name, value)| [name, value]));
        Ok(Some(self.whole(object, shared, Parts::Objects(parts), Whole::Call(*call))))
    }

    /// Whether the callable is a trusted name, or one of those helpers that make objects of a trusted class.
    fn is_trusted(&self, call: &Call<'g>) -> bool {
        if !matches!(self.trust, Trust::Names(_)) {
            return false;
        }
        let Some(global) = call.global() else {
            // The class may be one inside another: `getattr(Outer, 'Inner')`.
            let inner = call.callable().as_call();
            return inner.is_some_and(|inner| self.attribute(&inner).is_some());
        };
        if self.trust.has(global) {
            return true;
        }
        let first = call.args().get(0);
        let first_is_trusted = || first.is_some_and(|class| self.is_trusted_class(class));
        match (global.module, global.name) {
            ("builtins", "getattr") => self.attribute(call).is_some(),
            ("copyreg", "_reconstructor" | "__newobj__" | "__newobj_ex__") => first_is_trusted(),
            (_, "_reconstruct") if global.is_harmless() => first_is_trusted(),
            _ => false,
        }
    }

    fn is_trusted_class(&self, class: Object<'g>) -> bool {
        match class.shape() {
            Shape::Global(global) => self.trust.has(global),
            Shape::Call(call) => self.attribute(&call).is_some(),
            _ => false,
        }
    }

    /// The dotted name behind `getattr(module.Outer, 'Inner')`, as picklers below protocol 4 write it, where that very
    /// name is trusted; of an enum, its class.
    fn attribute(&self, call: &Call<'g>) -> Option<String> {
        let global = call.global()?;
        let args = call.args();
        let (outer, name) = (args.get(0)?, args.get(1)?);
        ((global.module, global.name) == ("builtins", "getattr") && args.len() == 2).then_some(())?;
        let name = name.as_str().ok().filter(|name| !name.contains('.'))?;
        let outer = match outer.shape() {
            Shape::Global(outer) => outer.to_string(),
            // Each level of nesting is one level of classes; a few are enough.
            Shape::Call(inner) => match inner.args().get(0)?.shape() {
                Shape::Global(outermost) => {
                    let middle = inner.args().get(1)?.as_str().ok()?;
                    let is_getattr = inner.global() == Some(Global { module: "builtins", name: "getattr" });
                    is_getattr.then(|| format!("{outermost}.{middle}"))?
                }
                _ => return None,
            },
            _ => return None,
        };
        let whole = format!("{outer}.{name}");
        (self.trust.has_name(&whole) || self.trust.has_name(&outer)).then_some(whole)
    }

    /// The object of a trusted call whose arguments are all there; nothing where it is filled now.
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
        let made = match self.way(call, &positional)? {
            Way::Attribute(found) => found,
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
        let given = Given { object: made, items: items_len, pairs: pairs_len, key: None };
        self.fill(object, shared, Parts::Objects(parts), Fill::Object(given));
        Ok(None)
    }

    fn way(&self, call: &Call<'g>, args: &[Bound<'py, PyAny>]) -> PyResult<Way<'py>> {
        let py = self.py;
        let Some(global) = call.global() else {
            let class = call.callable().as_call().and_then(|inner| self.attribute(&inner));
            let class = class.map(|name| self.attribute_of(call.callable(), &name)).transpose()?;
            let class = class.unwrap_or_else(|| py.None().into_bound(py));
            return Ok(if call.how() == How::Reduce { Way::Call(class) } else { Way::New(class) });
        };
        if let ("builtins", "getattr") = (global.module, global.name)
            && !self.trust.has(global)
        {
            let [outer, name] = args else { return Err(refused(global)) };
            let whole = self.attribute(call).unwrap_or_default();
            let found = outer.getattr(name.cast::<PyString>()?)?;
            // A trusted class stands for its members, where it is an enum, and for nothing else that hangs on it.
            let is_member =
                || found.is_instance(classes::enum_class(py)?).map(|is| is && found.get_type().is(outer));
            return if self.trust.has_name(&whole) || is_member()? {
                Ok(Way::Attribute(found))
            } else {
                Err(refused(global))
            };
        }
        let callable = if self.trust.has(global) { import(py, global)? } else { harmless(py, global)? };
        Ok(match call.how() {
            How::Reduce => Way::Call(callable),
            How::New | How::NewEx => Way::New(callable),
            // An instance without its constructor, where there is nothing to hand to one.
            _ if args.is_empty() && callable.is_instance_of::<PyType>() => Way::New(callable),
            _ => Way::Call(callable),
        })
    }

    fn attribute_of(&self, callable: Object<'g>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let global = callable.as_call().and_then(|call| {
            let first = call.args().get(0)?;
            first.as_global().or_else(|| first.as_call()?.args().get(0)?.as_global())
        });
        let Some(global) = global else { return Ok(self.py.None().into_bound(self.py)) };
        if !self.trust.has_name(name) {
            return Err(refused(global));
        }
        let prefix = global.module.len() + 1;
        import(self.py, Global { module: global.module, name: name.get(prefix..).unwrap_or_default() })
    }
}

impl<'py> Given<'py> {
    /// Takes the part of that number.
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
