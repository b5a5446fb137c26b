//! Values of a graph out again, in the order and with the opcodes of CPython's `_pickle.c`; without recursion.

use std::collections::HashMap;

use crate::Result;
use crate::encode::Protocol;
use crate::encode::writer::{BATCH, PickleWriter};
use crate::error::PicklingError;
use crate::graph::{Call, Children, Handle, Later, Object, RawValue, Value};
use crate::int::BigInt;
use crate::opcodes::Op;
use crate::visitor::CallKind;

/// Writes objects of one graph into one pickle. Objects that are met again are fetched from the memo.
pub struct GraphWriter<'w, 'g> {
    pub(super) writer: &'w mut PickleWriter,
    pub(super) memo: HashMap<Handle, u32>,
    pub(super) tasks: Vec<Task<'g>>,
}

/// A task that remains; the next one is the last.
pub(super) enum Task<'g> {
    Save(Object<'g>),
    Op(Op),
    /// Stores what is on top in the memo, as what nothing refers to.
    Put,
    /// Stores it as this object.
    PutAs(Handle),
    /// The children are on the stack: those of a tuple, or of a frozenset above a mark.
    Tuple(Handle, usize),
    FrozenSet(Handle),
    /// A callable and its arguments are on the stack.
    Called(Call<'g>, Handle, Op),
    /// From that place on.
    ContainerFill(ContainerFill, Children<'g>, usize),
}

impl<'w, 'g> GraphWriter<'w, 'g> {
    /// Writes into the pickle of `writer`.
    pub fn new(writer: &'w mut PickleWriter) -> Self {
        Self { writer, memo: HashMap::new(), tasks: Vec::new() }
    }

    /// For values that are not in the graph.
    pub fn writer(&mut self) -> &mut PickleWriter {
        self.writer
    }

    /// Writes a list of objects, with all that they lead to.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub fn save_list(&mut self, items: Children<'g>) -> Result<()> {
        self.writer.boundary();
        self.writer.op(Op::EmptyList);
        self.writer.put()?;
        self.fill(ContainerFill::List, items);
        self.finish_tasks()
    }

    /// Writes an object, with all that it leads to.
    ///
    /// # Errors
    /// `InvalidInput` for what the protocol cannot carry, `Unsupported` for what is changed and not made.
    pub fn save(&mut self, object: Object<'g>) -> Result<()> {
        self.tasks.push(Task::Save(object));
        self.finish_tasks()
    }

    fn finish_tasks(&mut self) -> Result<()> {
        let mut steps = 0_u32;
        while let Some(task) = self.tasks.pop() {
            steps = steps.wrapping_add(1);
            if steps.is_multiple_of(1 << 12) {
                self.writer.checkpoint()?;
            }
            self.run(task)?;
        }
        Ok(())
    }

    fn run(&mut self, task: Task<'g>) -> Result<()> {
        match task {
            Task::Save(object) => return self.start(object),
            Task::Op(op) => self.writer.op(op),
            Task::Put => {
                self.writer.put()?;
            }
            Task::PutAs(handle) => self.put(handle)?,
            Task::Tuple(handle, len) => match self.memo.get(&handle) {
                // The tuple contains itself, and has been written on the way.
                Some(&index) => {
                    if len > 3 {
                        self.writer.op(Op::PopMark);
                    } else {
                        (0..len).for_each(|_| self.writer.op(Op::Pop));
                    }
                    self.writer.get(index);
                }
                None => {
                    self.writer.tuple(len);
                    self.put(handle)?;
                }
            },
            Task::FrozenSet(handle) => match self.memo.get(&handle) {
                Some(&index) => {
                    self.writer.op(Op::PopMark);
                    self.writer.get(index);
                }
                None => {
                    self.writer.op(Op::FrozenSet);
                    self.put(handle)?;
                }
            },
            Task::Called(call, handle, op) => self.finish(&call, handle, op)?,
            Task::ContainerFill(rows, items, at) => self.rows(rows, items, at),
        }
        Ok(())
    }

    pub(super) fn put(&mut self, handle: Handle) -> Result<()> {
        let index = self.writer.put()?;
        self.memo.insert(handle, index);
        Ok(())
    }

    /// Writes an object, or as much of it as comes before its children.
    fn start(&mut self, object: Object<'g>) -> Result<()> {
        self.writer.boundary();
        let handle = object.handle();
        if let Some(&index) = self.memo.get(&handle) {
            self.writer.get(index);
            return Ok(());
        }
        if object.is_mutated() && object.as_call().is_none() {
            return Err(PicklingError::Change(format!("{object:?}")).into());
        }
        match object.raw() {
            RawValue::None => self.writer.op(Op::None),
            RawValue::Bool(value) => self.writer.bool(value),
            RawValue::Int(value) => self.int(&value)?,
            RawValue::Float(value) => self.writer.float(value),
            RawValue::Str(text) => {
                self.writer.text(text.as_bytes())?;
                self.put(handle)?;
            }
            RawValue::Bytes(bytes) => self.known_bytes(handle, bytes)?,
            RawValue::ByteArray(bytes) => self.known_bytearray(handle, bytes)?,
            // Without someone to take them, buffers travel inside.
            RawValue::Buffer(bytes, true) => self.known_bytes(handle, bytes)?,
            RawValue::Buffer(bytes, false) => self.known_bytearray(handle, bytes)?,
            RawValue::Tuple(items) if items.is_empty() => self.writer.tuple(0),
            RawValue::Tuple(items) => {
                if items.len() > 3 {
                    self.writer.op(Op::Mark);
                }
                self.tasks.push(Task::Tuple(handle, items.len()));
                self.each(&items);
            }
            RawValue::List(items) => {
                self.writer.op(Op::EmptyList);
                self.put(handle)?;
                self.fill(ContainerFill::List, items);
            }
            RawValue::Dict(items) => {
                self.writer.op(Op::EmptyDict);
                self.put(handle)?;
                self.fill(ContainerFill::Dict, items);
            }
            RawValue::Set(items) => self.set(handle, items)?,
            RawValue::FrozenSet(items) => self.frozen_set(handle, &items)?,
            RawValue::Global(global) => match object.global_strings() {
                Some([module, name]) if self.writer.protocol() >= Protocol::Four => {
                    let last = [Task::PutAs(handle), Task::Op(Op::StackGlobal)];
                    self.tasks.extend(last.into_iter().chain([Task::Save(name), Task::Save(module)]));
                }
                _ => self.writer.global(global.module, global.name)?,
            },
            RawValue::Extension(code) => self.writer.extension(code),
            RawValue::Persistent(id) => self.tasks.extend([Task::Op(Op::BinPersId), Task::Save(id)]),
            RawValue::Call(call) => match object.value() {
                // These have opcodes of their own, in this protocol or in others.
                Value::Bytes(bytes) => self.known_bytes(handle, &bytes)?,
                // In protocol 4 it is written as the graph has it, with what it shares.
                Value::ByteArray(_) if self.writer.protocol() == Protocol::Four && is_of_bytes(&call) => {
                    self.call(call, handle)?;
                }
                Value::ByteArray(bytes) => self.known_bytearray(handle, &bytes)?,
                Value::Set(items) => self.set(handle, items)?,
                Value::FrozenSet(items) => self.frozen_set(handle, &items)?,
                _ => self.call(call, handle)?,
            },
        }
        Ok(())
    }

    fn int(&mut self, value: &BigInt<'g>) -> Result<()> {
        match value.to_i64() {
            Some(value) => self.writer.int(value),
            None => self.writer.long(&value.to_le_bytes().ok_or(PicklingError::Digits)?)?,
        }
        Ok(())
    }

    fn known_bytes(&mut self, handle: Handle, bytes: &[u8]) -> Result<()> {
        let index = self.writer.bytes(bytes)?;
        self.memo.insert(handle, index);
        Ok(())
    }

    fn known_bytearray(&mut self, handle: Handle, bytes: &[u8]) -> Result<()> {
        let index = self.writer.bytearray(bytes)?;
        self.memo.insert(handle, index);
        Ok(())
    }

    /// Saves all of them, in order.
    pub(super) fn each(&mut self, items: &Children<'g>) {
        self.tasks.extend(items.iter().rev().map(Task::Save));
    }

    pub(super) fn fill(&mut self, rows: ContainerFill, items: Children<'g>) {
        if !items.is_empty() {
            self.tasks.push(Task::ContainerFill(rows, items, 0));
        }
    }

    /// Fills a container with the next thousand rows.
    fn rows(&mut self, rows: ContainerFill, items: Children<'g>, at: usize) {
        let width = rows.width();
        let left = (items.len() - at) / width;
        let alone = match rows {
            ContainerFill::List | ContainerFill::Dict => left == 1 && at == 0,
            ContainerFill::Appended | ContainerFill::Assigned => left == 1,
            ContainerFill::Set => false,
        };
        if let Some(op) = rows.one().filter(|_| alone) {
            self.tasks.push(Task::Op(op));
            self.tasks.extend((at..items.len()).rev().filter_map(|at| items.get(at)).map(Task::Save));
            return;
        }
        if left == 0
            && (at == 0
                || matches!(rows, ContainerFill::List | ContainerFill::Appended | ContainerFill::Assigned))
        {
            return;
        }
        let end = at + left.min(BATCH) * width;
        self.writer.op(Op::Mark);
        // A full batch of a dict or set is followed by another, be it empty.
        if left >= BATCH {
            self.tasks.push(Task::ContainerFill(rows, items.clone(), end));
        }
        self.tasks.push(Task::Op(rows.many()));
        self.tasks.extend((at..end).rev().filter_map(|at| items.get(at)).map(Task::Save));
    }
}

/// True if the only argument, if there is one, is bytes.
fn is_of_bytes(call: &Call<'_>) -> bool {
    call.args().iter().all(|arg| matches!(arg.raw(), RawValue::Bytes(_)))
}

impl<'g> GraphWriter<'_, 'g> {
    pub(crate) fn set(&mut self, handle: Handle, items: Children<'g>) -> Result<()> {
        if self.writer.protocol() < Protocol::Four {
            return self.set_of_list("set", handle, items);
        }
        self.writer.op(Op::EmptySet);
        self.put(handle)?;
        self.fill(ContainerFill::Set, items);
        Ok(())
    }

    pub(crate) fn frozen_set(&mut self, handle: Handle, items: &Children<'g>) -> Result<()> {
        if self.writer.protocol() < Protocol::Four {
            return self.set_of_list("frozenset", handle, items.clone());
        }
        self.writer.op(Op::Mark);
        self.tasks.push(Task::FrozenSet(handle));
        self.each(items);
        Ok(())
    }

    /// Before protocol 4: `set([...])`.
    fn set_of_list(&mut self, name: &str, handle: Handle, items: Children<'g>) -> Result<()> {
        self.writer.global("builtins", name)?;
        self.writer.op(Op::EmptyList);
        self.writer.put()?;
        self.tasks.extend([Task::PutAs(handle), Task::Op(Op::Reduce), Task::Put, Task::Op(Op::Tuple1)]);
        self.fill(ContainerFill::List, items);
        Ok(())
    }

    pub(crate) fn call(&mut self, call: Call<'g>, handle: Handle) -> Result<()> {
        let op = match call.kind() {
            CallKind::Reduce => Op::Reduce,
            CallKind::New => Op::NewObj,
            CallKind::NewEx if self.writer.protocol() < Protocol::Four => {
                return Err(PicklingError::NamedArguments.into());
            }
            CallKind::NewEx => Op::NewObjEx,
            CallKind::Instance => Op::Obj,
        };
        self.tasks.push(Task::Called(call, handle, op));
        if op == Op::Obj {
            self.writer.op(Op::Mark);
            self.each(&call.args());
        } else {
            self.tasks.extend(call.kwargs_object().map(Task::Save));
            self.tasks.push(Task::Save(call.args_object()));
        }
        self.tasks.push(Task::Save(call.callable()));
        Ok(())
    }

    /// The call itself, and the state that it gets afterwards.
    pub(crate) fn finish(&mut self, call: &Call<'g>, handle: Handle, op: Op) -> Result<()> {
        if let Some(&index) = self.memo.get(&handle) {
            // The object has been made on the way to its arguments.
            self.writer.op(op);
            self.writer.op(Op::Pop);
            self.writer.get(index);
            return Ok(());
        }
        self.writer.op(op);
        self.put(handle)?;
        for later in call.later().rev() {
            match later {
                Later::State(state) => self.tasks.extend([Task::Op(Op::Build), Task::Save(state)]),
                Later::Setter(call) => self.tasks.extend([Task::Op(Op::Pop), Task::Save(call)]),
                Later::Items => return Err(PicklingError::Change(format!("{:?}", call.callable())).into()),
            }
        }
        if let Some(state) = call.state() {
            self.tasks.extend([Task::Op(Op::Build), Task::Save(state)]);
        }
        self.tasks.push(Task::ContainerFill(ContainerFill::Assigned, call.raw_pairs(), 0));
        self.tasks.push(Task::ContainerFill(ContainerFill::Appended, call.items(), 0));
        Ok(())
    }
}

/// The way to fill a container. CPython does it a little differently if it knows the length than if it iterates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContainerFill {
    List,
    Dict,
    Set,
    /// Items that are appended to an object.
    Appended,
    /// Keys and values that are set in one.
    Assigned,
}

impl ContainerFill {
    fn width(self) -> usize {
        if matches!(self, Self::Dict | Self::Assigned) { 2 } else { 1 }
    }

    fn many(self) -> Op {
        match self {
            Self::List | Self::Appended => Op::Appends,
            Self::Dict | Self::Assigned => Op::SetItems,
            Self::Set => Op::AddItems,
        }
    }

    fn one(self) -> Option<Op> {
        match self {
            Self::List | Self::Appended => Some(Op::Append),
            Self::Dict | Self::Assigned => Some(Op::SetItem),
            Self::Set => None,
        }
    }
}
