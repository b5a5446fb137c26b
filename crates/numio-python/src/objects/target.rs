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
}

impl<'py> Target<'py> {
    /// Puts the objects into their places, as many as there are.
    pub(super) fn fill(&self, mut objects: impl Iterator<Item = Bound<'py, PyAny>>) -> PyResult<()> {
        for place in &self.places {
            if !put(place, &mut objects)? {
                let py = place.py();
                let side_by_side = place.call_method1(intern!(py, "copy"), ("C",))?;
                put(&side_by_side, &mut objects)?;
                place.set_item(PyEllipsis::get(py), side_by_side)?;
            }
        }
        Ok(())
    }

    pub(super) fn scalar(&self) -> PyResult<Bound<'py, PyAny>> {
        only(&self.whole)
    }
}

/// Fills an array whose elements stand side by side, the last index varying fastest; of another it says that it is one.
fn put<'py>(
    place: &Bound<'py, PyAny>,
    objects: &mut impl Iterator<Item = Bound<'py, PyAny>>,
) -> PyResult<bool> {
    let array = place.cast::<PyArrayDyn<Py<PyAny>>>()?;
    if !array.is_c_contiguous() {
        return Ok(false);
    }
    let mut array = array.try_readwrite()?;
    let Ok(elements) = array.as_slice_mut() else { return Ok(false) };
    for (element, object) in elements.iter_mut().zip(objects) {
        *element = object.unbind();
    }
    Ok(true)
}

/// The only element of an array without axes.
pub(super) fn only<'py>(array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    array.get_item(PyTuple::empty(array.py()))
}
