//! Texts: arguments that the package has put in order, handed to the library.

mod converters;
mod genfromtxt;
mod loadtxt;
mod savetxt;
mod source;

pub(crate) use self::genfromtxt::read_with_gaps;
pub(crate) use self::loadtxt::read_text;
pub(crate) use self::savetxt::{AtomicText, write_text};
pub(crate) use self::source::decompress;
