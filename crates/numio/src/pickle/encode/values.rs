//! Python values of the writer's own: each as `save` of CPython's `_pickle.c` writes it, memo and all.

use super::writer::{BATCH, Writer};
use crate::Result;
use crate::pickle::int;
use crate::pickle::opcodes::Op;

impl Writer {
    /// `None`.
    pub(crate) fn save_none(&mut self) {
        self.boundary();
        self.op(Op::None);
    }

    pub(crate) fn save_bool(&mut self, value: bool) {
        self.boundary();
        self.bool(value);
    }

    pub(crate) fn save_int(&mut self, value: i64) {
        self.boundary();
        self.int(value);
    }

    /// An integer that an `i64` may not hold.
    ///
    /// # Errors
    /// As [`long`](Self::long).
    pub(crate) fn save_wide(&mut self, value: i128) -> Result<()> {
        match i64::try_from(value) {
            Ok(value) => self.save_int(value),
            Err(_) => {
                self.boundary();
                self.long(&int::shortest_le(value))?;
            }
        }
        Ok(())
    }

    pub(crate) fn save_float(&mut self, value: f64) {
        self.boundary();
        self.float(value);
    }

    /// A string. Of those of one character or none, as far as latin-1 goes, there is one each in CPython.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub(crate) fn save_str(&mut self, text: &str) -> Result<()> {
        let is_single = text.len() <= 2 && text.chars().all(|c| c <= '\u{ff}') && text.chars().count() <= 1;
        if is_single {
            return self.save_name(text);
        }
        self.boundary();
        self.text(text.as_bytes())?;
        self.put()?;
        Ok(())
    }

    /// A string that is the same object wherever it stands: a name.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub(crate) fn save_name(&mut self, text: &str) -> Result<()> {
        self.boundary();
        self.text_once(text)
    }

    /// Bytes. There is one object for none, and one for each single byte.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub(crate) fn save_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.boundary();
        self.bytes_once(bytes)
    }

    /// A global.
    ///
    /// # Errors
    /// As [`global`](Self::global).
    pub(crate) fn save_global(&mut self, module: &str, name: &str) -> Result<()> {
        self.boundary();
        self.global(module, name)
    }

    /// Before the `len` items of a tuple.
    pub(crate) fn open_tuple(&mut self, len: usize) {
        self.boundary();
        if len > 3 {
            self.op(Op::Mark);
        }
    }

    /// Behind them.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub(crate) fn close_tuple(&mut self, len: usize) -> Result<()> {
        self.tuple(len);
        if len > 0 {
            self.put()?;
        }
        Ok(())
    }

    /// A tuple of integers.
    ///
    /// # Errors
    /// As [`save_wide`](Self::save_wide).
    pub(crate) fn save_shape(&mut self, shape: &[usize]) -> Result<()> {
        self.open_tuple(shape.len());
        shape.iter().try_for_each(|&axis| self.save_wide(axis as i128))?;
        self.close_tuple(shape.len())
    }

    /// Calls what lies below the tuple of its arguments.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub(crate) fn reduce(&mut self) -> Result<u32> {
        self.op(Op::Reduce);
        self.put()
    }

    /// A list or a dict, to be filled. The `len` of its items or pairs, where that is known, makes it as CPython would.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub(crate) fn open(&mut self, kind: Filled, len: Option<usize>) -> Result<Filling> {
        self.boundary();
        self.op(match kind {
            Filled::List => Op::EmptyList,
            Filled::Dict => Op::EmptyDict,
        });
        self.put()?;
        Ok(Filling { kind, is_single: len == Some(1), done: 0 })
    }
}

/// What is filled as its items come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    List,
    Dict,
}

/// A list or dict that is being filled, a thousand rows at a time.
#[derive(Debug)]
pub(crate) struct Filling {
    kind: Filled,
    /// Without a mark.
    is_single: bool,
    done: usize,
}

impl Filling {
    /// Before each row.
    pub(crate) fn before(&self, writer: &mut Writer) {
        if !self.is_single && self.done.is_multiple_of(BATCH) {
            writer.op(Op::Mark);
        }
    }

    /// Behind each row.
    pub(crate) fn after(&mut self, writer: &mut Writer) {
        self.done += 1;
        if self.is_single {
            writer.op(match self.kind {
                Filled::List => Op::Append,
                Filled::Dict => Op::SetItem,
            });
        } else if self.done.is_multiple_of(BATCH) {
            writer.op(self.many());
        }
    }

    /// Behind the last row.
    pub(crate) fn finish(self, writer: &mut Writer) {
        if self.is_single || self.done == 0 {
            return;
        }
        if !self.done.is_multiple_of(BATCH) {
            writer.op(self.many());
        } else if self.kind == Filled::Dict {
            // A full batch of a dict is followed by another, be it empty.
            writer.op(Op::Mark);
            writer.op(self.many());
        }
    }

    fn many(&self) -> Op {
        match self.kind {
            Filled::List => Op::Appends,
            Filled::Dict => Op::SetItems,
        }
    }
}
