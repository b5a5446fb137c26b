//! What to run, and how large.

use std::path::Path;

/// From the command line: `[--mib N] [--quick] [FILTER...]`.
pub struct Settings {
    /// The size of large files. Default 512.
    pub mib: usize,
    quick: bool,
    filters: Vec<String>,
}

impl Settings {
    pub fn from_args(args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut settings = Self { mib: 512, quick: false, filters: Vec::new() };
        let mut args = args;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--mib" => {
                    let value = args.next().and_then(|value| value.parse().ok()).filter(|&mib| mib > 0);
                    settings.mib = value.ok_or("--mib wants a number of MiB")?;
                }
                "--quick" => settings.quick = true,
                flag if flag.starts_with("--") => return Err(format!("{flag}: no such option")),
                _ => settings.filters.push(arg),
            }
        }
        Ok(settings)
    }

    /// Whether a group of cases was asked for; without any filter, all are.
    pub fn wants(&self, group: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| group.contains(filter.as_str()))
    }

    /// How often to run a case that is worth running `full` times.
    pub fn rounds(&self, full: usize) -> usize {
        if self.quick { 3 } else { full }
    }

    /// A directory on the disk that this program was built on, removed at the end. Not `/tmp`, which may be memory.
    pub fn temporary(&self) -> tempfile::TempDir {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        tempfile::tempdir_in(target).expect("a directory for the files")
    }
}
