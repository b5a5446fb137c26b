//! The audit of pickles with NumPy's knowledge: its objects are data in the forms in which NumPy and joblib write them.

use std::cell::Cell;

use crate::ObjectExt;
use crate::objects::forms::{self, Form};
use crate::objects::{decode, dtype_state};
use crate::pickle::{
    Audit, AuditBudget, AuditHooks, CallKind, Global, InlineData, Judgement, Leaf, Object, PartialValue,
    Verdict, audit_with,
};

/// Lists the imports, calls and changes of loading the pickles in `bytes` with Python, as [`pickle::audit`](crate::pickle::audit)
/// does, except that NumPy's dtypes, arrays, scalars and masked arrays are data if they have the exact form in which NumPy
/// writes them and nothing in their states contradicts itself. Nothing is loaded.
///
/// ```
/// use numio::pickle::Verdict;
///
/// // pickle.dumps(numpy.float64(1.5), 2)
/// let bytes = b"\x80\x02cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\
///     \xff\xffJ\xff\xff\xff\xffK\0tbC\x08\0\0\0\0\0\0\xf8?\x86R.";
/// assert_eq!(numio::audit(bytes).verdict(), Verdict::DataOnly);
/// assert_eq!(numio::pickle::audit(bytes).verdict(), Verdict::NeedsTrust);
/// ```
pub fn audit(bytes: &[u8]) -> Audit {
    audit_within(bytes, &mut AuditBudget::for_len(bytes.len() as u64))
}

/// As [`audit`], within a budget: for the content of a smaller file.
pub fn audit_within(bytes: &[u8], budget: &mut AuditBudget) -> Audit {
    // Many arrays may name the same bytes; no file of NumPy's does that often.
    let left = Cell::new((bytes.len() as u64).saturating_mul(4).saturating_add(1 << 20));
    audit_with(bytes, budget, &Numpy { left })
}

/// NumPy's knowledge of its own pickles, and of joblib's.
struct Numpy {
    /// The number of bytes of arrays that may still be looked at.
    left: Cell<u64>,
}

impl AuditHooks for Numpy {
    fn judge(&self, object: Object<'_>) -> Option<Judgement> {
        match object.as_global() {
            Some(global) if forms::is_known(global) => {
                Some((Verdict::DataOnly, "NumPy's own way to make an array"))
            }
            Some(global) if is_wrapper(global) => Some((Verdict::DataOnly, JOBLIBS_WAY)),
            Some(_) => None,
            None => self.judge_call(object),
        }
    }

    /// Dtypes are arguments of the calls that make arrays.
    fn inspects(&self, global: Global<'_>) -> bool {
        global.module.starts_with("numpy")
    }

    /// joblib writes the elements of an array behind the instruction that gives the array's wrapper its state.
    fn inline_data(&self, object: PartialValue<'_>, rest: &[u8]) -> Option<InlineData> {
        object.callee().filter(|callee| is_wrapper(*callee))?;
        let state = object.state()?;
        let dtype = attribute(state, "dtype")?;
        let (bytes_each, has_objects) = itemsize(dtype)?;
        if has_objects {
            return Some(InlineData::Pickle);
        }
        let shape = attribute(state, "shape")?;
        let mut bytes = bytes_each;
        for axis in shape.children() {
            bytes = bytes.checked_mul(u64::try_from(int(axis)?).ok()?)?;
        }
        // A byte counts the padding that follows it.
        let padding = attribute(state, "numpy_array_alignment_bytes").and_then(PartialValue::leaf);
        let is_padded = padding.is_some_and(|leaf| leaf != Leaf::None);
        let padding = if is_padded { 1 + u64::from(rest.first().copied().unwrap_or_default()) } else { 0 };
        Some(InlineData::Bytes(bytes.saturating_add(padding)))
    }
}

impl Numpy {
    fn judge_call(&self, object: Object<'_>) -> Option<Judgement> {
        let call = object.as_call()?;
        // The form in which pickle makes an object without its constructor, with its attributes as they were.
        let is_bare = call.kind() == CallKind::New && call.args().is_empty() && call.kwargs().is_empty();
        let is_plain = is_bare && call.items().is_empty() && call.pairs().is_empty() && !call.is_mutated();
        if is_plain && call.global().is_some_and(is_wrapper) {
            return Some((Verdict::DataOnly, JOBLIBS_WAY));
        }
        self.left.set(self.left.get().checked_sub(size(object)?)?);
        Some((Verdict::DataOnly, "in the form that NumPy writes"))
    }
}

const JOBLIBS_WAY: &str = "joblib's way to write an array";

/// True for the class of joblib's wrappers of arrays (`joblib/numpy_pickle.py`).
fn is_wrapper(global: Global<'_>) -> bool {
    global == Global { module: "joblib.numpy_pickle", name: "NumpyArrayWrapper" }
}

/// An attribute of an object, by its state.
fn attribute<'a>(state: PartialValue<'a>, wanted: &str) -> Option<PartialValue<'a>> {
    let mut parts = state.children();
    loop {
        let (key, value) = (parts.next()?, parts.next()?);
        if matches!(key.leaf(), Some(Leaf::Str(text)) if *text == *wanted.as_bytes()) {
            return Some(value);
        }
    }
}

/// The size of an element of a dtype, and whether it contains objects.
fn itemsize(dtype: PartialValue<'_>) -> Option<(u64, bool)> {
    let Leaf::Str(spec) = dtype.args()?.children().next()?.leaf()? else { return None };
    let spec = std::str::from_utf8(&spec).ok()?.trim_start_matches(['<', '>', '=', '|']);
    let kind = spec.chars().next()?;
    let size: u64 = spec.get(kind.len_utf8()..)?.parse().ok()?;
    // NPY_ITEM_HASOBJECT, the lowest of the flags.
    let flags = dtype.state().and_then(|state| int(state.children().nth(7)?)).unwrap_or(0);
    let size = if kind == 'U' { size.checked_mul(4)? } else { size };
    Some((size, kind == 'O' || flags & 1 == 1))
}

fn int(value: PartialValue<'_>) -> Option<i64> {
    match value.leaf()? {
        Leaf::Int(value) => Some(value),
        // NumPy's integers, which joblib makes of shapes, are calls.
        _ => None,
    }
}

/// The number of bytes of the elements that NumPy would build; `None` if it would fail.
fn size(object: Object<'_>) -> Option<u64> {
    let array = match forms::of(object)?.0 {
        Form::DType | Form::StringDType => return dtype_state::of(object).ok().map(|_| 0),
        Form::MaskedConstant => return object.as_numpy().ok()?.map(|_| 0),
        Form::Reconstruct | Form::FromBuffer => decode::find(object).ok()??,
        Form::Scalar => decode::scalar(object).ok()??,
        Form::Masked => decode::masked_find(object).ok()??.data,
    };
    Some((array.size() as u64).saturating_mul(array.dtype().itemsize() as u64))
}
