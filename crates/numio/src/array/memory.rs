//! Memory that bytes are read into: an array's buffer, or a vector's.

use std::io;
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use memmap2::MmapMut;

use crate::array::{Data, DynArray, Layout, Order, byte_len, swap};
use crate::io::{Input, huge_pages};
use crate::{DType, Error, ErrorKind, Result};

/// Memory for bytes. Lengths are in bytes; memory made of larger things is rounded up to whole ones.
pub trait Memory {
    /// Keeps the bytes, and adds zeros until there are `len`, if there are fewer.
    ///
    /// # Errors
    /// `OutOfMemory`.
    fn grow(&mut self, len: usize) -> io::Result<()>;

    /// All of it.
    fn bytes_mut(&mut self) -> &mut [u8];

    /// Drops all but the `len` bytes from `start` on, and returns their new offset: memory that can be used from
    /// any offset does not move them.
    fn keep(&mut self, start: usize, len: usize) -> usize;
}

/// A callback applied to each chunk right after it is read, while it is in the cache. Chunks start at an element, or at
/// a multiple of 64 KiB of the memory.
pub(crate) type Then<'a> = &'a (dyn Fn(&mut [u8]) + Sync);

/// Bytes of a stream's claim that are believed before the first byte has come; twice as much each time after that.
const BELIEVED: usize = 32 << 10;

/// Bytes read of a stream before they are worked on, so that they are still in the cache then.
const PIECE: usize = 256 << 10;

/// Reads up to `len` bytes into `memory`, which grows as they come, and returns their number.
///
/// # Errors
/// The reader's errors, and `OutOfMemory`.
pub(crate) fn fill_growing(
    stream: &mut dyn Input,
    len: usize,
    memory: &mut dyn Memory,
    then: Then<'_>,
) -> io::Result<usize> {
    let mut filled = 0;
    while filled < len {
        memory.grow(len.min(BELIEVED.max(filled * 2)))?;
        for piece in memory.bytes_mut().get_mut(filled..).unwrap_or_default().chunks_mut(PIECE) {
            let came = stream.fill(piece)?;
            filled += came;
            if came < piece.len() {
                return Ok(filled);
            }
            then(piece);
        }
    }
    Ok(filled)
}

/// Source of the elements' bytes, for [`Element::read`](crate::array::Element::read).
pub struct Fill<'a> {
    fill: &'a mut FillFn<'a>,
    /// File offset of the next byte, if known.
    pub(crate) offset: Option<u64>,
}

type FillFn<'a> = dyn FnMut(&mut dyn Memory, usize, Then<'_>) -> Result<()> + 'a;

impl<'a> Fill<'a> {
    pub(crate) fn new(fill: &'a mut FillFn<'a>, offset: Option<u64>) -> Self {
        Self { fill, offset }
    }

    /// Brings the next `len` bytes into `memory`, which grows to them if it is smaller.
    pub(crate) fn read(&mut self, memory: &mut dyn Memory, len: usize, then: Then<'_>) -> Result<()> {
        (self.fill)(memory, len, then)?;
        self.offset = self.offset.map(|offset| offset.saturating_add(len as u64));
        Ok(())
    }
}

impl std::fmt::Debug for Fill<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fill")
    }
}

impl Memory for Buffer {
    fn grow(&mut self, len: usize) -> io::Result<()> {
        let kept = self.bytes().len();
        if len <= kept {
            return Ok(());
        }
        let mut grown = Self::zeroed(len)?;
        if let Some(head) = grown.bytes_mut().get_mut(..kept) {
            head.copy_from_slice(self.bytes());
        }
        *self = grown;
        Ok(())
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes_mut()
    }

    fn keep(&mut self, start: usize, _: usize) -> usize {
        start
    }
}

impl<T: Pod> Memory for Vec<T> {
    fn grow(&mut self, len: usize) -> io::Result<()> {
        let count = len.div_ceil(size_of::<T>().max(1));
        if self.is_empty() {
            // Zeros from the system, which gives pages only when they are written.
            *self = bytemuck::try_zeroed_vec(count).map_err(|()| io::ErrorKind::OutOfMemory)?;
            huge_pages(bytemuck::cast_slice_mut(self));
        } else if count > self.len() {
            self.try_reserve_exact(count - self.len())?;
            self.resize(count, T::zeroed());
        }
        Ok(())
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(self)
    }

    fn keep(&mut self, start: usize, len: usize) -> usize {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(self);
        let end = start.saturating_add(len).min(bytes.len());
        if start > 0 {
            bytes.copy_within(start.min(end)..end, 0);
        }
        self.truncate(len.div_ceil(size_of::<T>().max(1)));
        0
    }
}

