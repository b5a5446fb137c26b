//! The memory of the result: elements as they arrive, and the array that they become.

use std::sync::{Arc, Mutex, PoisonError};

use crate::array::{Buffer, Data, Layout};
use crate::io::{Page, Pages, give_back};
use crate::text::error::TextError;
use crate::text::read::convert::StringColumn;
use crate::{DType, DynArray, Order, Result};

/// The elements of a chunk.
#[derive(Debug)]
pub(crate) enum Elements {
    /// Bytes of the dtype.
    Fixed(Vec<u8>),
    /// Strings whose common length is not known yet.
    StringColumn(StringColumn),
}

impl Elements {
    /// The approximate number of bytes in memory.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Fixed(bytes) => bytes.len(),
            Self::StringColumn(texts) => texts.size(),
        }
    }
}

/// The elements of a text, in order.
#[derive(Default)]
pub(crate) struct ElementStore {
    /// Those that went straight into the memory of the result.
    placed: Option<Buffer>,
    /// Those after them.
    chunks: Vec<Elements>,
    /// Bytes that the rows took in memory, about.
    bytes: u64,
}

impl ElementStore {
    /// Counts `bytes` more of memory.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub(crate) fn charge(&mut self, bytes: usize, limit: u64) -> Result<(), TextError> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes > limit { Err(TextError::TooLarge { bytes: self.bytes, limit }) } else { Ok(()) }
    }

    /// The bytes that were counted.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds the elements of a chunk. Those that go into `output` are still to be copied there.
    pub(crate) fn add<'b>(
        &mut self,
        mut elements: Elements,
        output: Option<&mut OutputBuffer<'b>>,
    ) -> Option<PendingCopy<'b>> {
        if let (Elements::Fixed(bytes), Some(output)) = (&mut elements, output) {
            match output.give(std::mem::take(bytes)) {
                Ok(copy) => return Some(copy),
                Err(rest) => *bytes = rest,
            }
        }
        if let Elements::Fixed(bytes) = &mut elements
            && bytes.capacity() - bytes.len() > bytes.len() / 8
        {
            bytes.shrink_to_fit();
        }
        if elements.size() > 0 {
            self.chunks.push(elements);
        }
        None
    }

    /// Takes the memory that an [`OutputBuffer`] handed out, which comes before all chunks.
    pub(crate) fn place(&mut self, buffer: Buffer) {
        self.placed = Some(buffer);
    }

    pub(crate) fn chunks(&self) -> &[Elements] {
        &self.chunks
    }

    /// The bytes of elements, in parts that end where rows end.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let chunks = self.chunks.iter().map(|elements| match elements {
            Elements::Fixed(bytes) => &bytes[..],
            Elements::StringColumn(_) => &[],
        });
        self.placed.iter().map(Buffer::bytes).chain(chunks)
    }

    /// As [`parts`](Self::parts), to be changed.
    pub(crate) fn parts_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        let chunks = self.chunks.iter_mut().map(|elements| match elements {
            Elements::Fixed(bytes) => &mut bytes[..],
            Elements::StringColumn(_) => &mut [],
        });
        self.placed.iter_mut().map(Buffer::bytes_mut).chain(chunks)
    }

    /// Keeps only the first `len` bytes of elements.
    pub(crate) fn truncate(&mut self, len: usize) {
        let mut left = len;
        if let Some(placed) = &mut self.placed {
            placed.truncate(left);
            left -= placed.bytes().len();
        }
        for elements in &mut self.chunks {
            if let Elements::Fixed(bytes) = elements {
                bytes.truncate(left);
                left -= bytes.len();
            }
        }
    }

    /// The `len` bytes of all elements, which are of `dtype`. Each chunk is freed once it is copied, and the kernel maps
    /// the new memory only as it is written, so that no more than one chunk is in memory twice.
    pub(crate) fn into_buffer(self, dtype: &DType, len: usize) -> Result<Buffer> {
        let mut placed = match self.placed {
            Some(placed) if self.chunks.is_empty() && placed.bytes().len() == len => return Ok(placed),
            placed => placed,
        };
        let mut buffer = Buffer::zeroed(len)?;
        let mut rest: &mut [u8] = buffer.bytes_mut();
        for part in placed.iter_mut().flat_map(|placed| placed.bytes_mut().chunks_mut(STEP)) {
            let Some((out, after)) = std::mem::take(&mut rest).split_at_mut_checked(part.len()) else {
                break;
            };
            out.copy_from_slice(part);
            give_back(part);
            rest = after;
        }
        drop(placed);
        for elements in self.chunks {
            let len = match &elements {
                Elements::Fixed(bytes) => bytes.len(),
                Elements::StringColumn(texts) => texts.len().saturating_mul(dtype.itemsize()),
            };
            let Some((out, after)) = std::mem::take(&mut rest).split_at_mut_checked(len) else { break };
            match (&elements, dtype.as_scalar()) {
                (Elements::Fixed(bytes), _) => out.copy_from_slice(bytes),
                (Elements::StringColumn(texts), Some(scalar)) => StringColumn::write(texts, scalar, out),
                (Elements::StringColumn(_), None) => {}
            }
            rest = after;
        }
        Ok(buffer)
    }
}

