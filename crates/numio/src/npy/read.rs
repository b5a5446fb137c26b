//! Whole arrays, once their header is known.

use std::io;
use std::io::Read;
use std::path::Path;

use ndarray::{ArrayBase, DataOwned, Dimension, IxDyn, ShapeBuilder};

use crate::array::array_like::inner_shape;
use crate::array::{Buffer, Data, Fill, Layout, Memory, Then, fill_growing};
use crate::io::{Input, OpenedFile, ReadAt, Stream, open, read_parallel};
use crate::npy::error::Fault;
use crate::npy::header::{HEAD, header_at, header_next, read_head};
use crate::npy::write::Blocks;
use crate::npy::{Contents, Header};
use crate::{DType, DynArray, Element, Error, ErrorKind, Limits, Order, Result, Subarray};

/// The array of `header` whose data start at `offset` of `source`, the first bytes of which are `head`.
///
/// # Errors
/// `InvalidData` if the source ends before the array does; else as [`NpyFile::read`](crate::npy::NpyFile::read).
pub(crate) fn array_at<A: FromNpy>(
    source: &dyn ReadAt,
    head: &[u8],
    header: Header,
    offset: usize,
    limits: &Limits,
) -> Result<A> {
    let contents = Contents::from(header);
    let len = contents.len_within(limits)?;
    let in_head = offset.checked_add(len).is_some_and(|end| end <= head.len());
    let source: &dyn ReadAt = if in_head { &head } else { source };
    contents.check_whole(source, offset as u64, len)?;
    A::from_body(contents, Body::At { source, offset: offset as u64 }, len)
}

/// Checks that the array of `header`, whose data start at `offset`, ends within `size` bytes, and says how many its data
/// are.
///
/// # Errors
/// `InvalidData` if it does not; `LimitExceeded` if it passes the address space.
pub(crate) fn check_whole(header: &Header, offset: usize, size: u64) -> Result<usize> {
    let contents = Contents::from(header.clone());
    let len = contents.len()?;
    contents.check_found(size.saturating_sub(offset as u64), offset as u64, len)?;
    Ok(len)
}

/// The array of `header` whose data start at `offset` of the `size` bytes that `decompress` gives.
///
/// # Errors
/// As [`array_at`]; else what `decompress` says.
pub(crate) fn array_compressed<A: FromNpy>(
    decompress: Decompress<'_>,
    size: u64,
    header: Header,
    offset: usize,
    limits: &Limits,
) -> Result<A> {
    let contents = Contents::from(header);
    let len = contents.len_within(limits)?;
    contents.check_found(size.saturating_sub(offset as u64), offset as u64, len)?;
    A::from_body(contents, Body::Compressed { decompress, offset }, len)
}

/// The array of `header` whose data come next.
///
/// # Errors
/// As [`NpyStream::read`](crate::npy::NpyStream::read).
pub(crate) fn array_next<A: FromNpy>(stream: &mut dyn Input, header: Header, limits: &Limits) -> Result<A> {
    let contents = Contents::from(header);
    let len = contents.len_within(limits)?;
    A::from_body(contents, Body::Stream(stream), len)
}

/// The array in the file at `path`, which may be a pipe.
///
/// # Errors
/// As [`NpyFile::open`](crate::npy::NpyFile::open) and [`NpyFile::read`](crate::npy::NpyFile::read).
pub(crate) fn read_path<A: FromNpy>(path: &Path, limits: &Limits) -> Result<A> {
    let read = || {
        let OpenedFile { file, metadata, pipe } = open(path)?;
        if let Some(pipe) = pipe {
            let mut stream = Stream::new(pipe);
            let header = header_next(&mut stream, b"", limits.max_header_chars)?;
            return array_next(&mut stream, header, limits);
        }
        let mut head = [0; HEAD];
        let head = read_head(&file, metadata.len(), &mut head)?;
        let (header, offset) = header_at(&file, metadata.len(), head, limits.max_header_chars)?;
        array_at(&file, head, header, offset, limits)
    };
    read().map_err(|error: Error| error.with_path(path))
}

