//! Numbers as decimal text, printed and read exactly.
//!
//! Every float of the project is printed by [`shortest`] (the fewest digits that read back as the same number), by
//! [`dragon4`] (any number of digits, of any width) or by `text`'s `%` formats, which fall back on exact arithmetic too.
//! Python's and NumPy's layouts of the shortest digits are in [`python_float`].

pub(crate) mod bigint;
pub(crate) mod dragon4;
pub(crate) mod python_float;
pub(crate) mod shortest;
