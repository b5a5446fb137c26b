//! The number of threads, and the pool that they come from.
//!
//! If no number is set, helpers are threads of rayon's global pool, which a program's own parallel work uses too; a
//! call from within another pool of rayon's is helped by that pool. If a number is set, numio has a pool of its own
//! with one thread fewer than that, for the calling thread works as well: rayon's cannot be made smaller later.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, RwLock, TryLockError};
use std::time::{Duration, Instant};

use rayon_core::{ThreadPool, ThreadPoolBuilder};

use super::context;

/// The most threads that can be set.
const MAX_THREADS: usize = 1024;

/// The number set by [`set_num_threads`]; 0 for nothing.
static CHOSEN: AtomicUsize = AtomicUsize::new(0);

/// Sets how many threads a call may use, the calling thread included, in the whole program; 1 starts none, and 0 goes back
/// to the default.
///
/// The default is the environment variable `NUMIO_NUM_THREADS`, or as many as this process may run at once by its
/// affinity and its control group. [`with_num_threads`] and the options called `threads` come before both.
///
/// ```
/// numio::set_num_threads(2);
/// assert_eq!(numio::num_threads(), 2);
/// numio::set_num_threads(0);
/// ```
pub fn set_num_threads(threads: usize) {
    CHOSEN.store(threads.min(MAX_THREADS), Ordering::Relaxed);
}

/// The number of threads that a call from this thread may use.
pub fn num_threads() -> usize {
    explicit().unwrap_or_else(available)
}

/// Calls `work`; calls of numio in it, on this thread, use up to `threads` threads. With 0 nothing changes.
///
/// ```
/// let alone = numio::with_num_threads(1, numio::num_threads);
/// assert_eq!(alone, 1);
/// ```
pub fn with_num_threads<R>(threads: usize, work: impl FnOnce() -> R) -> R {
    context::with_threads(NonZero::new(threads.min(MAX_THREADS)), work)
}

/// The number that was set, by the call, the program or the environment.
fn explicit() -> Option<usize> {
    static ENVIRONMENT: OnceLock<Option<usize>> = OnceLock::new();
    let from_environment = || {
        let text = std::env::var("NUMIO_NUM_THREADS").ok()?;
        text.trim().parse().ok().filter(|&threads| threads > 0).map(|threads: usize| threads.min(MAX_THREADS))
    };
    context::threads().map(NonZero::get).or_else(|| match CHOSEN.load(Ordering::Relaxed) {
        0 => *ENVIRONMENT.get_or_init(from_environment),
        chosen => Some(chosen),
    })
}

/// The number of threads that this process may run at once. Asking costs 30 µs, as it looks into the control group, so
/// an answer serves for a tenth of a second.
fn available() -> usize {
    const SERVES: Duration = Duration::from_millis(100);
    static START: OnceLock<Instant> = OnceLock::new();
    // Tenths of a second from `START`, and in the lower half the answer.
    static ANSWER: AtomicU64 = AtomicU64::new(0);
    let now = START.get_or_init(Instant::now).elapsed().as_millis() as u64 / SERVES.as_millis() as u64;
    let answer = ANSWER.load(Ordering::Relaxed);
    if answer != 0 && answer >> 32 == now {
        return (answer & u64::from(u32::MAX)) as usize;
    }
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
    ANSWER.store(now << 32 | threads as u64, Ordering::Relaxed);
    threads
}

/// The source of helpers.
pub(super) enum Pool {
    /// The pool that the calling thread is in, or rayon's global one.
    Rayon,
    Own(Arc<ThreadPool>),
}

impl Pool {
    /// The pool for a call with this many threads. `None` if the system gives no threads.
    pub(super) fn for_threads(threads: usize) -> Option<Self> {
        let is_forked = is_forked();
        if !is_forked && rayon_core::current_thread_index().is_some() {
            return Some(Self::Rayon);
        }
        if !is_forked && explicit().is_none() {
            return has_global().then_some(Self::Rayon);
        }
        own(threads - 1).map(Self::Own)
    }

    pub(super) fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        // Rayon ends the process where a panic comes out of a task; who waits for this one learns of it otherwise.
        let task = || drop(catch_unwind(AssertUnwindSafe(task)));
        match self {
            Self::Own(pool) => pool.spawn(task),
            Self::Rayon if rayon_core::current_thread_index().is_some() || has_global() => {
                rayon_core::spawn(task);
            }
            // A helper that never begins.
            Self::Rayon => {}
        }
    }
}

/// Returns whether this process is a fork of the one that first used threads: rayon's global pool then has none.
fn is_forked() -> bool {
    static FIRST: AtomicU32 = AtomicU32::new(0);
    let this = std::process::id();
    match FIRST.compare_exchange(0, this, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => false,
        Err(first) => first != this,
    }
}

/// Returns whether rayon's global pool could be started. Asking rayon for it otherwise would panic.
fn has_global() -> bool {
    static STARTED: OnceLock<bool> = OnceLock::new();
    *STARTED.get_or_init(|| match ThreadPoolBuilder::new().build_global() {
        Ok(()) => true,
        // Only an error of the system has a source; the other one is that the pool is there.
        Err(error) => std::error::Error::source(&error).is_none(),
    })
}

/// A pool of numio's own, of the process that made it.
struct OwnPool {
    process: u32,
    size: usize,
    pool: Arc<ThreadPool>,
}

/// A pool of at least `size` threads.
fn own(size: usize) -> Option<Arc<ThreadPool>> {
    static OWN: RwLock<Option<OwnPool>> = RwLock::new(None);
    let process = std::process::id();
    // A process that was forked while another thread had the lock will never get it, and does without helpers.
    for _ in 0..1000 {
        if let Ok(found) = OWN.try_read()
            && let Some(own) = found.as_ref().filter(|own| own.process == process && own.size >= size)
        {
            return Some(Arc::clone(&own.pool));
        }
        let mut slot = match OWN.try_write() {
            Ok(slot) => slot,
            Err(TryLockError::Poisoned(_)) => return None,
            Err(TryLockError::WouldBlock) => {
                std::thread::yield_now();
                continue;
            }
        };
        if let Some(own) = slot.as_ref().filter(|own| own.process == process && own.size >= size) {
            return Some(Arc::clone(&own.pool));
        }
        let builder = ThreadPoolBuilder::new().num_threads(size).thread_name(|at| format!("numio-{at}"));
        let pool = Arc::new(builder.build().ok()?);
        let replaced = slot.replace(OwnPool { process, size, pool: Arc::clone(&pool) });
        if let Some(other) = replaced.filter(|old| old.process != process) {
            // Its threads are those of the parent: there is nobody here to be told to end.
            std::mem::forget(other);
        }
        return Some(pool);
    }
    None
}
