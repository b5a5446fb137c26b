//! Compressed output.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use numio_deflate::{CompressOptions, GzipEncoder};

use super::Codec;
#[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
use super::CompressionError;
use crate::Result;
use crate::error::headroom;
use crate::parallel::Helpers;

/// An output that compresses by the suffix of a name: `.gz`, `.bz2`, `.xz`, `.lzma` (which is xz too, as Python writes
/// it) or `.zst`. Under any other name, bytes are written as they are.
///
/// [`SaveTxt::save`](crate::text::SaveTxt::save) compresses by itself; this is for
/// [`SaveTxt::write`](crate::text::SaveTxt::write), and for other texts. `.gz` is compressed on all cores, and the same on
/// any number of them.
///
/// ```
/// use std::io::{Read, Write};
///
/// use numio::Limits;
/// use numio::compression::{Encoder, decoder};
///
/// let mut encoder = Encoder::new(Vec::new(), "a.csv.gz")?;
/// encoder.write_all(b"1,2\n")?;
/// let compressed = encoder.finish()?;
///
/// let mut text = String::new();
/// decoder(&compressed[..], "a.csv.gz", &Limits::default())?.read_to_string(&mut text)?;
/// assert_eq!(text, "1,2\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Encoder<W: Write> {
    backend: Backend<W>,
    /// Set after a write that failed: compressed bytes may be missing, and nothing may say that the text is whole.
    failed: bool,
}

enum Backend<W: Write> {
    Plain(W),
    Gzip(Box<GzipEncoder<W>>),
    #[cfg(feature = "bzip2")]
    Bzip2(bzip2::write::BzEncoder<W>),
    #[cfg(feature = "lzma")]
    Xz(Box<lzma_rust2::XzWriter<W>>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Encoder<W> {
    /// Compresses into `output` by the suffix of `name`.
    ///
    /// # Errors
    /// `Unsupported` where the feature of the format is off; `Io` where writing fails.
    pub fn new(output: W, name: impl AsRef<Path>) -> Result<Self> {
        let backend = Backend::new(output, Codec::from_path(name))?;
        Ok(Self { backend, failed: false })
    }

    /// Writes the rest and returns the output. An encoder that is dropped instead leaves a text without an end.
    ///
    /// # Errors
    /// Errors of the output. After a write that failed, `finish` fails as well, but where nothing is compressed.
    pub fn finish(self) -> io::Result<W> {
        self.check_sound()?;
        self.backend.finish()
    }

    fn check_sound(&self) -> io::Result<()> {
        match self.failed {
            true => Err(io::Error::other("an earlier write has failed, and the text is not whole")),
            false => Ok(()),
        }
    }
}

impl<W: Write> Backend<W> {
    fn new(output: W, codec: Option<Codec>) -> Result<Self> {
        // None of them says that there is no memory; the window of xz is large.
        match codec {
            None => {}
            #[cfg(feature = "lzma")]
            Some(Codec::Xz) => headroom(128 << 20)?,
            Some(_) => headroom(24 << 20)?,
        }
        Ok(match codec {
            None => Self::Plain(output),
            Some(Codec::Gzip) => {
                let options = CompressOptions::new().executor(Helpers).clone();
                Self::Gzip(Box::new(GzipEncoder::with_options(output, &options)?))
            }
            #[cfg(feature = "bzip2")]
            Some(Codec::Bzip2) => {
                Self::Bzip2(bzip2::write::BzEncoder::new(output, bzip2::Compression::best()))
            }
            #[cfg(feature = "lzma")]
            Some(Codec::Xz) => {
                let options = lzma_rust2::XzOptions::with_preset(6);
                Self::Xz(Box::new(lzma_rust2::XzWriter::new(output, options)?))
            }
            #[cfg(feature = "zstd")]
            Some(Codec::Zstd) => {
                let mut encoder = zstd::stream::write::Encoder::new(output, 0)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
            #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
            Some(missing) => return Err(CompressionError::NoFeature(missing).into()),
        })
    }

    fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(output) => Ok(output),
            Self::Gzip(encoder) => encoder.finish(),
            #[cfg(feature = "bzip2")]
            Self::Bzip2(encoder) => encoder.finish(),
            #[cfg(feature = "lzma")]
            Self::Xz(encoder) => encoder.finish(),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.finish(),
        }
    }

    fn output(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(output) => output,
            Self::Gzip(encoder) => encoder,
            #[cfg(feature = "bzip2")]
            Self::Bzip2(encoder) => encoder,
            #[cfg(feature = "lzma")]
            Self::Xz(encoder) => encoder,
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder,
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check_sound()?;
        let written = self.backend.output().write(bytes);
        // What is not compressed is the output's own affair: the next write may well succeed.
        let is_plain = matches!(self.backend, Backend::Plain(_));
        self.failed =
            written.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) && !is_plain;
        written
    }

    /// Nothing: flushing an encoder costs it compression, and `finish` writes everything.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> fmt::Debug for Encoder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codec = match self.backend {
            Backend::Plain(_) => "plain",
            Backend::Gzip(_) => "gzip",
            #[cfg(feature = "bzip2")]
            Backend::Bzip2(_) => "bzip2",
            #[cfg(feature = "lzma")]
            Backend::Xz(_) => "xz",
            #[cfg(feature = "zstd")]
            Backend::Zstd(_) => "zstd",
        };
        f.debug_tuple("Encoder").field(&codec).finish()
    }
}
