//! Compressed output.

use std::io::{self, Write};

use super::packed::Packing;
use crate::Result;
use crate::deflate::GzipEncoder;

/// An output that packs what is written to it.
pub(super) enum Packer<W: Write> {
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
    /// # Errors
    /// `Unsupported` where the method's feature is off.
    pub(super) fn new(output: W, packing: Option<Packing>) -> Result<Self> {
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

    /// Writes what is still to be written, and gives the output back.
    pub(super) fn finish(self) -> io::Result<W> {
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
        self.output().write(bytes)
    }

    /// Nothing: flushing a packer costs it what it has learned, and `finish` writes everything.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