/// One cache line, the unit of small buffers and the alignment of all.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// From this size on, pages come from the kernel untouched and, if possible, huge: zeroing and small pages would cost
/// more than reading the file does.
const MAPPED_FROM: usize = 1 << 20;

/// The smallest huge page. A large buffer starts at a multiple of it, so that no page at its ends is small that need
/// not be: the kernel aligns only what is a multiple of it in length.
const HUGE: usize = 2 << 20;

/// Owned bytes, all zero at first, aligned to 64.
pub(crate) struct Buffer {
    lines: Lines,
    len: usize,
}

enum Lines {
    Small(Vec<Line>),
    /// The bytes start at the given offset in the map.
    Large(MmapMut, usize),
}

impl Buffer {
    /// `len` zero bytes. The kernel gives the pages of a large buffer only when they are written.
    ///
    /// # Errors
    /// `OutOfMemory` if the address space does not hold `len` bytes.
    pub(crate) fn zeroed(len: usize) -> io::Result<Self> {
        let lines = if len < MAPPED_FROM {
            let lines = bytemuck::try_zeroed_vec(len.div_ceil(size_of::<Line>()));
            Lines::Small(lines.map_err(|()| io::ErrorKind::OutOfMemory)?)
        } else {
            // Untouched pages cost address space, not memory.
            let spare = if len < HUGE { 0 } else { HUGE };
            let map = MmapMut::map_anon(len.checked_add(spare).ok_or(io::ErrorKind::OutOfMemory)?)?;
            let start = map.as_ptr().align_offset(HUGE).min(spare);
            #[cfg(target_os = "linux")]
            // Advice only: a kernel without huge pages still gives the memory. The rest is no whole page, and would
            // take one.
            let _ = map.advise_range(memmap2::Advice::HugePage, start, len / HUGE * HUGE);
            Lines::Large(map, start)
        };
        Ok(Self { lines, len })
    }

    /// As [`zeroed`](Self::zeroed), but aborts the program if memory does not suffice, as a `Vec` does.
    pub(crate) fn zeroed_or_abort(len: usize) -> Self {
        let in_vec =
            |_| Self { lines: Lines::Small(vec![Line::zeroed(); len.div_ceil(size_of::<Line>())]), len };
        Self::zeroed(len).unwrap_or_else(in_vec)
    }

    /// A copy of `bytes`.
    ///
    /// # Errors
    /// As [`zeroed`](Self::zeroed).
    pub(crate) fn copy_of(bytes: &[u8]) -> io::Result<Self> {
        let mut buffer = Self::zeroed(bytes.len())?;
        buffer.bytes_mut().copy_from_slice(bytes);
        Ok(buffer)
    }

    /// Leaves out all bytes from `len` on.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let all = match &self.lines {
            Lines::Small(lines) => bytemuck::cast_slice(lines),
            Lines::Large(map, start) => map.get(*start..).unwrap_or_default(),
        };
        all.get(..self.len).unwrap_or(all)
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        let all = match &mut self.lines {
            Lines::Small(lines) => bytemuck::cast_slice_mut(lines),
            Lines::Large(map, start) => map.get_mut(*start..).unwrap_or_default(),
        };
        let len = self.len.min(all.len());
        all.split_at_mut(len).0
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({} bytes)", self.len)
    }
}

impl DynArray {
    /// True if the elements are in a mapped file rather than in memory.
    pub fn is_mapped(&self) -> bool {
        matches!(self.data, Data::Mapped(_))
    }

    /// The byte of the mapped file at which the map starts: that of the first element, for an array that is no slice.
    pub fn map_offset(&self) -> Option<u64> {
        match &self.data {
            Data::Mapped(map) => Some(map.offset()),
            Data::Owned(_) => None,
        }
    }

