//! The names of a pickle that may be imported and called: `trust`.

use std::collections::HashSet;

use numio::GlobalExt;
use numio::pickle::{Global, Graph};
use pyo3::exceptions::PyTypeError;
use pyo3::import_exception;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

import_exception!(numio._errors, UntrustedError);

/// The names that the caller trusts, beyond the harmless types.
#[derive(Debug, Clone, Default)]
pub(crate) enum Trust {
    /// Nothing.
    #[default]
    Nothing,
    /// These names, `module.name`.
    Names(HashSet<String>),
    /// The file: Python's own unpickler reads it.
    File {
        /// The encoding of strings of Python 2.
        encoding: String,
        /// True if names of Python 2 are translated.
        fix_imports: bool,
    },
}

impl Trust {
    /// From `trust=False`, `trust=True` or `trust=['module.name', ...]`.
    ///
    /// # Errors
    /// `TypeError` for anything else.
    pub(crate) fn from_arg(arg: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(all) = arg.cast::<PyBool>() {
            let file = Self::File { encoding: "ASCII".to_owned(), fix_imports: true };
            return Ok(if all.is_true() { file } else { Self::Nothing });
        }
        let wrong = |found: &Bound<'_, PyAny>| {
            let found = found.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
            let text =
                format!("trust must be a bool or a list of names such as 'mymodule.MyClass', not {found}");
            PyTypeError::new_err(text)
        };
        if arg.is_none() || arg.is_instance_of::<PyString>() {
            return Err(wrong(arg));
        }
        let mut names = HashSet::new();
        for name in arg.try_iter().map_err(|_| wrong(arg))? {
            let name = name?;
            names.insert(name.cast::<PyString>().map_err(|_| wrong(&name))?.to_str()?.to_owned());
        }
        Ok(Self::Names(names))
    }

    /// Adds the options for Python's own unpickler, if it is used.
    pub(crate) fn reading(mut self, encoding_given: &str, fix: bool) -> Self {
        if let Self::File { encoding, fix_imports } = &mut self {
            encoding_given.clone_into(encoding);
            *fix_imports = fix;
        }
        self
    }

    /// True if this very name is trusted.
    pub(super) fn has(&self, global: Global<'_>) -> bool {
        matches!(self, Self::Names(names) if names.contains(&global.to_string()))
    }

    /// Refuses a pickle that names anything else, or changes objects it has not made, before a value of it is made.
    ///
    /// # Errors
    /// `UntrustedError`, which is an `UnpicklingError`.
    pub(super) fn check(&self, graph: &Graph) -> PyResult<()> {
        for global in graph.globals() {
            if !(global.is_harmless() || self.has(global) || self.may_help(global) || self.has_inside(global))
            {
                return Err(refused(global));
            }
        }
        match graph.mutations().next() {
            Some(changed) => {
                let name = changed.as_global().or_else(|| changed.as_call()?.global());
                let name = name.map_or_else(|| "an object".to_owned(), |name| name.to_string());
                let why =
                    "as no pickler of plain data does; trust=True leaves the file to Python's own unpickler";
                Err(untrusted(format!("the pickle gives state or items to {name} a second time, {why}")))
            }
            None => Ok(()),
        }
    }

    /// True if something inside it is trusted: picklers below protocol 4 name the outer class, and then the inner one.
    fn has_inside(&self, global: Global<'_>) -> bool {
        let Self::Names(names) = self else { return false };
        let outer = format!("{global}.");
        names.iter().any(|name| name.starts_with(&outer))
    }

    /// True if it only serves to make objects of trusted classes, in forms that are checked at the call.
    fn may_help(&self, global: Global<'_>) -> bool {
        matches!(self, Self::Names(names) if !names.is_empty())
            && HELPERS.contains(&(global.module, global.name))
    }
}

/// Functions that picklers call to make objects of any class, or to find one inside another.
const HELPERS: &[(&str, &str)] =
    &[("builtins", "getattr"), ("copyreg", "__newobj__"), ("copyreg", "__newobj_ex__")];

/// The refusal of a name.
pub(super) fn refused(global: Global<'_>) -> PyErr {
    if let Some(reason) = global.danger() {
        return untrusted(format!(
            "the pickle names '{global}', which {reason}: no plain data needs that. The command `numio audit` lists all that \
             the file would do, and `numio show` prints it without running anything; ask whoever made it for the data in \
             another form"
        ));
    }
    let text = format!(
        "the pickle names '{global}', and what is not plain data may run any code: if you trust that name, pass \
         trust=['{global}']; if you trust the file, pass trust=True, and Python's own unpickler reads it"
    );
    untrusted(text)
}

/// The refusal of a call of a harmless type in a form that its pickler does not write.
pub(super) fn refused_form(global: Global<'_>, at: usize) -> PyErr {
    let text = format!(
        "byte {at}: '{global}' is called in a way that no pickler of plain data does: if you trust the file, pass \
         trust=True, and Python's own unpickler reads it"
    );
    untrusted(text)
}

fn untrusted(text: String) -> PyErr {
    UntrustedError::new_err(numio::escape_controls(&text).into_owned())
}
