//! Files of text, plain or compressed.

use std::fs::File;
use std::io;
use std::path::Path;

use super::encoding::{Decoder, Encoding};
use super::packed::{Packing, SUFFIXES};
use crate::{Limits, Result};

/// The text at `path`, or at `path` with the suffix of a compressed file where there is only that.
///
/// # Errors
/// `Io` where the file cannot be opened; `Unsupported` where it is compressed by a method whose feature is off.
pub(super) fn open(path: &Path, encoding: Encoding, limits: &Limits) -> Result<Decoder<'static>> {
    let (file, packing) = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && Packing::of(path).is_none() => {
            packed_beside(path).ok_or(error)?
        }
        opened => (opened?, Packing::of(path)),
    };
    match packing {
        Some(packing) => Ok(Decoder::new(packing.unpack(file, limits)?, encoding)),
        None => Ok(Decoder::of_file(file, encoding)),
    }
}

fn packed_beside(path: &Path) -> Option<(File, Option<Packing>)> {
    SUFFIXES.iter().find_map(|(suffix, packing)| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(suffix);
        Some((File::open(name).ok()?, Some(*packing)))
    })
}
