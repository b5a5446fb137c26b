//! Sparse matrices read from archives, described by them, and written to them.

use crate::array::Order;
use crate::npz::NpzWriter;
use crate::npz::error::Fault;
use crate::npz::sparse::check::{Checked, check_rank};
use crate::npz::sparse::error::SparseFault;
use crate::npz::sparse::index::Index;
use crate::npz::sparse::{Sparse, SparseFormat, Structure, check};
use crate::{DType, DynArray, Error, Item, NpzArchive, Result, Scalar};

/// The description of a sparse matrix in an archive, from the headers of its members and the small ones among them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SparseInfo {
    /// The storage format.
    pub format: SparseFormat,
    /// True if SciPy reads it as a sparse array, and not as a matrix.
    pub is_array: bool,
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// Number of stored elements, zeros among them included.
    pub nnz: usize,
    /// The dtype of the elements.
    pub dtype: DType,
}

impl Sparse {
    /// Reads the sparse matrix of which an archive consists.
    ///
    /// # Errors
    /// `InvalidData`, naming the member, where its arrays do not make a matrix of its shape: lengths that do not fit, an
    /// `indptr` that decreases, an index outside of the shape; or where the archive is something else. `NotFound` where an array is
    /// missing, `Unsupported` for a format that SciPy does not write, `NotAllowed` for Python objects; as [`NpzArchive::get`].
    pub fn read(archive: &NpzArchive) -> Result<Self> {
        read(archive).map_err(|error| with_path(archive, error))
    }

    /// Describes the sparse matrix of which an archive consists, or returns nothing where it is an archive of other arrays. Reads
    /// headers, and of the members only the small ones: the indices are neither read nor checked.
    ///
    /// # Errors
    /// As [`read`](Self::read), as far as it reads.
    ///
    /// ```
    /// use ndarray::array;
    /// use numio::npz::{NpzWriter, Sparse, SparseFormat};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("diagonal.npz");
    /// let mut writer = NpzWriter::create(&path)?;
    /// Sparse::dia(&[3, 3], array![[1, 2, 3]].into(), array![0_i32].into())?.write(&mut writer)?;
    /// writer.finish()?;
    ///
    /// let info = Sparse::describe(&numio::NpzArchive::open(&path)?)?.unwrap();
    /// assert_eq!((info.format, &info.shape[..], info.nnz), (SparseFormat::Dia, &[3, 3][..], 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn describe(archive: &NpzArchive) -> Result<Option<SparseInfo>> {
        let has = |name| archive.contains(name);
        if !(has("format") && has("shape") && has("data")) {
            return Ok(None);
        }
        // Any archive may have a member of that name.
        let Ok(format) = format_of(archive) else { return Ok(None) };
        describe(archive, format).map(Some).map_err(|error| with_path(archive, error))
    }

    /// Adds its members to an archive, in SciPy's order and dtypes.
    ///
    /// # Errors
    /// As [`NpzWriter::add`].
    pub fn write(&self, writer: &mut NpzWriter<'_>) -> Result<()> {
        // Clones share memory.
        let mut arrays = self.clone().into_arrays()?;
        let data = arrays.pop();
        for (name, array) in &arrays {
            writer.add(name, array)?;
        }
        let name = self.format().name().as_bytes();
        writer.add("format", &DynArray::from_bytes(DType::parse("S3")?, &[], name)?)?;
        writer.add("shape", &self.shape.iter().map(|&length| length as i64).collect::<Vec<_>>())?;
        if let Some((name, array)) = &data {
            writer.add(name, array)?;
        }
        if self.is_array {
            writer.add("_is_array", &DynArray::from_bytes(DType::BOOL, &[], &[1])?)?;
        }
        Ok(())
    }
}

