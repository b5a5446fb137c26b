//! What opcodes do to the stack and the memo.

use std::vec::Drain;

use super::Machine;
use crate::pickle::decode::Instruction;
use crate::pickle::error::Fault;
use crate::pickle::factory::{Factory, Given, How, Policy};
use crate::pickle::leaf::Leaf;
use crate::pickle::opcodes::Op;
use crate::pickle::rename;
use crate::{Error, Result};

impl<F: Factory, P: Policy> Machine<'_, F, P> {
    pub(super) fn enter_frame(&mut self, length: u64) -> Result<()> {
        let start = self.decoder.offset();
        let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
        let Some(end) = end.filter(|&end| end <= self.decoder.len()) else {
            let left = self.decoder.len() - start;
            return Err(Fault::FrameShort { wanted: length, left }.into());
        };
        // The instruction itself may be the last of a frame.
        if self.frame_end != usize::MAX && self.frame_end != start {
            return Err(Fault::FrameInFrame.into());
        }
        self.frame_end = end;
        Ok(())
    }

    pub(super) fn stack_global(&mut self, at: usize) -> Result<()> {
        let (name, module) = (self.stack.pop()?, self.stack.pop()?);
        let mut names = std::mem::take(&mut self.names);
        names.0.clear();
        names.1.clear();
        let both = self.factory.text(&module, &mut names.0) && self.factory.text(&name, &mut names.1);
        let found = if both {
            self.global(&names.0, &names.1, Some([module, name]), at)
        } else {
            Err(Fault::NoNames.into())
        };
        self.names = names;
        found
    }

    pub(super) fn extension_global(&mut self, code: i64, at: usize) -> Result<()> {
        match self.extensions.iter().find(|(number, ..)| *number == code).cloned() {
            Some((_, module, name)) => self.global(&module, &name, None, at),
            None => self.make(0, |factory, _| factory.extension(code, at)),
        }
    }

    pub(super) fn global(
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
        self.make(0, |factory, _| factory.global(module, name, strings, at))
    }

    pub(super) fn call(&mut self, how: How, given: Given<F::Value>, at: usize) -> Result<()> {
        self.make(0, |factory, _| factory.call(how, given, at))
    }

    #[inline(always)]
    pub(super) fn leaf(&mut self, leaf: Leaf<'_>, at: usize) -> Result<()> {
        self.count()?;
        let value = self.factory.leaf(leaf, at)?;
        self.stack.push(value)
    }

    /// One object more.
    #[inline(always)]
    pub(super) fn count(&mut self) -> Result<()> {
        match self.objects_left.checked_sub(1) {
            Some(left) => self.objects_left = left,
            None => return Err(Fault::Objects(self.objects).into()),
        }
        Ok(())
    }

    /// Pushes what the factory makes of the top `count` values.
    #[inline(always)]
    pub(super) fn make(
        &mut self,
        count: usize,
        make: impl FnOnce(&mut F, Drain<'_, F::Value>) -> Result<F::Value>,
    ) -> Result<()> {
        self.count()?;
        let value = make(&mut self.factory, self.stack.top(count)?)?;
        self.stack.push(value)
    }

    /// Hands the top `count` values to the one below them.
    #[inline]
    pub(super) fn onto(
        &mut self,
        count: usize,
        at: usize,
        hand: impl FnOnce(&mut F, &F::Value, Drain<'_, F::Value>, usize) -> Result<()>,
    ) -> Result<()> {
        let target = self.stack.peek(count)?.clone();
        hand(&mut self.factory, &target, self.stack.top(count)?, at)
    }

    #[inline]
    pub(super) fn put(&mut self, index: u64) -> Result<()> {
        let value = self.stack.peek(0)?.clone();
        self.memo.put(index, value)
    }

    #[inline]
    pub(super) fn get(&mut self, index: u64) -> Result<()> {
        let Some(value) = self.memo.get(index) else { return Err(Fault::NoMemo(index).into()) };
        self.factory.again(value);
        self.stack.push(value.clone())
    }
}

pub(super) fn utf8(op: Op, line: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(line).map_err(|_| Fault::value(op, "a name in UTF-8", line))
}

/// Adds the opcode's name and place to an error that has none yet.
#[cold]
pub(super) fn placed(error: Error, step: &Instruction<'_>) -> Error {
    if error.io_error().is_some() {
        // No memory: its kind tells all.
        return error.at(step.at as u64);
    }
    let error = if error.is_labelled() { error } else { error.with_context(step.op.name()) };
    error.at(step.at as u64)
}
