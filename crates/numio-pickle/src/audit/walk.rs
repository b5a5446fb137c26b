//! A walk through the instructions of pickles, as far as any of CPython's unpicklers goes.

use std::collections::HashMap;
use std::ops::Range;

use super::finding::{Action, Audit, Verdict};
use super::judge::{Judge, Judgement};
use super::{AuditBudget, AuditHooks};
use crate::Python2Encoding;
use crate::decode::{Arg, Instruction};
use crate::error::UnpicklingError;
use crate::graph::{Global, GraphBuilder, Handle, PartialValue};
use crate::opcodes::Op;
use crate::unpickler::Unpickler;
use crate::visitor::{AllowAll, InlineData};
use crate::{Error, ErrorKind, Result};

/// A walk, and what it has come across.
pub(super) struct AuditWalk<'a> {
    bytes: &'a [u8],
    hooks: &'a dyn AuditHooks,
    unpickler: Unpickler<'a, GraphBuilder<'a>, AllowAll>,
    /// Globals of STACK_GLOBAL by their strings, which may be long and which the memo may repeat.
    globals: HashMap<[Handle; 2], Handle>,
    /// The end of the current frame.
    frame_end: Option<usize>,
    /// Effects that the graph does not tell.
    notes: Vec<Note>,
    /// True if data between the instructions is skipped, as the hooks tell.
    skips_data: bool,
    pub(super) has_inline_data: bool,
    /// Pickles among that data: they have walks of their own.
    nested: Vec<(usize, AuditWalk<'a>)>,
    /// The pickles that reach their STOP, and whether they take anything from the memo.
    pub(super) pickles: Vec<(Range<usize>, bool)>,
    takes_from_memo: bool,
    /// The first instruction in one of them that fails here, and perhaps not in CPython.
    pub(super) fault: Option<Error>,
    /// The start of the last one and the reason that it breaks off, if it does.
    pub(super) broken: Option<(usize, Error)>,
}

/// Something that is done and has no node in the graph.
struct Note {
    action: Action,
    name: String,
    /// To be found out by the name, where it is a global's.
    judgement: Option<Judgement>,
    at: usize,
}

/// Steps of an instruction that fails: its error is text.
const FAILURE: u64 = 16;

/// Bytes of a name for each step.
const NAME: usize = 32;

impl<'a> AuditWalk<'a> {
    pub(super) fn new(bytes: &'a [u8], hooks: &'a dyn AuditHooks) -> Self {
        // No string is undecodable in Latin-1, and there is always one buffer more.
        let builder = GraphBuilder::new(bytes, Python2Encoding::Latin1, usize::MAX).keep_odd_calls();
        let mut unpickler = Unpickler::new(bytes, builder, AllowAll);
        unpickler.ignore_frames();
        Self {
            bytes,
            hooks,
            unpickler,
            globals: HashMap::new(),
            frame_end: None,
            notes: Vec::new(),
            skips_data: false,
            has_inline_data: false,
            nested: Vec::new(),
            pickles: Vec::new(),
            takes_from_memo: false,
            fault: None,
            broken: None,
        }
    }

    /// Skips data between the instructions, as the loader of the library that wrote it does.
    pub(super) fn past_data(mut self) -> Self {
        self.skips_data = true;
        self
    }

    /// All pickles that follow one another, with one memo.
    pub(super) fn all(mut self, budget: &mut AuditBudget) -> Self {
        self.unpickler.set_objects_left(budget.max_objects);
        while self.unpickler.offset() < self.bytes.len() || self.pickles.is_empty() {
            if !self.one(budget) {
                break;
            }
        }
        self
    }

    /// One pickle; `false` where it breaks off.
    fn one(&mut self, budget: &mut AuditBudget) -> bool {
        let start = self.unpickler.offset();
        self.unpickler.start();
        // Another pickle may be of another protocol, and name Python 2's modules.
        self.globals.clear();
        self.frame_end = None;
        self.takes_from_memo = false;
        let mut first = None;
        match self.to_stop(budget, &mut first) {
            Ok(()) => {
                self.pickles.push((start..self.unpickler.offset(), self.takes_from_memo));
                if self.fault.is_none() {
                    self.fault = first;
                }
                true
            }
            Err(error) => {
                self.broken = Some((start, first.unwrap_or(error)));
                false
            }
        }
    }

