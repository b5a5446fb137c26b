//! The names of a pickle that need trust, all of them at once.

use std::collections::HashSet;

use crate::objects::{forms, known};
use crate::pickle::{Did, Effort, Global, Graph, JOBLIB_WRAPPER, Object, Value};

/// A class or function that a pickle imports or calls, and that is not plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Untrusted {
    /// The module.
    pub module: String,
    /// The name in it, with dots for what is inside a class.
    pub name: String,
    /// The byte of the pickle where it is first named, or called if its name alone is harmless.
    pub offset: usize,
    /// Why to call it runs what the file says, as [`Global::danger`] tells.
    pub danger: Option<&'static str>,
}

/// The most names that are told.
const MOST: usize = 1 << 12;

/// Functions that picklers call to make objects of any class, or to find one inside another.
const HELPERS: &[(&str, &str)] = &[
    ("builtins", "getattr"),
    ("copyreg", "__newobj__"),
    ("copyreg", "__newobj_ex__"),
    ("copyreg", "_reconstructor"),
];

impl Graph {
    /// All names that Python would import or call to load the pickle, but those of plain data, in the forms that their
    /// picklers write, and those for which `is_trusted` returns true; in the order of the file.
    ///
    /// ```
    /// let graph = numio::pickle::load(b"(cpandas\nDataFrame\n)Rcos\nsystem\nt.")?;
    /// let all = graph.untrusted(|_| false);
    /// let names: Vec<_> = all.iter().map(|found| format!("{}.{}", found.module, found.name)).collect();
    /// assert_eq!(names, ["pandas.DataFrame", "os.system"]);
    /// assert!(all[0].danger.is_none() && all[1].danger.is_some());
    /// assert_eq!(graph.untrusted(|global| global.module == "os").len(), 1);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn untrusted(&self, mut is_trusted: impl FnMut(Global<'_>) -> bool) -> Vec<Untrusted> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut add = |global: Global<'_>, offset: usize| {
            let (module, name) = (global.module.to_owned(), global.name.to_owned());
            if found.len() < MOST && seen.insert((module.clone(), name.clone())) {
                found.push(Untrusted { module, name, offset, danger: global.danger() });
            }
        };
        // What many calls share is looked at for each of them.
        let (mut effort, mut left) = (Effort::default(), (self.byte_count() * 4).saturating_add(1 << 20));
        for deed in self.deeds() {
            match deed.did {
                Did::Name(global) => {
                    let is_open = global.is_harmless() || is_helper(global) || is_trusted(global);
                    if !is_open {
                        add(global, deed.at);
                    }
                }
                Did::Call(call) if effort.spend(deed.object, &mut left) => {
                    let Some(global) = call.global().filter(|global| !is_trusted(*global)) else { continue };
                    if let Some((module, name)) = call.attribute() {
                        let whole = Global { module, name: &name };
                        if !known::is_zone(module, &name) && !is_trusted(whole) {
                            add(whole, deed.at);
                        }
                    } else if is_odd(deed.object, global) {
                        add(global, deed.at);
                    }
                }
                _ => {}
            }
        }
        found.sort_by_key(|found| found.offset);
        found
    }

    /// The class attributes that the pickle looks up, as [`Call::attribute`](crate::pickle::Call::attribute) tells them.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, String)> {
        let has_any = self.globals().any(|global| (global.module, global.name) == ("builtins", "getattr"));
        let deeds = has_any.then(|| self.deeds()).into_iter().flatten();
        deeds.filter_map(|deed| match deed.did {
            Did::Call(call) => call.attribute(),
            _ => None,
        })
    }
}

fn is_helper(global: Global<'_>) -> bool {
    let pair = (global.module, global.name);
    HELPERS.contains(&pair) || pair == JOBLIB_WRAPPER
}

/// Returns whether a harmless function or class is called in a form that no pickler of plain data writes.
fn is_odd(object: Object<'_>, global: Global<'_>) -> bool {
    if (global.module, global.name) == ("builtins", "getattr") {
        return true;
    }
    let is_plain = global.is_harmless() && !is_helper(global);
    is_plain
        && forms::of(object).is_none()
        && matches!(object.value(), Value::Call(_))
        && !object.is_known_form()
}
