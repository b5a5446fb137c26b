//! Text into arrays.
//!
//! One `pipeline` brings a text into the memory of an array: `lines` cuts a source into chunks of whole rows,
//! `chunked_text` one that all cores can read at any offset, the pipeline converts chunks on all cores and merges them in
//! order, and `build` has the memory of the result. `loadtxt` and `genfromtxt` are front ends over it: they find the first
//! row, say what they make of a chunk (`chunk` and `genfromtxt/rows`), and how chunks come together. `from_regex` finds
//! matches instead of lines, and shares sources, values and the memory of the result. `dialect` cuts a row into fields,
//! `convert` makes values of fields, and `fast` of many at once.

pub(crate) mod build;
pub(crate) mod chunk;
pub(crate) mod chunked_text;
pub(crate) mod convert;
pub(crate) mod converters;
pub(crate) mod dialect;
pub(crate) mod fast;
#[cfg(feature = "regex")]
pub(crate) mod from_regex;
pub(crate) mod genfromtxt;
pub(crate) mod lines;
pub(crate) mod loadtxt;
pub(crate) mod pipeline;
pub(crate) mod table;
