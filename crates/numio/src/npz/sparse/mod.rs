//! Sparse matrices in archives, as `scipy.sparse.save_npz` writes them (`scipy/sparse/_matrix_io.py`).
//!
//! Each is an archive of a few arrays, one of which names the format:
//!
//! | format | members |
//! |---|---|
//! | `csr`, `csc`, `bsr` | `indices`, `indptr`, `format`, `shape`, `data` |
//! | `coo` of two axes | `row`, `col`, `format`, `shape`, `data` |
//! | `coo` of any other rank | `coords`, `format`, `shape`, `data` |
//! | `dia` | `offsets`, `format`, `shape`, `data` |
//!
//! and `_is_array`, where SciPy reads a sparse array and no matrix. SciPy checks lengths when it reads one; its compiled loops then
//! index with whatever numbers are in `indices`, `indptr` and `coords`. A [`Sparse`] is checked whole when it is made, so that no
//! index in it leads out of its arrays or its shape.

use std::fmt;
use std::path::Path;

use crate::npz::sparse::check::Checked;
use crate::npz::sparse::error::SparseFault;
use crate::npz::sparse::index::Index;
use crate::npz::{Compression, NpzWriter};
use crate::{DType, DynArray, Error, ErrorKind, NpzArchive, Result};

mod check;
mod error;
mod file;
mod index;
#[cfg(feature = "sprs")]
mod sprs;

pub use crate::npz::sparse::file::SparseInfo;

/// The storage format of a sparse matrix, named as in SciPy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SparseFormat {
    /// Compressed rows.
    Csr,
    /// Compressed columns.
    Csc,
    /// Coordinates of each element.
    Coo,
    /// Compressed rows of dense blocks.
    Bsr,
    /// Diagonals.
    Dia,
}

impl SparseFormat {
    const ALL: [Self; 5] = [Self::Csr, Self::Csc, Self::Coo, Self::Bsr, Self::Dia];

    /// SciPy's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csr => "csr",
            Self::Csc => "csc",
            Self::Coo => "coo",
            Self::Bsr => "bsr",
            Self::Dia => "dia",
        }
    }
}

impl fmt::Display for SparseFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A sparse matrix or array whose indices are known to be right.
///
/// Lengths fit each other, `indptr` starts at 0 and never decreases, and every index lies within the shape; duplicates
/// and any order within a row are allowed, as in SciPy. Clones share memory.
///
/// ```
/// use ndarray::array;
/// use numio::npz::{Sparse, SparseFormat};
///
/// // [[0, 0, 3], [4, 0, 0]]
/// let matrix = Sparse::csr(
///     &[2, 3],
///     array![3.0, 4.0].into(),     // data
///     array![2_i32, 0].into(),     // column of each
///     array![0_i32, 1, 2].into(),  // start of each row in them
/// )?;
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("matrix.npz");
/// matrix.save(&path)?;
///
/// let matrix = Sparse::load(&path)?;
/// assert_eq!((matrix.format(), matrix.shape(), matrix.nnz()), (SparseFormat::Csr, &[2, 3][..], 2));
/// assert!(Sparse::csr(&[2, 3], array![1.0].into(), array![3_i32].into(), array![0_i32, 1, 1].into()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sparse {
    shape: Vec<usize>,
    data: DynArray,
    structure: Structure,
    is_array: bool,
}

/// The indices of the elements.
#[derive(Debug, Clone)]
enum Structure {
    Csr(Compressed),
    Csc(Compressed),
    Bsr(Compressed),
    /// One array for each axis.
    Coo(Vec<Index>),
    /// The offset of each diagonal, a row of the data: above 0 to the right of the main one.
    Dia(Index),
}

/// The indices along the inner axis, and the range of each row, column or row of blocks in them.
#[derive(Debug, Clone)]
struct Compressed {
    indices: Index,
    indptr: Index,
}

