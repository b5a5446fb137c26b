//! `numio unpack`: the members of an archive as files.

use std::cell::Cell;
use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind as IoErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use clap::Args;
use numio::npz::MemberInfo;
use numio::{AtomicFile, Error, ErrorKind, Result};

use crate::failure::Failure;
use crate::interrupt;
use crate::notes::complain;
use crate::open::Opening;
use crate::options::OverwriteArgs;
use crate::output::Verdict;
use crate::progress;
use crate::target::Input;
use crate::text;

/// Write the members of a .npz archive to files
///
/// Members whose names lead out of the directory are skipped and named, and the exit code is 1 then; files that are
/// there are replaced only where --force says so.
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
    overwrite: OverwriteArgs,
    #[command(flatten)]
    opening: Opening,
}

impl Unpack {
    pub fn run(&self) -> Result<Verdict, Failure> {
        let input = Input::of(&self.archive);
        let archive = self.opening.archive(&input).map_err(|error| error.with_path(input.name()))?;
        let positions: Vec<usize> = match self.names.as_slice() {
            // To NumPy, a member hidden by another of its name does not exist.
            [] => (archive.members().enumerate())
                .filter(|(at, member)| {
                    archive.by_name(member.name).map(|member| member.index()).is_ok_and(|found| found == *at)
                })
                .map(|(at, _)| at)
                .collect(),
            names => names
                .iter()
                .map(|name| archive.by_name(name).map(|member| member.index()))
                .collect::<Result<_>>()
                .map_err(|error| match error.kind() {
                    // Other programs take a directory there.
                    ErrorKind::NotFound => {
                        let what = format!("{}: -d names the directory to write to", error.message());
                        Error::new(ErrorKind::NotFound, what).with_path(input.name())
                    }
                    _ => error,
                })?,
        };
        let members: Vec<_> = archive.members().collect();
        let verdict = Cell::new(Verdict::Good);
        let skip = |name: &str, what: &str| {
            let error = Error::new(ErrorKind::NotAllowed, what).with_member(name).with_path(input.name());
            complain(&error);
            verdict.set(Verdict::Bad);
        };
        // Check all names before anything is written.
        let mut picked = Vec::new();
        for at in positions {
            let Some(member) = members.get(at) else { continue };
            // Directories are created when a file in them is written.
            if member.name.ends_with('/') && member.size == 0 {
                continue;
            }
            match file_name(member) {
                Some(name) => {
                    let path = self.directory.join(name);
                    self.overwrite.check(&path)?;
                    picked.push((at, member, path));
                }
                None => skip(member.name, "its name leads out of the directory: skipped"),
            }
        }
        if !picked.is_empty() {
            fs::create_dir_all(&self.directory)
                .map_err(|error| Error::from(error).with_path(&self.directory))?;
        }
        let bar = progress::bar(picked.iter().map(|(_, member, _)| member.size).fold(0, u64::saturating_add));
        for (at, member, path) in picked {
            bar.set_message(text::visible(member.name));
            let start = bar.position();
            match archive.by_index(at).and_then(|member| member.bytes()) {
                Ok(bytes) => match write_whole(&path, &bytes, &bar) {
                    // A name that the file system rejects need not keep the others from being written.
                    Err(error) if is_bad_name(&error) => {
                        skip(member.name, "the file system takes no such name: skipped");
                    }
                    written => written.map_err(|error| error.with_path(&path))?,
                },
                Err(error) => {
                    complain(&Failure::from(error).of(&input.name()));
                    verdict.set(Verdict::Bad);
                }
            }
            bar.set_position(start.saturating_add(member.size));
        }
        bar.finish_and_clear();
        Ok(verdict.get())
    }
}

/// The relative path of a member by its name; `None` if it leads out of a directory. Only the system's own separators
/// separate: a name such as `dense/kernel:0` is that of a file in a directory.
fn file_name(member: &MemberInfo<'_>) -> Option<PathBuf> {
    let path = Path::new(member.name);
    let is_normal = |part: Component<'_>| matches!(part, Component::Normal(_));
    let is_inside =
        !member.name.is_empty() && !member.name.contains('\0') && path.components().all(is_normal);
    // Other systems' separators are not part of a name either.
    let is_portable = member.is_plain_path() || (cfg!(unix) && !member.name.contains('\\'));
    (is_inside && is_portable && !member.name.ends_with('/')).then(|| path.to_path_buf())
}

/// Returns whether the file system rejects the name, not the write.
fn is_bad_name(error: &Error) -> bool {
    let kind = error.io_error().map(std::io::Error::kind);
    matches!(
        kind,
        Some(IoErrorKind::InvalidFilename | IoErrorKind::InvalidInput | IoErrorKind::NotADirectory)
    )
}

/// Writes a file completely or not at all.
fn write_whole(path: &Path, bytes: &[u8], bar: &progress::Bar) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = AtomicFile::create(path)?;
    for chunk in bytes.chunks(8 << 20) {
        interrupt::check()?;
        file.write_all(chunk)?;
        bar.inc(chunk.len() as u64);
    }
    file.commit().map(drop)
}
