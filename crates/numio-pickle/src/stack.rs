//! The stack of the pickle machine, with its marks.

use std::vec::Drain;

use crate::Result;
use crate::error::UnpicklingError;
use crate::memory::reserve;

#[derive(Debug)]
pub(crate) struct Stack<V> {
    values: Vec<V>,
    /// The number of values below each open mark.
    marks: Vec<usize>,
    /// The same for the topmost mark.
    fence: usize,
}

impl<V> Stack<V> {
    pub(crate) fn new() -> Self {
        Self { values: Vec::new(), marks: Vec::new(), fence: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.marks.clear();
        self.fence = 0;
    }

    /// Returns memory that values popped long ago have left: values nested a million deep are all on the stack at once, and what
    /// they become needs that memory.
    pub(crate) fn shrink(&mut self) {
        fn shrink<T>(vector: &mut Vec<T>) {
            /// Less than this is not worth it.
            const SMALL: usize = 1 << 15;
            if vector.capacity() > SMALL && vector.len() < vector.capacity() / 4 {
                vector.shrink_to(vector.capacity() / 2);
            }
        }
        shrink(&mut self.values);
        shrink(&mut self.marks);
    }

    #[inline]
    pub(crate) fn push(&mut self, value: V) -> Result<()> {
        reserve(&mut self.values, 1)?;
        self.values.push(value);
        Ok(())
    }

    pub(crate) fn push_mark(&mut self) -> Result<()> {
        reserve(&mut self.marks, 1)?;
        self.fence = self.values.len();
        self.marks.push(self.fence);
        Ok(())
    }

    pub(crate) fn has_mark(&self) -> bool {
        !self.marks.is_empty()
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Result<V, UnpicklingError> {
        self.reach(1)?;
        let Some(value) = self.values.pop() else { return Err(UnpicklingError::Underflow) };
        Ok(value)
    }

    /// Takes the top value, or the mark if that is on top.
    pub(crate) fn pop_any(&mut self) -> Result<Option<V>, UnpicklingError> {
        if self.marks.last() == Some(&self.values.len()) {
            self.pop_mark().map(|_| None)
        } else {
            self.pop().map(Some)
        }
    }

    /// The value under `depth` others.
    #[inline]
    pub(crate) fn peek(&self, depth: usize) -> Result<&V, UnpicklingError> {
        self.reach(depth + 1)?;
        let Some(value) = self.values.get(self.values.len() - depth - 1) else {
            return Err(UnpicklingError::Underflow);
        };
        Ok(value)
    }

    /// Takes the topmost mark away, and says how many values lie above it.
    #[inline]
    pub(crate) fn pop_mark(&mut self) -> Result<usize, UnpicklingError> {
        let Some(mark) = self.marks.pop() else { return Err(UnpicklingError::NoMark) };
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(self.values.len() - mark)
    }

    /// The same where the values are keys and values in turn.
    #[inline]
    pub(crate) fn pop_mark_of_pairs(&mut self) -> Result<usize, UnpicklingError> {
        let count = self.pop_mark()?;
        if count.is_multiple_of(2) { Ok(count) } else { Err(UnpicklingError::OddItems(count)) }
    }

    /// Takes the top `count` values, in the order in which they were pushed.
    #[inline]
    pub(crate) fn top(&mut self, count: usize) -> Result<Drain<'_, V>, UnpicklingError> {
        self.reach(count)?;
        let start = self.values.len() - count;
        Ok(self.values.drain(start..))
    }

    /// Makes sure of `count` values above the topmost mark.
    #[inline(always)]
    fn reach(&self, count: usize) -> Result<(), UnpicklingError> {
        if self.values.len() - self.fence >= count { Ok(()) } else { Err(self.out_of_reach()) }
    }

    #[cold]
    fn out_of_reach(&self) -> UnpicklingError {
        if self.marks.is_empty() { UnpicklingError::Underflow } else { UnpicklingError::UnderMark }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_fence_off_what_lies_below() {
        let mut stack = Stack::new();
        assert!(matches!(stack.pop(), Err(UnpicklingError::Underflow)));
        assert!(matches!(stack.pop_mark(), Err(UnpicklingError::NoMark)));
        stack.push(1).unwrap();
        stack.push_mark().unwrap();
        assert!(matches!(stack.pop(), Err(UnpicklingError::UnderMark)));
        stack.push(2).unwrap();
        assert!(matches!(stack.top(2), Err(UnpicklingError::UnderMark)));
        assert!(matches!(stack.peek(1), Err(UnpicklingError::UnderMark)));
        assert_eq!(*stack.peek(0).unwrap(), 2);
        stack.push_mark().unwrap();
        stack.pop_any().unwrap();
        assert_eq!(stack.pop_mark().unwrap(), 1);
        assert_eq!(stack.top(2).unwrap().collect::<Vec<_>>(), [1, 2]);
        assert!(matches!(stack.pop_any(), Err(UnpicklingError::Underflow)));
    }

    #[test]
    fn items_of_a_dict_that_are_odd_are_refused() {
        let mut stack = Stack::new();
        stack.push_mark().unwrap();
        stack.push(1).unwrap();
        assert!(matches!(stack.pop_mark_of_pairs(), Err(UnpicklingError::OddItems(1))));
    }

    #[test]
    fn stack_that_was_deep_keeps_its_values_and_returns_memory() {
        let mut stack = Stack::new();
        for value in 0..1_000_000 {
            stack.push_mark().unwrap();
            stack.push(value).unwrap();
        }
        for value in (10..1_000_000).rev() {
            if value % 1000 == 0 {
                stack.shrink();
            }
            assert_eq!(stack.pop().unwrap(), value);
            assert_eq!(stack.pop_mark().unwrap(), 0);
        }
        assert!(stack.values.capacity() < 1 << 16);
        assert!(stack.marks.capacity() < 1 << 16);
        assert_eq!(stack.pop().unwrap(), 9);
    }
}
