//! From what a pickle does to a verdict.

use std::collections::{HashMap, HashSet};

use super::AuditBudget;
use super::finding::{Act, Audit, Finding, Verdict};
use super::table::{self, HARMLESS};
use crate::pickle::How;
use crate::pickle::graph::{Call, Deed, Did, Effort, Global, Graph, JOBLIB_WRAPPER, Object, Value, Word};
use crate::pickle::rename;

/// A verdict and its reason.
pub(crate) type Judgement = (Verdict, &'static str);

/// Tells of a call or a global what this room does not know; nothing where it does not know either.
pub(crate) type Opinion<'a> = &'a dyn Fn(Object<'_>) -> Option<Judgement>;

/// Judges what graphs tell, each thing once however often it is done.
pub(super) struct Judge<'a> {
    opinion: Opinion<'a>,
    effort: Effort,
    /// True while all that the graph at hand calls `getattr` for is what time zones are unpickled by.
    finds_zones: bool,
    /// Findings by what they say, as places in the audit.
    places: HashMap<(Act, String, Verdict, &'static str), usize>,
}

/// The same within a graph, where names need not be written out for each.
type Places = HashMap<(Act, Option<Word>, Verdict, &'static str), usize>;

impl<'a> Judge<'a> {
    pub(super) fn new(opinion: Opinion<'a>) -> Self {
        Self { opinion, effort: Effort::default(), finds_zones: false, places: HashMap::new() }
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
        let mut places = Places::new();
        let mut dangers = HashMap::new();
        let mut last = None;
        self.finds_zones = finds_zones(graph, odd_calls);
        let is_excused = self.finds_zones;
        for deed in graph.deeds() {
            last = last.max(Some(deed.at));
            let named = named(&deed);
            let danger = *dangers.entry(named.map(Object::word)).or_insert_with(|| {
                let global = named?.as_global()?;
                if is_excused && is_getattr(global) { None } else { danger(global) }
            });
            let (act, (verdict, reason)) = self.judge(&deed, danger, odd_calls, budget);
            let offset = (base + deed.at) as u64;
            let place = *places.entry((act, named.map(Object::word), verdict, reason)).or_insert_with(|| {
                place_of(&mut self.places, audit, (act, name_of(&deed, named), verdict, reason), offset)
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
        act: Act,
        name: String,
        judgement: Option<Judgement>,
        offset: usize,
        audit: &mut Audit,
    ) {
        let (verdict, reason) = judgement.unwrap_or_else(|| {
            let (module, name) = name.rsplit_once('.').unwrap_or((&name, ""));
            match danger(Global { module, name }) {
                Some(reason) => (Verdict::Dangerous, reason),
                None => (Verdict::NeedsTrust, "importing its module runs it"),
            }
        });
        let place = place_of(&mut self.places, audit, (act, name, verdict, reason), offset as u64);
        if let Some(finding) = audit.findings.get_mut(place) {
            finding.count += 1;
        }
    }

    /// What is done, and what to think of it. The danger is that of the global it is done with.
    fn judge(
        &mut self,
        deed: &Deed<'_>,
        danger: Option<&'static str>,
        odd_calls: &HashSet<usize>,
        budget: &mut AuditBudget,
    ) -> (Act, Judgement) {
        let (act, own) = match &deed.did {
            Did::Name(global) if self.finds_zones && is_getattr(*global) => (Act::Import, ZONES),
            Did::Name(global) => (Act::Import, of_global(*global, danger)),
            Did::Call(call) => (Act::Call, self.of_call(deed, call, danger, odd_calls, budget)),
            Did::Change => (Act::Change, of_change(deed.object)),
            Did::Extension(_) => {
                (Act::Import, (Verdict::NeedsTrust, "what the number stands for is not in the file"))
            }
            Did::Ask => {
                (Act::Ask, (Verdict::NeedsTrust, "the program that loads the pickle decides what that is"))
            }
        };
        // Another's opinion can neither excuse what is known to do harm nor what changes something that exists already.
        let is_open = own.0 == Verdict::NeedsTrust && act == Act::Import && matches!(deed.did, Did::Name(_));
        let judgement = if is_open { (self.opinion)(deed.object).unwrap_or(own) } else { own };
        (act, judgement)
    }

    fn of_call(
        &mut self,
        deed: &Deed<'_>,
        call: &Call<'_>,
        danger: Option<&'static str>,
        odd_calls: &HashSet<usize>,
        budget: &mut AuditBudget,
    ) -> Judgement {
        let Some(global) = call.global() else {
            let is_zone = self.finds_zones
                && !odd_calls.contains(&deed.at)
                && call.callable().as_call().is_some_and(|callee| is_zone(&callee))
                && self.effort.spend(deed.object, &mut budget.steps);
            let judged = if is_zone { (self.opinion)(deed.object) } else { None };
            return judged.unwrap_or((Verdict::Dangerous, "runs something that the file does not name"));
        };
        if self.finds_zones && is_getattr(global) {
            return ZONES;
        }
        if let Some(reason) = danger {
            return (Verdict::Dangerous, reason);
        }
        if odd_calls.contains(&deed.at) {
            return (Verdict::NeedsTrust, "its arguments are not those of a pickler");
        }
        let is_own = is_harmless(global);
        if !self.effort.spend(deed.object, &mut budget.steps) {
            return (Verdict::NeedsTrust, "too much is shared between calls to look at each");
        }
        if is_own && !matches!(deed.object.value(), Value::Call(_)) {
            return (Verdict::DataOnly, "a value of a plain type, as Python's pickler writes it");
        }
        if global == (Global { module: JOBLIB_WRAPPER.0, name: JOBLIB_WRAPPER.1 }) && is_wrapper(call) {
            return (Verdict::DataOnly, "joblib's way to write an array");
        }
        if let Some(judgement) = (self.opinion)(deed.object) {
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
    let mut calls = graph.deeds().filter_map(|deed| match deed.did {
        Did::Call(call) if call.global().is_some_and(is_getattr) => {
            Some(is_zone(&call) && !odd_calls.contains(&deed.at))
        }
        _ => None,
    });
    calls.next() == Some(true) && calls.all(|is_zone| is_zone)
}

/// Where a finding is in the audit, a new one if need be.
fn place_of(
    places: &mut HashMap<(Act, String, Verdict, &'static str), usize>,
    audit: &mut Audit,
    key: (Act, String, Verdict, &'static str),
    offset: u64,
) -> usize {
    let (act, name, verdict, reason) = key;
    // A file of nothing but names would take many times its size.
    let name = if places.len() < MOST_FINDINGS { name } else { "what more there is".to_owned() };
    *places.entry((act, name, verdict, reason)).or_insert_with_key(|(_, name, ..)| {
        audit.findings.push(Finding { act, name: name.clone(), verdict, reason, offset, count: 0 });
        audit.findings.len() - 1
    })
}

/// How many findings are told apart.
const MOST_FINDINGS: usize = 1 << 14;

/// The global that a deed is done with: looked up, called, or changed.
fn named<'g>(deed: &Deed<'g>) -> Option<Object<'g>> {
    let callee = |call: Call<'g>| Some(call.callable()).filter(|callable| callable.as_global().is_some());
    match &deed.did {
        Did::Name(_) => Some(deed.object),
        Did::Call(call) => callee(*call),
        Did::Change => match deed.object.as_call() {
            Some(call) => callee(call),
            None => Some(deed.object).filter(|object| object.as_global().is_some()),
        },
        // Each has its number; all that are asked for are alike.
        Did::Extension(_) => Some(deed.object),
        Did::Ask => None,
    }
}

fn name_of(deed: &Deed<'_>, named: Option<Object<'_>>) -> String {
    let global = named.and_then(Object::as_global);
    match (&deed.did, global) {
        (_, Some(global)) => global.to_string(),
        (Did::Extension(code), _) => format!("extension {code}"),
        (Did::Ask, _) => "a persistent object".to_owned(),
        (Did::Call(_), _) => "what another call gives".to_owned(),
        _ => "an object".to_owned(),
    }
}

/// Whether a call is how pickle makes an object without its constructor, with its attributes as they were.
fn is_wrapper(call: &Call<'_>) -> bool {
    let is_bare = call.how() == How::New && call.args().is_empty() && call.kwargs().is_empty();
    is_bare && call.items().is_empty() && call.pairs().is_empty() && call.later().next().is_none()
}

fn of_global(global: Global<'_>, danger: Option<&'static str>) -> Judgement {
    match danger {
        Some(reason) => (Verdict::Dangerous, reason),
        None if is_harmless(global) => (Verdict::DataOnly, "a plain type of Python's own"),
        None if global == (Global { module: JOBLIB_WRAPPER.0, name: JOBLIB_WRAPPER.1 }) => {
            (Verdict::DataOnly, "joblib's way to write an array")
        }
        None => (Verdict::NeedsTrust, "importing its module runs it"),
    }
}

fn of_change(object: Object<'_>) -> Judgement {
    match object.as_call() {
        Some(_) => (Verdict::NeedsTrust, "an object is given state again, as no pickler does"),
        None => (Verdict::Dangerous, "changes a class, function or object for the whole process"),
    }
}

/// Why a global is dangerous, by any of its names.
pub(crate) fn danger(global: Global<'_>) -> Option<&'static str> {
    let is_wrapper = (global.module, global.name) == JOBLIB_WRAPPER;
    let (module, name) = rename::to_python3(global.module, global.name);
    let found = || danger_of(global).or_else(|| danger_of(Global { module, name }));
    if is_wrapper { None } else { found() }
}

fn danger_of(global: Global<'_>) -> Option<&'static str> {
    let Global { module, name } = global;
    if let Some(reason) = table::danger(module, name) {
        return Some(reason);
    }
    let (mut rest, mut parts) = (name, 0);
    while let Some((part, after)) = rest.split_once('.') {
        parts += 1;
        // What hides behind two underscores leads from any object to all of Python.
        if parts > MOST_PARTS || part.starts_with("__") || after.starts_with("__") {
            return Some("reaches into the inside of Python's objects");
        }
        // Modules import others, which are then names in them: `random._os.system`.
        let inner = part.trim_start_matches('_');
        if inner != module
            && let Some(reason) = table::danger(inner, after)
        {
            return Some(reason);
        }
        rest = after;
    }
    None
}

/// No class that is pickled lies deeper in others.
const MOST_PARTS: usize = 16;

pub(crate) fn is_harmless(global: Global<'_>) -> bool {
    let row = HARMLESS.iter().find(|(module, _)| *module == global.module);
    row.is_some_and(|(_, names)| names.contains(&global.name))
}

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
        ] {
            assert!(danger(Global { module, name }).is_some(), "{module}.{name}");
        }
        for (module, name) in
            [("ospath", "x"), ("codecs", "encode"), ("decimal", "Decimal"), ("pathlib", "PosixPath")]
        {
            assert!(danger(Global { module, name }).is_none(), "{module}.{name}");
        }
    }

    #[test]
    fn the_harmless_are_not_dangerous() {
        for (module, names) in HARMLESS {
            for name in *names {
                assert!(danger(Global { module, name }).is_none(), "{module}.{name}");
            }
        }
    }
}
