//! Fields as numbers, by Python's and NumPy's rules: nothing that only looks like a number passes.
//!
//! Every function takes the bytes of one field and gives `None` where they are no such number.

mod complex;
mod float;
mod fortran;
mod int;
mod long;
mod script;

pub(super) use self::complex::{complex, python_complex};
pub(super) use self::float::{float, lenient_float, prefix, without_underscores};
pub use self::fortran::fortran_number;
pub(super) use self::fortran::plain as plain_fortran;
pub(super) use self::int::{digits, signed, ticks, unsigned};
pub(super) use self::long::long;
