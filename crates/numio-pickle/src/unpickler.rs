//! The pickle machine: a stack, a memo, and an instruction at a time. It builds no value itself, and calls nothing.

use std::collections::HashMap;
use std::io;
use std::vec::Drain;

use crate::decode::{Arg, Decoder, Instruction, Leaf};
use crate::error::UnpicklingError;
use crate::limits::Checkpoint;
use crate::memory::{HUGE_FROM, reserve, use_huge_pages};
use crate::opcodes::Op;
use crate::stack::Stack;
use crate::visitor::{CallArgs, CallKind, InlineData, Policy, Visitor};
use crate::{Error, Limits, Result};
use crate::{decode, rename};

/// Runs pickles over a [`Visitor`], after asking a [`Policy`] for each global. No depth of nesting costs anything but
/// the stack's own memory, and nothing that a file claims costs memory before the file has paid for it.
///
/// If pickles follow one another, each call of [`run`](Self::run) takes the next; they share the memo, as under one
/// `pickle.Unpickler`.
#[derive(Debug)]
pub struct Unpickler<'a, F: Visitor, P> {
    decoder: Decoder<'a>,
    visitor: F,
    policy: P,
    stack: Stack<F::Value>,
    memo: Memo<F::Value>,
    frame_end: usize,
    heeds_frames: bool,
    protocol: i64,
    fix_imports: bool,
    extensions: Vec<(i64, String, String)>,
    objects_left: u64,
    objects: u64,
    /// Buffers for STACK_GLOBAL's names.
    names: (String, String),
    checkpoint: Checkpoint,
    /// True within a pickle that lies between two instructions of another.
    is_inline: bool,
}

impl<'a, F: Visitor, P: Policy> Unpickler<'a, F, P> {
    /// Starts at the first byte, with the default [`Limits`] and `fix_imports`.
    pub fn new(bytes: &'a [u8], visitor: F, policy: P) -> Self {
        let objects = Limits::default().max_pickle_objects;
        Self {
            decoder: Decoder::new(bytes),
            visitor,
            policy,
            stack: Stack::new(),
            memo: Memo::for_pickle(bytes.len()),
            frame_end: usize::MAX,
            heeds_frames: true,
            protocol: 0,
            fix_imports: true,
            extensions: Vec::new(),
            objects_left: objects,
            objects,
            names: (String::new(), String::new()),
            checkpoint: Checkpoint::default(),
            is_inline: false,
        }
    }

    /// The number of bytes read: after [`run`](Self::run), the end of the pickle.
    pub fn offset(&self) -> usize {
        self.decoder.offset()
    }

    /// The visitor, with whatever it has made; also after an error.
    pub fn into_visitor(self) -> F {
        self.visitor
    }
}

impl<F: Visitor, P: Policy> Unpickler<'_, F, P> {
    /// Sets whether names in pickles below protocol 3 are translated from Python 2 to 3. Default true.
    pub fn fix_imports(&mut self, yes: bool) -> &mut Self {
        self.fix_imports = yes;
        self
    }

    /// The bound on objects of each pickle: [`Limits::max_pickle_objects`].
    pub fn limits(&mut self, limits: impl Into<Limits>) -> &mut Self {
        self.objects = limits.into().max_pickle_objects;
        self
    }

    /// Sets a function that is called every few thousand instructions; an error from it ends the run. Default: none.
    pub fn checkpoint(&mut self, check: impl Fn() -> Result<()> + Send + Sync + 'static) -> &mut Self {
        self.set_checkpoint(Checkpoint::new(check))
    }

    pub(crate) fn set_checkpoint(&mut self, checkpoint: Checkpoint) -> &mut Self {
        self.checkpoint = checkpoint;
        self
    }

    /// Names a global for the opcodes EXT1, EXT2 and EXT4: `copyreg.add_extension`.
    pub fn extension(&mut self, code: i32, module: &str, name: &str) -> &mut Self {
        self.extensions.push((code.into(), module.to_owned(), name.to_owned()));
        self
    }

    /// Ignores frames: their ends are checked by the caller of each step.
    pub(crate) fn ignore_frames(&mut self) {
        self.heeds_frames = false;
    }

    /// The bound on objects of all pickles to come.
    pub(crate) fn set_objects_left(&mut self, objects: u64) {
        (self.objects, self.objects_left) = (objects, objects);
    }

    /// The visitor, between two instructions.
    pub(crate) fn visitor(&mut self) -> &mut F {
        &mut self.visitor
    }

    /// The same, to look at.
    pub(crate) fn visitor_ref(&self) -> &F {
        &self.visitor
    }

    /// Skips an instruction of one byte that would make `value` of the two on top of the stack.
    pub(crate) fn replace_two(&mut self, value: F::Value) -> Result<()> {
        self.decoder.seek(self.decoder.offset() + 1);
        let _ = self.stack.top(2);
        self.stack.push(value)
    }

    /// Puts a value on the stack in place of one that an instruction failed to make.
    pub(crate) fn push(&mut self, value: F::Value) -> Result<()> {
        self.stack.push(value)
    }

    /// The value on top of the stack.
    pub(crate) fn top_value(&self) -> Option<&F::Value> {
        self.stack.peek(0).ok()
    }

    /// True if there is a mark on the stack.
    pub(crate) fn has_mark(&self) -> bool {
        self.stack.has_mark()
    }

    /// The two values on top of the stack, the topmost last.
    pub(crate) fn top_two(&self) -> Option<[F::Value; 2]> {
        Some([self.stack.peek(1).ok()?.clone(), self.stack.peek(0).ok()?.clone()])
    }

    /// Goes on at byte `at`.
    pub(crate) fn seek(&mut self, at: usize) {
        self.decoder.seek(at);
    }

    /// Reads or stores the value on top under `index`, which an instruction gave in digits that only CPython accepts.
    pub(crate) fn memo(&mut self, index: u64, is_put: bool) -> Result<()> {
        if is_put { self.put(index) } else { self.get(index) }
    }
}

