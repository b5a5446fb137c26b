//! Ctrl-C: the work stops, files stay as they were before, and the exit code is 130.

use std::sync::OnceLock;

use numio::{CancelToken, Error, ErrorKind, Result};

use crate::failure::Failure;

static TOKEN: OnceLock<CancelToken> = OnceLock::new();

/// Runs the command so that SIGINT stops it within about a tenth of a second.
pub fn run<R>(work: impl FnOnce() -> Result<R, Failure>) -> Result<R, Failure> {
    let token = TOKEN.get_or_init(CancelToken::new);
    #[cfg(unix)]
    watch(token.clone());
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
    if TOKEN.get().is_some_and(CancelToken::is_cancelled) { Err(stopped()) } else { Ok(()) }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Cancelled, "interrupted")
}

/// Cancels the token at SIGINT. A thread blocked on a silent pipe has nothing to clean up, and is ended a second later.
#[cfg(unix)]
fn watch(token: CancelToken) {
    use std::time::Duration;

    use signal_hook::consts::SIGINT;
    use signal_hook::iterator::Signals;

    // Without the watch, SIGINT ends the process as usual.
    let Ok(mut signals) = Signals::new([SIGINT]) else { return };
    let watching = move || {
        if signals.forever().next().is_some() {
            token.cancel();
            std::thread::sleep(Duration::from_secs(1));
            std::process::exit(130);
        }
    };
    let _ = std::thread::Builder::new().name("interrupts".to_owned()).spawn(watching);
}
