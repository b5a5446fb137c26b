//! The settings of a call: how many threads it may use, and how it is cancelled.
//!
//! They belong to the thread that makes the call, so that whatever the call reaches finds them without being handed
//! them; helpers get a copy.

use std::cell::RefCell;
use std::fmt;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::lock;
use crate::error::Cause;
use crate::{Error, ErrorKind, Result};

/// The shortest time between calls of a token's check.
const CHECK_EVERY: Duration = Duration::from_millis(40);

/// Stops calls that take long: from another thread, or by a check that numio calls while it works.
///
/// The options of loading and saving take one, and [`run`](Self::run) has every call within it stop. A call stops within
/// about a tenth of a second with [`ErrorKind::Cancelled`]; files that it was writing are as they were before. Clones are
/// the same token. A token stays cancelled.
///
/// ```
/// use numio::{CancelToken, ErrorKind, LoadOptions};
///
/// let token = CancelToken::new();
/// let elsewhere = token.clone();
/// std::thread::spawn(move || elsewhere.cancel()).join().unwrap();
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a.npy");
/// # numio::save(&path, &vec![0_u8; 10 << 20])?;
/// let loaded = LoadOptions::new().cancel(&token).load(&path);
/// assert_eq!(loaded.unwrap_err().kind(), ErrorKind::Cancelled);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct CancelToken {
    shared: Arc<TokenState>,
}

type Check = Box<dyn Fn() -> Result<()> + Send + Sync>;

#[derive(Default)]
struct TokenState {
    is_cancelled: AtomicBool,
    check: Option<Check>,
    /// The error that the check returned.
    failure: Mutex<Option<Error>>,
}

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token with a check: about every 50 milliseconds `check` is called on the thread that called numio, and an error
    /// that it returns cancels the call and is what the call returns. For programs that learn of an interruption by
    /// asking for it, such as Python.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use numio::{CancelToken, Error, ErrorKind};
    ///
    /// let start = Instant::now();
    /// let token = CancelToken::with_check(move || match start.elapsed() < Duration::from_secs(60) {
    ///     true => Ok(()),
    ///     false => Err(Error::new(ErrorKind::Cancelled, "took longer than a minute")),
    /// });
    /// token.run(|| numio::to_writer(std::io::sink(), &[1, 2, 3]))?;
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn with_check(check: impl Fn() -> Result<()> + Send + Sync + 'static) -> Self {
        Self { shared: Arc::new(TokenState { check: Some(Box::new(check)), ..TokenState::default() }) }
    }

    /// Stops all calls that have this token, and those that will have it.
    pub fn cancel(&self) {
        self.shared.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Returns whether the token is cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.shared.is_cancelled.load(Ordering::Relaxed)
    }

    /// Calls `work`; calls of numio in it, on this thread, stop when the token is cancelled.
    ///
    /// # Errors
    /// Those of `work`; that of the token's check.
    pub fn run<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        RunOptions { threads: None, cancel: Some(self.clone()) }.run(work)
    }

    fn poll(&self) {
        if let Some(check) = &self.shared.check
            && let Err(error) = check()
        {
            lock(&self.shared.failure).get_or_insert(error);
            self.cancel();
        }
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("is_cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}

/// Run options that builders keep: threads and cancellation.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunOptions {
    pub(crate) threads: Option<NonZero<usize>>,
    pub(crate) cancel: Option<CancelToken>,
}

/// The two methods by which a builder's [`RunOptions`] are set.
macro_rules! run_options {
    ($field:ident) => {
        /// Sets the number of threads to use, the calling one included: 1 starts none. Default, also for 0:
        /// [`num_threads`](crate::num_threads).
        pub fn threads(&mut self, threads: usize) -> &mut Self {
            self.$field.threads = std::num::NonZero::new(threads);
            self
        }

        /// Stops with [`Cancelled`](crate::ErrorKind::Cancelled) when `token` is cancelled; a file that was being written
        /// is then as it was before. Default: nothing stops it.
        pub fn cancel(&mut self, token: &crate::CancelToken) -> &mut Self {
            self.$field.cancel = Some(token.clone());
            self
        }
    };
}

pub(crate) use run_options;

impl RunOptions {
    /// Calls `work` under these options; those that are not set stay as they are outside.
    ///
    /// # Errors
    /// Those of `work`; what the token's check returned; `Cancelled` before `work` is begun.
    pub(crate) fn run<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        let Some(token) = &self.cancel else { return self.within(work) };
        if token.is_cancelled() {
            return Err(Cancelled.into());
        }
        let result = self.within(work);
        // Not lost even where the call was over before it looked.
        match lock(&token.shared.failure).take() {
            Some(failure) => Err(failure),
            // Whatever it was taken for on its way.
            None if token.is_cancelled() => result.map_err(|_| Cancelled.into()),
            None => result,
        }
    }

    /// Calls `work` under these options, and leaves it to others to see to what the token's check returned.
    pub(crate) fn within<R>(&self, work: impl FnOnce() -> R) -> R {
        let Some(token) = &self.cancel else {
            return if self.threads.is_none() { work() } else { with_threads(self.threads, work) };
        };
        let outer = Context::current();
        let context = Context {
            threads: self.threads.or(outer.threads),
            cancel: Some(token.clone()),
            checked: if token.shared.check.is_some() { LastCheck::NotYet } else { LastCheck::Never },
        };
        context.enter(work)
    }
}

