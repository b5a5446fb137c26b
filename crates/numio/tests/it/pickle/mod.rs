//! Pickles, held against CPython's own `pickle` and `pickletools`.

mod audit;
mod dis;
mod hostile;
mod json;
mod repr;
mod rewrite;
#[cfg(feature = "serde")]
mod serde;
mod shape;
