//! Arrays in blocks, so that work on one larger than memory takes little of it.

pub(crate) mod values;

use crate::array::swap;
use crate::io::ReadAt;
use crate::npy::NpyFile;
use crate::{DType, DynArray, Order, Result, Scalar, SliceItem};

/// An array whose elements can be read in blocks, from several threads: a [`DynArray`] in memory or in a map, or an open
/// [`NpyFile`], of which a block at a time is read.
pub trait BlockSource: Sync {
    /// The type of the elements.
    fn dtype(&self) -> &DType;

    /// Number of elements along each axis.
    fn shape(&self) -> &[usize];

    /// The order in which the elements are stored.
    fn order(&self) -> Order;

    /// The elements of a block, as an array of the block's shape.
    ///
    /// # Errors
    /// Those of reading; `InvalidInput` if the block reaches past the array.
    fn block(&self, block: &Block) -> Result<DynArray>;

    /// The bytes of a block's elements in native byte order, side by side in `order`; `buffer` is memory to use for them.
    ///
    /// # Errors
    /// As [`block`](Self::block).
    fn bytes<'a>(&'a self, block: &Block, order: Order, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        let part = self.block(block)?;
        gather(&part, order, buffer)?;
        Ok(buffer)
    }

    /// The array itself, where it is in memory as a whole, as arrays of Python objects are.
    fn as_array(&self) -> Option<&DynArray> {
        None
    }
}

/// A part of an array: along each axis a range of indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    starts: Vec<usize>,
    shape: Vec<usize>,
}

impl Block {
    /// The block that starts at an index and has this shape. Both have a number for each axis.
    pub fn new(starts: &[usize], shape: &[usize]) -> Self {
        Self { starts: starts.to_vec(), shape: shape.to_vec() }
    }

    /// The first index along each axis.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// The number of indexes along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of elements.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// The index in the whole array of the element that comes at `position` within the block, in `order`.
    pub(crate) fn index(&self, position: usize, order: Order) -> Vec<usize> {
        let mut index = unravel(position, &self.shape, order);
        for (index, start) in index.iter_mut().zip(&self.starts) {
            *index += start;
        }
        index
    }

    pub(crate) fn items(&self) -> Vec<SliceItem> {
        let range = |(&start, &len): (&usize, &usize)| SliceItem::Range {
            start: Some(start as isize),
            stop: Some(start.saturating_add(len) as isize),
            step: 1,
        };
        self.starts.iter().zip(&self.shape).map(range).collect()
    }

    /// The position of the first element among all that are stored in `order`, where the block's elements follow one
    /// another there.
    fn run(&self, shape: &[usize], order: Order) -> Option<usize> {
        let mut axes: Vec<(usize, usize, usize)> =
            self.starts.iter().zip(&self.shape).zip(shape).map(|((&a, &b), &c)| (a, b, c)).collect();
        if order == Order::Fortran {
            axes.reverse();
        }
        // Once an axis has several indexes, those after it must be whole.
        let mut is_inside = false;
        let mut first = 0_usize;
        for (start, len, all) in axes {
            if is_inside && len != all {
                return None;
            }
            is_inside |= len > 1;
            first = first.checked_mul(all)?.checked_add(start)?;
        }
        Some(first)
    }
}

/// The index along each axis of the element that comes at `position` in C order, in an array of this shape.
///
/// ```
/// assert_eq!(numio::blocks::index_of(5, &[2, 3]), [1, 2]);
/// ```
pub fn index_of(position: usize, shape: &[usize]) -> Vec<usize> {
    unravel(position, shape, Order::C)
}

/// The index along each axis of the element at `position` in `order`.
pub(crate) fn unravel(position: usize, shape: &[usize], order: Order) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    let mut left = position;
    let mut step = |(index, &len): (&mut usize, &usize)| {
        if len > 0 {
            *index = left % len;
            left /= len;
        }
    };
    match order {
        Order::C => index.iter_mut().zip(shape).rev().for_each(&mut step),
        Order::Fortran => index.iter_mut().zip(shape).for_each(&mut step),
    }
    index
}

/// The position in C order of an index.
pub(crate) fn ravel(index: &[usize], shape: &[usize]) -> usize {
    index
        .iter()
        .zip(shape)
        .fold(0, |position: usize, (&index, &len)| position.saturating_mul(len).saturating_add(index))
}

/// The blocks that an array is divided into.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    shape: Vec<usize>,
    /// The length of a block along each axis; shorter at the array's ends.
    lengths: Vec<usize>,
    order: Order,
}

