//! Tables written, a batch of rows at a time.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{Field, Schema};
use numio::npz::Compression;
use numio::{DType, DynArray, Error, ErrorKind, Result, SliceItem};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as ParquetCodec, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::super::Format;
use super::super::file_array::check;
use super::super::named_array::{NamedArray, Spooled};
use super::super::sink::{Out, Sink};
use super::encode::{self, refused};
use crate::failure::Failure;
use crate::{interrupt, memory, progress};

/// The size at which a row group of Parquet ends, encoded in memory.
const ROW_GROUP: usize = 64 << 20;

/// The most columns that an array of two axes becomes.
const MOST_COLUMNS: usize = 1 << 16;

/// Options for writing a table.
#[derive(Debug, Clone)]
pub struct TableOut {
    pub format: Format,
    /// Where none is named, Parquet's is snappy, as of other writers, and Arrow has none.
    pub compression: Option<Compression>,
    /// The name of the only column of a plain array.
    pub name: String,
    /// True if all axes but the first become columns.
    pub is_flat: bool,
}

/// A table, begun with the first rows.
pub struct BatchSink<'o> {
    options: TableOut,
    out: Out<'o>,
    begun: Option<Begun>,
}

struct Begun {
    /// Rows like the first ones, without elements.
    like: Vec<(String, DType, Vec<usize>)>,
    schema: Arc<Schema>,
    writer: Writer,
}

/// What a writer has encoded is taken from its vector, and goes to the output.
#[allow(clippy::large_enum_variant, reason = "there is one for each file")]
enum Writer {
    File(FileWriter<Vec<u8>>),
    Stream(StreamWriter<Vec<u8>>),
    Parquet(ArrowWriter<Vec<u8>>),
}

impl Writer {
    fn new(schema: &Arc<Schema>, options: &TableOut) -> Result<Self> {
        if options.format == Format::Parquet {
            let codec = match options.compression {
                None => ParquetCodec::SNAPPY,
                Some(Compression::Zstd(level)) => {
                    ParquetCodec::ZSTD(ZstdLevel::try_new(level).map_err(refused)?)
                }
                Some(Compression::Deflated) => ParquetCodec::GZIP(GzipLevel::default()),
                Some(Compression::DeflatedAt(level)) => {
                    let level = u32::try_from(level).unwrap_or_default();
                    ParquetCodec::GZIP(GzipLevel::try_new(level).map_err(refused)?)
                }
                Some(_) => ParquetCodec::UNCOMPRESSED,
            };
            let properties = WriterProperties::builder()
                .set_compression(codec)
                .set_max_row_group_bytes(Some(ROW_GROUP))
                .set_created_by(format!("numio version {}", numio::VERSION))
                .build();
            let begin = || ArrowWriter::try_new(Vec::new(), Arc::clone(schema), Some(properties));
            let writer = memory::ending_where_short(begin);
            return Ok(Self::Parquet(writer.map_err(refused)?));
        }
        let mut own = IpcWriteOptions::default();
        if let Some(Compression::Zstd(level)) = options.compression {
            own = own.try_with_compression(Some(CompressionType::ZSTD)).map_err(refused)?;
            own = own.try_with_compression_level(Some(level)).map_err(refused)?;
        }
        Ok(match options.format {
            Format::Arrow => {
                Self::File(FileWriter::try_new_with_options(Vec::new(), schema, own).map_err(refused)?)
            }
            _ => Self::Stream(StreamWriter::try_new_with_options(Vec::new(), schema, own).map_err(refused)?),
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        memory::ending_where_short(|| match self {
            Self::File(writer) => writer.write(batch).map_err(refused),
            Self::Stream(writer) => writer.write(batch).map_err(refused),
            Self::Parquet(writer) => writer.write(batch).map_err(refused),
        })
    }

    /// The bytes since the last call.
    fn bytes(&mut self) -> Vec<u8> {
        std::mem::take(match self {
            Self::File(writer) => writer.get_mut(),
            Self::Stream(writer) => writer.get_mut(),
            Self::Parquet(writer) => writer.inner_mut(),
        })
    }

    fn finish(self) -> Result<Vec<u8>> {
        memory::ending_where_short(|| match self {
            Self::File(mut writer) => {
                writer.finish().map_err(refused)?;
                writer.into_inner().map_err(refused)
            }
            Self::Stream(mut writer) => {
                writer.finish().map_err(refused)?;
                writer.into_inner().map_err(refused)
            }
            Self::Parquet(writer) => writer.into_inner().map_err(refused),
        })
    }
}

impl<'o> BatchSink<'o> {
    pub fn new(options: TableOut, out: Out<'o>) -> Self {
        Self { options, out, begun: None }
    }

    /// The columns of rows: fields, or what is in the second axis, or the only one.
    fn columns(&self, rows: &DynArray) -> Result<Vec<(String, DynArray)>> {
        let flat;
        let rows = match rows.shape() {
            [count, rest @ ..] if self.options.is_flat && !rest.is_empty() => {
                flat = rows.reshape(&[*count, rest.iter().product()])?;
                &flat
            }
            [] if self.options.is_flat => {
                flat = rows.reshape(&[1])?;
                &flat
            }
            _ => rows,
        };
        match (rows.dtype().as_record(), rows.shape()) {
            (Some(record), [_]) => record
                .fields()
                .iter()
                .map(|field| Ok((field.name.to_string(), rows.field(&field.name)?)))
                .collect(),
            (None, [_]) => Ok(vec![(self.options.name.clone(), rows.clone())]),
            (None, &[_, count]) if count <= MOST_COLUMNS => (0..count)
                .map(|at| {
                    let part = rows.slice(&[SliceItem::ALL, SliceItem::Index(at as isize)])?;
                    Ok((format!("f{at}"), part))
                })
                .collect(),
            (None, &[_, count]) => {
                let what = format!("{count} columns, of which a table has {MOST_COLUMNS} at most");
                Err(Error::new(ErrorKind::LimitExceeded, what))
            }
            (_, shape) => {
                let what = format!(
                    "a table has one or two axes, of records one, and the array {}: add --flatten for a column for each \
                     element of a row, or name a part of it",
                    shape.len()
                );
                Err(Error::new(ErrorKind::InvalidInput, what))
            }
        }
    }

    /// Takes the next elements of all columns.
    ///
    /// # Errors
    /// `Unsupported`, by name, for dtypes that there is no type for; `InvalidData` for values that a type does not have, and for
    /// rows of another dtype than those before; `Io`.
    fn push_columns(&mut self, columns: &[(String, DynArray)], rows: usize) -> Result<()> {
        let begun = match &mut self.begun {
            Some(begun) => begun,
            none => {
                let is_parquet = self.options.format == Format::Parquet;
                let fields = columns.iter().map(|(name, array)| {
                    let mut field = encode::field(name, array.dtype(), is_parquet)?;
                    for &count in array.shape().iter().skip(1).rev() {
                        field = encode::list(field, count, name)?;
                    }
                    Ok(field)
                });
                let schema = Arc::new(Schema::new(fields.collect::<Result<Vec<Field>>>()?));
                let writer = Writer::new(&schema, &self.options)?;
                let like = |(name, array): &(String, DynArray)| {
                    (name.clone(), array.dtype().clone(), array.shape().to_vec())
                };
                none.insert(Begun { like: columns.iter().map(like).collect(), schema, writer })
            }
        };
        for ((name, array), (_, dtype, shape)) in columns.iter().zip(&begun.like) {
            check(array, dtype, shape).map_err(|error| error.with_context(format!("column {name:?}")))?;
        }
        if rows > 0 {
            let arrays = columns.iter().zip(begun.schema.fields());
            let arrays =
                arrays.map(|((_, array), field)| encode::column(array, field)).collect::<Result<Vec<_>>>()?;
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&begun.schema), arrays, &options);
            begun.writer.write(&batch.map_err(refused)?)?;
        }
        self.out.write_all(&begun.writer.bytes())?;
        Ok(())
    }
}

