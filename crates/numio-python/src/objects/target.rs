//! Arrays that wait for the Python objects in them.

use numpy::{PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyEllipsis, PyTuple};

/// An array with slots for Python objects.
pub(super) struct Target<'py> {
    /// The array, of its own class.
    pub(super) whole: Bound<'py, PyAny>,
    /// Arrays of objects over parts of its memory.
    pub(super) places: Vec<Bound<'py, PyAny>>,
    /// True if it is the one-element array of a scalar.
    pub(super) is_scalar: bool,
    /// Number of elements that have their objects already, if all are contiguous in one array.
    pub(super) filled: Option<usize>,
    /// True if the fill value of a masked array comes before the objects.
    pub(super) awaits_fill: bool,
}

/// Number of objects stored at once: few enough to be in the cache still.
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

    /// Stores the pending objects from `base` on, once there are many of them.
    ///
    /// # Errors
    /// NumPy's error if the array is not writable.
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

    /// Stores the remaining objects.
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

/// True if the elements can be written in place as one slice: contiguous, the last index varying fastest.
fn is_row(place: &Bound<'_, PyAny>) -> bool {
    let Ok(array) = place.cast::<PyArrayDyn<Py<PyAny>>>() else { return false };
    // `as_slice` takes Fortran order too.
    array.is_c_contiguous() && array.try_readonly().is_ok_and(|array| array.as_slice().is_ok())
}

/// Fills a contiguous array from the element `from` on.
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
