//! Pickles, compared with CPython's own `pickle` and `pickletools`.

mod attacks;
mod audit;
mod dis;
mod hostile;
mod json;
mod names;
mod python2;
mod repr;
mod rewrite;
#[cfg(feature = "serde")]
mod serde;
mod shape;
