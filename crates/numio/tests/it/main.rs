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
mod derive;
mod dtype;
mod header;
mod hostile;
mod literal;
mod map;
mod mutations;
mod npy;
mod npz;
mod numpy;
mod objects;
mod print;
mod save;
mod stream;
mod testdata;
mod text;
mod writers;
