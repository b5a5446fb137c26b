//! `numio repack`: an archive packed anew.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use numio::Error;
use numio::npz::NpzWriter;

use super::pack::archive_writer;
use crate::convert::APPEND_WAIT;
use crate::failure::Failure;
use crate::interrupt;
use crate::open::Opening;
use crate::options::{CompressionArgs, OverwriteArgs};
use crate::output::{Output, Verdict};
use crate::progress;
use crate::store;
use crate::target::Input;
use crate::text;

/// Pack the members of a .npz archive anew: stored and aligned, so that they can be mapped, or compressed
///
/// The members' own bytes stay as they are. Of several members of one name, the last is kept. The archive itself is
/// replaced when the new one is complete; another file that is there, only where --force says so.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio repack x.npz                        in place: stored, aligned to 64 bytes
  numio repack --compress deflate x.npz
  numio repack --compress zstd --level 9 x.npz -o small.npz")]
pub struct Repack {
    /// The archive
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
    /// Write another file, and leave the archive as it is; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    compression: CompressionArgs,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    #[command(flatten)]
    opening: Opening,
}

impl Repack {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let compression = self.compression.compression()?;
        store::refuse(self.output.as_ref().unwrap_or(&self.archive))?;
        // Begin rewriting before reading: members that others add after the reading would be lost.
        let rewriting = match &self.output {
            None => Some(NpzWriter::rewrite_within(&self.archive, APPEND_WAIT)?),
            Some(_) => None,
        };
        let archive = self.opening.archive(&Input::File(self.archive.clone()));
        let archive = archive.map_err(|error| error.with_path(&self.archive))?;
        // Each byte is read, and then written.
        let sizes = archive.members().map(|member| member.size.saturating_mul(2));
        let bar = Arc::new(progress::bar(sizes.fold(0, u64::saturating_add)));
        let mut writer = match (rewriting, &self.output) {
            (Some(writer), _) => writer,
            (None, output) => archive_writer(output.as_ref().unwrap_or(&self.archive), &self.overwrite, out)?,
        };
        let taken = Arc::clone(&bar);
        writer.compression(compression).on_progress(move |bytes| taken.inc(bytes));
        for (at, member) in archive.members().enumerate() {
            bar.set_message(text::visible(member.name));
            if archive.by_name(member.name).map(|member| member.index())? == at {
                let mut read = Reading { bytes: Vec::new(), bar: &bar };
                let len = usize::try_from(member.size).unwrap_or(usize::MAX);
                let no_memory = |_| Error::from(io::Error::from(io::ErrorKind::OutOfMemory));
                read.bytes.try_reserve_exact(len).map_err(no_memory)?;
                archive.by_index(at)?.write_to(&mut read)?;
                writer.add_bytes(member.name, &read.bytes)?;
            } else {
                bar.inc(member.size.saturating_mul(2));
            }
        }
        writer.finish()?;
        bar.finish_and_clear();
        Ok(Verdict::Good)
    }
}

/// The bytes of a member as they are read, which the bar counts.
struct Reading<'a> {
    bytes: Vec<u8>,
    bar: &'a progress::Bar,
}

impl Write for Reading<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        interrupt::check().map_err(io::Error::other)?;
        self.bytes.try_reserve(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        self.bar.inc(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
