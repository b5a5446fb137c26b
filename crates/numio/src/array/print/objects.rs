//! Texts of Python objects.

use super::options::PrintOptions;
use crate::pickle::{Object, Value, Within};
use crate::{DynArray, Limits};

/// Gives the texts of the objects that elements of dtype `object` stand for.
pub(super) trait ObjectTexts {
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

/// The texts of an array's objects. Numbers that it has no object for are those of `None`, as in NumPy's new arrays.
pub(super) struct Texts<'a>(Option<(&'a DynArray, Within)>);

impl<'a> Texts<'a> {
    /// Of no array.
    pub(super) const NONE: Texts<'static> = Texts(None);

    pub(super) fn of(array: &'a DynArray) -> Self {
        let within = |graph| Within::nothing(graph, &Limits::default());
        Self(array.graph().map(|graph| (array, within(graph))))
    }

    fn object(&self, number: u64) -> Option<(Object<'_>, &Within)> {
        let (array, within) = self.0.as_ref()?;
        Some((array.object(number).ok()?, within))
    }
}

impl ObjectTexts for Texts<'_> {
    fn repr(&self, number: u64) -> String {
        let found = self.object(number);
        found.map_or_else(|| "None".to_owned(), |(object, within)| object.repr_within(within))
    }

    fn str(&self, number: u64) -> String {
        match self.object(number).map(|(object, _)| object.value()) {
            Some(Value::Str(text)) => text.to_string_lossy().into_owned(),
            _ => self.repr(number),
        }
    }

    fn is_list(&self, number: u64) -> bool {
        self.object(number).is_some_and(|(object, _)| matches!(object.value(), Value::List(_)))
    }
}

impl DynArray {
    /// NumPy's `repr` of it as an object in another's text, with `start` for its class and a parenthesis.
    pub(crate) fn repr_within(&self, start: &'static str, within: &Within) -> String {
        let options = PrintOptions::new();
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = self.printed(&options).write_repr(start, &Texts(Some((self, within.clone()))), &mut out);
        out
    }

    /// NumPy's `str` of it in another's text.
    pub(crate) fn str_within(&self, within: &Within) -> String {
        let options = PrintOptions::new();
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = self.printed(&options).write_str(&Texts(Some((self, within.clone()))), &mut out);
        out
    }
}
