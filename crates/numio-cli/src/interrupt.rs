//! Ctrl-C: the work stops, files stay as they were before, and the exit code is 130.

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use numio::{CancelToken, Error, ErrorKind, Result};

use crate::failure::Failure;
use crate::memory;

/// The token of the command that runs.
static TOKEN: Mutex<Option<CancelToken>> = Mutex::new(None);

/// Whether SIGINT has arrived.
static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The program that this thread runs the command for.
    static EMBEDDED: RefCell<Option<Embedding>> = const { RefCell::new(None) };
}

/// A program that the command runs within.
struct Embedding {
    token: CancelToken,
    notes: Vec<String>,
}

/// Runs a command within another program, whose token stops it. What it would have said on standard error is returned.
pub fn embedded<R>(
    token: &CancelToken,
    work: impl FnOnce() -> Result<R, Failure>,
) -> Result<(R, Vec<String>), Failure> {
    let outer = EMBEDDED.replace(Some(Embedding { token: token.clone(), notes: Vec::new() }));
    let mut outcome = None;
    let cancelled = token.run(|| {
        outcome = Some(work());
        Ok(())
    });
    let notes = EMBEDDED.replace(outer).map(|embedding| embedding.notes).unwrap_or_default();
    match (cancelled, outcome) {
        // What the token's own check has raised comes first.
        (Err(error), _) => Err(error.into()),
        (Ok(()), Some(outcome)) => outcome.map(|found| (found, notes)),
        (Ok(()), None) => Err(stopped().into()),
    }
}

/// Returns whether the command runs within another program on this thread.
pub fn is_embedded() -> bool {
    EMBEDDED.with_borrow(Option::is_some)
}

/// Keeps a note for the program that the command runs within, and returns whether there is one.
pub fn try_note(note: impl FnOnce() -> String) -> bool {
    EMBEDDED
        .with_borrow_mut(|embedding| embedding.as_mut().map(|embedding| embedding.notes.push(note())))
        .is_some()
}

/// Runs the command so that SIGINT stops it within about a tenth of a second.
pub fn run<R>(work: impl FnOnce() -> Result<R, Failure>) -> Result<R, Failure> {
    let token = CancelToken::with_check(memory_is_left);
    *TOKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
    #[cfg(unix)]
    let _watch = {
        let token = token.clone();
        // A thread that is blocked in the system has nothing to clean up, and is ended a second later.
        Watch::new(&[signal_hook::consts::SIGINT], move |_| {
            IS_INTERRUPTED.store(true, Ordering::Relaxed);
            token.cancel();
            std::thread::sleep(std::time::Duration::from_secs(1));
            std::process::exit(130);
        })
    };
    let mut outcome = None;
    let cancelled = token.run(|| {
        outcome = Some(work());
        Ok(())
    });
    match outcome {
        // Commands go on after a file that cannot be read.
        Some(_) if is_interrupted() => Err(stopped().into()),
        Some(Err(failure)) if failure.is_stopped() => {
            // A lack of memory stops the work in the same way.
            memory_is_left()?;
            Err(failure)
        }
        Some(outcome) => outcome,
        None => Err(cancelled.err().unwrap_or_else(stopped).into()),
    }
}

/// Returns whether Ctrl-C has been pressed.
pub fn is_interrupted() -> bool {
    IS_INTERRUPTED.load(Ordering::Relaxed)
}

/// For the command's own loops, which do not call the library's readers or writers for long.
///
/// # Errors
/// `Cancelled` once SIGINT has arrived.
pub fn check() -> Result<()> {
    if let Some(is_cancelled) =
        EMBEDDED.with_borrow(|embedding| embedding.as_ref().map(|embedding| embedding.token.is_cancelled()))
    {
        return if is_cancelled { Err(stopped()) } else { Ok(()) };
    }
    memory_is_left()?;
    let token = TOKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if token.as_ref().is_some_and(CancelToken::is_cancelled) { Err(stopped()) } else { Ok(()) }
}

/// # Errors
/// `Io`, out of memory, once the reserve for small things has been needed.
fn memory_is_left() -> Result<()> {
    if memory::is_short() { Err(io::Error::from(io::ErrorKind::OutOfMemory).into()) } else { Ok(()) }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Cancelled, "interrupted")
}

/// Waits for the first of some signals on a thread of its own, as long as it lives.
#[cfg(unix)]
pub struct Watch(Option<signal_hook::iterator::Handle>);

#[cfg(unix)]
impl Watch {
    /// Calls `act` with the signal when it comes.
    pub fn new(signals: &[i32], act: impl FnOnce(i32) + Send + 'static) -> Self {
        // Without the watch, signals end the process as usual.
        let Ok(mut signals) = signal_hook::iterator::Signals::new(signals) else { return Self(None) };
        let handle = signals.handle();
        let watching = move || {
            if let Some(signal) = signals.forever().next() {
                act(signal);
            }
        };
        let _ = crate::parallel::in_background("signals", watching);
        Self(Some(handle))
    }
}

#[cfg(unix)]
impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.close();
        }
    }
}