/// The newest protocol there is.
const NEWEST: i64 = 5;

impl<'a, F: Visitor, P: Policy> Unpickler<'a, F, P> {
    /// Runs one pickle up to its STOP.
    ///
    /// # Errors
    /// `InvalidData` for malformed pickles, `LimitExceeded` for too many objects, and what the visitor and the policy say; all with
    /// the opcode's name and offset. `EndOfStream` where no byte is left.
    pub fn run(&mut self) -> Result<F::Value> {
        self.start();
        self.objects_left = self.objects;
        self.run_to_stop()
    }

    fn run_to_stop(&mut self) -> Result<F::Value> {
        // Looking at the clock after each instruction would take longer than most of them.
        let mut steps = 0_u32;
        loop {
            steps = steps.wrapping_add(1);
            if steps.is_multiple_of(1 << 13) {
                self.checkpoint.check()?;
                self.stack.shrink();
            }
            let Some(code) = self.decoder.code() else {
                let fault = self.decoder.advance().err().unwrap_or(UnpicklingError::NoStop);
                return Err(self.decoder.failed(fault));
            };
            if let Some(value) = self.dispatch(code)? {
                return Ok(value);
            }
        }
    }

    /// Runs the next instruction, whose opcode has that byte.
    #[inline(always)]
    #[expect(non_upper_case_globals, reason = "the names of opcodes")]
    fn dispatch(&mut self, code: u8) -> Result<Option<F::Value>> {
        /// Arms for the commonest opcodes. In each the byte is a constant, so that the compiler resolves the table of opcodes and
        /// the match of `execute`: one jump instead of three.
        macro_rules! arms {
            ($($op:ident)*) => {{
                $(const $op: u8 = Op::$op.code();)*
                match code {
                    $($op => self.run_one($op),)*
                    _ => self.run_one(code),
                }
            }};
        }
        arms!(BinGet LongBinGet ShortBinUnicode BinInt1 BinInt2 BinInt BinFloat Memoize Mark SetItems EmptyDict EmptyList Appends)
    }

    #[inline(always)]
    fn run_one(&mut self, code: u8) -> Result<Option<F::Value>> {
        let step = match self.decoder.advance_by(code) {
            Ok(step) => step,
            Err(fault) => return Err(self.decoder.failed(fault)),
        };
        if self.decoder.offset() > self.frame_end {
            self.leave_frame(&step)?;
        }
        self.execute(&step).map_err(|error| error.with_op(step.op.name(), step.at))
    }

    /// Prepares for another pickle: an empty stack, the memo as it is.
    pub(crate) fn start(&mut self) {
        self.stack.clear();
        self.frame_end = usize::MAX;
        self.protocol = 0;
    }

