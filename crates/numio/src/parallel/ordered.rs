//! Work on several threads whose results are taken in order.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::crew::with_crew;
use super::{HEADROOM, STACK, check, lock};
use crate::Result;
use crate::error::headroom;

/// Time that the calling thread waits before it looks whether it is cancelled.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Reorders results that finish out of order.
pub(super) struct ReorderBuffer<T> {
    next: usize,
    waiting: BTreeMap<usize, T>,
}

impl<T> ReorderBuffer<T> {
    pub(super) fn new() -> Self {
        Self { next: 0, waiting: BTreeMap::new() }
    }

    pub(super) fn insert(&mut self, index: usize, result: T) {
        self.waiting.insert(index, result);
    }

    /// The index of the next to be taken.
    pub(super) fn next(&self) -> usize {
        self.next
    }

    /// Returns whether the next is there.
    fn is_ready(&self) -> bool {
        self.waiting.contains_key(&self.next)
    }

    /// Takes the next, if it is there.
    pub(super) fn take(&mut self) -> Option<T> {
        let result = self.waiting.remove(&self.next)?;
        self.next += 1;
        Some(result)
    }
}

struct OrderedState<I, O> {
    /// Inputs that no thread has begun.
    inputs: VecDeque<(usize, I)>,
    outputs: ReorderBuffer<O>,
    is_over: bool,
}

/// Turns inputs into outputs on up to `threads` threads, with no more than `window` of them between `next` and `take`.
///
/// `next` gives the inputs, and `take` gets the outputs in the same order; both run on this thread, which also works on
/// an input itself while there is nothing else to do. `take` may end it.
///
/// # Errors
/// The first of `next` and `take`; `OutOfMemory` where there is little memory left.
pub(crate) fn ordered<I: Send, O: Send>(
    threads: usize,
    window: usize,
    mut next: impl FnMut() -> Result<Option<I>>,
    make: impl Fn(I) -> O + Sync,
    mut take: impl FnMut(O) -> Result<ControlFlow<()>>,
) -> Result<()> {
    if threads <= 1 {
        while let Some(input) = next()? {
            check()?;
            headroom(HEADROOM)?;
            if take(make(input))?.is_break() {
                break;
            }
        }
        return Ok(());
    }
    // The threads have stacks.
    headroom(HEADROOM.saturating_add(threads.saturating_sub(1).saturating_mul(STACK)))?;
    let state = OrderedState { inputs: VecDeque::new(), outputs: ReorderBuffer::new(), is_over: false };
    let shared = Mutex::new(state);
    let changed = Condvar::new();
    let make_one = || {
        let taken = lock(&shared).inputs.pop_front();
        let Some((index, input)) = taken else { return false };
        let wake = WakeOnPanic(&changed);
        let output = make(input);
        drop(wake);
        lock(&shared).outputs.insert(index, output);
        changed.notify_all();
        true
    };
    let work = || while !lock(&shared).is_over && make_one() {};
    with_crew(threads, &work, |crew| {
        /// Leaves the helpers nothing to do, on every way out.
        struct Over<'a, I, O>(&'a Mutex<OrderedState<I, O>>);

        impl<I, O> Drop for Over<'_, I, O> {
            fn drop(&mut self) {
                lock(self.0).is_over = true;
            }
        }

        let _over = Over(&shared);
        let (mut given, mut taken, mut has_ended) = (0, 0, false);
        loop {
            check()?;
            let output = lock(&shared).outputs.take();
            if let Some(output) = output {
                if take(output)?.is_break() {
                    return Ok(());
                }
                taken += 1;
            } else if !has_ended && given - taken < window.max(threads) {
                let input = next()?;
                headroom(HEADROOM)?;
                match input {
                    Some(input) => {
                        lock(&shared).inputs.push_back((given, input));
                        given += 1;
                        crew.invite();
                    }
                    None => has_ended = true,
                }
            } else if has_ended && given == taken || crew.has_failed() {
                return Ok(());
            } else if !make_one() {
                let state = lock(&shared);
                if state.inputs.is_empty() && !state.outputs.is_ready() {
                    let _ = changed.wait_timeout(state, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    })
}

/// Wakes the calling thread when a helper panics, so that it does not wait for what is never made.
struct WakeOnPanic<'a>(&'a Condvar);

impl Drop for WakeOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.notify_all();
        }
    }
}
