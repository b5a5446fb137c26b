//! Conversions of tables: Arrow and Parquet.

use std::io::{self, Seek, SeekFrom};

use numio::npz::{Compression, NpzWriter};
use numio::{Error, ErrorKind};

use super::{Convert, member_name};
use crate::convert::{
    BatchRows, BatchSink, ColumnChoice, Destination, Format, NamedArray, Out, Rows, Sink, TableIn, TableOut,
    save_columns,
};
use crate::failure::Failure;
use crate::notes::complain;
use crate::output::{Output, Verdict};
use crate::target::Target;

impl Convert {
    fn rows_of(&self, target: &Target, from: Format) -> Result<BatchRows, Failure> {
        let only = if target.is_whole() { None } else { Some(target.member(|_| true)?.0.to_owned()) };
        let columns = self.columns.as_ref();
        let options = TableIn {
            columns: columns.map(|columns| ColumnChoice::parse_all(columns)),
            renames: self.renames()?,
            fill: self.fill(),
            only,
        };
        Ok(BatchRows::open(&target.input, from, &options)?)
    }

    /// The rows of a table, or of its column that a target names.
    pub(super) fn table(&self, target: &Target, from: Format) -> Result<Box<dyn Rows>, Failure> {
        Ok(Box::new(self.rows_of(target, from)?))
    }

    /// Writes all columns of a table to an archive.
    pub(super) fn members_of_table(
        &self,
        target: &Target,
        from: Format,
        destination: &Destination,
        out: &mut Output,
    ) -> Result<Verdict, Failure> {
        let compression = self.compression.compression()?;
        let rows = self.rows_of(target, from)?;
        let notes = match destination {
            Destination::File(path) => rows.save_archive(NpzWriter::create(path)?, compression)?,
            _ => {
                // An archive is not written from its start to its end.
                let mut file = tempfile::tempfile().map_err(Error::from)?;
                let writer = NpzWriter::new(file.try_clone().map_err(Error::from)?);
                let notes = rows.save_archive(writer, compression)?;
                file.seek(SeekFrom::Start(0)).map_err(Error::from)?;
                io::copy(&mut file, out)?;
                notes
            }
        };
        for note in notes {
            complain(&format!("{}: {note}", target.input.name()));
        }
        Ok(Verdict::Good)
    }

    fn batch_sink<'o>(
        &self,
        target: &Target,
        destination: &Destination,
        to: Format,
        out: &'o mut Output,
    ) -> Result<BatchSink<'o>, Failure> {
        let compression = self.compression.named()?;
        if to != Format::Parquet
            && matches!(compression, Some(Compression::Deflated | Compression::DeflatedAt(_)))
        {
            return Err(Failure::Usage(
                "--compress: Arrow's files are compressed by zstd, or stored".to_owned(),
            ));
        }
        let options = TableOut { format: to, compression, name: member_name(target), is_flat: self.flatten };
        let out = match destination {
            Destination::File(path) => Out::create(path)?,
            _ => Out::Stdout(out),
        };
        Ok(BatchSink::new(options, out))
    }

    pub(super) fn table_sink<'o>(
        &self,
        target: &Target,
        destination: &Destination,
        to: Format,
        out: &'o mut Output,
    ) -> Result<Box<dyn Sink + 'o>, Failure> {
        Ok(Box::new(self.batch_sink(target, destination, to, out)?))
    }

    /// Writes the arrays of an archive as the columns of a table.
    pub(super) fn columns_to(
        &self,
        arrays: &[NamedArray],
        target: &Target,
        destination: &Destination,
        to: Format,
        out: &mut Output,
    ) -> Result<(), Failure> {
        if arrays.is_empty() {
            let what = "no arrays, and so no number of rows";
            return Err(Error::new(ErrorKind::InvalidInput, what).into());
        }
        save_columns(arrays, self.batch_sink(target, destination, to, out)?)
    }
}