    /// Tells the system that elements of a map that are not contiguous are read here and there, so that it reads no more of
    /// the file than the pages they are in. It holds for the whole map from then on; elsewhere nothing happens.
    ///
    /// ```
    /// use numio::{LoadOptions, MmapMode};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("big.npy");
    /// numio::save(&path, &ndarray::Array2::<f64>::ones((1000, 100)))?;
    /// // SAFETY: no one else has this file.
    /// let big = unsafe { LoadOptions::new().mmap(MmapMode::Read).load(&path) }?.into_array()?;
    /// let column = big.slice(&"::10, 3".parse::<numio::Slice>()?)?;
    /// column.expect_scattered_reads();
    /// assert_eq!(column.to_array::<f64, ndarray::Ix1>()?.sum(), 100.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expect_scattered_reads(&self) {
        if let Data::Mapped(map) = &self.data
            && self.as_bytes().is_none()
        {
            map.expect_scattered_reads();
        }
    }

    /// Waits until what was written to a mapped file is on the disk. Other programs see it at once, even without this.
    /// Arrays in memory have nothing to wait for.
    ///
    /// # Errors
    /// Any error of the operating system.
    pub fn flush(&self) -> Result<()> {
        match &self.data {
            Data::Mapped(map) => Ok(map.flush()?),
            Data::Owned(_) => Ok(()),
        }
    }

    /// Flushes, and lets go of the file at once though the array stays: its elements read as zeros from then on, and
    /// changes of them are lost. Use this if the address of an element was handed out.
    ///
    /// # Errors
    /// `InvalidInput` if clones or slices of this array use the map too; any error of the operating system,
    /// `Unsupported` on others than Linux. The file stays mapped then.
    pub fn unmap(&mut self) -> Result<()> {
        let Data::Mapped(map) = &mut self.data else { return Ok(()) };
        let map = Arc::get_mut(map).ok_or_else(|| Error::new(ErrorKind::InvalidInput, SHARED))?;
        Ok(map.blank()?)
    }

    /// Flushes and unmaps now, and reports errors. Dropping the last array over a map unmaps it too.
    ///
    /// # Errors
    /// `InvalidInput` if clones or slices of this array still use the map, which then stays; any error of the flush.
    pub fn close(self) -> Result<()> {
        self.flush()?;
        let Data::Mapped(map) = self.data else { return Ok(()) };
        let alone = Arc::into_inner(map).is_some();
        if alone { Ok(()) } else { Err(Error::new(ErrorKind::InvalidInput, SHARED)) }
    }
}

const SHARED: &str = "the memory map is shared: drop its clones and slices before closing it";

impl DynArray {
    /// The memory order; `Fortran` only if the array is contiguous in that order and not also in C order.
    pub fn order(&self) -> Order {
        let is = |order| self.layout.is_contiguous(self.dtype.itemsize(), order);
        if !is(Order::C) && is(Order::Fortran) { Order::Fortran } else { Order::C }
    }

    /// Size of the elements in bytes.
    pub fn nbytes(&self) -> usize {
        self.size().saturating_mul(self.dtype.itemsize())
    }

    /// All bytes in [`order`](Self::order), if they are contiguous in memory.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        let contiguous = self.layout.is_contiguous(self.dtype.itemsize(), self.order());
        let rest = self.data.bytes().get(self.layout.offset..).filter(|_| contiguous)?;
        rest.get(..self.nbytes())
    }

    /// All bytes in [`order`](Self::order), to be changed. Memory that clones or slices share is copied first, and so
    /// are elements that are not contiguous.
    ///
    /// # Errors
    /// `InvalidInput` if the array is a memory map that is read-only, shared, or not contiguous; `Io` if memory does
    /// not suffice.
    ///
    /// ```
    /// use numio::{DType, DynArray, Order};
    ///
    /// let mut array = DynArray::zeros(DType::UINT8, &[2, 2], Order::C)?;
    /// array.as_bytes_mut()?.copy_from_slice(&[1, 2, 3, 4]);
    /// assert_eq!(array.item(&[1, 0])?.as_i64(), Some(3));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn as_bytes_mut(&mut self) -> Result<&mut [u8]> {
        let (order, len) = (self.order(), self.nbytes());
        let contiguous = self.layout.is_contiguous(self.dtype.itemsize(), order);
        let shared = match &mut self.data {
            Data::Owned(buffer) => Arc::get_mut(buffer).is_none(),
            Data::Mapped(_) => false,
        };
        if shared || (!contiguous && !self.is_mapped()) {
            *self = self.copied_in(order)?;
        } else if !contiguous {
            return Err(Error::new(ErrorKind::InvalidInput, "the mapped elements do not stand side by side"));
        }
        let start = self.layout.offset;
        Ok(self.data.bytes_mut()?.get_mut(start..).and_then(|rest| rest.get_mut(..len)).unwrap_or_default())
    }

    /// A copy of all bytes, the last index varying fastest: NumPy's `tobytes`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if bytes.grow(self.nbytes()).is_err() {
            // Abort on out-of-memory, as vectors do.
            bytes = vec![0; self.nbytes()];
        }
        self.gather(Order::C, &mut bytes);
        bytes
    }

    /// The elements in native byte order: the array itself if they already are, else a copy.
    ///
    /// # Errors
    /// `Io` if memory does not suffice.
    ///
    /// ```
    /// use numio::{DType, DynArray};
    ///
    /// let big = DynArray::from_bytes(DType::parse(">f4")?, &[1], &1.5_f32.to_be_bytes())?;
    /// assert_eq!(big.to_native()?.view::<f32, ndarray::Ix1>()?[0], 1.5);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn to_native(&self) -> Result<Self> {
        if swap::is_native(&self.dtype) {
            return Ok(self.clone());
        }
        let mut copy = self.copied_in(self.order())?;
        swap::to_native(&self.dtype, copy.data.bytes_mut()?);
        copy.dtype = native(&self.dtype)?;
        Ok(copy)
    }

    /// The array itself if its elements are contiguous in `order`, else a copy.
    pub(crate) fn contiguous_in(&self, order: Order) -> Result<Self> {
        match self.layout.is_contiguous(self.dtype.itemsize(), order) {
            true => Ok(self.clone()),
            false => self.copied_in(order),
        }
    }

    /// The same elements, contiguous in memory of their own.
    pub(crate) fn copied_in(&self, order: Order) -> Result<Self> {
        let itemsize = self.dtype.itemsize();
        let mut buffer = Buffer::zeroed(byte_len(self.shape(), itemsize)?)?;
        self.gather(order, buffer.bytes_mut());
        let layout = Layout::contiguous(self.shape(), itemsize, order);
        Ok(Self {
            dtype: self.dtype.clone(),
            layout,
            data: Data::Owned(Arc::new(buffer)),
            objects: self.objects.clone(),
        })
    }
}

