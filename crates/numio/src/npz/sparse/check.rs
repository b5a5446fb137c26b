//! The invariants of each format, checked before anything indexes by its numbers.

use crate::npz::sparse::error::SparseFault;
use crate::npz::sparse::index::Index;
use crate::npz::sparse::{Compressed, SparseFormat, Structure};
use crate::{DynArray, Result};

/// The ways to a [`Structure`], all of which check.
pub(super) struct Checked;

impl Checked {
    pub(super) fn compressed(
        format: SparseFormat,
        shape: &[usize],
        data: &DynArray,
        indices: &DynArray,
        indptr: &DynArray,
    ) -> Result<Structure> {
        check_data(data, if format == SparseFormat::Bsr { 3 } else { 1 })?;
        check_rank(format, true, shape)?;
        let (outer, inner) = match (format, shape, data.shape()) {
            (SparseFormat::Bsr, &[rows, columns], &[_, block_rows, block_columns]) => {
                let parts = |whole: usize, part: usize| {
                    whole.checked_rem(part).filter(|rest| *rest == 0).and(whole.checked_div(part))
                };
                match (parts(rows, block_rows), parts(columns, block_columns)) {
                    (Some(outer), Some(inner)) => (outer, inner),
                    _ => {
                        let (block, shape) = (vec![block_rows, block_columns], shape.to_vec());
                        return Err(SparseFault::Block { block, shape }.into());
                    }
                }
            }
            (SparseFormat::Csc, &[rows, columns], _) => (columns, rows),
            (_, &[rows, columns], _) => (rows, columns),
            (_, &[length], _) => (1, length),
            _ => return Err(rank(format, true, shape)),
        };
        let (indices, indptr) = (Index::new("indices", indices)?, Index::new("indptr", indptr)?);
        let count = data.shape().first().copied().unwrap_or_default();
        same_length("indices", indices.len(), "data", count)?;
        if outer.checked_add(1) != Some(indptr.len()) {
            let (found, wanted) = (indptr.len(), outer.saturating_add(1));
            return Err(SparseFault::Pointers { found, wanted }.into());
        }
        match indptr.numbers().get(0) {
            Some(0) => {}
            found => return Err(SparseFault::Start { found: found.unwrap_or_default() }.into()),
        }
        if let Some(position) = indptr.numbers().first_decrease() {
            return Err(SparseFault::Decrease { position }.into());
        }
        if indptr.last() > indices.len() {
            return Err(SparseFault::End { found: indptr.last(), len: indices.len() }.into());
        }
        check_inside("indices", &indices, inner)?;
        let parts = Compressed { indices, indptr };
        Ok(match format {
            SparseFormat::Csc => Structure::Csc(parts),
            SparseFormat::Bsr => Structure::Bsr(parts),
            _ => Structure::Csr(parts),
        })
    }

    pub(super) fn coo(shape: &[usize], data: &DynArray, coords: &[DynArray]) -> Result<Structure> {
        check_data(data, 1)?;
        check_rank(SparseFormat::Coo, true, shape)?;
        if coords.len() != shape.len() {
            let (found, wanted) = (coords.len(), shape.len());
            return Err(SparseFault::Lengths { what: "coords", found, other: "the shape", wanted }.into());
        }
        let mut checked = Vec::new();
        for (axis, (coords, &end)) in coords.iter().zip(shape).enumerate() {
            let what = match (shape.len(), axis) {
                (2, 0) => "row",
                (2, _) => "col",
                _ => "coords",
            };
            let coords = Index::new(what, coords)?;
            same_length(what, coords.len(), "data", data.size())?;
            check_inside(what, &coords, end)?;
            checked.push(coords);
        }
        Ok(Structure::Coo(checked))
    }