impl Sparse {
    /// Compressed rows: row `i` has the columns `indices[indptr[i]..indptr[i + 1]]`, and as many elements at the same positions of
    /// `data`. With one axis in the shape it is a sparse vector of one row, which SciPy has as an array only.
    ///
    /// Indices may be of any integer dtype; they are kept as `int32` or `int64`.
    ///
    /// # Errors
    /// `InvalidInput` where the arrays do not make a matrix of that shape; `NotAllowed` for Python objects.
    pub fn csr(shape: &[usize], data: DynArray, indices: DynArray, indptr: DynArray) -> Result<Self> {
        Self::compressed(SparseFormat::Csr, shape, data, &indices, &indptr)
    }

    /// Compressed columns, as [`csr`](Self::csr) has rows.
    ///
    /// # Errors
    /// As [`csr`](Self::csr).
    pub fn csc(shape: &[usize], data: DynArray, indices: DynArray, indptr: DynArray) -> Result<Self> {
        Self::compressed(SparseFormat::Csc, shape, data, &indices, &indptr)
    }

    /// Compressed rows of dense blocks: `data` has the shape (blocks, rows of a block, columns of a block), and the shape of the
    /// matrix is a multiple of a block's.
    ///
    /// # Errors
    /// As [`csr`](Self::csr).
    pub fn bsr(shape: &[usize], data: DynArray, indices: DynArray, indptr: DynArray) -> Result<Self> {
        Self::compressed(SparseFormat::Bsr, shape, data, &indices, &indptr)
    }

