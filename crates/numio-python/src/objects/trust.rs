//! The names of a pickle that may be imported and called: `trust`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use numio::pickle::{Global, Graph, Untrusted};
use numio::{GlobalExt, GraphExt};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString, PyType};
use pyo3::{import_exception, intern};

use crate::errors::UnpicklingError;

import_exception!(numio._errors, UntrustedError);

/// The names that the caller trusts, beyond the harmless types.
#[derive(Debug, Clone, Default)]
pub(crate) enum Trust {
    /// Nothing.
    #[default]
    Nothing,
    Names(Arc<Names>),
    /// The file: Python's own unpickler reads it.
    File {
        /// The encoding of strings of Python 2.
        encoding: String,
        /// True if names of Python 2 are translated.
        fix_imports: bool,
    },
}

/// Names, and groups of them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// These very names, `module.name`.
    exact: HashSet<String>,
    groups: Vec<Group>,
}

/// Names of one package.
#[derive(Debug, Default)]
struct Group {
    package: String,
    /// Only names that end so, and classes derived from one of `bases`; all names if both are empty.
    names: HashSet<String>,
    bases: HashSet<String>,
}

impl Trust {
    /// From `trust=False`, `trust=True` or a list of names, classes, `package.*` and sets of names that numio knows.
    ///
    /// # Errors
    /// `TypeError` for anything else.
    pub(crate) fn from_arg(arg: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(all) = arg.cast::<PyBool>() {
            let file = Self::File { encoding: "ASCII".to_owned(), fix_imports: true };
            return Ok(if all.is_true() { file } else { Self::Nothing });
        }
        if arg.is_none() || arg.is_instance_of::<PyString>() {
            return Err(wrong(arg));
        }
        let mut names = Names::default();
        for name in arg.try_iter().map_err(|_| wrong(arg))? {
            names.add(&name?)?;
        }
        Ok(Self::Names(Arc::new(names)))
    }

    /// Adds the options for Python's own unpickler, if it is used.
    pub(crate) fn reading(mut self, encoding_given: &str, fix: bool) -> Self {
        if let Self::File { encoding, fix_imports } = &mut self {
            encoding_given.clone_into(encoding);
            *fix_imports = fix;
        }
        self
    }
}

fn wrong(found: &Bound<'_, PyAny>) -> PyErr {
    let found = found.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
    let text = format!("trust must be a bool or a list of names such as 'mymodule.MyClass', not {found}");
    PyTypeError::new_err(text)
}

impl Names {
    fn add(&mut self, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = name.py();
        let Ok(text) = name.cast::<PyString>() else {
            // A class or a function itself.
            let part = |part| name.getattr(part).and_then(|part| part.extract::<String>());
            let (Ok(module), Ok(whole)) =
                (part(intern!(py, "__module__")), part(intern!(py, "__qualname__")))
            else {
                return Err(wrong(name));
            };
            self.exact.insert(format!("{module}.{whole}"));
            return Ok(());
        };
        let text = text.to_str()?;
        if let Some(package) = text.strip_suffix(".*") {
            self.groups.push(Group { package: package.to_owned(), ..Group::default() });
            return Ok(());
        }
        let sets = py.import("numio._trust_sets")?.getattr("SETS")?;
        match sets.call_method1(intern!(py, "get"), (text,))? {
            none if none.is_none() => drop(self.exact.insert(text.to_owned())),
            set => {
                for group in set.try_iter()? {
                    let (package, names, bases) = group?.extract()?;
                    self.groups.push(Group { package, names, bases });
                }
            }
        }
        Ok(())
    }
}

impl Group {
    /// Returns whether it may have that name, as far as that can be told without importing anything.
    fn may_have(&self, global: Global<'_>) -> bool {
        let inside = global.module.strip_prefix(self.package.as_str());
        let is_inside = inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let is_plain = self.names.contains(global.name)
            || !global.name.split('.').any(|part| part.starts_with("__") && !is_cythons(part));
        if !is_inside || !is_plain || global.danger().is_some() {
            return false;
        }
        if self.names.is_empty() && self.bases.is_empty() {
            return true;
        }
        let is_test = global.module.split('.').any(|part| matches!(part, "tests" | "testing" | "conftest"));
        !is_test
            && (self.names.contains(global.name) || (!self.bases.is_empty() && !global.name.contains('.')))
    }