    pub(super) fn dia(shape: &[usize], data: &DynArray, offsets: &DynArray) -> Result<Structure> {
        check_data(data, 2)?;
        let &[rows, columns] = shape else { return Err(rank(SparseFormat::Dia, true, shape)) };
        let offsets = Index::new("offsets", offsets)?;
        let count = data.shape().first().copied().unwrap_or_default();
        same_length("offsets", offsets.len(), "data", count)?;
        // SciPy adds offsets to row numbers in integers of 32 bits where the shape fits those. Diagonals of the matrix never
        // overflow them; others are allowed as long as they do not either.
        let widest =
            if rows.max(columns) <= i32::MAX as usize { i128::from(i32::MAX) } else { i128::from(i64::MAX) };
        let (rows, columns) = (rows as i128, columns as i128);
        let mut sorted = Vec::new();
        crate::error::reserve(&mut sorted, offsets.len())?;
        for position in 0..offsets.len() {
            let found = offsets.numbers().get(position).unwrap_or_default();
            let offset = i128::from(found);
            let is_inside = -rows < offset && offset < columns;
            if !is_inside && (offset + rows > widest || columns - offset > widest) {
                return Err(SparseFault::Diagonal { position, found }.into());
            }
            sorted.push(found);
        }
        sorted.sort_unstable();
        if let Some(&[found, _]) = sorted.windows(2).find(|pair| pair.first() == pair.last()).map(|pair| {
            // Windows of two have two.
            <&[i64; 2]>::try_from(pair).unwrap_or(&[0, 0])
        }) {
            return Err(SparseFault::DiagonalTwice { found }.into());
        }
        Ok(Structure::Dia(offsets))
    }
}

/// Checks that SciPy has matrices, or arrays, of this format with as many axes.
pub(super) fn check_rank(format: SparseFormat, is_array: bool, shape: &[usize]) -> Result<()> {
    let most = match (format, is_array) {
        (SparseFormat::Coo, true) => 1..=64,
        (SparseFormat::Csr, true) => 1..=2,
        _ => 2..=2,
    };
    if most.contains(&shape.len()) { Ok(()) } else { Err(rank(format, is_array, shape)) }
}

fn rank(format: SparseFormat, is_array: bool, shape: &[usize]) -> crate::Error {
    SparseFault::Rank { format, is_array, found: shape.len() }.into()
}

fn check_data(data: &DynArray, wanted: usize) -> Result<()> {
    if data.dtype().has_objects() {
        return Err(SparseFault::Objects.into());
    }
    match data.ndim() == wanted {
        true => Ok(()),
        false => Err(SparseFault::Axes { what: "data", found: data.ndim(), wanted }.into()),
    }
}

fn same_length(what: &'static str, found: usize, other: &'static str, wanted: usize) -> Result<()> {
    match found == wanted {
        true => Ok(()),
        false => Err(SparseFault::Lengths { what, found, other, wanted }.into()),
    }
}

fn check_inside(what: &'static str, index: &Index, end: usize) -> Result<()> {
    match index.numbers().first_outside(end) {
        None => Ok(()),
        Some((position, found)) => {
            Err(SparseFault::Outside { what, position, found: found.into(), end }.into())
        }
    }
}

/// The elements of one diagonal that are part of the matrix, by their columns: the position of the first in its row of
/// the data, and of the end.
pub(super) struct Diagonal {
    pub(super) start: usize,
    pub(super) end: usize,
    /// How far the row is behind the column.
    #[cfg(feature = "sprs")]
    pub(super) offset: i64,
}

/// The diagonals of `dia`, in the order of the data.
pub(super) fn diagonals<'a>(
    shape: &[usize],
    data: &DynArray,
    offsets: &'a Index,
) -> impl Iterator<Item = Diagonal> + use<'a> {
    let (rows, columns) = match shape {
        &[rows, columns] => (rows as i128, columns as i128),
        _ => (0, 0),
    };
    let width = data.shape().get(1).map_or(0, |&width| width as i128).min(columns);
    (0..offsets.len()).map(move |at| {
        let offset = offsets.numbers().get(at).unwrap_or_default();
        let start = i128::from(offset).max(0);
        let end = (rows + i128::from(offset)).min(width).max(start);
        // Both are at most the width where they differ; a diagonal outside of the matrix is empty.
        let (start, end) = if start < end { (start as usize, end as usize) } else { (0, 0) };
        Diagonal {
            start,
            end,
            #[cfg(feature = "sprs")]
            offset,
        }
    })
}
