//! A whole array: its elements, and what stands around them.

use std::fmt;

use super::column::Context;
use super::corners::{Axis, Corners};
use super::objects::{ObjectTexts, Texts};
use super::options::PrintOptions;
use super::record::column;
use super::rows::{Lines, Rows};
use super::single::write_scalar;
use super::suffix::suffix;
use crate::DType;
use crate::array::DynArray;

/// An array as it prints under some options, from [`DynArray::printed`]: `{}` is NumPy's `str`, `{:?}` its `repr`.
#[derive(Clone, Copy)]
pub struct Printed<'a> {
    pub(super) array: &'a DynArray,
    pub(super) options: &'a PrintOptions,
}

impl fmt::Debug for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_repr("array(", &Texts::of(self.array), f)
    }
}

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_str(&Texts::of(self.array), f)
    }
}

impl Printed<'_> {
    /// `start` is what stands before the elements: the class, and a parenthesis.
    pub(super) fn write_repr(
        &self,
        start: &'static str,
        objects: &dyn ObjectTexts,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        let Self { array, options } = *self;
        let mut lines = self.elements(objects, Lines::new(out, start), ", ", 1)?;
        let suffix = suffix(array.dtype(), array.shape(), array.size(), options);
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

    pub(super) fn write_str(&self, objects: &dyn ObjectTexts, out: &mut dyn fmt::Write) -> fmt::Result {
        if self.array.ndim() > 0 {
            return self.elements(objects, Lines::new(out, ""), " ", 0)?.finish();
        }
        let start = self.array.layout.offset;
        let context = Context { scalar_floats: true, ..self.context(objects) };
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

    /// The elements in brackets after what stands in the line, with room for `after` characters more.
    fn elements<'w>(
        &self,
        objects: &dyn ObjectTexts,
        mut lines: Lines<'w>,
        separator: &'static str,
        after: usize,
    ) -> Result<Lines<'w>, fmt::Error> {
        if self.array.size() == 0 {
            lines.push("[]");
            return Ok(lines);
        }
        let corners = self.corners();
        let print = column(self.array.dtype(), &corners, self.context(objects));
        let indent = lines.last_width();
        let width = self.options.linewidth.saturating_sub(after);
        let mut rows = Rows { lines, print, separator, indent, width };
        rows.print(&corners)?;
        Ok(rows.lines)
    }

    fn context<'a>(&'a self, objects: &'a dyn ObjectTexts) -> Context<'a> {
        Context { options: self.options, objects, bytes: self.array.data.bytes(), scalar_floats: false }
    }

    fn corners(&self) -> Corners {
        let Self { array, options } = *self;
        let edge = (array.size() > options.threshold).then_some(options.edgeitems);
        let axes = array.shape().iter().zip(array.strides());
        let axes = axes.map(|(&len, &stride)| Axis::new(len, stride, edge)).collect();
        Corners { axes, offset: array.layout.offset as isize }
    }
}
