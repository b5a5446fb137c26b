//! Whole deflate streams in memory: by libdeflate, which is the fastest, or without the feature `libdeflate` by zlib-rs,
//! which needs no C compiler.

#[cfg(feature = "libdeflate")]
pub(crate) use libdeflater::{Compressor, DecompressionError, Decompressor};
#[cfg(not(feature = "libdeflate"))]
pub(crate) use portable::{Compressor, DecompressionError, Decompressor};

/// A compressor of this level: 0 stores, 12 takes longest.
pub(crate) fn compressor(level: i32) -> Compressor {
    let level = level.clamp(0, 12);
    #[cfg(feature = "libdeflate")]
    return Compressor::new(libdeflater::CompressionLvl::new(level).unwrap_or_default());
    #[cfg(not(feature = "libdeflate"))]
    Compressor::new(level)
}

/// The same by zlib-rs. Levels go up to 9 there.
#[cfg(not(feature = "libdeflate"))]
mod portable {
    use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

    /// A compressor, which is used again.
    pub(crate) struct Compressor(Compress);

    impl Compressor {
        pub(super) fn new(level: i32) -> Self {
            Self(Compress::new(Compression::new(level.clamp(0, 9) as u32), false))
        }

        /// The most bytes that `len` may take (`deflateBound` in zlib).
        pub(crate) fn deflate_compress_bound(&self, len: usize) -> usize {
            len + (len >> 3) + (len >> 6) + 32
        }

        /// Writes a stream of `data` to `out`, and returns its length.
        ///
        /// # Errors
        /// If it does not fit.
        pub(crate) fn deflate_compress(
            &mut self,
            data: &[u8],
            out: &mut [u8],
        ) -> Result<usize, CompressionError> {
            self.0.reset();
            match self.0.compress(data, out, FlushCompress::Finish) {
                Ok(Status::StreamEnd) => Ok(self.0.total_out() as usize),
                Ok(_) | Err(_) => Err(CompressionError::InsufficientSpace),
            }
        }
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum CompressionError {
        InsufficientSpace,
    }

    /// A decompressor, which is used again.
    pub(crate) struct Decompressor(Decompress);

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum DecompressionError {
        /// The stream is malformed, or ends early.
        BadData,
        /// There is more than fits.
        InsufficientSpace,
    }

    impl Decompressor {
        pub(crate) fn new() -> Self {
            Self(Decompress::new(false))
        }

        /// Inflates the stream at the start of `stream`, and returns how many bytes it gave.
        ///
        /// # Errors
        /// If the stream is malformed, or gives more than `out` holds.
        pub(crate) fn deflate_decompress(
            &mut self,
            stream: &[u8],
            out: &mut [u8],
        ) -> Result<usize, DecompressionError> {
            self.0.reset(false);
            let status = self.0.decompress(stream, out, FlushDecompress::Finish);
            if let Ok(Status::StreamEnd) = status {
                return Ok(self.0.total_out() as usize);
            }
            let (taken, given) = (self.0.total_in() as usize, self.0.total_out() as usize);
            if status.is_err() || given < out.len() {
                return Err(DecompressionError::BadData);
            }
            // All of `out` is full: the stream ends here, or goes on.
            let rest = stream.get(taken..).unwrap_or_default();
            match self.0.decompress(rest, &mut [0], FlushDecompress::Finish) {
                _ if self.0.total_out() as usize > given => Err(DecompressionError::InsufficientSpace),
                Ok(Status::StreamEnd) => Ok(given),
                _ => Err(DecompressionError::BadData),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_fit_exactly_or_are_refused() {
        let data: Vec<u8> = (0..70_000_u32).flat_map(|n| (n.wrapping_mul(n) / 7).to_le_bytes()).collect();
        for (level, len) in [(0, 0), (0, 70_000), (1, 1), (6, 100_000), (12, 280_000), (99, 65_536)] {
            let data = &data[..len];
            let mut compressor = compressor(level);
            let mut stream = vec![0; compressor.deflate_compress_bound(len)];
            for _ in 0..2 {
                let end = compressor.deflate_compress(data, &mut stream).unwrap();
                let inflate = |stream: &[u8], room: usize| {
                    let mut out = vec![0; room];
                    let found = Decompressor::new().deflate_decompress(stream, &mut out)?;
                    out.truncate(found);
                    Ok(out)
                };
                for room in [len, len + 1, len + 1000] {
                    assert_eq!(inflate(&stream[..end], room).as_deref(), Ok(data), "{level} {len} {room}");
                }
                if len > 0 {
                    assert_eq!(inflate(&stream[..end], len - 1), Err(DecompressionError::InsufficientSpace));
                }
                // Which of the two errors depends on what a decoder takes for the missing bits.
                assert!(inflate(&stream[..end - 1], len).is_err());
                // Bytes after the stream are left alone.
                let trailing = [&stream[..end], b"trailing"].concat();
                assert_eq!(inflate(&trailing, len).as_deref(), Ok(data));
            }
        }
        assert_eq!(
            Decompressor::new().deflate_decompress(&[7; 9], &mut [0; 64]),
            Err(DecompressionError::BadData)
        );
    }
}
