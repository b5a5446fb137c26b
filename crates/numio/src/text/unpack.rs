//! Decompressed input.

use std::io::{self, Read};
use std::path::Path;

use super::error::TextError;
use super::packed::Packing;
use crate::{Error, ErrorKind, Limits, Result};

/// Decompresses `input` by the suffix of `name`: `.gz`, `.bz2`, `.xz`, `.lzma` or `.zst`, one stream or several. Under
/// any other name, gives the bytes of the input as they are.
///
/// [`LoadTxt::load`](super::LoadTxt::load) and the other readers of files decompress by themselves; this is for those
/// who take a text apart their own way. It is the inverse of [`Packer`](super::Packer). [`Limits::max_text_ratio`]
/// bounds the output.
///
/// Reading gives errors of which `Error::from` makes this crate's: `InvalidData` for data that are damaged or end too
/// early, `LimitExceeded` for too much.
///
/// # Errors
/// `Unsupported` where the method's feature is off; `InvalidData` where the first bytes are not the method's; `Io`.
pub fn unpack<'a>(
    input: impl Read + 'a,
    name: impl AsRef<Path>,
    limits: &Limits,
) -> Result<Box<dyn Read + 'a>> {
    Ok(match Packing::of(name.as_ref()) {
        None => Box::new(input),
        Some(packing) => Box::new(Unpacked(packing.unpack(input, limits)?)),
    })
}

/// Makes its errors ones that are understood outside.
struct Unpacked<'a>(Box<dyn Read + 'a>);

impl Read for Unpacked<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out).map_err(|error| match TextError::of_io(error, 1) {
            TextError::Read { error, .. } => match error.kind() {
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                    io::Error::other(Error::new(ErrorKind::InvalidData, error.to_string()))
                }
                _ => error,
            },
            fault => io::Error::other(Error::from(fault)),
        })
    }
}
