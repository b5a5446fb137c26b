//! `numio info`: what files hold, from their headers alone.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};

use clap::Args;
use numio::npy::{Header, Prelude};
use numio::{Error, Limits, Order, Result};
use serde::Serialize;

use crate::failure::{Failure, complain};
use crate::output::{Output, Verdict};
use crate::target::Input;
use crate::text::{self, Side, Table};

/// Say what files hold: dtype, shape, order, sizes
///
/// Reads headers only, so that it takes the same time for a file of any size.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio info x.npy
  numio info data/*.npy
  numio info --json x.npy | jq '.[0].shape'
  curl -s https://example.org/x.npy | numio info -

JSON: a list with one object for each file:
  file, format, version, dtype, descr (as in the header), itemsize, shape,
  order (C or F), elements,
  data_offset, data_bytes and file_bytes (null where they cannot be known),
  and error where something is wrong with it.")]
pub struct Info {
    /// The files; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is said of one file.
#[derive(Debug, Serialize)]
struct Row {
    file: String,
    #[serde(flatten)]
    array: Option<Array>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Array {
    format: &'static str,
    version: String,
    dtype: String,
    descr: String,
    itemsize: usize,
    shape: Vec<usize>,
    order: &'static str,
    elements: usize,
    data_offset: u64,
    data_bytes: Option<u64>,
    file_bytes: Option<u64>,
}

impl Info {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let rows: Vec<Row> = self.files.iter().map(|file| Row::of(&Input::of(file))).collect();
        if self.json {
            serde_json::to_writer_pretty(&mut *out, &rows).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            print_table(&rows, out)?;
        }
        out.flush()?;
        let mut verdict = Verdict::Good;
        for error in rows.iter().filter_map(|row| row.error.as_ref()) {
            complain(error);
            verdict = Verdict::Bad;
        }
        Ok(verdict)
    }
}

impl Row {
    fn of(input: &Input) -> Self {
        let file = input.name();
        match Array::of(input) {
            Ok(array) => {
                let error = array.cut_short().map(|what| format!("{file}: {what}"));
                Self { file, array: Some(array), error }
            }
            Err(error) => Self { error: Some(error.with_path(&file).to_string()), file, array: None },
        }
    }
}

impl Array {
    fn of(input: &Input) -> Result<Self> {
        match input {
            Input::Stdin => Ok(Self::new(&read_header(io::stdin().lock())?, None)),
            Input::File(path) => {
                let file = File::open(path)?;
                let found = file.metadata()?;
                let len = found.is_file().then_some(found.len());
                Ok(Self::new(&read_header(file)?, len))
            }
        }
    }

    fn new((header, data_offset): &(Header, usize), file_bytes: Option<u64>) -> Self {
        let dtype = header.dtype();
        let elements = header.shape().iter().product();
        // Objects are one pickle, as long as it happens to be.
        let data_bytes = (!dtype.has_objects()).then(|| (elements * dtype.itemsize()) as u64);
        Self {
            format: "npy",
            version: header.version().to_string(),
            dtype: dtype.to_string(),
            descr: dtype.descr().unwrap_or_else(|_| dtype.to_string()),
            itemsize: dtype.itemsize(),
            shape: header.shape().to_vec(),
            order: match header.order() {
                Order::C => "C",
                Order::Fortran => "F",
            },
            elements,
            data_offset: *data_offset as u64,
            data_bytes,
            file_bytes,
        }
    }

    /// What to say where the file ends before its array does.
    fn cut_short(&self) -> Option<String> {
        let (file, data) = (self.file_bytes?, self.data_bytes?);
        let there = file.saturating_sub(self.data_offset);
        (there < data)
            .then(|| format!("byte {file}: the file ends here: expected {data} bytes of data, found {there}"))
    }
}

/// The header at the start of a source, and where the data starts. What is not there takes no memory, whatever length
/// the file claims.
fn read_header(mut source: impl Read) -> Result<(Header, usize)> {
    let limit = Limits::default().header_chars;
    let mut bytes = Vec::new();
    source.by_ref().take(12).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Err(Error::new(numio::ErrorKind::Eof, "no data left in file"));
    }
    let prelude = Prelude::read(&bytes)?;
    prelude.check(limit)?;
    let missing = prelude.data_offset().saturating_sub(bytes.len());
    source.take(missing as u64).read_to_end(&mut bytes)?;
    Header::parse(&bytes, limit)
}

fn print_table(rows: &[Row], out: &mut Output) -> io::Result<()> {
    let mut table = Table::new(&[
        ("file", Side::Left),
        ("version", Side::Left),
        ("shape", Side::Left),
        ("order", Side::Left),
        ("elements", Side::Right),
        ("data", Side::Right),
        ("file", Side::Right),
        ("offset", Side::Right),
        ("dtype", Side::Left),
    ]);
    let size = |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), text::size);
    for (file, array) in rows.iter().filter_map(|row| Some((&row.file, row.array.as_ref()?))) {
        table.row([
            file.clone(),
            array.version.clone(),
            text::shape(&array.shape),
            array.order.to_owned(),
            array.elements.to_string(),
            size(array.data_bytes),
            size(array.file_bytes),
            array.data_offset.to_string(),
            array.dtype.clone(),
        ]);
    }
    table.print(out)
}
