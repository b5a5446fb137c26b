//! Objects of harmless classes that only Python makes, once it is known that their pickle says nothing else than what the
//! pickler of Python (3.10 to 3.14) writes for them.
//!
//! A constructor or a `__setstate__` believes its arguments. So each form is checked down to the range of its numbers;
//! what differs in anything is a call like any other, and needs trust.

use crate::graph::call::{Call, Global};
use crate::graph::children::Children;
use crate::graph::object::Object;
use crate::graph::value::Value;
use crate::visitor::CallKind;

/// Looks at all that a call is given. `None` if that differs from what the pickler writes.
type Check = for<'g> fn(&Call<'g>) -> Option<()>;

/// Functions, and classes that are called.
const CALLED: &[(&str, &str, Check)] = &[
    ("array", "array", array_of_list),
    ("array", "_array_reconstructor", array_of_bytes),
    ("ipaddress", "IPv4Address", address),
    ("ipaddress", "IPv4Interface", address),
    ("ipaddress", "IPv4Network", address),
    ("ipaddress", "IPv6Address", address),
    ("ipaddress", "IPv6Interface", address),
    ("ipaddress", "IPv6Network", address),
    ("time", "struct_time", struct_time),
    ("types", "SimpleNamespace", namespace),
    ("zoneinfo", "ZoneInfo._unpickle", zone),
];

/// Classes that are instantiated without their constructor, and given a state.
const CREATED: &[(&str, &str, Check)] = &[
    ("collections", "ChainMap", chain_map),
    ("collections", "UserDict", user_dict),
    ("collections", "UserList", user_list),
    ("collections", "UserString", user_string),
];

impl Object<'_> {
    /// Returns whether it is a call that makes an object of a harmless class of Python's standard library, such as
    /// `zoneinfo.ZoneInfo` or `ipaddress.IPv4Address`, in exactly the form that Python's pickler writes: to do what it says is
    /// safe. The values of plain types are [`Value`]s, and no such calls.
    ///
    /// ```
    /// // pickle.dumps(ipaddress.ip_address('1.2.3.4'), 2)
    /// let graph = numio_pickle::load(b"\x80\x02cipaddress\nIPv4Address\nJ\x04\x03\x02\x01\x85R.")?;
    /// assert!(graph.root().is_stdlib_form());
    /// let graph = numio_pickle::load(b"\x80\x02cipaddress\nIPv4Address\n]\x85R.")?;
    /// assert!(!graph.root().is_stdlib_form());
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    pub fn is_stdlib_form(self) -> bool {
        self.as_call().is_some_and(|call| check(&call).is_some())
    }
}

fn check(call: &Call<'_>) -> Option<()> {
    let is_bare = call.kwargs().is_empty() && call.items().is_empty() && call.pairs().is_empty();
    if !is_bare || call.is_mutated() {
        return None;
    }
    let check_in = |table: &[(&str, &str, Check)], global: Global<'_>| {
        let row = table.iter().find(|(module, name, _)| global == Global { module, name });
        row.and_then(|(.., check)| check(call))
    };
    let Some(global) = call.global() else {
        // `getattr(ZoneInfo, '_unpickle')`, which Python 3.10 to 3.14 write in every protocol.
        let (module, name) = call.callable().as_call()?.attribute()?;
        let is_reduced = call.kind() == CallKind::Reduce && is_zone(module, &name);
        return if is_reduced { zone(call) } else { None };
    };
    match call.kind() {
        CallKind::Reduce if (global.module, global.name) == ("copyreg", "_reconstructor") => {
            // The same as a bare instance, before protocol 2.
            let [class, base, state] = call.args().array()?;
            let base = base.as_global()?;
            let is_bare = (base.module, base.name) == ("builtins", "object") && state.is_none();
            if is_bare { check_in(CREATED, class.as_global()?) } else { None }
        }
        CallKind::Reduce => check_in(CALLED, global),
        CallKind::New => check_in(CREATED, global),
        _ => None,
    }
}

/// Returns whether the attribute of that name is one that a known form calls.
pub(crate) fn is_zone(module: &str, name: &str) -> bool {
    (module, name) == ("zoneinfo", "ZoneInfo._unpickle")
}

/// `ZoneInfo._unpickle(key, from_cache)`: a key that names a file among those of time zones, and no other.
fn zone(call: &Call<'_>) -> Option<()> {
    const LONGEST: usize = 64;
    let [key, from_cache] = call.args().array()?;
    let key = key.plain_str().filter(|key| key.len() <= LONGEST)?;
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    };
    (key.split('/').all(is_name) && flag(from_cache)).then(|| no_state(call))?
}

/// `SimpleNamespace()` that is given its attributes.
fn namespace(call: &Call<'_>) -> Option<()> {
    if !call.args().is_empty() {
        return None;
    }
    match call.state() {
        None => Some(()),
        Some(state) => {
            let attributes = state.plain_dict()?;
            attributes.iter().all(|(name, _)| matches!(name.plain(), Value::Str(_))).then_some(())
        }
    }
}

