//! Objects of harmless classes that are made by doing what their pickle says, once it is known to say nothing else than
//! what the pickler of Python (3.10 to 3.14) or NumPy (1.26 to 2.5) writes for them.
//!
//! A constructor or a `__setstate__` believes its arguments: a position outside of its buffer makes a random generator
//! of NumPy's read memory that is not its own. So each form is checked down to the range of its numbers before any of
//! it is done; what differs in anything is a call like any other, and needs trust.

use crate::objects::decode;
use crate::objects::dtype_state::Reading;
use crate::objects::forms::{self, Form};
use crate::pickle::{self, Call, Dict, Global, How, Items, Object, Value};
use crate::{DType, Scalar};

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
    ("numpy.random._pickle", "__bit_generator_ctor", bit_generator),
    ("numpy.random._pickle", "__generator_ctor", generator),
    ("numpy.random._pickle", "__randomstate_ctor", random_state),
    ("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence", seed_sequence),
    ("numpy.random.bit_generator", "__pyx_unpickle_SeedlessSeedSequence", seedless),
];

/// Classes that are instantiated without their constructor, and given a state.
const CREATED: &[(&str, &str, Check)] = &[
    ("collections", "ChainMap", chain_map),
    ("collections", "UserDict", user_dict),
    ("collections", "UserList", user_list),
    ("collections", "UserString", user_string),
    ("numpy", "poly1d", poly1d),
    ("numpy.polynomial.chebyshev", "Chebyshev", polynomial),
    ("numpy.polynomial.hermite", "Hermite", polynomial),
    ("numpy.polynomial.hermite_e", "HermiteE", polynomial),
    ("numpy.polynomial.laguerre", "Laguerre", polynomial),
    ("numpy.polynomial.legendre", "Legendre", polynomial),
    ("numpy.polynomial.polynomial", "Polynomial", polynomial),
];

/// Classes that are only handed to others of these functions.
const CLASSES: &[(&str, &str)] = &[
    ("numpy.random._mt19937", "MT19937"),
    ("numpy.random._pcg64", "PCG64"),
    ("numpy.random._pcg64", "PCG64DXSM"),
    ("numpy.random._philox", "Philox"),
    ("numpy.random._sfc64", "SFC64"),
    ("numpy.random.bit_generator", "SeedSequence"),
    ("numpy.random.bit_generator", "SeedlessSeedSequence"),
];

/// Returns whether it is one of the names of NumPy's above, which are harmless to look up. Python's own are listed with
/// its other types.
pub(super) fn is_known(global: Global<'_>) -> bool {
    let is = |module: &str, name: &str| global == Global { module, name };
    global.module.starts_with("numpy")
        && (CALLED.iter().chain(CREATED).any(|(module, name, _)| is(module, name))
            || CLASSES.iter().any(|(module, name)| is(module, name)))
}

impl Global<'_> {
    /// Whether it is a class or function that does no harm by being looked up, and that pickles of plain data name:
    /// types of Python's own, and what NumPy writes for its arrays, dtypes and scalars. To call it with what a file says
    /// may still do harm.
    ///
    /// ```
    /// use numio::pickle::Global;
    ///
    /// assert!(Global { module: "decimal", name: "Decimal" }.is_harmless());
    /// assert!(!Global { module: "os", name: "system" }.is_harmless());
    /// ```
    pub fn is_harmless(self) -> bool {
        pickle::is_harmless(self) || forms::is_known(self) || forms::is_scalar(self) || is_known(self)
    }
}

impl Object<'_> {
    /// Returns whether it is a call that makes an object of a harmless class, such as `zoneinfo.ZoneInfo` or
    /// `numpy.random.Generator`, in exactly the form that the pickler of Python or NumPy writes: to do what it says is
    /// safe. The values of plain types are [`Value`]s, and arrays and scalars are found by
    /// [`as_numpy`](Object::as_numpy).
    ///
    /// ```
    /// // pickle.dumps(ipaddress.ip_address('1.2.3.4'), 2)
    /// let graph = numio::pickle::load(b"\x80\x02cipaddress\nIPv4Address\nJ\x04\x03\x02\x01\x85R.")?;
    /// assert!(graph.root().is_known_form());
    /// let graph = numio::pickle::load(b"\x80\x02cipaddress\nIPv4Address\n]\x85R.")?;
    /// assert!(!graph.root().is_known_form());
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn is_known_form(self) -> bool {
        self.as_call().is_some_and(|call| of(&call).is_some())
    }
}

