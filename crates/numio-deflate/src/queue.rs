//! Jobs that own what they need, done while the caller goes on.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;

use crate::Executor;
use crate::executor::lock;

/// Does jobs on up to one thread fewer than there may be. `S` is what a thread needs for it and uses again and again.
pub(crate) struct Queue<I, O, S> {
    shared: Arc<Shared<I, O, S>>,
    executor: Arc<dyn Executor>,
    /// The number of helpers, fixed when the first job is given.
    helpers: OnceLock<usize>,
}

struct Shared<I, O, S> {
    run: fn(I, &mut S) -> O,
    state: Mutex<State<I, O>>,
    spares: Mutex<Vec<S>>,
}

struct State<I, O> {
    jobs: VecDeque<Arc<Slot<I, O>>>,
    /// Helpers that run, or that the executor has been asked for.
    helpers: usize,
}

/// A job, or what came of it.
struct Slot<I, O> {
    stage: Mutex<Stage<I, O>>,
    done: Condvar,
}

enum Stage<I, O> {
    Waiting(I),
    Running,
    Done(O),
    /// Its thread panicked, or the result has been taken.
    Gone,
}

/// The result of a job, which may still be to come.
pub(crate) struct Promise<I, O, S> {
    slot: Arc<Slot<I, O>>,
    shared: Arc<Shared<I, O, S>>,
}

impl<I: Send + 'static, O: Send + 'static, S: Default + Send + 'static> Queue<I, O, S> {
    /// A queue of jobs that `run` does.
    pub(crate) fn new(executor: Arc<dyn Executor>, run: fn(I, &mut S) -> O) -> Self {
        let state = State { jobs: VecDeque::new(), helpers: 0 };
        let shared = Shared { run, state: Mutex::new(state), spares: Mutex::new(Vec::new()) };
        Self { shared: Arc::new(shared), executor, helpers: OnceLock::new() }
    }

    /// Adds a job, and has a helper begin with it as soon as one is free.
    pub(crate) fn give(&self, job: I) -> Promise<I, O, S> {
        let slot = Arc::new(Slot { stage: Mutex::new(Stage::Waiting(job)), done: Condvar::new() });
        let promise = Promise { slot: Arc::clone(&slot), shared: Arc::clone(&self.shared) };
        let helpers = *self.helpers.get_or_init(|| self.executor.threads().saturating_sub(1));
        if helpers == 0 {
            return promise;
        }
        let asks = {
            let mut state = lock(&self.shared.state);
            state.jobs.push_back(slot);
            let asks = state.helpers < helpers;
            state.helpers += usize::from(asks);
            asks
        };
        if asks {
            let shared = Arc::clone(&self.shared);
            self.executor.spawn(Box::new(move || shared.help()));
        }
        promise
    }
}

impl<I, O, S> Drop for Queue<I, O, S> {
    /// Leaves helpers nothing to begin with.
    fn drop(&mut self) {
        lock(&self.shared.state).jobs.clear();
    }
}

impl<I, O, S: Default> Shared<I, O, S> {
    /// Runs a helper until there is nothing left.
    fn help(&self) {
        /// Counts the helper out, after a panic too.
        struct Leave<'a, I, O, S>(&'a Shared<I, O, S>);

