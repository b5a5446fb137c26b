//! Notes on standard error, beside the output of a command.

use std::fmt;
use std::io::{self, Write};

use crate::failure::Failure;
use crate::interrupt;
use crate::text;

/// Prints one line on standard error, ignoring write errors.
pub fn complain(what: &dyn fmt::Display) {
    if interrupt::is_interrupted() {
        return;
    }
    let line = || text::one_line(&numio::redact_urls(&what.to_string()));
    if !interrupt::try_note(line) {
        let _ = writeln!(io::stderr(), "numio: {}", line());
    }
}

/// Prints why a command stops, if there is something to say, and returns its exit code.
pub fn report(failure: &Failure) -> u8 {
    let code = failure.code();
    // No message for a reader that went away, and for a user who pressed Ctrl-C.
    if matches!(code, 1 | 2) {
        complain(failure);
    }
    code
}