/// The number of bytes copied before their source memory is released.
const STEP: usize = 4 << 20;

/// The array of the elements in `buffer`, with at least `ndmin` axes and no more of length 1; with `unpack`, columns
/// first, but for records.
pub(crate) fn table_array(
    dtype: DType,
    mut shape: Vec<usize>,
    buffer: Buffer,
    ndmin: usize,
    unpack: bool,
) -> DynArray {
    fit(&mut shape, ndmin);
    let mut layout = Layout::contiguous(&shape, dtype.itemsize(), Order::C);
    if unpack && dtype.as_record().is_none() {
        layout.shape.reverse();
        layout.strides.reverse();
    }
    DynArray::from_parts(dtype, layout, Data::Owned(Arc::new(buffer)))
}

/// `_ensure_ndmin_ndarray` in NumPy's `_npyio_impl.py`.
fn fit(shape: &mut Vec<usize>, ndmin: usize) {
    if shape.len() > ndmin {
        shape.retain(|&axis| axis != 1);
    }
    while shape.len() < ndmin {
        shape.push(1);
    }
}

/// The memory of the result, handed out in order to the chunks as they arrive.
pub(crate) struct OutputBuffer<'b> {
    rest: &'b mut [u8],
    pages: Pages<'b>,
    used: usize,
    is_full: bool,
}

/// Rows, and the part of the result that they are copied to.
pub(crate) struct PendingCopy<'b> {
    rows: Vec<u8>,
    place: &'b mut [u8],
    /// The page after it, which the copying thread touches early.
    ahead: Option<Page<'b>>,
}

impl<'b> OutputBuffer<'b> {
    pub(crate) fn new(memory: &'b mut [u8]) -> Self {
        let (pages, rest) = Pages::of(memory);
        Self { rest, pages, used: 0, is_full: false }
    }

    /// Assigns the next rows their part of the result. They come back where the buffer is full, as do all that follow.
    fn give(&mut self, rows: Vec<u8>) -> Result<PendingCopy<'b>, Vec<u8>> {
        match std::mem::take(&mut self.rest).split_at_mut_checked(rows.len()) {
            Some((place, rest)) if !self.is_full => {
                self.rest = rest;
                self.used += rows.len();
                Ok(PendingCopy { rows, place, ahead: self.pages.ahead(self.used) })
            }
            _ => {
                self.is_full = true;
                Err(rows)
            }
        }
    }

    /// The number of bytes handed out.
    pub(crate) fn used(&self) -> usize {
        self.used
    }
}

/// Buffers for converted rows, reused: they are in a core's cache, and their pages are mapped.
#[derive(Default)]
pub(crate) struct Spares(Mutex<Vec<Vec<u8>>>);

impl Spares {
    pub(crate) fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Copies rows to the result, and keeps their buffer for reuse.
    pub(crate) fn put(&self, copy: PendingCopy<'_>) {
        copy.place.copy_from_slice(&copy.rows);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(copy.rows);
        if let Some(page) = copy.ahead {
            page.make();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_one_go_unless_asked_for() {
        for (shape, ndmin, wanted) in [
            (&[3, 2][..], 0, &[3, 2][..]),
            (&[1, 1], 0, &[]),
            (&[1, 1], 1, &[1]),
            (&[3, 1], 1, &[3]),
            (&[3, 1], 2, &[3, 1]),
            (&[1, 3], 1, &[3]),
            (&[0, 1], 0, &[0]),
            (&[3], 2, &[3, 1]),
        ] {
            let mut found = shape.to_vec();
            fit(&mut found, ndmin);
            assert_eq!(found, wanted, "{shape:?} {ndmin}");
        }
    }

    #[test]
    fn elements_behind_a_full_output_buffer_keep_their_order() {
        let mut buffer = Buffer::zeroed(4).unwrap();
        let (mut output, spares) = (OutputBuffer::new(buffer.bytes_mut()), Spares::default());
        let mut store = ElementStore::default();
        // The last would fit again, and must not come before the second.
        for rows in [vec![1, 2, 3], vec![4, 5], vec![6]] {
            let copy = store.add(Elements::Fixed(rows), Some(&mut output));
            copy.into_iter().for_each(|copy| spares.put(copy));
        }
        let used = output.used();
        buffer.truncate(used);
        store.place(buffer);
        store.truncate(5);
        assert_eq!(store.parts().flatten().copied().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        let dtype = DType::parse("u1").unwrap();
        assert_eq!(store.into_buffer(&dtype, 5).unwrap().bytes(), [1, 2, 3, 4, 5]);
    }
}
