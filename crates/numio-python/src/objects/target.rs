//! Arrays that wait for the Python objects in them.

use numpy::{PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyEllipsis, PyTuple};

/// An array with places for Python objects.
pub(super) struct Target<'py> {
    /// The array, of its own class.
    pub(super) whole: Bound<'py, PyAny>,
    /// Arrays of objects over parts of its memory.
    pub(super) places: Vec<Bound<'py, PyAny>>,
    /// Whether it is the array of which its scalar is the only element.
    pub(super) is_scalar: bool,
    /// How many elements have their objects already, where all stand side by side in one place.
    pub(super) filled: Option<usize>,
    /// Whether the fill value of a masked array comes before the objects.
    pub(super) awaits_fill: bool,
}

/// So many objects are put into their places at once: few enough to be in the cache still.
const CHUNK: usize = 1 << 10;

impl<'py> Target<'py> {
    pub(super) fn new(whole: Bound<'py, PyAny>, places: Vec<Bound<'py, PyAny>>) -> Self {
        let filled = matches!(&places[..], [only] if is_row(only)).then_some(0);
        Self { whole, places, is_scalar: false, filled, awaits_fill: false }
    }

    /// The same, for a masked array whose fill value comes first if `awaits_fill`.
    pub(super) fn with_fill(self, awaits_fill: bool) -> Self {
        Self { awaits_fill, ..self }
    }

    /// Takes the objects that wait for their places from `base` on, once there are many of them.
    ///
    /// # Errors
    /// Where NumPy does not let the array be written to.
    #[inline]
    pub(super) fn take(&mut self, values: &mut Vec<Bound<'py, PyAny>>, base: usize) -> PyResult<()> {
        if std::mem::take(&mut self.awaits_fill) {
            let fill = values.pop();
            return self.whole.setattr(intern!(self.whole.py(), "fill_value"), fill);
        }
        if values.len() - base >= CHUNK { self.flush(values, base) } else { Ok(()) }
    }

    fn flush(&mut self, values: &mut Vec<Bound<'py, PyAny>>, base: usize) -> PyResult<()> {
        if let (Some(filled), [place]) = (&mut self.filled, &self.places[..]) {
            let count = values.len() - base;
            put(place, *filled, &mut values.drain(base..))?;
            *filled += count;
        }
        Ok(())
    }

    /// Puts the objects into their places, as many as there are left.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(super) fn fill(&self, mut objects: impl Iterator<Item = Bound<'py, PyAny>>) -> PyResult<()> {
        for place in &self.places {
            if is_row(place) {
                put(place, self.filled.unwrap_or(0), &mut objects)?;
            } else {
                let py = place.py();
                let side_by_side = place.call_method1(intern!(py, "copy"), ("C",))?;
                put(&side_by_side, 0, &mut objects)?;
                place.set_item(PyEllipsis::get(py), side_by_side)?;
            }
        }
        Ok(())
    }

    pub(super) fn scalar(&self) -> PyResult<Bound<'py, PyAny>> {
        only(&self.whole)
    }
}

/// Whether the elements stand side by side where they may be written to, the last index varying fastest.
fn is_row(place: &Bound<'_, PyAny>) -> bool {
    let Ok(array) = place.cast::<PyArrayDyn<Py<PyAny>>>() else { return false };
    // Of an array in another order there is a slice too.
    array.is_c_contiguous() && array.try_readonly().is_ok_and(|array| array.as_slice().is_ok())
}

/// Fills an array whose elements stand so, from that one on.
fn put<'py>(
    place: &Bound<'py, PyAny>,
    from: usize,
    objects: &mut impl Iterator<Item = Bound<'py, PyAny>>,
) -> PyResult<()> {
    let mut array = place.cast::<PyArrayDyn<Py<PyAny>>>()?.try_readwrite()?;
    for (element, object) in array.as_slice_mut()?.iter_mut().skip(from).zip(objects) {
        *element = object.unbind();
    }
    Ok(())
}

/// The only element of an array without axes.
pub(super) fn only<'py>(array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    array.get_item(PyTuple::empty(array.py()))
}