thread_local! {
    static CURRENT: RefCell<Context> = const { RefCell::new(Context { threads: None, cancel: None, checked: LastCheck::Never }) };
}

/// The settings of the call that a thread is in.
#[derive(Clone, Default)]
pub(super) struct Context {
    threads: Option<NonZero<usize>>,
    cancel: Option<CancelToken>,
    checked: LastCheck,
}

/// When the token's check was last called by a thread.
#[derive(Clone, Copy, Default)]
enum LastCheck {
    /// This thread does not call it.
    #[default]
    Never,
    /// The time counts from the first look on: many calls are over before that, and to ask for the time takes part of theirs.
    NotYet,
    At(Instant),
}

impl Context {
    fn current() -> Self {
        CURRENT.try_with(|current| current.borrow().clone()).unwrap_or_default()
    }

    /// That of this thread, for a thread that helps it.
    pub(super) fn for_helper() -> Self {
        Self { checked: LastCheck::Never, ..Self::current() }
    }

    /// Calls `work` with these as the settings of this thread.
    pub(super) fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        /// Puts the settings back, after a panic too.
        struct Restore(Context);

        impl Drop for Restore {
            fn drop(&mut self) {
                let _ = CURRENT.try_with(|current| current.replace(std::mem::take(&mut self.0)));
            }
        }

        let outer = CURRENT.try_with(|current| current.replace(self.clone())).unwrap_or_default();
        let _restore = Restore(outer);
        work()
    }
}

/// The number of threads that this call has set.
pub(super) fn threads() -> Option<NonZero<usize>> {
    CURRENT.try_with(|current| current.borrow().threads).ok().flatten()
}

/// Calls `work` with this number of threads as the setting of this thread.
pub(super) fn with_threads<R>(threads: Option<NonZero<usize>>, work: impl FnOnce() -> R) -> R {
    let outer = Context::current();
    Context { threads: threads.or(outer.threads), ..outer }.enter(work)
}

/// Says whether the call is still wanted. Costs some nanoseconds; long work asks every few milliseconds.
///
/// # Errors
/// `Cancelled`.
pub(crate) fn check() -> Result<()> {
    check_by(CHECK_EVERY)
}

/// As [`check`], for readers and writers of pickles.
///
/// # Errors
/// `Cancelled`.
pub(crate) fn checkpoint() -> numio_pickle::Result<()> {
    Ok(check()?)
}

/// As [`check`], after a system call that a signal has interrupted: the token's check is called now.
///
/// # Errors
/// `Cancelled`.
pub(crate) fn check_now() -> Result<()> {
    check_by(Duration::ZERO)
}

fn check_by(every: Duration) -> Result<()> {
    let look = |current: &RefCell<Context>| {
        let mut current = current.borrow_mut();
        let token = current.cancel.as_ref()?;
        if !token.is_cancelled() {
            let now = match current.checked {
                LastCheck::Never => return None,
                LastCheck::NotYet | LastCheck::At(_) => Instant::now(),
            };
            let is_due = match current.checked {
                LastCheck::At(checked) => now.duration_since(checked) >= every,
                LastCheck::Never | LastCheck::NotYet => every.is_zero(),
            };
            if matches!(current.checked, LastCheck::NotYet) || is_due {
                current.checked = LastCheck::At(now);
            }
            if !is_due {
                return None;
            }
        }
        current.cancel.clone()
    };
    let Some(token) = CURRENT.try_with(look).ok().flatten() else { return Ok(()) };
    // The check may come back into numio, so nothing is borrowed here.
    if !token.is_cancelled() {
        token.poll();
    }
    if token.is_cancelled() { Err(Cancelled.into()) } else { Ok(()) }
}

#[derive(Debug)]
struct Cancelled;

impl Cause for Cancelled {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Cancelled
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cancelled")
    }
}
