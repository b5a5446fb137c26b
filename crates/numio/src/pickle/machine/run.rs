//! The opcodes of a pickle, one after another.

use super::Machine;
use super::steps::{placed, utf8};
use crate::Result;
use crate::parallel::check;
use crate::pickle::decode::{Arg, Instruction};
use crate::pickle::error::Fault;
use crate::pickle::factory::{Factory, Given, How, Policy};
use crate::pickle::leaf::{self, Leaf};
use crate::pickle::opcodes::Op;

/// The newest protocol there is.
const NEWEST: i64 = 5;

impl<'a, F: Factory, P: Policy> Machine<'a, F, P> {
    /// Runs one pickle up to its STOP.
    ///
    /// # Errors
    /// `InvalidData` for malformed pickles, `LimitExceeded` for too many objects, and what the factory and the policy say; all with
    /// the opcode's name and offset. `EndOfStream` where no byte is left.
    pub fn run(&mut self) -> Result<F::Value> {
        self.start();
        self.objects_left = self.objects;
        // Looking at the clock after each instruction would take longer than most of them.
        let mut steps = 0_u32;
        loop {
            steps = steps.wrapping_add(1);
            if steps.is_multiple_of(1 << 13) {
                check()?;
            }
            let step = match self.decoder.advance() {
                Ok(step) => step,
                Err(fault) => return Err(self.decoder.failed(fault)),
            };
            if self.decoder.offset() > self.frame_end {
                self.leave_frame(&step)?;
            }
            match self.execute(&step) {
                Ok(None) => {}
                Ok(Some(value)) => return Ok(value),
                Err(error) => return Err(placed(error, &step)),
            }
        }
    }

    /// Prepares for another pickle: an empty stack, the memo as it is.
    pub(in crate::pickle) fn start(&mut self) {
        self.stack.clear();
        self.frame_end = usize::MAX;
        self.protocol = 0;
    }

    /// Runs a single instruction, and returns it with its outcome: the audit looks at each, and goes on after a failure with
    /// what the instruction left on the stack. Frames are the caller's to check.
    ///
    /// # Errors
    /// Where there is no instruction, after which there can be no other.
    pub(in crate::pickle) fn step(&mut self) -> Result<(Instruction<'a>, Result<Option<F::Value>>)> {
        let step = self.decoder.advance().map_err(|fault| self.decoder.failed(fault))?;
        let outcome = self.execute(&step).map_err(|error| placed(error, &step));
        Ok((step, outcome))
    }

    /// Past the end of a frame: fine, unless an instruction lies across it.
    fn leave_frame(&mut self, step: &Instruction<'a>) -> Result<()> {
        if step.at < self.frame_end {
            return Err(placed(Fault::FrameCrossed.into(), step));
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
            (Op::Put, Arg::Line(line)) => self.put(leaf::index(step.op, line)?)?,
            (Op::BinGet | Op::LongBinGet, Arg::Int(index)) => self.get(index as u64)?,
            (Op::Get, Arg::Line(line)) => self.get(leaf::index(step.op, line)?)?,

            (Op::ShortBinUnicode | Op::BinUnicode | Op::BinUnicode8, Arg::Bytes(bytes)) => {
                self.leaf(Leaf::Str(bytes.into()), at)?;
            }
            (Op::BinInt1 | Op::BinInt2 | Op::BinInt, Arg::Int(value)) => self.leaf(Leaf::Int(value), at)?,
            (Op::BinFloat, Arg::Float(value)) => self.leaf(Leaf::Float(value), at)?,
            (Op::None, _) => self.leaf(Leaf::None, at)?,

            (Op::EmptyList, _) => self.make(0, |factory, items| factory.list(items))?,
            (Op::EmptyDict, _) => self.make(0, |factory, pairs| factory.dict(pairs))?,
            (Op::EmptyTuple, _) => self.make(0, |factory, items| factory.tuple(items, at))?,
            (Op::EmptySet, _) => self.make(0, |factory, _| factory.set())?,
            (Op::Tuple1, _) => self.make(1, |factory, items| factory.tuple(items, at))?,
            (Op::Tuple2, _) => self.make(2, |factory, items| factory.tuple(items, at))?,
            (Op::Tuple3, _) => self.make(3, |factory, items| factory.tuple(items, at))?,
            (Op::Tuple, _) => {
                let count = self.stack.pop_mark()?;
                self.make(count, |factory, items| factory.tuple(items, at))?;
            }
            (Op::List, _) => {
                let count = self.stack.pop_mark()?;
                self.make(count, |factory, items| factory.list(items))?;
            }
            (Op::Dict, _) => {
                let count = self.stack.pop_mark_of_pairs()?;
                self.make(count, |factory, pairs| factory.dict(pairs))?;
            }
            (Op::FrozenSet, _) => {
                let count = self.stack.pop_mark()?;
                self.make(count, |factory, items| factory.frozen_set(items))?;
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
                    self.factory.discard(value);
                }
            }
            (Op::PopMark, _) => {
                let count = self.stack.pop_mark()?;
                self.stack.top(count)?;
            }
            (Op::Dup, _) => {
                let value = self.stack.peek(0)?.clone();
                self.factory.again(&value);
                self.stack.push(value)?;
            }

            (Op::Proto, Arg::Int(protocol)) => {
                if protocol > NEWEST {
                    return Err(Fault::Protocol(protocol).into());
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
                let how = if step.op == Op::Reduce { How::Reduce } else { How::New };
                self.call(how, Given { callable, args, kwargs: None }, at)
            }
            (Op::NewObjEx, _) => {
                let (kwargs, args, callable) = (self.stack.pop()?, self.stack.pop()?, self.stack.pop()?);
                self.call(How::NewEx, Given { callable, args, kwargs: Some(kwargs) }, at)
            }
            (Op::Inst, Arg::Lines(module, name)) => {
                let (module, name) = (utf8(step.op, module)?, utf8(step.op, name)?);
                let count = self.stack.pop_mark()?;
                let args = self.factory.tuple(self.stack.top(count)?, at)?;
                self.global(module, name, None, at)?;
                let callable = self.stack.pop()?;
                self.call(How::Instance, Given { callable, args, kwargs: None }, at)
            }
            (Op::Obj, _) => {
                let count = self.stack.pop_mark()?.checked_sub(1).ok_or(Fault::Underflow)?;
                let args = self.factory.tuple(self.stack.top(count)?, at)?;
                let callable = self.stack.pop()?;
                self.call(How::Instance, Given { callable, args, kwargs: None }, at)
            }
            (Op::Build, _) => {
                let state = self.stack.pop()?;
                self.factory.build(self.stack.peek(0)?, state, at)
            }
            (Op::PersId, Arg::Line(line)) => {
                let name = Leaf::Str(utf8(step.op, line)?.as_bytes().to_vec().into());
                let id = self.factory.leaf(name, at)?;
                self.make(0, |factory, _| factory.persistent(id, at))
            }
            (Op::BinPersId, _) => {
                let id = self.stack.pop()?;
                self.make(0, |factory, _| factory.persistent(id, at))
            }
            (Op::NextBuffer, _) => self.make(0, |factory, _| factory.buffer(at)),
            (Op::ReadonlyBuffer, _) => {
                let buffer = self.stack.pop()?;
                self.make(0, |factory, _| factory.read_only(buffer))
            }
            _ => match Leaf::of(step)? {
                Some(leaf) => self.leaf(leaf, at),
                // Every opcode is listed above or carries a value.
                None => Err(Fault::UnknownOpcode(step.op.code()).into()),
            },
        }
    }
}
