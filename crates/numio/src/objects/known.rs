//! Objects of harmless classes of NumPy's that are made by doing what their pickle says, once it is known to say nothing else
//! than what the pickler of NumPy (1.26 to 2.5) writes for them.
//!
//! A constructor or a `__setstate__` believes its arguments: a position outside of its buffer makes a random generator
//! of NumPy's read memory that is not its own. So each form is checked down to the range of its numbers before any of
//! it is done; what differs in anything is a call like any other, and needs trust.

use crate::objects::decode;
use crate::objects::dtype_state::Reading;
use crate::objects::forms::{self, Form};
use crate::pickle::{Call, CallKind, Children, Dict, Global, Object, RawValue};
use crate::{DType, Scalar};

/// Looks at all that a call is given. `None` if that differs from what the pickler writes.
type Check = for<'g> fn(&Call<'g>) -> Option<()>;

/// Functions, and classes that are called.
const CALLED: &[(&str, &str, Check)] = &[
    ("numpy.random._pickle", "__bit_generator_ctor", bit_generator),
    ("numpy.random._pickle", "__generator_ctor", generator),
    ("numpy.random._pickle", "__randomstate_ctor", random_state),
    ("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence", seed_sequence),
    ("numpy.random.bit_generator", "__pyx_unpickle_SeedlessSeedSequence", seedless),
];

/// Classes that are instantiated without their constructor, and given a state.
const CREATED: &[(&str, &str, Check)] = &[
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

/// Returns whether it is one of the names above, which are harmless to look up.
pub(super) fn is_known(global: Global<'_>) -> bool {
    let is = |module: &str, name: &str| global == Global { module, name };
    CALLED.iter().chain(CREATED).any(|(module, name, _)| is(module, name))
        || CLASSES.iter().any(|(module, name)| is(module, name))
}

/// Returns whether it is a call that makes an object of one of the classes above in exactly the form that NumPy writes.
pub(super) fn is_known_form(object: Object<'_>) -> bool {
    object.as_call().is_some_and(|call| of(&call).is_some())
}

fn of(call: &Call<'_>) -> Option<()> {
    let is_bare = call.kwargs().is_empty() && call.items().is_empty() && call.pairs().is_empty();
    if !is_bare || call.is_mutated() {
        return None;
    }
    let check = |table: &[(&str, &str, Check)], global: Global<'_>| {
        let row = table.iter().find(|(module, name, _)| global == Global { module, name });
        row.and_then(|(.., check)| check(call))
    };
    let global = call.global()?;
    match call.kind() {
        CallKind::Reduce if (global.module, global.name) == ("copyreg", "_reconstructor") => {
            // The same as a bare instance, before protocol 2.
            let [class, base, state] = call.args().array()?;
            let base = base.as_global()?;
            let is_bare = (base.module, base.name) == ("builtins", "object") && state.is_none();
            if is_bare { check(CREATED, class.as_global()?) } else { None }
        }
        CallKind::Reduce => check(CALLED, global),
        CallKind::New => check(CREATED, global),
        _ => None,
    }
}

/// A bare `poly1d` with its coefficients.
fn poly1d(call: &Call<'_>) -> Option<()> {
    let fits = |name: &str, value: Object<'_>| match name {
        "coeffs" | "_coeffs" => is_array(value),
        "variable" | "_variable" => matches!(value.raw(), RawValue::Str(_)),
        "order" => number(value).is_some(),
        _ => false,
    };
    attributes(call, fits)
}

/// A bare instance of one of the classes of `numpy.polynomial`.
fn polynomial(call: &Call<'_>) -> Option<()> {
    let fits = |name: &str, value: Object<'_>| match name {
        "coef" | "domain" | "window" => is_array(value),
        "symbol" | "_symbol" => matches!(value.raw(), RawValue::Str(_)),
        _ => false,
    };
    let state = dict(call.state()?)?;
    let is_whole = ["coef", "domain", "window"].iter().all(|name| state.get(name).is_some());
    if is_whole { attributes(call, fits) } else { None }
}

