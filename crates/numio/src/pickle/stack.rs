//! The machine's stack: values, and marks between them that nothing but an opcode made for marks reaches below.

use std::vec::Drain;

use super::error::Fault;
use crate::Result;
use crate::error::reserve;

#[derive(Debug)]
pub(super) struct Stack<V> {
    values: Vec<V>,
    /// How many values lie below each open mark.
    marks: Vec<usize>,
    /// The same for the topmost mark.
    fence: usize,
}

impl<V> Stack<V> {
    pub(super) fn new() -> Self {
        Self { values: Vec::new(), marks: Vec::new(), fence: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.marks.clear();
        self.fence = 0;
    }

    #[inline]
    pub(super) fn push(&mut self, value: V) -> Result<()> {
        reserve(&mut self.values, 1)?;
        self.values.push(value);
        Ok(())
    }

    pub(super) fn push_mark(&mut self) -> Result<()> {
        reserve(&mut self.marks, 1)?;
        self.fence = self.values.len();
        self.marks.push(self.fence);
        Ok(())
    }

    pub(super) fn has_mark(&self) -> bool {
        !self.marks.is_empty()
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Result<V, Fault> {
        self.reach(1)?;
        let Some(value) = self.values.pop() else { return Err(Fault::Underflow) };
        Ok(value)
    }

    /// Takes the top value, or the mark if that is on top.
    pub(super) fn pop_any(&mut self) -> Result<Option<V>, Fault> {
        if self.marks.last() == Some(&self.values.len()) {
            self.pop_mark().map(|_| None)
        } else {
            self.pop().map(Some)
        }
    }

    /// The value under `depth` others.
    #[inline]
    pub(super) fn peek(&self, depth: usize) -> Result<&V, Fault> {
        self.reach(depth + 1)?;
        let Some(value) = self.values.get(self.values.len() - depth - 1) else {
            return Err(Fault::Underflow);
        };
        Ok(value)
    }

    /// Takes the topmost mark away, and says how many values lie above it.
    #[inline]
    pub(super) fn pop_mark(&mut self) -> Result<usize, Fault> {
        let Some(mark) = self.marks.pop() else { return Err(Fault::NoMark) };
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(self.values.len() - mark)
    }

    /// The same where the values are keys and values in turn.
    #[inline]
    pub(super) fn pop_mark_of_pairs(&mut self) -> Result<usize, Fault> {
        let count = self.pop_mark()?;
        if count.is_multiple_of(2) { Ok(count) } else { Err(Fault::OddItems(count)) }
    }

    /// Takes the top `count` values, in the order in which they were pushed.
    #[inline]
    pub(super) fn top(&mut self, count: usize) -> Result<Drain<'_, V>, Fault> {
        self.reach(count)?;
        let start = self.values.len() - count;
        Ok(self.values.drain(start..))
    }

    /// Makes sure of `count` values above the topmost mark.
    #[inline(always)]
    fn reach(&self, count: usize) -> Result<(), Fault> {
        if self.values.len() - self.fence >= count { Ok(()) } else { Err(self.out_of_reach()) }
    }

    #[cold]
    fn out_of_reach(&self) -> Fault {
        if self.marks.is_empty() { Fault::Underflow } else { Fault::UnderMark }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_fence_off_what_lies_below() {
        let mut stack = Stack::new();
        assert!(matches!(stack.pop(), Err(Fault::Underflow)));
        assert!(matches!(stack.pop_mark(), Err(Fault::NoMark)));
        stack.push(1).unwrap();
        stack.push_mark().unwrap();
        assert!(matches!(stack.pop(), Err(Fault::UnderMark)));
        stack.push(2).unwrap();
        assert!(matches!(stack.top(2), Err(Fault::UnderMark)));
        assert!(matches!(stack.peek(1), Err(Fault::UnderMark)));
        assert_eq!(*stack.peek(0).unwrap(), 2);
        stack.push_mark().unwrap();
        stack.pop_any().unwrap();
        assert_eq!(stack.pop_mark().unwrap(), 1);
        assert_eq!(stack.top(2).unwrap().collect::<Vec<_>>(), [1, 2]);
        assert!(matches!(stack.pop_any(), Err(Fault::Underflow)));
    }

    #[test]
    fn pairs_are_even() {
        let mut stack = Stack::new();
        stack.push_mark().unwrap();
        stack.push(1).unwrap();
        assert!(matches!(stack.pop_mark_of_pairs(), Err(Fault::OddItems(1))));
    }
}
