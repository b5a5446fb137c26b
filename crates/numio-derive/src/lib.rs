//! Derives numio's element traits for structs.