        impl<I, O, S> Drop for Leave<'_, I, O, S> {
            fn drop(&mut self) {
                if thread::panicking() {
                    lock(&self.0.state).helpers -= 1;
                }
            }
        }

        let _leave = Leave(self);
        loop {
            let job = {
                let mut state = lock(&self.state);
                let job = state.jobs.pop_front();
                // Under the same lock, so that a job that comes now finds that a helper is missing.
                state.helpers -= usize::from(job.is_none());
                job
            };
            let Some(slot) = job else { return };
            self.work_on(&slot);
        }
    }

    /// Does a job, unless another thread has begun with it.
    fn work_on(&self, slot: &Slot<I, O>) {
        /// Has nobody wait for the result of a job that panicked.
        struct Settle<'a, I, O>(&'a Slot<I, O>);

        impl<I, O> Drop for Settle<'_, I, O> {
            fn drop(&mut self) {
                let mut stage = lock(&self.0.stage);
                if matches!(*stage, Stage::Running) {
                    *stage = Stage::Gone;
                }
                self.0.done.notify_all();
            }
        }

        let job = {
            let mut stage = lock(&slot.stage);
            match std::mem::replace(&mut *stage, Stage::Running) {
                Stage::Waiting(job) => job,
                other => {
                    *stage = other;
                    return;
                }
            }
        };
        let settle = Settle(slot);
        let mut scratch = lock(&self.spares).pop().unwrap_or_default();
        let result = (self.run)(job, &mut scratch);
        lock(&self.spares).push(scratch);
        *lock(&slot.stage) = Stage::Done(result);
        drop(settle);
    }
}

impl<I, O, S: Default> Promise<I, O, S> {
    /// The result; this thread does the job if no helper has begun with it. Nothing only where a helper panicked.
    pub(crate) fn wait(self) -> Option<O> {
        loop {
            self.shared.work_on(&self.slot);
            if let Some(result) = self.slot.take() {
                return result;
            }
            // A helper is at it: meanwhile this thread does what nobody has begun with.
            let next = lock(&self.shared.state).jobs.pop_front();
            match next {
                Some(other) => self.shared.work_on(&other),
                None => self.slot.wait(),
            }
        }
    }
}

impl<I, O> Slot<I, O> {
    /// The result of a job that has ended, or nothing where there is none; `None` while it runs.
    fn take(&self) -> Option<Option<O>> {
        let mut stage = lock(&self.stage);
        match std::mem::replace(&mut *stage, Stage::Gone) {
            Stage::Done(result) => Some(Some(result)),
            Stage::Running => {
                *stage = Stage::Running;
                None
            }
            Stage::Waiting(_) | Stage::Gone => Some(None),
        }
    }

    /// Waits while the job runs.
    fn wait(&self) {
        let mut stage = lock(&self.stage);
        while matches!(*stage, Stage::Running) {
            stage = self.done.wait(stage).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use super::*;
    use crate::Rayon;

    #[test]
    fn a_queue_keeps_its_promises_in_any_order() {
        for threads in [1, 2, 3, 8] {
            let queue = Queue::<usize, usize, Vec<u8>>::new(
                Arc::new(Rayon::with_threads(threads)),
                |index, scratch| {
                    scratch.clear();
                    scratch.resize(index, 1);
                    thread::sleep(Duration::from_micros(200 * (7 - index as u64 % 7)));
                    scratch.len()
                },
            );
            let promises: Vec<_> = (0..30).map(|index| queue.give(index)).collect();
            let results: Vec<_> = promises.into_iter().rev().map(|promise| promise.wait()).collect();
            assert!(results.into_iter().eq((0..30).rev().map(Some)));
            // Promises that nobody waits for hold nothing up.
            drop((0..30).map(|index| queue.give(index)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_thread_that_waits_works_meanwhile() {
        let queue = Queue::<(), thread::ThreadId, ()>::new(Arc::new(Rayon::with_threads(2)), |(), _| {
            thread::sleep(Duration::from_millis(5));
            thread::current().id()
        });
        let promises: Vec<_> = (0..40).map(|_| queue.give(())).collect();
        let by = promises.into_iter().map(|promise| promise.wait().unwrap());
        let own = by.filter(|&by| by == thread::current().id()).count();
        assert!(own >= 10, "{own} of 40");
    }

    #[test]
    fn a_panic_of_a_job_leaves_no_one_waiting() {
        let executor = Arc::new(Rayon::with_threads(2));
        let queue = Queue::<usize, usize, ()>::new(executor, |_, ()| panic!("a job's panic"));
        let promise = queue.give(1);
        let result = catch_unwind(AssertUnwindSafe(|| promise.wait()));
        assert!(!matches!(result, Ok(Some(_))));
    }
}