    /// Coordinates: `coords` has an array for each axis, with the index of each element of `data` along it.
    ///
    /// # Errors
    /// As [`csr`](Self::csr).
    ///
    /// ```
    /// use ndarray::array;
    /// use numio::npz::Sparse;
    ///
    /// let coords = [array![0_i64, 1], array![2, 0], array![1, 1]].map(Into::into);
    /// assert_eq!(Sparse::coo(&[2, 3, 2], array![1.5, 2.5].into(), &coords)?.nnz(), 2);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn coo(shape: &[usize], data: DynArray, coords: &[DynArray]) -> Result<Self> {
        Self::checked(Checked::coo(shape, &data, coords), shape, data)
    }

    /// Diagonals: `data` has a row for each of the `offsets`, whose column `j` is the element of column `j`, so that those
    /// left of a diagonal's first column are not part of the matrix.
    ///
    /// # Errors
    /// As [`csr`](Self::csr).
    pub fn dia(shape: &[usize], data: DynArray, offsets: DynArray) -> Result<Self> {
        Self::checked(Checked::dia(shape, &data, &offsets), shape, data)
    }

    fn compressed(
        format: SparseFormat,
        shape: &[usize],
        data: DynArray,
        indices: &DynArray,
        indptr: &DynArray,
    ) -> Result<Self> {
        Self::checked(Checked::compressed(format, shape, &data, indices, indptr), shape, data)
    }

    fn checked(structure: Result<Structure>, shape: &[usize], data: DynArray) -> Result<Self> {
        let structure = structure.map_err(|error| match error.kind() {
            ErrorKind::InvalidData => error.with_kind(ErrorKind::InvalidInput),
            _ => error,
        })?;
        Ok(Self { is_array: shape.len() != 2, shape: shape.to_vec(), data, structure })
    }

    /// Sets whether SciPy reads it as a sparse array, such as `csr_array`, and not as a matrix, such as `csr_matrix`. Default:
    /// only where the rank is not 2, for matrices have two axes.
    ///
    /// # Errors
    /// `InvalidInput` for a matrix of another rank than 2.
    pub fn set_is_array(&mut self, is_array: bool) -> Result<&mut Self> {
        if !is_array && self.shape.len() != 2 {
            let fault = SparseFault::Rank { format: self.format(), is_array, found: self.shape.len() };
            return Err(Error::from(fault).with_kind(ErrorKind::InvalidInput));
        }
        self.is_array = is_array;
        Ok(self)
    }

    /// Returns true if SciPy reads it as a sparse array, and not as a matrix.
    pub fn is_array(&self) -> bool {
        self.is_array
    }

    /// The storage format.
    pub fn format(&self) -> SparseFormat {
        match &self.structure {
            Structure::Csr(_) => SparseFormat::Csr,
            Structure::Csc(_) => SparseFormat::Csc,
            Structure::Bsr(_) => SparseFormat::Bsr,
            Structure::Coo(_) => SparseFormat::Coo,
            Structure::Dia(_) => SparseFormat::Dia,
        }
    }

    /// The length of each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The dtype of the elements.
    pub fn dtype(&self) -> &DType {
        self.data.dtype()
    }

    /// Number of stored elements, zeros among them included: SciPy's `nnz`.
    pub fn nnz(&self) -> usize {
        match &self.structure {
            Structure::Csr(Compressed { indptr, .. }) | Structure::Csc(Compressed { indptr, .. }) => {
                indptr.last()
            }
            Structure::Bsr(Compressed { indptr, .. }) => {
                let block: usize = self.data.shape().iter().skip(1).product();
                indptr.last().saturating_mul(block)
            }
            Structure::Coo(_) => self.data.size(),
            Structure::Dia(offsets) => check::diagonals(&self.shape, &self.data, offsets)
                .map(|diagonal| diagonal.end - diagonal.start)
                .sum(),
        }
    }

    /// The stored elements: with one axis for `csr`, `csc` and `coo`, three for `bsr`, two for `dia`.
    pub fn data(&self) -> &DynArray {
        &self.data
    }

    /// The indices along the inner axis, of `csr`, `csc` and `bsr`: `int32` or `int64`.
    pub fn indices(&self) -> Option<&DynArray> {
        self.compressed_parts().map(|parts| parts.indices.array())
    }

    /// The start of each row, column or row of blocks in [`indices`](Self::indices), and the end of the last.
    pub fn indptr(&self) -> Option<&DynArray> {
        self.compressed_parts().map(|parts| parts.indptr.array())
    }

    /// The indices along each axis, of `coo`.
    pub fn coords(&self) -> Option<Vec<&DynArray>> {
        match &self.structure {
            Structure::Coo(coords) => Some(coords.iter().map(Index::array).collect()),
            _ => None,
        }
    }

    /// The offset of each diagonal, of `dia`.
    pub fn offsets(&self) -> Option<&DynArray> {
        match &self.structure {
            Structure::Dia(offsets) => Some(offsets.array()),
            _ => None,
        }
    }

    /// Its arrays of indices and its elements under the names of their members, in SciPy's order.
    ///
    /// # Errors
    /// `Io` if memory does not suffice for coordinates of other ranks than 2, which become one array.
    pub fn into_arrays(self) -> Result<Vec<(&'static str, DynArray)>> {
        let mut arrays = match self.structure {
            Structure::Csr(parts) | Structure::Csc(parts) | Structure::Bsr(parts) => {
                let Compressed { indices, indptr } = parts;
                vec![("indices", indices.into_array()), ("indptr", indptr.into_array())]
            }
            Structure::Coo(coords) => match <[Index; 2]>::try_from(coords) {
                Ok([row, col]) => vec![("row", row.into_array()), ("col", col.into_array())],
                Err(coords) => vec![("coords", file::table(&coords)?)],
            },
            Structure::Dia(offsets) => vec![("offsets", offsets.into_array())],
        };
        arrays.push(("data", self.data));
        Ok(arrays)
    }

    fn compressed_parts(&self) -> Option<&Compressed> {
        match &self.structure {
            Structure::Csr(parts) | Structure::Csc(parts) | Structure::Bsr(parts) => Some(parts),
            Structure::Coo(_) | Structure::Dia(_) => None,
        }
    }
}

impl Sparse {
    /// Reads the archive at `path`.
    ///
    /// # Errors
    /// As [`NpzArchive::open`] and [`read`](Self::read).
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::read(&NpzArchive::open(path)?)
    }

    /// Writes an archive that [`load`](Self::load) and SciPy read, deflated as SciPy's are by default. Nothing is added to the name, and
    /// the file appears whole or not at all. [`write`](Self::write) leaves the compression to the writer.
    ///
    /// # Errors
    /// As [`NpzWriter::create`], [`NpzWriter::add`] and [`NpzWriter::finish`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut writer = NpzWriter::create(path)?;
        self.write(writer.compression(Compression::Deflated))?;
        writer.finish()
    }
}
