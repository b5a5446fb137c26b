//! Texts of Python objects, which this room takes from whoever knows the objects.

/// Gives the texts of the objects that elements of dtype `object` stand for.
pub(in crate::array) trait ObjectTexts {
    /// Python's `repr` of the object.
    fn repr(&self, index: u64) -> String;

    /// Python's `str` of the object, except that of `bytes`, where it is the `repr`.
    fn str(&self, index: u64) -> String;

    /// Whether the object is just a `list`, which NumPy marks so that it is not taken for another axis.
    fn is_list(&self, index: u64) -> bool;
}

/// NumPy's `_object_format`.
pub(super) fn element(objects: &dyn ObjectTexts, index: u64) -> String {
    let text = objects.repr(index);
    if objects.is_list(index) { format!("list({text})") } else { text }
}
