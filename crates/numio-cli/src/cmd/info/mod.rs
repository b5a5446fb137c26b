//! `numio info`: what files hold, from their headers alone.

mod npy;
mod npz;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use crate::failure::{Failure, advice};
use crate::files::Walk;
use crate::notes::complain;
use crate::open::{Found, Opening};
use crate::output::{Output, Verdict};
use crate::target::Input;

/// Say what files hold: dtype, shape, order, sizes
///
/// Reads headers only, so that it takes the same time for a file of any size.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio info x.npy
  numio info data/*.npy
  numio info x.npz
  numio info --json x.npy | jq '.[0].shape'
  curl -s https://example.org/x.npy | numio info -

JSON: a list with one object for each file:
  file, format, version, dtype, descr (as in the header), itemsize, shape,
  order (C or F), elements,
  data_offset, data_bytes and file_bytes (null where they cannot be known),
  and error where something is wrong with it.
Of an archive:
  file, format, file_bytes, and members: a list with name, method, bytes
  (unpacked), stored_bytes, ratio, offset, mappable, error, and for arrays
  dtype, descr, shape, order; and sparse where SciPy reads a sparse matrix:
  format, is_array, shape, nnz, dtype.")]
pub struct Info {
    /// Files, directories or patterns; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    walk: Walk,
    #[command(flatten)]
    opening: Opening,
}

/// The report on one file.
#[derive(Debug, Serialize)]
struct Row {
    file: String,
    #[serde(flatten)]
    content: Option<Content>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The content of a file.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Content {
    Npy(npy::Array),
    Npz(npz::Archive),
}

impl Info {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let inputs = self.walk.inputs(&self.files)?;
        let rows: Vec<Row> = inputs.iter().map(|input| self.row(input)).collect();
        if self.json {
            serde_json::to_writer_pretty(out.json(), &rows).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            print(&rows, out)?;
        }
        out.flush()?;
        let mut verdict = Verdict::Good;
        for error in rows.iter().flat_map(Row::errors) {
            complain(error);
            verdict = Verdict::Bad;
        }
        Ok(verdict)
    }

    fn row(&self, input: &Input) -> Row {
        let file = input.name();
        match self.opening.head(input) {
            Ok(Found::Npy(head)) => {
                let array = npy::Array::new(&head);
                let error = array.cut_short().map(|what| format!("{file}: {what}"));
                Row { file, content: Some(Content::Npy(array)), error }
            }
            Ok(Found::Npz { archive, file_bytes }) => {
                let mut archive = npz::Archive::new(&archive, file_bytes);
                let error = archive.error.take();
                Row { file, content: Some(Content::Npz(archive)), error }
            }
            Err(error) => Row { error: Some(advice(&error.to_string()).into_owned()), file, content: None },
        }
    }
}

impl Row {
    /// Errors of the file and of its members.
    fn errors(&self) -> impl Iterator<Item = &String> {
        let members = match &self.content {
            Some(Content::Npz(archive)) => archive.members.as_slice(),
            _ => &[],
        };
        self.error.iter().chain(members.iter().filter_map(|member| member.error.as_ref()))
    }
}

/// All arrays in one table, then a table for each archive.
fn print(rows: &[Row], out: &mut Output) -> io::Result<()> {
    let arrays = rows.iter().filter_map(|row| match &row.content {
        Some(Content::Npy(array)) => Some((row.file.as_str(), array)),
        _ => None,
    });
    let mut is_first = true;
    if arrays.clone().next().is_some() {
        npy::table(arrays).print(out)?;
        is_first = false;
    }
    for row in rows {
        if let Some(Content::Npz(archive)) = &row.content {
            if !is_first {
                writeln!(out)?;
            }
            archive.print(&row.file, out)?;
            is_first = false;
        }
    }
    Ok(())
}
