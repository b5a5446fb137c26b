//! Blocks compressed on other threads while the caller goes on.

use std::io;
use std::sync::{Arc, OnceLock};

use crc32fast::Hasher;

use crate::blocks::{choose, compress, sample};
use crate::codec::{Compressor, compressor};
use crate::queue::{Promise, Queue};
use crate::{Error, Executor, Result};

/// The effort of compressing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// A sample of the data decides: the fastest level at which they become no larger than zlib's level 6 makes them.
    #[default]
    Auto,
    /// From 0 (none) over 1 (fast) to 12 (slow), those of libdeflate; without it up to 9. Others are brought to the
    /// nearest.
    At(i32),
}

/// The level of one stream: a fixed one, or the one that a sample of the stream suggests, once it has been tried.
///
/// The blocks of a stream share it.
#[derive(Debug)]
pub struct LevelChoice {
    /// Nothing where there was no memory for it.
    sample: Option<Vec<u8>>,
    level: OnceLock<i32>,
}

impl LevelChoice {
    /// The level for a stream of `size` bytes that start with the block `first`.
    pub fn new(level: Level, first: &[u8], size: u64) -> Self {
        match level {
            Level::Auto => {
                let sample = sample(first, size);
                let mut copy = Vec::new();
                let reserved = copy.try_reserve_exact(sample.len());
                let sample = reserved.is_ok().then(|| {
                    copy.extend_from_slice(sample);
                    copy
                });
                Self { sample, level: OnceLock::new() }
            }
            Level::At(level) => Self { sample: None, level: OnceLock::from(level) },
        }
    }

    /// # Errors
    /// `OutOfMemory`.
    fn get(&self) -> Result<i32> {
        match self.level.get() {
            Some(&level) => Ok(level),
            // Threads that choose at one time choose the same.
            None => Ok(*self.level.get_or_init({
                let out_of_memory = || Error::Io(io::ErrorKind::OutOfMemory.into());
                let level = choose(self.sample.as_ref().ok_or_else(out_of_memory)?)?;
                move || level
            })),
        }
    }
}

/// A block to compress.
#[derive(Debug)]
pub struct Block {
    /// The bytes to compress.
    pub data: Vec<u8>,
    /// Set if it ends its stream.
    pub is_last: bool,
    /// The level of its stream.
    pub level: Arc<LevelChoice>,
}

/// A compressed block: a part of a deflate stream that ends at a whole byte and refers back to no earlier part.
#[derive(Debug)]
pub struct CompressedBlock {
    /// The part of the stream.
    pub bytes: Vec<u8>,
    /// The CRC-32 of the data.
    pub crc32: u32,
    /// The length of the data.
    pub len: u64,
}

/// Compressors are large, and one serves a level.
type Compressors = Vec<(i32, Compressor)>;

/// Compresses blocks on other threads while the caller goes on.
///
/// For programs that write several streams, or something around them; [`DeflateEncoder`](crate::DeflateEncoder) writes
/// one. The compressed blocks of a stream, one after the other, are the stream.
///
/// ```
/// use std::sync::Arc;
///
/// use numio_deflate::{Block, BlockCompressor, Level, LevelChoice, Rayon};
///
/// let data = vec![7; 100_000];
/// let compressor = BlockCompressor::new(Arc::new(Rayon::default()));
/// let level = Arc::new(LevelChoice::new(Level::Auto, &data, data.len() as u64));
/// let halves = data.chunks(50_000).enumerate();
/// let pending: Vec<_> = halves
///     .map(|(at, half)| {
///         compressor.compress(Block { data: half.to_vec(), is_last: at == 1, level: Arc::clone(&level) })
///     })
///     .collect();
/// let mut stream = Vec::new();
/// for block in pending {
///     stream.extend(block.wait()?.bytes);
/// }
/// assert_eq!(numio_deflate::Inflate::new(&stream).to_vec(100_000)?, data);
/// # Ok::<(), numio_deflate::Error>(())
/// ```
pub struct BlockCompressor {
    queue: Queue<Block, Result<CompressedBlock>, Compressors>,
    executor: Arc<dyn Executor>,
}

impl BlockCompressor {
    /// A compressor on the threads of `executor`.
    pub fn new(executor: Arc<dyn Executor>) -> Self {
        Self { queue: Queue::new(Arc::clone(&executor), run), executor }
    }

    /// The number of blocks that are worth having in progress at once.
    pub fn depth(&self) -> usize {
        2 * self.executor.threads() + 1
    }

    /// Has a block compressed as soon as a thread is free.
    pub fn compress(&self, block: Block) -> PendingBlock {
        PendingBlock(self.queue.give(block))
    }
}

impl std::fmt::Debug for BlockCompressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlockCompressor").field("depth", &self.depth()).finish_non_exhaustive()
    }
}

/// A block that is being compressed. Dropping it gives the block up.
pub struct PendingBlock(Promise<Block, Result<CompressedBlock>, Compressors>);

impl PendingBlock {
    /// The compressed block; this thread compresses it if no other one has begun.
    ///
    /// # Errors
    /// `OutOfMemory` as [`Io`](Error::Io); [`Panicked`](Error::Panicked).
    pub fn wait(self) -> Result<CompressedBlock> {
        self.0.wait().ok_or(Error::Panicked)?
    }
}

impl std::fmt::Debug for PendingBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PendingBlock").finish_non_exhaustive()
    }
}

fn run(block: Block, compressors: &mut Compressors) -> Result<CompressedBlock> {
    let level = block.level.get()?;
    let at = compressors.iter().position(|(found, _)| *found == level).unwrap_or_else(|| {
        compressors.push((level, compressor(level)));
        compressors.len() - 1
    });
    let mut crc = Hasher::new();
    crc.update(&block.data);
    let bytes = match compressors.get_mut(at) {
        Some((_, compressor)) => compress(compressor, &block.data, block.is_last)?,
        None => Vec::new(),
    };
    Ok(CompressedBlock { bytes, crc32: crc.finalize(), len: block.data.len() as u64 })
}
