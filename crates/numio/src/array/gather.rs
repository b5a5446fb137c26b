//! Elements in the order asked for, whatever their strides: the way out of an array.

use super::DynArray;
use super::layout::{Layout, Order};

/// How many bytes are gathered before they are handed on.
const CHUNK: usize = 64 << 10;

impl DynArray {
    /// Hands all elements' bytes to `take`, in `order`, in one piece where they stand so in memory and in pieces of
    /// whole elements where they do not. Elements of no bytes give no pieces.
    pub(crate) fn pieces<E>(
        &self,
        order: Order,
        take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let itemsize = self.dtype.itemsize();
        if self.size() == 0 || itemsize == 0 {
            return Ok(());
        }
        let bytes = self.data.bytes();
        if self.layout.is_contiguous(itemsize, order) {
            let len = self.size() * itemsize;
            return take(
                bytes.get(self.layout.offset..).and_then(|rest| rest.get(..len)).unwrap_or_default(),
            );
        }
        let (outer, run) = runs(&self.layout, itemsize, order);
        if run >= CHUNK {
            return outer.offsets(Order::C).try_for_each(|start| {
                take(bytes.get(start..).and_then(|rest| rest.get(..run)).unwrap_or_default())
            });
        }
        let mut chunk = Vec::with_capacity(CHUNK);
        for start in outer.offsets(Order::C) {
            if chunk.len() + run > CHUNK {
                take(&chunk)?;
                chunk.clear();
            }
            chunk.extend_from_slice(bytes.get(start..).and_then(|rest| rest.get(..run)).unwrap_or_default());
        }
        take(&chunk)
    }
}

/// The longest stretches that stand side by side in `order`: where each starts, in an array to be walked in C order,
/// and how many bytes each is.
fn runs(layout: &Layout, itemsize: usize, order: Order) -> (Layout, usize) {
    let mut outer = layout.clone();
    if order == Order::Fortran {
        outer.shape.reverse();
        outer.strides.reverse();
    }
    let mut run = itemsize;
    while let (Some(&axis), Some(&stride)) = (outer.shape.last(), outer.strides.last()) {
        if axis != 1 && stride != run as isize {
            break;
        }
        run *= axis;
        outer.shape.pop();
        outer.strides.pop();
    }
    (outer, run)
}
