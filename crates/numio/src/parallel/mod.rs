//! Work on several threads, their number, and how it is stopped.
//!
//! The only module that starts threads. Helpers come from rayon's pool, so that a program and numio share their threads
//! (see [`pool`]); the calling thread always works too, and never waits for a helper that has not begun, so a busy pool
//! only makes a call slower. No helper waits for anything but locks that are held for a moment.
//!
//! The number of threads and the token that cancels a call belong to the thread that called ([`context`]): they are
//! found by whatever the call reaches, and handed on to the helpers.

mod chunks;
mod context;
mod crew;
mod executor;
mod ordered;
mod pool;

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Error;

pub(crate) use self::chunks::{Next, chunks};
pub use self::context::CancelToken;
pub(crate) use self::context::{RunOptions, check, check_now, checkpoint, run_options};
pub(crate) use self::crew::with_crew;
pub(crate) use self::executor::Helpers;
pub(crate) use self::ordered::ordered;
pub use self::pool::{num_threads, set_num_threads, with_num_threads};

/// Memory that must be left before a thread begins with a chunk, of which all are small: it makes many small things, which are
/// not asked for one by one.
const HEADROOM: usize = 8 << 20;

/// Memory that a thread takes before it does anything.
const STACK: usize = 2 << 20;

/// Locks a mutex. Where a thread panicked while it had it, the panic itself is reported by [`with_crew`].
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has the pool call `task` when one of its threads is free; nobody waits for it. Returns false where there are no threads. A
/// pool that is busy, or whose threads are gone after a fork, may never call it.
pub(crate) fn in_background(threads: usize, task: impl FnOnce() + Send + 'static) -> bool {
    let pool = if threads > 1 { pool::Pool::for_threads(threads) } else { None };
    pool.is_some_and(|pool| {
        pool.spawn(task);
        true
    })
}

/// Calls `work` on each item, on up to `threads` threads, this one among them. Items are taken in order.
///
/// # Errors
/// The first that a thread met; items that no thread has taken by then are dropped.
pub(crate) fn for_each<I: Send, E: From<Error> + Send>(
    threads: usize,
    items: impl Iterator<Item = I> + Send,
    work: impl Fn(I) -> Result<(), E> + Sync,
) -> Result<(), E> {
    for_each_with(threads, items, || (), |(), item| work(item))
}

/// As [`for_each`], with a value for each thread that `init` makes.
///
/// # Errors
/// As [`for_each`].
pub(crate) fn for_each_with<I: Send, S, E: From<Error> + Send>(
    threads: usize,
    items: impl Iterator<Item = I> + Send,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let items = Mutex::new((items, None));
    let run = || {
        let mut state = None;
        loop {
            let taken = {
                let mut items = lock(&items);
                if items.1.is_some() { None } else { items.0.next() }
            };
            let Some(item) = taken else { return };
            let state = state.get_or_insert_with(&init);
            if let Err(error) = check().map_err(E::from).and_then(|()| work(state, item)) {
                lock(&items).1.get_or_insert(error);
                return;
            }
        }
    };
    with_crew(threads, &run, |crew| {
        crew.invite();
        run();
    });
    items.into_inner().unwrap_or_else(PoisonError::into_inner).1.map_or(Ok(()), Err)
}

/// The result of `work` for each item, in their order, made on up to `threads` threads.
///
/// # Errors
/// As [`for_each`].
pub(crate) fn map<I: Send, O: Send, E: From<Error> + Send>(
    threads: usize,
    items: impl ExactSizeIterator<Item = I> + Send,
    work: impl Fn(I) -> Result<O, E> + Sync,
) -> Result<Vec<O>, E> {
    let mut made: Vec<Option<O>> = Vec::new();
    made.resize_with(items.len(), || None);
    let fill = |(item, slot): (I, &mut Option<O>)| -> Result<(), E> {
        *slot = Some(work(item)?);
        Ok(())
    };
    for_each(threads, items.zip(made.iter_mut()), fill)?;
    Ok(made.into_iter().flatten().collect())
}

/// Does `mine` on this thread, and `other` on another one if one is free, else afterwards.
pub(crate) fn join<A, B: Send>(
    threads: usize,
    mine: impl FnOnce() -> A,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    let other = Mutex::new(Some(other));
    let result = Mutex::new(None);
    let run = || {
        let taken = lock(&other).take();
        if let Some(other) = taken {
            let made = other();
            *lock(&result) = Some(made);
        }
    };
    let first = with_crew(threads.min(2), &run, |crew| {
        crew.invite();
        let first = mine();
        run();
        first
    });
    let second = result.into_inner().unwrap_or_else(PoisonError::into_inner);
    #[expect(
        clippy::expect_used,
        reason = "it was run here, or by a helper, whose panic `with_crew` passes on"
    )]
    (first, second.expect("both halves are done"))
}

#[cfg(test)]
mod tests;