/// The coordinates as SciPy writes those of other ranks than 2: one array with a row for each axis.
pub(super) fn table(coords: &[Index]) -> Result<DynArray> {
    let is_wide = coords.iter().any(|coords| coords.array().dtype() == &DType::INT64);
    // SciPy has coordinates of 64 bits from three axes on.
    let dtype = if is_wide || coords.len() > 2 { DType::INT64 } else { DType::INT32 };
    let length = coords.first().map_or(0, Index::len);
    let mut bytes = Vec::new();
    crate::error::reserve(&mut bytes, coords.len().saturating_mul(length).saturating_mul(dtype.itemsize()))?;
    for coords in coords {
        bytes.extend_from_slice(coords.array().cast(&dtype)?.as_bytes().unwrap_or_default());
    }
    DynArray::from_bytes(dtype, &[coords.len(), length], &bytes)
}

fn with_path(archive: &NpzArchive, error: Error) -> Error {
    match archive.path() {
        Some(path) => error.with_path(path),
        None => error,
    }
}

fn read(archive: &NpzArchive) -> Result<Sparse> {
    let format = format_of(archive)?;
    let is_array = is_array(archive)?;
    let shape = shape_of(archive)?;
    check_rank(format, is_array, &shape).map_err(in_member("shape"))?;
    let mut data = array(archive, "data")?;
    let structure = match format {
        SparseFormat::Csr | SparseFormat::Csc | SparseFormat::Bsr => {
            let (indices, indptr) = (array(archive, "indices")?, array(archive, "indptr")?);
            Checked::compressed(format, &shape, &data, &indices, &indptr)
        }
        SparseFormat::Coo if archive.contains("coords") => {
            let coords = array(archive, "coords")?;
            Checked::coo(&shape, &data, &rows(&coords)?)
        }
        SparseFormat::Coo => {
            let coords = [array(archive, "row")?, array(archive, "col")?];
            Checked::coo(&shape, &data, &coords)
        }
        SparseFormat::Dia => {
            // SciPy takes one diagonal without its axis.
            let mut offsets = array(archive, "offsets")?;
            if offsets.ndim() == 0 {
                offsets = offsets.reshape(&[1])?;
            }
            if data.ndim() < 2 {
                data = data.reshape(&[1, data.size()])?;
            }
            Checked::dia(&shape, &data, &offsets)
        }
    }?;
    Ok(Sparse { shape, data, structure, is_array })
}

/// The rows of `coords`, one for each axis.
fn rows(coords: &DynArray) -> Result<Vec<DynArray>> {
    let &[axes, length] = coords.shape() else {
        return Err(SparseFault::Axes { what: "coords", found: coords.ndim(), wanted: 2 }.into());
    };
    if axes > 64 {
        return Err(SparseFault::Rank { format: SparseFormat::Coo, is_array: true, found: axes }.into());
    }
    let coords = coords.contiguous_in(Order::C)?;
    let (step, dtype) = (length.saturating_mul(coords.dtype().itemsize()), coords.dtype());
    let bytes = coords.as_bytes().unwrap_or_default();
    (0..axes)
        .map(|axis| {
            let row = bytes.get(axis.saturating_mul(step)..).and_then(|rest| rest.get(..step));
            DynArray::from_bytes(dtype.clone(), &[length], row.unwrap_or_default())
        })
        .collect()
}

fn describe(archive: &NpzArchive, format: SparseFormat) -> Result<SparseInfo> {
    let is_array = is_array(archive)?;
    let shape = shape_of(archive)?;
    check_rank(format, is_array, &shape).map_err(in_member("shape"))?;
    let header = header(archive, "data")?;
    let (dtype, data_shape) = (header.dtype().clone(), header.shape().to_vec());
    let nnz = match format {
        SparseFormat::Dia => {
            let offsets = small(archive, "offsets", MOST_OFFSETS)?;
            let offsets = if offsets.ndim() == 0 { offsets.reshape(&[1])? } else { offsets };
            // Elements of no bytes: only the shape of the data counts here.
            let data = DynArray::zeros(DType::Scalar(Scalar::Void(0)), &data_shape, Order::C)?;
            let data = if data.ndim() < 2 { data.reshape(&[1, data.size()])? } else { data };
            let Structure::Dia(offsets) = Checked::dia(&shape, &data, &offsets)? else {
                return Err(SparseFault::NoFormat.into());
            };
            check::diagonals(&shape, &data, &offsets).map(|diagonal| diagonal.end - diagonal.start).sum()
        }
        _ => data_shape.iter().product(),
    };
    Ok(SparseInfo { format, is_array, shape, nnz, dtype })
}

