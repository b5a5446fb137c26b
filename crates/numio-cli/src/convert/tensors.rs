//! Arrays under names: all that an archive, a file of safetensors or one of torch holds, read when they are written.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

#[cfg(feature = "tables")]
use numio::SliceItem;
use numio::npz::{Compression, NpzWriter};
use numio::{ArrayLike, DType, DynArray, Error, ErrorKind, NpzArchive, Order, ReadAt, Result};

use super::safetensors::{self, Kind, Planned, Tensors};
use super::sink::Out;
#[cfg(feature = "tables")]
use super::sink::Spool;
use super::torch::TorchArray;
use super::{Arrays, Rows};
use crate::failure::{Failure, complain};
use crate::interrupt;
use crate::progress;
use crate::target::Input;

/// An array under its name.
pub struct NamedArray {
    pub name: String,
    pub part: Part,
    /// The type that safetensors has for it, if that is known already.
    pub kind: Option<&'static Kind>,
}

/// The source of an array.
pub enum Part {
    File(FileArray),
    Member { archive: NpzArchive, index: usize, dtype: DType, shape: Vec<usize> },
    Torch(TorchArray),
}

/// The file of an input, from any offset of which one can read: what comes through a pipe is copied to a temporary one.
///
/// # Errors
/// `Io`.
pub fn seekable(input: &Input) -> Result<File> {
    let open = || match input {
        Input::File(path) if path.is_file() => Ok(File::open(path)?),
        _ => {
            let mut kept = tempfile::tempfile()?;
            io::copy(&mut input.open()?.0, &mut kept)?;
            Ok(kept)
        }
    };
    open().map_err(|error: Error| error.with_path(input.name()))
}

/// An array whose elements are in a file, one after another in C order.
#[derive(Debug, Clone)]
pub struct FileArray {
    file: Arc<File>,
    offset: u64,
    dtype: DType,
    shape: Vec<usize>,
    foreign: Option<(&'static str, &'static str)>,
}

/// Bytes of a file that are read at once.
const CHUNK: usize = 1 << 20;

impl FileArray {
    /// An array that is known to lie within the file.
    pub fn new(
        file: &Arc<File>,
        offset: u64,
        dtype: DType,
        shape: Vec<usize>,
        foreign: Option<(&'static str, &'static str)>,
    ) -> Self {
        Self { file: Arc::clone(file), offset, dtype, shape, foreign }
    }

    fn len(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.itemsize()
    }
}

impl ArrayLike for FileArray {
    fn dtype(&self) -> DType {
        self.dtype.clone()
    }

    fn descr(&self) -> Option<String> {
        self.foreign.map(|(descr, _)| descr.to_owned())
    }

    fn shape(&self) -> Vec<usize> {
        self.shape.clone()
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let len = self.len();
        let mut buffer = vec![0; len.min(CHUNK)];
        let mut done = 0;
        while done < len {
            let piece = buffer.get_mut(..CHUNK.min(len - done)).unwrap_or_default();
            self.file.read_exact_at(piece, self.offset + done as u64)?;
            out.write_all(piece)?;
            done += piece.len();
        }
        Ok(())
    }
}

/// The rows of an array in a file.
pub struct FileRows {
    array: FileArray,
    next: usize,
    is_begun: bool,
}

/// Bytes of rows that are converted at once.
const ROWS: usize = 16 << 20;

impl FileRows {
    pub fn new(array: FileArray) -> Self {
        Self { array, next: 0, is_begun: false }
    }

    fn row(&self) -> usize {
        self.array.shape.iter().skip(1).product::<usize>() * self.array.dtype.itemsize()
    }
}

impl FileArray {
    /// A part of its first axis, in memory.
    ///
    /// # Errors
    /// `Io`.
    fn part(&self, start: usize, count: usize) -> Result<DynArray> {
        let row = self.shape.iter().skip(1).product::<usize>() * self.dtype.itemsize();
        let mut part = self.clone();
        part.offset += (start * row) as u64;
        if let Some(axis) = part.shape.first_mut() {
            *axis = count;
        }
        DynArray::from_array(&part)
    }
}

/// An array whose rows are read from a file, a number of them at a time: from its own, or from a temporary one if it is large.
#[cfg(feature = "tables")]
pub enum Spooled {
    Memory(DynArray),
    File(FileArray),
}

/// Arrays up to this size stay in memory.
#[cfg(feature = "tables")]
const SPOOLED: usize = 32 << 20;

