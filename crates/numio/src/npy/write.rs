//! Arrays to bytes (`write_array` in `numpy/lib/_format_impl.py`).

use std::io;
use std::io::{BufWriter, Read, Write};

use crate::array::{Layout, Then, byte_len};
use crate::io::{Input, ReadAt, huge_pages, read_parallel};
use crate::npy::error::Fault;
use crate::npy::{Header, Version};
use crate::objects::{REPR_HOOKS, dump, find_array};
use crate::parallel::{RunOptions, check, checkpoint, run_options};
use crate::pickle::{Graph, GraphLoader, Pickler, Protocol};
use crate::{ArrayLike, DynArray, Error, ErrorKind, Limits, Order, Result};

/// Up to here, header and data go out in one call.
const SMALL: usize = 64 << 10;

/// Bytes per call when writing a large array. Measured on ext4: smaller ones cost more calls, larger ones find the page
/// cache's free lists empty.
const CHUNK: usize = 8 << 20;

/// Bytes gathered at a time from elements that are not contiguous.
pub(super) const GATHERED: usize = 1 << 20;

/// Options for writing: of single arrays, and of the members of an archive
/// ([`NpzWriter::options`](crate::NpzWriter::options)).
///
/// ```
/// use numio::npy::Version;
///
/// let mut bytes = Vec::new();
/// numio::WriteOptions::new().version(Version::V3).to_writer(&mut bytes, &[1_u8, 2])?;
/// assert!(bytes.starts_with(b"\x93NUMPY\x03\x00"));
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WriteOptions {
    pub(crate) version: Option<Version>,
    pub(crate) sync: bool,
    pub(crate) allow_pickle: bool,
    pub(crate) pickler: Pickler,
    pub(crate) run: RunOptions,
}

impl Default for WriteOptions {
    fn default() -> Self {
        let run = RunOptions::default();
        let mut pickler = Pickler::new();
        pickler.checkpoint(checkpoint);
        Self { version: None, sync: false, allow_pickle: true, pickler, run }
    }
}

impl WriteOptions {
    /// As [`save`](crate::save()) does it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes this version of the format. Default: the oldest that holds the array.
    pub fn version(&mut self, version: Version) -> &mut Self {
        self.version = Some(version);
        self
    }

    /// Waits until the file is on the disk before it replaces the old one, and until the replacement is too. Default:
    /// false, as in NumPy: after a power failure it is then for the file system to have kept old or new (ext4, Btrfs
    /// and APFS do).
    pub fn sync(&mut self, sync: bool) -> &mut Self {
        self.sync = sync;
        self
    }

    /// Sets whether Python objects are saved, as a pickle. Default: true, as in NumPy. Otherwise they are refused
    /// before a file is made.
    pub fn allow_pickle(&mut self, allow: bool) -> &mut Self {
        self.allow_pickle = allow;
        self
    }

    /// The protocol of the pickle that Python objects are saved as. Default: [`Protocol::Four`], as in NumPy.
    pub fn protocol(&mut self, protocol: Protocol) -> &mut Self {
        self.pickler.protocol(protocol);
        self
    }

    /// Sets whether protocol 2 names modules and functions as Python 2 does. Default: true, as in NumPy.
    pub fn fix_imports(&mut self, fix: bool) -> &mut Self {
        self.pickler.fix_imports(fix);
        self
    }

    run_options!(run);
}

/// An array on its way into a file.
pub(crate) struct Outgoing<'a> {
    pub(crate) header: Vec<u8>,
    pub(crate) body: OutgoingBody<'a>,
    /// Bytes in the body.
    pub(crate) len: usize,
}

