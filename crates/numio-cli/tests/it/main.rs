//! The command as a process: what it prints, compared with NumPy, and how it ends.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod archives;
mod audit;
mod command;
mod convert;
mod dis;
mod info;
#[path = "../../../numio/tests/it/numpy.rs"]
mod numpy;
mod output;
mod process;
mod show;
#[cfg(target_os = "linux")]
#[path = "../../../numio/tests/it/strace.rs"]
mod strace;
#[cfg(feature = "object-store")]
mod urls;
#[cfg(target_os = "linux")]
mod writers;