/// Reads the arrays that NumPy saved one after another into one stream: a file, a pipe, a socket, a decompressor. It
/// never seeks and never reads past the array it is asked for; wrap a source of small reads in a
/// [`BufReader`](std::io::BufReader).
///
/// Memory grows as bytes come: a header that claims more than the stream holds costs nothing.
///
/// ```
/// use numio::npy::NpyStream;
///
/// let mut stream = Vec::new();
/// numio::to_writer(&mut stream, &[1.5, 2.5])?;
/// numio::to_writer(&mut stream, &[7_u8])?;
///
/// let mut reader = NpyStream::new(&stream[..]);
/// assert_eq!(reader.read::<Vec<f64>>()?, [1.5, 2.5]);
/// assert_eq!(reader.read::<Vec<u8>>()?, [7]);
/// assert_eq!(reader.read::<Vec<u8>>().unwrap_err().kind(), numio::ErrorKind::EndOfStream);
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug)]
pub struct NpyStream<R> {
    stream: Stream<R>,
    limits: Limits,
}

impl<R: Read> NpyStream<R> {
    /// Reads from the current position of `inner`.
    pub fn new(inner: R) -> Self {
        Self::with_limits(inner, Limits::default())
    }

    /// Reads under limits of the caller's choosing.
    pub fn with_limits(inner: R, limits: Limits) -> Self {
        Self { stream: Stream::new(inner), limits }
    }

    /// Reads the next array.
    ///
    /// # Errors
    /// `EndOfStream` if the stream ends before it; `InvalidData` if it ends within it, or no array follows; else as
    /// [`NpyFile::read`](crate::npy::NpyFile::read). Offsets count from where the reader started.
    pub fn read<A: FromNpy>(&mut self) -> Result<A> {
        let header = header_next(&mut self.stream, b"", self.limits.max_header_chars)?;
        array_next(&mut self.stream, header, &self.limits)
    }

    /// The number of bytes read so far.
    pub fn offset(&self) -> u64 {
        self.stream.offset()
    }

    /// The rest of the stream, right after the last array read.
    pub fn into_inner(self) -> R {
        self.stream.into_inner()
    }
}

/// The arrays until the stream ends. After an error, the next item is most likely another.
impl<R: Read> Iterator for NpyStream<R> {
    type Item = Result<DynArray>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.read() {
            Err(error) if error.kind() == ErrorKind::EndOfStream => None,
            result => Some(result),
        }
    }
}

