//! The names of a pickle that need trust, all of them at once.

use std::collections::HashSet;

use super::AuditHooks;
use crate::graph::{EffectKind, Effort, Global, Graph, Object, Value, is_zone};

/// A class or function that a pickle imports or calls, and that is not plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Untrusted {
    /// The module.
    pub module: String,
    /// The name in it, with dots for what is inside a class.
    pub name: String,
    /// The offset in the pickle at which it is first named, or called if its name alone is harmless.
    pub offset: usize,
    /// The reason why calling it runs code of the file's choice, as of [`Global::danger`].
    pub danger: Option<&'static str>,
}

/// The most names that are listed.
const MOST: usize = 1 << 12;

/// Functions that picklers call to make objects of any class, or to find one inside another.
const HELPERS: &[(&str, &str)] = &[
    ("builtins", "getattr"),
    ("copyreg", "__newobj__"),
    ("copyreg", "__newobj_ex__"),
    ("copyreg", "_reconstructor"),
];

impl Graph {
    /// Lists the names that Python would import or call to load the pickle, in the order of the file, without those of plain
    /// data in the forms that their picklers write, those that `hooks` knows (`&()` knows none), and those for which
    /// `is_trusted` returns true.
    ///
    /// ```
    /// let graph = numio_pickle::load(b"(cpandas\nDataFrame\n)Rcos\nsystem\nt.")?;
    /// let all = graph.untrusted_with(&(), |_| false);
    /// let names: Vec<_> = all.iter().map(|found| format!("{}.{}", found.module, found.name)).collect();
    /// assert_eq!(names, ["pandas.DataFrame", "os.system"]);
    /// assert!(all[0].danger.is_none() && all[1].danger.is_some());
    /// assert_eq!(graph.untrusted_with(&(), |global| global.module == "os").len(), 1);
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    pub fn untrusted_with(
        &self,
        hooks: &dyn AuditHooks,
        mut is_trusted: impl FnMut(Global<'_>) -> bool,
    ) -> Vec<Untrusted> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut add = |global: Global<'_>, offset: usize| {
            let (module, name) = (global.module.to_owned(), global.name.to_owned());
            if found.len() < MOST && seen.insert((module.clone(), name.clone())) {
                found.push(Untrusted { module, name, offset, danger: global.danger() });
            }
        };
        // Arguments that many calls share are looked at for each of them.
        let (mut effort, mut left) = (Effort::default(), (self.byte_count() * 4).saturating_add(1 << 20));
        for effect in self.effects() {
            match effect.kind {
                EffectKind::Name(global) => {
                    let is_open = is_harmless(hooks, global) || is_helper(global) || is_trusted(global);
                    if !is_open {
                        add(global, effect.at);
                    }
                }
                EffectKind::Call(call)
                    if effort.spend(effect.object, &|callee| hooks.inspects(callee), &mut left) =>
                {
                    let Some(global) = call.global().filter(|global| !is_trusted(*global)) else { continue };
                    if let Some((module, name)) = call.attribute() {
                        let whole = Global { module, name: &name };
                        if !is_zone(module, &name) && !is_trusted(whole) {
                            add(whole, effect.at);
                        }
                    } else if is_odd(hooks, effect.object, global) {
                        add(global, effect.at);
                    }
                }
                _ => {}
            }
        }
        found.sort_by_key(|found| found.offset);
        found
    }

    /// The class attributes that the pickle looks up, as of [`Call::attribute`](crate::Call::attribute).
    pub fn attributes(&self) -> impl Iterator<Item = (&str, String)> {
        let has_any = self.globals().any(|global| (global.module, global.name) == ("builtins", "getattr"));
        let effects = has_any.then(|| self.effects()).into_iter().flatten();
        effects.filter_map(|effect| match effect.kind {
            EffectKind::Call(call) => call.attribute(),
            _ => None,
        })
    }
}

fn is_harmless(hooks: &dyn AuditHooks, global: Global<'_>) -> bool {
    global.is_plain_type() || hooks.is_harmless(global)
}

fn is_helper(global: Global<'_>) -> bool {
    HELPERS.contains(&(global.module, global.name))
}

/// True if a harmless function or class is called in a form that no pickler of plain data writes.
fn is_odd(hooks: &dyn AuditHooks, object: Object<'_>, global: Global<'_>) -> bool {
    if (global.module, global.name) == ("builtins", "getattr") {
        return true;
    }
    let is_plain = is_harmless(hooks, global) && !is_helper(global);
    is_plain
        && !hooks.is_known_form(object)
        && matches!(object.value(), Value::Call(_))
        && !object.is_stdlib_form()
}
