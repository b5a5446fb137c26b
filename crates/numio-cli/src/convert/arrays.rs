//! Rows of an array, and rows put into another shape.

use std::borrow::Cow;

use numio::blocks::{Block, BlockSource};
use numio::{DType, DynArray, Error, ErrorKind, Order, Result};

use super::Rows;
use crate::failure::Failure;

/// The bytes of rows in C order, copied only where they are not in that order already.
pub fn c_bytes(rows: &DynArray) -> Cow<'_, [u8]> {
    match rows.as_bytes().filter(|_| rows.order() == Order::C) {
        Some(bytes) => Cow::Borrowed(bytes),
        None => Cow::Owned(rows.to_bytes()),
    }
}

/// The approximate size of a chunk, in bytes.
const PIECE: usize = 16 << 20;

/// The rows of an array, or an array without axes as it is.
pub struct Arrays {
    array: Box<dyn BlockSource>,
    /// Rows per chunk: all of those that have no bytes, of which a small file may have any number.
    step: usize,
    /// The number of rows returned; `None` before the first chunk.
    given: Option<usize>,
}

impl Arrays {
    /// The rows of an array in memory, or of one of which a chunk at a time is read.
    pub fn new(array: impl BlockSource + 'static) -> Self {
        let step = PIECE.checked_div(row_bytes(&array)).map_or(usize::MAX, |rows| rows.max(1));
        Self { step, array: Box::new(array), given: None }
    }

    /// The next chunk.
    ///
    /// # Errors
    /// Those of reading; none for arrays in memory.
    pub fn chunk(&mut self) -> Result<Option<DynArray>> {
        let Some((&rows, rest)) = self.array.shape().split_first() else {
            let is_first = self.given.replace(1).is_none();
            return is_first.then(|| self.array.block(&Block::new(&[], &[]))).transpose();
        };
        let start = self.given.unwrap_or(0);
        if start >= rows && self.given.is_some() {
            return Ok(None);
        }
        let stop = start.saturating_add(self.step).min(rows);
        self.given = Some(stop);
        let (mut starts, mut shape) = (vec![start], vec![stop - start]);
        starts.resize(rest.len() + 1, 0);
        shape.extend(rest);
        Ok(Some(self.array.block(&Block::new(&starts, &shape))?))
    }
}

impl Rows for Arrays {
    fn next(&mut self) -> Result<Option<DynArray>, Failure> {
        Ok(self.chunk()?)
    }

    fn progress(&self) -> (Option<u64>, u64) {
        let rows = self.array.shape().first().copied().unwrap_or(1);
        let row = row_bytes(&*self.array);
        let all = row.saturating_mul(rows) as u64;
        (Some(all), row.saturating_mul(self.given.unwrap_or(0)) as u64)
    }
}

/// The bytes of a row, or of an array without axes.
fn row_bytes(array: &dyn BlockSource) -> usize {
    let itemsize = array.dtype().itemsize();
    array.shape().iter().skip(1).fold(itemsize, |bytes, &len| bytes.saturating_mul(len))
}

/// The values of rows, in order, as elements of an array of another shape.
pub struct Reshaped {
    rows: Box<dyn Rows>,
    /// The length of the first axis, if it is known, and the other axes.
    first: Option<usize>,
    rest: Vec<usize>,
    /// Bytes of values that do not yet fill a whole element of the first axis.
    pending: Vec<u8>,
    dtype: Option<DType>,
    given: usize,
    is_over: bool,
}

impl Reshaped {
    /// Takes a shape such as `10,4,3`, or `-1,4,3` for a first axis as long as there are values.
    ///
    /// # Errors
    /// `InvalidInput` if it is not a shape.
    pub fn new(rows: Box<dyn Rows>, shape: &[isize]) -> Result<Self> {
        let axis = |&axis: &isize| usize::try_from(axis).ok();
        let rest: Option<Vec<usize>> = shape.iter().skip(1).map(axis).collect();
        let (Some(&first), Some(rest)) = (shape.first().filter(|&&first| first >= -1), rest) else {
            let what = "--shape takes lengths of axes, of which the first may be -1: -1,4,3";
            return Err(Error::new(ErrorKind::InvalidInput, what));
        };
        if rest.contains(&0) {
            return Err(Error::new(ErrorKind::InvalidInput, "--shape: no axis but the first may be empty"));
        }
        let first = usize::try_from(first).ok();
        Ok(Self { rows, first, rest, pending: Vec::new(), dtype: None, given: 0, is_over: false })
    }

    fn unit(&self, itemsize: usize) -> Result<usize> {
        let all = self.rest.iter().try_fold(itemsize, |all, &axis| all.checked_mul(axis));
        all.filter(|&unit| unit > 0)
            .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "--shape: the axes are too long"))
    }
}

impl Rows for Reshaped {
    fn next(&mut self) -> Result<Option<DynArray>, Failure> {
        loop {
            if self.is_over {
                return Ok(None);
            }
            let piece = self.rows.next()?;
            if let Some(piece) = &piece {
                self.dtype.get_or_insert_with(|| piece.dtype().clone());
                self.pending.extend_from_slice(&c_bytes(piece));
            }
            self.is_over = piece.is_none();
            let Some(dtype) = self.dtype.clone() else { return Ok(None) };
            let unit = self.unit(dtype.itemsize())?;
            let count = self.pending.len() / unit;
            if self.is_over
                && (!self.pending.len().is_multiple_of(unit)
                    || self.first.is_some_and(|first| first != self.given + count))
            {
                let values = (self.given * unit + self.pending.len()) / dtype.itemsize().max(1);
                let first = self.first.map_or("-1".to_owned(), |first| first.to_string());
                let rest: String = self.rest.iter().map(|axis| format!(",{axis}")).collect();
                let what = format!("--shape {first}{rest}: there are {values} values");
                return Err(Error::new(ErrorKind::InvalidInput, what).into());
            }
            if count == 0 && !(self.is_over && self.given == 0) {
                continue;
            }
            let rest = self.pending.split_off(count * unit);
            let bytes = std::mem::replace(&mut self.pending, rest);
            self.given += count;
            let shape = [&[count], self.rest.as_slice()].concat();
            return Ok(Some(DynArray::from_bytes(dtype, &shape, &bytes)?));
        }
    }

    fn progress(&self) -> (Option<u64>, u64) {
        self.rows.progress()
    }

    fn notes(&self) -> Vec<String> {
        self.rows.notes()
    }
}
