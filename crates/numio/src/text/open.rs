//! Files of text, plain or compressed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::Result;

/// The bytes of the text at `path`.
///
/// # Errors
/// `Io` where the file cannot be opened.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>> {
    Ok(Box::new(File::open(path)?))
}