fn of(call: &Call<'_>) -> Option<()> {
    let is_bare = call.kwargs().is_empty() && call.items().is_empty() && call.pairs().is_empty();
    if !is_bare || call.later().next().is_some() {
        return None;
    }
    let check = |table: &[(&str, &str, Check)], global: Global<'_>| {
        let row = table.iter().find(|(module, name, _)| global == Global { module, name });
        row.and_then(|(.., check)| check(call))
    };
    let Some(global) = call.global() else {
        // `getattr(ZoneInfo, '_unpickle')`, which Python 3.10 to 3.14 write in every protocol.
        let (module, name) = call.callable().as_call()?.attribute()?;
        let is_reduced = call.how() == How::Reduce && is_zone(module, &name);
        return if is_reduced { zone(call) } else { None };
    };
    match call.how() {
        How::Reduce if (global.module, global.name) == ("copyreg", "_reconstructor") => {
            // The same as a bare instance, before protocol 2.
            let [class, base, state] = call.args().array()?;
            let base = base.as_global()?;
            let is_bare = (base.module, base.name) == ("builtins", "object") && state.is_none();
            if is_bare { check(CREATED, class.as_global()?) } else { None }
        }
        How::Reduce => check(CALLED, global),
        How::New => check(CREATED, global),
        _ => None,
    }
}

/// Returns whether the attribute of that name is one that a known form calls.
pub(super) fn is_zone(module: &str, name: &str) -> bool {
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
    let fits = call.how() == How::Reduce || (args.len() == 1 && args.iter().all(is_text));
    (fits && is_text(text)).then_some(())
}

/// The one attribute of a state, of an instance that was made without arguments but for those of `UserString`.
fn only<'g>(call: &Call<'g>, name: &str) -> Option<Object<'g>> {
    let state = call.state()?.plain_dict()?;
    let is_text = call.global()?.name == "UserString";
    let is_bare = call.how() == How::Reduce || call.args().is_empty() || is_text;
    state.get(name).filter(|_| is_bare && state.len() == 1)
}

/// A bare `poly1d` with its coefficients.
fn poly1d(call: &Call<'_>) -> Option<()> {
    let fits = |name: &str, value: Object<'_>| match name {
        "coeffs" | "_coeffs" => is_array(value),
        "variable" | "_variable" => matches!(value.plain(), Value::Str(_)),
        "order" => number(value).is_some(),
        _ => false,
    };
    attributes(call, fits)
}

/// A bare instance of one of the classes of `numpy.polynomial`.
fn polynomial(call: &Call<'_>) -> Option<()> {
    let fits = |name: &str, value: Object<'_>| match name {
        "coef" | "domain" | "window" => is_array(value),
        "symbol" | "_symbol" => matches!(value.plain(), Value::Str(_)),
        _ => false,
    };
    let state = call.state()?.plain_dict()?;
    let is_whole = ["coef", "domain", "window"].iter().all(|name| state.get(name).is_some());
    if is_whole { attributes(call, fits) } else { None }
}

fn attributes<'g>(call: &Call<'g>, fits: impl Fn(&str, Object<'g>) -> bool) -> Option<()> {
    let is_bare = call.how() == How::Reduce || call.args().is_empty();
    let state = call.state()?.plain_dict()?;
    let all = state.iter().all(|(name, value)| name.plain_str().is_some_and(|name| fits(name, value)));
    (is_bare && all && !state.is_empty()).then_some(())
}

/// Returns whether it is an array, which is checked by itself.
fn is_array(object: Object<'_>) -> bool {
    matches!(forms::of(object), Some((Form::Reconstruct | Form::FromBuffer, _)))
}

