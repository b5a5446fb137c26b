//! Options that several subcommands have in common.

use std::path::Path;

use clap::{Args, ValueEnum};
use numio::npz::Compression;
use numio::{Error, ErrorKind};

use crate::failure::Failure;
use crate::store;

/// Options for the compression of archive members.
#[derive(Debug, Args)]
pub struct CompressionArgs {
    /// How to compress the members; only stored ones can be mapped [default: stored]
    #[arg(long, value_enum)]
    compress: Option<Method>,
    /// How hard to try: 0 to 12 for deflate, 1 to 22 for zstd
    #[arg(long)]
    level: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    Stored,
    Deflate,
    Zstd,
}

impl CompressionArgs {
    /// # Errors
    /// `Usage` if the method does not have the level.
    pub fn compression(&self) -> Result<Compression, Failure> {
        let wrong = |what: &str| Err(Failure::Usage(format!("--level: {what}")));
        match (self.compress.unwrap_or(Method::Stored), self.level) {
            (Method::Stored, None) => Ok(Compression::Stored),
            (Method::Stored, Some(_)) => wrong("stored members have none: add --compress"),
            (Method::Deflate, None) => Ok(Compression::Deflated),
            (Method::Deflate, Some(level @ 0..=12)) => Ok(Compression::DeflatedAt(level)),
            (Method::Deflate, Some(_)) => wrong("deflate has levels from 0 to 12"),
            (Method::Zstd, None) => Ok(Compression::Zstd(3)),
            (Method::Zstd, Some(level @ 1..=22)) => Ok(Compression::Zstd(level)),
            (Method::Zstd, Some(_)) => wrong("zstd has levels from 1 to 22"),
        }
    }

    /// The compression that is asked for; none where the format decides.
    ///
    /// # Errors
    /// As [`compression`](Self::compression).
    #[cfg(feature = "tables")]
    pub fn named(&self) -> Result<Option<Compression>, Failure> {
        let found = self.compression()?;
        Ok(self.compress.map(|_| found))
    }
}

/// Option to replace existing files.
#[derive(Debug, Args)]
pub struct OverwriteArgs {
    /// Replace what is there
    #[arg(short, long)]
    pub force: bool,
}

impl OverwriteArgs {
    /// # Errors
    /// If something exists at `path` and may not be replaced, or if it is a URL. Devices and pipes are written to.
    pub fn check(&self, path: &Path) -> Result<(), Failure> {
        store::refuse(path)?;
        // A dangling link exists as well.
        let found = path.metadata().or_else(|_| path.symlink_metadata());
        let is_kept = found.is_ok_and(|found| found.is_file() || found.is_dir() || found.is_symlink());
        if is_kept && !self.force {
            let what = "there already: --force replaces it";
            return Err(Error::new(ErrorKind::InvalidInput, what).with_path(path).into());
        }
        Ok(())
    }
}
