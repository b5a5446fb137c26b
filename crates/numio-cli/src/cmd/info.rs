//! `numio info`: what files hold, from their headers alone.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Args;
use numio::Order;
use serde::Serialize;

use crate::failure::{Failure, complain};
use crate::open::{Head, Opening};
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
    #[command(flatten)]
    opening: Opening,
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
        let rows: Vec<Row> = self.files.iter().map(|file| self.row(&Input::of(file))).collect();
        if self.json {
            serde_json::to_writer_pretty(&mut *out, &rows).map_err(io::Error::from)?;
            writeln!(out)?;
        } else if rows.iter().any(|row| row.array.is_some()) {
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

    fn row(&self, input: &Input) -> Row {
        let file = input.name();
        match self.opening.head(input) {
            Ok(head) => {
                let array = Array::new(&head);
                let error = array.cut_short().map(|what| format!("{file}: {what}"));
                Row { file, array: Some(array), error }
            }
            Err(error) => Row { error: Some(error.to_string()), file, array: None },
        }
    }
}

impl Array {
    fn new(head: &Head) -> Self {
        let Head { header, data_offset, file_bytes } = head;
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
            data_offset: *data_offset,
            data_bytes,
            file_bytes: *file_bytes,
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

fn print_table(rows: &[Row], out: &mut Output) -> io::Result<()> {
    let mut table = Table::new(&[
        ("file", Side::Left),
        ("version", Side::Left),
        ("shape", Side::Left),
        ("order", Side::Left),
        ("elements", Side::Right),
        ("data", Side::Right),
        ("size", Side::Right),
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