    /// Runs a single instruction, and returns it with its outcome: the audit looks at each, and goes on after a failure with
    /// what the instruction left on the stack. Frames are the caller's to check.
    ///
    /// # Errors
    /// If there is no instruction, after which there can be no other.
    pub(crate) fn step(&mut self) -> Result<(Instruction<'a>, Result<Option<F::Value>>)> {
        let step = self.decoder.advance().map_err(|fault| self.decoder.failed(fault))?;
        let outcome = self.execute(&step).map_err(|error| error.with_op(step.op.name(), step.at));
        Ok((step, outcome))
    }

    /// Past the end of a frame: fine, unless an instruction lies across it.
    fn leave_frame(&mut self, step: &Instruction<'a>) -> Result<()> {
        if step.at < self.frame_end {
            let error = Error::from(UnpicklingError::FrameCrossed);
            return Err(error.with_op(step.op.name(), step.at));
        }
        self.frame_end = usize::MAX;
        Ok(())
    }

    #[inline(always)]
    fn execute(&mut self, step: &Instruction<'a>) -> Result<Option<F::Value>> {
        let at = step.at;
        match (step.op, step.arg) {
            (Op::Mark, _) => self.stack.push_mark()?,
            (Op::Stop, _) => return Ok(Some(self.stack.pop()?)),
            (Op::Memoize, _) => self.put(self.memo.len())?,
            (Op::BinPut | Op::LongBinPut, Arg::Int(index)) => self.put(index as u64)?,
            (Op::Put, Arg::Line(line)) => self.put(decode::index(step.op, line)?)?,
            (Op::BinGet | Op::LongBinGet, Arg::Int(index)) => self.get(index as u64)?,
            (Op::Get, Arg::Line(line)) => self.get(decode::index(step.op, line)?)?,

            (Op::ShortBinUnicode | Op::BinUnicode | Op::BinUnicode8, Arg::Bytes(bytes)) => {
                self.leaf(Leaf::Str(bytes.into()), at)?;
            }
            (Op::BinInt1 | Op::BinInt2 | Op::BinInt, Arg::Int(value)) => self.leaf(Leaf::Int(value), at)?,
            (Op::BinFloat, Arg::Float(value)) => self.leaf(Leaf::Float(value), at)?,
            (Op::None, _) => self.leaf(Leaf::None, at)?,

            (Op::EmptyList, _) => self.make(0, |visitor, items| visitor.list(items))?,
            (Op::EmptyDict, _) => self.make(0, |visitor, pairs| visitor.dict(pairs))?,
            (Op::EmptyTuple, _) => self.make(0, |visitor, items| visitor.tuple(items, at))?,
            (Op::EmptySet, _) => self.make(0, |visitor, _| visitor.set())?,
            (Op::Tuple1, _) => self.make(1, |visitor, items| visitor.tuple(items, at))?,
            (Op::Tuple2, _) => self.make(2, |visitor, items| visitor.tuple(items, at))?,
            (Op::Tuple3, _) => self.make(3, |visitor, items| visitor.tuple(items, at))?,
            (Op::Tuple, _) => {
                let count = self.stack.pop_mark()?;
                self.make(count, |visitor, items| visitor.tuple(items, at))?;
            }
            (Op::List, _) => {
                let count = self.stack.pop_mark()?;
                self.make(count, |visitor, items| visitor.list(items))?;
            }
            (Op::Dict, _) => {
                let count = self.stack.pop_mark_of_pairs()?;
                self.make(count, |visitor, pairs| visitor.dict(pairs))?;
            }
            (Op::FrozenSet, _) => {
                let count = self.stack.pop_mark()?;
                self.make(count, |visitor, items| visitor.frozen_set(items))?;
            }
            (Op::Append, _) => self.onto(1, at, F::extend)?,
            (Op::Appends, _) => {
                let count = self.stack.pop_mark()?;
                self.onto(count, at, F::extend)?;
            }
            (Op::SetItem, _) => self.onto(2, at, F::update)?,
            (Op::SetItems, _) => {
                let count = self.stack.pop_mark_of_pairs()?;
                self.onto(count, at, F::update)?;
            }
            (Op::AddItems, _) => {
                let count = self.stack.pop_mark()?;
                self.onto(count, at, F::add)?;
            }

            (Op::Pop, _) => {
                if let Some(value) = self.stack.pop_any()? {
                    self.visitor.discard(value);
                }
            }
            (Op::PopMark, _) => {
                let count = self.stack.pop_mark()?;
                self.stack.top(count)?;
            }
            (Op::Dup, _) => {
                let value = self.stack.peek(0)?.clone();
                self.visitor.again(&value);
                self.stack.push(value)?;
            }

            (Op::Proto, Arg::Int(protocol)) => {
                if protocol > NEWEST {
                    return Err(UnpicklingError::Protocol(protocol).into());
                }
                self.protocol = protocol;
            }
            (Op::Frame, Arg::Length(length)) if self.heeds_frames => self.enter_frame(length)?,
            (Op::Frame, _) => {}
            _ => self.execute_rarer(step)?,
        }
        Ok(None)
    }