fn attributes<'g>(call: &Call<'g>, fits: impl Fn(&str, Object<'g>) -> bool) -> Option<()> {
    let is_bare = call.kind() == CallKind::Reduce || call.args().is_empty();
    let state = dict(call.state()?)?;
    let all = state.iter().all(|(name, value)| text(name).is_some_and(|name| fits(name, value)));
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
    let Some(pair) = tuple(state) else { return generator_state(&dict(state)?, name, 0) };
    let [state, seed] = pair.array()?;
    generator_state(&dict(state)?, name, 0)?;
    if seed.is_none() {
        return Some(());
    }
    let seed = seed.as_call()?;
    let global = seed.global().filter(|global| global.module == "numpy.random.bit_generator")?;
    matches!(global.name, "__pyx_unpickle_SeedSequence" | "__pyx_unpickle_SeedlessSeedSequence")
        .then(|| of(&seed))?
}

/// The name of a class of bit generators.
fn generator_name(class: Object<'_>) -> Option<&str> {
    match class.as_global() {
        Some(global) => {
            let is_one = CLASSES.contains(&(global.module, global.name)) && !global.name.starts_with("Seed");
            is_one.then_some(global.name)
        }
        None => text(class),
    }
}

/// The state of a bit generator, besides which the dict has `others` entries.
fn generator_state(state: &Dict<'_>, name: &str, others: usize) -> Option<()> {
    if text(state.get("bit_generator")?)? != name {
        return None;
    }
    let inner = dict(state.get("state")?)?;
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
            is_maker(function).then(|| text(name))?.map(Some)
        }
    }
}

fn generator(call: &Call<'_>) -> Option<()> {
    match (maker(call)?, call.state()) {
        (None, None) => Some(()),
        (Some(name), Some(state)) => generator_state(&dict(state)?, name, 0),
        _ => None,
    }
}

/// The state of a `RandomState` is that of its bit generator, and what is left of a pair of normal numbers.
fn random_state(call: &Call<'_>) -> Option<()> {
    let waiting = maker(call)?;
    let state = dict(call.state()?)?;
    let name = text(state.get("bit_generator")?)?;
    (0..=1).contains(&number(state.get("has_gauss")?)?).then_some(())?;
    matches!(state.get("gauss")?.raw(), RawValue::Float(_)).then_some(())?;
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
        matches!(object.raw(), RawValue::Int(_)) || matches!(forms::of(object), Some((Form::Scalar, _)))
    };
    let is_entropy = match entropy.raw() {
        RawValue::None | RawValue::Int(_) => true,
        RawValue::List(items) | RawValue::Tuple(items) => items.iter().all(is_int),
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

fn tuple(object: Object<'_>) -> Option<Children<'_>> {
    match object.raw() {
        RawValue::Tuple(items) => Some(items),
        _ => None,
    }
}

/// A dict of the pickle's own, and no call that makes one.
fn dict(object: Object<'_>) -> Option<Dict<'_>> {
    matches!(object.raw(), RawValue::Dict(_)).then(|| object.as_dict().ok())?
}

fn text(object: Object<'_>) -> Option<&str> {
    match object.raw() {
        RawValue::Str(text) => text.as_str(),
        _ => None,
    }
}

/// An integer that fits 64 bits, and no bool.
fn number(object: Object<'_>) -> Option<i64> {
    match object.raw() {
        RawValue::Int(value) => value.to_i64(),
        _ => None,
    }
}

/// An integer from 0 on of at most that many bits, which are whole bytes.
fn unsigned(object: Object<'_>, bits: usize) -> Option<()> {
    let RawValue::Int(value) = object.raw() else { return None };
    let bytes = value.to_le_bytes()?;
    // The last byte of the shortest spelling may hold nothing but the sign.
    let len = bytes.len() - usize::from(bytes.last() == Some(&0));
    (!value.is_negative() && len <= bits / 8).then_some(())
}

/// An array of `count` unsigned numbers of `size` bytes.
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
    let spec = text(dtype.as_call()?.args().get(0)?)?;
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