    /// Runs up to a STOP, past instructions that some unpickler may pass. The first of those that fail goes into `first`.
    #[allow(clippy::wrong_self_convention, reason = "STOP is an instruction")]
    fn to_stop(&mut self, budget: &mut AuditBudget, first: &mut Option<Error>) -> Result<()> {
        // Data that does not start as a pickle is left at its first failure.
        let is_marked = self.next_is(Op::Proto);
        loop {
            self.spend(budget, 1)?;
            let names = if self.next_is(Op::StackGlobal) { self.unpickler.top_two() } else { None };
            if let Some(global) = names.and_then(|names| self.globals.get(&names)) {
                self.unpickler.replace_two(*global)?;
                continue;
            }
            if let Some(names) = names {
                let length: usize = names.map(|name| self.unpickler.visitor().text_len(name)).iter().sum();
                self.spend(budget, (length / NAME) as u64)?;
            }
            let (step, outcome) = match self.unpickler.step() {
                Ok(found) => found,
                Err(error) => {
                    self.cut_off();
                    return Err(error);
                }
            };
            self.check_frame(&step);
            self.takes_from_memo |= matches!(step.op, Op::Get | Op::BinGet | Op::LongBinGet);
            match outcome {
                Ok(None) if step.op == Op::Proto => self.globals.clear(),
                Ok(None) if step.op == Op::Build => self.build(budget)?,
                Ok(None) if step.op == Op::StackGlobal => {
                    if let (Some(names), Some(global)) = (names, self.unpickler.top_value()) {
                        self.globals.insert(names, *global);
                    }
                }
                Ok(None) => {}
                Ok(Some(_)) => return Ok(()),
                Err(error) => {
                    self.spend(budget, FAILURE)?;
                    let is_over = error.kind() == ErrorKind::LimitExceeded;
                    let goes_on = is_marked | self.recover(&step, names);
                    first.get_or_insert(error);
                    if is_over || !goes_on || step.op == Op::Stop {
                        return Err(UnpicklingError::NoStop.at(step.at));
                    }
                }
            }
        }
    }

    fn next_is(&self, op: Op) -> bool {
        self.bytes.get(self.unpickler.offset()) == Some(&op.code())
    }

    fn spend(&self, budget: &mut AuditBudget, steps: u64) -> Result<()> {
        if budget.spend(steps) {
            return Ok(());
        }
        let what = "going through this takes more time than its size justifies: the rest is not looked at";
        Err(Error::new(ErrorKind::LimitExceeded, what).with_offset(self.unpickler.offset() as u64))
    }

    /// Leaves stack and memo as CPython would, had it passed the instruction that failed here. Whether it may have.
    fn recover(&mut self, step: &Instruction<'a>, names: Option<[Handle; 2]>) -> bool {
        let comes_from_a_call = |name| self.unpickler.visitor_ref().comes_from_a_call(name);
        let is_computed = names.is_some_and(|names| names.into_iter().any(comes_from_a_call));
        match (step.op, step.arg) {
            // Digits in other spellings. Quotes and escapes that are wrong here are wrong everywhere.
            (Op::Int | Op::Long | Op::Float, Arg::Line(line)) => {
                // Nothing before a null byte is 0 to C's `strtol`.
                let is_nothing = step.op == Op::Int && line.first() == Some(&0);
                (is_nothing || may_be_number(line, step.op == Op::Float)) && self.push_opaque()
            }
            (Op::Get | Op::Put, Arg::Line(line)) => {
                let is_put = step.op == Op::Put;
                match index(line) {
                    Some(Index::Known(index)) => {
                        self.unpickler.memo(index, is_put).is_ok() || (!is_put && self.push_earlier())
                    }
                    Some(Index::Huge) => is_put || self.push_opaque(),
                    None => false,
                }
            }
            (Op::BinGet | Op::LongBinGet, _) => self.push_earlier(),
            // Whatever there is to add to: it has methods.
            (Op::Append | Op::Appends | Op::SetItem | Op::SetItems | Op::AddItems, _) => {
                self.unpickler.top_value().is_some()
            }
            (Op::StackGlobal, _) if is_computed => {
                let reason = "imports what another call returns the name of";
                let judgement = Some((Verdict::Dangerous, reason));
                self.notes.push(Note {
                    action: Action::Import,
                    name: "a computed name".to_owned(),
                    judgement,
                    at: step.at,
                });
                self.push_opaque()
            }
            // Python's unpickler imports before it looks for the mark.
            (Op::Inst, Arg::Lines(module, name)) => {
                self.note_global(Action::Import, module, name, step.at);
                false
            }
            _ => false,
        }
    }

    fn push_opaque(&mut self) -> bool {
        let value = self.unpickler.visitor().opaque();
        value.and_then(|value| self.unpickler.push(value)).is_ok()
    }

