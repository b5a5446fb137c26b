//! numio compared with NumPy itself.
//!
//! `numio_testkit` says which NumPy that is.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod access;
mod append;
mod array;
mod compile;
mod derive;
mod dtype;
mod fuzz;
mod header;
mod hostile;
mod literal;
mod map;
mod memory;
mod mutations;
mod npy;
mod npz;
mod numpy;
mod objects;
mod print;
mod programs;
mod rust_types;
mod save;
#[cfg(target_os = "linux")]
mod snapshots;
#[cfg(feature = "object-store")]
mod stores;
mod stream;
mod testdata;
mod text;
mod writers;
