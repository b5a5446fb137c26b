//! Pickles, held against CPython's own `pickle` and `pickletools`.

mod dis;
mod hostile;
mod repr;
