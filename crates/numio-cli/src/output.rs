//! Standard output, and what a command says by its exit code.

use std::io::{self, BufWriter, StdoutLock};
use std::process::ExitCode;

/// Standard output, buffered: an array is many small pieces of text.
pub type Output = BufWriter<StdoutLock<'static>>;

pub fn stdout() -> Output {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Whether all that was looked at was in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Good,
    /// At least one file was not; what is wrong has been said.
    Bad,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Good => Self::SUCCESS,
            Verdict::Bad => Self::FAILURE,
        }
    }
}
