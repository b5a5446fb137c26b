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
mod audit_hidden;
mod command;
mod convert;
mod convert_files;
mod diff;
mod dis;
mod fuzz;
mod info;
#[cfg(target_os = "linux")]
mod memory;
mod output;
mod plot;
mod process;
mod shells;
mod show;
#[cfg(target_os = "linux")]
mod snapshots;
mod stats;
#[cfg(feature = "tables")]
mod tables;
mod tensors;
#[cfg(feature = "object-store")]
mod urls;
mod verbs;
#[cfg(all(unix, feature = "view"))]
mod view;
#[cfg(target_os = "linux")]
mod writers;

use numio_testkit as numpy;
