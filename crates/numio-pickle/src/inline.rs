//! Data that a library writes between the instructions of a pickle: joblib puts the elements of an array behind the
//! instruction that gives the array's description its state.

use std::fmt;

use crate::graph::{Global, PartialValue};
use crate::visitor::InlineData;

/// The data of one library, which follows the instruction (BUILD) that gives an instance of `class` its state.
///
/// A plain `pickle.load` executes the data as instructions; the library's own loader skips it, and so does a
/// [`GraphLoader`](crate::GraphLoader) with this format.
///
/// ```
/// use numio_pickle::{Global, GraphLoader, InlineData, InlineFormat, InlineValue, Leaf, PartialValue};
///
/// /// `shop.Image` has its size as its state, and its pixels follow.
/// const IMAGE: InlineFormat = InlineFormat { class: Global { module: "shop", name: "Image" }, data: pixels };
///
/// fn pixels(image: PartialValue<'_>, _rest: &[u8]) -> Option<InlineData> {
///     match image.state()?.leaf()? {
///         Leaf::Int(count) => Some(InlineData::Bytes { padding: 0, len: u64::try_from(count).ok()? }),
///         _ => None,
///     }
/// }
///
/// let bytes = b"\x80\x02cshop\nImage\n)\x81K\x03b\x01\x02\x03.";
/// let graph = GraphLoader::new().inline_format(IMAGE).load(bytes)?;
/// let image = graph.root().as_call().unwrap();
/// assert!(matches!(image.inline_value(), Some(InlineValue::Bytes { bytes: b"\x01\x02\x03", .. })));
/// # Ok::<(), numio_pickle::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct InlineFormat {
    /// The class of the objects that data follows.
    pub class: Global<'static>,
    /// The data that follows an instance, by its state and the bytes behind it; `None` if nothing follows.
    pub data: fn(object: PartialValue<'_>, rest: &[u8]) -> Option<InlineData>,
}

impl InlineFormat {
    pub(crate) fn find(&self, object: PartialValue<'_>, rest: &[u8]) -> Option<InlineData> {
        object.callee().filter(|callee| *callee == self.class)?;
        (self.data)(object, rest)
    }
}

impl fmt::Debug for InlineFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InlineFormat").field("class", &self.class).finish_non_exhaustive()
    }
}