/// The data after the header.
pub(crate) enum OutgoingBody<'a> {
    /// The elements, or a pickle of all of them, as they are in memory.
    Bytes(&'a [u8]),
    /// The elements as the array writes them.
    Gathered(&'a dyn ArrayLike),
    /// A pickle of all of them.
    Pickle(Vec<u8>),
}

impl<'a> OutgoingBody<'a> {
    /// The pickle of an array of objects: its own, or one made now.
    fn pickled(array: &'a dyn ArrayLike, options: &WriteOptions) -> Result<Self> {
        if let Some(pickle) = array.pickle() {
            return Ok(Self::Bytes(pickle));
        }
        let objects = array.as_dynamic().ok_or_else(|| Fault::NotCarried { dtype: array.dtype() })?;
        Ok(Self::Pickle(dump(objects, &options.pickler)?))
    }
}

impl<'a> Outgoing<'a> {
    /// In the oldest version that holds the header, or in the one asked for.
    ///
    /// # Errors
    /// `InvalidInput` if the version does not hold the header, and where objects are of no array that carries them;
    /// `NotAllowed` for objects that are not allowed.
    pub(crate) fn new(array: &'a dyn ArrayLike, options: &WriteOptions) -> Result<Self> {
        let dtype = array.dtype();
        let (itemsize, has_objects) = (dtype.itemsize(), dtype.has_objects());
        if has_objects && !options.allow_pickle {
            let why = "object arrays cannot be saved when allow_pickle=False";
            return Err(Error::new(ErrorKind::NotAllowed, why));
        }
        array.check()?;
        let header =
            Header::new(dtype, array.shape(), array.order())?.with_other_descr(array.descr().as_deref())?;
        let header = match options.version {
            Some(version) => header.with_version(version)?,
            None => header,
        };
        let body = match array.as_bytes() {
            _ if has_objects => OutgoingBody::pickled(array, options)?,
            Some(bytes) => OutgoingBody::Bytes(bytes),
            None => OutgoingBody::Gathered(array),
        };
        let len = match &body {
            OutgoingBody::Bytes(bytes) => <[u8]>::len(bytes),
            OutgoingBody::Pickle(pickle) => pickle.len(),
            OutgoingBody::Gathered(_) => byte_len(header.shape(), itemsize)?,
        };
        Ok(Self { header: header.to_bytes(), body, len })
    }

    /// Writes the header's bytes and the body.
    ///
    /// # Errors
    /// Errors of `out`.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let data = match &self.body {
            OutgoingBody::Bytes(bytes) => bytes,
            OutgoingBody::Pickle(pickle) => pickle.as_slice(),
            OutgoingBody::Gathered(array) => {
                let mut gathered = BufWriter::with_capacity(GATHERED, out);
                gathered.write_all(&self.header)?;
                array.write_to(&mut gathered)?;
                return gathered.flush();
            }
        };
        write_data(out, &self.header, data)
    }
}

fn write_data(out: &mut dyn Write, header: &[u8], data: &[u8]) -> io::Result<()> {
    if data.len() <= SMALL {
        return out.write_all(&[header, data].concat());
    }
    out.write_all(header)?;
    data.chunks(CHUNK).try_for_each(|chunk| {
        check()?;
        out.write_all(chunk)
    })
}

/// Writes the elements in `order`, whatever the array's own.
///
/// # Errors
/// Errors of `out`; `LimitExceeded` or `Io` if the copy that another order takes finds no memory.
pub(super) fn write_in(out: &mut dyn Write, array: &dyn ArrayLike, order: Order) -> Result<()> {
    let long_axes = array.shape().iter().filter(|&&axis| axis > 1).count();
    if array.order() == order || long_axes < 2 {
        return Ok(array.write_to(out)?);
    }
    Ok(DynArray::from_array(array)?.pieces(order, &mut |piece| out.write_all(piece))?)
}

/// Reading this many unwanted bytes costs no more than another system call.
const GAP: usize = 16 << 10;

/// The most that one read brings that is not wanted whole.
const WINDOW: usize = 256 << 10;

/// Blocks of `block` bytes each, in the order of the file.
#[derive(Debug, Clone)]
pub struct Blocks {
    starts: Layout,
    block: usize,
}

