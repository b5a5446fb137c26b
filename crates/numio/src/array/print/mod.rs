//! Arrays as NumPy prints them, to the character: `repr` and `str` (`numpy/_core/arrayprint.py`).
//!
//! An array above the threshold prints the ends of each axis only, and only those elements are touched, so that a map
//! of a file larger than memory prints at once.
//!
//! `corners` says which elements are shown, `column` makes the printer of each dtype from all of them (`integer`,
//! `float`, `timelike`, `plain`, `record`), `rows` lays their texts out in brackets and lines, `suffix` adds the dtype,
//! `single` prints arrays without axes, and `printed` puts it all together. Floats are taken apart by `real`, become
//! `digits` and get their point in `notation`.

use std::fmt;

use crate::array::DynArray;
use crate::array::print::columns::column;
use crate::array::print::element::write_scalar;
use crate::array::print::options::{ObjectTexts, Texts};
use crate::array::print::rows::{ArrayRows, Corners, PrintAxis, PrintContext, PrintedLines, suffix};
use crate::{DType, Scalar};

pub(crate) mod columns;
pub(crate) mod element;
mod float;
mod notation;
mod options;
mod rows;
#[cfg(test)]
mod tests;

pub use crate::array::print::options::{FloatMode, PrintOptions, Sign};

impl DynArray {
    /// NumPy's `repr` under these options.
    ///
    /// ```
    /// use numio::{DynArray, PrintOptions};
    ///
    /// let array = DynArray::from(ndarray::array![[1.0_f32, 2.5], [3.0, -4.0]]);
    /// let expected = "array([[ 1. ,  2.5],\n       [ 3. , -4. ]], dtype=float32)";
    /// assert_eq!(array.repr_with(&PrintOptions::new()), expected);
    /// assert_eq!(format!("{array:?}"), expected);
    /// ```
    pub fn repr_with(&self, options: &PrintOptions) -> String {
        format!("{:?}", self.display(options))
    }

    /// NumPy's `str` under these options. They do not apply to an array without axes, which prints as its
    /// only element.
    ///
    /// ```
    /// use numio::{DynArray, PrintOptions};
    ///
    /// let array = DynArray::from(ndarray::Array1::from_iter(0..2000));
    /// assert_eq!(array.to_string_with(PrintOptions::new().edgeitems(2)), "[   0    1 ... 1998 1999]");
    /// assert_eq!(array.to_string(), "[   0    1    2 ... 1997 1998 1999]");
    /// ```
    pub fn to_string_with(&self, options: &PrintOptions) -> String {
        self.display(options).to_string()
    }

    /// This array as it prints under these options: `{}` is NumPy's `str`, `{:?}` its `repr`. It is written line by
    /// line, so that every element of an array larger than memory can be printed.
    ///
    /// ```
    /// use numio::{DynArray, PrintOptions};
    ///
    /// let array = DynArray::from(ndarray::array![0.25, 0.5]);
    /// assert_eq!(format!("{:?}", array.display(PrintOptions::new().precision(1))), "array([0.2, 0.5])");
    /// ```
    pub fn display<'a>(&'a self, options: &'a PrintOptions) -> ArrayDisplay<'a> {
        ArrayDisplay { array: self, options }
    }
}

/// NumPy's `repr`; `{:.3?}` prints floats with a precision of 3.
impl fmt::Debug for DynArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.display(&options(f)), f)
    }
}

/// NumPy's `str`; `{:.3}` prints floats with a precision of 3.
impl fmt::Display for DynArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.display(&options(f)), f)
    }
}

/// Appends NumPy's `str` of one value, given as its bytes in an array.
pub(super) fn scalar_text(scalar: Scalar, bytes: &[u8], out: &mut String) {
    // Writing to a String does not fail.
    let _ = write_scalar(scalar, bytes, &Texts::NONE, out);
}

fn options(f: &fmt::Formatter<'_>) -> PrintOptions {
    let mut options = PrintOptions::new();
    if let Some(digits) = f.precision() {
        options.precision(digits);
    }
    options
}

/// An array as it prints under some options, from [`DynArray::display`]: `{}` is NumPy's `str`, `{:?}` its `repr`.
#[derive(Clone, Copy)]
pub struct ArrayDisplay<'a> {
    pub(crate) array: &'a DynArray,
    pub(crate) options: &'a PrintOptions,
}

impl fmt::Debug for ArrayDisplay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_repr("array(", &Texts::of(self.array), f)
    }
}

impl fmt::Display for ArrayDisplay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_str(&Texts::of(self.array), f)
    }
}

impl ArrayDisplay<'_> {
    /// `start` is the text before the elements: the class, and a parenthesis.
    pub(crate) fn write_repr(
        &self,
        start: &'static str,
        objects: &dyn ObjectTexts,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        let Self { array, options } = *self;
        let mut lines = self.elements(objects, PrintedLines::new(out, start), ", ", 1)?;
        let suffix = suffix(array, options);
        if !suffix.is_empty() {
            lines.push(",");
            // A space before it, a parenthesis after.
            if lines.last_width() + suffix.chars().count() + 2 > options.linewidth {
                lines.end_line(start.len())?;
            } else {
                lines.push(" ");
            }
            lines.push(&suffix);
        }
        lines.push(")");
        lines.finish()
    }

    pub(crate) fn write_str(&self, objects: &dyn ObjectTexts, out: &mut dyn fmt::Write) -> fmt::Result {
        if self.array.ndim() > 0 {
            return self.elements(objects, PrintedLines::new(out, ""), " ", 0)?.finish();
        }
        let start = self.array.layout.offset;
        let context = PrintContext { scalar_floats: true, ..self.context(objects) };
        let mut text = String::new();
        match self.array.dtype() {
            DType::Scalar(scalar) => {
                let bytes = context.element(start, scalar.itemsize());
                write_scalar(*scalar, bytes, objects, &mut text)?;
            }
            dtype => column(dtype, &self.corners(), context)(start, &mut text)?,
        }
        out.write_str(&text)
    }

    /// Writes the elements in brackets after the current text of the line, leaving space for `after` more characters.
    fn elements<'w>(
        &self,
        objects: &dyn ObjectTexts,
        mut lines: PrintedLines<'w>,
        separator: &'static str,
        after: usize,
    ) -> Result<PrintedLines<'w>, fmt::Error> {
        if self.array.size() == 0 {
            lines.push("[]");
            return Ok(lines);
        }
        let corners = self.corners();
        let print = column(self.array.dtype(), &corners, self.context(objects));
        let indent = lines.last_width();
        let width = self.options.linewidth.saturating_sub(after);
        let mut rows = ArrayRows { lines, print, separator, indent, width };
        rows.print(&corners)?;
        Ok(rows.lines)
    }

    fn context<'a>(&'a self, objects: &'a dyn ObjectTexts) -> PrintContext<'a> {
        PrintContext { options: self.options, objects, bytes: self.array.data.bytes(), scalar_floats: false }
    }

    fn corners(&self) -> Corners {
        let Self { array, options } = *self;
        let edge = (array.size() > options.threshold).then_some(options.edgeitems);
        let axes = array.shape().iter().zip(array.strides());
        let axes = axes.map(|(&len, &stride)| PrintAxis::new(len, stride, edge)).collect();
        Corners { axes, offset: array.layout.offset as isize }
    }
}