/// `__bit_generator_ctor(class or its name)` with a state, from NumPy 2 on with the seed sequence behind it.
fn bit_generator(call: &Call<'_>) -> Option<()> {
    let [class] = call.args().array()?;
    let name = generator_name(class)?;
    let state = call.state()?;
    let Some(pair) = tuple(state) else { return generator_state(&state.plain_dict()?, name, 0) };
    let [state, seed] = pair.array()?;
    generator_state(&state.plain_dict()?, name, 0)?;
    if seed.is_none() {
        return Some(());
    }
    let seed = seed.as_call()?;
    let global = seed.global().filter(|global| global.module == "numpy.random.bit_generator")?;
    matches!(global.name, "__pyx_unpickle_SeedSequence" | "__pyx_unpickle_SeedlessSeedSequence")
        .then(|| of(&seed))?
}

/// The name of a class of bit generators.
fn generator_name<'g>(class: Object<'g>) -> Option<&'g str> {
    match class.as_global() {
        Some(global) => {
            let is_one = CLASSES.contains(&(global.module, global.name)) && !global.name.starts_with("Seed");
            is_one.then_some(global.name)
        }
        None => class.plain_str(),
    }
}

/// The state of a bit generator, besides which the dict has `others` entries.
fn generator_state(state: &Dict<'_>, name: &str, others: usize) -> Option<()> {
    if state.get("bit_generator")?.plain_str()? != name {
        return None;
    }
    let inner = state.get("state")?.plain_dict()?;
    let has_32_bits = || {
        let (has, kept) = (state.get("has_uint32")?, state.get("uinteger")?);
        ((0..=1).contains(&number(has)?)).then(|| unsigned(kept, 32))?
    };
    let (outer_len, inner_len) = match name {
        "MT19937" => {
            numbers(inner.get("key")?, 4, 624)?;
            (0..=624).contains(&number(inner.get("pos")?)?).then_some(())?;
            (2, 2)
        }
        "PCG64" | "PCG64DXSM" => {
            unsigned(inner.get("state")?, 128)?;
            unsigned(inner.get("inc")?, 128)?;
            has_32_bits()?;
            (4, 2)
        }
        "Philox" => {
            numbers(inner.get("counter")?, 8, 4)?;
            numbers(inner.get("key")?, 8, 2)?;
            numbers(state.get("buffer")?, 8, 4)?;
            (0..=4).contains(&number(state.get("buffer_pos")?)?).then_some(())?;
            has_32_bits()?;
            (6, 2)
        }
        "SFC64" => {
            numbers(inner.get("state")?, 8, 4)?;
            has_32_bits()?;
            (4, 1)
        }
        _ => return None,
    };
    (state.len() == outer_len + others && inner.len() == inner_len).then_some(())
}

/// The arguments of the functions that make a `Generator` or a `RandomState`: a bit generator, or before NumPy 2 its name
/// and the function that makes it. `None` for one that has its state, the name for one that waits for it.
fn maker<'g>(call: &Call<'g>) -> Option<Option<&'g str>> {
    let is_maker = |object: Object<'g>| {
        let global = object.as_global();
        global.is_some_and(|found| {
            (found.module, found.name) == ("numpy.random._pickle", "__bit_generator_ctor")
        })
    };
    match call.args().array() {
        Some([made]) => {
            let made = made.as_call()?;
            is_maker(made.callable()).then(|| of(&made))?.map(|()| None)
        }
        None => {
            let [name, function] = call.args().array()?;
            is_maker(function).then(|| name.plain_str())?.map(Some)
        }
    }
}

fn generator(call: &Call<'_>) -> Option<()> {
    match (maker(call)?, call.state()) {
        (None, None) => Some(()),
        (Some(name), Some(state)) => generator_state(&state.plain_dict()?, name, 0),
        _ => None,
    }
}

