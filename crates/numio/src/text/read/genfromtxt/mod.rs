//! `numpy.genfromtxt`.
//!
//! `options` has its parameters, `names` the columns' names, and `kind` what Python's types make of a field. `rows`
//! turns lines into fields and elements, `elements` finds the dtype if the caller gives none, and `build` makes the
//! array and its mask.

pub(crate) mod build;
pub(crate) mod elements;
pub(crate) mod error;
pub(crate) mod kind;
pub(crate) mod names;
pub(crate) mod options;
pub(crate) mod rows;

pub use self::options::GenFromTxt;
