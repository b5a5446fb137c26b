//! Decompressed input.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::GzDecoder;

#[cfg(feature = "lzma")]
use super::heads::{HEAD, check_lzma, is_lzip};
use super::limits::{Counted, Limited};
#[cfg(feature = "lzma")]
use super::limits::{LZMA_MEMORY, fault};
#[cfg(feature = "zstd")]
use super::limits::{ZSTD_MEMBER_WINDOW, ZSTD_WINDOW};
#[cfg(feature = "lzma")]
use super::lzip::LzipDecoder;
use super::streams::{StreamDecoder, Streams};
use super::unread::Damage;
#[cfg(feature = "lzma")]
use super::unread::Unread;
use super::{Codec, CompressionError};
use crate::{Error, Limits, Result};

/// Decompresses `input` by the suffix of `name`: `.gz`, `.bz2`, `.xz`, `.lzma` or `.zst`, one stream or several. Under
/// any other name, gives the bytes of the input as they are.
///
/// [`LoadTxt::load`](crate::text::LoadTxt::load) and the other readers of files decompress by themselves; this is for
/// texts that are read in other ways. It is the inverse of [`Encoder`](super::Encoder). [`Limits::max_text_ratio`] bounds
/// the output.
///
/// Reading gives errors of which `Error::from` makes this crate's: `InvalidData` for data that are damaged or end too
/// early, `LimitExceeded` for too much.
///
/// # Errors
/// `Unsupported` where the feature of the format is off; `InvalidData` where the first bytes are not the format's; `Io`.
///
/// ```
/// use std::io::Read;
///
/// use numio::Limits;
/// use numio::compression::decoder;
///
/// let mut text = String::new();
/// decoder(&b"1,2\n"[..], "a.csv", &Limits::default())?.read_to_string(&mut text)?;
/// assert_eq!(text, "1,2\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decoder<'a>(
    input: impl Read + 'a,
    name: impl AsRef<Path>,
    limits: &Limits,
) -> Result<Box<dyn Read + 'a>> {
    by_name(input, name.as_ref(), limits, Damage::IsNoStream)
}

/// As [`decoder`], but damage in a later stream is an error behind all that the stream gives before it. Readers differ about such a
/// stream, by how much of it they decompress at first: this is for those who look for what any of them may find.
///
/// # Errors
/// As [`decoder`].
pub fn strict_decoder<'a>(
    input: impl Read + 'a,
    name: impl AsRef<Path>,
    limits: &Limits,
) -> Result<Box<dyn Read + 'a>> {
    by_name(input, name.as_ref(), limits, Damage::IsError)
}

fn by_name<'a>(
    input: impl Read + 'a,
    name: &Path,
    limits: &Limits,
    damage: Damage,
) -> Result<Box<dyn Read + 'a>> {
    Ok(match Codec::from_path(name) {
        None => Box::new(input),
        Some(codec) => Box::new(Public(decode_with(codec, input, limits, damage).map_err(unwrapped)?)),
    })
}

/// Makes its errors ones that are understood outside.
struct Public<'a>(Box<dyn Read + 'a>);

impl Read for Public<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out).map_err(|error| match CompressionError::from_io(error) {
            Ok(fault) => io::Error::other(Error::from(fault)),
            Err(error) => error,
        })
    }
}

/// The decompressed bytes of `input`. Errors of reading them are a [`CompressionError`] in an `io::Error`.
///
/// # Errors
/// Those of reading the first bytes, and a `CompressionError` where the format's feature is off.
pub(crate) fn decode<'a>(
    codec: Codec,
    input: impl Read + 'a,
    limits: &Limits,
) -> io::Result<Box<dyn Read + 'a>> {
    decode_with(codec, input, limits, Damage::IsNoStream)
}

fn decode_with<'a>(
    codec: Codec,
    input: impl Read + 'a,
    limits: &Limits,
    damage: Damage,
) -> io::Result<Box<dyn Read + 'a>> {
    let compressed = Rc::new(Cell::new(0));
    let input = BufReader::with_capacity(1 << 16, Counted { input, count: compressed.clone() });
    let decoder = streams(codec, input, damage)?;
    Ok(Box::new(Limited { codec, decoder, compressed, decompressed: 0, limit: limits.max_text_ratio }))
}

