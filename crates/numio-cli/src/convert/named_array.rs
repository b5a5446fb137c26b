//! Arrays under names: all that an archive, a file of safetensors or one of torch holds, read when they are written.

#[cfg(feature = "tables")]
use numio::SliceItem;
use numio::{ArrayLike, DType, DynArray, Error, ErrorKind, NpzArchive, Result};

use super::file_array::{FileArray, FileRows};
#[cfg(feature = "tables")]
use super::file_array::{ROWS, Spool};
use super::kind::Kind;
use super::torch::{self, TorchArray};
use super::{Arrays, Rows};
#[cfg(feature = "tables")]
use crate::interrupt;

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

    /// The tensors of a file of torch's whose names begin with `wanted`.
    ///
    /// # Errors
    /// As [`torch::read`].
    pub fn of_torch(archive: &NpzArchive, wanted: &str) -> Result<Vec<Self>> {
        let found = torch::read(archive, wanted)?.into_iter();
        Ok(found.map(|(name, array)| Self { kind: array.kind, part: Part::Torch(array), name }).collect())
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
