//! Command lines on one file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use numio_cli::Captured;
use tempfile::TempDir;

/// More output than this is not looked at.
const MOST: usize = 1 << 20;

/// A file in a directory of this process.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let directory = MADE.get_or_init(|| tempfile::tempdir().expect("a directory for temporary files"));
    let path = directory.path().join(name);
    fs::write(&path, bytes).expect("a directory for temporary files");
    path
}

/// Runs a command on a file. Whatever it prints, and whatever it complains of, steers no terminal.
pub fn run(arguments: &[&str], files: &[&Path]) -> Captured {
    let files = files.iter().map(|path| path.to_str().expect("a plain path"));
    let ran =
        numio_cli::run_captured(["numio"].into_iter().chain(arguments.iter().copied()).chain(files), MOST);
    assert_eq!(numio::escape_controls(&ran.complaint), ran.complaint);
    assert!(matches!(ran.code, 0..=2), "{}", ran.code);
    // A verdict that is not good is no complaint.
    assert!(ran.complaint.is_empty() || ran.code > 0, "{}", ran.complaint);
    let text = String::from_utf8_lossy(&ran.output);
    assert_eq!(numio::escape_controls(&text), text);
    ran
}

/// Returns whether all of the output is there.
pub fn is_whole(ran: &Captured) -> bool {
    ran.output.ends_with(b"\n") && ran.output.len() < MOST - (1 << 17) && ran.complaint.is_empty()
}
