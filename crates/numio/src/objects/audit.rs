//! The audit of pickles with NumPy's knowledge: its objects are data in the forms in which NumPy and joblib write them.

use std::cell::Cell;

use crate::ObjectExt;
use crate::objects::forms::{self, Form};
use crate::objects::joblib::{self, JOBLIB, is_wrapper};
use crate::objects::{decode, dtype_state, known};
use crate::pickle::{
    Audit, AuditBudget, AuditHooks, Call, CallKind, Global, Graph, InlineFormat, Judgement, Object, RawValue,
    Untrusted, Verdict, audit_with,
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

/// Pickles as a whole, with NumPy's objects among those that are known.
pub trait GraphExt {
    /// Lists the names that Python would import or call to load the pickle, in the order of the file, without those of plain
    /// data in the forms that their picklers write, and those for which `is_trusted` returns true.
    ///
    /// ```
    /// use numio::GraphExt;
    ///
    /// let graph = numio::pickle::load(b"(cpandas\nDataFrame\n)Rcos\nsystem\nt.")?;
    /// let all = graph.untrusted(|_| false);
    /// let names: Vec<_> = all.iter().map(|found| format!("{}.{}", found.module, found.name)).collect();
    /// assert_eq!(names, ["pandas.DataFrame", "os.system"]);
    /// assert!(all[0].danger.is_none() && all[1].danger.is_some());
    /// assert_eq!(graph.untrusted(|global| global.module == "os").len(), 1);
    /// # Ok::<(), numio::Error>(())
    /// ```
    fn untrusted(&self, is_trusted: impl FnMut(Global<'_>) -> bool) -> Vec<Untrusted>;
}

impl GraphExt for Graph {
    fn untrusted(&self, is_trusted: impl FnMut(Global<'_>) -> bool) -> Vec<Untrusted> {
        self.untrusted_with(&Numpy { left: Cell::new(0) }, is_trusted)
    }
}

/// NumPy's knowledge of its own pickles, and of joblib's.
struct Numpy {
    /// The number of bytes of arrays that may still be looked at.
    left: Cell<u64>,
}

impl AuditHooks for Numpy {
    fn is_harmless(&self, global: Global<'_>) -> bool {
        forms::is_known(global) || forms::is_scalar(global) || known::is_known(global) || is_wrapper(global)
    }

    fn is_known_form(&self, object: Object<'_>) -> bool {
        let callee = object.as_call().and_then(|call| call.global());
        forms::of(object).is_some() || callee.is_some_and(is_wrapper) || known::is_known_form(object)
    }

    fn judge(&self, object: Object<'_>) -> Option<Judgement> {
        match object.as_global() {
            Some(global) if known::is_known(global) => {
                Some((Verdict::DataOnly, "makes objects of a harmless class"))
            }
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

    fn inline_format(&self) -> Option<InlineFormat> {
        Some(JOBLIB)
    }
}

impl Numpy {
    fn judge_call(&self, object: Object<'_>) -> Option<Judgement> {
        let call = object.as_call()?;
        // The form in which pickle makes an object without its constructor, with its attributes as they were.
        let is_bare = call.kind() == CallKind::New && call.args().is_empty() && call.kwargs().is_empty();
        let is_plain = is_bare && call.items().is_empty() && call.pairs().is_empty() && !call.is_mutated();
        if is_plain && call.global().is_some_and(is_wrapper) && is_joblibs(&call).is_some() {
            return Some((Verdict::DataOnly, JOBLIBS_WAY));
        }
        if known::is_known_form(object) {
            return Some((Verdict::DataOnly, "an object of a harmless class, as its pickler writes it"));
        }
        self.left.set(self.left.get().checked_sub(size(object)?)?);
        Some((Verdict::DataOnly, "in the form that NumPy writes"))
    }
}

const JOBLIBS_WAY: &str = "joblib's way to write an array";

/// The number of bytes of the elements that NumPy would build; `None` if it would fail.
fn size(object: Object<'_>) -> Option<u64> {
    let array = match forms::of(object)?.0 {
        Form::DType | Form::StringDType => return dtype_state::of(object).ok().map(|_| 0),
        Form::MaskedConstant => return object.as_numpy().ok()?.map(|_| 0),
        Form::Reconstruct | Form::FromBuffer | Form::Joblib => decode::find(object).ok()??,
        Form::Scalar => decode::scalar(object).ok()??,
        Form::Masked => decode::masked_find(object).ok()??.data,
    };
    Some((array.size() as u64).saturating_mul(array.dtype().itemsize() as u64))
}

/// `None` unless a description is one that joblib itself writes, so that the elements that [`JOBLIB`] finds behind it are those
/// that joblib reads: each attribute once, and of its own type.
fn is_joblibs(call: &Call<'_>) -> Option<()> {
    let RawValue::Dict(_) = call.state()?.raw() else { return None };
    let state = call.state()?.as_dict().ok()?;
    let mut seen = Vec::new();
    for (key, value) in state.iter() {
        let RawValue::Str(name) = key.raw() else { return None };
        let name = name.as_str().filter(|name| !seen.contains(name))?;
        let fits = match name {
            "subclass" => forms::is_array_class(value),
            "shape" => is_shape(value),
            "order" => matches!(value.raw(), RawValue::Str(text) if matches!(text.as_str(), Some("C" | "F"))),
            "dtype" => is_dtype(value),
            "allow_mmap" => matches!(value.raw(), RawValue::Bool(_)),
            "numpy_array_alignment_bytes" => matches!(value.raw(), RawValue::None | RawValue::Int(_)),
            _ => false,
        };
        fits.then(|| seen.push(name))?;
    }
    ["subclass", "shape", "order", "dtype"].iter().all(|name| seen.contains(name)).then_some(())
}

fn is_shape(value: Object<'_>) -> bool {
    let RawValue::Tuple(axes) = value.raw() else { return false };
    axes.iter().all(|axis| match axis.raw() {
        RawValue::Int(value) => value.to_i64().is_some_and(|value| value >= 0),
        _ => false,
    })
}

/// A dtype in NumPy's form, of which the text or the state says the size.
fn is_dtype(value: Object<'_>) -> bool {
    let Some((Form::DType, call)) = forms::of(value) else { return false };
    let Ok(dtype) = dtype_state::of(value) else { return false };
    match call.args().get(0).map(|spec| spec.raw()) {
        Some(RawValue::Str(spec)) => {
            spec.as_str().and_then(joblib::of_spec).is_some_and(|(size, is_object)| {
                size == dtype.itemsize() as u64 && (!is_object || dtype.has_objects())
            })
        }
        Some(_) => true,
        None => false,
    }
}
