//! Whether files that are there may be replaced.

use std::path::Path;

use clap::Args;
use numio::{Error, ErrorKind, Result};

#[derive(Debug, Args)]
pub struct Overwriting {
    /// Replace what is there
    #[arg(short, long)]
    force: bool,
}

impl Overwriting {
    /// # Errors
    /// Where something is at `path` and was not to be replaced. Devices and pipes are written to.
    pub fn check(&self, path: &Path) -> Result<()> {
        // A link to nowhere is something as well.
        let found = path.metadata().or_else(|_| path.symlink_metadata());
        let is_kept = found.is_ok_and(|found| found.is_file() || found.is_dir() || found.is_symlink());
        if is_kept && !self.force {
            let what = "there already: --force replaces it";
            return Err(Error::new(ErrorKind::InvalidInput, what).with_path(path));
        }
        Ok(())
    }
}
