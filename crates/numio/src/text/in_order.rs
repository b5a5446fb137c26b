//! Blocks made on all cores and taken in order.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::early::Early;
use crate::Result;
use crate::source::cores;

/// Blocks of one core that may wait to be taken.
const AHEAD: usize = 4;

/// What the threads know of each other.
struct State {
    /// The next block that nobody makes yet.
    next: usize,
    /// How many have been taken.
    taken: usize,
    /// What has been made and not been taken.
    made: Early<Result<Vec<u8>>>,
    /// Memory of blocks that have been taken.
    free: Vec<Vec<u8>>,
    stopped: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    count: usize,
    /// How far the makers may be ahead.
    window: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked has stopped everyone.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the next block, if there is one that may be made now.
    fn make<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        make: &impl Fn(usize, &mut Vec<u8>) -> Result<()>,
    ) -> Result<MutexGuard<'a, State>, MutexGuard<'a, State>> {
        let index = state.next;
        if index >= self.count.min(state.taken + self.window) {
            return Err(state);
        }
        state.next += 1;
        let mut block = state.free.pop().unwrap_or_default();
        drop(state);
        block.clear();
        let made = make(index, &mut block).map(|()| block);
        let mut state = self.lock();
        state.made.hold(index, made);
        self.changed.notify_all();
        Ok(state)
    }
}

/// Stops all threads when the one that has it is done, or panics.
struct Stop<'a> {
    shared: &'a Shared,
    when_panicking: bool,
}

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        if !self.when_panicking || thread::panicking() {
            self.shared.lock().stopped = true;
            self.shared.changed.notify_all();
        }
    }
}

/// Has blocks `0..count` made on all cores, each appended to an empty buffer, and hands them to `take` in order. That runs
/// on this thread, which makes blocks too while the one it waits for is not there.
///
/// # Errors
/// The first of either, in the order of the blocks.
pub(super) fn in_order(
    count: usize,
    make: impl Fn(usize, &mut Vec<u8>) -> Result<()> + Sync,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let cores = cores().min(count);
    let state = State { next: 0, taken: 0, made: Early::new(), free: Vec::new(), stopped: false };
    let shared = Shared { state: Mutex::new(state), changed: Condvar::new(), count, window: cores * AHEAD };
    thread::scope(|scope| {
        let _stop = Stop { shared: &shared, when_panicking: false };
        for _ in 1..cores {
            scope.spawn(|| {
                let _stop = Stop { shared: &shared, when_panicking: true };
                let mut state = shared.lock();
                while !state.stopped && state.next < count {
                    state = shared.make(state, &make).unwrap_or_else(|state| shared.wait(state));
                }
            });
        }
        let mut state = shared.lock();
        while !state.stopped && state.taken < count {
            if let Some(made) = state.made.take() {
                drop(state);
                let block = made?;
                take(&block)?;
                state = shared.lock();
                state.taken += 1;
                state.free.push(block);
                shared.changed.notify_all();
            } else {
                state = shared.make(state, &make).unwrap_or_else(|state| shared.wait(state));
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, ErrorKind};

    fn number(index: usize, out: &mut Vec<u8>) -> Result<()> {
        // Later blocks are done sooner.
        thread::sleep(std::time::Duration::from_micros(200 * (7 - index as u64 % 7)));
        out.extend_from_slice(format!("{index} ").as_bytes());
        Ok(())
    }

    #[test]
    fn blocks_come_in_order() {
        for count in [0, 1, 2, 3, 100] {
            let mut out = Vec::new();
            let take = |block: &[u8]| {
                out.extend_from_slice(block);
                Ok(())
            };
            in_order(count, number, take).unwrap();
            let wanted: String = (0..count).map(|index| format!("{index} ")).collect();
            assert_eq!(String::from_utf8(out).unwrap(), wanted);
        }
    }

    #[test]
    fn the_first_error_is_given_and_ends_it() {
        let fault = |text: &str| Error::new(ErrorKind::InvalidInput, text);
        let made = |index: usize, out: &mut Vec<u8>| {
            if index >= 5 { Err(fault(&index.to_string())) } else { number(index, out) }
        };
        let mut taken = 0;
        let failed = in_order(1000, made, |_| {
            taken += 1;
            Ok(())
        });
        assert_eq!((failed.unwrap_err().to_string(), taken), ("5".to_owned(), 5));
        let failed = in_order(1000, number, |_| Err(fault("full")));
        assert_eq!(failed.unwrap_err().to_string(), "full");
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_elsewhere_does_not_wait_for_ever() {
        let here = thread::current().id();
        let make = |index: usize, out: &mut Vec<u8>| {
            assert!(index < 3 || thread::current().id() == here);
            number(index, out)
        };
        // Where there is one core, nobody else panics.
        if cores() < 2 {
            panic!("a scoped thread panicked");
        }
        let _ = in_order(1000, make, |_| Ok(()));
    }
}
