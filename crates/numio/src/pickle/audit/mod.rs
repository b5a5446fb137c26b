//! What loading a pickle with Python would do, told from the outside: nothing is loaded.
//!
//! A pickle does harm by naming a global (which imports its module), by calling one, and by giving one state or items.
//! The audit finds these as the machine meets them, so that no spelling hides them: names that come from the memo, names
//! of Python 2, a second pickle behind the first, a tail that breaks off after the call.

mod finding;
mod judge;
mod strings;
mod table;

pub use self::finding::{Act, Audit, Finding, Verdict};
pub(crate) use self::judge::{Judgement, Opinion, is_harmless};
pub use self::strings::byte_strings;

use std::collections::HashMap;

use super::encoding::Encoding;
use super::factory::AnyGlobal;
use super::graph::{Graph, GraphFactory};
use super::machine::Machine;
use super::opcodes::Op;
use crate::{ErrorKind, Result};

/// Lists what loading the pickles in `bytes` with Python would import, call and change. Nothing is loaded, and nothing
/// that the bytes hold makes this fail.
pub fn audit(bytes: &[u8]) -> Audit {
    audit_with(bytes, &|_| None)
}

/// The same with an opinion on calls and globals that this room does not know.
pub(crate) fn audit_with(bytes: &[u8], opinion: Opinion<'_>) -> Audit {
    let mut audit = Audit::default();
    let mut places = HashMap::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty() || at == 0) {
        // No string is undecodable in Latin-1, and there is always one buffer more.
        let factory = GraphFactory::new(rest, Encoding::Latin1, usize::MAX);
        let mut machine = Machine::new(rest, factory, AnyGlobal).without_frames();
        let outcome = run(&mut machine, rest);
        let end = machine.offset();
        let graph = Graph::partial(rest, machine.into_factory().into());
        let before = audit.findings.len();
        for deed in graph.deeds() {
            let (act, name, (verdict, reason)) = judge::judge(&deed, opinion);
            let offset = (at + deed.at) as u64;
            let place = *places.entry((act, name.clone(), verdict, reason)).or_insert_with(|| {
                audit.findings.push(Finding { act, name, verdict, reason, offset, count: 0 });
                audit.findings.len() - 1
            });
            if let Some(finding) = audit.findings.get_mut(place) {
                finding.count += 1;
                finding.offset = finding.offset.min(offset);
            }
        }
        match outcome {
            Ok(_) => audit.pickles += 1,
            // Bytes that do nothing before they break, behind a whole pickle, are no pickle.
            Err(_) if audit.pickles > 0 && audit.findings.len() == before => {
                audit.trailing = rest.len() as u64;
                break;
            }
            Err(error) => {
                audit.pickles += 1;
                audit.fault = Some(error.shifted(at as u64));
                break;
            }
        }
        at += end;
    }
    audit.findings.sort_by_key(|finding| finding.offset);
    audit
}

/// Runs one pickle. What one reader stops at, another may pass over: behind an instruction that fails, the machine goes
/// on, for what may come; the first failure is given all the same.
fn run(machine: &mut Machine<'_, GraphFactory<'_>, AnyGlobal>, bytes: &[u8]) -> Result<()> {
    let mut outcome = machine.run();
    // What was no pickle to begin with need not be run through.
    let mut goes_on = bytes.starts_with(&[Op::Proto.code()]);
    let mut first = None;
    while let Err(error) = outcome {
        goes_on &= error.kind() != ErrorKind::LimitExceeded;
        let failed_at = error.offset();
        let is_past = failed_at.is_some_and(|at| machine.offset() as u64 > at);
        first.get_or_insert(error);
        if !goes_on || !is_past {
            break;
        }
        outcome = machine.go_on();
    }
    first.map_or(Ok(()), Err)
}