#[cfg(feature = "tables")]
impl Spooled {
    /// # Errors
    /// Those of reading the array, and of writing a temporary file.
    pub fn new(array: &NamedArray) -> Result<Self> {
        if let Part::File(array) = &array.part {
            return Ok(Self::File(array.clone()));
        }
        let whole = array.array()?;
        if whole.nbytes() <= SPOOLED || whole.dtype().has_objects() {
            return Ok(Self::Memory(whole));
        }
        let mut rows = Arrays::new(whole);
        let mut spool: Option<Spool> = None;
        while let Some(piece) = rows.chunk()? {
            interrupt::check()?;
            match &mut spool {
                Some(spool) => spool.push(&piece)?,
                None => spool = Some(Spool::new(None, &piece)?),
            }
        }
        let spool = spool.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "an array without rows"))?;
        Ok(Self::File(spool.finish()?))
    }

    /// Rows from `start` on.
    ///
    /// # Errors
    /// Those of reading.
    pub fn rows(&self, start: usize, count: usize) -> Result<DynArray> {
        match self {
            Self::Memory(array) => array.slice(&[SliceItem::Range {
                start: Some(start as isize),
                stop: Some((start + count) as isize),
                step: 1,
            }]),
            Self::File(array) => array.part(start, count),
        }
    }

    /// The number of rows of all arrays together that are converted at once.
    pub fn step(arrays: &[NamedArray], rows: usize) -> usize {
        let bytes = arrays.iter().map(NamedArray::nbytes).fold(0, u64::saturating_add);
        let row = usize::try_from(bytes / rows.max(1) as u64).unwrap_or(usize::MAX);
        (ROWS / row.max(1)).max(1)
    }
}

impl Rows for FileRows {
    fn next(&mut self) -> Result<Option<DynArray>, Failure> {
        let is_begun = std::mem::replace(&mut self.is_begun, true);
        let Some(&rows) = self.array.shape.first() else {
            return Ok(if is_begun { None } else { Some(DynArray::from_array(&self.array)?) });
        };
        if is_begun && self.next >= rows {
            return Ok(None);
        }
        let row = self.row();
        let count = (ROWS / row.max(1)).max(1).min(rows - self.next);
        let part = self.array.part(self.next, count)?;
        self.next += count;
        Ok(Some(part))
    }

    fn progress(&self) -> (Option<u64>, u64) {
        (Some(self.array.len() as u64), (self.next * self.row()) as u64)
    }
}

impl NamedArray {
    /// The arrays of an archive, in its order.
    ///
    /// # Errors
    /// `Unsupported` for members that are no arrays; those of reading headers.
    pub fn of_archive(archive: &NpzArchive) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for (index, member) in archive.members().enumerate() {
            let named = archive.by_name(member.name)?;
            // Of members of one name, the last is the one that is read.
            if named.index() != index {
                continue;
            }
            let name = member.name.strip_suffix(".npy").unwrap_or(member.name).to_owned();
            let header = named.header().map_err(|error| error.with_member(&name))?;
            let Some(header) = header else {
                return Err(Error::new(ErrorKind::Unsupported, "no array").with_member(&name));
            };
            let is_bfloat = is_bfloat(&header);
            let (dtype, shape) = (header.dtype().clone(), header.shape().to_vec());
            let part = Part::Member { archive: archive.clone(), index, dtype, shape };
            found.push(Self { name, part, kind: is_bfloat.then(|| Kind::named("BF16")).flatten() });
        }
        Ok(found)
    }

    pub fn dtype(&self) -> DType {
        match &self.part {
            Part::File(array) => array.dtype(),
            Part::Member { dtype, .. } => dtype.clone(),
            Part::Torch(array) => array.dtype(),
        }
    }

    pub fn shape(&self) -> Vec<usize> {
        match &self.part {
            Part::File(array) => array.shape(),
            Part::Member { shape, .. } => shape.clone(),
            Part::Torch(array) => array.shape(),
        }
    }

    /// The number of bytes of its elements.
    pub fn nbytes(&self) -> u64 {
        let size = self.dtype().itemsize() as u64;
        self.shape().iter().fold(size, |all, &axis| all.saturating_mul(axis as u64))
    }

    /// The array, to be written.
    ///
    /// # Errors
    /// Those of reading a member.
    pub fn open(&self) -> Result<Box<dyn ArrayLike + '_>> {
        Ok(match &self.part {
            Part::File(array) => Box::new(array.clone()),
            Part::Member { archive, index, .. } => {
                let array = archive.by_index(*index)?.array();
                Box::new(array.map_err(|error| error.with_member(&self.name))?)
            }
            Part::Torch(array) => Box::new(array.load().map_err(|error| error.with_member(&self.name))?),
        })
    }

    /// Its elements in memory.
    ///
    /// # Errors
    /// As [`open`](Self::open); `Io` if memory does not suffice.
    pub fn array(&self) -> Result<DynArray> {
        let opened = self.open()?;
        match opened.as_dynamic() {
            Some(array) => Ok(array.clone()),
            None => DynArray::from_array(&*opened),
        }
    }

    /// Its rows, as many of them in memory as are converted at once.
    ///
    /// # Errors
    /// As [`array`](Self::array).
    pub fn rows(&self) -> Result<Box<dyn Rows>> {
        Ok(match &self.part {
            Part::File(array) => Box::new(FileRows::new(array.clone())),
            _ => Box::new(Arrays::new(self.array()?)),
        })
    }
}