impl Grid {
    /// Blocks of up to `most` elements, which follow one another in memory of that order.
    pub(crate) fn new(shape: &[usize], most: usize, order: Order) -> Self {
        let mut lengths = vec![1; shape.len()];
        let mut left = most.max(1);
        let mut fill = |(length, &all): (&mut usize, &usize)| {
            *length = all.clamp(1, left);
            // An axis that is cut ends the run.
            left = if *length < all { 1 } else { left / *length };
        };
        match order {
            Order::C => lengths.iter_mut().zip(shape).rev().for_each(&mut fill),
            Order::Fortran => lengths.iter_mut().zip(shape).for_each(&mut fill),
        }
        Self { shape: shape.to_vec(), lengths, order }
    }

    /// Blocks that are wide along the first axis and the last, so that in memory of either order their elements come in
    /// long runs.
    pub(crate) fn square(shape: &[usize], most: usize) -> Self {
        let side = most.max(1).isqrt();
        let mut grid = Self { shape: shape.to_vec(), lengths: vec![1; shape.len()], order: Order::C };
        if let Some((length, &all)) = grid.lengths.first_mut().zip(shape.first()) {
            *length = all.clamp(1, side);
        }
        let mut left = most.max(1) / grid.lengths.first().copied().unwrap_or(1).max(1);
        for (length, &all) in grid.lengths.iter_mut().zip(shape).skip(1).rev() {
            *length = all.clamp(1, left.max(1));
            left /= *length;
        }
        grid
    }

    /// The number of blocks.
    pub(crate) fn len(&self) -> usize {
        self.counts().iter().product()
    }

    fn counts(&self) -> Vec<usize> {
        self.shape.iter().zip(&self.lengths).map(|(all, length)| all.div_ceil(*length)).collect()
    }

    pub(crate) fn block(&self, number: usize) -> Block {
        let at = unravel(number, &self.counts(), self.order);
        let starts: Vec<usize> = at.iter().zip(&self.lengths).map(|(at, length)| at * length).collect();
        let ends = starts.iter().zip(&self.shape).zip(&self.lengths);
        let shape = ends.map(|((start, all), length)| (*length).min(all.saturating_sub(*start))).collect();
        Block { starts, shape }
    }
}

/// Copies all elements to `buffer`, in `order` and native byte order.
fn gather(part: &DynArray, order: Order, buffer: &mut Vec<u8>) -> Result<()> {
    resize(buffer, part.nbytes())?;
    part.gather(order, buffer);
    swap::to_native(part.dtype(), buffer);
    Ok(())
}

fn resize(buffer: &mut Vec<u8>, len: usize) -> Result<()> {
    crate::error::reserve(buffer, len.saturating_sub(buffer.len()))?;
    buffer.resize(len, 0);
    Ok(())
}

impl BlockSource for DynArray {
    fn dtype(&self) -> &DType {
        Self::dtype(self)
    }

    fn shape(&self) -> &[usize] {
        Self::shape(self)
    }

    fn order(&self) -> Order {
        Self::order(self)
    }

    fn block(&self, block: &Block) -> Result<DynArray> {
        self.slice(&block.items())
    }

    fn bytes<'a>(&'a self, block: &Block, order: Order, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        let is_plain = swap::is_native(Self::dtype(self)) && (Self::order(self) == order || self.ndim() < 2);
        if let Some(bytes) = self.as_bytes().filter(|_| is_plain)
            && let Some(first) = block.run(Self::shape(self), order)
        {
            let itemsize = Self::dtype(self).itemsize();
            let start = first.saturating_mul(itemsize);
            if let Some(run) = bytes.get(start..start.saturating_add(block.size() * itemsize)) {
                return Ok(run);
            }
        }
        gather(&self.slice(&block.items())?, order, buffer)?;
        Ok(buffer)
    }

    fn as_array(&self) -> Option<&DynArray> {
        Some(self)
    }
}

impl BlockSource for NpyFile {
    fn dtype(&self) -> &DType {
        self.header().dtype()
    }

    fn shape(&self) -> &[usize] {
        self.header().shape()
    }

    fn order(&self) -> Order {
        self.header().order()
    }

    fn block(&self, block: &Block) -> Result<DynArray> {
        self.slice(&block.items())
    }

    fn bytes<'a>(&'a self, block: &Block, order: Order, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        let (header, itemsize) = (self.header(), self.header().dtype().itemsize());
        let run = block.run(header.shape(), order);
        if let Some(first) = run.filter(|_| header.order() == order || header.shape().len() < 2) {
            resize(buffer, block.size() * itemsize)?;
            let offset = (first as u64).saturating_mul(itemsize as u64) + self.data_offset() as u64;
            let read = self.file().read_exact_at(buffer, offset);
            read.map_err(|error| crate::Error::from(error).at(offset).with_path(self.path()))?;
            swap::to_native(header.dtype(), buffer);
        } else {
            gather(&self.slice(&block.items())?, order, buffer)?;
        }
        Ok(buffer)
    }
}

