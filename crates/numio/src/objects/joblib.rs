//! The arrays of joblib: a pickle describes each, and its elements follow between two instructions (`NumpyArrayWrapper` in
//! joblib's `numpy_pickle.py`).

use crate::pickle::{Global, InlineData, InlineFormat, Leaf, PartialValue};

/// The elements that joblib writes behind its descriptions of arrays, for a
/// [`GraphLoader`](crate::pickle::GraphLoader): [`load`](crate::load) and the other functions of this crate read them by
/// themselves.
///
/// ```
/// use numio::ObjectExt;
/// use numio::pickle::GraphLoader;
///
/// // joblib.dump(numpy.array([1, 2], 'u1'), path, protocol=2)
/// let bytes = b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\x05\0\0\0shapeK\x02\x85X\x05\0\0\0orderX\x01\0\0\0C\
///     X\x05\0\0\0dtypecnumpy\ndtype\nX\x02\0\0\0u1\x89\x88\x87R(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\
///     X\x1b\0\0\0numpy_array_alignment_bytesNub\x01\x02.";
/// let graph = GraphLoader::new().inline_format(numio::JOBLIB).load(bytes)?;
/// assert_eq!(graph.root().as_array()?.as_bytes(), Some(&[1, 2][..]));
/// # Ok::<(), numio::Error>(())
/// ```
pub const JOBLIB: InlineFormat = InlineFormat {
    class: Global { module: "joblib.numpy_pickle", name: "NumpyArrayWrapper" },
    data: inline_data,
};

/// True for the class of joblib's descriptions of arrays.
pub(super) fn is_wrapper(global: Global<'_>) -> bool {
    global == JOBLIB.class
}

/// The elements that follow a description. A byte counts the padding before them.
fn inline_data(object: PartialValue<'_>, rest: &[u8]) -> Option<InlineData> {
    let state = object.state()?;
    let dtype = attribute(state, "dtype")?;
    let (bytes_each, has_objects) = itemsize(dtype)?;
    if has_objects {
        return Some(InlineData::Pickle);
    }
    let shape = attribute(state, "shape")?;
    let mut len = bytes_each;
    for axis in shape.children() {
        len = len.checked_mul(u64::try_from(int(axis)?).ok()?)?;
    }
    let alignment = attribute(state, "numpy_array_alignment_bytes").and_then(PartialValue::leaf);
    let is_padded = alignment.is_some_and(|leaf| leaf != Leaf::None);
    let padding = if is_padded { 1 + usize::from(rest.first().copied().unwrap_or_default()) } else { 0 };
    Some(InlineData::Bytes { padding, len })
}

/// An attribute of an object, by its state. Of equal keys the last counts, as in Python.
fn attribute<'a>(state: PartialValue<'a>, wanted: &str) -> Option<PartialValue<'a>> {
    let mut parts = state.children();
    let mut found = None;
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        if matches!(key.leaf(), Some(Leaf::Str(text) | Leaf::Python2Str(text)) if *text == *wanted.as_bytes())
        {
            found = Some(value);
        }
    }
    found
}

/// The size of an element of a dtype, and whether it contains objects.
fn itemsize(dtype: PartialValue<'_>) -> Option<(u64, bool)> {
    let of_state = |index| dtype.state().and_then(|state| int(state.children().nth(index)?));
    let Some(Leaf::Str(spec)) = dtype.args()?.children().next()?.leaf() else {
        // A class, as that of records: the state has the size.
        return Some((u64::try_from(of_state(5)?).ok()?, of_state(7)? & 1 == 1));
    };
    let (size, is_object) = of_spec(std::str::from_utf8(&spec).ok()?)?;
    // NPY_ITEM_HASOBJECT, the lowest of the flags.
    let flags = of_state(7).unwrap_or(0);
    Some((size, is_object || flags & 1 == 1))
}

/// The same by the text of a dtype, such as `<f8`: fields with objects are told by its state.
pub(super) fn of_spec(spec: &str) -> Option<(u64, bool)> {
    let spec = spec.trim_start_matches(['<', '>', '=', '|']);
    let kind = spec.chars().next()?;
    let size: u64 = spec.get(kind.len_utf8()..)?.parse().ok()?;
    let size = if kind == 'U' { size.checked_mul(4)? } else { size };
    Some((size, kind == 'O'))
}

fn int(value: PartialValue<'_>) -> Option<i64> {
    match value.leaf()? {
        Leaf::Int(value) => Some(value),
        // Axes of 2^31 and more.
        Leaf::Long(bytes) if bytes.len() <= 8 => {
            let sign = if bytes.last().is_some_and(|last| *last >= 0x80) { 0xff } else { 0 };
            let mut whole = [sign; 8];
            whole.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            Some(i64::from_le_bytes(whole))
        }
        // NumPy's integers, which joblib makes of shapes, are calls.
        _ => None,
    }
}