/// `array(typecode, list)`, before protocol 3.
fn array_of_list(call: &Call<'_>) -> Option<()> {
    no_state(call)?;
    let [code, items] = call.args().array()?;
    let code = typecode(code)?;
    let mut items = items.plain_list()?.into_iter();
    let fits = items.all(|item| match (code, item.plain()) {
        ('u' | 'w', Value::Str(text)) => text.code_points().count() == 1,
        ('f' | 'd', Value::Float(_)) => true,
        (code, Value::Int(_)) => !matches!(code, 'u' | 'w' | 'f' | 'd'),
        _ => false,
    });
    fits.then_some(())
}

/// `_array_reconstructor(array, typecode, machine format, bytes)`.
fn array_of_bytes(call: &Call<'_>) -> Option<()> {
    no_state(call)?;
    let [class, code, format, bytes] = call.args().array()?;
    let class = class.as_global()?;
    let is_array = (class.module, class.name) == ("array", "array");
    typecode(code)?;
    // The formats of `array_reconstructor` in CPython's `arraymodule.c`, which checks the rest.
    let is_format = (0..=21).contains(&number(format)?);
    (is_array && is_format && matches!(bytes.value(), Value::Bytes(_))).then_some(())
}

fn typecode(object: Object<'_>) -> Option<char> {
    let mut text = object.plain_str()?.chars();
    let code = text.next().filter(|code| "bBuwhHiIlLqQfd".contains(*code))?;
    text.next().is_none().then_some(code)
}

/// An address by its number or text, a network or an interface by its text.
fn address(call: &Call<'_>) -> Option<()> {
    const LONGEST: usize = 128;
    no_state(call)?;
    let [address] = call.args().array()?;
    match address.plain() {
        Value::Int(_) => unsigned(address, 128),
        // The name of a zone follows a percent sign.
        Value::Str(text) => (text.as_str()?.len() <= LONGEST).then_some(()),
        _ => None,
    }
}

/// `struct_time(nine numbers, {'tm_zone': name, 'tm_gmtoff': seconds})`.
fn struct_time(call: &Call<'_>) -> Option<()> {
    no_state(call)?;
    let [fields, more] = call.args().array()?;
    let fields = tuple(fields)?;
    let more = more.plain_dict()?;
    let known = |name: &str, fits: fn(Object<'_>) -> bool| match more.get(name) {
        Some(value) => (value.is_none() || fits(value)).then_some(1),
        None => Some(0),
    };
    let is_text = |value: Object<'_>| matches!(value.plain(), Value::Str(_));
    let count = known("tm_zone", is_text)? + known("tm_gmtoff", |value| number(value).is_some())?;
    (fields.len() == 9 && fields.iter().all(|field| number(field).is_some()) && count == more.len())
        .then_some(())
}

/// A bare `ChainMap` with the state `{'maps': [...]}`.
fn chain_map(call: &Call<'_>) -> Option<()> {
    only(call, "maps")?.plain_list().map(drop)
}

fn user_dict(call: &Call<'_>) -> Option<()> {
    only(call, "data")?.plain_dict().map(drop)
}

fn user_list(call: &Call<'_>) -> Option<()> {
    only(call, "data")?.plain_list().map(drop)
}

fn user_string(call: &Call<'_>) -> Option<()> {
    let text = only(call, "data")?;
    let is_text = |object: Object<'_>| matches!(object.plain(), Value::Str(_));
    let args = call.args();
    // The text is an argument too where the instance is made by `__new__`.
    let fits = call.kind() == CallKind::Reduce || (args.len() == 1 && args.iter().all(is_text));
    (fits && is_text(text)).then_some(())
}

/// The one attribute of a state, of an instance that was made without arguments but for those of `UserString`.
fn only<'g>(call: &Call<'g>, name: &str) -> Option<Object<'g>> {
    let state = call.state()?.plain_dict()?;
    let is_text = call.global()?.name == "UserString";
    let is_bare = call.kind() == CallKind::Reduce || call.args().is_empty() || is_text;
    state.get(name).filter(|_| is_bare && state.len() == 1)
}

fn no_state(call: &Call<'_>) -> Option<()> {
    call.state().is_none().then_some(())
}

fn tuple<'g>(object: Object<'g>) -> Option<Children<'g>> {
    match object.plain() {
        Value::Tuple(items) => Some(items),
        _ => None,
    }
}

/// An integer that fits 64 bits, and no bool.
fn number(object: Object<'_>) -> Option<i64> {
    match object.plain() {
        Value::Int(value) => value.to_i64(),
        _ => None,
    }
}

/// A bool, or 0 or 1.
fn flag(object: Object<'_>) -> bool {
    matches!(object.plain(), Value::Bool(_)) || matches!(number(object), Some(0 | 1))
}

/// An integer from 0 on of at most that many bits, which are whole bytes.
fn unsigned(object: Object<'_>, bits: usize) -> Option<()> {
    let Value::Int(value) = object.plain() else { return None };
    let bytes = value.to_le_bytes()?;
    // The last byte of the shortest spelling may hold nothing but the sign.
    let len = bytes.len() - usize::from(bytes.last() == Some(&0));
    (!value.is_negative() && len <= bits / 8).then_some(())
}
