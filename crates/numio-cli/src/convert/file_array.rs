//! Arrays in files: those of an input whose elements are there in C order, and rows kept in a temporary file until all have
//! arrived.

use std::fs::File;
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::Path;
use std::sync::Arc;

use numio::{ArrayLike, DType, DynArray, Error, ErrorKind, Order, ReadAt, Result};

use super::Rows;
use super::arrays::c_bytes;
use crate::failure::Failure;
use crate::target::Input;

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

    /// A part of its first axis, in memory.
    ///
    /// # Errors
    /// `Io`.
    pub fn part(&self, start: usize, count: usize) -> Result<DynArray> {
        let row = self.shape.iter().skip(1).product::<usize>() * self.dtype.itemsize();
        let mut part = self.clone();
        part.offset += (start * row) as u64;
        if let Some(axis) = part.shape.first_mut() {
            *axis = count;
        }
        DynArray::from_array(&part)
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
pub const ROWS: usize = 16 << 20;

impl FileRows {
    pub fn new(array: FileArray) -> Self {
        Self { array, next: 0, is_begun: false }
    }

    fn row(&self) -> usize {
        self.array.shape.iter().skip(1).product::<usize>() * self.array.dtype.itemsize()
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

/// The rows so far, in a temporary file.
#[derive(Debug)]
pub struct Spool {
    file: BufWriter<File>,
    dtype: DType,
    shape: Vec<usize>,
}

impl Spool {
    /// Uses the directory of the file to be written, which needs disk space for the rows anyway.
    ///
    /// # Errors
    /// `Io`.
    pub fn new(beside: Option<&Path>, first: &DynArray) -> Result<Self> {
        let directory = beside.and_then(Path::parent).filter(|parent| !parent.as_os_str().is_empty());
        let file = match (beside, directory) {
            (_, Some(directory)) => tempfile::tempfile_in(directory)?,
            (Some(_), None) => tempfile::tempfile_in(".")?,
            (None, None) => tempfile::tempfile()?,
        };
        let mut shape = first.shape().to_vec();
        if let Some(rows) = shape.first_mut() {
            *rows = 0;
        }
        let mut spool =
            Self { file: BufWriter::with_capacity(1 << 20, file), dtype: first.dtype().clone(), shape };
        spool.push(first)?;
        Ok(spool)
    }

    /// # Errors
    /// `InvalidData` if rows have another dtype or shape than those before.
    pub fn push(&mut self, rows: &DynArray) -> Result<()> {
        check(rows, &self.dtype, &self.shape)?;
        self.file.write_all(&c_bytes(rows))?;
        if let (Some(all), Some(more)) = (self.shape.first_mut(), rows.shape().first()) {
            *all += more;
        }
        Ok(())
    }

    /// The array of all rows.
    ///
    /// # Errors
    /// `Io`.
    pub fn finish(self) -> Result<FileArray> {
        let file = self.file.into_inner().map_err(IntoInnerError::into_error)?;
        Ok(FileArray::new(&Arc::new(file), 0, self.dtype, self.shape, None))
    }
}

/// Checks that rows have this dtype, and this shape except for their number.
///
/// # Errors
/// `InvalidData`.
pub fn check(rows: &DynArray, dtype: &DType, shape: &[usize]) -> Result<()> {
    let is_same = rows.dtype() == dtype && rows.shape().get(1..) == shape.get(1..);
    if is_same {
        return Ok(());
    }
    let what = format!(
        "rows of {} and shape {:?}, after rows of {dtype} and shape {shape:?}: give a --dtype with lengths",
        rows.dtype(),
        rows.shape()
    );
    Err(Error::new(ErrorKind::InvalidData, what))
}
