//! Compressed output.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use super::packed::Packing;
use crate::Result;
use crate::deflate::GzipEncoder;
use crate::error::headroom;

/// An output that compresses by the suffix of a name: `.gz`, `.bz2`, `.xz`, `.lzma` (which is xz too, as Python writes
/// it) or `.zst`. Under any other name, bytes are written as they are.
///
/// [`SaveTxt::save`](super::SaveTxt::save) compresses by itself; this is for [`SaveTxt::write`](super::SaveTxt::write),
/// and for texts from elsewhere. `.gz` is compressed on all cores, and the same on any number of them.
///
/// ```
/// use std::io::{Read, Write};
///
/// use numio::Limits;
/// use numio::text::{Packer, unpack};
///
/// let mut packer = Packer::new(Vec::new(), "a.csv.gz")?;
/// packer.write_all(b"1,2\n")?;
/// let packed = packer.finish()?;
///
/// let mut text = String::new();
/// unpack(&packed[..], "a.csv.gz", &Limits::default())?.read_to_string(&mut text)?;
/// assert_eq!(text, "1,2\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Packer<W: Write>(Method<W>);

enum Method<W: Write> {
    Plain(W),
    Gzip(Box<GzipEncoder<W>>),
    #[cfg(feature = "bzip2")]
    Bzip2(bzip2::write::BzEncoder<W>),
    #[cfg(feature = "lzma")]
    Xz(Box<lzma_rust2::XzWriter<W>>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Packer<W> {
    /// Compresses into `output` by the suffix of `name`.
    ///
    /// # Errors
    /// `Unsupported` where the method's feature is off; `Io` where writing fails.
    pub fn new(output: W, name: impl AsRef<Path>) -> Result<Self> {
        Method::new(output, Packing::of(name.as_ref())).map(Self)
    }

    /// Writes the rest and returns the output. A packer that is dropped instead leaves a text without an end.
    ///
    /// # Errors
    /// Errors of the output.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

impl<W: Write> Method<W> {
    fn new(output: W, packing: Option<Packing>) -> Result<Self> {
        // None of them says that there is no memory; the window of xz is large.
        match packing {
            None => {}
            #[cfg(feature = "lzma")]
            Some(Packing::Lzma) => headroom(128 << 20)?,
            Some(_) => headroom(24 << 20)?,
        }
        Ok(match packing {
            None => Self::Plain(output),
            Some(Packing::Gzip) => Self::Gzip(Box::new(GzipEncoder::new(output)?)),
            #[cfg(feature = "bzip2")]
            Some(Packing::Bzip2) => {
                Self::Bzip2(bzip2::write::BzEncoder::new(output, bzip2::Compression::best()))
            }
            #[cfg(feature = "lzma")]
            Some(Packing::Lzma) => {
                let options = lzma_rust2::XzOptions::with_preset(6);
                Self::Xz(Box::new(lzma_rust2::XzWriter::new(output, options)?))
            }
            #[cfg(feature = "zstd")]
            Some(Packing::Zstd) => {
                let mut encoder = zstd::stream::write::Encoder::new(output, 0)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
            #[cfg(not(all(feature = "bzip2", feature = "lzma", feature = "zstd")))]
            Some(missing) => return Err(missing.missing()),
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

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.output().write(bytes)
    }

    /// Nothing: flushing a packer costs it what it has learned, and `finish` writes everything.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> fmt::Debug for Packer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.0 {
            Method::Plain(_) => "plain",
            Method::Gzip(_) => "gzip",
            #[cfg(feature = "bzip2")]
            Method::Bzip2(_) => "bzip2",
            #[cfg(feature = "lzma")]
            Method::Xz(_) => "xz",
            #[cfg(feature = "zstd")]
            Method::Zstd(_) => "zstd",
        };
        f.debug_tuple("Packer").field(&method).finish()
    }
}