    /// The opcodes that carry values, and those that stand a few times in a pickle.
    #[inline]
    fn execute_rarer(&mut self, step: &Instruction<'a>) -> Result<()> {
        let at = step.at;
        match (step.op, step.arg) {
            (Op::Global, Arg::Lines(module, name)) => {
                let (module, name) = (utf8(step.op, module)?, utf8(step.op, name)?);
                self.global(module, name, None, at)
            }
            (Op::StackGlobal, _) => self.stack_global(at),
            (Op::Ext1 | Op::Ext2 | Op::Ext4, Arg::Int(code)) => self.extension_global(code, at),
            (Op::Reduce | Op::NewObj, _) => {
                let (args, callable) = (self.stack.pop()?, self.stack.pop()?);
                let kind = if step.op == Op::Reduce { CallKind::Reduce } else { CallKind::New };
                self.call(kind, CallArgs { callable, args, kwargs: None }, at)
            }
            (Op::NewObjEx, _) => {
                let (kwargs, args, callable) = (self.stack.pop()?, self.stack.pop()?, self.stack.pop()?);
                self.call(CallKind::NewEx, CallArgs { callable, args, kwargs: Some(kwargs) }, at)
            }
            (Op::Inst, Arg::Lines(module, name)) => {
                let (module, name) = (utf8(step.op, module)?, utf8(step.op, name)?);
                let count = self.stack.pop_mark()?;
                let args = self.visitor.tuple(self.stack.top(count)?, at)?;
                self.global(module, name, None, at)?;
                let callable = self.stack.pop()?;
                self.call(CallKind::Instance, CallArgs { callable, args, kwargs: None }, at)
            }
            (Op::Obj, _) => {
                let count = self.stack.pop_mark()?.checked_sub(1).ok_or(UnpicklingError::Underflow)?;
                let args = self.visitor.tuple(self.stack.top(count)?, at)?;
                let callable = self.stack.pop()?;
                self.call(CallKind::Instance, CallArgs { callable, args, kwargs: None }, at)
            }
            (Op::Build, _) => {
                let state = self.stack.pop()?;
                self.visitor.build(self.stack.peek(0)?, state, at)?;
                let end = self.decoder.offset();
                match self.visitor.inline_data(self.stack.peek(0)?, end) {
                    None => Ok(()),
                    Some(data) => self.skip(data),
                }
            }
            (Op::PersId, Arg::Line(line)) => {
                let name = Leaf::Str(utf8(step.op, line)?.as_bytes().to_vec().into());
                let id = self.visitor.leaf(name, at)?;
                self.make(0, |visitor, _| visitor.persistent(id, at))
            }
            (Op::BinPersId, _) => {
                let id = self.stack.pop()?;
                self.make(0, |visitor, _| visitor.persistent(id, at))
            }
            (Op::NextBuffer, _) => self.make(0, |visitor, _| visitor.buffer(at)),
            (Op::ReadonlyBuffer, _) => {
                let buffer = self.stack.pop()?;
                self.make(0, |visitor, _| visitor.read_only(buffer))
            }
            _ => match Leaf::of(step)? {
                Some(leaf) => self.leaf(leaf, at),
                // Every opcode is listed above or carries a value.
                None => Err(UnpicklingError::UnknownOpcode(step.op.code()).into()),
            },
        }
    }
}

