//! From what a pickle does to a verdict.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::finding::{Action, Audit, Finding, Verdict};
use super::table::{self, HARMLESS, INERT};
use super::{AuditBudget, AuditHooks};
use crate::graph::{Call, Effect, EffectKind, Effort, Global, Graph, Handle, Object, Value};
use crate::rename;

/// A verdict and its reason.
pub type Judgement = (Verdict, &'static str);

/// Judges what graphs tell, each thing once however often it is done.
pub(super) struct Judge<'a> {
    hooks: &'a dyn AuditHooks,
    effort: Effort,
    /// True while all that the graph at hand calls `getattr` for is what time zones are unpickled by.
    finds_zones: bool,
    /// Findings by what they say, as places in the audit.
    places: HashMap<(Action, String, Verdict, &'static str), usize>,
}

/// The same within a graph, where names need not be written out for each.
type FindingIndex = HashMap<(Action, Option<Handle>, Verdict, &'static str), usize>;

impl<'a> Judge<'a> {
    pub(super) fn new(hooks: &'a dyn AuditHooks) -> Self {
        Self { hooks, effort: Effort::default(), finds_zones: false, places: HashMap::new() }
    }

    /// Judges all that a graph does, which starts at `base`, and returns the offset in it of what is done last.
    pub(super) fn graph(
        &mut self,
        graph: &Graph,
        odd_calls: &HashSet<usize>,
        base: usize,
        budget: &mut AuditBudget,
        audit: &mut Audit,
    ) -> Option<usize> {
        let mut places = FindingIndex::new();
        let mut dangers = HashMap::new();
        let mut last = None;
        self.finds_zones = finds_zones(graph, odd_calls);
        let is_excused = self.finds_zones;
        for effect in graph.effects() {
            last = last.max(Some(effect.at));
            let named = named(&effect);
            let danger = *dangers.entry(named.map(Object::handle)).or_insert_with(|| {
                let global = named?.as_global()?;
                if is_excused && is_getattr(global) { None } else { danger(global) }
            });
            let (action, (verdict, reason)) = self.judge(&effect, danger, odd_calls, budget);
            let offset = (base + effect.at) as u64;
            let place =
                *places.entry((action, named.map(Object::handle), verdict, reason)).or_insert_with(|| {
                    place_of(
                        &mut self.places,
                        audit,
                        (action, name_of(&effect, named), verdict, reason),
                        offset,
                    )
                });
            if let Some(finding) = audit.findings.get_mut(place) {
                finding.count += 1;
                finding.offset = finding.offset.min(offset);
            }
        }
        last
    }

    /// Judges what no graph tells.
    pub(super) fn note(
        &mut self,
        action: Action,
        name: String,
        judgement: Option<Judgement>,
        offset: usize,
        audit: &mut Audit,
    ) {
        let (verdict, reason) = judgement.unwrap_or_else(|| {
            let (module, name) = name.rsplit_once('.').unwrap_or((&name, ""));
            match danger(Global { module, name }) {
                Some(reason) => (Verdict::Dangerous, reason),
                None => (Verdict::NeedsTrust, of_unknown(module)),
            }
        });
        let place = place_of(&mut self.places, audit, (action, name, verdict, reason), offset as u64);
        if let Some(finding) = audit.findings.get_mut(place) {
            finding.count += 1;
        }
    }

    /// The action of an effect and the verdict on it. `danger` is that of the global it is done with.
    fn judge(
        &mut self,
        effect: &Effect<'_>,
        danger: Option<&'static str>,
        odd_calls: &HashSet<usize>,
        budget: &mut AuditBudget,
    ) -> (Action, Judgement) {
        let (action, own) = match &effect.kind {
            EffectKind::Name(global) if self.finds_zones && is_getattr(*global) => (Action::Import, ZONES),
            EffectKind::Name(global) => (Action::Import, of_global(*global, danger)),
            EffectKind::Call(call) => (Action::Call, self.of_call(effect, call, danger, odd_calls, budget)),
            EffectKind::Change => (Action::Change, of_change(effect.object)),
            EffectKind::Extension(_) => {
                (Action::Import, (Verdict::NeedsTrust, "what the number stands for is not in the file"))
            }
            EffectKind::Ask => {
                (Action::Ask, (Verdict::NeedsTrust, "the program that loads the pickle decides what that is"))
            }
        };
        // Another's opinion can neither excuse what is known to do harm nor what changes something that exists already.
        let is_open = own.0 == Verdict::NeedsTrust
            && action == Action::Import
            && matches!(effect.kind, EffectKind::Name(_));
        let judgement = if is_open { self.hooks.judge(effect.object).unwrap_or(own) } else { own };
        (action, judgement)
    }

    fn of_call(
        &mut self,
        effect: &Effect<'_>,
        call: &Call<'_>,
        danger: Option<&'static str>,
        odd_calls: &HashSet<usize>,
        budget: &mut AuditBudget,
    ) -> Judgement {
        let Some(global) = call.global() else {
            let is_zone = self.finds_zones
                && !odd_calls.contains(&effect.at)
                && call.callable().as_call().is_some_and(|callee| is_zone(&callee))
                && self.effort.spend(effect.object, &|callee| self.hooks.inspects(callee), &mut budget.steps);
            let judged = match is_zone {
                true if effect.object.is_stdlib_form() => Some(KNOWN_FORM),
                true => self.hooks.judge(effect.object),
                false => None,
            };
            return judged.unwrap_or((Verdict::Dangerous, "runs something that the file does not name"));
        };
        if self.finds_zones && is_getattr(global) {
            return ZONES;
        }
        if let Some(reason) = danger {
            return (Verdict::Dangerous, reason);
        }
        if odd_calls.contains(&effect.at) {
            return (Verdict::NeedsTrust, "its arguments are not those of a pickler");
        }
        let is_own = global.is_plain_type();
        if !self.effort.spend(effect.object, &|callee| self.hooks.inspects(callee), &mut budget.steps) {
            return (Verdict::NeedsTrust, "too much is shared between calls to look at each");
        }
        if is_own && !matches!(effect.object.value(), Value::Call(_)) {
            return (Verdict::DataOnly, "a value of a plain type, as Python's pickler writes it");
        }
        if effect.object.is_stdlib_form() {
            return KNOWN_FORM;
        }
        if let Some(judgement) = self.hooks.judge(effect.object) {
            return judgement;
        }
        match is_own {
            true => (
                Verdict::NeedsTrust,
                "not in the form that Python's pickler writes: it may take any time and memory",
            ),
            false => (Verdict::NeedsTrust, "its code runs, on arguments and state from the file"),
        }
    }
}

const KNOWN_FORM: Judgement = (Verdict::DataOnly, "an object of a harmless class, as its pickler writes it");

/// `getattr(ZoneInfo, '_unpickle')`: Python's picklers write it in every protocol.
const ZONES: Judgement = (Verdict::DataOnly, "finds how Python unpickles time zones");

fn is_getattr(global: Global<'_>) -> bool {
    (global.module, global.name) == ("builtins", "getattr")
}

fn is_zone(call: &Call<'_>) -> bool {
    call.attribute().is_some_and(|(module, name)| (module, &*name) == ("zoneinfo", "ZoneInfo._unpickle"))
}

/// Returns whether a graph calls `getattr`, and for nothing else than [`ZONES`].
fn finds_zones(graph: &Graph, odd_calls: &HashSet<usize>) -> bool {
    if !graph.globals().any(is_getattr) {
        return false;
    }
    let mut calls = graph.effects().filter_map(|effect| match effect.kind {
        EffectKind::Call(call) if call.global().is_some_and(is_getattr) => {
            Some(is_zone(&call) && !odd_calls.contains(&effect.at))
        }
        _ => None,
    });
    calls.next() == Some(true) && calls.all(|is_zone| is_zone)
}

/// The index of a finding in the audit, a new one if need be.
fn place_of(
    places: &mut HashMap<(Action, String, Verdict, &'static str), usize>,
    audit: &mut Audit,
    key: (Action, String, Verdict, &'static str),
    offset: u64,
) -> usize {
    let (action, name, verdict, reason) = key;
    // A file of nothing but names would take many times its size.
    let name = if places.len() < MOST_FINDINGS { name } else { "what more there is".to_owned() };
    *places.entry((action, name, verdict, reason)).or_insert_with_key(|(_, name, ..)| {
        audit.findings.push(Finding { action, name: name.clone(), verdict, reason, offset, count: 0 });
        audit.findings.len() - 1
    })
}

/// Maximum number of findings that are told apart.
const MOST_FINDINGS: usize = 1 << 14;

/// The global that a effect is done with: looked up, called, or changed.
fn named<'g>(effect: &Effect<'g>) -> Option<Object<'g>> {
    let callee = |call: Call<'g>| Some(call.callable()).filter(|callable| callable.as_global().is_some());
    match &effect.kind {
        EffectKind::Name(_) => Some(effect.object),
        EffectKind::Call(call) => callee(*call),
        EffectKind::Change => match effect.object.as_call() {
            Some(call) => callee(call),
            None => Some(effect.object).filter(|object| object.as_global().is_some()),
        },
        // Each has its number; all that are asked for are alike.
        EffectKind::Extension(_) => Some(effect.object),
        EffectKind::Ask => None,
    }
}

fn name_of(effect: &Effect<'_>, named: Option<Object<'_>>) -> String {
    let global = named.and_then(Object::as_global);
    match (&effect.kind, global) {
        (_, Some(global)) => global.to_string(),
        (EffectKind::Extension(code), _) => format!("extension {code}"),
        (EffectKind::Ask, _) => "a persistent object".to_owned(),
        (EffectKind::Call(_), _) => "what another call gives".to_owned(),
        _ => "an object".to_owned(),
    }
}

fn of_global(global: Global<'_>, danger: Option<&'static str>) -> Judgement {
    match danger {
        Some(reason) => (Verdict::Dangerous, reason),
        None if global.is_plain_type() => (Verdict::DataOnly, "a plain type of Python's own"),
        None => (Verdict::NeedsTrust, of_unknown(global.module)),
    }
}

/// The reason to distrust a name of which nothing is known but its module.
fn of_unknown(module: &str) -> &'static str {
    match module {
        // Python has imported it.
        "builtins" | "__builtin__" => "what it does when it is called is not known",
        _ => "importing its module runs it",
    }
}

fn of_change(object: Object<'_>) -> Judgement {
    match object.as_call() {
        Some(_) => (Verdict::NeedsTrust, "an object is given state again, as no pickler does"),
        None => (Verdict::Dangerous, "changes a class, function or object for the whole process"),
    }
}

impl Global<'_> {
    /// The reason why calling it would run what the file says, if that is known: as the audit says of `dangerous` names. `None`
    /// does not mean that it is safe: [`is_plain_type`](Self::is_plain_type) does.
    ///
    /// ```
    /// use numio_pickle::Global;
    ///
    /// let system = Global { module: "os", name: "system" };
    /// assert_eq!(system.danger(), Some("runs commands of the operating system"));
    /// assert_eq!(Global { module: "pandas", name: "DataFrame" }.danger(), None);
    /// ```
    pub fn danger(self) -> Option<&'static str> {
        danger(self)
    }

    /// True for classes and functions of Python's standard library that do no harm by being looked up, and that pickles of plain
    /// data name. To call one with arguments from a file may still do harm.
    ///
    /// ```
    /// use numio_pickle::Global;
    ///
    /// assert!(Global { module: "decimal", name: "Decimal" }.is_plain_type());
    /// assert!(!Global { module: "os", name: "system" }.is_plain_type());
    /// ```
    pub fn is_plain_type(self) -> bool {
        let row = HARMLESS.iter().find(|(module, _)| *module == self.module);
        row.is_some_and(|(_, names)| names.contains(&self.name))
    }
}

