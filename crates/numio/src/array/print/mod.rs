//! Arrays as NumPy prints them, to the character: `repr` and `str` (`numpy/_core/arrayprint.py`).
//!
//! An array above the threshold prints the ends of each axis only, and only those elements are touched, so that a map
//! of a file larger than memory prints at once.
//!
//! `corners` says which elements are shown, `column` makes the printer of each dtype from all of them (`integer`,
//! `float`, `timelike`, `plain`, `record`), `rows` lays their texts out in brackets and lines, `suffix` adds the dtype
//! and `single` prints arrays without axes. Floats are taken apart by `real`, become `digits` and get their point in
//! `notation`.

mod big;
mod column;
mod corners;
mod decode;
mod digits;
mod float;
mod integer;
mod notation;
mod objects;
mod options;
mod plain;
mod real;
mod record;
mod rows;
mod single;
mod suffix;
#[cfg(test)]
mod tests;
mod timelike;

pub(crate) use self::objects::ObjectTexts;
pub use self::options::{FloatMode, PrintOptions, Sign};

use std::fmt;

use self::column::Context;
use self::corners::{Axis, Corners};
use self::record::column;
use self::rows::{Lines, Rows};
use super::DynArray;
use crate::{DType, Scalar};

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
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = self.write_repr(options, &self.texts(), &mut out);
        out
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
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = self.write_str(options, &self.texts(), &mut out);
        out
    }

    fn write_repr(
        &self,
        options: &PrintOptions,
        objects: &dyn ObjectTexts,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        const START: &str = "array(";
        let lines = Lines::new(out, START);
        let mut lines = self.elements(lines, ", ", START.len(), 1, options, objects)?;
        let suffix = suffix::suffix(&self.dtype, self.shape(), self.size(), options);
        if !suffix.is_empty() {
            lines.push(",");
            // A space before it, a parenthesis after.
            if lines.last_width() + suffix.chars().count() + 2 > options.linewidth {
                lines.end_line(START.len())?;
            } else {
                lines.push(" ");
            }
            lines.push(&suffix);
        }
        lines.push(")");
        lines.finish()
    }

    fn write_str(
        &self,
        options: &PrintOptions,
        objects: &dyn ObjectTexts,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        if self.ndim() > 0 {
            let lines = Lines::new(out, "");
            return self.elements(lines, " ", 0, 0, options, objects)?.finish();
        }
        let mut text = String::new();
        let context = Context { options, objects, bytes: self.data.bytes(), scalar_floats: true };
        match &self.dtype {
            DType::Scalar(scalar) => {
                let bytes = context.element(self.layout.offset, scalar.itemsize());
                single::write_scalar(*scalar, bytes, objects, &mut text)?;
            }
            dtype => column(dtype, &self.corners(options), context)(self.layout.offset, &mut text)?,
        }
        out.write_str(&text)
    }

    /// The elements in brackets after `indent` characters, with room for `after` more.
    fn elements<'a>(
        &self,
        mut lines: Lines<'a>,
        separator: &'static str,
        indent: usize,
        after: usize,
        options: &PrintOptions,
        objects: &dyn ObjectTexts,
    ) -> Result<Lines<'a>, fmt::Error> {
        if self.size() == 0 {
            lines.push("[]");
            return Ok(lines);
        }
        let context = Context { options, objects, bytes: self.data.bytes(), scalar_floats: false };
        let corners = self.corners(options);
        let print = column(&self.dtype, &corners, context);
        let width = options.linewidth.saturating_sub(after);
        let mut rows = Rows { lines, print, separator, indent, width };
        rows.print(&corners)?;
        Ok(rows.lines)
    }

    fn corners(&self, options: &PrintOptions) -> Corners {
        let edge = (self.size() > options.threshold).then_some(options.edgeitems);
        let axes = self.shape().iter().zip(self.strides());
        let axes = axes.map(|(&len, &stride)| Axis::new(len, stride, edge)).collect();
        Corners { axes, offset: self.layout.offset as isize }
    }
}

/// NumPy's `repr`; `{:.3?}` prints floats with a precision of 3.
impl fmt::Debug for DynArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_repr(&options(f), &self.texts(), f)
    }
}

/// NumPy's `str`; `{:.3}` prints floats with a precision of 3.
impl fmt::Display for DynArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_str(&options(f), &self.texts(), f)
    }
}

/// Appends `str` of one value of NumPy's, given as it stands in an array.
pub(super) fn scalar_text(scalar: Scalar, bytes: &[u8], out: &mut String) {
    // Writing to a String does not fail.
    let _ = single::write_scalar(scalar, bytes, &Indexes, out);
}

fn options(f: &fmt::Formatter<'_>) -> PrintOptions {
    let mut options = PrintOptions::new();
    if let Some(digits) = f.precision() {
        options.precision(digits);
    }
    options
}

/// Objects of which only the number is there.
struct Indexes;

impl ObjectTexts for Indexes {
    fn repr(&self, number: u64) -> String {
        format!("<object {number}>")
    }

    fn str(&self, number: u64) -> String {
        self.repr(number)
    }

    fn is_list(&self, _: u64) -> bool {
        false
    }
}
