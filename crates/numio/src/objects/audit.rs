//! What loading a pickle with Python would do, where NumPy's own functions are known too.

use std::cell::Cell;

use super::forms::{self, Form};
use super::{array, dtype, masked};
use crate::pickle::{Audit, AuditBudget, Judgement, Object, Verdict, audit_with};

/// What loading the pickles in `bytes` with Python would import, call and change, as [`pickle::audit`](crate::pickle::audit)
/// tells it, but that NumPy's dtypes, arrays, scalars and masked arrays are data where they stand in the exact form in
/// which NumPy writes them and nothing in their states contradicts itself. Nothing is loaded.
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

/// The same, spending a budget: for what a smaller file unpacks to.
pub fn audit_within(bytes: &[u8], budget: &mut AuditBudget) -> Audit {
    // Many arrays may name the same bytes; no file of NumPy's does that often.
    let left = Cell::new((bytes.len() as u64).saturating_mul(4).saturating_add(1 << 20));
    audit_with(bytes, budget, &|object| of_global(object).or_else(|| of_call(object, &left)))
}

fn of_global(object: Object<'_>) -> Option<Judgement> {
    forms::is_known(object.as_global()?).then_some((Verdict::DataOnly, "NumPy's own way to make an array"))
}

fn of_call(object: Object<'_>, left: &Cell<u64>) -> Option<Judgement> {
    left.set(left.get().checked_sub(size(object)?)?);
    Some((Verdict::DataOnly, "in the form that NumPy writes"))
}

/// How many bytes there are in what NumPy would make; nothing where something is wrong with it.
fn size(object: Object<'_>) -> Option<u64> {
    let array = match forms::of(object)?.0 {
        Form::DType | Form::StringDType => return dtype::of(object).ok().map(|_| 0),
        Form::MaskedConstant => return object.as_numpy().ok()?.map(|_| 0),
        Form::Reconstruct | Form::FromBuffer => array::find(object).ok()??,
        Form::Scalar => array::scalar(object).ok()??,
        Form::Masked => masked::find(object).ok()??.data,
    };
    Some((array.size() as u64).saturating_mul(array.dtype().itemsize() as u64))
}
