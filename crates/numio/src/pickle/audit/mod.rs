//! What loading a pickle with Python would do, told from the outside: nothing is loaded.
//!
//! A pickle does harm by naming a global (which imports its module), by calling one, and by giving one state or items.
//! The audit finds these as the unpickler meets them, so that no spelling hides them: names that come from the memo, names
//! of Python 2, a second pickle behind the first, a tail that breaks off after the call.
//!
//! CPython has two unpicklers, one in C and one in Python, and they do not read every file alike. Where they differ from
//! each other or from [`Machine`], the audit goes on as the one that does more: it takes any arguments for a call, any
//! digits for a number, names cut off by the end of the file. Frames that do not fit are harm themselves, for they make
//! one unpickler run other instructions than another ([`Act::Hide`]).

mod finding;
mod judge;
mod strings;
mod table;
mod walk;

pub use self::finding::{Act, Audit, Finding, Verdict};
pub(crate) use self::judge::{Judgement, Opinion, danger, is_harmless};
pub use self::strings::byte_strings;

use self::judge::Judge;
use self::walk::Walk;
use crate::{Error, ErrorKind};

/// How much an audit may take, which it spends: for those who look into several things that one small file unpacks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditBudget {
    /// How many objects the pickles in a row may make. Default 2^18 and one for each byte.
    pub max_objects: u64,
    /// How much may still be done, in units of about 20 nanoseconds. Default 2^20 and eight for each byte.
    pub steps: u64,
}

impl AuditBudget {
    /// For a file of `bytes` bytes.
    pub fn for_len(bytes: u64) -> Self {
        let max_objects = bytes.saturating_add(1 << 18);
        Self { max_objects, steps: bytes.saturating_mul(8).saturating_add(1 << 20) }
    }

    /// Whether that much was left.
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
    audit_with(bytes, &mut AuditBudget::for_len(bytes.len() as u64), &|_| None)
}

/// What it takes to start with a pickle, in steps.
const START: u64 = 64;

/// The same with an opinion on calls and globals that this room does not know.
pub(crate) fn audit_with(bytes: &[u8], budget: &mut AuditBudget, opinion: Opinion<'_>) -> Audit {
    let mut audit = Audit::default();
    let mut judge = Judge::new(opinion);
    let mut walked = Walk::new(bytes).all(budget);
    let mut last = walked.collect(0, &mut judge, budget, &mut audit);
    if walked.has_inline_arrays {
        // joblib puts the elements of arrays between the instructions, and skips them when it loads; whoever loads its file
        // with `pickle` runs them, so both are audited. Elements that break off and do no harm are no fault.
        let mut skipping = Walk::new(bytes).past_arrays().all(budget);
        let plain = std::mem::take(&mut audit.findings);
        judge = Judge::new(opinion);
        let skipped_last = skipping.collect(0, &mut judge, budget, &mut audit);
        let is_whole = skipping.broken.is_none();
        audit.merge(plain.into_iter().filter(|finding| !is_whole || finding.verdict == Verdict::Dangerous));
        if is_whole {
            (walked, last) = (skipping, skipped_last);
        }
    }
    // Where several pickles follow one another, one unpickler keeps its memo, and another starts each with an empty one.
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
        Walk::new(pickle).all(budget).collect(part.start, &mut Judge::new(opinion), budget, &mut alone);
        audit.merge(alone.findings.into_iter());
    }
    audit.pickles = walked.pickles.len() as u64;
    audit.fault = walked.fault;
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