impl<F: Visitor, P: Policy> Unpickler<'_, F, P> {
    /// Continues behind data that lies between two instructions; a pickle is run first.
    #[cold]
    fn skip(&mut self, data: InlineData) -> Result<()> {
        let at = self.decoder.offset();
        // The library ends its frames before it writes data.
        if self.is_inline || (self.frame_end != usize::MAX && at < self.frame_end) {
            return Err(UnpicklingError::FrameCrossed.into());
        }
        if let InlineData::Bytes { padding, len } = data {
            let left = self.decoder.len().saturating_sub(at);
            let wanted = len.saturating_add(padding as u64);
            if wanted > left as u64 {
                return Err(UnpicklingError::InlineShort { wanted, left }.into());
            }
            let end = at + wanted as usize;
            self.visitor.inline_bytes(self.stack.peek(0)?, at + padding..end)?;
            self.decoder.seek(end);
            return Ok(());
        }
        let stack = std::mem::replace(&mut self.stack, Stack::new());
        let memo = std::mem::replace(&mut self.memo, Memo::new());
        let (frame_end, protocol) = (self.frame_end, self.protocol);
        self.start();
        self.is_inline = true;
        let value = self.run_to_stop()?;
        self.is_inline = false;
        (self.stack, self.memo) = (stack, memo);
        (self.frame_end, self.protocol) = (frame_end, protocol);
        self.visitor.inline_pickle(self.stack.peek(0)?, value)
    }

    pub(crate) fn enter_frame(&mut self, length: u64) -> Result<()> {
        let start = self.decoder.offset();
        let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
        let Some(end) = end.filter(|&end| end <= self.decoder.len()) else {
            let left = self.decoder.len() - start;
            return Err(UnpicklingError::FrameShort { wanted: length, left }.into());
        };
        // The instruction itself may be the last of a frame.
        if self.frame_end != usize::MAX && self.frame_end != start {
            return Err(UnpicklingError::FrameInFrame.into());
        }
        self.frame_end = end;
        Ok(())
    }

    pub(crate) fn stack_global(&mut self, at: usize) -> Result<()> {
        let (name, module) = (self.stack.pop()?, self.stack.pop()?);
        let mut names = std::mem::take(&mut self.names);
        names.0.clear();
        names.1.clear();
        let both = self.visitor.text(&module, &mut names.0) && self.visitor.text(&name, &mut names.1);
        let found = if both {
            self.global(&names.0, &names.1, Some([module, name]), at)
        } else {
            Err(UnpicklingError::NoNames.into())
        };
        self.names = names;
        found
    }

    pub(crate) fn extension_global(&mut self, code: i64, at: usize) -> Result<()> {
        match self.extensions.iter().find(|(number, ..)| *number == code).cloned() {
            Some((_, module, name)) => self.global(&module, &name, None, at),
            None => self.make(0, |visitor, _| visitor.extension(code, at)),
        }
    }

    pub(crate) fn global(
        &mut self,
        module: &str,
        name: &str,
        strings: Option<[F::Value; 2]>,
        at: usize,
    ) -> Result<()> {
        let given = (module, name);
        let old = self.fix_imports && self.protocol < 3;
        let (module, name) = if old { rename::to_python3(module, name) } else { given };
        self.policy.global(module, name)?;
        let strings = strings.filter(|_| given == (module, name));
        self.make(0, |visitor, _| visitor.global(module, name, strings, at))
    }

    pub(crate) fn call(&mut self, kind: CallKind, given: CallArgs<F::Value>, at: usize) -> Result<()> {
        self.make(0, |visitor, _| visitor.call(kind, given, at))
    }

    #[inline(always)]
    pub(crate) fn leaf(&mut self, leaf: Leaf<'_>, at: usize) -> Result<()> {
        self.count()?;
        let value = self.visitor.leaf(leaf, at)?;
        self.stack.push(value)
    }

    /// One object more.
    #[inline(always)]
    pub(crate) fn count(&mut self) -> Result<()> {
        match self.objects_left.checked_sub(1) {
            Some(left) => self.objects_left = left,
            None => return Err(UnpicklingError::Objects(self.objects).into()),
        }
        Ok(())
    }

    /// Pushes what the visitor makes of the top `count` values.
    #[inline(always)]
    pub(crate) fn make(
        &mut self,
        count: usize,
        make: impl FnOnce(&mut F, Drain<'_, F::Value>) -> Result<F::Value>,
    ) -> Result<()> {
        self.count()?;
        let value = make(&mut self.visitor, self.stack.top(count)?)?;
        self.stack.push(value)
    }

    /// Hands the top `count` values to the one below them.
    #[inline(always)]
    pub(crate) fn onto(
        &mut self,
        count: usize,
        at: usize,
        hand: impl FnOnce(&mut F, &F::Value, Drain<'_, F::Value>, usize) -> Result<()>,
    ) -> Result<()> {
        let target = self.stack.peek(count)?.clone();
        hand(&mut self.visitor, &target, self.stack.top(count)?, at)
    }

    #[inline(always)]
    pub(crate) fn put(&mut self, index: u64) -> Result<()> {
        let value = self.stack.peek(0)?.clone();
        self.memo.put(index, value)
    }

    #[inline(always)]
    pub(crate) fn get(&mut self, index: u64) -> Result<()> {
        let Some(value) = self.memo.get(index) else { return Err(UnpicklingError::NoMemo(index).into()) };
        self.visitor.again(value);
        self.stack.push(value.clone())
    }
}

pub(crate) fn utf8(op: Op, line: &[u8]) -> Result<&str, UnpicklingError> {
    std::str::from_utf8(line).map_err(|_| UnpicklingError::value(op, "a name in UTF-8", line))
}

/// Values by index. Picklers count from 0 (Python 2's `cPickle` from 1), which is a vector; an index that runs ahead of
/// what has been stored goes into a map, so that it cannot claim memory for the indexes below.
#[derive(Debug)]
pub(crate) struct Memo<V> {
    dense: Vec<Option<V>>,
    sparse: HashMap<u64, V>,
    len: u64,
}

/// The distance by which an index may exceed the number of values stored and still go into the vector.
const SLACK: u64 = 64;

impl<V> Memo<V> {
    pub(crate) fn new() -> Self {
        Self { dense: Vec::new(), sparse: HashMap::new(), len: 0 }
    }

    /// With capacity for the values of most pickles of this many bytes, if there is memory.
    pub(crate) fn for_pickle(bytes: usize) -> Self {
        let mut memo = Self::new();
        let _ = memo.dense.try_reserve_exact(bytes.min(64 << 20) / 12);
        if bytes >= HUGE_FROM {
            use_huge_pages(&mut memo.dense);
        }
        memo
    }

    /// The number of values stored: the index that MEMOIZE uses.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, index: u64) -> Option<&V> {
        match usize::try_from(index).ok().and_then(|at| self.dense.get(at)) {
            Some(Some(value)) => Some(value),
            _ => self.sparse.get(&index),
        }
    }

    #[inline]
    pub(crate) fn put(&mut self, index: u64, value: V) -> Result<()> {
        if index == self.dense.len() as u64 && self.sparse.is_empty() {
            reserve(&mut self.dense, 1)?;
            self.dense.push(Some(value));
            self.len += 1;
            Ok(())
        } else {
            self.put_elsewhere(index, value)
        }
    }

    fn put_elsewhere(&mut self, index: u64, value: V) -> Result<()> {
        let place = usize::try_from(index).ok().filter(|_| index < self.len + SLACK);
        let before = match place {
            Some(place) => {
                if self.dense.len() <= place {
                    let more = place + 1 - self.dense.len();
                    reserve(&mut self.dense, more)?;
                    self.dense.resize_with(place + 1, || None);
                }
                let before = self.sparse.remove(&index);
                self.dense.get_mut(place).and_then(|slot| slot.replace(value)).or(before)
            }
            None => {
                self.sparse.try_reserve(1).map_err(io::Error::from)?;
                self.sparse.insert(index, value)
            }
        };
        self.len += u64::from(before.is_none());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memo_under_any_index_takes_little_memory() {
        let mut memo = Memo::new();
        let indexes = [1, 0, 2, 1 << 31, u64::MAX, 60, 200, 3, 5000, 4, 68, 69, 70, 200, 1];
        for (value, &index) in indexes.iter().enumerate() {
            memo.put(index, value).unwrap();
            assert_eq!(memo.get(index), Some(&value));
        }
        for &index in &indexes {
            assert_eq!(memo.get(index), indexes.iter().rposition(|other| *other == index).as_ref());
        }
        assert_eq!(memo.get(6), None);
        assert_eq!(memo.len(), 13);
        assert!(memo.dense.len() < 100, "{}", memo.dense.len());
    }

    #[test]
    fn an_index_stored_ahead_is_found_when_the_vector_gets_there() {
        let mut memo = Memo::new();
        memo.put(70, 0).unwrap();
        for index in 0..100 {
            memo.put(index, index + 1).unwrap();
        }
        assert_eq!(
            (0..100).map(|index| *memo.get(index).unwrap()).collect::<Vec<_>>(),
            (1..=100).collect::<Vec<_>>()
        );
        assert_eq!(memo.len(), 100);
        assert!(memo.sparse.is_empty());
    }
}
