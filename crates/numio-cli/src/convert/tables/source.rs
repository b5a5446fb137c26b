//! Rows of a table in a file.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use numio::npz::{Compression, NpzWriter};
use numio::{ArrayLike, DType, DynArray, Error, ErrorKind, Limits, Order, ReadAt, Record, Result};

use super::super::file_array::seekable;
use super::super::names::{ColumnChoice, Fill, chosen, distinct};
use super::super::{Format, Rows};
use super::contents::Contents;
use super::damaged;
use super::decode::{Column, interleaved};
use super::ipc::{Ipc, IpcBatches};
use super::parquet::{Parquet, ParquetBatches};
use crate::emptiness::MOST_EMPTY;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress;
use crate::target::Input;

/// Bytes of rows that are converted at once.
const PIECE: usize = 16 << 20;

/// The most rows that Parquet's reader is asked for at once.
const MOST_ROWS: usize = 1 << 16;

/// Tables of up to this size in memory are read, whatever the file's size is.
const SMALL: u64 = 64 << 20;

/// Options for reading a table.
#[derive(Debug, Clone, Default)]
pub struct TableIn {
    pub columns: Option<Vec<ColumnChoice>>,
    pub renames: Vec<(String, String)>,
    pub fill: Fill,
    /// The one column that is read, by its name.
    pub only: Option<String>,
}

enum Table {
    Ipc(Ipc),
    Parquet(Parquet),
}

enum Batches {
    Ipc(IpcBatches),
    Parquet(ParquetBatches),
}

impl Table {
    fn open(file: &Arc<Contents>, format: Format) -> Result<Self> {
        Ok(match format {
            Format::Parquet => Self::Parquet(Parquet::open(file)?),
            _ => Self::Ipc(Ipc::open(file)?),
        })
    }

    fn schema(&self) -> &SchemaRef {
        match self {
            Self::Ipc(ipc) => ipc.schema(),
            Self::Parquet(parquet) => parquet.schema(),
        }
    }

    /// The batches with these columns, each of which is named once and in the order of the table.
    fn batches(&self, columns: Vec<usize>, rows: usize) -> Result<Batches> {
        Ok(match self {
            Self::Ipc(ipc) => Batches::Ipc(ipc.batches(columns)),
            Self::Parquet(parquet) => Batches::Parquet(parquet.batches(columns, rows)?),
        })
    }
}

impl Batches {
    fn next(&mut self) -> Result<Option<RecordBatch>> {
        interrupt::check()?;
        match self {
            Self::Ipc(batches) => batches.next(),
            Self::Parquet(batches) => batches.next(),
        }
    }
}

/// The rows of a table: records with a field for each column, or the elements of one column.
pub struct BatchRows {
    file: Arc<Contents>,
    total: Option<u64>,
    /// The columns in the order in which they are written, each with its number among those that are read.
    columns: Vec<(Column, usize)>,
    dtype: DType,
    is_single: bool,
    batches: Batches,
    /// What is left of the last batch, and its next row.
    batch: Option<(RecordBatch, usize)>,
    /// The number of rows so far.
    rows: u64,
    is_begun: bool,
    notes: Vec<String>,
}