/// The source of the bytes of one array.
pub enum Body<'a> {
    /// From `offset` on, where all of them are known to be.
    At { source: &'a dyn ReadAt, offset: u64 },
    /// Here and there.
    Blocks { source: &'a dyn ReadAt, blocks: Blocks },
    /// Next.
    Stream(&'a mut dyn Input),
    /// From `offset` on, in what can only be had whole.
    Compressed { decompress: Decompress<'a>, offset: usize },
}

/// Fills empty memory with all of a file but, if need be, its first bytes, of which it is given the number, and says where
/// in the memory the byte after those is.
pub(crate) type Decompress<'a> = &'a dyn Fn(&mut dyn Memory, usize) -> Result<usize>;

impl Body<'_> {
    /// Reads the `len` bytes of `contents` into `memory`, which is empty, hands each chunk to `then` while it is in the
    /// cache, and returns the first byte's index in the memory.
    ///
    /// # Errors
    /// `InvalidData` if there are fewer, `Io` if reading fails or memory does not suffice.
    pub(crate) fn read(
        &mut self,
        contents: &Contents,
        len: usize,
        memory: &mut dyn Memory,
        then: Then<'_>,
    ) -> Result<usize> {
        match self {
            Self::At { source, offset } => {
                memory.grow(len)?;
                match read_parallel(*source, *offset, memory.bytes_mut(), then) {
                    // Someone has cut the file since its length was checked.
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                        contents.check_whole(*source, *offset, len)?;
                        Err(error.into())
                    }
                    result => Ok(result.map(|()| 0)?),
                }
            }
            Self::Blocks { source, blocks } => {
                memory.grow(len)?;
                Ok(blocks.read(*source, memory.bytes_mut(), then).map(|()| 0)?)
            }
            Self::Stream(stream) => {
                let start = stream.offset();
                let filled = fill_growing(*stream, len, memory, then)?;
                if filled < len { Err(contents.short(filled, start)) } else { Ok(0) }
            }
            Self::Compressed { decompress, offset } => {
                let start = decompress(memory, *offset)?;
                let start = memory.keep(start, len);
                then(memory.bytes_mut().get_mut(start..start + len).unwrap_or_default());
                Ok(start)
            }
        }
    }

    /// The offset of the next byte, if the bytes are contiguous.
    pub(crate) fn offset(&self) -> Option<u64> {
        match self {
            Self::At { offset, .. } => Some(*offset),
            Self::Blocks { .. } | Self::Compressed { .. } => None,
            Self::Stream(stream) => Some(stream.offset()),
        }
    }

    /// Skips the `len` bytes that were read from here, as a stream does by itself. Blocks and compressed data are read
    /// whole.
    pub(crate) fn advance(&mut self, len: usize) {
        if let Self::At { offset, .. } = self {
            *offset += len as u64;
        }
    }
}

/// A type that an array of a file can be read into: `ndarray`'s `Array`, `ArcArray` and `CowArray` of any rank, `Vec` and
/// `[T; N]` for one axis, `Vec<Vec<T>>` and `Vec<[T; N]>` for two, `(Vec<T>, Vec<usize>)` for elements and their shape, and
/// [`DynArray`] for any array. The elements are any [`Element`] of the file's dtype, in either byte order. A single value is
/// an `Array0`.
///
/// Fortran order is kept: the `Array`'s first axis is then the one of the smallest stride.
#[diagnostic::on_unimplemented(
    message = "an array of a file cannot be read into a `{Self}`",
    note = "it can be read into `ndarray::Array`, `Vec`, `[T; N]`, `Vec<Vec<T>>` and `(Vec<T>, Vec<usize>)` of elements, and into `numio::DynArray`",
    note = "a single value is an array of no axes: `ndarray::Array0`"
)]
pub trait FromNpy: Sized {
    /// Reads the `len` bytes of `body`.
    ///
    /// # Errors
    /// `InvalidInput` where `Self` is of another dtype or rank; else as `Body::read`.
    #[doc(hidden)]
    fn from_body(contents: Contents, body: Body<'_>, len: usize) -> Result<Self>;
}

impl FromNpy for DynArray {
    fn from_body(contents: Contents, mut body: Body<'_>, len: usize) -> Result<Self> {
        refuse_objects(&contents)?;
        let mut buffer = Buffer::zeroed(0)?;
        let offset = body.read(&contents, len, &mut buffer, &|_| {})?;
        let layout = Layout::contiguous(&contents.shape, contents.dtype.itemsize(), contents.order);
        let layout = Layout { offset, ..layout };
        Ok(Self::from_parts(contents.dtype, layout, Data::Owned(buffer.into())))
    }
}

impl<T: Element> FromNpy for Vec<T> {
    fn from_body(contents: Contents, body: Body<'_>, len: usize) -> Result<Self> {
        c_items(contents, Some(1), body, len).map(|(_, items)| items)
    }
}

impl<T: Element, const N: usize> FromNpy for [T; N] {
    fn from_body(contents: Contents, body: Body<'_>, len: usize) -> Result<Self> {
        let other = |shape: Vec<usize>| Error::from(Fault::OtherLength { shape, wanted: N });
        if contents.shape.first() != Some(&N) {
            return Err(other(contents.shape));
        }
        let (shape, items) = c_items(contents, Some(1), body, len)?;
        Self::try_from(items).map_err(|_| other(shape))
    }
}

/// Rows as vectors of their own.
impl<T: Element> FromNpy for Vec<Vec<T>> {
    fn from_body(contents: Contents, body: Body<'_>, len: usize) -> Result<Self> {
        let dtype = contents.dtype.clone();
        let (shape, items) = c_items(contents, Some(2), body, len)?;
        let [count, row] = shape[..] else { return Err(Fault::Rank { shape, wanted: 2 }.into()) };
        if row == 0 && count.saturating_mul(size_of::<Vec<T>>()) > FREE {
            return Err(Error::from(Fault::NoBytes { dtype }));
        }
        let mut rows = Self::new();
        crate::error::reserve(&mut rows, count)?;
        let mut items = items.into_iter();
        rows.extend((0..count).map(|_| items.by_ref().take(row).collect::<Vec<T>>()));
        Ok(rows)
    }
}

/// The elements, the last index varying fastest, and their shape.
impl<T: Element> FromNpy for (Vec<T>, Vec<usize>) {
    fn from_body(contents: Contents, body: Body<'_>, len: usize) -> Result<Self> {
        c_items(contents, None, body, len).map(|(shape, items)| (items, shape))
    }
}

impl<S: DataOwned<Elem: Element>, D: Dimension> FromNpy for ArrayBase<S, D> {
    fn from_body(contents: Contents, body: Body<'_>, len: usize) -> Result<Self> {
        let (shape, order, items) = match inner_shape::<S::Elem>().is_empty() {
            true => {
                check_rank(&contents, D::NDIM)?;
                (contents.shape.clone(), contents.order, items(&contents, body, len)?)
            }
            false => {
                let (shape, items) = c_items(contents, D::NDIM, body, len)?;
                (shape, Order::C, items)
            }
        };
        let shape = IxDyn(&shape).set_f(order == Order::Fortran);
        let array =
            ArrayBase::<S, IxDyn>::from_shape_vec(shape, items).and_then(ArrayBase::into_dimensionality);
        array.map_err(|error| Fault::NdArray(error).into())
    }
}

/// The array's elements, the last index varying fastest, and its shape, which has `rank` axes if that is given. If a `T`
/// is a small array itself, the last axes are its own.
fn c_items<T: Element>(
    contents: Contents,
    rank: Option<usize>,
    body: Body<'_>,
    len: usize,
) -> Result<(Vec<usize>, Vec<T>)> {
    let (is_fortran, whole) = (contents.order == Order::Fortran, contents.clone());
    let contents = with_inner_axes::<T>(contents)?;
    check_rank(&contents, rank)?;
    let is_turned = is_fortran && whole.shape.iter().filter(|&&axis| axis != 1).count() > 1;
    let items = match is_turned {
        true => {
            let turned = DynArray::from_body(whole, body, len)?.to_bytes();
            items(&contents, Body::At { source: &turned.as_slice(), offset: 0 }, len)?
        }
        false => items(&contents, body, len)?,
    };
    Ok((contents.shape, items))
}

/// The same elements as small arrays, if `T` is one: its axes are the last of the array's.
fn with_inner_axes<T: Element>(mut contents: Contents) -> Result<Contents> {
    let inner = inner_shape::<T>();
    if inner.is_empty() {
        return Ok(contents);
    }
    let outer = contents.shape.len().checked_sub(inner.len());
    match outer.filter(|&outer| contents.shape.get(outer..) == Some(&inner)) {
        Some(outer) => {
            contents.shape.truncate(outer);
            contents.dtype = DType::Subarray(Subarray::new(contents.dtype, inner)?.into());
            Ok(contents)
        }
        None => Err(Fault::OtherAxes { shape: contents.shape, wanted: inner }.into()),
    }
}

fn refuse_objects(contents: &Contents) -> Result<()> {
    match contents.dtype.has_objects() {
        true => Err(Error::from(Fault::Objects { dtype: contents.dtype.clone(), doing: "read by type" })),
        false => Ok(()),
    }
}

fn check_rank(contents: &Contents, wanted: Option<usize>) -> Result<()> {
    match wanted {
        Some(wanted) if wanted != contents.shape.len() => {
            Err(Error::from(Fault::Rank { shape: contents.shape.clone(), wanted }))
        }
        _ => Ok(()),
    }
}

/// Memory that elements without bytes may take, as no byte of the file pays for them.
const FREE: usize = 64 << 10;

/// The elements in the order of the file.
fn items<T: Element>(contents: &Contents, mut body: Body<'_>, len: usize) -> Result<Vec<T>> {
    refuse_objects(contents)?;
    let count: usize = contents.shape.iter().product();
    if len == 0 && count.saturating_mul(size_of::<T>()) > FREE {
        return Err(Error::from(Fault::NoBytes { dtype: contents.dtype.clone() }));
    }
    let start = body.offset();
    // Some bodies come all at once; who wants them in parts is given them from memory.
    let mut held: Option<(Vec<u8>, u64)> = None;
    let mut fill = |memory: &mut dyn Memory, part: usize, then: Then<'_>| {
        let is_whole = matches!(body, Body::Blocks { .. } | Body::Compressed { .. });
        if part < len && is_whole && held.is_none() {
            let mut all = Vec::new();
            body.read(contents, len, &mut all, &|_| {})?;
            held = Some((all, 0));
        }
        if let Some((all, offset)) = &mut held {
            Body::At { source: &all.as_slice(), offset: *offset }.read(contents, part, memory, then)?;
            *offset += part as u64;
            return Ok(());
        }
        body.read(contents, part, memory, then)?;
        body.advance(part);
        Ok(())
    };
    T::read(&contents.dtype, count, Fill::new(&mut fill, start))
}
