//! Arrays as text: `numpy.loadtxt`, `numpy.genfromtxt`, `numpy.fromregex` and `numpy.savetxt`.
//!
//! A text is lines; a line is a row, a row is fields, and a field is a value of the dtype's kind. Lines end with `\n`,
//! `\r\n` or `\r`. The meaning of a field and the texts that are refused are NumPy's (`numpy/lib/_npyio_impl.py` and
//! `numpy/_core/src/multiarray/textreading/`).
//!
//! [`LoadTxt`] cuts the text into chunks of whole rows, converts the chunks on all cores, and joins their elements.
//! [`GenFromTxt`] reads texts with missing values by rules of its own, which are those of Python's `str.split`, `int`, `float`
//! and `complex`. `FromRegex` makes rows of a regular expression's matches. [`SaveTxt`] prints blocks of rows on all cores.

mod encoding;
mod error;
mod open;
mod read;
mod write;

pub use self::encoding::{Encoding, decode};
pub use self::read::convert::Value;
#[cfg(feature = "regex")]
pub use self::read::from_regex::{FromRegex, from_regex};
pub use self::read::genfromtxt::GenFromTxt;
pub use self::read::genfromtxt::names::{Case, Column};
pub use self::read::loadtxt::LoadTxt;
pub use self::read::table::{Table, Warning};
pub use self::write::savetxt::SaveTxt;
pub use crate::num::parse::fortran_number;
