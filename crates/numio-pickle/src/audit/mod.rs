//! The effects of loading a pickle with Python, found without loading it.
//!
//! A pickle does harm by naming a global (which imports its module), by calling one, and by giving one state or items.
//! The audit finds these as the unpickler meets them, so that no spelling hides them: names that come from the memo, names
//! of Python 2, a second pickle behind the first, a tail that breaks off after the call.
//!
//! CPython has two unpicklers, one in C and one in Python, and they do not read every file alike. Where they differ from
//! each other or from [`Unpickler`], the audit goes on as the one that does more: it takes any arguments for a call, any
//! digits for a number, names cut off by the end of the file. Frames that do not fit are harm themselves, for they make
//! one unpickler run other instructions than another ([`Action::Hide`]).

mod finding;
mod judge;
mod strings;
mod table;
mod untrusted;
mod walk;

pub use self::finding::{Action, Audit, Finding, Verdict};
pub use self::judge::Judgement;
pub use self::strings::byte_strings;
pub use self::untrusted::Untrusted;

use self::judge::Judge;
use self::walk::AuditWalk;
use crate::{Error, ErrorKind, Global, InlineFormat, Object};

/// The cost that audits may still have, which they spend: for several audits of the content of one small file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditBudget {
    /// Maximum number of objects that consecutive pickles make. Default 2^18 and one for each byte.
    pub max_objects: u64,
    /// Steps that are left, of about 20 nanoseconds each. Default 2^20 and eight for each byte.
    pub steps: u64,
}

impl AuditBudget {
    /// For a file of `bytes` bytes.
    pub fn for_len(bytes: u64) -> Self {
        let max_objects = bytes.saturating_add(1 << 18);
        Self { max_objects, steps: bytes.saturating_mul(8).saturating_add(1 << 20) }
    }

    /// Takes steps; false if fewer were left.
    pub(super) fn spend(&mut self, steps: u64) -> bool {
        let left = self.steps.checked_sub(steps);
        self.steps = left.unwrap_or(0);
        left.is_some()
    }
}

/// Lists what loading the pickles in `bytes` with Python would import, call and change. Nothing is loaded, and nothing
/// that the bytes hold makes this fail.
///
/// Takes time and memory in proportion to the bytes. A pickle that would take more is judged as far as that goes, and
/// [`fault`](Audit::fault) says so.
pub fn audit(bytes: &[u8]) -> Audit {
    audit_with(bytes, &mut AuditBudget::for_len(bytes.len() as u64), &())
}

/// Knowledge of the pickles of one library, for [`audit_with`] and [`Graph::untrusted_with`](crate::Graph::untrusted_with).
/// `()` knows nothing.
pub trait AuditHooks {
    /// True for classes and functions of the library that do no harm by being looked up, and that pickles of its data name.
    fn is_harmless(&self, global: Global<'_>) -> bool {
        let _ = global;
        false
    }

    /// True for a call of such a global in exactly the form that the library's pickler writes.
    fn is_known_form(&self, object: Object<'_>) -> bool {
        let _ = object;
        false
    }

    /// The verdict on a global that the audit does not know, or on a call of one. Neither a call that is known to do harm nor a
    /// change of an object that exists already can be excused.
    fn judge(&self, object: Object<'_>) -> Option<Judgement> {
        let _ = object;
        None
    }

    /// True if [`judge`](Self::judge) looks into calls of this global that are arguments of other calls: the budget then pays
    /// for them.
    fn inspects(&self, global: Global<'_>) -> bool {
        let _ = global;
        false
    }

    /// The data that the library writes between the instructions, and that its loader skips. A plain `pickle.load` executes
    /// the data, and so both readings are audited.
    fn inline_format(&self) -> Option<InlineFormat> {
        None
    }
}

impl AuditHooks for () {}

/// The cost of starting with a pickle, in steps.
const START: u64 = 64;

/// As [`audit`], within a budget and with the knowledge of a library.
///
/// ```
/// use numio_pickle::{AuditBudget, AuditHooks, Judgement, Object, Verdict, audit, audit_with};
///
/// /// Trusts `shop.Order`, whose attributes are plain data.
/// struct Shop;
///
/// impl AuditHooks for Shop {
///     fn judge(&self, object: Object<'_>) -> Option<Judgement> {
///         let global = object.as_global().or_else(|| object.as_call()?.global())?;
///         (global.to_string() == "shop.Order").then_some((Verdict::DataOnly, "an order of the shop"))
///     }
/// }
///
/// let order = b"\x80\x02cshop\nOrder\n)\x81}X\x02\0\0\0idK\x07sb.";
/// assert_eq!(audit(order).verdict(), Verdict::NeedsTrust);
/// let mut budget = AuditBudget::for_len(order.len() as u64);
/// assert_eq!(audit_with(order, &mut budget, &Shop).verdict(), Verdict::DataOnly);
/// ```
pub fn audit_with(bytes: &[u8], budget: &mut AuditBudget, hooks: &dyn AuditHooks) -> Audit {
    let mut audit = Audit::default();
    let mut judge = Judge::new(hooks);
    let mut walked = AuditWalk::new(bytes, hooks).all(budget);
    let mut last = walked.collect(0, &mut judge, budget, &mut audit);
    if walked.has_inline_data {
        // The library's own loader skips the data, and `pickle.load` executes it: both are audited. Data that breaks off and does
        // no harm is no fault.
        let mut skipping = AuditWalk::new(bytes, hooks).past_data().all(budget);
        let plain = std::mem::take(&mut audit.findings);
        judge = Judge::new(hooks);
        let skipped_last = skipping.collect(0, &mut judge, budget, &mut audit);
        let is_whole = skipping.broken.is_none();
        audit.merge(plain.into_iter().filter(|finding| !is_whole || finding.verdict == Verdict::Dangerous));
        if is_whole {
            (walked, last) = (skipping, skipped_last);
        }
    }
    // If several pickles follow one another, one unpickler keeps its memo, and another starts each with an empty one.
    let broken = walked.broken.as_ref().map(|(start, _)| (*start..bytes.len(), true));
    let parts: Vec<_> = walked.pickles.iter().cloned().chain(broken).skip(1).collect();
    for (part, _) in parts.into_iter().filter(|(_, takes_from_memo)| *takes_from_memo) {
        if !budget.spend(START) {
            let what = "there are more pickles in a row than can be looked at one by one";
            walked.fault.get_or_insert_with(|| {
                Error::new(ErrorKind::LimitExceeded, what).with_offset(part.start as u64)
            });
            break;
        }
        let mut alone = Audit::default();
        let pickle = bytes.get(part.clone()).unwrap_or_default();
        AuditWalk::new(pickle, hooks).all(budget).collect(
            part.start,
            &mut Judge::new(hooks),
            budget,
            &mut alone,
        );
        audit.merge(alone.findings.into_iter());
        audit.fault = audit.fault.take().or(alone.fault);
    }
    audit.pickles = walked.pickles.len() as u64;
    audit.fault = walked.fault.or(audit.fault.take());
    if let Some((start, fault)) = walked.broken {
        if audit.pickles > 0 && last.is_none_or(|last| last < start) {
            // Bytes that do nothing before they break, behind a whole pickle, are no pickle.
            audit.trailing = (bytes.len() - start) as u64;
        } else {
            audit.pickles += 1;
            audit.fault.get_or_insert(fault);
        }
    }
    audit.findings.sort_by_key(|finding| finding.offset);
    audit
}