/// The state of a `RandomState` is that of its bit generator, and what is left of a pair of normal numbers.
fn random_state(call: &Call<'_>) -> Option<()> {
    let waiting = maker(call)?;
    let state = call.state()?.plain_dict()?;
    let name = state.get("bit_generator")?.plain_str()?;
    (0..=1).contains(&number(state.get("has_gauss")?)?).then_some(())?;
    matches!(state.get("gauss")?.plain(), Value::Float(_)).then_some(())?;
    let inner = match waiting {
        Some(name) => name,
        None => {
            let [made] = call.args().array()?;
            let [class] = made.as_call()?.args().array()?;
            generator_name(class)?
        }
    };
    if inner == name { generator_state(&state, name, 2) } else { None }
}

/// `__pyx_unpickle_SeedSequence(class, checksum, None)` with the state `(entropy, children, pool, size, spawn key)`.
fn seed_sequence(call: &Call<'_>) -> Option<()> {
    let [class, checksum, nothing] = call.args().array()?;
    let class = class.as_global()?;
    let is_class = (class.module, class.name) == ("numpy.random.bit_generator", "SeedSequence");
    (is_class && number(checksum).is_some() && nothing.is_none()).then_some(())?;
    let [entropy, children, pool, size, key] = tuple(call.state()?)?.array()?;
    // NumPy's integers are checked by themselves, as arrays are.
    let is_int = |object: Object<'_>| {
        matches!(object.plain(), Value::Int(_)) || matches!(forms::of(object), Some((Form::Scalar, _)))
    };
    let is_entropy = match entropy.plain() {
        Value::None | Value::Int(_) => true,
        Value::List(items) | Value::Tuple(items) => items.iter().all(is_int),
        _ => is_int(entropy) || is_array(entropy),
    };
    unsigned(children, 32)?;
    let size = usize::try_from(number(size)?).ok().filter(|size| (1..=1 << 10).contains(size))?;
    numbers(pool, 4, size)?;
    (is_entropy && tuple(key)?.iter().all(is_int)).then_some(())
}

/// `__pyx_unpickle_SeedlessSeedSequence(class, checksum, ())`, which has no state.
fn seedless(call: &Call<'_>) -> Option<()> {
    no_state(call)?;
    let [class, checksum, nothing] = call.args().array()?;
    let class = class.as_global()?;
    let is_class = (class.module, class.name) == ("numpy.random.bit_generator", "SeedlessSeedSequence");
    let is_bare = tuple(nothing).is_some_and(|items| items.is_empty());
    (is_class && number(checksum).is_some() && is_bare).then_some(())
}

fn no_state(call: &Call<'_>) -> Option<()> {
    call.state().is_none().then_some(())
}

fn tuple<'g>(object: Object<'g>) -> Option<Items<'g>> {
    match object.plain() {
        Value::Tuple(items) => Some(items),
        _ => None,
    }
}

/// An integer that fits 64 bits. A bool is none.
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

/// An array of so many unsigned numbers of that size.
fn numbers(object: Object<'_>, size: usize, count: usize) -> Option<()> {
    let (form, call) = forms::of(object)?;
    let args = call.args();
    let dtype = match form {
        Form::FromBuffer => args.get(1)?,
        // Of a version, a shape, a dtype, an order and the elements.
        Form::Reconstruct => tuple(call.state()?)?.get(2)?,
        _ => return None,
    };
    // Reading a dtype takes as long as it is large.
    let spec = dtype.as_call()?.args().get(0)?.plain_str()?;
    let is_small = dtype
        .as_call()?
        .state()
        .and_then(tuple)
        .is_some_and(|state| (2..5).all(|index| state.get(index).is_some_and(Object::is_none)));
    if spec.len() > 3 || !is_small {
        return None;
    }
    let mut reading = Reading::of(object.graph());
    let (dtype, shape) = match form {
        Form::FromBuffer => {
            let shape = crate::objects::shape(args.get(2)?).ok()?;
            (reading.dtype(dtype).ok()?, shape)
        }
        _ => {
            let parts = decode::parts(&call, &mut reading).ok()?;
            (parts.dtype, parts.shape)
        }
    };
    let is_unsigned = matches!(dtype, DType::Scalar(Scalar::UInt(..))) && dtype.itemsize() == size;
    (is_unsigned && shape == [count]).then_some(())
}