/// One axis of a selection.
struct StrideAxis {
    count: usize,
    stride: isize,
    /// The index of the array's axis.
    of: usize,
}

impl Blocks {
    /// The blocks that hold the elements of `selected` in a file, of `itemsize` bytes each; and the layout of these
    /// elements once the blocks are contiguous in memory.
    pub(crate) fn of(selected: &Layout, itemsize: usize) -> (Self, Layout) {
        let mut starts = Layout { shape: Vec::new(), strides: Vec::new(), offset: selected.offset };
        let mut placed = Layout { offset: 0, ..selected.clone() };
        let pairs = selected.shape.iter().zip(&selected.strides).enumerate();
        let mut axes: Vec<StrideAxis> = pairs
            .map(|(of, (&count, &stride))| StrideAxis { count, stride, of })
            .filter(|axis| axis.count != 1)
            .collect();
        if selected.shape.contains(&0) {
            return (Self { starts, block: 0 }, Layout::contiguous(&selected.shape, itemsize, Order::C));
        }
        // The slowest axis of the file first, whatever the order of the array's.
        axes.sort_by_key(|axis| std::cmp::Reverse(axis.stride.unsigned_abs()));
        let mut step = itemsize as isize;
        for axis in axes.iter().rev() {
            let back = (axis.count - 1) as isize;
            let backwards = axis.stride < 0;
            if let Some(stride) = placed.strides.get_mut(axis.of) {
                *stride = if backwards { -step } else { step };
            }
            if backwards {
                // Read forwards, and walked backwards in memory.
                starts.offset = starts.offset.saturating_add_signed(axis.stride * back);
                placed.offset = placed.offset.saturating_add_signed(step * back);
            }
            step *= axis.count as isize;
        }
        let mut block = itemsize;
        while let Some(axis) = axes.pop_if(|axis| axis.stride.unsigned_abs() == block) {
            block *= axis.count;
        }
        for axis in axes {
            starts.shape.push(axis.count);
            starts.strides.push(axis.stride.saturating_abs());
        }
        (Self { starts, block }, placed)
    }

    /// The offset of the block, if there is just one.
    pub(crate) fn single(&self) -> Option<usize> {
        self.starts.shape.is_empty().then_some(self.starts.offset)
    }

    /// Fills `buf`, which has the size of all blocks, with them.
    ///
    /// # Errors
    /// As [`ReadAt::read_exact_at`].
    pub(crate) fn read(&self, source: &dyn ReadAt, buf: &mut [u8], then: Then<'_>) -> io::Result<()> {
        if self.block == 0 {
            return Ok(());
        }
        let mut starts = self.starts.offsets(Order::C).peekable();
        let mut rest = buf;
        let mut window = Vec::new();
        let mut group = Vec::new();
        while let Some(first) = starts.next() {
            group.clear();
            group.push(first);
            let mut end = first + self.block;
            let close = |next: &usize, end: usize| *next <= end + GAP && *next + self.block <= first + WINDOW;
            while let Some(next) = starts.next_if(|next| close(next, end)) {
                end = next + self.block;
                group.push(next);
            }
            let taken = (group.len() * self.block).min(rest.len());
            let (wanted, left) = rest.split_at_mut(taken);
            rest = left;
            if let [_] = group[..] {
                read_parallel(source, first as u64, wanted, then)?;
                continue;
            }
            window.resize(end - first, 0);
            source.read_exact_at(&mut window, first as u64)?;
            for (&start, block) in group.iter().zip(wanted.chunks_exact_mut(self.block)) {
                if let Some(found) = window.get(start - first..start - first + self.block) {
                    block.copy_from_slice(found);
                }
            }
            then(wanted);
        }
        Ok(())
    }
}

