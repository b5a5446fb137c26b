//! Columns: one printer for all elements of an array, or all values of one field. What they share (notation, widths) is
//! found first, from every element that will be shown; then each is printed.

use std::fmt;

use super::corners::Corners;
use super::objects::ObjectTexts;
use super::options::PrintOptions;
use crate::Scalar;

/// Appends the text of the element that starts at a byte.
pub(super) type Column<'a> = Box<dyn Fn(usize, &mut String) -> fmt::Result + 'a>;

/// What printing elements needs besides their dtype.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) options: &'a PrintOptions,
    pub(super) objects: &'a dyn ObjectTexts,
    pub(super) bytes: &'a [u8],
    /// Whether each float prints for itself, as in NumPy's scalars, instead of alike in a column.
    pub(super) scalar_floats: bool,
}

impl<'a> Context<'a> {
    /// The bytes of the element at `offset`. Layouts keep it within memory; beyond, there are none.
    pub(super) fn element(self, offset: usize, itemsize: usize) -> &'a [u8] {
        offset.checked_add(itemsize).and_then(|end| self.bytes.get(offset..end)).unwrap_or_default()
    }
}

/// The scalars of a column.
#[derive(Clone, Copy)]
pub(super) struct Cells<'c, 'a> {
    pub(super) scalar: Scalar,
    pub(super) corners: &'c Corners,
    pub(super) context: Context<'a>,
}

impl<'a> Cells<'_, 'a> {
    /// Passes on what `decode` makes of each element.
    pub(super) fn each<T>(self, decode: impl Fn(Scalar, &'a [u8]) -> T, visit: &mut dyn FnMut(T)) {
        let Self { scalar, corners, context } = self;
        corners.each(&mut |offset| visit(decode(scalar, context.element(offset, scalar.itemsize()))));
    }

    /// The column that prints what `decode` makes of an element.
    pub(super) fn column<T: 'a>(
        self,
        decode: impl Fn(Scalar, &'a [u8]) -> T + 'a,
        print: impl Fn(T, &mut String) -> fmt::Result + 'a,
    ) -> Column<'a> {
        let Self { scalar, context, .. } = self;
        let itemsize = scalar.itemsize();
        Box::new(move |offset, out| print(decode(scalar, context.element(offset, itemsize)), out))
    }
}
