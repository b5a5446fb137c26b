//! The pickle machine: a stack, a memo, and an instruction at a time. It makes no value itself, and calls nothing.

mod options;

use std::vec::Drain;

use super::decode::{Arg, Decoder, Instruction};
use super::error::Fault;
use super::factory::{Factory, Given, How, Policy};
use super::leaf::{self, Leaf};
use super::memo::Memo;
use super::opcodes::Op;
use super::rename;
use super::stack::Stack;
use crate::{Error, Limits, Result};

/// The newest protocol there is.
const NEWEST: i64 = 5;

/// Runs pickles over a [`Factory`], after asking a [`Policy`] for each global. No depth of nesting costs anything but
/// the stack's own memory, and nothing that a file claims costs memory before the file has paid for it.
///
/// Where pickles follow one another, each call of [`run`](Self::run) takes the next; they share the memo, as under one
/// `pickle.Unpickler`.
#[derive(Debug)]
pub struct Machine<'a, F: Factory, P> {
    decoder: Decoder<'a>,
    factory: F,
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
    /// Where STACK_GLOBAL's names are read into.
    names: (String, String),
}

impl<'a, F: Factory, P: Policy> Machine<'a, F, P> {
    /// A machine at the first byte, with the default [`Limits`] and `fix_imports`.
    pub fn new(bytes: &'a [u8], factory: F, policy: P) -> Self {
        let objects = Limits::default().pickle_objects;
        Self {
            decoder: Decoder::new(bytes),
            factory,
            policy,
            stack: Stack::new(),
            // As many as most pickles of that size store.
            memo: Memo::with_room(bytes.len().min(64 << 20) / 12),
            frame_end: usize::MAX,
            heeds_frames: true,
            protocol: 0,
            fix_imports: true,
            extensions: Vec::new(),
            objects_left: objects,
            objects,
            names: (String::new(), String::new()),
        }
    }

    /// How many bytes have been read: after [`run`](Self::run), where the pickle ends.
    pub fn offset(&self) -> usize {
        self.decoder.offset()
    }

    /// The factory, with whatever it has made; also after an error.
    pub fn into_factory(self) -> F {
        self.factory
    }

    /// Runs one pickle up to its STOP.
    ///
    /// # Errors
    /// `Format` for malformed pickles, `Limit` for too many objects, and what the factory and the policy say; all with
    /// the opcode's name and offset. `Eof` where no byte is left.
    pub fn run(&mut self) -> Result<F::Value> {
        self.stack.clear();
        self.frame_end = usize::MAX;
        self.protocol = 0;
        self.objects_left = self.objects;
        self.go_on()
    }

    /// Goes on behind an instruction that failed, with what it left on the stack.
    pub(super) fn go_on(&mut self) -> Result<F::Value> {
        loop {
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
                Err(error) => return Err(placed(&error, &step)),
            }
        }
    }

    /// Past the end of a frame: fine, unless an instruction lies across it.
    fn leave_frame(&mut self, step: &Instruction<'a>) -> Result<()> {
        if step.at < self.frame_end {
            return Err(placed(&Fault::FrameCrossed.into(), step));
        }
        self.frame_end = usize::MAX;
        Ok(())
    }

    #[inline(always)]
    fn execute(&mut self, step: &Instruction<'a>) -> Result<Option<F::Value>> {
        let at = step.at;
        match (step.op, step.arg) {
            (Op::Mark, _) => self.stack.push_mark(),
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
                self.stack.push(value);
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

    fn enter_frame(&mut self, length: u64) -> Result<()> {
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

    fn stack_global(&mut self, at: usize) -> Result<()> {
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

    fn extension_global(&mut self, code: i64, at: usize) -> Result<()> {
        match self.extensions.iter().find(|(number, ..)| *number == code).cloned() {
            Some((_, module, name)) => self.global(&module, &name, None, at),
            None => self.make(0, |factory, _| factory.extension(code, at)),
        }
    }

    fn global(&mut self, module: &str, name: &str, strings: Option<[F::Value; 2]>, at: usize) -> Result<()> {
        let given = (module, name);
        let old = self.fix_imports && self.protocol < 3;
        let (module, name) = if old { rename::to_python3(module, name) } else { given };
        self.policy.global(module, name)?;
        let strings = strings.filter(|_| given == (module, name));
        self.make(0, |factory, _| factory.global(module, name, strings, at))
    }

    fn call(&mut self, how: How, given: Given<F::Value>, at: usize) -> Result<()> {
        self.make(0, |factory, _| factory.call(how, given, at))
    }

    #[inline(always)]
    fn leaf(&mut self, leaf: Leaf<'_>, at: usize) -> Result<()> {
        self.count()?;
        let value = self.factory.leaf(leaf, at)?;
        self.stack.push(value);
        Ok(())
    }

    /// One object more.
    #[inline(always)]
    fn count(&mut self) -> Result<()> {
        match self.objects_left.checked_sub(1) {
            Some(left) => self.objects_left = left,
            None => return Err(Fault::Objects(self.objects).into()),
        }
        Ok(())
    }

    /// Pushes what the factory makes of the top `count` values.
    #[inline(always)]
    fn make(
        &mut self,
        count: usize,
        make: impl FnOnce(&mut F, Drain<'_, F::Value>) -> Result<F::Value>,
    ) -> Result<()> {
        self.count()?;
        let value = make(&mut self.factory, self.stack.top(count)?)?;
        self.stack.push(value);
        Ok(())
    }

    /// Hands the top `count` values to the one below them.
    #[inline]
    fn onto(
        &mut self,
        count: usize,
        at: usize,
        hand: impl FnOnce(&mut F, &F::Value, Drain<'_, F::Value>, usize) -> Result<()>,
    ) -> Result<()> {
        let target = self.stack.peek(count)?.clone();
        hand(&mut self.factory, &target, self.stack.top(count)?, at)
    }

    #[inline]
    fn put(&mut self, index: u64) -> Result<()> {
        let value = self.stack.peek(0)?.clone();
        self.memo.put(index, value);
        Ok(())
    }

    #[inline]
    fn get(&mut self, index: u64) -> Result<()> {
        let Some(value) = self.memo.get(index) else { return Err(Fault::NoMemo(index).into()) };
        self.factory.again(value);
        self.stack.push(value.clone());
        Ok(())
    }
}

fn utf8(op: Op, line: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(line).map_err(|_| Fault::value(op, "a name in UTF-8", line))
}

/// Adds the opcode's name and place to an error that has none yet.
#[cold]
fn placed(error: &Error, step: &Instruction<'_>) -> Error {
    let message = error.message();
    let name = step.op.name();
    let named = message.strip_prefix(name).is_some_and(|rest| rest.starts_with(": "));
    let message = if named { message } else { format!("{name}: {message}") };
    Error::new(error.kind(), message).at(error.offset().unwrap_or(step.at as u64))
}
