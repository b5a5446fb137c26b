//! Chunks that every thread takes by itself, and whose results come together in order.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::crew::with_crew;
use super::ordered::ReorderBuffer;
use super::{HEADROOM, STACK, check, lock};
use crate::error::headroom;
use crate::{Error, Result};

/// The number of chunks that may be done while an earlier one is not.
const AHEAD: usize = 32;

/// After this many chunks there is a look at whether memory is left for more.
const PROBE_EVERY: usize = 8;

/// Time that the calling thread waits before it looks whether it is cancelled.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The step after a chunk.
pub(crate) enum Next<T> {
    /// The next one; this is still to be done for the one before, in any order.
    Go(Option<T>),
    /// Nothing more is wanted.
    Stop(Option<T>),
    /// This chunk and all after it are not for this.
    Leave,
}

/// The reason for ending before the last chunk.
enum ChunksEnd {
    Stopped,
    Left,
    Failed(Error),
}

struct ChunksState<M, F> {
    next: usize,
    results: ReorderBuffer<Option<M>>,
    end: Option<ChunksEnd>,
    merge: F,
}

/// Calls `make` on each index below `count` with a buffer of the thread's own, `merge` on the results in order, one at a
/// time and on whichever thread comes first, and `finish` on what is then to be done. All of it happens on up to
/// `threads` threads, this one among them. Says whether a chunk was left, which `make` (by `None`) and `merge` may do.
///
/// Results are merged where they are made, so that no thread waits for another one to take them.
///
/// # Errors
/// The first of `merge`; `OutOfMemory` where there is little memory left.
pub(crate) fn chunks<M: Send, T: Send>(
    threads: usize,
    count: usize,
    make: impl Fn(usize, &mut Vec<u8>) -> Option<M> + Sync,
    merge: impl FnMut(M) -> Result<Next<T>> + Send,
    finish: impl Fn(T) + Sync,
) -> Result<bool> {
    // The threads have stacks.
    headroom(HEADROOM.saturating_add(threads.saturating_sub(1).saturating_mul(STACK)))?;
    let state = Mutex::new(ChunksState { next: 0, results: ReorderBuffer::new(), end: None, merge });
    let moved = Condvar::new();
    let claim = |state: &mut MutexGuard<'_, ChunksState<M, _>>| {
        let index = state.next;
        // Results that are far ahead take memory, and none is wanted after an end.
        let may = state.end.is_none() && index < count && index - state.results.next() <= AHEAD;
        if may
            && index.is_multiple_of(PROBE_EVERY)
            && let Err(error) = headroom(HEADROOM)
        {
            state.end = Some(ChunksEnd::Failed(error));
            return None;
        }
        state.next += usize::from(may);
        may.then_some(index)
    };
    let work_on = |index: usize, buffer: &mut Vec<u8>| {
        // If this thread panics, those that wait for it must not.
        let guard = StopOnPanic(&state, &moved);
        let made = make(index, buffer);
        let todo = lock(&state).add(index, made);
        moved.notify_all();
        todo.into_iter().for_each(&finish);
        drop(guard);
    };
    let work = || {
        let mut buffer = Vec::new();
        loop {
            let claimed = claim(&mut lock(&state));
            let Some(index) = claimed else { return };
            work_on(index, &mut buffer);
        }
    };
    with_crew(threads, &work, |crew| {
        crew.invite();
        let mut buffer = Vec::new();
        loop {
            if let Err(error) = check() {
                lock(&state).end = Some(ChunksEnd::Failed(error));
            }
            let mut found = lock(&state);
            if found.end.is_some() || found.next >= count {
                return;
            }
            match claim(&mut found) {
                Some(index) => {
                    drop(found);
                    work_on(index, &mut buffer);
                }
                None => {
                    let _ = moved.wait_timeout(found, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner);
                    // Helpers have gone home when they were too far ahead.
                    crew.invite();
                }
            }
        }
    });
    match state.into_inner().unwrap_or_else(PoisonError::into_inner).end {
        Some(ChunksEnd::Failed(error)) => Err(error),
        Some(ChunksEnd::Left) => Ok(true),
        Some(ChunksEnd::Stopped) | None => Ok(false),
    }
}

struct StopOnPanic<'a, M, F>(&'a Mutex<ChunksState<M, F>>, &'a Condvar);

impl<M, F> Drop for StopOnPanic<'_, M, F> {
    fn drop(&mut self) {
        if thread::panicking() {
            lock(self.0).end.get_or_insert(ChunksEnd::Stopped);
            self.1.notify_all();
        }
    }
}

impl<M, F> ChunksState<M, F> {
    /// Adds a result, merges those whose turn it is, and returns what is then to be done.
    fn add<T>(&mut self, index: usize, made: Option<M>) -> Vec<T>
    where
        F: FnMut(M) -> Result<Next<T>>,
    {
        let mut todo = Vec::new();
        self.results.insert(index, made);
        while self.end.is_none()
            && let Some(made) = self.results.take()
        {
            match made.map_or(Ok(Next::Leave), &mut self.merge) {
                Ok(Next::Go(then)) => todo.extend(then),
                Ok(Next::Stop(then)) => {
                    todo.extend(then);
                    self.end = Some(ChunksEnd::Stopped);
                }
                Ok(Next::Leave) => self.end = Some(ChunksEnd::Left),
                Err(error) => self.end = Some(ChunksEnd::Failed(error)),
            }
        }
        todo
    }
}
