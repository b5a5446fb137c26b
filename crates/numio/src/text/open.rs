//! Files of text, plain or compressed.

use std::fs::File;
use std::io;
use std::path::Path;

use super::encoding::{Decoder, Encoding};
use super::error::TextError;
use crate::compression::{self, Codec, SUFFIXES};
use crate::io::Pipe;
use crate::{Limits, Result};

/// The text at `path`, or at `path` with the suffix of a compressed file where there is only that.
///
/// # Errors
/// `Io` where the file cannot be opened; `Unsupported` where it is compressed in a format whose feature is off.
pub(crate) fn open(path: &Path, encoding: Encoding, limits: &Limits) -> Result<Decoder<'static>> {
    let ((file, pipe), codec) = match crate::io::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && Codec::from_path(path).is_none() => {
            compressed_sibling(path).ok_or(error)?
        }
        opened => (opened?, Codec::from_path(path)),
    };
    match (codec, pipe) {
        (Some(codec), pipe) => {
            let decoded = match pipe {
                Some(pipe) => compression::decode(codec, pipe, limits),
                None => compression::decode(codec, file, limits),
            };
            // The first bytes are read already.
            Ok(Decoder::new(decoded.map_err(|error| TextError::of_io(error, 1))?, encoding))
        }
        (None, Some(pipe)) => Ok(Decoder::new(Box::new(pipe), encoding)),
        (None, None) => Ok(Decoder::of_file(file, encoding)),
    }
}

#[allow(clippy::type_complexity, reason = "the file, its pipe and its compression")]
fn compressed_sibling(path: &Path) -> Option<((File, Option<Pipe>), Option<Codec>)> {
    SUFFIXES.iter().find_map(|(suffix, codec)| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(suffix);
        Some((crate::io::open(name.as_ref()).ok()?, Some(*codec)))
    })
}