impl BatchRows {
    /// Reads the schema, and all texts to find the longest one of each column.
    ///
    /// # Errors
    /// `InvalidData` if the file is damaged; `Unsupported`, by name, for columns that NumPy has no dtype for; `InvalidInput`
    /// where a column does not exist; `Io`.
    pub fn open(input: &Input, format: Format, options: &TableIn) -> Result<Self> {
        let file = Arc::new(Contents::new(seekable(input)?)?);
        let table = Table::open(&file, format)?;
        let own: Vec<String> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
        let chosen = match (&options.only, &options.columns) {
            (Some(name), _) => {
                let found = own.iter().position(|own| own == name);
                vec![
                    found.ok_or_else(|| {
                        Error::new(ErrorKind::NotFound, format!("there is no column {name:?}"))
                    })?,
                ]
            }
            (None, Some(choices)) => chosen(choices, Some(&own), own.len())?
                .into_iter()
                .map(|index| {
                    let found = if index < 0 { index.checked_add_unsigned(own.len()) } else { Some(index) };
                    let found = found
                        .and_then(|index| usize::try_from(index).ok())
                        .filter(|&index| index < own.len());
                    found.ok_or_else(|| {
                        let what = format!("--columns: there is no column {index}, only {}", own.len());
                        Error::new(ErrorKind::InvalidInput, what)
                    })
                })
                .collect::<Result<Vec<_>>>()?,
            (None, None) => (0..own.len()).collect(),
        };
        let mut read = chosen.clone();
        read.sort_unstable();
        read.dedup();
        if let Some((old, _)) = options.renames.iter().find(|(old, _)| !own.contains(old)) {
            let what = format!("--rename {old}: there is no such column, only {}", own.join(", "));
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        let is_own = |name: &String| {
            own.iter().any(|own| {
                name.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        if let Some((name, _)) = options.fill.by_name.iter().find(|(name, _)| !is_own(name)) {
            let what = format!("--fill {name}: there is no such column, only {}", own.join(", "));
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        let renamed = |name: &String| {
            let found = options.renames.iter().find(|(old, _)| old == name);
            found.map_or_else(|| name.clone(), |(_, new)| new.clone())
        };
        let names = chosen.iter().filter_map(|&index| own.get(index)).map(renamed).collect();
        let (names, mut notes) = distinct(names);
        let mut columns = Vec::with_capacity(chosen.len());
        for (&index, name) in chosen.iter().zip(names) {
            let Some(field) = table.schema().fields().get(index) else { continue };
            let column = Column::new(field, &options.fill, &mut notes)?.renamed(name);
            columns.push((column, read.binary_search(&index).unwrap_or(0)));
        }
        notes.dedup();
        measure(&table, &mut columns, &read)?;
        for (column, _) in &mut columns {
            column.settle()?;
        }
        let is_single = options.only.is_some();
        let dtype = match columns.as_slice() {
            [(column, _)] if is_single => column.dtype()?,
            all => {
                let fields = all.iter().map(|(column, _)| Ok((column.name.as_str(), column.dtype()?)));
                Record::packed(fields.collect::<Result<Vec<_>>>()?)?.into()
            }
        };
        let total = match &table {
            Table::Parquet(parquet) => Some(parquet.rows()?),
            Table::Ipc(_) => None,
        };
        if let Some(rows) = total {
            check_size(rows, dtype.itemsize(), file.size())?;
        }
        let step = (PIECE / dtype.itemsize().max(1)).clamp(1, MOST_ROWS);
        let batches = table.batches(read, step)?;
        Ok(Self {
            file,
            total,
            columns,
            dtype,
            is_single,
            batches,
            batch: None,
            rows: 0,
            is_begun: false,
            notes,
        })
    }

    /// The next rows: the number of the first, and a batch of them.
    fn step(&mut self) -> Result<Option<(u64, RecordBatch)>> {
        let step = (PIECE / self.dtype.itemsize().max(1)).max(1);
        let (batch, start) = match self.batch.take() {
            Some(rest) => rest,
            None => loop {
                match self.batches.next()? {
                    Some(batch) if batch.num_rows() == 0 && self.is_begun => {}
                    Some(batch) => break (batch, 0),
                    None => return Ok(None),
                }
            },
        };
        let first = self.rows;
        let count = step.min(batch.num_rows().saturating_sub(start));
        self.rows += count as u64;
        check_size(self.rows, self.dtype.itemsize(), self.file.size())?;
        let part = batch.slice(start, count);
        if start + count < batch.num_rows() {
            self.batch = Some((batch, start + count));
        }
        self.is_begun = true;
        Ok(Some((first, part)))
    }

    /// The elements of each column of a batch, one after another.
    fn parts(&self, batch: &RecordBatch, first: u64) -> Result<Vec<(usize, Vec<u8>)>> {
        let part = |(column, index): &(Column, usize)| {
            let array = batch.columns().get(*index).ok_or_else(|| damaged("a batch without a column"))?;
            Ok((column.dtype()?.itemsize(), column.elements(array, first)?))
        };
        self.columns.iter().map(part).collect()
    }

    fn shape(&self, rows: usize) -> Result<(DType, Vec<usize>)> {
        match self.columns.as_slice() {
            [(column, _)] if self.is_single => {
                let (base, mut shape) = column.base()?;
                shape.insert(0, rows);
                Ok((base, shape))
            }
            _ => Ok((self.dtype.clone(), vec![rows])),
        }
    }

    /// Writes each column as a member of an archive.
    ///
    /// # Errors
    /// Those of reading and writing.
    pub fn save_archive(
        mut self,
        mut writer: NpzWriter<'_>,
        compression: Compression,
    ) -> Result<Vec<String>> {
        writer.compression(compression);
        let bar = progress::bar(self.file.size());
        let mut file = tempfile::tempfile()?;
        let mut ends: Vec<Vec<(u64, u64)>> = vec![Vec::new(); self.columns.len()];
        let mut offset = 0;
        while let Some((first, batch)) = self.step()? {
            for ((_, bytes), ends) in self.parts(&batch, first)?.iter().zip(&mut ends) {
                file.write_all(bytes)?;
                ends.push((offset, bytes.len() as u64));
                offset += bytes.len() as u64;
            }
            bar.set_position(self.progress().1);
        }
        let file = Arc::new(file);
        let rows = usize::try_from(self.rows).map_err(damaged)?;
        for ((column, _), pieces) in self.columns.iter().zip(ends) {
            interrupt::check()?;
            let (dtype, mut shape) = column.base()?;
            shape.insert(0, rows);
            writer.add(&column.name, &Pieces { file: Arc::clone(&file), pieces, dtype, shape })?;
        }
        writer.finish()?;
        bar.finish_and_clear();
        Ok(self.notes)
    }
}

/// Looks through the columns whose dtype depends on their values.
fn measure(table: &Table, columns: &mut [(Column, usize)], read: &[usize]) -> Result<()> {
    let mut wanted: Vec<usize> =
        columns.iter().filter(|(column, _)| column.is_measured()).map(|(_, index)| *index).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return Ok(());
    }
    let numbers = wanted.iter().filter_map(|&index| read.get(index)).copied().collect();
    let mut batches = table.batches(numbers, 1 << 13)?;
    let mut row = 0;
    while let Some(batch) = batches.next()? {
        for (column, index) in columns.iter_mut().filter(|(column, _)| column.is_measured()) {
            let at = wanted.binary_search(index).map_err(|_| damaged("a column that is not there"))?;
            let array = batch.columns().get(at).ok_or_else(|| damaged("a batch without a column"))?;
            column.measure(array, row)?;
        }
        row += batch.num_rows() as u64;
    }
    Ok(())
}

/// Checks that the table is of a size that the file justifies: lengths of runs, of dictionaries and of the longest text can claim
/// any number of bytes.
fn check_size(rows: u64, itemsize: usize, file: u64) -> Result<()> {
    if itemsize == 0 && rows > MOST_EMPTY as u64 {
        return Err(Error::new(ErrorKind::LimitExceeded, format!("{rows} rows without any bytes")));
    }
    let size = rows.saturating_mul(itemsize as u64);
    let ratio = Limits::default().max_text_ratio;
    if size > SMALL && size / ratio > file {
        let what = format!(
            "{rows} rows of {itemsize} bytes in a file of {file}: more than {ratio} times its size; --columns chooses some"
        );
        return Err(Error::new(ErrorKind::LimitExceeded, what));
    }
    Ok(())
}

impl Rows for BatchRows {
    fn next(&mut self) -> Result<Option<DynArray>, Failure> {
        let was_begun = self.is_begun;
        let Some((first, batch)) = self.step()? else {
            self.is_begun = true;
            if was_begun {
                return Ok(None);
            }
            let (dtype, shape) = self.shape(0)?;
            return Ok(Some(DynArray::from_bytes(dtype, &shape, &[])?));
        };
        let parts = self.parts(&batch, first)?;
        let (dtype, shape) = self.shape(batch.num_rows())?;
        let whole = match parts.as_slice() {
            [(_, bytes)] => DynArray::from_bytes(dtype, &shape, bytes)?,
            _ => DynArray::from_bytes(dtype, &shape, &interleaved(&parts, batch.num_rows())?)?,
        };
        Ok(Some(whole))
    }

    fn progress(&self) -> (Option<u64>, u64) {
        let size = self.file.size();
        let read = match (&self.batches, self.total) {
            (Batches::Ipc(batches), _) => batches.read(),
            (Batches::Parquet(_), Some(total)) => {
                let part = u128::from(size) * u128::from(self.rows) / u128::from(total.max(1));
                u64::try_from(part).unwrap_or(size)
            }
            (Batches::Parquet(_), None) => 0,
        };
        (Some(size), read.min(size))
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

/// The elements of a column, in pieces of a temporary file.
struct Pieces {
    file: Arc<File>,
    /// The offset and the length of each.
    pieces: Vec<(u64, u64)>,
    dtype: DType,
    shape: Vec<usize>,
}

impl ArrayLike for Pieces {
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

    fn write_to(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        for &(start, length) in &self.pieces {
            let (mut offset, end) = (start, start + length);
            while offset < end {
                let count = usize::try_from(end - offset).unwrap_or(usize::MAX).min(buffer.len());
                let piece = buffer.get_mut(..count).unwrap_or_default();
                self.file.read_exact_at(piece, offset)?;
                out.write_all(piece)?;
                offset += count as u64;
            }
        }
        Ok(())
    }
}
