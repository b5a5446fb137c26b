//! Text into arrays.
//!
//! `lines` cuts a source into chunks of whole rows and `dialect` a row into fields; `convert` makes values of fields, `fast`
//! of many at once; `chunk` converts a chunk, `chunked_file` reads a file on all cores, `pipeline` brings the rows
//! together in order, and `build` makes the array. `loadtxt`,
//! `genfromtxt` and `from_regex` are the ways in.

pub(crate) mod build;
pub(crate) mod chunk;
pub(crate) mod chunked_file;
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
