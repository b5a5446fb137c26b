//! Writing a `.npy` file row by row, without knowing how many there will be.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::io::{AtomicFile, write_all_at};
use crate::npy::Header;
use crate::npy::append::check_growing;
use crate::npy::error::Fault;
use crate::npy::write::{GATHERED, WriteOptions, write_in};
use crate::{ArrayLike, DType, Error, ErrorKind, Order, Result};

/// Writes a new file along its first axis, in C order. The header has space for any number of rows, and is completed at
/// the end; until [`finish`](Self::finish) the old file stays as it was. Dropped before, it leaves nothing.
///
/// The first row decides dtype and shape, unless [`with_rows_of`](Self::with_rows_of) has.
///
/// ```
/// use ndarray::{Array2, array};
/// use numio::npy::RowWriter;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("walk.npy");
/// let mut writer = RowWriter::create(&path)?;
/// let mut at = [0.0, 0.0];
/// while at[0] < 2.0 {
///     writer.push(&at)?;
///     at = [at[0] + 0.75, at[1] - 1.0];
/// }
/// writer.extend(&array![[8.0, 9.0]])?; // rows as an array
/// assert_eq!(writer.finish()?, 4);
/// let walk: Array2<f64> = numio::read_npy(&path)?;
/// assert_eq!(walk.row(2).to_vec(), [1.5, -2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RowWriter {
    path: PathBuf,
    options: WriteOptions,
    out: BufWriter<AtomicFile>,
    /// Nothing before dtype and shape are known.
    header: Option<Growing>,
    rows: usize,
    /// Set after an error from which the file cannot be completed.
    failed: bool,
}

/// The header of no rows, and the bytes that it takes.
#[derive(Debug)]
struct Growing {
    header: Header,
    len: usize,
}

impl RowWriter {
    /// Begins a file at `path`, to which nothing is added.
    ///
    /// # Errors
    /// `Io` where the directory does not let a new file be made; `InvalidInput` for a pipe or a device, whose header cannot
    /// be completed.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        Self::create_with(path, &WriteOptions::new())
    }

    /// As [`create`](Self::create), under these options.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_with(path: impl AsRef<Path>, options: &WriteOptions) -> Result<Self> {
        let path = path.as_ref();
        let file = AtomicFile::create(path)?;
        if !file.is_regular() {
            let why = "not a regular file: the number of rows is written at its start when all have come";
            return Err(Error::new(ErrorKind::InvalidInput, why).with_path(path));
        }
        Ok(Self {
            path: path.to_path_buf(),
            options: options.clone(),
            out: BufWriter::with_capacity(GATHERED, file),
            header: None,
            rows: 0,
            failed: false,
        })
    }

    /// Sets dtype and shape of each row before there is any, so that a file without rows can be written.
    ///
    /// # Errors
    /// `InvalidInput` for a dtype that no file has or that holds Python objects, and after the first row.
    ///
    /// ```
    /// use numio::npy::RowWriter;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("none.npy");
    /// let mut writer = RowWriter::create(&path)?;
    /// writer.with_rows_of(numio::DType::FLOAT32, &[3])?;
    /// assert_eq!(writer.finish()?, 0);
    /// assert_eq!(numio::load(&path)?.into_array()?.shape(), [0, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_rows_of(&mut self, dtype: DType, shape: &[usize]) -> Result<&mut Self> {
        let begun = match self.header {
            Some(_) => {
                Err(Error::new(ErrorKind::InvalidInput, "the rows' dtype and shape are known already"))
            }
            None => self.begin(dtype, None, shape),
        };
        begun.map_err(|error| error.with_path(&self.path))?;
        Ok(self)
    }

    fn begin(&mut self, dtype: DType, descr: Option<&str>, row: &[usize]) -> Result<()> {
        let shape = std::iter::once(0).chain(row.iter().copied()).collect();
        let header = Header::new(dtype, shape, Order::C)?.with_other_descr(descr)?;
        check_growing(&header)?;
        let header = match self.options.version {
            Some(version) => header.with_version(version)?,
            None => header,
        };
        let bytes = header.to_bytes();
        self.write(|out| Ok(out.write_all(&bytes)?))?;
        self.header = Some(Growing { header, len: bytes.len() });
        Ok(())
    }

    /// The number of rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds one row: an array of the rows' shape, or a number where rows are numbers.
    ///
    /// # Errors
    /// `InvalidInput` if its dtype or shape is another than that of the first; `Io`, after which the file cannot be
    /// completed.
    pub fn push(&mut self, row: &(impl ArrayLike + ?Sized)) -> Result<()> {
        self.add(&row, &row.shape(), 1).map_err(|error| error.with_path(&self.path))
    }

    /// Adds the rows of an array, along its first axis.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn extend(&mut self, rows: &(impl ArrayLike + ?Sized)) -> Result<()> {
        let shape = rows.shape();
        let added = match shape.split_first() {
            Some((&count, row)) => self.add(&rows, row, count),
            None => Err(Fault::NoAxes.into()),
        };
        added.map_err(|error| error.with_path(&self.path))
    }

    fn add(&mut self, array: &dyn ArrayLike, row: &[usize], count: usize) -> Result<()> {
        array.check()?;
        let dtype = array.dtype();
        let Some(Growing { header, .. }) = &self.header else {
            self.begin(dtype, array.descr().as_deref(), row)?;
            return self.add_elements(array, count);
        };
        if dtype != *header.dtype() {
            return Err(Fault::OtherDType { found: dtype, wanted: header.dtype().clone() }.into());
        }
        let wanted = header.shape().get(1..).unwrap_or_default();
        if wanted != row {
            return Err(Fault::OtherRow { found: row.to_vec(), wanted: wanted.to_vec() }.into());
        }
        self.add_elements(array, count)
    }

    fn add_elements(&mut self, array: &dyn ArrayLike, count: usize) -> Result<()> {
        self.write(|out| write_in(out, array, Order::C))?;
        self.rows = self.rows.saturating_add(count);
        Ok(())
    }

    fn write(&mut self, write: impl FnOnce(&mut BufWriter<AtomicFile>) -> Result<()>) -> Result<()> {
        if self.failed {
            return Err(Fault::Failed.into());
        }
        let Self { options, out, .. } = self;
        // So that it also stands where the array panics.
        self.failed = true;
        let written = options.run.run(|| write(out));
        self.failed = written.is_err();
        written
    }

    /// Completes the header, moves the file to its path, and returns the number of rows.
    ///
    /// # Errors
    /// `InvalidInput` if there is no row and nothing says what rows there would have been, and after an earlier call has
    /// failed to write; `Io`.
    pub fn finish(mut self) -> Result<usize> {
        let path = std::mem::take(&mut self.path);
        self.complete().map_err(|error| error.with_path(path))
    }

    fn complete(mut self) -> Result<usize> {
        self.write(|out| Ok(out.flush()?))?;
        let Self { options, out, header, rows, .. } = self;
        let Some(Growing { header, len }) = header else {
            let why = "there are no rows, and nothing says of what dtype and shape: say so with RowWriter::with_rows_of";
            return Err(Error::new(ErrorKind::InvalidInput, why));
        };
        let header = header.with_growing_axis(rows)?;
        let bytes = header.to_bytes_within(len).ok_or(Fault::NoRoom)?;
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        write_all_at(file.file(), &bytes, 0)?;
        file.commit_with(options.sync)?;
        Ok(rows)
    }
}