    /// Replaces a value that the memo has from an earlier pickle only in some unpicklers.
    fn push_earlier(&mut self) -> bool {
        !self.pickles.is_empty() && self.push_opaque()
    }

    /// Python's unpickler takes the end of the file for the end of a line, and drops the last character.
    fn cut_off(&mut self) {
        let at = self.unpickler.offset();
        let Some((&code, rest)) = self.bytes.get(at..).and_then(<[u8]>::split_first) else { return };
        if code == Op::PersId.code() {
            let judgement =
                Some((Verdict::NeedsTrust, "the program that loads the pickle decides what that is"));
            self.notes.push(Note {
                action: Action::Ask,
                name: "a persistent object".to_owned(),
                judgement,
                at,
            });
        }
        if code != Op::Global.code() && code != Op::Inst.code() {
            return;
        }
        let rest = rest.split_last().map_or(rest, |(_, rest)| rest);
        let mut lines = rest.splitn(2, |byte| *byte == b'\n');
        let (module, name) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        self.note_global(Action::Import, module, name, at);
        if code == Op::Inst.code() && self.unpickler.has_mark() {
            self.note_global(Action::Call, module, name, at);
        }
    }

    fn note_global(&mut self, action: Action, module: &[u8], name: &[u8], at: usize) {
        if let (Ok(module), Ok(name)) = (std::str::from_utf8(module), std::str::from_utf8(name)) {
            let name = Global { module, name }.to_string();
            self.notes.push(Note { action, name, judgement: None, at });
        }
    }

    /// CPython's unpickler in C reads a frame ahead and heeds its end nowhere; where an instruction lies across it, what is
    /// left of the frame is dropped, and the rest of the instruction read behind it. That in Python reads frames one by
    /// one, and stops.
    fn check_frame(&mut self, step: &Instruction<'a>) {
        let after = self.unpickler.offset();
        if let Some(end) = self.frame_end {
            let is_open = after < end;
            if step.at < end && after > end {
                self.notes.push(hides(
                    "a frame ends inside an instruction: readers go on in different places",
                    step.at,
                ));
            } else if is_open && step.op == Op::Frame {
                self.notes
                    .push(hides("a frame starts inside another: readers go on in different places", step.at));
            } else if is_open && step.op == Op::Stop {
                self.notes.push(hides(
                    "the pickle ends before its frame: readers go on in different places",
                    step.at,
                ));
            }
            if after >= end {
                self.frame_end = None;
            }
        }
        if let (Op::Frame, Arg::Length(length)) = (step.op, step.arg) {
            self.frame_end = usize::try_from(length).ok().and_then(|length| after.checked_add(length));
            self.frame_end.get_or_insert(usize::MAX);
        }
    }

    /// After a BUILD: data that is no instruction may follow.
    fn build(&mut self, budget: &mut AuditBudget) -> Result<()> {
        let Some(&handle) = self.unpickler.top_value() else { return Ok(()) };
        let Some(format) = self.hooks.inline_format() else { return Ok(()) };
        let built = PartialValue::new(self.unpickler.visitor_ref(), handle);
        let rest = self.bytes.get(self.unpickler.offset()..).unwrap_or_default();
        let Some(data) = format.find(built, rest) else { return Ok(()) };
        self.has_inline_data = true;
        if self.frame_end.is_some_and(|end| self.unpickler.offset() < end) {
            // The library reads the data from the file, behind the frame, and then goes on in the frame.
            self.notes.push(hides(
                "data stand inside a frame: readers go on in different places",
                self.unpickler.offset(),
            ));
        }
        if !self.skips_data {
            return Ok(());
        }
        let at = self.unpickler.offset();
        let end = match data {
            InlineData::Bytes { padding, len } => {
                let count = usize::try_from(len).ok().and_then(|len| len.checked_add(padding));
                count.and_then(|count| at.checked_add(count))
            }
            InlineData::Pickle => {
                let mut nested = AuditWalk::new(rest, self.hooks);
                nested.unpickler.set_objects_left(budget.max_objects);
                nested.one(budget);
                let end = at + nested.unpickler.offset();
                let broken = nested.broken.take();
                self.nested.push((at, nested));
                if let Some((_, error)) = broken {
                    return Err(error.shifted(at as u64));
                }
                Some(end)
            }
        };
        match end.filter(|end| *end <= self.bytes.len()) {
            Some(end) => {
                self.unpickler.seek(end);
                Ok(())
            }
            None => Err(UnpicklingError::NoStop.at(at)),
        }
    }

