//! The Rust programs in `README.md` and `docs/`, as doctests: each is run in an empty folder of its own.

#[cfg(doctest)]
include!(concat!(env!("OUT_DIR"), "/pages.rs"));
