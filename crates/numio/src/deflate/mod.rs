//! Deflate (RFC 1951) on all cores: blocks compressed on their own and joined into one stream, and an index by which
//! they are inflated on their own again, which any inflater reads; and streams of others, inflated from several places at
//! once without an index.

mod bits;
mod codes;
mod find;
mod gzip;
mod index;
mod join;
mod peek;
mod pool;
mod segment;
mod unknown;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use self::find::find_block;
pub(crate) use self::gzip::GzipEncoder;
pub(crate) use self::index::{ID as INDEX_ID, Index, Part, block_len};
#[cfg(test)]
pub(crate) use self::join::{choose, compress, compressor, sample};
pub(crate) use self::peek::peek;
pub(crate) use self::pool::{Effort, Job, Pool, Promise};
pub(crate) use self::segment::{MARK, Segment, WINDOW};
pub(crate) use self::unknown::{FIRST, Known, SECOND};
