//! The memo: what a pickle has stored to refer to again.

use std::collections::HashMap;
use std::io;

use crate::Result;
use crate::error::reserve;
use crate::io::huge_room;

/// Values by index. Picklers count from 0 (Python 2's `cPickle` from 1), which is a vector; an index that runs ahead of
/// what has been stored goes into a map, so that it cannot claim memory for the indexes below.
#[derive(Debug)]
pub(super) struct Memo<V> {
    dense: Vec<Option<V>>,
    sparse: HashMap<u64, V>,
    len: u64,
}

/// How far an index may run ahead of the number of values stored and still go into the vector.
const SLACK: u64 = 64;

impl<V> Memo<V> {
    pub(super) fn new() -> Self {
        Self { dense: Vec::new(), sparse: HashMap::new(), len: 0 }
    }

    /// With room for so many values, if there is.
    pub(super) fn with_room(count: usize) -> Self {
        let mut memo = Self::new();
        let _ = memo.dense.try_reserve_exact(count);
        huge_room(&mut memo.dense);
        memo
    }

    /// How many values are stored: the index that MEMOIZE uses.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    #[inline]
    pub(super) fn get(&self, index: u64) -> Option<&V> {
        match self.dense.get(usize::try_from(index).ok()?) {
            Some(Some(value)) => Some(value),
            _ => self.sparse.get(&index),
        }
    }

    #[inline]
    pub(super) fn put(&mut self, index: u64, value: V) -> Result<()> {
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
    fn stores_under_any_index_in_little_memory() {
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
