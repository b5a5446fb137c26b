//! Rows that wait in a nameless file until it is known how many there are.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use numio::{ArrayLike, DType, DynArray, Error, ErrorKind, Order, Result};

/// The rows that have come.
#[derive(Debug)]
pub struct Spool {
    file: BufWriter<File>,
    dtype: DType,
    shape: Vec<usize>,
}

impl Spool {
    /// In the directory of the file that is to be written: there is room for the rows, if anywhere.
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
    /// `InvalidData` where rows are of another dtype or shape than those before.
    pub fn push(&mut self, rows: &DynArray) -> Result<()> {
        check(rows, &self.dtype, &self.shape)?;
        self.file.write_all(&rows.to_bytes())?;
        if let (Some(all), Some(more)) = (self.shape.first_mut(), rows.shape().first()) {
            *all += more;
        }
        Ok(())
    }
}

/// All rows are of one dtype and shape.
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

impl ArrayLike for Spool {
    fn dtype(&self) -> DType {
        self.dtype.clone()
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
        let mut file = self.file.get_ref();
        file.seek(SeekFrom::Start(0))?;
        let mut piece = vec![0; 1 << 20];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(()),
                count => out.write_all(piece.get(..count).unwrap_or_default())?,
            }
        }
    }
}

impl Spool {
    /// Nothing more comes.
    ///
    /// # Errors
    /// `Io`.
    pub fn finish(mut self) -> Result<Self> {
        self.file.flush()?;
        Ok(self)
    }
}
