//! `numio pack`: `.npy` files into a `.npz` archive.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Args;
use numio::npz::NpzWriter;

use crate::failure::Failure;
use crate::open::{Found, Opening};
use crate::output::Verdict;
use crate::overwriting::Overwriting;
use crate::packing::Packing;
use crate::progress;
use crate::target::Input;

/// Put .npy files into a .npz archive
///
/// An archive that is there is replaced only where --force says so, and when the new one is complete.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio pack all.npz x.npy y.npy            members x and y
  numio pack all.npz weights=run7/w.npy     a member by another name
  numio pack --compress deflate all.npz x.npy")]
pub struct Pack {
    /// The archive to write
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
    /// The arrays, each named after its file unless a name is given
    #[arg(required = true, value_name = "[NAME=]FILE")]
    files: Vec<OsString>,
    #[command(flatten)]
    packing: Packing,
    #[command(flatten)]
    overwriting: Overwriting,
    #[command(flatten)]
    opening: Opening,
}

impl Pack {
    pub fn run(&self) -> Result<Verdict, Failure> {
        let compression = self.packing.compression()?;
        let named: Vec<(String, PathBuf)> =
            self.files.iter().map(|file| named(file)).collect::<Result<_, _>>()?;
        self.overwriting.check(&self.archive)?;
        let total = named.iter().filter_map(|(_, path)| Some(path.metadata().ok()?.len())).sum();
        let bar = progress::bar(total);
        let mut writer = NpzWriter::create(&self.archive)?;
        writer.compression(compression);
        for (name, path) in named {
            bar.set_message(name.clone());
            let input = Input::File(path.clone());
            match self.opening.head(&input)? {
                Found::Npy(head) if head.header.dtype().has_objects() => {
                    // A pickle is copied as it is.
                    let bytes =
                        std::fs::read(&path).map_err(|error| numio::Error::from(error).with_path(&path))?;
                    writer.add_bytes(&format!("{name}.npy"), &bytes)?;
                }
                Found::Npy(_) => {
                    writer.add(&name, &self.opening.array(&input)?)?;
                }
                Found::Npz { .. } => {
                    return Err(Failure::Usage(format!(
                        "{}: an archive itself: unpack it first",
                        path.display()
                    )));
                }
            }
            bar.inc(path.metadata().map_or(0, |found| found.len()));
        }
        writer.finish()?;
        bar.finish_and_clear();
        Ok(Verdict::Good)
    }
}

/// The name and the file of one argument. A file that is there wins over a `NAME=`.
fn named(argument: &OsStr) -> Result<(String, PathBuf), Failure> {
    let split = argument.to_str().and_then(|text| text.split_once('='));
    if let Some((name, file)) = split.filter(|(name, _)| !name.is_empty() && !Path::new(argument).exists()) {
        return Ok((name.to_owned(), file.into()));
    }
    let path = PathBuf::from(argument);
    let stem = if path.extension() == Some("npy".as_ref()) { path.file_stem() } else { path.file_name() };
    let name = stem.and_then(OsStr::to_str).map(str::to_owned);
    let nameless = || Failure::Usage(format!("{}: give it a name: NAME=FILE", path.display()));
    Ok((name.ok_or_else(nameless)?, path))
}
