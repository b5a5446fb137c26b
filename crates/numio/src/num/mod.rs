//! Numbers as decimal text, printed and read exactly.
//!
//! Every float of the project is printed by [`shortest`] (the fewest digits that read back as the same number), by
//! [`dragon4`] (any number of digits, of any width) or by [`fixed`] (a given number of them, of doubles, fast).
//! [`parse`] reads numbers out of text, and [`longdouble`] those of 80 bits.
//! Python's and NumPy's layouts of the shortest digits are in [`python_float`].

pub(crate) mod bigint;
pub(crate) mod dragon4;
pub(crate) mod fixed;
pub(crate) mod longdouble;
pub(crate) mod parse;
pub(crate) mod python_float;
pub(crate) mod shortest;
pub(crate) mod space;
