//! numio compared with NumPy itself.
//!
//! NumPy runs in a virtual environment that `make test` makes. To run these tests by hand, name a Python that has
//! NumPy in `NUMIO_PYTHON`, or have one in `.venv`.

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
mod hex;
mod hostile;
mod literal;
mod map;
mod memory;
mod mutations;
mod npy;
mod npz;
mod numpy;
mod objects;
mod pickle;
mod print;
mod programs;
mod rust_types;
mod save;
#[cfg(target_os = "linux")]
mod strace;
mod stream;
mod testdata;
mod text;
mod writers;
