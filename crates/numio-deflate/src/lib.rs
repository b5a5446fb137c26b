//! Deflate and gzip on all cores.
//!
//! | task | type |
//! |---|---|
//! | compress, as bytes are written | [`GzipEncoder`], [`DeflateEncoder`] |
//! | compress blocks of several streams | [`BlockCompressor`] |
//! | inflate, as bytes are read | [`GzipDecoder`], [`DeflateDecoder`] |
//! | inflate a stream of known size into memory | [`Inflate`] |
//!
//! **Compressing** cuts the data into blocks of 1 MiB that are compressed independently, and joins them
//! into one stream, which any inflater reads. The cuts depend on the data alone, so the stream is the same on any number
//! of threads. [`BlockIndex`] records where the blocks are.
//!
//! **Inflating** by such an index does each block on its own. A stream of another encoder, without an index, is inflated
//! from several offsets at once: blocks are found by the form of their headers, and inflated twice, after two made-up
//! windows that tell which bytes refer back before the block. Nothing is trusted: an index is proven, a position that
//! was found by mistake is noticed, and wherever a doubt is left, one thread inflates the stream.
//!
//! **Threads** come from rayon's pool, or from any other [`Executor`].
//!
//! The feature `libdeflate`, on by default, needs a C compiler. Without it blocks are compressed and inflated by zlib-rs: the
//! same interface, levels up to 9, and streams that every inflater reads all the same.
//!
//! ```
//! use std::io::Write;
//!
//! use numio_deflate::{DeflateEncoder, Inflate};
//!
//! let data: Vec<u8> = (0..4_000_000_u32).map(|at| (at / 1000) as u8).collect();
//! let mut encoder = DeflateEncoder::new(Vec::new());
//! encoder.write_all(&data)?;
//! let done = encoder.finish()?;
//!
//! let by_index = Inflate::new(&done.output).index(&done.index).to_vec(data.len())?;
//! let without = Inflate::new(&done.output).to_vec(data.len())?;
//! assert!(by_index == data && without == data);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(unsafe_code)]

mod blocks;
mod codec;
mod codes;
mod compressor;
mod decoder;
mod encoder;
mod error;
mod executor;
mod index;
mod indexed;
mod inflate;
mod queue;
mod segment;
mod source;
mod speculative;
mod stream;

#[cfg(test)]
mod tests;

pub use crate::compressor::{Block, BlockCompressor, CompressedBlock, Level, LevelChoice, PendingBlock};
pub use crate::decoder::{DeflateDecoder, GzipDecoder};
pub use crate::encoder::{CompressOptions, DeflateEncoder, Finished, GzipEncoder};
pub use crate::error::{Error, Result};
pub use crate::executor::{Executor, Rayon};
pub use crate::index::{BlockIndex, Part, block_len, peek};
pub use crate::indexed::{inflate_by_index, inflate_part};
pub use crate::inflate::{Inflate, crc32, inflate_on_one};
pub use crate::source::Source;
pub use crate::speculative::inflate_speculatively;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
