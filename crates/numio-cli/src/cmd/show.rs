//! `numio show`: what an array holds, as NumPy prints it.

use std::ffi::OsString;
use std::io::Write;

use clap::Args;
use numio::{DynArray, Error, ErrorKind, PrintOptions, Slice};

use crate::failure::Failure;
use crate::json;
use crate::open::Opening;
use crate::output::{Output, Verdict};
use crate::target::{Index, Target};

/// Print an array as NumPy prints it, or a part of it
///
/// Reads only what it prints: a slice of a file larger than memory takes no longer than one of a small file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio show x.npy
  numio show 'x.npy[1, :]'                a row
  numio show 'x.npy[..., ::-1, None]'     any of NumPy's basic indexes
  numio show \"x.npy['name'][:10]\"         a field of a structured array
  numio show 'x.npz:name[0]'              a member of an archive
  numio show --full --precision 3 x.npy   every element, three decimals
  numio show --json x.npy | jq length
  zcat x.npy.gz | numio show -- '-[0]'

A file whose name itself holds brackets is found as it is.

JSON: nested lists, as ndarray.tolist() gives them. What JSON has no word for:
  nan, inf, -inf     \"NaN\", \"Infinity\", \"-Infinity\"
  complex            [real, imaginary]
  datetime64         ISO 8601 text, or \"NaT\"
  timedelta64        the number of units, or \"NaT\"
  bytes, void        text with one character from U+0000 to U+00FF for each byte
  records            objects")]
pub struct Show {
    /// The array: a file or - for standard input, and indexes in brackets
    #[arg(value_name = "FILE[:MEMBER][SLICE]")]
    target: OsString,
    /// Print every element, however many there are
    #[arg(long)]
    full: bool,
    /// Print floats with this many decimals
    #[arg(long, value_name = "DIGITS", value_parser = clap::value_parser!(u8).range(..=100))]
    precision: Option<u8>,
    /// Print as Python's repr, with the dtype
    #[arg(long)]
    repr: bool,
    /// Print JSON, all of it
    #[arg(long, conflicts_with_all = ["full", "precision", "repr"])]
    json: bool,
    #[command(flatten)]
    opening: Opening,
}

impl Show {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let target = Target::of(&self.target);
        let (array, indexes) = self.opening.array(&target)?;
        let array = select(array, &indexes).map_err(|failure| failure.of(&target.input.name()))?;
        if self.json {
            json::write(out, &array).map_err(|failure| failure.of(&target.input.name()))?;
        } else {
            if self.full {
                check_emptiness(&array).map_err(|error| error.with_path(target.input.name()))?;
            }
            let mut options = PrintOptions::new();
            if self.full {
                options.threshold(usize::MAX);
            }
            if let Some(digits) = self.precision {
                options.precision(digits.into());
            }
            let printed = array.printed(&options);
            if self.repr {
                write!(out, "{printed:?}")?;
            } else if indexes.is_empty() || array.ndim() > 0 {
                write!(out, "{printed}")?;
            } else {
                // Indexes down to one element give a scalar. NumPy prints that of an array without axes the same way,
                // but for bytes.
                let text = printed.to_string();
                let bytes = text.strip_prefix("np.bytes_(").and_then(|rest| rest.strip_suffix(')'));
                out.write_all(bytes.unwrap_or(&text).as_bytes())?;
            }
        }
        writeln!(out)?;
        Ok(Verdict::Good)
    }
}

fn select(mut array: DynArray, indexes: &[Index]) -> Result<DynArray, Failure> {
    for index in indexes {
        array = match index {
            Index::Field(name) => array.field(name)?,
            Index::Slice(text) => {
                let slice: Slice = text.parse().map_err(|error: Error| Failure::Usage(error.to_string()))?;
                array.slice(&slice)?
            }
        };
    }
    Ok(array)
}

/// What [`json::MOST_EMPTY`] says of JSON holds here as well.
fn check_emptiness(array: &DynArray) -> Result<(), Error> {
    if array.dtype().itemsize() > 0 || array.size() <= json::MOST_EMPTY {
        return Ok(());
    }
    let what = format!("{} elements without any bytes: print a slice of them", array.size());
    Err(Error::new(ErrorKind::Limit, what))
}
