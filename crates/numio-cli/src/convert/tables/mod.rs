//! Tables of Arrow and of Parquet: a column for each field of records, or for each member of an archive.
//!
//! Both formats meet in Arrow's arrays: `encode` makes them of NumPy's, `decode` the other way; `ipc` and `parquet` read the
//! two kinds of files a batch at a time, `source` makes rows of the batches, and `sink` writes. A file is read twice where it has
//! texts, whose longest one decides the dtype.
//!
//! Nothing in a file is believed. What the crates that decode them do not check is checked here first: that parts lie in the
//! file, do not overlap and take a size that their bytes justify (`ipc`), that nothing nests deeper than the stack is
//! (`thrift`). [`guarded`] turns what is left, a panic over a damaged file, into an error.

mod contents;
mod decode;
mod encode;
mod ipc;
mod parquet;
mod sink;
mod source;
mod thrift;

use std::cell::Cell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use numio::{Error, ErrorKind, Result};

pub use self::sink::{BatchSink, TableOut, save_columns};
pub use self::source::{BatchRows, TableIn};
use crate::memory;

thread_local! {
    /// True while a file is decoded: a panic is an error then, and prints nothing.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs code of the crates that decode a file. They panic over some damaged files, where their authors thought that a check was
/// made before; an error is returned for it. Memory that runs out meanwhile ends the command with a message, since they allocate
/// by what a file claims and have no error for that.
///
/// # Errors
/// `InvalidData` for a panic.
fn guarded<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let outer = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                outer(panic);
            }
        }));
    });
    let was_guarded = IS_GUARDED.replace(true);
    // What the work has changed when it panics is dropped with the file's reader.
    let done = memory::ending_where_short(|| panic::catch_unwind(AssertUnwindSafe(work)));
    IS_GUARDED.set(was_guarded);
    done.unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Err(damaged(text.unwrap_or("a decoder failed")))
    })
}

/// The error for a file that its decoder does not accept.
fn damaged(what: impl fmt::Display) -> Error {
    let text = what.to_string();
    let line = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    Error::new(ErrorKind::InvalidData, format!("the file is damaged: {line}"))
}

/// A vector of zeros.
///
/// # Errors
/// `Io` if memory does not suffice.
fn zeroed(len: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(std::io::Error::from)?;
    bytes.resize(len, 0);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_of_one_line() {
        let error = guarded(|| -> Result<()> { panic!("out of\n  range: {}", 3) }).unwrap_err();
        assert_eq!(error.to_string(), "the file is damaged: out of range: 3");
        assert_eq!(guarded(|| Ok(1)).unwrap(), 1);
    }
}
