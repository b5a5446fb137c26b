//! The threads of a call for `numio-deflate`.

use std::io;

use numio_deflate::Executor;

use super::{check, in_background, num_threads, with_crew};
use crate::Error;

/// The helpers of the call that a thread is in: as many as it may use, and stopped when it is cancelled.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Helpers;

impl Executor for Helpers {
    fn threads(&self) -> usize {
        num_threads()
    }

    fn check(&self) -> io::Result<()> {
        Ok(check()?)
    }

    fn with_helpers(&self, threads: usize, work: &(dyn Fn() + Sync), lead: &mut dyn FnMut(&dyn Fn())) {
        with_crew(threads, work, |crew| lead(&|| crew.invite()));
    }

    fn spawn(&self, task: Box<dyn FnOnce() + Send>) {
        in_background(num_threads(), task);
    }
}

/// An error of this crate that was passed through `numio-deflate` comes out as it went in.
impl From<numio_deflate::Error> for Error {
    fn from(error: numio_deflate::Error) -> Self {
        io::Error::from(error).into()
    }
}