/// Returns whether a header has the text that ml_dtypes gives its `bfloat16`.
pub fn is_bfloat(header: &numio::npy::Header) -> bool {
    let text = header.to_bytes();
    let start = b"{'descr': '<V2',";
    text.windows(start.len()).any(|found| found == start)
}

/// The one array that `name` names, or all of those that it is the beginning of: `model` is all of `model.bias` and
/// `model.weight`, which lose that beginning. An empty name is all.
pub fn select(arrays: Vec<NamedArray>, name: &str) -> Result<Vec<NamedArray>> {
    if name.is_empty() {
        return Ok(arrays);
    }
    let is_one = arrays.iter().any(|array| array.name == name);
    let found: Vec<NamedArray> = arrays
        .into_iter()
        .filter_map(|array| match is_one {
            true => (array.name == name).then_some(array),
            false => {
                let rest = array.name.strip_prefix(name)?.strip_prefix('.')?.to_owned();
                Some(NamedArray { name: rest, ..array })
            }
        })
        .collect();
    if found.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, format!("there is no tensor {name:?}")));
    }
    Ok(found)
}

/// The types of arrays in safetensors that the user named.
pub type Casts = [(String, &'static Kind)];

/// Writes all arrays as one file of safetensors.
///
/// # Errors
/// `Unsupported` for dtypes that the format does not have; those of reading and writing.
fn to_safetensors(out: &mut dyn Write, tensors: &Tensors, casts: &Casts) -> Result<(), Failure> {
    let Tensors { arrays, metadata } = tensors;
    if let Some((name, _)) = casts.iter().find(|(name, _)| !arrays.iter().any(|array| array.name == *name)) {
        return Err(Failure::Usage(format!("--as {name}: there is no array of that name")));
    }
    let mut planned = Vec::new();
    for array in arrays {
        let about = |error: Error| error.with_member(&array.name);
        let dtype = array.dtype();
        let named = casts.iter().find(|(name, _)| *name == array.name);
        let kind = match (named, array.kind) {
            (Some((_, kind)), _) => kind.check(&dtype),
            (None, Some(kind)) => Ok(kind),
            (None, None) => Kind::of(&dtype, None),
        };
        planned.push(Planned { name: array.name.clone(), kind: kind.map_err(about)?, shape: array.shape() });
    }
    let (header, order) = safetensors::header(&planned, metadata)?;
    out.write_all(&header).map_err(Error::from)?;
    let bar = progress::bar(arrays.iter().map(NamedArray::nbytes).fold(0, u64::saturating_add));
    for array in order.iter().filter_map(|&index| arrays.get(index)) {
        interrupt::check()?;
        safetensors::write(out, &*array.open()?)?;
        bar.inc(array.nbytes());
    }
    bar.finish_and_clear();
    Ok(())
}

/// Writes all arrays to a file of safetensors, or to `out`. A file is there when it is complete.
///
/// # Errors
/// As [`to_safetensors`].
pub fn save_safetensors(mut out: Out<'_>, tensors: &Tensors, casts: &Casts) -> Result<(), Failure> {
    to_safetensors(&mut out, tensors, casts)?;
    out.commit()?;
    Ok(())
}

/// Writes all arrays to an archive.
///
/// # Errors
/// Those of reading and writing.
pub fn save_archive(
    mut writer: NpzWriter<'_>,
    arrays: &[NamedArray],
    compression: Compression,
) -> Result<(), Failure> {
    writer.compression(compression);
    let bar = progress::bar(arrays.iter().map(NamedArray::nbytes).fold(0, u64::saturating_add));
    for array in arrays {
        interrupt::check()?;
        writer.add(&array.name, &*array.open()?)?;
        bar.inc(array.nbytes());
    }
    writer.finish()?;
    bar.finish_and_clear();
    Ok(())
}

/// Says on standard error which elements are raw bytes in files of NumPy's, once for each type.
pub fn explain_raw(name: &str, arrays: &[NamedArray]) {
    let mut kinds: Vec<&'static Kind> = arrays.iter().filter_map(|array| array.kind).collect();
    kinds.retain(|kind| kind.foreign.is_some());
    kinds.sort_by_key(|kind| kind.name);
    kinds.dedup();
    for kind in kinds {
        if let Some((descr, class)) = kind.foreign {
            let descr = descr.trim_matches('\'');
            complain(&format!("{name}: {} becomes {descr}: in Python, .view(ml_dtypes.{class})", kind.name));
        }
    }
}
