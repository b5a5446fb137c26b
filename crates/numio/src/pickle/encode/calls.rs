//! Sets, and what is made by a call: the callable, its arguments, and what the object is given afterwards.

use super::error::Fault;
use super::graph::{GraphWriter, Task};
use super::protocol::Protocol;
use super::rows::Rows;
use crate::Result;
use crate::pickle::factory::How;
use crate::pickle::graph::{Call, Items, Later, Word};
use crate::pickle::opcodes::Op;

impl<'g> GraphWriter<'_, 'g> {
    pub(super) fn set(&mut self, word: Word, items: Items<'g>) -> Result<()> {
        if self.writer.protocol() < Protocol::Four {
            return self.set_of_list("set", word, items);
        }
        self.writer.op(Op::EmptySet);
        self.put(word)?;
        self.fill(Rows::Set, items);
        Ok(())
    }

    pub(super) fn frozen_set(&mut self, word: Word, items: &Items<'g>) -> Result<()> {
        if self.writer.protocol() < Protocol::Four {
            return self.set_of_list("frozenset", word, items.clone());
        }
        self.writer.op(Op::Mark);
        self.tasks.push(Task::FrozenSet(word));
        self.each(items);
        Ok(())
    }

    /// Before protocol 4: `set([...])`.
    fn set_of_list(&mut self, name: &str, word: Word, items: Items<'g>) -> Result<()> {
        self.writer.global("builtins", name)?;
        self.writer.op(Op::EmptyList);
        self.writer.put()?;
        self.tasks.extend([Task::PutAs(word), Task::Op(Op::Reduce), Task::Put, Task::Op(Op::Tuple1)]);
        self.fill(Rows::List, items);
        Ok(())
    }

    pub(super) fn call(&mut self, call: Call<'g>, word: Word) -> Result<()> {
        let op = match call.how() {
            How::Reduce => Op::Reduce,
            How::New => Op::NewObj,
            How::NewEx if self.writer.protocol() < Protocol::Four => return Err(Fault::NamedArguments.into()),
            How::NewEx => Op::NewObjEx,
            How::Instance => Op::Obj,
        };
        self.tasks.push(Task::Called(call, word, op));
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

    /// The call itself, and what is given to the object afterwards.
    pub(super) fn finish(&mut self, call: &Call<'g>, word: Word, op: Op) -> Result<()> {
        if let Some(&index) = self.memo.get(&word) {
            // The object has been made on the way to its arguments.
            self.writer.op(op);
            self.writer.op(Op::Pop);
            self.writer.get(index);
            return Ok(());
        }
        self.writer.op(op);
        self.put(word)?;
        for later in call.later().rev() {
            match later {
                Later::State(state) => self.tasks.extend([Task::Op(Op::Build), Task::Save(state)]),
                Later::Setter(call) => self.tasks.extend([Task::Op(Op::Pop), Task::Save(call)]),
                Later::Items => return Err(Fault::Change(format!("{:?}", call.callable())).into()),
            }
        }
        if let Some(state) = call.state() {
            self.tasks.extend([Task::Op(Op::Build), Task::Save(state)]);
        }
        self.tasks.push(Task::Rows(Rows::Assigned, call.raw_pairs(), 0));
        self.tasks.push(Task::Rows(Rows::Appended, call.items(), 0));
        Ok(())
    }
}
