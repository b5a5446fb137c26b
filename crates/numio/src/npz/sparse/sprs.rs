//! Conversion to and from the matrices of the crate `sprs`.

use std::ops::{Add, Deref};

use sprs::{CompressedStorage, CsMatBase, CsMatI, SpIndex, TriMatBase, TriMatI};

use crate::array::Order;
use crate::error::reserve;
use crate::npz::sparse::{Sparse, Structure, check};
use crate::{DynArray, Element, Error, ErrorKind, PlainElement, Result};

/// Empty rows that a compressed matrix may have for each element of one that lists coordinates, beyond this many: a shape
/// is only a number, and a start of each row takes memory.
const EMPTY_ROWS: usize = 1 << 24;

impl Sparse {
    /// The matrix as compressed rows or columns: `csc` gives columns, all others rows. Indices are sorted, and duplicates added, as
    /// `sprs` needs them.
    ///
    /// # Errors
    /// `InvalidInput` where it has not two axes, the elements are no `N`, or an index does not fit `I`; `LimitExceeded` where
    /// a list of coordinates has a shape of far more rows than elements; `Io` if memory does not suffice.
    ///
    /// ```
    /// use ndarray::array;
    /// use numio::npz::Sparse;
    ///
    /// let coords = [array![1_i32, 0, 1].into(), array![0_i32, 2, 0].into()];
    /// let matrix = Sparse::coo(&[2, 3], array![1.5, 2.0, 0.25].into(), &coords)?;
    /// let matrix: sprs::CsMat<f64> = matrix.to_csmat()?;
    /// assert_eq!((matrix.get(1, 0), matrix.nnz()), (Some(&1.75), 2));
    /// assert_eq!(Sparse::from_csmat(&matrix)?.shape(), [2, 3]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn to_csmat<N: Element + Clone + Add<Output = N>, I: SpIndex>(&self) -> Result<CsMatI<N, I>> {
        let (rows, columns) = self.two_axes()?;
        let (parts, storage, outer) = match &self.structure {
            Structure::Csr(parts) => (Some(parts), CompressedStorage::CSR, rows),
            Structure::Csc(parts) => (Some(parts), CompressedStorage::CSC, columns),
            Structure::Bsr(_) | Structure::Coo(_) | Structure::Dia(_) => (None, CompressedStorage::CSR, rows),
        };
        narrow::<I>(outer)?;
        if let Some(parts) = parts {
            let nnz = self.nnz();
            let (starts, inner) = (parts.indptr.numbers(), parts.indices.numbers());
            let indptr = (0..parts.indptr.len()).map(|at| narrow(starts.at(at)));
            let indices = (0..nnz).map(|at| narrow(inner.at(at)));
            let (indptr, indices) = (collected(indptr)?, collected(indices)?);
            let mut data = self.data.to_vec::<N>(Order::C)?;
            data.truncate(nnz);
            let new = match storage {
                CompressedStorage::CSR => CsMatI::try_new,
                CompressedStorage::CSC => CsMatI::try_new_csc,
            };
            // The other way is for indices that are not sorted, or occur twice.
            if let Ok(matrix) = new((rows, columns), indptr, indices, data) {
                return Ok(matrix);
            }
        } else if outer > EMPTY_ROWS.saturating_add(self.nnz().saturating_mul(16)) {
            let what = format!("a start of each of {outer} rows for {} elements: take to_trimat", self.nnz());
            return Err(Error::new(ErrorKind::LimitExceeded, what));
        }
        let triplets = self.to_trimat::<N, I>()?;
        Ok(match storage {
            CompressedStorage::CSR => triplets.to_csr(),
            CompressedStorage::CSC => triplets.to_csc(),
        })
    }

    /// The matrix as a list of coordinates and elements, duplicates included.
    ///
    /// # Errors
    /// As [`to_csmat`](Self::to_csmat).
    pub fn to_trimat<N: Element + Clone, I: SpIndex>(&self) -> Result<TriMatI<N, I>> {
        let shape = self.two_axes()?;
        let elements = self.data.to_vec::<N>(Order::C)?;
        let (mut rows, mut columns, mut data) = (Vec::new(), Vec::new(), Vec::new());
        let nnz = self.nnz();
        reserve(&mut rows, nnz)?;
        reserve(&mut columns, nnz)?;
        reserve(&mut data, nnz)?;
        self.for_each(&mut |row, column, at| {
            rows.push(narrow(row)?);
            columns.push(narrow(column)?);
            data.extend(elements.get(at).cloned());
            Ok(())
        })?;
        Ok(TriMatI::from_triplets(shape, rows, columns, data))
    }

    /// A matrix of `sprs` as `csr` or `csc`, whichever it is. Indices are of 32 bits where they fit, as SciPy's are.
    ///
    /// # Errors
    /// `InvalidInput` where its indices are not right, which `sprs` lets be made without checks; `Io` if memory does not suffice.
    pub fn from_csmat<N, I, P, PS, IS, DS>(matrix: &CsMatBase<N, I, PS, IS, DS, P>) -> Result<Self>
    where
        N: PlainElement,
        I: SpIndex,
        P: SpIndex,
        PS: Deref<Target = [P]>,
        IS: Deref<Target = [I]>,
        DS: Deref<Target = [N]>,
    {
        let shape = [matrix.rows(), matrix.cols()];
        let most = matrix.rows().max(matrix.cols()).max(matrix.nnz());
        let indptr = index(matrix.proper_indptr().iter().map(|&at| at.try_index()), most)?;
        let indices = index(matrix.indices().iter().map(|&at| at.try_index()), most)?;
        let data = DynArray::from_array(matrix.data())?;
        match matrix.storage() {
            CompressedStorage::CSR => Self::csr(&shape, data, indices, indptr),
            CompressedStorage::CSC => Self::csc(&shape, data, indices, indptr),
        }
    }

    /// A list of coordinates of `sprs` as `coo`.
    ///
    /// # Errors
    /// As [`from_csmat`](Self::from_csmat).
    pub fn from_trimat<N, I, IS, DS>(matrix: &TriMatBase<IS, DS>) -> Result<Self>
    where
        N: PlainElement,
        I: SpIndex,
        IS: Deref<Target = [I]>,
        DS: Deref<Target = [N]>,
    {
        let shape = [matrix.rows(), matrix.cols()];
        let most = matrix.rows().max(matrix.cols());
        let row = index(matrix.row_inds().iter().map(|&at| at.try_index()), most)?;
        let col = index(matrix.col_inds().iter().map(|&at| at.try_index()), most)?;
        Self::coo(&shape, DynArray::from_array(matrix.data())?, &[row, col])
    }

    fn two_axes(&self) -> Result<(usize, usize)> {
        match self.shape() {
            &[rows, columns] => Ok((rows, columns)),
            shape => {
                let what = format!("a sparse array of {} axes, where matrices have 2", shape.len());
                Err(Error::new(ErrorKind::InvalidInput, what))
            }
        }
    }

    /// Calls `take` with the row, the column, and the position in the data of each stored element.
    fn for_each(&self, take: &mut dyn FnMut(usize, usize, usize) -> Result<()>) -> Result<()> {
        match &self.structure {
            Structure::Csr(parts) | Structure::Csc(parts) => {
                let is_rows = matches!(self.structure, Structure::Csr(_));
                let (starts, indices) = (parts.indptr.numbers(), parts.indices.numbers());
                for outer in 0..parts.indptr.len().saturating_sub(1) {
                    for at in starts.at(outer)..starts.at(outer + 1) {
                        let inner = indices.at(at);
                        if is_rows { take(outer, inner, at) } else { take(inner, outer, at) }?;
                    }
                }
            }
            Structure::Bsr(parts) => {
                let &[_, rows, columns] = self.data.shape() else { return Ok(()) };
                let (starts, indices) = (parts.indptr.numbers(), parts.indices.numbers());
                for outer in 0..parts.indptr.len().saturating_sub(1) {
                    for block in starts.at(outer)..starts.at(outer + 1) {
                        let inner = indices.at(block);
                        for element in 0..rows * columns {
                            let (row, column) = (element / columns, element % columns);
                            take(
                                outer * rows + row,
                                inner * columns + column,
                                block * rows * columns + element,
                            )?;
                        }
                    }
                }
            }
            Structure::Coo(coords) => {
                let [row, col] = coords.as_slice() else { return Ok(()) };
                let (rows, columns) = (row.numbers(), col.numbers());
                for at in 0..row.len() {
                    take(rows.at(at), columns.at(at), at)?;
                }
            }
            Structure::Dia(offsets) => {
                let width = self.data.shape().get(1).copied().unwrap_or_default();
                for (number, diagonal) in check::diagonals(&self.shape, &self.data, offsets).enumerate() {
                    for column in diagonal.start..diagonal.end {
                        let row = (column as i64 - diagonal.offset) as usize;
                        take(row, column, number * width + column)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn narrow<I: SpIndex>(number: usize) -> Result<I> {
    I::try_from_usize(number).ok_or_else(|| {
        let what =
            format!("{number} does not fit the integers of {} bytes asked for as indices", size_of::<I>());
        Error::new(ErrorKind::InvalidInput, what)
    })
}

fn collected<T>(items: impl ExactSizeIterator<Item = Result<T>>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    reserve(&mut all, items.len())?;
    for item in items {
        all.push(item?);
    }
    Ok(all)
}

/// Indices of up to `most`, in the integers that SciPy takes for them.
fn index(numbers: impl ExactSizeIterator<Item = Option<usize>>, most: usize) -> Result<DynArray> {
    let negative = || Error::new(ErrorKind::InvalidInput, "a negative index, or one past 64 bits");
    let numbers = collected(
        numbers.map(|number| number.and_then(|number| i64::try_from(number).ok()).ok_or_else(negative)),
    )?;
    let wide = DynArray::from_array(&numbers)?;
    if most <= i32::MAX as usize && numbers.iter().all(|&number| number <= i32::MAX.into()) {
        wide.cast(&crate::DType::INT32)
    } else {
        Ok(wide)
    }
}