/// The most bytes of a member that names the format, or is the shape or the flag.
const MOST_SMALL: usize = 1 << 10;
/// The most bytes of the offsets of diagonals that are read to describe them.
const MOST_OFFSETS: usize = 64 << 20;

fn format_of(archive: &NpzArchive) -> Result<SparseFormat> {
    if !archive.contains("format") {
        return Err(SparseFault::NotSparse.into());
    }
    let named = || -> Result<String> {
        let name = small(archive, "format", MOST_SMALL)?;
        let item = name.items().next().filter(|_| name.size() == 1).transpose()?;
        match item {
            Some(Item::Str(name)) => Ok(name),
            Some(Item::Bytes(name)) if name.is_ascii() => Ok(name.iter().copied().map(char::from).collect()),
            _ => Err(SparseFault::NoFormat.into()),
        }
    };
    let name = named()?;
    let known = SparseFormat::ALL.into_iter().find(|format| format.name() == name);
    known.ok_or_else(|| match name.as_str() {
        "lil" | "dok" => SparseFault::NotWritten { name }.into(),
        _ => Error::from(SparseFault::Unknown { name }),
    })
}

fn is_array(archive: &NpzArchive) -> Result<bool> {
    if !archive.contains("_is_array") {
        return Ok(false);
    }
    let flag = small(archive, "_is_array", MOST_SMALL)?;
    match flag.items().next().filter(|_| flag.size() == 1).transpose()? {
        Some(Item::Bool(is_array)) => Ok(is_array),
        Some(item) if item.as_i64().is_some() => Ok(item.as_i64() != Some(0)),
        _ => Err(in_member("_is_array")(SparseFault::Flag.into())),
    }
}

fn shape_of(archive: &NpzArchive) -> Result<Vec<usize>> {
    let shape = small(archive, "shape", MOST_SMALL)?;
    let fault = |found: String| in_member("shape")(SparseFault::Shape { found }.into());
    if shape.ndim() > 1 {
        return Err(fault(format!("an array of {} axes", shape.ndim())));
    }
    let length = |item: Result<Item>| {
        let item = item?;
        let length = item.as_i64().and_then(|length| usize::try_from(length).ok());
        length.ok_or_else(|| match (item.as_i64(), item.as_u64()) {
            (Some(length), _) => fault(length.to_string()),
            (_, Some(length)) => fault(length.to_string()),
            _ => fault(format!("of dtype {}", shape.dtype())),
        })
    };
    shape.items().map(length).collect()
}

/// A member of at most `most` bytes.
fn small(archive: &NpzArchive, name: &'static str, most: usize) -> Result<DynArray> {
    let header = header(archive, name)?;
    let count = header.shape().iter().try_fold(1_usize, |count, &axis| count.checked_mul(axis));
    match count.and_then(|count| count.checked_mul(header.dtype().itemsize())) {
        Some(bytes) if bytes <= most && count.is_some_and(|count| count <= most) => array(archive, name),
        _ => Err(match name {
            "format" => SparseFault::NoFormat.into(),
            "_is_array" => in_member(name)(SparseFault::Flag.into()),
            _ => in_member(name)(
                SparseFault::Shape { found: format!("of {:?} elements", header.shape()) }.into(),
            ),
        }),
    }
}

fn array(archive: &NpzArchive, name: &'static str) -> Result<DynArray> {
    header(archive, name)?;
    archive.by_name(name)?.array()
}

/// The header of a member that is an array of no objects.
fn header(archive: &NpzArchive, name: &'static str) -> Result<crate::npy::Header> {
    let header = archive.by_name(name)?.header()?;
    let header = header.ok_or_else(|| in_member(name)(Fault::NotNpy.into()))?;
    match header.dtype().has_objects() {
        true => Err(in_member(name)(SparseFault::Objects.into())),
        false => Ok(header),
    }
}

fn in_member(name: &'static str) -> impl FnOnce(Error) -> Error {
    move |error| error.with_member(&format!("{name}.npy"))
}