/// Loads the pickle from `offset` on in `source` of `size` bytes.
///
/// # Errors
/// As [`GraphLoader::load`]; `LimitExceeded` if what is left of the source takes more memory than allowed.
pub(crate) fn pickle_at(
    source: &dyn ReadAt,
    offset: u64,
    size: u64,
    loader: &GraphLoader,
    limits: &Limits,
) -> Result<Graph> {
    let left = size.saturating_sub(offset);
    let wanted = usize::try_from(left).unwrap_or(usize::MAX);
    if left > limits.max_array_bytes {
        return Err(
            Error::from(Fault::TooLarge { bytes: wanted, limit: limits.max_array_bytes }).with_offset(offset)
        );
    }
    let mut bytes: Vec<u8> =
        bytemuck::try_zeroed_vec(wanted).map_err(|()| io::Error::from(io::ErrorKind::OutOfMemory))?;
    huge_pages(&mut bytes);
    read_parallel(source, offset, &mut bytes, &|_| {})?;
    let graph = loader.load(bytes).map_err(|error| Error::from(error).shifted(offset))?;
    Ok(graph.with_file_offset(offset).with_repr_hooks(REPR_HOOKS))
}

/// Loads the pickle that comes next, of which `first` has been read.
///
/// # Errors
/// As [`GraphLoader::read`]; `LimitExceeded` if it takes more memory than allowed.
pub(crate) fn pickle_next(
    stream: &mut dyn Input,
    first: &[u8],
    loader: &GraphLoader,
    limits: &Limits,
) -> Result<Graph> {
    let offset = stream.offset() - first.len() as u64;
    let mut reader = Bounded { stream, left: limits.max_array_bytes, over: false };
    let loaded = loader.read(first.chain(&mut reader));
    let loaded = if reader.over {
        let bytes = usize::try_from(limits.max_array_bytes).unwrap_or(usize::MAX).saturating_add(1);
        Err(Error::from(Fault::TooLarge { bytes, limit: limits.max_array_bytes }))
    } else {
        loaded.map_err(Error::from)
    };
    let graph = loaded.map_err(|error| error.shifted(offset))?;
    Ok(graph.with_file_offset(offset).with_repr_hooks(REPR_HOOKS))
}

/// As many bytes of a stream as may be kept.
struct Bounded<'a> {
    stream: &'a mut dyn Input,
    left: u64,
    over: bool,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.fill(buf)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => {
                self.over = true;
                return Err(io::ErrorKind::OutOfMemory.into());
            }
        }
        Ok(count)
    }
}

/// Refuses the pickle of an object array, at `offset`, before it is read, where it is not allowed.
///
/// # Errors
/// `NotAllowed`.
pub(crate) fn refuse_objects(allowed: bool, offset: u64) -> Result<()> {
    match allowed {
        true => Ok(()),
        false => {
            let why = "object arrays cannot be loaded when allow_pickle=False";
            Err(Error::new(ErrorKind::NotAllowed, why).with_offset(offset))
        }
    }
}

/// The contents of an object array's pickle.
pub(crate) enum PickledValue {
    /// An array, as a rule.
    Array(DynArray),
    /// Whatever else it may be.
    Other(Graph),
}

/// The contents of the pickle that was loaded from `offset` on; its unchanged graph if that is wanted.
///
/// # Errors
/// `InvalidData` if there is no pickle, or its array contradicts itself.
pub(crate) fn pickled_value(graph: Result<Graph>, offset: u64, as_graph: bool) -> Result<PickledValue> {
    let graph = match graph {
        // The header said that there would be one.
        Err(error) if error.kind() == ErrorKind::EndOfStream => {
            return Err(error.with_kind(ErrorKind::InvalidData).with_offset(offset));
        }
        graph => graph?,
    };
    if as_graph {
        return Ok(PickledValue::Other(graph));
    }
    let array = find_array(graph.root()).map_err(|error| error.shifted(offset))?;
    Ok(array.map_or(PickledValue::Other(graph), PickledValue::Array))
}
