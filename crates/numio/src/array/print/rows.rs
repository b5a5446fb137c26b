//! Elements in rows: brackets, separators, line breaks and indents at every rank (NumPy's `_formatArray`).

use std::fmt;
use std::ops::Range;

use crate::array::layout::{Layout, Order};
use crate::array::print::notation::pad;
use crate::array::print::options::{ObjectTexts, PrintOptions};
use crate::dtype::ShapeTuple;
use crate::{ByteOrder, ComplexWidth, DType, DynArray, FloatWidth, IntWidth, Scalar};

/// Lines on their way out; the last is kept until what follows it is known.
pub(super) struct PrintedLines<'a> {
    out: &'a mut dyn fmt::Write,
    line: String,
    /// Characters in the line.
    used: usize,
}

impl<'a> PrintedLines<'a> {
    /// A first line that begins with `start`.
    pub(super) fn new(out: &'a mut dyn fmt::Write, start: &str) -> Self {
        let mut lines = Self { out, line: String::new(), used: 0 };
        lines.push(start);
        lines
    }

    pub(super) fn push(&mut self, text: &str) {
        self.line.push_str(text);
        self.used += text.chars().count();
    }

    pub(super) fn push_spaces(&mut self, count: usize) {
        pad(count, &mut self.line);
        self.used += count;
    }

    /// Ends the line, and starts the next with `indent` spaces.
    pub(super) fn end_line(&mut self, indent: usize) -> fmt::Result {
        self.line.push('\n');
        self.out.write_str(&self.line)?;
        self.line.clear();
        self.used = 0;
        self.push_spaces(indent);
        Ok(())
    }

    /// The same, without the white space at the end of the line.
    fn end_trimmed(&mut self, indent: usize) -> fmt::Result {
        self.line.truncate(self.line.trim_end_matches(is_python_space).len());
        self.end_line(indent)
    }

    /// Characters in the last line of the text so far. An element alone may have brought lines of its own.
    pub(super) fn last_width(&self) -> usize {
        self.line.rsplit('\n').next().map_or(0, |line| line.chars().count())
    }

    /// Writes out the last line.
    pub(super) fn finish(self) -> fmt::Result {
        self.out.write_str(&self.line)
    }
}

/// Lays out rows.
pub(super) struct ArrayRows<'a, 'b> {
    pub(super) lines: PrintedLines<'a>,
    pub(super) print: Column<'b>,
    /// Between elements: `, ` or one space.
    pub(super) separator: &'static str,
    /// Characters before the first bracket.
    pub(super) indent: usize,
    /// Characters that fit in a line besides the closing brackets.
    pub(super) width: usize,
}

impl ArrayRows<'_, '_> {
    /// Prints the elements at `corners` in as many brackets as there are axes. Recursive by axis, of which NumPy allows
    /// 64.
    pub(super) fn print(&mut self, corners: &Corners) -> fmt::Result {
        match corners.axes.as_slice() {
            [] => {
                let mut word = String::new();
                (self.print)(corners.offset as usize, &mut word)?;
                self.lines.push(&word);
                Ok(())
            }
            axes => self.axis(axes, corners.offset, 1),
        }
    }

    /// `depth` counts the brackets that are open within.
    fn axis(&mut self, axes: &[PrintAxis], offset: isize, depth: usize) -> fmt::Result {
        let Some((axis, inner)) = axes.split_first() else { return Ok(()) };
        self.lines.push("[");
        let (head, tail) = axis.ends();
        // NumPy always shows the last element.
        let tail = tail.start.min(axis.len.saturating_sub(1))..axis.len;
        let dots = axis.edge.map(|_| None);
        let mut parts = head.map(Some).chain(dots).chain(tail.map(Some)).peekable();
        let mut word = String::new();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            let start = part.map(|index| offset.wrapping_add(axis.step(index)));
            if inner.is_empty() {
                word.clear();
                match start {
                    Some(start) => (self.print)(start as usize, &mut word)?,
                    None => word.push_str("..."),
                }
                self.word(&word, depth)?;
                if !last {
                    self.lines.push(self.separator);
                }
            } else {
                match start {
                    Some(start) => self.axis(inner, start, depth + 1)?,
                    None => self.lines.push("..."),
                }
                if !last {
                    self.between(inner.len(), depth)?;
                }
            }
        }
        self.lines.push("]");
        Ok(())
    }

    /// Writes the separator of two subarrays of `axes` axes: one line end for each.
    fn between(&mut self, axes: usize, depth: usize) -> fmt::Result {
        self.lines.push(self.separator.trim_end());
        for _ in 1..axes {
            self.lines.end_line(0)?;
        }
        self.lines.end_line(self.indent + depth)
    }

    /// One element of a row within `depth` brackets, on a new line if it does not fit.
    fn word(&mut self, word: &str, depth: usize) -> fmt::Result {
        let indent = self.indent + depth;
        // Each bracket that is open takes a character at the end, the last one as many as the separator.
        let width = self.width.saturating_sub(depth);
        let parts: Vec<&str> = python_lines(word).collect();
        let (first, rest) = match parts.as_slice() {
            [first, rest @ ..] if !rest.is_empty() => (*first, rest),
            _ => (word, &[][..]),
        };
        let length = |part: &&str| part.chars().count();
        let widest = rest.iter().map(length).fold(length(&first), usize::max);
        let mut start = self.lines.used;
        if start > indent && start.saturating_add(widest) > width {
            self.lines.end_trimmed(indent)?;
            start = indent;
        }
        self.lines.push(first);
        for part in rest {
            self.lines.end_trimmed(start)?;
            self.lines.push(part);
        }
        // Later text goes to the right of the widest line.
        self.lines.push_spaces(rest.last().map_or(0, |last| widest - length(last)));
        Ok(())
    }
}

