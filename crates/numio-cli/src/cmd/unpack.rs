//! `numio unpack`: the members of an archive as files.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use numio::{AtomicFile, Error, ErrorKind, Result};

use crate::failure::Failure;
use crate::open::Opening;
use crate::output::Verdict;
use crate::overwriting::Overwriting;
use crate::progress;
use crate::target::Input;
use crate::text;

/// Write the members of a .npz archive to files
///
/// Names that lead out of the directory are refused; files that are there are replaced only where --force says so.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio unpack all.npz                    every member, here
  numio unpack all.npz -d arrays x y      two of them, into arrays/")]
pub struct Unpack {
    /// The archive; - is standard input
    #[arg(value_name = "ARCHIVE")]
    archive: OsString,
    /// The members, by name with or without .npy; all where none is named
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The directory to write to; made if it is not there
    #[arg(short, long, default_value = ".")]
    directory: PathBuf,
    #[command(flatten)]
    overwriting: Overwriting,
    #[command(flatten)]
    opening: Opening,
}

impl Unpack {
    pub fn run(&self) -> Result<Verdict, Failure> {
        let archive = self.opening.archive(&Input::of(&self.archive))?;
        let places: Vec<usize> = match self.names.as_slice() {
            // A member that another of its name hides is none to NumPy.
            [] => (archive.members().enumerate())
                .filter(|(at, member)| archive.position(member.name).is_ok_and(|found| found == *at))
                .map(|(at, _)| at)
                .collect(),
            names => names.iter().map(|name| archive.position(name)).collect::<Result<_>>()?,
        };
        let members: Vec<_> = archive.members().collect();
        let picked = || places.iter().filter_map(|&at| Some((at, members.get(at)?)));
        // All names are looked at before anything is written.
        for (_, member) in picked() {
            if !member.is_plain_path() {
                let what = "its name leads out of the directory: it is not unpacked";
                let error = Error::new(ErrorKind::NotAllowed, what).with_member(member.name);
                return Err(Failure::from(error).of(&Input::of(&self.archive).name()));
            }
            self.overwriting.check(&self.directory.join(member.name))?;
        }
        let bar = progress::bar(picked().map(|(_, member)| member.size).fold(0, u64::saturating_add));
        for (at, member) in picked() {
            bar.set_message(text::visible(member.name));
            let bytes = archive.bytes_at(at)?;
            let path = self.directory.join(member.name);
            write_whole(&path, &bytes).map_err(|error| error.with_path(&path))?;
            bar.inc(member.size);
        }
        bar.finish_and_clear();
        Ok(Verdict::Good)
    }
}

/// Writes a file that is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.commit().map(drop)
}
