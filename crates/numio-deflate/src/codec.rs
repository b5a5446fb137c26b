//! Whole deflate streams in memory: by libdeflate, which is the fastest, or without the feature `libdeflate` by zlib-rs,
//! which needs no C compiler.

#![allow(unsafe_code, reason = "libdeflate is in C, and the crates around it panic where it has no memory")]

#[cfg(feature = "libdeflate")]
pub(crate) use native::{Compressor, Decompressor};
#[cfg(not(feature = "libdeflate"))]
pub(crate) use portable::{Compressor, Decompressor};

/// A compressor of this level: 0 stores, 12 takes longest. Its memory is asked for when it is first used.
pub(crate) fn compressor(level: i32) -> Compressor {
    Compressor::new(level.clamp(0, 12))
}

/// The reason that a stream was not compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompressionError {
    /// It is longer than what it was to be written to.
    InsufficientSpace,
    #[cfg_attr(
        not(feature = "libdeflate"),
        expect(dead_code, reason = "zlib-rs takes its memory when it is made")
    )]
    OutOfMemory,
}

/// The reason that a stream was not inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecompressionError {
    /// The stream is malformed, or ends early.
    BadData,
    /// There is more than fits.
    InsufficientSpace,
    #[cfg_attr(
        not(feature = "libdeflate"),
        expect(dead_code, reason = "zlib-rs takes its memory when it is made")
    )]
    OutOfMemory,
}

/// libdeflate's own functions.
#[cfg(feature = "libdeflate")]
mod native {
    use std::ptr::{self, NonNull};

    use libdeflate_sys::{
        libdeflate_alloc_compressor, libdeflate_alloc_decompressor, libdeflate_compressor,
        libdeflate_decompressor, libdeflate_deflate_compress, libdeflate_deflate_compress_bound,
        libdeflate_deflate_decompress, libdeflate_free_compressor, libdeflate_free_decompressor,
        libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE, libdeflate_result_LIBDEFLATE_SUCCESS,
    };

    use super::{CompressionError, DecompressionError};

    /// A compressor, which is used again.
    pub(crate) struct Compressor {
        level: i32,
        made: Option<NonNull<libdeflate_compressor>>,
    }

    // SAFETY: a compressor is memory of its own, which any one thread may use at a time.
    unsafe impl Send for Compressor {}

    impl Compressor {
        pub(super) const fn new(level: i32) -> Self {
            Self { level, made: None }
        }

        /// The most bytes that `len` may take.
        pub(crate) fn deflate_compress_bound(&self, len: usize) -> usize {
            // SAFETY: without a compressor it is the bound of every one, as libdeflate's header says.
            unsafe { libdeflate_deflate_compress_bound(ptr::null_mut(), len) }
        }

        /// Writes a stream of `data` to `out`, and returns its length.
        ///
        /// # Errors
        /// If it does not fit, and where there is no memory for the compressor.
        pub(crate) fn deflate_compress(
            &mut self,
            data: &[u8],
            out: &mut [u8],
        ) -> Result<usize, CompressionError> {
            // SAFETY: the level is one of libdeflate's; the result is a new compressor, or null.
            let made = self.made.or_else(|| NonNull::new(unsafe { libdeflate_alloc_compressor(self.level) }));
            let made = made.ok_or(CompressionError::OutOfMemory)?;
            self.made = Some(made);
            // SAFETY: the compressor lives as long as this, and is borrowed mutably. As many bytes can be read and written
            // at these addresses.
            let len = unsafe {
                libdeflate_deflate_compress(
                    made.as_ptr(),
                    data.as_ptr().cast(),
                    data.len(),
                    out.as_mut_ptr().cast(),
                    out.len(),
                )
            };
            if len == 0 { Err(CompressionError::InsufficientSpace) } else { Ok(len) }
        }
    }

    impl Drop for Compressor {
        fn drop(&mut self) {
            if let Some(made) = self.made {
                // SAFETY: it was made by libdeflate, and is not used any more.
                unsafe { libdeflate_free_compressor(made.as_ptr()) }
            }
        }
    }

    /// A decompressor, which is used again.
    pub(crate) struct Decompressor(Option<NonNull<libdeflate_decompressor>>);

    // SAFETY: as of a compressor.
    unsafe impl Send for Decompressor {}

    impl Decompressor {
        pub(crate) const fn new() -> Self {
            Self(None)
        }

        /// Inflates the stream at the start of `stream`, and returns how many bytes it gave.
        ///
        /// # Errors
        /// If the stream is malformed, or gives more than `out` holds; and where there is no memory for the decompressor.
        pub(crate) fn deflate_decompress(
            &mut self,
            stream: &[u8],
            out: &mut [u8],
        ) -> Result<usize, DecompressionError> {
            // SAFETY: the result is a new decompressor, or null.
            let made = self.0.or_else(|| NonNull::new(unsafe { libdeflate_alloc_decompressor() }));
            let made = made.ok_or(DecompressionError::OutOfMemory)?;
            self.0 = Some(made);
            let mut len = 0;
            // SAFETY: the decompressor lives as long as this, and is borrowed mutably. As many bytes can be read and written
            // at these addresses, and the length is written to a variable.
            let result = unsafe {
                libdeflate_deflate_decompress(
                    made.as_ptr(),
                    stream.as_ptr().cast(),
                    stream.len(),
                    out.as_mut_ptr().cast(),
                    out.len(),
                    &raw mut len,
                )
            };
            match result {
                found if found == libdeflate_result_LIBDEFLATE_SUCCESS => Ok(len),
                found if found == libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE => {
                    Err(DecompressionError::InsufficientSpace)
                }
                _ => Err(DecompressionError::BadData),
            }
        }
    }

    impl Drop for Decompressor {
        fn drop(&mut self) {
            if let Some(made) = self.0 {
                // SAFETY: it was made by libdeflate, and is not used any more.
                unsafe { libdeflate_free_decompressor(made.as_ptr()) }
            }
        }
    }
}

/// The same by zlib-rs. Levels go up to 9 there.
#[cfg(not(feature = "libdeflate"))]
mod portable {
    use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

    use super::{CompressionError, DecompressionError};

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

    /// A decompressor, which is used again.
    pub(crate) struct Decompressor(Decompress);

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
