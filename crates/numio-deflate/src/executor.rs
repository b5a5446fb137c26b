//! The threads that a call uses: an interface, and rayon's pool behind it.

use std::io;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Error, Result};

/// The threads that calls of this crate use, how many, and whether a call is to stop.
///
/// [`Rayon`] is the one that most programs want. A program with a thread pool of its own implements this for it.
///
/// No helper is relied on: the calling thread does whatever no other thread has begun, so an executor whose threads are
/// busy only makes a call slower.
pub trait Executor: Send + Sync {
    /// The number of threads that a call may use, the calling one included; 1 starts none.
    fn threads(&self) -> usize;

    /// Says whether a call is still wanted. Called every few milliseconds of work, by every thread that does some.
    ///
    /// # Errors
    /// The error with which the call is to stop.
    fn check(&self) -> io::Result<()> {
        Ok(())
    }

    /// Calls `lead` on this thread. Meanwhile up to `threads - 1` helpers call `work`, at least once after `lead` last
    /// called its argument, if a helper is free; `work` returns when it finds nothing to do. Returns when `lead` and
    /// all helpers that have begun are done; helpers that have not begun by then must not begin.
    fn with_helpers(&self, threads: usize, work: &(dyn Fn() + Sync), lead: &mut dyn FnMut(&dyn Fn()));

    /// Runs `task` on another thread, at any time; it may be dropped instead.
    fn spawn(&self, task: Box<dyn FnOnce() + Send>);
}

/// Rayon's pool: that of the calling thread, or the global one.
///
/// ```
/// use numio_deflate::{Executor, Rayon};
///
/// assert_eq!(Rayon::with_threads(1).threads(), 1);
/// assert!(Rayon::default().threads() >= 1);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Rayon {
    threads: Option<NonZero<usize>>,
}

impl Rayon {
    /// The default: as many threads as this process may run at once.
    pub(crate) const ALL: Self = Self { threads: None };

    /// Uses up to `threads` threads, the calling one included. Default, also for 0: as many as this process may run at
    /// once, and no more than the pool has.
    pub fn with_threads(threads: usize) -> Self {
        Self { threads: NonZero::new(threads) }
    }
}

impl Executor for Rayon {
    fn threads(&self) -> usize {
        if let Some(threads) = self.threads {
            return threads.get();
        }
        let available = std::thread::available_parallelism().map_or(1, NonZero::get);
        if available > 1 { available.min(rayon_core::current_num_threads()) } else { 1 }
    }

    fn with_helpers(&self, threads: usize, work: &(dyn Fn() + Sync), lead: &mut dyn FnMut(&dyn Fn())) {
        let helpers = threads.saturating_sub(1);
        if helpers == 0 {
            return lead(&|| {});
        }
        // Helpers that were asked for and are not done, and the number of invitations, which tells a helper that found
        // nothing to do to look again.
        let (asked, invitations) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let is_over = Mutex::new(false);
        rayon_core::in_place_scope(|scope| {
            let (asked, invitations, is_over) = (&asked, &invitations, &is_over);
            let invite = || {
                invitations.fetch_add(1, Ordering::SeqCst);
                while asked.fetch_add(1, Ordering::SeqCst) < helpers {
                    scope.spawn(move |_| {
                        loop {
                            let seen = invitations.load(Ordering::SeqCst);
                            if !*lock(is_over) {
                                work();
                            }
                            if *lock(is_over) || invitations.load(Ordering::SeqCst) == seen {
                                break;
                            }
                        }
                        asked.fetch_sub(1, Ordering::SeqCst);
                    });
                }
                asked.fetch_sub(1, Ordering::SeqCst);
            };
            lead(&invite);
            *lock(is_over) = true;
        });
    }

    fn spawn(&self, task: Box<dyn FnOnce() + Send>) {
        // Rayon ends the process where a panic comes out of a task; whoever waits for this one learns of it otherwise.
        rayon_core::spawn(move || drop(catch_unwind(AssertUnwindSafe(task))));
    }
}

/// Locks a mutex, whether or not a thread panicked while it had it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `work` on each item, on up to `threads` threads, this one among them, with a value for each thread that `init`
/// makes. Items are taken in order.
///
/// # Errors
/// The first that a thread met; items that no thread has taken by then are dropped.
pub(crate) fn for_each<I: Send, S>(
    executor: &dyn Executor,
    threads: usize,
    items: impl Iterator<Item = I> + Send,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I) -> Result<()> + Sync,
) -> Result<()> {
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
            if let Err(error) = executor.check().map_err(Error::from).and_then(|()| work(state, item)) {
                lock(&items).1.get_or_insert(error);
                return;
            }
        }
    };
    executor.with_helpers(threads, &run, &mut |invite| {
        invite();
        run();
    });
    items.into_inner().unwrap_or_else(PoisonError::into_inner).1.map_or(Ok(()), Err)
}