/// Python's `str.splitlines`.
fn python_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(is_line_end).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        let skip = if after.starts_with("\r\n") { 2 } else { after.chars().next().map_or(0, char::len_utf8) };
        rest = after.split_at(skip).1;
        Some(line)
    })
}

fn is_line_end(mark: char) -> bool {
    matches!(mark, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_python_space(mark: char) -> bool {
    mark.is_whitespace() || matches!(mark, '\x1c'..='\x1f')
}

/// Elements of an array in C order, by the byte at which each starts; of a summarised axis only both ends.
#[derive(Debug, Clone)]
pub(crate) struct Corners {
    pub(crate) axes: Vec<PrintAxis>,
    pub(crate) offset: isize,
}

/// One axis: its length, the bytes between its elements, and how many of them are shown at either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrintAxis {
    pub(crate) len: usize,
    pub(crate) stride: isize,
    /// `None` if all are shown.
    pub(crate) edge: Option<usize>,
}

impl PrintAxis {
    /// An axis of an array that is summarised to `edge` elements at either end, if it is.
    pub(crate) fn new(len: usize, stride: isize, edge: Option<usize>) -> Self {
        Self { len, stride, edge: edge.filter(|edge| edge.saturating_mul(2) < len) }
    }

    /// The bytes from the axis' start to element `index`, which must be below its length.
    pub(crate) fn step(self, index: usize) -> isize {
        self.stride.wrapping_mul(index as isize)
    }

    /// The indexes at the start and at the end: all are at the end if the axis is not summarised.
    pub(crate) fn ends(self) -> (Range<usize>, Range<usize>) {
        match self.edge {
            Some(edge) => (0..edge, self.len - edge..self.len),
            None => (0..0, 0..self.len),
        }
    }

    /// The index after `index` that is shown.
    fn after(self, index: usize) -> usize {
        match self.edge {
            // As in NumPy, if no element at the ends is shown, all count for the widths of columns.
            Some(edge) if edge > 0 && index + 1 == edge => self.len - edge,
            _ => index + 1,
        }
    }
}

impl Corners {
    /// All elements of a C-contiguous array that starts at byte 0.
    pub(crate) fn contiguous(shape: &[usize], itemsize: usize) -> Self {
        let strides = Layout::contiguous(shape, itemsize, Order::C).strides;
        let axes = shape.iter().zip(strides).map(|(&len, stride)| PrintAxis::new(len, stride, None));
        Self { axes: axes.collect(), offset: 0 }
    }

    /// The same elements, some bytes further.
    pub(crate) fn moved(&self, bytes: usize) -> Self {
        Self { axes: self.axes.clone(), offset: self.offset.wrapping_add(bytes as isize) }
    }

    /// The elements of the `inner` arrays nested in these elements.
    pub(crate) fn nested(&self, inner: &Self) -> Self {
        Self { axes: [self.axes.as_slice(), &inner.axes].concat(), offset: self.offset }
    }

    /// Passes on the byte at which each element starts.
    pub(crate) fn each(&self, visit: &mut dyn FnMut(usize)) {
        if self.axes.iter().any(|axis| axis.len == 0) {
            return;
        }
        let mut indexes = vec![0; self.axes.len()];
        let mut at = self.offset;
        loop {
            visit(at as usize);
            let mut done = true;
            for (axis, index) in self.axes.iter().zip(&mut indexes).rev() {
                let next = axis.after(*index);
                at = at.wrapping_sub(axis.step(*index));
                if next < axis.len {
                    *index = next;
                    at = at.wrapping_add(axis.step(next));
                    done = false;
                    break;
                }
                *index = 0;
            }
            if done {
                return;
            }
        }
    }
}

/// Appends the text of the element that starts at a byte.
pub(crate) type Column<'a> = Box<dyn Fn(usize, &mut String) -> fmt::Result + 'a>;

/// PrintContext for printing elements, besides their dtype.
#[derive(Clone, Copy)]
pub(crate) struct PrintContext<'a> {
    pub(crate) options: &'a PrintOptions,
    pub(crate) objects: &'a dyn ObjectTexts,
    pub(crate) bytes: &'a [u8],
    /// If true, each float is formatted by itself, as NumPy's scalars are, instead of alike in a column.
    pub(crate) scalar_floats: bool,
}

