//! Methods that NumPy does not write and Python's `zipfile` reads: bzip2, LZMA, Zstandard.

#![cfg_attr(
    not(all(feature = "bzip2", feature = "lzma", feature = "zstd")),
    allow(unused_imports, unused_variables, reason = "each method comes with its feature")
)]

use std::io::{self, Read};

use super::error::Fault;
use super::packed::Packed;
use super::zip::Method;
use crate::{Error, Result};

/// Fills `out` with the whole member.
///
/// # Errors
/// `InvalidData` where it is longer, shorter or malformed; `Unsupported` where the method's feature is off; `Io`.
pub(super) fn unpack(packed: &Packed<'_>, out: &mut [u8]) -> Result<()> {
    #[cfg(feature = "zstd")]
    if packed.entry.method == Method::Zstd {
        return zstd_whole(packed, out);
    }
    let mut decoder = decoder(packed)?;
    let found = fill(packed, &mut decoder, out)?;
    let size = packed.entry.size;
    if found < out.len() {
        return Err(Fault::Short { size, found: found as u64 }.into());
    }
    match fill(packed, &mut decoder, &mut [0])? {
        0 => Ok(()),
        _ => Err(Fault::Long { size }.into()),
    }
}

/// The first `wanted` bytes of the member.
///
/// # Errors
/// As [`unpack`].
pub(super) fn head(packed: &Packed<'_>, wanted: usize) -> Result<Vec<u8>> {
    let mut head = vec![0; wanted];
    let found = fill(packed, &mut decoder(packed)?, &mut head)?;
    head.truncate(found);
    match found == wanted {
        true => Ok(head),
        false => Err(Fault::Short { size: packed.entry.size, found: found as u64 }.into()),
    }
}

/// Fills `out` as far as the data go, and says how far that was.
fn fill(packed: &Packed<'_>, decoder: &mut dyn Read, mut out: &mut [u8]) -> Result<usize> {
    let wanted = out.len();
    while !out.is_empty() {
        match decoder.read(out) {
            Ok(0) => break,
            Ok(len) => out = out.get_mut(len..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(broken(packed, &error)),
        }
    }
    Ok(wanted - out.len())
}

/// A decoder's error: the data's fault, unless reading them failed.
fn broken(packed: &Packed<'_>, error: &io::Error) -> Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code).into(),
        None => Fault::Decoder { method: packed.entry.method, said: error.to_string() }.into(),
    }
}

/// The largest window that is set up for a stream, 8 MiB: that of level 19, where levels up to 22 are rare.
#[cfg(feature = "zstd")]
const WINDOW_LOG: u32 = 23;

fn decoder<'a>(packed: &Packed<'a>) -> Result<Box<dyn Read + 'a>> {
    let stream = packed.stream();
    match packed.entry.method {
        #[cfg(feature = "bzip2")]
        // One stream, as in Python: a second one behind it would be other bytes under the same CRC.
        Method::Bzip2 => Ok(Box::new(bzip2::bufread::BzDecoder::new(stream))),
        #[cfg(feature = "lzma")]
        Method::Lzma => lzma(packed, stream),
        #[cfg(feature = "zstd")]
        Method::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(stream)?.single_frame();
            decoder.window_log_max(WINDOW_LOG)?;
            Ok(Box::new(decoder))
        }
        method => Err(Fault::Method(method).into()),
    }
}

/// LZMA in a zip archive: the encoder's version, the length of its properties, the properties (a byte of three small
/// numbers, and the size of the dictionary), and raw LZMA (APPNOTE 5.8.8). A flag says whether a mark ends the stream.
#[cfg(feature = "lzma")]
fn lzma<'a>(packed: &Packed<'a>, mut stream: impl Read + 'a) -> Result<Box<dyn Read + 'a>> {
    /// The stream ends with a mark (APPNOTE 4.4.4).
    const ENDS_WITH_MARK: u16 = 1 << 1;

    let mut head = [0; 9];
    stream.read_exact(&mut head).map_err(|error| broken(packed, &error))?;
    let [_, _, 5, 0, props, dictionary @ ..] = head else {
        return Err(Fault::Malformed(Method::Lzma).into());
    };
    // No stream looks back further than it is long, whatever it says it needs.
    let longest = u32::try_from(packed.entry.size).unwrap_or(u32::MAX).max(4096);
    let dictionary = u32::from_le_bytes(dictionary).min(longest);
    let marked = packed.entry.flags & ENDS_WITH_MARK != 0;
    let size = if marked { u64::MAX } else { packed.entry.size };
    let decoder = lzma_rust2::LzmaReader::new_with_props(stream, size, props, dictionary, None);
    Ok(Box::new(decoder.map_err(|error| broken(packed, &error))?))
}

/// In one call from memory to memory: no window is set up, however large the stream says that it is.
#[cfg(feature = "zstd")]
fn zstd_whole(packed: &Packed<'_>, out: &mut [u8]) -> Result<()> {
    let size = packed.entry.size;
    let stream = packed.bytes()?;
    // One frame, as in Python.
    let first = zstd::zstd_safe::find_frame_compressed_size(&stream).ok().and_then(|len| stream.get(..len));
    let mut decoder = zstd::bulk::Decompressor::new()?;
    match decoder.decompress_to_buffer(first.unwrap_or(&stream), out) {
        Ok(len) if len == out.len() => Ok(()),
        Ok(len) => Err(Fault::Short { size, found: len as u64 }.into()),
        Err(error) => Err(broken(packed, &error)),
    }
}