    /// Returns whether `object`, which the module has under that name, is what the group means.
    fn has(&self, global: Global<'_>, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = object.py();
        // What a module has only imported from elsewhere is not its package's.
        let home =
            object.getattr_opt(intern!(py, "__module__"))?.and_then(|home| home.extract::<String>().ok());
        let inside = home.as_deref().and_then(|home| home.strip_prefix(self.package.as_str()));
        let is_own = inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let Ok(class) = object.cast::<PyType>() else {
            return Ok(is_own && (self.bases.is_empty() || self.names.contains(global.name)));
        };
        if !is_own || self.bases.is_empty() || self.names.contains(global.name) {
            return Ok(is_own);
        }
        for base in class.mro() {
            let base = base.cast_into::<PyType>()?;
            if self.bases.contains(&format!("{}.{}", base.module()?, base.qualname()?)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Returns whether it is one of the functions that Cython makes for unpickling.
fn is_cythons(name: &str) -> bool {
    name.starts_with("__pyx_unpickle_")
}

/// Resolves a global: dots lead into classes. `None` if they lead into something else, such as another module.
fn resolve<'py>(py: Python<'py>, global: Global<'_>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut object = py.import(global.module)?.into_any();
    for (index, name) in global.name.split('.').enumerate() {
        if index > 0 && !object.is_instance_of::<PyType>() {
            return Ok(None);
        }
        object = object.getattr(name)?;
    }
    Ok(Some(object))
}

/// The file, and the member of an archive, that a pickle comes from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PickleOrigin<'a> {
    pub(crate) path: Option<&'a Path>,
    pub(crate) member: Option<&'a str>,
}

impl PickleOrigin<'_> {
    /// The file and the member of the pickle, before the text of an error.
    pub(crate) fn prefix(&self) -> String {
        let path = self.path.map(|path| format!("{}: ", path.display())).unwrap_or_default();
        let member = self.member.map(|member| format!("member {member}: ")).unwrap_or_default();
        path + &member
    }

    /// An `UnpicklingError` with the place in front of its text; other exceptions are as they were raised.
    pub(super) fn placed(&self, py: Python<'_>, raised: PyErr) -> PyErr {
        if !raised.get_type(py).is(py.get_type::<UnpicklingError>()) {
            return raised;
        }
        // Python's own message may have names from the file in it.
        let text = numio::escape_controls(&format!("{}{}", self.prefix(), raised.value(py))).into_owned();
        match raised.value(py).setattr(intern!(py, "args"), (text,)) {
            Ok(()) => raised,
            Err(other) => other,
        }
    }
}

/// What of one pickle is trusted.
pub(super) struct Trusted<'a> {
    names: Option<&'a Names>,
    /// Those of its names that a group has.
    found: HashSet<String>,
    everything: bool,
    origin: PickleOrigin<'a>,
}

impl<'a> Trusted<'a> {
    /// Finds the trusted names of a pickle, for which the modules of trusted packages are imported, and refuses one that names anything else, or changes objects it has not made,
    /// before a value of it is made.
    ///
    /// # Errors
    /// `UntrustedError`, which is an `UnpicklingError`; errors raised by imports.
    pub(super) fn of(
        py: Python<'_>,
        trust: &'a Trust,
        graph: &Graph,
        origin: PickleOrigin<'a>,
    ) -> PyResult<Self> {
        let names = match trust {
            Trust::Names(names) => Some(&**names),
            _ => None,
        };
        let everything = matches!(trust, Trust::File { .. });
        let mut trusted = Self { names, found: HashSet::new(), everything, origin };
        trusted.find(py, graph)?;
        let mut globals = graph.globals();
        if globals.any(|global| !(trusted.has(global) || trusted.may_have(global))) {
            return Err(trusted.refusal(graph, None));
        }
        match graph.mutations().next() {
            Some(changed) if !everything => {
                let name = changed.as_global().or_else(|| changed.as_call()?.global());
                let name = name.map_or_else(|| "an object".to_owned(), |name| name.to_string());
                let why =
                    "as no pickler of plain data does; trust=True leaves the file to Python's own unpickler";
                let place = trusted.origin.prefix();
                let text = format!("{place}the pickle gives state or items to {name} a second time, {why}");
                Err(untrusted(&text, &[]))
            }
            _ => Ok(trusted),
        }
    }

    /// Finds the names that groups have.
    fn find(&mut self, py: Python<'_>, graph: &Graph) -> PyResult<()> {
        let modules = py.import("sys")?.getattr(intern!(py, "modules"))?;
        let attributes: Vec<_> = match self.names {
            Some(names) if !names.groups.is_empty() => graph.attributes().collect(),
            _ => Vec::new(),
        };
        let attributes = attributes.iter().map(|(module, name)| Global { module, name });
        for global in graph.globals().chain(attributes) {
            // A package that the program uses itself need not be imported for the file.
            let is_dtype = global.ml_dtype_size().is_some() && modules.contains(global.module)?;
            // What is harmless in one form is trusted in every form by a set that lists it.
            let needs_trust = || !global.is_harmless() || self.is_listed(global);
            if is_dtype || (needs_trust() && self.groups_have(py, global)?) {
                self.found.insert(global.to_string());
            }
        }
        Ok(())
    }

    /// True if a group has this very name.
    fn is_listed(&self, global: Global<'_>) -> bool {
        self.names.is_some_and(|names| names.groups.iter().any(|group| group.names.contains(global.name)))
    }

