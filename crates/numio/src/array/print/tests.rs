//! Arrays of objects, whose texts come from outside.

use std::sync::Arc;

use super::*;
use crate::array::print::options::ObjectTexts;
use crate::array::{Buffer, Data, Layout};
use crate::{DType, Order};

/// Texts by index; those that start with a bracket are lists.
struct Texts<'a>(&'a [&'a str]);

impl ObjectTexts for Texts<'_> {
    fn repr(&self, index: u64) -> String {
        self.0[index as usize].to_owned()
    }

    fn str(&self, index: u64) -> String {
        self.0[index as usize].trim_matches('\'').to_owned()
    }

    fn is_list(&self, index: u64) -> bool {
        self.0[index as usize].starts_with('[')
    }
}

/// `repr` and `str` of an array of these objects.
fn printed(texts: &[&str], shape: &[usize], options: &PrintOptions) -> (String, String) {
    let indexes: Vec<u8> = (0..texts.len() as u64).flat_map(u64::to_ne_bytes).collect();
    let data = Data::Owned(Arc::new(Buffer::copy_of(&indexes).unwrap()));
    let array = DynArray::from_parts(DType::OBJECT, Layout::contiguous(shape, 8, Order::C), data);
    let printed = array.display(options);
    let (mut repr, mut str) = (String::new(), String::new());
    printed.write_repr("array(", &Texts(texts), &mut repr).unwrap();
    printed.write_str(&Texts(texts), &mut str).unwrap();
    (repr, str)
}

/// From `numpy/_core/tests/test_arrayprint.py`: `test_multiline_repr`.
#[test]
fn objects_of_several_lines_stand_in_a_block() {
    let two = ["None", "Line 1\nLine 2", "Line 1\nLine 2", "None"];
    let (repr, str) = printed(&two, &[2, 2], &PrintOptions::new());
    assert_eq!(
        repr,
        "array([[None, Line 1\n              Line 2],\n       [Line 1\n        Line 2, None]], dtype=object)"
    );
    assert_eq!(str, "[[None Line 1\n       Line 2]\n [Line 1\n  Line 2 None]]");
    let (_, str) = printed(&two, &[2, 2], PrintOptions::new().linewidth(5));
    assert_eq!(str, "[[None\n  Line 1\n  Line 2]\n [Line 1\n  Line 2\n  None]]");

    let long = "Line 1\nLooooooooooongestLine2\nLongerLine 3";
    let long = ["None", long, long, "None"];
    let (repr, _) = printed(&long, &[2, 2], &PrintOptions::new());
    assert_eq!(
        repr,
        "array([[None, Line 1\n              LooooooooooongestLine2\n              LongerLine 3          ],\n       \
         [Line 1\n        LooooooooooongestLine2\n        LongerLine 3          , None]], dtype=object)"
    );
    let (repr, _) = printed(&long, &[2, 2], PrintOptions::new().linewidth(20));
    assert_eq!(
        repr,
        "array([[None,\n        Line 1\n        LooooooooooongestLine2\n        LongerLine 3          ],\n       \
         [Line 1\n        LooooooooooongestLine2\n        LongerLine 3          ,\n        None]],\n      dtype=object)"
    );
}

/// From `numpy/_core/tests/test_arrayprint.py`: `test_nested_array_repr`.
#[test]
fn arrays_in_arrays_keep_their_shape() {
    let inner = [
        "array([[1., 0.],\n       [0., 1.]])",
        "array([[1., 0., 0.],\n       [0., 1., 0.],\n       [0., 0., 1.]])",
        "None",
        "array([[1.],\n       [1.],\n       [1.]])",
    ];
    let wanted = "array([[array([[1., 0.],\n               [0., 1.]]), array([[1., 0., 0.],\n                          \
                          \x20       [0., 1., 0.],\n                                  [0., 0., 1.]])],\n       \
                  [None, array([[1.],\n                     [1.],\n                     [1.]])]], dtype=object)";
    assert_eq!(printed(&inner, &[2, 2], &PrintOptions::new()).0, wanted);
}

/// From `numpy/_core/tests/test_arrayprint.py`: `TestArrayRepr.test_containing_list`.
#[test]
fn lists_in_object_arrays_are_marked() {
    let (repr, str) = printed(&["[1, 2]", "[3]"], &[2], &PrintOptions::new());
    assert_eq!(repr, "array([list([1, 2]), list([3])], dtype=object)");
    assert_eq!(str, "[list([1, 2]) list([3])]");
}

#[test]
fn one_object_alone_prints_as_itself() {
    assert_eq!(printed(&["'x'"], &[], &PrintOptions::new()), ("array('x', dtype=object)".into(), "x".into()));
}