    /// Hands all that it has come across to the judge, and returns the offset of what is done last.
    pub(super) fn collect(
        &mut self,
        base: usize,
        judge: &mut Judge<'_>,
        budget: &mut AuditBudget,
        audit: &mut Audit,
    ) -> Option<usize> {
        let unpickler = std::mem::replace(&mut self.unpickler, Self::new(&[], self.hooks).unpickler);
        let mut builder = unpickler.into_visitor();
        let odd_calls = builder.odd_calls();
        let graph = match builder.into_partial(self.bytes) {
            Ok(graph) => graph,
            Err(no_memory) => {
                audit.fault.get_or_insert(no_memory);
                return None;
            }
        };
        let mut last = judge.graph(&graph, &odd_calls, base, budget, audit);
        for note in self.notes.drain(..) {
            last = last.max(Some(note.at));
            judge.note(note.action, note.name, note.judgement, base + note.at, audit);
        }
        for (at, mut nested) in std::mem::take(&mut self.nested) {
            last = last.max(nested.collect(base + at, judge, budget, audit).map(|offset| offset + at));
        }
        last
    }
}

/// Makes readers run different instructions.
fn hides(reason: &'static str, at: usize) -> Note {
    let judgement = Some((Verdict::Dangerous, reason));
    Note { action: Action::Hide, name: "instructions".to_owned(), judgement, at }
}

/// The text of a line that Python reads as a number; CPython's unpickler in C stops at a null byte.
fn number_text(line: &[u8]) -> Option<&str> {
    let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    let start = line.iter().position(|byte| !is_space(byte))?;
    let end = line.iter().rposition(|byte| !is_space(byte))?;
    std::str::from_utf8(line.get(start..=end)?).ok()
}

/// Returns whether some unpickler may take a line for an integer, or for a float: all that those consist of is in it, and it starts as
/// they do. Most texts do not.
fn may_be_number(line: &[u8], is_float: bool) -> bool {
    let Some(text) = number_text(line) else { return false };
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_part = |byte: u8| {
        byte.is_ascii_alphanumeric() || byte == b'_' || (is_float && matches!(byte, b'.' | b'-' | b'+'))
    };
    let is_named = || {
        let name = unsigned.get(..3).unwrap_or_default();
        is_float && (name.eq_ignore_ascii_case("inf") || name.eq_ignore_ascii_case("nan"))
    };
    let starts = unsigned.starts_with(|first: char| first.is_ascii_digit() || (is_float && first == '.'));
    unsigned.bytes().all(is_part) && (starts || is_named())
}

/// An index of the memo.
#[derive(Debug, PartialEq, Eq)]
enum Index {
    Known(u64),
    /// One that only Python's own unpickler takes: its memo is a dict.
    Huge,
}

/// An index of the memo in any spelling of Python's `int`.
fn index(line: &[u8]) -> Option<Index> {
    let text = number_text(line)?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_int =
        digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let index = digits.replace('_', "").parse().map_or(Index::Huge, Index::Known);
    // Minus 0 is 0.
    (is_int && (index == Index::Known(0) || !text.starts_with('-'))).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_lines_that_some_unpickler_may_take_for_one() {
        for line in ["1", " 7\t", "1_0", "0x1F", "-0b1", "5L", "1\0junk", "+0o7", "007"] {
            assert!(may_be_number(line.as_bytes(), false), "{line:?}");
        }
        for line in ["1.5", "1_0.5e-3", ".5", "-Infinity", "nan", " 1e5 ", "+.5\0x"] {
            assert!(may_be_number(line.as_bytes(), true), "{line:?}");
        }
        for line in ["", "ONG_PASSWORD: int", "L", "--1", "1 2", "1.5", "\0junk", "nan"] {
            assert!(!may_be_number(line.as_bytes(), false), "{line:?}");
        }
        for line in ["", "ormat: http://example.org", "inished", "1,5", "lags", "in"] {
            assert!(!may_be_number(line.as_bytes(), true), "{line:?}");
        }
    }

    #[test]
    fn indexes_are_spelled_as_python_takes_them() {
        for (line, wanted) in [
            (&b"12"[..], Some(Index::Known(12))),
            (b" +1_2\t", Some(Index::Known(12))),
            (b"\x0b7\x0c", Some(Index::Known(7))),
            (b"3\0junk", Some(Index::Known(3))),
            (b"-0_0", Some(Index::Known(0))),
            (b"18446744073709551616", Some(Index::Huge)),
            (b"-18446744073709551616", None),
            (b"1__2", None),
            (b"_1", None),
            (b"-1", None),
            (b"0x1", None),
            (b"", None),
        ] {
            assert_eq!(index(line), wanted, "{line:?}");
        }
    }
}