impl Sink for BatchSink<'_> {
    fn push(&mut self, rows: &DynArray) -> Result<(), Failure> {
        let count = rows.shape().first().copied().unwrap_or(1);
        Ok(self.push_columns(&self.columns(rows)?, count)?)
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        if let Some(begun) = self.begun.take() {
            self.out.write_all(&begun.writer.finish()?).map_err(Error::from)?;
        }
        Ok(self.out.commit()?)
    }
}

/// Writes the arrays of an archive as a table, each as a column.
///
/// # Errors
/// `InvalidInput`, by name, for arrays without rows, and of another number of them than the first; as those of [`BatchSink`].
pub fn save_columns(arrays: &[NamedArray], mut sink: BatchSink<'_>) -> Result<(), Failure> {
    let mut rows = None;
    for array in arrays {
        let shape = array.shape();
        let Some(&count) = shape.first() else {
            let what = "an array without axes, which is no column";
            return Err(Error::new(ErrorKind::InvalidInput, what).with_member(&array.name).into());
        };
        let (first, known) = rows.get_or_insert((&array.name, count));
        if count != *known {
            let what = format!(
                "{count} rows, where {first:?} has {known}: columns have one length; name one of the members to convert it alone"
            );
            return Err(Error::new(ErrorKind::InvalidInput, what).with_member(&array.name).into());
        }
        // Before any of them is read.
        encode::field(&array.name, &array.dtype(), false).map_err(|error| error.with_member(&array.name))?;
    }
    let rows = rows.map_or(0, |(_, count)| count);
    let size = arrays.iter().map(NamedArray::nbytes).fold(0, u64::saturating_add);
    let step = Spooled::step(arrays, rows);
    let mut columns = arrays.iter().map(|array| Ok((array.name.clone(), Spooled::new(array)?)));
    let mut columns = columns.by_ref().collect::<Result<Vec<_>>>()?;
    let bar = progress::bar(size);
    let mut start = 0;
    loop {
        interrupt::check()?;
        let count = step.min(rows - start);
        let parts = columns.iter_mut().map(|(name, column)| Ok((name.clone(), column.rows(start, count)?)));
        sink.push_columns(&parts.collect::<Result<Vec<_>>>()?, count)?;
        start += count;
        bar.set_position(
            u64::try_from(u128::from(size) * start as u128 / rows.max(1) as u128).unwrap_or(size),
        );
        if start >= rows {
            break;
        }
    }
    bar.finish_and_clear();
    Box::new(sink).finish()
}