/// The reason that a global is dangerous, by any of its names.
fn danger(global: Global<'_>) -> Option<&'static str> {
    let (module, name) = rename::to_python3(global.module, global.name);
    // NumPy's module under the name that it had before version 2, and that still leads there.
    let moved = module.strip_prefix("numpy.core").filter(|rest| rest.is_empty() || rest.starts_with('.'));
    let module_now = moved.map(|rest| format!("numpy._core{rest}"));
    let (module, name) = match (module, name.strip_prefix("core.")) {
        ("numpy", Some(name)) => ("numpy._core", name),
        _ => (module_now.as_deref().unwrap_or(module), name),
    };
    let found = || danger_of(global).or_else(|| danger_of(Global { module, name }));
    if INERT.contains(&(global.module, global.name)) { None } else { found() }
}

fn danger_of(global: Global<'_>) -> Option<&'static str> {
    let Global { module, name } = global;
    if let Some(reason) = table::danger(module, name) {
        return Some(reason);
    }
    let dots = || name.match_indices('.').map(|(at, _)| at);
    let mut starts = Vec::new();
    for (end, start) in dots().zip(std::iter::once(0).chain(dots().map(|at| at + 1))) {
        let (part, after) = (name.get(start..end)?, name.get(end + 1..)?);
        starts.push(start);
        // Names that start with two underscores lead from any object to all of Python.
        if starts.len() > MOST_PARTS || part.starts_with("__") || after.starts_with("__") {
            return Some("reaches into the inside of Python's objects");
        }
        // Modules are names in their packages: `numpy` and then `lib.format.open_memmap`.
        if let Some(reason) = table::danger(&format!("{module}.{}", name.get(..end)?), after) {
            return Some(reason);
        }
        // They import others, which are then names in them: `random._os.system`, `enum.bltns.eval`.
        for start in &starts {
            let path = name.get(*start..end)?.trim_start_matches('_');
            let (first, rest) =
                path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
            let alias = ALIASES.iter().find(|(alias, _)| *alias == first);
            let path = match (alias, rest) {
                (None, _) => Cow::Borrowed(path),
                (Some((_, module)), None) => Cow::Borrowed(*module),
                (Some((_, module)), Some(rest)) => Cow::Owned(format!("{module}.{rest}")),
            };
            // A class may be named like its module.
            if (alias.is_some() || path != module)
                && let Some(reason) = table::danger(&path, after)
            {
                return Some(reason);
            }
        }
    }
    None
}

/// What modules of CPython, NumPy and others call the modules that they import, where that is another name.
const ALIASES: [(&str, &str); 16] = [
    ("bltns", "builtins"),
    ("builtin", "builtins"),
    ("np", "numpy"),
    ("onp", "numpy"),
    ("nx", "numpy._core.numeric"),
    ("NX", "numpy._core.numeric"),
    ("N", "numpy._core.numeric"),
    ("sb", "numpy._core.numeric"),
    ("mu", "numpy._core.multiarray"),
    ("um", "numpy._core.umath"),
    ("pd", "pandas"),
    ("mp", "multiprocessing"),
    ("pyprofile", "profile"),
    ("pkl", "pickle"),
    ("tf", "tensorflow"),
    ("reducer", "multiprocessing.reduction"),
];

/// No class that is pickled lies deeper in others.
const MOST_PARTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_by_module_and_below() {
        for (module, name) in [
            ("os", "system"),
            ("os.path", "join"),
            ("posix", "system"),
            ("__builtin__", "eval"),
            ("builtins", "getattr"),
            ("builtins", "exec.__call__"),
            ("pathlib", "Path.write_text"),
            ("decimal", "Decimal.__init__.__globals__"),
            ("commands", "getoutput"),
            ("cPickle", "loads"),
            ("numpy.testing._private.utils", "runstring"),
            ("torch.serialization", "load"),
            ("numpy.core.multiarray", "fromfile"),
            ("numpy.core", "records.fromfile"),
            ("numpy", "_core.records.fromfile"),
            ("numpy", "core.records.fromfile"),
            ("numpy", "testing._private.utils.runstring"),
            ("torch", "serialization.load"),
            ("enum", "bltns.eval"),
            ("numpy.ma.core", "np.load"),
            ("numpy.ma", "core.np.lib.format.open_memmap"),
            ("numpy._core.records", "sb.fromfile"),
            ("concurrent.futures.process", "mp.Process"),
            ("random", "_os.system"),
            ("numpy", "ma.core.builtins.eval"),
            ("numpy", "ma.core.np.fromfile"),
            ("xml", "etree.ElementTree.parse"),
            ("numpy.core.records", "fromfile"),
            ("numpy.compat.py3k", "npy_load_module"),
            ("numpy.compat", "open_latin1"),
            ("tokenize", "open"),
            ("gettext", "translation"),
            ("pyclbr", "readmodule_ex"),
            ("jax.numpy", "load"),
        ] {
            assert!(danger(Global { module, name }).is_some(), "{module}.{name}");
        }
        for (module, name) in [
            ("ospath", "x"),
            ("codecs", "encode"),
            ("decimal", "Decimal"),
            ("pathlib", "PosixPath"),
            ("numpy.core.multiarray", "scalar"),
        ] {
            assert!(danger(Global { module, name }).is_none(), "{module}.{name}");
        }
    }

    #[test]
    fn names_that_are_harmless_are_not_dangerous() {
        for (module, names) in HARMLESS {
            for name in *names {
                assert!(danger(Global { module, name }).is_none(), "{module}.{name}");
            }
        }
    }
}