/// A number, text or time within each element: the element itself, or what is in a field of a record.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    /// The field's name, with those of the fields around it; empty for the element itself.
    pub(crate) path: String,
    pub(crate) scalar: Scalar,
    /// Offset within the element.
    offset: usize,
    /// How often it comes: for each subarray around it the count and the distance in bytes, the outermost first.
    repeats: Vec<(usize, usize)>,
    itemsize: usize,
}

impl Leaf {
    /// All leaves of a dtype that take any bytes.
    pub(crate) fn all(dtype: &DType) -> Vec<Self> {
        let mut found = Vec::new();
        let start = Self {
            path: String::new(),
            scalar: Scalar::Bool,
            offset: 0,
            repeats: Vec::new(),
            itemsize: dtype.itemsize(),
        };
        collect(dtype, &start, &mut found);
        found
    }

    /// How many there are in each element.
    pub(crate) fn count(&self) -> usize {
        self.repeats.iter().map(|(count, _)| count).product()
    }

    /// This leaf of each element in `bytes`, side by side.
    pub(crate) fn values<'a>(&self, bytes: &'a [u8], buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        let size = self.scalar.itemsize();
        if size.saturating_mul(self.count()) == self.itemsize {
            return Ok(bytes);
        }
        buffer.clear();
        let elements = bytes.len() / self.itemsize.max(1);
        crate::error::reserve(buffer, elements.saturating_mul(self.count()).saturating_mul(size))?;
        let counts: Vec<usize> = self.repeats.iter().map(|(count, _)| *count).collect();
        for element in bytes.chunks_exact(self.itemsize.max(1)) {
            for number in 0..self.count() {
                let at = unravel(number, &counts, Order::C);
                let shift: usize = at.iter().zip(&self.repeats).map(|(at, (_, step))| at * step).sum();
                let value = element.get(self.offset + shift..).and_then(|rest| rest.get(..size));
                buffer.extend_from_slice(value.unwrap_or_default());
            }
        }
        Ok(buffer)
    }
}

/// Recurses once per level of a dtype, which is no deeper than a header.
fn collect(dtype: &DType, outer: &Leaf, found: &mut Vec<Leaf>) {
    match dtype {
        DType::Scalar(scalar) if scalar.itemsize() > 0 => {
            found.push(Leaf { scalar: *scalar, ..outer.clone() });
        }
        DType::Scalar(_) => {}
        DType::Record(record) => {
            for field in record.fields() {
                let dot = if outer.path.is_empty() { "" } else { "." };
                let inner = Leaf {
                    path: format!("{}{dot}{}", outer.path, field.name),
                    offset: outer.offset + field.offset,
                    ..outer.clone()
                };
                collect(&field.dtype, &inner, found);
            }
        }
        DType::Subarray(subarray) => {
            let count = subarray.shape().iter().product();
            if count > 0 && subarray.base().itemsize() > 0 {
                let mut inner = outer.clone();
                inner.repeats.push((count, subarray.base().itemsize()));
                collect(subarray.base(), &inner, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_an_array_once() {
        for shape in [&[][..], &[7], &[3, 5], &[2, 3, 4], &[1, 9, 1], &[4, 0, 2]] {
            for most in [1, 2, 5, 8, 100] {
                let grids = [
                    Grid::new(shape, most, Order::C),
                    Grid::new(shape, most, Order::Fortran),
                    Grid::square(shape, most),
                ];
                for grid in grids {
                    let mut seen = vec![0; shape.iter().product()];
                    for number in 0..grid.len() {
                        let block = grid.block(number);
                        assert!(block.size() <= most, "{block:?}");
                        for position in 0..block.size() {
                            seen[ravel(&block.index(position, Order::C), shape)] += 1;
                        }
                    }
                    assert!(seen.iter().all(|&count| count == 1), "{shape:?} {most} {grid:?}");
                }
            }
        }
    }

    #[test]
    fn a_block_has_the_elements_of_its_slice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        let whole =
            DynArray::from_bytes(DType::parse(">i2").unwrap(), &[4, 5, 3], &Vec::from_iter(0..120_u8));
        let whole = whole.unwrap();
        for array in [whole.clone(), whole.t()] {
            crate::save(&path, &array).unwrap();
            let file = NpyFile::open(&path).unwrap();
            for order in [Order::C, Order::Fortran] {
                for most in [1, 4, 7, 60] {
                    for grid in [Grid::new(array.shape(), most, order), Grid::square(array.shape(), most)] {
                        for block in (0..grid.len()).map(|number| grid.block(number)) {
                            let (mut one, mut two) = (Vec::new(), Vec::new());
                            let known = array.slice(&block.items()).unwrap().to_native().unwrap();
                            let known = if order == Order::C { known } else { known.t() }.to_bytes();
                            assert_eq!(BlockSource::bytes(&array, &block, order, &mut one).unwrap(), known);
                            assert_eq!(file.bytes(&block, order, &mut two).unwrap(), known);
                        }
                    }
                }
            }
        }
    }
}