/// `dtype` with every byte order that of this machine.
fn native(dtype: &DType) -> Result<DType> {
    Ok(match dtype {
        DType::Scalar(scalar) => DType::Scalar(scalar.with_byte_order(crate::ByteOrder::NATIVE)),
        DType::Subarray(subarray) => DType::Subarray(Arc::new(crate::Subarray::new(
            native(subarray.base())?,
            subarray.shape().to_vec(),
        )?)),
        DType::Record(record) => {
            let fields = record.fields().iter();
            let field =
                |field: &crate::Field| Ok(crate::Field { dtype: native(&field.dtype)?, ..field.clone() });
            let fields = fields.map(field).collect::<Result<_>>()?;
            crate::Record::new(fields, record.itemsize(), record.is_aligned())?.into()
        }
    })
}

#[cfg(test)]
mod memory_tests {
    use super::*;

    fn check(mut memory: impl Memory) {
        for (old, new) in [(0, 64), (64, 192), (192, 5 << 20)] {
            memory.grow(new).unwrap();
            assert_eq!(memory.bytes_mut().len(), new);
            assert!(memory.bytes_mut()[old..].iter().all(|&byte| byte == 0));
            assert!(memory.bytes_mut()[..old].iter().all(|&byte| byte == 7));
            memory.bytes_mut().fill(7);
        }
        memory.bytes_mut()[128..192].fill(9);
        let start = memory.keep(128, 64);
        assert!(memory.bytes_mut()[start..start + 64].iter().all(|&byte| byte == 9));
    }

    #[test]
    fn memory_that_grows_is_zeroed_and_keeps_the_rest() {
        check(Buffer::zeroed(0).unwrap());
        check(Vec::<u8>::new());
        check(Vec::<f64>::new());
        check(Vec::<u128>::new());
        let mut threes = Vec::<[u8; 3]>::new();
        threes.grow(4).unwrap();
        assert_eq!(threes.bytes_mut().len(), 6);
    }
}

#[cfg(test)]
mod buffer_tests {
    use super::*;

    #[test]
    fn buffer_of_every_size_is_zeroed_and_aligned() {
        for len in
            [0, 1, 63, 64, 65, MAPPED_FROM - 1, MAPPED_FROM, MAPPED_FROM + 1, HUGE - 1, HUGE, 2 * HUGE + 1]
        {
            let mut buffer = Buffer::zeroed(len).unwrap();
            assert_eq!(buffer.bytes().len(), len);
            assert!(buffer.bytes().iter().all(|&byte| byte == 0));
            assert!(buffer.bytes().is_empty() || buffer.bytes().as_ptr().addr().is_multiple_of(64));
            assert!(len < HUGE || buffer.bytes().as_ptr().addr().is_multiple_of(HUGE));
            buffer.bytes_mut().fill(7);
            assert_eq!(Buffer::copy_of(buffer.bytes()).unwrap().bytes(), buffer.bytes());
        }
    }
}