impl<'a> PrintContext<'a> {
    /// The bytes of the element at `offset`. Layouts keep it within memory; beyond, there are none.
    pub(crate) fn element(self, offset: usize, itemsize: usize) -> &'a [u8] {
        offset.checked_add(itemsize).and_then(|end| self.bytes.get(offset..end)).unwrap_or_default()
    }
}

/// The scalars of a column.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'c, 'a> {
    pub(crate) scalar: Scalar,
    pub(crate) corners: &'c Corners,
    pub(crate) context: PrintContext<'a>,
}

impl<'a> Cells<'_, 'a> {
    /// Passes on what `decode` makes of each element.
    pub(crate) fn each<T>(self, decode: impl Fn(Scalar, &'a [u8]) -> T, visit: &mut dyn FnMut(T)) {
        let Self { scalar, corners, context } = self;
        corners.each(&mut |offset| visit(decode(scalar, context.element(offset, scalar.itemsize()))));
    }

    /// The column that prints what `decode` makes of an element.
    pub(crate) fn column<T: 'a>(
        self,
        decode: impl Fn(Scalar, &'a [u8]) -> T + 'a,
        print: impl Fn(T, &mut String) -> fmt::Result + 'a,
    ) -> Column<'a> {
        let Self { scalar, context, .. } = self;
        let itemsize = scalar.itemsize();
        Box::new(move |offset, out| print(decode(scalar, context.element(offset, itemsize)), out))
    }
}

/// `shape=(0, 3), dtype=float32`, or less, or nothing.
pub(crate) fn suffix(array: &DynArray, options: &PrintOptions) -> String {
    let (dtype, shape, size) = (array.dtype(), array.shape(), array.size());
    let mut parts = Vec::new();
    if size == 0 && *shape != [0] || size > options.threshold {
        parts.push(format!("shape={}", ShapeTuple(shape)));
    }
    if let Some(name) = array.dtype_name() {
        parts.push(format!("dtype={name}"));
    } else if size == 0 || !is_implied(dtype) {
        parts.push(format!("dtype={}", dtype_text(dtype)));
    }
    parts.join(", ")
}

/// Returns whether the elements' texts alone tell the dtype.
fn is_implied(dtype: &DType) -> bool {
    const NATIVE: ByteOrder = ByteOrder::NATIVE;
    matches!(
        dtype,
        DType::Scalar(
            Scalar::Bool
                | Scalar::Int(IntWidth::Bits64, NATIVE)
                | Scalar::Float(FloatWidth::Bits64, NATIVE)
                | Scalar::Complex(ComplexWidth::Bits128, NATIVE)
        )
    )
}

/// The shortest Python expression for the dtype (NumPy's `dtype_short_repr`).
fn dtype_text(dtype: &DType) -> String {
    let DType::Scalar(scalar) = dtype else { return dtype.to_string() };
    let foreign = scalar.byte_order().is_some_and(|order| order != ByteOrder::NATIVE);
    if foreign || matches!(scalar, Scalar::Bytes(_) | Scalar::Str(..) | Scalar::Void(_)) {
        return format!("'{dtype}'");
    }
    let name = dtype.name();
    // `datetime64[ns]` is no name in Python.
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) { name } else { format!("'{name}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(axes: &[(usize, isize)], edge: Option<usize>) -> Vec<usize> {
        let axes = axes.iter().map(|&(len, stride)| PrintAxis::new(len, stride, edge)).collect();
        let mut found = Vec::new();
        Corners { axes, offset: 0 }.each(&mut |offset| found.push(offset));
        found
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn only_the_ends_of_long_axes_are_visited() {
        assert_eq!(offsets(&[(2, 100), (9, 1)], Some(2)), [0, 1, 7, 8, 100, 101, 107, 108]);
        assert_eq!(offsets(&[(4, 1)], Some(2)), [0, 1, 2, 3]);
        assert_eq!(offsets(&[(3, 1)], None), [0, 1, 2]);
        assert_eq!(offsets(&[(1 << 40, 1)], Some(1)), [0, (1 << 40) - 1]);
        assert_eq!(offsets(&[], Some(1)), [0]);
        assert!(offsets(&[(0, 1), (2, 1)], None).is_empty());
    }
}
