//! The types of `collections`.

use super::super::call::Call;
use super::super::items::{Dict, Items};
use super::super::value::Value;

/// `OrderedDict()` that is given pairs; `OrderedDict([[key, value], ...])` in Python 2.
pub(super) fn ordered_dict<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    (call.has_no_state() && call.items().is_empty()).then_some(())?;
    let args = call.args();
    if args.is_empty() {
        return Some(Value::OrderedDict(call.pairs()));
    }
    let [list] = args.array()?;
    if !call.pairs().is_empty() {
        return None;
    }
    Dict::of_pairs(list).map(Value::OrderedDict)
}

/// `defaultdict()` or `defaultdict(factory)` that is given pairs.
pub(super) fn defaultdict<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    (call.has_no_state() && call.items().is_empty()).then_some(())?;
    let args = call.args();
    let factory = match args.len() {
        0 => None,
        1 => args.get(0).filter(|factory| !factory.is_none()),
        _ => return None,
    };
    Some(Value::DefaultDict { factory, dict: call.pairs() })
}

/// `Counter(dict)`.
pub(super) fn counter<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    let [dict] = call.args().array()?;
    match dict.plain() {
        Value::Dict(dict) => Some(Value::Counter(dict)),
        _ => None,
    }
}

/// `deque()` or `deque((), maxlen)` that is given items; `deque(list)`, `deque(list, maxlen)` in Python 2.
pub(super) fn deque<'g>(call: &Call<'g>) -> Option<Value<'g>> {
    (call.has_no_state() && call.pairs().is_empty()).then_some(())?;
    let args = call.args();
    let maxlen = match (args.len(), args.get(1)) {
        (0 | 1, _) => None,
        (2, Some(maxlen)) => match maxlen.plain() {
            Value::None => None,
            Value::Int(maxlen) => Some(usize::try_from(maxlen.to_i64()?).ok()?),
            _ => return None,
        },
        _ => return None,
    };
    let given = call.items();
    let items: Items<'g> = match args.get(0).map(|first| first.plain()) {
        None => given,
        Some(Value::Tuple(none)) if none.is_empty() => given,
        Some(Value::List(items)) if given.is_empty() => items,
        _ => return None,
    };
    maxlen.is_none_or(|most| items.len() <= most).then_some(Value::Deque { items, maxlen })
}