    fn groups_have(&self, py: Python<'_>, global: Global<'_>) -> PyResult<bool> {
        let groups = self.names.map(|names| names.groups.as_slice()).unwrap_or_default();
        let mut groups = groups.iter().filter(|group| group.may_have(global)).peekable();
        if groups.peek().is_none() {
            return Ok(false);
        }
        let Some(object) = resolve(py, global)? else { return Ok(false) };
        for group in groups {
            if group.has(global, &object)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// True if anything is trusted.
    pub(super) fn is_any(&self) -> bool {
        self.everything
            || !self.found.is_empty()
            || self.names.is_some_and(|names| !names.exact.is_empty() || !names.groups.is_empty())
    }

    /// True if this very name is trusted.
    pub(super) fn has(&self, global: Global<'_>) -> bool {
        if self.everything {
            return true;
        }
        let (found, exact) = (&self.found, self.names.map(|names| &names.exact));
        if found.is_empty() && exact.is_none_or(HashSet::is_empty) {
            return false;
        }
        let name = global.to_string();
        found.contains(&name) || exact.is_some_and(|exact| exact.contains(&name))
    }

    /// True if a name is harmless, or only serves to make objects of other classes, in forms that are checked at the call.
    fn may_have(&self, global: Global<'_>) -> bool {
        if global.is_harmless() || HELPERS.contains(&(global.module, global.name)) {
            return true;
        }
        // Picklers below protocol 4 name the outer class, and then what is inside of it.
        let outer = format!("{global}.");
        let is_inside = |name: &String| name.starts_with(&outer);
        self.found.iter().any(is_inside) || self.names.is_some_and(|names| names.exact.iter().any(is_inside))
    }

    /// The refusal of a pickle, with all names that it needs to be trusted; `found` is one of them, and the byte where it
    /// is, if that is known.
    pub(super) fn refusal(&self, graph: &Graph, found: Option<(Global<'_>, usize)>) -> PyErr {
        let start = graph.file_offset().unwrap_or(0);
        let mut all: Vec<Missing> =
            graph.untrusted(|global| self.has(global)).into_iter().map(Missing::from).collect();
        if let Some((global, at)) = found
            && !all.iter().any(|missing| missing.name == global.to_string())
        {
            all.push(Missing { name: global.to_string(), offset: at, danger: global.danger() });
        }
        let shown: Vec<String> = all
            .iter()
            .map(|missing| {
                format!("'{}' (byte {})", missing.name, start.saturating_add(missing.offset as u64))
            })
            .collect();
        let shown = shown.join(", ");
        let text = if let Some(danger) = all.iter().find_map(|missing| Some((&missing.name, missing.danger?)))
        {
            let (name, reason) = danger;
            let which = if all.len() == 1 { "which".into() } else { Cow::from(format!("of which '{name}'")) };
            format!(
                "the pickle names {shown}, {which} {reason}: no plain data needs that. The command `numio audit` lists all \
                 that the file would do, and `numio show` prints it without running anything; ask whoever made it for the \
                 data in another form"
            )
        } else {
            let names: Vec<String> = all.iter().map(|missing| format!("'{}'", missing.name)).collect();
            let (those, names) =
                (if names.len() == 1 { "that name" } else { "those names" }, names.join(", "));
            format!(
                "the pickle names {shown}, and what is not plain data may run any code: if you trust {those}, pass \
                 trust=[{names}]{}; if you trust the file, pass trust=True, and Python's own unpickler reads it",
                self.suggestion(&all)
            )
        };
        let names: Vec<String> = all.into_iter().map(|missing| missing.name).collect();
        untrusted(&format!("{}{text}", self.origin.prefix()), &names)
    }

    /// Advice for the set of names that numio knows of a package, if all that is missing is of that package, and the set is not
    /// trusted already.
    fn suggestion(&self, missing: &[Missing]) -> String {
        let is_in =
            |name: &str, package: &str| name.strip_prefix(package).is_some_and(|rest| rest.starts_with('.'));
        let is_trusted =
            |set: &str| self.names.is_some_and(|names| names.groups.iter().any(|group| group.package == set));
        let set = ["pandas", "scipy.sparse", "sklearn", "astropy"].into_iter().find(|set| {
            !missing.is_empty() && missing.iter().all(|missing| is_in(&missing.name, set)) && !is_trusted(set)
        });
        set.map(|set| format!(" or, for all that numio knows of it, trust=['{set}']")).unwrap_or_default()
    }
}

/// A name that is not trusted.
struct Missing {
    name: String,
    offset: usize,
    danger: Option<&'static str>,
}

impl From<Untrusted> for Missing {
    fn from(found: Untrusted) -> Self {
        let name = format!("{}.{}", found.module, found.name);
        Self { name, offset: found.offset, danger: found.danger }
    }
}

/// Functions that picklers call to make objects of any class, or to find one inside another, and joblib's class for arrays.
const HELPERS: &[(&str, &str)] = &[
    ("builtins", "getattr"),
    ("copyreg", "__newobj__"),
    ("copyreg", "__newobj_ex__"),
    ("joblib.numpy_pickle", "NumpyArrayWrapper"),
];

fn untrusted(text: &str, names: &[String]) -> PyErr {
    let raised = UntrustedError::new_err(numio::escape_controls(text).into_owned());
    Python::attach(|py| {
        // Without the attribute the text has them all.
        let _ = raised.value(py).setattr(intern!(py, "names"), names.to_vec());
    });
    raised
}
