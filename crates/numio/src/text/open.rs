//! Files of text by their paths.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::{Error, ErrorKind, Result};

/// The suffixes by which NumPy knows compressed text.
const COMPRESSED: [&str; 5] = ["gz", "bz2", "xz", "lzma", "zst"];

/// The bytes of the text at `path`.
///
/// # Errors
/// `Io` where the file cannot be opened; `Unsupported` where its name says that it is compressed.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>> {
    refuse_compressed(path)?;
    Ok(Box::new(File::open(path)?))
}

/// Plain bytes under a name that promises others would be read wrongly by everyone.
pub(super) fn refuse_compressed(path: &Path) -> Result<()> {
    let suffix = path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default();
    if COMPRESSED.contains(&suffix) {
        let why = format!(
            "compressed text (.{suffix}) is not read or written here: pass a reader or writer that does it"
        );
        return Err(Error::new(ErrorKind::Unsupported, why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_names_are_refused_by_name() {
        let error = open(Path::new("a.txt.gz")).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let wanted =
            "compressed text (.gz) is not read or written here: pass a reader or writer that does it";
        assert_eq!(error.to_string(), wanted);
        assert!(refuse_compressed(Path::new("gz.txt")).is_ok());
    }
}
