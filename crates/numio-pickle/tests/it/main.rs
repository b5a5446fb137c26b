//! Pickles, compared with CPython's own `pickle` and `pickletools`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod audit;
mod dis;
mod hostile;
mod inline;
mod json;
mod names;
mod python2;
mod raw;
mod repr;
mod rewrite;
#[cfg(feature = "serde")]
mod serde;
mod trust;
