//! A calling thread and its helpers from the pool.

#![allow(unsafe_code, reason = "a job that borrows from its caller is lent to threads of the pool")]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::context::Context;
use super::lock;
use super::pool::Pool;

/// CrewWork that the helpers of one call share with it.
struct CrewState {
    state: Mutex<CrewWork>,
    /// Told when the last running helper is done.
    idle: Condvar,
    context: Context,
}

struct CrewWork {
    /// The helpers' work; `None` once the call is over.
    job: Option<&'static (dyn Fn() + Sync)>,
    /// Helpers that the pool has been asked for and that have not begun.
    asked: usize,
    running: usize,
    /// Counts invitations, so that a helper that found nothing to do looks again if there was one meanwhile.
    invitations: u64,
    panic: Option<Box<dyn Any + Send>>,
}

/// The helpers of one call.
pub(crate) struct Crew {
    /// Nothing where the call works alone.
    helpers: Option<(Arc<CrewState>, Pool)>,
    most: usize,
}

/// Calls `lead` on this thread. Meanwhile up to `threads - 1` helpers call `work`, once for each time that `lead` invites
/// them; `work` returns when it finds nothing to do. Returns when `lead` and all helpers that have begun are done.
///
/// Helpers that the pool has not started by then never start, so a call is not held up by a pool that is busy, nor by
/// one whose threads are gone, as after a fork.
///
/// # Panics
/// If a helper panicked, with its panic.
pub(crate) fn with_crew<R>(threads: usize, work: &(dyn Fn() + Sync), lead: impl FnOnce(&Crew) -> R) -> R {
    let pool = if threads > 1 { Pool::for_threads(threads) } else { None };
    let Some(pool) = pool else { return lead(&Crew { helpers: None, most: 0 }) };
    // SAFETY: only the lifetime changes. Helpers find the job in `state` and count themselves as running under the same
    // lock. `Dismissal` is dropped before this function returns or unwinds: it takes the job out, after which none begins,
    // and waits until none is running. So no helper has the job when the borrow ends.
    let job =
        unsafe { std::mem::transmute::<&(dyn Fn() + Sync + '_), &'static (dyn Fn() + Sync + 'static)>(work) };
    let state = CrewWork { job: Some(job), asked: 0, running: 0, invitations: 0, panic: None };
    let shared = Arc::new(CrewState {
        state: Mutex::new(state),
        idle: Condvar::new(),
        context: Context::for_helper(),
    });
    let dismissal = Dismissal(&shared);
    let crew = Crew { helpers: Some((Arc::clone(&shared), pool)), most: threads - 1 };
    let result = lead(&crew);
    drop(dismissal);
    let panic = lock(&shared.state).panic.take();
    match panic {
        Some(panic) => resume_unwind(panic),
        None => result,
    }
}

/// Ends the lending of the job when it is dropped.
struct Dismissal<'a>(&'a CrewState);

impl Drop for Dismissal<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.job = None;
        while state.running > 0 {
            state = self.0.idle.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Crew {
    /// Says that there is work, for as many helpers as there may be.
    pub(crate) fn invite(&self) {
        let Some((shared, pool)) = &self.helpers else { return };
        let missing = {
            let mut state = lock(&shared.state);
            state.invitations += 1;
            let missing = self.most.saturating_sub(state.asked + state.running);
            state.asked += missing;
            missing
        };
        for _ in 0..missing {
            let shared = Arc::clone(shared);
            pool.spawn(move || shared.help());
        }
    }

    /// Returns whether a helper has panicked: its work will then never be done.
    pub(super) fn has_failed(&self) -> bool {
        self.helpers.as_ref().is_some_and(|(shared, _)| lock(&shared.state).panic.is_some())
    }
}

impl CrewState {
    /// Runs a helper.
    fn help(&self) {
        let mut state = lock(&self.state);
        state.asked -= 1;
        let Some(job) = state.job else { return };
        state.running += 1;
        loop {
            let seen = state.invitations;
            drop(state);
            let done = catch_unwind(AssertUnwindSafe(|| self.context.enter(job)));
            state = lock(&self.state);
            if let Err(panic) = done {
                state.panic.get_or_insert(panic);
                break;
            }
            if state.invitations == seen || state.job.is_none() {
                break;
            }
        }
        // From here on the caller may return: the job is not touched again.
        state.running -= 1;
        if state.running == 0 {
            self.idle.notify_all();
        }
    }
}
