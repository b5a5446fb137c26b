//! The dtype as the columns that fill one element of it.

use super::error::TextError;
use crate::{DType, Result, Scalar, TimeUnit};

/// The most values that one element may take from a row.
const MOST_CELLS: usize = 1 << 24;

/// One value of an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) scalar: Scalar,
    /// Where it stands, from the start of the element.
    pub(super) offset: usize,
}

/// What one row becomes.
#[derive(Debug, Clone)]
pub(super) enum Columns {
    /// Every column is an element of this kind.
    Each(Scalar),
    /// Every column is a text, and all together decide the dtype: `S` and `U` without a length, `M8` without a unit.
    Texts(Scalar),
    /// The whole row is one record, of so many bytes, whose values are these.
    Record(Vec<Cell>, usize),
}

impl Columns {
    /// The columns of `dtype` (`field_types.c` in NumPy).
    ///
    /// # Errors
    /// `InvalidInput` for a subarray.
    pub(super) fn of(dtype: &DType) -> Result<Self> {
        match dtype {
            DType::Scalar(
                scalar @ (Scalar::Bytes(0) | Scalar::Str(0, _) | Scalar::Datetime(TimeUnit::Generic, _)),
            ) => Ok(Self::Texts(*scalar)),
            DType::Scalar(scalar) => Ok(Self::Each(*scalar)),
            DType::Subarray(_) => Err(TextError::Subarray.into()),
            DType::Record(record) => {
                let mut cells = Vec::new();
                flatten(dtype, &mut cells)?;
                Ok(Self::Record(cells, record.itemsize()))
            }
        }
    }

    /// Where the objects of an element stand, if it has any.
    pub(super) fn objects(&self) -> Vec<usize> {
        match self {
            Self::Each(Scalar::Object) => vec![0],
            Self::Record(cells, _) => {
                cells.iter().filter(|cell| cell.scalar == Scalar::Object).map(|cell| cell.offset).collect()
            }
            Self::Each(_) | Self::Texts(_) => Vec::new(),
        }
    }

    /// How many columns a row must have, where the dtype says so.
    pub(super) fn wanted(&self) -> Option<usize> {
        match self {
            Self::Record(cells, _) => Some(cells.len()),
            Self::Each(_) | Self::Texts(_) => None,
        }
    }
}

/// The values of `dtype` in order. Fields lie within a dtype that the caller built, so the depth is theirs.
pub(super) fn flatten(dtype: &DType, cells: &mut Vec<Cell>) -> Result<()> {
    // A stack instead of recursion: what is on top comes next.
    let mut stack = vec![(dtype, 0)];
    while let Some((dtype, offset)) = stack.pop() {
        if cells.len() + stack.len() > MOST_CELLS {
            return Err(TextError::TooManyFields(MOST_CELLS).into());
        }
        match dtype {
            DType::Scalar(scalar) => {
                cells.push(Cell { scalar: *scalar, offset });
            }
            DType::Record(record) => {
                stack.extend(record.fields().iter().rev().map(|field| (&field.dtype, offset + field.offset)));
            }
            DType::Subarray(subarray) => {
                let base = subarray.base();
                let count = subarray.shape().iter().fold(1_usize, |all, &axis| all.saturating_mul(axis));
                if count > MOST_CELLS {
                    return Err(TextError::TooManyFields(MOST_CELLS).into());
                }
                stack.extend((0..count).rev().map(|index| (base, offset + index * base.itemsize())));
            }
        }
    }
    Ok(())
}
