//! From what a pickle does to a verdict.

use super::finding::{Act, Verdict};
use super::table::{DANGEROUS, HARMLESS};
use crate::pickle::graph::{Call, Deed, Did, Global, Object, Value};
use crate::pickle::rename;

/// A verdict and its reason.
pub(crate) type Judgement = (Verdict, &'static str);

/// Tells of a call or a global what this room does not know; nothing where it does not know either.
pub(crate) type Opinion<'a> = &'a dyn Fn(Object<'_>) -> Option<Judgement>;

/// What is done, with what, and what to think of it.
pub(super) fn judge(deed: &Deed<'_>, opinion: Opinion<'_>) -> (Act, String, Judgement) {
    let (act, name, own) = match &deed.did {
        Did::Name(global) => (Act::Import, global.to_string(), of_global(*global)),
        Did::Call(call) => {
            let name = call
                .global()
                .map_or_else(|| "what another call gives".to_owned(), |global| global.to_string());
            (Act::Call, name, of_call(deed.object, call))
        }
        Did::Change => (Act::Change, name_of(deed.object), of_change(deed.object)),
        Did::Extension(code) => {
            let reason = "what the number stands for is not in the file";
            (Act::Import, format!("extension {code}"), (Verdict::NeedsTrust, reason))
        }
        Did::Ask => {
            let reason = "the program that loads the pickle decides what that is";
            (Act::Ask, "a persistent object".to_owned(), (Verdict::NeedsTrust, reason))
        }
    };
    // Another's opinion can neither excuse what is known to do harm nor what changes something that exists already.
    let open = own.0 == Verdict::NeedsTrust && act != Act::Change;
    let judgement = if open { opinion(deed.object).unwrap_or(own) } else { own };
    (act, name, judgement)
}

fn of_global(global: Global<'_>) -> Judgement {
    match danger(global) {
        Some(reason) => (Verdict::Dangerous, reason),
        None if is_harmless(global) => (Verdict::DataOnly, "a plain type of Python's own"),
        None => (Verdict::NeedsTrust, "importing its module runs it"),
    }
}

fn of_call(object: Object<'_>, call: &Call<'_>) -> Judgement {
    if !matches!(object.value(), Value::Call(_)) {
        return (Verdict::DataOnly, "a value of a plain type, as Python's pickler writes it");
    }
    match call.global() {
        None => (Verdict::Dangerous, "runs something that the file does not name"),
        Some(global) => match danger(global) {
            Some(reason) => (Verdict::Dangerous, reason),
            None if is_harmless(global) => (
                Verdict::NeedsTrust,
                "not in the form that Python's pickler writes: it may take any time and memory",
            ),
            None => (Verdict::NeedsTrust, "its code runs, on arguments and state from the file"),
        },
    }
}

fn of_change(object: Object<'_>) -> Judgement {
    match object.as_call() {
        Some(_) => (Verdict::NeedsTrust, "an object is given state again, as no pickler does"),
        None => (Verdict::Dangerous, "changes a class, function or object for the whole process"),
    }
}

fn name_of(object: Object<'_>) -> String {
    let global = object.as_global().or_else(|| object.as_call()?.global());
    global.map_or_else(|| format!("a {}", object.value().type_name()), |global| global.to_string())
}

/// Why a global is dangerous, by any of its names.
fn danger(global: Global<'_>) -> Option<&'static str> {
    let (module, name) = rename::to_python3(global.module, global.name);
    danger_of(global).or_else(|| danger_of(Global { module, name }))
}

fn danger_of(global: Global<'_>) -> Option<&'static str> {
    let (first, dotted) = match global.name.split_once('.') {
        Some((first, _)) => (first, true),
        None => (global.name, false),
    };
    let below = |module: &str| global.module.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'));
    let row = DANGEROUS.iter().find(|(module, names, _)| {
        let meant = |name: &&str| *name == global.name || *name == first || (*name == "*." && dotted);
        (*module == global.module && (names.is_empty() || names.iter().any(meant)))
            || (names.is_empty() && below(module))
    });
    // What hides behind two underscores leads from any object to all of Python.
    let hidden =
        || (dotted && global.name.contains("__")).then_some("reaches into the inside of Python's objects");
    row.map(|(.., reason)| *reason).or_else(hidden)
}

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
