//! Files of text, plain or compressed.

use std::fs::File;
use std::io;
use std::path::Path;

use super::encoding::{Decoder, Encoding};
use super::packed::{Packing, SUFFIXES};
use crate::io::Pipe;
use crate::{Limits, Result};

/// The text at `path`, or at `path` with the suffix of a compressed file where there is only that.
///
/// # Errors
/// `Io` where the file cannot be opened; `Unsupported` where it is compressed by a method whose feature is off.
pub(crate) fn open(path: &Path, encoding: Encoding, limits: &Limits) -> Result<Decoder<'static>> {
    let ((file, pipe), packing) = match crate::io::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && Packing::of(path).is_none() => {
            packed_beside(path).ok_or(error)?
        }
        opened => (opened?, Packing::of(path)),
    };
    match (packing, pipe) {
        (Some(packing), Some(pipe)) => Ok(Decoder::new(packing.unpack(pipe, limits)?, encoding)),
        (Some(packing), None) => Ok(Decoder::new(packing.unpack(file, limits)?, encoding)),
        (None, Some(pipe)) => Ok(Decoder::new(Box::new(pipe), encoding)),
        (None, None) => Ok(Decoder::of_file(file, encoding)),
    }
}

#[allow(clippy::type_complexity, reason = "the file, its pipe and its compression")]
fn packed_beside(path: &Path) -> Option<((File, Option<Pipe>), Option<Packing>)> {
    SUFFIXES.iter().find_map(|(suffix, packing)| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(suffix);
        Some((crate::io::open(name.as_ref()).ok()?, Some(*packing)))
    })
}
