//! The threads on which requests run, and ways to wait for them.
//!
//! They are this module's own, so that calls may come from anywhere: from a thread that blocks, and from tasks of any executor.

use std::io;
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::{CancelToken, Error, Result};

/// Requests mostly wait; what they cost is copying and, for HTTPS, decryption.
const MAX_THREADS: usize = 8;

/// The time after which a waiting call looks whether it has been cancelled.
const CHECK_EVERY: Duration = Duration::from_millis(20);

/// The runtime, which starts with the first request.
///
/// # Errors
/// `Io` where the system gives no threads.
pub(super) fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(found) = RUNTIME.get() {
        return Ok(found);
    }
    let threads = crate::parallel::num_threads().clamp(2, MAX_THREADS);
    let built = Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("numio-store")
        .enable_all()
        .build()?;
    Ok(RUNTIME.get_or_init(|| built))
}

/// Waits for `future`, from any thread, and gives it up where the call is cancelled.
///
/// # Errors
/// `Cancelled`; `Io` where there are no threads.
pub(super) fn wait<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let task = runtime()?.spawn(async move {
        // The receiver is gone where the call was cancelled.
        let _ = sender.send(future.await);
    });
    let found = receive(&receiver);
    task.abort();
    found
}

/// Waits for the next message.
///
/// # Errors
/// `Cancelled`; `Io` where the sender has ended without one.
pub(super) fn receive<T>(receiver: &mpsc::Receiver<T>) -> Result<T> {
    loop {
        match receiver.recv_timeout(CHECK_EVERY) {
            Ok(found) => return Ok(found),
            Err(mpsc::RecvTimeoutError::Timeout) => crate::parallel::check_now()?,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("a request ended without an answer").into());
            }
        }
    }
}

/// Runs `work`, which waits, on a thread for that. Where the future is dropped, the work is cancelled.
///
/// # Errors
/// Those of `work`.
pub(super) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    struct Guard(CancelToken);

    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.cancel();
        }
    }

    let token = CancelToken::new();
    let _guard = Guard(token.clone());
    let done = runtime()?.spawn_blocking(move || token.run(work)).await;
    done.map_err(|error| Error::from(io::Error::other(error)))?
}
