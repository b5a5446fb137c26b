//! Arrays as text: `numpy.loadtxt`, `numpy.genfromtxt`, `numpy.fromregex` and `numpy.savetxt`.
//!
//! A text is lines; a line is a row, a row is fields, and a field is a value of the dtype's kind. Lines end with `\n`,
//! `\r\n` or `\r`. What a field means and which texts are refused is NumPy's word (`numpy/lib/_npyio_impl.py` and
//! `numpy/_core/src/multiarray/textreading/`).
//!
//! [`LoadTxt`] reads: it cuts the text into pieces of whole rows, converts the pieces on all cores, and puts their
//! elements one after another. [`GenFromTxt`] reads texts with missing values by rules of its own, which are those of
//! Python's `str.split`, `int`, `float` and `complex`. `FromRegex` makes rows of a regular expression's matches. [`SaveTxt`] prints blocks of rows on all cores.

mod assemble;
mod columns;
mod convert;
mod converters;
mod dialect;
mod encoding;
mod engine;
mod error;
mod fast;
mod format;
#[cfg(feature = "regex")]
mod from_regex;
mod genfromtxt;
mod giant;
mod layout;
mod loadtxt;
mod members;
mod merge;
mod number;
mod objects;
mod open;
mod packed;
mod packer;
mod piece;
mod place;
mod printed;
mod rows;
mod runs;
mod savetxt;
mod source;
mod space;
mod strips;
mod table;
mod texts;
mod tokenize;
mod unpack;
mod value;

pub use self::encoding::{Encoding, decode};
#[cfg(feature = "regex")]
pub use self::from_regex::{FromRegex, from_regex};
pub use self::genfromtxt::{Case, Column, GenFromTxt};
pub use self::loadtxt::LoadTxt;
pub use self::number::fortran_number;
pub use self::packer::Packer;
pub use self::savetxt::SaveTxt;
pub use self::table::{Table, Warning};
pub use self::unpack::unpack;
pub use self::value::Value;
