//! Ctrl-C: the work stops, files stay as they were before, and the exit code is 130.

use std::sync::{Mutex, PoisonError};

use numio::{CancelToken, Error, ErrorKind, Result};

use crate::failure::Failure;

/// The token of the command that runs.
static TOKEN: Mutex<Option<CancelToken>> = Mutex::new(None);

/// Runs the command so that SIGINT stops it within about a tenth of a second.
pub fn run<R>(work: impl FnOnce() -> Result<R, Failure>) -> Result<R, Failure> {
    let token = CancelToken::new();
    *TOKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
    #[cfg(unix)]
    let _watch = Watch::new(token.clone());
    let mut outcome = None;
    let cancelled = token.run(|| {
        outcome = Some(work());
        Ok(())
    });
    match outcome {
        Some(outcome) => outcome,
        None => Err(cancelled.err().unwrap_or_else(stopped).into()),
    }
}

/// For the command's own loops, which do not call the library's readers or writers for long.
///
/// # Errors
/// `Cancelled` once SIGINT has arrived.
pub fn check() -> Result<()> {
    let token = TOKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if token.as_ref().is_some_and(CancelToken::is_cancelled) { Err(stopped()) } else { Ok(()) }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Cancelled, "interrupted")
}

/// Cancels a token at SIGINT, as long as it lives. A thread blocked on a silent pipe has nothing to clean up, and is ended
/// a second later.
#[cfg(unix)]
struct Watch(Option<signal_hook::iterator::Handle>);

#[cfg(unix)]
impl Watch {
    fn new(token: CancelToken) -> Self {
        use std::time::Duration;

        use signal_hook::consts::SIGINT;
        use signal_hook::iterator::Signals;

        // Without the watch, SIGINT ends the process as usual.
        let Ok(mut signals) = Signals::new([SIGINT]) else { return Self(None) };
        let handle = signals.handle();
        let watching = move || {
            if signals.forever().next().is_some() {
                token.cancel();
                std::thread::sleep(Duration::from_secs(1));
                std::process::exit(130);
            }
        };
        let _ = std::thread::Builder::new().name("interrupts".to_owned()).spawn(watching);
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
