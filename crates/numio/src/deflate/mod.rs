//! Deflate (RFC 1951) on all cores: blocks compressed on their own and joined into one stream, and an index by which
//! they are inflated on their own again, which any inflater reads; and streams of others, inflated from several offsets at once without an index.

use std::sync::{Arc, OnceLock};

use crc32fast::Hasher;

use crate::parallel;
use crate::parallel::{Queue, num_threads};

pub(crate) mod blocks;
mod codec;
mod codes;
mod gzip;
mod index;
mod segment;

#[cfg(test)]
mod tests;

pub(crate) use crate::deflate::blocks::{choose, compress, sample};
pub(crate) use crate::deflate::codec::{Compressor, DecompressionError, Decompressor, compressor};
pub(crate) use crate::deflate::gzip::GzipEncoder;
pub(crate) use crate::deflate::index::peek;
pub(crate) use crate::deflate::index::{ID as INDEX_ID, Index, Part, block_len};
pub(crate) use crate::deflate::segment::find_block;
pub(crate) use crate::deflate::segment::{FIRST, SECOND, WindowMap};
pub(crate) use crate::deflate::segment::{MARK, Segment, WINDOW};

/// Compressors are large, and one serves a level.
pub(crate) type Compressors = Vec<(i32, Compressor)>;

/// The level for one member: the caller's, or the one that a sample of the member suggests, once it has been tried.
pub(crate) struct LevelChoice {
    sample: Vec<u8>,
    level: OnceLock<i32>,
}

impl LevelChoice {
    pub(crate) fn fixed(level: i32) -> Self {
        Self { sample: Vec::new(), level: OnceLock::from(level) }
    }

    /// The level that suits `size` bytes that start with the block `first`.
    pub(crate) fn found_by(first: &[u8], size: u64) -> Self {
        Self { sample: sample(first, size).to_vec(), level: OnceLock::new() }
    }

    fn level(&self) -> i32 {
        *self.level.get_or_init(|| choose(&self.sample))
    }
}

/// A block to compress.
pub(crate) struct Job {
    pub(crate) data: Vec<u8>,
    /// Set if it ends its member.
    pub(crate) last: bool,
    pub(crate) effort: Arc<LevelChoice>,
}

/// A compressed block.
pub(crate) struct CompressedBlock {
    pub(crate) compressed: Vec<u8>,
    /// Of the data.
    pub(crate) crc: Hasher,
}

/// A block that is being compressed.
pub(crate) type Promise = parallel::Promise<Job, CompressedBlock, Compressors>;

/// Compresses blocks on other threads while the caller goes on.
pub(crate) struct Pool(Queue<Job, CompressedBlock, Compressors>);

impl Default for Pool {
    fn default() -> Self {
        Self(Queue::new(run))
    }
}

impl Pool {
    /// The number of blocks that are worth having in progress at once.
    pub(crate) fn depth() -> usize {
        2 * num_threads() + 1
    }

    pub(crate) fn give(&self, job: Job) -> Promise {
        self.0.give(job)
    }
}

fn run(job: Job, compressors: &mut Compressors) -> CompressedBlock {
    let level = job.effort.level();
    let at = compressors.iter().position(|(found, _)| *found == level).unwrap_or_else(|| {
        compressors.push((level, compressor(level)));
        compressors.len() - 1
    });
    let mut crc = Hasher::new();
    crc.update(&job.data);
    let compressed = match compressors.get_mut(at) {
        Some((_, compressor)) => compress(compressor, &job.data, job.last),
        None => Vec::new(),
    };
    CompressedBlock { compressed, crc }
}
