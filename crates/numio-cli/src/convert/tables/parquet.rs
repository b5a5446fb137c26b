//! Parquet's files: row groups, of which each column is a chunk of compressed pages, and metadata at the end.
//!
//! They are decoded by the crate `parquet`, which makes Arrow's arrays of them.

use std::io::{self, Read};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use numio::{Error, ErrorKind, Limits, Result};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use super::contents::Contents;
use super::thrift::{self, Page};
use super::{damaged, guarded};

/// The start and the end of a file; and those of one whose metadata is encrypted.
const MAGIC: &[u8; 4] = b"PAR1";
const ENCRYPTED: &[u8; 4] = b"PARE";

/// Pages of one row group that are together up to this size are decompressed, whatever their compressed size is.
const SMALL: u64 = 64 << 20;

/// The longest header of a page, statistics included.
const MOST_HEADER: u64 = 16 << 20;

/// A file whose metadata has been read.
pub struct Parquet {
    file: Arc<Contents>,
    metadata: ArrowReaderMetadata,
}

impl Parquet {
    /// # Errors
    /// `InvalidData` for what is none; `Unsupported` for encrypted ones; `LimitExceeded` for pages that are too large for their
    /// compressed size; `Io`.
    pub fn open(file: &Arc<Contents>) -> Result<Self> {
        let mut end = [0; 8];
        let size = file.size();
        if size < 12 {
            return Err(damaged(format_args!("no Parquet: {size} bytes, where a file has 12 at least")));
        }
        file.read_exact_at(&mut end, size - 8)?;
        let [a, b, c, d, magic @ ..] = end;
        if magic == *ENCRYPTED {
            let what = "a file of Parquet whose metadata is encrypted: pyarrow reads it with its key";
            return Err(Error::new(ErrorKind::Unsupported, what));
        }
        if magic != *MAGIC {
            return Err(damaged("no Parquet, or cut off: it does not end in PAR1"));
        }
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        if length > size - 12 {
            return Err(damaged(format_args!("metadata of {length} bytes, where {} are left", size - 12)));
        }
        thrift::check_footer(&file.bytes(size - 8 - length, length)?)?;
        let metadata = guarded(|| {
            ArrowReaderMetadata::load(&Chunks(Arc::clone(file)), ArrowReaderOptions::new()).map_err(refused)
        })?;
        let parquet = Self { file: Arc::clone(file), metadata };
        parquet.check_pages()?;
        Ok(parquet)
    }

    pub fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// The number of rows that the file says it has.
    pub fn rows(&self) -> Result<u64> {
        let rows = self.metadata.metadata().file_metadata().num_rows();
        u64::try_from(rows).map_err(|_| damaged(format_args!("{rows} rows")))
    }

    /// All batches of at most this number of rows, with these columns.
    ///
    /// # Errors
    /// `InvalidData` if the metadata does not fit the file.
    pub fn batches(&self, columns: Vec<usize>, rows: usize) -> Result<ParquetBatches> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            Chunks(Arc::clone(&self.file)),
            self.metadata.clone(),
        );
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), columns);
        guarded(|| {
            Ok(ParquetBatches(builder.with_projection(mask).with_batch_size(rows).build().map_err(refused)?))
        })
    }

    /// Checks that the pages that are in memory at a time, one of each column, are of a size that their row group justifies.
    fn check_pages(&self) -> Result<()> {
        let size = self.file.size();
        let mut buffer = Vec::new();
        let mut before = 0_u64;
        for group in self.metadata.metadata().row_groups() {
            let (mut largest, mut compressed) = (0_u64, 0_u64);
            for column in group.columns() {
                let known =
                    (column.data_page_offset(), column.dictionary_page_offset(), column.compressed_size());
                let (Ok(data), Ok(length)) = (u64::try_from(known.0), u64::try_from(known.2)) else {
                    return Err(damaged("a column that is not in the file"));
                };
                // A column without values may have a dictionary and no page of data.
                let dictionary = known.1.and_then(|offset| u64::try_from(offset).ok());
                let dictionary = dictionary.filter(|&offset| offset < data || data == 0);
                let mut offset = dictionary.unwrap_or(data);
                let end = offset.checked_add(length).filter(|&end| end <= size);
                let end = end.ok_or_else(|| damaged("a column that is not in the file"))?;
                compressed += length;
                let mut page = 0;
                while offset < end {
                    let found = self.page(offset, end, &mut buffer)?;
                    let next = offset
                        .checked_add(found.header as u64)
                        .and_then(|at| at.checked_add(found.compressed));
                    offset = next
                        .filter(|&next| next <= end)
                        .ok_or_else(|| damaged("a page longer than its column"))?;
                    page = page.max(found.uncompressed);
                }
                largest = largest.saturating_add(page);
            }
            let ratio = Limits::default().max_text_ratio;
            if largest > SMALL && largest / ratio > compressed {
                let what = format!(
                    "pages of {largest} bytes in a row group of {compressed}: more than {ratio} times"
                );
                return Err(Error::new(ErrorKind::LimitExceeded, what));
            }
            before = before.saturating_add(compressed);
        }
        // A file could name one column any number of times.
        if before > size {
            return Err(damaged(format_args!("columns of {before} bytes in a file of {size}")));
        }
        Ok(())
    }

    fn page(&self, offset: u64, end: u64, buffer: &mut Vec<u8>) -> Result<Page> {
        let mut length = 256.min(end - offset);
        loop {
            buffer.clear();
            buffer.extend_from_slice(&self.file.bytes(offset, length)?);
            match Page::parse(buffer) {
                Ok(page) => return Ok(page),
                Err(error) if length == end - offset || length >= MOST_HEADER => return Err(error),
                Err(_) => length = (length * 16).min(end - offset),
            }
        }
    }
}

/// The batches of a file.
pub struct ParquetBatches(ParquetRecordBatchReader);

impl ParquetBatches {
    /// # Errors
    /// `InvalidData` for pages that are damaged; `Io`.
    pub fn next(&mut self) -> Result<Option<RecordBatch>> {
        guarded(|| self.0.next().transpose().map_err(damaged))
    }
}

fn refused(error: ParquetError) -> Error {
    match error {
        ParquetError::NYI(what) => Error::new(ErrorKind::Unsupported, what),
        ParquetError::General(text) | ParquetError::EOF(text) | ParquetError::ArrowError(text) => {
            damaged(text)
        }
        error => damaged(error),
    }
}

/// The file as the crate reads it.
struct Chunks(Arc<Contents>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.size()
    }
}

impl ChunkReader for Chunks {
    type T = io::BufReader<Following>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(io::BufReader::new(Following { file: Arc::clone(&self.0), offset: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let bytes = self.0.bytes(start, length as u64);
        bytes.map(Bytes::from).map_err(|error| ParquetError::External(Box::new(error)))
    }
}

/// The file from an offset on.
struct Following {
    file: Arc<Contents>,
    offset: u64,
}

impl Read for Following {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_up_to(out, self.offset).map_err(io::Error::other)?;
        self.offset += count as u64;
        Ok(count)
    }
}
