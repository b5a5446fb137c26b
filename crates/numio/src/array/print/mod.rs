//! Arrays as NumPy prints them, to the character: `repr` and `str` (`numpy/_core/arrayprint.py`).
//!
//! An array above the threshold prints the ends of each axis only, and only those elements are touched, so that a map
//! of a file larger than memory prints at once.
//!
//! `corners` says which elements are shown, `column` makes the printer of each dtype from all of them (`integer`,
//! `float`, `timelike`, `plain`, `record`), `rows` lays their texts out in brackets and lines, `suffix` adds the dtype,
//! `single` prints arrays without axes, and `printed` puts it all together. Floats are taken apart by `real`, become
//! `digits` and get their point in `notation`.

mod column;
mod corners;
mod decode;
mod float;
mod integer;
mod notation;
mod objects;
mod options;
mod plain;
mod printed;
mod record;
mod rows;
mod scalar;
mod single;
mod suffix;
#[cfg(test)]
mod tests;
mod timelike;

pub use self::options::{FloatMode, PrintOptions, Sign};
pub use self::printed::Printed;

use std::fmt;

use self::objects::Texts;
use super::DynArray;
use crate::Scalar;

impl DynArray {
    /// What NumPy's `repr` gives under these options.
    ///
    /// ```
    /// use numio::{DynArray, PrintOptions};
    ///
    /// let array = DynArray::from(ndarray::array![[1.0_f32, 2.5], [3.0, -4.0]]);
    /// let expected = "array([[ 1. ,  2.5],\n       [ 3. , -4. ]], dtype=float32)";
    /// assert_eq!(array.to_repr(&PrintOptions::new()), expected);
    /// assert_eq!(format!("{array:?}"), expected);
    /// ```
    pub fn to_repr(&self, options: &PrintOptions) -> String {
        format!("{:?}", self.printed(options))
    }

    /// What NumPy's `str` gives under these options. They do not bear on an array without axes, which prints as its
    /// only element.
    ///
    /// ```
    /// use numio::{DynArray, PrintOptions};
    ///
    /// let array = DynArray::from(ndarray::Array1::from_iter(0..2000));
    /// assert_eq!(array.to_str(PrintOptions::new().edgeitems(2)), "[   0    1 ... 1998 1999]");
    /// assert_eq!(array.to_string(), "[   0    1    2 ... 1997 1998 1999]");
    /// ```
    pub fn to_str(&self, options: &PrintOptions) -> String {
        self.printed(options).to_string()
    }

    /// This array as it prints under these options: `{}` is NumPy's `str`, `{:?}` its `repr`. It is written line by
    /// line, so that every element of an array larger than memory can be printed.
    ///
    /// ```
    /// use numio::{DynArray, PrintOptions};
    ///
    /// let array = DynArray::from(ndarray::array![0.25, 0.5]);
    /// assert_eq!(format!("{:?}", array.printed(PrintOptions::new().precision(1))), "array([0.2, 0.5])");
    /// ```
    pub fn printed<'a>(&'a self, options: &'a PrintOptions) -> Printed<'a> {
        Printed { array: self, options }
    }
}

/// NumPy's `repr`; `{:.3?}` prints floats with a precision of 3.
impl fmt::Debug for DynArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.printed(&options(f)), f)
    }
}

/// NumPy's `str`; `{:.3}` prints floats with a precision of 3.
impl fmt::Display for DynArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.printed(&options(f)), f)
    }
}

/// Appends `str` of one value of NumPy's, given as it stands in an array.
pub(super) fn scalar_text(scalar: Scalar, bytes: &[u8], out: &mut String) {
    // Writing to a String does not fail.
    let _ = single::write_scalar(scalar, bytes, &Texts::NONE, out);
}

fn options(f: &fmt::Formatter<'_>) -> PrintOptions {
    let mut options = PrintOptions::new();
    if let Some(digits) = f.precision() {
        options.precision(digits);
    }
    options
}