/// The decoder of all streams of a file.
fn streams<'a>(codec: Codec, input: impl BufRead + 'a, damage: Damage) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match codec {
        Codec::Gzip => {
            let gzip = |input| Ok(StreamDecoder::Gzip(Box::new(GzDecoder::new(input))));
            Box::new(Streams::new(input, codec, damage, gzip))
        }
        #[cfg(feature = "bzip2")]
        Codec::Bzip2 => Box::new(Streams::new(input, codec, damage, |input| {
            Ok(StreamDecoder::Bzip2(bzip2::bufread::BzDecoder::new(input)))
        })),
        #[cfg(feature = "lzma")]
        Codec::Xz => {
            // Bytes that cannot start a stream are an error at once.
            let mut input = input;
            let start = input.fill_buf()?;
            check_lzma(start).map_err(|error| fault(codec, error))?;
            Box::new(Streams::new(input, codec, damage, move |input| xz_or_lzma(input, damage)))
        }
        #[cfg(feature = "zstd")]
        Codec::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(ZSTD_WINDOW)?;
            Box::new(decoder)
        }
        #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
        missing => return Err(CompressionError::NoFeature(missing).into_io()),
    })
}

/// The error of a decoder that could not be set up.
fn unwrapped(error: io::Error) -> Error {
    CompressionError::from_io(error).map_or_else(Error::from, Error::from)
}

/// The decoder of the next stream. The older format has no magic number: as in Python, it is assumed for whatever is neither xz nor
/// lzip, and streams of all three may follow one another.
#[cfg(feature = "lzma")]
fn xz_or_lzma<R: BufRead>(mut input: Unread<R>, damage: Damage) -> io::Result<StreamDecoder<R>> {
    let start = input.peek(HEAD)?;
    if Codec::detect(start) == Some(Codec::Xz) {
        let decoder = lzma_rust2::XzReader::new_mem_limit(input, false, LZMA_MEMORY);
        return Ok(StreamDecoder::Xz(Box::new(decoder)));
    }
    if is_lzip(start) {
        return Ok(StreamDecoder::Lzip(Box::new(LzipDecoder::new(input, damage)?)));
    }
    check_lzma(start)?;
    let mut decoder = lzma_rust2::LzmaReader::new_mem_limit(input, LZMA_MEMORY, None)?;
    // As in liblzma, a stream that says its length may have a mark at its end all the same, and nothing else may be left of it.
    decoder.set_relaxed_end_condition(false);
    decoder.set_defer_errors(damage == Damage::IsError);
    Ok(StreamDecoder::Lzma(Box::new(decoder)))
}

/// Decoders of exactly one stream, as a member of a zip archive is: a second stream after it would be other bytes under
/// the same CRC.
pub(crate) mod single {
    #[cfg(any(feature = "bzip2", feature = "lzma", feature = "zstd"))]
    use super::*;

    #[cfg(feature = "bzip2")]
    pub(crate) fn bzip2<'a>(stream: impl BufRead + 'a) -> Box<dyn Read + 'a> {
        Box::new(bzip2::bufread::BzDecoder::new(stream))
    }

    /// # Errors
    /// Those of setting up a decoder.
    #[cfg(feature = "zstd")]
    pub(crate) fn zstd<'a>(stream: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(stream)?.single_frame();
        decoder.window_log_max(ZSTD_MEMBER_WINDOW)?;
        Ok(Box::new(decoder))
    }

    /// Decompresses the first frame of `stream` into `out` in one call from memory to memory: no window is set up, however
    /// large the stream says that it is. Returns the number of bytes.
    ///
    /// # Errors
    /// The decoder's.
    #[cfg(feature = "zstd")]
    pub(crate) fn zstd_into(stream: &[u8], out: &mut [u8]) -> io::Result<usize> {
        let first =
            zstd::zstd_safe::find_frame_compressed_size(stream).ok().and_then(|len| stream.get(..len));
        zstd::bulk::Decompressor::new()?.decompress_to_buffer(first.unwrap_or(stream), out)
    }

    /// LZMA in a zip archive: the encoder's version, the length of its properties, the properties (a byte of three small
    /// numbers, and the size of the dictionary), and raw LZMA (APPNOTE 5.8.8). `has_end` is set if a mark ends the stream of
    /// `size` bytes. `None` if the properties are not of the format.
    ///
    /// # Errors
    /// Those of `stream` and of setting up a decoder.
    #[cfg(feature = "lzma")]
    pub(crate) fn lzma<'a>(
        mut stream: impl Read + 'a,
        size: u64,
        has_end: bool,
    ) -> io::Result<Option<Box<dyn Read + 'a>>> {
        let mut head = [0; 9];
        stream.read_exact(&mut head)?;
        let [_, _, 5, 0, properties, dictionary @ ..] = head else { return Ok(None) };
        // No stream looks back further than it is long, whatever it says it needs.
        let longest = u32::try_from(size).unwrap_or(u32::MAX).max(4096);
        let dictionary = u32::from_le_bytes(dictionary).min(longest);
        let size = if has_end { u64::MAX } else { size };
        let decoder = lzma_rust2::LzmaReader::new_with_props(stream, size, properties, dictionary, None)?;
        Ok(Some(Box::new(decoder)))
    }
}
